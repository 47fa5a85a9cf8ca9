"""NCBI E-utilities: esummary of gene, nuccore, protein and omim, and the file mim2gene_medgen."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from tests.upstreams.dialect import Dialect
from tests.upstreams.exchange import FORM, XML, Played, Request, as_json, as_text
from tests.upstreams.route import Basis, Grade, Route, Rules
from tests.upstreams.world import Record, World

_HEADER = {"type": "esummary", "version": "0.3"}
_MOST = 500
_ALIASES = {"nucleotide": "nuccore"}
_SPECIES = {
    9606: {"scientificname": "Homo sapiens", "commonname": "human"},
    10090: {"scientificname": "Mus musculus", "commonname": "house mouse"},
}
_OTHER = {"scientificname": "Rattus norvegicus", "commonname": "Norway rat"}
_SHAPES = {
    "gene": re.compile(r"[0-9]+"),
    "omim": re.compile(r"[0-9]+"),
    "nuccore": re.compile(r"(?:[A-Z]{2}_[0-9]+(?:\.[0-9]+)?|[0-9]+)"),
    "protein": re.compile(r"(?:[A-Z]{2}_[0-9]+(?:\.[0-9]+)?|[0-9]+)"),
}


class _Eutils(Dialect):
    def check_method(self, request: Request, methods: Sequence[str]) -> Played | None:
        return None if request.method in {*methods, "HEAD"} else as_text("Method Not Allowed", 405)

    def check_body(self, request: Request, consumes: Sequence[str]) -> Played | None:
        del request, consumes  # a body that is no form is not read: the parameters are missing then
        return None

    def check_parameters(self, request: Request, required: Sequence[str]) -> Played | None:
        missing = [name for name in required if not request.form.get(name)]
        return self.refuse_missing(request, missing[0]) if missing else None

    def refuse_missing(self, request: Request, name: str) -> Played:
        words = "Neither query_key nor id specified" if name == "id" else "Invalid db name specified: "
        if request.form.get("retmode") != "json":
            return _as_xml(f"<ERROR>{words}</ERROR>")
        return as_json({"header": _HEADER, "esummaryresult": [words]})

    def refuse_number(self, request: Request, ids: Sequence[str], most: int) -> Played:
        del request
        words = f"Too many UIDs in request. Maximum number of UIDs is {most} for JSON format output."
        return as_json({"header": _HEADER, "error": words}, ids=ids)

    def check_number(self, request: Request, ids: Sequence[str], most: int) -> Played | None:
        return super().check_number(request, ids, most) if request.form.get("retmode") == "json" else None


def _as_xml(content: str) -> Played:
    head = '<?xml version="1.0" encoding="UTF-8" ?>'
    return as_text(f"{head}<eSummaryResult>{content}</eSummaryResult>", 200, XML)


def _read_ids(request: Request) -> list[str]:
    return [one.strip() for one in request.form.get("id", "").split(",") if one.strip()]


def _esummary(world: World, request: Request) -> Played:
    form, ids = request.form, _read_ids(request)
    database = _ALIASES.get(form["db"], form["db"])
    if form.get("retmode") != "json":
        return _as_xml("")
    if database not in _SHAPES:
        return as_json({"header": _HEADER, "esummaryresult": [f"Invalid db name specified: {database}"]}, ids=ids)
    bad = [one for one in ids if not _SHAPES[database].fullmatch(one) or one in request.poisoned]
    if bad:
        place = ids.index(bad[0])
        error = f"Invalid uid {bad[0]} at position= {place}"
        return as_json({"header": _HEADER, "error": error, "result": {"uids": []}}, ids=ids)
    result: dict[str, Any] = {"uids": []}
    for one in ids:
        if one in request.omitted:
            continue
        summary = _SUMMARIES[database](world, one)
        result["uids"].append(summary["uid"])
        result[summary["uid"]] = summary
    headers = {"X-RateLimit-Limit": "10"} if form.get("api_key") else {}
    return as_json({"header": _HEADER, "result": result}, ids=ids, headers=headers)


def _unknown(uid: str) -> dict[str, Any]:
    return {"uid": uid, "error": "cannot get document summary"}


def _gene(world: World, uid: str) -> dict[str, Any]:
    record = world.find("ncbigene", uid)
    if record is None:
        return _unknown(uid)
    status: Any = ""
    current: Any = ""
    if record.is_merged:
        status, current = 1, int(record.successors[0])  # integers, where a live gene has empty strings
    elif not record.is_live:
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
        "organism": {**_SPECIES.get(record.taxon, _OTHER), "taxid": record.taxon},
        "locationhist": [],
    }


def _sequence(world: World, request: str) -> dict[str, Any]:
    accession, _, stated = request.partition(".")
    record = world.find("refseq", accession)
    if record is None or (stated and int(stated) > record.version):
        return _unknown(request)
    version = int(stated) if stated else record.version
    species = _SPECIES.get(record.taxon, _OTHER)
    gi = str(1_000_000_000 + zlib.crc32(f"{accession}.{version}".encode()) % 900_000_000)
    summary = {
        "uid": gi,
        "term": gi,
        "caption": accession,
        "accessionversion": f"{accession}.{version}",
        "sourcedb": "refseq",
        "title": f"{species['scientificname']} gene ({record.symbol}), transcript variant 1, mRNA",
        "extra": f"gi|{gi}|ref|{accession}.{version}|",
        "gi": int(gi),
        "createdate": "2000/01/01",
        "updatedate": "2026/01/01",
        "taxid": record.taxon,
        "slen": 1000,
        "biomol": "mRNA",
        "moltype": "rna",
        "organism": species["commonname"],
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


def _medgen(world: World, request: Request) -> Played:
    del request
    lines = ["#MIM number\tGeneID\ttype\tSource\tMedGenCUI\tComment"]
    for number, record in world.list_all("omim").items():
        if record.is_live:
            genes = record.genes.get("ncbigene", ()) or ("-",)
            lines += [f"{number}\t{gene}\tgene\t-\t-\t-" for gene in genes]
    return as_text("\n".join(lines) + "\n")


def _headers(_: World) -> Mapping[str, str]:
    return {"X-RateLimit-Limit": "3", "X-RateLimit-Remaining": "1"}


def _refuse(_wait: float) -> Played:
    shown = {"error": "API rate limit exceeded", "api-key": "192.0.2.1", "count": "4", "limit": "3"}
    return as_json(shown, 429, headers={"X-RateLimit-Remaining": "0"})


ROUTES = (
    Route(
        "ncbi.esummary",
        "/entrez/eutils/esummary.fcgi",
        Rules(
            _Eutils(), ("GET", "POST"), (FORM,), (), ("db", "id"),
            frozenset({"db", "id", "query_key", "WebEnv", "retstart", "retmax", "retmode", "version", "tool", "email",
                       "api_key"}),
            _read_ids, _MOST,
        ),
        Basis(
            Grade.RECORDED,
            "mutalyzer/retriever @ 436eea3e8: tests/data; biopython Tests/Entrez/esummary8.xml; the 500 ids in public "
            "tests of 2026-10; 414 for long addresses: issue 45 of ropensci/rentrez",
            Grade.RECORDED, "mutalyzer/retriever @ 436eea3e8: tests/data; two retired genes quoted in public tests",
            "A missing id in JSON, an unknown parameter (ignored), a gene of status 2, a record that is suppressed or "
            "withdrawn, and OMIM's MOVED TO title are guesses.",
        ),
        _esummary,
        _refuse,
        limits=((3, 1.0),),
        with_key=((10, 1.0),),
        has_key=lambda request: bool(request.form.get("api_key")),
        headers=_headers,
    ),
    Route(
        "ncbi_files.mim2gene_medgen", "/gene/DATA/mim2gene_medgen", Rules(),
        Basis(Grade.GUESS, "a server of plain files", Grade.RECORDED, "the published file of 2026-04"),
        _medgen, _refuse,
    ),
)  # fmt: skip
