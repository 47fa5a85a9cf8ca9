"""The table formats, one module each. To add one, write its module (see `base`) and add its row to `FORMATS`."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

LARGEST_EXACT = 2**53  # floats do not distinguish all whole numbers above it


class Format(NamedTuple):
    """A format: its name, the suffixes of its files, the module, the class of its sink, and the media type.

    `magic` are the first bytes of its files; a format without is text.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    sink: str
    media_type: str
    magic: bytes = b""

    def load(self) -> Any:  # noqa: ANN401  (a module, imported only for a table of the format)
        """Return the format's module."""
        return import_module(f"{__name__}.{self.module}")

    def load_sink(self) -> Any:  # noqa: ANN401
        """Return the class of its sink."""
        return getattr(self.load(), self.sink)


FORMATS = (
    Format("csv", (".csv",), "csv", "CsvSink", "text/csv; charset=utf-8"),
    Format("tsv", (".tsv", ".tab", ".txt"), "csv", "TsvSink", "text/tab-separated-values; charset=utf-8"),
    Format("parquet", (".parquet", ".pq"), "parquet", "ParquetSink", "application/vnd.apache.parquet", b"PAR1"),
    Format("xlsx", (".xlsx", ".xlsm"), "xlsx", "WorkbookSink",
           "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    Format("ndjson", (".ndjson", ".jsonl"), "ndjson", "NdjsonSink", "application/x-ndjson"),
)  # fmt: skip
BY_NAME = {one.name: one for one in FORMATS}
BY_SUFFIX = {suffix: one for one in FORMATS for suffix in one.suffixes}
