"""Opening upstream files: find them in a folder, check that they have the layout that we know, and scan them."""

from __future__ import annotations

import csv
import gzip
from fnmatch import fnmatch
from typing import TYPE_CHECKING, cast

import polars as pl

from resolver.errors import SourceChanged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from resolver.sources.base import Facts, SourceFile


def find_upstream_files(folders: Iterable[Path], files: Iterable[SourceFile]) -> dict[str, Path]:
    """Return the path of each file that is there, by its key; folders are searched with their subfolders, in order.

    Of several releases of a file the one whose name sorts last is taken.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        names = sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.name)
        for file in files:
            for pattern in file.patterns:
                matches = [path for path in names if fnmatch(path.name.removesuffix(".gz"), pattern)]
                if matches and file.key not in found:
                    found[file.key] = matches[-1]
    return found


def read_upstream_file(file: SourceFile, path: Path) -> Facts:
    """Return the facts of one upstream file.

    Raises SourceChanged, naming file, column and what was found, where the layout is not the one that we know.
    """
    return file.read(scan_upstream_file(file, path), file.key)


def scan_upstream_file(file: SourceFile, path: Path) -> pl.LazyFrame:
    """Return the file's rows, every column as text."""
    layout = file.layout
    first = _first_row(path, layout.quote)
    if layout.header:
        missing = [column for column in layout.columns if column not in first]
        if missing:
            raise SourceChanged(
                f"{path.name}: no column {missing[0]!r}; found {', '.join(first)}",
                source=file.source,
                hint="The upstream may have renamed it: compare with the layout in resolver/sources.",
            )
        names = first
    elif len(first) not in (len(layout.columns), len(layout.columns) + 1):
        raise SourceChanged(
            f"{path.name}: {len(layout.columns)} columns were expected, the first row has {len(first)}",
            source=file.source,
            hint="The upstream may have added or dropped one: compare with the layout in resolver/sources.",
        )
    else:
        names = [*layout.columns, "_surplus"][: len(first)]
    return pl.scan_csv(
        path,
        separator="\t",
        has_header=layout.header,
        quote_char=layout.quote,
        schema=cast("pl.Schema", dict.fromkeys(names, pl.String)),
        truncate_ragged_lines=True,
    )


def _first_row(path: Path, quote: str | None) -> list[str]:
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8") as lines:
        if quote is None:
            return next(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), [])
        return next(csv.reader(lines, delimiter="\t", quotechar=quote), [])
