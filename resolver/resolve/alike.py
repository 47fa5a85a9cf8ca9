"""Queries that are alike: the release contains the same kind of records for both; only genes and names differ.

One of them is answered as any other query, and its answer is that of the others, with other genes and names. No rule of
resolution is stated here. A query is answered by itself if its answer may depend on more than the kind of its records:
if it has several interpretations, may be a date, was retired or names its species, or if similar spellings or the types
of genes decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.damage import find_damage
from ..identifiers.names import fold_name
from .concerned import is_weakly_named
from .find import compare_name, list_missing_species
from .interpret import may_be_date

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from ..genes.model import GeneRecord
    from ..identifiers.model import Interpretation, Recognition
    from .find import Found, Records

    Key = tuple[Hashable, ...]


class Likeness(NamedTuple):
    """What a query has in common with those that are like it (`key`), and its own genes, each with what it matches."""

    key: Key
    genes: Sequence[GeneRecord]
    values: Sequence[str]

    def stands_for_others(self, found: Found) -> bool:
        """Return whether the answer is that of all queries with this key; `found` is what it is decided by."""
        return (
            bool(found.matches)
            and not (found.history or found.standings or found.links)
            and not (list_missing_species(found) or is_weakly_named(found))
            and {*found.matches, *found.weaker, *found.related} == {gene.id for gene in self.genes}
        )


def liken(recognition: Recognition, records: Records) -> Likeness | None:
    """Return what the release contains for a query, as far as others may have the same; None if none has.

    The query is interpreted without the species of its list.
    """
    if not recognition.interpretations or recognition.taxon is not None or recognition.caution is not None:
        return None
    if may_be_date(recognition) and find_damage(recognition.text) is not None:
        return None
    first, *others = recognition.interpretations
    if others and not (len(others) == 1 and _is_no_name(others[0], records)):
        return None
    if first.is_text:
        return None if others or first.is_withdrawn else _liken_name(recognition, first, records)
    return None if first.parent is not None else _liken_identifier(recognition, first, records)


def _is_no_name(interpretation: Interpretation, records: Records) -> bool:
    """Return whether an interpretation is a name that no gene has."""
    is_name = interpretation.is_text and not interpretation.is_withdrawn
    return is_name and not records.find_names(fold_name(interpretation.identifier.accession))


def _liken_name(recognition: Recognition, interpretation: Interpretation, records: Records) -> Likeness | None:
    typed = interpretation.identifier.accession
    found = records.find_names(fold_name(typed))
    if not found:
        return None
    genes, values = [], []
    key: list[Hashable] = [recognition.is_only_text]
    for named in found:
        value, is_corrected, precedence = compare_name(typed, named)
        genes.append(named.gene)
        values.append(value)
        key.append((named.gene.taxon, named.kind, is_corrected, precedence))
    if len(genes) > 1:
        key.append(_relate(genes, records))
    return Likeness(tuple(key), genes, values)


def _liken_identifier(recognition: Recognition, interpretation: Interpretation, records: Records) -> Likeness | None:
    prefix, accession, _ = interpretation.identifier
    placements = records.find_placements(prefix, accession)
    if not placements:
        return None
    genes = [placement.gene for placement in placements]
    key: list[Hashable] = [len(recognition.interpretations), recognition.is_only_text, prefix, interpretation.level]
    key += [(one.gene.taxon, one.relation, one.assignment_rank) for one in placements]
    if len(genes) > 1:
        key.append(_order([gene.id for gene in genes]))
    return Likeness(tuple(key), genes, [f"{prefix}:{accession}"] * len(genes))


def _relate(genes: Sequence[GeneRecord], records: Records) -> Hashable:
    """Return the order of genes by their numbers, and which of them are orthologs, by their places."""
    numbers = [gene.id for gene in genes]
    if len({gene.taxon for gene in genes}) == 1:
        return _order(numbers)
    pairs = records.find_ortholog_pairs(numbers)
    return _order(numbers), frozenset([(numbers.index(one), numbers.index(other)) for one, other in pairs])


def _order(numbers: Sequence[int]) -> tuple[int, ...]:
    """Return the places of numbers in their order; equal ones have the first of their places."""
    return tuple(map(numbers.index, sorted(numbers)))
