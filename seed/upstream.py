"""Open source files: find them in a folder, check that they have the known layout, and scan them."""

from __future__ import annotations

import csv
import gzip
import re
from email.utils import parsedate_to_datetime
from fnmatch import fnmatch
from typing import TYPE_CHECKING, cast

import polars as pl

from resolver.errors import SourceChanged
from resolver.sources.registry import BY_KEY

from .listing import natural_order
from .transfer import read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from resolver.sources.base import Facts, Layout, SourceFile


_DATE = re.compile("[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
# Versions and dates of the files in a folder that this program did not fetch.
DATES = "dates.tsv"


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
    """Return the version and the date (ISO) of a file as they are stated beside it; empty where they are not.

    The server states the date of a file that was fetched; `dates.tsv`, in the folder of a file or in the one above,
    that of another; else its name may, as `HMD_HumanPhenotype.2020-08.rpt` does. The newest row of a file is no date of
    it, nor is the time at which it was copied here. The version is that of `dates.tsv`, else the part of the name that
    changes from release to release.
    """
    stated_version, stated_date = _stated_dates(path).get(path.name, ("", ""))
    version = stated_version or _version_in_name(file, path)
    return version, _date_of_server(path) or stated_date or (version if _DATE.fullmatch(version) else "")


def _version_in_name(file: SourceFile, path: Path) -> str:
    stem = path.name.removesuffix(".gz")
    for pattern in file.patterns:
        # The varying part goes from the first wildcard, or the digits before it, to the last one.
        if varying := re.fullmatch(r"([^*\[]*?)[0-9]*[*\[].*?([^*\]]*)", pattern.rpartition("/")[2]):
            before, after = varying.groups()
            if stem.startswith(before) and stem.endswith(after):
                return stem[len(before) : len(stem) - len(after)]
    return ""


def _date_of_server(path: Path) -> str:
    """Return the date that the server reported for a fetched file; empty for a file that was not fetched."""
    noted: dict[str, str] | None = read_record(path.with_name(f"{path.name}.meta.json"), dict)
    return iso_date(noted.get("last_modified")) if noted else ""


def _stated_dates(path: Path) -> dict[str, tuple[str, str]]:
    """Return by file name the version and date that `dates.tsv` states: name, version, date, separated by tabs."""
    for folder in path.parents[:2]:
        listed = folder / DATES
        if listed.is_file():
            rows = (line.split("\t") for line in listed.read_text(encoding="utf-8").splitlines())
            return {row[0]: (row[1], row[2]) for row in rows if len(row) > 2 and not row[0].startswith("#")}
    return {}


def iso_date(http_date: str | None) -> str:
    """Return an HTTP date as an ISO date; empty if there is none."""
    try:
        return parsedate_to_datetime(http_date or "").date().isoformat()
    except ValueError:
        return ""


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
        comment_prefix=layout.comment,
        schema=cast("pl.Schema", dict.fromkeys(names, pl.String)),
        truncate_ragged_lines=True,
    )


def _first_row(path: Path, layout: Layout) -> list[str] | None:
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8") as opened:
        comment = layout.comment
        lines = opened if comment is None else (line for line in opened if not line.startswith(comment))
        if layout.quote is None:
            return next(csv.reader(lines, delimiter=layout.separator, quoting=csv.QUOTE_NONE), None)
        return next(csv.reader(lines, delimiter=layout.separator, quotechar=layout.quote), None)
