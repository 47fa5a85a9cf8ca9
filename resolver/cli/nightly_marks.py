"""`resolver nightly stale` and `history`, and the reviews of a curator: `ack`, `dismiss`, `reopen`, `comment`."""

from __future__ import annotations

import getpass
import os
import sys
from collections import Counter
from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..app.stores import open_ledger_reader
from ..convert.files import create_table_file
from ..nightly.mark_formats import FORMATS, render_marks
from ..nightly.marks import describe_mark, read_filters
from .console import handle_errors, make_console, say

if TYPE_CHECKING:
    from collections.abc import Iterator


Identifiers = Annotated[list[str], typer.Argument(help="Identifiers that are marked stale, in any spelling.")]
By = Annotated[str | None, typer.Option(help="Name of the reviewer (default: the login name).")]
_VERDICT_STYLES = {"replaced": "yellow", "version_behind": "cyan", "retired": "red", "moved_gene": "magenta"}
_FORMATS_BY_NAME = {
    ".sssom.tsv": "sssom", ".csv": "csv", ".tsv": "tsv", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson",
}  # fmt: skip


def add_commands(app: typer.Typer) -> None:
    """Add the commands to `resolver nightly`."""
    app.command("stale", epilog="Example: resolver nightly stale --species human -o stale.csv")(stale)
    app.command("history", epilog="Example: resolver nightly history P13232")(history)
    app.command("ack", epilog='Example: resolver nightly ack P13232 --reason "fixed in the next panel"')(acknowledge)
    app.command("dismiss", epilog='Example: resolver nightly dismiss P13232 --reason "not in our panels"')(dismiss)
    app.command("reopen", epilog="Example: resolver nightly reopen P13232")(reopen)
    app.command("comment", epilog='Example: resolver nightly comment P13232 "wrote to UniProt"')(comment)


def stale(
    namespace: Annotated[str | None, typer.Option(help="Only identifiers of this namespace, such as uniprot.")] = None,
    species: Annotated[str | None, typer.Option(help="Only genes of this species: human or mouse.")] = None,
    verdict: Annotated[
        str | None, typer.Option(help="Only this verdict: replaced, retired, moved_gene or version_behind.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only marks set on this date or later, such as 2026-11-25.")] = None,
    review: Annotated[
        str,
        typer.Option(help="Only marks in this state: shown (all but dismissed), open, acknowledged, dismissed or all."),
    ] = "shown",
    to_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Format: table, csv, tsv, json, ndjson or sssom (default: by the suffix of the file, else table).",
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file (default: stdout).")] = None,
) -> None:
    """List the identifiers that are marked stale, with their successors and their pages at the source database."""
    chosen = to_format or _format_of(output)
    with handle_errors():
        wanted = read_filters(
            {"namespace": namespace, "species": species, "verdict": verdict, "since": since, "review": review}
        )
        if chosen != "table" and chosen not in FORMATS:
            raise typer.BadParameter(f"{chosen!r} is not a format. Use one of table, {', '.join(FORMATS)}.")
        with open_ledger_reader() as reader:

            def read() -> Iterator[dict[str, Any]]:
                return map(describe_mark, reader.list_stale(**wanted))

            if chosen == "table":
                _show_table(read(), output)
            elif output is None:
                _write_parts(render_marks(chosen, read))
            else:
                with create_table_file(output) as out:
                    out.writelines(render_marks(chosen, read))
    if output is not None:
        say(f"wrote {output}")


def _format_of(output: Path | None) -> str:
    name = "" if output is None else output.name.lower().removesuffix(".gz").removesuffix(".zst")
    return next((found for ending, found in _FORMATS_BY_NAME.items() if name.endswith(ending)), "table")


def _write_parts(parts: Iterator[bytes]) -> None:
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def _show_table(marks: Iterator[dict[str, Any]], output: Path | None) -> None:
    table, counts = _make_table(), Counter[str]()
    for mark in marks:
        verdict = mark["verdict"]
        counts[verdict] += 1
        shown = f"{mark['curie']}.{mark['version']}" if mark["version"] is not None else mark["curie"]
        name = mark["review"] and f" ({mark['review']})"
        table.add_row(
            Text(shown, "bold"),
            mark["symbol"] or "",
            mark["species"] or "",
            Text(verdict.replace("_", " ") + name, _VERDICT_STYLES[verdict]),
            " ".join(mark["successors"]),
            mark["since"][:10],
            Text(mark["page"] or "", "dim"),
        )
    if output is None:
        make_console().print(table)
    else:
        with create_table_file(output) as out:
            console = Console(width=1_000, highlight=False, color_system=None)
            with console.capture() as captured:
                console.print(table)
            out.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()).encode())
    listed = ", ".join(f"{count:,} {verdict.replace('_', ' ')}" for verdict, count in counts.most_common())
    say(f"{counts.total():,} marked{f': {listed}' if listed else ''}")


def _make_table() -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("identifier", "symbol", "species", "verdict", "successor", "since", "page"):
        table.add_column(name, overflow="fold", no_wrap=name in {"identifier", "since"})
    return table


# --- Reviews --------------------------------------------------------------------------------------------------------


def acknowledge(
    identifiers: Identifiers,
    reason: Annotated[str, typer.Option(help="The reason, or what is being done.")] = "",
    by: By = None,
) -> None:
    """Acknowledge marks. They stay listed."""
    _review("acknowledge", identifiers, reason, by)


def dismiss(
    identifiers: Identifiers,
    reason: Annotated[str, typer.Option(help="Why the mark is irrelevant here.")],
    by: By = None,
) -> None:
    """Dismiss marks. They are hidden until the source database reports something else."""
    _review("dismiss", identifiers, reason, by)


def reopen(
    identifiers: Identifiers,
    reason: Annotated[str, typer.Option(help="The reason.")] = "",
    by: By = None,
) -> None:
    """Undo an acknowledgment or a dismissal."""
    _review("reopen", identifiers, reason, by)


def comment(
    identifier: Annotated[str, typer.Argument(help="An identifier that is marked stale, in any spelling.")],
    text: Annotated[str, typer.Argument(help="The comment.")],
    by: By = None,
) -> None:
    """Add a comment to the history of a mark."""
    _review("comment", [identifier], text, by)


def history(identifier: Annotated[str, typer.Argument(help="An identifier that is or was marked stale.")]) -> None:
    """Show the history of a mark: when it was set, changed, reviewed or lifted, and by whom."""
    from ..nightly.curation import describe_history

    with handle_errors(), open_ledger_reader() as reader:
        _print_history(describe_history(reader, identifier))


def _review(action: str, identifiers: list[str], reason: str, by: str | None) -> None:
    from ..app.nightly import review_marks
    from ..nightly.curation import Action

    with handle_errors():
        reviewed = review_marks(identifiers, Action(action), reason=reason, by=_login_name() if by is None else by)
    for one in reviewed:
        mark = one["mark"]
        typer.echo(f"{one['curie']}  {mark['verdict']}  {mark['review'] or 'open'}")


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container the user may have no name
        return f"user {os.getuid()}"


def _print_history(shown: dict[str, Any]) -> None:
    console = make_console()
    mark = shown["mark"]
    state = "no longer marked" if mark is None else f"{mark['verdict']}, {mark['review'] or 'open'}"
    console.print(Text.assemble((shown["curie"], "bold cyan"), f"  {state}"))
    if mark is not None and mark["page"]:
        console.print(Text(f"  {mark['page']}", "dim"))
    for event in shown["history"]:
        who = f"by {event['by']}" if event["by"] else f"run {event['run_id']}"
        then = f": {event['verdict']} {' '.join(event['successors'])}".rstrip()
        why = f"  {event['reason']}" if event["reason"] else ""
        console.print(Text(f"  {event['at']}  {event['event'].replace('_', ' ')}{then}  {who}{why}"))
