"""The columns that can be added, in the spellings of people."""

from __future__ import annotations

import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.targets import list_target_names, read_targets


@pytest.mark.parametrize("name", list_target_names())
def test_each_column_that_the_help_lists_is_read_as_itself(name: str) -> None:
    assert [target.name for target in read_targets(name)] == [name]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Ensembl transcript", "ensembl.transcript"),
        ("ensembl_protein", "ensembl.protein"),
        ("RefSeq mRNA", "refseq.transcript"),
        ("refseq_prot", "refseq.protein"),
        ("Entrez Gene", "ncbigene"),
        ("NCBI gene ID", "ncbigene"),
        ("gene type", "gene_type"),
        ("UniProtKB/Swiss-Prot", "uniprot"),
    ],
)
def test_a_level_after_a_namespace_selects_it_in_any_spelling(spelling: str, name: str) -> None:
    assert [target.name for target in read_targets(spelling)] == [name]


def test_a_column_of_transcripts_contains_transcripts(resolver: LocalResolver) -> None:
    converted = resolver.convert(
        {"gene": ["IL7"]}, column="gene", to="ensembl.transcript,refseq.protein", species="human"
    )
    assert converted["ensembl.transcript"][0].split(";")[0] == "ENST00000263851"
    assert {cell[:3] for cell in converted["refseq.protein"][0].split(";")} <= {"NP_", "XP_"}
