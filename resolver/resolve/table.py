"""An answer as the cells of a table: the one definition of the status columns."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.names import fold_variants
from ..identifiers.recognize import match_canonical
from .many import answer_many
from .outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..store.gene_reader import PlacedRow
    from .answer import Answer
    from .column import Column
    from .many import Answering
    from .options import Options
    from .outcome import Reason

# What answers to accessions with one primary assignment depend on: namespace, level, assignment rank, whether it has
# the shape of a name too, the levels at which it is weakly assigned to other genes; with a species that of the gene.
Shape = tuple[object, ...]
# An accession's shape, match and gene.
Sole = tuple[Shape, tuple[str], tuple[int]]

_BATCH = 256  # queries
_FEWEST = 8


class Cells(NamedTuple):
    """The status cells of an answer, several texts of one cell as a tuple.

    `genes` are the numbers of the genes in the release. `stale` and `use_now` are for what the nightly job marked.
    """

    outcome: Outcome
    reason: Reason | None
    matched_as: tuple[str, ...]
    retired_from: tuple[str, ...]
    genes: tuple[int, ...]
    stale: tuple[str, ...] = ()
    use_now: tuple[str, ...] = ()


def describe_answer(answer: Answer) -> Cells:
    """Return the cells of an answer: its genes are those that it was converted to, if a species was requested."""
    outcome, matched = answer.outcome, answer.genes
    if len(matched) == 1:  # most answers
        ((gene, matched_as, _),) = matched
        matches: tuple[str, ...] = (f"{matched_as[0]} {matched_as[1]}",)
        genes: tuple[int, ...] = (gene[0],)
    else:
        matches = tuple(dict.fromkeys([f"{found.matched_as.kind} {found.matched_as.value}" for found in matched]))
        genes = tuple([found.gene.id for found in matched])
    if answer.converted is not None:
        genes = tuple([converted.gene.id for converted in answer.converted])
    return Cells(outcome, answer.reason, matches, _find_roots(answer) if outcome is _RETIRED else (), genes)


class TableAnswers:
    """Describes the answers to many queries with the same options; `column` says what their bare numbers are.

    The answers to accessions that have one primary assignment, and are no name, differ by their gene alone. So one of
    each shape is answered as all other queries are, and gives outcome and reason of those that are like it.
    """

    def __init__(self, resolver: Answering, options: Options, column: Column | None = None) -> None:
        self._resolver = resolver
        self._options = options
        self._column = column
        self._has_shapes = not options.namespaces and options.to_species is None
        self._shapes: dict[Shape, Cells] = {}

    def describe(self, queries: Iterable[str]) -> Iterator[Cells]:
        """Yield the cells of the answer to each query, in order."""
        shapes, options = self._shapes, self._options
        remaining = iter(queries)
        while part := list(itertools.islice(remaining, _BATCH)):
            sole = self._find_sole(part)
            known = [None if one is None else shapes.get(one[0]) for one in sole]
            others = [(query, options) for query, cells in zip(part, known, strict=True) if cells is None]
            answers = answer_many(self._resolver, others, self._column, with_suggestions=False)
            for one, cells in zip(sole, known, strict=True):
                if one is None:
                    yield describe_answer(next(answers))
                elif cells is not None:
                    yield Cells(cells[0], cells[1], one[1], (), one[2])
                else:
                    answered = describe_answer(next(answers))
                    if answered == Cells(answered.outcome, answered.reason, one[1], (), one[2]):
                        shapes[one[0]] = answered
                    yield answered

    def _find_sole(self, queries: list[str]) -> list[Sole | None]:
        """Return the shape, match and gene of each accession with one primary assignment that is no name; else None."""
        if not self._has_shapes or len(queries) < _FEWEST:
            return [None] * len(queries)
        reader = self._resolver.reader
        canonical = [match_canonical(query) for query in queries]
        placed = reader.find_placed([one[1] for one in canonical if one is not None])
        folded = [name for one in canonical if one is not None and one[5] for name in fold_variants(one[1])]
        named = reader.find_names_of(folded) if folded else {}
        found: list[Sole | None] = []
        for one in canonical:
            rows = None if one is None else placed.get(one[:2])
            if one is None or rows is None or (one[5] and not named.keys().isdisjoint(fold_variants(one[1]))):
                found.append(None)
                continue
            weaker: tuple[str, ...] = ()
            if len(rows) > 1:
                rows.sort(key=_rank)
                if rows[1][5] == 0:
                    found.append(None)
                    continue
                weaker = tuple([row[3] for row in rows[1:]])
            prefix, accession, gene, relation, _, rank = rows[0]
            shape = (prefix, relation, rank, one[5], weaker)
            found.append((shape, (f"identifier {prefix}:{accession}",), (gene,)))
        if self._options.species is None:
            return found
        genes = reader.get_genes({one[2][0] for one in found if one is not None})
        return [one and ((*one[0], genes[one[2][0]].taxon), *one[1:]) for one in found]


def _rank(row: PlacedRow) -> int:
    return row[5]


_RETIRED = Outcome.RETIRED


def _find_roots(answer: Answer) -> tuple[str, ...]:
    """Return the retired identifiers that a history begins with, without those on the way."""
    successors = {step.successor for step in answer.history}
    return tuple(dict.fromkeys(step.retired for step in answer.history if step.retired not in successors))
