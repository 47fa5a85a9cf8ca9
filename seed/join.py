"""Join statements into genes: which record is which gene, where each identifier belongs, and in which order.

Every step is set-based. Nothing is merged by a chain of statements: a record belongs to the gene that the best
direct statement names, and an identifier that sources place on different genes stays on all of them, each with its
evidence and its assignment rank (0 for the genes with the strongest evidence).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from resolver.genes.ranking import (
    ARCHIVED,
    ASSEMBLY_SEQUENCES,
    ATTRIBUTE_SOURCES,
    AUTHORITIES,
    COMMITTEES,
    LEVEL_ORDER,
    MATCH_TIERS,
    NAME_KINDS,
    READTHROUGH,
    MatchKind,
)
from resolver.identifiers.model import Level
from resolver.identifiers.names import GREEK
from resolver.identifiers.namespaces import NAMESPACES, SYMBOL, list_showing
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.sources.base import Subject
from resolver.sources.registry import FILES

from .evidence import SOURCES, with_evidence
from .owners import accession_of, as_statements, find_owners, find_retired_genes, organization, prefix_of

if TYPE_CHECKING:
    from resolver.sources.base import Facts

_POSITION = ("chromosome", "start", "end", "strand", "assembly")
# The files whose identifiers are stated of transcripts and proteins.
PRODUCT_FILES = [file.key for file in FILES if file.subject is Subject.PRODUCT]


@dataclass(frozen=True, slots=True)
class Joined:
    """The tables of a release, before documents are made of them; `gene` numbers are those of `genes.id`.

    `rejected` lists the accessions that have none of their namespace's shapes, with the file that states them;
    `owners` which gene each record (subject) belongs to; `unplaced` the identifiers that a source states of no gene.
    """

    genes: pl.DataFrame
    identifiers: pl.DataFrame
    names: pl.DataFrame
    orthologs: pl.DataFrame
    products: pl.DataFrame
    retirements: pl.DataFrame
    rejected: pl.DataFrame
    owners: pl.DataFrame
    unplaced: pl.DataFrame


def join_facts(facts: Facts) -> Joined:
    """Return the tables that the statements add up to. Cost grows with the number of statements times its logarithm."""
    records = facts.frame("genes").collect()
    stated, rejected = _classified(facts.frame("identifiers").unique().collect())
    is_own = pl.col("subject") == pl.col("prefix") + ":" + pl.col("accession")
    unplaced = stated.filter(is_own & (pl.col("relation") == Level.PHENOTYPE.value))
    retired = find_retired_genes(facts)
    # A retired identifier belongs to no gene; queries for it are answered by its history.
    current = stated.join(as_statements(retired), on=["prefix", "accession"], how="anti")
    of_products = pl.col("source").is_in(PRODUCT_FILES)
    direct = current.filter(~of_products)
    owners = find_owners(records, direct, retired)
    genes = _gene_table(records, owners)
    current = pl.concat([direct, place_by_product(current.filter(of_products), direct, owners, genes)])
    products = _product_table(facts)
    orthologs = _ortholog_table(facts, owners, genes)
    return Joined(
        genes=genes,
        identifiers=_identifier_table(
            records.join(retired, left_on="subject", right_on="retired", how="anti"), current, owners, genes, products
        ),
        names=_name_table(facts, owners, genes),
        orthologs=orthologs,
        products=products,
        retirements=_retirement_table(facts, stated),
        rejected=rejected,
        owners=owners,
        unplaced=unplaced.select("accession", "prefix", "relation").unique().sort("accession", "prefix"),
    )


def place_by_product(
    of_products: pl.DataFrame, direct: pl.DataFrame, owners: pl.DataFrame, genes: pl.DataFrame
) -> pl.DataFrame:
    """Return statements about transcripts and proteins as statements about the genes that have these.

    A product belongs to the genes that the strongest of the `direct` statements assign it to. Statements about a
    product of no gene are dropped.
    """
    products = of_products.select(curie="subject").unique()
    named = direct.join(products, left_on=pl.col("prefix") + ":" + pl.col("accession"), right_on="curie", how="semi")
    placed = _with_assignment_rank(named, owners, genes).filter(pl.col("assignment_rank") == 0)
    of_gene = placed.join(genes.select("id", owner="gene"), on="id").select("curie", "owner")
    moved = of_products.join(of_gene, left_on="subject", right_on="curie")
    return moved.with_columns(subject="owner").select(of_products.columns)


def level_of() -> pl.Expr:
    """Return the level of each accession by its shape; null where it has none of its namespace's shapes."""
    level = pl.lit(None, dtype=pl.String)
    for namespace in NAMESPACES:
        if namespace is SYMBOL:
            continue
        for form in namespace.forms:
            fits = (pl.col("prefix") == namespace.prefix) & pl.col("accession").str.contains(f"^(?:{form.pattern})$")
            level = pl.when(fits).then(pl.lit(form.level.value)).otherwise(level)
    return level


def _classified(stated: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split statements into those whose accession has a shape of its namespace, with its level, and the others."""
    # Whole chromosomes and contigs contain many genes and name none.
    is_assembly = (pl.col("prefix") == "refseq") & pl.col("accession").str.contains(ASSEMBLY_SEQUENCES)
    stated = stated.filter(~is_assembly).with_columns(level=level_of())
    rejected = stated.filter(pl.col("level").is_null()).select("prefix", "accession", "subject", "source")
    # What a MIM number is, is the same whoever links it to a gene; HGNC does not say which of its are phenotypes.
    # One that is stated to be both is a phenotype (most often of a region, such as DiGeorge's), unless HGNC has it.
    same = ("prefix", "accession")
    is_phenotype = (pl.col("relation") == Level.PHENOTYPE.value).any().over(same)
    has_gene = (organization() == COMMITTEES["hgnc"]).any().over(same)
    relation = (
        pl.when(is_phenotype & ~has_gene)
        .then(pl.lit(Level.PHENOTYPE.value))
        .otherwise(pl.coalesce("relation", pl.col("relation").min().over(same)))
    )
    return stated.filter(pl.col("level").is_not_null()).with_columns(relation=relation), rejected.sort(pl.all())


def _gene_table(records: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each gene, its attributes taken from the first source that states them."""
    rows = records.join(owners, on="subject").with_columns(organization=organization())

    def first(attribute: str, policy: str) -> pl.Expr:
        order = {name: rank for rank, name in enumerate(ATTRIBUTE_SOURCES[policy])}
        rank = pl.col("organization").replace_strict(order, default=len(order), return_dtype=pl.Int8)
        # A gene's own record goes before a record that only belongs to it.
        other = (pl.col("subject") != pl.col("gene")).cast(pl.Int8)
        value = pl.col(attribute)
        return value.sort_by([rank, other, pl.col("source"), value]).drop_nulls().first().alias(attribute)

    position = pl.when(pl.col("start").is_not_null()).then(pl.struct(_POSITION)).alias("position")
    chromosome = pl.col("chromosome").alias("chromosome_alone")
    genes = (
        rows.with_columns(position, chromosome)
        .group_by("gene")
        .agg(
            pl.col("taxon").drop_nulls().first(),
            *(first(name, name) for name in ("symbol", "name", "gene_type", "map_location")),
            first("position", "position"),
            first("chromosome_alone", "map_location"),
            readthrough=(pl.col("gene_type") == READTHROUGH).any(),
        )
        .with_columns(
            gene_type=pl.when("readthrough").then(pl.lit(READTHROUGH)).otherwise("gene_type"),
            order=accession_of("gene").str.extract("([0-9]+)$", 1).cast(pl.Int64),
            symbol=pl.coalesce("symbol", "gene"),
        )
        .sort("taxon", prefix_of("gene"), "order", "gene")
        .unnest("position")
        .with_columns(chromosome=pl.coalesce("chromosome", "chromosome_alone"))
    )
    return genes.with_row_index("id", offset=1).select(
        "id", "gene", "taxon", "symbol", "name", "gene_type", *_POSITION, "map_location", "readthrough"
    )


def _product_table(facts: Facts) -> pl.DataFrame:
    return (
        facts.frame("products")
        .group_by("transcript", "protein")
        .agg(pl.col("mane").max(), SOURCES)  # "select" comes after "plus clinical"
        .collect()
        .pipe(with_evidence)
        .drop("sources")
        .sort("transcript", "protein")
    )


def _identifier_table(
    records: pl.DataFrame,
    stated: pl.DataFrame,
    owners: pl.DataFrame,
    genes: pl.DataFrame,
    products: pl.DataFrame,
) -> pl.DataFrame:
    """Return one row for each gene and identifier, with evidence, assignment rank and rank."""
    own = records.select(
        "subject",
        prefix=prefix_of("subject"),
        accession=accession_of("subject"),
        version=pl.lit(None, dtype=pl.Int32),
        relation=pl.lit(None, dtype=pl.String),
        reviewed=pl.lit(None, dtype=pl.Boolean),
        source="source",
        level=pl.lit(Level.GENE.value),
    )
    placed = _with_reviewed(_with_assignment_rank(pl.concat([stated, own]), owners, genes))
    return _with_rank(placed, products).select(
        "accession", "prefix", gene="id", relation="relation", version="version", reviewed="reviewed",
        mane="mane", alternate="alternate", assignment_rank="assignment_rank", rank="rank", evidence="evidence",
    ).sort("accession", "prefix", "gene")  # fmt: skip


def _with_assignment_rank(stated: pl.DataFrame, owners: pl.DataFrame, genes: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each gene and identifier, with its evidence; `assignment_rank` 0 is the strongest evidence."""
    authorities = [(prefix, name) for prefix, names in AUTHORITIES.items() for name in sorted(names)]
    strong = pl.DataFrame(authorities, schema=["prefix", "organization"], orient="row").with_columns(
        strong=pl.lit(value=True)
    )
    # An alternate gene is one whoever names it; its products are alternate where only it is said to have them.
    alternates = owners.filter("alternate").select(curie="subject", gene="gene", itself=pl.lit(value=True))
    weakness = 2 * (~pl.col("strong")).cast(pl.Int8) + pl.col("readthrough").cast(pl.Int8)
    return (
        stated.join(owners, on="subject")
        .with_columns(curie=pl.col("prefix") + ":" + pl.col("accession"))
        .join(alternates, on=["curie", "gene"], how="left")
        .with_columns(alternate=pl.col("alternate") | pl.col("itself").fill_null(value=False))
        .join(genes.select("gene", "id", "readthrough"), on="gene")
        .with_columns(organization=organization())
        .join(strong, on=["prefix", "organization"], how="left")
        .group_by("id", "prefix", "accession", "curie")
        .agg(
            pl.col("version").max(),
            # A stated relation counts before what the shape suggests, and gene before phenotype.
            relation=pl.coalesce(pl.col("relation").min(), pl.col("level").first()),
            reviewed=pl.col("reviewed").max(),
            strong=pl.col("strong").any(),
            readthrough=pl.col("readthrough").any(),
            alternate=pl.col("alternate").all(),
            sources=SOURCES,
        )
        .pipe(with_evidence)
        .with_columns(weakness=weakness)
        .with_columns(assignment_rank=(pl.col("weakness").rank("dense").over("prefix", "accession") - 1).cast(pl.Int8))
    )


def _with_reviewed(placed: pl.DataFrame) -> pl.DataFrame:
    """Fill in what is unreviewed: the lists of reviewed entries are complete for each gene that they name."""
    covered = pl.col("reviewed").any().over("id", "prefix")
    is_entry = pl.col("prefix").is_in(list_showing("reviewed"))
    return placed.with_columns(
        reviewed=pl.when(is_entry & covered).then(pl.col("reviewed").fill_null(value=False)).otherwise("reviewed")
    )


def _with_rank(placed: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Rank the identifiers of each gene and namespace: genes first, then MANE Select, reviewed, well supported."""
    tagged = products.filter(pl.col("mane").is_not_null())
    mane = (
        pl.concat([tagged.select("mane", curie=side) for side in ("transcript", "protein")])
        .group_by("curie")
        .agg(pl.col("mane").sort(descending=True).first())
    )
    placed = placed.join(mane, on="curie", how="left")
    order = [
        pl.col("assignment_rank"),
        pl.col("alternate"),
        pl.col("relation").replace_strict(LEVEL_ORDER, return_dtype=pl.Int8),
        pl.col("mane").replace_strict({"select": 0, "plus clinical": 1}, default=2, return_dtype=pl.Int8),
        ~pl.col("reviewed").fill_null(value=False),
        -pl.col("sources").cast(pl.Int32),
        pl.col("accession").str.len_chars(),
        pl.col("accession"),
    ]
    placed = placed.sort("id", "prefix", *order)
    return placed.with_columns(rank=pl.int_range(pl.len()).over("id", "prefix").cast(pl.Int32))


def folded_name(column: str) -> pl.Expr:
    """Fold a column of names as `resolver.identifiers.names.fold_name` does."""
    folded = pl.col(column).str.normalize("NFKC").str.to_lowercase()
    folded = folded.str.replace_many(list(GREEK), list(GREEK.values())).str.normalize("NFKC")
    return folded.str.replace_all(r"[\s\x1c-\x1f]+", " ").str.strip_chars()


def _name_table(facts: Facts, owners: pl.DataFrame, genes: pl.DataFrame) -> pl.DataFrame:
    """Return the names of each gene, each once, in its best kind and spelling; others are `spellings`."""
    symbols = genes.select(gene_name="gene", symbol="symbol")
    tiers = {kind.value: MATCH_TIERS[kind] for kind in NAME_KINDS}
    # The symbol of the gene's nomenclature committee is approved; another source's symbol is an alias.
    is_approved = (pl.col("text") == pl.col("symbol")) & prefix_of("gene").is_in(list(COMMITTEES))
    is_other_symbol = (pl.col("kind") == MatchKind.SYMBOL.value) & ~is_approved
    return (
        facts.frame("names")
        .collect()
        .join(owners, on="subject")
        .join(symbols, left_on="gene", right_on="gene_name")
        .join(genes.select("gene", "id"), on="gene")
        .with_columns(
            kind=pl.when(is_other_symbol).then(pl.lit(MatchKind.ALIAS.value)).otherwise("kind"),
            folded=folded_name("text"),
        )
        .with_columns(tier=pl.col("kind").replace_strict(tiers, return_dtype=pl.Int8))
        .group_by("folded", "id", "tier", "kind", "text")
        .agg(SOURCES)
        .pipe(with_evidence)
        .sort("folded", "id", "tier", "sources", "text", descending=[False, False, False, True, False])
        .with_columns(spellings=pl.col("text").unique(maintain_order=True).implode().over("folded", "id"))
        .unique(["folded", "id"], keep="first", maintain_order=True)
        .with_columns(
            spellings=pl.col("spellings").list.set_difference(pl.concat_list("text")).list.sort().list.join("\n")
        )
        .select("folded", "kind", "text", "spellings", "evidence", "tier", gene="id")
        .sort("folded", "tier", "gene")
    )


def _ortholog_table(facts: Facts, owners: pl.DataFrame, genes: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of human and mouse genes, with their support and cardinality class, both ways round.

    The class counts all partners that are stated, also those that have no record here: a cut of the genome must not
    make a 1:1 pair of an n:1. A pair that only an archived source reports is left out.
    """
    pairs = facts.frame("orthologs").collect()
    for side in ("human", "mouse"):
        named = owners.select(pl.col("subject").alias(side), pl.col("gene").alias("owner"))
        pairs = (
            pairs.join(named, on=side, how="left").with_columns(pl.coalesce("owner", side).alias(side)).drop("owner")
        )
    counted = (
        pairs.group_by("human", "mouse")
        .agg(SOURCES, support=organization().n_unique(), current=(~organization().is_in(list(ARCHIVED))).any())
        .filter("current")
        .pipe(with_evidence)
        .drop("sources", "current")
        .with_columns(
            mice=pl.col("mouse").n_unique().over("human"), humans=pl.col("human").n_unique().over("mouse")
        )
        .with_columns(
            cardinality=pl.when(humans=1, mice=1).then(pl.lit("1:1"))
            .when(humans=1).then(pl.lit("1:n"))
            .when(mice=1).then(pl.lit("n:1"))
            .otherwise(pl.lit("n:m"))
        )
    )  # fmt: skip
    for side, taxon in (("human", HUMAN), ("mouse", MOUSE)):
        of_species = genes.filter(pl.col("taxon") == taxon).select(
            pl.col("gene").alias(side), pl.col("id").alias(f"{side}_id")
        )
        counted = counted.join(of_species, on=side)
    columns = ("cardinality", "support", "evidence")
    both = pl.concat(
        [
            counted.select(*columns, gene=f"{side}_id", other=f"{other}_id")
            for side, other in (("human", "mouse"), ("mouse", "human"))
        ]
    ).sort("gene", "support", "other", descending=[False, True, False])
    return both.with_columns(rank=pl.int_range(pl.len()).over("gene").cast(pl.Int32))


def _retirement_table(facts: Facts, stated: pl.DataFrame) -> pl.DataFrame:
    """Return each retired identifier with its successors, or with none.

    UniProt's list is of all species: only what leads to an accession that a gene here has, or had, is taken.
    """
    retirements = facts.frame("retirements").collect()
    current = stated.select(curie=pl.col("prefix") + ":" + pl.col("accession")).unique()
    known = pl.concat([current, retirements.select(curie="retired").unique()])
    of_all_species = (prefix_of("retired") == "uniprot") & pl.col("successor").is_not_null()
    led = retirements.filter(of_all_species).join(known, left_on="successor", right_on="curie", how="semi")
    kept = pl.concat([retirements.filter(~of_all_species), led])
    # A row without a successor beside rows with one states only that the identifier itself is gone.
    has_successor = pl.col("successor").is_not_null().any().over("retired")
    return (
        kept.filter(pl.col("successor").is_not_null() | ~has_successor)
        .group_by("retired", "successor")
        .agg(
            pl.col("reason").min(),
            pl.col("date").max(),
            pl.col("label").min(),
            SOURCES,
        )
        .pipe(with_evidence)
        .drop("sources")
        .sort("retired", "successor", nulls_last=True)
    )
