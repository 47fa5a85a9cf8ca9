"""`/gene`: the document of one gene, or its card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from ...errors import BadOption
from ...resolve.card import make_cards, render_cards
from ...resolve.encode import encode_answer
from ...resolve.look import find_document, hint_at_species
from ...resolve.outcome import Outcome
from ..caching import find_unchanged, release_headers
from ..errors import answer_problem
from ..links import link_answer, link_gene
from ..queries import option_parameters, options_of
from ..schemas.answers import AnswerShape
from ..schemas.genes import GeneShape
from .resolve import IDENTIFIER_PARAMETER, MISSES

if TYPE_CHECKING:
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["look around"])

_FORMATS = ("json", "text")
_FORMAT: dict[str, Any] = {
    "name": "format",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": list(_FORMATS), "default": _FORMATS[0]},
    "description": "json: the document; text: a card of the gene and its ortholog, in 80 columns",
}
_OWN = frozenset({"format"})


@router.get(
    "/gene/{identifier:path}",
    summary="Get the document of a gene",
    response_model=None,
    responses={
        200: {
            "model": GeneShape,
            "description": "the gene",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        300: {"model": AnswerShape, "description": "several genes match: the answer that lists them"},
        304: {"description": "the release is still the one of the ETag that was sent"},
        **MISSES,
    },
    openapi_extra={"parameters": [IDENTIFIER_PARAMETER, _FORMAT, *option_parameters("species", "from")]},
)
async def get_gene(request: Request) -> Response:
    """Return the document of the gene that an identifier, symbol or name resolves to, as it is in `/resolve`.

    If several genes match, such as one of each species, the answer lists them; `species` selects one. As text, a gene
    and its ortholog share a card. A retired identifier is a miss; its successors are in the problem's `genes`.
    """
    resolver: Resolver = request.app.state.find_resolver()
    unchanged = find_unchanged(request, resolver.release.id)
    if unchanged is not None:
        return unchanged
    options = options_of(request, _OWN, ("species", "from"))
    is_text = _read_format(request) == "text"
    answer = resolver.resolve(request.path_params["identifier"], options)
    headers = release_headers(resolver.release.id)
    if answer.outcome is Outcome.RESOLVED:
        headers = headers | {"link": link_gene(request, answer.genes[0].gene.curie)}
    if answer.outcome is Outcome.RESOLVED and is_text:
        return PlainTextResponse(render_cards(make_cards(answer)), headers=headers)
    document = find_document(answer)
    if document is not None:
        return Response(document, media_type="application/json", headers=headers)
    if answer.outcome in (Outcome.RESOLVED, Outcome.AMBIGUOUS):
        several = headers | {"link": link_answer(request, answer)}
        return Response(encode_answer(hint_at_species(answer)), 300, several, "application/json")
    return answer_problem(answer, request.url.path)


def _read_format(request: Request) -> str:
    wanted = request.query_params.get("format", _FORMATS[0])
    if wanted not in _FORMATS:
        raise BadOption(f"there is no format {wanted!r}", hint=f"Formats are {', '.join(_FORMATS)}.")
    return wanted
