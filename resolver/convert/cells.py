"""One cell at a time: the same answer as `/resolve` gives, rendered as the columns of a table.

Every conversion ends here, once for each different cell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..resolve.encode import read_members
from ..resolve.many import answer_many, explode
from ..resolve.options import OnMany
from ..resolve.outcome import Outcome
from ..resolve.table import UNIT, describe_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..resolve.answer import Answer
    from ..resolve.outcome import MatchedAs
    from ..resolve.resolver import Resolver
    from .plan import CellRule, Plan

    # Returns, for the CURIE of an identifier, what was marked: the verdict, and what to use now.
    FindMark = Callable[[str], tuple[str, str] | None]


_LISTED = 2_000  # genes whose values are kept as lists, for cells of several genes
_NOT_FOUND = (Outcome.UNRECOGNIZED, Outcome.NOT_FOUND)
# A cell of several identifiers has the least certain of their outcomes.
_WORST_FIRST = (Outcome.UNRECOGNIZED, Outcome.NOT_FOUND, Outcome.AMBIGUOUS, Outcome.RETIRED, Outcome.RESOLVED)


class Converted(NamedTuple):
    """What a cell becomes: a text for each target, then the status columns; `genes` is their number."""

    values: tuple[str, ...]
    outcome: str
    reason: str
    matched_as: str
    retired_from: str
    stale: str = ""
    use_now: str = ""
    genes: int = 0

    @property
    def cells(self) -> tuple[str, ...]:
        """The targets, outcome and reason, in the order in which they are written."""
        return (*self.values, self.outcome, self.reason)

    def list_cells(self, plan: Plan) -> tuple[str, ...]:
        """Return all cells that the plan adds."""
        cells = (*self.cells, self.matched_as, self.retired_from)
        return (*cells, self.stale, self.use_now) if plan.stale else cells


class Kind(NamedTuple):
    """What rows are counted by; `genes` is how many genes they resolve to, `is_empty` that the cell was."""

    outcome: str
    reason: str
    match: str
    genes: int
    is_stale: bool
    is_empty: bool

    @property
    def is_miss(self) -> bool:
        """Whether the row is listed among those that were not resolved."""
        return self.outcome != Outcome.RESOLVED and not self.is_empty


class CellConverter:
    """Converts the cells of one column by a plan; remembers up to `kept` different cells and genes.

    Cost: one answer of the resolver for each different cell, some ten microseconds.
    """

    def __init__(
        self, resolver: Resolver, plan: Plan, rule: CellRule, find_mark: FindMark | None = None, *, kept: int = 200_000
    ) -> None:
        self._resolver = resolver
        self._plan = plan
        self._rule = rule
        self._find_mark = find_mark
        self._kept = kept
        self._cells: dict[str, tuple[Converted, ...]] = {}
        self._genes: dict[int, tuple[list[str], ...]] = {}
        self._joined: dict[int, tuple[str, ...]] = {}
        self._lists = re.compile(rule.lists) if rule.lists else None
        self._nothing = Converted(("",) * len(plan.targets), "", "", "", "")
        self._is_exploding = plan.options.on_many is OnMany.EXPLODE

    def convert(self, text: str) -> tuple[Converted, ...]:
        """Return the rows that the cell becomes: one, or with `on_many=explode` one for each gene.

        Raises SeveralGenes with `on_many=error` where the cell matches several.
        """
        known = self._cells.get(text)
        if known is None:
            if len(self._cells) >= self._kept:
                self._cells.clear()
            (known,) = self.convert_all([text])
            self._cells[text] = known
        return known

    def convert_all(self, texts: Sequence[str]) -> Iterator[tuple[Converted, ...]]:
        """Yield what `convert` returns for each cell, and remember none: cheaper where many cells differ."""
        missing, options = self._plan.missing, self._plan.options
        queries = ["" if text in missing else text for text in texts] if missing else texts
        answers = answer_many(
            self._resolver, [(query, options) for query in queries], self._rule.numbers, with_suggestions=False
        )
        for query, answer in zip(queries, answers, strict=True):
            yield self._convert_answer(query, answer)

    def _convert_answer(self, text: str, answer: Answer) -> tuple[Converted, ...]:
        whole = tuple([self.render(one) for one in explode(answer)]) if self._is_exploding else (self.render(answer),)
        if self._lists is None or whole[0].outcome not in _NOT_FOUND:
            return whole  # a name may contain what separates a list
        parts = [part for part in self._lists.split(text) if part and not part.isspace()]
        if len(parts) < 2:
            return whole
        options, rows = self._plan.options, []
        for answer in answer_many(
            self._resolver, [(part, options) for part in parts], self._rule.numbers, with_suggestions=False
        ):
            rows += [self.render(one) for one in explode(answer)] if self._is_exploding else [self.render(answer)]
        return tuple(rows) if self._is_exploding else (self._merge(rows),)

    def render(self, answer: Answer) -> Converted:
        """Return an answer as the columns of a table; several genes share a cell, best first."""
        cells = describe_answer(answer)
        if not cells.genes and not cells.matched_as and not cells.retired_from:  # most misses
            return self._nothing._replace(outcome=cells.outcome, reason=cells.reason)
        separator = self._plan.separator
        if len(cells.genes) == 1:
            values = self._join_values(cells.genes[0])
        else:
            listed = [self._list_values(gene) for gene in cells.genes]
            values = _join_each(listed, len(self._plan.targets), separator)
        matched, retired = (text.replace(UNIT, separator) for text in (cells.matched_as, cells.retired_from))
        marks = (
            ("", "") if self._find_mark is None else self._describe_marks(found.matched_as for found in answer.genes)
        )
        return Converted(values, cells.outcome, cells.reason, matched, retired, *marks, genes=len(cells.genes))

    def _join_values(self, gene: int) -> tuple[str, ...]:
        known = self._joined.get(gene)
        if known is None:
            if len(self._joined) >= self._kept:
                self._joined.clear()
            known = self._joined[gene] = tuple([self._plan.separator.join(one) for one in self._list_values(gene)])
        return known

    def _list_values(self, gene: int) -> tuple[list[str], ...]:
        known = self._genes.get(gene)
        if known is None:
            if len(self._genes) >= _LISTED:
                self._genes.clear()
            targets = self._plan.targets
            members = read_members(self._resolver.reader, gene, [one.path for one in targets], self._plan.options)
            listed = [target.list_values(value) for target, value in zip(targets, members, strict=True)]
            known = tuple([values[:1] for values in listed] if self._plan.best else listed)
            self._genes[gene] = known
        return known

    def _describe_marks(self, matches: Iterable[MatchedAs]) -> tuple[str, str]:
        assert self._find_mark is not None  # noqa: S101  (checked by the caller)
        marks = [mark for match in matches if match.level and (mark := self._find_mark(match.value)) is not None]
        join = self._plan.separator.join
        return join(dict.fromkeys(verdict for verdict, _ in marks)), join(dict.fromkeys(now for _, now in marks if now))

    def _merge(self, rows: list[Converted]) -> Converted:
        """Return the one row of a cell that holds several identifiers."""
        separator = self._plan.separator
        worst = min(rows, key=lambda row: _WORST_FIRST.index(Outcome(row.outcome)))

        def joined(texts: Iterable[str]) -> str:
            return separator.join(dict.fromkeys(part for text in texts for part in text.split(separator) if part))

        values = tuple(joined(row.values[number] for row in rows) for number in range(len(self._plan.targets)))
        return Converted(
            values,
            worst.outcome,
            worst.reason,
            joined(row.matched_as for row in rows),
            joined(row.retired_from for row in rows),
            joined(row.stale for row in rows),
            joined(row.use_now for row in rows),
            max(row.genes for row in rows),
        )


def _join_each(listed: list[tuple[list[str], ...]], number: int, separator: str) -> tuple[str, ...]:
    """Return for each target the values of all genes, each once."""
    return tuple(
        separator.join(dict.fromkeys(value for values in listed for value in values[target]))
        for target in range(number)
    )


def name_match(matched_as: str) -> str:
    """Return what a match is counted as: the prefix of an identifier, or the kind of a name."""
    kind, _, value = matched_as.partition(" ")
    return value.partition(":")[0] if kind in {"identifier", "homology_group"} else kind
