"""What the played upstreams hold: every identifier is alive until a test, or a file of changes, says otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """An identifier at its upstream.

    `fate` is live, merged, demerged, deleted, retired, suppressed, replaced or moved; `successors` are accessions of
    the same namespace (with a version where RefSeq states one); `genes` are the gene's identifiers by prefix.
    """

    accession: str
    fate: str = "live"
    version: int = 1
    successors: tuple[str, ...] = ()
    genes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    taxon: int = 9606
    symbol: str = "GENE"
    reason: str | None = None


class Facts(Protocol):
    """Where records come from that no test has changed."""

    def find(self, prefix: str, accession: str) -> Record | None:
        """Return the record of an identifier, or None where it never was."""
        ...

    def list_all(self, prefix: str) -> Iterator[str]:
        """Yield all accessions of a namespace."""
        ...


class Nothing:
    """A world in which there is only what a test puts into it."""

    def find(self, prefix: str, accession: str) -> Record | None:
        """Return None: nothing is known."""
        del prefix, accession
        return None

    def list_all(self, prefix: str) -> Iterator[str]:
        """Yield nothing."""
        del prefix
        return iter(())


class World:
    """The state of all upstreams; it may be changed from any thread while the server answers from it."""

    def __init__(self, facts: Facts | None = None, *, uniprot_release: str = "2026_04") -> None:
        self._facts = facts or Nothing()
        self._changed: dict[tuple[str, str], Record | None] = {}
        self._lock = threading.Lock()
        self.uniprot_release = uniprot_release

    def find(self, prefix: str, accession: str) -> Record | None:
        """Return the record of an identifier, or None where the upstream never knew it."""
        with self._lock:
            if (prefix, accession) in self._changed:
                return self._changed[prefix, accession]
            return self._facts.find(prefix, accession)

    def list_all(self, prefix: str) -> dict[str, Record | None]:
        """Return all accessions that a namespace has, or had; those with their record that a test has changed."""
        with self._lock:
            listed: dict[str, Record | None] = dict.fromkeys(self._facts.list_all(prefix))
            for (changed_prefix, accession), record in self._changed.items():
                if changed_prefix != prefix:
                    continue
                if record is None:
                    listed.pop(accession, None)
                else:
                    listed[accession] = record
        return listed

    def hold(self, curie: str, **fields: Any) -> None:
        """Hold an identifier as alive; `fields` are those of its Record."""
        prefix, accession = _split(curie)
        self._put(prefix, Record(accession, **fields))

    def hold_all(self, curies: Iterable[str], **fields: Any) -> None:
        """Hold many."""
        for curie in curies:
            self.hold(curie, **fields)

    def merge(self, curie: str, into: str) -> None:
        """Merge an identifier into another one, which is held too."""
        self._succeed(curie, [into], "merged")

    def demerge(self, curie: str, into: Iterable[str]) -> None:
        """Split an identifier; what it was split into is held too."""
        self._succeed(curie, into, "demerged")

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
        held = self.find(prefix, accession) or Record(accession)
        self._change(curie, version=held.version + by)

    def forget(self, curie: str) -> None:
        """Let the upstream be silent about an identifier, as if it had never been."""
        prefix, accession = _split(curie)
        with self._lock:
            self._changed[prefix, accession] = None

    def plant(self, changes: Iterable[Mapping[str, Any]]) -> None:
        """Apply changes as a file states them: `{"do": "merge", "curie": "uniprot:P1", "into": "uniprot:P2"}`."""
        for change in changes:
            stated = dict(change)
            operation = getattr(self, str(stated.pop("do")))
            operation(stated.pop("curie"), **stated)

    def _succeed(self, curie: str, into: Iterable[str], fate: str) -> None:
        prefix, accession = _split(curie)
        taxon = (self.find(prefix, accession) or Record(accession)).taxon
        successors = tuple(one.partition(":")[2] or one for one in into)
        for successor in successors:
            stable, _, version = successor.partition(".")
            with self._lock:
                is_changed = (prefix, stable) in self._changed
            if not is_changed and self.find(prefix, stable) is None:
                self._put(prefix, Record(stable, version=int(version or 1), taxon=taxon))
        self._change(curie, fate=fate, successors=successors)

    def _change(self, curie: str, **fields: Any) -> None:
        prefix, accession = _split(curie)
        held = self.find(prefix, accession) or Record(accession)
        self._put(prefix, replace(held, **fields))

    def _put(self, prefix: str, record: Record) -> None:
        with self._lock:
            self._changed[prefix, record.accession] = record


def _split(curie: str) -> tuple[str, str]:
    prefix, _, accession = curie.partition(":")
    return prefix, accession
