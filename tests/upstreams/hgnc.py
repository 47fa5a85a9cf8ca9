"""genenames.org: fetch and search of its REST service, and the files hgnc_complete_set.txt and withdrawn.txt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from tests.upstreams.dialect import Dialect
from tests.upstreams.exchange import JSON, Played, Request, as_json, as_text
from tests.upstreams.route import Basis, Grade, Route, Rules
from tests.upstreams.world import Record, World

_COLUMNS = (
    "hgnc_id", "symbol", "name", "locus_group", "locus_type", "status", "location", "location_sortable",
    "alias_symbol", "alias_name", "prev_symbol", "prev_name", "gene_group", "gene_group_id", "date_approved_reserved",
    "date_symbol_changed", "date_name_changed", "date_modified", "entrez_id", "ensembl_gene_id", "vega_id", "ucsc_id",
    "ena", "refseq_accession", "ccds_id", "uniprot_ids", "pubmed_id", "mgd_id", "rgd_id", "lsdb", "cosmic", "omim_id",
    "mirbase", "homeodb", "snornabase", "bioparadigms_slc", "orphanet", "pseudogene.org", "horde_id", "merops",
    "imgt", "iuphar", "kznf_gene_catalog", "mamit-trnadb", "cd", "lncrnadb", "enzyme_id", "intermediate_filament_db",
    "rna_central_id", "lncipedia", "gtrnadb", "agr", "mane_select", "gencc",
)  # fmt: skip
_WITHDRAWN = "HGNC_ID\tSTATUS\tWITHDRAWN_SYMBOL\tMERGED_INTO_REPORT(S) (i.e HGNC_ID|SYMBOL|STATUS)"
_FIELDS: dict[str, Callable[[Record], Sequence[str]]] = {
    "hgnc_id": lambda record: (record.accession,),
    "symbol": lambda record: (record.symbol,),
    "prev_symbol": lambda record: record.previous,
    "alias_symbol": lambda record: record.aliases,
}
_SUCCEEDED = {"merged", "replaced", "demerged"}


def _document(record: Record) -> dict[str, Any]:
    document: dict[str, Any] = {
        "hgnc_id": f"HGNC:{record.accession}",
        "symbol": record.symbol,
        "name": "a gene",
        "status": "Approved" if record.is_live else "Entry Withdrawn",
        "locus_group": "protein-coding gene",
        "locus_type": "gene with protein product",
        "date_modified": "2026-01-01",
        "prev_symbol": list(record.previous),
        "alias_symbol": list(record.aliases),
    }
    genes = record.genes
    for name, prefix in (("entrez_id", "ncbigene"), ("ensembl_gene_id", "ensembl")):
        document[name] = (genes.get(prefix) or ("",))[0]
    document["mgd_id"] = [f"MGI:{one}" for one in genes.get("mgi", ())]
    return {name: value for name, value in document.items() if value}


def _matches(world: World, request: Request) -> tuple[str, list[Record]] | None:
    """Return the field's name and the records of a path `/fetch/field/term`; None where there is no such field."""
    _, _, field, *rest = unquote(request.path).split("/")
    term = "/".join(rest).strip('"')
    if field not in _FIELDS or not term:
        return None
    if field == "hgnc_id":
        accession = term.upper().removeprefix("HGNC:")
        record = None if accession in request.omitted else world.find("hgnc", accession)
        found = [record] if record is not None else []
    else:
        read = _FIELDS[field]
        found = [one for one in world.list_all("hgnc").values() if term.upper() in (name.upper() for name in read(one))]
    # Merged and split entries are not in the service: their successors are in the file only.
    return field, [one for one in found if one.fate not in _SUCCEEDED]


def _as_xml(documents: Sequence[dict[str, Any]]) -> Played:
    response = ET.Element("response")
    header = ET.SubElement(response, "lst", name="responseHeader")
    ET.SubElement(header, "int", name="status").text = "0"
    result = ET.SubElement(response, "result", name="response", numFound=str(len(documents)), start="0")
    for document in documents:
        shown = ET.SubElement(result, "doc")
        for name, value in document.items():
            if isinstance(value, list):
                listed = ET.SubElement(shown, "arr", name=name)
                for one in value:
                    ET.SubElement(listed, "str").text = str(one)
            else:
                ET.SubElement(shown, "str", name=name).text = str(value)
    return as_text(ET.tostring(response, encoding="unicode"), 200, "text/xml; charset=utf-8")


def _answer(request: Request, documents: list[dict[str, Any]], **more: Any) -> Played:
    if request.headers.get("accept", "").strip().lower() != JSON:
        return _as_xml(documents)
    response = {"numFound": len(documents), "start": 0, **more, "docs": documents}
    ids = (request.path.rpartition("/")[2],)
    return as_json({"responseHeader": {"status": 0, "QTime": 1}, "response": response}, ids=ids)


def _fetch(world: World, request: Request) -> Played:
    matched = _matches(world, request)
    if matched is None:
        return as_text("undefined field", 400)
    return _answer(request, [_document(one) for one in matched[1]])


def _search(world: World, request: Request) -> Played:
    matched = _matches(world, request)
    if matched is None:
        return as_text("undefined field", 400)
    found = [{"hgnc_id": f"HGNC:{one.accession}", "score": 9.5, "symbol": one.symbol} for one in matched[1]]
    return _answer(request, found, maxScore=9.5 if found else 0)


def _complete_set(world: World, request: Request) -> Played:
    lines = ["\t".join(_COLUMNS)]
    for accession, record in world.list_all("hgnc").items():
        if record.is_live and accession not in request.omitted:
            document = _document(record)
            lines.append("\t".join(_cell(document.get(column, "")) for column in _COLUMNS))
    return as_text("\n".join(lines) + "\n")


def _cell(value: Any) -> str:
    joined = "|".join(value) if isinstance(value, list) else str(value)
    return f'"{joined}"' if isinstance(value, list) and len(value) > 1 else joined


def _withdrawn(world: World, request: Request) -> Played:
    lines = [_WITHDRAWN]
    for accession, record in world.list_all("hgnc").items():
        if record.is_live or accession in request.omitted:
            continue
        status = "Merged/Split" if record.fate in _SUCCEEDED else "Entry Withdrawn"
        # No target of the file is itself a merged one: chains are followed to their end, which may be withdrawn.
        targets = [world.find("hgnc", one) for one in record.successors]
        ends = [world.find_end("hgnc", one) for one in targets if one is not None]
        into = ", ".join(
            f"HGNC:{one.accession}|{one.symbol}|{'Approved' if one.is_live else 'Entry Withdrawn'}" for one in ends
        )
        lines.append(f"HGNC:{accession}\t{status}\t{record.symbol}\t{into}")
    return as_text("\n".join(lines) + "\n")


class _Rest(Dialect):
    def check_method(self, request: Request, methods: Sequence[str]) -> Played | None:
        is_served = request.method in {*methods, "HEAD"}
        return None if is_served else as_text("Method Not Allowed", 405, headers={"Allow": "GET, HEAD"})


def _refuse(_wait: float) -> Played:
    return as_text("Forbidden", 403)


_LIMITS = ((10, 1.0),)
_HELP = "genenames.org's REST help"
_PAYLOAD = (
    f"{_HELP}: members, `Accept`, 10 calls a second; the members that public clients read. Merged entries are not "
    "found: issue 217 of SACGF/variantgrid"
)
_NOTE = "An unknown field and other methods are guesses."
ROUTES = (
    Route(
        "hgnc.fetch", "/fetch/", Rules(_Rest()),
        Basis(Grade.DOCUMENTATION, _HELP, Grade.DOCUMENTATION, _PAYLOAD, _NOTE), _fetch, _refuse, _LIMITS,
    ),
    Route(
        "hgnc.search", "/search/", Rules(_Rest()),
        Basis(Grade.DOCUMENTATION, _HELP, Grade.DOCUMENTATION, _PAYLOAD, _NOTE), _search, _refuse, _LIMITS,
    ),
    Route(
        "hgnc_files.complete_set", "/public-download-files/hgnc/tsv/tsv/hgnc_complete_set.txt", Rules(),
        Basis(Grade.GUESS, "a public bucket of files", Grade.RECORDED, "the published file of 2024-11"),
        _complete_set, _refuse,
    ),
    Route(
        "hgnc_files.withdrawn", "/public-download-files/hgnc/tsv/tsv/withdrawn.txt", Rules(),
        Basis(Grade.GUESS, "a public bucket of files", Grade.RECORDED, "the published file of 2022-04"),
        _withdrawn, _refuse,
    ),
)  # fmt: skip
