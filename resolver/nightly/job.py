"""Do a nightly run: one pass over all sources, concurrently. An interrupted run is resumed by the next one.

Findings are recorded in the ledger, a batch at a time. When a source is done, its marks follow all recorded verdicts
that are not settled yet, whichever run recorded them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ..errors import LedgerError, ResolverError, RunError
from .calls import CallCounter
from .model import CUT_SHORT, DISBELIEVED, TROUBLES, Progress, SourceState, Terms
from .recording import Recorder
from .schedule import plan_queue
from .source_run import Clocks, Ending, SourceRun

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from ..sources.live.base import SourceRelease
    from ..store.ledger import Ledger
    from ..store.ledger_reader import LedgerReader
    from ..store.tracked_reader import TrackedEntry, TrackedReader
    from .model import LiveSourceShape, RunChecker
    from .schedule import Queue

_LOGGER = logging.getLogger(__name__)
_Result = TypeVar("_Result")
# An older run that was killed is not resumed: too much may have changed. Its verdicts are settled by the next run.
_RESUMED_FOR_S = 20 * 3600
_LOOK_EVERY = 1_000


class RunResult(NamedTuple):
    """The result of a nightly run: how it ended at each source, and the number of marks that it set and lifted."""

    run_id: int
    state: str
    endings: dict[str, Ending]
    marked: int
    lifted: int
    dropped: int
    held_back: int = 0

    @property
    def troubles(self) -> dict[str, Ending]:
        """The sources with an error."""
        return {source: ending for source, ending in self.endings.items() if ending.state in TROUBLES}


class _CutShort(Exception):
    """The run is to stop, or its time is over, before a source run has begun."""


class NightlyJob:
    """Do one nightly run. `stop` is set from outside to end it cleanly, within a second or so.

    `clock` is the wall clock in seconds since 1970; `monotonic` and `sleep` measure time and wait. `ledger_patience_s`
    is how long it waits for a ledger that is locked or unreachable.
    """

    def __init__(
        self,
        ledger: Ledger,
        ledger_reader: LedgerReader,
        tracked: TrackedReader,
        checker: RunChecker,
        terms: Terms,
        *,
        calls: CallCounter | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ledger_patience_s: float | None = None,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._reader = ledger_reader
        self._tracked = tracked
        self._checker = checker
        self._terms = terms
        self._calls = calls or CallCounter()
        self._clock = clock
        self._clocks = Clocks(monotonic, sleep)
        self._ledger_patience_s = ledger_patience_s
        self._on_progress = on_progress
        self._usage: dict[str, int] = {}
        self._ends_at: float | None = None
        self.stop = asyncio.Event()

    async def run(self, token: str, *, holder: str) -> RunResult:
        """Run under the lease of `token`: resume the run that was killed last, or begin a new one.

        Raises LedgerError if the ledger fails for good, and LeaseLost; the run can be resumed after either.
        """
        patience = {} if self._ledger_patience_s is None else {"patience_s": self._ledger_patience_s}
        recorder = Recorder(self._ledger, self._reader, token, clock=self._clock, sleep=self._clocks.sleep, **patience)
        minutes = self._terms.max_minutes
        self._ends_at = None if minutes is None else self._clocks.monotonic() + 60 * minutes
        try:
            known = await self._begin(recorder, holder)
            self._checker.apply_pauses(await self._list_pauses(recorder))
            dropped = await self._drop_followed(recorder)
            self._usage = await recorder.call(self._reader.load_usage)
            sources = [
                source
                for source in self._checker.list_sources()
                if self._terms.sources is None or source.name in self._terms.sources
            ]
            left_over = await self._settle_left_over(recorder, {source.name for source in sources})
            parts = {
                source.name: asyncio.ensure_future(self._run_source(source, recorder, known.get(source.name)))
                for source in sources
            }
            endings = await _gather(parts)
            state = "stopped" if self.stop.is_set() else "done"
            await recorder.end_run(state=state, reason="it was stopped" if self.stop.is_set() else None)
            recorded = (await recorder.call(self._reader.get_run, recorder.run_id))["sources"]
        finally:
            recorder.close()
        marked, lifted, held_back = (sum(part[name] for part in recorded) for name in ("marked", "lifted", "held_back"))
        return RunResult(
            recorder.run_id,
            state,
            endings,
            marked + left_over[0],
            lifted + left_over[1],
            dropped,
            held_back,
        )

    async def _begin(self, recorder: Recorder, holder: str) -> dict[str, str]:
        """Resume the last run and return the states of its sources, or begin a new run."""
        now, release_id = recorder.now, self._tracked.release.id
        last = await recorder.call(self._reader.find_open_run)
        # After a clock jumped back, a run may start in the future: it is resumed like any other.
        if last is not None and last["release_id"] == release_id and now - last["started_at"] < _RESUMED_FOR_S:
            recorder.run_id = last["id"]
            parts = (await recorder.call(self._reader.get_run, last["id"]))["sources"]
            return {part["source"]: part["state"] for part in parts}
        await recorder.begin_run(release_id=release_id, holder=holder)
        return {}

    async def _list_pauses(self, recorder: Recorder) -> dict[str, float]:
        now = recorder.now
        pauses = await recorder.call(self._reader.list_pauses, now)
        return {host: float(until - now) for host, until in pauses.items()}

    async def _drop_followed(self, recorder: Recorder) -> int:
        """Drop marks whose change the release follows, and held-back verdicts on identifiers that it lacks."""
        dropped: list[str] = []
        marks = {
            mark["curie"]: mark for mark in await recorder.call(lambda: list(self._reader.list_stale(review=None)))
        }
        for curie, entry in self._find_entries(list(marks)):
            if is_followed(marks[curie], entry):
                dropped.append(curie)
        held_back = [row["curie"] for row in await recorder.call(lambda: list(self._reader.list_held_back()))]
        missing = [curie for curie, entry in self._find_entries(held_back) if entry is None]
        if missing:
            await recorder.forget_held_back(missing)
        return await recorder.drop_marks(dropped) if dropped else 0

    def _find_entries(self, curies: list[str]) -> list[tuple[str, TrackedEntry | None]]:
        tracked: list[tuple[str, TrackedEntry | None]] = []
        for start in range(0, len(curies), 1_000):
            some = curies[start : start + 1_000]
            entries = self._tracked.find_entries(some, with_gene_ids=False)
            tracked += [(curie, entries.get(curie)) for curie in some]
        return tracked

    async def _settle_left_over(self, recorder: Recorder, queried: set[str]) -> tuple[int, int]:
        """Settle what interrupted runs recorded of sources that this run does not query."""
        marked = lifted = 0
        for source in await recorder.call(self._reader.list_unsettled_sources):
            if source in queried or self.stop.is_set():
                continue
            verdicts = (await recorder.call(self._ledger.tally_unsettled, source)).verdicts
            believed = self._terms.plausibility.doubt(verdicts) is None
            jump_from = await self._find_jump(recorder, source, await recorder.call(self._count_contained, source))
            settled = await recorder.settle_left_over(source, believed=believed, jump_from=jump_from)
            marked, lifted = marked + settled.marked, lifted + settled.lifted
        return marked, lifted

    def _count_contained(self, name: str) -> int:
        found = [source for source in self._checker.list_sources() if source.name == name]
        return sum(1 for source in found for _ in self._tracked.list_curies(source.prefixes))

    async def _find_jump(self, recorder: Recorder, source: str, contained: int) -> int | None:
        """Return from how many newly stale identifiers on they are held back; None before the first complete run."""
        has_run = await recorder.call(self._reader.has_complete_run, source, before=recorder.run_id)
        return self._terms.plausibility.jump_from(contained) if has_run else None

    # --- One source -----------------------------------------------------------------------------------------------

    async def _run_source(self, source: LiveSourceShape, recorder: Recorder, known: str | None) -> Ending:
        if known is not None and known != SourceState.RUNNING:
            return Ending(SourceState(known), "it was done before the run was interrupted")
        contained = 0
        try:
            with self._calls.for_source(source.name):
                release = await self._within_time(self._checker.find_release(source.name))
                self._check_running()
                queue = await self._begin_source(source, recorder, release)
                contained = queue.tracked
                ending = await self._query(source, recorder, queue, release)
            ending = await self._judge_silence(source.name, recorder, ending, contained)
        except (LedgerError, RunError):
            raise
        except _CutShort:
            ending = self._judge_cut_short(source.name, self._describe_end())
            await recorder.begin_source(source.name, state=ending.state.value, tracked=0, planned=0, release=None)
        except ResolverError as error:
            ending = Ending(SourceState.FAILED, str(error))
        except Exception as error:
            _LOGGER.exception("the source run of %s failed", source.name)
            ending = Ending(SourceState.FAILED, f"{type(error).__name__}: {error}"[:300])
        await recorder.settle(
            source.name,
            state=ending.state.value,
            reason=ending.reason,
            believed=ending.state not in DISBELIEVED,
            jump_from=await self._find_jump(recorder, source.name, contained),
        )
        self._on_progress(Progress(source.name, ending.state, 0, 0, 0, ending.reason))
        return ending

    async def _begin_source(self, source: LiveSourceShape, recorder: Recorder, release: SourceRelease | None) -> Queue:
        """Record that the run begins at a source, and return what is due there."""
        if release is not None:
            await recorder.note_release(source.name, release)
        settled_by = release.name if release is not None and source.settles else None
        queue = await recorder.call(self._plan, source, recorder.run_id, settled_by)
        await recorder.begin_source(
            source.name,
            state=SourceState.RUNNING.value,
            tracked=queue.tracked,
            planned=len(queue.curies),
            release=None if release is None else release.name,
            release_date=None if release is None else release.date,
        )
        self._on_progress(Progress(source.name, SourceState.RUNNING, queue.done, len(queue.curies) + queue.done, 0))
        return queue

    async def _query(
        self, source: LiveSourceShape, recorder: Recorder, queue: Queue, release: SourceRelease | None
    ) -> Ending:
        if not queue.curies and not queue.done and queue.unchanged:
            name = "" if release is None else f" {release.name}"
            return Ending(SourceState.UNCHANGED, f"all {queue.unchanged:,} verdicts are from its current release{name}")
        if self._terms.probes and queue.curies:
            probed = await self._within_time(self._checker.probe(source.name))
            if probed is not None and probed.contradiction is not None:
                return Ending(SourceState.PROBE_FAILED, probed.contradiction)
        source_run = SourceRun(
            source,
            self._checker,
            self._tracked,
            recorder,
            self._terms,
            clocks=self._clocks,
            count_calls=self._calls,
            stop=self.stop,
            ends_at=self._ends_at,
            on_progress=self._on_progress,
        )
        claimed = await recorder.call(self._reader.list_claims, recorder.run_id, source.name)
        unsettled = await recorder.call(self._ledger.tally_unsettled, source.name)
        ending = await source_run.run(queue, claimed, unsettled.verdicts)
        return ending if source_run.has_findings else self._judge_cut_short(source.name, ending)

    def _judge_cut_short(self, source: str, ending: Ending) -> Ending:
        """Return the state `down` if the run was ended while the calls to a source failed that had not replied yet."""
        cause = self._checker.find_failure(source) if ending.state in CUT_SHORT else None
        return ending if cause is None else Ending(SourceState.DOWN, f"{ending.reason}; before, {cause}")

    async def _judge_silence(self, source: str, recorder: Recorder, ending: Ending, contained: int) -> Ending:
        """Return the state `silent` if the source does not know most identifiers of the release."""
        if ending.state in TROUBLES:
            return ending
        silent = await recorder.call(self._reader.count_silent, source)
        silence = self._terms.plausibility.find_silence(
            queried=0, unknown=0, known_before=0, silent=silent, contained=contained
        )
        return ending if silence is None else Ending(SourceState.SILENT, silence)

    def _is_over(self) -> bool:
        return self.stop.is_set() or (self._ends_at is not None and self._clocks.monotonic() >= self._ends_at)

    def _check_running(self) -> None:
        if self._is_over():
            raise _CutShort

    def _describe_end(self) -> Ending:
        if self.stop.is_set():
            return Ending(SourceState.STOPPED, "it was stopped")
        return Ending(SourceState.OUT_OF_TIME, "its time limit was reached")

    def _while_running(self, rows: Iterable[_Result]) -> Iterator[_Result]:
        """Yield the rows; raises _CutShort once the run is to end. A plan reads the whole release and ledger."""
        for number, row in enumerate(rows):
            if number % _LOOK_EVERY == 0:
                self._check_running()
            yield row

    def _plan(self, source: LiveSourceShape, run_id: int, release: str | None) -> Queue:
        return plan_queue(
            self._while_running(self._tracked.list_curies(source.prefixes)),
            self._while_running(self._reader.list_ages(source.name)),
            run_id=run_id,
            queried_before=int(self._clock() - self._terms.again_after_s),
            release=release,
            usage=self._usage,
        )

    async def _within_time(self, query: Awaitable[_Result]) -> _Result | None:
        """Return what a query returns; None if the run is to stop, or its time is over, before it does."""
        querying = asyncio.ensure_future(query)
        stopped = asyncio.ensure_future(self.stop.wait())
        rest_s = None if self._ends_at is None else max(0.0, self._ends_at - self._clocks.monotonic())
        try:
            await asyncio.wait({querying, stopped}, timeout=rest_s, return_when=asyncio.FIRST_COMPLETED)
            return querying.result() if querying.done() else None
        finally:
            for task in (querying, stopped):
                task.cancel()
            await asyncio.gather(querying, stopped, return_exceptions=True)


async def _gather(parts: dict[str, asyncio.Task[Ending]]) -> dict[str, Ending]:
    """Return how each source run ended; if the ledger fails in one, cancel all."""
    try:
        if parts:
            await asyncio.wait(parts.values(), return_when=asyncio.FIRST_EXCEPTION)
        for task in parts.values():
            if task.done():
                task.result()
        return {source: await task for source, task in parts.items()}
    finally:
        for task in parts.values():
            task.cancel()
        await asyncio.gather(*parts.values(), return_exceptions=True)


def is_followed(mark: dict[str, object], entry: TrackedEntry | None) -> bool:
    """Return whether the release already contains the change that a mark reports."""
    if entry is None:
        return True  # the release does not contain the identifier any more
    if mark["verdict"] == "version_behind":
        tracked, latest = entry.tracked.identifier.version, str(mark["successors"]).rpartition(".")[2]
        return tracked is None or (latest.isdigit() and tracked >= int(latest))
    if mark["verdict"] == "moved_gene":
        return set(entry.genes) != set(str(mark["genes"]).split())
    return False
