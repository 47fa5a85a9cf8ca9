"""`resolver history`: report what became of an identifier or symbol, and what was merged into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, assert_never

import typer
from rich.text import Text

from ..identifiers.species import SPECIES
from ..resolve.options import read_options
from ..resolve.past import State, describe_past, look_back
from . import options  # noqa: TC001  (Typer reads the annotations)
from .console import ExitCode, handle_errors, make_console
from .look import AsJson, write_json
from .resolve import print_answer
from .stages import open_resolver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from ..genes.model import GeneRecord, RetirementRecord
    from ..resolve.past import Past, Record

_SHOWN = 20


def history(
    identifier: Annotated[str, typer.Argument(help="An identifier of any namespace, or a symbol; it can be retired.")],
    namespace: options.From = None,
    as_json: AsJson = False,
) -> None:
    """Report whether an identifier or symbol is current, what replaced it, and what was merged into it."""
    with handle_errors():
        past = look_back(open_resolver().resolve(identifier, read_options({"from": namespace})))
        if as_json:
            write_json(describe_past(past))
        elif past.records:
            _print_past(make_console(), past)
        else:
            print_answer(make_console(), past.answer)
    if past.state is not State.CURRENT:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def _style(state: State) -> str:
    match state:
        case State.CURRENT:
            return "bold green"
        case State.RETIRED:
            return "bold magenta"
        case State.UNKNOWN:
            return "bold yellow"
        case _:
            assert_never(state)


def _print_past(console: Console, past: Past) -> None:
    console.print(Text.assemble((past.answer.query, "bold"), "  ", (past.state, _style(past.state))))
    for record in past.records:
        _print_record(console, record)


def _print_record(console: Console, record: Record) -> None:
    title = Text.assemble("  ", (record.identifier, "bold cyan"), f"  {record.level.replace('_', ' ')}  ")
    title.append(record.state, _style(record.state))
    if record.genes:
        title.append(f"  {_name_genes(record.genes)}")
    console.print(title)
    if record.known is not None:
        console.print(Text(f"    {record.known}", "dim"))
    for step in record.steps:
        console.print(Text(f"    {_describe_step(step)}", "magenta"))
    for successor in record.successors:
        console.print(f"    today {successor.curie}: {_name_genes(successor.genes) or 'no gene in this release'}")
    for step in record.retired_identifiers[:_SHOWN]:
        console.print(Text(f"    before: {_describe_step(step)}", "dim"))
    if len(record.retired_identifiers) > _SHOWN:
        console.print(Text(f"    and {len(record.retired_identifiers) - _SHOWN} more; --json lists all", "dim"))


def _describe_step(step: RetirementRecord) -> str:
    label = f" ({step.label})" if step.label else ""
    when = f" on {step.date}" if step.date else ""
    return f"{step.retired}{label} {step.reason}{when}: {step.successor or 'no successor'}  {', '.join(step.sources)}"


def _name_genes(genes: Iterable[GeneRecord]) -> str:
    return ", ".join(f"{gene.symbol} ({SPECIES[gene.taxon].name}, {gene.curie})" for gene in genes)
