"""AnnData and MuData: features get identifiers of one namespace, and features of one gene can be summed.

Only `anndata_names`, `mudata_names`, `features` and `matrices` import the libraries of the extra.
"""
