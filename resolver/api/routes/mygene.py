"""`/v3`: a subset of the API of MyGene.info, for its clients (docs/clients.md)."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...errors import InputError, TooSlow
from ...identifiers.species import SPECIES
from ..caching import find_unchanged, release_headers
from ..errors import PROBLEM_JSON, problem_response
from ..mygene.documents import ALL, FIELDS, VERSION, has_field, make_document, select_fields, shape
from ..mygene.lookup import SPECIES_WORDS, find_many, find_terms, read_terms
from ..mygene.parameters import MAX_AT_ONCE, MAX_SIZE, read_list, read_parameters, read_queries, read_raw
from ..mygene.scopes import DEFAULT_SCOPES, SCOPES, read_scopes
from ..queries import describe_parameter
from ..schemas.base import ProblemShape
from ..threads import run_long

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...genes.model import GeneRecord
    from ...resolve.resolver import Resolver
    from ..mygene.lookup import Hit
    from ..mygene.parameters import Parameters

router = APIRouter(prefix="/v3", tags=["MyGene.info"])

_ASSEMBLIES = {"human": "hg38", "mouse": "mm39"}
_DOCUMENT = {"type": "object", "additionalProperties": True, "required": ["_id"]}
_ANSWERED = {"application/json": {"schema": _DOCUMENT}}
_LISTED = {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}
_HITS = {
    "type": "object",
    "required": ["took", "total", "max_score", "hits"],
    "properties": {
        "took": {"type": "integer", "description": "milliseconds"},
        "total": {"type": "integer"},
        "max_score": {"type": ["number", "null"]},
        "hits": {"type": "array", "items": _DOCUMENT},
    },
}
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "the release is still the one of the ETag"}}


def _problem(description: str) -> dict[str, Any]:
    return {"model": ProblemShape, "description": description, "content": {PROBLEM_JSON: {}}}


_REFUSED: dict[int | str, dict[str, Any]] = {400: _problem("a parameter that cannot be read, or is not supported")}
_BODY_REFUSED: dict[int | str, dict[str, Any]] = {**_REFUSED, 408: _problem("the body stopped arriving")}


_TEXT: dict[str, Any] = {"type": "string"}
_ONE_SPECIES = {"type": "string", "anyOf": [{"enum": list(SPECIES_WORDS)}, {"pattern": "^[0-9]{1,9}$"}]}


def _text(name: str, description: str, *, required: bool = False, example: str | None = None) -> dict[str, Any]:
    shown = {} if example is None else {"example": example}
    schema = {**_TEXT, "pattern": r"\S"} if required else _TEXT
    return describe_parameter(name, schema, description, required=required, **shown)


_SHOWN = [
    _text("fields", "fields to return, separated by commas, or all", example="symbol,ensembl.gene,uniprot"),
    describe_parameter(
        "species",
        {"type": "array", "items": _ONE_SPECIES},
        "all (the default), human, mouse, or taxon ids, separated by commas",
    ),
    _text("dotfield", "true: no nested objects; the fields are named as in ensembl.gene"),
    _text("always_list", "fields whose value is a list even if there is one value"),
    _text("allow_null", "fields that are null instead of absent"),
]
_PAGED: list[dict[str, Any]] = [
    describe_parameter(
        "size",
        {"type": "integer", "minimum": 0, "maximum": MAX_SIZE, "default": 10},
        "how many hits to return, of each query",
    ),
    describe_parameter(
        "from", {"type": "integer", "minimum": 0, "maximum": 10_000, "default": 0}, "how many hits to skip"
    ),
]
_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "an Entrez number, an Ensembl gene id, or a CURIE such as HGNC:1771",
    "example": "1017",
}


_SPECIES_LIST = "^(|(WORD)(,(WORD))*)$".replace("WORD", "|".join((*SPECIES_WORDS, "[0-9]{1,9}")))
_NOTHING = {"type": "null"}
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
# What a form and a JSON object can have besides the identifiers: each as a text, or as JSON.
_IN_FORM: dict[str, Any] = {
    "fields": _TEXT,
    "species": {"type": "string", "pattern": _SPECIES_LIST, "example": "human"},
    "dotfield": _TEXT,
    "scopes": {
        "type": "string",
        "pattern": f"^(|(.*,)?({'|'.join(map(re.escape, SCOPES))})(,.*)?)$",
        "example": "symbol,alias",
    },
    "size": {"type": "string", "pattern": "^[0-9]{0,3}$"},
}
_IN_JSON: dict[str, Any] = {
    "fields": {"type": ["string", "array", "number", "null"], "items": {"type": ["string", "number"]}},
    "species": {
        "anyOf": [
            _IN_FORM["species"],
            _NUMBER,
            {"type": "array", "items": {"anyOf": [_ONE_SPECIES, {"const": ""}, _NUMBER]}},
            _NOTHING,
        ],
        "example": "human",
    },
    "dotfield": {"type": ["boolean", "string", "number", "null"]},
    "scopes": {
        "anyOf": [_IN_FORM["scopes"], {"type": "array", "items": {"enum": list(SCOPES)}}, _NOTHING],
        "example": ["symbol", "alias"],
    },
    "size": {"anyOf": [_IN_FORM["size"], {"type": "integer", "minimum": 0, "maximum": MAX_SIZE}, _NOTHING]},
}


def _form(name: str, *others: str) -> dict[str, Any]:
    """Return the request body: a form, or the same as a JSON object, whose lists are arrays."""
    # A text of identifiers and commas contains an identifier.
    listed = {"type": "string", "pattern": r"[^\s,]", "example": "1017,ENSG00000123374"}
    array = {"type": "array", "minItems": 1, "maxItems": MAX_AT_ONCE, "items": {"type": ["string", "number"]}}
    as_json = {"anyOf": [listed, array, {"type": "number"}], "example": ["1017"]}
    described = {"type": "object", "required": [name]}
    form = described | {"properties": {name: listed} | {other: _IN_FORM[other] for other in others}}
    as_object = described | {"properties": {name: as_json} | {other: _IN_JSON[other] for other in others}}
    return {
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": form}, "application/json": {"schema": as_object}},
    }


@router.get(
    "/gene/{id}",
    summary="Get the document of a gene, as MyGene.info names its fields",
    response_model=None,
    responses={
        200: {"description": "the gene; several as a list", "content": _ANSWERED},
        404: _problem("no such gene"),
        **_UNCHANGED,
        **_REFUSED,
    },
    openapi_extra={"parameters": [_ID, *_SHOWN]},
)
async def get_gene(request: Request) -> Response:
    """Return the gene of an identifier; a retired one is answered by its successor, whose `_id` is another."""
    resolver: Resolver = request.app.state.find_resolver()
    unchanged = find_unchanged(request, resolver.release.id)
    if unchanged is not None:
        return unchanged
    identifier: str = request.path_params["id"]
    try:
        wanted = read_parameters(await read_raw(request), (ALL,))
    except InputError as error:
        return _refuse(error, request.url.path)
    hits = find_many(resolver, [identifier], read_scopes(DEFAULT_SCOPES), wanted.taxa, request.app.state.count)[0]
    documents = list(_show(resolver, hits, wanted, {"_version": VERSION}, has_score=False))
    if not documents:
        return _miss(identifier, request.url.path)
    body = orjson.dumps(documents[0] if len(documents) == 1 else documents)
    return Response(body, media_type="application/json", headers=release_headers(resolver.release.id))


@router.post("/gene/", include_in_schema=False)
@router.post(
    "/gene",
    summary="Get the documents of many genes, as MyGene.info names their fields",
    response_model=None,
    responses={200: {"description": "the genes, in order", "content": _LISTED}, **_BODY_REFUSED},
    openapi_extra={"parameters": _SHOWN, "requestBody": _form("ids", "fields", "species", "dotfield")},
)
async def get_genes(request: Request) -> Response:
    """Return the genes of up to 1,000 identifiers, each with its `query`; a miss has `notfound`."""
    resolver: Resolver = request.app.state.find_resolver()
    try:
        raw = await read_raw(request)
        wanted, queries = read_parameters(raw, (ALL,)), read_queries(raw, "ids")
    except TooSlow:
        raise
    except InputError as error:
        return _refuse(error, request.url.path)
    scopes = read_scopes(DEFAULT_SCOPES)
    return await run_long(_answer_many, resolver, queries, scopes, wanted, request.app.state.count)


@router.get("/query/", include_in_schema=False)
@router.get(
    "/query",
    summary="Search for genes, as MyGene.info does",
    response_model=None,
    responses={
        200: {"description": "the hits, best first", "content": {"application/json": {"schema": _HITS}}},
        **_UNCHANGED,
        **_REFUSED,
    },
    openapi_extra={
        "parameters": [
            _text(
                "q",
                f"a symbol, name, identifier, beginning (CDK*) or field:text, of the fields {', '.join(SCOPES)}",
                required=True,
                example="symbol:CDK2",
            ),
            *_SHOWN,
            *_PAGED,
        ]
    },
)
async def query(request: Request) -> Response:
    """Return the genes that a text matches, then those with a symbol or name that begins with it.

    `_score` falls with the match tier. At most 100 genes are found by the beginning of a name.
    """
    resolver: Resolver = request.app.state.find_resolver()
    unchanged = find_unchanged(request, resolver.release.id)
    if unchanged is not None:
        return unchanged
    began = time.perf_counter()
    try:
        raw = await read_raw(request)
        wanted, terms = read_parameters(raw), read_terms(str(raw.get("q", "")))
        hits = await run_long(find_terms, resolver, terms, wanted.taxa)
    except InputError as error:
        return _refuse(error, request.url.path)
    if wanted.exists or wanted.missing:
        hits = [hit for hit in hits if _has_fields(_document_of(resolver, hit.gene), wanted)]
    page = hits[wanted.skip : wanted.skip + wanted.size]
    body = orjson.dumps(
        {
            "took": int((time.perf_counter() - began) * 1000),
            "total": len(hits),
            "max_score": hits[0].score if hits else None,
            "hits": list(_show(resolver, page, wanted, {})),
        }
    )
    return Response(body, media_type="application/json", headers=release_headers(resolver.release.id))


@router.post("/query/", include_in_schema=False)
@router.post(
    "/query",
    summary="Find the genes of many identifiers, as MyGene.info does",
    response_model=None,
    responses={200: {"description": "the hits of each query, in order", "content": _LISTED}, **_BODY_REFUSED},
    openapi_extra={
        "parameters": _SHOWN,
        "requestBody": _form("q", "scopes", "fields", "species", "size", "dotfield"),
    },
)
async def query_many(request: Request) -> Response:
    """Return the hits of up to 1,000 queries, each with its `query`; a miss has `notfound`.

    `scopes` are the fields to look in; without them, Entrez and Ensembl gene identifiers.
    """
    resolver: Resolver = request.app.state.find_resolver()
    try:
        raw = await read_raw(request)
        wanted, queries = read_parameters(raw), read_queries(raw, "q")
        scopes = read_scopes(read_list(raw.get("scopes")))
    except TooSlow:
        raise
    except InputError as error:
        return _refuse(error, request.url.path)
    return await run_long(_answer_many, resolver, queries, scopes, wanted, request.app.state.count)


@router.get("/metadata/", include_in_schema=False)
@router.get(
    "/metadata",
    summary="Describe the release, as MyGene.info does",
    response_model=None,
    responses={200: {"description": "build, sources and counts", "content": {"application/json": {}}}},
)
async def describe(request: Request) -> Response:
    """Return the release as `build_version`, the versions of its sources, and how many genes it has."""
    resolver: Resolver = request.app.state.find_resolver()
    about = resolver.about()
    sources: dict[str, dict[str, Any]] = {}
    for row in about["sources"]:
        entry = sources.setdefault(row["source"], {"license": row["license"], "stats": {}, "version": None})
        entry["version"] = row["upstream_version"] or row["upstream_date"] or entry["version"]
        entry["stats"][row["key"]] = row["statements"]
    described = {
        "app_revision": None,
        "biothing_type": "gene",
        "build_date": resolver.release.manifest["built_at"],
        "build_version": resolver.release.id,
        "genome_assembly": _ASSEMBLIES,
        "src": sources,
        "stats": {"total": sum(about["genes"].values()), "total_species": len(SPECIES)},
        "taxonomy": {species.name: taxon for taxon, species in SPECIES.items()},
    }
    return Response(orjson.dumps(described), media_type="application/json")


@router.get("/metadata/fields/", include_in_schema=False)
@router.get(
    "/metadata/fields",
    summary="List the fields of the documents",
    response_model=None,
    responses={200: {"description": "the fields with their types", "content": {"application/json": {}}}},
    openapi_extra={
        "parameters": [
            _text("search", "a part of the names of the fields to list"),
            _text("prefix", "the beginning of these names"),
        ]
    },
)
async def list_fields(request: Request) -> Response:
    """Return every field that a document can have. Fields of MyGene.info that are not listed are absent."""
    part, beginning = (request.query_params.get(name, "").lower() for name in ("search", "prefix"))
    listed = {
        name: {"type": kind} | ({"searched_by_default": name in DEFAULT_SCOPES} if name in SCOPES else {})
        for name, kind in FIELDS.items()
        if part in name.lower() and name.lower().startswith(beginning)
    }
    return Response(orjson.dumps(listed), media_type="application/json")


def _answer_many(resolver: Resolver, queries: list[str], scopes: Any, wanted: Parameters, count: Any) -> Response:  # noqa: ANN401
    listed: list[dict[str, Any]] = []
    for text, hits in zip(queries, find_many(resolver, queries, scopes, wanted.taxa, count), strict=True):
        shown = list(_show(resolver, hits, wanted, {"query": text}))[wanted.skip : wanted.skip + wanted.size]
        listed += shown or [{"query": text, "notfound": True}]
    headers = {"x-release": resolver.release.id}
    return Response(orjson.dumps(listed), media_type="application/json", headers=headers)


def _document_of(resolver: Resolver, gene: GeneRecord) -> dict[str, Any]:
    return make_document(resolver.reader.get_document(gene.id))


def _has_fields(document: dict[str, Any], wanted: Parameters) -> bool:
    has = all(has_field(document, field) for field in wanted.exists)
    return has and not any(has_field(document, field) for field in wanted.missing)


def _show(
    resolver: Resolver, hits: Iterable[Hit], wanted: Parameters, own: dict[str, Any], *, has_score: bool = True
) -> Iterable[dict[str, Any]]:
    """Yield the hits as documents, with the members of its `own`, trimmed and shaped."""
    for hit in hits:
        document = _document_of(resolver, hit.gene)
        if not _has_fields(document, wanted):
            continue
        shown = shape(
            select_fields(document, wanted.fields),
            dotfield=wanted.dotfield,
            always_list=wanted.always_list,
            allow_null=wanted.allow_null,
        )
        yield own | {"_id": document["_id"]} | ({"_score": hit.score} if has_score else {}) | shown


def _refuse(error: InputError, path: str) -> Response:
    """Return an error with the status of MyGene.info and its members `success` and `error`."""
    members = {"hint": error.hint, "success": False, "error": str(error)}
    return problem_response(
        400,
        code=error.code,
        title="Bad input",
        detail=str(error),
        hint=None,
        path=path,
        members=orjson.dumps(members)[1:-1],
    )


def _miss(identifier: str, path: str) -> Response:
    message = f"ID {identifier[:80]!r} not found"
    members = {
        "hint": "Only Entrez and Ensembl gene identifiers and CURIEs are looked up here; /resolve takes all others.",
        "success": False,
        "error": message,
    }
    return problem_response(
        404, code="not_in_release", title="Not found", detail=message, hint=None, path=path,
        members=orjson.dumps(members)[1:-1],
    )  # fmt: skip
