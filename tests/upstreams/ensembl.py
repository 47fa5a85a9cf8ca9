"""Ensembl REST: POST /lookup/id, POST /archive/id and GET /info/data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tests.upstreams.dialect import Dialect, accepted_types
from tests.upstreams.exchange import HTML, JSON, TEXT, Played, Request, as_json, as_text
from tests.upstreams.route import BODIES, Basis, Grade, Route, Rules
from tests.upstreams.world import World

_TYPES = {"G": "Gene", "T": "Transcript", "P": "Translation"}
_PER_SECOND, _PER_HOUR = 15, 55_000
_READERS = {JSON, "text/x-json"}
# The other types that the framework maps to a serializer.
_MAPPED = {*_READERS, HTML, "text/xml", "text/x-yaml", "text/javascript"}


def _type_of(stable_id: str) -> str:
    return _TYPES[stable_id.removeprefix("ENSMUS").removeprefix("ENS")[:1]]


def _problem(media_type: str, error: str) -> Played:
    words = f"Content-Type {media_type} had a problem with your request.\r\n***ERROR***\r\n{error}"
    return as_text(words, 400, "text/plain")


class _Catalyst(Dialect):
    """One ranking of media types, of Accept and Content-Type together, decides how a body is read and written."""

    @staticmethod
    def pick_type(request: Request) -> str:
        """Return the first type that the server maps; Accept ranks first for a POST, Content-Type otherwise."""
        accept = accepted_types(request.headers.get("accept", ""))
        own = [request.content_type] if request.content_type else []
        if request.method == "GET" and "content-type" in request.query:
            own.append(request.query["content-type"])
        ranked = [*accept, *own] if request.method in BODIES else [*own, *accept]
        return next((one for one in ranked if one in _MAPPED), HTML)

    def check_method(self, request: Request, methods: Sequence[str]) -> Played | None:
        if request.method in methods or (request.method == "HEAD" and "GET" in methods):
            return None
        words = f"Method {request.method} not implemented for http://rest.ensembl.org{request.path}"
        return as_text(words, 405, "text/plain", headers={"Allow": ", ".join(self.allowed(methods))})

    def check_accept(self, request: Request, produces: Sequence[str]) -> Played | None:
        if request.method in BODIES or self.pick_type(request) in {*produces, HTML}:
            return None
        return as_text("The true server has this format; the simulator has JSON and HTML alone.", 501)

    def check_body(self, request: Request, consumes: Sequence[str]) -> Played | None:
        media_type = self.pick_type(request)
        if media_type not in consumes:
            if media_type in {"text/xml", "text/x-yaml"}:
                return _problem(media_type, "the body is not of this type")
            return as_text(f"Content-Type {media_type} is not supported.\r\n", 415, "text/plain")
        if request.json is None:
            return _problem(media_type, "malformed JSON string")
        return None

    def refuse_number(self, request: Request, ids: Sequence[str], most: int) -> Played:
        words = (
            f"POST message too large. You have submitted {len(ids)} elements but a limit of {most} is in place. "
            "Request smaller regions or lists of IDs"
        )
        return as_json({"error": words}, 400, ids=ids)


def _list_of(name: str, request: Request) -> list[str]:
    listed = request.json.get(name) if isinstance(request.json, dict) else None
    return [str(one) for one in listed] if isinstance(listed, list) else []


def _bad(ids: list[str], bad: str) -> Played:
    return as_json({"error": f"ID '{bad}' not found"}, 400, ids=ids)


def _lookup(world: World, request: Request) -> Played:
    if request.method == "GET":
        return as_json({"error": "Id must be provided as part of the URL."}, 400)
    ids = _list_of("ids", request)
    if poisoned := [one for one in ids if one in request.poisoned]:
        return _bad(ids, poisoned[0])
    full = request.parameters.get("format", "full") == "full"
    shown: dict[str, Any] = {}
    for one in ids:
        if one in request.omitted:
            continue
        record = world.find("ensembl", one)
        if record is None or not record.is_live:
            shown[one] = None
            continue
        species = "homo_sapiens" if record.taxon == 9606 else "mus_musculus"
        kind = _type_of(one)
        shown[one] = {
            "object_type": kind, "db_type": "core", "species": species, "id": one, "version": record.version
        }  # fmt: skip
        if full and kind == "Transcript":
            shown[one]["Parent"] = (record.genes.get("ensembl") or ("ENSG00000000001",))[0]
    return as_json(shown, ids=ids)


def _archive(world: World, request: Request) -> Played:
    ids = _list_of("id", request)
    if request.method == "GET" or (poisoned := [one for one in ids if one in request.poisoned]):
        return _bad(ids, poisoned[0] if ids else "")
    listed = []
    for asked_id in ids:
        one, _, version = asked_id.partition(".")
        record = world.find("ensembl", one)
        if record is None or asked_id in request.omitted:
            continue  # never known: left out without a word
        stated = int(version) if version else record.version
        is_old = stated < record.version
        listed.append(
            {
                "assembly": "GRCh38" if record.taxon == 9606 else "GRCm39",
                "id": one,
                "is_current": "1" if record.is_live and not is_old else "",
                "latest": f"{one}.{record.version}",
                "peptide": None,
                "possible_replacement": [
                    {"score": f"{record.score:g}", "stable_id": other}
                    for other in ((one,) if is_old else record.successors)
                ],
                "release": str(world.ensembl_release if record.is_live else world.ensembl_release - 4),
                "type": _type_of(one),
                "version": str(stated),
            }
        )
    if listed:
        return as_json(listed, ids=ids)
    if world.ensembl_refuses_undefined:
        refusal = _problem(JSON, "hash- or arrayref expected (not a simple scalar, use allow_nonref to allow this)")
        return Played(refusal.body, refusal.status, TEXT, ids=ids)
    return as_json(None, ids=ids)


def _data(world: World, request: Request) -> Played:
    shown = {"releases": [world.ensembl_release]}
    if _DIALECT.pick_type(request) == HTML:
        return as_text(f"<html><body><pre>---\nreleases:\n  - {json.dumps(shown)}</pre></body></html>", 200, HTML)
    return as_json(shown)


def _headers(_: World) -> Mapping[str, str]:
    return {
        "X-RateLimit-Limit": str(_PER_HOUR),
        "X-RateLimit-Reset": "1800",
        "X-RateLimit-Period": "3600",
        "X-RateLimit-Remaining": "50000",
    }


def _refuse(wait_s: float) -> Played:
    words = (
        f"You have exceeded the limit of {_PER_SECOND} requests per second; please reduce your concurrent connections"
    )
    return as_text(words, 429, "text/plain", headers={"Retry-After": str(math.ceil(wait_s) + 1)})


_LIMITS = ((_PER_SECOND, 1.0), (_PER_HOUR, 3600.0))
_DIALECT = _Catalyst()
_SERVER = "Ensembl/ensembl-rest @ 302026866:"
_RULES = (
    f"{_SERVER} Controller::Lookup and Archive, Role::PostLimiter, TraitFor::Request::REST; Catalyst::Action::REST 1.22"
)
_NOTE = "Whether the action still runs after a body was refused, and changes the status, is not clear from the source."
_METHODS, _JSON = ("GET", "POST"), tuple(sorted(_READERS))
ROUTES = (
    Route(
        "ensembl.lookup", "/lookup/id",
        Rules(_DIALECT, _METHODS, _JSON, _JSON, (),
              frozenset({"ids", "format", "db_type", "expand", "phenotypes", "species", "utr", "content-type"}),
              lambda request: _list_of("ids", request), 1000),
        Basis(Grade.SERVER_SOURCE, _RULES, Grade.SERVER_TEST, f"{_SERVER} t/lookup.t, Model::Lookup", _NOTE),
        _lookup, _refuse, _LIMITS, headers=_headers,
    ),
    Route(
        "ensembl.archive", "/archive/id",
        Rules(_DIALECT, _METHODS, _JSON, _JSON, (), frozenset({"id", "content-type"}),
              lambda request: _list_of("id", request), 1000),
        Basis(Grade.SERVER_SOURCE, _RULES, Grade.SERVER_TEST, f"{_SERVER} t/archive.t",
              f"{_NOTE} The response where no id is known follows from the JSON encoder: `null`, or 400 of an older "
              "one."),
        _archive, _refuse, _LIMITS, headers=_headers,
    ),
    Route(
        "ensembl.data", "/info/data",
        Rules(_DIALECT, ("GET",), (), _JSON, (), frozenset({"content-type"})),
        Basis(Grade.SERVER_SOURCE, f"{_SERVER} Controller::Info, TraitFor::Request::REST",
              Grade.SERVER_TEST, f"{_SERVER} t/info.t"),
        _data, _refuse, _LIMITS, headers=_headers,
    ),
)  # fmt: skip
