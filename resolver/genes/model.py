"""The words of genes, as a release holds them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GeneRecord:
    """A gene of one species. `document` is its part of an answer: a JSON object as bytes, made with the release."""

    id: int
    taxon: int
    curie: str
    symbol: str
    document: bytes


@dataclass(frozen=True, slots=True)
class Placement:
    """An identifier on a gene. `place` is 0 on the genes that the strongest evidence gives it to."""

    gene_id: int
    relation: str
    version: int | None
    place: int


@dataclass(frozen=True, slots=True)
class NamedGene:
    """A name on a gene: which kind of name, in which original spelling."""

    gene_id: int
    kind: str
    ladder: int
    text: str


@dataclass(frozen=True, slots=True)
class OrthologLink:
    """A gene's ortholog, with the class of the pair, and how many organizations and which files support it."""

    gene: GeneRecord
    cardinality: str
    support: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetirementRecord:
    """A step in an identifier's history; `successor` is None where it was retired without an heir."""

    retired: str
    successor: str | None
    reason: str
    date: str | None
    label: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """Which source files state that an identifier belongs to a gene."""

    curie: str
    relation: str
    version: int | None
    place: int
    sources: tuple[str, ...]
