"""Writing down what a night finds: one transaction a batch, off the event loop, tried again if the ledger is busy."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from ..errors import LedgerLocked, LedgerUnreachable
from ..genes.verdicts import STALE, Obstacle, Verdict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from ..genes.verdicts import Finding
    from ..store.held_reader import Holding
    from ..store.ledger import Ledger, Settlement

    Sleep = Callable[[float], Awaitable[None]]

_Result = TypeVar("_Result")
_ATTEMPTS = 5
# The upstream did answer; it has nothing to say, or we do not understand it.
_ANSWERED = {Obstacle.NOT_KNOWN_UPSTREAM, Obstacle.NOT_UNDERSTOOD, Obstacle.NO_LIVE_SOURCE, Obstacle.ARCHIVED}


class Tenure(NamedTuple):
    """A run, and the token of the lease under which it writes."""

    run_id: int
    token: str


class Recorder:
    """Writes for one run. All writes go through one thread, so that they wait for each other and never for a lock."""

    def __init__(self, ledger: Ledger, tenure: Tenure, *, clock: Callable[[], float], sleep: Sleep) -> None:
        self.ledger = ledger
        self.tenure = tenure
        self._clock = clock
        self._sleep = sleep
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="nightly-ledger")

    def close(self) -> None:
        """End the thread, when it has written what it was given."""
        self._thread.shutdown()

    @property
    def now(self) -> int:
        """The moment, in seconds since 1970."""
        return int(self._clock())

    async def write(self, work: Callable[..., _Result], *given: object, **named: object) -> _Result:
        """Do one unit of work; what a busy or absent ledger may let pass later is tried again for minutes."""
        loop = asyncio.get_running_loop()
        trying = AsyncRetrying(
            retry=retry_if_exception_type((LedgerLocked, LedgerUnreachable)),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential(multiplier=1, max=60),
            sleep=self._sleep,
            reraise=True,
        )
        async for attempt in trying:
            with attempt:
                return await loop.run_in_executor(self._thread, lambda: work(*given, **named))
        raise AssertionError  # it returns or raises before

    async def begin_source(self, source: str, **named: object) -> None:
        """Write down that the run begins at a source."""
        await self.write(self.ledger.begin_source, self.tenure.token, self.tenure.run_id, source, now=self.now, **named)

    def claim(self, source: str, curies: Sequence[str]) -> None:
        """Write down, at once, what is about to be asked."""
        self._thread.submit(
            self.ledger.claim, self.tenure.token, self.tenure.run_id, source, curies, now=self.now
        ).result()

    async def record(
        self, source: str, findings: Sequence[Finding], holdings: Mapping[str, Holding], *, calls: int
    ) -> None:
        """Write down a batch of findings."""
        found: dict[str, dict[str, object]] = {}
        hindered: dict[str, dict[str, object]] = {}
        for finding in findings:
            row = self._row(source, finding, holdings.get(finding.held.identifier.curie))
            rows = hindered if finding.verdict is Verdict.NOT_CHECKED else found
            rows[str(row["curie"])] = row
        await self.write(
            self.ledger.record,
            self.tenure.token,
            self.tenure.run_id,
            source,
            found=list(found.values()),
            hindered=list(hindered.values()),
            calls=calls,
        )

    def _row(self, source: str, finding: Finding, holding: Holding | None) -> dict[str, object]:
        identifier, evidence, now = finding.held.identifier, finding.evidence, self.now
        is_checked = finding.verdict is not Verdict.NOT_CHECKED
        shown = None
        if evidence is not None and finding.verdict in STALE:
            shown = json.dumps({"url": evidence.url, "fields": evidence.fields}, sort_keys=True)
        return {
            "curie": identifier.curie,
            "source": source,
            "run_id": self.tenure.run_id,
            "verdict": finding.verdict.value,
            "checked_at": now if is_checked else None,
            "asked_at": now if is_checked or finding.obstacle in _ANSWERED else None,
            "obstacle": None if is_checked else (finding.obstacle or Obstacle.NOT_UNDERSTOOD).value,
            "version": identifier.version,
            "successors": " ".join(finding.successors),
            "genes": "" if holding is None else " ".join(holding.genes),
            "taxon": None if holding is None else holding.taxon,
            "upstream_release": None if evidence is None else evidence.upstream_release,
            "evidence": shown,
            "note": finding.note,
        }

    async def settle(self, source: str, *, state: str, reason: str | None, believed: bool) -> Settlement:
        """End a source's part of the run."""
        token, run_id = self.tenure.token, self.tenure.run_id
        return await self.write(
            self.ledger.settle, token, run_id, source, state=state, reason=reason, believed=believed, now=self.now
        )
