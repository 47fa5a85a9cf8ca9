"""Requested identifiers are counted if that is switched on, and decide the order of a nightly run."""

from __future__ import annotations

from pathlib import Path

from resolver.api.app import create_app
from resolver.errors import LedgerFull
from resolver.nightly.usage import UsageCounter
from resolver.resolve.resolver import Resolver
from resolver.store.ledger import open_ledger
from resolver.store.ledger_reader import open_reader
from tests.serving import served


def test_single_queries_and_lists_are_counted(resolver: Resolver, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger = open_ledger(url)
    counter = UsageCounter(ledger.add_usage)
    with served(create_app(lambda: resolver, count=counter.count)) as client:
        client.get("/resolve/P13232")
        client.get("/resolve/IL7?species=human")
        client.post("/resolve", json=["P13232", "nonsense!!"])
    counter.write()
    ledger.close()
    reader = open_reader(url)
    assert reader.load_usage() == {"uniprot:P13232": 2, "hgnc:6023": 1}
    reader.close()


def test_a_ledger_that_cannot_be_written_delays_no_answer(resolver: Resolver) -> None:
    def refuse(_: object) -> None:
        raise LedgerFull("disk full")

    now = [0.0]
    counter = UsageCounter(refuse, clock=lambda: now[0])
    counter.count(resolver.resolve("P13232"))
    now[0] = 61.0
    counter.count(resolver.resolve("P13232"))
    counter.write()
