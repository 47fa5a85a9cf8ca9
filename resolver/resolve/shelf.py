"""Look-ups for many questions at once: what a chunk of them will ask is fetched in two statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..identifiers.names import fold_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..genes.model import NamedGene, Placement, RetirementRecord
    from ..identifiers.model import Recognition
    from ..store.gene_reader import GeneReader


class FetchedShelf:
    """Answers like the release itself, from what was fetched; what only few questions need is asked of the release."""

    def __init__(self, reader: GeneReader, recognitions: Iterable[Recognition]) -> None:
        accessions: set[str] = set()
        folded: set[str] = set()
        for recognition in recognitions:
            for reading in recognition.readings:
                if reading.is_text:
                    folded.add(fold_name(reading.identifier.accession))
                else:
                    accessions.add(reading.identifier.accession)
                    if reading.parent is not None:
                        accessions.add(reading.parent.accession)
        self._reader = reader
        self._accessions = accessions
        self._folded = folded
        self._placements = reader.find_placements_of(sorted(accessions))
        self._names = reader.find_names_of(sorted(folded))

    def find_placements(self, prefix: str, accession: str) -> Sequence[Placement]:
        """Return the genes that the identifier is placed on, strongest evidence first."""
        if accession in self._accessions:
            return self._placements.get((prefix, accession), ())
        return self._reader.find_placements(prefix, accession)

    def find_names(self, folded: str) -> Sequence[NamedGene]:
        """Return the genes that are called so, best kind of name first."""
        return self._names.get(folded, ()) if folded in self._folded else self._reader.find_names(folded)

    def find_retirements(self, curie: str) -> list[RetirementRecord]:
        """Return a record for each heir, or one without; none where the identifier is not retired."""
        return self._reader.find_retirements(curie)

    def find_retired_names(self, folded: str) -> list[str]:
        """Return the CURIEs of the retired records that had this symbol."""
        return self._reader.find_retired_names(folded)
