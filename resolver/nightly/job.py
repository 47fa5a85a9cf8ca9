"""A night: one run over all sources, side by side, that can be killed at any moment and goes on where it was.

What it writes is in the ledger, a batch at a time; what is marked is decided once for each source, when all that was
asked of it is known.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, NamedTuple

from ..errors import LedgerError, ResolverError, RunError
from .asking import Clocks, Ending, SourcePart
from .calls import CallCounter
from .recording import Recorder, Tenure
from .schedule import plan_queue
from .words import TROUBLES, Progress, SourceState, Terms

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..store.held_reader import HeldReader, Holding
    from ..store.ledger import Ledger
    from ..store.ledger_reader import LedgerReader
    from .schedule import Queue
    from .words import LiveSourceShape, NightChecker

_LOGGER = logging.getLogger(__name__)
# An older run that was killed is not gone on with: too much may have changed.
_RESUMED_FOR_S = 20 * 3600


class Night(NamedTuple):
    """What a run came to: how it ended at each source, and what it did to the marks."""

    run_id: int
    state: str
    endings: dict[str, Ending]
    marked: int
    lifted: int
    dropped: int

    @property
    def troubles(self) -> dict[str, Ending]:
        """The sources that did not go as they should."""
        return {source: ending for source, ending in self.endings.items() if ending.state in TROUBLES}


class NightlyJob:
    """Runs one night. `stop` is set from outside to end it cleanly, within a second or so.

    `clock` is the wall clock in seconds since 1970; `clocks` are those by which it waits and measures time that passes.
    """

    def __init__(
        self,
        ledger: Ledger,
        ledger_reader: LedgerReader,
        held: HeldReader,
        checker: NightChecker,
        terms: Terms,
        *,
        calls: CallCounter | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._reader = ledger_reader
        self._held = held
        self._checker = checker
        self._terms = terms
        self._calls = calls or CallCounter()
        self._clock = clock
        self._clocks = Clocks(monotonic, sleep)
        self._tell = on_progress
        self._planning = asyncio.Lock()
        self._usage: dict[str, int] = {}
        self.stop = asyncio.Event()

    async def run(self, token: str, *, holder: str) -> Night:
        """Run the night under the lease of `token`, or go on with the one that was killed last.

        Raises LedgerError where the ledger fails for good, and LeaseLost; the run can be gone on with after either.
        """
        run_id, known = self._begin(token, holder)
        recorder = Recorder(self._ledger, Tenure(run_id, token), clock=self._clock, sleep=self._clocks.sleep)
        try:
            dropped = self._drop_followed(token)
            self._usage = self._reader.load_usage()
            minutes = self._terms.max_minutes
            ends_at = None if minutes is None else self._clocks.monotonic() + 60 * minutes
            parts = {
                source.name: asyncio.ensure_future(self._run_source(source, recorder, ends_at, known.get(source.name)))
                for source in self._checker.list_sources()
                if self._terms.sources is None or source.name in self._terms.sources
            }
            endings = await _gather(parts)
            state = "stopped" if self.stop.is_set() else "done"
            reason = "it was asked to stop" if self.stop.is_set() else None
            await recorder.write(self._ledger.end_run, token, run_id, state=state, reason=reason, now=recorder.now)
        finally:
            recorder.close()
        told = self._reader.get_run(run_id)["sources"]
        marked, lifted = (sum(part[name] for part in told) for name in ("marked", "lifted"))
        return Night(run_id, state, endings, marked, lifted, dropped)

    def _begin(self, token: str, holder: str) -> tuple[int, dict[str, str]]:
        """Return the run to go on with and the states of its sources, or a new one."""
        now, release_id = int(self._clock()), self._held.release.id
        last = self._reader.find_open_run()
        # A clock that jumped back makes a run of the future: it is as good as any other.
        if last is not None and last["release_id"] == release_id and now - last["started_at"] < _RESUMED_FOR_S:
            parts = self._reader.get_run(last["id"])["sources"]
            return last["id"], {part["source"]: part["state"] for part in parts}
        return self._ledger.begin_run(token, release_id=release_id, holder=holder, now=now), {}

    def _drop_followed(self, token: str) -> int:
        """Drop the marks whose change the release follows by now."""
        dropped: list[str] = []
        marks = {mark["curie"]: mark for mark in self._reader.list_stale()}
        curies = list(marks)
        for start in range(0, len(curies), 1_000):
            some = curies[start : start + 1_000]
            held = self._held.hold(some, with_gene_ids=False)
            dropped += [curie for curie in some if is_followed(marks[curie], held.get(curie))]
        return self._ledger.drop_marks(token, dropped) if dropped else 0

    # --- One source -----------------------------------------------------------------------------------------------

    async def _run_source(
        self, source: LiveSourceShape, recorder: Recorder, ends_at: float | None, known: str | None
    ) -> Ending:
        if known is not None and known != SourceState.RUNNING:
            return Ending(SourceState(known), "it was done before the run was killed")
        try:
            with self._calls.asking(source.name):
                ending = await self._ask_source(source, recorder, ends_at)
        except (LedgerError, RunError):
            raise
        except ResolverError as error:
            ending = Ending(SourceState.FAILED, str(error))
        except Exception as error:
            _LOGGER.exception("the night at %s failed", source.name)
            ending = Ending(SourceState.FAILED, f"{type(error).__name__}: {error}"[:300])
        believed = ending.state not in {SourceState.IMPLAUSIBLE, SourceState.FAILED}
        await recorder.settle(source.name, state=ending.state.value, reason=ending.reason, believed=believed)
        self._tell(Progress(source.name, ending.state, 0, 0, 0, ending.reason))
        return ending

    async def _ask_source(self, source: LiveSourceShape, recorder: Recorder, ends_at: float | None) -> Ending:
        run_id = recorder.tenure.run_id
        release = await self._checker.find_release(source.name)
        async with self._planning:  # one at a time, for the sake of memory
            queue = await asyncio.get_running_loop().run_in_executor(None, self._plan, source, run_id, release)
        await recorder.begin_source(
            source.name,
            state=SourceState.RUNNING.value,
            held=queue.held,
            planned=len(queue.curies),
            release=release,
        )
        self._tell(Progress(source.name, SourceState.RUNNING, queue.done, len(queue.curies) + queue.done, 0))
        if not queue.curies and not queue.done and queue.unchanged:
            return Ending(SourceState.UNCHANGED, f"{queue.unchanged:,} verdicts are of its release {release}")
        part = SourcePart(
            source,
            self._checker,
            self._held,
            recorder,
            self._terms,
            clocks=self._clocks,
            count_calls=self._calls,
            stop=self.stop,
            ends_at=ends_at,
            on_progress=self._tell,
        )
        claimed = self._reader.list_claims(run_id, source.name)
        verdicts = self._ledger.tally(run_id, source.name).verdicts if queue.done else {}
        return await part.ask(queue, claimed, verdicts)

    def _plan(self, source: LiveSourceShape, run_id: int, release: str | None) -> Queue:
        return plan_queue(
            self._held.list_curies(source.prefixes),
            self._reader.list_ages(source.name),
            run_id=run_id,
            asked_before=int(self._clock() - self._terms.again_after_s),
            release=release,
            usage=self._usage,
        )


async def _gather(parts: dict[str, asyncio.Task[Ending]]) -> dict[str, Ending]:
    """Return how each source's part ended; where the ledger fails under one, all are broken off."""
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


def is_followed(mark: dict[str, object], holding: Holding | None) -> bool:
    """Tell whether a release has followed the change that a mark tells of, so that the mark says nothing new."""
    if holding is None:
        return True  # it lists the identifier no more
    if mark["verdict"] == "version_behind":
        held, latest = holding.held.identifier.version, str(mark["successors"]).rpartition(".")[2]
        return held is None or (latest.isdigit() and held >= int(latest))
    if mark["verdict"] == "moved_gene":
        return set(holding.genes) != set(str(mark["genes"]).split())
    return False
