"""Output of the command line: answers on stdout, everything else on stderr; and its exit codes."""

from __future__ import annotations

import sys
import textwrap
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
    """The exit codes of the process."""

    OK = 0
    NOT_ALL_RESOLVED = 1  # at least one answer is not `resolved`, or a cell needs a decision by a person
    BAD_INPUT = 2  # also the code of the command line parser
    BAD_RELEASE = 3
    BAD_SOURCE = 4
    OTHER = 5
    RUN_ACTIVE = 6  # another nightly run is active
    CRASH = 70  # EX_SOFTWARE of sysexits.h: an unexpected exception


EXIT_CODES_HELP = (
    "Exit codes: 0 everything was resolved; 1 at least one query was ambiguous, retired, not found or unrecognized; "
    "2 invalid input; 3 no release, or an unreadable one; 4 a source database failed; 5 any other known error; "
    "6 another nightly run is active; 70 an unexpected error."
)


def make_console(*, stderr: bool = False) -> Console:
    """Return a rich console. Color follows the terminal and NO_COLOR; output to a pipe is not cut or wrapped."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else _WIDE, soft_wrap=True)


def say(text: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextmanager
def handle_errors() -> Iterator[None]:
    """Report a ResolverError with its hint, and exit with its code."""
    try:
        yield
    except ResolverError as error:
        raise typer.Exit(report_error(error)) from error


def report_error(error: ResolverError) -> ExitCode:
    """Write an error and its hint to standard error, and return its exit code."""
    say(f"error: {error}")
    if error.hint:
        say(textwrap.indent(error.hint, "  "))
    return _exit_code(error)


def report_crash(error: Exception, *, shows_traceback: bool) -> ExitCode:
    """Write an unexpected exception in one line, after its traceback if requested, and return its exit code."""
    if shows_traceback:
        traceback.print_exception(error)
    what = " ".join(str(error).split())[:200]
    say(f"internal error: {type(error).__name__}{': ' if what else ''}{what}. Traceback: resolver --debug …")
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
