"""Verdicts on identifiers: asks each one's upstream, and yields findings as they come."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from ..errors import SourceChanged, SourceError
from ..genes.verdicts import STALE, Finding, Obstacle, Verdict
from ..sources.live import mygene
from ..sources.live.base import BatchRefused, not_checked
from ..sources.live.registry import BY_NAME, BY_PREFIX, HOSTS, LIVE_SOURCES, UNASKED
from .kept import KeptVerdicts
from .probe import probe_source
from .rounds import Rounds, not_taken, obstacle_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

    from ..genes.verdicts import Held
    from ..sources.live.base import LiveSource, PublishedList, SourceRelease
    from .client import LiveClient
    from .probe import ProbeReport

    OnSample = Callable[[str, SourceChanged], None]

_LOGGER = logging.getLogger(__name__)
_MOST_SAMPLES = 20


class Checker:
    """Tells what became of identifiers; to be used as `async with`, which closes the client at the end.

    An upstream that cannot be asked, or is not understood, is an obstacle of its identifiers and never a verdict.
    `samples` keeps the first answers that were not understood, with their source, for a person to look at; `on_sample`
    hears of each.
    """

    def __init__(
        self, client: LiveClient, *, kept: KeptVerdicts | None = None, on_sample: OnSample | None = None
    ) -> None:
        self.client = client
        self.samples: list[tuple[str, str]] = []
        self._kept = kept or KeptVerdicts(0)
        self._on_sample = on_sample

    async def __aenter__(self) -> Self:
        """Return the checker itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the client."""
        await self.client.aclose()

    # --- What a person asks -------------------------------------------------------------------------------------

    async def check(
        self, held: Iterable[Held], deadline_s: float | None = None, *, second_opinion: bool = False
    ) -> AsyncIterator[list[Finding]]:
        """Yield findings, some at a time, as they come; one for each that is held.

        When `deadline_s` seconds are over, all that is still open is told as not checked for that reason. With a
        `second_opinion`, what MyGene.info has of a stale Entrez gene is noted beside the verdict. All sources are asked
        side by side; a verdict that was given lately is not asked for again.
        """
        waiting = list(held)
        open_ones = {id(one): one for one in waiting}  # the very objects: gene_ids make them unhashable
        at_once, by_source = self._sort_out(open_ones.values())
        queue: asyncio.Queue[list[Finding] | None] = asyncio.Queue()
        tasks = [
            asyncio.ensure_future(self._feed(queue, source, listed, second_opinion=second_opinion))
            for source, listed in by_source
        ]
        loop = asyncio.get_running_loop()
        ends_at = None if deadline_s is None else loop.time() + deadline_s
        try:
            if at_once:
                yield self._close(at_once, open_ones)
            running = len(tasks)
            while running:
                try:
                    async with asyncio.timeout_at(ends_at):
                        findings = await queue.get()
                except TimeoutError:
                    break
                if findings is None:
                    running -= 1
                elif findings := self._close(findings, open_ones):
                    yield findings
            if not running:
                await asyncio.gather(*tasks)  # a fault of our own is told, not hidden
            if open_ones:
                late = [not_checked(one, Obstacle.DEADLINE, "no answer came in time") for one in open_ones.values()]
                yield late
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def check_all(
        self, held: Iterable[Held], deadline_s: float | None = None, *, second_opinion: bool = False
    ) -> list[Finding]:
        """Return the findings in the order of what is held."""
        waiting = list(held)
        told: dict[int, Finding] = {}
        async for findings in self.check(waiting, deadline_s, second_opinion=second_opinion):
            told.update((id(finding.held), finding) for finding in findings)
        return [told[id(one)] for one in waiting]

    # --- What the nightly job asks ------------------------------------------------------------------------------

    def source_of(self, held: Held) -> str | None:
        """Return the name of the source that can be asked about an identifier, None where there is none."""
        source = BY_PREFIX.get(held.identifier.prefix)
        return None if source is None else source.name

    @staticmethod
    def list_sources() -> tuple[LiveSource, ...]:
        """Return the live sources."""
        return LIVE_SOURCES

    async def check_source(self, name: str, held: Iterable[Held]) -> AsyncIterator[list[Finding]]:
        """Yield one source's findings by its calls, a batch at a time; `held` is read as it is needed.

        Lists are left aside (`check_list`), and so are verdicts that were given lately. Raises KeyError for a name that
        there is not.
        """
        async for findings in Rounds(self.client, BY_NAME[name], self._keep_sample).findings(held):
            yield findings

    async def check_list(self, name: str, held: Sequence[Held]) -> AsyncIterator[list[Finding]]:
        """Yield what a source's published lists say: a call for each list, and none where it publishes none.

        An identifier that no list mentions has no finding. A list that cannot be read is logged. Where the lists are
        the first thing to query (`list_from`), its error is raised once the other lists were read: what they do not
        mention is then not for the calls, which would be far too many.
        """
        source = BY_NAME[name]
        open_ones = {id(one): one for one in held}
        failure: SourceError | None = None
        for published in source.lists:
            if not open_ones:
                return
            try:
                findings = await self._read_list(published, list(open_ones.values()))
            except SourceError as error:
                _LOGGER.warning("%s cannot be read: %s", published.name, error)
                failure = error
                continue
            if findings := self._close(findings, open_ones):
                yield findings
        if failure is not None and source.list_from is not None and open_ones:
            raise failure

    async def probe(self, name: str, *, with_lists: bool = True) -> ProbeReport:
        """Verify a source's contract by the facts that it states; kept verdicts are not used.

        Without lists no file is downloaded, and the facts that only a list states are left out. Raises KeyError for a
        name that there is not.
        """
        return await probe_source(self, BY_NAME[name], with_lists=with_lists)

    async def find_release(self, name: str) -> SourceRelease | None:
        """Return the release that a source states; None where it states none, or cannot be queried."""
        query = BY_NAME[name].release
        if query is None:
            return None
        try:
            reply = await self.client.ask(query.request, lambda reply: None)
            return query.read(reply) if reply.status == 200 else None
        except SourceError as error:
            _LOGGER.warning("the release of %s cannot be read: %s", name, error)
            return None

    def find_pause(self, name: str) -> tuple[str, float] | None:
        """Return which host of a source required a pause, and how many seconds of it are left; None where none did."""
        pauses = [(host.name, self.client.pause_left_s(host)) for host in BY_NAME[name].hosts]
        longest = max(pauses, key=lambda pause: pause[1], default=("", 0.0))
        return longest if longest[1] > 0 else None

    def hold_pauses(self, pauses: Mapping[str, float]) -> None:
        """Send nothing to these hosts (by name) for so many seconds: they required it of an earlier run."""
        for host in HOSTS:
            if host.name in pauses:
                self.client.pause(host, pauses[host.name])

    # --- How ----------------------------------------------------------------------------------------------------

    def _sort_out(self, held: Iterable[Held]) -> tuple[list[Finding], list[tuple[LiveSource, list[Held]]]]:
        """Return what can be told without a call, and the others by source."""
        at_once: list[Finding] = []
        by_source: dict[str, list[Held]] = {}
        for one in held:
            prefix = one.identifier.prefix
            if prefix in UNASKED:
                at_once.append(not_checked(one, *UNASKED[prefix]))
            elif prefix not in BY_PREFIX:
                at_once.append(not_checked(one, Obstacle.NO_LIVE_SOURCE, f"no upstream can be asked about {prefix}"))
            elif BY_PREFIX[prefix].takes(one) is None:
                at_once.append(not_taken(one))
            elif (kept := self._kept.find(one)) is not None:
                at_once.append(kept)
            else:
                by_source.setdefault(BY_PREFIX[prefix].name, []).append(one)
        return at_once, [(BY_NAME[name], listed) for name, listed in by_source.items()]

    def _close(self, findings: list[Finding], open_ones: dict[int, Held]) -> list[Finding]:
        """Return the findings on what is still open, which it is no more then."""
        return [finding for finding in findings if open_ones.pop(id(finding.held), None) is not None]

    async def _feed(
        self,
        queue: asyncio.Queue[list[Finding] | None],
        source: LiveSource,
        held: list[Held],
        *,
        second_opinion: bool,
    ) -> None:
        try:
            async for findings in self._ask_source(source, held):
                told = findings
                if second_opinion and source.prefixes == ("ncbigene",):
                    told = await self._ask_second(findings)
                for finding in told:
                    self._kept.keep(finding)
                queue.put_nowait(told)
        finally:
            queue.put_nowait(None)

    async def _ask_source(self, source: LiveSource, held: list[Held]) -> AsyncIterator[list[Finding]]:
        """Yield a source's findings: by its lists first where there are many, then by its calls."""
        open_ones = {id(one): one for one in held}
        is_for_lists = source.list_from is not None and len({one.identifier for one in held}) >= source.list_from
        if is_for_lists:
            try:
                async for findings in self.check_list(source.name, held):
                    yield self._close(findings, open_ones)
            except SourceError as error:
                yield [not_checked(one, obstacle_of(error), str(error)) for one in open_ones.values()]
                return
        unknown: list[Finding] = []
        async for findings in self.check_source(source.name, list(open_ones.values())):
            final = findings
            if source.list_of_unknown is not None and not is_for_lists:
                final = [finding for finding in findings if finding.obstacle is not Obstacle.NOT_KNOWN_UPSTREAM]
                unknown += [finding for finding in findings if finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM]
            yield final
        if unknown:
            yield await self._look_up_unknown(source, unknown)

    async def _look_up_unknown(self, source: LiveSource, unknown: list[Finding]) -> list[Finding]:
        """Return what the list of such identifiers says of those that the calls do not know."""
        (published,) = [one for one in source.lists if one.name == source.list_of_unknown]
        try:
            listed = await self._read_list(published, [finding.held for finding in unknown])
        except SourceError as error:
            return [not_checked(finding.held, obstacle_of(error), str(error)) for finding in unknown]
        by_held = {id(finding.held): finding for finding in listed}
        return [by_held.get(id(finding.held), finding) for finding in unknown]

    async def _read_list(self, published: PublishedList, held: list[Held]) -> list[Finding]:
        async def read() -> list[Finding]:
            reader = published.open(held)  # what a broken reading has left is forgotten
            reply = await self.client.read_lines(published.request, reader.feed)
            return reader.tell(reply)

        try:
            return await self.client.trying(published.request.host)(read)
        except SourceChanged as error:
            self._keep_sample(published.name, error)
            raise

    async def _ask_second(self, findings: list[Finding]) -> list[Finding]:
        """Note what MyGene.info has of stale genes; that it cannot be asked changes nothing."""
        stale = [finding for finding in findings if finding.verdict in STALE]
        opinions: dict[str, str | None] = {}
        for start in range(0, len(stale), mygene.BATCH):
            ids = [finding.held.identifier.accession for finding in stale[start : start + mygene.BATCH]]
            try:
                opinions |= mygene.read_opinions(await self.client.ask(mygene.ask(ids), mygene.inspect))
            except (SourceError, BatchRefused) as error:
                _LOGGER.info("no second opinion: %s", error)
        return [_with_opinion(finding, opinions) for finding in findings]

    def _keep_sample(self, source: str, error: SourceChanged) -> None:
        _LOGGER.warning("%s", error)
        if len(self.samples) < _MOST_SAMPLES:
            self.samples.append((source, error.sample or ""))
        if self._on_sample is not None:
            self._on_sample(source, error)


def _with_opinion(finding: Finding, opinions: dict[str, str | None]) -> Finding:
    accession = finding.held.identifier.accession
    if finding.verdict not in STALE or accession not in opinions:
        return finding
    today = opinions[accession]
    agrees = today is None if not finding.successors else f"ncbigene:{today}" in finding.successors
    said = "it has no such gene" if today is None else f"it has ncbigene:{today}"
    words = f"MyGene.info {'agrees' if agrees else 'lags behind or differs'}: {said}"
    return finding._replace(note=f"{finding.note}; {words}" if finding.note else words)


def count_verdicts(findings: Iterable[Finding]) -> dict[Verdict, int]:
    """Return how many findings each verdict has, stale ones first, current and not checked last."""
    counts = dict.fromkeys((*sorted(STALE), Verdict.CURRENT, Verdict.NOT_CHECKED), 0)
    for finding in findings:
        counts[finding.verdict] += 1
    return counts
