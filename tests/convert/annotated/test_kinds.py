"""The kinds of features: stated by columns, else by the shape of a name that no gene has."""

from __future__ import annotations

import sqlite3

import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.annotated.kinds import FeatureKind, find_kinds, find_shape
from resolver.genes.ranking import ENGINEERED

SHAPES = {
    FeatureKind.SPIKE_IN: ["ERCC-00002", "ERCC_00171", "SIRV5"],
    FeatureKind.PEAK: ["chr1:1000-2000", "chrX-1000-2000", "chr2_5_10", "1:1000-2000", "GL000194.1:55750-56665"],
    FeatureKind.ANTIBODY: ["CD3_TotalSeqB", "CD19-TotalA", "ADT_CD4", "CD8_ADT", "anti-human CD3", "Hashtag1", "HTO-2"],
    FeatureKind.GUIDE: ["sgTP53_1", "TP53_sg1", "sgRNA-12", "non-targeting_4", "KRAS_gRNA2", "NTC_1"],
    FeatureKind.TRANSGENE: ["EGFP", "eGFP", "GFP", "tdTomato", "mCherry", "Cre", "CreERT2", "LacZ", "Tg(CAG-cre)1Nagy",
                            "GFP_transgene", "dCas9-KRAB"],
    None: ["TP53", "Trp53", "ERCC1", "SGK1", "CFP", "ENSG00000141510", "HLA-A", "Gt(ROSA)26Sor", "nothing at all"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in SHAPES.items() for name in names])
def test_a_shape_gives_the_kind(kind: FeatureKind | None, name: str) -> None:
    assert find_shape(name) == kind


def test_no_symbol_of_a_gene_has_the_shape_of_another_feature(resolver: LocalResolver) -> None:
    connection = sqlite3.connect(f"file:{resolver.release.database}?mode=ro", uri=True)
    rows = connection.execute("SELECT symbol, gene_type FROM gene WHERE symbol IS NOT NULL").fetchall()
    connection.close()
    assert len(rows) > 100_000
    assert [symbol for symbol, kind in rows if kind != ENGINEERED and find_shape(symbol)] == []


def test_a_stated_type_goes_before_the_shape_except_among_genes() -> None:
    types = {"feature_types": ["Gene Expression", "Antibody Capture", "Gene Expression", "Gene Expression", "Custom"]}
    names = ["TP53", "CD4", "EGFP", "chr1:1000-2000", "ERCC-00002"]
    expected = [FeatureKind.GENE, FeatureKind.ANTIBODY, FeatureKind.TRANSGENE, FeatureKind.GENE, FeatureKind.SPIKE_IN]
    assert find_kinds(names, types) == expected


def test_columns_with_other_values_state_no_kind() -> None:
    types = {"feature_type": ["protein_coding", "lncRNA"], "feature_biotype": ["gene", "spike-in"]}
    assert find_kinds(["TP53", "x"], types) == [FeatureKind.GENE, FeatureKind.SPIKE_IN]
    assert find_kinds(["TP53"], {"feature_types": [None]}) == [None]
