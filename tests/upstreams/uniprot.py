"""UniProt REST: /uniprotkb/accessions, /uniprotkb/search with pages, and /uniprotkb/{accession}.json with its 303."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from tests.upstreams.exchange import Asked, Played, Route, as_json
from tests.upstreams.world import Record, World

_SHAPE = re.compile(r"(?:[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2})")
_DATABASES = {"ncbigene": ("GeneID", "{}"), "hgnc": ("HGNC", "HGNC:{}"), "mgi": ("MGI", "MGI:{}")}
_TYPES = {"merged": "MERGED", "replaced": "MERGED", "demerged": "DEMERGED"}


def _headers(world: World, **more: str) -> dict[str, str]:
    return {"X-UniProt-Release": world.uniprot_release, "X-UniProt-Release-Date": "14-October-2026", **more}


def _refusal(asked: Asked, *messages: str, status: int = 400, ids: Sequence[str] = ()) -> Played:
    return as_json({"url": f"http://rest.uniprot.org{asked.path}", "messages": list(messages)}, status, ids=ids)


def _active(record: Record) -> dict[str, Any]:
    listed = [
        {"database": database, "id": shape.format(one)}
        for prefix, (database, shape) in _DATABASES.items()
        for one in record.genes.get(prefix, ())
    ]
    entry_type = "UniProtKB reviewed (Swiss-Prot)" if len(record.accession) == 6 else "UniProtKB unreviewed (TrEMBL)"
    organism = {"scientificName": "Homo sapiens" if record.taxon == 9606 else "Mus musculus", "taxonId": record.taxon}
    return {
        "entryType": entry_type,
        "primaryAccession": record.accession,
        "organism": organism,
        "uniProtKBCrossReferences": listed,
    }


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
        "uniProtkbId": f"{record.accession}_HUMAN",
        "annotationScore": 0.0,
        "inactiveReason": reason,
        "extraAttributes": {"uniParcId": "UPI0000000001"},
    }


def _accessions(world: World, asked: Asked) -> Played:
    if asked.method == "POST" and "json" not in asked.headers.get("content-type", ""):
        return _refusal(asked, "Internal server error", status=500)  # it reads a JSON body alone
    stated = asked.json if asked.method == "POST" else asked.form
    ids = [one.strip() for one in stated.get("accessions", "").split(",") if one.strip()]
    if len(ids) > 1000:
        return _refusal(asked, "Only '1000' accessions are allowed in each request.", ids=ids)
    bad = [one for one in ids if not _SHAPE.fullmatch(one) or one in asked.poisoned]
    if bad:
        words = (
            f"Accession '{bad[0]}' has invalid format. It should be a valid UniProtKB accession with optional "
            "sequence range e.g. P12345[10-20]."
        )
        return _refusal(asked, words, ids=ids)
    found = [world.find("uniprot", one) for one in ids if one not in asked.omitted]
    results = [_active(record) for record in found if record is not None and record.fate == "live"]
    # The total still counts those that are left out.
    return as_json({"results": results}, ids=ids, headers=_headers(world, **{"X-Total-Results": str(len(ids))}))


def _search(world: World, asked: Asked) -> Played:
    query = asked.form.get("query")
    if query is None:
        return _refusal(asked, "'query' is a required parameter")
    ids = re.findall(r"[A-Z0-9]{6,10}", query.partition("(")[2].replace(" OR ", " ") or query)
    if len(ids) > 100:
        return _refusal(asked, "Too many OR conditions in query. Maximum allowed is 100.", ids=ids)
    if bad := [one for one in ids if not _SHAPE.fullmatch(one) or one in asked.poisoned]:
        words = f"The 'accession' filter value '{bad[0]}' has invalid format. It should be a valid UniProtKB accession"
        return _refusal(asked, words, ids=ids)
    found = [world.find("uniprot", one) for one in ids if one not in asked.omitted]
    entries = [_active(one) if one.fate == "live" else _inactive(one) for one in found if one is not None]
    size, start = int(asked.form.get("size", "25")), int(asked.form.get("cursor", "0"))
    headers = _headers(world, **{"X-Total-Results": str(len(entries))})
    if start + size < len(entries):
        following = urlencode({"query": query, "size": size, "cursor": start + size})
        headers["Link"] = f'<{asked.base}{asked.path}?{following}>; rel="next"'
    return as_json({"results": entries[start : start + size]}, ids=ids if start == 0 else (), headers=headers)


def _entry(world: World, asked: Asked) -> Played:
    accession = asked.path.rpartition("/")[2].removesuffix(".json")
    ids = (accession,)
    if not _SHAPE.fullmatch(accession):
        return _refusal(asked, f"The 'accession' value has invalid format: {accession}", ids=ids)
    record = None if accession in asked.omitted else world.find("uniprot", accession)
    if record is None:
        return _refusal(asked, "Resource not found", status=404, ids=ids)
    if record.fate == "live":
        return as_json(_active(record), ids=ids, headers=_headers(world))
    if _TYPES.get(record.fate) == "MERGED":
        location = f"/uniprotkb/{record.successors[0]}?from={accession}"
        return as_json(_inactive(record), 303, ids=ids, headers=_headers(world, Location=location))
    return as_json(_inactive(record), ids=ids, headers=_headers(world))


def _refuse(_wait: float) -> Played:
    words = "Too Many Requests: We are currently experiencing a lot of API requests. Please try again in a few minutes."
    return as_json({"url": "http://rest.uniprot.org/uniprotkb", "messages": [words]}, 429)


# UniProt publishes no rate; this is what we hold ourselves to.
_LIMITS = ((5, 1.0),)
ROUTES = (
    Route("uniprot.accessions", ("GET", "POST"), "/uniprotkb/accessions", _accessions, _refuse, limits=_LIMITS),
    Route("uniprot.search", ("GET",), "/uniprotkb/search", _search, _refuse, limits=_LIMITS),
    Route("uniprot.entry", ("GET",), "/uniprotkb/", _entry, _refuse, limits=_LIMITS),
)
