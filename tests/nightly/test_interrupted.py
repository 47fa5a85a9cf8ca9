"""Marks follow recorded verdicts, whichever run recorded them: after kills, a day, other sources, a full disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resolver.errors import LedgerFull
from resolver.nightly.model import Progress, SourceState, Terms
from resolver.store.ledger import Ledger
from resolver.store.ledger_reader import open_reader
from resolver.store.marks_reader import read_marks
from resolver.store.release import Release, get_current_release
from tests.nightly.runs import NOW, Wall, curies_of, run_once
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import Upstreams, played
from tests.upstreams.world import World

DAY = 86_400.0
PREFIXES = ("ncbigene", "ensembl", "omim")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def release(data_dir: Path) -> Release:
    return get_current_release(data_dir)


@pytest.fixture(scope="module")
def queried(release: Release) -> list[str]:
    return [curie for prefix in PREFIXES for curie in curies_of(release, prefix, 1_200)]


@pytest.fixture(scope="module")
def upstreams(release: Release, queried: list[str]) -> Iterator[Upstreams]:
    with played(World(ReleaseFacts(release.database))) as opened:
        for prefix in ("ncbigene", "ensembl"):
            curies = [curie for curie in queried if curie.startswith(f"{prefix}:")]
            for curie in curies[5::20]:
                opened.world.merge(curie, curies[1])
            for curie in curies[9::40]:
                opened.world.retire(curie)
        yield opened


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def marks_of(url: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {mark.curie: (mark.verdict.value, mark.successors) for mark in read_marks(url)}


@pytest.fixture(scope="module")
def expected(
    tmp_path_factory: pytest.TempPathFactory, upstreams: Upstreams, release: Release, queried: list[str]
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the marks of a run that nothing interrupted."""
    url = f"sqlite:///{tmp_path_factory.mktemp('whole') / 'ledger.db'}"
    run_once(url, upstreams, release, queried)
    marks = marks_of(url)
    assert len(marks) >= 150
    return marks


class Killed(BaseException):
    """Ends a run at once: nothing of the run handles it, as nothing handles a kill."""


def _kill_when(reached: Callable[[Progress], bool]) -> Callable[[Progress], None]:
    def look(progress: Progress) -> None:
        if reached(progress):
            raise Killed

    return look


def kill_after(url: str, upstreams: Upstreams, release: Release, queried: list[str], source: str, done: int) -> None:
    """Begin a run that ends without a word once it has recorded so much of a source."""
    with pytest.raises(Killed):
        run_once(
            url, upstreams, release, queried,
            on_progress=_kill_when(lambda progress: progress.source == source and progress.done >= done),
        )  # fmt: skip


@pytest.mark.parametrize("later_s", [60.0, DAY])
@pytest.mark.parametrize("source", ["ncbi_gene", "ensembl"])
def test_the_run_after_a_killed_one_leaves_the_marks_of_an_uninterrupted_one(
    url: str,
    upstreams: Upstreams,
    release: Release,
    queried: list[str],
    expected: dict[str, tuple[str, tuple[str, ...]]],
    source: str,
    later_s: float,
) -> None:
    kill_after(url, upstreams, release, queried, source, 900)
    assert marks_of(url) != expected
    run_once(url, upstreams, release, queried, clock=Wall(NOW + later_s))
    assert marks_of(url) == expected


def test_verdicts_of_a_killed_run_are_marked_by_a_run_of_another_source(
    url: str,
    upstreams: Upstreams,
    release: Release,
    queried: list[str],
    expected: dict[str, tuple[str, tuple[str, ...]]],
) -> None:
    kill_after(url, upstreams, release, queried, "ncbi_gene", 1_200)
    before = marks_of(url)  # of sources that were done before the kill, if any
    # A day later another run begins, and it queries another source alone.
    run = run_once(url, upstreams, release, queried, clock=Wall(NOW + DAY), terms=Terms(sources=("omim",)))
    genes = {curie: mark for curie, mark in expected.items() if curie.startswith("ncbigene:")}
    found = marks_of(url)
    assert {curie: mark for curie, mark in found.items() if curie.startswith("ncbigene:")} == genes
    assert run.marked == len(found) - len(before)


def test_implausible_verdicts_of_a_killed_run_are_not_marked_by_the_next_one(
    url: str, upstreams: Upstreams, release: Release, queried: list[str]
) -> None:
    genes = [curie for curie in queried if curie.startswith("ncbigene:")]
    with played(World(ReleaseFacts(release.database))) as lying:
        for curie in genes[::3]:
            lying.world.retire(curie)
        # A run without a plausibility limit represents one that was killed before the share could be judged.
        with pytest.raises(Killed):
            run_once(
                url, lying, release, genes[:180],
                on_progress=_kill_when(lambda progress: progress.done >= 180),
            )  # fmt: skip
        run_once(url, lying, release, genes, clock=Wall(NOW + DAY))
    assert marks_of(url) == {}


def test_a_full_disk_ends_the_run_and_no_source_and_the_next_one_resumes(
    url: str,
    upstreams: Upstreams,
    release: Release,
    queried: list[str],
    expected: dict[str, tuple[str, tuple[str, ...]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    class FullAfter(Ledger):
        """A ledger whose disk is full from the fourth batch on."""

        batches = 0

        def record(self, *given: object, **named: object) -> None:
            self.batches += 1
            if self.batches > 3:
                raise LedgerFull("the ledger: database or disk is full", hint="Free some space.")
            super().record(*given, **named)  # type: ignore[arg-type]

    upstreams.faults.add("*", "latency", seconds=0.05)  # so that each source has calls on their way
    try:
        with pytest.raises(LedgerFull):
            run_once(url, upstreams, release, queried, ledger_class=FullAfter)
    finally:
        upstreams.faults.clear()
    assert not [record for record in caplog.records if record.exc_info]
    reader = open_reader(url)
    last = reader.list_runs(1)[0]
    reader.close()
    assert last["state"] == SourceState.RUNNING
    states = {part["state"] for part in last["sources"] if part["planned"]}
    assert states - {SourceState.DONE} == {SourceState.RUNNING}  # a small source may be done by then
    run = run_once(url, upstreams, release, queried, clock=Wall(NOW + 60))
    assert run.run_id == last["id"]
    assert marks_of(url) == expected


def test_a_run_at_its_time_limit_cancels_calls_that_hang(
    url: str, upstreams: Upstreams, release: Release, queried: list[str]
) -> None:
    upstreams.faults.add("ncbi", "hang")
    begun = time.monotonic()
    try:
        run = run_once(
            url, upstreams, release, queried[:50], terms=Terms(max_minutes=0.02), access_options={"timeout_s": 60.0}
        )
    finally:
        upstreams.faults.clear()
    assert run.endings["ncbi_gene"].state is SourceState.OUT_OF_TIME
    assert time.monotonic() - begun < 20
