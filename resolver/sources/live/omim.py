"""OMIM: entries with the user's key; without one, the titles at NCBI and two public lists.

Quirks: an entry may have no prefix; a moved entry may name two others in its title. `mim2gene.txt` says that an entry
was moved or removed and not to what; its license forbids to pass it on, so that nothing of it is kept but verdicts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ...errors import SourceChanged, SourceRefused, SourceUnreachable
from ...genes.verdicts import Obstacle, Verdict
from .base import (
    BatchRefused,
    Expectation,
    Host,
    Item,
    LiveSource,
    PublishedList,
    Rate,
    Reply,
    Request,
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
from .ncbi import EUTILS, MIM_TITLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...genes.verdicts import Finding, TrackedIdentifier

API = Host(
    name="omim",
    url="https://api.omim.org/api",
    rate=Rate(per_second=2, concurrency=2, per_day=4_900),
    key_setting="omim_api_key",
    key_in="header:ApiKey",
)
FILES = Host(name="omim_files", url="https://omim.org/static/omim/data", rate=Rate(per_second=1, concurrency=1))
NCBI_FILES = Host(
    name="ncbi_files", url="https://ftp.ncbi.nlm.nih.gov/gene/DATA", rate=Rate(per_second=1, concurrency=1)
)
_MOST = 20
_NUMBER = re.compile(r"\b[1-9][0-9]{5}\b")


class _Titles(BaseModel):
    preferredTitle: str | None = None  # noqa: N815  (the names of the API)


class _Entry(BaseModel):
    mimNumber: int  # noqa: N815
    status: str
    prefix: str | None = None
    movedTo: str | None = None  # noqa: N815
    titles: _Titles = _Titles()


class _EntryMember(BaseModel):
    entry: _Entry


class _List(BaseModel):
    entryList: list[_EntryMember]  # noqa: N815


class _Answer(BaseModel):
    omim: _List


def _inspect(reply: Reply) -> None:
    if reply.status in {401, 403}:
        raise SourceRefused("OMIM refuses the key", source="omim", hint="Set RESOLVER_OMIM_API_KEY to a valid key.")
    if reply.status == 400:
        raise BatchRefused(reply.text[:200])
    if reply.status != 200:
        raise SourceUnreachable(f"OMIM replies with status {reply.status}", source="omim")
    read_shape(_Answer, read_json(reply, "omim"), reply, "omim")


def _read(replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
    (reply,) = replies
    answer = read_shape(_Answer, read_json(reply, "omim"), reply, "omim")
    entries = {str(one.entry.mimNumber): one.entry for one in answer.omim.entryList}
    findings = []
    for item in items:
        entry = entries.get(item.query_id)
        if entry is None:
            findings.append(not_checked(item.tracked, Obstacle.NOT_KNOWN_UPSTREAM, "OMIM returns no entry for it"))
        else:
            findings.append(_judge(item.tracked, entry, reply))
    return StepResult(findings)


def _judge(tracked: TrackedIdentifier, entry: _Entry, reply: Reply) -> Finding:
    fields: dict[str, Any] = {"status": entry.status, "prefix": entry.prefix or ""}
    if entry.status == "live" and entry.prefix != "^":
        return found(tracked, Verdict.CURRENT, reply, fields)
    if entry.status == "moved":
        reported = f"{entry.movedTo or ''} {entry.titles.preferredTitle or ''}"
        successors = dict.fromkeys(
            number for number in _NUMBER.findall(reported) if number != tracked.identifier.accession
        )
        if successors:
            fields["movedTo"] = " ".join(successors)
            return found(
                tracked, Verdict.REPLACED, reply, fields, successors=[f"omim:{successor}" for successor in successors]
            )
    if entry.status == "removed":
        return found(tracked, Verdict.RETIRED, reply, fields)
    return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"status {entry.status!r} with prefix {entry.prefix!r}")


class _Row:
    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.genes: dict[str, list[str]] = {}


class NumberReader:
    """Read mim2gene.txt, and NCBI's mim2gene_medgen, which does not mention moved entries."""

    def __init__(self, wanted: Sequence[TrackedIdentifier]) -> None:
        self._wanted: dict[str, list[TrackedIdentifier]] = {}
        for tracked in wanted:
            self._wanted.setdefault(tracked.identifier.accession, []).append(tracked)
        self._rows: dict[str, _Row] = {}
        self._columns: dict[str, int] = {}

    def feed(self, line: str) -> None:
        """Take one more line; raises SourceChanged if rows come before a known header."""
        cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
        if line.startswith("#"):
            self._read_header(cells)
            return
        if not self._columns:
            raise SourceChanged("the list of MIM numbers has no known header", source="omim", sample=line[:500])
        if cells[0] not in self._wanted:
            return
        if len(cells) <= self._columns["kind"]:
            raise SourceChanged("a row of the list of MIM numbers breaks off", source="omim", sample=line[:500])
        row = self._rows.setdefault(cells[0], _Row())
        row.kinds.append(cells[self._columns["kind"]])
        for prefix in ("ncbigene", "ensembl"):
            column = self._columns.get(prefix, len(cells))
            if column < len(cells) and cells[column] not in {"", "-"} and "gene" in cells[self._columns["kind"]]:
                row.genes.setdefault(prefix, []).append(cells[column])

    def _read_header(self, cells: list[str]) -> None:
        for number, cell in enumerate(cells):
            name = cell.lstrip("# ")
            if name.startswith(("MIM Entry Type", "type")):
                self._columns["kind"] = number
            elif name.startswith(("Entrez Gene ID", "GeneID")):
                self._columns["ncbigene"] = number
            elif name.startswith("Ensembl Gene ID"):
                self._columns["ensembl"] = number
        if "kind" not in self._columns:
            self._columns.clear()

    def findings(self, reply: Reply) -> list[Finding]:
        """Return findings on the numbers that have a row."""
        if not self._columns:
            raise changed("omim", "it is no list of MIM numbers", reply)
        rows = ((tracked, row) for number, row in self._rows.items() for tracked in self._wanted[number])
        return [self._judge(tracked, row, reply) for tracked, row in rows]

    def _judge(self, tracked: TrackedIdentifier, row: _Row, reply: Reply) -> Finding:
        kinds = " ".join(dict.fromkeys(row.kinds))
        fields = {"type": kinds, "genes": name_genes(row.genes)}
        if "moved/removed" in row.kinds:
            note = "moved or removed; the list does not name a successor"
            return found(tracked, Verdict.RETIRED, reply, fields, note=note)
        if names_other_gene(tracked, row.genes):
            return found(tracked, Verdict.MOVED_GENE, reply, fields, note=f"now of {name_genes(row.genes)}")
        return found(tracked, Verdict.CURRENT, reply, fields)


SOURCE = LiveSource(
    name="omim",
    title="OMIM",
    prefixes=("omim",),
    query_id_of=lambda tracked: tracked.identifier.accession,
    steps=(MIM_TITLES,),
    steps_with_key=(
        Step(
            _MOST,
            lambda ids: Request(API, "/entry", query={"mimNumber": ",".join(ids), "format": "json"}),
            _read,
            _inspect,
        ),
    ),
    key_host=API,
    hosts=(API, FILES, NCBI_FILES, EUTILS),
    lists=(
        PublishedList("mim2gene.txt", Request(FILES, "/mim2gene.txt", accept="*/*"), NumberReader),
        PublishedList("mim2gene_medgen", Request(NCBI_FILES, "/mim2gene_medgen", accept="*/*"), NumberReader),
    ),
    probe=(
        Expectation("omim:146660", Verdict.CURRENT),
        Expectation("omim:104740", Verdict.REPLACED, ("omim:602414",)),
        Expectation("omim:999999"),  # numbers begin with 1 to 6
    ),
)
