"""`resolver go` and `resolver gene`: the web page of a gene, and its record in the release."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..identifiers.species import SPECIES
from ..resolve.look import describe_destination, describe_document, find_destination, find_document
from ..resolve.options import read_options
from ..resolve.outcome import Outcome
from . import options  # noqa: TC001  (Typer reads the annotations)
from .console import ExitCode, handle_errors, make_console, say
from .resolve import print_answer, print_gene
from .stages import open_resolver

if TYPE_CHECKING:
    from rich.console import Console

    from ..resolve.look import Destination

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, as the REST API returns it.")]


def go(
    identifier: Annotated[str, typer.Argument(help="An identifier of any namespace, a symbol or a name.")],
    to: Annotated[
        str | None,
        typer.Option("--to", help="Namespace of the page, such as ensembl (default: that of the gene's CURIE)."),
    ] = None,
    species: options.Species = None,
    namespace: options.From = None,
    open_page: Annotated[bool, typer.Option("--open", help="Also open the page in the web browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the address of the web page of a gene at a source database."""
    with handle_errors():
        wanted = read_options({"from": namespace, "species": species, "to": to})
        destination = find_destination(open_resolver().resolve(identifier, wanted))
        if as_json:
            write_json(describe_destination(destination))
        elif destination.page is not None:
            sys.stdout.write(f"{destination.page.url}\n")
            if destination.hint:
                say(destination.hint)
        else:
            _print_choices(make_console(), destination)
    if destination.page is not None and open_page:
        typer.launch(destination.page.url)
    if destination.page is None or destination.answer.outcome is not Outcome.RESOLVED:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def gene(
    curie: Annotated[
        str, typer.Argument(help="CURIE (prefix:identifier) of a gene, such as hgnc:6023 or ensembl:ENSG00000104432.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show the full record of one gene: identifiers, names, location, phenotypes and alternates."""
    with handle_errors():
        found = find_document(open_resolver().resolve(curie))
        if found.document is not None:
            document = describe_document(found)
            if as_json:
                write_json(document)
            else:
                _print_document(make_console(), document)
            return
        if as_json:
            write_json(describe_document(found))
        elif found.answer.outcome is not Outcome.RESOLVED:
            print_answer(make_console(), found.answer)
        else:
            say(f"{curie} is not the CURIE of a gene. {found.hint}")
    raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def write_json(shown: dict[str, Any]) -> None:
    """Write an object as one line of JSON."""
    sys.stdout.write(orjson.dumps(shown).decode() + "\n")
    sys.stdout.flush()


def _print_choices(console: Console, destination: Destination) -> None:
    if not destination.answer.genes:
        print_answer(console, destination.answer)
        return
    say(destination.hint or "Several genes match.")
    if destination.choices:
        table = Table(box=None, show_header=False, padding=(0, 1))
        for page in destination.choices:
            table.add_row(page.gene.symbol, SPECIES[page.gene.taxon].name, page.identifier, page.url)
        console.print(table)


def _print_document(console: Console, document: dict[str, Any]) -> None:
    print_gene(console, document, document["curie"])
    table = Table(box=None, show_header=False, padding=(0, 1))
    for kind, names in document["names"].items():
        if names:
            table.add_row(Text(kind.replace("_", " "), "dim"), Text("; ".join(names)))
    for title, key in (("phenotypes", "phenotypes"), ("alternate genes", "alternates")):
        if document[key]:
            table.add_row(Text(title, "dim"), Text(", ".join(xref["identifier"] for xref in document[key])))
    console.print(Padding(table, (0, 0, 0, 3), expand=False))
