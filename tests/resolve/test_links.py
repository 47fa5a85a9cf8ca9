"""The links of genes: those of a straightforward reading of the document, in every answer and every release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from resolver.app.resolver import LocalResolver
from resolver.identifiers.links import LINK_TARGETS
from resolver.resolve.links import add_links
from resolver.resolve.resolver import Resolver
from resolver.store.gene_reader import GeneReader
from resolver.store.release import Release, open_release
from tests.releases import change_documents, copy_release, edited

IL7 = {
    "pubmed": "https://pubmed.ncbi.nlm.nih.gov/?linkname=gene_pubmed&from_uid=3574",
    "biogps": "http://biogps.org/gene/3574/",
    "bgee": "https://www.bgee.org/gene/ENSG00000104432",
    "gxa": "https://www.ebi.ac.uk/gxa/genes/ENSG00000104432",
    "proteinatlas": "https://www.proteinatlas.org/ENSG00000104432",
    "gtex": "https://www.gtexportal.org/home/gene/ENSG00000104432",
    "gxd": None,
}
MOUSE_IL7 = {
    "pubmed": "https://pubmed.ncbi.nlm.nih.gov/?linkname=gene_pubmed&from_uid=16196",
    "biogps": "http://biogps.org/gene/16196/",
    "bgee": "https://www.bgee.org/gene/ENSMUSG00000040329",
    "gxa": "https://www.ebi.ac.uk/gxa/genes/ENSMUSG00000040329",
    "proteinatlas": None,
    "gtex": None,
    "gxd": "https://www.informatics.jax.org/gxd/marker/MGI:96561",
}


def expected_links(document: dict[str, Any]) -> dict[str, str | None]:
    """Return the links of a gene by the identifiers that its document lists, slowly."""
    links: dict[str, str | None] = {}
    for target in LINK_TARGETS:
        listed = document["xrefs"].get(target.prefix, [])
        genes = [xref for xref in listed if xref.get("level", "gene") == "gene"]
        covered = target.taxon in (None, document["taxon"])
        covered = covered and (document["gene_type"] == "protein-coding" or target.key != "proteinatlas")
        accession = genes[0]["curie"].partition(":")[2] if genes and covered else None
        links[target.key] = None if accession is None else target.page.format(accession)
    return links


def test_a_gene_of_each_species_has_its_links(resolver: Resolver) -> None:
    human, mouse = resolver.resolve("IL7").to_dict()["genes"]
    assert (human["links"], mouse["links"]) == (IL7, MOUSE_IL7)
    assert (human["orthologs"][0]["links"], mouse["orthologs"][0]["links"]) == (MOUSE_IL7, IL7)


def test_the_links_of_all_genes_are_made_of_their_own_identifiers(sample: LocalResolver) -> None:
    reader = sample.reader
    numbers = list(range(1, sum(sample.release.manifest["counts"]["genes"].values()) + 1))
    met = dict.fromkeys((target.key for target in LINK_TARGETS), 0)
    for number, document in reader.get_documents(numbers):
        gene = orjson.loads(document)
        assert gene["links"] == expected_links(gene), gene["curie"]
        assert add_links(document, gene["taxon"]) == document, number
        stated = gene.pop("links")
        assert orjson.loads(add_links(orjson.dumps(gene), gene["taxon"])) == gene | {"links": stated}
        for key, url in stated.items():
            met[key] += url is not None
    assert all(0 < count < len(numbers) for count in met.values()), met


@pytest.mark.parametrize("to", ["", "uniprot", "ensembl", "omim,mgi"])
def test_links_do_not_depend_on_the_requested_xrefs(resolver: Resolver, to: str) -> None:
    answer = resolver.resolve("P13232", to=to, to_species="mouse").to_dict()
    assert answer["genes"][0]["links"] == IL7
    assert answer["converted"][0]["links"] == MOUSE_IL7


def test_links_of_a_consensus_use_the_identifiers_that_are_listed(resolver: Resolver) -> None:
    for text in ("P13232", "TP53", "HLA-A", "LOC112935892", "MT-CO1"):
        for gene in resolver.resolve(text, consensus="all").to_dict()["genes"]:
            assert gene["links"] == expected_links(gene)


@pytest.mark.parametrize("prefix", sorted({target.prefix for target in LINK_TARGETS}))
def test_an_older_release_has_the_links_of_the_namespaces_that_it_has(
    small_release: Release, prefix: str, tmp_path: Path
) -> None:
    def age(gene: dict[str, Any]) -> None:
        del gene["links"], gene["xrefs"][prefix]

    older = copy_release(small_release, tmp_path, small_release.id)
    with edited(older) as connection:
        change_documents(connection, age)
    for gene in Resolver(GeneReader(open_release(older.folder))).resolve("IL7").to_dict()["genes"]:
        assert gene["links"] == expected_links(gene)
        assert any(gene["links"].values())
