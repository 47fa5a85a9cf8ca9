"""UniProt REST: /uniprotkb/accessions, /uniprotkb/search with pages, and /uniprotkb/{accession} with its 303."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tests.upstreams.dialect import Dialect
from tests.upstreams.exchange import HTML, JSON, Played, Request, as_json, as_text
from tests.upstreams.route import Basis, Grade, Route, Rules
from tests.upstreams.world import Record, World

_SHAPE = re.compile(r"(?:[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2})")
_DATABASES = {
    "ncbigene": ("GeneID", "{}", "xref_geneid"),
    "hgnc": ("HGNC", "HGNC:{}", "xref_hgnc"),
    "mgi": ("MGI", "MGI:{}", "xref_mgi"),
}
_TYPES = {"merged": "MERGED", "replaced": "MERGED", "demerged": "DEMERGED"}
# The media types of every route, by the name that `format` and a path's extension have for them.
_FORMATS = {
    "json": JSON, "xml": "application/xml", "tsv": "text/plain;format=tsv", "txt": "text/plain;format=flatfile",
    "list": "text/plain;format=list", "xlsx": "application/vnd.ms-excel", "fasta": "text/plain;format=fasta",
    "gff": "text/plain;format=gff",
}  # fmt: skip
_FIELDS = re.compile(
    r"accession|id|reviewed|protein_name|gene_(?:names|primary|synonym|oln|orf)|organism_(?:name|id)|lineage(?:_ids)?|"
    r"length|mass|sequence|date_(?:created|modified|sequence_modified)|version|annotation_score|protein_existence|"
    r"(?:xref|cc|ft|go|lit)_[a-z0-9_]+|keyword(?:id)?|uniparc_id|comment_count|feature_count|ec|fragment"
)
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;\s*[\w-]+=[^;,]+)*")


def _refusal(request: Request, *messages: str, status: int = 400, ids: Sequence[str] = ()) -> Played:
    return as_json({"url": f"http://rest.uniprot.org{request.path}", "messages": list(messages)}, status, ids=ids)


class _Spring(Dialect):
    """A handler of all exceptions stands behind every controller: what is no case of its own answers 500."""

    def check_length(self, request: Request, longest_line: int, longest_head: int) -> Played | None:
        del longest_line
        if request.head_bytes > longest_head:  # by Tomcat, before any filter
            page = "<html><head><title>HTTP Status 400 - Bad Request</title></head><body></body></html>"
            return as_text(page, 400, HTML, by_gateway=True)
        return None

    def check_accept(self, request: Request, produces: Sequence[str]) -> Played | None:
        extension = request.path.rpartition("/")[2].partition(".")[2]
        stated = extension if extension in _FORMATS else request.query.get("format", "")
        accept = request.headers.get("accept", "")
        if stated in _FORMATS:
            wanted = _FORMATS[stated]
        elif stated:
            return self._unacceptable(request, stated)
        elif accept in {"", "*/*"} or "Mozilla" in request.headers.get("user-agent", ""):
            wanted = JSON
        elif not _MEDIA_TYPE.fullmatch(accept):
            shown = {"status": 500, "error": "Internal Server Error", "path": request.path}
            return as_json(shown, 500, by_gateway=True)  # a filter parses one media type, and fails on a list
        else:
            wanted = accept
        if wanted in produces:
            return None
        return self._not_simulated() if wanted in _FORMATS.values() else self._unacceptable(request, wanted)

    @staticmethod
    def _unacceptable(request: Request, stated: str) -> Played:
        words = f"Invalid request received. Requested media type/format not accepted: '{stated}'."
        return _refusal(request, words)

    @staticmethod
    def _not_simulated() -> Played:
        return as_text("The true server has this format; the simulator has JSON alone.", 501)

    def check_method(self, request: Request, methods: Sequence[str]) -> Played | None:
        if request.method in methods or request.method == "HEAD":
            return None
        return _refusal(request, "Internal server error", status=500)

    def check_body(self, request: Request, consumes: Sequence[str]) -> Played | None:
        if not request.body and request.content_type in {"", *consumes}:
            return _refusal(request, "request body is missing")
        ids = request.json.get("accessions") if isinstance(request.json, dict) else ()
        if request.content_type not in consumes or not isinstance(ids, str | int | None):
            return _refusal(request, "Internal server error", status=500)
        return None

    def check_parameters(self, request: Request, required: Sequence[str]) -> Played | None:
        missing = super().check_parameters(request, required)
        if missing is not None:
            return missing
        wrong = [one for one in str(request.parameters.get("fields") or "").split(",") if one.strip()]
        wrong = [one for one in wrong if not _FIELDS.fullmatch(one.strip())]
        return _refusal(request, *(f"Invalid fields parameter value '{one}'" for one in wrong)) if wrong else None

    def refuse_missing(self, request: Request, name: str) -> Played:
        return _refusal(request, f"'{name}' is a required parameter")

    def refuse_number(self, request: Request, ids: Sequence[str], most: int) -> Played:
        return _refusal(request, f"Only '{most}' accessions are allowed in each request.", ids=ids)


def _headers(world: World) -> Mapping[str, str]:
    return {
        "X-UniProt-Release": world.uniprot_release,
        "X-UniProt-Release-Date": world.uniprot_release_date,
        "X-API-Deployment-Date": "02-November-2026",
    }


def _active(record: Record, fields: str | None) -> dict[str, Any]:
    wanted = {one.strip() for one in fields.split(",")} if fields else None
    listed = [
        {"database": database, "id": shape.format(one)}
        for prefix, (database, shape, name) in _DATABASES.items()
        if wanted is None or name in wanted
        for one in record.genes.get(prefix, ())
    ]
    entry_type = "UniProtKB reviewed (Swiss-Prot)" if len(record.accession) == 6 else "UniProtKB unreviewed (TrEMBL)"
    shown: dict[str, Any] = {"entryType": entry_type, "primaryAccession": record.accession}
    if wanted is None or wanted & {"organism_id", "organism_name"}:
        name = "Mus musculus" if record.taxon == 10090 else "Homo sapiens"
        shown["organism"] = {"scientificName": name, "taxonId": record.taxon}
    return shown | ({"uniProtKBCrossReferences": listed} if listed or wanted is None else {})


def _inactive(record: Record) -> dict[str, Any]:
    kind = _TYPES.get(record.fate, "DELETED")
    reason: dict[str, Any] = {"inactiveReasonType": kind}
    if kind == "DELETED":
        reason["deletedReason"] = record.reason or "Deleted from sequence source (EMBL)"
    else:
        reason["mergeDemergeTo"] = list(record.successors)
    return {
        "entryType": "Inactive",
        "primaryAccession": record.accession,
        "uniProtkbId": f"{record.accession}_{'MOUSE' if record.taxon == 10090 else 'HUMAN'}",
        "annotationScore": 0.0,
        "inactiveReason": reason,
        "extraAttributes": {"uniParcId": "UPI0000000001"},
    }


def _read_accessions(request: Request) -> list[str]:
    listed = str(request.parameters.get("accessions") or "")
    return [one.strip().upper() for one in listed.split(",") if one.strip()]


def _accessions(world: World, request: Request) -> Played:
    ids = _read_accessions(request)
    bad = [one for one in ids if not _SHAPE.fullmatch(one) or one in request.poisoned]
    if bad:
        words = (
            f"Accession '{bad[0]}' has invalid format. It should be a valid UniProtKB accession with optional "
            "sequence range e.g. P12345[10-20]."
        )
        return _refusal(request, words, ids=ids)
    found = [world.find("uniprot", one) for one in ids if one not in request.omitted]
    fields = request.parameters.get("fields")
    results = [_active(record, fields) for record in found if record is not None and record.is_live]
    # The total still counts those that are left out.
    return as_json({"results": results}, ids=ids, headers={"X-Total-Results": str(len(ids))})


def _search(world: World, request: Request) -> Played:
    query = request.query["query"]
    ids = re.findall(r"[A-Z0-9]{6,10}", query.partition("(")[2].replace(" OR ", " ") or query)
    if len(ids) > world.uniprot_or_limit:
        words = f"Too many OR conditions in query. Maximum allowed is {world.uniprot_or_limit}."
        return _refusal(request, words, ids=ids)
    if bad := [one for one in ids if not _SHAPE.fullmatch(one) or one in request.poisoned]:
        words = f"The 'accession' filter value '{bad[0]}' has invalid format. It should be a valid UniProtKB accession"
        return _refusal(request, words, ids=ids)
    stated = request.query.get("size", "25")
    if not stated.isdecimal() or int(stated) > 500:
        return _refusal(request, "'size' must be less than or equal to 500", ids=ids)
    found = [world.find("uniprot", one) for one in ids if one not in request.omitted]
    fields = request.query.get("fields")
    entries = [_active(one, fields) if one.is_live else _inactive(one) for one in found if one is not None]
    size, start = int(stated), int(request.query.get("cursor", "0"))
    headers = {"X-Total-Results": str(len(entries))}
    if start + size < len(entries):
        following = urlencode({**request.query, "size": size, "cursor": start + size})
        headers["Link"] = f'<{request.base}{request.path}?{following}>; rel="next"'
    return as_json({"results": entries[start : start + size]}, ids=ids if start == 0 else (), headers=headers)


def _entry(world: World, request: Request) -> Played:
    accession = request.path.rpartition("/")[2].removesuffix(".json").upper()
    ids = (accession,)
    if not _SHAPE.fullmatch(accession):
        words = "The 'accession' value has invalid format. It should be a valid UniProtKB accession"
        return _refusal(request, words, ids=ids)
    record = None if accession in request.omitted else world.find("uniprot", accession)
    if record is None:
        return _refusal(request, "Resource not found", status=404, ids=ids)
    if record.is_live:
        return as_json(_active(record, request.query.get("fields")), ids=ids)
    if _TYPES.get(record.fate) == "MERGED":
        location = f"/uniprotkb/{record.successors[0]}?from={accession}"
        return as_json(_inactive(record), 303, ids=ids, headers={"Location": location})
    return as_json(_inactive(record), ids=ids)


def _refuse(_wait: float) -> Played:
    words = (
        "Too Many Requests: We are currently experiencing a lot of API requests, and are unable to process your "
        "request at the moment. Please try again in a few minutes."
    )
    return as_json({"url": "http://rest.uniprot.org/uniprotkb", "messages": [words]}, 429)


# UniProt publishes no rate; this is our own limit.
_LIMITS = ((5, 1.0),)
_DIALECT = _Spring()
_SERVER = "ebi-uniprot/uniprot-rest-api @ 89cbaae6d:"
_ANY_LINE = 1 << 20  # the head as a whole is limited
ROUTES = (
    Route(
        "uniprot.accessions",
        "/uniprotkb/accessions",
        Rules(
            _DIALECT, ("GET", "POST"), (JSON,), (JSON,), ("accessions",),
            frozenset({"accessions", "fields", "format", "size", "cursor", "query", "sort", "facets", "download",
                       "compressed"}),
            _read_accessions, 1000, _ANY_LINE,
        ),
        Basis(
            Grade.SERVER_SOURCE,
            f"{_SERVER} UniProtKBController, UniProtKBGetByAccessionsPostIT, HttpServletRequestContentTypeMutator, "
            "ResponseExceptionHandler, application.properties",
            Grade.RECORDED, "two public projects' notes of 2026 on secondary accessions",
            "The source allows 10,000 accessions by POST; 1,000 were measured.",
        ),
        _accessions, _refuse, _LIMITS, headers=_headers,
    ),
    Route(
        "uniprot.search",
        "/uniprotkb/search",
        Rules(
            _DIALECT, ("GET",), (), (JSON,), ("query",),
            frozenset({"query", "fields", "format", "size", "cursor", "sort", "facets", "includeIsoform", "compressed",
                       "preview", "showSingleTermMatchedFields"}),
            longest_line=_ANY_LINE,
        ),
        Basis(
            Grade.SERVER_SOURCE,
            f"{_SERVER} UniProtKBSearchRequest, ValidSolrQuerySyntax, HttpServletRequestContentTypeMutator; "
            "measured by four public projects: 100 alternatives",
            Grade.SERVER_TEST, f"{_SERVER} UniProtKBSearchControllerIT.searchForMergedInactiveEntriesByAccession",
            "The configuration in the server's source allows 50 alternatives. Inactive entries: no recording.",
        ),
        _search, _refuse, _LIMITS, headers=_headers,
    ),
    Route(
        "uniprot.entry",
        "/uniprotkb/",
        Rules(
            _DIALECT, ("GET",), (), (JSON,), (),
            frozenset({"fields", "format", "version", "compressed"}), longest_line=_ANY_LINE,
        ),
        Basis(
            Grade.SERVER_SOURCE, f"{_SERVER} UniProtKBController.getByAccession, BasicSearchController",
            Grade.RECORDED, "help/rest-api-headers of ebi-uniprot/uniprot-manual (303); entries quoted in public tests",
            "A whole merged entry was not recorded.",
        ),
        _entry, _refuse, _LIMITS, headers=_headers,
    ),
)  # fmt: skip
