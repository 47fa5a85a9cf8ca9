"""What differs between releases, and what sources contradict each other on."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from resolver.sources.base import SCHEMAS
from resolver.store.release import get_current_release
from seed.archive import opened_packed
from seed.compare import Change, compare_packed, list_conflicts
from tests.seed.facts import build_of, read_small_facts


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Change]:
    """Return what changes if TP53 is renamed, an accession moved, and an accession, a name and a step added or lost."""
    before = build_of(read_small_facts(), tmp_path_factory.mktemp("before"))
    facts = read_small_facts()
    is_tp53 = (pl.col("symbol") == "TP53") & (pl.col("subject") == "hgnc:11998")
    facts.genes = [
        frame.with_columns(symbol=pl.when(is_tp53).then(pl.lit("TP53NEW")).otherwise("symbol")) for frame in facts.genes
    ]
    moved = pl.col("accession") == "Q5FBX5"
    facts.identifiers = [
        frame.filter(pl.col("accession") != "ENST00000379113").with_columns(
            subject=pl.when(moved).then(pl.lit("hgnc:11998")).otherwise("subject")
        )
        for frame in facts.identifiers
    ]
    facts.names = [frame.filter(pl.col("text") != "PBGF") for frame in facts.names]
    added = {"subject": "hgnc:6023", "prefix": "refseq", "accession": "NM_999999998", "source": "curated.facts"}
    facts.identifiers.append(pl.LazyFrame([added], schema=SCHEMAS["identifiers"]))
    step = {
        "retired": "ncbigene:999999998",
        "reason": "replaced",
        "successor": "ncbigene:3574",
        "source": "ncbi.gene_history",
    }
    facts.retirements.append(pl.LazyFrame([step], schema=SCHEMAS["retirements"]))
    after = build_of(facts, tmp_path_factory.mktemp("after"))
    with opened_packed(before.folder) as old, opened_packed(after.folder) as new:
        return {change.kind: change for change in compare_packed(old, new)}


def test_a_renamed_gene_is_reported_with_both_symbols(changes: dict[str, Change]) -> None:
    assert changes["genes renamed"].examples == (("hgnc:11998", "TP53", "TP53NEW"),)
    assert "hgnc.complete_set" in changes["genes renamed"].by_source


def test_a_moved_identifier_is_reported_with_both_genes(changes: dict[str, Change]) -> None:
    assert changes["identifiers moved"].examples == (("uniprot:Q5FBX5", "hgnc:6023", "hgnc:11998"),)


def test_what_was_added_and_removed_is_reported_with_its_sources(changes: dict[str, Change]) -> None:
    assert changes["identifiers added"].examples == (("refseq:NM_999999998", "", "hgnc:6023"),)
    assert changes["identifiers added"].by_source == {"curated.facts": 1}
    assert changes["identifiers removed"].examples == (("ensembl:ENST00000379113", "hgnc:6023", ""),)
    assert changes["genes added"].number == changes["genes removed"].number == 0


def test_lost_names_and_new_history_are_reported(changes: dict[str, Change]) -> None:
    assert ("alias PBGF", "hgnc:6023 mgi:96561", "") in changes["names removed"].examples
    assert changes["history added"].examples == (("ncbigene:999999998", "", "ncbigene:3574"),)
    assert changes["history added"].by_source == {"ncbi.gene_history": 1}
    assert changes["history removed"].number == changes["history moved"].number == 0


def test_a_release_does_not_differ_from_itself(small_data_dir: Path) -> None:
    with opened_packed(get_current_release(small_data_dir).folder) as packed:
        assert [change.number for change in compare_packed(packed, packed)] == [0] * 12


def test_conflicts_name_each_claim_with_its_sources(data_dir: Path) -> None:
    claims = list_conflicts(get_current_release(data_dir))
    by_identifier: dict[str, list[int]] = {}
    for claim in claims:
        by_identifier.setdefault(claim.identifier, []).append(claim.assignment_rank)
        assert claim.sources
    assert by_identifier
    assert all(len(places) > 1 and min(places) == 0 for places in by_identifier.values())
