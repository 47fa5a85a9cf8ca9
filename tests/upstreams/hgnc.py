"""HGNC: genenames.org REST by its documentation (genenames.org/help/rest), and its two files by their layout.

A symbol is a record of `hgnc.symbol` that names its gene; one that was replaced names the symbols of today.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from tests.upstreams.exchange import Asked, Played, Route, as_json, as_text
from tests.upstreams.world import Record, World

_COMPLETE = ("hgnc_id", "symbol", "name", "locus_group", "status", "alias_symbol", "prev_symbol", "entrez_id")
_WITHDRAWN = ("HGNC_ID", "STATUS", "WITHDRAWN_SYMBOL", "MERGED_INTO_REPORT(S) (i.e HGNC_ID|SYMBOL|STATUS)")


def _symbol_of(world: World, number: str, record: Record) -> str:
    for symbol, one in world.list_all("hgnc.symbol").items():
        if one is not None and one.fate == "live" and number in one.genes.get("hgnc", ()):
            return symbol
    return record.symbol


def _previous_of(world: World, symbol: str) -> list[str]:
    listed = world.list_all("hgnc.symbol").items()
    return [former for former, one in listed if one is not None and one.fate != "live" and symbol in one.successors]


def _doc(world: World, number: str, symbol: str) -> dict[str, Any]:
    return {
        "hgnc_id": f"HGNC:{number}",
        "symbol": symbol,
        "name": "a gene",
        "status": "Approved",
        "locus_type": "gene with protein product",
        "prev_symbol": _previous_of(world, symbol),
        "uuid": "00000000-0000-0000-0000-000000000000",
    }


def _find(world: World, field: str, value: str) -> list[dict[str, Any]]:
    if field == "hgnc_id":
        record = world.find("hgnc", value.removeprefix("HGNC:"))
        if record is None or record.fate != "live":
            return []
        return [_doc(world, record.accession, _symbol_of(world, record.accession, record))]
    record = world.find("hgnc.symbol", value)
    if record is None:
        return []
    if field == "symbol":
        return [_doc(world, number, value) for number in record.genes.get("hgnc", ())] if record.fate == "live" else []
    found: list[dict[str, Any]] = []
    for symbol in record.successors if field == "prev_symbol" else ():
        found += _find(world, "symbol", symbol)
    return found


def _fetch(world: World, asked: Asked) -> Played:
    if asked.headers.get("accept") != "application/json":
        return Played(b"<response/>", content_type="text/xml")  # XML is what it replies by default
    _, _, field, value = asked.path.split("/", 3)
    value = unquote(value)
    docs = [] if value in asked.omitted else _find(world, field, value)
    response = {"numFound": len(docs), "start": 0, "numFoundExact": True, "docs": docs}
    return as_json({"responseHeader": {"status": 0, "QTime": 1}, "response": response}, ids=(value,))


def _info(world: World, asked: Asked) -> Played:
    del world, asked
    return as_json({"responseHeader": {"status": 0}, "lastModified": "2026-11-03T02:43:51.575Z", "numDoc": 44_334})


def _complete_set(world: World, asked: Asked) -> Played:
    lines = ["\t".join(_COMPLETE)]
    symbols: dict[str, str] = {}
    former: dict[str, list[str]] = {}
    for symbol, one in world.list_all("hgnc.symbol").items():
        for number in one.genes.get("hgnc", ()) if one is not None and one.fate == "live" else ():
            symbols[number] = symbol
        for successor in one.successors if one is not None else ():
            former.setdefault(successor, []).append(symbol)
    for number, changed in world.list_all("hgnc").items():
        record = changed or world.find("hgnc", number) or Record(number)
        if record.fate != "live" or number in asked.omitted:
            continue
        symbol = symbols.get(number, record.symbol)
        previous = "|".join(former.get(symbol, ()))
        quoted = f'"{previous}"' if "|" in previous else previous
        lines.append("\t".join([f"HGNC:{number}", symbol, "a gene", "other", "Approved", "", quoted, ""]))
    return as_text("\n".join(lines) + "\n")


def _withdrawn(world: World, asked: Asked) -> Played:
    lines = ["\t".join(_WITHDRAWN)]
    for number, record in world.list_all("hgnc").items():
        if record is None or record.fate == "live" or number in asked.omitted:
            continue
        stated = []
        for other in record.successors:
            one = world.find("hgnc", other) or Record(other)
            status = "Approved" if one.fate == "live" else "Merged/Split" if one.successors else "Entry Withdrawn"
            stated.append(f"HGNC:{other}|{one.symbol}|{status}")
        status = "Merged/Split" if stated else "Entry Withdrawn"
        lines.append("\t".join([f"HGNC:{number}", status, record.symbol, ", ".join(stated)]))
    return as_text("\n".join(lines) + "\n")


def _refuse(_wait: float) -> Played:
    return as_text("Forbidden", 403)


ROUTES = (
    Route("hgnc.fetch", ("GET",), "/fetch/", _fetch, _refuse, limits=((10, 1.0),)),
    Route("hgnc.info", ("GET",), "/info", _info, _refuse, limits=((10, 1.0),)),
    Route("hgnc_files.complete_set", ("GET",), "/hgnc/tsv/tsv/hgnc_complete_set.txt", _complete_set, _refuse),
    Route("hgnc_files.withdrawn", ("GET",), "/hgnc/tsv/tsv/withdrawn.txt", _withdrawn, _refuse),
)
