"""`/compare`: two lists, by the genes that they match."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from ...api.threads import run_long
from ...errors import TooMany
from ...identifiers.species import SPECIES
from ..forms import read_form
from ..lists import split_list
from ..rendering import make_response
from ..shown import describe_release_briefly, page_address
from ..two_lists import TwoLists, compare_lists, list_rows
from ..venn import draw_venn

if TYPE_CHECKING:
    from starlette.requests import Request

    from ...resolve.resolver import Resolver

MOST, SHOWN = 20_000, 300


async def show_compare(request: Request) -> Response:
    """Show the form, or compare the two lists that it sent."""
    fields = await read_form(request) if request.method == "POST" else {}
    return await run_long(_render, request, fields)


def _render(request: Request, fields: dict[str, str]) -> Response:
    resolver: Resolver = request.app.state.find_resolver()
    texts = [fields.get(name, "") for name in ("first", "second")]
    lists = [split_list(text, resolver) for text in texts]
    if any(len(listed) > MOST for listed in lists):
        raise TooMany(f"a list has over {MOST:,} lines", hint=f"Compare up to {MOST:,} identifiers at once.")
    compared: TwoLists | None = None
    if all(lists):
        compared = compare_lists(resolver, lists[0], lists[1], fields.get("species") or "any")
        if fields.get("download") == "csv":
            return _download(compared, resolver.release.id)
    context: dict[str, Any] = {
        "release": describe_release_briefly(resolver),
        "texts": texts,
        "titles": [fields.get(name, "").strip()[:40] or default
                   for name, default in (("first_title", "First list"), ("second_title", "Second list"))],
        "is_incomplete": bool(fields) and compared is None,
        "compared": compared,
        "venn": None if compared is None else draw_venn(len(compared.first), len(compared.both), len(compared.second)),
        "species": [species.name for species in SPECIES.values()],
        "chosen_species": fields.get("species", ""),
        "shown": SHOWN,
        "canonical": page_address(request, "/compare"),
    }  # fmt: skip
    return make_response(request.scope, "compare.html.j2", context, headers={"cache-control": "no-store"})


def _download(compared: TwoLists, release: str) -> Response:
    """Return the comparison as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(list_rows(compared))
    headers = {
        "content-disposition": 'attachment; filename="comparison.csv"', "cache-control": "no-store",
        "x-release": release, "x-content-type-options": "nosniff",
    }  # fmt: skip
    return Response(out.getvalue(), 200, headers, "text/csv; charset=utf-8")
