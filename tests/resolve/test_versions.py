"""Versions of identifiers, and transcripts with their proteins."""

from __future__ import annotations

import pytest

from resolver.resolve.resolver import Resolver
from tests.resolve.samples import resolve, symbols_of


@pytest.mark.parametrize(
    ("text", "status", "hint"),
    [
        ("ENSG00000104432.17", "current", None),
        ("ENSG00000104432.11", "older", "outdated"),
        ("ENSG00000104432.99", "newer", "Publish a newer release"),
        ("ENSG00000104432", None, None),
    ],
)
def test_a_version_is_told_to_be_current_older_or_newer(
    resolver: Resolver, text: str, status: str | None, hint: str | None
) -> None:
    answer = resolve(resolver, text)
    assert (answer["outcome"], symbols_of(answer)) == ("resolved", ["IL7"])
    assert answer["genes"][0]["matched_as"]["version_status"] == status
    assert (answer["hint"] is None) if hint is None else (hint in answer["hint"])


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("NM_000880", "refseq:NP_000871"),
        ("NP_000871.1", "refseq:NM_000880"),
        ("ENST00000263851", "ensembl:ENSP00000263851"),
        ("ENSP00000263851", "ensembl:ENST00000263851"),
    ],
)
def test_a_transcript_is_told_with_its_protein_and_a_protein_with_its_transcript(
    resolver: Resolver, text: str, pair: str
) -> None:
    (gene,) = resolve(resolver, text)["genes"]
    assert gene["matched_as"]["pairs"] == [pair]


@pytest.mark.parametrize("text", ["IL7", "P13232", "ENSG00000104432", "omim:146660"])
def test_what_is_no_product_has_no_pair(resolver: Resolver, text: str) -> None:
    assert all(gene["matched_as"]["pairs"] == [] for gene in resolve(resolver, text)["genes"])
