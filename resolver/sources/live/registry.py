"""The live sources, in the order of how much they know; a new one is one file and its name here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...genes.verdicts import Obstacle
from . import ensembl, hgnc, mgi, mygene, ncbi, omim, uniprot

if TYPE_CHECKING:
    from .base import Host, LiveSource

LIVE_SOURCES: tuple[LiveSource, ...] = (
    ncbi.GENE,
    ncbi.REFSEQ,
    ensembl.SOURCE,
    uniprot.SOURCE,
    hgnc.SOURCE,
    mgi.SOURCE,
    omim.SOURCE,
)

HOSTS: tuple[Host, ...] = (
    ncbi.EUTILS,
    ensembl.REST,
    uniprot.REST,
    hgnc.REST,
    hgnc.FILES,
    mgi.REPORTS,
    mgi.ALLIANCE,
    omim.API,
    omim.FILES,
    omim.NCBI_FILES,
    mygene.HOST,
)

# Namespaces that are answered without a call; all others without a source have nobody to be asked.
UNASKED: dict[str, tuple[Obstacle, str]] = {
    "homologene": (Obstacle.ARCHIVED, "NCBI retired HomoloGene in January 2024; build 68 of 2014 is the last"),
}

BY_NAME: dict[str, LiveSource] = {source.name: source for source in LIVE_SOURCES}
BY_PREFIX: dict[str, LiveSource] = {prefix: source for source in LIVE_SOURCES for prefix in source.prefixes}
