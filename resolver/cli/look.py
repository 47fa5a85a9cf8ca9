"""`resolver go`, `gene` and `card`: a web page of a gene, its record in the release, and its card with its ortholog."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..identifiers.links import LINK_TARGETS
from ..identifiers.species import SPECIES
from ..resolve.card import WIDTH, make_cards
from ..resolve.look import (
    PAGES,
    describe_destination,
    describe_document,
    find_destination,
    list_documents,
    read_pages,
)
from ..resolve.options import read_options
from ..resolve.outcome import Outcome
from . import options  # noqa: TC001  (Typer reads the annotations)
from .console import ExitCode, handle_errors, make_console, say
from .resolve import print_answer, print_gene
from .stages import open_resolver

if TYPE_CHECKING:
    from rich.console import Console

    from ..resolve.card import Line
    from ..resolve.look import Destination

_Identifier = Annotated[str, typer.Argument(help="An identifier of any namespace, a symbol or a name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, as the REST API returns it.")]

# How the styles of a card look on a terminal.
_STYLES = {"": "", "title": "bold cyan", "label": "dim", "mark": "green", "weak": "dim"}


def go(
    identifier: _Identifier,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="Where the page is; of several, separated by commas, the first that the gene has (default: the "
            f"namespace of the gene's CURIE). One of {', '.join(PAGES)}.",
        ),
    ] = None,
    species: options.Species = None,
    namespace: options.From = None,
    open_page: Annotated[bool, typer.Option("--open", help="Also open the page in the web browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the address of a web page of a gene: at a source database, or on its literature or expression."""
    with handle_errors():
        pages = read_pages(to)
        wanted = read_options({"from": namespace, "species": species})
        destination = find_destination(open_resolver().resolve(identifier, wanted), pages)
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
    identifier: _Identifier,
    species: options.Species = None,
    namespace: options.From = None,
    as_json: AsJson = False,
) -> None:
    """Show the full record of a gene: identifiers, names, location, phenotypes, alternates and links.

    A symbol of both species shows the gene of each.
    """
    with handle_errors():
        answer = open_resolver().resolve(identifier, read_options({"from": namespace, "species": species}))
        if as_json:
            write_json(describe_document(answer))
        elif answer.outcome is Outcome.RESOLVED:
            for document in list_documents(answer):
                _print_document(make_console(), document)
            if answer.hint:
                say(answer.hint)
        else:
            print_answer(make_console(), answer)
    if answer.outcome is not Outcome.RESOLVED:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def card(
    identifier: _Identifier,
    species: options.Species = None,
    namespace: options.From = None,
    shows_all: Annotated[bool, typer.Option("--all", help="Show whole lists instead of their first entries.")] = False,
) -> None:
    """Show the card of a gene: its identifiers in human and mouse side by side.

    The gene and its ortholog share a card. It fills the terminal, or 80 columns in a file or pipe.
    """
    with handle_errors():
        answer = open_resolver().resolve(identifier, read_options({"from": namespace, "species": species}))
        console = make_console()
        if answer.genes and answer.outcome is not Outcome.AMBIGUOUS:
            if answer.hint:
                say(answer.hint)
            cards = make_cards(answer, console.width if sys.stdout.isatty() else WIDTH, shows_all=shows_all)
            for number, lines in enumerate(cards):
                if number:
                    console.print()
                for line in lines:
                    console.print(_paint(line))
        else:
            print_answer(console, answer)
    if answer.outcome is not Outcome.RESOLVED:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def _paint(line: Line) -> Text:
    """Return a line of a card in the colors of the terminal, its identifiers linked to their pages."""
    styles = [f"{_STYLES[span.style]} {f'link {span.url}' if span.url else ''}" for span in line]
    return Text.assemble(*((span.text, style.strip()) for span, style in zip(line, styles, strict=True)))


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
    for target in LINK_TARGETS:
        if document["links"][target.key]:
            table.add_row(Text(target.key, "dim"), Text(document["links"][target.key]))
    console.print(Padding(table, (0, 0, 0, 3), expand=False))
