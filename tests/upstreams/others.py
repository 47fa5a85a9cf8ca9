"""MGI's report, the Alliance's gene, OMIM's entry and file, and MyGene.info."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from tests.upstreams.exchange import Asked, Played, Route, as_json, as_text
from tests.upstreams.world import Record, World

_MARKERS = (
    "MGI Accession ID", "Chr", "cM Position", "genome coordinate start", "genome coordinate end", "strand",
    "Marker Symbol", "Status", "Marker Name", "Marker Type", "Feature Type", "Marker Synonyms (pipe-separated)",
    "Current MGI Accession ID (if withdrawn)", "Current Marker Symbol (if withdrawn)",
)  # fmt: skip


def _markers(world: World, asked: Asked) -> Played:
    lines = ["\t".join(_MARKERS)]
    for accession, changed in world.list_all("mgi").items():
        if accession in asked.omitted:
            continue
        record = changed or Record(accession)
        if record.fate == "live":
            head = [f"MGI:{accession}", "3", "", "", "", "+", record.symbol]
            lines.append("\t".join([*head, "O", "a marker", "Gene", "protein coding gene", "", "", ""]))
        for other in (record.successors or ("",)) if record.fate != "live" else ():
            current = (f"MGI:{other}", record.symbol) if other else ("", "")
            head = ["NULL", "3", "", "", "", "", record.symbol]
            lines.append("\t".join([*head, "W", "withdrawn", "Gene", "", "", *current]))
    return as_text("\n".join(lines) + "\n")


def _entrez(world: World, asked: Asked) -> Played:
    """MGI_EntrezGene.rpt: no header; a row of a withdrawn marker has the id of the current one."""
    listed = world.list_all("mgi")
    secondary: dict[str, list[str]] = {}
    for accession, record in listed.items():
        if record is not None and record.fate != "live" and accession not in asked.omitted:
            for other in record.successors:
                secondary.setdefault(other, []).append(f"MGI:{accession}")
    lines = []
    for accession, changed in listed.items():
        record = changed or Record(accession)
        if record.fate == "live":
            head = [f"MGI:{accession}", record.symbol, "O", "a marker", "2.02", "3", "Gene"]
            rest = ["16196", "", "protein coding gene", "1", "2", "+", "protein_coding"]
            lines.append("\t".join([*head, "|".join(secondary.get(accession, ())), *rest]))
        lines += [
            "\t".join([f"MGI:{other}", record.symbol, "W", "withdrawn", "", "3", "Gene", *[""] * 8])
            for other in (record.successors if record.fate != "live" else ())
        ]
    return as_text("\n".join(lines) + "\n")


def _alliance(world: World, asked: Asked) -> Played:
    curie = unquote(asked.path.rpartition("/")[2])
    accession = curie.removeprefix("MGI:")
    record = None if accession in asked.omitted else world.find("mgi", accession)
    if record is None or (record.fate != "live" and not record.successors):
        return as_json({"errors": [f"No gene found with ID: {curie}"]}, 404, ids=(accession,))
    # A secondary id answers with the gene of today.
    today = accession if record.fate == "live" else record.successors[0]
    if int(accession[-1]) % 2:
        return as_json({"id": f"MGI:{today}", "symbol": record.symbol}, ids=(accession,))
    gene = {"primaryExternalId": f"MGI:{today}", "geneSymbol": {"displayText": record.symbol}}
    return as_json({"gene": gene}, ids=(accession,))


def _omim_entry(world: World, asked: Asked) -> Played:
    if not _has_omim_key(asked):
        return as_text("The API key is missing or invalid", 401)
    ids = [one for one in asked.form.get("mimNumber", "").split(",") if one]
    if len(ids) > 20:
        return as_text("Too many MIM numbers", 400, ids=ids)
    if poisoned := [one for one in ids if one in asked.poisoned]:
        return as_text(f"Invalid MIM number {poisoned[0]}", 400, ids=ids)
    found = [world.find("omim", one) for one in ids if one not in asked.omitted]
    entries = [{"entry": _mim(record)} for record in found if record is not None]
    return as_json({"omim": {"version": "1.0", "entryList": entries}}, ids=ids)


def _mim(record: Record) -> dict[str, Any]:
    number = int(record.accession)
    if record.fate == "live":
        titles = {"preferredTitle": f"{record.symbol}; {record.symbol}"}
        return {"prefix": "*", "mimNumber": number, "status": "live", "titles": titles}
    if not record.successors:
        titles = {"preferredTitle": "REMOVED FROM DATABASE"}
        return {"prefix": "^", "mimNumber": number, "status": "removed", "titles": titles}
    titles = {"preferredTitle": f"MOVED TO {' AND '.join(record.successors)}"}
    moved_to = ",".join(record.successors)
    return {"prefix": "^", "mimNumber": number, "status": "moved", "titles": titles, "movedTo": moved_to}


def _mim2gene(world: World, asked: Asked) -> Played:
    lines = [
        "# Copyright (c) of its owner",
        (
            "# MIM Number\tMIM Entry Type (see FAQ 1.3 at https://omim.org/help/faq)\tEntrez Gene ID (NCBI)"
            "\tApproved Gene Symbol (HGNC)\tEnsembl Gene ID (Ensembl)"
        ),
    ]
    for number in world.list_all("omim"):
        record = world.find("omim", number)
        if record is None or number in asked.omitted:
            continue
        if record.fate != "live":
            lines.append(f"{number}\tmoved/removed\t\t\t")
            continue
        gene = (record.genes.get("ncbigene") or ("",))[0]
        stable = (record.genes.get("ensembl") or ("",))[0]
        lines.append(f"{number}\tgene\t{gene}\t{record.symbol}\t{stable}")
    return as_text("\n".join(lines) + "\n")


def _has_omim_key(asked: Asked) -> bool:
    return bool(asked.headers.get("apikey") or asked.form.get("apiKey"))


def _mygene(world: World, asked: Asked) -> Played:
    body = json.loads(asked.body) if "json" in asked.headers.get("content-type", "") else asked.form
    listed = body.get("ids", "")
    ids = listed if isinstance(listed, list) else [one.strip() for one in listed.split(",") if one.strip()]
    if len(ids) > 1000:
        shown = {"code": 400, "success": False, "error": "Bad Request", "keyword": "id", "max": 1000, "size": len(ids)}
        return as_json(shown, 400, ids=ids)
    hits: list[dict[str, Any]] = []
    for one in ids:
        record = world.find("ncbigene", one)
        if record is None or one in asked.omitted or (record.fate != "live" and not record.successors):
            hits.append({"query": one, "notfound": True})
        else:
            today = one if record.fate == "live" else record.successors[0]
            hits.append({"_id": today, "_score": 21.7, "query": one, "symbol": record.symbol})
    return as_json(hits, ids=ids)


def _refuse(_wait: float) -> Played:
    return as_text("Too many requests", 429)


ROUTES = (
    Route("mgi.markers", ("GET",), "/downloads/reports/MRK_List1.rpt", _markers, _refuse),
    Route("mgi.entrez", ("GET",), "/downloads/reports/MGI_EntrezGene.rpt", _entrez, _refuse),
    Route("alliance.gene", ("GET",), "/api/gene/", _alliance, _refuse, limits=((5, 1.0),)),
    Route("omim.entry", ("GET",), "/api/entry", _omim_entry, _refuse, limits=((4, 1.0), (5000, 86400.0))),
    Route("omim_files.mim2gene", ("GET",), "/static/omim/data/mim2gene.txt", _mim2gene, _refuse),
    Route("mygene.gene", ("POST",), "/v3/gene", _mygene, _refuse, limits=((5, 1.0),)),
)
