"""CCDS, the Consensus CDS project: coding regions on which the annotations of NCBI and Ensembl agree.

Quirks: the file is one row for each RefSeq protein, so that a coding region of several transcripts has several rows; it
names no gene; every identifier has a version; the header begins with `#`.
"""

from __future__ import annotations

from .base import PUBLIC_DOMAIN, Facts, Layout, Rows, SourceFile, Subject, curie, identifier_facts, text

SOURCE = "CCDS"


def read_proteins(rows: Rows, key: str) -> Facts:
    """Read CCDS2UniProtKB: the coding region that encodes each RefSeq protein."""
    protein = curie("refseq", text("RefSeq").str.extract(r"^([^.]+)", 1))
    return Facts(identifiers=[identifier_facts(rows, key, subject=protein, prefix="ccds", accession=text("#ccds"))])


FILES = (
    SourceFile(
        key="ccds.proteins",
        source=SOURCE,
        patterns=("CCDS2UniProtKB.current.txt",),
        url="https://ftp.ncbi.nlm.nih.gov/pub/CCDS/current_human/CCDS2UniProtKB.current.txt",
        license=PUBLIC_DOMAIN,
        layout=Layout(("#ccds", "RefSeq")),
        read=read_proteins,
        adds="human CCDS ids, by the RefSeq protein that they encode",
        subject=Subject.PRODUCT,
    ),
)
