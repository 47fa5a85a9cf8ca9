"""MGI: two reports of all markers; for what they do not mention, the Alliance's gene pages.

`MRK_List1.rpt` lists the current markers, `MGI_EntrezGene.rpt` the secondary ids of each of them: the ids that were
merged into it.

Quirks: a row of a withdrawn marker has the literal `NULL` (in the first report) or the id of the current marker (in the
second) where its own id would be: both reports name a withdrawn id only as a secondary one. Markers of the type
"mutation defined region" are not in the second report. The Alliance returns the current gene for a secondary id, so
the ids are compared; its replies have two shapes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import BaseModel

from ...errors import SourceChanged, SourceUnreachable
from ...genes.verdicts import Obstacle, Verdict
from .base import (
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
    not_checked,
    read_json,
    read_shape,
    taxid_field,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...genes.verdicts import Finding, TrackedIdentifier

REPORTS = Host(
    name="mgi", url="https://www.informatics.jax.org/downloads/reports", rate=Rate(per_second=1, concurrency=1)
)
ALLIANCE = Host(name="alliance", url="https://www.alliancegenome.org/api", rate=Rate(per_second=4, concurrency=3))
_MARKERS, _SECONDARY = "MRK_List1.rpt", "MGI_EntrezGene.rpt"
_ID, _STATUS = "MGI Accession ID", "Status"
_CURRENT = frozenset({"O", "I"})  # official, interim; W is withdrawn
_FEWEST_FOR_REPORTS = 20
_MOST_PAGES = 50
# The columns of MGI_EntrezGene.rpt, which has no header.
_MARKER, _MARKER_STATUS, _SECONDARY_IDS = 0, 2, 7
_MGI_ID = re.compile(r"MGI:([0-9]+)")


class _Taxon(BaseModel):
    curie: str | None = None
    taxonId: str | None = None  # noqa: N815  (the names of the API)


class _NewGene(BaseModel):
    primaryExternalId: str  # noqa: N815
    taxon: _Taxon = _Taxon()


class _Gene(BaseModel):
    """A gene page, in either shape."""

    id: str | None = None
    species: _Taxon = _Taxon()
    gene: _NewGene | None = None


def _by_number(wanted: Sequence[TrackedIdentifier]) -> dict[str, list[TrackedIdentifier]]:
    listed: dict[str, list[TrackedIdentifier]] = {}
    for tracked in wanted:
        listed.setdefault(tracked.identifier.accession, []).append(tracked)
    return listed


class MarkerReader:
    """Read MRK_List1.rpt: an id with a row of status O or I is current; rows of status W are no evidence."""

    def __init__(self, wanted: Sequence[TrackedIdentifier]) -> None:
        self._wanted = _by_number(wanted)
        self._status: dict[str, str] = {}
        self._columns: tuple[int, int] | None = None

    def feed(self, line: str) -> None:
        """Take one more line; raises SourceChanged if the header is another."""
        cells = line.rstrip("\r\n").split("\t")
        if self._columns is None:
            try:
                self._columns = (cells.index(_ID), cells.index(_STATUS))
            except ValueError as error:
                raise SourceChanged(f"the header of {_MARKERS} is unknown", source="mgi", sample=line[:500]) from error
            return
        if len(cells) <= max(self._columns):
            if line.strip():
                raise SourceChanged(f"a row of {_MARKERS} breaks off", source="mgi", sample=line[:500])
            return
        accession, status = (cells[column].strip() for column in self._columns)
        reported = _MGI_ID.fullmatch(accession)
        if reported is not None and status in _CURRENT and reported[1] in self._wanted:
            self._status[reported[1]] = status

    def findings(self, reply: Reply) -> list[Finding]:
        """Return findings on the ids that are current."""
        if self._columns is None:
            raise changed("mgi", "it is empty", reply)
        release = reply.headers.get("last-modified")
        return [
            found(tracked, Verdict.CURRENT, reply, {_STATUS: status}, release=release)
            for number, status in self._status.items()
            for tracked in self._wanted[number]
        ]


class SecondaryReader:
    """Read MGI_EntrezGene.rpt: a secondary id was replaced by the current markers that list it."""

    def __init__(self, wanted: Sequence[TrackedIdentifier]) -> None:
        self._wanted = _by_number(wanted)
        self._markers: dict[str, list[str]] = {}
        self._current: set[str] = set()
        self._is_empty = True

    def feed(self, line: str) -> None:
        """Take one more line; raises SourceChanged if a row has another layout."""
        if not line.strip():
            return
        cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
        marker = _MGI_ID.fullmatch(cells[_MARKER])
        if len(cells) <= _SECONDARY_IDS or marker is None or cells[_MARKER_STATUS] not in _CURRENT | {"W"}:
            raise SourceChanged(f"a row of {_SECONDARY} has another layout", source="mgi", sample=line[:500])
        self._is_empty = False
        if cells[_MARKER_STATUS] not in _CURRENT:
            return
        self._current.add(marker[1])
        for number in _MGI_ID.findall(cells[_SECONDARY_IDS]):
            if number in self._wanted:
                self._markers.setdefault(number, []).append(marker[1])

    def findings(self, reply: Reply) -> list[Finding]:
        """Return findings on the ids that are secondary; the report lists only current successors."""
        if self._is_empty:
            raise changed("mgi", "it is empty", reply)
        release = reply.headers.get("last-modified")
        findings = []
        for number, markers in self._markers.items():
            if number in self._current:
                continue  # a current id, even if a row lists it as secondary
            fields = {"secondary id of": " ".join(f"MGI:{marker}" for marker in markers)}
            successors = [f"mgi:{marker}" for marker in markers]
            findings += [
                found(tracked, Verdict.REPLACED, reply, fields, successors=successors, release=release)
                for tracked in self._wanted[number]
            ]
        return findings


def _inspect(reply: Reply) -> None:
    payload = read_json(reply, "alliance")
    if reply.status == 200:
        gene = read_shape(_Gene, payload, reply, "alliance")
        if gene.id is None and gene.gene is None:
            raise changed("alliance", "it names no gene", reply)
    elif reply.status in {400, 404}:
        if not isinstance(payload, dict) or not isinstance(payload.get("errors"), list):
            raise changed("alliance", "it is not the error of an unknown id", reply)
    else:
        raise SourceUnreachable(f"the Alliance replies with status {reply.status}", source="alliance")


def _read(replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
    (reply,) = replies
    if reply.status != 200:
        silent = [
            not_checked(item.tracked, Obstacle.NOT_KNOWN_UPSTREAM, "the Alliance has no such gene") for item in items
        ]
        return StepResult(silent)
    gene = read_shape(_Gene, read_json(reply, "alliance"), reply, "alliance")
    if gene.gene is not None:
        reported, taxon = gene.gene.primaryExternalId, gene.gene.taxon
    else:
        reported, taxon = gene.id or "", gene.species
    fields = {"id": reported, **taxid_field(taxon.curie or taxon.taxonId)}
    number = _MGI_ID.fullmatch(reported)
    findings = []
    for item in items:
        if number is None:
            findings.append(
                not_checked(item.tracked, Obstacle.NOT_UNDERSTOOD, f"the gene {reported[:40]!r} was returned")
            )
        elif number[1] == item.query_id:
            findings.append(found(item.tracked, Verdict.CURRENT, reply, fields))
        else:
            findings.append(found(item.tracked, Verdict.REPLACED, reply, fields, successors=(f"mgi:{number[1]}",)))
    return StepResult(findings)


SOURCE = LiveSource(
    name="mgi",
    title="MGI",
    prefixes=("mgi",),
    query_id_of=lambda tracked: tracked.identifier.accession,
    steps=(Step(1, lambda ids: Request(ALLIANCE, f"/gene/MGI:{ids[0]}"), _read, _inspect, most=_MOST_PAGES),),
    lists=(
        PublishedList(_MARKERS, Request(REPORTS, f"/{_MARKERS}", accept="*/*"), MarkerReader),
        PublishedList(_SECONDARY, Request(REPORTS, f"/{_SECONDARY}", accept="*/*"), SecondaryReader),
    ),
    list_from=_FEWEST_FOR_REPORTS,
    hosts=(REPORTS, ALLIANCE),
    probe=(
        Expectation("mgi:96561", Verdict.CURRENT),
        Expectation("mgi:3530319", Verdict.REPLACED, ("mgi:96677",)),
        Expectation("mgi:999999999"),
        Expectation("mgi:96561", Verdict.CURRENT, published_list=_MARKERS),
        Expectation("mgi:3530319", Verdict.REPLACED, ("mgi:96677",), published_list=_SECONDARY),
    ),
)
