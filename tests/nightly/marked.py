"""A ledger with marks of every kind, as nightly runs and curators leave them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from resolver.store.ledger import open_ledger
from resolver.store.ledger_tables import ReviewState
from tests.nightly.history import a_check

if TYPE_CHECKING:
    from collections.abc import Callable

    from resolver.store.ledger import Ledger

FIRST = 1_795_000_000  # 2026-11-18
SECOND = FIRST + 86_400
HELD_BACK = 60
_EVIDENCE = json.dumps({"url": "https://api.example.org/x", "fields": {"status": "replaced"}})


def write_marks(url: str, *, first: int = FIRST) -> None:
    """Write two runs: the second sets, changes and lifts marks of the first, and a jump of MGI is held back."""
    ledger = open_ledger(url)
    second = first + 86_400
    _run(ledger, first, _first)
    _run(ledger, second, _second)
    ledger.review("uniprot:Q99999", ReviewState.DISMISSED, reason="not of our gene", by="ada", now=second + 60)
    ledger.review("omim:104740", ReviewState.ACKNOWLEDGED, reason="", by="ada", now=second + 60)
    ledger.close()


def _run(ledger: Ledger, now: int, fill: Callable[[int, int], dict[str, list[dict[str, Any]]]]) -> None:
    lease = ledger.lease()
    token = lease.take()
    run_id = ledger.begin_run(token, release_id="genome-1", holder="process 7 on lab", now=now)
    released = {"ensembl": ("116", "2026-04"), "uniprot": ("2026_05", None)}
    for source, rows in fill(run_id, now).items():
        name, date = released.get(source, (None, None))
        ledger.begin_source(
            token, run_id, source, state="running", tracked=1_000, planned=len(rows), release=name, release_date=date,
            now=now,
        )  # fmt: skip
        if name is not None:
            ledger.note_release(token, source, name, date, now=now)
        ledger.record(token, run_id, source, found=rows, hindered=[], calls=1)
        ledger.settle(
            token, run_id, source, state="done", reason=None, believed=True, now=now + 30, jump_from=50
        )  # fmt: skip
    ledger.end_run(token, run_id, state="done", reason=None, now=now + 40)
    lease.give_back(token)


def _first(run_id: int, now: int) -> dict[str, list[dict[str, Any]]]:
    def row(curie: str, source: str, verdict: str = "current", **more: Any) -> dict[str, Any]:
        evidence = {} if verdict == "current" else {"evidence": _EVIDENCE}
        return a_check(curie, source, run_id, now, verdict, **{"symbol": "IL7"} | evidence | more)

    return {
        "ensembl": [
            row("ensembl:ENSG00000104432", "ensembl", "retired"),
            row("ensembl:ENSMUST00000194279", "ensembl", "replaced", successors="ensembl:ENSMUST00000108363",
                taxon=10090, symbol="Il7"),
        ],
        "uniprot": [
            row("uniprot:P13232", "uniprot", "replaced", successors="uniprot:P05231"),
            row("uniprot:Q99999", "uniprot", "replaced", successors="uniprot:P05231 uniprot:P13232"),
        ],
        "mgi": [row(f"mgi:{number}", "mgi", taxon=10090) for number in range(96_000, 96_000 + HELD_BACK)],
    }  # fmt: skip


def _second(run_id: int, now: int) -> dict[str, list[dict[str, Any]]]:
    def row(curie: str, source: str, verdict: str = "current", **more: Any) -> dict[str, Any]:
        evidence = {} if verdict == "current" else {"evidence": _EVIDENCE}
        return a_check(curie, source, run_id, now, verdict, **{"symbol": "IL7"} | evidence | more)

    return {
        "ensembl": [row("ensembl:ENSG00000104432", "ensembl")],
        "uniprot": [row("uniprot:P13232", "uniprot", "replaced", successors="uniprot:P01579")],
        "refseq": [
            row("refseq:NM_000880", "refseq", "version_behind", version=3, successors="refseq:NM_000880.4"),
            row("refseq:NP_000871", "refseq", "moved_gene", version=1, note="now of <IL6> & others"),
        ],
        "omim": [row("omim:104740", "omim", "replaced", successors="omim:602414", symbol=None, taxon=None)],
        "ncbi_gene": [row("ncbigene:3574", "ncbi_gene", "retired")],
        "mgi": [
            row(f"mgi:{number}", "mgi", "retired", taxon=10090, symbol="Il7")
            for number in range(96_000, 96_000 + HELD_BACK)
        ],
    }
