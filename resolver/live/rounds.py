"""A source is asked in rounds: batches as full as they can be; what they leave open goes on to the next step.

A batch that is not full waits as long as something may still come to fill it, so that as few calls are made as can be.
The successors of what was replaced ride along in these batches, or go last.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import SourceBusy, SourceChanged, SourceError, SourceRefused
from ..genes.verdicts import Obstacle
from ..sources.live.base import BatchRefused, FormRefused, Item, Reading, not_checked
from .successors import SuccessorChecks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from ..genes.verdicts import Finding, Held
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
    """Asks one source about held identifiers; `on_change` hears of answers that were not understood."""

    def __init__(self, client: LiveClient, source: LiveSource, on_change: OnChange) -> None:
        self._client = client
        self._source = source
        self._on_change = on_change
        has_key = source.key_host is not None and client.has_key(source.key_host)
        self._steps = source.steps_with_key if source.steps_with_key and has_key else source.steps
        self._buffers: dict[_Key, dict[str, list[Item]]] = {}
        self._in_flight: dict[asyncio.Task[Reading], _Key] = {}
        self._called: dict[int, int] = {}
        self._successors = SuccessorChecks()
        self._closed: set[int] = set()  # steps whose form of request the server does not serve
        self._failures: dict[int, int] = {}

    async def findings(self, held: Iterable[Held]) -> AsyncIterator[list[Finding]]:
        """Yield findings, a batch at a time, as they come; one for each that is held. `held` is read as needed."""
        coming = iter(held)
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
                    reading = task.result()
                    for step, item in reading.onward:
                        self._put(step, item)
                    if settled := self._settle(reading.findings):
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
            for held in settled.queries:
                asked = self._source.takes(held)
                if asked is None:
                    waiting.append(not_taken(held))
                else:
                    self._put(0, Item(held, asked, is_successor=True))
        return final

    # --- Batches ------------------------------------------------------------------------------------------------

    def _fill(self, coming: Iterable[Held], refused: list[Finding]) -> bool:
        """Take held identifiers until a batch is full; return whether there are more."""
        for held in coming:
            asked = self._source.takes(held)
            if asked is None:
                refused.append(not_taken(held))
            elif self._put(0, Item(held, asked)):
                return True
        return False

    def _put(self, number: int, item: Item) -> bool:
        """Put an item into its batch; return whether that is full. A closed form is replaced by its fallback."""
        while number in self._closed and (fallback := self._steps[number].fallback) is not None:
            number = fallback
        step = self._steps[number]
        buffer = self._buffers.setdefault((number, step.lane(item)), {})
        buffer.setdefault(item.asked, []).append(item)
        return len(buffer) >= step.batch

    def _take_full(self) -> tuple[_Key, list[Item]] | None:
        for key in sorted(self._buffers, reverse=True):  # what has come furthest is done first
            if len(self._buffers[key]) >= self._steps[key[0]].batch:
                return key, self._take(key)
        return None

    def _take_partial(self) -> tuple[_Key, list[Item]] | None:
        """Take a batch that nothing can fill any more: no step up to its own has anything left to tell."""
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
        for asked in list(buffer)[:batch]:
            taken += buffer.pop(asked)
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
                refused += [not_checked(one.held, Obstacle.NOT_KNOWN_UPSTREAM, note) for one in items]
                return
        self._in_flight[asyncio.ensure_future(self._ask(number, items))] = key

    async def _ask(self, number: int, items: Sequence[Item]) -> Reading:
        """Return the reading of a batch; where it is refused as a whole, that of its halves.

        Where the server does not serve this form of request, the items go on to the form that takes its place.
        """
        step = self._steps[number]
        findings: list[Finding] = []
        onward: list[tuple[int, Item]] = []
        waiting: list[Sequence[Item]] = [items]
        refusals = 0
        while waiting:
            batch = waiting.pop()
            try:
                reading = await self._ask_batch(step, batch)
            except BatchRefused as refusal:
                refusals += 1
                asked = list(dict.fromkeys(item.asked for item in batch))
                if len(asked) == 1:
                    note = f"the upstream refuses it: {refusal}"
                    findings += [not_checked(item.held, Obstacle.NOT_KNOWN_UPSTREAM, note) for item in batch]
                elif refusals > _MOST_REFUSALS:
                    note = f"the upstream refuses too many batches: {refusal}"
                    findings += [not_checked(item.held, Obstacle.NOT_UNDERSTOOD, note) for item in batch]
                else:
                    half = set(asked[: len(asked) // 2])
                    waiting.append([item for item in batch if item.asked not in half])
                    waiting.append([item for item in batch if item.asked in half])
            except FormRefused as refusal:
                self._note_refusal(number, refusal.status)
                onward += [(step.fallback or 0, item) for item in batch]
            except SourceError as error:
                if isinstance(error, SourceChanged):
                    self._on_change(self._source.name, error)
                obstacle = obstacle_of(error)
                findings += [not_checked(item.held, obstacle, str(error)) for item in batch]
            else:
                self._failures.pop(number, None)
                findings += reading.findings
                onward += reading.onward
        return Reading(findings, onward)

    def _note_refusal(self, number: int, status: int) -> None:
        """Close a form of request that the server does not serve, and move on what waits for it."""
        self._failures[number] = self._failures.get(number, 0) + 1
        if status == 500 and self._failures[number] < _MOST_FAILURES:
            return
        self._closed.add(number)
        for key in [key for key in self._buffers if key[0] == number]:
            for items in self._buffers.pop(key).values():
                for item in items:
                    self._put(number, item)

    async def _ask_batch(self, step: Step, batch: Sequence[Item]) -> Reading:
        request = step.ask(list(dict.fromkeys(item.asked for item in batch)))
        replies: list[Reply] = []
        while len(replies) < _MOST_PAGES:
            has_other_form = step.fallback is not None
            replies.append(await self._client.ask(request, step.inspect, has_other_form=has_other_form))
            following = step.next_page(replies[-1])
            if following is None:
                return step.read(replies, batch)
            request = following
        raise SourceChanged(f"{replies[-1].url} has pages without end", source=self._source.name)


def _has_own(buffer: dict[str, list[Item]]) -> bool:
    return any(not item.is_successor for items in buffer.values() for item in items)


def not_taken(held: Held) -> Finding:
    """Return the finding on an identifier of a namespace that has a source, which cannot be queried about this one."""
    note = f"no source database can be queried about this identifier of {held.identifier.prefix}"
    return not_checked(held, Obstacle.NO_LIVE_SOURCE, note)


def obstacle_of(error: SourceError) -> Obstacle:
    """Return why an identifier could not be checked, by what its upstream did."""
    if isinstance(error, SourceBusy):
        return Obstacle.THROTTLED
    if isinstance(error, SourceChanged):
        return Obstacle.NOT_UNDERSTOOD
    if isinstance(error, SourceRefused) and error.source == "omim":
        return Obstacle.NO_KEY
    return Obstacle.DOWN
