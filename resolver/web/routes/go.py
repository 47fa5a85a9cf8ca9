"""`/go` for browsers: a redirect to the page of a gene, or the pages to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...api.caching import release_headers
from ...api.routes.go import answer_destination, link_choices, read_destination
from ...api.threads import run_long
from ..answer_page import make_choice
from ..rendering import get_stamp, make_response
from ..shown import describe_release_briefly

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def show_destination(request: Request) -> Response:
    """Lead to the page of a gene; of several genes, show their pages."""
    return await run_long(_render, request)


def _render(request: Request) -> Response:
    destination = read_destination(request)
    answer = destination.answer
    if destination.page is not None or not destination.choices:
        return answer_destination(request, destination)
    headers = release_headers(answer.release.id)
    context: dict[str, Any] = {
        "release": describe_release_briefly(request.app.state.find_resolver()),
        "query": answer.query,
        "listed": [make_choice(found) for found in answer.genes],
        "pages": {
            page.gene.curie: (page.url, f"{page.identifier} at {urlsplit(page.url).hostname}")
            for page in destination.choices
        },
    }
    headers = headers | {"etag": f'{headers["etag"][:-1]}-{get_stamp()}"', "link": link_choices(destination)}
    return make_response(request.scope, "go.html.j2", context, status=300, headers=headers)
