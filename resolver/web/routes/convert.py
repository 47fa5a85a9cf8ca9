"""`GET /convert`: the form that converts a table; the table itself goes to the REST service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...api.threads import run_long
from ...convert.options import LISTED, list_options
from ..rendering import make_response
from ..shown import describe_release_briefly, page_address

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ...resolve.resolver import Resolver

# What is offered as a target without a search in the documentation, with its label.
_TARGETS = (
    ("symbol", "Symbol"), ("name", "Name"), ("gene", "Primary identifier"), ("species", "Species"),
    ("gene_type", "Gene type"), ("ncbigene", "Entrez (NCBI Gene)"), ("ensembl.gene", "Ensembl gene"),
    ("ensembl.transcript", "Ensembl transcript"), ("ensembl.protein", "Ensembl protein"), ("uniprot", "UniProt"),
    ("refseq.transcript", "RefSeq transcript"), ("refseq.protein", "RefSeq protein"), ("hgnc", "HGNC"), ("mgi", "MGI"),
    ("omim", "OMIM"), ("homologene", "HomoloGene"), ("ccds", "CCDS"), ("vega", "VEGA"),
)  # fmt: skip
_DEFAULT_TARGETS = ("symbol", "ncbigene", "ensembl.gene", "uniprot")
_MANY = (
    ("list", "List all of them in the cell"), ("likely", "The likely one, with the reason"),
    ("first", "The first one"), ("na", "Leave the cell empty"), ("explode", "A row for each gene"),
    ("error", "Stop"),
)  # fmt: skip
_FORMATS = (("", "As the table is"), ("csv", "CSV"), ("tsv", "TSV"), ("xlsx", "XLSX, with text cells"),
            ("parquet", "Parquet"), ("ndjson", "NDJSON"))  # fmt: skip


async def show_convert(request: Request) -> Response:
    """Show the form, with the settings of the address."""
    return await run_long(_render, request)


def _render(request: Request) -> Response:
    resolver: Resolver = request.app.state.find_resolver()
    known = {name for name, *_ in list_options()}
    settings: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in known:
            settings[name] = f"{settings[name]}{LISTED.get(name, ',')}{value}" if name in settings else value
    targets = settings.get("to", ",".join(_DEFAULT_TARGETS)).split(",")
    offered = [name for name, _ in _TARGETS]
    context: dict[str, Any] = {
        "release": describe_release_briefly(resolver),
        "settings": settings,
        "targets": [*_TARGETS, *((name, name) for name in targets if name and name not in offered)],
        "chosen": targets,
        "many": _MANY,
        "formats": _FORMATS,
        "canonical": page_address(request, "/convert"),
    }
    return make_response(request.scope, "convert.html.j2", context)
