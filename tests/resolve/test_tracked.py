"""Which identifiers a text is, with gene and species, as a live check needs them."""

from __future__ import annotations

import pytest

from resolver.app.resolver import LocalResolver
from resolver.genes.verdicts import TrackedIdentifier
from resolver.resolve.tracked import list_tracked


def _track(resolver: LocalResolver, text: str) -> TrackedIdentifier:
    ((tracked,),) = list_tracked([resolver.resolve(text)])
    return tracked


@pytest.mark.parametrize(
    ("text", "symbol", "gene", "taxon"),
    [
        ("IL7", "IL7", "hgnc:6023", 9606),
        ("il7", "IL7", "hgnc:6023", 9606),
        ("hgnc.symbol:TP53", "TP53", "hgnc:11998", 9606),
        ("Il7", "Il7", "mgi:96561", 10090),
    ],
)
def test_a_symbol_comes_with_the_gene_and_species_that_it_is_the_symbol_of(
    resolver: LocalResolver, text: str, symbol: str, gene: str, taxon: int
) -> None:
    tracked = _track(resolver, text)
    assert (tracked.identifier.curie, tracked.gene, tracked.taxon) == (f"hgnc.symbol:{symbol}", gene, taxon)
    assert tracked.gene_ids
    assert gene.partition(":")[2] in tracked.gene_ids[gene.partition(":")[0]]


@pytest.mark.parametrize("text", ["interleukin 7", "IL-7", "p53", "NOGENE77"])
def test_an_alias_or_a_name_comes_without_a_gene(resolver: LocalResolver, text: str) -> None:
    tracked = _track(resolver, text)
    assert (tracked.identifier.prefix, tracked.gene, tracked.taxon) == ("hgnc.symbol", None, None)


def test_an_identifier_comes_with_the_species_of_its_gene(resolver: LocalResolver) -> None:
    assert [_track(resolver, text).taxon for text in ("P13232", "MGI:96561", "uniprot:Q99ZZ9")] == [9606, 10090, None]
