"""Marks: what source databases report of identifiers of a release that have become stale.

A mark is what a nightly run left in the ledger. `Marks` is a snapshot of all of them in memory, which never changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .verdicts import Verdict


class Mark(NamedTuple):
    """A stale identifier: `successors` are CURIEs to use now, `since` when it was first found so (ISO 8601, UTC).

    `source` is the database that reported it; `genes` are the primary CURIEs of the genes that had it then.
    """

    curie: str
    verdict: Verdict
    successors: tuple[str, ...]
    since: str
    source: str
    genes: tuple[str, ...] = ()

    def describe(self) -> dict[str, object]:
        """Return the mark as an answer shows it."""
        return {
            "curie": self.curie,
            "verdict": self.verdict.value,
            "successors": list(self.successors),
            "since": self.since,
            "source": self.source,
        }


class Marks:
    """All marks of one moment, by CURIE (`uniprot:P13232`, no version) and by gene. A look-up is one probe.

    `stamp` changes whenever the marks do. Without marks the object is false.
    """

    __slots__ = ("_by_curie", "_by_gene", "stamp")

    def __init__(self, marks: Iterable[Mark] = (), stamp: str = "0") -> None:
        self._by_curie = {mark.curie: mark for mark in marks}
        self._by_gene: dict[str, list[Mark]] = {}
        for mark in self._by_curie.values():
            for gene in mark.genes:
                self._by_gene.setdefault(gene, []).append(mark)
        self.stamp = stamp

    def __len__(self) -> int:
        return len(self._by_curie)

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._by_curie.values())

    def find(self, curie: str) -> Mark | None:
        """Return the mark of an identifier, None where it has none."""
        return self._by_curie.get(curie)

    def find_of_gene(self, gene: str) -> list[Mark]:
        """Return the marks of the identifiers of the gene with this primary CURIE; empty where there are none."""
        return self._by_gene.get(gene, _NONE)


_NONE: list[Mark] = []
NO_MARKS = Marks()
