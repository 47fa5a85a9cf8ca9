"""The packed release: what the join produced, as a few Parquet files and `manifest.json`.

It is the one portable form of a release: the embedded genome, a downloaded file and the result of a build are read the
same way. What can be derived is left out: ranks follow from the order of rows, folded names from names, the other
direction of an ortholog pair from the pair (`seed.tables`, docs/adr/0020-packed-release.md).
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from resolver.errors import ReleaseCorrupt
from resolver.identifiers.species import HUMAN
from resolver.store.release import MANIFEST

from .manifest import count_contents, describe_genes, select_packed, write_manifest
from .stages import digest_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .join import Joined

# A program reads packed releases of this format only.
FORMAT = 1
# Above 19 the files are hardly smaller; at 12 they are a tenth larger and written in a fifth of the time.
_COMPRESSION = 19


@dataclass(frozen=True, slots=True, eq=False)
class PackedTable:
    """A table of the packed release: its columns, and the order of its rows, from which ranks are derived.

    `steps` are columns of whole numbers that are stored as the difference to the row before.
    """

    name: str
    columns: pl.Schema
    order: tuple[str, ...]
    steps: tuple[str, ...] = ()


GENES = PackedTable(
    "genes",
    pl.Schema(
        {
            "gene": pl.String,
            "taxon": pl.Int32,
            "symbol": pl.String,
            "name": pl.String,
            "gene_type": pl.String,
            "chromosome": pl.String,
            "start": pl.Int64,
            "end": pl.Int64,
            "strand": pl.String,
            "assembly": pl.String,
            "map_location": pl.String,
        }
    ),
    order=("id",),
)
IDENTIFIERS = PackedTable(
    "identifiers",
    pl.Schema(
        {
            "prefix": pl.String,
            "gene": pl.Int32,
            "accession": pl.String,
            "relation": pl.String,
            "version": pl.Int32,
            "reviewed": pl.Boolean,
            "mane": pl.String,
            "alternate": pl.Boolean,
            "assignment_rank": pl.Int8,
            "evidence": pl.String,
        }
    ),
    order=("prefix", "gene", "rank"),
    steps=("gene",),
)
NAMES = PackedTable(
    "names",
    pl.Schema({"kind": pl.String, "gene": pl.Int32, "text": pl.String, "spellings": pl.String, "evidence": pl.String}),
    order=("kind", "gene", "folded"),
    steps=("gene",),
)
ORTHOLOGS = PackedTable(
    "orthologs",
    pl.Schema(
        {"gene": pl.Int32, "other": pl.Int32, "cardinality": pl.String, "support": pl.UInt32, "evidence": pl.String}
    ),
    order=("gene", "other"),
    steps=("gene",),
)
PRODUCTS = PackedTable(
    "products",
    pl.Schema({"transcript": pl.String, "protein": pl.String, "mane": pl.String, "evidence": pl.String}),
    order=("transcript", "protein"),
)
RETIREMENTS = PackedTable(
    "retirements",
    pl.Schema(
        {
            "retired": pl.String,
            "successor": pl.String,
            "reason": pl.String,
            "date": pl.String,
            "label": pl.String,
            "evidence": pl.String,
        }
    ),
    order=("retired", "successor"),
)
UNPLACED = PackedTable(
    "unplaced",
    pl.Schema({"accession": pl.String, "prefix": pl.String, "relation": pl.String}),
    order=("accession", "prefix"),
)
TABLES = (GENES, IDENTIFIERS, NAMES, ORTHOLOGS, PRODUCTS, RETIREMENTS, UNPLACED)


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed release in a folder; `gene` is a gene's number, which is that of its row in `genes`, from 1."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        """The release's id, which never names other content."""
        return str(self.manifest["id"])

    def read(self, table: PackedTable) -> pl.DataFrame:
        """Return the rows of a table, in its order. Raises ReleaseCorrupt if its file is not as it was written."""
        path = self.folder / _file_of(table)
        try:
            frame = pl.read_parquet(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise _damaged(self.folder, f"{path.name} cannot be read: {error}") from error
        if frame.schema != table.columns:
            raise _damaged(self.folder, f"{path.name} has other columns than {', '.join(table.columns)}")
        return frame.with_columns(pl.col(table.steps).cum_sum()) if table.steps else frame

    def check(self) -> None:
        """Raise ReleaseCorrupt unless every file has the hash that the manifest states. Takes a tenth of a second."""
        for name, expected in self.manifest["files"].items():
            path = self.folder / name
            found = digest_file(path) if path.is_file() else "none"
            if found != expected["sha256"]:
                raise _damaged(
                    self.folder, f"{name} has SHA-256 {found[:12]}…, its manifest states {expected['sha256'][:12]}…"
                )


def write_packed(folder: Path, joined: Joined, *, name: str, sources: Iterable[dict[str, Any]]) -> Packed:
    """Write a packed release into an empty folder, and return it; equal content gives equal files.

    Its id is `name` and the beginning of the content's hash. The manifest states no time of the build: the dates of
    the `sources` are those of the facts.
    """
    listed = sorted(sources, key=lambda source: str(source["key"]))
    frames = {table: _prepare(table, joined) for table in TABLES}
    content_hash = _hash_content(frames, listed)
    counts = count_contents(joined)
    with ThreadPoolExecutor(2) as threads:  # compression is all of the work, on one core for each file
        list(threads.map(lambda table: _write_table(folder, table, frames[table]), TABLES))
    manifest = {
        "id": f"{name}-{content_hash[:12]}",
        "title": describe_genes(counts["genes"]),
        "format": FORMAT,
        "content_hash": content_hash,
        "files": {
            path.name: {"bytes": path.stat().st_size, "sha256": digest_file(path)}
            for path in (folder / _file_of(table) for table in TABLES)
        },
        "rows": {table.name: frame.height for table, frame in frames.items()},
        "counts": counts,
        "rejected_accessions": joined.rejected.height,
        "sources": listed,
    }
    write_manifest(folder, manifest)
    return Packed(folder, manifest)


def open_packed(folder: Path) -> Packed:
    """Return the packed release in a folder. Raises ReleaseCorrupt if there is none of this format."""
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise _damaged(folder, f"{MANIFEST} cannot be read: {error}") from error
    if manifest.get("format") != FORMAT:
        raise ReleaseCorrupt(
            f"{folder} is a release of format {manifest.get('format')}, this program reads format {FORMAT}",
            hint="Publish the embedded release: resolver seed unpack",
        )
    return Packed(folder, select_packed(manifest))


def _file_of(table: PackedTable) -> str:
    return f"{table.name}.parquet"


def _damaged(folder: Path, problem: str) -> ReleaseCorrupt:
    return ReleaseCorrupt(
        f"the packed release in {folder} is damaged: {problem}",
        hint="Get it again. If it is the embedded one, in the folder of the program, install the program again.",
    )


def _prepare(table: PackedTable, joined: Joined) -> pl.DataFrame:
    frame: pl.DataFrame = getattr(joined, table.name)
    if table is ORTHOLOGS:  # each pair once
        human = joined.genes.filter(pl.col("taxon") == HUMAN).select(gene="id")
        frame = frame.join(human, on="gene", how="semi")
    ordered = frame.sort(table.order, nulls_last=True).select(list(table.columns)).cast(table.columns)
    return ordered.rechunk()


def _write_table(folder: Path, table: PackedTable, frame: pl.DataFrame) -> None:
    steps = [pl.col(column) - pl.col(column).shift(1, fill_value=0) for column in table.steps]
    frame.with_columns(steps).write_parquet(
        folder / _file_of(table),
        compression="zstd",
        compression_level=_COMPRESSION,
        statistics=False,
        row_group_size=max(1, frame.height),
    )


def _hash_content(frames: dict[PackedTable, pl.DataFrame], sources: list[dict[str, Any]]) -> str:
    """Return a SHA-256 over the rows of all tables and the sources; it depends on no version of Parquet or zstd."""
    digest = hashlib.sha256()
    for table, frame in frames.items():
        digest.update(f"{table.name}\n".encode())
        for part in frame.iter_slices(100_000):
            digest.update(part.write_csv().encode())
    digest.update(orjson.dumps(sources, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()
