"""Many queries at once: the policy of one, with the records of many read by a few statements."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import BadOption
from ..store.batch import Batch
from .column import SPECIES_SAMPLE, UNDECIDED, Column, count_species, decide_numbers, sample
from .glance import find_only_species
from .interpret import interpret
from .options import FEWEST_DIFFERENT, OnMany, Options, Query, as_text
from .outcome import Outcome
from .receipt import build_receipt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..identifiers.model import Recognition
    from ..store.gene_reader import GeneReader
    from ..store.release import Release
    from .answer import Answer
    from .column import Numbers, SpeciesVote
    from .find import Records

# Queries whose records are read together; more at once are slower, since they leave the processor's caches. Few queries
# gain nothing.
BATCH = 64
FEWEST = 8


class Answering(Protocol):
    """What answers one interpreted query: a `Resolver`."""

    reader: GeneReader

    @property
    def release(self) -> Release:
        """The release that the answers come from."""
        ...

    def answer(
        self,
        recognition: Recognition,
        options: Options,
        *,
        with_suggestions: bool = True,
        records: Records | None = None,
        are_lists: bool = False,
    ) -> Answer:
        """Return the answer to an interpreted query."""
        ...


def answer_many(
    resolver: Answering,
    queries: Iterable[tuple[str, Options]],
    column: Column = UNDECIDED,
    *,
    with_suggestions: bool = True,
    are_lists: bool = False,
) -> Iterator[Answer]:
    """Yield an answer for each query, in order: what `answer_in_column` returns for each of them.

    `are_lists` says that queries may be lists of identifiers, as the cells of some tables are. Cost: some ten
    microseconds a query; memory for some dozens of queries at a time.
    """
    remaining = iter(queries)
    while part := list(itertools.islice(remaining, BATCH)):
        recognitions = [_interpret(query, own, column) for query, own in part]
        records = Batch(resolver.reader, recognitions) if len(part) >= FEWEST else None
        for (query, own), recognition in zip(part, recognitions, strict=True):
            if recognition is None:
                yield answer_in_column(resolver, query, own, column, with_suggestions=with_suggestions)
            else:
                yield resolver.answer(
                    recognition, own, with_suggestions=with_suggestions, records=records, are_lists=are_lists
                )


def answer_in_column(
    resolver: Answering, query: str, own: Options, column: Column, *, with_suggestions: bool = True
) -> Answer:
    """Return the answer to one query of a list; `column` is what the list decides.

    Without suggestions a miss costs less than half.
    """
    recognition = _interpret(query, own, column)
    if recognition is not None:
        return resolver.answer(recognition, own, with_suggestions=with_suggestions)
    numbers = column.numbers
    assert numbers is not None  # noqa: S101  (else the query is interpreted)
    inside = replace(own, namespaces=(numbers.prefix,))
    recognition = interpret(query, inside.namespaces, _restrict(column, own))
    answer = resolver.answer(recognition, inside, with_suggestions=with_suggestions)
    interpretations = tuple(one._replace(notes=(*one.notes, numbers.why)) for one in answer.interpretations)
    return answer._replace(interpretations=interpretations, options=own)


def _interpret(query: str, own: Options, column: Column) -> Recognition | None:
    """Return the interpreted query; None for a number with decimals that belongs to the list's namespace."""
    if column.numbers is not None and not own.namespaces and column.numbers.takes_decimal(query):
        return None
    return interpret(query, own.namespaces, _restrict(column, own))


def _restrict(column: Column, own: Options) -> Column:
    """Return what the list decides for a query with these options."""
    return column if own.by_vote or column.species is None else column._replace(species=None)


def decide_species(
    reader: GeneReader, entries: Iterable[tuple[str, tuple[str, ...]]], column: Column
) -> SpeciesVote | None:
    """Return the species that the entries of a list vote for, each with the namespaces that it is read in.

    `column` is what was decided before. None if fewer than `FEWEST_DIFFERENT` entries differ. Cost: at most a thousand
    entries are looked up.
    """
    different = list(dict.fromkeys(entries))
    if len(different) < FEWEST_DIFFERENT:
        return None
    sampled = sorted(sample(different, SPECIES_SAMPLE), key=itemgetter(1))
    return count_species(
        taxon
        for namespaces, group in itertools.groupby(sampled, itemgetter(1))
        for taxon in find_only_species(reader, (text for text, _ in group), namespaces, column)
    )


class Answers(Iterator["Answer"]):
    """Iterates over the answers to many queries.

    `column` says in which namespace the list's bare numbers are read, `species` in which species the list is, None
    where that is undecided; `outcomes` and `reasons` count the answers so far.
    """

    def __init__(self, resolver: Answering, queries: Iterable[object], options: Options) -> None:
        self.options = options
        # The batch has one receipt for all. A query of 100,000 is kept as its text: no object more.
        self._alone = replace(options, receipt=False) if options.receipt else options
        self.queries = [one if isinstance(one, str | Query) else as_text(one) for one in queries]
        self._resolver = resolver
        free = (query for query, own in self._queries() if not own.namespaces)
        self.column: Numbers | None = decide_numbers(free, resolver.reader)
        entries = ((query, own.namespaces) for query, own in self._queries() if own.by_vote)
        self.species: SpeciesVote | None = decide_species(resolver.reader, entries, Column(self.column))
        if self.species is None:  # a list that is too short is read as its queries alone
            self.options, self._alone = (replace(one, by_vote=False) for one in (self.options, self._alone))
        self.outcomes: Counter[Outcome] = Counter()
        self.reasons: Counter[str] = Counter()
        self._answers = self._answer_all()

    def __iter__(self) -> Iterator[Answer]:
        """Return the answers that were not returned yet."""
        return self._answers

    def __next__(self) -> Answer:
        """Return the next answer."""
        return next(self._answers)

    def summarize(self) -> dict[str, Any]:
        """Return the counts so far as plain objects, with the release and, if requested, the receipt."""
        release = self._resolver.release
        counts = {outcome.value: self.outcomes[outcome] for outcome in Outcome}
        summary = {
            "queries": len(self.queries),
            "answers": self.outcomes.total(),
            "outcomes": counts,
            "reasons": {str(reason): count for reason, count in self.reasons.most_common()},
            "column": None if self.column is None else self.column._asdict(),
            "species": None if self.species is None else self.species.describe(),
            "policy": self.options.describe(),
            "release": {"id": release.id, "title": release.title},
        }
        if self.options.receipt:
            summary["receipt"] = self.build_receipt()
        return summary

    def build_receipt(self) -> dict[str, Any]:
        """Return the receipt of the answers so far; raises BadOption before the first one."""
        if self.queries and not self.outcomes:
            raise BadOption(
                "no query has been answered yet, so there is no receipt",
                hint="Iterate over the answers first, such as by list(answers), and call build_receipt() then.",
            )
        counts = {outcome.value: count for outcome, count in self.outcomes.items()}
        return build_receipt(self._resolver.reader, self.options, counts, self.species)

    def _queries(self) -> Iterator[tuple[str, Options]]:
        alone = self._alone
        return (one if isinstance(one, Query) else (one, alone) for one in self.queries)

    def _answer_all(self) -> Iterator[Answer]:
        outcomes, reasons = self.outcomes, self.reasons
        for answer in answer_many(self._resolver, self._queries(), Column(self.column, self.species)):
            for one in explode(answer) if answer.options.on_many is OnMany.EXPLODE else (answer,):
                outcomes[one.outcome] += 1
                if one.reason is not None:
                    reasons[one.reason] += 1
                yield one


def explode(answer: Answer) -> Iterator[Answer]:
    """Yield an answer for each gene that one leads to."""
    if not answer.has_several_genes:
        yield answer
    elif answer.converted is None:
        for found in answer.genes:
            yield answer._replace(genes=(found,))
    else:
        for converted in answer.converted:
            genes = tuple(found for found in answer.genes if found.gene.id == converted.of.id)
            yield answer._replace(genes=genes, converted=(converted,))
