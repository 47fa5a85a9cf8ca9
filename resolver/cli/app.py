"""`resolver`: the command line. Each command imports what it needs when it is called, so that help comes at once."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Annotated

import typer

from ..version import __version__
from .console import EXIT_CODES_HELP, say, told_errors

# Commands in the order in which help lists them, with the module of each.
_COMMANDS = {
    "resolve": "resolve",
    "search": "search",
    "go": "look",
    "gene": "look",
    "history": "history",
    "orthologs": "orthologs",
    "diff": "diff",
    "convert": "convert",
    "doctor": "doctor",
    "check": "check",
    "freshen": "freshen",
    "export": "export",
    "serve": "serve",
}
_GROUPS = ("nightly", "seed")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"resolver {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end."),
    ] = False,
) -> None:
    """Check the settings before a command begins; help is shown whatever they are."""
    del version
    if "--help" in sys.argv:
        return
    with told_errors():
        from ..wiring import check_environment

        for warning in check_environment():
            say(f"warning: {warning}")


def make_app(asked: str | None = None) -> typer.Typer:
    """Return the command line; of the command that is asked for alone, if there is one of that name."""
    made = typer.Typer(
        name="resolver",
        help="Map any human or mouse gene identifier to all the others, and say why when it cannot be done.",
        epilog=EXIT_CODES_HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        callback=_root,
    )
    is_known = asked in _COMMANDS or asked in _GROUPS
    for name, module in _COMMANDS.items():
        if not is_known or name == asked:
            made.command(name)(getattr(import_module(f".{module}", __package__), name))
    for name in _GROUPS:
        if not is_known or name == asked:
            made.add_typer(import_module(f".{name}", __package__).app, name=name)
    return made


def main() -> None:
    """Run the command line."""
    # Of plugins of other packages that are installed there is no use here, and to look for them takes time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Nothing here multiplies matrices, and OpenBLAS's threads would run for nothing beside ours.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What a start makes stays: the first collections would go through it, a dozen times, and find nothing.
    gc.set_threshold(100_000)
    try:
        make_app(sys.argv[1] if len(sys.argv) > 1 else None)()
    finally:
        gc.freeze()  # nor is there anything to collect at the end
