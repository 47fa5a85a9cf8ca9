"""How the terminal door speaks: answers on stdout, everything else on stderr; exit codes."""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import typer

from ..errors import InputError, ReleaseError, ResolverError, RunActive, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console


_WIDE = 1_000


class ExitCode(IntEnum):
    """What the process ends with."""

    OK = 0
    NOT_ALL_RESOLVED = 1  # at least one answer was not `resolved`, or a cell is left for a person to decide
    BAD_INPUT = 2  # also what the command line parser ends with
    BAD_RELEASE = 3
    BAD_SOURCE = 4
    OTHER = 5
    RUN_ACTIVE = 6  # another nightly run is at work
    CRASH = 70  # EX_SOFTWARE of sysexits.h: an unexpected exception


EXIT_CODES_HELP = (
    "Exit codes: 0 all resolved; 1 at least one was ambiguous, retired, not found or unrecognized; "
    "2 bad input; 3 no release, or one that cannot be read; 4 an upstream is at fault; 5 anything else; "
    "6 another nightly run is at work; 70 an unexpected error of the program."
)


def make_console(*, stderr: bool = False) -> Console:
    """Return a rich console; colour follows the terminal and NO_COLOR, and into a pipe nothing is cut or wrapped."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else _WIDE, soft_wrap=True)


def say(text: str) -> None:
    """Tell the person what is being done, beside the answers."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextmanager
def told_errors() -> Iterator[None]:
    """Turn our exceptions into a message with a next step, and an exit code."""
    try:
        yield
    except ResolverError as error:
        raise typer.Exit(report_error(error)) from error


def report_error(error: ResolverError) -> ExitCode:
    """Write an error of ours and its hint, and return its exit code."""
    say(f"error: {error}")
    if error.hint:
        say(f"  {error.hint}")
    return _exit_code(error)


def report_crash(error: Exception, *, shows_traceback: bool) -> ExitCode:
    """Write one line on an unexpected exception, or its traceback, and return its exit code."""
    if shows_traceback:
        traceback.print_exception(error)
    what = " ".join(str(error).split())[:200]
    say(f"internal error: {type(error).__name__}{': ' if what else ''}{what}; resolver --debug … shows the traceback")
    return ExitCode.CRASH


def _exit_code(error: ResolverError) -> ExitCode:
    if isinstance(error, InputError):
        return ExitCode.BAD_INPUT
    if isinstance(error, ReleaseError):
        return ExitCode.BAD_RELEASE
    if isinstance(error, SourceError):
        return ExitCode.BAD_SOURCE
    if isinstance(error, RunActive):
        return ExitCode.RUN_ACTIVE
    return ExitCode.OTHER
