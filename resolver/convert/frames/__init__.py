"""Frames of Python's table libraries. To add a library, write its module with `convert_frame` and add it here."""

# The module that converts the frames of a library, by the name of the library's package.
MODULES = {
    "pandas": "resolver.convert.frames.pandas",
    "polars": "resolver.convert.frames.polars",
    "pyarrow": "resolver.convert.frames.arrow",
    "pyspark": "resolver.convert.spark.engine",
    "numpy": "resolver.convert.frames.plain",
}
# That of Python's own lists, tuples and dicts.
PLAIN = "resolver.convert.frames.plain"
