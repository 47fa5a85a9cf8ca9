"""Answer a query that contains two identifiers of one gene, such as `TP53|7157`: both must lead to the same gene.

The release is queried for the parts only if it contains nothing for the whole, so that no name loses its answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ..genes.ranking import MATCH_TIERS, MatchKind
from ..identifiers.compound import is_number, split_compound
from .decide import apply_policy, decide
from .find import find
from .interpret import interpret
from .options import OnMany
from .outcome import Outcome, Reason, name_gene

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..genes.marks import Marks
    from ..identifiers.model import Interpretation, Recognition
    from ..store.gene_reader import GeneReader
    from .answer import Answer
    from .find import Found
    from .options import Options
    from .outcome import MatchedGene

# Short numbers count something, as in `TP53_1` and `sample (12)`, unless they agree with the other part.
_OFFICIAL = frozenset({MatchKind.SYMBOL, MatchKind.PREVIOUS_SYMBOL})
_SHORTEST_NUMBER = 3


class _Part(NamedTuple):
    """One identifier of a pair, as it is read, and what the release contains for it."""

    text: str
    recognition: Recognition
    found: Found

    @property
    def tier(self) -> int:
        return min(MATCH_TIERS[match.matched_as.kind] for match in self.found.matches.values())

    @property
    def is_number(self) -> bool:
        return is_number(self.text)

    @property
    def is_short_number(self) -> bool:
        return self.is_number and len(self.text) < _SHORTEST_NUMBER


def answer_compound(
    recognition: Recognition, options: Options, reader: GeneReader, marks: Marks, *, are_lists: bool
) -> Answer | None:
    """Return the answer to a query that is a pair of identifiers; None if it is not, or neither of them is found.

    With `are_lists`, the query is a cell that may be a list, and is one unless its parts lead to the same gene. A bare
    number is one of NCBI Gene, unless it agrees with the other part in another namespace. Raises SeveralGenes as
    `decide` does.
    """
    compound = None if options.namespaces else split_compound(recognition.text)
    if compound is None:
        return None
    parts = _read(compound.parts, reader, options.to_species)
    known = [part for part in parts if part.found.matches]
    if not known:
        return None
    if len(known) == len(parts):
        if all(part.tier > 0 for part in known):  # two names, of which one looks like an accession, such as P2RY11
            return None
        common = known[0].found.matches.keys() & known[1].found.matches.keys()
        if common:
            return _answer_together(recognition, known, common, options, marks)
    if are_lists or compound.has_other_shape:
        return None
    if len(known) == len(parts):
        is_pair = compound.is_certain or _is_trusted(known)
        return _answer_apart(recognition, known, options, marks) if is_pair else None
    if not compound.is_certain or known[0].is_short_number:
        return None
    (missing,) = (part for part in parts if part not in known)
    return _answer_alone(recognition, known[0], missing.text, options, marks)


def _read(texts: tuple[str, str], reader: GeneReader, to_species: int | None) -> tuple[_Part, _Part]:
    """Return the parts as they are read; a number by what the other part is."""
    first, second = texts
    if is_number(first):
        name = _read_alone(second, reader, to_species)
        return _read_number(first, name.found, to_species), name
    one = _read_alone(first, reader, to_species)
    if is_number(second):
        return one, _read_number(second, one.found, to_species)
    return one, _read_alone(second, reader, to_species)


def _read_alone(text: str, reader: GeneReader, to_species: int | None) -> _Part:
    recognition = interpret(text)
    return _Part(text, recognition, find(recognition.interpretations, reader, None, to_species, text))


def _read_number(text: str, other: Found, to_species: int | None) -> _Part:
    """Return a bare number in the namespace in which it agrees with the other part; else in the first, NCBI Gene."""
    recognition = interpret(text)
    readings: list[_Part] = []
    for interpretation in recognition.interpretations:
        found = find((interpretation,), other.reader, None, to_species)
        readings.append(_Part(text, recognition._replace(interpretations=(interpretation,)), found))
        if found.matches.keys() & other.matches.keys():
            return readings[-1]
    return readings[0]


def _is_trusted(known: Sequence[_Part]) -> bool:
    """Return whether two parts that disagree are a pair even so, where the separator does not say it."""
    return not any(part.is_short_number for part in known) and all(
        part.tier == 0 or any(match.matched_as.kind in _OFFICIAL for match in part.found.matches.values())
        for part in known
    )


def _answer_together(
    recognition: Recognition, known: Sequence[_Part], common: Iterable[int], options: Options, marks: Marks
) -> Answer:
    """Return the answer of two parts that lead to the same genes: that of the stronger one, for these genes."""
    best = min(known, key=lambda part: part.tier)
    found = best.found
    genes = set(common)
    others = {gene_id: match for gene_id, match in found.matches.items() if gene_id not in genes}
    found.matches = {gene_id: match for gene_id, match in found.matches.items() if gene_id in genes}
    found.weaker = {**found.weaker, **others}
    if not found.standings.keys() >= genes:
        found.standings = {}
    note = f"read as {known[0].text} and {known[1].text}, which identify the same gene"
    interpretations = [*best.recognition.interpretations]
    interpretations += [one for part in known if part is not best for one in part.recognition.interpretations]
    read = recognition._replace(interpretations=_with_note(interpretations, note))
    return decide(read, _note_matches(found, note), options, marks)


def _answer_alone(recognition: Recognition, known: _Part, missing: str, options: Options, marks: Marks) -> Answer:
    """Return the answer of the one part that is found, and report the other."""
    note = f"read as {known.text}: {missing} is not in this release"
    read = recognition._replace(interpretations=_with_note(known.recognition.interpretations, note))
    answer = decide(read, _note_matches(known.found, note), options, marks)
    title = known.found.reader.release.title
    hint = f"Only {known.text} is in {title}; {missing} is not, and could not be compared."
    return answer._replace(hint=f"{hint} {answer.hint or ''}".strip())


def _answer_apart(recognition: Recognition, known: Sequence[_Part], options: Options, marks: Marks) -> Answer:
    """Return the answer of two parts that lead to different genes: those of both."""
    alone = replace(options, on_many=OnMany.LIST)
    answers = [decide(part.recognition, part.found, alone, marks) for part in known]
    named = [
        f"{part.text} matches {', '.join(name_gene(one.gene) for one in (answer.genes or answer.related)[:3])}"
        for part, answer in zip(known, answers, strict=True)
    ]
    hint = f"The two parts disagree: {'; '.join(named)}. Query the one that is right."
    leading = [answer for answer in answers if answer.genes]
    best = (leading or answers)[0]
    interpretations = tuple(one for part in known for one in part.recognition.interpretations)
    answer = best._replace(query=recognition.text, interpretations=interpretations, options=options)
    if len(leading) < len(answers):  # the other one is of another species than requested
        return apply_policy(answer._replace(hint=hint), options.on_many)
    converted = {one.gene.id: one for of in answers for one in of.converted or ()}
    answer = answer._replace(
        outcome=Outcome.AMBIGUOUS,
        reason=Reason.SEVERAL_GENES,
        hint=hint,
        genes=_join(of.genes for of in answers),
        other_matches=_join(of.other_matches for of in answers),
        related=_join(of.related for of in answers),
        history=tuple(step for of in answers for step in of.history),
        converted=None if answer.converted is None else tuple(converted.values()),
    )
    return apply_policy(answer, options.on_many)


def _join(listed: Iterable[Iterable[MatchedGene]]) -> tuple[MatchedGene, ...]:
    return tuple({match.gene.id: match for matches in listed for match in matches}.values())


def _with_note(interpretations: Iterable[Interpretation], note: str) -> tuple[Interpretation, ...]:
    return tuple(one._replace(notes=(note, *one.notes)) for one in interpretations)


def _note_matches(found: Found, note: str) -> Found:
    for gene_id, match in found.matches.items():
        matched_as = match.matched_as._replace(notes=(note, *match.matched_as.notes))
        found.matches[gene_id] = match._replace(matched_as=matched_as)
    return found
