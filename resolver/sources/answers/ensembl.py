"""Ensembl REST: who is alive by `/lookup/id`, and for the others what became of them by `/archive/id`.

Quirks: the bodies of the two calls name their list differently; `is_current` is `"1"` or an empty string; an id that
never was is left out of the archive's answer without a word; an old version lists the id itself as its replacement; one
kind of passing fault comes as status 400.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from ...errors import SourceUnreachable
from ...genes.verdicts import Obstacle, Verdict
from .base import (
    BatchRefused,
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
    name_genes,
    names_other_gene,
    not_checked,
    read_json,
    read_shape,
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


class _Alive(BaseModel):
    """What a lookup tells of an id; `Parent` is the gene of a transcript, in the full form."""

    id: str
    version: int | None = None
    Parent: str | None = None


class _Replacement(BaseModel):
    stable_id: str
    score: str | float | None = None


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
    fields: dict[str, Any] = {"id": alive.id, "version": alive.version}
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
        archived = {one.id: one for one in _ARCHIVE.validate_python(read_json(reply, "ensembl"))}
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
        "possible_replacement": " ".join(f"{one.stable_id}({one.score})" for one in told.possible_replacement),
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
    successors = [f"ensembl:{one}" for one in replacements]
    verdict = Verdict.REPLACED if successors else Verdict.RETIRED
    note = f"last in Ensembl {release}" if release else None
    return found(held, verdict, reply, fields, successors=successors, release=release, note=note)


SOURCE = LiveSource(
    name="ensembl",
    title="Ensembl",
    prefixes=("ensembl",),
    takes=lambda held: held.identifier.accession,
    hosts=(REST,),
    steps=(
        Step(_MOST, _ask_lookup, _read_lookup, _inspect),
        Step(_MOST, lambda ids: Request(REST, "/archive/id", body={"id": list(ids)}), _read_archive, _inspect),
    ),
)
