"""People name a species in many words; two species are known."""

from __future__ import annotations

import pytest

from resolver.errors import UnknownSpecies
from resolver.identifiers.species import HUMAN, MOUSE, SPECIES, get_taxon


@pytest.mark.parametrize(
    ("word", "taxon"),
    [
        ("human", HUMAN),
        ("Homo sapiens", HUMAN),
        ("homo_sapiens", HUMAN),
        ("H. sapiens", HUMAN),
        ("hsa", HUMAN),
        ("9606", HUMAN),
        ("NCBITaxon:9606", HUMAN),
        ("mouse", MOUSE),
        ("Mus musculus", MOUSE),
        ("  MMU\n", MOUSE),
        ("mm", MOUSE),
        ("10090", MOUSE),
        ("ncbitaxon:10090", MOUSE),
    ],
)
def test_a_word_for_a_species_resolves_to_its_taxon(word: str, taxon: int) -> None:
    assert get_taxon(word) == taxon


@pytest.mark.parametrize("word", ["", "rat", "10116", "9606.0", "human mouse", "ncbitaxon:", "\ud800"])
def test_a_species_that_is_not_known_is_refused_with_those_that_are(word: str) -> None:
    with pytest.raises(UnknownSpecies) as caught:
        get_taxon(word)
    assert repr(word) in str(caught.value)
    assert "9606" in (caught.value.hint or "")
    assert "10090" in (caught.value.hint or "")


def test_human_and_mouse_are_known_by_their_ncbi_taxon_ids() -> None:
    assert {taxon: species.name for taxon, species in SPECIES.items()} == {9606: "human", 10090: "mouse"}


def test_no_word_stands_for_two_species() -> None:
    words = [word for species in SPECIES.values() for word in (species.name, *species.words)]
    assert len(set(words)) == len(words)
