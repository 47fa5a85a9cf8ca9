"""Read the identifiers of a release, with version and genes, as live checks query them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import orjson

from ..errors import ReleaseCorrupt
from ..genes.verdicts import TrackedIdentifier
from ..identifiers.model import Identifier
from ..identifiers.namespaces import NAMESPACES, RECORD_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .release import Release

# Of a namespace with genes among other levels, only genes are listed: Ensembl's transcripts and proteins are ten
# times as many as its genes, and no answer depends on them.
_LISTED = (
    "SELECT DISTINCT prefix, accession FROM identifier WHERE assignment_rank = 0"
    " AND prefix IN (SELECT value FROM json_each(?))"
    " AND (relation = 'gene' OR prefix NOT IN (SELECT value FROM json_each(?)))"
)
_GENES_ALONE = orjson.dumps([row.prefix for row in NAMESPACES if row.levels != row.usual_levels])
_PLACED = (
    "SELECT i.prefix, i.accession, i.version, g.id, g.curie, g.taxon, g.symbol"
    " FROM json_each(?) queried CROSS JOIN identifier i ON i.accession = queried.value"
    " CROSS JOIN gene g ON g.id = i.gene_id WHERE i.assignment_rank = 0 ORDER BY i.rank, g.id"
)
# What a source database may name a gene by.
_GENE_IDS = (
    "SELECT i.gene_id, i.prefix, i.accession FROM json_each(?) queried"
    " CROSS JOIN identifier i ON i.gene_id = queried.value"
    " WHERE i.relation = 'gene' AND i.prefix IN (SELECT value FROM json_each(?))"
)
_RECORDS = orjson.dumps(RECORD_PREFIXES)


class _Placed(NamedTuple):
    version: int | None
    gene_id: int
    gene: str
    taxon: int
    symbol: str


class TrackedEntry(NamedTuple):
    """A tracked identifier, the primary CURIEs of all its genes, their taxon, and the symbol of the first."""

    tracked: TrackedIdentifier
    genes: tuple[str, ...]
    taxon: int
    symbol: str | None = None


class TrackedReader:
    """Reads the identifiers of one release; threads can share it, one statement after the other."""

    def __init__(self, release: Release) -> None:
        self.release = release
        uri = f"file:{quote(str(release.database.absolute()))}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def list_curies(self, prefixes: Sequence[str]) -> Iterator[str]:
        """Yield the CURIEs that a nightly run checks: identifiers placed on a gene. Of Ensembl only genes."""
        try:
            for prefix, accession in self._connection.execute(_LISTED, (orjson.dumps(prefixes), _GENES_ALONE)):
                yield f"{prefix}:{accession}"
        except sqlite3.Error as error:
            raise self._corrupt(error) from error

    def find_entries(self, curies: Sequence[str], *, with_gene_ids: bool = True) -> dict[str, TrackedEntry]:
        """Return the identifiers that the release still contains, by CURIE.

        Cost: some twenty microseconds for each; ten without the genes' own identifiers.
        """
        wanted = set(curies)
        accessions = [curie.partition(":")[2] for curie in curies]
        try:
            rows = self._connection.execute(_PLACED, (orjson.dumps(accessions),)).fetchall()
            placed: dict[str, list[_Placed]] = {}
            for prefix, accession, *placed_on in rows:
                if (curie := f"{prefix}:{accession}") in wanted:
                    placed.setdefault(curie, []).append(_Placed(*placed_on))
            gene_ids = (
                self._gene_ids({row.gene_id for found in placed.values() for row in found}) if with_gene_ids else {}
            )
        except sqlite3.Error as error:
            raise self._corrupt(error) from error
        return {curie: _make_entry(curie, found, gene_ids) for curie, found in placed.items()}

    def _gene_ids(self, genes: set[int]) -> dict[int, dict[str, set[str]]]:
        listed: dict[int, dict[str, set[str]]] = {}
        for gene_id, prefix, accession in self._connection.execute(_GENE_IDS, (orjson.dumps(list(genes)), _RECORDS)):
            listed.setdefault(gene_id, {}).setdefault(prefix, set()).add(accession)
        return listed

    def _corrupt(self, error: sqlite3.Error) -> ReleaseCorrupt:
        return ReleaseCorrupt(
            f"{self.release.database} cannot be read: {error}", hint="Publish the release again: resolver seed"
        )


def _make_entry(curie: str, found: list[_Placed], gene_ids: dict[int, dict[str, set[str]]]) -> TrackedEntry:
    prefix, _, accession = curie.partition(":")
    first = found[0]
    known: dict[str, set[str]] = {}
    for row in found:
        for name, ids in gene_ids.get(row.gene_id, {}).items():
            known[name] = known.get(name, set()) | ids
    ids_by_prefix = {name: frozenset(ids) for name, ids in known.items()} or None
    tracked = TrackedIdentifier(Identifier(prefix, accession, first.version), first.gene, ids_by_prefix, first.taxon)
    return TrackedEntry(tracked, tuple(dict.fromkeys(row.gene for row in found)), first.taxon, first.symbol)
