"""The types of genes in a release. NamedTuples: several are created for every answer."""

from __future__ import annotations

from typing import NamedTuple

from ..identifiers.brief import one_line


class GeneRecord(NamedTuple):
    """A gene of one species, named by its primary CURIE; `id` is its number in the release that it was read from."""

    id: int
    taxon: int
    curie: str
    symbol: str


class Placement(NamedTuple):
    """An identifier on a gene; `assignment_rank` is 0 for its primary assignment, the strongest evidence."""

    gene: GeneRecord
    relation: str
    version: int | None
    assignment_rank: int


class NamedGene(NamedTuple):
    """A name on a gene: which kind of name, in its best supported spelling; other spellings in use, a line each."""

    gene: GeneRecord
    kind: str
    tier: int
    text: str
    spellings: str


class ListedName(NamedTuple):
    """A name of an alphabetical list, and the gene that has it; `full_name` is the gene's own."""

    folded: str
    gene: GeneRecord
    full_name: str | None
    kind: str
    text: str


class OrthologLink(NamedTuple):
    """A gene's ortholog, with the class of the pair, and how many organizations and which files support it."""

    gene: GeneRecord
    cardinality: str
    support: int
    sources: tuple[str, ...]

    def __repr__(self) -> str:
        return one_line(self, self.gene.symbol, self.gene.curie, self.cardinality, f"support {self.support}")


class RetirementRecord(NamedTuple):
    """A step in an identifier's history; `successor` is None where it was retired without one."""

    retired: str
    successor: str | None
    reason: str
    date: str | None
    label: str | None
    sources: tuple[str, ...]

    def __repr__(self) -> str:
        return one_line(self, self.retired, self.reason, self.date, "->", self.successor or "no successor")


class EvidenceRecord(NamedTuple):
    """Which source files state that an identifier belongs to a gene."""

    curie: str
    relation: str
    version: int | None
    assignment_rank: int
    sources: tuple[str, ...]


class RivalRecord(NamedTuple):
    """Another gene that an identifier is placed on too, and the files that state it."""

    curie: str
    gene: str
    symbol: str
    assignment_rank: int
    sources: tuple[str, ...]
