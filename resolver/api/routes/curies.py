"""`/{prefix}:{accession}`: redirects in the manner of the Bioregistry."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...identifiers.namespaces import BY_SPELLING, NAMESPACES, folded_spelling
from ...resolve.encode import encode_members
from ..caching import release_headers
from ..errors import PROBLEM_JSON, problem_response, status_of
from ..schemas.answers import AnswerProblemShape

if TYPE_CHECKING:
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["look around"])

PATH = "/{prefix}:{accession}"


@router.get(
    PATH,
    summary="Go to the gene of a CURIE",
    response_model=None,
    status_code=303,
    responses={
        303: {
            "description": "the gene page for browsers, `/resolve` for programs",
            "headers": {"Location": {"schema": {"type": "string"}}},
        },
        404: {
            "model": AnswerProblemShape,
            "description": "there is no such prefix, with the nearest one, or no such accession, with the reason",
            "content": {PROBLEM_JSON: {}},
        },
    },
    openapi_extra={
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "example": example}
            for name, example in (("prefix", "uniprot"), ("accession", "P13232"))
        ]
    },
)
async def follow_curie(request: Request) -> Response:
    """Redirect to what is known of an identifier, as the addresses of the Bioregistry do.

    The prefix is read in any spelling that `/namespaces` lists. The query string is passed on. A retired identifier
    leads to its successor.
    """
    return redirect(request, "/resolve/")


def redirect(request: Request, to: str) -> Response:
    """Return the redirect of a CURIE to its address below `to`, or why there is none.

    It is 303: the CURIE names a gene, which is not a document, and its gene may be another one in the next release.
    """
    resolver: Resolver = request.app.state.find_resolver()
    text = f"{request.path_params['prefix']}:{request.path_params['accession']}"
    spelled, _, local = text.partition(":")
    namespaces = BY_SPELLING.get(folded_spelling(spelled))
    answer = resolver.resolve(text)
    if status_of(answer.outcome) != 200:
        if namespaces is None:
            answer = answer._replace(hint=_suggest_prefix(spelled, local))
        return problem_response(
            404,
            code=answer.reason or answer.outcome,
            title="Not found",
            detail=f"{text[:80]!r} was not found. {answer.hint or ''}".strip(),
            hint=answer.hint,
            path=request.url.path,
            members=encode_members(answer),
        )
    # As it was sent, but for the prefix: a version, and a symbol, stay as they are.
    curie = text if namespaces is None else f"{namespaces[0].prefix}:{local}"
    address = f"{request.scope.get('root_path', '').rstrip('/')}{to}{quote(curie, safe=':')}"
    query = request.url.query
    headers = release_headers(resolver.release.id) | {"location": f"{address}?{query}" if query else address}
    return Response(status_code=303, headers=headers)


def _suggest_prefix(spelled: str, local: str) -> str:
    near = difflib.get_close_matches(folded_spelling(spelled), BY_SPELLING, 1, 0.6)
    meant = f" Did you mean /{BY_SPELLING[near[0]][0].prefix}:{local[:80]}?" if near else ""
    listed = ", ".join(namespace.prefix for namespace in NAMESPACES)
    return f"There is no prefix {spelled[:40]!r}.{meant} Prefixes are {listed}; /namespaces lists their spellings."
