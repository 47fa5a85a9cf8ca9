"""The words of genes, as a release holds them; NamedTuples, since one or several are made for every answer."""

from __future__ import annotations

from typing import NamedTuple


class GeneRecord(NamedTuple):
    """A gene of one species, named by its primary CURIE; `id` is its number in the release that it was read from."""

    id: int
    taxon: int
    curie: str
    symbol: str


class Placement(NamedTuple):
    """An identifier on a gene. `place` is 0 on the genes that the strongest evidence gives it to."""

    gene_id: int
    relation: str
    version: int | None
    place: int


class NamedGene(NamedTuple):
    """A name on a gene: which kind of name, in which original spelling."""

    gene_id: int
    kind: str
    ladder: int
    text: str


class OrthologLink(NamedTuple):
    """A gene's ortholog, with the class of the pair, and how many organizations and which files support it."""

    gene: GeneRecord
    cardinality: str
    support: int
    sources: tuple[str, ...]


class RetirementRecord(NamedTuple):
    """A step in an identifier's history; `successor` is None where it was retired without an heir."""

    retired: str
    successor: str | None
    reason: str
    date: str | None
    label: str | None
    sources: tuple[str, ...]


class EvidenceRecord(NamedTuple):
    """Which source files state that an identifier belongs to a gene."""

    curie: str
    relation: str
    version: int | None
    place: int
    sources: tuple[str, ...]


class RivalRecord(NamedTuple):
    """Another gene that an identifier is placed on too, and the files that state it."""

    curie: str
    gene: str
    symbol: str
    place: int
    sources: tuple[str, ...]
