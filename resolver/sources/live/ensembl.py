"""Ensembl REST: who is alive by `/lookup/id`, and for the others what became of them by `/archive/id`.

Quirks: the bodies of the two calls name their list differently; `is_current` is `"1"` or an empty string; an id that
never was is left out of the archive's answer without a word, and where the archive knows none of the ids, it replies
`null`, nothing, or with the failure of its JSON writer; an old version lists the id itself as its replacement; one kind
of passing fault comes as status 400.
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
    Reading,
    ReleaseQuery,
    Reply,
    Request,
    SourceRelease,
    Step,
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

    from ...genes.verdicts import Finding, Held

REST = Host(
    name="ensembl",
    url="https://rest.ensembl.org",
    rate=Rate(per_second=13, burst=1, concurrency=4, per_hour=54_000),
)
_MOST = 1000
# From this score on a replacement is offered as a successor. A score says how much of the exons of two genes matches,
# 1 being all of it (Ensembl's stable id mapping). The rivals of a gene that was split over others have 0.6 to 0.7, and
# chance neighbors below 0.1; a score of 0 means that none was recorded. Below the threshold a person has to look.
OFFERED_FROM_SCORE = 0.75


class _Alive(BaseModel):
    """What a lookup tells of an id; `Parent` is the gene of a transcript, in the full form."""

    id: str
    version: int | None = None
    species: str | None = None
    Parent: str | None = None


class _Replacement(BaseModel):
    stable_id: str
    score: str | float | None = None

    @property
    def is_offered(self) -> bool:
        """Whether its score is high enough for a successor."""
        try:
            return float(self.score or 0) >= OFFERED_FROM_SCORE
        except ValueError:
            return False

    def __str__(self) -> str:
        """Return the id and its score."""
        return f"{self.stable_id}({'no score' if self.score is None else self.score})"


class _Archived(BaseModel):
    """What the archive tells of an id."""

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
            raise SourceUnreachable("Ensembl answers that something bad has happened", source="ensembl")
        raise BatchRefused(error[:200])
    if reply.status != 200:
        raise SourceUnreachable(f"Ensembl answers with status {reply.status}", source="ensembl")
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


def _ask_lookup(ids: Sequence[str]) -> Request:
    # Only the full form names the gene of a transcript, and it is longer.
    form = "full" if any(_is_transcript(one) for one in ids) else "condensed"
    return Request(REST, "/lookup/id", body={"ids": list(ids), "format": form})


def _read_lookup(replies: Sequence[Reply], items: Sequence[Item]) -> Reading:
    (reply,) = replies
    payload = read_json(reply, "ensembl")
    if not isinstance(payload, dict) or not (payload.keys() & {item.asked for item in items}):
        raise changed("ensembl", "it names none of the ids that were asked", reply)
    findings: list[Finding] = []
    onward: list[tuple[int, Item]] = []
    for item in items:
        told = payload.get(item.asked)
        if told is None:
            onward.append((1, item))
        else:
            findings.append(_judge_alive(item.held, read_shape(_Alive, told, reply, "ensembl"), reply))
    return Reading(findings, onward)


def _judge_alive(held: Held, alive: _Alive, reply: Reply) -> Finding:
    accession = held.identifier.accession
    if alive.id != accession:
        return not_checked(held, Obstacle.NOT_UNDERSTOOD, f"{alive.id!r} was answered for {accession}")
    fields: dict[str, Any] = {"id": alive.id, "version": alive.version, **_taxid_of(alive.id, alive.species)}
    if _is_transcript(accession) and alive.Parent is not None:
        stated = {"ensembl": (alive.Parent,)}
        fields["Parent"] = alive.Parent
        if names_other_gene(held, stated):
            return found(held, Verdict.MOVED_GENE, reply, fields, note=f"now of {name_genes(stated)}")
    if alive.version is None:
        if held.identifier.version is not None:
            return not_checked(held, Obstacle.NOT_UNDERSTOOD, "its version is not stated")
        return found(held, Verdict.CURRENT, reply, fields)
    return compare_version(held, alive.version, reply, fields)


def _read_archive(replies: Sequence[Reply], items: Sequence[Item]) -> Reading:
    (reply,) = replies
    try:
        payload = None if _knows_none(reply) else read_json(reply, "ensembl")
        archived = {one.id: one for one in _ARCHIVE.validate_python(payload or [])}
    except ValidationError as error:
        raise changed("ensembl", "it is no list of archived ids", reply) from error
    findings = []
    for item in items:
        told = archived.get(item.asked)
        if told is None:
            findings.append(not_checked(item.held, Obstacle.NOT_KNOWN_UPSTREAM, "Ensembl is silent about it"))
        else:
            findings.append(_judge_archived(item.held, told, reply))
    return Reading(findings)


def _judge_archived(held: Held, told: _Archived, reply: Reply) -> Finding:
    replacements = [one.stable_id.partition(".")[0] for one in told.possible_replacement]
    fields = {
        "is_current": told.is_current,
        "latest": told.latest or "",
        "possible_replacement": " ".join(map(str, told.possible_replacement)),
        **_taxid_of(told.id),
    }
    release = None if told.release is None else str(told.release)
    is_current = str(told.is_current)
    if is_current in {"1", "True"}:
        latest = (told.latest or "").rpartition(".")[2]
        if latest.isdigit():
            return compare_version(held, int(latest), reply, fields, release=release)
        return found(held, Verdict.CURRENT, reply, fields, release=release)
    if is_current not in {"", "0", "None", "False"} or held.identifier.accession in replacements:
        # An id that stands among its own replacements is alive.
        return not_checked(
            held, Obstacle.NOT_UNDERSTOOD, "the archive neither says that it is current nor that it is not"
        )
    offered = [one for one in told.possible_replacement if one.is_offered]
    weak = [str(one) for one in told.possible_replacement if not one.is_offered]
    notes = [f"last in Ensembl {release}"] if release else []
    if weak:
        notes.append(f"not offered, with a score below {OFFERED_FROM_SCORE}: {' '.join(weak)}")
    successors = [f"ensembl:{one.stable_id.partition('.')[0]}" for one in offered]
    verdict = Verdict.REPLACED if successors else Verdict.RETIRED
    note = "; ".join(notes) or None
    return found(held, verdict, reply, fields, successors=successors, release=release, note=note)


def _read_release(reply: Reply) -> SourceRelease | None:
    payload = read_json(reply, "ensembl")
    listed = payload.get("releases") if isinstance(payload, dict) else None
    numbers = [int(one) for one in listed if str(one).isdigit()] if isinstance(listed, list) else []
    return SourceRelease(str(max(numbers))) if numbers else None


SOURCE = LiveSource(
    name="ensembl",
    title="Ensembl",
    prefixes=("ensembl",),
    takes=lambda held: held.identifier.accession,
    hosts=(REST,),
    steps=(
        Step(_MOST, _ask_lookup, _read_lookup, _inspect),
        Step(_MOST, lambda ids: Request(REST, "/archive/id", body={"id": list(ids)}), _read_archive, _inspect_archive),
    ),
    release=ReleaseQuery(Request(REST, "/info/data"), _read_release),
    probe=(
        Expectation("ensembl:ENSG00000104432", Verdict.CURRENT),
        Expectation("ensembl:ENSG00000215271", Verdict.REPLACED, ("ensembl:ENSG00000290292",)),
        Expectation("ensembl:ENSG00000999999"),
    ),
)
