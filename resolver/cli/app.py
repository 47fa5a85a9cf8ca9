"""`resolver`: the command line. Only the module of the command that is called is imported."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from ..app.environment import read_environment, sets_only_places
from ..errors import ResolverError
from ..version import __version__
from .console import EXIT_CODES_HELP, report_crash, report_error, say, told_errors

if TYPE_CHECKING:
    from collections.abc import Callable

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
    "repair": "repair",
    "check": "check",
    "refresh": "refresh",
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
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")] = False,
) -> None:
    """Check the settings before a command begins; help is shown whatever they are."""
    del version, debug  # `main` reads --debug, which counts also before a command is known
    if "--help" in sys.argv:
        return
    with told_errors():
        if sets_only_places():
            return
        from ..app.settings import check_settings

        for warning in check_settings():
            say(f"warning: {warning}")


def make_app(command: str | None = None) -> typer.Typer:
    """Return the command line: with `command` alone if there is one of that name, else whole."""
    made = typer.Typer(
        name="resolver",
        help="Map any human or mouse gene identifier to all the others, and say why when it cannot be done.",
        epilog=EXIT_CODES_HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        callback=_root,
    )
    is_known = command in _COMMANDS or command in _GROUPS
    for name, module in _COMMANDS.items():
        if not is_known or name == command:
            made.command(name)(getattr(import_module(f".{module}", __package__), name))
    for name in _GROUPS:
        if not is_known or name == command:
            made.add_typer(import_module(f".{name}", __package__).app, name=name)
    return made


def main(make: Callable[[str | None], typer.Typer] = make_app) -> None:
    """Run the command line that `make` makes. An unexpected exception is one line and exit code 70."""
    # Plugins of other packages are of no use here, and looking for them takes time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Nothing here multiplies matrices; OpenBLAS's threads would only compete with ours.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What is imported stays: the first dozen collections would search it and find nothing.
    gc.set_threshold(100_000)
    words = sys.argv[1:]
    try:
        make(next((word for word in words if not word.startswith("-")), None))()
    except ResolverError as error:
        sys.exit(report_error(error))
    except Exception as error:  # noqa: BLE001  (whatever it is, it is no answer)
        sys.exit(report_crash(error, shows_traceback=_shows_traceback(words)))
    finally:
        gc.freeze()  # nor is there anything to collect at the end


def _shows_traceback(words: list[str]) -> bool:
    before_command = words[: next((place for place, word in enumerate(words) if not word.startswith("-")), None)]
    stated = read_environment().get("debug", "").lower()
    return "--debug" in before_command or stated in {"1", "true", "t", "yes", "y", "on"}
