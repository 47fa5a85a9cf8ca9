"""The table of links: pages that show the literature and the expression of a gene. A new one is one row here.

Tests compare the addresses with the Bioregistry package where it has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .namespaces import folded_spelling
from .species import HUMAN, MOUSE


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """A page about a gene that is found by one of its identifiers: a row of `LINK_TARGETS`.

    `page` is a template with `{}` for an accession of the namespace `prefix`. `taxon` is set if the site covers one
    species, `is_of_coding` if it covers protein-coding genes only. `spellings` are other names of the target.
    """

    key: str
    title: str
    kind: Literal["literature", "expression"]
    prefix: str
    page: str
    shows: str
    taxon: int | None = None
    is_of_coding: bool = False
    spellings: tuple[str, ...] = ()

    def covers(self, taxon: int, *, is_coding: bool) -> bool:
        """Return whether the site has pages for genes of this species and type."""
        return self.taxon in (None, taxon) and (is_coding or not self.is_of_coding)


LINK_TARGETS: tuple[LinkTarget, ...] = (
    LinkTarget(
        "pubmed", "PubMed", "literature", "ncbigene",
        "https://pubmed.ncbi.nlm.nih.gov/?linkname=gene_pubmed&from_uid={}",
        "the articles that NCBI Gene links to the gene of this species",
    ),
    LinkTarget(
        "biogps", "BioGPS", "expression", "ncbigene", "http://biogps.org/gene/{}/",
        "expression in tissues and cell types, from microarrays and RNA-seq",
    ),
    LinkTarget(
        "bgee", "Bgee", "expression", "ensembl", "https://www.bgee.org/gene/{}",
        "expression in healthy tissues and developmental stages, as ranked calls",
    ),
    LinkTarget(
        "gxa", "Expression Atlas", "expression", "ensembl", "https://www.ebi.ac.uk/gxa/genes/{}",
        "baseline and differential expression in public experiments",
        spellings=("expression atlas",),
    ),
    LinkTarget(
        "proteinatlas", "Human Protein Atlas", "expression", "ensembl", "https://www.proteinatlas.org/{}",
        "protein and RNA in human tissues, cells and tumors",
        taxon=HUMAN, is_of_coding=True, spellings=("human protein atlas", "hpa"),
    ),
    LinkTarget(
        "gtex", "GTEx", "expression", "ensembl", "https://www.gtexportal.org/home/gene/{}",
        "expression and eQTLs in human tissues",
        taxon=HUMAN,
    ),
    LinkTarget(
        "gxd", "MGI expression (GXD)", "expression", "mgi", "https://www.informatics.jax.org/gxd/marker/MGI:{}",
        "annotated expression in mouse development",
        taxon=MOUSE, spellings=("mgi expression", "mgi gxd"),
    ),
)  # fmt: skip

LINKS_BY_KEY: dict[str, LinkTarget] = {target.key: target for target in LINK_TARGETS}
_BY_SPELLING: dict[str, LinkTarget] = {
    folded_spelling(spelling): target for target in LINK_TARGETS for spelling in (target.key, *target.spellings)
}


def find_link_target(text: str) -> LinkTarget | None:
    """Return the link target of this name, in any spelling; None if there is none."""
    return _BY_SPELLING.get(folded_spelling(text))
