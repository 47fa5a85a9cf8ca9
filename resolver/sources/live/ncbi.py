"""NCBI E-utilities: Entrez Gene, RefSeq, and the titles of OMIM, all by `esummary`.

Quirks: every error comes under status 200; a rate limit does too, at times. A body may hold a raw newline. A live gene
has empty strings where a replaced one has integers. A live RefSeq record has no `status` at all; `replacedby` names the
next hop alone. The words of other RefSeq records are not verified: a status with one of `STALE_WORDS` is read, any
other is not understood. An accession without its version is answered by the current version. A batch that is refused as
a whole may have one bad id in it.
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
    Reading,
    Reply,
    Request,
    Step,
    changed,
    compare_version,
    found,
    not_checked,
    read_json,
    read_shape,
    split_by_asked,
    taxid_field,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...genes.verdicts import Finding, Held

EUTILS = Host(
    name="ncbi",
    url="https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
    rate=Rate(per_second=2.5, concurrency=3),
    rate_with_key=Rate(per_second=8.3, concurrency=6),
    key_setting="ncbi_api_key",
    key_in="form:api_key",
    states_contact=True,
)
# Gene ids and MIM numbers: as many as JSON serves. Accessions are longer to answer.
_MOST_UIDS, _MOST_ACCESSIONS = 500, 250
_PROTEINS = ("NP_", "XP_", "YP_", "AP_", "WP_", "ZP_")
# What says that a RefSeq record is not live any more; `replaced` needs a successor beside it.
STALE_WORDS = frozenset({"suppressed", "withdrawn", "dead", "removed", "replaced"})
_NEGATIONS = frozenset({"not", "no", "never", "un"})


class _Summaries(BaseModel):
    """The part of an answer that all databases share."""

    uids: list[str]
    model_config = {"extra": "allow"}

    def find(self, uid: str) -> dict[str, Any] | None:
        """Return a document summary as it came, None where it is not there."""
        summary = (self.model_extra or {}).get(uid)
        return summary if isinstance(summary, dict) else None


def esummary(database: str, ids: Sequence[str]) -> Request:
    """Return the request for document summaries."""
    form = {"db": database, "id": ",".join(ids), "retmode": "json", "version": "2.0"}
    return Request(EUTILS, "/esummary.fcgi", form=form)


def inspect(reply: Reply) -> None:
    """Tell a rate limit or a refusal that comes under status 200."""
    payload = read_json(reply, "ncbi")
    if not isinstance(payload, dict):
        raise changed("ncbi", "it is no JSON object", reply)
    error = payload.get("error")
    if isinstance(error, str):
        if "rate limit" in error.lower():
            raise SourceBusy("NCBI asks us to come back later", source="ncbi")
        if "uid" in error.lower():
            raise BatchRefused(error[:200])
        raise SourceUnreachable(f"NCBI answers with an error: {error[:200]}", source="ncbi")
    if reply.status != 200:
        raise SourceUnreachable(f"NCBI answers with status {reply.status}", source="ncbi")
    read_shape(_Summaries, payload.get("result"), reply, "ncbi")


def _summaries(replies: Sequence[Reply]) -> tuple[Reply, _Summaries]:
    (reply,) = replies
    return reply, read_shape(_Summaries, read_json(reply, "ncbi").get("result"), reply, "ncbi")


def _plain(value: object) -> str:
    return "" if value is None else str(value).strip()


def _read_uids(judge: Callable[[Held, dict[str, Any], Reply], Finding]) -> Callable[..., Reading]:
    """Return a reader of answers that are keyed by what was asked."""

    def read(replies: Sequence[Reply], items: Sequence[Item]) -> Reading:
        reply, summaries = _summaries(replies)
        findings = []
        for item in items:
            summary = summaries.find(item.asked)
            if summary is None or "error" in summary:
                findings.append(not_checked(item.held, Obstacle.NOT_KNOWN_UPSTREAM, "NCBI has no summary of it"))
            else:
                findings.append(judge(item.held, summary, reply))
        return Reading(findings)

    return read


def _judge_gene(held: Held, summary: dict[str, Any], reply: Reply) -> Finding:
    status, current = _plain(summary.get("status")), _plain(summary.get("currentid"))
    fields = {"status": status, "currentid": current, **_organism_field(summary)}
    has_heir = current not in {"", "0", held.identifier.accession}
    if "status" in summary and status in {"", "0"} and not has_heir:
        return found(held, Verdict.CURRENT, reply, fields)
    if status == "1" and has_heir and current.isdigit():
        return found(held, Verdict.REPLACED, reply, fields, successors=(f"ncbigene:{current}",))
    if status == "2" and not has_heir:
        return found(held, Verdict.RETIRED, reply, fields, note="discontinued, without a successor")
    return not_checked(held, Obstacle.NOT_UNDERSTOOD, f"status {status!r} with currentid {current!r}")


def _organism_field(summary: dict[str, Any]) -> dict[str, str]:
    organism = summary.get("organism")
    return taxid_field(organism.get("taxid")) if isinstance(organism, dict) else {}


def _judge_mim(held: Held, summary: dict[str, Any], reply: Reply) -> Finding:
    title, sign = _plain(summary.get("title")), _plain(summary.get("oid"))[:1]
    fields = {"title": title, "oid": _plain(summary.get("oid"))}
    words = title.upper().replace(",", " ").split()
    if words[:2] == ["MOVED", "TO"]:
        successors = [f"omim:{word}" for word in words[2:] if len(word) == 6 and word.isdigit()]
        if successors:
            return found(held, Verdict.REPLACED, reply, fields, successors=successors)
    elif words[:1] == ["REMOVED"]:
        return found(held, Verdict.RETIRED, reply, fields)
    elif title and sign != "^":
        return found(held, Verdict.CURRENT, reply, fields)
    return not_checked(held, Obstacle.NOT_UNDERSTOOD, f"title {title[:80]!r}")


def _database_of(accession: str) -> str:
    return "protein" if accession.startswith(_PROTEINS) else "nuccore"


def _read_refseq(replies: Sequence[Reply], items: Sequence[Item]) -> Reading:
    reply, summaries = _summaries(replies)
    # Keyed by GI: what was asked is found by accession and version, and an accession alone by its record.
    records: dict[str, dict[str, Any]] = {}
    for uid in summaries.uids:
        summary = summaries.find(uid) or {}
        stated = _plain(summary.get("accessionversion"))
        accession, _, version = stated.partition(".")
        if accession and version.isdigit():
            records.setdefault(accession, summary)
            records[stated] = summary
    findings: list[Finding] = []
    for asked, same in split_by_asked(items).items():
        record = records.get(asked)
        for item in same:
            if record is None:
                findings.append(not_checked(item.held, Obstacle.NOT_KNOWN_UPSTREAM, "NCBI has no summary of it"))
            else:
                findings.append(_judge_refseq(item.held, record, reply))
    return Reading(findings)


def _judge_refseq(held: Held, record: dict[str, Any], reply: Reply) -> Finding:
    stated, status = _plain(record.get("accessionversion")), _plain(record.get("status"))
    accession, _, version = stated.partition(".")
    fields = {
        "accessionversion": stated, "status": status or "(none: live)", **taxid_field(record.get("taxid"))
    }  # fmt: skip
    if status.lower() in {"", "live"}:
        if accession == held.identifier.accession:
            return compare_version(held, int(version), reply, fields)
        return found(held, Verdict.REPLACED, reply, fields, successors=(f"refseq:{accession}",))
    word = read_stale_word(status)
    if word is None:
        return not_checked(held, Obstacle.NOT_UNDERSTOOD, f"the status {status[:80]!r} of {stated} is not known to us")
    if word != "replaced":
        return found(held, Verdict.RETIRED, reply, fields)
    following = _plain(record.get("replacedby"))
    fields["replacedby"] = following
    successor, _, later = following.partition(".")
    if successor == held.identifier.accession and later.isdigit() and held.identifier.version is not None:
        return compare_version(held, int(later), reply, fields)
    if successor in {"", held.identifier.accession}:
        return not_checked(held, Obstacle.NOT_UNDERSTOOD, f"replaced by {following or 'nothing that is named'!r}")
    if _database_of(successor) != _database_of(held.identifier.accession):
        return not_checked(held, Obstacle.NOT_UNDERSTOOD, f"replaced by {following!r}, of another database")
    return found(held, Verdict.REPLACED, reply, fields, successors=(f"refseq:{successor}",))


def read_stale_word(status: str) -> str | None:
    """Return the one word of `STALE_WORDS` in a status, be it a phrase; None where none, several, or a negation are."""
    words = re.findall(r"[a-z]+", status.lower())
    said = [word for word in words if word in STALE_WORDS]
    return said[0] if len(said) == 1 and not _NEGATIONS & set(words) else None


def _uids(database: str, judge: Callable[[Held, dict[str, Any], Reply], Finding]) -> Step:
    return Step(_MOST_UIDS, lambda ids: esummary(database, ids), _read_uids(judge), inspect)


MIM_TITLES = _uids("omim", _judge_mim)

GENE = LiveSource(
    name="ncbi_gene",
    title="NCBI Gene",
    prefixes=("ncbigene",),
    takes=lambda held: held.identifier.accession,
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
    # Without its version: the record of today answers, and tells whether the one that is held is behind.
    takes=lambda held: held.identifier.accession,
    steps=(
        Step(
            _MOST_ACCESSIONS,
            lambda ids: esummary(_database_of(ids[0]), ids),
            _read_refseq,
            inspect,
            lane=lambda item: _database_of(item.asked),
        ),
    ),
    hosts=(EUTILS,),
    probe=(
        Expectation("refseq:NM_000880", Verdict.CURRENT),
        Expectation("refseq:NM_003002.2", Verdict.VERSION_BEHIND),
        Expectation("refseq:NM_999999998"),
    ),
)
