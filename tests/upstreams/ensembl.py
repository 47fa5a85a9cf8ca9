"""Ensembl REST: POST /lookup/id and POST /archive/id."""

from __future__ import annotations

import math
from typing import Any

from tests.upstreams.exchange import Asked, Played, Route, as_json, as_text
from tests.upstreams.world import World

_MOST = 1000
_TYPES = {"G": "Gene", "T": "Transcript", "P": "Translation"}
_PER_SECOND, _PER_HOUR = 15, 55_000


def _type_of(stable_id: str) -> str:
    return _TYPES[stable_id.removeprefix("ENSMUS").removeprefix("ENS")[:1]]


def _too_large(ids: list[str]) -> Played:
    words = (
        f"POST message too large. You have submitted {len(ids)} elements but a limit of {_MOST} is in place. "
        "Request smaller regions or lists of IDs"
    )
    return as_json({"error": words}, 400, ids=ids)


def _bad(ids: list[str], bad: str) -> Played:
    return as_json({"error": f"ID '{bad}' not found"}, 400, ids=ids)


def _lookup(world: World, asked: Asked) -> Played:
    body = asked.json
    ids = [str(one) for one in body.get("ids", [])]
    if len(ids) > _MOST:
        return _too_large(ids)
    if poisoned := [one for one in ids if one in asked.poisoned]:
        return _bad(ids, poisoned[0])
    full = body.get("format", "full") == "full"
    shown: dict[str, Any] = {}
    for one in ids:
        if one in asked.omitted:
            continue
        record = world.find("ensembl", one)
        if record is None or record.fate != "live":
            shown[one] = None
            continue
        species = "homo_sapiens" if record.taxon == 9606 else "mus_musculus"
        kind = _type_of(one)
        shown[one] = {
            "object_type": kind, "db_type": "core", "species": species, "id": one, "version": record.version
        }  # fmt: skip
        if full and kind == "Transcript":
            shown[one]["Parent"] = (record.genes.get("ensembl") or ("ENSG00000000001",))[0]
    return as_json(shown, ids=ids, headers=_headers())


def _archive(world: World, asked: Asked) -> Played:
    ids = [str(one) for one in asked.json.get("id", [])]
    if len(ids) > _MOST:
        return _too_large(ids)
    if poisoned := [one for one in ids if one in asked.poisoned]:
        return _bad(ids, poisoned[0])
    listed = []
    for asked_id in ids:
        one, _, version = asked_id.partition(".")
        record = world.find("ensembl", one)
        if record is None or asked_id in asked.omitted:
            continue  # never known: left out without a word
        stated = int(version) if version else record.version
        is_old = stated < record.version
        listed.append(
            {
                "assembly": "GRCh38",
                "id": one,
                "is_current": "1" if record.fate == "live" and not is_old else "",
                "latest": f"{one}.{record.version}",
                "peptide": None,
                "possible_replacement": [
                    {"score": "0.9", "stable_id": other} for other in ((one,) if is_old else record.successors)
                ],
                "release": "115" if record.fate == "live" else "112",
                "type": _type_of(one),
                "version": str(stated),
            }
        )
    return as_json(listed, ids=ids, headers=_headers())


def _info(world: World, asked: Asked) -> Played:
    del world, asked
    return as_json({"releases": [116]}, headers=_headers())


def _headers() -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(_PER_HOUR),
        "X-RateLimit-Reset": "1800",
        "X-RateLimit-Period": "3600",
        "X-RateLimit-Remaining": "50000",
    }


def _refuse(wait_s: float) -> Played:
    words = f"You have exceeded the limit of {_PER_SECOND} requests per second; please reduce your connections"
    return as_text(words, 429, headers={"Retry-After": str(math.ceil(wait_s) + 1)})


_LIMITS = ((_PER_SECOND, 1.0), (_PER_HOUR, 3600.0))
ROUTES = (
    Route("ensembl.lookup", ("POST",), "/lookup/id", _lookup, _refuse, limits=_LIMITS),
    Route("ensembl.info", ("GET",), "/info/data", _info, _refuse, limits=_LIMITS),
    Route("ensembl.archive", ("POST",), "/archive/id", _archive, _refuse, limits=_LIMITS),
)
