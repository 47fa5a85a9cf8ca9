"""Ensembl REST: `/lookup/id` returns current ids, `/archive/id` what became of the others.

Quirks: the bodies of the two calls name their list differently; `is_current` is `"1"` or an empty string; the
archive's reply omits an id that never existed, and if the archive knows none of the ids, it replies `null`, nothing,
or the failure of its JSON writer; an old version lists the id itself as its replacement; one kind of transient failure
comes as status 400.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from ...errors import SourceUnreachable, UnknownSpecies
from ...genes.verdicts import Obstacle, Verdict
from ...identifiers.species import HUMAN, MOUSE, get_taxon
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
    compare_version,
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

REST = Host(
    name="ensembl",
    url="https://rest.ensembl.org",
    rate=Rate(per_second=13, burst=1, concurrency=4, per_hour=54_000),
)
_MOST = 1000
# From this score on a replacement is reported as a successor. The score is the share of the exons of two genes that
# match (Ensembl's stable id mapping). The candidates of a split gene have 0.6 to 0.7, chance neighbors less than 0.1; 0
# means that no score was recorded. Replacements below the threshold need a person's decision.
SUCCESSOR_FROM_SCORE = 0.75


class _Alive(BaseModel):
    """A record of a lookup; `Parent` is the gene of a transcript, in the full form."""

    id: str
    version: int | None = None
    species: str | None = None
    Parent: str | None = None


class _Replacement(BaseModel):
    stable_id: str
    score: str | float | None = None

    @property
    def is_strong(self) -> bool:
        """Whether its score is high enough for a successor."""
        try:
            return float(self.score or 0) >= SUCCESSOR_FROM_SCORE
        except ValueError:
            return False

    def __str__(self) -> str:
        """Return the id and its score."""
        return f"{self.stable_id}({'no score' if self.score is None else self.score})"


class _Archived(BaseModel):
    """A record of the archive."""

    id: str
    is_current: str | int | bool | None
    possible_replacement: list[_Replacement] = []
    latest: str | None = None
    release: str | int | None = None
    version: str | int | None = None


_ARCHIVE = TypeAdapter(list[_Archived])


def _inspect(reply: Reply) -> None:
    if reply.status == 400:
        payload = read_json(reply, "ensembl")
        error = str(payload.get("error", "")) if isinstance(payload, dict) else ""
        if "something bad has happened" in error:
            raise SourceUnreachable("Ensembl replies that something bad has happened", source="ensembl")
        raise BatchRefused(error[:200])
    if reply.status != 200:
        raise SourceUnreachable(f"Ensembl replies with status {reply.status}", source="ensembl")
    read_json(reply, "ensembl")


def _knows_none(reply: Reply) -> bool:
    """Return whether the archive knows none of the ids: an empty reply, or the failure of its server to write one."""
    if reply.status == 400:
        return "arrayref expected" in reply.text
    return reply.status == 200 and not reply.body.strip()


def _inspect_archive(reply: Reply) -> None:
    if not _knows_none(reply):
        _inspect(reply)


def _taxid_of(stable_id: str, species: str | None = None) -> dict[str, str]:
    """Return the evidence field of the species, by its name in a reply, else by the shape of the stable id."""
    try:
        return taxid_field(get_taxon(species.replace("_", " "))) if species else _by_shape(stable_id)
    except UnknownSpecies:
        return {}


def _by_shape(stable_id: str) -> dict[str, str]:
    if re.fullmatch(r"ENS[GTPE][0-9]+", stable_id):
        return taxid_field(HUMAN)
    return taxid_field(MOUSE) if stable_id.startswith("ENSMUS") else {}


def _is_transcript(stable_id: str) -> bool:
    return stable_id.startswith(("ENST", "ENSMUST"))


def _request_lookup(ids: Sequence[str]) -> Request:
    # Only the full form names the gene of a transcript, and it is longer.
    form = "full" if any(_is_transcript(one) for one in ids) else "condensed"
    return Request(REST, "/lookup/id", body={"ids": list(ids), "format": form})


def _read_lookup(replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
    (reply,) = replies
    payload = read_json(reply, "ensembl")
    if not isinstance(payload, dict) or not (payload.keys() & {item.query_id for item in items}):
        raise changed("ensembl", "it contains none of the queried ids", reply)
    findings: list[Finding] = []
    onward: list[tuple[int, Item]] = []
    for item in items:
        record = payload.get(item.query_id)
        if record is None:
            onward.append((1, item))
        else:
            findings.append(_judge_alive(item.tracked, read_shape(_Alive, record, reply, "ensembl"), reply))
    return StepResult(findings, onward)


def _judge_alive(tracked: TrackedIdentifier, alive: _Alive, reply: Reply) -> Finding:
    accession = tracked.identifier.accession
    if alive.id != accession:
        return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, f"{alive.id!r} was returned for {accession}")
    fields: dict[str, Any] = {"id": alive.id, "version": alive.version, **_taxid_of(alive.id, alive.species)}
    if _is_transcript(accession) and alive.Parent is not None:
        reported = {"ensembl": (alive.Parent,)}
        fields["Parent"] = alive.Parent
        if names_other_gene(tracked, reported):
            return found(tracked, Verdict.MOVED_GENE, reply, fields, note=f"now of {name_genes(reported)}")
    if alive.version is None:
        if tracked.identifier.version is not None:
            return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, "the reply has no version")
        return found(tracked, Verdict.CURRENT, reply, fields)
    return compare_version(tracked, alive.version, reply, fields)


def _read_archive(replies: Sequence[Reply], items: Sequence[Item]) -> StepResult:
    (reply,) = replies
    try:
        payload = None if _knows_none(reply) else read_json(reply, "ensembl")
        archived = {one.id: one for one in _ARCHIVE.validate_python(payload or [])}
    except ValidationError as error:
        raise changed("ensembl", "it is no list of archived ids", reply) from error
    findings = []
    for item in items:
        record = archived.get(item.query_id)
        if record is None:
            findings.append(not_checked(item.tracked, Obstacle.NOT_KNOWN_UPSTREAM, "Ensembl has no record of it"))
        else:
            findings.append(_judge_archived(item.tracked, record, reply))
    return StepResult(findings)


def _judge_archived(tracked: TrackedIdentifier, record: _Archived, reply: Reply) -> Finding:
    replacements = [one.stable_id.partition(".")[0] for one in record.possible_replacement]
    fields = {
        "is_current": record.is_current,
        "latest": record.latest or "",
        "possible_replacement": " ".join(map(str, record.possible_replacement)),
        **_taxid_of(record.id),
    }
    release = None if record.release is None else str(record.release)
    is_current = str(record.is_current)
    if is_current in {"1", "True"}:
        latest = (record.latest or "").rpartition(".")[2]
        if latest.isdigit():
            return compare_version(tracked, int(latest), reply, fields, release=release)
        return found(tracked, Verdict.CURRENT, reply, fields, release=release)
    if is_current not in {"", "0", "None", "False"} or tracked.identifier.accession in replacements:
        # An id among its own replacements is current.
        return not_checked(tracked, Obstacle.NOT_UNDERSTOOD, "the archive does not report whether it is current")
    strong = [one for one in record.possible_replacement if one.is_strong]
    weak = [str(one) for one in record.possible_replacement if not one.is_strong]
    notes = [f"last in Ensembl {release}"] if release else []
    if weak:
        notes.append(f"not used as successors, with a score below {SUCCESSOR_FROM_SCORE}: {' '.join(weak)}")
    successors = [f"ensembl:{one.stable_id.partition('.')[0]}" for one in strong]
    verdict = Verdict.REPLACED if successors else Verdict.RETIRED
    note = "; ".join(notes) or None
    return found(tracked, verdict, reply, fields, successors=successors, release=release, note=note)


def _read_release(reply: Reply) -> SourceRelease | None:
    payload = read_json(reply, "ensembl")
    listed = payload.get("releases") if isinstance(payload, dict) else None
    numbers = [int(one) for one in listed if str(one).isdigit()] if isinstance(listed, list) else []
    return SourceRelease(str(max(numbers))) if numbers else None


SOURCE = LiveSource(
    name="ensembl",
    title="Ensembl",
    prefixes=("ensembl",),
    query_id_of=lambda tracked: tracked.identifier.accession,
    hosts=(REST,),
    steps=(
        Step(_MOST, _request_lookup, _read_lookup, _inspect),
        Step(_MOST, lambda ids: Request(REST, "/archive/id", body={"id": list(ids)}), _read_archive, _inspect_archive),
    ),
    release=ReleaseQuery(Request(REST, "/info/data"), _read_release),
    probe=(
        Expectation("ensembl:ENSG00000104432", Verdict.CURRENT),
        Expectation("ensembl:ENSG00000215271", Verdict.REPLACED, ("ensembl:ENSG00000290292",)),
        Expectation("ensembl:ENSG00000999999"),
    ),
)
