"""NCBI E-utilities: esummary of gene, nuccore, protein and omim, and the file mim2gene_medgen."""

from __future__ import annotations

import re
import zlib
from typing import Any

from tests.upstreams.exchange import Asked, Played, Route, as_json, as_text
from tests.upstreams.world import Record, World

_HEADER = {"type": "esummary", "version": "0.3"}
_MOST = 500
_SHAPES = {
    "gene": re.compile(r"[0-9]+"),
    "omim": re.compile(r"[0-9]+"),
    "nuccore": re.compile(r"(?:[A-Z]{2}_[0-9]+(?:\.[0-9]+)?|[0-9]+)"),
    "protein": re.compile(r"(?:[A-Z]{2}_[0-9]+(?:\.[0-9]+)?|[0-9]+)"),
}


def _esummary(world: World, asked: Asked) -> Played:
    form = asked.form
    database, listed = form.get("db", ""), form.get("id", "")
    ids = [one.strip() for one in listed.split(",") if one.strip()]
    if database not in _SHAPES:
        return as_json({"header": _HEADER, "esummaryresult": [f"Invalid db name specified: {database}"]}, ids=ids)
    if len(ids) > _MOST:
        words = f"Too many UIDs in request. Maximum number of UIDs is {_MOST} for JSON format output."
        return as_json({"header": _HEADER, "error": words}, ids=ids)
    bad = [one for one in ids if not _SHAPES[database].fullmatch(one) or one in asked.poisoned]
    if bad:
        place = ids.index(bad[0])
        error = f"Invalid uid {bad[0]} at position= {place}"
        return as_json({"header": _HEADER, "error": error, "result": {"uids": []}}, ids=ids)
    result: dict[str, Any] = {"uids": []}
    for one in ids:
        if one in asked.omitted:
            continue
        summary = _SUMMARIES[database](world, one)
        result["uids"].append(summary["uid"])
        result[summary["uid"]] = summary
    limit = "10" if form.get("api_key") else "3"
    headers = {"X-RateLimit-Limit": limit, "X-RateLimit-Remaining": "1"}
    return as_json({"header": _HEADER, "result": result}, ids=ids, headers=headers)


def _unknown(uid: str) -> dict[str, Any]:
    return {"uid": uid, "error": "cannot get document summary"}


def _gene(world: World, uid: str) -> dict[str, Any]:
    record = world.find("ncbigene", uid)
    if record is None:
        return _unknown(uid)
    status: Any = ""
    current: Any = ""
    if record.fate == "merged":
        status, current = 1, int(record.successors[0])  # integers, where a live gene has empty strings
    elif record.fate != "live":
        status, current = 2, 0
    return {
        "uid": uid,
        "name": record.symbol,
        "description": "a gene",
        "status": status,
        "currentid": current,
        "chromosome": "1",
        "geneticsource": "genomic",
        "maplocation": "1p1",
        "otheraliases": "",
        "otherdesignations": "",
        "nomenclaturesymbol": record.symbol,
        "nomenclaturename": "a gene",
        "nomenclaturestatus": "Official",
        "mim": [],
        "genomicinfo": [],
        "geneweight": 1,
        "summary": "",
        "chrsort": "01",
        "chrstart": 1,
        "organism": {"scientificname": "Homo sapiens", "commonname": "human", "taxid": record.taxon},
        "locationhist": [],
    }


def _sequence(world: World, asked: str) -> dict[str, Any]:
    accession, _, stated = asked.partition(".")
    record = world.find("refseq", accession)
    if record is None or (stated and int(stated) > record.version):
        return _unknown(asked)
    version = int(stated) if stated else record.version
    gi = str(1_000_000_000 + zlib.crc32(f"{accession}.{version}".encode()) % 900_000_000)
    summary = {
        "uid": gi,
        "term": gi,
        "caption": accession,
        "accessionversion": f"{accession}.{version}",
        "sourcedb": "refseq",
        "title": f"Homo sapiens gene ({record.symbol}), transcript variant 1, mRNA",
        "extra": f"gi|{gi}|ref|{accession}.{version}|",
        "gi": int(gi),
        "createdate": "2000/01/01",
        "updatedate": "2026/01/01",
        "taxid": record.taxon,
        "slen": 1000,
        "biomol": "mRNA",
        "moltype": "rna",
        "organism": "human",
        "flags": 512,
    }
    return summary | _fate_of_sequence(record, accession, version)


def _fate_of_sequence(record: Record, accession: str, version: int) -> dict[str, Any]:
    """Return what only a record has that is not live: each version names the next one alone."""
    if version < record.version:
        return {"status": "replaced", "replacedby": f"{accession}.{version + 1}", "comment": "This was updated."}
    if record.fate in {"merged", "replaced"}:
        return {"status": "replaced", "replacedby": record.successors[0], "comment": "This was replaced."}
    if record.fate != "live":
        return {"status": record.fate, "replacedby": "", "comment": "This was removed."}
    return {}


def _mim(world: World, uid: str) -> dict[str, Any]:
    record = world.find("omim", uid)
    if record is None:
        return _unknown(uid)
    title, oid = f"{record.symbol}; {record.symbol}", f"*{uid}"
    if record.successors:
        title, oid = f"MOVED TO {' AND '.join(record.successors)}", f"^{uid}"
    elif record.fate != "live":
        title, oid = "REMOVED FROM DATABASE", f"^{uid}"
    return {"uid": uid, "oid": oid, "title": title, "alttitles": "", "locus": "1p1"}


_SUMMARIES = {"gene": _gene, "nuccore": _sequence, "protein": _sequence, "omim": _mim}


def _medgen(world: World, asked: Asked) -> Played:
    del asked
    lines = ["#MIM number\tGeneID\ttype\tSource\tMedGenCUI\tComment"]
    for number in world.list_all("omim"):
        record = world.find("omim", number)
        if record is not None and record.fate == "live":
            genes = record.genes.get("ncbigene", ()) or ("-",)
            lines += [f"{number}\t{gene}\tgene\t-\t-\t-" for gene in genes]
    return as_text("\n".join(lines) + "\n")


def _refuse(_wait: float) -> Played:
    shown = {"error": "API rate limit exceeded", "api-key": "192.0.2.1", "count": "4", "limit": "3"}
    return as_json(shown, 429, headers={"X-RateLimit-Limit": "3", "X-RateLimit-Remaining": "0"})


ROUTES = (
    Route(
        "ncbi.esummary",
        ("GET", "POST"),
        "/entrez/eutils/esummary.fcgi",
        _esummary,
        _refuse,
        limits=((3, 1.0),),
        with_key=((10, 1.0),),
        has_key=lambda asked: bool(asked.form.get("api_key")),
    ),
    Route("ncbi_files.mim2gene_medgen", ("GET",), "/gene/DATA/mim2gene_medgen", _medgen, _refuse),
)
