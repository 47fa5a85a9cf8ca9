"""`/check`: what the upstreams say today of a list of identifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...errors import TooMany
from ...live_checks import summarize
from ..deps import get_live_checks
from ..errors import PROBLEM_JSON
from ..look_schemas import CheckedListShape
from ..questions import option_parameters, options_of, read_questions
from ..schemas import ProblemShape

if TYPE_CHECKING:
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["live"])

# What one call of each upstream answers, and a person can wait for.
MAX_CHECKED = 200
_OPTIONS = ("from", "species")


@router.post(
    "/check",
    summary="Ask the upstreams whether identifiers are still true",
    response_model=None,
    responses={
        200: {"model": CheckedListShape, "description": "what is known of each by the deadline, in order"},
        403: {
            "model": ProblemShape,
            "description": "the service does not ask upstreams",
            "content": {PROBLEM_JSON: {}},
        },
        413: {"model": ProblemShape, "description": "too many identifiers", "content": {PROBLEM_JSON: {}}},
        422: {"model": ProblemShape, "description": "a body or option that cannot be read"},
    },
    openapi_extra={
        "parameters": option_parameters(*_OPTIONS),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "array", "maxItems": MAX_CHECKED, "items": {}},
                    "example": ["P13232", "ENSG00000104432.14", {"id": "146660", "from": "omim"}],
                },
                "text/plain": {"schema": {"type": "string"}, "example": "P13232\nNM_000880.4\n"},
            },
        },
    },
)
async def check_list(request: Request) -> Response:
    """Return the verdict of its upstream on each of up to 200 identifiers, with evidence and what to use now.

    What has no answer within the service's deadline (`RESOLVER_LIVE_TIMEOUT_S`) is `not_checked`: ask again, since
    what was told is kept.
    """
    checks = get_live_checks(request)
    options = options_of(request, only=_OPTIONS)
    questions, _ = await read_questions(request, options)
    if len(questions) > MAX_CHECKED:
        raise TooMany(
            f"{len(questions):,} identifiers were sent; at most {MAX_CHECKED} are checked in one call",
            hint="Send them in several calls, or check a file on a terminal: resolver check --file list.txt.",
        )
    resolver: Resolver = request.app.state.find_resolver()
    checked = await checks.check_answers(resolver.resolve_many(questions, options), checks.timeout_s)
    release = {"id": resolver.release.id, "title": resolver.release.title}
    shown = {"checked": [one.to_dict() for one in checked], "verdicts": summarize(checked), "release": release}
    return Response(orjson.dumps(shown), media_type="application/json", headers={"cache-control": "no-store"})
