"""Reading a release: prepared statements on read-only, immutable, memory-mapped connections, one for each thread.

No ORM here: a session for each look-up costs some forty times as much as the look-up itself
(docs/adr/0004-read-path.md).
"""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..errors import ReleaseCorrupt
from ..genes.model import EvidenceRecord, GeneRecord, NamedGene, OrthologLink, Placement, RetirementRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .release import Release

_MMAP_BYTES = 1 << 30

_PLACEMENTS = (
    "SELECT gene_id, relation, version, place"
    " FROM identifier WHERE accession = ? AND prefix = ? ORDER BY place, gene_id"
)
_NAMES = "SELECT gene_id, kind, ladder, text FROM name WHERE folded = ? ORDER BY ladder, gene_id"
_GENE = "SELECT id, taxon, curie, symbol, document FROM gene WHERE id = ?"
_ORTHOLOGS = (
    "SELECT g.id, g.taxon, g.curie, g.symbol, g.document, o.cardinality, o.support, e.sources"
    " FROM ortholog o JOIN gene g ON g.id = o.other_id JOIN evidence e ON e.id = o.evidence_id"
    " WHERE o.gene_id = ? ORDER BY o.rank"
)
_RETIREMENTS = (
    "SELECT r.retired, r.successor, r.reason, r.date, r.label, e.sources"
    " FROM retirement r JOIN evidence e ON e.id = r.evidence_id WHERE r.retired = ? ORDER BY r.successor"
)
_EVIDENCE = (
    "SELECT i.prefix || ':' || i.accession, i.relation, i.version, i.place, e.sources"
    " FROM identifier i JOIN evidence e ON e.id = i.evidence_id WHERE i.gene_id = ? ORDER BY i.prefix, i.rank"
)
_SOURCE_COLUMNS = (
    "key", "source", "file", "url", "licence", "upstream_version", "upstream_date", "statements", "sha256", "note"
)  # fmt: skip
_SOURCES = f"SELECT {', '.join(_SOURCE_COLUMNS)} FROM source_file ORDER BY key"  # noqa: S608  (our own names)


class GeneReader:
    """Answers from one release's `reference.db`; safe to share between threads. All look-ups cost O(log rows)."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self._uri = f"file:{quote(str(release.database.absolute()))}?mode=ro&immutable=1"
        self._local = threading.local()
        self.find_placements("", "")  # an unreadable database is told at once, not at the first question

    def _execute(self, statement: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        try:
            connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
            if connection is None:
                connection = sqlite3.connect(self._uri, uri=True, isolation_level=None)
                connection.execute(f"PRAGMA mmap_size={_MMAP_BYTES}")
                self._local.connection = connection
            return connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise ReleaseCorrupt(
                f"{self.release.database} cannot be read: {error}",
                hint="Publish a release anew: resolver seed starter",
            ) from error

    def find_placements(self, prefix: str, accession: str) -> list[Placement]:
        """Return the genes that the identifier is placed on, strongest evidence first."""
        return [Placement(*row) for row in self._execute(_PLACEMENTS, (accession, prefix))]  # type: ignore[arg-type]

    def find_names(self, folded: str) -> list[NamedGene]:
        """Return the genes that are called so, best kind of name first; `folded` as `fold_name` makes it."""
        return [NamedGene(*row) for row in self._execute(_NAMES, (folded,))]  # type: ignore[arg-type]

    def get_gene(self, gene_id: int) -> GeneRecord:
        """Return the gene with this number of the release."""
        rows = self._execute(_GENE, (gene_id,))
        if not rows:
            raise ReleaseCorrupt(f"{self.release.database} names a gene {gene_id} that it does not hold")
        return GeneRecord(*rows[0])  # type: ignore[arg-type]

    def find_orthologs(self, gene_id: int) -> list[OrthologLink]:
        """Return the gene's orthologs in the other species, best supported first."""
        return [
            OrthologLink(GeneRecord(*row[:5]), row[5], row[6], _keys(row[7]))  # type: ignore[arg-type]
            for row in self._execute(_ORTHOLOGS, (gene_id,))
        ]

    def find_retirements(self, curie: str) -> list[RetirementRecord]:
        """Return what became of a retired identifier: a row for each heir, or one without; empty if not retired."""
        return [
            RetirementRecord(row[0], row[1] or None, row[2], row[3], row[4], _keys(row[5]))  # type: ignore[arg-type]
            for row in self._execute(_RETIREMENTS, (curie,))
        ]

    def find_evidence(self, gene_id: int) -> list[EvidenceRecord]:
        """Return every identifier placed on the gene with the files that state it, weak placements included."""
        return [
            EvidenceRecord(row[0], row[1], row[2], row[3], _keys(row[4]))  # type: ignore[arg-type]
            for row in self._execute(_EVIDENCE, (gene_id,))
        ]

    def list_sources(self) -> list[dict[str, object]]:
        """Return the upstream files that the release was made from."""
        return [dict(zip(_SOURCE_COLUMNS, row, strict=True)) for row in self._execute(_SOURCES, ())]


def _keys(sources: object) -> tuple[str, ...]:
    return tuple(str(sources).split(","))
