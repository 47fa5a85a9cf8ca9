"""What a search box is offered: in which order, how much of it, and without reading what is not shown."""

from __future__ import annotations

import sqlite3

import pytest

from resolver.errors import BadOption
from resolver.identifiers.names import fold_name
from resolver.resolve.resolver import Resolver
from resolver.resolve.search import MAX_LIMIT, Hit, search
from resolver.store.gene_reader import GeneReader
from resolver.store.gene_statements import NAMES_AFTER


@pytest.fixture(scope="module")
def reader(resolver: Resolver) -> GeneReader:
    return resolver.reader


def _hits(reader: GeneReader, text: str, limit: int = MAX_LIMIT, taxon: int | None = None) -> list[Hit]:
    return list(search(reader, text, limit=limit, taxon=taxon).hits)


@pytest.mark.parametrize("beginning", ["i", "il", "il7", "tnf", "a", "9", "interleukin", "p53", "c1"])
def test_symbols_go_first_in_alphabetical_order(reader: GeneReader, beginning: str) -> None:
    named = [hit for hit in _hits(reader, beginning) if hit.kind != "identifier"]
    symbols = [fold_name(hit.text) for hit in named if hit.kind == "symbol"]
    assert symbols == sorted(symbols)
    assert [hit.kind == "symbol" for hit in named[: len(symbols)]] == [True] * len(symbols)
    assert all(fold_name(hit.text).startswith(beginning) for hit in named)


@pytest.mark.parametrize("beginning", ["i", "il", "tnf", "krt", "interleukin"])
def test_the_hits_are_those_of_a_look_at_every_name(reader: GeneReader, beginning: str) -> None:
    connection = sqlite3.connect(reader.release.database)
    rows = connection.execute(
        "SELECT n.gene_id FROM name n WHERE substr(n.folded, 1, ?) = ?"
        " ORDER BY n.tier, n.folded, n.taxon <> 9606, n.gene_id",
        (len(beginning), beginning),
    ).fetchall()
    connection.close()
    expected = list(dict.fromkeys(gene_id for (gene_id,) in rows))
    assert [hit.gene.id for hit in _hits(reader, beginning)] == expected[:MAX_LIMIT]


def test_each_gene_is_listed_once_under_its_best_name(reader: GeneReader) -> None:
    hits = _hits(reader, "il7")
    assert len({hit.gene.id for hit in hits}) == len(hits)
    assert [(hit.gene.symbol, hit.kind) for hit in hits[:4]] == [
        ("IL7", "symbol"), ("Il7", "symbol"), ("IL7R", "symbol"), ("Il7r", "symbol")
    ]  # fmt: skip


def test_an_alias_resolves_to_its_gene_after_the_symbols(reader: GeneReader) -> None:
    hit = _hits(reader, "her2")[0]
    assert (hit.gene.symbol, hit.kind, hit.text) == ("ERBB2", "alias", "HER2")


def test_capitals_blanks_and_greek_letters_do_not_matter(reader: GeneReader) -> None:
    assert _hits(reader, " TNF-Α ") == _hits(reader, "tnf-alpha")
    assert _hits(reader, "interleukin   7")


@pytest.mark.parametrize(
    ("text", "symbol", "shown"),
    [
        ("P13232", "IL7", "uniprot:P13232"),
        ("ENSG00000104432", "IL7", "ensembl:ENSG00000104432"),
        ("ENSMUSG00000040329.5", "Il7", "ensembl:ENSMUSG00000040329"),
        ("MGI:96561", "Il7", "mgi:96561"),
        ("3574", "IL7", "ncbigene:3574"),
        ("ncbigene:60454", "SNCA", "ncbigene:6622"),
    ],
)
def test_an_identifier_comes_first(reader: GeneReader, text: str, symbol: str, shown: str) -> None:
    hit = _hits(reader, text)[0]
    assert (hit.gene.symbol, hit.kind, hit.text) == (symbol, "identifier", shown)
    assert hit.full_name


def test_a_species_is_kept_to_for_identifiers_too(reader: GeneReader) -> None:
    assert {hit.gene.taxon for hit in _hits(reader, "i", taxon=10090)} == {10090}
    assert _hits(reader, "P13232", taxon=10090) == []


@pytest.mark.parametrize("limit", [1, 2, 7, MAX_LIMIT])
def test_the_limit_holds_and_tells_whether_there_is_more(reader: GeneReader, limit: int) -> None:
    found = search(reader, "i", limit=limit)
    assert len(found.hits) == limit
    assert found.has_more
    assert list(found.hits) == _hits(reader, "i")[:limit]
    assert not search(reader, "il7r", limit=MAX_LIMIT).has_more


@pytest.mark.parametrize("text", ["zzzzzz", "x" * 5_000, "%", "_", "il7'", "\x00", "\U0010ffff", "\ud800"])
def test_what_nothing_begins_with_has_no_hits(reader: GeneReader, text: str) -> None:
    assert _hits(reader, text) == []


@pytest.mark.parametrize("text", ["", "  ", "\t\n"])
def test_nothing_typed_is_bad_input_with_a_next_step(reader: GeneReader, text: str) -> None:
    with pytest.raises(BadOption) as caught:
        search(reader, text)
    assert "il7" in str(caught.value.hint)


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
def test_a_limit_out_of_range_is_bad_input(reader: GeneReader, limit: int) -> None:
    with pytest.raises(BadOption, match="limit"):
        search(reader, "il7", limit=limit)


def test_names_are_read_in_the_order_of_an_index_and_nothing_is_sorted(reader: GeneReader) -> None:
    connection = sqlite3.connect(reader.release.database)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {NAMES_AFTER}", (9606, 1, "i", 0, "j", 20)).fetchall()
    merged = connection.execute("EXPLAIN QUERY PLAN SELECT 1 FROM retirement WHERE successor = ?", ("a:1",)).fetchall()
    connection.close()
    steps = [str(step[3]) for step in plan]
    assert steps[0].startswith("SEARCH n USING INDEX name_in_order (taxon=? AND tier=? AND (folded,gene_id)>")
    assert not any("TEMP B-TREE" in step or "SCAN" in step for step in steps)
    assert "USING COVERING INDEX retirement_by_successor" in str(merged[0][3])
