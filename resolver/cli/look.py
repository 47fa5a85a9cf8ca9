"""`resolver go` and `resolver gene`: a gene's page at its source, and what the release holds of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..app.resolver import LocalResolver
from ..identifiers.species import SPECIES
from ..resolve.look import describe_destination, describe_document, find_destination, find_document
from ..resolve.options import read_options
from ..resolve.outcome import Outcome
from . import options  # noqa: TC001  (Typer reads the annotations)
from .console import ExitCode, make_console, say, told_errors
from .resolve import print_answer, print_gene

if TYPE_CHECKING:
    from rich.console import Console

    from ..resolve.look import Destination

AsJson = Annotated[bool, typer.Option("--json", help="The JSON object that the REST API gives.")]


def go(
    identifier: Annotated[str, typer.Argument(help="An identifier of any namespace, a symbol or a name.")],
    to: Annotated[
        str | None,
        typer.Option("--to", help="The namespace whose page is wanted, such as ensembl; else the gene's own."),
    ] = None,
    species: options.Species = None,
    namespace: options.From = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the address of a gene's page at its source, and open it if asked."""
    with told_errors():
        asked = read_options({"from": namespace, "species": species, "to": to})
        destination = find_destination(LocalResolver(on_stage=say).resolve(identifier, asked))
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
    curie: Annotated[str, typer.Argument(help="The CURIE of a gene, such as hgnc:6023 or ensembl:ENSG00000104432.")],
    as_json: AsJson = False,
) -> None:
    """Show all that the release holds of one gene."""
    with told_errors():
        found = find_document(LocalResolver(on_stage=say).resolve(curie))
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
            say(f"{curie} is not the CURIE of a gene itself. {found.hint}")
    raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def write_json(shown: dict[str, Any]) -> None:
    """Write an object as one line of JSON."""
    sys.stdout.write(orjson.dumps(shown).decode() + "\n")
    sys.stdout.flush()


def _print_choices(console: Console, destination: Destination) -> None:
    if not destination.answer.genes:
        print_answer(console, destination.answer)
        return
    say(destination.hint or "Several genes are left.")
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
