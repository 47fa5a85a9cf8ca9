"""`GET /resolve/{identifier}`: one question, one answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from ...identifiers.species import get_taxon
from ...resolve.encode import encode_answer, get_targets
from ..deps import TheResolver
from ..errors import PROBLEM_JSON, answer_problem, status_of
from ..schemas import AnswerProblemShape, AnswerShape

router = APIRouter(tags=["resolve"])

# Every door asks the same; these are shown, with their real answers, in the API's documentation.
EXAMPLES = ("P13232", "IL-7", "ENSMUSG00000040329.5", "omim:146660", "146660", "TP53", "homologene:680")

Identifier = Annotated[
    str,
    Path(
        description="An identifier of any namespace, bare, as a CURIE or as its page's address; or a symbol or name",
        openapi_examples={example: {"value": example} for example in EXAMPLES},
    ),
]
Species = Annotated[str | None, Query(description="human, mouse, 9606 or 10090; without it both are searched")]
To = Annotated[str | None, Query(description="the namespaces to list xrefs of, separated by commas")]
Explain = Annotated[bool, Query(description="add the source files behind every xref")]


@router.get(
    "/resolve/{identifier:path}",
    summary="Resolve an identifier, symbol or name",
    response_model=None,
    responses={
        200: {"model": AnswerShape, "description": "resolved, ambiguous or retired"},
        404: {
            "model": AnswerProblemShape,
            "description": "not found, with the reason and a hint",
            "content": {PROBLEM_JSON: {}},
        },
        422: {
            "model": AnswerProblemShape,
            "description": "unrecognized, with the reason and a hint",
            "content": {PROBLEM_JSON: {}},
        },
    },
)
async def resolve_identifier(
    resolver: TheResolver,
    request: Request,
    identifier: Identifier,
    species: Species = None,
    to: To = None,
    explain: Explain = False,
) -> Response:
    """Return the gene that an identifier names, with its identifiers in all other namespaces and its ortholog.

    A text that names genes of both species is answered for both. Where several genes are left, all are listed and
    the outcome is `ambiguous`; nothing is chosen silently.
    """
    taxon = None if species is None else get_taxon(species)
    targets = None if to is None else get_targets(to)
    answer = resolver.resolve(identifier, species=taxon, explain=explain)
    if status_of(answer.outcome) != 200:
        return answer_problem(answer, request.url.path, targets)
    return Response(encode_answer(answer, targets), media_type="application/json")
