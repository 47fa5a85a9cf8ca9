"""The cells of a column: what `describe_answer` returns for the answer to each query, at a part of the cost."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from ..store.batch import Batch
from .alike import liken
from .find import find
from .interpret import interpret, read_in_species
from .many import BATCH, FEWEST, answer_in_column, explode
from .options import OnMany
from .table import Cells, describe_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from enum import StrEnum

    from ..identifiers.model import Recognition
    from .alike import Key, Likeness
    from .answer import Answer
    from .column import Column
    from .find import Records
    from .many import Answering
    from .options import Options

_KEPT = 20_000  # keys; a genome has some hundred


class _Row(NamedTuple):
    """The cells of one answer to queries that are alike: genes and their names by their places."""

    outcome: StrEnum
    reason: StrEnum | None
    matched: tuple[tuple[str, int], ...]
    genes: tuple[int, ...]
    taxa: tuple[int, ...]
    also: tuple[int, ...]

    def fill(self, likeness: Likeness) -> Cells:
        """Return the cells of one of the queries."""
        outcome, reason, matched, places, taxa, also = self
        _, genes, values = likeness
        if len(matched) == 1:  # most answers
            ((kind, place),) = matched
            matches: tuple[str, ...] = (f"{kind} {values[place]}",)
        else:
            matches = tuple(dict.fromkeys([f"{kind} {values[place]}" for kind, place in matched]))
        others = tuple(dict.fromkeys([genes[place].symbol for place in also])) if also else ()
        return Cells(outcome, reason, matches, (), tuple([genes[place].id for place in places]), (), (), taxa, others)


class ManyCells:
    """Describes queries with the same options, which are those of one column or of its parts.

    Those that are alike are answered once. `are_lists` says that queries may be lists of identifiers.
    """

    def __init__(self, resolver: Answering, options: Options, column: Column, *, are_lists: bool = False) -> None:
        self._resolver = resolver
        self._options = options
        self._column = column if options.by_vote else column._replace(species=None)
        self._are_lists = are_lists
        self._known: dict[Key, tuple[_Row, ...] | None] = {}

    def describe(self, queries: Iterable[str]) -> Iterator[tuple[Cells, ...]]:
        """Yield the cells of each query, in order: of one answer, or with `on_many=explode` of one for each gene.

        Raises SeveralGenes with `on_many=error` where a query matches several.
        """
        remaining = iter(queries)
        namespaces, column = self._options.namespaces, self._column._replace(species=None)
        numbers = column.numbers
        while part := list(itertools.islice(remaining, BATCH)):
            recognitions = [
                None
                if numbers is not None and not namespaces and numbers.takes_decimal(query)
                else interpret(query, namespaces, column)
                for query in part
            ]
            reader = self._resolver.reader
            records = Batch(reader, recognitions) if len(part) >= FEWEST else reader
            for query, recognition in zip(part, recognitions, strict=True):
                yield self._describe(query, recognition, records)

    def _describe(self, query: str, recognition: Recognition | None, records: Records) -> tuple[Cells, ...]:
        options, column = self._options, self._column
        if recognition is None:
            return self._list_cells(answer_in_column(self._resolver, query, options, column, with_suggestions=False))
        likeness = None if options.to_species is not None else liken(recognition, records)
        known = None if likeness is None else self._known.get(likeness.key)
        if likeness is not None and known:
            return tuple([row.fill(likeness) for row in known])
        answer = self._resolver.answer(
            read_in_species(recognition, column.species),
            options,
            with_suggestions=False,
            records=records if isinstance(records, Batch) else None,
            are_lists=self._are_lists,
        )
        cells = self._list_cells(answer)
        if likeness is not None and known is None:
            self._learn(likeness, recognition, answer, cells, records)
        return cells

    def _list_cells(self, answer: Answer) -> tuple[Cells, ...]:
        if self._options.on_many is OnMany.EXPLODE:
            return tuple(map(describe_answer, explode(answer)))
        return (describe_answer(answer),)

    def _learn(
        self, likeness: Likeness, recognition: Recognition, answer: Answer, cells: Sequence[Cells], records: Records
    ) -> None:
        """Remember the answer for queries with the same key; an empty one where it does not stand for them."""
        if len(self._known) >= _KEPT:
            self._known.clear()
        text = "" if self._options.namespaces else recognition.text
        found = find(recognition.interpretations, self._resolver.reader, records, None, text)
        rows: tuple[_Row, ...] = ()
        if likeness.stands_for_others(found):
            is_exploding = self._options.on_many is OnMany.EXPLODE
            rows = tuple([_place(one, likeness) for one in (explode(answer) if is_exploding else [answer])])
            if tuple([row.fill(likeness) for row in rows]) != tuple(cells):
                rows = ()
        self._known[likeness.key] = rows


def _place(answer: Answer, likeness: Likeness) -> _Row:
    """Return the cells of an answer with the places of its genes."""
    places = {gene.id: place for place, gene in enumerate(likeness.genes)}
    matched = tuple([(found.matched_as.kind.value, places[found.gene.id]) for found in answer.genes])
    also = tuple([places[found.gene.id] for found in answer.also])
    taxa = tuple(sorted({found.gene.taxon for found in answer.genes}))
    return _Row(answer.outcome, answer.reason, matched, tuple([place for _, place in matched]), taxa, also)
