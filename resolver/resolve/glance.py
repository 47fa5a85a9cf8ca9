"""Look at many texts at once: which genes each matches, and how. Nothing is decided or explained.

It takes a tenth of the time of answers, most of which explain misses; a list is judged by it before it is answered.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from ..genes.ranking import MATCH_TIERS
from ..identifiers.damage import find_damage
from ..store.batch import Batch
from .column import UNDECIDED
from .find import find
from .interpret import interpret, interpret_repaired

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..identifiers.model import Recognition
    from ..store.gene_reader import GeneReader
    from .column import Column
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
    remaining = iter(texts)
    while part := list(itertools.islice(remaining, _BATCH)):
        recognitions = [interpret(text, namespaces, column) for text in part]
        records = Batch(reader, recognitions)
        for text, recognition in zip(part, recognitions, strict=True):
            found = find(recognition.interpretations, reader, records, None, "" if namespaces else text)
            if found.is_nothing and (repaired := _repair(recognition, namespaces, column)) is not None:
                found = find(repaired.interpretations, reader, records)
            matches = tuple(match for match in found.matches.values() if species in {None, match.gene.taxon})
            if recognition.taxon is not None:  # that the text itself names
                matches = tuple(match for match in matches if match.gene.taxon == recognition.taxon) or matches
            typed = tuple(one.identifier.accession for one in recognition.interpretations if one.is_text)
            yield Glance(text, matches, bool(found.history), typed, bool(found.related))


def _repair(recognition: Recognition, namespaces: tuple[str, ...], column: Column) -> Recognition | None:
    """Return the text as it was before a spreadsheet changed it without loss (`3574.0`)."""
    damage = find_damage(recognition.text)
    if damage is None or not damage.lossless:
        return None
    numbers = column.numbers
    if numbers is not None and not namespaces and numbers.takes_decimal(recognition.text):
        namespaces = (numbers.prefix,)
    return interpret_repaired(recognition, damage, namespaces)
