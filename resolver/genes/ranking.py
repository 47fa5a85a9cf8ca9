"""Which gene wins, and in which order xrefs and matches stand: policy as data, decided once.

The release stores what these rules yield (as ranks), so that every engine that reads it agrees.
"""

from __future__ import annotations

from enum import StrEnum

from ..identifiers.model import Level


class MatchKind(StrEnum):
    """How a text led to a gene, best first: an alias never outranks an official symbol."""

    __hash__ = str.__hash__  # an enum's own is written in Python, and asked several times for each answer

    IDENTIFIER = "identifier"
    HOMOLOGY_GROUP = "homology_group"
    SYMBOL = "symbol"
    PREVIOUS_SYMBOL = "previous_symbol"
    ALIAS = "alias"
    FULL_NAME = "full_name"
    RETIRED_SYMBOL = "retired_symbol"


MATCH_TIERS: dict[MatchKind, int] = {
    MatchKind.IDENTIFIER: 0,
    MatchKind.HOMOLOGY_GROUP: 0,
    MatchKind.SYMBOL: 1,
    MatchKind.PREVIOUS_SYMBOL: 2,
    MatchKind.ALIAS: 3,
    MatchKind.FULL_NAME: 4,
    MatchKind.RETIRED_SYMBOL: 5,
}

# Whose word counts first on which genes an accession belongs to: that of its own authority, and of the two
# nomenclature committees. Other sources' links (Ensembl's to RefSeq, say) place an accession where none of these does.
AUTHORITIES: dict[str, frozenset[str]] = {
    "ncbigene": frozenset({"NCBI", "HGNC", "MGI", "curated"}),
    "ensembl": frozenset({"Ensembl", "HGNC", "MGI", "NCBI", "curated"}),
    "hgnc": frozenset({"HGNC", "curated"}),
    "mgi": frozenset({"MGI", "curated"}),
    "uniprot": frozenset({"UniProt", "HGNC", "MGI", "curated"}),
    "uniprot.isoform": frozenset({"UniProt", "curated"}),
    "uniprot.mnemonic": frozenset({"UniProt", "curated"}),
    "refseq": frozenset({"NCBI", "HGNC", "MGI", "curated"}),
    "omim": frozenset({"NCBI", "HGNC", "MGI", "curated"}),
    "homologene": frozenset({"HomoloGene", "curated"}),
}

# The nomenclature committees, by the prefix of their genes: a symbol is approved where one of them gives it.
COMMITTEES: dict[str, str] = {"hgnc": "HGNC", "mgi": "MGI"}

# RefSeq accessions of whole chromosomes and contigs, as a pattern: they hold many genes and name none.
ASSEMBLY_SEQUENCES = "^(?:NC|NT|NW|AC)_"

# Which source's word is taken for an attribute of a gene, first that has one.
ATTRIBUTE_SOURCES: dict[str, tuple[str, ...]] = {
    "symbol": ("HGNC", "MGI", "NCBI", "Ensembl", "curated"),
    "name": ("HGNC", "MGI", "NCBI", "Ensembl", "curated"),
    "gene_type": ("NCBI", "HGNC", "MGI", "Ensembl", "curated"),
    "place": ("MGI", "NCBI", "HGNC", "Ensembl", "curated"),
    "map_location": ("HGNC", "MGI", "NCBI", "Ensembl", "curated"),
}

# These are published no more: what they say supports a pair of orthologs that others state, and makes none.
ARCHIVED: frozenset[str] = frozenset({"HomoloGene"})

# How each organization comes to say that two genes are orthologs.
ORTHOLOG_METHODS: dict[str, str] = {
    "hgnc": "named by HGNC's curators",
    "mgi": "MGI and the Alliance of Genome Resources, by agreement of several algorithms and curators",
    "ncbi": "calculated by NCBI from protein similarity and local gene order",
    "homologene": "archived HomoloGene build 68 of 2014: groups by protein similarity",
    "curated": "stated by us",
}

# A gene of this type shares the products of two plain ones; it answers only for what neither of them has.
READTHROUGH = "readthrough"

# Kinds of names, best first. A gene's approved symbol is one; what another source calls its symbol is an alias.
NAME_KINDS: tuple[MatchKind, ...] = (
    MatchKind.SYMBOL,
    MatchKind.PREVIOUS_SYMBOL,
    MatchKind.ALIAS,
    MatchKind.FULL_NAME,
)

# Order of the levels among the xrefs of one namespace.
LEVEL_ORDER: dict[str, int] = {level: place for place, level in enumerate(Level)}
