"""Read the records of many queries by a few statements instead of one or two for each."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING

from ..genes.model import Placement
from ..identifiers.names import fold_loosely, fold_name
from .gene_reader import rank_placement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ..genes.model import GeneRecord, NamedGene, OrthologLink, RetirementRecord
    from ..identifiers.model import Interpretation, Recognition
    from .gene_reader import GeneReader


class Batch:
    """Returns what the reader's methods of the same names return; what was not read before, it reads now."""

    def __init__(self, reader: GeneReader, recognitions: Iterable[Recognition | None]) -> None:
        self._reader = reader
        self._recognitions = [one for one in recognitions if one is not None]
        self._identifiers: dict[tuple[str, str], Interpretation] = {}
        self._folded: dict[str, None] = {}
        for recognition in self._recognitions:
            for one in recognition.interpretations:
                prefix, accession, _ = one.identifier
                if one.is_text:
                    self._folded[fold_name(accession)] = None
                else:
                    self._identifiers[prefix, accession] = one
        accessions = [accession for _, accession in self._identifiers]
        self._placed = reader.find_placed(accessions) if accessions else {}
        self._named = reader.find_names_of(self._folded) if self._folded else {}

    def find_placements(self, prefix: str, accession: str) -> list[Placement]:
        """Return the genes that the identifier is placed on."""
        placed = self._placed.get((prefix, accession))
        if placed is not None:
            genes = self._genes
            found = [Placement(genes[gene], relation, version, rank) for _, _, gene, relation, version, rank in placed]
            if len(found) > 1:
                found.sort(key=rank_placement)
            return found
        return [] if (prefix, accession) in self._identifiers else self._reader.find_placements(prefix, accession)

    def find_names(self, folded: str) -> list[NamedGene]:
        """Return the genes with this name."""
        known = self._named.get(folded)
        if known is not None:
            return known
        if folded in self._folded:
            return []
        known = self._named_otherwise.get(folded)
        return self._reader.find_names(folded) if known is None else known

    def find_loose_names(self, loose: str) -> list[NamedGene]:
        """Return the genes with a name of similar spelling."""
        known = self._loosely_named.get(loose)
        return self._reader.find_loose_names(loose) if known is None else known

    def find_retirements(self, curie: str) -> list[RetirementRecord]:
        """Return the retirements of an identifier."""
        known = self._retirements.get(curie)
        return self._reader.find_retirements(curie) if known is None else known

    def find_retired_names(self, folded: str) -> list[str]:
        """Return the CURIEs of the retired records that had this symbol."""
        known = self._retired_names.get(folded)
        return self._reader.find_retired_names(folded) if known is None else known

    def find_unplaced(self, prefix: str, accession: str) -> str | None:
        """Return the kind of an identifier that no source places on a gene."""
        if (prefix, accession) in self._unplaced:
            return self._unplaced[prefix, accession]
        return self._reader.find_unplaced(prefix, accession)

    def find_ortholog_pairs(self, gene_ids: Collection[int]) -> set[tuple[int, int]]:
        """Return which of the genes are orthologs of each other."""
        if not self._genes_of_names.issuperset(gene_ids):
            return self._reader.find_ortholog_pairs(gene_ids)
        pairs = self._pairs
        return {pair for pair in itertools.permutations(gene_ids, 2) if pair in pairs}

    def find_orthologs(self, gene_id: int) -> list[OrthologLink]:
        """Return the gene's orthologs."""
        return self._reader.find_orthologs(gene_id)

    @cached_property
    def _genes(self) -> dict[int, GeneRecord]:
        return self._reader.get_genes({row[2] for placed in self._placed.values() for row in placed})

    @cached_property
    def _genes_of_names(self) -> set[int]:
        """The genes of names that genes of both species have."""
        shared = (ones for ones in self._named.values() if len(ones) > 1 and len({one.gene.taxon for one in ones}) > 1)
        return {one.gene.id for ones in shared for one in ones}

    @cached_property
    def _pairs(self) -> set[tuple[int, int]]:
        return self._reader.find_ortholog_pairs(self._genes_of_names)

    # What only misses and retired identifiers need is read when the first of them comes.

    @cached_property
    def _unknown(self) -> dict[tuple[str, str], Interpretation]:
        return {key: one for key, one in self._identifiers.items() if key not in self._placed}

    @cached_property
    def _named_otherwise(self) -> dict[str, list[NamedGene]]:
        """The genes that have unknown identifiers as names."""
        unknown = self._unknown
        texts = {
            fold_name(recognition.text)
            for recognition in self._recognitions
            if any(one.identifier[:2] in unknown for one in recognition.interpretations)
        }
        return {text: [] for text in texts} | self._reader.find_names_of(texts)

    @cached_property
    def _retirements(self) -> dict[str, list[RetirementRecord]]:
        return self._reader.find_retirements_of({one.lookup.curie for one in self._unknown.values()})

    @cached_property
    def _unplaced(self) -> dict[tuple[str, str], str | None]:
        return self._reader.find_unplaced_of(self._unknown.keys())

    @cached_property
    def _loosely_named(self) -> dict[str, list[NamedGene]]:
        loose = {fold_loosely(folded) for folded in self._folded}
        return {key: [] for key in loose} | self._reader.find_loose_names_of(loose)

    @cached_property
    def _retired_names(self) -> dict[str, list[str]]:
        return self._reader.find_retired_names_of([folded for folded in self._folded if folded not in self._named])
