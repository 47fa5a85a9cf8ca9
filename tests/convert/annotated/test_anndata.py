"""AnnData: names of features become identifiers, and features of one gene are handled as requested."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.merging import CollisionWarning
from resolver.convert.report.summary import Summary
from resolver.errors import BadOption, MissingColumn
from tests.convert.annotated.objects import (
    FORMATS,
    KINDS,
    MERGED,
    NAMES,
    OPTIONS,
    REPORTED,
    SYMBOLS,
    add_up,
    as_dense,
    make_anndata,
    make_counts,
    make_var,
)

ADDED = ["original_name", "symbol", "outcome", "reason", "matched_as", "retired_from", "also", "feature_kind"]
UNIQUE = ["SEPTIN2", "SEPTIN2-1", "TP53", "MARCHF1", "H3-3A", "H3-3A-1", *SYMBOLS[6:]]
VARS = ["symbols", "ensembl", "10x"]


def _convert(resolver: LocalResolver, data: ad.AnnData, **options: Any) -> tuple[ad.AnnData, Summary]:
    summaries: list[Summary] = []
    chosen = {"collisions": "report", **OPTIONS, **options}
    converted = resolver.convert(data, **chosen, on_summary=summaries.append)
    return converted, summaries[0]


def test_collisions_that_nobody_chose_are_warned_of(resolver: LocalResolver) -> None:
    data = make_anndata()
    with pytest.warns(
        CollisionWarning, match="4 features are of 2 genes that have several, and keep their old"
    ) as raised:
        converted = resolver.convert(data, **OPTIONS)
    assert raised[0].filename == __file__
    assert "collisions='sum'" in str(raised[0].message)
    assert converted.var_names.tolist()[:2] == data.var_names.tolist()[:2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for choice in ("report", "first", "unique", "sum"):
            resolver.convert(data, **OPTIONS, collisions=choice)
        resolver.convert(make_anndata(make_var("10x").iloc[2:4]), **OPTIONS)


@pytest.mark.parametrize("mark", ["-1", ".1", "_2"])
def test_names_made_unique_are_read_as_the_name_beside_them(resolver: LocalResolver, mark: str) -> None:
    names = ["TBCE", f"TBCE{mark}", "TP53", f"IL7{mark}", "HLA-A", "nothing at all", f"nothing at all{mark}"]
    data = make_anndata(pd.DataFrame(index=names))
    summed, summary = _convert(resolver, data, collisions="sum")
    assert summed.var_names.tolist() == ["TBCE", "TP53", f"IL7{mark}", *names[4:]]
    assert np.array_equal(as_dense(summed.X)[:, 0], as_dense(data.X)[:, :2].sum(axis=1))
    assert summed.var["original_name"].tolist()[0] == f"TBCE;TBCE{mark}"
    assert summed.var["feature_kind"].tolist()[:2] == ["gene", "gene"]
    assert f"1 names made unique are read without their number: TBCE{mark}" in summary.notes
    assert summary.columns[0].outcomes["resolved"] == 4
    kept, _ = _convert(resolver, data)
    assert kept.var_names.tolist() == names
    assert kept.var["symbol"].tolist()[:2] == ["TBCE", "TBCE"]


def test_a_sum_shows_how_each_of_its_features_matched(resolver: LocalResolver) -> None:
    summed, _ = _convert(resolver, make_anndata(make_var("symbols")), collisions="sum")
    assert summed.var["matched_as"].tolist()[:2] == ["previous_symbol SEPT2;symbol SEPTIN2", "symbol TP53"]
    first, _ = _convert(resolver, make_anndata(make_var("symbols")), collisions="first")
    assert first.var["matched_as"].tolist()[0] == "previous_symbol SEPT2"


@pytest.mark.parametrize("kind", VARS)
def test_names_that_collide_are_kept_and_reported_by_default(resolver: LocalResolver, kind: str) -> None:
    data = make_anndata(make_var(kind))
    before = data.copy()
    converted, summary = _convert(resolver, data)
    old = before.var_names.tolist()
    expected = [old[place] if place in {0, 1, 4, 5} else name for place, name in enumerate(REPORTED)]
    expected[7:] = old[7:]
    assert converted.var_names.tolist() == expected
    assert converted.var_names.is_unique
    assert converted.var["original_name"].tolist() == old
    assert converted.var["symbol"].tolist()[:7] == SYMBOLS[:7]
    assert converted.var.columns.tolist() == [*before.var.columns, *ADDED]
    note = next(note for note in summary.notes if note.startswith("4 features are of 2 genes"))
    assert (
        f"they keep their names (collisions='first', 'unique' or 'sum' decides otherwise): SEPTIN2 ({old[0]}, {old[1]})"
        in note
    )
    assert (converted.X != before.X).nnz == 0
    assert converted.X.dtype == before.X.dtype
    assert converted.obs.equals(before.obs)
    assert converted.uns == before.uns
    assert np.array_equal(converted.varm["PCs"], before.varm["PCs"])
    # What was given is not changed.
    pd.testing.assert_frame_equal(data.var, before.var)
    converted.X.data[:] = 9
    assert (data.X != before.X).nnz == 0


@pytest.mark.parametrize("kind", ["symbols", "10x"])
def test_features_are_marked_with_their_kind(resolver: LocalResolver, kind: str) -> None:
    converted, summary = _convert(resolver, make_anndata(make_var(kind)))
    expected = list(KINDS)
    if kind == "symbols":
        expected[7], expected[10] = "other", "gene"  # without types, CD4 is a gene
    assert converted.var["feature_kind"].tolist() == expected
    others = converted.var["feature_kind"] != "gene"
    assert converted.var["symbol"][others].isna().all()
    assert converted.var_names[others].tolist() == converted.var["original_name"][others].tolist()
    assert any("1 spike-in" in note and "1 peak" in note for note in summary.notes)
    assert summary.rows == summary.columns[0].outcomes.total() == expected.count("gene") + expected.count("other")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", VARS)
@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_counts_of_features_that_became_one_gene_are_summed(
    resolver: LocalResolver, form: str, kind: str, dtype: str
) -> None:
    data = make_anndata(make_var(kind), form, dtype)
    before = data.copy()
    converted, summary = _convert(resolver, data, collisions="sum")
    old = before.var_names.tolist()
    assert converted.var_names.tolist()[:6] == [*MERGED[:5], old[7]]
    assert converted.var["original_name"].tolist()[:4] == [f"{old[0]};{old[1]}", *old[2:4], f"{old[4]};{old[5]}"]
    for new, matrix in ((converted.X, before.X), (converted.layers["spliced"], before.layers["spliced"])):
        assert np.array_equal(as_dense(new), add_up(matrix))
        assert (type(new), new.dtype) == (type(matrix), matrix.dtype)
    assert np.array_equal(as_dense(data.X), as_dense(before.X))
    assert converted.obs.equals(before.obs)
    assert np.array_equal(converted.obsm["X_pca"], before.obsm["X_pca"])
    assert not converted.varm
    assert any("varm (PCs) were left out" in note for note in summary.notes)
    assert any("their counts were added up" in note for note in summary.notes)
    assert summary.rows - summary.written == 2


@pytest.mark.parametrize("form", FORMATS)
def test_the_first_feature_of_a_gene_can_be_kept_alone(resolver: LocalResolver, form: str) -> None:
    data = make_anndata(form=form)
    converted, summary = _convert(resolver, data, collisions="first")
    kept = [place for place in range(len(NAMES)) if place not in {1, 5}]
    assert converted.var_names.tolist() == MERGED
    assert np.array_equal(as_dense(converted.X), as_dense(data.X)[:, kept])
    assert converted.varm["PCs"].shape == (len(kept), 2)
    assert any("the others are left out" in note for note in summary.notes)


def test_names_that_collide_can_get_numbers(resolver: LocalResolver) -> None:
    converted, summary = _convert(resolver, make_anndata(), collisions="unique")
    assert converted.var_names.tolist() == UNIQUE
    assert any("7 features are named by symbol, 5 of them anew; 1 that match no" in note for note in summary.notes)
    assert any("2 names have a number to differ: SEPTIN2-1, H3-3A-1" in note for note in summary.notes)


def test_raw_gets_new_names_too_and_its_logarithms_are_not_summed(resolver: LocalResolver) -> None:
    data = make_anndata(make_var("10x"), dtype="float32")
    data.raw = data
    counted, _ = _convert(resolver, data, collisions="sum")
    assert counted.raw.var_names.tolist() == MERGED
    assert np.array_equal(as_dense(counted.raw.X), add_up(data.raw.X))
    data.raw = ad.AnnData(np.log1p(data.X), obs=data.obs, var=data.var[[]])
    logged, summary = _convert(resolver, data, collisions="sum")
    assert logged.var_names.tolist() == MERGED
    assert logged.raw.var_names.tolist() == REPORTED
    assert np.array_equal(as_dense(logged.raw.X), as_dense(data.raw.X))
    assert logged.raw.var["feature_kind"].tolist() == KINDS
    assert any("raw: its values are not counts" in note for note in summary.notes)
    first, _ = _convert(resolver, data, collisions="first")
    assert first.raw.var_names.tolist() == MERGED
    assert first.raw[:, "SEPTIN2"].X.shape == (4, 1)


def test_logarithms_and_scaled_values_are_not_summed(resolver: LocalResolver) -> None:
    data = make_anndata(dtype="float32")
    data.X = np.log1p(data.X)
    data.uns["log1p"] = {"base": None}
    with pytest.raises(BadOption, match="X has logarithms") as raised:
        _convert(resolver, data, collisions="sum")
    assert "Convert the counts before they are normalized" in str(raised.value.hint)
    scaled = make_anndata(form="dense", dtype="float32")
    scaled.layers["scaled"] = np.asarray(scaled.X) - 1
    with pytest.raises(BadOption, match="the layer scaled has values below zero"):
        _convert(resolver, scaled, collisions="sum")
    assert _convert(resolver, data, collisions="first")[0].var_names.tolist() == MERGED


def test_the_column_of_identifiers_is_detected_or_named(resolver: LocalResolver) -> None:
    var = make_var("10x").iloc[:7]
    converted, summary = _convert(resolver, make_anndata(var), to="ncbigene")
    assert summary.columns[0].name == "gene_ids"
    assert converted.var_names[2] == "7157"
    by_name, summary = _convert(resolver, make_anndata(var), to="ncbigene", column="var_names")
    assert summary.columns[0].name == "var_names"
    assert by_name.var["matched_as"].tolist()[2] == "symbol TP53"
    var.index.name = "gene_name"
    assert _convert(resolver, make_anndata(var), column="gene_name")[1].columns[0].name == "gene_name"
    both, _ = _convert(resolver, make_anndata(var), column="gene_ids,gene_name", to="symbol,ensembl")
    assert both.var_names[6] == "IL7"
    assert both.var["ensembl"].tolist()[6] == "ENSG00000104432"
    with pytest.raises(MissingColumn, match="'genes'"):
        _convert(resolver, make_anndata(var), column="genes")
    with pytest.raises(BadOption, match="a feature has one name"):
        _convert(resolver, make_anndata(var), column=["gene_ids", "gene_name"])


def test_columns_that_exist_keep_their_cells(resolver: LocalResolver) -> None:
    once, _ = _convert(resolver, make_anndata(make_var("symbols")))
    twice, _ = _convert(resolver, once, to="ensembl", column="var_names", collisions="unique")
    assert twice.var["original_name"].tolist() == NAMES
    assert twice.var["original_name_2"].tolist() == REPORTED
    assert twice.var_names[2] == "ENSG00000141510"


def test_names_that_were_there_twice_before_stay_and_are_reported(resolver: LocalResolver) -> None:
    var = pd.DataFrame(index=["TP53", "nothing at all", "nothing at all", "IL7"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = make_anndata(var)
    converted, summary = _convert(resolver, data)
    assert converted.var_names.tolist() == var.index.tolist()
    assert any("1 name was there more than once before, and still: nothing at all" in note for note in summary.notes)


def test_views_and_files_on_disk_are_converted_as_copies(resolver: LocalResolver, tmp_path: Path) -> None:
    data = make_anndata()
    data.raw = data
    view = data[:2, ::-1]
    for choice in ("report", "first", "sum"):
        converted, _ = _convert(resolver, view, collisions=choice)
        assert converted.n_obs == 2
        assert not converted.is_view
        assert converted.raw.shape[0] == 2
        assert "TP53" in converted.var_names
        assert view.is_view
    data.write_h5ad(tmp_path / "a.h5ad")
    backed = ad.read_h5ad(tmp_path / "a.h5ad", backed="r")
    converted, _ = _convert(resolver, backed, collisions="sum")
    assert np.array_equal(as_dense(converted.X), add_up(data.X))
    backed.file.close()


def test_a_converted_object_is_written_and_read_again(resolver: LocalResolver, tmp_path: Path) -> None:
    data = make_anndata()
    data.raw = data
    converted, _ = _convert(resolver, data, collisions="sum")
    converted.write_h5ad(tmp_path / "a.h5ad")
    again = ad.read_h5ad(tmp_path / "a.h5ad")
    pd.testing.assert_frame_equal(again.var, converted.var)
    assert again.raw.var_names.tolist() == converted.raw.var_names.tolist()


def test_a_matrix_of_many_features_is_converted_as_a_small_one(resolver: LocalResolver) -> None:
    names = [*NAMES, *(f"ENSG{number:011d}" for number in range(100_000, 101_500))]
    data = ad.AnnData(make_counts(2, len(names)), var=pd.DataFrame(index=names))
    with pytest.warns(UserWarning, match="of the cells of 'var_names' match genes") as raised:
        converted, _ = _convert(resolver, data, column="var_names")
    assert raised[0].filename == __file__
    assert converted.var_names[:13].tolist() == REPORTED
    small, _ = _convert(resolver, make_anndata(make_var("symbols")))
    assert converted.var["matched_as"].tolist()[:13] == small.var["matched_as"].tolist()
    assert set(converted.var["feature_kind"][13:]) == {"gene"}


def test_a_feature_that_names_transgenes_of_mice_keeps_its_name(resolver: LocalResolver) -> None:
    var = pd.DataFrame(index=["Trp53", "Il7", "Actb", "GFP", "Tg(CAG-EGFP)1Osb"])
    converted, _ = _convert(resolver, make_anndata(var), species="mouse")
    assert converted.var_names.tolist() == var.index.tolist()
    assert converted.var["feature_kind"].tolist() == [*["gene"] * 3, *["transgene"] * 2]


@pytest.mark.parametrize("choice", ["report", "first", "sum"])
def test_genes_with_one_protein_are_not_one_gene(resolver: LocalResolver, choice: str) -> None:
    var = pd.DataFrame(index=["H4C1", "H4C2", "H4C3", "TP53"])
    converted, summary = _convert(resolver, make_anndata(var), to="uniprot", collisions=choice)
    assert converted.var_names.tolist() == ["H4C1", "H4C2", "H4C3", "P04637"]
    assert converted.var["uniprot"].tolist() == ["P62805"] * 3 + ["P04637"]
    assert any("1 identifier is that of several features that are not one gene" in note for note in summary.notes)


def test_what_does_not_fit_is_an_error(resolver: LocalResolver) -> None:
    data = make_anndata()
    with pytest.raises(BadOption, match="in_place is for files"):
        _convert(resolver, data, in_place=True)
    with pytest.raises(BadOption, match="a feature cannot become several"):
        _convert(resolver, data, on_many="explode")
    with pytest.raises(BadOption, match="there is no 'mean' here"):
        _convert(resolver, data, collisions="mean")
    with pytest.raises(BadOption, match="collisions is for AnnData and MuData"):
        resolver.convert(pd.DataFrame({"gene": ["IL7"]}), collisions="sum")
    peaks = ad.AnnData(np.ones((2, 2)), var=pd.DataFrame(index=["chr1:1-9", "chr1:20-90"]))
    with pytest.raises(BadOption, match="no feature of the AnnData may be a gene: 2 peaks"):
        _convert(resolver, peaks)
    data.raw = data
    with pytest.raises(BadOption, match="a Raw of anndata cannot be converted"):
        resolver.convert(data.raw, to="symbol")
