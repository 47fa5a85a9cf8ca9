"""The card of a gene: human and mouse side by side, in 80 columns, with what the document has."""

from __future__ import annotations

import re
from typing import Any

import pytest

from resolver.app.resolver import LocalResolver
from resolver.resolve.card import make_cards, render_cards
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_texts, spread


def show(resolver: Resolver, text: str, **values: Any) -> str:
    return render_cards(make_cards(resolver.resolve(text), **values))


def row_of(card: str, label: str) -> list[tuple[str, str]]:
    """Return the lines of a row as (human, mouse), in a card of 80 columns."""
    (found,) = re.findall(rf"^{re.escape(label):18}.*\n(?:^ {{18}}.*\n)*", card, re.MULTILINE)
    return [(line[18:50].strip(), line[50:].strip()) for line in found.splitlines()]


@pytest.mark.parametrize("text", ["P13232", "IL7", "mgi:96561", "NM_008371", "ENSG00000104432.12"])
def test_a_gene_and_its_ortholog_share_a_card_whichever_is_queried(resolver: Resolver, text: str) -> None:
    card = show(resolver, text)
    assert card.startswith(
        "IL7  interleukin 7\nExternal IDs      HGNC: 6023; MGI: 96561; OMIM: 146660; HomoloGene: 680;"
    )
    for label, row in {
        "Species": ("Human", "Mouse"),
        "Symbol": ("IL7", "Il7"),
        "Entrez": ("3574", "16196"),
        "Ensembl": ("ENSG00000104432", "ENSMUSG00000040329"),
        "PubMed search": ("[1]", "[7]"),
    }.items():
        assert row_of(card, label) == [row]
    assert row_of(card, "UniProt")[0] == ("P13232 reviewed", "P10168 reviewed")
    assert row_of(card, "RefSeq (mRNA)")[0] == ("NM_000880 MANE", "NM_008371")
    assert row_of(card, "Location (UCSC)") == [
        ("chr8:78,675,044-78,805,523", "chr3:7,637,088-7,678,820"),
        ("8q21.13, GRCh38", "3 2.02 cM, GRCm39"),
    ]
    assert " [1] https://pubmed.ncbi.nlm.nih.gov/?linkname=gene_pubmed&from_uid=3574\n" in card
    assert "[11] https://www.informatics.jax.org/gxd/marker/MGI:96561\n" in card


def test_a_protein_stands_on_the_line_of_the_mrna_that_encodes_it(resolver: Resolver) -> None:
    (gene,) = resolver.resolve("TP53", species="human").to_dict()["genes"]
    pairs = {xref["identifier"]: xref["pairs"] for xref in gene["xrefs"]["refseq"] if xref["level"] == "transcript"}
    card = show(resolver, "TP53", shows_all=True)
    mrnas, proteins = (
        [human.split()[0] for human, _ in row_of(card, f"RefSeq ({kind})") if human] for kind in ("mRNA", "protein")
    )
    paired = [(mrna, protein) for mrna, protein in zip(mrnas, proteins, strict=False) if pairs[mrna]]
    assert len(paired) > 10
    assert all(protein in pairs[mrna] for mrna, protein in paired)
    assert [human for human, _ in row_of(card, "RefSeq (ncRNA)")] == ["NR_176326"]


def test_long_lists_are_cut_and_counted_unless_all_is_wanted(resolver: Resolver) -> None:
    cut, whole = show(resolver, "BRCA1"), show(resolver, "BRCA1", shows_all=True)
    (gene,) = resolver.resolve("BRCA1", species="human").to_dict()["genes"]
    proteins = [xref for xref in gene["xrefs"]["refseq"] if xref["level"] == "protein"]
    assert [human for human, _ in row_of(cut, "RefSeq (protein)")][5] == f"and {len(proteins) - 5} more"
    assert len([human for human, _ in row_of(whole, "RefSeq (protein)") if human]) == len(proteins)
    assert " more" not in whole


@pytest.mark.parametrize(
    ("text", "species", "note"),
    [
        ("CXCL8", "Human", "no source asserts a mouse ortholog"),
        ("Gm20425", "Mouse", "no source asserts a human ortholog"),
    ],
)
def test_a_gene_without_an_ortholog_has_a_card_of_its_own(
    resolver: Resolver, text: str, species: str, note: str
) -> None:
    card = show(resolver, text)
    assert f"Orthologs         {note}\n" in card
    assert f"Species           {species}\n" in card
    assert row_of(card, "Symbol") == [(text, "")]


def test_of_several_orthologs_the_others_are_named(resolver: Resolver) -> None:
    card = show(resolver, "HLA-A")
    assert row_of(card, "Symbol") == [("HLA-A", "H2-D1")]
    assert "n:m, asserted by 3 organizations; also H2-K1 (mgi:95904), " in " ".join(card.split())
    # The queried one is shown, also where another one is better supported.
    assert row_of(show(resolver, "mgi:95904"), "Symbol")[0][1] == "H2-K1"


def test_the_mitochondrial_chromosome_is_named_as_at_ucsc(resolver: Resolver) -> None:
    assert row_of(show(resolver, "MT-CO1"), "Location (UCSC)")[0] == ("chrM:5,904-7,445", "chrM:5,328-6,872")


@pytest.mark.parametrize(("asked", "width"), [(20, 80), (80, 80), (100, 100), (1_000, 120)])
def test_every_card_fits_and_misses_no_gene(sample: LocalResolver, asked: int, width: int) -> None:
    curies = spread(read_texts(sample, "SELECT curie FROM gene ORDER BY id"), 400)
    for curie in curies:
        answer = sample.resolve(curie)
        card = render_cards(make_cards(answer, asked))
        assert all(len(line) <= width for line in card.splitlines()), curie
        assert all(line == line.rstrip() for line in card.splitlines())
        shown = re.findall(r"^Symbol +(.+)$", card, re.MULTILINE)
        assert any(answer.genes[0].gene.symbol in row.split() for row in shown), curie
    assert len(curies) > 300
