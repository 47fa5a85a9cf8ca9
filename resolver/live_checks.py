"""Texts in, verdicts out: what the resolver says that they are is asked of the upstreams."""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from .errors import BadOption
from .live.checker import count_verdicts
from .resolve.held import hold_answers

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from .genes.verdicts import Finding, Held
    from .live.checker import Checker
    from .live.probe import ProbeReport
    from .resolve.answer import Answer
    from .resolve.resolver import Resolver

_Result = TypeVar("_Result")


class Checked(NamedTuple):
    """A text, what the release says of it, and what the upstreams say of the identifiers that it is."""

    query: str
    answer: Answer
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain objects, as REST shows it."""
        return {
            "query": self.query,
            "outcome": self.answer.outcome.value,
            "hint": None if self.findings else self.answer.hint,
            "findings": [finding.to_dict() for finding in self.findings],
        }


class LiveChecks:
    """Asks the upstreams about texts; `timeout_s` is the deadline of one who states none and cannot wait."""

    def __init__(self, checker: Checker, *, timeout_s: float) -> None:
        self.checker = checker
        self.timeout_s = timeout_s

    async def check_answers(
        self, answers: Iterable[Answer], timeout_s: float | None, *, second_opinion: bool = False
    ) -> list[Checked]:
        """Return what the upstreams say of the identifiers of answers, in order; None waits as long as they take."""
        listed = list(answers)
        held = hold_answers(listed)
        asked = [one for some in held for one in some]
        findings = iter(await self.checker.check_all(asked, timeout_s, second_opinion=second_opinion))
        return [
            Checked(answer.query, answer, tuple(next(findings) for _ in some))
            for answer, some in zip(listed, held, strict=True)
        ]

    async def aclose(self) -> None:
        """Close the connections."""
        await self.checker.client.aclose()


class Asking:
    """Live checks for those who do not wait in an event loop: they have one of their own, in a thread.

    So that a second question comes from the same connections, limits and kept verdicts as the first.
    """

    def __init__(self, checks: LiveChecks) -> None:
        self._checks = checks
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="live-checks", daemon=True)
        self._thread.start()
        self._close = weakref.finalize(self, _end, self._loop, self._thread, checks)

    def check(self, resolver: Resolver, texts: Iterable[object], timeout_s: float | None = None) -> list[Checked]:
        """Return what the upstreams say of texts; bare numbers are read as the list's other numbers are."""
        return self._run(self._checks.check_answers(resolver.resolve_many(texts), timeout_s))

    def check_answers(
        self, answers: Iterable[Answer], timeout_s: float | None = None, *, second_opinion: bool = False
    ) -> list[Checked]:
        """Return what the upstreams say of the identifiers of answers, in order."""
        return self._run(self._checks.check_answers(answers, timeout_s, second_opinion=second_opinion))

    def check_held(self, held: list[Held], timeout_s: float | None = None) -> list[Finding]:
        """Return the findings on identifiers, in order."""
        return self._run(self._checks.checker.check_all(held, timeout_s))

    def probe(self, names: Iterable[str] | None = None) -> list[ProbeReport]:
        """Return the reports of probing live sources, side by side; None: of all. Raises BadOption for another name."""
        known = [source.name for source in self._checks.checker.list_sources()]
        wanted = list(known if names is None else dict.fromkeys(names))
        if unknown := [name for name in wanted if name not in known]:
            raise BadOption(f"there is no live source {unknown[0]!r}", hint=f"Choose from: {', '.join(known)}.")

        async def probe_all() -> list[ProbeReport]:
            return await asyncio.gather(*(self._checks.checker.probe(name) for name in wanted))

        return self._run(probe_all())

    @property
    def samples(self) -> list[tuple[str, str]]:
        """What was answered and not understood: source and beginning of the answer."""
        return self._checks.checker.samples

    def close(self) -> None:
        """Close connections and thread; called at the end of the program at the latest."""
        self._close()

    def _run(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # an interrupted person waits no longer
            raise


def summarize(checked: Iterable[Checked]) -> dict[str, int]:
    """Return how many identifiers have each verdict."""
    counts = count_verdicts(finding for one in checked for finding in one.findings)
    return {verdict.value: count for verdict, count in counts.items()}


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread, checks: LiveChecks) -> None:
    asyncio.run_coroutine_threadsafe(checks.aclose(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
