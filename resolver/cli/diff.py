"""`resolver diff`: compare the answers of two releases to the same queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ..app.resolver import open_pair
from ..resolve.compare import Comparisons, describe_comparison
from ..resolve.options import Query, read_options
from . import options  # noqa: TC001  (Typer reads the annotations)
from .console import ExitCode, handle_errors, make_console
from .look import write_json
from .resolve import read_queries
from .stages import open_resolver

if TYPE_CHECKING:
    from rich.console import Console

    from ..resolve.compare import Comparison

_SHOWN = 6


def diff(
    identifiers: Annotated[
        list[str] | None,
        typer.Argument(help="Identifiers, symbols or names (default: read from stdin, one a line)."),
    ] = None,
    old: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Old release: an id, a unique prefix of one, or `current` (default: the release before the new one).",
        ),
    ] = None,
    new: Annotated[str | None, typer.Option("--to", help="New release (default: the current one).")] = None,
    species: options.Species = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON object a line; the last one has the counts.")
    ] = False,
) -> None:
    """Show the queries to which two releases give different answers.

    To compare two releases as a whole, use `resolver seed diff`.
    """
    with handle_errors():
        wanted = read_options({"species": species})
        older, newer = open_pair(open_resolver(), old, new)
        comparisons = Comparisons(older, newer, [Query(text, wanted) for text in read_queries(identifiers)])
        console = make_console()
        for comparison in comparisons:
            if as_json:
                write_json(describe_comparison(comparison))
            elif comparison.has_changed:
                _print_comparison(console, comparison)
        if as_json:
            write_json({"summary": comparisons.summarize()})
        else:
            releases = f"from {older.release.id} to {newer.release.id}"
            console.print(f"{comparisons.changed:,} of {comparisons.queries:,} answers differ, {releases}")
    if comparisons.changed:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def _print_comparison(console: Console, comparison: Comparison) -> None:
    before, after = comparison.before, comparison.after
    title = Text.assemble((after.query, "bold"), "  ")
    verdicts = [" ".join(filter(None, (answer.outcome, answer.reason))) for answer in (before, after)]
    title.append(verdicts[1] if verdicts[0] == verdicts[1] else f"{verdicts[0]} → {verdicts[1]}")
    console.print(title)
    for sign, genes, style in (("+", comparison.added, "green"), ("-", comparison.removed, "red")):
        for gene in genes:
            console.print(Text(f"  {sign} {gene.symbol} ({gene.curie})", style))
    for curie, was, now in comparison.renamed:
        console.print(Text(f"  {curie} renamed: {was} → {now}", "yellow"))
    for gene_curie, namespace, added, removed in comparison.xrefs:
        for sign, curies, style in (("+", added, "green"), ("-", removed, "red")):
            if curies:
                more = f" and {len(curies) - _SHOWN} more" if len(curies) > _SHOWN else ""
                console.print(Text(f"  {sign} {gene_curie} {namespace}: {', '.join(curies[:_SHOWN])}{more}", style))
