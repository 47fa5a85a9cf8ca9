"""`/go`: from an identifier straight to a page of its gene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...errors import BadOption
from ...resolve.look import (
    NO_XREF,
    PAGE_NAMES,
    PAGES,
    describe_destination,
    find_destination,
    list_gene_pages,
    read_pages,
)
from ..caching import release_headers
from ..errors import PROBLEM_JSON, answer_problem, problem_response
from ..queries import describe_parameter, option_parameters, options_of
from ..schemas.looking import DestinationShape, GenePagesProblemShape
from .resolve import IDENTIFIER_PARAMETER, MISSES

if TYPE_CHECKING:
    from ...resolve.look import Destination
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["look around"])

_TO = describe_parameter(
    "to",
    {"type": "array", "items": {"type": "string", "enum": list(PAGE_NAMES)}},
    f"where the page is, several separated by commas: {', '.join(PAGES)}",
)
_FORMATS = ("page", "json")
_FORMAT: dict[str, Any] = {
    "name": "format",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": list(_FORMATS), "default": _FORMATS[0]},
    "description": "page: go there; json: describe the page and the choices, also of a miss",
}
_IGNORED = frozenset({"to", "format"})  # they are read here


@router.get(
    "/go/{identifier:path}",
    summary="Go to the page of a gene",
    response_model=None,
    status_code=303,
    responses={
        200: {
            "model": DestinationShape,
            "description": "with format=json: the page as `url`, or null",
        },
        300: {"model": DestinationShape, "description": "several genes match: the pages to choose from"},
        303: {"description": "the page", "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}}},
        **MISSES,
        404: {
            "model": GenePagesProblemShape,
            "description": "not found, as in `/resolve`; or the gene has no page there",
            "content": {PROBLEM_JSON: {}},
        },
    },
    openapi_extra={"parameters": [IDENTIFIER_PARAMETER, _TO, _FORMAT, *option_parameters("species", "from")]},
)
async def go_to_page(request: Request) -> Response:
    """Redirect to the page of the gene's best identifier in the namespace `to`, or to its page at the link target `to`.

    Without `to` it is the page of the gene's own identifier; of several, the first that the gene has. If several genes
    match, their pages are listed instead of picking one.
    """
    return answer_destination(request, read_destination(request))


def read_destination(request: Request) -> Destination:
    """Return where a request leads."""
    resolver: Resolver = request.app.state.find_resolver()
    options = options_of(request, ignored=_IGNORED, only=("species", "from"))
    pages = read_pages(request.query_params.getlist("to"))
    return find_destination(resolver.resolve(request.path_params["identifier"], options), pages)


def answer_destination(request: Request, destination: Destination) -> Response:
    """Return the redirect to the page, the choices as JSON, or why there is no page."""
    headers = release_headers(destination.answer.release.id)
    if _is_json(request):
        return Response(orjson.dumps(describe_destination(destination)), 200, headers, "application/json")
    if destination.page is not None:
        return Response(status_code=303, headers={**headers, "location": destination.page.url})
    if destination.choices:
        body = orjson.dumps(describe_destination(destination))
        return Response(body, 300, {**headers, "link": link_choices(destination)}, "application/json")
    if not destination.answer.genes:
        return answer_problem(destination.answer, request.url.path)
    return _no_page(destination, request.url.path)


def link_choices(destination: Destination) -> str:
    """Return the header `Link` of an answer with several pages."""
    return ", ".join(f'<{page.url}>; rel="alternate"' for page in destination.choices)


def _is_json(request: Request) -> bool:
    wanted = request.query_params.get("format", _FORMATS[0])
    if wanted not in _FORMATS:
        raise BadOption(f"there is no format {wanted[:80]!r}", hint=f"Formats are {', '.join(_FORMATS)}.")
    return wanted == "json"


def _no_page(destination: Destination, path: str) -> Response:
    answer = destination.answer
    return problem_response(
        404,
        code=NO_XREF,
        title="Not found",
        detail=f"{answer.query[:80]!r} has no page there. {destination.hint}",
        hint=None,
        path=path,
        members=orjson.dumps({"hint": destination.hint, "genes": list_gene_pages(answer)})[1:-1],
    )
