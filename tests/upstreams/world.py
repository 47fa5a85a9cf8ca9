"""The content of the simulated source databases: an identifier is alive until a test, or a file, says otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

_MERGED = {"merged", "replaced", "moved"}


@dataclass(frozen=True, slots=True)
class Record:
    """An identifier at its source database.

    `fate` is live, merged, demerged, deleted, retired, suppressed, replaced or moved; `successors` are accessions of
    the same namespace (with a version where RefSeq states one); `genes` are the gene's identifiers by prefix. `score`
    is Ensembl's of its replacements; `previous` and `aliases` are symbols of an HGNC entry.
    """

    accession: str
    fate: str = "live"
    version: int = 1
    successors: tuple[str, ...] = ()
    genes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    taxon: int = 9606
    symbol: str = "GENE"
    reason: str | None = None
    score: float = 0.9
    previous: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether the identifier is in use."""
        return self.fate == "live"

    @property
    def is_merged(self) -> bool:
        """Whether another identifier took its place."""
        return self.fate in _MERGED and bool(self.successors)


class Facts(Protocol):
    """Where records come from that no test has changed."""

    def find(self, prefix: str, accession: str) -> Record | None:
        """Return the record of an identifier, or None where it never was."""
        ...

    def list_all(self, prefix: str) -> Iterator[Record]:
        """Yield a record of every accession of a namespace, with its symbol, taxon and genes."""
        ...

    def close(self) -> None:
        """Close what was opened for reading."""
        ...


class Nothing:
    """A world in which there is only what a test puts into it."""

    def close(self) -> None:
        """Close nothing."""

    def find(self, prefix: str, accession: str) -> Record | None:
        """Return None: nothing is known."""
        del prefix, accession
        return None

    def list_all(self, prefix: str) -> Iterator[Record]:
        """Yield nothing."""
        del prefix
        return iter(())


class World:
    """The state of all source databases; any thread may change it while the server answers from it.

    `uniprot_or_limit` is how many alternatives a UniProt query may have: 100 as measured by several projects, 50 in
    the configuration of the server's source. `ensembl_refuses_undefined` selects how the archive answers where it
    knows none of the ids: an older JSON encoder fails on an undefined value, a newer one writes `null`.
    """

    def __init__(self, facts: Facts | None = None, *, uniprot_release: str = "2026_04") -> None:
        self._facts = facts or Nothing()
        self._changed: dict[tuple[str, str], Record | None] = {}
        self._lock = threading.Lock()
        self.uniprot_release = uniprot_release
        self.uniprot_release_date = "14-October-2026"
        self.uniprot_or_limit = 100
        self.ensembl_release = 116
        self.ensembl_refuses_undefined = False

    def close(self) -> None:
        """Close what the records are read from."""
        with self._lock:
            self._facts.close()

    def find(self, prefix: str, accession: str) -> Record | None:
        """Return the record of an identifier, or None where the source database never knew it."""
        with self._lock:
            if (prefix, accession) in self._changed:
                return self._changed[prefix, accession]
            return self._facts.find(prefix, accession)

    def list_all(self, prefix: str) -> dict[str, Record]:
        """Return all records that a namespace has, or had, by accession."""
        listed = {record.accession: record for record in self._facts.list_all(prefix)}
        with self._lock:
            for (changed_prefix, accession), record in self._changed.items():
                if changed_prefix == prefix and record is not None:
                    listed[accession] = record
                elif changed_prefix == prefix:
                    listed.pop(accession, None)
        return listed

    def find_end(self, prefix: str, record: Record) -> Record:
        """Return where the chain of mergers ends that a record begins; a circle ends at the record itself."""
        seen = {record.accession}
        last = record
        while last.is_merged and last.successors[0] not in seen:
            seen.add(last.successors[0])
            following = self.find(prefix, last.successors[0])
            if following is None:
                return last
            last = following
        return last

    def add(self, curie: str, **fields: Any) -> None:
        """Add an identifier as alive; `fields` are those of its Record."""
        prefix, accession = _split(curie)
        self._put(prefix, Record(accession, **fields))

    def add_all(self, curies: Iterable[str], **fields: Any) -> None:
        """Add many."""
        for curie in curies:
            self.add(curie, **fields)

    def merge(self, curie: str, into: str) -> None:
        """Merge an identifier into another one, which is alive unless something else is known of it."""
        self._succeed(curie, (into,), fate="merged")

    def replace(self, curie: str, into: str | Iterable[str], score: float = 0.9) -> None:
        """Replace an identifier; `score` is what Ensembl states of each replacement, from 0 to 1."""
        self._succeed(curie, (into,) if isinstance(into, str) else tuple(into), fate="replaced", score=score)

    def demerge(self, curie: str, into: Iterable[str]) -> None:
        """Split an identifier."""
        self._succeed(curie, tuple(into), fate="demerged")

    def retire(self, curie: str) -> None:
        """Retire an identifier without a successor."""
        self._change(curie, fate="retired", successors=())

    def delete(self, curie: str, reason: str = "Not part of a reference proteome") -> None:
        """Delete an identifier, as UniProt does."""
        self._change(curie, fate="deleted", successors=(), reason=reason)

    def suppress(self, curie: str) -> None:
        """Suppress a RefSeq record."""
        self._change(curie, fate="suppressed", successors=())

    def move(self, curie: str, genes: Mapping[str, tuple[str, ...]]) -> None:
        """Let a living identifier name another gene."""
        self._change(curie, genes=dict(genes))

    def bump(self, curie: str, by: int = 1) -> None:
        """Raise the version of an identifier."""
        prefix, accession = _split(curie)
        known = self.find(prefix, accession) or Record(accession)
        self._change(curie, version=known.version + by)

    def forget(self, curie: str) -> None:
        """Let the source database be silent about an identifier, as if it had never been."""
        prefix, accession = _split(curie)
        with self._lock:
            self._changed[prefix, accession] = None

    def plant(self, changes: Iterable[Mapping[str, Any]]) -> None:
        """Apply changes as a file states them: `{"do": "merge", "curie": "uniprot:P1", "into": "uniprot:P2"}`."""
        for change in changes:
            stated = dict(change)
            operation = getattr(self, str(stated.pop("do")))
            operation(stated.pop("curie"), **stated)

    def _succeed(self, curie: str, into: tuple[str, ...], **fields: Any) -> None:
        prefix, accession = _split(curie)
        known = self.find(prefix, accession) or Record(accession)
        successors = tuple(one.partition(":")[2] or one for one in into)
        for successor in successors:
            bare, _, version = successor.partition(".")
            with self._lock:
                is_stated = (prefix, bare) in self._changed
            if not is_stated and self.find(prefix, bare) is None:
                living = Record(bare, version=int(version or 1), genes=known.genes, taxon=known.taxon)
                self._put(prefix, living)
        self._put(prefix, replace(known, successors=successors, **fields))

    def _change(self, curie: str, **fields: Any) -> None:
        prefix, accession = _split(curie)
        known = self.find(prefix, accession) or Record(accession)
        self._put(prefix, replace(known, **fields))

    def _put(self, prefix: str, record: Record) -> None:
        with self._lock:
            self._changed[prefix, record.accession] = record


def _split(curie: str) -> tuple[str, str]:
    prefix, _, accession = curie.partition(":")
    return prefix, accession
