"""Open source files: find them in a folder, check that they have the known layout, and scan them."""

from __future__ import annotations

import csv
import gzip
from fnmatch import fnmatch
from typing import TYPE_CHECKING, cast

import polars as pl

from resolver.errors import SourceChanged
from resolver.sources.registry import BY_KEY

from .listing import natural_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from resolver.sources.base import Facts, Layout, SourceFile


def find_upstream_files(folders: Iterable[Path], files: Iterable[SourceFile]) -> dict[str, Path]:
    """Return the path of each file that is there, by its key; folders are searched with their subfolders, in order.

    Today's file goes before an older stand-in; of several releases of a file the highest is taken, and of
    several files of one name the largest.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        for file in files:
            for pattern in file.patterns:
                matches = [path for path in paths if fits(path, pattern)]
                if matches and file.key not in found:
                    found[file.key] = max(matches, key=_newness)
    return found


def fits(path: Path, pattern: str) -> bool:
    """Return whether a path is that of such a file, compressed or not."""
    name = path.name.removesuffix(".gz")
    return fnmatch(f"{path.parent.name}/{name}" if "/" in pattern else name, pattern)


def _newness(path: Path) -> tuple[list[tuple[int, str]], int]:
    return natural_order(path.name.removesuffix(".gz")), path.stat().st_size


def read_upstream_file(file: SourceFile, path: Path, others: Mapping[str, Path] | None = None) -> Facts:
    """Return the facts of one upstream file; `others` are the paths of those beside it, of which it may need one.

    Raises SourceChanged, naming file, column and what was found, where the layout is not the one that we know.
    """
    rows = scan_upstream_file(file, path)
    if file.companion is None:
        return file.read(rows, file.key)
    beside = (others or {}).get(file.companion)
    companion = scan_upstream_file(BY_KEY[file.companion], beside) if beside else None
    return file.read(rows, file.key, companion)


def read_upstream_version(file: SourceFile, path: Path) -> tuple[str, str]:
    """Return the version and date of a file, as its name and its newest row tell; empty where they do not."""
    version = ""
    for pattern in file.patterns:
        before, star, after = pattern.rpartition("/")[2].partition("*")
        stem = path.name.removesuffix(".gz")
        if star and stem.startswith(before) and stem.endswith(after):
            version = stem[len(before) : len(stem) - len(after)]
            break
    if file.dated_by is None:
        return version, ""
    newest = (
        scan_upstream_file(file, path).select(pl.col(file.dated_by).str.replace_all("-", "").max()).collect().item()
    )
    date = f"{newest[:4]}-{newest[4:6]}-{newest[6:8]}" if newest else ""
    return version, date


def scan_upstream_file(file: SourceFile, path: Path) -> pl.LazyFrame:
    """Return the file's rows, every column as text."""
    layout = file.layout
    first = _first_row(path, layout)
    if first is None:
        raise SourceChanged(f"{path.name}: the file is empty", source=file.source, hint="Fetch it again.")
    if layout.header:
        missing = [column for column in layout.columns if column not in first]
        if missing:
            raise SourceChanged(
                f"{path.name}: no column {missing[0]!r}; found {', '.join(first)}",
                source=file.source,
                hint="The upstream may have renamed it: compare with the layout in resolver/sources.",
            )
        names = first
    elif len(first or [""]) not in (len(layout.columns), len(layout.columns) + 1):
        raise SourceChanged(
            f"{path.name}: {len(layout.columns)} columns were expected, the first row has {len(first)}",
            source=file.source,
            hint="The upstream may have added or dropped one: compare with the layout in resolver/sources.",
        )
    else:
        names = [*layout.columns, "_surplus"][: len(first or [""])]
    return pl.scan_csv(
        path,
        separator=layout.separator,
        has_header=layout.header,
        quote_char=layout.quote,
        schema=cast("pl.Schema", dict.fromkeys(names, pl.String)),
        truncate_ragged_lines=True,
    )


def _first_row(path: Path, layout: Layout) -> list[str] | None:
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8") as lines:
        if layout.quote is None:
            return next(csv.reader(lines, delimiter=layout.separator, quoting=csv.QUOTE_NONE), None)
        return next(csv.reader(lines, delimiter=layout.separator, quotechar=layout.quote), None)
