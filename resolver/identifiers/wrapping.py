"""What programs and file formats put around an identifier: tags, headers of sequences, species, version suffixes.

Each wrapping is recognized by its whole shape, and what is inside is read as if it had been typed alone.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from .species import HUMAN, MOUSE


class Wrapping(NamedTuple):
    """A shape around an identifier, which is its first group that matches; an example, and where the shape comes from.

    `prefix` is put before what is inside, where that says nothing of its namespace. `caution` says what else has this
    shape, `taxon` is the species that it names.
    """

    pattern: str
    example: str
    origin: str
    prefix: str = ""
    caution: str | None = None
    taxon: int | None = None


class Unwrapped(NamedTuple):
    """What is inside a wrapping, a note on what was set aside, what else the text may be, and the species it names."""

    text: str
    note: str
    caution: str | None
    taxon: int | None = None


_VERSION = r"(?:[.][0-9]{1,4})?"
_ENSEMBL = rf"ENS(?:MUS)?[GTP][0-9]{{11}}{_VERSION}"
_REFSEQ = rf"[NX][MRPG]_[0-9]{{6,9}}{_VERSION}"
_UNIPROT = r"[A-Z][0-9][A-Z0-9]{4}(?:[A-Z][A-Z0-9]{2}[0-9])?(?:-[0-9]{1,3})?"

_PROBE_SET = (
    "Read as NCBI Gene, by which custom CDFs of Brainarray number their probe sets. If it is a probe set of Affymetrix "
    "itself, map it with the annotation file of the array."
)

WRAPPINGS: tuple[Wrapping, ...] = (
    Wrapping(rf">?(?:sp|tr)\|({_UNIPROT})(?:\|\w*)?(?: .*)?", "sp|P04637|P53_HUMAN", "a FASTA header of UniProt"),
    Wrapping(rf">?(?:gi\|[0-9]+\|)?ref\|({_REFSEQ})\|?(?: .*)?", "ref|NP_000537.3|", "a FASTA header of NCBI"),
    # The fields are ids of one gene, its name, a length and a type: the first is the sequence's own.
    Wrapping(rf">?(?:(ENS(?:MUS)?T[0-9]{{11}}{_VERSION})\|ENS(?:MUS)?G|(ENS(?:MUS)?P[0-9]{{11}}{_VERSION})\|ENS(?:MUS)?T"
             rf"|(ENS(?:MUS)?G[0-9]{{11}}{_VERSION})\|ENS(?:MUS)?[TP])[0-9.]+\|[^ ]*(?: .*)?",
             "ENST00000263851.9|ENSG00000104432.14|…|IL7-201|IL7|2043|protein_coding|", "a FASTA header of GENCODE"),
    Wrapping(rf">?({_ENSEMBL}) (?:cdna|cds|ncrna|pep)(?:[: ].*)?",
             "ENST00000263851.9 cdna chromosome:GRCh38:8:78675743:78805523:-1", "a FASTA header of Ensembl"),
    Wrapping(rf">({_ENSEMBL}|{_REFSEQ}|{_UNIPROT})(?: .*)?", ">NP_000537.3 cellular tumor antigen p53",
             "a FASTA header"),
    Wrapping(rf"(?:(?:ID|Parent)=)?(?:gene|transcript|cds|protein|(?:gene|transcript|protein)_id)[:=] ?"
             rf"({_ENSEMBL}(?:_PAR_Y)?)", "gene:ENSG00000104432", "an attribute of Ensembl's GFF3 or GTF"),
    Wrapping(r"(?:(?:ID|Parent)=)?gene-([A-Za-z][\w.-]*)", "gene-TP53", "an ID of NCBI's GFF3"),
    Wrapping(rf"(?:(?:ID|Parent)=)?(?:rna|cds)-({_REFSEQ})", "rna-NM_000546.6", "an ID of NCBI's GFF3"),
    Wrapping(r"(?:9606[.](ENSP[0-9]{11})|10090[.](ENSMUSP[0-9]{11}))", "9606.ENSP00000263851",
             "an id of STRING"),
    Wrapping(r"(?:hsa|mmu):([1-9][0-9]{0,9})", "hsa:7157", "an id of KEGG", "ncbigene:"),
    # Seurat writes a hyphen for each underscore.
    Wrapping(r"(?:GRCh3[78]|hg19|hg38)(?:_+|-{1,3})([^_-].*)", "GRCh38_TP53",
             "a human reference of Cell Ranger", taxon=HUMAN),
    Wrapping(r"(?:GRCm3[89]|mm10|mm39)(?:_+|-{1,3})([^_-].*)", "mm10___Trp53",
             "a mouse reference of Cell Ranger", taxon=MOUSE),
    Wrapping(rf"({_ENSEMBL})(?:_(?:[0-9]{{1,2}}|PAR)|-PAR-Y)", "ENSG00000141510.16_8",
             "an id of GENCODE that was lifted over or copied to Y"),
    Wrapping(rf"({_ENSEMBL})_at", "ENSG00000141510_at", "a probe set of a Brainarray CDF"),
    Wrapping(r"([1-9][0-9]{0,9})_at", "7157_at", "a probe set of a Brainarray CDF, or else of Affymetrix", "ncbigene:",
             _PROBE_SET),
    Wrapping(rf"({_UNIPROT})[-:]PRO_[0-9]{{10}}", "P04637-PRO_0000185703", "a chain of a UniProt entry"),
    Wrapping(r"(?:[•·‣▪◦●○■□→*+–—-]|[(]?[0-9]{1,4}[.)])[ \t]+([^ ].*)", "3. TP53", "an item of a list"),
    Wrapping(r"\?\|([1-9][0-9]{0,9})", "?|100130426", "a gene of TCGA without a symbol", "ncbigene:"),
    Wrapping(r"(?:https?://)?purl[.]obolibrary[.]org/obo/NCBIGene_([1-9][0-9]{0,9})",
             "http://purl.obolibrary.org/obo/NCBIGene_7157", "a page of the OBO Foundry", "ncbigene:"),
    Wrapping(rf"(?:https?://)?purl[.]obolibrary[.]org/obo/PR_({_UNIPROT})",
             "http://purl.obolibrary.org/obo/PR_P04637", "a page of the OBO Foundry"),
)  # fmt: skip

# Without one of these, no text has a wrapping; most queries are done here.
_MARKS = re.compile(r"[|:=_.>)•·‣▪◦●○■□→*+–—-]")


@cache
def _compile_any() -> re.Pattern[str]:
    """Return what any wrapping has; at its first use, since it takes as long as the imports of some modules."""
    return re.compile("|".join(f"(?:{wrapping.pattern})" for wrapping in WRAPPINGS), re.IGNORECASE)


def unwrap(text: str) -> Unwrapped | None:
    """Return what is inside a wrapping; None for a text without one."""
    if not _MARKS.search(text) or not _compile_any().fullmatch(text):
        return None
    wrapping, match = next(
        (wrapping, match) for wrapping in WRAPPINGS if (match := re.fullmatch(wrapping.pattern, text, re.IGNORECASE))
    )
    inside = next(part for part in match.groups() if part)
    return Unwrapped(wrapping.prefix + inside, f"read from {wrapping.origin}", wrapping.caution, wrapping.taxon)
