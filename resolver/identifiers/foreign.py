"""Well-formed identifiers that name no human or mouse gene, recognized by shape to explain a miss.

Patterns are in the dialect of the namespaces' table and are matched in upper case.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Foreign(NamedTuple):
    """A kind of identifier that is out of scope: its shape, an example, what it names, and what to do instead.

    The groups of `genes` are the symbols of the genes that it concerns, in the text as it was typed.
    """

    pattern: str
    example: str
    names: str
    instead: str
    genes: str = ""


_LEAVE_OUT = "Leave it out."
_GENE = "Query the gene that it belongs to."
_ARRAY = "Map probes with the annotation file of the array, then query its gene ids."

_FIRST = r"([\w.-]+?)[*_: ].*"
_RESIDUE = "[ACDEFGHIKLMNPQRSTVWY]"

FOREIGN: tuple[Foreign, ...] = (
    Foreign("(?:CON__|REV__|DECOY_|REV_).+", "CON__P02533",
            "a contaminant or decoy of a search engine for mass spectra", _LEAVE_OUT),
    Foreign("(?:ERCC-[0-9]{5}|SIRV[0-9]{1,4})", "ERCC-00002", "a spike-in control", _LEAVE_OUT),
    Foreign("(?:N_(?:UNMAPPED|MULTIMAPPING|NOFEATURE|AMBIGUOUS)"
            "|__(?:NO_FEATURE|AMBIGUOUS|TOO_LOW_AQUAL|NOT_ALIGNED|ALIGNMENT_NOT_UNIQUE))", "__no_feature",
            "a counter of a program that counts reads", _LEAVE_OUT),
    Foreign("(?:HLA-[A-Z0-9]+|KIR[0-9][A-Z0-9]+|(?:CYP|UGT)[0-9][A-Z0-9]+|(?:TR[ABDG]|IG[HKL])[VDJC][0-9-]*)"
            "[*][0-9][0-9A-Z:]*", "HLA-A*02:01", "an allele", _GENE, _FIRST),
    Foreign("N[MRPG]_[0-9]+(?:[.][0-9]+)?[(][A-Z0-9-]+[)]:[CGNPR][.].+", "NM_000546.6(TP53):c.215C>G",
            "a sequence variant (HGVS)", _GENE, r"[^(]*\(([^)]+)\).*"),
    Foreign(f"[A-Z][A-Z0-9-]{{1,14}}(?::P[.](?:[A-Z]{{3}}|[A-Z])|[ _]{_RESIDUE})[0-9]{{1,4}}"
            f"(?:[A-Z]{{3}}|{_RESIDUE}|[*=]|FS.*|DEL|DUP)", "BRAF V600E", "a variant of a protein", _GENE, _FIRST),
    Foreign("[A-Z][A-Z0-9.-]{1,14}::[A-Z][A-Z0-9.-]{1,14}", "EML4::ALK", "a gene fusion", "Query its two genes.",
            r"([\w.-]+)::([\w.-]+)"),
    Foreign("(?:NC|NT|NW|AC)_[0-9]{6,9}(?:[.][0-9]{1,4})?", "NC_000008.11", "a whole chromosome or contig (RefSeq)",
            "Query a gene, a transcript or a protein."),
    Foreign("(?:WP|ZP|YP|AP)_[0-9]{6,9}(?:[.][0-9]{1,4})?", "WP_000000001", "a protein of another organism (RefSeq)",
            "Human and mouse proteins are NP_… and XP_…."),
    Foreign("(?:N[MRPCG]|X[MRP]|LRG|ENS(?:MUS)?[GTP])_?[0-9]+(?:[.][0-9]+)?(?:[TP][0-9]+)?:[CGMNPR][.].+",
            "NM_000546.6:c.215C>G", "a sequence variant (HGVS)", "Query the part before the colon."),
    Foreign("CHR(?:[0-9]{1,2}|[XYM]|MT):[0-9,]+(?:-[0-9,]+)?", "chr17:7661779-7687550", "a place on a chromosome",
            "Query the gene at that place."),
    Foreign("LRG_[0-9]{1,5}(?:[TP][0-9]{1,2})?", "LRG_321", "a Locus Reference Genomic record", _GENE),
    Foreign("[RS]S[0-9]{2,12}", "rs7412", "a variant (dbSNP)", _GENE),
    Foreign("(?:AFFX-[A-Z0-9_-]+|[0-9]{3,8}(?:_[ASXFIGR])?_AT)", "1007_s_at",
            "a probe set of a microarray (Affymetrix)", _ARRAY),
    Foreign("ILMN_[0-9]{4,8}", "ILMN_1762337", "a probe of a microarray (Illumina)",
            _ARRAY),
    Foreign("A_[0-9]{2}_P[0-9]{4,9}", "A_23_P100001", "a probe of a microarray (Agilent)",
            _ARRAY),
    Foreign("ENS(?:MUS)?[ER][0-9]{11}(?:[.][0-9]{1,4})?", "ENSE00003896691", "an exon or regulatory feature (Ensembl)",
            _GENE),
    Foreign("ENS(?:MUS)?(?:GT|FM)[0-9]{14}(?:[.][0-9]{1,4})?", "ENSGT00390000016428", "a gene tree or family (Ensembl)",
            _GENE),
    Foreign("ENS(?:[A-LN-Z][A-Z]{2,3}|M[A-TV-Z][A-Z]{1,2}|MU[A-RT-Z][A-Z]?)[GTPER][0-9]{11}(?:[.][0-9]{1,4})?",
            "ENSRNOG00000010756", "a feature of another species (Ensembl)",
            "This service covers human (ENSG…) and mouse (ENSMUSG…)."),
    Foreign("GO:[0-9]{7}", "GO:0006955", "a term of the Gene Ontology", _GENE),
    Foreign("HP:[0-9]{7}", "HP:0001250", "a phenotype (Human Phenotype Ontology)", _GENE),
    Foreign("MP:[0-9]{7}", "MP:0001262", "a phenotype (Mammalian Phenotype Ontology)", _GENE),
    Foreign("(?:DOID|MONDO|ORPHA|ORPHANET|MESH|EFO)[:_][A-Z]?[0-9]{1,8}", "MONDO:0007254", "a disease or trait", _GENE),
    Foreign("PS[0-9]{6}", "PS114480", "a phenotypic series (OMIM)", _GENE),
    Foreign("(?:RGD|ZFIN|FB|SGD|WB|XENBASE)[:_-]?(?:ZDB-)?[A-Z]*[-:]?[0-9-]{4,16}", "FBgn0036414",
            "a gene of another species", "This service covers human and mouse; query their ortholog."),
    Foreign("CHEMBL[0-9]{1,9}", "CHEMBL203", "a compound or target (ChEMBL)", "Query its UniProt accession."),
    Foreign("R-(?:HSA|MMU)-[0-9]{3,9}", "R-HSA-69541", "a pathway or reaction (Reactome)", _GENE),
    Foreign("(?:HSA|MMU)-?(?:LET|MIR)-[0-9A-Z-]+", "hsa-miR-21-5p", "a microRNA (miRBase)",
            "Query the symbol of its gene, such as MIR21."),
    Foreign("MI(?:MAT)?[0-9]{7}", "MIMAT0000076", "a microRNA (miRBase)",
            "Query the symbol of its gene, such as MIR21."),
)  # fmt: skip

_ANY = re.compile("|".join(f"({kind.pattern})" for kind in FOREIGN))


def find_foreign(text: str) -> Foreign | None:
    """Return which kind of foreign identifier the text is; None where it has the shape of none."""
    match = _ANY.fullmatch(text.strip().upper())
    return None if match is None or match.lastindex is None else FOREIGN[match.lastindex - 1]


def is_artifact(text: str) -> bool:
    """Return whether the text is a contaminant, a decoy, a spike-in or a counter, which no list means as a gene."""
    kind = find_foreign(text)
    return kind is not None and kind.instead == _LEAVE_OUT
