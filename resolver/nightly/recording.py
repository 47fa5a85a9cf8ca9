"""Record the findings of a nightly run, one transaction a batch, off the event loop, with retries."""

from __future__ import annotations

import asyncio
import json
import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from tenacity import (
    AsyncRetrying,
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
)

from ..errors import LedgerLocked, LedgerUnreachable
from ..genes.verdicts import STALE, Obstacle, Verdict
from ..store.ledger_tables import CheckState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from ..genes.verdicts import Finding
    from ..sources.live.base import SourceRelease
    from ..store.ledger import Ledger
    from ..store.ledger_reader import LedgerReader
    from ..store.settling import Settlement
    from ..store.tracked_reader import TrackedEntry

    Sleep = Callable[[float], Awaitable[None]]

_Result = TypeVar("_Result")
# How long to wait for a locked or unreachable ledger; then the run ends, and the next one resumes it.
LEDGER_PATIENCE_S = 300.0
_LONGEST_WAIT_S = 15.0
# The source database replied, but without a verdict.
_ANSWERED = {Obstacle.NOT_KNOWN_UPSTREAM, Obstacle.NOT_UNDERSTOOD, Obstacle.NO_LIVE_SOURCE, Obstacle.ARCHIVED}


class Recorder:
    """Read and write the ledger for one run.

    All calls go through one thread, so they never compete for a lock. Each is retried for `LEDGER_PATIENCE_S` seconds
    while the ledger is locked or unreachable.
    """

    def __init__(
        self,
        ledger: Ledger,
        reader: LedgerReader,
        token: str,
        *,
        clock: Callable[[], float],
        sleep: Sleep,
        patience_s: float = LEDGER_PATIENCE_S,
    ) -> None:
        self.ledger = ledger
        self.reader = reader
        self._token = token
        self._clock = clock
        self._sleep = sleep
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="nightly-ledger")
        self._trying: dict[str, Any] = {
            "retry": retry_if_exception_type((LedgerLocked, LedgerUnreachable)),
            "stop": stop_after_delay(patience_s),
            "wait": wait_exponential(multiplier=1, max=_LONGEST_WAIT_S),
            "reraise": True,
        }
        self.run_id = 0

    def close(self) -> None:
        """End the thread after its last write."""
        self._thread.shutdown()

    @property
    def now(self) -> int:
        """The moment, in seconds since 1970."""
        return int(self._clock())

    async def call(self, work: Callable[..., _Result], *arguments: object, **named: object) -> _Result:
        """Return what one unit of work on the ledger returns, retried while the ledger is locked or unreachable."""
        loop = asyncio.get_running_loop()
        async for attempt in AsyncRetrying(sleep=self._sleep, **self._trying):
            with attempt:
                return await loop.run_in_executor(self._thread, lambda: work(*arguments, **named))
        raise AssertionError  # it returns or raises before

    async def begin_run(self, *, release_id: str, holder: str) -> int:
        """Record that a run begins, and return its number."""
        self.run_id = await self.call(
            self.ledger.begin_run, self._token, release_id=release_id, holder=holder, now=self.now
        )
        return self.run_id

    async def begin_source(self, source: str, **named: object) -> None:
        """Record that the run begins at a source."""
        await self.call(self.ledger.begin_source, self._token, self.run_id, source, now=self.now, **named)

    def claim(self, source: str, curies: Sequence[str]) -> None:
        """Record, before this returns, which identifiers are about to be queried.

        It blocks the run, which is filling a batch.
        """

        def claim() -> None:
            Retrying(**self._trying)(self.ledger.claim, self._token, self.run_id, source, curies, now=self.now)

        self._thread.submit(claim).result()

    async def record(
        self, source: str, findings: Sequence[Finding], entries: Mapping[str, TrackedEntry], *, calls: int
    ) -> None:
        """Record a batch of findings."""
        found: dict[str, dict[str, object]] = {}
        unchecked: dict[str, dict[str, object]] = {}
        for finding in findings:
            row = self._row(source, finding, entries.get(finding.tracked.identifier.curie))
            rows = unchecked if finding.verdict is Verdict.NOT_CHECKED else found
            rows[str(row["curie"])] = row
        await self.call(
            self.ledger.record,
            self._token,
            self.run_id,
            source,
            found=list(found.values()),
            hindered=list(unchecked.values()),
            calls=calls,
        )

    def _row(self, source: str, finding: Finding, entry: TrackedEntry | None) -> dict[str, object]:
        identifier, evidence, now = finding.tracked.identifier, finding.evidence, self.now
        is_checked = finding.verdict is not Verdict.NOT_CHECKED
        shown = None
        if evidence is not None and finding.verdict in STALE:
            shown = json.dumps({"url": evidence.url, "fields": evidence.fields}, sort_keys=True)
        return {
            "curie": identifier.curie,
            "source": source,
            "run_id": self.run_id,
            "verdict": finding.verdict.value,
            "checked_at": now if is_checked else None,
            "queried_at": now if is_checked or finding.obstacle in _ANSWERED else None,
            "obstacle": None if is_checked else (finding.obstacle or Obstacle.NOT_UNDERSTOOD).value,
            "version": identifier.version,
            "successors": " ".join(finding.successors),
            "genes": "" if entry is None else " ".join(entry.genes),
            "taxon": None if entry is None else entry.taxon,
            "upstream_release": None if evidence is None else evidence.upstream_release,
            "evidence": shown,
            "note": finding.note,
            "symbol": None if entry is None else entry.symbol,
            "state": (CheckState.OPEN if is_checked else CheckState.SETTLED).value,
        }

    async def settle(
        self, source: str, *, state: str, reason: str | None, believed: bool, jump_from: int | None
    ) -> Settlement:
        """End a source run: the marks follow its verdicts, and those that interrupted runs left."""
        return await self.call(
            self.ledger.settle,
            self._token,
            self.run_id,
            source,
            state=state,
            reason=reason,
            believed=believed,
            jump_from=jump_from,
            now=self.now,
        )

    async def settle_left_over(self, source: str, *, believed: bool, jump_from: int | None) -> Settlement:
        """Let the marks follow the verdicts that an interrupted run left at a source that this run does not query."""
        return await self.call(
            self.ledger.settle_left_over,
            self._token,
            self.run_id,
            source,
            believed=believed,
            jump_from=jump_from,
            now=self.now,
        )

    async def end_run(self, *, state: str, reason: str | None) -> None:
        """Record how the run ended."""
        await self.call(self.ledger.end_run, self._token, self.run_id, state=state, reason=reason, now=self.now)

    async def drop_marks(self, curies: Sequence[str]) -> int:
        """Drop marks whose change the release follows; return how many there were."""
        return await self.call(self.ledger.drop_marks, self._token, self.run_id, curies, now=self.now)

    async def forget_held_back(self, curies: Sequence[str]) -> None:
        """Settle held-back verdicts on identifiers that the release does not contain any more."""
        await self.call(self.ledger.forget_held_back, self._token, curies)

    async def note_release(self, source: str, release: SourceRelease) -> None:
        """Record the release that a source reports."""
        await self.call(self.ledger.note_release, self._token, source, release.name, release.date, now=self.now)

    async def note_pause(self, host: str, source: str, seconds: float) -> None:
        """Record that a host required not to be queried for so many seconds."""
        until = self.now + math.ceil(seconds)
        await self.call(self.ledger.note_pause, self._token, host, source, until=until, now=self.now)
