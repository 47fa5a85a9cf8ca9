"""MGI: the report of all markers with those that were withdrawn; for a few ids, the Alliance's gene pages.

Quirks: the report repeats a withdrawn id on several rows where it was split. The Alliance answers a secondary id with
the gene of today, so that the ids are compared; it has two shapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from ...errors import SourceChanged, SourceUnreachable
from ...genes.verdicts import Obstacle, Verdict
from .base import (
    Host,
    Item,
    LiveSource,
    PublishedList,
    Rate,
    Reading,
    Reply,
    Request,
    Step,
    changed,
    found,
    not_checked,
    read_json,
    read_shape,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...genes.verdicts import Finding, Held

REPORTS = Host(
    name="mgi", url="https://www.informatics.jax.org/downloads/reports", rate=Rate(per_second=1, concurrency=1)
)
ALLIANCE = Host(name="alliance", url="https://www.alliancegenome.org/api", rate=Rate(per_second=4, concurrency=3))
_ID, _STATUS = "MGI Accession ID", "Status"
_TODAY = "Current MGI Accession ID (if withdrawn)"
_FEWEST_FOR_REPORT = 20


class _NewGene(BaseModel):
    primaryExternalId: str  # noqa: N815  (the upstream's own names)


class _Gene(BaseModel):
    """A gene page, in either shape."""

    id: str | None = None
    gene: _NewGene | None = None


class _Marker:
    """What the report says of a marker."""

    def __init__(self) -> None:
        self.is_official = False
        self.withdrawn_to: list[str] = []
        self.is_withdrawn = False


class MarkerReader:
    """Reads MRK_List1: an id with a row that is not withdrawn is current, whatever other rows it has."""

    def __init__(self, wanted: Sequence[Held]) -> None:
        self._wanted: dict[str, list[Held]] = {}
        for held in wanted:
            self._wanted.setdefault(held.identifier.accession, []).append(held)
        self._told: dict[str, _Marker] = {}
        self._columns: tuple[int, int, int] | None = None

    def feed(self, line: str) -> None:
        """Take one more line; raises SourceChanged where the header is another."""
        cells = line.rstrip("\r\n").split("\t")
        if self._columns is None:
            try:
                self._columns = (cells.index(_ID), cells.index(_STATUS), cells.index(_TODAY))
            except ValueError as error:
                raise SourceChanged(
                    "the header of MRK_List1.rpt is not the one that we know", source="mgi", sample=line[:500]
                ) from error
            return
        if len(cells) <= max(self._columns):
            if line.strip():
                raise SourceChanged("a row of MRK_List1.rpt breaks off", source="mgi", sample=line[:500])
            return
        accession, status, today = (cells[column].strip() for column in self._columns)
        number = accession.removeprefix("MGI:")
        if number not in self._wanted or number == accession:
            return
        marker = self._told.setdefault(number, _Marker())
        if status != "W":
            marker.is_official = True
            return
        marker.is_withdrawn = True
        if today.startswith("MGI:"):
            marker.withdrawn_to.append(today.removeprefix("MGI:"))

    def tell(self, reply: Reply) -> list[Finding]:
        """Return findings on the ids that have a row."""
        if self._columns is None:
            raise changed("mgi", "it is empty", reply)
        return [
            self._judge(held, marker, reply) for number, marker in self._told.items() for held in self._wanted[number]
        ]

    def _judge(self, held: Held, marker: _Marker, reply: Reply) -> Finding:
        heirs = list(dict.fromkeys(marker.withdrawn_to))
        release = reply.headers.get("last-modified")
        if marker.is_official or held.identifier.accession in heirs:
            return found(held, Verdict.CURRENT, reply, {_STATUS: "not W"}, release=release)
        fields = {_STATUS: "W", _TODAY: " ".join(f"MGI:{heir}" for heir in heirs)}
        verdict = Verdict.REPLACED if heirs else Verdict.RETIRED
        successors = [f"mgi:{heir}" for heir in heirs]
        return found(held, verdict, reply, fields, successors=successors, release=release)


def _inspect(reply: Reply) -> None:
    payload = read_json(reply, "alliance")
    if reply.status == 200:
        gene = read_shape(_Gene, payload, reply, "alliance")
        if gene.id is None and gene.gene is None:
            raise changed("alliance", "it names no gene", reply)
    elif reply.status not in {400, 404} or not isinstance(payload, dict) or "errors" not in payload:
        raise SourceUnreachable(f"the Alliance answers with status {reply.status}", source="alliance")


def _read(replies: Sequence[Reply], items: Sequence[Item]) -> Reading:
    (reply,) = replies
    if reply.status != 200:
        silent = [
            not_checked(item.held, Obstacle.NOT_KNOWN_UPSTREAM, "the Alliance has no such gene") for item in items
        ]
        return Reading(silent)
    gene = read_shape(_Gene, read_json(reply, "alliance"), reply, "alliance")
    stated = gene.gene.primaryExternalId if gene.gene is not None else gene.id or ""
    number = stated.removeprefix("MGI:")
    findings = []
    for item in items:
        if number == item.asked:
            findings.append(found(item.held, Verdict.CURRENT, reply, {"id": stated}))
        elif stated.startswith("MGI:") and number.isdigit():
            findings.append(found(item.held, Verdict.REPLACED, reply, {"id": stated}, successors=(f"mgi:{number}",)))
        else:
            findings.append(not_checked(item.held, Obstacle.NOT_UNDERSTOOD, f"the gene {stated[:40]!r} was answered"))
    return Reading(findings)


SOURCE = LiveSource(
    name="mgi",
    title="MGI",
    prefixes=("mgi",),
    takes=lambda held: held.identifier.accession,
    steps=(Step(1, lambda ids: Request(ALLIANCE, f"/gene/MGI:{ids[0]}"), _read, _inspect),),
    lists=(PublishedList("MRK_List1.rpt", Request(REPORTS, "/MRK_List1.rpt", accept="*/*"), MarkerReader),),
    list_from=_FEWEST_FOR_REPORT,
    hosts=(REPORTS, ALLIANCE),
)
