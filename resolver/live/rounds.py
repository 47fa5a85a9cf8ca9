"""A source is asked in rounds: batches as full as they can be; what they leave open goes on to the next step.

A batch that is not full waits as long as something may still come to fill it, so that as few calls are made as can be.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import SourceBusy, SourceChanged, SourceError, SourceRefused
from ..genes.verdicts import Obstacle
from ..sources.answers.base import BatchRefused, Item, Reading, not_checked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from ..genes.verdicts import Finding, Held
    from ..sources.answers.base import LiveSource, Reply, Step
    from .client import LiveClient

    OnChange = Callable[[str, SourceChanged], None]

_AT_ONCE = 4
_MOST_PAGES = 50
# One bad id in a thousand takes some twenty calls to find; far more refusals than that are no bad id.
_MOST_REFUSALS = 60

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
                if refused:
                    yield refused
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
                    if reading.findings:
                        yield reading.findings
        finally:
            for task in self._in_flight:
                task.cancel()
            await asyncio.gather(*self._in_flight, return_exceptions=True)

    # --- Batches ------------------------------------------------------------------------------------------------

    def _fill(self, coming: Iterable[Held], refused: list[Finding]) -> bool:
        """Take held identifiers until a batch is full; return whether there are more."""
        for held in coming:
            asked = self._source.takes(held)
            if asked is None:
                refused.append(not_checked(held, Obstacle.NO_LIVE_SOURCE))
                continue
            if self._put(0, Item(held, asked)) >= self._steps[0].batch:
                return True
        return False

    def _put(self, step: int, item: Item) -> int:
        buffer = self._buffers.setdefault((step, self._steps[step].lane(item)), {})
        buffer.setdefault(item.asked, []).append(item)
        return len(buffer)

    def _take_full(self) -> tuple[_Key, list[Item]] | None:
        for key in sorted(self._buffers, reverse=True):  # what has come furthest is done first
            if len(self._buffers[key]) >= self._steps[key[0]].batch:
                return key, self._take(key)
        return None

    def _take_partial(self) -> tuple[_Key, list[Item]] | None:
        """Take a batch that nothing can fill any more: no step up to its own has anything left to tell."""
        if not self._buffers:
            return None
        first = min(step for step, _ in self._buffers)
        busy = self._in_flight.values()
        if any(step < first for step, _ in busy):
            return None
        # What a chain leads to goes into the same lane again.
        free = sorted(key for key in self._buffers if key[0] == first and key not in busy)
        return (free[0], self._take(free[0])) if free else None

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
        self._called[number] = self._called.get(number, 0) + 1
        if step.most is not None and self._called[number] > step.most:
            refused += [not_checked(one.held, Obstacle.NOT_KNOWN_UPSTREAM, "the upstream is silent") for one in items]
            return
        self._in_flight[asyncio.ensure_future(self._ask(step, items))] = key

    async def _ask(self, step: Step, items: Sequence[Item]) -> Reading:
        """Return what a batch tells; where it is refused as a whole, what its halves do."""
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
            except SourceError as error:
                if isinstance(error, SourceChanged):
                    self._on_change(self._source.name, error)
                obstacle = obstacle_of(error)
                findings += [not_checked(item.held, obstacle, str(error)) for item in batch]
            else:
                findings += reading.findings
                onward += reading.onward
        return Reading(findings, onward)

    async def _ask_batch(self, step: Step, batch: Sequence[Item]) -> Reading:
        request = step.ask(list(dict.fromkeys(item.asked for item in batch)))
        replies: list[Reply] = []
        while len(replies) < _MOST_PAGES:
            replies.append(await self._client.ask(request, step.inspect))
            following = step.next_page(replies[-1])
            if following is None:
                return step.read(replies, batch)
            request = following
        raise SourceChanged(f"{replies[-1].url} has pages without end", source=self._source.name)


def obstacle_of(error: SourceError) -> Obstacle:
    """Return why an identifier could not be checked, by what its upstream did."""
    if isinstance(error, SourceBusy):
        return Obstacle.THROTTLED
    if isinstance(error, SourceChanged):
        return Obstacle.NOT_UNDERSTOOD
    if isinstance(error, SourceRefused) and error.source == "omim":
        return Obstacle.NO_KEY
    return Obstacle.DOWN
