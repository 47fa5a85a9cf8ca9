"""Query a source in rounds of batches; identifiers that a step leaves open go on to the next step.

A batch that is not full waits as long as more identifiers may fill it. This keeps the number of calls low. Successors
of replaced identifiers join these batches, or go last.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import SourceBusy, SourceChanged, SourceError, SourceRefused
from ..genes.verdicts import Obstacle
from ..sources.live.base import BatchRefused, FormRefused, Item, StepResult, not_checked
from .successors import SuccessorChecks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from ..genes.verdicts import Finding, TrackedIdentifier
    from ..sources.live.base import LiveSource, Reply, Step
    from .client import LiveClient

    OnChange = Callable[[str, SourceChanged], None]

_AT_ONCE = 4
_MOST_PAGES = 50
# One bad id in a thousand takes some twenty calls to find; far more refusals than that are no bad id.
_MOST_REFUSALS = 60
# A form of request that fails with status 500 so often in a row is not used again; any other refusal is final.
_MOST_FAILURES = 2

_Key = tuple[int, str]  # step, lane


class Rounds:
    """Query one source about identifiers; `on_change` is called for each reply that was not understood."""

    def __init__(self, client: LiveClient, source: LiveSource, on_change: OnChange) -> None:
        self._client = client
        self._source = source
        self._on_change = on_change
        has_key = source.key_host is not None and client.has_key(source.key_host)
        self._steps = source.steps_with_key if source.steps_with_key and has_key else source.steps
        self._buffers: dict[_Key, dict[str, list[Item]]] = {}
        self._in_flight: dict[asyncio.Task[StepResult], _Key] = {}
        self._called: dict[int, int] = {}
        self._successors = SuccessorChecks()
        self._closed: set[int] = set()  # steps whose form of request the server does not serve
        self._failures: dict[int, int] = {}

    async def findings(self, tracked: Iterable[TrackedIdentifier]) -> AsyncIterator[list[Finding]]:
        """Yield findings as they come, a batch at a time, one for each identifier; `tracked` is read as needed."""
        coming = iter(tracked)
        has_more = True
        try:
            while True:
                refused: list[Finding] = []
                while len(self._in_flight) < _AT_ONCE:
                    if (ready := self._take_full()) is not None:
                        self._start(*ready, refused)
                    elif has_more:
                        has_more = self._fill(coming, refused)
                    elif (ready := self._take_partial()) is not None:
                        self._start(*ready, refused)
                    else:
                        break
                if refused and (settled := self._settle(refused)):
                    yield settled
                if not self._in_flight:
                    if self._buffers or has_more:
                        continue
                    return
                done, _ = await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del self._in_flight[task]
                    result = task.result()
                    for step, item in result.onward:
                        self._put(step, item)
                    if settled := self._settle(result.findings):
                        yield settled
        finally:
            for task in self._in_flight:
                task.cancel()
            await asyncio.gather(*self._in_flight, return_exceptions=True)

    def _settle(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings that are final; queue queries for the successors that the others wait for."""
        final: list[Finding] = []
        waiting = list(findings)[::-1]
        while waiting:
            settled = self._successors.take(waiting.pop())
            final += settled.findings
            for tracked in settled.queries:
                query_id = self._source.query_id_of(tracked)
                if query_id is None:
                    waiting.append(not_taken(tracked))
                else:
                    self._put(0, Item(tracked, query_id, is_successor=True))
        return final

    # --- Batches ------------------------------------------------------------------------------------------------

    def _fill(self, coming: Iterable[TrackedIdentifier], refused: list[Finding]) -> bool:
        """Take identifiers until a batch is full; return whether there are more."""
        for tracked in coming:
            query_id = self._source.query_id_of(tracked)
            if query_id is None:
                refused.append(not_taken(tracked))
            elif self._put(0, Item(tracked, query_id)):
                return True
        return False

    def _put(self, number: int, item: Item) -> bool:
        """Put an item into its batch; return whether the batch is full. A closed form is replaced by its fallback."""
        while number in self._closed and (fallback := self._steps[number].fallback) is not None:
            number = fallback
        step = self._steps[number]
        buffer = self._buffers.setdefault((number, step.lane(item)), {})
        buffer.setdefault(item.query_id, []).append(item)
        return len(buffer) >= step.batch

    def _take_full(self) -> tuple[_Key, list[Item]] | None:
        for key in sorted(self._buffers, reverse=True):  # the latest step goes first
            if len(self._buffers[key]) >= self._steps[key[0]].batch:
                return key, self._take(key)
        return None

    def _take_partial(self) -> tuple[_Key, list[Item]] | None:
        """Take a batch that nothing can fill any more: no step up to its own can add to it."""
        own = [key for key, buffer in self._buffers.items() if _has_own(buffer)]
        if not own and self._in_flight:
            return None  # more successors may come
        keys = own or list(self._buffers)
        if not keys:
            return None
        first = min(step for step, _ in keys)
        busy = self._in_flight.values()
        if any(step < first for step, _ in busy):
            return None
        key = min(key for key in keys if key[0] == first)
        return key, self._take(key)

    def _take(self, key: _Key) -> list[Item]:
        buffer, batch = self._buffers[key], self._steps[key[0]].batch
        taken: list[Item] = []
        for query_id in list(buffer)[:batch]:
            taken += buffer.pop(query_id)
        if not buffer:
            del self._buffers[key]
        return taken

    # --- Calls --------------------------------------------------------------------------------------------------

    def _start(self, key: _Key, items: list[Item], refused: list[Finding]) -> None:
        number = key[0]
        step = self._steps[number]
        if step.most is not None and not any(item.is_successor for item in items):
            self._called[number] = self._called.get(number, 0) + 1
            if self._called[number] > step.most:
                note = f"not queried: the {step.most} calls of one check are used up"
                refused += [not_checked(one.tracked, Obstacle.NOT_KNOWN_UPSTREAM, note) for one in items]
                return
        self._in_flight[asyncio.ensure_future(self._query(number, items))] = key

    async def _query(self, number: int, items: Sequence[Item]) -> StepResult:
        """Return the result of a batch; if the source refuses the whole batch, query its halves.

        If the server does not serve this form of request, the items go on to the fallback form.
        """
        step = self._steps[number]
        findings: list[Finding] = []
        onward: list[tuple[int, Item]] = []
        waiting: list[Sequence[Item]] = [items]
        refusals = 0
        while waiting:
            batch = waiting.pop()
            try:
                result = await self._query_batch(step, batch)
            except BatchRefused as refusal:
                refusals += 1
                query_ids = list(dict.fromkeys(item.query_id for item in batch))
                if len(query_ids) == 1:
                    note = f"the source database refuses it: {refusal}"
                    findings += [not_checked(item.tracked, Obstacle.NOT_KNOWN_UPSTREAM, note) for item in batch]
                elif refusals > _MOST_REFUSALS:
                    note = f"the source database refuses too many batches: {refusal}"
                    findings += [not_checked(item.tracked, Obstacle.NOT_UNDERSTOOD, note) for item in batch]
                else:
                    half = set(query_ids[: len(query_ids) // 2])
                    waiting.append([item for item in batch if item.query_id not in half])
                    waiting.append([item for item in batch if item.query_id in half])
            except FormRefused as refusal:
                self._note_refusal(number, refusal.status)
                onward += [(step.fallback or 0, item) for item in batch]
            except SourceError as error:
                if isinstance(error, SourceChanged):
                    self._on_change(self._source.name, error)
                obstacle = obstacle_of(error)
                findings += [not_checked(item.tracked, obstacle, str(error)) for item in batch]
            else:
                self._failures.pop(number, None)
                findings += result.findings
                onward += result.onward
        return StepResult(findings, onward)

    def _note_refusal(self, number: int, status: int) -> None:
        """Close a form of request that the server does not serve, and move its waiting items to the fallback."""
        self._failures[number] = self._failures.get(number, 0) + 1
        if status == 500 and self._failures[number] < _MOST_FAILURES:
            return
        self._closed.add(number)
        for key in [key for key in self._buffers if key[0] == number]:
            for items in self._buffers.pop(key).values():
                for item in items:
                    self._put(number, item)

    async def _query_batch(self, step: Step, batch: Sequence[Item]) -> StepResult:
        request = step.request(list(dict.fromkeys(item.query_id for item in batch)))
        replies: list[Reply] = []
        while len(replies) < _MOST_PAGES:
            has_other_form = step.fallback is not None
            replies.append(await self._client.query(request, step.inspect, has_other_form=has_other_form))
            following = step.next_page(replies[-1])
            if following is None:
                return step.read(replies, batch)
            request = following
        raise SourceChanged(f"{replies[-1].url} has pages without end", source=self._source.name)


def _has_own(buffer: dict[str, list[Item]]) -> bool:
    return any(not item.is_successor for items in buffer.values() for item in items)


def not_taken(tracked: TrackedIdentifier) -> Finding:
    """Return the finding on an identifier of a namespace that has a source, which cannot be queried about this one."""
    note = f"no source database can be queried about this identifier of {tracked.identifier.prefix}"
    return not_checked(tracked, Obstacle.NO_LIVE_SOURCE, note)


def obstacle_of(error: SourceError) -> Obstacle:
    """Return why an identifier could not be checked, by the error of its source."""
    if isinstance(error, SourceBusy):
        return Obstacle.THROTTLED
    if isinstance(error, SourceChanged):
        return Obstacle.NOT_UNDERSTOOD
    if isinstance(error, SourceRefused) and error.source == "omim":
        return Obstacle.NO_KEY
    return Obstacle.DOWN
