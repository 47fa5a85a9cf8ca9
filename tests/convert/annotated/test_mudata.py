"""MuData: the modality of genes is converted, and the others and what the MuData knows of cells stay."""

from __future__ import annotations

from typing import Any

import anndata as ad
import mudata as md
import numpy as np
import pandas as pd
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.merging import CollisionWarning
from resolver.convert.report.summary import Summary
from resolver.errors import BadOption
from tests.convert.annotated.objects import (
    INTO,
    MERGED,
    OPTIONS,
    REPORTED,
    add_up,
    as_dense,
    make_anndata,
    make_mudata,
    make_var,
)

# mudata warns of its own next version.
pytestmark = pytest.mark.filterwarnings("ignore:From 0.4 .update:FutureWarning")


@pytest.mark.parametrize(("choice", "names"), [("report", REPORTED), ("first", MERGED), ("sum", MERGED)])
def test_the_modality_of_genes_is_converted(resolver: LocalResolver, choice: str, names: list[str]) -> None:
    data = make_mudata()
    before = data.copy()
    summaries: list[Summary] = []
    converted = resolver.convert(data, **OPTIONS, column="var_names", collisions=choice, on_summary=summaries.append)
    # Without types of features, the antibody tag CD4 is a gene.
    assert converted.mod["rna"].var_names.tolist() == names
    assert converted.var_names.tolist() == [*names, "CD3", "CD19"]
    assert converted.obs["donor"].tolist() == before.obs["donor"].tolist()
    assert np.array_equal(converted.obsm["X_wnn"], before.obsm["X_wnn"])
    kept = [INTO.index(after) for after in range(len(names))] if choice != "report" else range(len(names))
    panel = before.var["panel"].tolist()
    assert converted.var["panel"].tolist() == [*(panel[place] for place in kept), *panel[-2:]]
    assert converted.mod["prot"].var.equals(before.mod["prot"].var)
    if choice == "sum":
        assert np.array_equal(as_dense(converted.mod["rna"].X), add_up(before.mod["rna"].X))
    assert "rna is converted; prot stay as they are" in summaries[0].notes[0]
    assert data.var_names.tolist() == before.var_names.tolist()
    converted.mod["prot"].X[:] = 9
    assert np.array_equal(data.mod["prot"].X, before.mod["prot"].X)


def _join(**parts: ad.AnnData) -> Any:
    return md.MuData(parts)


def test_the_modality_is_found_by_the_types_of_its_features(resolver: LocalResolver) -> None:
    tags = ad.AnnData(np.ones((4, 2)), var=pd.DataFrame({"feature_types": "Antibody Capture"}, index=["CD3", "CD19"]))
    data = _join(one=tags, two=make_anndata())
    converted = resolver.convert(data, **OPTIONS, collisions="report")
    assert converted.mod["two"].var_names.tolist() == REPORTED
    with pytest.warns(CollisionWarning, match="4 features are of 2 genes"):
        resolver.convert(data, **OPTIONS)


def test_a_mudata_without_a_modality_of_genes_or_with_several_is_an_error(resolver: LocalResolver) -> None:
    tags = ad.AnnData(np.ones((4, 2)), var=pd.DataFrame(index=["CD3", "CD19"]))
    with pytest.raises(BadOption, match=r"no modality has counts of genes \(modalities: a\)") as raised:
        resolver.convert(_join(a=tags), **OPTIONS)
    assert 'mdata["NAME"] is an AnnData' in str(raised.value.hint)
    other = make_anndata(make_var("10x"))
    other.var_names = [f"{name} b" for name in other.var_names]
    with pytest.raises(BadOption, match="several modalities have them: a, b"):
        resolver.convert(_join(a=make_anndata(), b=other), **OPTIONS)
