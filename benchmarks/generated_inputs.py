"""No generated input breaks recognition, resolution and the reading of tables: texts and tables made by chance.

    python -m benchmarks.generated_inputs [--texts 10_000_000] [--tables 20_000] [--seed 1] [--processes 2]

Each text is recognized twice: with the same result, in less than 50 ms of CPU time, and the CURIE of each identifier is
recognized as that identifier. One text in ten is answered in a list of a thousand: one answer for each query, in order,
with a reason if it is a miss; one in a hundred of these also alone, with the same answer.

Each table is converted twice, every fourth one the second time in blocks: with the same bytes or the same error, which
is an `InputError` with a hint. Each line of the table begins that line of the result; the result of a regular
table has its cells. Anything else is printed with what makes it again, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import heapq
import io
import multiprocessing
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.random_tables import Table, find_lost, make_table
from benchmarks.random_texts import Texts, list_real_texts
from resolver.app.resolver import LocalResolver
from resolver.app.stores import open_current_release
from resolver.convert.conversion import open_conversion, open_source
from resolver.convert.engine import Conversion, Tools
from resolver.convert.formats.csv import TextSink
from resolver.convert.formats.text_stream import TextStream
from resolver.convert.formats.text_table import TextSource
from resolver.convert.plan import Reading, make_plan
from resolver.errors import InputError
from resolver.identifiers.names import make_encodable
from resolver.identifiers.recognize import MAX_LENGTH, recognize
from resolver.resolve.column import Column
from resolver.resolve.many import answer_in_column
from resolver.resolve.options import DEFAULT
from resolver.resolve.outcome import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resolver.resolve.answer import Answer

TEXTS, TABLES = 10_000, 100  # of one part of the work
ANSWERED, ALONE, IN_BLOCKS = 10, 100, 4
QUICK_S = 0.05
_SLOWEST, _LISTED = 5, 10
_PLAN, _ONE, _IN_PLACE = make_plan("symbol,ensembl"), make_plan("symbol"), make_plan("symbol", in_place=True)
_MISSES = {Outcome.NOT_FOUND, Outcome.UNRECOGNIZED}
_AT_END = ' \t,;|~§"'


@dataclass
class Result:
    """What a part of the work came to: counts, the slowest inputs with their seconds, and what must not be."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, list[tuple[float, str | bytes]]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def note_time(self, kind: str, seconds: float, shown: str | bytes) -> None:
        """Keep an input if it is one of the slowest of its kind."""
        kept = self.slowest.setdefault(kind, [])
        if len(kept) < _SLOWEST:
            heapq.heappush(kept, (seconds, shown))
        elif seconds > kept[0][0]:
            heapq.heapreplace(kept, (seconds, shown))

    def add(self, other: Result) -> None:
        """Add what another part came to."""
        self.counts.update(other.counts)
        self.broken += other.broken
        for kind, listed in other.slowest.items():
            for seconds, shown in listed:
                self.note_time(kind, seconds, shown)


class Checker:
    """Checks parts of the work, with a resolver of its own; a part is its seed, its kind and its number."""

    def __init__(self, real: list[str]) -> None:
        self.texts = Texts(real)
        self.resolver = LocalResolver()

    def check(self, part: tuple[int, str, int, int]) -> Result:
        """Check the texts or tables of a part."""
        seed, kind, number, size = part
        draw, result = Random(f"{seed} {kind} {number}"), Result()  # noqa: S311  (nothing secret)
        if kind == "texts":
            self._check_texts([self.texts.make(draw) for _ in range(size)], result)
        else:
            for place in range(size):
                self._check_table(make_table(self.texts, draw), place, draw, result)
        result.broken = [f"seed {seed}, {kind} {number}: {one}" for one in result.broken]
        return result

    def _check_texts(self, texts: list[str], result: Result) -> None:
        for text in texts:
            try:
                fault = self._recognize(text, result)
            except Exception as error:  # noqa: BLE001  (any is a finding)
                fault = f"raises {error!r}"
            if fault:
                result.broken.append(f"recognize {fault}: {text!r}")
        queries = texts[::ANSWERED]
        try:
            faults = list(self._resolve(queries, result))
        except Exception as error:  # noqa: BLE001
            faults = [f"resolve_many raises {error!r}: {self._find_raising(queries)}"]
        result.broken += faults

    def _recognize(self, text: str, result: Result) -> str | None:
        begun = time.thread_time()
        found = recognize(text)
        between = time.thread_time()
        again = recognize(text)
        seconds = min(between - begun, time.thread_time() - between)  # once the collector of garbage may have run
        result.note_time("recognized text", seconds, text)
        result.counts[f"recognized: {found.problem or len(found.interpretations)}"] += 1
        if found != again or found.text != text:
            return f"is not the same again ({found} and {again})"
        if seconds > QUICK_S:
            return f"takes {seconds:.3f} s"
        if not found.interpretations and not (found.problem and found.hint):
            return "has neither interpretations nor a problem with a hint"
        for one in found.interpretations:
            curie = one.identifier.curie
            if len(curie) <= MAX_LENGTH and all(
                again.identifier.curie != curie for again in recognize(curie).interpretations
            ):
                return f"reads another identifier from {curie!r}"
        return None

    def _resolve(self, queries: list[str], result: Result) -> Iterable[str]:
        begun = time.thread_time()
        answers = self.resolver.resolve_many(queries)
        answered = list(answers)
        result.counts["milliseconds of CPU time for answers"] += int((time.thread_time() - begun) * 1000)
        if len(answered) != len(queries):
            yield f"{len(answered)} answers to {len(queries)} queries that begin with {queries[0]!r}"
        column = Column(answers.column, answers.species)
        for place, (query, answer) in enumerate(zip(queries, answered, strict=False)):
            result.counts[f"answered: {answer.outcome}, {answer.reason or 'no reason'}"] += 1
            if fault := _find_fault(query, answer):
                yield f"the answer {fault}: {query!r}"
            if place % ALONE == 0:
                begun = time.thread_time()
                alone = self.resolver.resolve(query)
                result.note_time("query alone", time.thread_time() - begun, query)
                if column != Column():
                    alone = answer_in_column(self.resolver, query, DEFAULT, column)
                result.counts["answered alone too"] += 1
                if orjson.dumps(alone.to_dict()) != orjson.dumps(answer.to_dict()):
                    yield f"the answer in a list differs from that alone: {query!r}"

    def _find_raising(self, queries: list[str]) -> str:
        for query in queries:
            try:
                self.resolver.resolve(query)
            except Exception:  # noqa: BLE001
                return repr(query)
        return f"none of {len(queries)} alone, the first is {queries[0]!r}"

    def _check_table(self, table: Table, place: int, draw: Random, result: Result) -> None:
        is_in_place = draw.random() < 0.1 and not table.reading.get("header_row")
        block_size = draw.choice((1, 16, 64, 1 << 20)) if place % IN_BLOCKS == 0 and not is_in_place else 0
        begun = time.thread_time()
        try:
            first = self._convert(table, is_in_place)
            result.note_time("table", time.thread_time() - begun, table.data)
            second = self._convert(table, is_in_place, block_size)
            fault = None if first == second else f"is not the same again{' in blocks' * bool(block_size)}"
            if isinstance(first, str):
                result.counts[f"table refused: {re.sub(r'[0-9]+|[^ ]*[^ a-zA-Z,].*', '…', first)[:60]}"] += 1
            else:
                result.counts["table converted"] += 1
                fault = fault or find_lost(table, first, is_in_place=is_in_place)
        except Exception as error:  # noqa: BLE001
            fault = f"raises {error!r}"
        if fault:
            result.broken.append(f"table {place} {fault}: {table.name}, {table.reading}, {table.data[:2000]!r}")

    def _convert(self, table: Table, is_in_place: bool, block_size: int = 0) -> bytes | str:
        """Return the converted table, or the message of the error that refuses it."""
        reading, out, tools = Reading(**table.reading), io.BytesIO(), Tools(self.resolver)
        plan = _IN_PLACE if is_in_place else _ONE if reading.header_row else _PLAN
        try:
            own = open_source(io.BytesIO(table.data), table.name, reading)[0] if block_size else None
            if isinstance(own, TextSource) and not reading.header_row:
                stream = TextStream(io.BytesIO(table.data), table.name, encoding=reading.encoding)
                source = TextSource(stream, reading, small_rows=-1, block_size=block_size)
                conversion = Conversion(source, TextSink, plan, tools, reading)
            else:
                conversion = open_conversion(io.BytesIO(table.data), table.name, plan, tools, reading)
            conversion.run(out)
        except InputError as error:
            if not (str(error) and error.hint):
                raise AssertionError(f"{error!r} has no message or hint") from error
            return f"{type(error).__name__} {error}"
        return out.getvalue()


def _find_fault(query: str, answer: Answer) -> str | None:
    """Return what is wrong with an answer."""
    if answer.query != make_encodable(query):
        return f"is that to {answer.query!r}"
    if answer.outcome not in Outcome or not (answer.reason is None or answer.reason in Reason):
        return f"has the outcome {answer.outcome}, {answer.reason}"
    if answer.outcome in _MISSES and not (answer.reason and answer.hint):
        return f"is {answer.outcome} without a reason and a hint"
    return None


_checkers: list[Checker] = []


def _start(real: list[str]) -> None:
    _checkers.append(Checker(real))


def _check(part: tuple[int, str, int, int]) -> Result:
    return _checkers[0].check(part)


def main() -> int:
    """Check as many texts and tables as requested; print what they came to, and return the exit code."""
    parser = argparse.ArgumentParser(description="Check texts and tables that are made by chance.")
    for name, value in (("texts", 10_000_000), ("tables", 20_000), ("seed", 1), ("processes", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    chosen = parser.parse_args()
    sizes = (("tables", chosen.tables, TABLES), ("texts", chosen.texts, TEXTS))
    parts = [(chosen.seed, kind, begin // size, min(size, total - begin)) for kind, total, size in sizes
             for begin in range(0, total, size)]  # fmt: skip
    release = open_current_release()
    total, begun = Result(), time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(chosen.processes, _start, (list_real_texts(release),)) as pool:
        for done, result in enumerate(pool.imap_unordered(_check, parts), start=1):
            total.add(result)
            print("\n".join(result.broken), end="\n" if result.broken else "", flush=True)
            if done % 50 == 0:
                print(f"{done:,} of {len(parts):,} parts, {time.perf_counter() - begun:,.0f} s", file=sys.stderr)
    return _report(chosen, total, time.perf_counter() - begun, release.id)


def _report(chosen: Any, total: Result, seconds: float, release: str) -> int:  # noqa: ANN401  (options)
    print(f"{release}, seed {chosen.seed}: {chosen.texts:,} texts and {chosen.tables:,} tables in {seconds:,.0f} s")
    for name, count in sorted(total.counts.items()):
        print(f"  {count:>12,}  {name}")
    for kind, listed in total.slowest.items():
        print(f"slowest of each {kind}:")
        for taken, shown in sorted(listed, reverse=True):
            print(f"  {taken * 1000:8.2f} ms  {shown[:100]!a} ({len(shown):,})")
    print(f"{len(total.broken):,} broke a property")
    return 1 if total.broken else 0


if __name__ == "__main__":
    sys.exit(main())
