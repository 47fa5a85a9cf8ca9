"""The OpenAPI description of the API, with answers of the current release as examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from fastapi.responses import Response
from starlette.routing import Route

from ..resolve.encode import answer_object
from .routes.resolve import EXAMPLES
from .statuses import complete_description
from .threads import run_long

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI, Request

    from ..resolve.resolver import Resolver


def add_description(app: FastAPI, find_resolver: Callable[[], Resolver], *, requires_key: bool = False) -> None:
    """Add real answers and what operations share, and a route that builds the description once, in a thread."""
    build_schema = app.openapi

    def with_examples() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema, resolver = build_schema(), find_resolver()
            answers = {
                example: {"value": answer_object(resolver.resolve(example, to="ncbigene,ensembl,uniprot"))}
                for example in EXAMPLES
            }
            content = schema["paths"]["/resolve/{identifier}"]["get"]["responses"]["200"]["content"]
            content["application/json"]["examples"] = answers
            complete_description(schema, requires_key=requires_key)
        return app.openapi_schema or {}

    app.openapi = with_examples  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema
    encoded: dict[str, bytes] = {}

    def encode(root_path: str) -> bytes:
        servers = {"servers": [{"url": root_path}]} if root_path else {}
        return orjson.dumps({**app.openapi(), **servers})

    async def describe(request: Request) -> Response:
        root_path = request.scope.get("root_path", "").rstrip("/")
        if root_path not in encoded:
            encoded[root_path] = await run_long(encode, root_path)
        return Response(encoded[root_path], media_type="application/json")

    app.router.routes.insert(0, Route(str(app.openapi_url), describe, methods=["GET"], include_in_schema=False))
