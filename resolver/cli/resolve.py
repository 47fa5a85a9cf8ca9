"""`resolver resolve`: resolve queries, and print the answers as tables, JSON lines or TSV."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..resolve.encode import answer_object, encode_answer
from ..resolve.options import LIST_DEFAULT, read_options
from ..resolve.outcome import Outcome
from ..resolve.receipt import write_receipt
from ..resolve.rows import list_columns, list_rows
from ..resolve.sssom import render_sssom
from . import options  # noqa: TC001  (Typer reads the annotations)
from .console import ExitCode, handle_errors, make_console, say
from .stages import open_resolver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from ..resolve.answer import Answer
    from ..resolve.many import Answers


# The table cuts longer lists of xrefs; JSON and TSV contain all.
_SHOWN = 4


def resolve(
    identifiers: Annotated[
        list[str] | None,
        typer.Argument(help="Identifiers, symbols or names (default: read from stdin, one a line)."),
    ] = None,
    species: options.Species = None,
    to: options.To = None,
    to_species: options.ToSpecies = None,
    namespace: options.From = None,
    orthologs: options.Orthologs = "all",
    on_many: options.OnMany = "list",
    policy: options.Policy = "tiers",
    consensus: options.Consensus = "any",
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON object a line, as the REST API returns it.")
    ] = False,
    as_tsv: Annotated[bool, typer.Option("--tsv", help="Write one tab-separated line for each gene.")] = False,
    as_sssom: Annotated[
        bool, typer.Option("--sssom", help="Write an SSSOM set: xrefs, orthologs and successors of the genes.")
    ] = False,
    fields: options.Fields = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show the evidence: which source files assert each xref, and which contradict it."
        ),
    ] = False,
    receipt: Annotated[
        Path | None,
        typer.Option(help="Write a receipt to this JSON file: release, source versions, parameters, counts."),
    ] = None,
) -> None:
    """Resolve identifiers, symbols and names to genes with all their other identifiers."""
    if as_json + as_tsv + as_sssom > 1:
        raise typer.BadParameter("--json, --tsv and --sssom exclude each other. Use one of them.")
    if fields and not as_json:
        raise typer.BadParameter("--fields requires --json.")
    with handle_errors():
        given = {"from": namespace, "species": species, "to_species": to_species, "to": to, "fields": fields}
        given |= {"orthologs": orthologs, "on_many": on_many, "policy": policy, "consensus": consensus}
        wanted = read_options(given | {"explain": explain}, LIST_DEFAULT)
        resolver = open_resolver()
        answers = resolver.resolve_many(read_queries(identifiers), wanted)
        console = make_console()
        if as_tsv:
            _write_line(list_columns(wanted.to))
        if as_sssom:
            sys.stdout.writelines(render_sssom(resolver, answers))
        for answer in answers:
            if as_json:
                sys.stdout.buffer.write(encode_answer(answer) + b"\n")
            elif as_tsv:
                for line in list_rows(answer):
                    _write_line(line)
            else:
                print_answer(console, answer)
        sys.stdout.flush()
        _report_decisions(answers)
        if receipt is not None:
            _write_receipt(receipt, answers)
    if answers.outcomes.total() > answers.outcomes[Outcome.RESOLVED]:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def _report_decisions(answers: Answers) -> None:
    """Report what the unambiguous queries decided for the others."""
    if answers.column is not None:
        say(f"{answers.column.of} were {answers.column.why}")
    vote = answers.species
    if vote is not None and vote.taxon is not None:
        say(f"the list was read as {vote.species}: {vote.counts} (--species any switches this off)")
    elif vote is not None:
        say(f"a mixed list: {vote.counts}; both species are kept (--species human or --species mouse selects one)")


def _write_receipt(path: Path, answers: Answers) -> None:
    write_receipt(path, answers.build_receipt())
    say(f"receipt: {path}")


def read_queries(identifiers: Iterable[str] | None) -> Iterator[str]:
    """Yield the arguments, or the lines of standard input if there are none."""
    if identifiers:
        yield from identifiers
        return
    if sys.stdin.isatty():
        raise typer.BadParameter("No identifiers. Name some, such as P13232 IL-7, or send them to stdin, one a line.")
    for number, line in enumerate(sys.stdin):
        text = line.removeprefix("\ufeff") if number == 0 else line
        if text.strip():
            yield text.rstrip("\r\n")


def _write_line(cells: Iterable[str]) -> None:
    sys.stdout.write("\t".join(cells) + "\n")


def _outcome_style(outcome: Outcome) -> str:
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


def print_answer(console: Console, answer: Answer) -> None:
    """Print an answer as a table for each of its genes."""
    shown = answer_object(answer._replace(options=replace(answer.options, fields=None)))
    title = Text.assemble((answer.query, "bold"), "  ", (answer.outcome, _outcome_style(answer.outcome)))
    if answer.reason:
        title.append(f"  {answer.reason}", "dim")
    console.print(title)
    if answer.hint:
        console.print(Text(f"  {answer.hint}", "yellow"))
    for step in shown["history"]:
        successor = step["successor"] or "no successor"
        when = f" on {step['date']}" if step["date"] else ""
        console.print(Text(f"  {step['retired']} {step['reason']}{when}: {successor}", "magenta"))
    for mark in shown["marks"]:
        console.print(Text(f"  {_describe_mark(mark)}", "bold red"))
    if shown["converted"] is None:
        _print_genes(console, shown["genes"])
    else:
        _print_converted(console, shown)
    for title_of, key in (("also matches", "other_matches"), ("related", "related")):
        for other in shown[key]:
            kind = other["matched_as"]["kind"].replace("_", " ")
            line = f"  {title_of} {other['symbol']} ({other['species']}, {other['curie']}) as {kind}"
            console.print(Text(line, "dim"))
    console.print()


def _describe_mark(mark: dict[str, Any]) -> str:
    use = f", use {', '.join(mark['successors'])}" if mark["successors"] else ""
    verdict = mark["verdict"].replace("_", " ")
    return f"stale: {mark['curie']} {verdict}, reported by {mark['source']} since {mark['since'][:10]}{use}"


def _print_genes(console: Console, genes: list[dict[str, Any]]) -> None:
    answered = {gene["curie"] for gene in genes}
    for gene in genes:
        print_gene(console, gene, _describe_match(gene))
        for evidence in gene.get("evidence", ()):
            console.print(Text(f"      {_describe_evidence(evidence)}", "dim"))
        for ortholog in gene["orthologs"]:
            support = _describe_link(ortholog)
            if ortholog["curie"] in answered:  # it is listed as a gene of its own
                console.print(Text.assemble("  ", (ortholog["symbol"], "bold cyan"), "  ", (support, "dim")))
            else:
                print_gene(console, ortholog, support)


def _print_converted(console: Console, shown: dict[str, Any]) -> None:
    """Print the genes of the requested species, after a line for each gene that they were mapped from."""
    for gene in shown["genes"]:
        line = f"  {gene['symbol']}  {gene['species']}  {gene['curie']}  {_describe_match(gene)}"
        console.print(Text(line, "dim"))
    for gene in shown["converted"]:
        via = gene["via"]
        how = "the gene itself" if via["how"] == "itself" else f"{_describe_link(via)}, of {via['symbol']}"
        print_gene(console, gene, how)


def _describe_match(gene: dict[str, Any]) -> str:
    matched = gene["matched_as"]
    corrected = ", capitals corrected" if matched["case_corrected"] else ""
    return f"as {matched['kind'].replace('_', ' ')} {matched['value']}{corrected}"


def _describe_link(link: dict[str, Any]) -> str:
    count = link["support"]
    return f"ortholog {link['cardinality']}, asserted by {count} organization{'s' if count != 1 else ''}"


def _describe_evidence(evidence: dict[str, Any]) -> str:
    weak = "" if evidence["assignment_rank"] == 0 else "  (other genes have stronger evidence)"
    rivals = ", ".join(f"{rival['symbol']} by {', '.join(rival['sources'])}" for rival in evidence["contradicted_by"])
    against = f"  (assigned to {rivals})" if rivals else ""
    agreed = f"{evidence['agreed']} of {evidence['voters']}"
    return f"{evidence['curie']}  {agreed}: {', '.join(evidence['sources'])}{weak}{against}"


def print_gene(console: Console, gene: dict[str, object], how: str) -> None:
    """Print a gene: its symbol, how it was found, its xrefs and its location."""
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
    location = _describe_location(gene["location"])
    if location:
        table.add_row(Text("location", "dim"), location)
    console.print(Padding(table, (0, 0, 0, 3), expand=False))


def _xref_text(listed: list[dict[str, object]]) -> Text:
    """Return the first xrefs of a namespace; reviewed and MANE Select ones are marked."""
    text = Text()
    # One gene, one transcript and one protein inform more than four transcripts.
    first = {str(xref.get("level")): xref for xref in reversed(listed)}
    ordered = [xref for xref in listed if first[str(xref.get("level"))] is xref]
    ordered += [xref for xref in listed if xref not in ordered]
    for number, xref in enumerate(ordered[:_SHOWN]):
        if number:
            text.append(", ")
        text.append(str(xref["identifier"]), f"link {xref['url']}")
        if xref.get("version") is not None:
            text.append(f".{xref['version']}", "dim")
        marks = [word for word, applies in (("reviewed", xref.get("reviewed")), ("MANE", xref.get("mane"))) if applies]
        if marks:
            text.append(f" {' '.join(marks)}", "green")
    if len(ordered) > _SHOWN:
        text.append(f" and {len(ordered) - _SHOWN} more", "dim")
    return text


def _describe_location(location: object) -> str:
    assert isinstance(location, dict)  # noqa: S101  (our own JSON)
    parts = []
    if location["start"] is not None:
        parts.append(f"chr{location['chromosome']}:{location['start']:,}–{location['end']:,} ({location['assembly']})")
    if location["map_location"]:
        parts.append(str(location["map_location"]))
    return "  ".join(parts)
