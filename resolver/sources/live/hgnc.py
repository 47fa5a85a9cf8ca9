"""HGNC: the complete set of approved genes and the list of withdrawn ids; for a few ids and symbols, its REST service.

The reader of the REST service follows its documentation (genenames.org/help/rest), those of the files their contents.

Quirks: the service takes one id or symbol a call, and finds only approved genes: merged and withdrawn entries are
in `withdrawn.txt`. A merged entry names its successors as `HGNC_ID|SYMBOL|STATUS`, several of them with a comma
between; a successor may be withdrawn itself. Fields of several values are quoted, with `|` between. The case of a
symbol does not matter.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from pydantic import BaseModel

from ...errors import SourceChanged, SourceUnreachable
from ...genes.verdicts import Finding, Obstacle, Verdict
from ...identifiers.species import HUMAN
from .base import (
    Expectation,
    Host,
    Item,
    LiveSource,
    PublishedList,
    Rate,
    ReleaseQuery,
    Reply,
    Request,
    SourceRelease,
    Step,
    StepResult,
    changed,
    found,
    name_genes,
    names_other_gene,
    not_checked,
    read_json,
    read_shape,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ...genes.verdicts import TrackedIdentifier

REST = Host(name="hgnc", url="https://rest.genenames.org", rate=Rate(per_second=8, concurrency=3))
FILES = Host(
    name="hgnc_files",
    url="https://storage.googleapis.com/public-download-files/hgnc/tsv/tsv",
    rate=Rate(per_second=1, concurrency=1),
)
_APPROVED, _WITHDRAWN, _MERGED = "Approved", "Entry Withdrawn", "Merged/Split"
_COMPLETE_SET, _WITHDRAWN_LIST = "hgnc_complete_set.txt", "withdrawn.txt"
_FEWEST_FOR_LISTS = 20
_MOST_PAGES = 50
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._-]{0,39}")


class _Gene(NamedTuple):
    """An approved gene: its number, and its symbol."""

    number: str
    symbol: str


# --- Verdicts ---------------------------------------------------------------------------------------------------


def _is_symbol(tracked: TrackedIdentifier) -> bool:
    return tracked.identifier.prefix == "hgnc.symbol"


def _judge_symbol(
    tracked: TrackedIdentifier,
    approved: Iterable[_Gene],
    previous: Sequence[_Gene],
    reply: Reply,
    release: str | None = None,
) -> Finding | None:
    """Return the verdict on a symbol by the genes that have or had it; None if there are none."""
    for gene in approved:
        fields = {"symbol": gene.symbol, "hgnc_id": f"HGNC:{gene.number}"}
        if names_other_gene(tracked, {"hgnc": (gene.number,)}):
            return found(tracked, Verdict.MOVED_GENE, reply, fields, release=release, note=f"now of hgnc:{gene.number}")
        return found(tracked, Verdict.CURRENT, reply, fields, release=release)
    if not previous:
        return None
    reported = {"hgnc": [gene.number for gene in previous]}
    fields = {"prev_symbol of": " ".join(f"{gene.symbol}(HGNC:{gene.number})" for gene in previous)}
    if names_other_gene(tracked, reported):
        note = f"a previous symbol of {name_genes(reported)}"
        return found(tracked, Verdict.MOVED_GENE, reply, fields, release=release, note=note)
    ours = (tracked.gene_ids or {}).get("hgnc", frozenset())
    mine = [gene for gene in previous if gene.number in ours] or previous
    successors = [f"hgnc.symbol:{gene.symbol}" for gene in mine]
    return found(tracked, Verdict.REPLACED, reply, fields, successors=successors, release=release)


# --- The REST service -------------------------------------------------------------------------------------------


class _Doc(BaseModel):
    hgnc_id: str
    symbol: str
    status: str
    prev_symbol: list[str] = []

    @property
    def gene(self) -> _Gene:
        """The gene of the record."""
        return _Gene(self.hgnc_id.removeprefix("HGNC:"), self.symbol)


class _Docs(BaseModel):
    docs: list[_Doc]


class _Response(BaseModel):
    response: _Docs


def _inspect(reply: Reply) -> None:
    if reply.status != 200:
        raise SourceUnreachable(f"genenames.org replies with status {reply.status}", source="hgnc")
    read_shape(_Response, read_json(reply, "hgnc"), reply, "hgnc")


def _query_id_of(tracked: TrackedIdentifier) -> str | None:
    """Return the path of the record of an id, or of a symbol of a human gene; None for other identifiers."""
    accession = tracked.identifier.accession
    if not _is_symbol(tracked):
        return f"hgnc_id/{accession}"
    return f"symbol/{accession}" if tracked.taxon == HUMAN and _SYMBOL.fullmatch(accession) else None


def _fetch(ids: Sequence[str]) -> Request:
    field, _, value = ids[0].partition("/")
    return Request(REST, f"/fetch/{field}/{quote(value, safe='')}")


def _fetch_previous(ids: Sequence[str]) -> Request:
    return Request(REST, f"/fetch/prev_symbol/{quote(ids[0].partition('/')[2], safe='')}")


def _docs(replies: Sequence[Reply]) -> tuple[Reply, list[_Doc]]:
    (reply,) = replies
    return reply, read_shape(_Response, read_json(reply, "hgnc"), reply, "hgnc").response.docs


def _read(replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
    reply, docs = _docs(replies)
    findings: list[Finding] = []
    onward: list[tuple[int, Item]] = []
    for item in items:
        finding = _judge_docs(item.tracked, docs, reply)
        if finding is not None:
            findings.append(finding)
        elif _is_symbol(item.tracked):
            onward.append((1, item))
        else:
            findings.append(_unknown(item.tracked))
    return StepResult(findings, onward)


def _judge_docs(tracked: TrackedIdentifier, docs: Sequence[_Doc], reply: Reply) -> Finding | None:
    """Return the verdict by the records with this id or symbol; None if there are none."""
    accession = tracked.identifier.accession
    if _is_symbol(tracked):
        named = [doc for doc in docs if doc.symbol.upper() == accession.upper() and doc.status == _APPROVED]
        return _judge_symbol(tracked, [doc.gene for doc in named], (), reply)
    for doc in docs:
        if doc.gene.number != accession:
            continue
        fields = {"status": doc.status, "symbol": doc.symbol}
        if doc.status == _APPROVED:
            return found(tracked, Verdict.CURRENT, reply, fields)
        if doc.status == _WITHDRAWN:
            return found(tracked, Verdict.RETIRED, reply, fields)
        return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"status {doc.status[:80]!r}")
    return None


def _read_previous(replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
    reply, docs = _docs(replies)
    findings = []
    for item in items:
        symbol = item.tracked.identifier.accession.upper()
        previous = [
            doc.gene for doc in docs if doc.status == _APPROVED and symbol in map(str.upper, doc.prev_symbol)
        ]  # fmt: skip
        findings.append(_judge_symbol(item.tracked, (), previous, reply) or _unknown(item.tracked))
    return StepResult(findings)


def _unknown(tracked: TrackedIdentifier) -> Finding:
    return not_checked(tracked, Obstacle.NOT_KNOWN_UPSTREAM, "genenames.org has no record of it")


def _read_release(reply: Reply) -> SourceRelease | None:
    """Return the day of the last change of the data, as name and date."""
    reported = re.search(r'"lastModified"\s*:\s*"([0-9]{4}-[0-9]{2}-[0-9]{2})', reply.text)
    return None if reported is None else SourceRelease(reported[1], reported[1])


# --- The two files ----------------------------------------------------------------------------------------------


class _ListReader(ABC):
    """The common part of both list readers: wanted ids and symbols, and rows of a table with a header."""

    name = ""
    columns: tuple[str, ...] = ()

    def __init__(self, wanted: Sequence[TrackedIdentifier]) -> None:
        self._numbers: dict[str, list[TrackedIdentifier]] = {}
        self._symbols: dict[str, list[TrackedIdentifier]] = {}
        for tracked in wanted:
            if _is_symbol(tracked):
                if tracked.taxon == HUMAN:
                    self._symbols.setdefault(tracked.identifier.accession.upper(), []).append(tracked)
            else:
                self._numbers.setdefault(tracked.identifier.accession, []).append(tracked)
        self._places: list[int] | None = None

    def feed(self, line: str) -> None:
        """Take one more line; raises SourceChanged if the header is another, or a row breaks off."""
        cells = [cell.strip().strip('"') for cell in line.rstrip("\r\n").split("\t")]
        if self._places is None:
            names = [cell.partition("(")[0].strip() for cell in cells]
            if missing := [name for name in self.columns if name not in names]:
                what = f"the header of {self.name} has no {missing[0]}"
                raise SourceChanged(what, source="hgnc", sample=line[:500])
            self._places = [names.index(name) for name in self.columns]
        elif line.strip():
            cells += [""] if len(cells) == max(self._places) else []  # a last cell that is empty may be left out
            if len(cells) <= max(self._places):
                raise SourceChanged(f"a row of {self.name} breaks off", source="hgnc", sample=line[:500])
            self._take(*(cells[place] for place in self._places))

    @abstractmethod
    def _take(self, *cells: str) -> None:
        """Take the cells of `columns` of one row."""

    def _check_read(self, reply: Reply) -> str | None:
        """Return the day of the list; raises SourceChanged if it is empty."""
        if self._places is None:
            raise changed("hgnc", "it is empty", reply)
        return reply.headers.get("last-modified")


class CompleteSetReader(_ListReader):
    """Read hgnc_complete_set.txt: approved ids and symbols are current, previous symbols were replaced."""

    name = _COMPLETE_SET
    columns = ("hgnc_id", "symbol", "status", "prev_symbol")

    def __init__(self, wanted: Sequence[TrackedIdentifier]) -> None:
        super().__init__(wanted)
        self._found: dict[str, _Gene] = {}
        self._approved: dict[str, _Gene] = {}
        self._previous: dict[str, list[_Gene]] = {}

    def _take(self, *cells: str) -> None:
        accession, symbol, status, previous = cells
        if status != _APPROVED:
            return
        gene = _Gene(accession.removeprefix("HGNC:"), symbol)
        if gene.number in self._numbers:
            self._found[gene.number] = gene
        if symbol.upper() in self._symbols:
            self._approved[symbol.upper()] = gene
        for former in previous.upper().split("|") if previous else ():
            if former in self._symbols:
                self._previous.setdefault(former, []).append(gene)

    def findings(self, reply: Reply) -> list[Finding]:
        """Return findings on the ids and symbols that the list mentions."""
        release = self._check_read(reply)
        findings: list[Finding] = []
        for number, gene in self._found.items():
            fields = {"status": _APPROVED, "symbol": gene.symbol}
            findings += [found(one, Verdict.CURRENT, reply, fields, release=release) for one in self._numbers[number]]
        for symbol in self._approved.keys() | self._previous.keys():
            approved = [self._approved[symbol]] if symbol in self._approved else []
            for tracked in self._symbols[symbol]:
                finding = _judge_symbol(tracked, approved, self._previous.get(symbol, []), reply, release)
                findings += [] if finding is None else [finding]
        return findings


class _Entry(NamedTuple):
    """A row of withdrawn.txt: the successors are (number, symbol, status)."""

    number: str
    status: str
    symbol: str
    successors: tuple[tuple[str, str, str], ...]


class WithdrawnReader(_ListReader):
    """Read withdrawn.txt: a merged entry is followed to approved ones within the list."""

    name = _WITHDRAWN_LIST
    columns = ("HGNC_ID", "STATUS", "WITHDRAWN_SYMBOL", "MERGED_INTO_REPORT")

    def __init__(self, wanted: Sequence[TrackedIdentifier]) -> None:
        super().__init__(wanted)
        self._entries: dict[str, _Entry] = {}

    def _take(self, *cells: str) -> None:
        accession, status, symbol, merged = cells
        successors = []
        for reported in filter(None, (one.strip() for one in merged.split(","))):
            number, _, rest = reported.removeprefix("HGNC:").partition("|")
            name, _, state = rest.partition("|")
            successors.append((number.strip(), name.strip(), state.strip()))
        number = accession.removeprefix("HGNC:")
        self._entries[number] = _Entry(number, status, symbol, tuple(successors))

    def findings(self, reply: Reply) -> list[Finding]:
        """Return findings on the ids, and on the symbols, that were withdrawn."""
        release = self._check_read(reply)
        findings: list[Finding] = []
        for entry in self._entries.values():
            findings += [
                self._judge(tracked, entry, reply, release, lambda gene: f"hgnc:{gene.number}")
                for tracked in self._numbers.get(entry.number, ())
            ]
            findings += [
                self._judge(tracked, entry, reply, release, lambda gene: f"hgnc.symbol:{gene.symbol}")
                for tracked in self._symbols.get(entry.symbol.upper(), ())
                if not names_other_gene(tracked, {"hgnc": (entry.number,)})
            ]
        return findings

    def _judge(
        self, tracked: TrackedIdentifier, entry: _Entry, reply: Reply, release: str | None, name: Callable[[_Gene], str]
    ) -> Finding:
        fields = {
            "STATUS": entry.status,
            "MERGED_INTO_REPORT": " ".join("|".join(("HGNC:" + one[0], *one[1:])) for one in entry.successors),
        }
        if entry.status == _WITHDRAWN:
            return found(tracked, Verdict.RETIRED, reply, fields, release=release)
        if entry.status != _MERGED or not entry.successors:
            return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"status {entry.status[:80]!r} in {self.name}")
        living = self._follow(entry, {entry.number})
        if not living:
            note = f"its successor hgnc:{entry.successors[0][0]} is retired too"
            return found(tracked, Verdict.RETIRED, reply, fields, release=release, note=note)
        return found(tracked, Verdict.REPLACED, reply, fields, successors=list(map(name, living)), release=release)

    def _follow(self, entry: _Entry, seen: set[str]) -> list[_Gene]:
        """Return the approved genes that an entry was merged into, over further entries where these were merged too."""
        living: list[_Gene] = []
        for number, symbol, status in entry.successors:
            if status == _APPROVED:
                living.append(_Gene(number, symbol))
            elif number not in seen and number in self._entries:
                seen.add(number)
                living += self._follow(self._entries[number], seen)
        return living


SOURCE = LiveSource(
    name="hgnc",
    title="HGNC",
    prefixes=("hgnc", "hgnc.symbol"),
    query_id_of=_query_id_of,
    steps=(
        Step(1, _fetch, _read, _inspect, most=_MOST_PAGES),
        Step(1, _fetch_previous, _read_previous, _inspect, most=_MOST_PAGES),
    ),
    lists=(
        PublishedList(_COMPLETE_SET, Request(FILES, f"/{_COMPLETE_SET}", accept="*/*"), CompleteSetReader),
        PublishedList(_WITHDRAWN_LIST, Request(FILES, f"/{_WITHDRAWN_LIST}", accept="*/*"), WithdrawnReader),
    ),
    list_from=_FEWEST_FOR_LISTS,
    list_of_unknown=_WITHDRAWN_LIST,
    hosts=(REST, FILES),
    release=ReleaseQuery(Request(REST, "/info"), _read_release),
    probe=(
        Expectation("hgnc:6023", Verdict.CURRENT),
        Expectation("hgnc:9999999"),
        Expectation("hgnc.symbol:IL7", Verdict.CURRENT, taxon=HUMAN),
        Expectation("hgnc.symbol:GBA", Verdict.REPLACED, ("hgnc.symbol:GBA1",), taxon=HUMAN),
        Expectation("hgnc:6023", Verdict.CURRENT, published_list=_COMPLETE_SET),
        Expectation("hgnc:6", Verdict.REPLACED, ("hgnc:12469",), published_list=_WITHDRAWN_LIST),
    ),
)
