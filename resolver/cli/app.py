"""`resolver`: the command line. Each command imports what it needs when it is called, so that help comes at once."""

from __future__ import annotations

from typing import Annotated

import typer

from ..version import __version__
from . import (
    check,
    convert,
    diff,
    doctor,
    export,
    freshen,
    history,
    look,
    nightly,
    orthologs,
    resolve,
    search,
    seed,
    serve,
)
from .console import EXIT_CODES_HELP

app = typer.Typer(
    name="resolver",
    help="Map any human or mouse gene identifier to all the others, and say why when it cannot be done.",
    epilog=EXIT_CODES_HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("resolve")(resolve.resolve)
app.command("search")(search.search)
app.command("go")(look.go)
app.command("gene")(look.gene)
app.command("history")(history.history)
app.command("orthologs")(orthologs.orthologs)
app.command("diff")(diff.diff)
app.command("convert")(convert.convert)
app.command("doctor")(doctor.doctor)
app.command("check")(check.check)
app.command("freshen")(freshen.freshen)
app.command("export")(export.export)
app.command("serve")(serve.serve)
app.add_typer(nightly.app, name="nightly")
app.add_typer(seed.app, name="seed")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"resolver {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end."),
    ] = False,
) -> None:
    del version


def main() -> None:
    """Run the command line."""
    app()
