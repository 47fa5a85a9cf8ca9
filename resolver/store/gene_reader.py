"""Read a release: prepared statements on read-only, immutable, memory-mapped connections, one for each thread.

No ORM here: a session for each look-up costs some forty times as much as the look-up itself
(docs/adr/0004-read-path.md).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
import zstandard

from ..errors import ReleaseCorrupt
from ..genes.model import (
    EvidenceRecord,
    GeneRecord,
    ListedName,
    NamedGene,
    OrthologLink,
    Placement,
    RetirementRecord,
    RivalRecord,
)
from . import gene_statements as sql
from .release import check_sample, find_repair

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from .release import Release

# Prefix, accession, number of the gene, relation, version, assignment rank.
PlacedRow = tuple[str, str, int, str, int | None, int]

_DICTIONARY_MAGIC = b"\x37\xa4\x30\xec"
_MMAP_BYTES = 1 << 30


# Connections of the process that this one was forked from.
_LEFT_OPEN: list[sqlite3.Connection] = []


class _Connection:
    """A connection of one thread to the database; it is closed when the thread or the reader ends.

    A connection of `sqlite3` is a reference cycle: without `close` it stays open until the next garbage collection.
    In a forked process it stays open: another thread may have held a lock of SQLite at the fork, and `close` would wait
    for it forever. The event loop forks to start a process, and Python drops what belongs to other threads there.
    """

    __slots__ = ("_connection", "_process", "execute")

    def __init__(self, uri: str) -> None:
        self._process = os.getpid()
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        self.execute: Callable[..., sqlite3.Cursor] = self._connection.execute

    def __del__(self) -> None:
        if not hasattr(self, "_connection"):  # it could not be opened
            return
        if self._process == os.getpid():
            self._connection.close()
        else:
            _LEFT_OPEN.append(self._connection)


class GeneReader:
    """Answers from one release's `reference.db`; safe to share between threads. All look-ups cost O(log rows)."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self._uri = f"file:{quote(str(release.database.absolute()))}?mode=ro&immutable=1"
        self._local = threading.local()
        check_sample(release)
        self.find_placements("", "")  # an unreadable database is reported at once, not by the first query

    def __reduce__(self) -> tuple[Callable[[Release], GeneReader], tuple[Release]]:
        """Return what pickles: the release, which has to be in the same folder where this is unpickled."""
        return _open_again, (self.release,)

    def __deepcopy__(self, memo: dict[int, object]) -> GeneReader:
        return self  # it never changes

    def _execute(self, statement: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        try:
            try:
                execute = self._local.execute
            except AttributeError:  # the thread's first query
                execute = self._connect()
            return execute(statement, values).fetchall()  # type: ignore[no-any-return]
        except sqlite3.Error as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> ReleaseCorrupt:
        return ReleaseCorrupt(f"{self.release.database} cannot be read: {error}", hint=find_repair(self.release))

    def _connect(self) -> Callable[[str, Sequence[object]], sqlite3.Cursor]:
        connection = _Connection(self._uri)
        connection.execute(f"PRAGMA mmap_size={_MMAP_BYTES}")
        row = connection.execute("SELECT content FROM document_dictionary").fetchone()
        if row is None:
            raise sqlite3.DatabaseError("no dictionary of gene documents")
        # One for each thread, since it works in memory of its own: to make one takes longer than to decompress.
        self._local.decompress = zstandard.ZstdDecompressor(dict_data=read_dictionary(row[0])).decompress
        self._local.connection = connection
        self._local.execute = connection.execute
        return connection.execute

    def find_placements(self, prefix: str, accession: str) -> list[Placement]:
        """Return the genes to which the identifier is assigned, strongest evidence first."""
        placements = [
            Placement(GeneRecord(gene_id, taxon, curie, symbol), relation, version, assignment_rank)  # type: ignore[arg-type]
            for gene_id, taxon, curie, symbol, relation, version, assignment_rank in self._execute(
                sql.PLACEMENTS, (accession, prefix)
            )
        ]
        if len(placements) > 1:  # seldom so; SQLite would get ready to sort each time
            placements.sort(key=rank_placement)
        return placements

    def find_names(self, folded: str) -> list[NamedGene]:
        """Return the genes with this name, best kind of name first; `folded` as `fold_name` makes it."""
        return [_named(row) for row in self._execute(sql.NAMES, (folded,))]

    def find_loose_names(self, loose: str) -> list[NamedGene]:
        """Return the genes with a name that `fold_loosely` makes this text of, best kind of name first."""
        return self.find_loose_names_of((loose,)).get(loose, [])

    def get_gene(self, gene_id: int) -> GeneRecord:
        """Return the gene with this number of the release."""
        rows = self._execute(sql.GENE, (gene_id,))
        if not rows:
            raise ReleaseCorrupt(f"{self.release.database} names a gene {gene_id} that it does not contain")
        return GeneRecord(*rows[0])  # type: ignore[arg-type]

    def get_document(self, gene_id: int) -> bytes:
        """Return a gene's part of an answer: a JSON object as bytes, made with the release."""
        rows = self._execute(sql.DOCUMENT, (gene_id,))
        if not rows:
            raise ReleaseCorrupt(f"{self.release.database} names a gene {gene_id} that it does not contain")
        try:
            return self._local.decompress(rows[0][0])  # type: ignore[no-any-return]
        except zstandard.ZstdError as error:
            raise self._unreadable(error) from error

    def get_documents(self, gene_ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Yield what `get_document` returns for each of many genes, with the number of the gene."""
        rows: list[Any] = self._execute(sql.DOCUMENTS, (orjson.dumps(gene_ids),))
        if len(rows) != len(gene_ids):
            raise ReleaseCorrupt(f"{self.release.database} names a gene among {gene_ids} that it does not contain")
        try:
            for gene_id, document in rows:
                yield gene_id, self._local.decompress(document)
        except zstandard.ZstdError as error:
            raise self._unreadable(error) from error

    def find_orthologs(self, gene_id: int) -> list[OrthologLink]:
        """Return the gene's orthologs in the other species, best supported first."""
        return [
            OrthologLink(GeneRecord(*row[:4]), row[4], row[5], _keys(row[6]))  # type: ignore[arg-type]
            for row in self._execute(sql.ORTHOLOGS, (gene_id,))
        ]

    def find_retirements(self, curie: str) -> list[RetirementRecord]:
        """Return the retirements of an identifier: a row for each successor, or one without; empty if not retired."""
        return [_retirement(row) for row in self._execute(sql.RETIREMENTS, (curie,))]

    def has_retirements(self, prefix: str) -> bool:
        """Return whether the release has a history of the identifiers of a namespace."""
        return bool(self._execute(sql.HAS_RETIREMENTS, (f"{prefix}:", f"{prefix};"))[0][0])

    def find_predecessors(self, curie: str) -> list[RetirementRecord]:
        """Return the retirements whose successor is this identifier."""
        return [
            RetirementRecord(row[0], row[1], row[2], row[3], row[4], _keys(row[5]))  # type: ignore[arg-type]
            for row in self._execute(sql.PREDECESSORS, (curie,))
        ]

    def find_names_after(
        self, taxon: int, tier: int, after: tuple[str, int], stop: str, number: int
    ) -> list[ListedName]:
        """Return up to `number` names of one species and match tier, in the order of text and gene.

        They come after the (text, gene number) `after` and before the text `stop`. Cost: one probe for each name.
        """
        return [
            ListedName(row[0], GeneRecord(*row[1:5]), *row[5:])  # type: ignore[arg-type]
            for row in self._execute(sql.NAMES_AFTER, (taxon, tier, *after, stop, number))
        ]

    def find_evidence(self, gene_id: int) -> list[EvidenceRecord]:
        """Return every identifier placed on the gene with the files that state it, weak placements included."""
        return [
            EvidenceRecord(row[0], row[1], row[2], row[3], _keys(row[4]))  # type: ignore[arg-type]
            for row in self._execute(sql.EVIDENCE, (gene_id,))
        ]

    def find_unplaced(self, prefix: str, accession: str) -> str | None:
        """Return the kind of an identifier that a source lists without a gene, such as `phenotype`; else None."""
        rows = self._execute(sql.UNPLACED, (accession, prefix))
        return str(rows[0][0]) if rows else None

    def find_retired_names(self, folded: str) -> list[str]:
        """Return the CURIEs of the retired records that had this symbol; `folded` as `fold_name` makes it."""
        return [str(row[0]) for row in self._execute(sql.RETIRED_NAMES, (folded,))]

    def find_names_of(self, folded: Iterable[str]) -> dict[str, list[NamedGene]]:
        """Return the results of `find_names` for many names; those that no gene has are left out."""
        found: dict[str, list[NamedGene]] = {}
        rows: list[Any] = self._execute(sql.NAMES_OF, (_list_texts(folded),))
        for name, gene_id, taxon, curie, symbol, kind, tier, text, spellings in rows:
            named = NamedGene(GeneRecord(gene_id, taxon, curie, symbol), kind, tier, text, spellings)
            if name in found:
                found[name].append(named)
            else:
                found[name] = [named]
        for several in found.values():  # SQLite would sort all of them together
            if len(several) > 1:
                several.sort(key=_rank_named)
        return found

    def find_loose_names_of(self, loose: Collection[str]) -> dict[str, list[NamedGene]]:
        """Return the genes with names that `fold_loosely` makes these texts of; texts without any are left out."""
        queried = _list_texts(loose)
        found = self.find_names_of(loose)
        for row in self._execute(sql.LOOSE_NAMES_OF, (queried,)):
            found.setdefault(row[0], []).append(_named(row[1:]))  # type: ignore[arg-type]
        return found

    def find_gene_types(self, gene_ids: Collection[int]) -> dict[int, str | None]:
        """Return the types of the genes with these numbers, such as `protein-coding`."""
        return dict(self._execute(sql.GENE_TYPES, (orjson.dumps(list(gene_ids)),)))  # type: ignore[arg-type]

    def find_unplaced_of(self, identifiers: Collection[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
        """Return the results of `find_unplaced` for many (prefix, accession)."""
        found: dict[tuple[str, str], str | None] = dict.fromkeys(identifiers)
        accessions = _list_texts(accession for _, accession in identifiers)
        for prefix, accession, relation in self._execute(sql.UNPLACED_OF, (accessions,)):
            if (prefix, accession) in found:
                found[prefix, accession] = relation  # type: ignore[index,assignment]
        return found

    def find_retired_names_of(self, folded: Collection[str]) -> dict[str, list[str]]:
        """Return the results of `find_retired_names` for many names."""
        found: dict[str, list[str]] = {name: [] for name in folded}
        for name, retired in self._execute(sql.RETIRED_NAMES_OF, (_list_texts(folded),)):
            found[name].append(retired)  # type: ignore[index,arg-type]
        return found

    def find_retirements_of(self, curies: Collection[str]) -> dict[str, list[RetirementRecord]]:
        """Return the results of `find_retirements` for many identifiers."""
        found: dict[str, list[RetirementRecord]] = {curie: [] for curie in curies}
        for row in self._execute(sql.RETIREMENTS_OF, (_list_texts(curies),)):
            found[row[0]].append(_retirement(row))  # type: ignore[index]
        return found

    def find_ortholog_pairs(self, gene_ids: Collection[int]) -> set[tuple[int, int]]:
        """Return the (gene, ortholog) among the genes with these numbers."""
        wanted = frozenset(gene_ids)
        pairs: list[Any] = self._execute(sql.ORTHOLOG_PAIRS, (orjson.dumps(list(wanted)),))
        return {pair for pair in pairs if pair[1] in wanted}

    def find_symbols_by_deletions(self, forms: Sequence[str]) -> list[str]:
        """Return the folded approved symbols that have one of `forms`: themselves, or with one character left out."""
        return [str(row[0]) for row in self._execute(sql.SYMBOLS_BY_DELETIONS, (_list_texts(forms),))]

    def find_names_from(self, start: str, stop: str) -> list[tuple[str, NamedGene]]:
        """Return (folded, gene) of all names from `start` up to, and without, `stop`, in the order of their text."""
        return [(str(row[0]), _named(row[1:])) for row in self._execute(sql.NAMES_FROM, (start, stop))]

    def find_partners(self, curie: str) -> list[str]:
        """Return the CURIEs of the proteins that a transcript makes, or of the transcripts that make a protein."""
        return [str(row[0]) for row in self._execute(sql.PARTNERS, (curie, curie))]

    def find_name_evidence(self, folded: str, gene_id: int) -> tuple[str, ...]:
        """Return the keys of the files that state a gene's name."""
        rows = self._execute(sql.NAME_EVIDENCE, (folded, gene_id))
        return tuple(dict.fromkeys(key for row in rows for key in _keys(row[0])))

    def find_identifier_evidence(self, curie: str, gene_id: int) -> tuple[str, ...]:
        """Return the keys of the files that state that an identifier is of a gene; none if it is not."""
        prefix, _, accession = curie.partition(":")
        rows = self._execute(sql.IDENTIFIER_EVIDENCE, (accession, prefix, gene_id))
        return _keys(rows[0][0]) if rows else ()

    def find_rivals(self, gene_id: int) -> list[RivalRecord]:
        """Return the other genes to which a gene's identifiers are assigned too, with the files that state it."""
        return [
            RivalRecord(row[0], row[1], row[2], row[3], _keys(row[4]))  # type: ignore[arg-type]
            for row in self._execute(sql.RIVALS, (gene_id,))
        ]

    def find_placed(self, accessions: Sequence[str]) -> dict[tuple[str, str], list[PlacedRow]]:
        """Return the placements of many accessions, in every namespace, by (prefix, accession), in no order."""
        found: dict[tuple[str, str], list[PlacedRow]] = {}
        rows: list[Any] = self._execute(sql.PLACED, (_list_texts(accessions),))
        for row in rows:
            key = row[:2]
            if key in found:
                found[key].append(row)
            else:
                found[key] = [row]
        return found

    def list_placed(self, accessions: Sequence[str]) -> str:
        """Return the placements of many accessions, in every namespace, as lines of CSV.

        The columns are accession, prefix, number of the gene, relation, assignment rank. Cost: some two microseconds
        for each, without the lock of Python.
        """
        return str(self._execute(sql.PLACED_LINES, (_list_texts(accessions),))[0][0] or "")

    def get_genes(self, gene_ids: Iterable[int]) -> dict[int, GeneRecord]:
        """Return the genes with these numbers of the release."""
        rows: list[Any] = self._execute(sql.GENES, (orjson.dumps(list(gene_ids)),))
        return {row[0]: GeneRecord._make(row) for row in rows}

    def list_sources(self) -> list[dict[str, object]]:
        """Return the upstream files that the release was made from."""
        return [dict(zip(sql.SOURCE_COLUMNS, row, strict=True)) for row in self._execute(sql.SOURCES, ())]


def read_dictionary(content: bytes) -> zstandard.ZstdCompressionDict:
    """Return the dictionary of a release's documents: a trained one, or of few documents the documents themselves."""
    is_trained = content.startswith(_DICTIONARY_MAGIC)
    kind = zstandard.DICT_TYPE_FULLDICT if is_trained else zstandard.DICT_TYPE_RAWCONTENT
    return zstandard.ZstdCompressionDict(content, dict_type=kind)


def _list_texts(texts: Iterable[str]) -> bytes:
    """Return texts as a JSON array. SQLite cuts such a text at a NUL, which no text of a release has."""
    return orjson.dumps([text for text in texts if "\0" not in text])


def _named(row: tuple[object, ...]) -> NamedGene:
    return NamedGene(GeneRecord._make(row[:4]), *row[4:])  # type: ignore[arg-type]


def _rank_named(named: NamedGene) -> tuple[int, int]:
    return named.tier, named.gene.id


def _retirement(row: tuple[object, ...]) -> RetirementRecord:
    return RetirementRecord(row[0], row[1] or None, row[2], row[3], row[4], _keys(row[5]))  # type: ignore[arg-type]


def rank_placement(placement: Placement) -> tuple[int, int]:
    """Return the key by which placements are sorted, strongest evidence first."""
    return placement.assignment_rank, placement.gene.id


def _keys(sources: object) -> tuple[str, ...]:
    return tuple(str(sources).split(","))


# By the folder of the release, so that answers that are unpickled one by one share a reader.
_OPEN: weakref.WeakValueDictionary[Path, GeneReader] = weakref.WeakValueDictionary()


def _open_again(release: Release) -> GeneReader:
    reader = _OPEN.get(release.folder)
    if reader is None:
        reader = _OPEN[release.folder] = GeneReader(release)
    return reader
