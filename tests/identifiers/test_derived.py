"""Texts that are made from names of genes are recognized by shape, as far as shape goes."""

from __future__ import annotations

import pytest

from resolver.identifiers.derived import Derived, DerivedKind, list_derived

FUSION, MODIFIED, UNIQUE = DerivedKind.FUSION, DerivedKind.MODIFIED, DerivedKind.MADE_UNIQUE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EML4-ALK", (FUSION, ("EML4", "ALK"))),
        ("EML4/ALK", (FUSION, ("EML4", "ALK"))),
        ("NKX2-1-ALK", (FUSION, ("NKX2-1", "ALK"))),
        ("pSTAT3", (MODIFIED, ("STAT3",))),
        ("p-ERK1/2", (MODIFIED, ("ERK1",))),
        ("phospho-AKT (Ser473)", (MODIFIED, ("AKT",))),
        ("TP53_S15", (MODIFIED, ("TP53",))),
        ("STAT3_pY705", (MODIFIED, ("STAT3",))),
        ("AKT1 pS473", (MODIFIED, ("AKT1",))),
        ("S6_pS235_S236-R-V", (MODIFIED, ("S6",))),
        ("P04637_S15", (MODIFIED, ("P04637",))),
        ("MATR3.1", (UNIQUE, ("MATR3",))),
        ("HLA-DRB1-12", (UNIQUE, ("HLA-DRB1",))),
        ("TP53_2", (UNIQUE, ("TP53",))),
    ],
)
def test_what_a_text_may_be_made_of(text: str, expected: Derived) -> None:
    assert expected in list(list_derived(text))


@pytest.mark.parametrize("text", ["TP53", "TP53.0", "3574.1", "IL7-a", "SOX2-OT", "Pstat3", "TP5-S5", "TP53.12345", ""])
def test_other_texts_are_made_of_nothing(text: str) -> None:
    assert list(list_derived(text)) == []


def test_a_long_text_is_looked_at_once() -> None:
    for text in ("p" + "A" * 50_000 + "!", "a_" * 50_000 + "S15"):
        assert all(one.kind is not FUSION for one in list_derived(text))
