"""The records of many queries, read from a release by a few statements instead of one or two for each."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..identifiers.names import fold_variants

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ..genes.model import NamedGene, OrthologLink, Placement, RetirementRecord
    from ..identifiers.model import Identifier, Recognition
    from .gene_reader import GeneReader


class Batch:
    """Returns what the reader's methods of the same names return; what was not read before, it reads now."""

    def __init__(self, reader: GeneReader, recognitions: Iterable[Recognition | None]) -> None:
        self._reader = reader
        identifiers: dict[tuple[str, str], Identifier] = {}
        folded: dict[str, None] = {}
        for recognition in recognitions:
            for one in () if recognition is None else recognition.interpretations:
                if one.is_text:
                    folded.update(dict.fromkeys(fold_variants(one.identifier.accession)))
                else:
                    identifiers[one.identifier[:2]] = one.lookup
        self._identifiers, self._folded = identifiers, folded
        placed = reader.find_placements_of(list({accession: None for _, accession in identifiers}))
        self._placements: dict[tuple[str, str], list[Placement]] = {key: placed.get(key, []) for key in identifiers}
        named = reader.find_names_of(folded) if folded else {}
        self._names: dict[str, list[NamedGene]] = {name: named.get(name, []) for name in folded}

    def find_placements(self, prefix: str, accession: str) -> list[Placement]:
        """Return the genes that the identifier is placed on."""
        known = self._placements.get((prefix, accession))
        return self._reader.find_placements(prefix, accession) if known is None else known

    def find_names(self, folded: str) -> list[NamedGene]:
        """Return the genes with this name."""
        known = self._names.get(folded)
        return self._reader.find_names(folded) if known is None else known

    def find_retirements(self, curie: str) -> list[RetirementRecord]:
        """Return what became of a retired identifier."""
        known = self._retirements.get(curie)
        return self._reader.find_retirements(curie) if known is None else known

    def find_retired_names(self, folded: str) -> list[str]:
        """Return the CURIEs of the retired records that had this symbol."""
        known = self._retired_names.get(folded)
        return self._reader.find_retired_names(folded) if known is None else known

    def find_unplaced(self, prefix: str, accession: str) -> str | None:
        """Return what an identifier is that no source places on a gene."""
        if (prefix, accession) in self._unplaced:
            return self._unplaced[prefix, accession]
        return self._reader.find_unplaced(prefix, accession)

    def find_ortholog_pairs(self, gene_ids: Collection[int]) -> set[tuple[int, int]]:
        """Return which of the genes are orthologs of each other."""
        return self._reader.find_ortholog_pairs(gene_ids)

    def find_orthologs(self, gene_id: int) -> list[OrthologLink]:
        """Return the gene's orthologs."""
        return self._reader.find_orthologs(gene_id)

    # What only misses and retired identifiers need is read when the first of them comes.

    @cached_property
    def _retirements(self) -> dict[str, list[RetirementRecord]]:
        curies = {self._identifiers[key].curie for key, placements in self._placements.items() if not placements}
        return self._reader.find_retirements_of(curies)

    @cached_property
    def _unplaced(self) -> dict[tuple[str, str], str | None]:
        return self._reader.find_unplaced_of([key for key, placements in self._placements.items() if not placements])

    @cached_property
    def _retired_names(self) -> dict[str, list[str]]:
        return self._reader.find_retired_names_of([folded for folded, names in self._names.items() if not names])
