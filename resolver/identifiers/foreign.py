"""Well-formed identifiers that name no human or mouse gene, or none that can be looked up, recognized by shape.

Patterns are in the dialect of the namespaces' table and are matched in upper case.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple


class Foreign(NamedTuple):
    """A kind of identifier that is out of scope: its shape, an example, what it names, and what to do instead.

    The groups of `genes` are names or accessions of the genes that it concerns, in the text as it was typed. With
    `is_gene` it names a gene, which no release lists by this name. `is_artifact`: it is left out of lists.
    """

    pattern: str
    example: str
    names: str
    instead: str
    genes: str = ""
    is_gene: bool = False
    is_artifact: bool = False

    @property
    def hint(self) -> str:
        """What it is, and what to do."""
        if self.is_gene:
            return f"This is {self.names}. {self.instead}"
        return f"This identifies {self.names}, not a human or mouse gene. {self.instead}"


_GENE = "Query the gene that it belongs to."
_ARRAY = "Map probes with the annotation file of the array, then query its gene ids."
_LEAVE_OUT = "Leave it out."
_ENSEMBL_ID = "Query the Ensembl id beside it."
_CHANGING = f"Such names change from release to release. {_ENSEMBL_ID}"

_RESIDUE = "[ACDEFGHIKLMNPQRSTVWY]"
_CHANGE = f"(?:[A-Z]{{3}}|[*=]|{_RESIDUE}|FS.*|DEL.*|DUP.*|INS.*)"
# A library, a plate, a row and a column, and the number of the gene on the clone.
_CLONE = "[A-Z]{0,4}[0-9]{1,5}[A-P][0-9]{1,2}"
_LIBRARY = "[A-Z]{1,6}[0-9]{0,3}[A-Z]{0,4}[0-9]{0,2}"
_KNOWN_LIBRARY = "(?:RP[0-9]{1,2}|CT[ABCD]|CH[0-9]{2,3}|KB|GS1|LA16C|LL22NC03|XXBAC)"
_GENBANK = "(?:[A-MOQT-WYZ][A-Z]|[PRS][A-RT-Z])"  # NM000880 is an accession of RefSeq without its underscore

_MORE = "(?:[-_ .].*|[0-9]+)?"  # the number or the rest of a name
# Proteins that report, recombine, edit or select, as constructs bring them into a cell; in capitals.
REPORTERS = (
    "(?:D2|EM|M|TURBO|TAG|SF|ZS)?[EM]?(?:GFP|YFP|BFP|RFP)[0-9]?|[EM]CFP[0-9]?|TD[-_]?TOMATO|TDTOM|MCHERRY|MKATE2?|MSCARLET"
    "|DSRED2?|ZSGREEN1?|M?VENUS|M?CERULEAN|MORANGE2?|MRUBY[0-9]?|LACZ|I?CRE(?:[-_]?ER)?(?:T2)?|FLPO|RTTA[0-9]?|TTA"
    "|D?(?:SP|SA)?CAS9|DCAS9[-_].+|(?:FIREFLY[-_]?)?LUCIFERASE|WPRE|BGH[-_]?POLYA|PUROR|NEOR|HYGR|BLASTR|CHR2|HM[34]D[QI]?"
    "|GCAMP[0-9][A-Z0-9]?|(?:E?GFP|E?YFP|TDTOMATO|MCHERRY|CRE)[-_](?:WPRE|POLYA|REPORTER|[PTEF]2A).*"
)

FOREIGN: tuple[Foreign, ...] = (
    Foreign("(?:CON__|REV__|DECOY_|REV_|CONTAM_|CONT_|XXX_)+[ -:<-~]+", "CON__P02533",
            "a contaminant or decoy of a search engine for mass spectra", _LEAVE_OUT,
            r"(?i:con__|rev__|decoy_|rev_|contam_|cont_|xxx_)+(.+)", is_artifact=True),
    Foreign("(?:(?:[GT]SPIKEIN_)?ERCC[-_][0-9]{5}(?:[.][0-9])?|SIRV[0-9]{1,4})", "ERCC-00002",
            "a spike-in control", _LEAVE_OUT, is_artifact=True),
    Foreign("(?:N_(?:UNMAPPED|MULTIMAPPING|NOFEATURE|AMBIGUOUS)"
            "|(?:__)?(?:NO_FEATURE|TOO_LOW_AQUAL|NOT_ALIGNED|ALIGNMENT_NOT_UNIQUE)|__AMBIGUOUS|UNASSIGNED_[A-Z]+)",
            "__no_feature",
            "a counter of a program that counts reads", _LEAVE_OUT, is_artifact=True),
    Foreign("NON[-_ ]?TARGET(?:ING)?.*|NTC(?:[-_ ]?[0-9]+)?|(?:POS|NEG)_[A-H][(][0-9.]+[)]"
            f"|(?:NEG|POS)(?:ATIVE|ITIVE)?[-_. ]{{0,2}}(?:CONTROL|CTRL)S?{_MORE}"
            f"|SAFE[-_ ]?(?:HARBOU?R|TARGETING){_MORE}|SCRAMBLED?{_MORE}",
            "NON_TARGETING", "a control of a screen or an assay", "Leave it out of lists of genes.", is_artifact=True),
    Foreign(REPORTERS, "mCherry", "a reporter or another gene of a construct", _LEAVE_OUT, is_artifact=True),
    Foreign("[A-Z][A-Z0-9-]{1,14}(?:[*][0-9][0-9A-Z:/*]*|<[!-;=?-~]+>)", "HLA-A*02:01", "an allele", _GENE,
            r"([\w-]+)[*<].*"),
    Foreign("HLA-(?:[ABC]W?|D[RQP]W?)[0-9]{1,4}", "HLA-A2", "an HLA serotype", _GENE, "(?i)(HLA-[ABC])W?[0-9]+"),
    Foreign("N[MRPG]_[0-9]+(?:[.][0-9]+)?[(][A-Z0-9-]+[)]:[CGNPR][.].+", "NM_000546.6(TP53):c.215C>G",
            "a sequence variant (HGVS)", _GENE, r"[^(]*\(([^)]+)\).*"),
    Foreign("[A-Z0-9][A-Z0-9.-]{1,20}(?:::|--)[A-Z0-9][A-Z0-9.-]{1,20}", "EML4::ALK", "a gene fusion",
            "Query its two genes.", r"([\w.-]+?)(?:::|--)([\w.-]+)"),
    Foreign(f"[A-Z][A-Z0-9-]{{1,14}}(?:[: ]P[.][(]?(?:[A-Z]{{3}}|{_RESIDUE})[0-9]{{1,4}}{_CHANGE}[)]?"
            f"|(?:[ _:]| ?[(]){_RESIDUE}[0-9]{{1,4}}{_CHANGE}[)]?|-{_RESIDUE}[0-9]{{2,4}}(?:{_RESIDUE}|[*]))",
            "BRAF V600E", "a variant of a protein", _GENE,
            r"([A-Za-z][\w-]*?)(?:[_: (].*|-[A-Za-z][0-9]{2,4}[A-Za-z*])"),
    Foreign("[A-Z][A-Z0-9-]{1,14}[: ][CGN][.][0-9*-].*", "TP53:c.215C>G", "a sequence variant (HGVS)", _GENE,
            r"([\w-]+)[: ].*"),
    Foreign(f"(?:{_LIBRARY}-{_CLONE}[.][0-9]{{1,3}}|{_KNOWN_LIBRARY}-{_CLONE})", "RP11-57H12.6",
            "a gene without a symbol of its own that an annotation named after its clone", _CHANGING,
            is_gene=True),
    Foreign(f"(?:{_GENBANK}(?:[0-9]{{6}}|[0-9]{{8}})(?:[.][0-9]{{1,3}})?|[A-Z][0-9]{{5}}[.][0-9]{{1,3}}"
            "|[A-Z]{4}[0-9]{8}[.][0-9]{1,3})", "AC093917.1",
            "a sequence record of GenBank, by which annotations also name genes that have no symbol of their own",
            "Query the Ensembl id or the gene beside it.", is_gene=True),
    Foreign("(?:Y_RNA|METAZOA_SRP|7SK|U[0-9]{1,2}(?:ATAC)?|5S_RRNA|5_8S_RRNA|SNO[UZ][0-9]{1,3}[A-Z]?|ACA[0-9]{1,2}[AB]?"
            "|VAULT|RNASE_MRP|RNASEP_NUC|TELOMERASE-VERT|UC_[0-9]{1,3})(?:[.-][0-9]{1,4})?", "Y_RNA",
            "the name of a family of RNAs (Rfam), which many genes have", _ENSEMBL_ID, is_gene=True),
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
    Foreign("(?:(?:RGD|FB|SGD|WB|XENBASE)[:_-]?[A-Z]*[-:]?[0-9]{4,16}|(?:ZFIN[:_-]?)?ZDB-[A-Z]+-[0-9]{6}-[0-9]{1,6})",
            "FBgn0036414", "a gene of another species", "This service covers human and mouse; query their ortholog."),
    Foreign("CHEMBL[0-9]{1,9}", "CHEMBL203", "a compound or target (ChEMBL)", "Query its UniProt accession."),
    Foreign("R-(?:HSA|MMU)-[0-9]{3,9}", "R-HSA-69541", "a pathway or reaction (Reactome)", _GENE),
    Foreign("(?:HSA|MMU)-?(?:LET|MIR)-[0-9A-Z-]+", "hsa-miR-21-5p", "a microRNA (miRBase)",
            "Query the symbol of its gene, such as MIR21."),
    Foreign("MI(?:MAT)?[0-9]{7}", "MIMAT0000076", "a microRNA (miRBase)",
            "Query the symbol of its gene, such as MIR21."),
)  # fmt: skip


@cache
def _compile_any() -> re.Pattern[str]:
    """Return what any kind has, each in a group of its own; at its first use, since lists seldom need it."""
    return re.compile("|".join(f"({kind.pattern})" for kind in FOREIGN))


def find_foreign(text: str) -> Foreign | None:
    """Return which kind of foreign identifier the text is; None where it has the shape of none."""
    match = _compile_any().fullmatch(text.strip().upper())
    return None if match is None or match.lastindex is None else FOREIGN[match.lastindex - 1]


def is_artifact(text: str) -> bool:
    """Return whether the text is a contaminant, a control, a reporter or a counter, which no list means as a gene."""
    kind = find_foreign(text)
    return kind is not None and kind.is_artifact
