"""HGNC: ids and symbols of human genes, a few by the REST service, and many by the two files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from resolver.genes.verdicts import Obstacle, TrackedIdentifier, Verdict
from tests.live.checking import check, of_human, of_mouse, tracked
from tests.upstreams.faults import Kind
from tests.upstreams.server import Upstreams, played


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        world = opened.world
        world.add("hgnc:6023", symbol="IL7")
        world.add("hgnc:4177", symbol="GBA1", previous=("GBA",))
        world.add("hgnc:12469", symbol="UBA1")
        world.add("hgnc:6", symbol="A1S9T")
        world.merge("hgnc:6", "hgnc:12469")
        world.add("hgnc:1", symbol="A12M1")
        world.retire("hgnc:1")
        world.add("hgnc:12797", symbol="WT2")
        world.add("hgnc:231", symbol="ADCR")
        world.merge("hgnc:231", "hgnc:12797")
        world.retire("hgnc:12797")
        world.add("hgnc:50", symbol="OLD")
        world.merge("hgnc:50", "hgnc:6")
        yield opened


def _symbol(text: str, hgnc: str | None = None) -> TrackedIdentifier:
    ids = {} if hgnc is None else {"hgnc": hgnc}
    return of_human(f"hgnc.symbol:{text}", **ids)


EXPECTED = [
    (tracked("hgnc:6023"), "current", ()),
    (tracked("hgnc:6"), "replaced", ("hgnc:12469",)),
    (tracked("hgnc:50"), "replaced", ("hgnc:12469",)),  # merged into one that was merged
    (tracked("hgnc:1"), "retired", ()),
    (tracked("hgnc:231"), "retired", ()),  # merged into one that was withdrawn
    (tracked("hgnc:999999"), "not_checked", ()),
    (_symbol("IL7"), "current", ()),
    (_symbol("il7", "6023"), "current", ()),
    (_symbol("IL7", "11998"), "moved_gene", ()),
    (_symbol("GBA"), "replaced", ("hgnc.symbol:GBA1",)),
    (_symbol("GBA", "4177"), "replaced", ("hgnc.symbol:GBA1",)),
    (_symbol("GBA", "11998"), "moved_gene", ()),
    (_symbol("NOGENE1"), "not_checked", ()),
]


@pytest.mark.parametrize("more", [0, 20], ids=["by the service", "by the files"])
def test_ids_and_symbols_have_the_same_verdicts_by_the_service_and_by_the_files(
    upstreams: Upstreams, more: int
) -> None:
    others = [f"hgnc:{number}" for number in range(20_000, 20_000 + more)]
    upstreams.world.add_all(others)
    findings = check(upstreams, [*(one for one, *_ in EXPECTED), *others])
    found = [(finding.verdict.value, finding.successors) for finding in findings[: len(EXPECTED)]]
    wanted = [(verdict, successors) for _, verdict, successors in EXPECTED]
    assert found == wanted
    assert {finding.verdict for finding in findings[len(EXPECTED) :]} <= {Verdict.CURRENT}
    assert upstreams.counts.calls["hgnc_files.complete_set"] == (1 if more else 0)
    assert not upstreams.counts.excesses


def test_a_symbol_of_a_mouse_gene_is_not_queried(upstreams: Upstreams) -> None:
    findings = check(upstreams, [of_mouse("hgnc.symbol:IL7"), of_human("hgnc.symbol:interleukin 7")])
    assert {finding.obstacle for finding in findings} == {Obstacle.NO_LIVE_SOURCE}
    assert not upstreams.counts.calls


def test_a_merged_id_that_the_service_does_not_know_is_looked_up_in_the_withdrawn_list_alone(
    upstreams: Upstreams,
) -> None:
    (finding,) = check(upstreams, ["hgnc:6"])
    assert finding.successors == ("hgnc:12469",)
    assert finding.evidence is not None
    assert finding.evidence.url.endswith("withdrawn.txt")
    assert dict(upstreams.counts.calls) == {"hgnc.fetch": 1, "hgnc_files.withdrawn": 1}


@pytest.mark.parametrize("kind", [Kind.HTML, Kind.ERROR, Kind.WRONG_SHAPE, Kind.EMPTY, Kind.FORBIDDEN, Kind.CUT])
@pytest.mark.parametrize("route", ["hgnc", "hgnc_files"])
def test_failures_give_obstacles_and_no_verdict(upstreams: Upstreams, route: str, kind: Kind) -> None:
    upstreams.faults.add(route, kind)
    queried = ["hgnc:6"] if route == "hgnc" else [f"hgnc:{number}" for number in range(6, 40)]
    for finding in check(upstreams, queried, attempts=2, backoff_s=0.01):
        assert finding.verdict is Verdict.NOT_CHECKED
        assert finding.obstacle in {Obstacle.DOWN, Obstacle.NOT_UNDERSTOOD}
