"""What programs and file formats put around an identifier: tags, headers of sequences, species, version suffixes.

Each wrapping is recognized by its whole shape, and what is inside is read as if it had been typed alone.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Wrapping(NamedTuple):
    """A shape around an identifier, which is its first group that matches; an example, and where the shape comes from.

    `prefix` is put before what is inside, where that says nothing of its namespace.
    """

    pattern: str
    example: str
    origin: str
    prefix: str = ""


_ENSEMBL = r"ENS(?:MUS)?[GTP][0-9]{11}(?:[.][0-9]{1,4})?"
_REFSEQ = r"[NX][MRPG]_[0-9]{6,9}(?:[.][0-9]{1,4})?"
_UNIPROT = r"[A-Z][0-9][A-Z0-9]{4}(?:[A-Z][A-Z0-9]{2}[0-9])?(?:-[0-9]{1,3})?"

WRAPPINGS: tuple[Wrapping, ...] = (
    Wrapping(rf">?(?:sp|tr)\|({_UNIPROT})\|\w+(?: .*)?", "sp|P04637|P53_HUMAN", "a FASTA header of UniProt"),
    Wrapping(rf">?(?:gi\|[0-9]+\|)?ref\|({_REFSEQ})\|(?: .*)?", "ref|NP_000537.3|", "a FASTA header of NCBI"),
    # The fields are ids of one gene, its name, a length and a type: the first is the sequence's own.
    Wrapping(rf">?({_ENSEMBL})\|ENS[^|]*\|[^ ]*\|(?: .*)?",
             "ENST00000263851.9|ENSG00000104432.14|…|IL7-201|IL7|2043|protein_coding|", "a FASTA header of GENCODE"),
    Wrapping(rf"(?:gene|transcript|cds|protein|(?:gene|transcript|protein)_id)[:=] ?({_ENSEMBL}(?:_PAR_Y)?)",
             "gene:ENSG00000104432", "an attribute of Ensembl's GFF3 or GTF"),
    Wrapping(r"gene-([A-Za-z][\w.-]*)", "gene-TP53", "an ID of NCBI's GFF3"),
    Wrapping(rf"(?:rna|cds)-({_REFSEQ})", "rna-NM_000546.6", "an ID of NCBI's GFF3"),
    Wrapping(r"(?:9606[.](ENSP[0-9]{11})|10090[.](ENSMUSP[0-9]{11}))", "9606.ENSP00000263851",
             "an id of STRING"),
    Wrapping(r"(?:hsa|mmu):([1-9][0-9]{0,9})", "hsa:7157", "an id of KEGG", "ncbigene:"),
    Wrapping(r"(?:GRCh3[78]|GRCm3[89]|hg19|hg38|mm10|mm39)_{1,3}([^_].*)", "GRCh38_TP53",
             "a reference of Cell Ranger"),
    Wrapping(rf"({_ENSEMBL})_(?:[0-9]{{1,2}}|PAR)", "ENSG00000141510.16_8",
             "an id of GENCODE that was lifted over"),
    Wrapping(rf"({_ENSEMBL})_at", "ENSG00000141510_at", "a probe set of a Brainarray CDF"),
    Wrapping(rf"({_UNIPROT})[-:]PRO_[0-9]{{10}}", "P04637-PRO_0000185703", "a chain of a UniProt entry"),
    Wrapping(r"\?\|([1-9][0-9]{0,9})", "?|100130426", "a gene of TCGA without a symbol", "ncbigene:"),
    Wrapping(r"https?://purl[.]obolibrary[.]org/obo/NCBIGene_([1-9][0-9]{0,9})",
             "http://purl.obolibrary.org/obo/NCBIGene_7157", "a page of the OBO Foundry", "ncbigene:"),
    Wrapping(rf"https?://purl[.]obolibrary[.]org/obo/PR_({_UNIPROT})",
             "http://purl.obolibrary.org/obo/PR_P04637", "a page of the OBO Foundry"),
)  # fmt: skip

_PATTERNS = [(re.compile(wrapping.pattern, re.IGNORECASE), wrapping) for wrapping in WRAPPINGS]
# Without one of these, no text has a wrapping; most queries are done here.
_MARKS = re.compile(r"[|:=_.-]")


def unwrap(text: str) -> tuple[str, str] | None:
    """Return what is inside a wrapping, and a note on what was set aside; None for a text without one."""
    if not _MARKS.search(text):
        return None
    for pattern, wrapping in _PATTERNS:
        if match := pattern.fullmatch(text):
            inside = next(part for part in match.groups() if part)
            return wrapping.prefix + inside, f"read from {wrapping.origin}"
    return None
