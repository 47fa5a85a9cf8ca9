"""The build pipeline folds a column of names as the service folds each name."""

from __future__ import annotations

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resolver.identifiers.names import fold_name
from seed.names import folded_name


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cn"])), min_size=1, max_size=20))
@example(["TNF-α", "ΑΣ", "İ", "ß", "Å", "ﬁ", "ＩＬ７", "a\u00a0 b", "\u2003IL7\n"])
@example(["H\u0331", "\u03b1\u0302", "\u0130\u0307"])
@example(["IL7\x1fR", "\x1cIL7"])
@settings(deadline=None)
def test_names_are_folded_alike_when_a_release_is_built_and_when_it_is_asked(texts: list[str]) -> None:
    folded = pl.DataFrame({"text": texts}).select(folded_name("text")).to_series().to_list()
    assert folded == [fold_name(text) for text in texts]
