"""OMIM: entries of its API, and the file mim2gene.txt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.upstreams.dialect import Dialect
from tests.upstreams.exchange import XML, Played, Request, as_json, as_text
from tests.upstreams.route import Basis, Grade, Route, Rules
from tests.upstreams.world import Record, World


class _Api(Dialect):
    def check_method(self, request: Request, methods: Sequence[str]) -> Played | None:
        return None if request.method in methods else as_text(f"{request.method} is not supported", 405)

    def check_parameters(self, request: Request, required: Sequence[str]) -> Played | None:
        key = request.headers.get("apikey") or request.query.get("apiKey")
        if not key and "ApiKey=" not in request.headers.get("cookie", ""):
            return as_text("The API key is missing or invalid", 401)
        return super().check_parameters(request, required)


def _read_ids(request: Request) -> list[str]:
    return [one.strip() for one in request.query.get("mimNumber", "").split(",") if one.strip()]


def _entry(world: World, request: Request) -> Played:
    ids = _read_ids(request)
    if poisoned := [one for one in ids if one in request.poisoned]:
        return as_text(f"Invalid MIM number {poisoned[0]}", 400, ids=ids)
    if request.query.get("format", "xml") != "json":
        return as_text(
            '<?xml version="1.0" encoding="UTF-8"?><omim version="1.0"><entryList/></omim>', 200, XML, ids=ids
        )
    found = [world.find("omim", one) for one in ids if one not in request.omitted]
    entries = [{"entry": _show(record)} for record in found if record is not None]
    return as_json({"omim": {"version": "1.0", "entryList": entries}}, ids=ids)


def _show(record: Record) -> dict[str, Any]:
    number = int(record.accession)
    if record.is_live:
        titles = {"preferredTitle": f"{record.symbol}; {record.symbol}"}
        return {"prefix": "*", "mimNumber": number, "status": "live", "titles": titles}
    if not record.successors:
        titles = {"preferredTitle": "REMOVED FROM DATABASE"}
        return {"prefix": "^", "mimNumber": number, "status": "removed", "titles": titles}
    titles = {"preferredTitle": f"MOVED TO {' AND '.join(record.successors)}"}
    moved_to = ",".join(record.successors)
    return {"prefix": "^", "mimNumber": number, "status": "moved", "titles": titles, "movedTo": moved_to}


def _mim2gene(world: World, request: Request) -> Played:
    lines = [
        "# Copyright (c) of its owner",
        (
            "# MIM Number\tMIM Entry Type (see FAQ 1.3 at https://omim.org/help/faq)\tEntrez Gene ID (NCBI)"
            "\tApproved Gene Symbol (HGNC)\tEnsembl Gene ID (Ensembl)"
        ),
    ]
    for number, record in world.list_all("omim").items():
        if number in request.omitted:
            continue
        if not record.is_live:
            lines.append(f"{number}\tmoved/removed\t\t\t")
            continue
        gene = (record.genes.get("ncbigene") or ("",))[0]
        stable = (record.genes.get("ensembl") or ("",))[0]
        lines.append(f"{number}\tgene\t{gene}\t{record.symbol}\t{stable}")
    return as_text("\n".join(lines) + "\n")


def _refuse(_wait: float) -> Played:
    return as_text("Too many requests", 429)


ROUTES = (
    Route(
        "omim.entry", "/api/entry",
        Rules(_Api(), ("GET",), (), (), ("mimNumber",), frozenset({"mimNumber", "format", "include", "apiKey"}),
              _read_ids, 20),
        Basis(
            Grade.DOCUMENTATION, "OMIM's API help: GET alone, the key as header, cookie or parameter, 20 entries",
            Grade.RECORDED, "monarch-initiative/omim @ 06983db68: tests/files",
            "The status and body of a refusal, and a removed entry, are guesses.",
        ),
        _entry, _refuse, ((4, 1.0), (5000, 86400.0)),
    ),
    Route(
        "omim_files.mim2gene", "/static/omim/data/mim2gene.txt", Rules(),
        Basis(Grade.GUESS, "a server of plain files", Grade.RECORDED, "an excerpt quoted in public test code"),
        _mim2gene, _refuse,
    ),
)  # fmt: skip
