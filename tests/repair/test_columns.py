"""Which columns of a table are taken for columns of genes, and which are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.errors import BadOption, MissingColumn
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.repair.columns import choose_columns
from resolver.resolve.resolver import Resolver
from tests.repair.tables import TUMORS, open_table, write


def test_columns_that_name_genes_are_taken_with_the_reason(tmp_path: Path, resolver: Resolver) -> None:
    choice = choose_columns(open_table(write(tmp_path / "t.csv", TUMORS)), resolver)
    symbols, numbers = choice.taken
    assert (symbols.name, symbols.is_numbers, symbols.taxon) == ("Hugo_Symbol", False, HUMAN)
    assert symbols.why == "56% of its different cells are gene identifiers"
    assert (numbers.name, numbers.is_numbers) == ("Entrez_Gene_Id", True)


def test_dates_and_prices_are_left_alone_and_named(tmp_path: Path, resolver: Resolver) -> None:
    left = choose_columns(open_table(write(tmp_path / "t.csv", TUMORS)), resolver).left
    assert {column.name: column.why for column in left} == {
        "collected": "100% dates",
        "price": "100% numbers, and the header does not say that they are of genes",
    }


def test_ratios_do_not_look_like_damaged_genes(tmp_path: Path, resolver: Resolver) -> None:
    table = "symbol\tratio\nIL7\t9/7\nTP53\t3/1\nEGFR\t12/1\n"
    choice = choose_columns(open_table(write(tmp_path / "t.tsv", table)), resolver)
    assert [column.name for column in choice.taken] == ["symbol"]
    assert choice.left == ()


def test_counts_are_no_genes_though_each_is_an_entrez_gene_id(tmp_path: Path, resolver: Resolver) -> None:
    table = "symbol\tcount\tage\nIL7\t3574\t100\nTP53\t7157\t42\nEGFR\t1956\t14\n"
    taken = choose_columns(open_table(write(tmp_path / "t.tsv", table)), resolver).taken
    assert [column.name for column in taken] == ["symbol"]


def test_a_date_column_with_missing_values_is_no_column_of_the_gene_called_na(
    tmp_path: Path, resolver: Resolver
) -> None:
    table = "symbol,seen\nIL7,NA\nTP53,1-Mar\nEGFR,NA\n"
    choice = choose_columns(open_table(write(tmp_path / "t.csv", table)), resolver)
    assert [column.name for column in choice.taken] == ["symbol"]
    assert [column.name for column in choice.left] == ["seen"]


def test_a_column_whose_header_says_genes_is_taken_though_the_release_holds_few_of_them(
    tmp_path: Path, resolver: Resolver
) -> None:
    genes = "\n".join(["TP53", "IL7", *(f"NOSUCH{number}" for number in range(10))])
    table = open_table(write(tmp_path / "a.csv", f"Gene Symbol\n{genes}\n"))
    assert choose_columns(table, resolver).taken[0].why == "17% of its different cells are gene identifiers"
    with pytest.raises(BadOption, match="no column"):
        choose_columns(open_table(write(tmp_path / "b.csv", f"what\n{genes}\n")), resolver)


def test_mouse_symbols_tell_their_species(tmp_path: Path, resolver: Resolver) -> None:
    table = open_table(write(tmp_path / "t.csv", "gene\nIl7\nTrp53\nEgfr\n"))
    assert choose_columns(table, resolver).taken[0].taxon == MOUSE


def test_a_column_that_is_asked_for_is_taken_alone(tmp_path: Path, resolver: Resolver) -> None:
    table = open_table(write(tmp_path / "t.csv", TUMORS))
    choice = choose_columns(table, resolver, ["collected"])
    assert [column.name for column in choice.taken] == ["collected"]
    assert choice.left == ()
    with pytest.raises(MissingColumn) as raised:
        choose_columns(table, resolver, ["Symbol"])
    assert "'Symbol'" in str(raised.value)
    assert raised.value.hint == (
        "Did you mean 'Hugo_Symbol'? Available: Hugo_Symbol, Entrez_Gene_Id, collected, log2FC, price."
    )


def test_a_table_without_genes_names_its_columns(tmp_path: Path, resolver: Resolver) -> None:
    table = open_table(write(tmp_path / "t.csv", "when,weather\n2019-03-01,much rain\n2019-09-02,no rain\n"))
    with pytest.raises(BadOption, match="no column") as raised:
        choose_columns(table, resolver)
    shown = [line.split() for line in str(raised.value.hint).splitlines()]
    assert ["when", "0%", "100%", "dates", "2019-03-01,", "2019-09-02"] in shown
    assert "--column" in str(raised.value.hint)
