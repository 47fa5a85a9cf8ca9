"""UniProt REST: `/uniprotkb/accessions` returns active entries, the search what became of the others.

The list of accessions has three forms, each used if the server does not serve the one before: POST with a JSON body
(the only body that the server reads since 2026), GET with the list in the address, and the search.

Quirks: the first reply omits merged, demerged and deleted accessions; one malformed accession fails a whole batch; a
request for a single merged entry returns 303 with its inactive body, which a client that follows the redirect never
sees. Only the server's tests show that the search returns inactive entries: what it omits is queried one by one, up to
a limit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, Field

from ...errors import SourceUnreachable
from ...genes.verdicts import Obstacle, Verdict
from .base import (
    BatchRefused,
    Expectation,
    Host,
    Item,
    LiveSource,
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
    taxid_field,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...genes.verdicts import Finding, TrackedIdentifier

REST = Host(name="uniprot", url="https://rest.uniprot.org", rate=Rate(per_second=4, concurrency=3))
_MOST, _MOST_OR, _PAGE = 1000, 100, 500
# An address of 400 accessions stays below 8 KB, the least that proxies take.
_MOST_IN_ADDRESS = 400
_ONE_BY_ONE = 200
_FIELDS = "accession,reviewed,organism_id,xref_geneid,xref_hgnc,xref_mgi"
_FORMAT = {"format": "json"}  # read from the address alone, also where there is a body
_POST, _GET, _SEARCH, _ONE = range(4)  # the steps
_DATABASES = {"GeneID": ("ncbigene", ""), "HGNC": ("hgnc", "HGNC:"), "MGI": ("mgi", "MGI:")}
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_SUCCESSOR = re.compile(r"/uniprotkb/([A-Z0-9]{6,10})")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


class _Reason(BaseModel):
    inactiveReasonType: str  # noqa: N815  (the names of the API)
    mergeDemergeTo: list[str] = []  # noqa: N815
    deletedReason: str | None = None  # noqa: N815


class _Xref(BaseModel):
    database: str
    id: str


class _Organism(BaseModel):
    taxonId: int | None = None  # noqa: N815


class _Entry(BaseModel):
    """The part of an entry that is read, active or not."""

    entryType: str  # noqa: N815
    primaryAccession: str | None = None  # noqa: N815  (a recorded merged body has none)
    inactiveReason: _Reason | None = None  # noqa: N815
    organism: _Organism = _Organism()
    uniProtKBCrossReferences: list[_Xref] = Field(default=[])  # noqa: N815


class _Entries(BaseModel):
    results: list[_Entry]


def _inspect(reply: Reply) -> None:
    if reply.status == 400:
        payload = read_json(reply, "uniprot")
        messages = payload.get("messages") if isinstance(payload, dict) else None
        raise BatchRefused(" ".join(map(str, messages))[:200] if isinstance(messages, list) else "status 400")
    if reply.status != 200:
        raise SourceUnreachable(f"UniProt replies with status {reply.status}", source="uniprot")
    read_shape(_Entries, read_json(reply, "uniprot"), reply, "uniprot")


def _inspect_one(reply: Reply) -> None:
    if reply.status == 400:
        raise BatchRefused("the accession was refused")
    if reply.status == 404:
        read_json(reply, "uniprot")
    elif reply.status not in {200, 303}:
        raise SourceUnreachable(f"UniProt replies with status {reply.status}", source="uniprot")
    elif reply.status == 303 and _SUCCESSOR.search(reply.headers.get("location", "")) is None:
        raise changed("uniprot", "it redirects to no entry", reply)


def _next_page(reply: Reply) -> Request | None:
    link = _NEXT.search(reply.headers.get("link", ""))
    if link is None:
        return None
    parts = urlsplit(link[1])
    # Only the path counts: another host is never followed.
    return Request(REST, "/uniprotkb" + parts.path.rpartition("/uniprotkb")[2], query=dict(parse_qsl(parts.query)))


def _post_accessions(ids: Sequence[str]) -> Request:
    body = {"accessions": ",".join(ids), "fields": _FIELDS}
    return Request(REST, "/uniprotkb/accessions", query=_FORMAT, body=body)


def _get_accessions(ids: Sequence[str]) -> Request:
    query = {"accessions": ",".join(ids), "fields": _FIELDS, **_FORMAT}
    return Request(REST, "/uniprotkb/accessions", query=query)


def _request_search(ids: Sequence[str]) -> Request:
    # Without `fields`, which might leave out why an entry is inactive; such entries are short.
    query = {"query": f"accession:({' OR '.join(ids)})", "size": str(_PAGE), **_FORMAT}
    return Request(REST, "/uniprotkb/search", query=query)


class _ListRead:
    """Read pages of entries; what they omit is queried by the `following` step."""

    def __init__(self, following: int) -> None:
        self._following = following

    def __call__(self, replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
        """Return the findings on the returned entries."""
        entries: dict[str, tuple[_Entry, Reply]] = {}
        for reply in replies:
            for entry in read_shape(_Entries, read_json(reply, "uniprot"), reply, "uniprot").results:
                if entry.primaryAccession is not None:
                    entries[entry.primaryAccession] = (entry, reply)
        findings: list[Finding] = []
        onward: list[tuple[int, Item]] = []
        for item in items:
            if item.query_id in entries:
                findings.append(_judge(item, *entries[item.query_id]))
            else:
                onward.append((self._following, item))
        return StepResult(findings, onward)


def _read_one(replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
    (reply,) = replies
    if reply.status == 404:
        return StepResult(
            [not_checked(item.tracked, Obstacle.NOT_KNOWN_UPSTREAM, "UniProt never had it") for item in items]
        )
    if reply.status == 303 and not reply.body.strip():
        successor = _SUCCESSOR.search(reply.headers.get("location", ""))
        reason = _Reason(inactiveReasonType="MERGED", mergeDemergeTo=[successor[1]] if successor else [])
        entry = _Entry(entryType="Inactive", inactiveReason=reason)
    else:
        entry = read_shape(_Entry, read_json(reply, "uniprot"), reply, "uniprot")
    return StepResult([_judge(item, entry, reply) for item in items])


def _judge(item: Item, entry: _Entry, reply: Reply) -> Finding:
    tracked = item.tracked
    release = reply.headers.get("x-uniprot-release")
    reason = entry.inactiveReason
    if entry.primaryAccession not in {None, item.query_id}:
        return not_checked(
            tracked, Obstacle.NOT_UNDERSTOOD, f"{entry.primaryAccession!r} was returned for {item.query_id}"
        )
    if reason is None and entry.entryType != "Inactive":
        return _judge_active(tracked, entry, reply, release)
    if reason is None:
        return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, "inactive without a reason")
    kind, successors = reason.inactiveReasonType, [one for one in reason.mergeDemergeTo if one != item.query_id]
    fields: dict[str, str] = {"inactiveReasonType": kind, "mergeDemergeTo": " ".join(successors)}
    if reason.deletedReason:
        fields["deletedReason"] = reason.deletedReason
    is_isoform = tracked.identifier.prefix == "uniprot.isoform"
    if kind in {"MERGED", "DEMERGED"} and successors:
        successors = [f"uniprot:{one}" for one in successors]
        note = "the numbers of isoforms may differ there" if is_isoform else None
        return found(tracked, Verdict.REPLACED, reply, fields, successors=successors, release=release, note=note)
    if kind == "DELETED":
        return found(tracked, Verdict.RETIRED, reply, fields, release=release)
    return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"inactive by {kind!r}")


def _judge_active(tracked: TrackedIdentifier, entry: _Entry, reply: Reply, release: str | None) -> Finding:
    reported: dict[str, list[str]] = {}
    for xref in entry.uniProtKBCrossReferences:
        if xref.database in _DATABASES:
            prefix, lead = _DATABASES[xref.database]
            reported.setdefault(prefix, []).append(xref.id.removeprefix(lead))
    fields = {"entryType": entry.entryType, "genes": name_genes(reported), **taxid_field(entry.organism.taxonId)}
    if names_other_gene(tracked, reported):
        moved = f"now of {name_genes(reported)}"
        return found(tracked, Verdict.MOVED_GENE, reply, fields, release=release, note=moved)
    note = (
        "the entry is current; isoforms are not checked one by one"
        if tracked.identifier.prefix == "uniprot.isoform"
        else None
    )
    return found(tracked, Verdict.CURRENT, reply, fields, release=release, note=note)


def _read_release(reply: Reply) -> SourceRelease | None:
    name = reply.headers.get("x-uniprot-release")
    return None if name is None else SourceRelease(name, _read_date(reply.headers.get("x-uniprot-release-date", "")))


def _read_date(text: str) -> str | None:
    """Return `14-October-2026` as `2026-10-14`; None for any other form."""
    day, _, rest = text.strip().partition("-")
    month, _, year = rest.partition("-")
    if month.lower() not in _MONTHS or not (day.isdigit() and year.isdigit() and len(year) == 4):
        return None
    return f"{year}-{_MONTHS.index(month.lower()) + 1:02d}-{int(day):02d}"


SOURCE = LiveSource(
    name="uniprot",
    title="UniProt",
    prefixes=("uniprot", "uniprot.isoform"),
    query_id_of=lambda tracked: tracked.identifier.accession.partition("-")[0],
    steps=(
        Step(_MOST, _post_accessions, _ListRead(_SEARCH), _inspect, next_page=_next_page, fallback=_GET),
        Step(_MOST_IN_ADDRESS, _get_accessions, _ListRead(_SEARCH), _inspect, next_page=_next_page, fallback=_SEARCH),
        Step(_MOST_OR, _request_search, _ListRead(_ONE), _inspect, next_page=_next_page),
        Step(1, lambda ids: Request(REST, f"/uniprotkb/{ids[0]}.json"), _read_one, _inspect_one, most=_ONE_BY_ONE),
    ),
    hosts=(REST,),
    release=ReleaseQuery(
        Request(
            REST,
            "/uniprotkb/search",
            query={"query": "accession:P99999", "fields": "accession", "size": "1", **_FORMAT},
        ),
        _read_release,
        settles=True,
    ),
    probe=(
        Expectation("uniprot:P13232", Verdict.CURRENT),
        Expectation("uniprot:Q00015", Verdict.REPLACED, ("uniprot:P23141",)),
        Expectation("uniprot:Z9ZZZ9ZZZ9"),  # accessions are issued in alphabetical order, and are at A0A
    ),
)
