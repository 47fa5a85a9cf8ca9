"""NCBI E-utilities: Entrez Gene, RefSeq, and the titles of OMIM, all by `esummary`.

Quirks: every error comes under status 200; a rate limit does too, at times. A body may contain a raw newline. A live
gene has empty strings where a replaced one has integers. A live RefSeq record has no `status` at all; `replacedby`
names the next hop alone. The words of other RefSeq records are not verified: a status with one of `STALE_WORDS` is
read, any other is not understood. For an accession without its version the current version is returned. A batch that is
refused as a whole may have one bad id in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ...errors import SourceBusy, SourceUnreachable
from ...genes.verdicts import Obstacle, Verdict
from .base import (
    BatchRefused,
    Expectation,
    Host,
    Item,
    LiveSource,
    Rate,
    Reply,
    Request,
    Step,
    StepResult,
    changed,
    compare_version,
    found,
    not_checked,
    read_json,
    read_shape,
    split_by_query_id,
    taxid_field,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...genes.verdicts import Finding, TrackedIdentifier

EUTILS = Host(
    name="ncbi",
    url="https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
    rate=Rate(per_second=2.3, concurrency=3),
    rate_with_key=Rate(per_second=7.6, concurrency=6),
    key_setting="ncbi_api_key",
    key_in="form:api_key",
    sends_contact=True,
)
# Gene ids and MIM numbers: as many as JSON serves. Accessions are longer to answer.
_MOST_UIDS, _MOST_ACCESSIONS = 500, 250
_PROTEINS = ("NP_", "XP_", "YP_", "AP_", "WP_", "ZP_")
# Words for a RefSeq record that is not live any more; `replaced` also needs a successor.
STALE_WORDS = frozenset({"suppressed", "withdrawn", "dead", "removed", "replaced"})
_NEGATIONS = frozenset({"not", "no", "never", "un"})


class _Summaries(BaseModel):
    """The part of a reply that all databases share."""

    uids: list[str]
    model_config = {"extra": "allow"}

    def find(self, uid: str) -> dict[str, Any] | None:
        """Return a document summary as it came, None if it is missing."""
        summary = (self.model_extra or {}).get(uid)
        return summary if isinstance(summary, dict) else None


def esummary(database: str, ids: Sequence[str]) -> Request:
    """Return the request for document summaries."""
    form = {"db": database, "id": ",".join(ids), "retmode": "json", "version": "2.0"}
    return Request(EUTILS, "/esummary.fcgi", form=form)


def inspect(reply: Reply) -> None:
    """Raise the error of a rate limit or refusal that comes under status 200."""
    payload = read_json(reply, "ncbi")
    if not isinstance(payload, dict):
        raise changed("ncbi", "it is no JSON object", reply)
    error = payload.get("error")
    if isinstance(error, str):
        if "rate limit" in error.lower():
            raise SourceBusy("NCBI limits the rate of requests: retry later", source="ncbi")
        if "uid" in error.lower():
            raise BatchRefused(error[:200])
        raise SourceUnreachable(f"NCBI replies with an error: {error[:200]}", source="ncbi")
    if reply.status != 200:
        raise SourceUnreachable(f"NCBI replies with status {reply.status}", source="ncbi")
    read_shape(_Summaries, payload.get("result"), reply, "ncbi")


def _summaries(replies: Sequence[Reply]) -> tuple[Reply, _Summaries]:
    (reply,) = replies
    return reply, read_shape(_Summaries, read_json(reply, "ncbi").get("result"), reply, "ncbi")


def _to_text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _read_uids(judge: Callable[[TrackedIdentifier, dict[str, Any], Reply], Finding]) -> Callable[..., StepResult]:
    """Return a reader of replies that are keyed by query id."""

    def read(replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
        reply, summaries = _summaries(replies)
        findings = []
        for item in items:
            summary = summaries.find(item.query_id)
            if summary is None or "error" in summary:
                findings.append(not_checked(item.tracked, Obstacle.NOT_KNOWN_UPSTREAM, "NCBI has no summary of it"))
            else:
                findings.append(judge(item.tracked, summary, reply))
        return StepResult(findings)

    return read


def _judge_gene(tracked: TrackedIdentifier, summary: dict[str, Any], reply: Reply) -> Finding:
    status, current = _to_text(summary.get("status")), _to_text(summary.get("currentid"))
    fields = {"status": status, "currentid": current, **_organism_field(summary)}
    has_successor = current not in {"", "0", tracked.identifier.accession}
    if "status" in summary and status in {"", "0"} and not has_successor:
        return found(tracked, Verdict.CURRENT, reply, fields)
    if status == "1" and has_successor and current.isdigit():
        return found(tracked, Verdict.REPLACED, reply, fields, successors=(f"ncbigene:{current}",))
    if status == "2" and not has_successor:
        return found(tracked, Verdict.RETIRED, reply, fields, note="discontinued, without a successor")
    return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"status {status!r} with currentid {current!r}")


def _organism_field(summary: dict[str, Any]) -> dict[str, str]:
    organism = summary.get("organism")
    return taxid_field(organism.get("taxid")) if isinstance(organism, dict) else {}


def _judge_mim(tracked: TrackedIdentifier, summary: dict[str, Any], reply: Reply) -> Finding:
    title, sign = _to_text(summary.get("title")), _to_text(summary.get("oid"))[:1]
    fields = {"title": title, "oid": _to_text(summary.get("oid"))}
    words = title.upper().replace(",", " ").split()
    if words[:2] == ["MOVED", "TO"]:
        successors = [f"omim:{word}" for word in words[2:] if len(word) == 6 and word.isdigit()]
        if successors:
            return found(tracked, Verdict.REPLACED, reply, fields, successors=successors)
    elif words[:1] == ["REMOVED"]:
        return found(tracked, Verdict.RETIRED, reply, fields)
    elif title and sign != "^":
        return found(tracked, Verdict.CURRENT, reply, fields)
    return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"title {title[:80]!r}")


def _database_of(accession: str) -> str:
    return "protein" if accession.startswith(_PROTEINS) else "nuccore"


def _read_refseq(replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
    reply, summaries = _summaries(replies)
    # Keyed by GI: records are found by accession, with and without version.
    records: dict[str, dict[str, Any]] = {}
    for uid in summaries.uids:
        summary = summaries.find(uid) or {}
        reported = _to_text(summary.get("accessionversion"))
        accession, _, version = reported.partition(".")
        if accession and version.isdigit():
            records.setdefault(accession, summary)
            records[reported] = summary
    findings: list[Finding] = []
    for query_id, same in split_by_query_id(items).items():
        record = records.get(query_id)
        for item in same:
            if record is None:
                findings.append(not_checked(item.tracked, Obstacle.NOT_KNOWN_UPSTREAM, "NCBI has no summary of it"))
            else:
                findings.append(_judge_refseq(item.tracked, record, reply))
    return StepResult(findings)


def _judge_refseq(tracked: TrackedIdentifier, record: dict[str, Any], reply: Reply) -> Finding:
    reported, status = _to_text(record.get("accessionversion")), _to_text(record.get("status"))
    accession, _, version = reported.partition(".")
    fields = {
        "accessionversion": reported, "status": status or "(none: live)", **taxid_field(record.get("taxid"))
    }  # fmt: skip
    if status.lower() in {"", "live"}:
        if accession == tracked.identifier.accession:
            return compare_version(tracked, int(version), reply, fields)
        return found(tracked, Verdict.REPLACED, reply, fields, successors=(f"refseq:{accession}",))
    word = read_stale_word(status)
    if word is None:
        return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"the status {status[:80]!r} of {reported} is unknown")
    if word != "replaced":
        return found(tracked, Verdict.RETIRED, reply, fields)
    following = _to_text(record.get("replacedby"))
    fields["replacedby"] = following
    successor, _, later = following.partition(".")
    if successor == tracked.identifier.accession and later.isdigit() and tracked.identifier.version is not None:
        return compare_version(tracked, int(later), reply, fields)
    if successor in {"", tracked.identifier.accession}:
        return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"replaced by {following or 'nothing that is named'!r}")
    if _database_of(successor) != _database_of(tracked.identifier.accession):
        return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"replaced by {following!r}, of another database")
    return found(tracked, Verdict.REPLACED, reply, fields, successors=(f"refseq:{successor}",))


def read_stale_word(status: str) -> str | None:
    """Return the one word of `STALE_WORDS` in a status, be it a phrase; None for none, several, or a negation."""
    words = re.findall(r"[a-z]+", status.lower())
    found_words = [word for word in words if word in STALE_WORDS]
    return found_words[0] if len(found_words) == 1 and not _NEGATIONS & set(words) else None


def _uids(database: str, judge: Callable[[TrackedIdentifier, dict[str, Any], Reply], Finding]) -> Step:
    return Step(_MOST_UIDS, lambda ids: esummary(database, ids), _read_uids(judge), inspect)


MIM_TITLES = _uids("omim", _judge_mim)

GENE = LiveSource(
    name="ncbi_gene",
    title="NCBI Gene",
    prefixes=("ncbigene",),
    query_id_of=lambda tracked: tracked.identifier.accession,
    steps=(_uids("gene", _judge_gene),),
    hosts=(EUTILS,),
    probe=(
        Expectation("ncbigene:3574", Verdict.CURRENT),
        Expectation("ncbigene:60500", Verdict.REPLACED, ("ncbigene:675",)),
        Expectation("ncbigene:999999998"),
    ),
)
REFSEQ = LiveSource(
    name="refseq",
    title="RefSeq",
    prefixes=("refseq",),
    # Without its version: the current record shows whether the version of the release is behind.
    query_id_of=lambda tracked: tracked.identifier.accession,
    steps=(
        Step(
            _MOST_ACCESSIONS,
            lambda ids: esummary(_database_of(ids[0]), ids),
            _read_refseq,
            inspect,
            lane=lambda item: _database_of(item.query_id),
        ),
    ),
    hosts=(EUTILS,),
    probe=(
        Expectation("refseq:NM_000880", Verdict.CURRENT),
        Expectation("refseq:NM_003002.2", Verdict.VERSION_BEHIND),
        Expectation("refseq:NM_999999998"),
    ),
)
