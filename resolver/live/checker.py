"""Check identifiers at their source databases, and yield findings as they come."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from ..errors import SourceChanged, SourceError
from ..genes.verdicts import STALE, Finding, Obstacle, Verdict
from ..sources.live import mygene
from ..sources.live.base import BatchRefused, not_checked
from ..sources.live.registry import BY_NAME, BY_PREFIX, HOSTS, LIVE_SOURCES, NOT_QUERIED
from .kept import KeptVerdicts
from .probe import probe_source
from .rounds import Rounds, not_taken, obstacle_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

    from ..genes.verdicts import TrackedIdentifier
    from ..sources.live.base import LiveSource, PublishedList, SourceRelease
    from .client import LiveClient
    from .probe import ProbeReport

    OnSample = Callable[[str, SourceChanged], None]

_LOGGER = logging.getLogger(__name__)
_MOST_SAMPLES = 20


class Checker:
    """Check identifiers at their source databases; use it with `async with`, which closes the client at the end.

    A source that cannot be reached or understood is an obstacle for its identifiers, never a verdict. `samples` keeps
    the first replies that were not understood, with their source, for a person to read; `on_sample` is called for each.
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

    # --- For interactive checks ----------------------------------------------------------------------------------

    async def check(
        self, tracked: Iterable[TrackedIdentifier], deadline_s: float | None = None, *, second_opinion: bool = False
    ) -> AsyncIterator[list[Finding]]:
        """Yield findings in groups as they come, one for each identifier.

        Identifiers without a finding after `deadline_s` seconds are reported as not checked. With `second_opinion`, the
        note of a stale Entrez gene says what MyGene.info reports. All sources are queried concurrently; a recent
        verdict is reused.
        """
        waiting = list(tracked)
        open_ones = {id(one): one for one in waiting}  # by identity: gene_ids make them unhashable
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
                await asyncio.gather(*tasks)  # raise our own errors
            if open_ones:
                late = [not_checked(one, Obstacle.DEADLINE, "no answer came in time") for one in open_ones.values()]
                yield late
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def check_all(
        self, tracked: Iterable[TrackedIdentifier], deadline_s: float | None = None, *, second_opinion: bool = False
    ) -> list[Finding]:
        """Return the findings in the order of the identifiers."""
        waiting = list(tracked)
        by_id: dict[int, Finding] = {}
        async for findings in self.check(waiting, deadline_s, second_opinion=second_opinion):
            by_id.update((id(finding.tracked), finding) for finding in findings)
        return [by_id[id(one)] for one in waiting]

    # --- For nightly runs --------------------------------------------------------------------------------------

    def source_of(self, tracked: TrackedIdentifier) -> str | None:
        """Return the name of the source to query about an identifier; None if there is none."""
        source = BY_PREFIX.get(tracked.identifier.prefix)
        return None if source is None else source.name

    @staticmethod
    def list_sources() -> tuple[LiveSource, ...]:
        """Return the live sources."""
        return LIVE_SOURCES

    async def check_source(self, name: str, tracked: Iterable[TrackedIdentifier]) -> AsyncIterator[list[Finding]]:
        """Yield one source's findings by its calls, a batch at a time; `tracked` is read as it is needed.

        Published lists (`check_list`) and recent verdicts are not used. Raises KeyError for an unknown name.
        """
        async for findings in Rounds(self.client, BY_NAME[name], self._keep_sample).findings(tracked):
            yield findings

    async def check_list(self, name: str, tracked: Sequence[TrackedIdentifier]) -> AsyncIterator[list[Finding]]:
        """Yield the findings of a source's published lists, with one call for each list.

        An identifier that no list mentions has no finding. A list that cannot be read is logged. If the lists are
        queried first (`list_from`), the error is raised after the other lists were read: the calls for all
        identifiers that these do not mention would be far too many.
        """
        source = BY_NAME[name]
        open_ones = {id(one): one for one in tracked}
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
        """Verify a source's contract by its known facts; recent verdicts are not used.

        Without lists no file is downloaded, and facts that only a list contains are left out. Raises KeyError for an
        unknown name.
        """
        return await probe_source(self, BY_NAME[name], with_lists=with_lists)

    async def find_release(self, name: str) -> SourceRelease | None:
        """Return the release that a source reports; None if it reports none or cannot be queried."""
        query = BY_NAME[name].release
        if query is None:
            return None
        try:
            reply = await self.client.query(query.request, lambda reply: None)
            return query.read(reply) if reply.status == 200 else None
        except SourceError as error:
            _LOGGER.warning("the release of %s cannot be read: %s", name, error)
            return None

    def find_pause(self, name: str) -> tuple[str, float] | None:
        """Return the host of a source that required a pause, and the seconds that are left of it; None if none did."""
        pauses = [(host.name, self.client.pause_left_s(host)) for host in BY_NAME[name].hosts]
        longest = max(pauses, key=lambda pause: pause[1], default=("", 0.0))
        return longest if longest[1] > 0 else None

    def find_failure(self, name: str) -> str | None:
        """Return why the last call to a source failed; None if it succeeded, or if there was none."""
        failures = (self.client.find_failure(host) for host in BY_NAME[name].hosts)
        return next((failure for failure in failures if failure is not None), None)

    def apply_pauses(self, pauses: Mapping[str, float]) -> None:
        """Send nothing to these hosts (by name) for this many seconds, as they required of an earlier run."""
        for host in HOSTS:
            if host.name in pauses:
                self.client.pause(host, pauses[host.name])

    # --- Internals-------------------------------------------------------------------------------------------------

    def _sort_out(
        self, tracked: Iterable[TrackedIdentifier]
    ) -> tuple[list[Finding], list[tuple[LiveSource, list[TrackedIdentifier]]]]:
        """Return the findings that need no call, and the other identifiers by source."""
        at_once: list[Finding] = []
        by_source: dict[str, list[TrackedIdentifier]] = {}
        for one in tracked:
            prefix = one.identifier.prefix
            if prefix in NOT_QUERIED:
                at_once.append(not_checked(one, *NOT_QUERIED[prefix]))
            elif prefix not in BY_PREFIX:
                at_once.append(
                    not_checked(one, Obstacle.NO_LIVE_SOURCE, f"no source database can be queried about {prefix}")
                )
            elif BY_PREFIX[prefix].query_id_of(one) is None:
                at_once.append(not_taken(one))
            elif (kept := self._kept.find(one)) is not None:
                at_once.append(kept)
            else:
                by_source.setdefault(BY_PREFIX[prefix].name, []).append(one)
        return at_once, [(BY_NAME[name], listed) for name, listed in by_source.items()]

    def _close(self, findings: list[Finding], open_ones: dict[int, TrackedIdentifier]) -> list[Finding]:
        """Return the findings on open identifiers, and close these."""
        return [finding for finding in findings if open_ones.pop(id(finding.tracked), None) is not None]

    async def _feed(
        self,
        queue: asyncio.Queue[list[Finding] | None],
        source: LiveSource,
        tracked: list[TrackedIdentifier],
        *,
        second_opinion: bool,
    ) -> None:
        try:
            async for findings in self._query_source(source, tracked):
                final = findings
                if second_opinion and source.prefixes == ("ncbigene",):
                    final = await self._add_second_opinion(findings)
                for finding in final:
                    self._kept.keep(finding)
                queue.put_nowait(final)
        finally:
            queue.put_nowait(None)

    async def _query_source(self, source: LiveSource, tracked: list[TrackedIdentifier]) -> AsyncIterator[list[Finding]]:
        """Yield a source's findings: by its lists first if there are many, then by its calls."""
        open_ones = {id(one): one for one in tracked}
        is_for_lists = source.list_from is not None and len({one.identifier for one in tracked}) >= source.list_from
        if is_for_lists:
            try:
                async for findings in self.check_list(source.name, tracked):
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
        """Look up identifiers that the calls do not know in the list of such identifiers."""
        (published,) = [one for one in source.lists if one.name == source.list_of_unknown]
        try:
            listed = await self._read_list(published, [finding.tracked for finding in unknown])
        except SourceError as error:
            return [not_checked(finding.tracked, obstacle_of(error), str(error)) for finding in unknown]
        by_identity = {id(finding.tracked): finding for finding in listed}
        return [by_identity.get(id(finding.tracked), finding) for finding in unknown]

    async def _read_list(self, published: PublishedList, tracked: list[TrackedIdentifier]) -> list[Finding]:
        async def read() -> list[Finding]:
            reader = published.open(tracked)  # a retry starts with an empty reader
            reply = await self.client.read_lines(published.request, reader.feed)
            return reader.findings(reply)

        try:
            return await self.client.trying(published.request.host)(read)
        except SourceChanged as error:
            self._keep_sample(published.name, error)
            raise

    async def _add_second_opinion(self, findings: list[Finding]) -> list[Finding]:
        """Note what MyGene.info reports about stale genes; a failure of it changes nothing."""
        stale = [finding for finding in findings if finding.verdict in STALE]
        opinions: dict[str, str | None] = {}
        for start in range(0, len(stale), mygene.BATCH):
            ids = [finding.tracked.identifier.accession for finding in stale[start : start + mygene.BATCH]]
            try:
                opinions |= mygene.read_opinions(await self.client.query(mygene.request_genes(ids), mygene.inspect))
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
    accession = finding.tracked.identifier.accession
    if finding.verdict not in STALE or accession not in opinions:
        return finding
    today = opinions[accession]
    agrees = today is None if not finding.successors else f"ncbigene:{today}" in finding.successors
    report = "it has no such gene" if today is None else f"it has ncbigene:{today}"
    words = f"MyGene.info {'agrees' if agrees else 'lags behind or differs'}: {report}"
    return finding._replace(note=f"{finding.note}; {words}" if finding.note else words)


def count_verdicts(findings: Iterable[Finding]) -> dict[Verdict, int]:
    """Return how many findings each verdict has, stale ones first, current and not checked last."""
    counts = dict.fromkeys((*sorted(STALE), Verdict.CURRENT, Verdict.NOT_CHECKED), 0)
    for finding in findings:
        counts[finding.verdict] += 1
    return counts
