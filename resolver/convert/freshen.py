"""What has become of the gene identifiers of a table at their upstreams, and a copy with what is to be used now.

A cell is mended only where its upstream says what it is today, and says one thing: one successor of the same namespace,
or a later version. What was split, moved to another gene or retired is left for a person.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ..genes.verdicts import STALE, Verdict
from ..resolve.held import hold_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ..genes.verdicts import Finding, Held
    from ..resolve.resolver import Resolver
    from .columns import GeneColumn
    from .table import Row, Table

    OnRows = Callable[[int], None]
    Check = Callable[[list[Held]], list[Finding]]

_EVERY = 1_000
# A number has no more letters around it that belong to it; an accession neither.
_EDGE = r"(?<![A-Za-z0-9_]){}(?![A-Za-z0-9_])"
_MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "none", "null", "-", ".", "?"})


class Freshness(NamedTuple):
    """What is known of a text: the findings on the identifiers that it is, and the text to write, if that is certain.

    `left_because` says why a stale text is left for a person.
    """

    findings: tuple[Finding, ...]
    mended: str | None = None
    left_because: str | None = None

    @property
    def finding(self) -> Finding | None:
        """The finding that tells most: a stale one, else the first."""
        stale = [finding for finding in self.findings if finding.verdict in STALE]
        return next(iter(stale or self.findings), None)


class StaleCell(NamedTuple):
    """A cell whose identifier is not current, or could not be checked."""

    line: int
    column: str
    text: str
    freshness: Freshness


class Freshener:
    """Asks about the identifiers in the columns of a table; `check` returns the findings on what is held, in order."""

    def __init__(self, table: Table, columns: Sequence[GeneColumn], resolver: Resolver, check: Check) -> None:
        self.table = table
        self.columns = {column.position: column for column in columns}
        self.counts: Counter[Verdict] = Counter()  # of cells
        self._resolver = resolver
        self._check = check
        self._known: dict[tuple[int, str], Freshness] = {}

    def ask(self, on_rows: OnRows) -> int:
        """Ask about every text of the columns once; return how many. `on_rows` is told how many rows were read."""
        texts: dict[int, dict[str, None]] = {position: {} for position in self.columns}
        for number, row in enumerate(self.table.rows(), start=1):
            for position, listed in texts.items():
                if (text := row.cells[position]).strip().lower() not in _MISSING:
                    listed[text] = None
            if number % _EVERY == 0:
                on_rows(number)
        asked: list[tuple[int, str, tuple[Held, ...]]] = []
        for position, listed in texts.items():
            # A column at a time, so that its bare numbers are read as what most of them are.
            answers = self._resolver.resolve_many(listed)
            held = hold_answers(answers)
            asked += [(position, text, some) for text, some in zip(listed, held, strict=True)]
        findings = iter(self._check([one for _, _, some in asked for one in some]))
        for position, text, some in asked:
            self._known[position, text] = _judge(text, tuple(next(findings) for _ in some))
        return len(asked)

    def examine(self) -> Iterator[StaleCell]:
        """Yield the cells that are not current from top to bottom, counting all; `ask` must have come to its end."""
        self.counts.clear()
        for row in self.table.rows():
            for position, column in self.columns.items():
                known = self._known.get((position, row.cells[position]))
                if known is None:
                    continue
                finding = known.finding
                self.counts[Verdict.NOT_CHECKED if finding is None else finding.verdict] += 1
                if finding is None or finding.verdict is not Verdict.CURRENT:
                    yield StaleCell(row.line, column.name, row.cells[position], known)

    def write_copy(self, target: Path, on_rows: OnRows) -> None:
        """Write the table with the identifiers of today; every other cell keeps its very text."""
        number = 0

        def replace(row: Row) -> dict[int, str]:
            nonlocal number
            number += 1
            if number % _EVERY == 0:
                on_rows(number)
            known = ((position, self._known.get((position, row.cells[position]))) for position in self.columns)
            return {position: each.mended for position, each in known if each is not None and each.mended is not None}

        self.table.write_copy(target, replace, self.columns)


def _judge(text: str, findings: tuple[Finding, ...]) -> Freshness:
    stale = [finding for finding in findings if finding.verdict in STALE]
    if not stale:
        return Freshness(findings)
    if len(findings) > 1:
        return Freshness(findings, left_because="the text is several identifiers")
    (finding,) = stale
    if finding.verdict is Verdict.MOVED_GENE:
        return Freshness(findings, left_because="it is alive, and names another gene")
    if not finding.successors:
        has_note = finding.verdict is Verdict.REPLACED and finding.note
        return Freshness(findings, left_because=finding.note if has_note else "it was retired without a successor")
    if len(finding.successors) > 1:
        return Freshness(findings, left_because="it was split: a person has to choose")
    identifier = finding.held.identifier
    prefix, _, successor = finding.successors[0].partition(":")
    if prefix != identifier.prefix:
        return Freshness(findings, left_because=f"its successor is of another namespace: {prefix}")
    mended = write_successor(text, identifier.accession, identifier.version, successor)
    if mended is None:
        return Freshness(findings, left_because="the text is not written as the identifier is")
    return Freshness(findings, mended)


def write_successor(text: str, accession: str, version: int | None, successor: str) -> str | None:
    """Return the text with the identifier in it replaced and the rest kept; None where it does not stand there once."""
    old = re.escape(accession) + ("" if version is None else rf"\.0*{version}")
    matches = list(re.finditer(_EDGE.format(old), text, re.IGNORECASE))
    if len(matches) != 1:
        return None
    begin, end = matches[0].span()
    return text[:begin] + successor + text[end:]
