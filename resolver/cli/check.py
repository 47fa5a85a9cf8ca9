"""`resolver check`: report whether identifiers are still current at their source databases."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.table import Table
from rich.text import Text

from ..errors import BadOption
from ..genes.verdicts import STALE, Obstacle
from ..resolve.options import read_options
from . import options  # noqa: TC001  (Typer reads the annotations)
from .console import ExitCode, handle_errors, make_console, say
from .resolve import read_queries
from .stages import open_resolver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from ..app.live import Checked
    from ..genes.verdicts import Finding
    from ..live.probe import ProbeReport

_STYLES = {
    "current": "green", "replaced": "yellow", "version_behind": "yellow", "retired": "red", "moved_gene": "red",
    "not_checked": "dim",
}  # fmt: skip
_TSV = ("query", "curie", "verdict", "use_now", "obstacle", "note", "fields", "url", "upstream_release", "seen_at")


def check(
    identifiers: Annotated[
        list[str] | None,
        typer.Argument(help="Identifiers of any namespace (default: read from stdin, one a line)."),
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Read identifiers from this file, one a line.")] = None,
    namespace: options.From = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", min=0.1, help="Stop after this many seconds; open checks are reported as not_checked."
        ),
    ] = None,
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="Also look up stale Entrez genes at MyGene.info.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON object a line, as the REST API returns it.")
    ] = False,
    as_tsv: Annotated[bool, typer.Option("--tsv", help="Write one tab-separated line for each identifier.")] = False,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Query each source database about a few identifiers whose state is known, and report whether its "
            "replies have the expected form.",
        ),
    ] = False,
    sources: Annotated[
        list[str] | None, typer.Option("--source", help="Probe only this source; can be repeated. Requires --probe.")
    ] = None,
) -> None:
    """Check at the source databases whether identifiers are still current.

    Report a verdict for each identifier, with the evidence and its replacement.
    Requires network access.
    """
    from ..app.live import SyncLiveChecks, open_live_checks

    if as_json and as_tsv:
        raise typer.BadParameter("--json and --tsv exclude each other. Use one of them.")
    if probe:
        if identifiers or file or as_tsv:
            raise typer.BadParameter("--probe accepts no identifiers, no --file and no --tsv.")
        _probe(sources, as_json=as_json)
        return
    if sources:
        raise typer.BadParameter("--source requires --probe.")
    with handle_errors():
        queries = list(_read_queries(identifiers, file))
        resolver = open_resolver()
        answers = resolver.resolve_many(queries, read_options({"from": namespace}))
        checks = SyncLiveChecks(open_live_checks())
        try:
            checked = checks.check_answers(answers, timeout, second_opinion=second_opinion)
        finally:
            checks.close()
        if as_json or as_tsv:
            _write(checked, as_json=as_json)
        else:
            _show(make_console(), checked)
        _report_end(checked, checks.samples)
    if code := _exit_code(checked):
        raise typer.Exit(code)


def _probe(names: list[str] | None, *, as_json: bool) -> None:
    from ..app.live import SyncLiveChecks, open_live_checks

    with handle_errors():
        checks = SyncLiveChecks(open_live_checks())
        try:
            reports = checks.probe(names)
        finally:
            checks.close()
        if as_json:
            _write_probe(reports)
        else:
            _show_probe(make_console(), reports)
        for source, sample in checks.samples[:3]:
            say(f"unexpected reply of {source}; it begins: {' '.join(sample.split())[:160]}")
    if not all(report.passed for report in reports):
        raise typer.Exit(ExitCode.BAD_SOURCE)


def _write_probe(reports: Iterable[ProbeReport]) -> None:
    for report in reports:
        sys.stdout.write(orjson.dumps(report.to_dict()).decode() + "\n")
    sys.stdout.flush()


def _show_probe(console: Console, reports: Sequence[ProbeReport]) -> None:
    table = Table(
        "source", "identifier", "by", "expected", "result", "", box=None, header_style="bold", padding=(0, 2, 0, 0)
    )
    failed = []
    for report in reports:
        for result in report.results:
            table.add_row(
                Text(report.source),
                Text(result.expectation.curie),
                Text(result.expectation.published_list or "calls"),
                Text(result.expected),
                Text(result.result, "" if result.is_met else "red"),
                Text("ok", "green") if result.is_met else Text("FAILED", "bold red"),
            )
            if not result.is_met:
                note = f" {result.finding.note}." if result.finding.note else ""
                failed.append(f"{report.title}, {result.expectation.curie}:{note} {result.advice}")
    console.print(table)
    for text in failed:
        say(text)
    for report in reports:
        state = "every reply was as expected" if report.passed else "UNEXPECTED replies: do not trust its verdicts"
        say(f"{report.title}: {state} ({report.seconds:.1f} s)")


def _read_queries(identifiers: Iterable[str] | None, file: Path | None) -> Iterator[str]:
    if file is None:
        yield from read_queries(identifiers)
        return
    yield from identifiers or ()
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadOption(f"Cannot read {file}: {reason}", hint="Use a text file with one identifier a line.") from error
    yield from (line for line in lines if line.strip())


def _write(checked: Iterable[Checked], *, as_json: bool) -> None:
    if not as_json:
        sys.stdout.write("\t".join(_TSV) + "\n")
    for one in checked:
        if as_json:
            sys.stdout.write(orjson.dumps(one.to_dict()).decode() + "\n")
        else:
            for line in tsv_lines(one):
                sys.stdout.write("\t".join(line) + "\n")
    sys.stdout.flush()


def tsv_lines(checked: Checked) -> Iterator[list[str]]:
    """Yield a line for each identifier of a query, and one line for a query without any."""
    query = " ".join(checked.query.split())
    for finding in checked.findings:
        shown = finding.to_dict()
        evidence = shown["evidence"] or {"url": "", "upstream_release": "", "fields": {}, "seen_at": ""}
        fields = "; ".join(f"{name}={value}" for name, value in evidence["fields"].items())
        cells = [shown["curie"], shown["verdict"], " ".join(shown["use_now"]), shown["obstacle"], shown["note"], fields]
        cells += [evidence["url"], evidence["upstream_release"], evidence["seen_at"]]
        yield [query, *(" ".join(str(cell or "").split()) for cell in cells)]
    if not checked.findings:
        hint = " ".join((checked.answer.hint or "").split())
        yield [query, "", "not_checked", "", "unrecognized", hint, "", "", "", ""]


def _show(console: Console, checked: Iterable[Checked]) -> None:
    table = Table("identifier", "verdict", "use now", "why", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for one in checked:
        for finding in one.findings:
            verdict = finding.verdict.value
            use_now = " or ".join(finding.successors)
            table.add_row(
                Text(_identifier_text(finding)),
                Text(verdict, _STYLES[verdict]),
                Text(use_now, "bold"),
                Text(describe_why(finding)),
            )
        if not one.findings:
            table.add_row(Text(one.query), Text("not_checked", "dim"), "", Text(one.answer.hint or "no identifier"))
    console.print(table)


def _identifier_text(finding: Finding) -> str:
    identifier = finding.tracked.identifier
    return identifier.curie if identifier.version is None else f"{identifier.curie}.{identifier.version}"


def describe_why(finding: Finding) -> str:
    """Return the evidence of a finding, or its obstacle, in one line."""
    if finding.evidence is None:
        return ": ".join(filter(None, (finding.obstacle, finding.note)))
    fields = ", ".join(f"{name} {value!r}" for name, value in finding.evidence.fields.items())
    host = finding.evidence.url.split("/")[2]
    release = f" {finding.evidence.upstream_release}" if finding.evidence.upstream_release else ""
    return "; ".join(filter(None, (f"{host}{release}: {fields}", finding.note)))


def _report_end(checked: list[Checked], samples: list[tuple[str, str]]) -> None:
    from ..app.live import summarize

    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in summarize(checked).items() if count)
    say(counts or "nothing was checked")
    for source, sample in samples[:3]:
        say(f"unexpected reply of {source}; it begins: {' '.join(sample.split())[:160]}")


def _exit_code(checked: Iterable[Checked]) -> ExitCode:
    """Return 1 if any identifier is stale, unknown or unrecognized, else 4 if a source database failed, else 0."""
    findings = [finding for one in checked for finding in one.findings]
    failures = {Obstacle.DOWN, Obstacle.THROTTLED, Obstacle.NOT_UNDERSTOOD, Obstacle.DEADLINE}
    if any(finding.verdict in STALE or finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM for finding in findings):
        return ExitCode.NOT_ALL_RESOLVED
    if any(not one.findings for one in checked):
        return ExitCode.NOT_ALL_RESOLVED
    return ExitCode.BAD_SOURCE if any(finding.obstacle in failures for finding in findings) else ExitCode.OK
