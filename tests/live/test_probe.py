"""A probe reports whether a source is understood: what is known for sure is queried, and compared."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from resolver.genes.verdicts import Verdict
from resolver.live.kept import KeptVerdicts
from resolver.live.probe import ProbeReport
from resolver.sources.live.registry import LIVE_SOURCES
from tests.live.checking import make_checker
from tests.upstreams.faults import Kind
from tests.upstreams.probed import add_probed
from tests.upstreams.server import Upstreams, played


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        add_probed(opened.world)
        yield opened


def _probe(
    upstreams: Upstreams, name: str, *, with_lists: bool = True, kept: KeptVerdicts | None = None
) -> ProbeReport:
    async def check() -> ProbeReport:
        async with make_checker(upstreams, attempts=2, backoff_s=0.01, kept=kept) as checker:
            return await checker.probe(name, with_lists=with_lists)

    return asyncio.run(check())


SOURCES = [source.name for source in LIVE_SOURCES]


@pytest.mark.parametrize("name", SOURCES)
def test_an_unchanged_source_passes_its_probe(upstreams: Upstreams, name: str) -> None:
    report = _probe(upstreams, name)
    assert report.passed, report.failure
    assert report.failure is None
    assert all(result.advice is None for result in report.results)
    assert not upstreams.counts.excesses


@pytest.mark.parametrize("source", LIVE_SOURCES, ids=SOURCES)
def test_each_source_expects_a_current_a_stale_and_an_unknown_identifier(source: object) -> None:
    probe = source.probe  # type: ignore[attr-defined]
    verdicts = {expectation.verdict for expectation in probe}
    assert {Verdict.CURRENT, None} < verdicts
    assert verdicts & {Verdict.REPLACED, Verdict.VERSION_BEHIND}


def test_without_lists_no_file_is_downloaded(upstreams: Upstreams) -> None:
    assert _probe(upstreams, "mgi", with_lists=False).passed
    assert set(upstreams.counts.calls) == {"alliance.gene"}


@pytest.mark.parametrize(
    ("name", "route", "kind", "says"),
    [
        ("uniprot", "uniprot", Kind.ERROR, "not checked: down"),
        ("ensembl", "ensembl", Kind.HTML, "not checked: not_understood"),
        ("refseq", "ncbi", Kind.BUSY, "not checked: throttled"),
        ("mgi", "mgi.entrez", Kind.HTML, "mgi:3530319"),
        ("hgnc", "hgnc_files.withdrawn", Kind.ERROR, "hgnc:6"),
    ],
)
def test_a_source_that_fails_or_has_changed_does_not_pass(
    upstreams: Upstreams, name: str, route: str, kind: Kind, says: str
) -> None:
    upstreams.faults.add(route, kind, retry_after="0")
    report = _probe(upstreams, name)
    assert not report.passed
    assert says in str(report.failure)
    assert all(result.advice for result in report.results if not result.is_met)


def test_another_successor_than_the_one_that_is_known_does_not_pass(upstreams: Upstreams) -> None:
    upstreams.world.merge("uniprot:Q00015", "uniprot:P99999")
    report = _probe(upstreams, "uniprot")
    assert report.failure == (
        "the probe failed: uniprot:Q00015 should be replaced, now uniprot:P23141, "
        "but the result is replaced, now uniprot:P99999"
    )
    assert [result["understood"] for result in report.to_dict()["results"]] == [True, False, True]


def test_a_probe_uses_no_recent_verdicts(upstreams: Upstreams) -> None:
    _probe(upstreams, "uniprot", kept=KeptVerdicts(60, recall=lambda one: pytest.fail("a kept verdict was used")))
    assert upstreams.counts.calls["uniprot.accessions"] >= 1
