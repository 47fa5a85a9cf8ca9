"""The command line `resolver`. It imports only the module of the command that is called."""

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
from .console import EXIT_CODES_HELP, handle_errors, report_crash, report_error, say

if TYPE_CHECKING:
    from collections.abc import Callable

# Commands in the order of the help, each with its module and an example.
_COMMANDS = {
    "resolve": ("resolve", "resolver resolve P13232 IL-7 --to ensembl,omim"),
    "search": ("search", "resolver search interleukin --species human"),
    "go": ("look", "resolver go P13232 --to pubmed"),
    "gene": ("look", "resolver gene P13232"),
    "card": ("look", "resolver card P13232"),
    "history": ("history", "resolver history ncbigene:60454"),
    "orthologs": ("orthologs", "resolver orthologs P13232"),
    "diff": ("diff", "resolver diff --from current P13232 MUM1"),
    "info": ("info", "resolver info"),
    "convert": ("convert", "resolver convert genes.csv --to ensembl,uniprot -o converted.csv"),
    "repair": ("repair", "resolver repair genes.csv --report damage.tsv"),
    "check": ("check", "resolver check P13232 NM_000880.4"),
    "refresh": ("refresh", "resolver refresh genes.csv --report stale.tsv"),
    "export": ("export", "resolver export --parquet tables --sssom mappings.sssom.tsv"),
    "serve": ("serve", "resolver serve --port 8080"),
    "mcp": ("mcp", "resolver mcp --folder ."),
}
_GROUPS = ("nightly", "seed", "keys")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"resolver {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback if the program crashes.")] = False,
) -> None:
    """Check the settings before a command starts. `--help` and `-h` work with any settings."""
    del version, debug  # `main` reads --debug itself: a crash may come before the options are parsed
    if not {"--help", "-h"}.isdisjoint(sys.argv):
        return
    with handle_errors():
        if sets_only_places():
            return
        from ..app.settings import check_settings

        for warning in check_settings():
            say(f"warning: {warning}")


def make_app(command: str | None = None) -> typer.Typer:
    """Return the command line with `command` only, or with all commands if there is none of that name."""
    app = typer.Typer(
        name="resolver",
        help="Map any human or mouse gene identifier to all others of its gene, or report why it cannot be mapped.",
        epilog=f"Example: resolver resolve P13232\n\n{EXIT_CODES_HELP}",
        no_args_is_help=True,
        context_settings={"help_option_names": ["--help", "-h"]},  # groups and commands inherit it
        pretty_exceptions_enable=False,
        callback=_root,
    )
    is_known = command in _COMMANDS or command in _GROUPS
    for name, (module, example) in _COMMANDS.items():
        if not is_known or name == command:
            app.command(name, epilog=f"Example: {example}")(getattr(import_module(f".{module}", __package__), name))
    for name in _GROUPS:
        if not is_known or name == command:
            app.add_typer(import_module(f".{name}", __package__).app, name=name)
    return app


def main(make: Callable[[str | None], typer.Typer] = make_app) -> None:
    """Run the command line that `make` returns. An unexpected exception is reported in one line, with exit code 70."""
    # No pydantic plugin is used, and the search for plugins takes time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # No command multiplies matrices; threads of OpenBLAS would compete with ours.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Imported modules stay alive: early collections would scan them and free nothing.
    gc.set_threshold(100_000)
    words = _list_completed() or sys.argv[1:]
    try:
        make(next((word for word in words if not word.startswith("-")), None))()
    except ResolverError as error:
        sys.exit(report_error(error))
    except Exception as error:  # noqa: BLE001  (every crash is reported)
        sys.exit(report_crash(error, shows_traceback=_shows_traceback(words)))
    finally:
        gc.freeze()  # the last collection would free nothing either


def _list_completed() -> list[str]:
    """Return the words of the command line that a shell wants to complete; none if it runs a command."""
    if "_RESOLVER_COMPLETE" not in os.environ:
        return []
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
    return line.split()[1:]


def _shows_traceback(words: list[str]) -> bool:
    before_command = words[: next((position for position, word in enumerate(words) if not word.startswith("-")), None)]
    value = read_environment().get("debug", "").lower()
    return "--debug" in before_command or value in {"1", "true", "t", "yes", "y", "on"}
