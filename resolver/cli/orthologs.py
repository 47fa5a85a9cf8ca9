"""`resolver orthologs`: list the orthologs of a gene with their evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..resolve.options import read_options
from ..resolve.outcome import Outcome
from ..resolve.pairs import describe_pairs, find_pairs
from . import options
from .console import ExitCode, handle_errors, make_console
from .look import AsJson, write_json
from .resolve import print_answer
from .stages import open_resolver

if TYPE_CHECKING:
    from rich.console import Console


def orthologs(
    identifier: Annotated[str, typer.Argument(help="An identifier of any namespace, a symbol or a name.")],
    species: Annotated[
        str | None,
        typer.Option(
            "--species",
            help="Species of the queried gene, not of its orthologs: human or mouse (default: both).",
            autocompletion=options.complete_one(options.SPECIES_NAMES),
        ),
    ] = None,
    namespace: options.From = None,
    as_json: AsJson = False,
) -> None:
    """List the orthologs of a gene, the organizations that assert each pair, and the HomoloGene groups of both."""
    with handle_errors():
        wanted = read_options({"from": namespace, "species": species})
        pairs = find_pairs(open_resolver().resolve(identifier, wanted))
        if as_json:
            write_json(describe_pairs(pairs))
        elif pairs.pairs:
            _print_pairs(make_console(), describe_pairs(pairs))
        else:
            print_answer(make_console(), pairs.answer)
    if pairs.answer.outcome is not Outcome.RESOLVED:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def _print_pairs(console: Console, shown: dict[str, Any]) -> None:
    if shown["hint"]:
        console.print(Text(shown["hint"], "yellow"))
    for gene in shown["genes"]:
        console.print(_title(gene))
        table = Table(box=None, show_header=False, padding=(0, 1))
        for ortholog in gene["orthologs"]:
            number = ortholog["support"]
            support = f"asserted by {number} organization{'s' if number != 1 else ''}: {', '.join(ortholog['sources'])}"
            row = (_title(ortholog), ortholog["cardinality"], Text(support, "dim"), _describe_group(ortholog))
            table.add_row(*row)
        if not gene["orthologs"]:
            table.add_row(Text("no source asserts an ortholog", "yellow"))
        console.print(Padding(table, (0, 0, 0, 1), expand=False))


def _title(gene: dict[str, Any]) -> Any:  # noqa: ANN401  (rich is loaded when it is needed)
    return Text.assemble((gene["symbol"], "bold cyan"), f"  {gene['species']}  {gene['curie']}")


def _describe_group(ortholog: dict[str, Any]) -> str:
    """Return what HomoloGene asserts about the pair, or nothing if it lacks one of the genes."""
    if ortholog["in_same_group"] is None:
        return ""
    groups = ", ".join(group["curie"] for group in ortholog["homologene"])
    return f"{groups} contains both" if ortholog["in_same_group"] else f"{groups} does not contain the queried gene"
