"""Make statements of upstream files from a few cells, join them, and look into the tables."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from resolver.identifiers.species import HUMAN
from resolver.sources.base import Facts, gene_facts, identifier_facts, name_facts, product_facts, retirement_facts
from seed.join import Joined, join_facts

HGNC, NCBI, ENSEMBL = "hgnc.complete_set", "ncbi.gene_info.human", "ensembl.entrez.human"
UNIPROT, MGI = "uniprot.idmapping.human", "mgi.alliance_homology"
LIST, MODELS, MOUSE_GENES = "mgi.marker_list", "mgi.gene_models", "ncbi.gene_info.mouse"
HISTORY, WITHDRAWN, MANE, GTF = "ncbi.gene_history", "hgnc.withdrawn", "ncbi.mane", "ensembl.annotation.human"


def rows(columns: str, *cells: tuple[object, ...]) -> pl.LazyFrame:
    """Return a frame; `columns` are their names, separated by blanks."""
    return pl.LazyFrame(cells, schema=columns.split(), orient="row")


def genes(source: str, *cells: tuple[str, str], taxon: int = HUMAN, gene_type: str | None = None) -> Facts:
    """Return gene records: (CURIE, symbol)."""
    frame = rows("subject symbol", *cells)
    kind = pl.lit(gene_type, dtype=pl.String)
    subject, symbol = pl.col("subject"), pl.col("symbol")
    return Facts(
        genes=[gene_facts(frame, source, subject=subject, taxon=taxon, symbol=symbol, gene_type=kind)],
        names=[name_facts(frame, source, subject=subject, kind="symbol", name=symbol)],
    )


def links(source: str, prefix: str, *cells: tuple[str, str], reviewed: bool | None = None) -> Facts:
    """Return statements (CURIE of a record, accession in `prefix`)."""
    frame = rows("subject accession", *cells)
    subject, accession = pl.col("subject"), pl.col("accession")
    stated = identifier_facts(frame, source, subject=subject, prefix=prefix, accession=accession, reviewed=reviewed)
    return Facts(identifiers=[stated])


def retirements(source: str, *cells: tuple[str, str | None]) -> Facts:
    """Return retirements (retired, successor)."""
    frame = rows("retired successor", *cells)
    successor = pl.col("successor").cast(pl.String)
    stated = retirement_facts(frame, source, retired=pl.col("retired"), successor=successor, reason=pl.lit("replaced"))
    return Facts(retirements=[stated])


def aliases(source: str, *cells: tuple[str, str]) -> Facts:
    """Return statements (CURIE, alias)."""
    stated = name_facts(rows("subject name", *cells), source, subject=pl.col("subject"), kind="alias",
                        name=pl.col("name"))  # fmt: skip
    return Facts(names=[stated])


def located(source: str, subject: str, start: int, *, chromosome: str = "1", taxon: int = HUMAN) -> Facts:
    """Return a record with a place."""
    frame = rows("subject start", (subject, start))
    place = {"start": pl.col("start"), "end": pl.col("start") + 9, "chromosome": pl.lit(chromosome)}
    return Facts(genes=[gene_facts(frame, source, subject=pl.col("subject"), taxon=taxon, **place)])


def selected(*cells: tuple[str, str]) -> Facts:
    """Return MANE Select pairs (transcript, protein) of Ensembl."""
    frame = rows("rna protein", *cells)
    return Facts(
        products=[
            product_facts(frame, MANE, prefix="ensembl", transcript="rna", protein="protein", mane=pl.lit("select"))
        ]
    )


def joined(*parts: Facts, dates: Mapping[str, str] | None = None) -> Joined:
    """Return the tables of all statements; `dates` are those of the files, by key."""
    facts = Facts()
    for part in parts:
        facts.extend(part)
    return join_facts(facts, dates)


def accessions(tables: Joined, symbol: str, prefix: str) -> list[str]:
    """Return what a gene has in a namespace, best first."""
    named = tables.genes.filter(symbol=symbol).select(gene="id")
    return tables.identifiers.join(named, on="gene").filter(prefix=prefix).sort("rank")["accession"].to_list()


def places(tables: Joined, accession: str) -> dict[str, int]:
    """Return the symbols of the genes that have an accession, with its assignment rank on each."""
    named = tables.genes.select("symbol", gene="id")
    placed = tables.identifiers.filter(accession=accession).join(named, on="gene")
    return dict(placed.select("symbol", "assignment_rank").rows())


def names(tables: Joined, symbol: str) -> dict[str, str]:
    """Return the kind of each name of a gene."""
    named = tables.genes.filter(symbol=symbol).select(gene="id")
    return dict(tables.names.join(named, on="gene").select("text", "kind").rows())


def cardinalities(tables: Joined, symbol: str) -> list[tuple[str, str]]:
    """Return a gene's orthologs with the class of each pair."""
    gene, other = (tables.genes.select(pl.col("symbol").alias(side), pl.col("id").alias(side + "_id")) for side in "ab")
    pairs = tables.orthologs.join(gene, left_on="gene", right_on="a_id").join(other, left_on="other", right_on="b_id")
    return pairs.filter(a=symbol).sort("rank").select("b", "cardinality").rows()


def history(tables: Joined, retired: str) -> list[tuple[str | None, str, str]]:
    """Return the successors of a retired id, each with the reason and the evidence."""
    found = tables.retirements.filter(retired=retired)
    return found.select("successor", "reason", "evidence").rows()
