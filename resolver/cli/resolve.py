"""`resolver resolve`: answers on the terminal, as a table, JSON lines or TSV."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from .console import ExitCode, make_console, say, told_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console
    from rich.text import Text

    from ..resolve.outcome import Answer, Outcome

# Longer lists of xrefs are cut in the table; JSON and TSV show all.
_SHOWN = 4


def resolve(
    identifiers: Annotated[
        list[str] | None,
        typer.Argument(help="Identifiers, symbols or names. Without any they are read from stdin, one a line."),
    ] = None,
    species: Annotated[str | None, typer.Option(help="human or mouse; without it both are searched.")] = None,
    to: Annotated[str | None, typer.Option(help="Namespaces to show, separated by commas: ensembl,uniprot …")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, as the REST API gives it.")] = False,
    as_tsv: Annotated[
        bool, typer.Option("--tsv", help="One line for each gene, tab-separated, with a header.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show which source files state each xref.")] = False,
) -> None:
    """Resolve identifiers, symbols and names to genes and all their other identifiers."""
    from ..identifiers.species import get_taxon
    from ..resolve.encode import encode_answer, get_targets
    from ..resolve.outcome import Outcome
    from ..wiring import LocalResolver

    if as_json and as_tsv:
        raise typer.BadParameter("choose one of --json and --tsv")
    with told_errors():
        taxon = None if species is None else get_taxon(species)
        targets = None if to is None else get_targets(to)
        resolver = LocalResolver(on_stage=say)
        everything_resolved = True
        console = make_console()
        if as_tsv:
            _write_line(_tsv_header(targets))
        for identifier in _given(identifiers):
            answer = resolver.resolve(identifier, species=taxon, explain=explain)
            everything_resolved &= answer.outcome is Outcome.RESOLVED
            if as_json:
                sys.stdout.buffer.write(encode_answer(answer, targets) + b"\n")
            elif as_tsv:
                for line in _tsv_lines(answer, targets):
                    _write_line(line)
            else:
                _print_answer(console, answer, targets)
        sys.stdout.flush()
    if not everything_resolved:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def _given(identifiers: Iterable[str] | None) -> Iterator[str]:
    if identifiers:
        yield from identifiers
        return
    if sys.stdin.isatty():
        raise typer.BadParameter("give identifiers, such as P13232 IL-7, or send them to stdin, one a line")
    for line in sys.stdin:
        if line.strip():
            yield line.rstrip("\r\n")


def _write_line(cells: Iterable[str]) -> None:
    sys.stdout.write("\t".join(cells) + "\n")


def _tsv_header(targets: tuple[str, ...] | None) -> list[str]:
    from ..identifiers.namespaces import XREF_GROUPS

    fixed = ["query", "outcome", "reason", "gene", "symbol", "species", "matched_as"]
    return [*fixed, *(targets or XREF_GROUPS), "orthologs"]


def _tsv_lines(answer: Answer, targets: tuple[str, ...] | None) -> Iterator[list[str]]:
    """Yield a line for each gene; a miss has one line too, so that no question is lost."""
    from ..identifiers.namespaces import XREF_GROUPS

    shown = answer.to_dict()
    query = " ".join(answer.query.split())
    head = [query, answer.outcome, answer.reason or ""]
    for gene in shown["genes"]:
        xrefs = [";".join(xref["identifier"] for xref in gene["xrefs"][p]) for p in targets or XREF_GROUPS]
        matched = f"{gene['matched_as']['kind']} {gene['matched_as']['value']}"
        orthologs = ";".join(ortholog["curie"] for ortholog in gene["orthologs"])
        yield [*head, gene["curie"], gene["symbol"], gene["species"], matched, *xrefs, orthologs]
    if not shown["genes"]:
        yield [*head, *[""] * (len(_tsv_header(targets)) - len(head))]


def _outcome_style(outcome: Outcome) -> str:
    from ..resolve.outcome import Outcome

    match outcome:
        case Outcome.RESOLVED:
            return "bold green"
        case Outcome.AMBIGUOUS:
            return "bold yellow"
        case Outcome.RETIRED:
            return "bold magenta"
        case Outcome.NOT_FOUND | Outcome.UNRECOGNIZED:
            return "bold red"
        case _:
            assert_never(outcome)


def _print_answer(console: Console, answer: Answer, targets: tuple[str, ...] | None) -> None:
    from rich.text import Text

    from ..resolve.encode import answer_object

    shown = answer_object(answer, targets)
    title = Text.assemble((answer.query, "bold"), "  ", (answer.outcome, _outcome_style(answer.outcome)))
    if answer.reason:
        title.append(f"  {answer.reason}", "dim")
    console.print(title)
    if answer.hint:
        console.print(Text(f"  {answer.hint}", "yellow"))
    for step in shown["history"]:
        heir = step["successor"] or "no successor"
        when = f" on {step['date']}" if step["date"] else ""
        console.print(Text(f"  {step['retired']} {step['reason']}{when}: {heir}", "magenta"))
    answered = {gene["curie"] for gene in shown["genes"]}
    for gene in shown["genes"]:
        matched = gene["matched_as"]
        corrected = ", capitals corrected" if matched["case_corrected"] else ""
        how = f"as {matched['kind'].replace('_', ' ')} {matched['value']}{corrected}"
        _print_gene(console, gene, how)
        for ortholog in gene["orthologs"]:
            count = ortholog["support"]
            support = f"ortholog {ortholog['cardinality']}, stated by {count} organization{'s' if count != 1 else ''}"
            if ortholog["curie"] in answered:  # it stands here as an answer of its own
                console.print(Text.assemble("  ", (ortholog["symbol"], "bold cyan"), "  ", (support, "dim")))
            else:
                _print_gene(console, ortholog, support)
        for evidence in gene.get("evidence", ()):
            weak = "" if evidence["place"] == 0 else "  (other genes have a stronger claim)"
            console.print(Text(f"      {evidence['curie']}  {', '.join(evidence['sources'])}{weak}", "dim"))
    for title_of, key in (("also matches", "other_matches"), ("related", "related")):
        for other in shown[key]:
            kind = other["matched_as"]["kind"].replace("_", " ")
            line = f"  {title_of} {other['symbol']} ({other['species']}, {other['curie']}) as {kind}"
            console.print(Text(line, "dim"))
    console.print()


def _print_gene(console: Console, gene: dict[str, object], how: str) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    header = Text.assemble(
        "  ", (str(gene["symbol"]), "bold cyan"), f"  {gene['species']}  {gene['name'] or ''}  ", (how, "dim")
    )
    console.print(header)
    table = Table(box=None, show_header=False, padding=(0, 1))
    xrefs = gene["xrefs"]
    assert isinstance(xrefs, dict)  # noqa: S101  (our own JSON)
    for prefix, listed in xrefs.items():
        if listed:
            table.add_row(Text(prefix, "dim"), _xref_text(listed))
    place = _place(gene["location"])
    if place:
        table.add_row(Text("place", "dim"), place)
    console.print(Padding(table, (0, 0, 0, 3), expand=False))


def _xref_text(listed: list[dict[str, object]]) -> Text:
    """Return the first xrefs of a namespace, with marks for what is reviewed or MANE Select."""
    from rich.text import Text

    text = Text()
    # One gene, transcript and protein tell more than four transcripts.
    first = {str(xref.get("level")): xref for xref in reversed(listed)}
    ordered = [xref for xref in listed if first[str(xref.get("level"))] is xref]
    ordered += [xref for xref in listed if xref not in ordered]
    for number, xref in enumerate(ordered[:_SHOWN]):
        if number:
            text.append(", ")
        text.append(str(xref["identifier"]), f"link {xref['url']}")
        if xref.get("version") is not None:
            text.append(f".{xref['version']}", "dim")
        marks = [word for word, holds in (("reviewed", xref.get("reviewed")), ("MANE", xref.get("mane"))) if holds]
        if marks:
            text.append(f" {' '.join(marks)}", "green")
    if len(ordered) > _SHOWN:
        text.append(f" and {len(ordered) - _SHOWN} more", "dim")
    return text


def _place(location: object) -> str:
    assert isinstance(location, dict)  # noqa: S101  (our own JSON)
    parts = []
    if location["start"] is not None:
        parts.append(f"chr{location['chromosome']}:{location['start']:,}–{location['end']:,} ({location['assembly']})")
    if location["map_location"]:
        parts.append(str(location["map_location"]))
    return "  ".join(parts)
