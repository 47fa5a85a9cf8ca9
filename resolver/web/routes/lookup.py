"""`/lookup`, and for browsers `/gene` and `/resolve`: one gene, a choice, a miss, or a short list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from ...api.caching import release_headers
from ...api.errors import status_of
from ...api.queries import options_of
from ...api.threads import run_long
from ...errors import TooMany
from ...identifiers.species import SPECIES
from ...resolve.outcome import Outcome
from ..answer_page import describe_answer_page, describe_row
from ..forms import read_form
from ..lists import split_list
from ..rendering import base_of, get_stamp, make_response, quote_segment
from ..shown import describe_release_briefly, page_address

if TYPE_CHECKING:
    from starlette.requests import Request

    from ...resolve.resolver import Resolver

MOST, SHOWN = 5_000, 500
# Options of the REST service that change nothing on a page.
_NOT_OF_PAGES = frozenset({"q", "to", "fields", "explain", "receipt", "live"})


async def look_up_text(request: Request) -> Response:
    """Lead to the page of one identifier, or show what a list matches; the text is the field `q`.

    A list comes by POST, so that it stands in no address.
    """
    fields = await read_form(request) if request.method == "POST" else request.query_params
    text = fields.get("q", "")
    return await run_long(_answer_text, request, text)


def _answer_text(request: Request, text: str) -> Response:
    resolver: Resolver = request.app.state.find_resolver()
    queries = split_list(text, resolver)
    base = base_of(request.scope)
    if not queries:
        return RedirectResponse(f"{base}/", 303)
    if len(queries) > MOST:
        raise TooMany(f"the list has {len(queries):,} lines", hint=f"Convert lists of over {MOST:,} lines at /convert.")
    if len(queries) > 1:
        return _show_list(request, resolver, queries)
    (query,) = queries
    if any(part in {"", ".", ".."} for part in query.split("/")):  # a browser would change such an address
        return _show(request, query)
    return RedirectResponse(f"{base}/lookup/{quote_segment(query)}", 303)


def _show_list(request: Request, resolver: Resolver, queries: list[str]) -> Response:
    answers = list(resolver.resolve_many(queries))
    outcomes = {outcome.value: sum(answer.outcome == outcome for answer in answers) for outcome in Outcome}
    context: dict[str, Any] = {
        "release": describe_release_briefly(resolver),
        "rows": [describe_row(answer) for answer in answers[:SHOWN]],
        "total": len(answers),
        "outcomes": outcomes,
        "text": "\n".join(queries),
    }
    return make_response(request.scope, "list.html.j2", context, headers={"cache-control": "no-store"})


async def show_lookup(request: Request) -> Response:
    """Show what a query matches."""
    return await run_long(_show, request, request.path_params["identifier"])


async def show_gene(request: Request) -> Response:
    """Show the page of a gene; several choices are answered with the status of `/gene`."""
    return await run_long(_show, request, request.path_params["identifier"], several=300)


def _show(request: Request, query: str, *, several: int = 200) -> Response:
    resolver: Resolver = request.app.state.find_resolver()
    options = options_of(request, _NOT_OF_PAGES)
    answer = resolver.resolve(query, options)
    if request.app.state.count is not None and status_of(answer.outcome) == 200:
        request.app.state.count(answer)
    headers = release_headers(resolver.release.id, answer.known_marks.stamp)
    headers = headers | {"etag": f'{headers["etag"][:-1]}-{get_stamp()}"'}
    if request.headers.get("if-none-match") == headers["etag"] and status_of(answer.outcome) == 200:
        return Response(status_code=304, headers={**headers, "vary": "Accept, Accept-Encoding"})
    page = describe_answer_page(answer)
    status = status_of(answer.outcome)
    if status == 200 and answer.outcome is Outcome.AMBIGUOUS:
        status = several
    address = f"/gene/{quote_segment(page.gene)}" if page.gene else f"/lookup/{quote_segment(query)}"
    context: dict[str, Any] = {
        "release": describe_release_briefly(resolver),
        "page": page,
        "answer": answer,
        "query": query,
        "species": [species.name for species in SPECIES.values()],
        "canonical": page_address(request, address),
        "gene_address": page_address(request, "/gene/"),
    }
    return make_response(request.scope, page.template, context, status=status, headers=headers)
