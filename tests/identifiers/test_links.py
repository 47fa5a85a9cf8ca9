"""The contract of every row of the table of links; the Bioregistry package knows most of the addresses."""

from __future__ import annotations

import re

import pytest

from resolver.identifiers.links import LINK_TARGETS, LinkTarget, find_link_target
from resolver.identifiers.model import Level
from resolver.identifiers.namespaces import BY_PREFIX, BY_SPELLING, folded_spelling
from resolver.identifiers.species import SPECIES

each_target = pytest.mark.parametrize("target", LINK_TARGETS, ids=lambda target: target.key)
# NCBI and MGI link to these pages themselves, BioGPS is linked by HGNC; the package has no prefix for them.
NOT_IN_BIOREGISTRY = {"pubmed", "biogps", "gxd"}
PREFIXES = {"bgee": "bgee.gene", "gxa": "gxa.gene", "proteinatlas": "hpa", "gtex": "gtex"}


@each_target
def test_the_address_is_the_one_that_the_bioregistry_knows(target: LinkTarget) -> None:
    import bioregistry  # it takes a second to load

    if target.key in NOT_IN_BIOREGISTRY:
        assert bioregistry.normalize_prefix(target.key) in {None, "pubmed"}  # pubmed: that of articles
        return
    known = bioregistry.get_uri_format(PREFIXES[target.key])
    assert known is not None
    assert target.page.replace("{}", "$1") == known.replace("http://", "https://")


@each_target
def test_the_identifier_of_the_address_is_of_a_gene_of_the_species(target: LinkTarget) -> None:
    assert target.page.count("{}") == 1
    assert re.fullmatch(r"https?://[\w.-]+/[\w/?=&:{}-]+", target.page)
    for taxon in SPECIES:
        forms = [form for form in BY_PREFIX[target.prefix].forms if form.taxon in (None, taxon)]
        genes = [form for form in forms if form.level is Level.GENE]
        covered = target.covers(taxon, is_coding=True)
        assert (len(genes) == 1) or not covered
        # What precedes the digits tells a gene from a transcript in a document.
        letters = {form.pattern.partition("[")[0] for form in forms}
        assert len(letters) == len(forms)


def test_names_of_targets_are_no_names_of_namespaces() -> None:
    names = [name for target in LINK_TARGETS for name in (target.key, *target.spellings)]
    assert len({folded_spelling(name) for name in names}) == len(names)
    assert [name for name in names if folded_spelling(name) in BY_SPELLING] == []


def test_targets_of_one_namespace_follow_one_another() -> None:
    prefixes = [target.prefix for target in LINK_TARGETS]
    assert sorted(prefixes, key=list(dict.fromkeys(prefixes)).index) == prefixes


@pytest.mark.parametrize(
    ("text", "key"),
    [("PubMed", "pubmed"), ("GTEx", "gtex"), ("Expression Atlas", "gxa"), ("HPA", "proteinatlas"), ("mgi", None),
     ("Human Protein-Atlas", "proteinatlas"), ("ensembl", None), ("kegg", None), ("", None)],
)  # fmt: skip
def test_a_target_is_found_in_any_spelling(text: str, key: str | None) -> None:
    found = find_link_target(text)
    assert (found and found.key) == key
