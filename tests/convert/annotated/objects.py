"""AnnData and MuData of a few cells, with features that are genes of the embedded genome and others."""

from __future__ import annotations

from typing import Any

import anndata as ad
import mudata as md
import numpy as np
import pandas as pd
from scipy import sparse

# Name, Ensembl id, type by Cell Ranger. The first two are one gene by symbol, and so are the rows of H3-3A.
FEATURES = [
    ("SEPT2", "ENSG00000168385", "Gene Expression"),
    ("SEPTIN2", "ENSG00000168385.18", "Gene Expression"),
    ("TP53", "ENSG00000141510", "Gene Expression"),
    ("MARCH1", "ENSG00000145416", "Gene Expression"),
    ("H3F3A", "ENSG00000163041", "Gene Expression"),
    ("H3-3A", "ENSG00000163041.16", "Gene Expression"),
    ("IL7", "ENSG00000104432", "Gene Expression"),
    ("nothing at all", "nothing", "Gene Expression"),
    ("ERCC-00002", "ERCC-00002", "Gene Expression"),
    ("EGFP", "EGFP", "Gene Expression"),
    ("CD4", "CD4_TotalSeqB", "Antibody Capture"),
    ("TP53_sg1", "TP53_sg1", "CRISPR Guide Capture"),
    ("chr1:1000-2000", "chr1:1000-2000", "Peaks"),
]
NAMES = [name for name, _, _ in FEATURES]
SYMBOLS = ["SEPTIN2", "SEPTIN2", "TP53", "MARCHF1", "H3-3A", "H3-3A", "IL7", *NAMES[7:]]
REPORTED = [*NAMES[:2], "TP53", "MARCHF1", *NAMES[4:6], "IL7", *NAMES[7:]]
MERGED = ["SEPTIN2", "TP53", "MARCHF1", "H3-3A", *SYMBOLS[6:]]
INTO = [0, 0, 1, 2, 3, 3, *range(4, 11)]
KINDS = [*["gene"] * 8, "spike-in", "transgene", "antibody tag", "guide RNA", "peak"]
FORMATS: dict[str, Any] = {
    "csr": sparse.csr_matrix,
    "csc": sparse.csc_matrix,
    "csr array": sparse.csr_array,
    "csc array": sparse.csc_array,
    "dense": np.asarray,
}
OPTIONS: dict[str, Any] = {"to": "symbol", "species": "human"}


def make_counts(cells: int, features: int, dtype: Any = np.int32) -> np.ndarray[Any, Any]:
    """Return counts of which about half are zero."""
    return np.random.default_rng(7).poisson(0.7, (cells, features)).astype(dtype)


def make_var(kind: str) -> pd.DataFrame:
    """Return `var` as a matrix of symbols has it, of Ensembl ids, or of 10x."""
    if kind == "symbols":
        return pd.DataFrame(index=NAMES)
    if kind == "ensembl":
        return pd.DataFrame({"n_cells": range(len(FEATURES))}, index=[accession for _, accession, _ in FEATURES])
    columns = {"gene_ids": [one for _, one, _ in FEATURES], "feature_types": [one for _, _, one in FEATURES]}
    return pd.DataFrame(columns, index=NAMES)


def make_anndata(var: pd.DataFrame | None = None, form: str = "csr", dtype: Any = np.int32) -> ad.AnnData:
    """Return an AnnData of four cells, with a layer, cells that are described, and loadings of features."""
    var = make_var("10x") if var is None else var
    counts = make_counts(4, len(var), dtype)
    cells = [f"cell{number}" for number in range(4)]
    data = ad.AnnData(
        FORMATS[form](counts), obs=pd.DataFrame({"batch": list("aabb")}, index=cells),
        var=var.copy(), layers={"spliced": FORMATS[form](counts // 2)}, obsm={"X_pca": np.ones((4, 2))},
        uns={"title": "a few cells"},
    )  # fmt: skip
    data.varm["PCs"] = np.ones((len(var), 2))
    return data


def make_mudata() -> md.MuData:
    """Return a MuData of genes and antibody tags, with a column of `var` that only the MuData has."""
    tags = ad.AnnData(np.ones((4, 2), np.float32), var=pd.DataFrame(index=["CD3", "CD19"]))
    genes = make_anndata(make_var("symbols"), dtype=np.float32)
    tags.obs_names = genes.obs_names
    data = md.MuData({"rna": genes, "prot": tags})
    data.var["panel"] = [f"p{number}" for number in range(data.n_vars)]
    data.obs["donor"] = list("xxyy")
    data.obsm["X_wnn"] = np.ones((4, 2))
    return data


def as_dense(matrix: Any) -> np.ndarray[Any, Any]:
    """Return the values of a matrix."""
    return np.asarray(matrix.toarray() if sparse.issparse(matrix) else matrix)


def add_up(matrix: Any) -> np.ndarray[Any, Any]:
    """Return the values of a matrix whose columns are added up gene by gene, computed without the product."""
    values = as_dense(matrix)
    summed = np.zeros((values.shape[0], max(INTO) + 1), values.dtype)
    for place, after in enumerate(INTO):
        summed[:, after] += values[:, place]
    return summed
