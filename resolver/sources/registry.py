"""The list of sources: a new one is its file in this folder and its name here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import ccds, ensembl, hgnc, homologene, mgi, ncbi, uniprot

if TYPE_CHECKING:
    from .base import SourceFile

SOURCES = (ncbi, hgnc, mgi, uniprot, ensembl, homologene, ccds)

FILES: tuple[SourceFile, ...] = tuple(file for source in SOURCES for file in source.FILES)
BY_KEY: dict[str, SourceFile] = {file.key: file for file in FILES}
