"""Live checks: query the source databases about the identifiers of answers."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import weakref
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..errors import BadOption, LedgerError
from ..live.checker import Checker, count_verdicts
from ..live.client import Access, LiveClient
from ..live.kept import KeptVerdicts
from ..resolve.tracked import list_tracked
from ..sources.live.registry import BY_NAME, HOSTS
from ..store.marks_reader import find_file
from .environment import find_ledger_url
from .settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from ..genes.verdicts import Finding, TrackedIdentifier
    from ..live.probe import ProbeReport
    from ..resolve.answer import Answer
    from ..resolve.resolver import Resolver
    from .settings import Settings

_LOGGER = logging.getLogger(__name__)

_Result = TypeVar("_Result")


class Checked(NamedTuple):
    """A query, its answer from the release, and the findings of the source databases on its identifiers."""

    query: str
    answer: Answer
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain objects, as REST shows them."""
        return {
            "query": self.query,
            "outcome": self.answer.outcome.value,
            "hint": None if self.findings else self.answer.hint,
            "findings": [finding.to_dict() for finding in self.findings],
        }


class LiveChecks:
    """Check the identifiers of answers; `timeout_s` is the default time limit of callers that cannot wait."""

    def __init__(self, checker: Checker, *, timeout_s: float) -> None:
        self.checker = checker
        self.timeout_s = timeout_s

    async def check_answers(
        self, answers: Iterable[Answer], timeout_s: float | None, *, second_opinion: bool = False
    ) -> list[Checked]:
        """Return the findings on the identifiers of answers, in order; without a timeout, wait for every response."""
        listed = list(answers)
        tracked = await asyncio.to_thread(list_tracked, listed)  # it reads the release
        identifiers = [one for some in tracked for one in some]
        findings = iter(await self.checker.check_all(identifiers, timeout_s, second_opinion=second_opinion))
        return [
            Checked(answer.query, answer, tuple(next(findings) for _ in some))
            for answer, some in zip(listed, tracked, strict=True)
        ]

    async def aclose(self) -> None:
        """Close the connections."""
        await self.checker.client.aclose()


class SyncLiveChecks:
    """Live checks for synchronous callers, in an event loop of their own that runs in a thread.

    Later checks share connections, rate limits and known verdicts with the earlier ones.
    """

    def __init__(self, checks: LiveChecks) -> None:
        self._checks = checks
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="live-checks", daemon=True)
        self._thread.start()
        self._close = weakref.finalize(self, _end, self._loop, self._thread, checks)

    def check(self, resolver: Resolver, queries: Iterable[object], timeout_s: float | None = None) -> list[Checked]:
        """Check the identifiers of queries; the other queries decide the namespace of bare numbers."""
        return self._run(self._checks.check_answers(resolver.resolve_many(queries), timeout_s))

    def check_answers(
        self, answers: Iterable[Answer], timeout_s: float | None = None, *, second_opinion: bool = False
    ) -> list[Checked]:
        """Return the findings on the identifiers of answers, in order."""
        return self._run(self._checks.check_answers(answers, timeout_s, second_opinion=second_opinion))

    def check_tracked(self, tracked: list[TrackedIdentifier], timeout_s: float | None = None) -> list[Finding]:
        """Return the findings on identifiers, in order."""
        return self._run(self._checks.checker.check_all(tracked, timeout_s))

    def probe(self, names: Iterable[str] | None = None) -> list[ProbeReport]:
        """Probe live sources concurrently, by default all of them. Raises BadOption for an unknown name."""
        known = [source.name for source in self._checks.checker.list_sources()]
        wanted = list(known if names is None else dict.fromkeys(names))
        if unknown := [name for name in wanted if name not in known]:
            raise BadOption(f"there is no live source {unknown[0]!r}", hint=f"Choose from: {', '.join(known)}.")

        async def probe_all() -> list[ProbeReport]:
            return await asyncio.gather(*(self._checks.checker.probe(name) for name in wanted))

        return self._run(probe_all())

    @property
    def samples(self) -> list[tuple[str, str]]:
        """Responses that were not understood: the source, and the beginning of the response."""
        return self._checks.checker.samples

    def close(self) -> None:
        """Close the connections and end the thread; at exit this happens by itself."""
        self._close()

    def _run(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # stop the check if the caller is interrupted
            raise


def open_live_checks(
    settings: Settings | None = None,
    *,
    recall: Callable[[TrackedIdentifier], Finding | None] | None = None,
    on_finding: Callable[[Finding], None] | None = None,
) -> LiveChecks:
    """Return live checks as the settings configure them; nothing is connected before the first request.

    `recall` returns a verdict that was found already, or None; `on_finding` is called with each new one.
    """
    chosen = settings or read_settings()
    kept = KeptVerdicts(chosen.live_keep_s, recall=recall, on_finding=on_finding)
    checker = Checker(LiveClient(access_of(chosen)), kept=kept)
    checker.apply_pauses(_find_pauses())
    return LiveChecks(checker, timeout_s=chosen.live_timeout_s)


def access_of(settings: Settings) -> Access:
    """Return the addresses, keys and time limits of the source databases."""
    keys = {host.name: getattr(settings, host.key_setting) for host in HOSTS if host.key_setting}
    return Access(
        urls={host.name: getattr(settings, f"{host.name}_url") for host in HOSTS},
        keys={name: key.get_secret_value() for name, key in keys.items() if key is not None},
        contact=settings.upstream_contact,
        timeout_s=settings.upstream_timeout_s,
    )


def _find_pauses() -> dict[str, float]:
    """Return for how many more seconds hosts must not be queried (`Retry-After`), as nightly runs recorded it."""
    url = find_ledger_url()
    if url.startswith("sqlite") and not find_file(url).is_file():
        return {}
    from ..store.ledger_reader import open_reader

    now = int(time.time())
    try:
        with closing(open_reader(url)) as reader:
            return {host: float(until - now) for host, until in reader.list_pauses(now).items()}
    except LedgerError as error:
        _LOGGER.warning("pauses that sources required are not known: %s", error)
        return {}


def get_source_title(name: str) -> str:
    """Return what a source database is called, such as `NCBI Gene`; its name if it is not known any more."""
    return BY_NAME[name].title if name in BY_NAME else name


def summarize(checked: Iterable[Checked]) -> dict[str, int]:
    """Return the number of identifiers with each verdict."""
    counts = count_verdicts(finding for one in checked for finding in one.findings)
    return {verdict.value: count for verdict, count in counts.items()}


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread, checks: LiveChecks) -> None:
    asyncio.run_coroutine_threadsafe(checks.aclose(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
