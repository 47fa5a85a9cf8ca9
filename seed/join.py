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
    COMMITTEES,
    ENGINEERED,
    ENGINEERED_SYMBOL,
    READTHROUGH,
    READTHROUGH_NAME,
)
from resolver.identifiers.model import Level
from resolver.identifiers.namespaces import NAMESPACES, SYMBOL, list_showing
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.sources.base import Subject
from resolver.sources.registry import FILES

from .evidence import SOURCE_KEY, SOURCES, with_evidence
from .history import (
    build_retirement_table,
    find_gone,
    find_known_successors,
    find_retired_records,
    follow_replaced,
    retire_gone,
    settle_retirements,
)
from .names import build_name_table
from .owners import accession_of, date_of, find_owners, organization, prefix_of
from .ranks import rank_assignments, rank_identifiers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resolver.sources.base import Facts

_POSITION = ("chromosome", "start", "end", "strand", "assembly")
# Columns of few values take a byte a row.
_LEVEL = pl.Enum(sorted(level.value for level in Level))
_MANE = pl.Enum(["plus clinical", "select"])
_COMPACT = pl.Schema({"relation": _LEVEL, "source": SOURCE_KEY})
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


def join_facts(facts: Facts, dates: Mapping[str, str] | None = None) -> Joined:
    """Return the tables that the statements add up to. Cost grows with the number of statements times its logarithm.

    `dates` are those (ISO) of the files, by key: where files contradict each other, the newer one is believed.
    """
    dates = dates or {}
    records = facts.frame("genes").collect()
    # Whole chromosomes and contigs contain many genes and name none.
    is_assembly = (pl.col("prefix") == "refseq") & pl.col("accession").str.contains(ASSEMBLY_SEQUENCES)
    stated, rejected = _classified(facts.frame("identifiers").filter(~is_assembly).cast(_COMPACT).unique().collect())
    stated = _with_mane(stated, facts)
    is_own = pl.col("subject") == pl.col("prefix") + ":" + pl.col("accession")
    unplaced = stated.filter((pl.col("relation") == Level.PHENOTYPE.value) & is_own)
    retirements = settle_retirements(facts.frame("retirements").collect(), records, dates)
    retired = find_retired_records(retirements)
    known = find_known_successors(retirements, stated)
    # A retired identifier belongs to no gene; queries for it are answered by its history.
    current = follow_replaced(stated, retired)
    del stated  # it takes as much memory as all that follows
    gone = find_gone(current, records, dates)
    current = current.join(gone, on=["prefix", "accession"], how="anti")
    of_products = pl.col("source").is_in(PRODUCT_FILES)
    direct = current.filter(~of_products)
    owners = find_owners(records, direct, retired, dates)
    genes = _gene_table(records, owners, dates)
    current = pl.concat([direct, place_by_product(current.filter(of_products), direct, owners, genes, dates)])
    return Joined(
        genes=genes,
        identifiers=_identifier_table(
            records.join(retired, left_on="subject", right_on="retired", how="anti"),
            current,
            owners,
            genes,
            dates,
        ),
        names=build_name_table(facts.frame("names").collect(), owners, genes, dates),
        orthologs=_ortholog_table(facts, owners, genes),
        products=_product_table(facts),
        retirements=build_retirement_table(pl.concat([retirements, retire_gone(gone, owners)]), known),
        rejected=rejected,
        owners=owners,
        unplaced=unplaced.select("accession", "prefix", "relation").unique().sort("accession", "prefix"),
    )


def place_by_product(
    of_products: pl.DataFrame,
    direct: pl.DataFrame,
    owners: pl.DataFrame,
    genes: pl.DataFrame,
    dates: Mapping[str, str],
) -> pl.DataFrame:
    """Return statements about transcripts and proteins as statements about the genes that have these.

    A product belongs to the genes that the strongest of the `direct` statements assign it to. Statements about a
    product of no gene are dropped.
    """
    products = of_products.select(curie="subject").unique()
    named = direct.join(products, left_on=pl.col("prefix") + ":" + pl.col("accession"), right_on="curie", how="semi")
    placed = rank_assignments(named, owners, genes, dates).filter(pl.col("assignment_rank") == 0)
    curie = pl.col("prefix") + ":" + pl.col("accession")
    of_gene = placed.join(genes.select("id", owner="gene"), on="id").select("owner", curie=curie)
    moved = of_products.join(of_gene, left_on="subject", right_on="curie")
    return moved.with_columns(subject="owner").select(of_products.columns)


def _level_of(prefix: str) -> pl.Expr:
    """Return the level of each accession of a namespace by its shape; null where it has none of them."""
    level = pl.lit(None, dtype=pl.String)
    for namespace in NAMESPACES:
        if namespace is SYMBOL or namespace.prefix != prefix:
            continue
        for form in namespace.forms:
            fits = pl.col("accession").str.contains(f"^(?:{form.pattern})$")
            level = pl.when(fits).then(pl.lit(form.level.value)).otherwise(level)
    return level.cast(_LEVEL)


def _classified(stated: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split statements into those whose accession has a shape of its namespace, with its level, and the others."""
    # Each namespace by itself: the patterns of the others need not be searched for in its accessions.
    parts = [
        part.with_columns(level=_level_of(str(prefix)))
        for (prefix,), part in stated.partition_by("prefix", as_dict=True).items()
    ]
    fitting = [_with_relation(part.filter(pl.col("level").is_not_null())) for part in parts]
    misfits = [
        part.filter(pl.col("level").is_null()).select("prefix", "accession", "subject", "source") for part in parts
    ]
    empty = stated.clear().with_columns(level=pl.lit(None, dtype=_LEVEL))
    rejected = pl.concat([empty.select("prefix", "accession", "subject", "source"), *misfits])
    return pl.concat([empty, *fitting]), rejected.cast({"source": pl.String}).sort(pl.all())


def _with_relation(stated: pl.DataFrame) -> pl.DataFrame:
    """Return the statements of a namespace, each with the relation that any of them states of its accession."""
    if stated["relation"].null_count() == stated.height:
        return stated
    # What a MIM number is, is the same whoever links it to a gene; HGNC does not say which of its are phenotypes.
    # One that is stated to be both is a phenotype (most often of a region, such as DiGeorge's), unless HGNC has it.
    is_phenotype = (pl.col("relation") == Level.PHENOTYPE.value).any().over("accession")
    has_gene = (organization() == COMMITTEES["hgnc"]).any().over("accession")
    relation = (
        pl.when(is_phenotype & ~has_gene)
        .then(pl.lit(Level.PHENOTYPE.value, dtype=_LEVEL))
        .otherwise(pl.coalesce("relation", pl.col("relation").min().over("accession")))
    )
    return stated.with_columns(relation=relation)


def _gene_table(records: pl.DataFrame, owners: pl.DataFrame, dates: Mapping[str, str]) -> pl.DataFrame:
    """Return one row for each gene, its attributes taken from the first source that states them."""
    is_engineered = (pl.col("taxon") == MOUSE) & pl.col("symbol").str.contains(ENGINEERED_SYMBOL)
    rows = records.join(owners, on="subject").with_columns(
        organization=organization(),
        date=date_of(dates),
        # A gene's own record goes before a record that only belongs to it.
        other=pl.col("subject") != pl.col("gene"),
        position=pl.when(pl.col("start").is_not_null()).then(pl.struct(_POSITION)),
        chromosome_alone="chromosome",
    )
    genes = rows.group_by("gene").agg(
        pl.col("taxon").drop_nulls().first(),
        readthrough=((pl.col("gene_type") == READTHROUGH) | pl.col("name").str.contains(READTHROUGH_NAME)).any(),
        engineered=((pl.col("gene_type") == ENGINEERED) | is_engineered).any(),
    )
    policies = {name: name for name in ("symbol", "name", "gene_type", "map_location", "position")}
    for attribute, policy in (policies | {"chromosome_alone": "map_location"}).items():
        genes = genes.join(_first_stated(rows, attribute, policy), on="gene", how="left")
    genes = (
        genes.with_columns(
            gene_type=pl.when("readthrough")
            .then(pl.lit(READTHROUGH))
            .when("engineered")
            .then(pl.lit(ENGINEERED))
            .otherwise("gene_type"),
            order=accession_of("gene").str.extract("([0-9]+)$", 1).cast(pl.Int64),
            symbol=pl.coalesce("symbol", _symbol_of_unnamed(), "gene"),
        )
        .sort("taxon", prefix_of("gene"), "order", "gene")
        .unnest("position")
        .with_columns(chromosome=pl.coalesce("chromosome", "chromosome_alone"))
    )
    return genes.with_row_index("id", offset=1).select(
        "id", "gene", "taxon", "symbol", "name", "gene_type", *_POSITION, "map_location", "readthrough"
    )


def _first_stated(rows: pl.DataFrame, attribute: str, policy: str) -> pl.DataFrame:
    """Return (gene, attribute): what the first of the sources that state an attribute of a gene states."""
    order = {name: rank for rank, name in enumerate(ATTRIBUTE_SOURCES[policy])}
    rank = pl.col("organization").replace_strict(order, default=len(order), return_dtype=pl.Int8)
    # Of the files of one organization the newest goes first.
    order_of_rows = [pl.col("gene"), rank, "other", "alternate", pl.col("date"), "source", attribute]
    newest_first = [position == 4 for position in range(len(order_of_rows))]
    return (
        rows.filter(pl.col(attribute).is_not_null())
        .sort(order_of_rows, descending=newest_first)
        .unique("gene", keep="first", maintain_order=True)
        .select("gene", attribute)
    )


def _symbol_of_unnamed() -> pl.Expr:
    """Return what Ensembl and NCBI call a gene of theirs that has no symbol: its accession, and LOC with its number."""
    prefix, accession = prefix_of("gene"), accession_of("gene")
    return pl.when(prefix == "ensembl").then(accession).when(prefix == "ncbigene").then(pl.lit("LOC") + accession)


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
    dates: Mapping[str, str],
) -> pl.DataFrame:
    """Return one row for each gene and identifier, with evidence and ranks, by namespace, gene and rank."""
    own = records.select(
        "subject",
        prefix=prefix_of("subject"),
        accession=accession_of("subject"),
        version=pl.lit(None, dtype=pl.Int32),
        relation=pl.lit(None, dtype=_LEVEL),
        reviewed=pl.lit(None, dtype=pl.Boolean),
        source=pl.col("source").cast(SOURCE_KEY),
        level=pl.lit(Level.GENE.value, dtype=_LEVEL),
        mane=pl.lit(None, dtype=_MANE),
    )
    placed = _with_reviewed(rank_assignments(pl.concat([stated, own]), owners, genes, dates))
    return (
        rank_identifiers(placed)
        .select(
            "accession", "prefix", "relation", "version", "reviewed", "mane", "alternate", "assignment_rank", "rank",
            "evidence", gene="id",
        )
    )  # fmt: skip


def _with_mane(stated: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Return the statements with `mane`, the mark of the file that makes the statement: no other gene has it."""
    tagged = (
        facts.frame("products")
        .filter(pl.col("mane").is_not_null())
        .cast({"source": SOURCE_KEY, "mane": _MANE})
        .collect()
    )
    marks = (
        pl.concat([tagged.select("source", "mane", curie=side) for side in ("transcript", "protein")])
        .group_by("source", prefix=prefix_of("curie"), accession=accession_of("curie"))
        .agg(pl.col("mane").max())
    )
    return stated.join(marks, on=["source", "prefix", "accession"], how="left")


def _with_reviewed(placed: pl.DataFrame) -> pl.DataFrame:
    """Fill in what is unreviewed: the lists of reviewed entries are complete for each gene that they name."""
    is_entry = pl.col("prefix").is_in(list_showing("reviewed"))
    covered = pl.col("reviewed").any().over("id", "prefix")
    reviewed = pl.when(covered).then(pl.col("reviewed").fill_null(value=False)).otherwise("reviewed")
    return pl.concat([placed.filter(is_entry).with_columns(reviewed=reviewed), placed.filter(~is_entry)])


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
