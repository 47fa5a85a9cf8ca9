"""Identifiers of other things: known by their shape, and never taken for a gene of human or mouse."""

from __future__ import annotations

import re

import duckdb
import pytest

from resolver.identifiers.foreign import FOREIGN, Foreign, find_foreign
from resolver.identifiers.namespaces import NAMESPACES, SYMBOL
from resolver.identifiers.recognize import recognize

IDS = [kind.example for kind in FOREIGN]


@pytest.mark.parametrize("kind", FOREIGN, ids=IDS)
def test_an_example_has_its_shape_in_any_case_and_with_blanks_around_it(kind: Foreign) -> None:
    for text in (kind.example, kind.example.upper(), kind.example.lower(), f" {kind.example}\t"):
        assert find_foreign(text) is kind


@pytest.mark.parametrize("kind", FOREIGN, ids=IDS)
def test_an_example_has_no_other_shape_so_that_the_order_says_nothing(kind: Foreign) -> None:
    matching = [other for other in FOREIGN if re.fullmatch(other.pattern, kind.example.upper())]
    assert matching == [kind]


@pytest.mark.parametrize("kind", FOREIGN, ids=IDS)
def test_it_is_said_what_it_names_and_what_to_do_instead(kind: Foreign) -> None:
    assert not kind.names.endswith(".")
    assert kind.instead.endswith(".")


@pytest.mark.parametrize("kind", FOREIGN, ids=IDS)
def test_patterns_are_of_the_dialect_that_every_engine_reads(kind: Foreign) -> None:
    assert not re.search(r"\\[A-Za-z0-9]|\(\?[^:]|\^|\$", kind.pattern)
    assert kind.pattern == kind.pattern.upper()
    found = duckdb.execute("SELECT regexp_full_match(?, ?)", [kind.example.upper(), kind.pattern]).fetchone()
    assert found == (True,)


@pytest.mark.parametrize(
    "text",
    [form.example for namespace in NAMESPACES if namespace is not SYMBOL for form in namespace.forms]
    + ["IL7", "TP53", "RSPO1", "RS1", "MIR21", "Mir21", "PSMB1", "FBN1", "WBP1", "WBP2", "SGCD", "CCDC8", "LRG1"]
    + ["HLA-A", "GO", "MPO", "HPRT1", "MI", "RSAD2", "Rs1", "GM12878", "A2M", "ENSA", "ENSG00000104432.14", ""],
)
def test_what_names_a_gene_is_not_foreign(text: str) -> None:
    assert find_foreign(text) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("NC_000008.11", "chromosome"),
        ("NW_003315947.1", "contig"),
        ("WP_011997000.1", "another organism"),
        ("LRG_321t1", "Locus Reference Genomic"),
        ("Non-Targeting Control", "control"),
        ("NonTargetingControlGuideForHuman_0001", "control"),
        ("negative_control_3", "control"),
        ("Neg. Ctrl", "control"),
        ("POS_A(128)", "control"),
        ("safe_harbor", "control"),
        ("NTC", "control"),
        ("ERCC_00110.1", "spike-in"),
        ("EGFP", "reporter"),
        ("dCas9-KRAB", "reporter"),
        ("ss15999", "variant"),
        ("AFFX-BioB-3_at", "Affymetrix"),
        ("200000_s_at", "Affymetrix"),
        ("ENSMUSE00000100000", "exon"),
        ("ENSR00000000001", "regulatory"),
        ("ENSFM00250000000001", "family"),
        ("ENSBTAG00000000001", "another species"),
        ("ENSMMUG00000000001.2", "another species"),
        ("ENSDARP00000000001", "another species"),
        ("DOID:1612", "disease"),
        ("Orphanet:558", "disease"),
        ("EFO_0000305", "disease"),
        ("WBGene00000001", "another species"),
        ("ZFIN:ZDB-GENE-990415-8", "another species"),
        ("R-MMU-69541", "pathway"),
        ("mmu-let-7a-5p", "microRNA"),
        ("MI0000077", "microRNA"),
    ],
)
def test_foreign_identifiers_in_the_spellings_in_use_are_known(text: str, names: str) -> None:
    found = find_foreign(text)
    assert found is not None
    assert names in found.names


@pytest.mark.parametrize("kind", FOREIGN, ids=IDS)
def test_a_foreign_identifier_is_no_accession_of_a_gene(kind: Foreign) -> None:
    """But for RefSeq's own, whose shape is known and whose record is of something else."""
    interpretations = [
        interpretation.identifier.prefix
        for interpretation in recognize(kind.example).interpretations
        if not interpretation.is_text
    ]
    assert interpretations in ([], ["refseq"])


def test_a_long_text_is_looked_at_once() -> None:
    for text in ("AFFX-" + "A" * 100_000 + "!", "RS" + "1" * 100_000, "FB" + "A-" * 50_000):
        assert find_foreign(text) is None
