"""What a build would use: which upstream files are here, which could be fetched, and what it would cost."""

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
from .survey import Answer, ask_upstreams
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
# How much of a file of all species is human or mouse. Not measured: no such file was at hand.
_SHARE_OF_ALL_SPECIES = 0.02
# How much smaller a plain file would be if it were compressed, for what is measured is measured on compressed ones.
_COMPRESSED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One upstream file: where it lies, or where it would be fetched from.

    `size` and `date` (ISO) are those of the file that is here, else those that the upstream states, else None and "".
    `url` is today's address and `problem` why it could not be asked for, where upstreams were asked.
    """

    file: SourceFile
    path: Path | None
    size: int | None
    date: str = ""
    url: str = ""
    problem: SourceError | None = None

    @property
    def is_stand_in(self) -> bool:
        """Whether an older file takes the place of today's."""
        if self.path is None:
            return False
        return not any(self.path.match(f"*{end}") for end in _endings(self.file.patterns[0]))


def _endings(pattern: str) -> tuple[str, str]:
    name = pattern.rpartition("/")[2]
    return name, f"{name}.gz"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a build would roughly take; of `unknown` files to fetch the size is not known, and not counted."""

    fetched_bytes: int
    disk_bytes: int
    build_s: float
    unknown: int


def upstream_folder(data_dir: Path) -> Path:
    """Return the folder that fetched files are kept in."""
    return data_dir / "workshop" / "upstream"


def check_folders(folders: Iterable[Path]) -> None:
    """Raise InputError where a folder of upstream files that somebody named is not there."""
    for folder in folders:
        if not folder.is_dir():
            what = "is no folder" if folder.exists() else "does not exist"
            raise InputError(f"{folder} {what}", hint="Name the folder that holds the upstream files with --from.")


def plan_build(
    folders: Sequence[Path], *, files: Sequence[SourceFile] = FILES, ask: bool = False, policy: FetchPolicy = POLITE
) -> list[FilePlan]:
    """Return what a build would use: the files in `folders`, and what upstreams say of each, if `ask`.

    Nothing is fetched. A problem of an upstream is noted with its files, not raised.
    """
    found = find_upstream_files([folder for folder in folders if folder.is_dir()], files)
    answers = ask_upstreams(files, policy) if ask else {}
    return [_plan_file(file, found.get(file.key), answers.get(file.key, Answer())) for file in files]


def _plan_file(file: SourceFile, path: Path | None, answer: Answer) -> FilePlan:
    size, date = answer.size, _iso_date(answer.last_modified)
    if path is not None:
        size, date = path.stat().st_size, _date_of(file, path)
    return FilePlan(file, path, size, date, answer.url, answer.problem)


def _date_of(file: SourceFile, path: Path) -> str:
    """Return the date that the upstream stated when it sent a file, else that of its newest row, else of the file."""
    noted: dict[str, str] | None = read_record(path.with_name(f"{path.name}.meta.json"), dict)
    date = _iso_date(noted.get("last_modified")) if noted else ""
    if not date and file.dated_by:
        # What is wrong with a file is told when it is read for a release.
        with suppress(ResolverError, OSError, pl.exceptions.PolarsError):
            date = read_upstream_version(file, path)[1]
    return date or datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()


def _iso_date(http_date: str | None) -> str:
    try:
        return parsedate_to_datetime(http_date or "").date().isoformat()
    except ValueError:
        return ""


def estimate_build(plans: Iterable[FilePlan]) -> Estimate:
    """Return what a build of these files would roughly take.

    Reading a file of all species is paid by its size, what is made of it only by the small part that is kept.
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
