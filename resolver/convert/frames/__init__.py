"""Frames of Python's table libraries. To add a library, write its module with `convert_frame` and add it here."""

# The module that converts the frames of a library, by the name of the library's package.
MODULES = {
    "anndata": "resolver.convert.annotated.anndata_names",
    "mudata": "resolver.convert.annotated.mudata_names",
    "pandas": "resolver.convert.frames.pandas",
    "polars": "resolver.convert.frames.polars",
    "pyarrow": "resolver.convert.frames.arrow",
    "pyspark": "resolver.convert.spark.engine",
    "numpy": "resolver.convert.frames.plain",
}
# Python's own lists, tuples and dicts are converted as arrays are.
PLAIN = "numpy"
# Those whose names of features are replaced.
ANNOTATED = ("anndata", "mudata")
