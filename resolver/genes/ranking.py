"""The rules that rank genes, xrefs and matches, as data.

The release stores what these rules yield (as ranks), so that every engine that reads it agrees.
"""

from __future__ import annotations

from enum import StrEnum

from ..identifiers.model import Level
from ..identifiers.namespaces import NAMESPACES


class MatchKind(StrEnum):
    """How a query matched a gene, best first: an alias never outranks an approved symbol."""

    __hash__ = str.__hash__  # an enum's own is written in Python, and called several times for each answer

    IDENTIFIER = "identifier"
    HOMOLOGY_GROUP = "homology_group"
    SYMBOL = "symbol"
    PREVIOUS_SYMBOL = "previous_symbol"
    ALIAS = "alias"
    FULL_NAME = "full_name"
    RETIRED_SYMBOL = "retired_symbol"
    SIMILAR_SPELLING = "similar_spelling"


# The match tiers of names, best first. A name that an authority states (`NAME_AUTHORITIES`) goes before the same name
# by free-text synonyms of others alone. A gene of the last types has only the names that no other gene has.
MATCH_TIERS: dict[MatchKind, int] = {
    MatchKind.IDENTIFIER: 0,
    MatchKind.HOMOLOGY_GROUP: 0,
    MatchKind.SYMBOL: 1,
    MatchKind.PREVIOUS_SYMBOL: 2,
    MatchKind.ALIAS: 3,
    MatchKind.FULL_NAME: 4,
    MatchKind.RETIRED_SYMBOL: 9,
    MatchKind.SIMILAR_SPELLING: 10,
}
UNOFFICIAL_TIERS: dict[MatchKind, int] = {MatchKind.ALIAS: 5, MatchKind.FULL_NAME: 6}

# The organizations that decide which genes an accession belongs to: its own authority and the nomenclature committees.
# Links of other sources (such as Ensembl's to RefSeq) place an accession only where none of these does.
AUTHORITIES: dict[str, frozenset[str]] = {
    namespace.prefix: frozenset({*namespace.placed_by, "curated"}) for namespace in NAMESPACES if namespace.placed_by
}

# The namespaces whose accessions are of one place on the genome, so that each belongs to one gene: that which most
# authorities name. MANE, on which NCBI and Ensembl agree, counts as one of them. A UniProt entry may be of many genes.
OF_ONE_GENE: tuple[str, ...] = ("ensembl",)
AGREED_FILE = "ncbi.mane"

# The nomenclature committees, by the prefix of their genes: a symbol is approved where one of them gives it.
COMMITTEES: dict[str, str] = {namespace.prefix: namespace.committee for namespace in NAMESPACES if namespace.committee}

# The organizations whose names of genes go before those of others; facts that we wrote ourselves are `curated`.
NAME_AUTHORITIES: frozenset[str] = frozenset({*COMMITTEES.values(), "curated"})

# RefSeq accessions of whole chromosomes and contigs, as a pattern: they contain many genes and name none.
ASSEMBLY_SEQUENCES = "^(?:NC|NT|NW|AC)_"

# The order of sources for an attribute of a gene: the first that states it is used.
ATTRIBUTE_SOURCES: dict[str, tuple[str, ...]] = {
    "symbol": ("HGNC", "MGI", "NCBI", "Ensembl", "curated"),
    "name": ("HGNC", "MGI", "NCBI", "Ensembl", "curated"),
    "gene_type": ("NCBI", "HGNC", "MGI", "Ensembl", "curated"),
    "position": ("MGI", "Ensembl", "NCBI", "curated"),  # NCBI's, by MANE, is that of a transcript
    "map_location": ("HGNC", "MGI", "NCBI", "Ensembl", "curated"),
}

# Archived sources: they support a pair of orthologs that others state, and make none.
ARCHIVED: frozenset[str] = frozenset({"HomoloGene"})

# How each organization decides that two genes are orthologs.
ORTHOLOG_METHODS: dict[str, str] = {
    "hgnc": "named by HGNC's curators",
    "mgi": "MGI and the Alliance of Genome Resources, by agreement of several algorithms and curators",
    "ncbi": "calculated by NCBI from protein similarity and local gene order",
    "homologene": "archived HomoloGene build 68 of 2014: groups by protein similarity",
    "curated": "curated by this project",
}

# The files that list every current record of their authority, by the prefix of the records. A record that such a file
# lacks is gone, and statements of it in older files of others are ignored. The list of MGI is not a complete list: the
# older files that may replace it contain genes only.
COMPLETE_LISTS: dict[str, str] = {"hgnc": "hgnc.complete_set"}
NO_LONGER_LISTED = "no longer listed"

# The namespaces in which an authority's history of its own ids decides which ids of other files are current.
WITH_HISTORY: tuple[str, ...] = ("ncbigene", *COMMITTEES, "uniprot")

# Files with synonyms that were cut short: the beginning of another synonym of the same gene is dropped, unless this
# organization calls the gene so.
CUT_SYNONYMS: dict[str, str] = {"ncbi.gene_info.mouse": "MGI"}

# A gene of this type shares the products of two other genes; it matches only what neither of them has. Some sources
# say what it is in its name alone; the antisense RNA of a readthrough is not a readthrough.
READTHROUGH = "readthrough"
READTHROUGH_NAME = r"(?i)\breadthrough(?:$|,| \(| trans)"

# Transgenes, enhancer traps and rearranged chromosomes of MGI: records of mice that were made, no genes of the mouse.
ENGINEERED = "engineered"
ENGINEERED_SYMBOL = r"^(?:Tg|Tn|TgTn|Tc|Et|T|Is|In|Del|Dp|Df|Rb|Tp|Ts)\("

# The types of genes that match only what no other gene has, with the match tier of their aliases and full names.
LAST_TYPES: dict[str, int] = {READTHROUGH: 7, ENGINEERED: 8}

# The match tiers of the names in a release, best first.
NAME_TIERS: tuple[int, ...] = tuple(range(MATCH_TIERS[MatchKind.SYMBOL], max(LAST_TYPES.values()) + 1))

# Kinds of names, best first. A gene's approved symbol is one; what another source calls its symbol is an alias.
NAME_KINDS: tuple[MatchKind, ...] = (
    MatchKind.SYMBOL,
    MatchKind.PREVIOUS_SYMBOL,
    MatchKind.ALIAS,
    MatchKind.FULL_NAME,
)

# Order of the levels among the xrefs of one namespace.
LEVEL_ORDER: dict[str, int] = {level: rank for rank, level in enumerate(Level)}
