"""What differs between releases, and what sources contradict each other on."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from resolver.sources.base import SCHEMAS
from resolver.store.release import Release, get_current_release
from seed.compare import Change, compare_releases, list_conflicts
from seed.join import join_facts
from seed.pipeline import Naming, finish_release, with_statements
from seed.starter.read import read_starter_facts, read_starter_sources


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the starter with TP53 renamed, one alias of no gene dropped, one accession moved and one added."""
    facts = read_starter_facts()
    is_tp53 = (pl.col("symbol") == "TP53") & (pl.col("subject") == "hgnc:11998")
    facts.genes = [
        frame.with_columns(symbol=pl.when(is_tp53).then(pl.lit("TP53NEW")).otherwise("symbol")) for frame in facts.genes
    ]
    moved = pl.col("accession") == "Q5FBX5"
    facts.identifiers = [
        frame.filter(pl.col("accession") != "ENST00000518982").with_columns(
            subject=pl.when(moved).then(pl.lit("ncbigene:7157")).otherwise("subject")
        )
        for frame in facts.identifiers
    ]
    added = {"subject": "hgnc:6023", "prefix": "refseq", "accession": "NM_999999998", "source": "curated.starter"}
    facts.identifiers.append(pl.LazyFrame([added], schema=SCHEMAS["identifiers"]))
    return finish_release(
        join_facts(facts),
        with_statements(read_starter_sources(), facts),
        data_dir=tmp_path_factory.mktemp("changed"),
        naming=Naming("changed", "a changed starter"),
        report=lambda _stage: None,
    )


@pytest.fixture(scope="module")
def changes(data_dir: Path, changed: Release) -> dict[str, Change]:
    return {change.kind: change for change in compare_releases(get_current_release(data_dir), changed)}


def test_a_renamed_gene_is_told_with_both_symbols(changes: dict[str, Change]) -> None:
    assert changes["genes renamed"].examples == (("hgnc:11998", "TP53", "TP53NEW"),)


def test_a_moved_identifier_is_told_with_both_genes(changes: dict[str, Change]) -> None:
    assert changes["identifiers moved"].examples == (("uniprot:Q5FBX5", "hgnc:6023", "hgnc:11998"),)


def test_what_was_added_and_removed_is_told(changes: dict[str, Change]) -> None:
    assert changes["identifiers added"].examples == (("refseq:NM_999999998", "", "hgnc:6023"),)
    assert changes["identifiers removed"].examples == (("ensembl:ENST00000518982", "hgnc:6023", ""),)
    assert changes["genes added"].number == changes["genes removed"].number == 0


def test_a_release_does_not_differ_from_itself(data_dir: Path) -> None:
    release = get_current_release(data_dir)
    assert [change.number for change in compare_releases(release, release)] == [0] * 6


def test_conflicts_name_each_claim_with_its_sources(data_dir: Path) -> None:
    claims = list_conflicts(get_current_release(data_dir))
    by_identifier: dict[str, list[int]] = {}
    for claim in claims:
        by_identifier.setdefault(claim.identifier, []).append(claim.assignment_rank)
        assert claim.sources
    assert by_identifier
    assert all(len(places) > 1 and min(places) == 0 for places in by_identifier.values())
