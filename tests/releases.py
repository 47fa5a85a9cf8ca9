"""Copies of releases: linked where they are only read, and changed where a test needs another content."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import orjson
import zstandard

from resolver.store.gene_reader import read_dictionary
from resolver.store.release import (
    MANIFEST,
    Release,
    describe_database,
    get_current_release,
    open_release,
    releases_folder,
)

EARLIER = "earlier-1"


def copy_data_dir(data_dir: Path, folder: Path) -> Path:
    """Return a copy of a data folder without ledger and jobs, whose leases would make others wait.

    The large files of its releases are links, so never write into them.
    """
    left_out = shutil.ignore_patterns("ledger.db*", "jobs")
    return Path(shutil.copytree(data_dir, folder, copy_function=_link_large, dirs_exist_ok=True, ignore=left_out))


def copy_release(release: Release, data_dir: Path, release_id: str, **changes: Any) -> Release:
    """Return a release of the same content in `data_dir` under another id; `changes` are of its manifest."""
    home = releases_folder(data_dir) / release_id
    shutil.copytree(release.folder, home, copy_function=_link_large)
    (home / MANIFEST).write_bytes(orjson.dumps(release.manifest | {"id": release_id} | changes))
    return open_release(home)


def _link_large(source: str, target: str) -> None:
    if source.endswith((".db", ".parquet")) and Path(source).name != "ledger.db":
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@contextmanager
def edited(release: Release) -> Iterator[sqlite3.Connection]:
    """Yield a connection that changes the database of a copy; its manifest describes the result."""
    own_copy(release.database)
    with closing(sqlite3.connect(release.database)) as connection, connection:
        yield connection
    manifest = release.manifest | {"database": describe_database(release.database)}
    (release.folder / MANIFEST).write_bytes(orjson.dumps(manifest))


def own_copy(path: Path) -> None:
    """Replace a linked file by a copy, which may be written into."""
    shutil.copyfile(path, path.with_suffix(".copy"))
    path.with_suffix(".copy").replace(path)


def change_documents(
    connection: sqlite3.Connection, change: Callable[[dict[str, Any]], None], curie: str | None = None
) -> None:
    """Apply `change` to the documents of all genes, or to that of one."""
    (content,) = connection.execute("SELECT content FROM document_dictionary").fetchone()
    dictionary = read_dictionary(content)
    decompress = zstandard.ZstdDecompressor(dict_data=dictionary).decompress
    compress = zstandard.ZstdCompressor(dict_data=dictionary).compress
    rows = connection.execute(
        "SELECT id, document FROM gene JOIN gene_document USING (id) WHERE ? IS NULL OR curie = ?", (curie, curie)
    ).fetchall()
    for gene_id, compressed in rows:
        document = orjson.loads(decompress(compressed))
        change(document)
        changed = (compress(orjson.dumps(document)), gene_id)
        connection.execute("UPDATE gene_document SET document = ? WHERE id = ?", changed)


def copy_with_earlier_release(data_dir: Path, folder: Path) -> Path:
    """Return a copy of the data folder with one more release, built before the live one.

    There IL7 was called IL7OLD, had a UniProt accession more and an OMIM number less, and P13232 was not known.
    """
    copy_data_dir(data_dir, folder)
    earlier = copy_release(
        get_current_release(folder),
        folder,
        EARLIER,
        title="an earlier release",
        built_at="2020-01-01T00:00:00+00:00",
    )
    with edited(earlier) as connection:
        connection.execute("UPDATE gene SET symbol = 'IL7OLD' WHERE curie = 'hgnc:6023'")
        change_documents(connection, _make_old, "hgnc:6023")
        connection.execute("DELETE FROM identifier WHERE accession = 'P13232'")
    return folder


def _make_old(gene: dict[str, Any]) -> None:
    gene["symbol"] = "IL7OLD"
    gene["xrefs"]["uniprot"].append(gene["xrefs"]["uniprot"][0] | {"identifier": "A0A000", "curie": "uniprot:A0A000"})
    gene["xrefs"]["omim"] = []
