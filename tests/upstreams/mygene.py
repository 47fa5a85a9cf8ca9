"""MyGene.info: POST /v3/gene."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.upstreams.dialect import Dialect
from tests.upstreams.exchange import JSON, Played, Request, as_json, as_text
from tests.upstreams.route import Basis, Grade, Route, Rules
from tests.upstreams.world import World

_FORMATS = ["json", "yaml", "html", "msgpack"]


def _refusal(status: int = 400, error: str = "Bad Request", *, ids: Sequence[str] = (), **more: Any) -> Played:
    return as_json({"code": status, "success": False, "error": error, **more}, status, ids=ids)


class _Tornado(Dialect):
    def check_method(self, request: Request, methods: Sequence[str]) -> Played | None:
        if request.method == "GET":  # its id is in the path
            is_there = "id" in request.query
            return as_text("The simulator has no GET of a gene.", 501) if is_there else _refusal(missing="id")
        return None if request.method in methods else _refusal(405, "Method Not Allowed")

    def check_body(self, request: Request, consumes: Sequence[str]) -> Played | None:
        # A body of another type is not read, so that its parameters are missing.
        is_broken = request.content_type in consumes and request.body and request.json is None
        return _refusal(error="Invalid JSON body.") if is_broken else None

    def check_parameters(self, request: Request, required: Sequence[str]) -> Played | None:
        if request.parameters.get("format", "json") not in _FORMATS:
            return _refusal(keyword="format", allowed=_FORMATS)
        return super().check_parameters(request, required) if not request.parameters.get("id") else None

    def refuse_missing(self, request: Request, name: str) -> Played:
        return _refusal(missing="id", alias=name)

    def refuse_number(self, request: Request, ids: Sequence[str], most: int) -> Played:
        return _refusal(keyword="id", max=most, size=len(ids), alias="ids", ids=ids)


def _read_ids(request: Request) -> list[str]:
    listed = request.parameters.get("ids") or request.parameters.get("id") or ""
    return [str(one) for one in listed] if isinstance(listed, list) else re.findall(r"[^\s,+|]+", str(listed))


def _gene(world: World, request: Request) -> Played:
    ids = _read_ids(request)
    hits: list[dict[str, Any]] = []
    for one in ids:
        record = None if one in request.omitted else world.find("ncbigene", one)
        if record is not None and not record.is_live:  # only a living gene lists the ids that it replaced
            record = world.find("ncbigene", record.successors[0]) if record.successors else None
        if record is None or not record.is_live:
            hits.append({"query": one, "notfound": True})
        else:
            hits.append({"_id": record.accession, "_score": 21.7, "query": one, "symbol": record.symbol})
    return as_json(hits, ids=ids)


def _refuse(_wait: float) -> Played:
    return as_text("Too many requests", 429)


_SERVER = "biothings/biothings.api @ f297a1807:"
ROUTES = (
    Route(
        "mygene.gene", "/v3/gene",
        Rules(
            _Tornado(), ("POST",), (JSON,), (), ("ids",),
            frozenset({"ids", "id", "fields", "field", "species", "size", "limit", "format", "dotfield", "raw",
                       "email", "always_list", "allow_null"}),
            _read_ids, 1000,
        ),
        Basis(
            Grade.SERVER_SOURCE, f"{_SERVER} web/handlers/base.py, web/options/manager.py, web/settings/default.py",
            Grade.DOCUMENTATION, "biothings/mygene.info @ 0d3d29160: docs/doc/annotation_service.rst",
            "No recording of a retired gene.",
        ),
        _gene, _refuse, ((5, 1.0),),
    ),
)  # fmt: skip
