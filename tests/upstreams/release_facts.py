"""The identifiers of a release as the content of the source databases: by default, all of them are still in use."""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from tests.upstreams.world import Record

_FIND = (
    "SELECT i.gene_id, i.version, g.taxon, g.symbol FROM identifier i JOIN gene g ON g.id = i.gene_id"
    " WHERE i.accession = ? AND i.prefix = ? ORDER BY i.assignment_rank, i.rank, i.gene_id"
)
_ALL = (
    "SELECT i.accession, g.taxon, g.symbol, x.prefix, x.accession FROM identifier i JOIN gene g ON g.id = i.gene_id"
    " LEFT JOIN identifier x ON x.gene_id = g.id AND x.relation = 'gene' AND x.prefix IN ('ncbigene', 'mgi', 'ensembl')"
    " WHERE i.prefix = ? ORDER BY i.accession, i.assignment_rank, i.rank, i.gene_id"
)
_NAMES = (
    "SELECT i.accession, n.kind, n.text FROM identifier i JOIN name n ON n.gene_id = i.gene_id"
    " WHERE i.prefix = ? AND n.kind IN ('previous_symbol', 'alias')"
)
_NAMED = {"hgnc"}  # the namespaces whose records have earlier symbols
_GENES = (
    "SELECT prefix, accession FROM identifier WHERE gene_id = ? AND relation = 'gene'"
    " AND prefix IN ('ncbigene', 'hgnc', 'mgi', 'ensembl')"
)


class ReleaseFacts:
    """Records read from a release's `reference.db`, one by one, so that a genome costs no memory."""

    def __init__(self, database: Path) -> None:
        # The world reads under its lock, from the server's thread and from the tests'.
        self._connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._genes = lru_cache(maxsize=50_000)(self._read_genes)
        self._named = lru_cache(maxsize=1)(lambda prefix: tuple(self._read_all(prefix)))

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    def find(self, prefix: str, accession: str) -> Record | None:
        """Return an identifier of the release as a living record with the genes that it is placed on."""
        with self._lock:
            rows = self._connection.execute(_FIND, (accession, prefix)).fetchall()
            if not rows:
                return None
            genes: dict[str, tuple[str, ...]] = {}
            for gene_id, *_ in rows:
                for name, accessions in self._genes(gene_id).items():
                    genes[name] = tuple(dict.fromkeys((*genes.get(name, ()), *accessions)))
        _, version, taxon, symbol = rows[0]
        return Record(accession, version=version or 1, genes=genes, taxon=taxon, symbol=symbol)

    def list_all(self, prefix: str) -> Iterator[Record]:
        """Yield a living record of every accession of a namespace in the release; those with names are kept."""
        return iter(self._named(prefix)) if prefix in _NAMED else self._read_all(prefix)

    def _read_all(self, prefix: str) -> Iterator[Record]:
        with self._lock:
            rows = self._connection.execute(_ALL, (prefix,)).fetchall()
            named = self._connection.execute(_NAMES, (prefix,)).fetchall() if prefix in _NAMED else []
        names: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for accession, kind, text in named:
            names[accession, kind][text] = None
        for accession, grouped in groupby(rows, key=itemgetter(0)):
            listed = list(grouped)
            genes: dict[str, tuple[str, ...]] = {}
            for *_, name, other in listed:
                if name is not None:
                    genes[name] = tuple(dict.fromkeys((*genes.get(name, ()), other)))
            yield Record(
                accession,
                genes=genes,
                taxon=listed[0][1],
                symbol=listed[0][2],
                previous=tuple(names.get((accession, "previous_symbol"), ())),
                aliases=tuple(names.get((accession, "alias"), ())),
            )

    def _read_genes(self, gene_id: int) -> dict[str, tuple[str, ...]]:
        genes: dict[str, tuple[str, ...]] = {}
        for prefix, accession in self._connection.execute(_GENES, (gene_id,)):
            genes[prefix] = (*genes.get(prefix, ()), accession)
        return genes
