"""Compile the starter tables: cut what the upstream files state about the chosen genes, and write it our way.

    python -m seed.starter.compile --from FOLDER_OF_UPSTREAM_FILES

Which genes, and why, is said in families.toml; how old each upstream file is, in upstream.tsv. The tables that this
writes are checked in, so that nobody needs the upstream files to build the starter release.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from resolver.errors import InputError, ResolverError
from resolver.identifiers.species import SPECIES
from resolver.sources.base import SCHEMAS, Facts
from resolver.sources.registry import BY_KEY
from seed.join import Joined, join_facts
from seed.owners import accession_of, prefix_of
from seed.stages import digest_file
from seed.upstream import find_upstream_files, read_upstream_file, scan_upstream_file

from .layout import (
    EVIDENCE_COLUMNS,
    EVIDENCE_TABLE,
    FAMILIES,
    SOURCES_COLUMNS,
    SOURCES_TABLE,
    TABLES,
    TABLES_OF_FACTS,
    UPSTREAM,
    UPSTREAM_COLUMNS,
    StarterTable,
)
from .read import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

# How many retirements in a row are followed back from an identifier of today.
_HISTORY_DEPTH = 8


def compile_starter(folders: Sequence[Path], tables: Path = TABLES) -> dict[str, int]:
    """Write the starter tables from upstream files in `folders`; return the number of rows of each file written."""
    dated = read_table(UPSTREAM, UPSTREAM_COLUMNS)
    files = [BY_KEY[key] for key in dated["key"]]
    found = find_upstream_files(folders, files)
    missing = [file.patterns[0] for file in files if file.key not in found]
    if missing:
        raise InputError(
            f"these upstream files are missing: {', '.join(missing)}",
            hint="Name their folder with --from; resolver/sources tells where each is published.",
        )
    facts = Facts()
    for file in files:
        facts.extend(read_upstream_file(file, found[file.key], found))
    cut = cut_facts(facts, read_chosen_symbols(found["hgnc.complete_set"]))
    tables.mkdir(parents=True, exist_ok=True)
    for old in tables.glob("*.tsv*"):
        old.unlink()
    written = _write_tables(tables, cut)
    _write_sources(tables / SOURCES_TABLE.name, dated, found)
    return written


def read_chosen_symbols(complete_set: Path, families: Path = FAMILIES) -> list[str]:
    """Return the approved symbols that families.toml asks for, its HGNC gene groups expanded.

    Raises InputError where it names a gene or a group that HGNC's complete set does not hold.
    """
    rows = scan_upstream_file(BY_KEY["hgnc.complete_set"], complete_set).select("symbol", "gene_group").collect()
    groups: dict[str, list[str]] = {}
    grouped = rows.with_columns(pl.col("gene_group").str.split("|")).explode("gene_group").drop_nulls()
    for symbol, group in grouped.iter_rows():
        groups.setdefault(group, []).append(symbol)
    chosen: set[str] = set()
    unknown: set[str] = set()
    approved = set(rows["symbol"])
    for family in tomllib.loads(families.read_text(encoding="utf-8"))["family"]:
        genes = set(family.get("genes", ()))
        wanted = set(family.get("hgnc_groups", ()))
        unknown |= (genes - approved) | (wanted - groups.keys())
        chosen |= genes.union(*(groups.get(group, ()) for group in wanted))
    if unknown:
        raise InputError(
            f"{families.name} names what HGNC does not hold: {', '.join(sorted(unknown))}",
            hint="Look the approved symbols and group names up at genenames.org.",
        )
    return sorted(chosen)


def cut_facts(facts: Facts, symbols: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Return the statements about the human genes called `symbols` and their mouse orthologs, by kind of fact."""
    joined = join_facts(facts)
    chosen = _choose_genes(joined, symbols)
    subjects = joined.owners.join(chosen, on="gene").select("subject", "species").unique("subject")
    identifiers = facts.frame("identifiers").unique().collect().join(subjects, on="subject", how="semi")
    held = identifiers.select(curie=pl.col("prefix") + ":" + pl.col("accession")).unique()
    names = facts.frame("names").unique().collect().join(subjects, on="subject", how="semi")
    products = facts.frame("products").unique().collect()
    return {
        "subjects": subjects,
        # A record that states nothing but that the gene exists is not needed for a gene that others record.
        "genes": facts.frame("genes")
        .filter(pl.any_horizontal(pl.col("symbol", "chromosome").is_not_null()))
        .unique()
        .collect()
        .join(subjects, on="subject", how="semi"),
        "identifiers": identifiers,
        "names": names,
        "orthologs": _cut_orthologs(facts, joined, chosen),
        "products": products.join(held, left_on="transcript", right_on="curie", how="semi"),
        "retirements": _cut_retirements(facts.frame("retirements").unique().collect(), held, names),
    }


def _choose_genes(joined: Joined, symbols: Sequence[str]) -> pl.DataFrame:
    """Return (gene, species) of the human genes called `symbols` and of their mouse orthologs."""
    human = joined.genes.filter(pl.col("symbol").is_in(list(symbols)) & (prefix_of("gene") == "hgnc"))
    partners = joined.orthologs.join(human, left_on="gene", right_on="id", how="semi").select("other")
    mouse = joined.genes.join(partners, left_on="id", right_on="other", how="semi")
    species = {taxon: known.name for taxon, known in SPECIES.items()}
    named = pl.col("taxon").replace_strict(species, return_dtype=pl.String)
    return pl.concat([human, mouse]).select("gene", species=named)


def _cut_orthologs(facts: Facts, joined: Joined, chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that a chosen gene is in, also those whose other gene is not: cardinality depends on them.

    Both sides are named by their gene, so that a gene counts once, whatever record a source names it by.
    """
    pairs = facts.frame("orthologs").collect()
    for side in ("human", "mouse"):
        named = joined.owners.select(pl.col("subject").alias(side), pl.col("gene").alias("owner"))
        pairs = (
            pairs.join(named, on=side, how="left").with_columns(pl.coalesce("owner", side).alias(side)).drop("owner")
        )
    in_pair = [pairs.join(chosen, left_on=side, right_on="gene", how="semi") for side in ("human", "mouse")]
    return pl.concat(in_pair).unique().select(list(SCHEMAS["orthologs"]))


def _cut_retirements(retirements: pl.DataFrame, held: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return what leads to an identifier that is held, in several steps too.

    What died without an heir is kept if one of the chosen genes is known by the symbol that it had.
    """
    symbols = names.filter(pl.col("kind") != "full_name").select(label="text").unique()
    kept = [retirements.filter(pl.col("successor").is_null()).join(symbols, on="label", how="semi")]
    heirs = held
    for _ in range(_HISTORY_DEPTH):
        step = retirements.join(heirs, left_on="successor", right_on="curie", how="semi")
        if step.is_empty():
            break
        kept.append(step)
        heirs = step.select(curie="retired")
    return pl.concat(kept).unique()


def _pack(table: StarterTable, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as they are written, but for `sources`, which is still spelled out.

    Statements that differ only in their source or in the packed value share a row.
    """
    if table.kind == "identifiers":
        version = (
            pl.when(pl.col("version").is_null()).then(pl.lit("")).otherwise("." + pl.col("version").cast(pl.String))
        )
        has_shape = pl.col("prefix").is_in(["ensembl", "refseq", "uniprot"])
        lead = pl.when(has_shape).then(pl.lit("")).otherwise(pl.col("prefix") + ":")
        rows = rows.with_columns(
            identifiers=lead + pl.col("accession") + version,
            reviewed=pl.col("reviewed").replace_strict({True: "yes", False: "no"}, return_dtype=pl.String),
        )
    elif table.kind == "products":
        rows = rows.with_columns(accession_of("transcript"), accession_of("protein"))
    elif table.kind == "names":
        rows = rows.rename({"text": "names"})
    kept = [name for name in (*table.columns, "part") if name != "evidence"]
    rows = rows.group_by(kept).agg(sources=pl.col("source").unique().sort().str.join(","))
    if table.packed is not None:
        single = [name for name in (*kept, "sources") if name != table.packed]
        packed = pl.col(table.packed)
        ordered = packed.unique().sort_by([packed.unique().str.len_chars(), packed.unique()])
        rows = rows.group_by(single).agg(ordered.str.join(table.separator))
    return rows


def _with_part(table: StarterTable, rows: pl.DataFrame, subjects: pl.DataFrame) -> pl.DataFrame:
    """Name the file that each row goes to, where a kind of fact is spread over several."""
    if table.split is None:
        return rows.with_columns(part=pl.lit(""))
    species = "." + pl.col("species")
    part = species if table.split == "species" else species + "." + prefix_of("subject")
    return rows.join(subjects, on="subject").with_columns(part=part)


def _evidence_code(sources: str) -> str:
    """Return a short code that depends on the set of files alone: tables compiled anew differ where facts do."""
    return "e" + hashlib.sha256(sources.encode()).hexdigest()[:4]


def _write_tables(folder: Path, cut: dict[str, pl.DataFrame]) -> dict[str, int]:
    """Write every kind of fact, and the codes of the evidence; return the number of rows of each file."""
    packed = {t.kind: _pack(t, _with_part(t, cut[t.kind], cut["subjects"])) for t in TABLES_OF_FACTS}
    evidence = (
        pl.concat([rows.select("sources") for rows in packed.values()])
        .unique()
        .sort("sources")
        .with_columns(evidence=pl.col("sources").map_elements(_evidence_code, return_dtype=pl.String))
        .select(EVIDENCE_COLUMNS)
    )
    assert evidence["evidence"].is_unique().all(), "two sets of files have one code: make the codes longer"  # noqa: S101
    written = {EVIDENCE_TABLE.name: evidence}
    for table in TABLES_OF_FACTS:
        rows = packed[table.kind].join(evidence, on="sources")
        for (part,), frame in rows.group_by("part"):
            written[f"{table.kind}{part}.tsv.gz"] = frame.select(table.columns).sort(table.columns, nulls_last=True)
    for name, frame in written.items():
        content = frame.write_csv(separator="\t", quote_style="never", null_value="").encode()
        # No name and no time in the header: the same facts give the same file.
        (folder / name).write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    return {name: frame.height for name, frame in sorted(written.items())}


def _write_sources(path: Path, dated: pl.DataFrame, found: dict[str, Path]) -> None:
    lines = ["\t".join(SOURCES_COLUMNS)]
    for stated in dated.with_columns(pl.all().fill_null("")).sort("key").to_dicts():
        file = BY_KEY[stated["key"]]
        row = stated | {
            "source": file.source,
            "file": found[file.key].name,
            "url": file.url,
            "licence": file.license,
            "sha256": digest_file(found[file.key]),
        }
        lines.append("\t".join(str(row[name]) for name in SOURCES_COLUMNS))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m seed.starter.compile", description=compile_starter.__doc__)
    parser.add_argument("--from", dest="folders", type=Path, action="append", required=True, metavar="DIR")
    try:
        written = compile_starter(parser.parse_args(arguments).folders)
    except ResolverError as error:
        sys.stderr.write(f"{error}\n{error.hint or ''}\n")
        return 1
    for name, rows in written.items():
        sys.stdout.write(f"{rows:>8,}  {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
