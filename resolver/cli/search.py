"""`resolver search`: find genes by the beginning of a symbol or name."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from ..resolve.options import read_options
from ..resolve.search import describe_found
from ..resolve.search import search as search_genes
from . import options  # noqa: TC001  (Typer reads the annotations)
from .console import ExitCode, handle_errors, make_console, say
from .look import AsJson, write_json
from .stages import open_resolver


def search(
    beginning: Annotated[str, typer.Argument(help="Beginning of a symbol or name, or an identifier.")],
    species: options.Species = None,
    limit: Annotated[int, typer.Option(help="Maximum number of genes to list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find genes by the beginning of a symbol or name.

    Approved symbols are listed first, then previous symbols, aliases and names.
    """
    with handle_errors():
        wanted = read_options({"species": species})
        reader = open_resolver().reader
        found = search_genes(reader, beginning, taxon=wanted.species, limit=limit)
        shown = describe_found(found, reader)
        if as_json:
            write_json(shown)
        else:
            table = Table(box=None, show_header=False, padding=(0, 1))
            for hit in shown["hits"]:
                how = f"{hit['kind'].replace('_', ' ')} {hit['text']}"
                cells = (hit["species"], hit["curie"], hit["name"] or "", Text(how, "dim"))
                table.add_row(Text(hit["symbol"], "bold cyan"), *cells)
            make_console().print(table)
            if found.has_more:
                say(f"More than {limit} genes match. Add letters, or raise --limit.")
            elif not found.hits:
                say(f"No symbol or name begins with {beginning!r}.")
    if not found.hits:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)
