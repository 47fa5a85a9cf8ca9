"""Check a long list as a job, in the service itself, because all calls to a source share one rate limiter."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from ..app.live import summarize
from ..resolve.options import Query, read_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..app.live import Checked, LiveChecks
    from ..jobs.work import Report
    from ..resolve.answer import Answer
    from ..resolve.options import Options
    from ..resolve.resolver import Resolver

KIND = "check"
_AT_ONCE = 1_000
_REPORT_EVERY_S = 1.0


def write_queries(queries: Iterable[str | Query], options: Options) -> bytes:
    """Return queries as lines that `CheckWork` reads; `options` are those of queries without options of their own."""
    lines = []
    of_all = _specify(options)
    for query in queries:
        text, specified = (query, of_all) if isinstance(query, str) else (query.text, _specify(query.options))
        lines.append(orjson.dumps({"id": text, **specified}) + b"\n")
    return b"".join(lines)


def _specify(options: Options) -> dict[str, object]:
    described = options.describe()
    return {name: described[name] for name in ("from", "species") if described[name] is not None}


class CheckWork:
    """The work of kind `check`; `loop` is the event loop in which the service queries the source databases."""

    def __init__(
        self, checks: LiveChecks, find_resolver: Callable[[], Resolver], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._checks = checks
        self._find_resolver = find_resolver
        self._loop = loop

    def __call__(self, payload: dict[str, Any], source: BinaryIO, out: BinaryIO, report: Report) -> dict[str, Any]:
        """Write a line of JSON for each query, as `POST /check` shows it, and return counts of verdicts."""
        resolver = self._find_resolver()
        report("prepared", release={"id": resolver.release.id, "title": resolver.release.title})
        queries: list[str | Query] = []
        read = [0]
        for line in source:
            specified = orjson.loads(line)
            text = specified.pop("id")
            queries.append(Query(text, read_options(specified)) if specified else text)
            read.append(read[-1] + len(line))
        verdicts: Counter[str] = Counter()
        rows = 0
        for answers in _in_batches(resolver.resolve_many(queries)):
            checked = self._check(answers, partial(report, "progress", rows=rows, bytes=read[rows]))
            out.write(b"".join(orjson.dumps(one.to_dict()) + b"\n" for one in checked))
            verdicts.update(summarize(checked))
            rows += len(answers)
        return {"rows": rows, "written": rows, "verdicts": dict(verdicts)}

    def _check(self, answers: list[Answer], report: Callable[[], None]) -> list[Checked]:
        """Return what the source databases report, without a time limit; an exception of `report` ends the check."""
        checked = asyncio.run_coroutine_threadsafe(self._checks.check_answers(answers, None), self._loop)
        while True:
            try:
                return checked.result(_REPORT_EVERY_S)
            except TimeoutError:
                try:
                    report()
                except BaseException:
                    checked.cancel()
                    raise


def _in_batches(answers: Iterable[Answer]) -> Iterator[list[Answer]]:
    each = iter(answers)
    while some := list(islice(each, _AT_ONCE)):
        yield some
