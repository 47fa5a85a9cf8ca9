"""The tables for misses are the same built a column at a time as computed one by one."""

from __future__ import annotations

import re

import pytest

from resolver.identifiers.names import fold_name
from resolver.identifiers.typos import deletions, is_one_edit
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_rows, read_texts

_NUMBERED = re.compile(r"(?:gm|loc|mir|rnu|snord)[0-9]|.*rik[0-9]*$|ens")
_NO_SYMBOL = re.compile(r"loc[0-9]+|newentry|-|none|null|na|n/a|nan|unknown|unnamed|undefined")


@pytest.fixture(scope="module")
def near(resolver: Resolver) -> set[tuple[str, str]]:
    """Return the rows (a symbol with a character left out, the symbol)."""
    return {(deleted, folded) for deleted, folded in read_rows(resolver, "SELECT deleted, folded FROM symbol_deletion")}


def test_deletions_are_those_of_every_symbol_and_official_alias(resolver: Resolver, near: set[tuple[str, str]]) -> None:
    symbols = {fold_name(symbol) for symbol in read_texts(resolver, "SELECT text FROM name WHERE tier <= 3")}
    kept = {symbol for symbol in symbols if 4 <= len(symbol) <= 16 and not _NUMBERED.match(symbol)}
    assert len(kept) > 2_000
    assert near == {(deleted, symbol) for symbol in kept for deleted in deletions(symbol)}


def test_every_symbol_that_a_nomenclature_committee_approved_is_among_the_names(resolver: Resolver) -> None:
    named = set(read_texts(resolver, "SELECT folded FROM name WHERE kind = 'symbol'"))
    approved = read_texts(resolver, "SELECT symbol FROM gene WHERE curie LIKE 'hgnc:%' OR curie LIKE 'mgi:%'")
    assert named == {fold_name(symbol) for symbol in approved}


def test_a_text_that_is_one_typo_from_a_symbol_shares_a_form_with_it(near: set[tuple[str, str]]) -> None:
    symbols = sorted({symbol for _, symbol in near})
    for symbol in symbols[::7]:
        place = len(symbol) // 2
        typos = [
            symbol[:place] + symbol[place + 1 :],
            symbol[:place] + "q" + symbol[place:],
            symbol[:place] + "q" + symbol[place + 1 :],
            symbol[: place - 1] + symbol[place] + symbol[place - 1] + symbol[place + 1 :],
        ]
        for typed in typos:
            assert is_one_edit(typed, symbol)
            assert any((form, symbol) in near for form in deletions(typed)), typed


def test_retired_names_are_the_folded_symbols_of_the_retired_records(resolver: Resolver) -> None:
    found = {(folded, retired) for folded, retired in read_rows(resolver, "SELECT folded, retired FROM retired_name")}
    labelled = read_rows(resolver, "SELECT label, retired FROM retirement WHERE label IS NOT NULL")
    expected = {(fold_name(label).removesuffix("~withdrawn"), retired) for label, retired in labelled}
    assert found == {row for row in expected if row[0] and not _NO_SYMBOL.fullmatch(row[0])}
    assert len(found) > 1_000


def test_a_mark_of_withdrawal_is_no_part_of_a_retired_name(resolver: Resolver) -> None:
    assert read_texts(resolver, "SELECT folded FROM retired_name WHERE folded LIKE '%~%'") == []
    assert resolver.reader.find_retired_names("scn12a") == resolver.reader.find_retired_names(fold_name("SCN12A"))
    assert "ncbigene:337933" in resolver.reader.find_retired_names("scn12a")


def test_what_is_looked_aside_for_is_read_as_it_was_written(resolver: Resolver) -> None:
    reader = resolver.reader
    assert "tp53" in reader.find_symbols_by_deletions(deletions("tp35"))
    assert reader.find_symbols_by_deletions([]) == []
    assert reader.find_retired_names("no such symbol") == []
