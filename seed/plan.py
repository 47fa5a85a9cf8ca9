"""Plan a build: which source files are present, which could be fetched, and what it would cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resolver.errors import InputError, ReleaseError
from resolver.sources.registry import FILES
from resolver.store.release import get_current_release

from .archive import EMBEDDED
from .fetch_policy import POLITE
from .packed import open_packed
from .survey import Answer, query_upstreams
from .upstream import find_upstream_files, iso_date, read_upstream_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from resolver.errors import SourceError
    from resolver.sources.base import SourceFile

    from .fetch_policy import FetchPolicy

# Measured on two cores: from 41 MB of compressed files of human and mouse, a release in 90 s and on 0.5 GB of disk, the
# stages of the build included.
_BUILD_S_PER_MB = 2.2
_DISK_PER_BYTE = 12
# Measured with a made-up gene2refseq of 239 MB, of which 1 % was human or mouse: 7 s.
_READ_S_PER_MB = 0.03
# The share of human and mouse in a file of all species: an assumption, not a measurement.
_SHARE_OF_ALL_SPECIES = 0.02
# The size of an uncompressed file if it were compressed: the figures above are of compressed files.
_COMPRESSED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One source file: its path, or the URL that it would be fetched from.

    `size` and `date` (ISO) are those of the local file, else those that the source reports, else None and "". A local
    file has the date that its server or `dates.tsv` states, not that of its copy. If
    sources were queried, `url` is the present URL, `published` the date that the source reports, and `problem` why it
    could not be queried. `released` is the date of the file in the current release: "" if that is not known, None if
    the release was made without the file.
    """

    file: SourceFile
    path: Path | None
    size: int | None
    date: str = ""
    url: str = ""
    problem: SourceError | None = None
    published: str = ""
    released: str | None = None

    @property
    def is_newer(self) -> bool:
        """Whether the source, or the folder, has a newer file than the one that the current release was made of."""
        dates = [date for date in (self.published, self.date) if date and self.released]
        return any(date > str(self.released) and not date.startswith(str(self.released)) for date in dates)

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
    folders: Sequence[Path],
    *,
    files: Sequence[SourceFile] = FILES,
    query: bool = False,
    policy: FetchPolicy = POLITE,
    released: Mapping[str, str] | None = None,
) -> list[FilePlan]:
    """Return what a build would use: the files in `folders`, and what sources report of each, if `query`.

    `released` are the dates of the files of the current release, by key. Nothing is fetched. A problem of a source is
    noted with its files, not raised.
    """
    released = released or {}
    found = find_upstream_files([folder for folder in folders if folder.is_dir()], files)
    answers = query_upstreams(files, policy) if query else {}
    return [
        _plan_file(file, found.get(file.key), answers.get(file.key, Answer()), released.get(file.key)) for file in files
    ]


def find_released_dates(data_dir: Path) -> tuple[str, dict[str, str]]:
    """Return the id of the current release, and the date (ISO, or "") of each of its source files by key.

    It is the embedded one if there is no other, or if that cannot be read.
    """
    try:
        manifest = get_current_release(data_dir).manifest
    except ReleaseError:
        manifest = open_packed(EMBEDDED).manifest
    return str(manifest["id"]), {source["key"]: source["upstream_date"] for source in manifest["sources"]}


def _plan_file(file: SourceFile, path: Path | None, answer: Answer, released: str | None) -> FilePlan:
    published = iso_date(answer.last_modified)
    size, date = answer.size, published
    if path is not None:
        size, date = path.stat().st_size, read_upstream_version(file, path)[1]
    return FilePlan(file, path, size, date, answer.url, answer.problem, published, released)


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
