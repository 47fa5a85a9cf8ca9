"""Plan a build: which source files are present, which could be fetched, and what it would cost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import polars as pl

from resolver.errors import InputError, ResolverError
from resolver.sources.registry import FILES

from .fetch_policy import POLITE
from .survey import Answer, query_upstreams
from .transfer import read_record
from .upstream import find_upstream_files, read_upstream_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from resolver.errors import SourceError
    from resolver.sources.base import SourceFile

    from .fetch_policy import FetchPolicy

# Measured on two cores: from 31 MB of compressed files of human and mouse, a release in 61 s and on 0.65 GB of disk.
_BUILD_S_PER_MB = 2.0
_DISK_PER_BYTE = 21
# Measured with a made-up gene2refseq of 239 MB, of which 1 % was human or mouse: 7 s.
_READ_S_PER_MB = 0.03
# The share of human and mouse in a file of all species: an assumption, not a measurement.
_SHARE_OF_ALL_SPECIES = 0.02
# The size of an uncompressed file if it were compressed: the figures above are of compressed files.
_COMPRESSED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One source file: its path, or the URL that it would be fetched from.

    `size` and `date` (ISO) are those of the local file, else those that the source reports, else None and "". If
    sources were queried, `url` is the present URL and `problem` why it could not be queried.
    """

    file: SourceFile
    path: Path | None
    size: int | None
    date: str = ""
    url: str = ""
    problem: SourceError | None = None

    @property
    def is_stand_in(self) -> bool:
        """Whether an older file is used instead of the latest one."""
        if self.path is None:
            return False
        return not any(self.path.match(f"*{end}") for end in _endings(self.file.patterns[0]))


def _endings(pattern: str) -> tuple[str, str]:
    name = pattern.rpartition("/")[2]
    return name, f"{name}.gz"


@dataclass(frozen=True, slots=True)
class Estimate:
    """The approximate cost of a build; the size of `unknown` files to fetch is not known, and not counted."""

    fetched_bytes: int
    disk_bytes: int
    build_s: float
    unknown: int


def build_folder(data_dir: Path) -> Path:
    """Return the working folder of builds, which may be removed when no build is running."""
    return data_dir / "build"


def upstream_folder(data_dir: Path) -> Path:
    """Return the folder of fetched files."""
    return build_folder(data_dir) / "upstream"


def check_folders(folders: Iterable[Path]) -> None:
    """Raise InputError if a folder of source files does not exist."""
    for folder in folders:
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            raise InputError(f"{folder} {what}", hint="Name the folder that contains the source files with --from.")


def plan_build(
    folders: Sequence[Path], *, files: Sequence[SourceFile] = FILES, query: bool = False, policy: FetchPolicy = POLITE
) -> list[FilePlan]:
    """Return what a build would use: the files in `folders`, and what sources report of each, if `query`.

    Nothing is fetched. A problem of a source is noted with its files, not raised.
    """
    found = find_upstream_files([folder for folder in folders if folder.is_dir()], files)
    answers = query_upstreams(files, policy) if query else {}
    return [_plan_file(file, found.get(file.key), answers.get(file.key, Answer())) for file in files]


def _plan_file(file: SourceFile, path: Path | None, answer: Answer) -> FilePlan:
    size, date = answer.size, _iso_date(answer.last_modified)
    if path is not None:
        size, date = path.stat().st_size, _date_of(file, path)
    return FilePlan(file, path, size, date, answer.url, answer.problem)


def _date_of(file: SourceFile, path: Path) -> str:
    """Return the date that the source reported for a file, else that of its newest row, else of the file."""
    noted: dict[str, str] | None = read_record(path.with_name(f"{path.name}.meta.json"), dict)
    date = _iso_date(noted.get("last_modified")) if noted else ""
    if not date and file.dated_by:
        # A damaged file is reported when it is read for a release.
        with suppress(ResolverError, OSError, pl.exceptions.PolarsError):
            date = read_upstream_version(file, path)[1]
    return date or datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()


def _iso_date(http_date: str | None) -> str:
    try:
        return parsedate_to_datetime(http_date or "").date().isoformat()
    except ValueError:
        return ""


def estimate_build(plans: Iterable[FilePlan]) -> Estimate:
    """Return the approximate cost of a build of these files.

    Reading a file of all species costs by its size, the later stages only by the small part that is kept.
    """
    fetched = kept = 0.0
    read_s = 0.0
    unknown = 0
    for each in plans:
        if each.size is None:
            unknown += bool(each.url or each.problem)
            continue
        is_gzip = (each.path.name if each.path else each.url).endswith(".gz")
        compressed = each.size * (1 if is_gzip else _COMPRESSED_SHARE)
        fetched += each.size if each.path is None else 0
        kept += compressed * (_SHARE_OF_ALL_SPECIES if each.file.all_species else 1)
        read_s += compressed / 1e6 * _READ_S_PER_MB if each.file.all_species else 0
    return Estimate(
        fetched_bytes=int(fetched),
        disk_bytes=int(fetched + kept * _DISK_PER_BYTE),
        build_s=read_s + kept / 1e6 * _BUILD_S_PER_MB,
        unknown=unknown,
    )
