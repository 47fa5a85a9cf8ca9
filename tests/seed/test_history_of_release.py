"""What became of retired identifiers of every namespace, in a release made from the small upstream files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resolver.resolve.resolver import Resolver
from resolver.store.gene_reader import GeneReader
from seed.pipeline import build_genome_release

UPSTREAM = Path(__file__).parent.parent / "data" / "upstream"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Resolver:
    return Resolver(GeneReader(build_genome_release(tmp_path_factory.mktemp("small"), [UPSTREAM])))


def _resolve(resolver: Resolver, text: str) -> dict[str, Any]:
    return resolver.resolve(text).to_dict()


@pytest.mark.parametrize(
    ("text", "genes"),
    [
        ("Q15086", ["hgnc:11998"]),  # a secondary accession of P04637, TP53
        ("hgnc:7185", ["hgnc:3148"]),  # MNGIE, merged into TYMP
        ("MNGIE~withdrawn", ["hgnc:3148"]),
        ("MGI:1111111", ["mgi:96561"]),
        ("ncbigene:4334", ["hgnc:3148"]),
        ("LOC146749", ["hgnc:11998"]),
        ("ncbigene:450094", ["hgnc:10604"]),  # MYP6, now SCO2
    ],
)
def test_a_retired_identifier_resolves_to_all_its_successors(small: Resolver, text: str, genes: list[str]) -> None:
    answer = _resolve(small, text)
    assert answer["outcome"] == "retired"
    assert [gene["curie"] for gene in answer["genes"]] == genes
    assert answer["history"]
    assert all(step["sources"] for step in answer["history"])


@pytest.mark.parametrize("text", ["A0A008APQ8", "hgnc:1", "A12M1~withdrawn"])
def test_one_without_a_successor_says_so(small: Resolver, text: str) -> None:
    answer = _resolve(small, text)
    assert (answer["outcome"], answer["reason"], answer["genes"]) == ("retired", "retired_no_successor", [])


def test_a_withdrawn_mouse_symbol_is_a_previous_symbol_of_the_current_marker(small: Resolver) -> None:
    answer = _resolve(small, "Fake1")
    assert (answer["outcome"], answer["genes"][0]["curie"]) == ("resolved", "mgi:96561")
    assert answer["genes"][0]["matched_as"]["kind"] == "previous_symbol"


def test_a_phenotype_without_a_gene_is_one(small: Resolver) -> None:
    answer = _resolve(small, "omim:100050")
    assert (answer["outcome"], answer["reason"]) == ("not_found", "phenotype_not_gene")
