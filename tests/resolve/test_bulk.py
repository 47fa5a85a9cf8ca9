"""Accessions that are answered by their shape have the cells of their own answers."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.identifiers.recognize import list_canonical_patterns, match_canonical
from resolver.resolve.bulk import BulkAccessions, Sole
from resolver.resolve.options import read_options
from resolver.resolve.resolver import Resolver
from resolver.resolve.table import describe_answer

_PATTERNS = [(prefix, re.compile(pattern), may_be) for prefix, pattern, may_be in list_canonical_patterns()]
_STARTS = ["ENSG", "ENST", "ENSMUSP", "P", "Q9", "A0A0", "NM_", "NP_", "NG_", "hgnc:", "MGI:", "omim:", "uniprot:P"]
_STARTS += ["CCDS", "OTTHUMG", ""]


@given(
    st.sampled_from(_STARTS),
    st.text("0123456789AX", max_size=12),
    st.sampled_from(["", ".1", ".12345", ".", "\n", " ", "_PAR_Y", "_HUMAN"]),
)
def test_the_patterns_accept_what_match_canonical_accepts(start: str, middle: str, end: str) -> None:
    text = start + middle + end
    canonical = match_canonical(text)
    found = [(prefix, match[1], may_be) for prefix, shape, may_be in _PATTERNS if (match := shape.fullmatch(text))]
    assert found == ([] if canonical is None else [(canonical[0], canonical[1], canonical[5])])


def _list_texts(resolver: Resolver) -> list[str]:
    """Return texts of every namespace and relation: bare, with a version, as CURIEs; names and unknown ones too."""
    with closing(sqlite3.connect(f"file:{resolver.release.database}?mode=ro&immutable=1", uri=True)) as connection:
        rows = connection.execute("SELECT prefix, accession, version FROM identifier").fetchall()
        names = [text for (text,) in connection.execute("SELECT text FROM name")]
        retired = [text for (text,) in connection.execute("SELECT retired FROM retirement")]
    step = max(1, len(rows) // 6_000)
    texts = [*names[:: max(1, len(names) // 500)], *retired[:: max(1, len(retired) // 500)], "ENSG00900000001", "3574"]
    for prefix, accession, version in rows[::step]:
        texts += [accession, f"{prefix}:{accession}", f"{accession}.{version or 1}"]
    return list(dict.fromkeys(texts))


@pytest.mark.parametrize("stated", [{}, {"species": "mouse"}, {"species": "human"}, {"consensus": "majority"}])
def test_texts_that_are_answered_by_their_shape_have_the_cells_of_their_answers(
    resolver: Resolver, stated: dict[str, str]
) -> None:
    options, texts = read_options(stated), _list_texts(resolver)
    found = BulkAccessions(resolver, options).find(pl.Series(texts))
    assert found.rows.height > len(texts) // 5
    assert found.rows["place"].is_unique().all()
    for cells, row in _pair(found):
        answered = describe_answer(resolver.resolve(texts[row["place"]], options))
        expected = (cells.outcome, cells.reason, (row["match"],), (), (row["gene"],), (), (), cells.taxa, ())
        assert answered == expected, texts[row["place"]]


def _pair(found: Sole) -> list[tuple[Any, dict[str, Any]]]:
    return [(found.shapes[row["shape"]], row) for row in found.rows.iter_rows(named=True)]


@pytest.mark.parametrize("stated", [{"to_species": "mouse"}, {"from": "ensembl"}])
def test_options_that_change_what_an_accession_gives_leave_all_to_single_answers(
    resolver: Resolver, stated: dict[str, str]
) -> None:
    assert BulkAccessions(resolver, read_options(stated)).find(pl.Series(["ENSG00000104432"])).rows.is_empty()


def test_a_marked_identifier_is_answered_by_itself(resolver: Resolver) -> None:
    texts = pl.Series(["ENSG00000104432", "ENSMUSG00000040329"])
    found = BulkAccessions(resolver, read_options({}), ["ensembl:ENSG00000104432"]).find(texts)
    assert found.rows["place"].to_list() == [1]
