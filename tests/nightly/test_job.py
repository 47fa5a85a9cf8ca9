"""A nightly run against sources that change, fail and lie: exactly the changes are marked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from resolver.nightly.job import NightlyJob
from resolver.nightly.judge import Plausibility
from resolver.nightly.metrics import render_metrics
from resolver.nightly.model import Progress, SourceState, Terms
from resolver.nightly.report import build_report
from resolver.store.ledger_reader import open_reader
from resolver.store.marks_reader import read_marks
from resolver.store.release import Release, get_current_release
from resolver.store.tracked_reader import TrackedReader
from tests.nightly.runs import NOW, Wall, curies_of, run_once
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import Upstreams, played
from tests.upstreams.world import World

PREFIXES = ("ncbigene", "refseq", "ensembl", "uniprot", "mgi", "omim", "hgnc")


@pytest.fixture(scope="module")
def release(data_dir: Path) -> Release:
    return get_current_release(data_dir)


@pytest.fixture
def upstreams(release: Release) -> Iterator[Upstreams]:
    with played(World(ReleaseFacts(release.database))) as opened:
        yield opened


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(scope="module")
def some(release: Release) -> dict[str, list[str]]:
    return {prefix: curies_of(release, prefix, 40) for prefix in PREFIXES}


def everything(some: dict[str, list[str]]) -> list[str]:
    return [curie for listed in some.values() for curie in listed]


def marked(url: str) -> dict[str, str]:
    return {mark.curie: mark.verdict.value for mark in read_marks(url)}


def test_a_nightly_run_without_changes_marks_nothing(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    nightly_run = run_once(url, upstreams, release, everything(some))
    assert {source: ending.state for source, ending in nightly_run.endings.items()} == dict.fromkeys(
        ("ncbi_gene", "refseq", "ensembl", "uniprot", "mgi", "omim", "hgnc"), SourceState.DONE
    )
    assert marked(url) == {}
    reader = open_reader(url)
    parts = {part["source"]: part for part in reader.get_run(nightly_run.run_id)["sources"]}
    reader.close()
    assert {source: part["checked"] + part["not_checked"] for source, part in parts.items()} == dict.fromkeys(parts, 40)
    assert all(part["calls"] for part in parts.values())
    assert not upstreams.counts.excesses


def test_a_change_at_the_source_is_marked_with_its_successors(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    world, first = upstreams.world, {prefix: listed[0] for prefix, listed in some.items()}
    for prefix in ("ncbigene", "uniprot", "mgi", "ensembl"):
        world.merge(first[prefix], some[prefix][1])
    world.retire(some["ncbigene"][2])
    world.delete(some["uniprot"][2])
    world.move(some["uniprot"][3], {"ncbigene": ("1",), "hgnc": ("5",)})
    nightly_run = run_once(url, upstreams, release, everything(some))
    assert nightly_run.troubles == {}
    assert marked(url) == {
        **{first[prefix]: "replaced" for prefix in ("ncbigene", "uniprot", "mgi", "ensembl")},
        some["ncbigene"][2]: "retired", some["uniprot"][2]: "retired", some["uniprot"][3]: "moved_gene",
    }  # fmt: skip
    marks = read_marks(url)
    mark = marks.find(first["uniprot"])
    assert mark is not None
    assert mark.successors == (some["uniprot"][1],)
    assert mark.genes
    assert mark in marks.find_of_gene(mark.genes[0])


def test_a_mark_is_lifted_when_the_source_reports_current_again(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    curies = some["ncbigene"]
    upstreams.world.retire(curies[0])
    wall = Wall()
    assert run_once(url, upstreams, release, curies, clock=wall).marked == 1
    upstreams.world.add(curies[0])
    wall.now += 86_400
    nightly_run = run_once(url, upstreams, release, curies, clock=wall)
    assert (nightly_run.marked, nightly_run.lifted) == (0, 1)
    assert marked(url) == {}


def test_recently_queried_identifiers_are_left_to_a_later_run(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    run_once(url, upstreams, release, some["ensembl"])
    before = upstreams.counts.calls["ensembl.lookup"]
    run_once(url, upstreams, release, some["ensembl"], clock=Wall(NOW + 3600))
    assert upstreams.counts.calls["ensembl.lookup"] == before


def test_uniprot_is_skipped_while_its_release_is_the_same(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    curies = some["uniprot"]
    run_once(url, upstreams, release, curies)
    queried = upstreams.counts.ids.total()
    wall = Wall(NOW + 86_400)
    nightly_run = run_once(url, upstreams, release, curies, clock=wall)
    assert nightly_run.endings["uniprot"].state is SourceState.UNCHANGED
    assert upstreams.counts.ids.total() - queried <= 1  # the release was queried
    upstreams.world.uniprot_release = "2026_05"
    upstreams.world.delete(curies[7])
    nightly_run = run_once(url, upstreams, release, curies, clock=wall)
    assert nightly_run.endings["uniprot"].state is SourceState.DONE
    assert marked(url) == {curies[7]: "retired"}


@pytest.mark.parametrize("kind", ["error", "html", "wrong_shape", "truncated", "cut", "empty", "forbidden", "busy"])
def test_a_source_that_fails_all_the_time_marks_nothing_and_the_others_complete(
    kind: str, url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    upstreams.world.retire(some["ncbigene"][0])
    upstreams.world.delete(some["uniprot"][0])
    upstreams.faults.add("uniprot", kind)
    nightly_run = run_once(url, upstreams, release, everything(some))
    assert set(nightly_run.troubles) == {"uniprot"}
    assert nightly_run.troubles["uniprot"].state in {SourceState.DOWN, SourceState.NOT_UNDERSTOOD}
    assert marked(url) == {some["ncbigene"][0]: "retired"}


def test_a_source_that_recovers_is_queried_again_in_the_same_run(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    upstreams.world.retire(some["ncbigene"][0])
    upstreams.faults.add("ncbi", "error", times=5)
    nightly_run = run_once(url, upstreams, release, some["ncbigene"])
    assert nightly_run.troubles == {}
    assert marked(url) == {some["ncbigene"][0]: "retired"}


def test_an_implausible_share_of_stale_verdicts_marks_nothing_and_is_reported(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    wall = Wall()
    upstreams.world.retire(some["ncbigene"][9])
    run_once(url, upstreams, release, everything(some), clock=wall)
    for curie in some["ncbigene"][:9]:
        upstreams.world.retire(curie)
    upstreams.world.retire(some["ensembl"][0])
    wall.now += 86_400
    terms = Terms(plausibility=Plausibility(sample=20))
    nightly_run = run_once(url, upstreams, release, everything(some), terms=terms, clock=wall)
    assert {source: ending.state for source, ending in nightly_run.troubles.items()} == {
        "ncbi_gene": SourceState.IMPLAUSIBLE
    }
    assert "10 of 40" in (nightly_run.troubles["ncbi_gene"].reason or "")
    # What was marked before is marked still; what other sources reported is marked.
    assert marked(url) == {some["ncbigene"][9]: "retired", some["ensembl"][0]: "retired"}


def test_a_stopped_run_ends_at_once_and_keeps_its_findings(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    upstreams.faults.add("ncbi", "hang")
    jobs: list[NightlyJob] = []

    def stop_later(reported: Progress) -> None:
        if reported.source == "ensembl" and reported.state is SourceState.DONE:
            jobs[0].stop.set()

    nightly_run = run_once(url, upstreams, release, everything(some), on_progress=stop_later, on_start=jobs.append)
    assert nightly_run.state == "stopped"
    assert nightly_run.endings["ncbi_gene"].state is SourceState.STOPPED
    assert nightly_run.endings["ensembl"].state is SourceState.DONE


def test_a_run_ends_at_its_limit_of_time_or_calls(url: str, upstreams: Upstreams, release: Release) -> None:
    curies = curies_of(release, "refseq", 5_000)
    terms = Terms(calls={"refseq": 8})
    nightly_run = run_once(url, upstreams, release, curies, terms=terms)
    assert nightly_run.endings["refseq"].state is SourceState.OUT_OF_CALLS
    assert upstreams.counts.calls["ncbi.esummary"] <= 12
    first = open_reader(url)
    queried = {age.curie for age in first.list_ages("refseq")}
    first.close()
    nightly_run = run_once(url, upstreams, release, curies, terms=Terms(max_minutes=0.02), clock=Wall(NOW + 86_400))
    assert nightly_run.endings["refseq"].state is SourceState.OUT_OF_TIME
    second = open_reader(url)
    again = [age.curie for age in second.list_ages("refseq") if age.run_id == nightly_run.run_id]
    second.close()
    assert again
    assert not queried & set(again)  # identifiers never queried come first


def test_a_bad_identifier_in_a_batch_leaves_the_others_their_verdicts(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    curies = some["uniprot"]
    upstreams.world.delete(curies[1])
    upstreams.faults.add("uniprot", "poison", ids={curies[5].partition(":")[2]})
    nightly_run = run_once(url, upstreams, release, curies)
    assert nightly_run.troubles == {}
    assert marked(url) == {curies[1]: "retired"}


def test_a_missing_record_is_no_evidence(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    for listed in some.values():
        upstreams.world.forget(listed[3])
    run_once(url, upstreams, release, everything(some))
    assert marked(url) == {}


class Endless(TrackedReader):
    """A release that takes forever to list; `on_row` is called with each row."""

    def __init__(self, release: Release, on_row: Callable[[int], None]) -> None:
        super().__init__(release)
        self._on_row = on_row

    def list_curies(self, prefixes: Sequence[str]) -> Iterator[str]:
        """Yield identifiers without end, for half a minute at most: then the run has ignored its end."""
        began = time.monotonic()
        for number in count():
            assert time.monotonic() - began < 30
            self._on_row(number)
            yield f"{prefixes[0]}:{number}"


@pytest.mark.parametrize(("ends_by", "state"), [("a signal", SourceState.STOPPED), ("time", SourceState.OUT_OF_TIME)])
def test_a_run_ends_while_it_reads_what_is_due(
    ends_by: str, state: SourceState, url: str, upstreams: Upstreams, release: Release
) -> None:
    jobs: list[NightlyJob] = []

    def stop_later(number: int) -> None:
        if number == 2_500 and ends_by == "a signal":
            jobs[0].stop.set()

    nightly_run = run_once(
        url,
        upstreams,
        release,
        terms=Terms(max_minutes=0.05 if ends_by == "time" else None),
        on_start=jobs.append,
        tracked=Endless(release, stop_later),
    )
    assert {ending.state for ending in nightly_run.endings.values()} == {state}
    with closing(open_reader(url)) as reader:
        made = build_report(reader, now=NOW)
    assert 'gene_xref_nightly_source_healthy{source="ensembl"} 0.0' in render_metrics(made)


def test_a_source_that_cannot_be_reached_when_the_run_is_stopped_is_down_with_the_cause(
    url: str, upstreams: Upstreams, release: Release, some: dict[str, list[str]]
) -> None:
    jobs: list[NightlyJob] = []

    def stop_later(reported: Progress) -> None:
        if reported.source == "uniprot" and reported.note:  # it waits for the source
            jobs[0].stop.set()

    nightly_run = run_once(
        url, upstreams, release, some["uniprot"], terms=Terms(sources=("uniprot",)), on_progress=stop_later,
        on_start=jobs.append, urls={"uniprot": "http://nowhere.invalid"},
    )  # fmt: skip
    ending = nightly_run.endings["uniprot"]
    assert ending.state is SourceState.DOWN
    assert ending.reason == "it was stopped; before, the name of uniprot cannot be resolved (DNS)"
    assert set(nightly_run.troubles) == {"uniprot"}
