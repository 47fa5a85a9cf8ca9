"""Look at many texts at once: which genes each matches, and how. Nothing is decided or explained.

It takes a tenth of the time of answers, most of which explain misses; a list is judged by it before it is answered.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from ..genes.ranking import MATCH_TIERS
from ..identifiers.damage import find_damage
from ..store.batch import Batch
from .alike import liken
from .column import UNDECIDED
from .find import find_matches
from .interpret import interpret, interpret_repaired

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..identifiers.model import Recognition
    from ..store.gene_reader import GeneReader
    from .alike import Key
    from .column import Column
    from .find import Found
    from .outcome import MatchedAs, MatchedGene

_BATCH = 64


class Glance(NamedTuple):
    """What a text matches; `is_retired`: by a retired identifier.

    `typed` are the names that it may be. `has_related`: it is linked to genes without matching one, as a phenotype is.
    """

    text: str
    matches: tuple[MatchedGene, ...]
    is_retired: bool
    typed: tuple[str, ...]
    has_related: bool

    @property
    def best(self) -> MatchedAs | None:
        """How the gene of the best tier is matched; None without one."""
        if not self.matches:
            return None
        matched = (match.matched_as for match in self.matches)
        return min(matched, key=lambda one: (MATCH_TIERS[one.kind], one.case_corrected))

    def find_only_species(self) -> int | None:
        """Return the one species that the text can be of: of its identifier, or of a name in exactly its capitals."""
        identified = {match.gene.taxon for match in self.matches if MATCH_TIERS[match.matched_as.kind] == 0}
        taxa = identified or {match.gene.taxon for match in self.matches if match.matched_as.value in self.typed}
        return taxa.pop() if len(taxa) == 1 else None


def glance_at(
    reader: GeneReader,
    texts: Iterable[str],
    namespaces: tuple[str, ...] = (),
    column: Column = UNDECIDED,
    species: int | None = None,
) -> Iterator[Glance]:
    """Yield what each text matches, with the options of its list; with `species` only genes of it."""
    for text, recognition, records in _read(reader, texts, namespaces, column):
        yield _glance(text, recognition, _find(recognition, reader, records, namespaces, column), species)


def find_only_species(
    reader: GeneReader, texts: Iterable[str], namespaces: tuple[str, ...] = (), column: Column = UNDECIDED
) -> Iterator[int | None]:
    """Yield the one species that each text can be of; of texts that are alike, one is looked at."""
    known: dict[Key, int | None] = {}
    for text, recognition, records in _read(reader, texts, namespaces, column):
        likeness = liken(recognition, records)
        if likeness is not None and likeness.key in known:
            yield known[likeness.key]
            continue
        found = _find(recognition, reader, records, namespaces, column)
        only = _glance(text, recognition, found).find_only_species()
        if likeness is not None and likeness.stands_for_others(found):
            known[likeness.key] = only
        yield only


def _glance(text: str, recognition: Recognition, found: Found, species: int | None = None) -> Glance:
    matches = tuple(match for match in found.matches.values() if species in {None, match.gene.taxon})
    if recognition.taxon is not None:  # that the text itself names
        matches = tuple(match for match in matches if match.gene.taxon == recognition.taxon) or matches
    typed = tuple(one.identifier.accession for one in recognition.interpretations if one.is_text)
    return Glance(text, matches, bool(found.history), typed, bool(found.related))


def _find(
    recognition: Recognition, reader: GeneReader, records: Batch, namespaces: tuple[str, ...], column: Column
) -> Found:
    text = "" if namespaces else recognition.text
    found = find_matches(recognition.interpretations, reader, records, text)
    if found.is_nothing and (repaired := _repair(recognition, namespaces, column)) is not None:
        found = find_matches(repaired.interpretations, reader, records)
    return found


def _read(
    reader: GeneReader, texts: Iterable[str], namespaces: tuple[str, ...], column: Column
) -> Iterator[tuple[str, Recognition, Batch]]:
    """Yield the texts as they are interpreted, with the records of the batch that each belongs to."""
    remaining = iter(texts)
    while part := list(itertools.islice(remaining, _BATCH)):
        recognitions = [interpret(text, namespaces, column) for text in part]
        records = Batch(reader, recognitions)
        for text, recognition in zip(part, recognitions, strict=True):
            yield text, recognition, records


def _repair(recognition: Recognition, namespaces: tuple[str, ...], column: Column) -> Recognition | None:
    """Return the text as it was before a spreadsheet changed it without loss (`3574.0`)."""
    damage = find_damage(recognition.text)
    if damage is None or not damage.lossless:
        return None
    numbers = column.numbers
    if numbers is not None and not namespaces and numbers.takes_decimal(recognition.text):
        namespaces = (numbers.prefix,)
    return interpret_repaired(recognition, damage, namespaces)
