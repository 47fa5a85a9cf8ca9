"""What has become of the gene identifiers of a table at their source databases, and what to write instead.

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
_NOTHING_TO_CHECK = frozenset({Obstacle.ARCHIVED, Obstacle.NO_LIVE_SOURCE, Obstacle.NO_KEY})


class Freshness(NamedTuple):
    """What is known of a cell: the findings on its identifiers, and its new text where that is certain.

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

    `counts` are the numbers of cells by verdict. Of the cells that are not current `refreshed` get a new text, `left`
    are for a person, `unknown` are no identifier that their source database knows, `failed` could not be checked.
    """

    def __init__(self, columns: Sequence[GeneColumn], resolver: Resolver, check: Check) -> None:
        self.columns = {column.position: column for column in columns}
        self.counts: Counter[Verdict] = Counter()
        self.refreshed = self.left = self.unknown = self.failed = 0
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
            columns = {position: batch.list_texts(position) for position in self.columns}
            for row in range(len(batch)):
                for position, texts in columns.items():
                    known = self._known.get((position, texts[row]))
                    if known is not None and not self._count(known):
                        yield StaleCell(batch.lines[row], self.columns[position].name, texts[row], known)

    def _count(self, known: Freshness) -> bool:
        """Count a cell; return whether it is current."""
        finding = known.finding
        self.counts[Verdict.NOT_CHECKED if finding is None else finding.verdict] += 1
        if finding is not None and finding.verdict is Verdict.CURRENT:
            return True
        if known.refreshed is not None:
            self.refreshed += 1
        elif known.is_stale:
            self.left += 1
        elif finding is None or finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM:
            self.unknown += 1
        elif finding.obstacle not in _NOTHING_TO_CHECK:
            self.failed += 1
        return False

    def refresh(self, batch: Batch) -> dict[int, dict[int, str]]:
        """Return the new texts of a batch, by column and row."""
        known = {
            position: [self._known.get((position, text)) for text in batch.list_texts(position)]
            for position in self.columns
        }
        return {
            position: {row: one.refreshed for row, one in enumerate(cells) if one and one.refreshed is not None}
            for position, cells in known.items()
        }


def _judge(text: str, findings: tuple[Finding, ...]) -> Freshness:
    stale = [finding for finding in findings if finding.verdict in STALE]
    if not stale:
        return Freshness(findings)
    if len(findings) > 1:
        return Freshness(findings, left_because="the cell has several identifiers")
    (finding,) = stale
    if finding.verdict is Verdict.MOVED_GENE:
        return Freshness(findings, left_because="it is alive, and identifies another gene")
    if not finding.successors:
        has_note = finding.verdict is Verdict.REPLACED and finding.note
        return Freshness(findings, left_because=finding.note if has_note else "it was retired without a successor")
    if len(finding.successors) > 1:
        return Freshness(findings, left_because="it was split: a person has to choose")
    identifier = finding.tracked.identifier
    prefix, _, successor = finding.successors[0].partition(":")
    if prefix != identifier.prefix:
        return Freshness(findings, left_because=f"its successor is of another namespace: {prefix}")
    refreshed = write_successor(text, identifier.accession, identifier.version, successor)
    if refreshed is None:
        return Freshness(findings, left_because="the cell is not written as the identifier is")
    return Freshness(findings, refreshed)


def write_successor(text: str, accession: str, version: int | None, successor: str) -> str | None:
    """Return the text with its identifier replaced and the rest kept; None where the identifier is not in it once."""
    old = re.escape(accession) + ("" if version is None else rf"\.0*{version}")
    matches = list(re.finditer(_EDGE.format(old), text, re.IGNORECASE))
    if len(matches) != 1:
        return None
    begin, end = matches[0].span()
    return text[:begin] + successor + text[end:]
