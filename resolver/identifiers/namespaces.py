"""The table of namespaces: a new identifier type is one row here. Answers list xrefs in the order of the rows.

Prefixes are Bioregistry's; tests check them and the page URLs against the Bioregistry package. Patterns are
stricter than Bioregistry's: those accept nearly anything for Ensembl and UniProt, and cannot distinguish namespaces.
Accessions are matched in upper case.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from .model import Form, Level, Namespace
from .species import HUMAN, MOUSE

_UNIPROT = "(?:[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2})"
_NCBI = "https://www.ncbi.nlm.nih.gov"
_ENSEMBL_PAGE = "https://www.ensembl.org/id/{}"
_UNIPROT_PAGE = "https://www.uniprot.org/uniprotkb/{}"
_ENSEMBL_HISTORY = {
    Level.GENE: "Gene/Idhistory?g={}",
    Level.TRANSCRIPT: "Transcript/Idhistory?t={}",
    Level.PROTEIN: "Transcript/Idhistory/Protein?protein={}",
}
# The members that an xref of a namespace of genes, transcripts and proteins shows.
_OF_PRODUCTS = ("level", "version", "mane", "pairs")


def _ensembl_form(letter: str, level: Level, infix: str, taxon: int, examples: tuple[str, str]) -> Form:
    pattern = f"ENS{infix}{letter}[0-9]{{11}}"
    history = f"https://www.ensembl.org/{'Mus_musculus' if infix else 'Homo_sapiens'}/{_ENSEMBL_HISTORY[level]}"
    return Form(level, pattern, *examples, page=_ENSEMBL_PAGE, taxon=taxon, versioned=True, history_page=history)


NAMESPACES: tuple[Namespace, ...] = (
    Namespace(
        prefix="ncbigene",
        title="NCBI Gene (Entrez Gene)",
        authority="NCBI",
        spellings=("ncbigene", "entrez", "entrezgene", "entrez gene", "entrez gene id", "entrezid", "geneid",
                   "gene id", "ncbi gene", "ncbi gene id", "ncbi_geneid", "egid", "nihgeneid", "locuslink",
                   "entrez gene/locuslink", "loc"),
        forms=(Form(Level.GENE, "[1-9][0-9]{0,9}", "3574", "03574", f"{_NCBI}/gene/{{}}"),),
        page_heads=("ncbi.nlm.nih.gov/gene/?term=", "ncbi.nlm.nih.gov/gene/", "ncbi.nlm.nih.gov/datasets/gene/",
                    "mygene.info/v3/gene/"),
        drop=("LOC",),
        shorthand=("LOC[1-9][0-9]{0,9}",),
        may_be_symbol=True,
        note="LOC3574 is how NCBI names a gene without a symbol; it is read as Entrez Gene 3574.",
        written=("ncbigene:3574", "GeneID:3574", "LOC3574", "https://www.ncbi.nlm.nih.gov/gene/3574"),
        number_order=0,
        is_listed=True,
        placed_by=("NCBI", "HGNC", "MGI"),
        has_gene_records=True,
    ),
    Namespace(
        prefix="ensembl",
        title="Ensembl",
        authority="EMBL-EBI",
        spellings=("ensembl", "ens", "ensembl gene", "ensembl id", "ensemblgene", "ensembl transcript",
                   "ensembl protein"),
        forms=(
            _ensembl_form("G", Level.GENE, "", HUMAN, ("ENSG00000104432", "ENSG0000104432")),
            _ensembl_form("T", Level.TRANSCRIPT, "", HUMAN, ("ENST00000263851", "ENST000002638510")),
            _ensembl_form("P", Level.PROTEIN, "", HUMAN, ("ENSP00000263851", "ENSP0000026385A")),
            _ensembl_form("G", Level.GENE, "MUS", MOUSE, ("ENSMUSG00000040329", "ENSMUSG0000040329")),
            _ensembl_form("T", Level.TRANSCRIPT, "MUS", MOUSE, ("ENSMUST00000194279", "ENSMUST194279")),
            _ensembl_form("P", Level.PROTEIN, "MUS", MOUSE, ("ENSMUSP00000141368", "ENSMSP00000141368")),
        ),
        page_heads=("ensembl.org/id/", "identifiers.org/ensembl/", "rdf.ebi.ac.uk/resource/ensembl/"),
        page_queries=(("ensembl.org/", "g"), ("ensembl.org/", "t"), ("ensembl.org/", "p")),
        shorthand=("ENSGR[0-9]{10}",),
        note="_PAR_Y and the old ENSGR… spelling name the Y copy of a pseudoautosomal gene.",
        written=("ENSG00000104432.14", "ENST00000263851", "ENSP00000263851", "ENSMUSG00000040329"),
        is_listed=True,
        shows=_OF_PRODUCTS,
        placed_by=("Ensembl", "HGNC", "MGI", "NCBI"),
        has_gene_records=True,
    ),
    Namespace(
        prefix="hgnc",
        title="HGNC",
        authority="HUGO Gene Nomenclature Committee",
        spellings=("hgnc", "hgnc id", "hgnc_id"),
        forms=(Form(Level.GENE, "[1-9][0-9]{0,4}", "6023", "602300",
                    "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:{}", taxon=HUMAN),),
        page_heads=("genenames.org/data/gene-symbol-report/#!/hgnc_id/", "genenames.org/data/hgnc_data.php?hgnc_id=",
                    "alliancegenome.org/gene/"),
        drop=("HGNC:",),
        display="HGNC:{}",
        written=("HGNC:6023", "hgnc:HGNC:6023"),
        number_order=2,
        is_listed=True,
        placed_by=("HGNC",),
        committee="HGNC",
        has_gene_records=True,
    ),
    Namespace(
        prefix="mgi",
        title="MGI",
        authority="Mouse Genome Informatics",
        spellings=("mgi", "mgd", "mgi id"),
        forms=(Form(Level.GENE, "[1-9][0-9]{1,7}", "96561", "096561",
                    "https://www.informatics.jax.org/marker/MGI:{}", taxon=MOUSE,
                    history_page="https://www.informatics.jax.org/accession/MGI:{}"),),
        page_heads=("informatics.jax.org/marker/", "informatics.jax.org/accession/", "alliancegenome.org/gene/"),
        drop=("MGI:",),
        display="MGI:{}",
        written=("MGI:96561", "MGI:MGI:96561", "96561"),
        number_order=3,
        is_listed=True,
        placed_by=("MGI",),
        committee="MGI",
        has_gene_records=True,
    ),
    Namespace(
        prefix="uniprot",
        title="UniProtKB",
        authority="UniProt",
        spellings=("uniprot", "uniprotkb", "uniprot id", "uniprotkb-ac", "swissprot", "swiss-prot", "trembl", "up",
                   "uniprot/swissprot", "uniprot/trembl", "uniprotkb/swiss-prot", "uniprotkb/trembl", "sp"),
        forms=(Form(Level.PROTEIN, _UNIPROT, "P13232", "P1323", _UNIPROT_PAGE, versioned=True,
                    history_page=f"{_UNIPROT_PAGE}/history"),),
        page_heads=("uniprot.org/uniprotkb/", "uniprot.org/uniprot/", "rest.uniprot.org/uniprotkb/",
                    "purl.uniprot.org/uniprot/", "alphafold.ebi.ac.uk/entry/"),
        may_be_symbol=True,  # B3GNT2 has the shape of an accession
        written=("P13232", "UniProtKB:P10168", "Q3UT18"),
        is_listed=True,
        shows=("reviewed",),
        placed_by=("UniProt", "HGNC", "MGI"),
    ),
    Namespace(
        prefix="uniprot.isoform",
        title="UniProt isoform",
        authority="UniProt",
        spellings=("uniprot.isoform", "upiso", "uniprot", "uniprotkb", "swissprot"),
        forms=(Form(Level.PROTEIN, f"{_UNIPROT}-[0-9]{{1,3}}", "P13232-2", "P13232-",
                    "http://purl.uniprot.org/isoforms/{}"),),
        page_heads=("purl.uniprot.org/isoforms/", "uniprot.org/uniprotkb/", "uniprot.org/uniprot/"),
        note="Resolved by its entry's gene; the suffix is kept.",
        written=("P13232-2",),
        placed_by=("UniProt",),
    ),
    Namespace(
        prefix="uniprot.mnemonic",
        title="UniProt entry name",
        authority="UniProt",
        spellings=("uniprot.mnemonic", "uniprot entry name", "uniprotkb-id", "uniprot", "uniprotkb", "swissprot"),
        forms=(
            Form(Level.PROTEIN, "[A-Z0-9]{1,10}_HUMAN", "IL7_HUMAN", "IL-7_HUMAN", _UNIPROT_PAGE, taxon=HUMAN),
            Form(Level.PROTEIN, "[A-Z0-9]{1,10}_MOUSE", "IL7_MOUSE", "IL7_MOUS", _UNIPROT_PAGE, taxon=MOUSE),
        ),
        page_heads=("uniprot.org/uniprotkb/", "uniprot.org/uniprot/"),
        note="An unreviewed entry is named after its accession, so Q3UT18_MOUSE is read as Q3UT18.",
        written=("IL7_HUMAN", "Q3UT18_MOUSE"),
        placed_by=("UniProt",),
    ),
    Namespace(
        prefix="refseq",
        title="RefSeq",
        authority="NCBI",
        spellings=("refseq", "refseq_prot", "refseq protein", "refseq mrna", "refseq rna", "ref_seq", "ncbi refseq",
                   "ref"),
        forms=(
            Form(Level.TRANSCRIPT, "(?:NM|NR|XM|XR)_[0-9]{6,9}", "NM_000880", "NM_00088",
                 f"{_NCBI}/nuccore/{{}}", versioned=True, is_page_of_version=True),
            Form(Level.PROTEIN, "(?:NP|XP|YP|AP|WP|ZP)_[0-9]{6,9}", "NP_000871", "NQ_000871",
                 f"{_NCBI}/protein/{{}}", versioned=True, is_page_of_version=True),
            Form(Level.GENOMIC, "(?:NG|NC|NT|NW|AC)_[0-9]{6,9}", "NG_017017", "NG-017017",
                 f"{_NCBI}/nuccore/{{}}", versioned=True, is_page_of_version=True),
        ),
        page_heads=("ncbi.nlm.nih.gov/nuccore/", "ncbi.nlm.nih.gov/protein/", "ncbi.nlm.nih.gov/sviewer/"),
        written=("NM_000880.4", "NP_000871", "NM_008371"),
        is_listed=True,
        shows=_OF_PRODUCTS,
        placed_by=("NCBI", "HGNC", "MGI"),
    ),
    Namespace(
        prefix="omim",
        title="OMIM",
        authority="Johns Hopkins University",
        spellings=("omim", "mim", "omim id", "omim gene", "mim number"),
        forms=(Form(Level.GENE, "[1-9][0-9]{5}", "146660", "46660", "https://omim.org/entry/{}"),),
        page_heads=("omim.org/entry/", "omim.org/mim:"),
        drop=("*", "#", "+", "%", "^"),
        note="A number names a gene or a phenotype; the release states which.",
        written=("omim:146660", "MIM 146660", "*146660", "146660"),
        number_order=1,
        is_listed=True,
        placed_by=("NCBI", "HGNC", "MGI"),
    ),
    Namespace(
        prefix="homologene",
        title="HomoloGene (archived, build 68 of 2014)",
        authority="NCBI",
        spellings=("homologene", "homologene id", "hid"),
        forms=(Form(Level.GROUP, "[1-9][0-9]{0,5}", "680", "0680", f"{_NCBI}/homologene/{{}}"),),
        page_heads=("ncbi.nlm.nih.gov/homologene/?term=", "ncbi.nlm.nih.gov/homologene/"),
        note="NCBI retired HomoloGene in January 2024; the groups are listed beside today's orthologs.",
        written=("homologene:680",),
        number_order=4,
        is_listed=True,
        placed_by=("HomoloGene",),
        archived="NCBI retired HomoloGene in January 2024; build 68 of 2014 is the last",
    ),
    Namespace(
        prefix="vega",
        title="VEGA (archived, release 68 of 2017)",
        authority="Wellcome Sanger Institute",
        spellings=("vega", "vega id", "vega gene id", "vega_id"),
        forms=(Form(Level.GENE, "OTTHUMG[0-9]{11}", "OTTHUMG00000164620", "OTTHUMG0000164620",
                    "https://vega.archive.ensembl.org/Homo_sapiens/Gene/Summary?g={}", taxon=HUMAN),),
        written=("OTTHUMG00000164620", "vega:OTTHUMG00000164620"),
        page_queries=(("vega.archive.ensembl.org/", "g"), ("vega.sanger.ac.uk/", "g")),
        may_be_symbol=True,  # HGNC and NCBI list some as aliases, such as OTTHUMG00000001887
        is_listed=True,
        placed_by=("HGNC",),
        archived="VEGA is archived; release 68 of February 2017 is the last",
        note="Manually annotated human genes, as HGNC links them; the annotation lives on in Ensembl (HAVANA).",
    ),
    Namespace(
        prefix="ccds",
        title="Consensus CDS",
        authority="CCDS project (NCBI, EMBL-EBI, HGNC, MGI)",
        spellings=("ccds", "ccds id", "ccds_id"),
        forms=(Form(Level.PROTEIN, "CCDS[1-9][0-9]{0,5}", "CCDS6224", "CCDS06224",
                    f"{_NCBI}/CCDS/CcdsBrowse.cgi?REQUEST=CCDS&DATA={{}}", versioned=True, is_page_of_version=True),),
        written=("CCDS6224", "CCDS6224.1", "ccds:CCDS56541"),
        page_queries=(("ncbi.nlm.nih.gov/ccds/", "DATA"), ("ncbi.nlm.nih.gov/projects/ccds/", "DATA")),
        may_be_symbol=True,  # CCDS1 is an alias
        is_listed=True,
        shows=("version",),
        placed_by=("CCDS", "HGNC", "MGI"),
        note="A coding region on which the annotations of NCBI and Ensembl agree; each encodes one protein.",
    ),
    Namespace(
        prefix="hgnc.symbol",
        title="Gene symbol or name",
        authority="HUGO Gene Nomenclature Committee; for mouse, Mouse Genome Informatics",
        spellings=("hgnc.symbol", "symbol", "gene symbol", "gene name", "gene", "gene_symbol", "hgnc", "name", "alias"),
        forms=(Form(Level.GENE, "[^A-Za-z0-9!$\\\\]*[A-Za-z0-9][^!$\\\\]*", "IL7", "!!",
                    "https://www.genenames.org/data/gene-symbol-report/#!/symbol/{}"),),
        page_heads=("genenames.org/data/gene-symbol-report/#!/symbol/", "genecards.org/cgi-bin/carddisp.pl?gene="),
        note="Approved symbols, previous symbols, aliases and full names, looked up in the release's own dictionary.",
        written=("IL7", "il7", "IL-7", "interleukin 7", "PBGF"),
    ),
)  # fmt: skip

BY_PREFIX: dict[str, Namespace] = {namespace.prefix: namespace for namespace in NAMESPACES}
SYMBOL = BY_PREFIX["hgnc.symbol"]

# The namespaces of a bare number, by how often people mean them.
NUMBERED: tuple[str, ...] = tuple(
    prefix for _, prefix in sorted((row.number_order, row.prefix) for row in NAMESPACES if row.number_order is not None)
)

# The groups of xrefs that answers list, in this order.
XREF_GROUPS: tuple[str, ...] = tuple(row.prefix for row in NAMESPACES if row.is_listed)

# What a source may name a gene record by.
RECORD_PREFIXES: tuple[str, ...] = tuple(row.prefix for row in NAMESPACES if row.has_gene_records)


def list_showing(member: str) -> tuple[str, ...]:
    """Return the prefixes of the namespaces whose xrefs show this member, such as `pairs`."""
    return tuple(row.prefix for row in NAMESPACES if member in row.shows)


def bare_patterns(namespace: Namespace) -> tuple[str, ...]:
    """Return the patterns of bare identifiers that are of `namespace` and of no other."""
    if namespace.prefix in NUMBERED or namespace is SYMBOL:
        return namespace.shorthand
    return (*(form.pattern for form in namespace.forms), *namespace.shorthand)


def find_history_page(curie: str, version: int | None = None) -> str | None:
    """Return the address of the page that shows the history of an identifier at its authority.

    It is a page of the authority's website, not of its API. None for an unknown namespace or shape.
    """
    prefix, _, accession = curie.partition(":")
    namespace = BY_PREFIX.get(prefix)
    for form in () if namespace is None else namespace.forms:
        if re.fullmatch(form.pattern, accession):
            shown = accession if version is None or not form.is_page_of_version else f"{accession}.{version}"
            return (form.history_page or form.page).format(quote(shown, safe=""))
    return None


def folded_spelling(prefix: str) -> str:
    """Return a prefix as it is compared: lower case, without blanks, underscores, hyphens and dots."""
    return prefix.lower().translate(_IGNORED)


_IGNORED = str.maketrans("", "", " _-.\t")

BY_SPELLING: dict[str, tuple[Namespace, ...]] = {}
for _namespace in NAMESPACES:
    for _spelling in dict.fromkeys(folded_spelling(spelling) for spelling in _namespace.spellings):
        BY_SPELLING[_spelling] = (*BY_SPELLING.get(_spelling, ()), _namespace)
