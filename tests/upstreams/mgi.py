"""MGI's reports MRK_List1 and MGI_EntrezGene, and the Alliance's gene."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from tests.upstreams.dialect import Dialect, is_acceptable
from tests.upstreams.exchange import JSON, Played, Request, as_json, as_text
from tests.upstreams.route import Basis, Grade, Route, Rules
from tests.upstreams.world import Record, World

_MARKERS = (
    "MGI Accession ID", "Chr", "cM Position", "genome coordinate start", "genome coordinate end", "strand",
    "Marker Symbol", "Status", "Marker Name", "Marker Type", "Feature Type", "Marker Synonyms (pipe-separated)",
    "Current MGI Accession ID (if withdrawn)", "Current Marker Symbol (if withdrawn)",
)  # fmt: skip


def _current(world: World, record: Record) -> list[Record]:
    """Return the living markers that succeed a withdrawn symbol: MGI follows a chain of mergers to its end."""
    ends = [world.find_end("mgi", record)]
    if ends[0].fate == "demerged":
        ends = [one for name in ends[0].successors if (one := world.find("mgi", name)) is not None]
    return [one for one in ends if one.is_live]


def _withdrawn_symbol(record: Record) -> str:
    # A withdrawn marker has a symbol of its own; the files of a release know the one of its gene alone.
    return record.symbol if record.symbol != "GENE" else f"Gm{record.accession}"


def _markers(world: World, request: Request) -> Played:
    lines = ["\t".join(_MARKERS)]
    for accession, record in world.list_all("mgi").items():
        if accession in request.omitted:
            continue
        if record.is_live:
            head = [f"MGI:{accession}", "3", "   3.00", "", "", "+", record.symbol]
            lines.append("\t".join([*head, "O", "a marker", "Gene", "protein coding gene", "", "", ""]))
            continue
        # The file names the withdrawn symbol and never the withdrawn id.
        head = ["NULL", "3", "       N/A", "", "", "", _withdrawn_symbol(record), "W", "withdrawn", "Gene", "", ""]
        current = [(f"MGI:{one.accession}", one.symbol) for one in _current(world, record)] or [("", "")]
        lines += ["\t".join([*head, *one]) for one in current]
    return as_text("\n".join(lines) + "\n")


def _secondary(world: World, records: dict[str, Record]) -> dict[str, list[str]]:
    """Return the secondary ids by current id; the id of a split marker stays its own, and is none."""
    ids: dict[str, list[str]] = defaultdict(list)
    for accession, record in records.items():
        if record.is_merged and (end := world.find_end("mgi", record)).is_live:
            ids[end.accession].append(f"MGI:{accession}")
    return ids


def _entrez_rows(world: World, request: Request) -> Iterator[list[str]]:
    records = {name: one for name, one in world.list_all("mgi").items() if name not in request.omitted}
    secondary = _secondary(world, records)
    for accession, record in records.items():
        if record.is_live:
            head = [f"MGI:{accession}", record.symbol, "O", "a marker", "3.00", "3", "Gene"]
            entrez = (record.genes.get("ncbigene") or ("",))[0]
            yield [*head, "|".join(secondary[accession]), entrez, "", "protein coding gene", "", "", "+", ""]
            continue
        for one in _current(world, record):  # the row of a withdrawn symbol begins with the id of the current marker
            yield [
                f"MGI:{one.accession}",
                _withdrawn_symbol(record),
                "W",
                "withdrawn",
                "-999.0",
                "3",
                "Gene",
                *[""] * 8,
            ]


def _entrez(world: World, request: Request) -> Played:
    return as_text("".join("\t".join(row) + "\n" for row in _entrez_rows(world, request)))


class _JaxRs(Dialect):
    def check_method(self, request: Request, methods: Sequence[str]) -> Played | None:
        if request.method in methods or request.method == "HEAD":
            return None
        return as_text("", 405, headers={"Allow": ", ".join([*self.allowed(methods), "OPTIONS"])})

    def check_accept(self, request: Request, produces: Sequence[str]) -> Played | None:
        return None if is_acceptable(request.headers.get("accept", ""), produces) else as_text("", 406)


def _alliance(world: World, request: Request) -> Played:
    curie = unquote(request.path.rpartition("/")[2])
    accession = curie.removeprefix("MGI:")
    record = None if accession in request.omitted else world.find("mgi", accession)
    if record is not None and record.is_merged:  # a secondary id answers with the current gene
        record = world.find_end("mgi", record)
    if record is None or not record.is_live:
        shown = {"statusCode": 400, "errors": [f"No gene found with ID: {curie}"], "statusCodeName": "Bad Request"}
        return as_json(shown, 400, ids=(accession,))
    if int(accession[-1]) % 2:
        return as_json({"id": f"MGI:{record.accession}", "symbol": record.symbol}, ids=(accession,))
    gene = {"primaryExternalId": f"MGI:{record.accession}", "geneSymbol": {"displayText": record.symbol}}
    return as_json({"gene": gene}, ids=(accession,))


def _refuse(_wait: float) -> Played:
    return as_text("Too many requests", 429)


_FILES = "a server of plain files"
_REPORTS = "mgijax/reports_db @ 7c120e59b:"
_SERVER = "alliance-genome/agr_java_software @ c65bfeaed:"
ROUTES = (
    Route(
        "mgi.markers", "/downloads/reports/MRK_List1.rpt", Rules(),
        Basis(Grade.GUESS, _FILES, Grade.SERVER_SOURCE, f"{_REPORTS} weekly/MRK_List.py"),
        _markers, _refuse,
    ),
    Route(
        "mgi.entrez", "/downloads/reports/MGI_EntrezGene.rpt", Rules(),
        Basis(Grade.GUESS, _FILES, Grade.SERVER_SOURCE, f"{_REPORTS} weekly/MGI_EntrezGene.py",
              "That a split marker keeps its id follows from a comment of the report program."),
        _entrez, _refuse,
    ),
    Route(
        "alliance.gene", "/api/gene/", Rules(_JaxRs(), ("GET",), (), (JSON,)),
        Basis(
            Grade.SERVER_SOURCE, f"{_SERVER} GeneController, GeneService.getById, RestErrorExceptionMapper",
            Grade.SERVER_SOURCE, f"{_SERVER} GeneController; a reduced fixture of the newer shape in public tests",
            "The source is of 2024; its interface documents 404 where its error mapper sends 400.",
        ),
        _alliance, _refuse, ((5, 1.0),),
    ),
)  # fmt: skip
