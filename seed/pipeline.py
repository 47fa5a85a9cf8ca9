"""The stages that make a release: read, join and rank, write, verify. One path for every kind of release."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from resolver.errors import InputError
from resolver.sources.base import SCHEMAS, Facts
from resolver.sources.registry import FILES
from resolver.store import reference_tables as tables
from resolver.store.release import DATABASE, MANIFEST, Release, open_release, releases_folder

from .documents import build_documents
from .evidence import CURATED_KEY
from .join import Joined, join_facts
from .load import build_rows, hash_rows, write_database
from .manifest import build_manifest, describe_origin, write_manifest
from .plan import build_folder
from .publish import STARTER, draft_folder, make_current, one_at_a_time
from .stages import Stages, digest_file, digest_inputs
from .starter.layout import CURATED
from .starter.read import read_curated_facts, read_starter_facts, read_starter_sources
from .upstream import find_upstream_files, read_upstream_file, read_upstream_version
from .verify import verify_release

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from resolver.sources.base import SourceFile

    OnStage = Callable[[str], None]

STARTER_TITLE = "the embedded starter release"
GENOME_TITLE = "the whole-genome release"


@dataclass(frozen=True, slots=True)
class Naming:
    """The name of a release: the beginning of its id, and a title."""

    name: str
    title: str


def build_starter_release(data_dir: Path, on_stage: OnStage | None = None) -> Release:
    """Build the embedded starter release, publish it in `data_dir`, and return it. Takes a few seconds."""
    report = on_stage or (lambda _stage: None)
    report("reading the starter facts")
    facts = read_starter_facts()
    report("joining statements into genes")
    joined = join_facts(facts)
    sources = with_statements(read_starter_sources(), facts)
    release = finish_release(joined, sources, data_dir=data_dir, naming=Naming(STARTER, STARTER_TITLE), report=report)
    report("publishing")
    with one_at_a_time(data_dir):
        return make_current(data_dir, release.id)


def build_genome_release(data_dir: Path, folders: Sequence[Path], on_stage: OnStage | None = None) -> Release:
    """Build a release from all upstream files in `folders`, and return it; it is verified, but not yet current.

    Each stage leaves a stamp, so that a rerun resumes an interrupted build. Missing files are left out:
    `resolver.sources` states what each would have added.
    """
    build = build_folder(data_dir)
    with one_at_a_time(build):  # two builds would write the same stages
        return _build_genome(data_dir, Stages(build / "stages"), folders, on_stage or (lambda _stage: None))


def _build_genome(data_dir: Path, stages: Stages, folders: Sequence[Path], report: OnStage) -> Release:
    facts = Facts()
    digests: list[str] = []
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
        report(f"reading {path.name}")
        content = digest_file(path)
        companion = found.get(file.companion) if file.companion else None
        digest = digest_inputs([file.key, content, digest_file(companion) if companion else ""])
        frames = stages.run(f"facts.{file.key}", digest, partial(_read_frames, file, path, found))
        for kind, frame in frames.items():
            getattr(facts, kind).append(frame)
        digests.append(digest)
        version, date = read_upstream_version(file, path)
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
    report("joining statements into genes")
    frames = stages.run("joined", digest_inputs(digests), lambda: _joined_frames(join_facts(facts)))
    joined = Joined(**{name: frame.collect() for name, frame in frames.items()})
    naming = Naming("genome", GENOME_TITLE)
    return finish_release(joined, with_statements(sources, facts), data_dir=data_dir, naming=naming, report=report)


def _read_frames(file: SourceFile, path: Path, found: Mapping[str, Path]) -> dict[str, pl.LazyFrame]:
    facts = read_upstream_file(file, path, found)
    return {kind: facts.frame(kind) for kind in SCHEMAS if getattr(facts, kind)}


def _joined_frames(joined: Joined) -> dict[str, pl.DataFrame]:
    return {table.name: getattr(joined, table.name) for table in fields(joined)}


def finish_release(
    joined: Joined, sources: list[dict[str, Any]], *, data_dir: Path, naming: Naming, report: OnStage
) -> Release:
    """Write and verify a release, and return it; it is not yet current.

    Its id ends in the hash of its content, so that the same facts give the same release; one that exists
    already is verified and returned. A build that fails or is killed leaves the current release unchanged.
    """
    report("assembling documents")
    rows = build_rows(joined, build_documents(joined))
    rows[tables.SourceFile] = pl.DataFrame(sources, infer_schema_length=None).sort("key")
    content_hash = hash_rows(rows)
    release_id = f"{naming.name}-{content_hash[:12]}"
    rows[tables.Release] = pl.DataFrame([{"id": release_id, "title": naming.title, "content_hash": content_hash}])
    home = releases_folder(data_dir) / release_id
    with one_at_a_time(data_dir):
        if (home / MANIFEST).is_file():
            report("verifying")
            verify_release(open_release(home))
            return open_release(home)
        with draft_folder(releases_folder(data_dir)) as draft:
            report("writing the database")
            write_database(draft / DATABASE, rows)
            manifest = build_manifest(
                release_id=release_id,
                title=naming.title,
                content_hash=content_hash,
                joined=joined,
                sources=rows[tables.SourceFile].to_dicts(),
                files=[draft / DATABASE],
            )
            write_manifest(draft, manifest)
            report("verifying")
            verify_release(open_release(draft))
            draft.rename(home)
    return open_release(home)


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
        "file": "curated.tsv",
        "url": "",
        "license": "MIT",
        "upstream_version": "",
        "upstream_date": "",
        "sha256": None,
        "note": "written by hand",
    }
    return [source | {"statements": numbers.get(source["key"], 0)} for source in (*sources, ours)]
