"""The stages that make a release: join and rank, write, verify, publish. One path for every kind of release."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from filelock import FileLock

from resolver.store import reference_tables as tables
from resolver.store.release import DATABASE, MANIFEST, Release, open_release, publish_release, releases_folder

from .documents import build_documents
from .join import join_facts
from .load import build_rows, hash_rows, write_database
from .manifest import build_manifest, write_manifest
from .starter.read import CURATED_KEY, read_starter_facts, read_starter_sources
from .verify import verify_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from resolver.sources.base import Facts

    OnStage = Callable[[str], None]

STARTER_TITLE = "the embedded starter release"
_DRAFT = ".draft-"


def build_starter_release(data_dir: Path, on_stage: OnStage | None = None) -> Release:
    """Build the embedded starter release, publish it in `data_dir`, and return it. Takes a few seconds."""
    report = on_stage or (lambda _stage: None)
    report("reading the starter facts")
    return build_release(
        read_starter_facts(),
        read_starter_sources(),
        data_dir=data_dir,
        name="starter",
        title=STARTER_TITLE,
        on_stage=on_stage,
    )


def build_release(
    facts: Facts,
    sources: list[dict[str, Any]],
    *,
    data_dir: Path,
    name: str,
    title: str,
    on_stage: OnStage | None = None,
) -> Release:
    """Build a release from facts, publish it in `data_dir`, and return it.

    Its id ends in the hash of its content, so that the same facts give the same release; one that is there
    already is verified and published as it is. A build that fails or is killed leaves the live release untouched.
    """
    report = on_stage or (lambda _stage: None)
    report("joining statements into genes")
    joined = join_facts(facts)
    report("assembling documents")
    rows = build_rows(joined, build_documents(joined))
    rows[tables.SourceFile] = _source_rows(facts, sources)
    content_hash = hash_rows(rows)
    release_id = f"{name}-{content_hash[:12]}"
    rows[tables.Release] = pl.DataFrame([{"id": release_id, "title": title, "content_hash": content_hash}])
    home = releases_folder(data_dir) / release_id
    with _one_build_at_a_time(data_dir):
        if not (home / MANIFEST).is_file():
            with _draft_folder(releases_folder(data_dir)) as draft:
                report("writing the database")
                write_database(draft / DATABASE, rows)
                manifest = build_manifest(
                    release_id=release_id,
                    title=title,
                    content_hash=content_hash,
                    joined=joined,
                    sources=rows[tables.SourceFile].to_dicts(),
                )
                write_manifest(draft, manifest)
                report("verifying")
                verify_release(open_release(draft))
                draft.rename(home)
        else:
            report("verifying")
            verify_release(open_release(home))
        report("publishing")
        publish_release(data_dir, release_id)
    return open_release(home)


def _source_rows(facts: Facts, sources: list[dict[str, Any]]) -> pl.DataFrame:
    """Return the upstream files with the number of statements that each made, ours among them."""
    kinds = ("genes", "identifiers", "names", "orthologs", "products", "retirements")
    made = (
        pl.concat([facts.frame(kind).select("source") for kind in kinds])
        .group_by("source")
        .agg(statements=pl.len().cast(pl.Int64))
        .collect()
    )
    ours = {
        "key": CURATED_KEY,
        "source": "curated",
        "file": "curated.tsv",
        "url": "",
        "licence": "MIT",
        "upstream_version": "",
        "upstream_date": "",
        "sha256": None,
    }
    listed = pl.DataFrame([*sources, ours]).join(made, left_on="key", right_on="source", how="left")
    return listed.with_columns(pl.col("statements").fill_null(0)).sort("key")


@contextmanager
def _one_build_at_a_time(data_dir: Path) -> Iterator[None]:
    """Wait until no other process builds into the folder: containers that share a volume do not see each other."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(data_dir / ".build.lock"):
        yield


@contextmanager
def _draft_folder(releases: Path) -> Iterator[Path]:
    """Give a folder to build in, removed unless it was moved away; drafts of builds that were killed go first."""
    releases.mkdir(parents=True, exist_ok=True)
    for stale in releases.glob(f"{_DRAFT}*"):
        shutil.rmtree(stale)
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=releases))
    draft.chmod(0o755)  # a release is for every user of the machine to read
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)
