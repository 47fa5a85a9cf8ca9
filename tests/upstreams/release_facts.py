"""The identifiers of a release as what the upstreams hold: by default, all that we have is still so."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tests.upstreams.world import Record

_FIND = (
    "SELECT i.gene_id, i.version, g.taxon, g.symbol FROM identifier i JOIN gene g ON g.id = i.gene_id"
    " WHERE i.accession = ? AND i.prefix = ? ORDER BY i.place, i.rank, i.gene_id"
)
_FIND_SYMBOL = "SELECT id, 0, taxon, symbol FROM gene WHERE symbol = ? AND taxon = 9606"
_GENES = (
    "SELECT prefix, accession FROM identifier WHERE gene_id = ? AND relation = 'gene'"
    " AND prefix IN ('ncbigene', 'hgnc', 'mgi', 'ensembl')"
)


class ReleaseFacts:
    """Records read from a release's `reference.db`, one by one, so that a genome costs no memory."""

    def __init__(self, database: Path) -> None:
        # The world asks under its lock, from the server's thread and from the tests'.
        self._connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._genes = lru_cache(maxsize=50_000)(self._read_genes)

    def find(self, prefix: str, accession: str) -> Record | None:
        """Return an identifier of the release as a living record with the genes that it is placed on."""
        with self._lock:
            if prefix == "hgnc.symbol":
                rows = self._connection.execute(_FIND_SYMBOL, (accession,)).fetchall()
            else:
                rows = self._connection.execute(_FIND, (accession, prefix)).fetchall()
            if not rows:
                return None
            genes: dict[str, tuple[str, ...]] = {}
            for gene_id, *_ in rows:
                for name, accessions in self._genes(gene_id).items():
                    genes[name] = tuple(dict.fromkeys((*genes.get(name, ()), *accessions)))
        _, version, taxon, symbol = rows[0]
        return Record(accession, version=version or 1, genes=genes, taxon=taxon, symbol=symbol)

    def list_all(self, prefix: str) -> Iterator[str]:
        """Yield all accessions of a namespace in the release."""
        statement = "SELECT DISTINCT accession FROM identifier WHERE prefix = ?"
        with self._lock:
            return iter([row[0] for row in self._connection.execute(statement, (prefix,))])

    def _read_genes(self, gene_id: int) -> dict[str, tuple[str, ...]]:
        genes: dict[str, tuple[str, ...]] = {}
        for prefix, accession in self._connection.execute(_GENES, (gene_id,)):
            genes[prefix] = (*genes.get(prefix, ()), accession)
        return genes
