"""`/llms.txt`: what the service does and where, for language models, as llmstxt.org proposes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from ..caching import release_headers

if TYPE_CHECKING:
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["about"])

_TEXT = """\
# Gene Xref Resolver

> Maps any identifier, symbol or name of a human or mouse gene to all others of that gene, and gives the reason when \
it cannot. All answers are JSON and come from one local release: {release}.

Every answer has an `outcome`: `resolved`, `ambiguous` (several genes: let the user choose), `retired` (`genes` are \
those of the successor), `not_found` or `unrecognized` (`reason` and `hint` say why). Never invent an identifier for a \
miss. Errors and misses are `application/problem+json`. To keep answers short, add `to=ensembl,uniprot` and \
`fields=outcome,curie,symbol,xrefs`. Cite the release id.

## API

- [Resolve one]({base}/resolve/P13232?to=ensembl,hgnc): `GET /resolve/{{identifier}}`
- [Resolve many]({base}/docs#/resolve): `POST /resolve` with a JSON array of up to 100,000 queries
- [Convert a table]({base}/docs#/convert): `POST /convert?to=symbol,ensembl` with CSV, TSV, XLSX, Parquet or NDJSON
- [Orthologs]({base}/orthologs/IL7): `GET /orthologs/{{identifier}}`, between human and mouse
- [History]({base}/history/ncbigene:60454): `GET /history/{{identifier}}`, what replaced a retired identifier
- [Search]({base}/search?q=interleukin): `GET /search?q=`, by the beginning of a symbol or name
- [CURIEs]({base}/ensembl:ENSG00000104432): `GET /{{prefix}}:{{accession}}` redirects to the gene
- [OpenAPI]({base}/openapi.json): every route, parameter and answer

## About the data

- [Release]({base}/about): counts, sources, dates and licenses
- [Namespaces]({base}/namespaces): prefixes with their spellings and shapes

## Optional

- [Interactive documentation]({base}/docs): the API with examples of the current release
- [Stale identifiers]({base}/stale): what source databases report differently today
"""


@router.get(
    "/llms.txt",
    summary="Describe the service to language models",
    response_class=PlainTextResponse,
    responses={200: {"description": "Markdown in the layout of llmstxt.org"}},
)
async def describe_to_models(request: Request) -> PlainTextResponse:
    """Return what the service does, its outcomes, and the addresses of its main routes."""
    resolver: Resolver = request.app.state.find_resolver()
    base = str(request.base_url).rstrip("/")
    text = _TEXT.format(base=base, release=f"{resolver.release.title} ({resolver.release.id})")
    return PlainTextResponse(text, headers=release_headers(resolver.release.id))
