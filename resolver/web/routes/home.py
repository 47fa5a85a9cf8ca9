"""`/`: the search field, examples, and what the release contains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...api.threads import run_long
from ..rendering import make_response
from ..shown import describe_release_briefly, page_address

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ...resolve.resolver import Resolver

# One of each kind.
EXAMPLES = (
    ("Symbol", "IL7"),
    ("Alias", "p53"),
    ("Previous symbol", "PARK2"),
    ("NCBI Gene", "ncbigene:3574"),
    ("Ensembl, with version", "ENSG00000104432.14"),
    ("Ensembl transcript", "ENST00000263851"),
    ("UniProt", "P13232"),
    ("RefSeq mRNA", "NM_000880"),
    ("HGNC", "HGNC:6023"),
    ("MGI", "MGI:96561"),
    ("OMIM", "omim:146660"),
    ("HomoloGene", "homologene:680"),
    ("Name", "interleukin 7"),
    ("Several genes", "CAP"),
    ("Typo", "TP35"),
    ("Spreadsheet damage", "1-Mar"),
)


async def show_home(request: Request) -> Response:
    """Return the home page."""
    return await run_long(_render, request)


def _render(request: Request) -> Response:
    resolver: Resolver = request.app.state.find_resolver()
    context: dict[str, Any] = {
        "release": describe_release_briefly(resolver),
        "about": resolver.about(),
        "examples": EXAMPLES,
        "canonical": page_address(request, "/"),
    }
    return make_response(request.scope, "home.html.j2", context)
