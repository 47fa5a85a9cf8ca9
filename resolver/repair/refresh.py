"""Refresh of a table: the state of its gene identifiers at their source databases, and their replacements.

A cell is replaced only where its source database reports one successor of the same namespace, or a later version. An
identifier that was split, moved to another gene or retired is left for a person.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..genes.verdicts import STALE, Obstacle, Verdict
from ..resolve.tracked import list_tracked
from .columns import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..convert.formats.base import Batch
    from ..genes.verdicts import Finding, TrackedIdentifier
    from ..resolve.resolver import Resolver
    from .columns import GeneColumn

    Check = Callable[[list[TrackedIdentifier]], list[Finding]]

REPORT_COLUMNS = (
    "line", "column", "text", "identifier", "verdict", "use_now", "refreshed", "left_because", "obstacle", "note",
    "url", "upstream_release", "seen_at",
)  # fmt: skip
# A letter or digit beside a number or an accession belongs to another word.
_EDGE = r"(?<![A-Za-z0-9_]){}(?![A-Za-z0-9_])"
# "left" cells are for a person, "unknown" to their source database, "failed" by an error of it.
STATUSES = ("current", "refreshed", "left", "unknown", "failed", "not_checkable")
_NOTHING_TO_CHECK = frozenset({Obstacle.ARCHIVED, Obstacle.NO_LIVE_SOURCE, Obstacle.NO_KEY})


class Freshness(NamedTuple):
    """The findings on the identifiers of a cell, and its new text where that is certain.

    `left_because` says why a stale cell is left for a person.
    """

    findings: tuple[Finding, ...]
    refreshed: str | None = None
    left_because: str | None = None

    @property
    def finding(self) -> Finding | None:
        """The most important finding: a stale one, else the first."""
        stale = [finding for finding in self.findings if finding.verdict in STALE]
        return next(iter(stale or self.findings), None)

    @property
    def is_stale(self) -> bool:
        """Whether an identifier of the cell is not current."""
        return self.finding is not None and self.finding.verdict in STALE

    @property
    def status(self) -> str:
        """One of `STATUSES`, by which cells are counted."""
        finding = self.finding
        if finding is not None and finding.verdict is Verdict.CURRENT:
            return "current"
        if self.is_stale:
            return "left" if self.refreshed is None else "refreshed"
        if finding is None or finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM:
            return "unknown"
        return "not_checkable" if finding.obstacle in _NOTHING_TO_CHECK else "failed"


class StaleCell(NamedTuple):
    """A cell whose identifier is not current, or could not be checked."""

    line: int
    column: str
    text: str
    freshness: Freshness

    def describe(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of the report, one for each identifier of the cell."""
        head: dict[str, Any] = dict.fromkeys(REPORT_COLUMNS)
        head |= {"line": self.line, "column": self.column, "text": self.text}
        decided = {"refreshed": self.freshness.refreshed, "left_because": self.freshness.left_because}
        for finding in self.freshness.findings:
            shown = finding.to_dict()
            evidence = shown["evidence"] or {}
            found = {name: shown[name] for name in ("verdict", "use_now", "obstacle", "note")}
            seen = {name: evidence.get(name) for name in ("url", "upstream_release", "seen_at")}
            yield head | {"identifier": shown["curie"]} | decided | found | seen
        if not self.freshness.findings:
            yield head | {"verdict": "not_checked", "use_now": [], "note": "no identifier is recognized"}


class IdentifierRefresh:
    """Checks the identifiers in columns of a table; `check` returns the findings on identifiers, in order.

    `counts` are the numbers of cells by verdict, `statuses` by status.
    """

    def __init__(self, columns: Sequence[GeneColumn], resolver: Resolver, check: Check) -> None:
        self.columns = {column.position: column for column in columns}
        self.counts: Counter[Verdict] = Counter()
        self.statuses: Counter[str] = Counter()
        self._resolver = resolver
        self._check = check
        self._known: dict[tuple[int, str], Freshness] = {}

    def query(self, batches: Iterable[Batch]) -> None:
        """Check each different identifier of the columns once."""
        texts: dict[int, dict[str, None]] = {position: {} for position in self.columns}
        for batch in batches:
            for position, listed in texts.items():
                cells = dict.fromkeys(batch.list_texts(position))
                listed.update((cell, None) for cell in cells if cell and cell.strip() not in MISSING)
        queried: list[tuple[int, str, tuple[TrackedIdentifier, ...]]] = []
        for position, listed in texts.items():
            # One column at a time: most of its cells decide the namespace of its bare numbers.
            held = list_tracked(self._resolver.resolve_many(listed))
            queried += [(position, text, some) for text, some in zip(listed, held, strict=True)]
        findings = iter(self._check([one for _, _, some in queried for one in some]))
        for position, text, some in queried:
            self._known[position, text] = _judge(text, tuple(next(findings) for _ in some))

    def examine(self, batches: Iterable[Batch]) -> Iterator[StaleCell]:
        """Yield the cells that are not current from top to bottom, and count all; `query` must have seen them."""
        for batch in batches:
            for row, position, text, known in sorted(self._find(batch), key=lambda cell: cell[:2]):
                self.counts[known.finding.verdict if known.finding else Verdict.NOT_CHECKED] += 1
                self.statuses[known.status] += 1
                if known.status != "current":
                    yield StaleCell(batch.lines[row], self.columns[position].name, text, known)

    def refresh(self, batch: Batch) -> dict[int, dict[int, str]]:
        """Return the new texts of a batch, by column and row."""
        texts: dict[int, dict[int, str]] = {position: {} for position in self.columns}
        for row, position, _, known in self._find(batch):
            if known.refreshed is not None:
                texts[position][row] = known.refreshed
        return texts

    def _find(self, batch: Batch) -> Iterator[tuple[int, int, str, Freshness]]:
        """Yield the row, column and text of each cell that was checked, column by column."""
        for position in self.columns:
            for row, text in enumerate(batch.list_texts(position)):
                if text and (known := self._known.get((position, text))) is not None:
                    yield row, position, text, known


def _judge(text: str, findings: tuple[Finding, ...]) -> Freshness:
    stale = [finding for finding in findings if finding.verdict in STALE]
    if not stale:
        return Freshness(findings)
    why = _find_doubt(stale[0]) if len(findings) == 1 else "the cell has several identifiers"
    if why is not None:
        return Freshness(findings, left_because=why)
    identifier, successor = stale[0].tracked.identifier, stale[0].successors[0].partition(":")[2]
    refreshed = write_successor(text, identifier.accession, identifier.version, successor)
    return Freshness(findings, refreshed, "the spelling of the cell differs" if refreshed is None else None)


def _find_doubt(finding: Finding) -> str | None:
    """Return why a person has to decide on a stale identifier; None where its one successor can replace it."""
    if finding.verdict is Verdict.MOVED_GENE:
        return "it is alive, and identifies another gene"
    if not finding.successors:
        has_note = finding.verdict is Verdict.REPLACED and finding.note
        return finding.note if has_note else "it was retired without a successor"
    if len(finding.successors) > 1:
        return "it was split: a person has to choose"
    prefix = finding.successors[0].partition(":")[0]
    return None if prefix == finding.tracked.identifier.prefix else f"its successor is of another namespace: {prefix}"


def write_successor(text: str, accession: str, version: int | None, successor: str) -> str | None:
    """Return the text with its identifier replaced and the rest kept; None where the identifier is not in it once."""
    old = re.escape(accession) + ("" if version is None else rf"\.0*{version}")
    matches = list(re.finditer(_EDGE.format(old), text, re.IGNORECASE))
    if len(matches) != 1:
        return None
    begin, end = matches[0].span()
    return text[:begin] + successor + text[end:]
