"""Query one source in a nightly run: its lists first, then its calls, until all is done or a limit is reached."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..errors import SourceError
from ..genes.verdicts import STALE, Finding, Obstacle, Verdict
from .model import Progress, SourceState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence

    from ..genes.verdicts import TrackedIdentifier
    from ..store.tracked_reader import TrackedEntry, TrackedReader
    from .model import LiveSourceShape, RunChecker, Terms
    from .recording import Recorder
    from .schedule import Queue

_Any = TypeVar("_Any")
_AT_ONCE = 1_000
# After this many batches in a row without a usable reply, the source is down or has changed.
_STREAK = 3
_FIRST_WAIT_S = 60.0
_LONGEST_WAIT_S = 600.0
_AWAY = {Obstacle.DOWN, Obstacle.THROTTLED}
# Shorter pauses are over before the next run begins.
_WORTH_NOTING_S = 60.0
# When the time of a run is over, calls in flight may take this much longer.
_GRACE_S = 5.0
# An identifier during whose query a run was killed this often is queried last, so that it delays nothing else.
_SUSPICIOUS = 3


class Clocks(NamedTuple):
    """`monotonic` is in seconds and never jumps; `sleep` waits."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


class Ending(NamedTuple):
    """How a source run ended, and why."""

    state: SourceState
    reason: str | None = None


class SourceRun:
    """Query one source. `count_calls` returns the number of calls so far; `stop` ends the run from outside."""

    def __init__(
        self,
        source: LiveSourceShape,
        checker: RunChecker,
        reader: TrackedReader,
        recorder: Recorder,
        terms: Terms,
        *,
        clocks: Clocks,
        count_calls: Callable[[str], int],
        stop: asyncio.Event,
        ends_at: float | None,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.name = source.name
        self._source = source
        self._checker = checker
        self._reader = reader
        self._recorder = recorder
        self._terms = terms
        self._clocks = clocks
        self._count_calls = count_calls
        self._stop = stop
        minutes = terms.minutes.get(self.name)
        mine = None if minutes is None else clocks.monotonic() + 60 * minutes
        self._ends_at = min((one for one in (mine, ends_at) if one is not None), default=None)
        self._on_progress = on_progress
        self._recorded_calls = count_calls(self.name)
        self._entries: dict[str, TrackedEntry] = {}
        self._verdicts: dict[str, int] = {}
        self._unknown_before: frozenset[str] = frozenset()
        self._queried = self._unknown = self._newly_unknown = 0
        self._list_findings: dict[str, Finding] = {}
        self._failed: dict[str, Obstacle] = {}
        self._unread: str | None = None
        self._streak = 0
        self._has_progress = False
        self._done = 0
        self._planned = 0

    async def run(self, queue: Queue, claimed: dict[str, int], verdicts: dict[str, int]) -> Ending:
        """Query all that is due; `verdicts` counts those not settled yet, `claimed` has the claims of a killed run."""
        self._verdicts = dict(verdicts)
        self._unknown_before = queue.unknown
        self._done = queue.done
        self._planned = len(queue.curies) + queue.done
        due = order_after_kill(queue.curies, claimed)
        if self._source.lists:
            due = await self._read_lists(due)
        if self._unread is not None and len(due) >= (self._source.list_from or 0):
            await self._note_pause()
            return self._judged(Ending(SourceState.DOWN, f"its list cannot be read: {self._unread}"))
        ending = await self._call(due) if due else Ending(SourceState.DONE)
        await self._note_pause()
        return self._judged(ending)

    @property
    def has_findings(self) -> bool:
        """Whether anything was recorded."""
        return self._queried > 0

    def _judged(self, ending: Ending) -> Ending:
        if (doubt := self._terms.plausibility.doubt(self._verdicts)) is not None:
            return Ending(SourceState.IMPLAUSIBLE, doubt)
        if (silence := self._find_silence()) is not None:
            return Ending(SourceState.SILENT, silence)
        return ending

    def _find_silence(self) -> str | None:
        """Return why the source knew too few identifiers in this run; all runs together are judged at its end."""
        return self._terms.plausibility.find_silence(
            queried=self._queried, unknown=self._unknown, known_before=self._newly_unknown, silent=0, contained=0
        )

    # --- Lists ----------------------------------------------------------------------------------------------------

    async def _read_lists(self, due: list[str]) -> list[str]:
        """Record what the lists report; return what is to be queried by calls."""
        tracked: list[TrackedIdentifier] = []
        for some in _chunks(due):
            await asyncio.sleep(0)  # a signal is noticed between two chunks
            if self._stop.is_set() or self._is_out_of_time():
                return due
            tracked += [h.tracked for h in self._reader.find_entries(some).values()]
        reported: set[str] = set()
        try:
            async for findings in self._until_stopped(self._checker.check_list(self.name, tracked)):
                for part in _chunks(findings):
                    if self._stop.is_set():
                        break
                    self._entries = self._reader.find_entries(
                        [f.tracked.identifier.curie for f in part], with_gene_ids=False
                    )
                    kept = self._leave_open(part)
                    reported.update(finding.tracked.identifier.curie for finding in kept)
                    await self._record(kept)
        except SourceError as error:
            self._unread = str(error)
        self._entries = {}
        return [curie for curie in due if curie not in reported]

    def _leave_open(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings without retired numbers that lack a successor: calls may know it."""
        kept = []
        for finding in findings:
            if finding.verdict is Verdict.RETIRED and not finding.successors:
                self._list_findings[finding.tracked.identifier.curie] = finding
            else:
                kept.append(finding)
        return kept

    # --- Calls ----------------------------------------------------------------------------------------------------

    async def _call(self, due: list[str]) -> Ending:
        """Query in sessions: what an unreachable source left open is queried again, after growing waits."""
        waiting = iter(due)
        waited_s, wait_s = 0.0, _FIRST_WAIT_S
        while True:
            self._has_progress, self._streak = False, 0
            again, self._failed = list(self._failed), {}
            feed = self._feed(waiting, again)
            async for findings in self._until_stopped(self._checker.check_source(self.name, feed)):
                await self._take(findings)
            left = next(waiting, None)
            if left is not None:
                waiting = _with_first(left, waiting)
            ending = self._find_end(is_all=left is None)
            if ending is not None:
                return ending
            if self._has_progress:
                waited_s, wait_s = 0.0, _FIRST_WAIT_S
            host, pause_s = await self._note_pause()
            if pause_s >= _WORTH_NOTING_S and pause_s > min(self._rest_s(), self._terms.patience_s - waited_s):
                await self._record_failed()
                return Ending(SourceState.THROTTLED, f"{host} requires a pause of {pause_s:,.0f} s")
            if waited_s >= self._terms.patience_s:
                return await self._give_up(left)
            wait_s = max(wait_s, pause_s)
            self._report(f"waiting {wait_s:.0f} s for the source")
            await self._wait(wait_s)
            waited_s, wait_s = waited_s + wait_s, min(2 * wait_s, _LONGEST_WAIT_S)

    def _rest_s(self) -> float:
        """Return how many seconds of the run are left."""
        return math.inf if self._ends_at is None else max(0.0, self._ends_at - self._clocks.monotonic())

    async def _note_pause(self) -> tuple[str, float]:
        """Return the pause that a host of the source requires now; it is recorded for the runs to come."""
        pause = self._checker.find_pause(self.name)
        if pause is None:
            return "", 0.0
        host, seconds = pause
        if seconds >= _WORTH_NOTING_S:
            await self._recorder.note_pause(host, self.name, seconds)
        return host, seconds

    def _find_end(self, *, is_all: bool) -> Ending | None:
        if self._stop.is_set():
            return Ending(SourceState.STOPPED, "it was stopped")
        if self._terms.plausibility.doubt(self._verdicts) is not None:
            return Ending(SourceState.IMPLAUSIBLE)
        if (silence := self._find_silence()) is not None:
            return Ending(SourceState.SILENT, silence)
        if self._is_out_of_time():
            return Ending(SourceState.OUT_OF_TIME, "its time limit was reached")
        if self._is_out_of_calls():
            return Ending(SourceState.OUT_OF_CALLS, "its limit of calls was reached")
        if is_all and not self._failed:
            return Ending(SourceState.DONE)
        return None

    async def _give_up(self, left: str | None) -> Ending:
        """Record identifiers that could not be queried; those never queried come first in the next run."""
        await self._record_failed()
        if left is None and sum(self._verdicts.values()) > 9 * len(self._failed):
            return Ending(SourceState.DONE, f"{len(self._failed):,} had no reply")
        if Obstacle.NOT_UNDERSTOOD in self._failed.values():
            return Ending(SourceState.NOT_UNDERSTOOD, "its replies are not understood: its API may have changed")
        cause = self._checker.find_failure(self.name)
        return Ending(SourceState.DOWN, f"it did not reply for a long time{f': {cause}' if cause else ''}")

    async def _record_failed(self) -> None:
        for some in _chunks(list(self._failed)):
            self._entries = self._reader.find_entries(some)
            tracked = {curie: entry.tracked for curie, entry in self._entries.items()}
            await self._record(
                [
                    self._list_findings.get(curie) or _not_checked(one, self._failed[curie])
                    for curie, one in tracked.items()
                ]
            )

    def _feed(self, waiting: Iterator[str], again: Sequence[str]) -> Iterator[TrackedIdentifier]:
        """Yield identifiers as they are needed, and record that they are queried."""
        for source in (iter(again), waiting):
            while not self._is_to_end():
                some = list(islice(source, _AT_ONCE))
                if not some:
                    break
                found = self._reader.find_entries(some)
                self._recorder.claim(self.name, list(found))
                self._entries |= found
                for entry in found.values():
                    yield entry.tracked

    def _is_to_end(self) -> bool:
        return (
            self._stop.is_set()
            or self._streak >= _STREAK
            or self._is_out_of_time()
            or self._is_out_of_calls()
            or self._terms.plausibility.doubt(self._verdicts) is not None
            or self._find_silence() is not None
        )

    def _is_out_of_time(self) -> bool:
        return self._ends_at is not None and self._clocks.monotonic() >= self._ends_at

    def _is_out_of_calls(self) -> bool:
        most = self._terms.calls.get(self.name)
        return most is not None and self._count_calls(self.name) >= most

    async def _take(self, findings: list[Finding]) -> None:
        """Record a batch; identifiers that the source could not be queried about are queried again.

        So is a batch of which nothing was understood: it may be a maintenance page.
        """
        is_garbage = all(finding.obstacle is Obstacle.NOT_UNDERSTOOD for finding in findings)
        kept = []
        for finding in findings:
            curie = finding.tracked.identifier.curie
            if finding.obstacle is not None and (is_garbage or finding.obstacle in _AWAY):
                self._failed[curie] = finding.obstacle
            elif finding.verdict is Verdict.NOT_CHECKED:
                kept.append(self._list_findings.get(curie, finding))
            else:
                kept.append(finding)
        self._streak = 0 if kept else self._streak + 1
        self._has_progress = self._has_progress or bool(kept)
        if kept:
            await self._record(kept)

    # --- Both -----------------------------------------------------------------------------------------------------

    async def _record(self, findings: list[Finding]) -> None:
        calls = self._count_calls(self.name)
        await self._recorder.record(self.name, findings, self._entries, calls=calls - self._recorded_calls)
        self._recorded_calls = calls
        for finding in findings:
            self._entries.pop(finding.tracked.identifier.curie, None)
            self._queried += 1
            if finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM:
                self._unknown += 1
                self._newly_unknown += finding.tracked.identifier.curie not in self._unknown_before
            if finding.verdict is not Verdict.NOT_CHECKED:
                self._verdicts[finding.verdict.value] = self._verdicts.get(finding.verdict.value, 0) + 1
        self._done += len(findings)
        self._report()

    def _report(self, note: str | None = None) -> None:
        stale = sum(self._verdicts.get(verdict.value, 0) for verdict in STALE)
        self._on_progress(Progress(self.name, SourceState.RUNNING, self._done, self._planned, stale, note))

    async def _until_stopped(self, batches: AsyncIterator[list[Finding]]) -> AsyncGenerator[list[Finding]]:
        """Yield the batches until the run is to stop or its time is over; then cancel calls in flight."""
        stopped = asyncio.ensure_future(self._stop.wait())
        following: asyncio.Future[list[Finding]] | None = None
        try:
            while not self._stop.is_set():
                following = asyncio.ensure_future(_following(batches))
                rest_s = self._rest_s() + _GRACE_S
                await asyncio.wait(
                    {following, stopped},
                    timeout=None if math.isinf(rest_s) else rest_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not following.done():
                    return
                try:
                    findings = following.result()
                except StopAsyncIteration:
                    return
                yield findings
        finally:
            # A running generator cannot be closed: its step ends first, also when this is cancelled.
            waiting: list[asyncio.Future[Any]] = [stopped] if following is None else [stopped, following]
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            if isinstance(batches, AsyncGenerator):
                await batches.aclose()

    async def _wait(self, seconds: float) -> None:
        """Wait, at most until the run is stopped or its time is over."""
        left = seconds if self._ends_at is None else min(seconds, max(0.0, self._ends_at - self._clocks.monotonic()))
        waiting = asyncio.ensure_future(_awaited(self._clocks.sleep(left)))
        stopped = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, stopped):
            task.cancel()
        await asyncio.gather(waiting, stopped, return_exceptions=True)


async def _following(batches: AsyncIterator[list[Finding]]) -> list[Finding]:
    return await anext(batches)


async def _awaited(waiting: Awaitable[None]) -> None:
    await waiting


def order_after_kill(due: list[str], claimed: dict[str, int]) -> list[str]:
    """Return what is due: identifiers in flight when the run was killed first, those that were so often last."""
    if not claimed:
        return due

    def priority(curie: str) -> int:
        attempts = claimed.get(curie, 0)
        return 2 if attempts >= _SUSPICIOUS else 0 if attempts else 1

    return sorted(due, key=priority)


def _not_checked(tracked: TrackedIdentifier, obstacle: Obstacle, note: str | None = None) -> Finding:
    return Finding(tracked, Verdict.NOT_CHECKED, obstacle=obstacle, note=note)


def _chunks(listed: Sequence[_Any]) -> Iterator[Sequence[_Any]]:
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]


def _with_first(first: str, others: Iterable[str]) -> Iterator[str]:
    yield first
    yield from others
