"""`/gene`: the document of one gene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...resolve.look import NOT_GENE_CURIE, find_document, list_gene_namespaces
from ...resolve.outcome import Outcome
from ..caching import find_unchanged, release_headers
from ..errors import PROBLEM_JSON, answer_problem, problem_response
from ..look_schemas import GeneNamespacesProblemShape
from ..queries import options_of
from ..schemas import GeneShape
from .resolve import MISSES

if TYPE_CHECKING:
    from ...resolve.look import FoundDocument
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["look around"])

_CURIE: dict[str, Any] = {
    "name": "curie",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "The CURIE of a gene: its primary one, or that of another identifier of the gene itself",
    "examples": {example: {"value": example} for example in ("hgnc:6023", "mgi:96561", "ensembl:ENSG00000104432")},
}


@router.get(
    "/gene/{curie:path}",
    summary="Get the document of a gene",
    response_model=None,
    responses={
        200: {"model": GeneShape, "description": "the gene"},
        304: {"description": "the release is still the one of the ETag that was sent"},
        **MISSES,
        404: {
            "model": GeneNamespacesProblemShape,
            "description": "no gene has this CURIE, as in `/resolve`; or it is not the CURIE of a gene itself",
            "content": {PROBLEM_JSON: {}},
        },
    },
    openapi_extra={"parameters": [_CURIE]},
)
async def get_gene(request: Request) -> Response:
    """Return the document of one gene, as it is in the answers of `/resolve`."""
    resolver: Resolver = request.app.state.find_resolver()
    unchanged = find_unchanged(request, resolver.release.id)
    if unchanged is not None:
        return unchanged
    options_of(request, only=())
    found = find_document(resolver.resolve(request.path_params["curie"]))
    if found.document is not None:
        return Response(found.document, media_type="application/json", headers=release_headers(resolver.release.id))
    if found.answer.outcome is not Outcome.RESOLVED:
        return answer_problem(found.answer, request.url.path)
    return _not_of_a_gene(found, request.url.path)


def _not_of_a_gene(found: FoundDocument, path: str) -> Response:
    return problem_response(
        404,
        code=NOT_GENE_CURIE,
        title="Not found",
        detail=f"{found.answer.query[:80]!r} is not the CURIE of a gene itself. {found.hint}",
        hint=None,
        path=path,
        members=orjson.dumps({"hint": found.hint, "genes": list_gene_namespaces(found.answer)})[1:-1],
    )
