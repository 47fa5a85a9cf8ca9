"""The stages that make a release: read, join, pack, write the database, verify. One path for every kind of release."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from resolver.errors import InputError, NoRelease, ReleaseError
from resolver.sources.base import SCHEMAS, Facts
from resolver.sources.registry import FILES
from resolver.store.release import (
    DATABASE,
    POINTER,
    Release,
    find_current_release,
    list_releases,
    open_release,
    releases_folder,
)

from .archive import EMBEDDED, opened_packed
from .curated import CURATED, read_curated_facts
from .evidence import CURATED_KEY
from .join import Joined, join_facts
from .load import write_database
from .manifest import complete_manifest, describe_origin, write_manifest
from .packed import write_packed
from .plan import build_folder
from .publish import check_files, draft_folder, make_current, one_at_a_time
from .stages import Stages, digest_file, digest_inputs
from .upstream import find_upstream_files, read_upstream_file, read_upstream_version
from .verify import verify_answers, verify_release

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from resolver.sources.base import SourceFile

    from .packed import Packed

    # What is done next, and the share of the work that is done; None where that is not known.
    OnStage = Callable[[str, float | None], None]


def silent(_stage: str, _share: float | None = None) -> None:
    """Report nothing."""


def publish_embedded(data_dir: Path, on_stage: OnStage = silent) -> Release:
    """Publish the embedded genome in a data folder without a release, and return it.

    Of two processes that do so at once the second waits, and returns what the first published. Interrupted at any
    moment, it leaves nothing that is read. Takes some ten seconds on two cores. Raises NoRelease if the folder has
    releases that were built and none is published: whoever built them decides.
    """
    with one_at_a_time(data_dir):
        current = _find_readable(data_dir)
        if current is not None:
            return current
        with opened_packed() as packed:
            if not (data_dir / POINTER).exists():
                _refuse_unpublished(data_dir, packed)
            on_stage("unpacking the embedded genome", 0.0)
            release = _load(data_dir, packed, on_stage)
        return make_current(data_dir, release.id)


def _refuse_unpublished(data_dir: Path, embedded: Packed) -> None:
    built = [release.id for release in list_releases(data_dir) if release.id != embedded.id]
    if built:
        more = f", and {len(built) - 1} more" if len(built) > 1 else ""
        raise NoRelease(
            f"no release is published in {data_dir}, but {built[0]} is built{more}",
            hint=f"Publish it: resolver seed publish {built[0]}; or the embedded genome: resolver seed unpack",
        )


def unpack_release(data_dir: Path, place: Path | None, on_stage: OnStage = silent) -> Release:
    """Write the database of a packed release, in a file or folder or embedded, and return it; it is not yet current.

    Where the data folder has it already and undamaged, it is returned as it is. Raises InputError where there is no
    packed release, ReleaseCorrupt where it is damaged.
    """
    with opened_packed(place) as packed, one_at_a_time(data_dir):
        return _load(data_dir, packed, on_stage)


def build_genome_release(data_dir: Path, folders: Sequence[Path], on_stage: OnStage = silent) -> Release:
    """Build a release from all source files in `folders`, and return it; it is verified, but not yet current.

    Each stage leaves a stamp, so that a rerun resumes an interrupted build. Missing files are left out:
    `resolver.sources` states what each would have added.
    """
    build = build_folder(data_dir)
    with one_at_a_time(build):  # two builds would write the same stages
        joined, sources = _join_files(Stages(build / "stages"), folders, on_stage)
        return finish_release(joined, sources, data_dir=data_dir, on_stage=on_stage)


def compile_genome(folders: Sequence[Path], target: Path = EMBEDDED, on_stage: OnStage = silent) -> Packed:
    """Write the packed release of all source files in `folders`, and return it; `target` is replaced as a whole.

    The same files give the same bytes. It is verified before anything is replaced.
    """
    with tempfile.TemporaryDirectory(prefix="resolver-compile-") as scratch:
        joined, sources = _join_files(Stages(Path(scratch) / "stages"), folders, on_stage)
        release = finish_release(joined, sources, data_dir=Path(scratch), on_stage=on_stage)
        with opened_packed(release.folder) as packed:
            target.mkdir(parents=True, exist_ok=True)
            for old in target.glob("*.parquet"):
                old.unlink()
            for name in packed.manifest["files"]:
                shutil.copyfile(packed.folder / name, target / name)
            write_manifest(target, packed.manifest)
    with opened_packed(target) as written:
        return written


def finish_release(
    joined: Joined,
    sources: list[dict[str, Any]],
    *,
    data_dir: Path,
    name: str = "genome",
    on_stage: OnStage = silent,
) -> Release:
    """Pack what was joined, write and verify its release, and return it; it is not yet current.

    Its id is `name` and the beginning of the hash of its content: the same facts give the same release. One that
    exists already is verified and returned. A build that fails or is killed leaves the current release unchanged.
    """
    with one_at_a_time(data_dir), draft_folder(releases_folder(data_dir)) as draft:
        on_stage("packing", None)
        packed = write_packed(draft, joined, name=name, sources=sources)
        release = _find_loaded(data_dir, packed)
        if release is not None:
            on_stage("verifying", None)
            verify_release(release)
            return release
        return _write_release(data_dir, packed, on_stage, verify_release)


def _load(data_dir: Path, packed: Packed, on_stage: OnStage) -> Release:
    release = _find_loaded(data_dir, packed)
    if release is not None:
        return release
    with draft_folder(releases_folder(data_dir)) as draft:
        for name in packed.manifest["files"]:
            shutil.copyfile(packed.folder / name, draft / name)
        return _write_release(data_dir, type(packed)(draft, packed.manifest), on_stage, verify_answers)


def _write_release(data_dir: Path, packed: Packed, on_stage: OnStage, verify: Callable[[Release], None]) -> Release:
    """Complete the draft that contains a packed release, and move it to its place; what is there is replaced."""
    write_database(packed.folder / DATABASE, packed, on_stage)
    write_manifest(packed.folder, complete_manifest(packed.manifest, packed.folder / DATABASE))
    on_stage("verifying", 0.97)
    verify(open_release(packed.folder))
    home = releases_folder(data_dir) / packed.id
    if home.exists():  # of another schema, or damaged; who reads it goes on reading the files that they have open
        replaced = Path(tempfile.mkdtemp(prefix=".replaced-", dir=home.parent))
        home.rename(replaced / home.name)
        packed.folder.rename(home)
        shutil.rmtree(replaced)
    else:
        packed.folder.rename(home)
    on_stage("done", 1.0)
    return open_release(home)


def _find_loaded(data_dir: Path, packed: Packed) -> Release | None:
    """Return the release that was made from `packed` before, unless it is damaged or of another schema."""
    try:
        release = open_release(releases_folder(data_dir) / packed.id)
        check_files(release)
    except ReleaseError:
        return None
    return release


def _find_readable(data_dir: Path) -> Release | None:
    try:
        return find_current_release(data_dir)
    except ReleaseError:
        return None


def _join_files(stages: Stages, folders: Sequence[Path], on_stage: OnStage) -> tuple[Joined, list[dict[str, Any]]]:
    """Return what the source files in `folders` add up to, and a row for each of them."""
    facts = Facts()
    digests: list[str] = []
    dates: dict[str, str] = {}
    sources: list[dict[str, Any]] = []
    found = find_upstream_files(folders, FILES)
    if not found:
        raise InputError(
            f"no upstream file in {', '.join(str(folder) for folder in folders)}",
            hint="Fetch them: resolver seed fetch; or name a folder that contains them with --from.",
        )
    for file in FILES:
        path = found.get(file.key)
        if path is None:
            continue
        on_stage(f"reading {path.name}", None)
        content = digest_file(path)
        companion = found.get(file.companion) if file.companion else None
        digest = digest_inputs([file.key, content, digest_file(companion) if companion else ""])
        frames = stages.run(f"facts.{file.key}", digest, partial(_read_frames, file, path, found))
        for kind, frame in frames.items():
            getattr(facts, kind).append(frame)
        version, date = read_upstream_version(file, path)
        dates[file.key] = date
        digests.append(f"{digest} {date}")
        sources.append(
            {
                "key": file.key,
                "source": file.source,
                "file": path.name,
                "url": file.url,
                "license": file.license,
                "upstream_version": version,
                "upstream_date": date,
                "sha256": content,
                "note": describe_origin(path, content),
            }
        )
    facts.extend(read_curated_facts())
    digests.append(digest_file(CURATED))
    on_stage("joining statements into genes", None)
    frames = stages.run("joined", digest_inputs(digests), lambda: _joined_frames(join_facts(facts, dates)))
    joined = Joined(**{name: frame.collect() for name, frame in frames.items()})
    return joined, with_statements(sources, facts)


def _read_frames(file: SourceFile, path: Path, found: Mapping[str, Path]) -> dict[str, pl.LazyFrame]:
    facts = read_upstream_file(file, path, found)
    return {kind: facts.frame(kind) for kind in SCHEMAS if getattr(facts, kind)}


def _joined_frames(joined: Joined) -> dict[str, pl.DataFrame]:
    return {table.name: getattr(joined, table.name) for table in fields(joined)}


def with_statements(sources: list[dict[str, Any]], facts: Facts) -> list[dict[str, Any]]:
    """Return the upstream files with the number of statements that each made, and those that were written by hand."""
    made = (
        pl.concat([facts.frame(kind).select("source") for kind in SCHEMAS])
        .group_by("source")
        .agg(statements=pl.len().cast(pl.Int64))
        .collect()
    )
    numbers = dict(made.iter_rows())
    ours = {
        "key": CURATED_KEY,
        "source": "curated",
        "file": CURATED.name,
        "url": "",
        "license": "MIT",
        "upstream_version": "",
        "upstream_date": "",
        "sha256": None,
        "note": "written by hand",
    }
    return [source | {"statements": numbers.get(source["key"], 0)} for source in (*sources, ours)]
