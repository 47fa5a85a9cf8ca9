"""The starter facts: what they contain, how they are read, and whether the upstream files still say so."""

from __future__ import annotations

import gzip
import re
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest

from resolver.errors import InputError, UnreadableTable
from resolver.sources.base import SCHEMAS, Facts
from resolver.sources.registry import BY_KEY, FILES
from resolver.store.release import get_current_release
from seed.evidence import CURATED_KEY
from seed.join import level_of
from seed.owners import find_owners, find_retired_genes
from seed.starter.compile import compile_starter, read_chosen_symbols
from seed.starter.layout import FAMILIES, TABLES
from seed.starter.read import read_starter_facts, read_starter_sources, read_table
from seed.upstream import find_upstream_files, read_upstream_file


@pytest.fixture(scope="module")
def starter() -> Facts:
    return read_starter_facts()


@pytest.fixture(scope="module")
def upstream(upstream_folder: Path) -> Facts:
    found = find_upstream_files([upstream_folder], FILES)
    facts = Facts()
    for file in FILES:
        if file.key in found:
            facts.extend(read_upstream_file(file, found[file.key], found))
    return facts


def test_it_holds_two_thousand_human_genes_and_their_mouse_orthologs(data_dir: Path) -> None:
    counts = get_current_release(data_dir).manifest["counts"]
    assert counts["genes"]["human"] >= 2000
    assert counts["genes"]["mouse"] >= 2000
    assert counts["ortholog_pairs"] >= 2000


@pytest.mark.parametrize(
    "row",
    ["ncbigene gene", "ensembl gene", "ensembl transcript", "uniprot protein", "refseq transcript", "refseq protein",
     "homologene group"],
)  # fmt: skip
def test_every_namespace_is_filled_for_both_species(data_dir: Path, row: str) -> None:
    counts = get_current_release(data_dir).manifest["counts"]["identifiers"][row]
    assert counts["human"] >= 2000
    assert counts["mouse"] >= 2000


def test_every_family_says_why_it_is_there() -> None:
    families = tomllib.loads(FAMILIES.read_text(encoding="utf-8"))["family"]
    assert len(families) >= 40
    assert all(family["name"] and family["why"] for family in families)


def test_every_fact_has_a_source_with_an_upstream_date(starter: Facts) -> None:
    dated = {source["key"] for source in read_starter_sources() if source["upstream_date"] and source["license"]}
    for kind in SCHEMAS:
        stated = set(starter.frame(kind).select(pl.col("source").unique()).collect()["source"])
        assert stated <= dated | {CURATED_KEY}


def test_facts_agree_with_the_upstream_files(
    starter: Facts, upstream: Facts, capsys: pytest.CaptureFixture[str]
) -> None:
    agreeing = 0
    total = 0
    disagreeing = {}
    for kind in SCHEMAS:
        stated = starter.frame(kind).unique().collect()
        known = upstream.frame(kind).unique().collect()
        if kind == "orthologs":
            known = _named_by_gene(known, upstream)
        unknown = stated.join(known, on=known.columns, how="anti", nulls_equal=True)
        ours = unknown.filter(pl.col("source") == CURATED_KEY)
        total += stated.height
        agreeing += stated.height - unknown.height
        if unknown.height > ours.height:
            disagreeing[kind] = unknown.filter(pl.col("source") != CURATED_KEY).head(5).to_dicts()
    with capsys.disabled():
        share = agreeing / total
        sys.stdout.write(f"\n{agreeing:,} of {total:,} starter facts ({share:.4%}) are in the upstream files; ")
        sys.stdout.write(f"the other {total - agreeing} we added by hand\n")
    assert disagreeing == {}
    assert total > 300_000


def _named_by_gene(pairs: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    stated = facts.frame("identifiers").unique().collect().with_columns(level=level_of())
    owners = find_owners(facts.frame("genes").collect(), stated, find_retired_genes(facts))
    for side in ("human", "mouse"):
        named = owners.select(pl.col("subject").alias(side), pl.col("gene").alias("owner"))
        pairs = pairs.join(named, on=side, how="left").with_columns(pl.coalesce("owner", side).alias(side))
        pairs = pairs.drop("owner")
    return pairs.unique()


# Namespaces that are newer than the checked-in tables.
_NEWER = re.compile(rb" ?\b(?:vega|ccds):[A-Z0-9.]+")


def _read_table(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _without_newer(table: bytes) -> bytes:
    """Return a compiled table without the identifiers of newer namespaces, and without rows that have no others."""
    rows = [(row, _NEWER.sub(b"", row).replace(b"\t ", b"\t")) for row in table.splitlines(keepends=True)]
    return b"".join(rest for row, rest in rows if rest == row or not rest.endswith(b"\t\n"))


def test_compiling_again_gives_the_tables_that_are_checked_in(upstream_folder: Path, tmp_path: Path) -> None:
    compile_starter([upstream_folder], tmp_path)
    ours = {path.name: _read_table(path) for path in TABLES.glob("*.tsv*")}
    again = {path.name: _read_table(path) for path in tmp_path.glob("*.tsv*")}
    assert sorted(again) == sorted(ours)
    assert [name for name in ours if _without_newer(again[name]) != ours[name]] == []


def test_a_folder_without_upstream_files_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"hgnc_complete_set"):
        compile_starter([tmp_path], tmp_path)


def test_a_gene_or_group_that_hgnc_does_not_hold_is_named(tmp_path: Path) -> None:
    complete_set = tmp_path / "hgnc_complete_set.txt"
    columns = (*BY_KEY["hgnc.complete_set"].layout.columns, "gene_group")
    values = {"symbol": "IL7", "gene_group": "Interleukins"}
    complete_set.write_text("\t".join(columns) + "\n" + "\t".join(values.get(name, "") for name in columns) + "\n")
    families = tmp_path / "families.toml"
    families.write_text('[[family]]\nname = "x"\nwhy = "y"\ngenes = ["IL7", "NOSUCH1"]\nhgnc_groups = ["Nonesuch"]\n')
    with pytest.raises(InputError, match="NOSUCH1, Nonesuch"):
        read_chosen_symbols(complete_set, families)


def test_a_row_that_is_too_short_is_refused_with_its_line(tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    table.write_text("# comment\na\tb\n1\t2\n3\n")
    with pytest.raises(UnreadableTable, match="line 4") as caught:
        read_table(table, ("a", "b"))
    assert caught.value.line == 4


def test_a_header_that_differs_is_refused_with_what_was_found(tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    table.write_text("a\tc\n")
    with pytest.raises(UnreadableTable, match="a, b; found a, c"):
        read_table(table, ("a", "b"))
