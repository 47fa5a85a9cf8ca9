"""The live sources, most complete first; a new one is one file and its name here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...genes.verdicts import Obstacle
from ...identifiers.namespaces import NAMESPACES
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

# Archived namespaces, for which no source database is queried, and why.
NOT_QUERIED: dict[str, tuple[Obstacle, str]] = {
    row.prefix: (Obstacle.ARCHIVED, row.archived) for row in NAMESPACES if row.archived
}

BY_NAME: dict[str, LiveSource] = {source.name: source for source in LIVE_SOURCES}
BY_PREFIX: dict[str, LiveSource] = {prefix: source for source in LIVE_SOURCES for prefix in source.prefixes}
