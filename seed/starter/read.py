"""Reading the starter tables back into facts."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from resolver.errors import UnreadableTable
from resolver.sources.base import SCHEMAS, Facts

from ..evidence import CURATED_KEY
from .layout import (
    CURATED,
    EVIDENCE_COLUMNS,
    EVIDENCE_TABLE,
    SOURCES_COLUMNS,
    SOURCES_TABLE,
    TABLES,
    TABLES_OF_FACTS,
    StarterTable,
)

if TYPE_CHECKING:
    from pathlib import Path

_CURATED_COLUMNS = ("subject", "kind", "value", "why")


def read_starter_facts(tables: Path = TABLES, curated: Path = CURATED) -> Facts:
    """Return all facts of the starter, those that we wrote by hand included.

    Raises UnreadableTable, naming file and line, where a table breaks its layout.
    """
    facts = Facts()
    evidence = read_table(tables / EVIDENCE_TABLE.name, EVIDENCE_COLUMNS).lazy()
    sources = evidence.with_columns(source=pl.col("sources").str.split(",")).explode("source")
    for table in TABLES_OF_FACTS:
        for path in sorted(tables.glob(f"{table.kind}*.tsv.gz")):
            getattr(facts, table.kind).append(_read_facts(path, table, sources))
    facts.extend(read_curated_facts(curated))
    return facts


def read_starter_sources(path: Path = SOURCES_TABLE) -> list[dict[str, Any]]:
    """Return the upstream files that the starter facts come from."""
    return read_table(path, SOURCES_COLUMNS).rename({"licence": "license"}).fill_null("").to_dicts()


def read_table(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """Return a table of ours, every cell as text, empty cells as null; lines that begin with # are comments."""
    try:
        content = path.read_bytes()
        lines = (gzip.decompress(content) if path.suffix == ".gz" else content).decode().split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UnreadableTable(str(error), path=str(path)) from error
    rows = [(number, line.split("\t")) for number, line in enumerate(lines, 1) if line and not line.startswith("#")]
    if not rows or tuple(rows[0][1]) != columns:
        found = ", ".join(rows[0][1]) if rows else "nothing"
        raise UnreadableTable(f"the columns should be {', '.join(columns)}; found {found}", path=str(path), line=1)
    for number, cells in rows[1:]:
        if len(cells) != len(columns):
            raise UnreadableTable(
                f"{len(columns)} columns were expected, found {len(cells)}", path=str(path), line=number
            )
    cells_by_column = zip(*(cells for _, cells in rows[1:]), strict=True) if len(rows) > 1 else [()] * len(columns)
    frame = pl.DataFrame(
        {name: list(cells) for name, cells in zip(columns, cells_by_column, strict=True)},
        schema=cast("pl.Schema", dict.fromkeys(columns, pl.String)),
    )
    return frame.with_columns(pl.all().replace("", None))


def _read_facts(path: Path, table: StarterTable, sources: pl.LazyFrame) -> pl.LazyFrame:
    frame = read_table(path, table.columns).lazy()
    if table.packed is not None:
        frame = frame.with_columns(pl.col(table.packed).str.split(table.separator)).explode(table.packed)
    frame = frame.join(sources, on="evidence", how="left")
    if table.kind == "identifiers":
        written = pl.col("identifiers")
        frame = frame.with_columns(
            prefix=pl.coalesce(written.str.extract("^([^:]+):", 1), _prefix_by_shape(written)),
            accession=written.str.extract(r"([^:.]+)(?:\.[0-9]+)?$", 1),
            version=written.str.extract(r"\.([0-9]+)$", 1),
            reviewed=pl.col("reviewed").replace_strict({"yes": True, "no": False}, return_dtype=pl.Boolean),
        )
    elif table.kind == "products":
        frame = frame.with_columns(_with_prefix(pl.col(side)).alias(side) for side in ("transcript", "protein"))
    elif table.kind == "names":
        frame = frame.rename({"names": "text"})
    return frame.select(list(SCHEMAS[table.kind])).cast(SCHEMAS[table.kind])


def _prefix_by_shape(accession: pl.Expr) -> pl.Expr:
    return (
        pl.when(accession.str.starts_with("ENS"))
        .then(pl.lit("ensembl"))
        .when(accession.str.contains("^[A-Z][A-Z]_"))
        .then(pl.lit("refseq"))
        .otherwise(pl.lit("uniprot"))
    )


def _with_prefix(accession: pl.Expr) -> pl.Expr:
    return _prefix_by_shape(accession) + ":" + accession


def read_curated_facts(path: Path = CURATED) -> Facts:
    """Return the facts that we wrote by hand: a kind is a kind of name, or the prefix of an identifier."""
    frame = read_table(path, _CURATED_COLUMNS).lazy().with_columns(source=pl.lit(CURATED_KEY))
    is_name = pl.col("kind").is_in(["alias", "full_name"])
    names = frame.filter(is_name).select("subject", "kind", text="value", source="source")
    identifiers = frame.filter(~is_name).select(
        "subject",
        prefix="kind",
        accession="value",
        version=pl.lit(None),
        relation=pl.lit(None),
        reviewed=pl.lit(None),
        source="source",
    )
    return Facts(
        identifiers=[identifiers.cast(SCHEMAS["identifiers"])],
        names=[names.cast(SCHEMAS["names"])],
    )
