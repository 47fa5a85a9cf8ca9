"""The report on a conversion: one HTML file, without network and script, that a person can look at, print and keep.

What became of the rows is drawn as SVG; every picture has its numbers beside it. What users sent is escaped.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...genes.ranking import MatchKind
from ...identifiers.namespaces import BY_PREFIX
from ...resolve.many import answer_in_column
from ...resolve.options import OnMany
from ...resolve.outcome import Outcome, Reason
from ...resolve.reasons import ADVICE, OUTCOMES
from .receipt import build_conversion_receipt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from jinja2 import Environment

    from ...resolve.answer import Answer
    from ...resolve.resolver import Resolver
    from ..plan import CellRule, Plan
    from ..profile import ColumnProfile, Prepared
    from .summary import ColumnCounts, Summary

_TEMPLATES = Path(__file__).parent / "templates"
_MISSES_SHOWN = 30
_PROFILES_SHOWN = 40
_MANY = 5  # genes; rows with so many and more are drawn together
_KINDS = {
    MatchKind.SYMBOL: "approved symbols",
    MatchKind.PREVIOUS_SYMBOL: "previous symbols",
    MatchKind.ALIAS: "aliases",
    MatchKind.FULL_NAME: "full names",
    MatchKind.RETIRED_SYMBOL: "symbols of retired records",
}
_POLICY_WORDS = {
    "from": "read as", "species": "species", "to_species": "answered for", "to": "columns added",
    "consensus": "xrefs that so many organizations state", "on_many": "where there are several genes",
    "separator": "joined by", "best": "best identifier alone", "stale": "staleness marks", "missing": "read as empty",
}  # fmt: skip


class Bar(NamedTuple):
    """One row of a bar chart; `width` is in percent of the longest, `share` of all rows."""

    key: str
    name: str
    rows: int
    share: float
    width: float
    what: str = ""


class Part(NamedTuple):
    """A part of the stacked bar of outcomes; `begin` and `width` are in percent."""

    key: str
    name: str
    rows: int
    share: float
    begin: float
    width: float
    what: str


def render_report(
    summary: Summary, prepared: Prepared, resolver: Resolver, *, name: str, started: datetime, seconds: float
) -> str:
    """Return the report on a conversion as HTML; `name` is what the table is called.

    The most frequent misses are asked again, now with suggestions. Cost: some milliseconds a miss that is shown.
    """
    plan = prepared.plan
    columns = [
        _describe_column(counts, rule, plan, resolver)
        for counts, rule in zip(summary.columns, plan.columns, strict=True)
    ]
    taken = {rule.position for rule in plan.columns}
    profiles = sorted(
        prepared.profiles, key=lambda one: (one.rule.position not in taken, -one.found, one.rule.position)
    )
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            name=name,
            summary=summary,
            columns=columns,
            release=resolver.release,
            receipt=build_conversion_receipt(resolver.reader, prepared, summary, name=name),
            converted_to=f"converted to {', '.join(target.name for target in plan.targets)}",
            started=started.strftime("%Y-%m-%d %H:%M %Z").strip(),
            seconds=_format_seconds(seconds),
            rate=f"{_number(round(summary.rows / seconds))} rows/s" if seconds > 0 else "",
            profiles=[
                _describe_profile(one, is_taken=one.rule.position in taken) for one in profiles[:_PROFILES_SHOWN]
            ],
            more_profiles=max(0, len(profiles) - _PROFILES_SHOWN),
            policy=_describe_policy(plan),
            several=sum(counts.several for counts in summary.columns),
            has_empty=any(counts.empty for counts in summary.columns),
        )
    )


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"number": _number, "percent": _percent, "shown": make_visible, "words": _words}
    return environment


def _describe_column(counts: ColumnCounts, rule: CellRule, plan: Plan, resolver: Resolver) -> dict[str, Any]:
    total = counts.outcomes.total()
    outcomes = list(_stack(counts, total))
    misses = [
        {"text": text, "outcome": outcome, "reason": reason, "rows": rows, "hint": _advise(text, rule, plan, resolver)}
        for (text, outcome, reason), rows in counts.list_misses(_MISSES_SHOWN)
    ]
    reasons = [
        (str(reason), _words(reason), rows, _describe_reason(reason)) for reason, rows in counts.reasons.most_common()
    ]
    matched = [(match, _name_match(match), rows, "") for match, rows in counts.matched.most_common()]
    return {
        "name": counts.name,
        "position": rule.position + 1,
        "intro": _introduce(counts, rule),
        "found": counts.share_found,
        "is_alarming": counts.is_alarming,
        "summary": ", ".join(f"{part.name} {_number(part.rows)}" for part in outcomes),
        "outcomes": outcomes,
        "matched": _bars(matched, total, "matched"),
        "genes": _bars(_bin_genes(counts), total, "genes"),
        "reasons": _bars(reasons, total, "reasons"),
        "misses": misses,
        "more_misses": len(counts.misses) if len(counts.misses) > len(misses) else 0,
        "is_cut": counts.is_cut,
    }


def _introduce(counts: ColumnCounts, rule: CellRule) -> str:
    sentences = [f"Selected since {rule.why}." if rule.why != "requested" else "Selected on request."]
    if rule.numbers is not None:
        sentences.append(f"Bare numbers were {rule.numbers.why}.")
    if rule.lists is not None:
        sentences.append("Cells that hold several identifiers were parted.")
    if counts.empty:
        sentences.append(f"{_number(counts.empty)} cells are empty.")
    if counts.stale:
        sentences.append(f"{_number(counts.stale)} rows were led to their gene by what has gone stale.")
    return " ".join(sentences)


def _stack(counts: ColumnCounts, total: int) -> Iterable[Part]:
    begin = 0.0
    for outcome in Outcome:
        count = counts.outcomes[outcome.value]
        share = count / total if total else 0.0
        what = OUTCOMES[outcome].meaning
        yield Part(outcome.value, _words(outcome), count, share, round(begin, 3), round(100 * share, 3), what)
        begin += 100 * share


def _bars(rows: Iterable[tuple[str, str, int, str]], total: int, of: str) -> list[Bar]:
    listed = [row for row in rows if row[2]]
    longest = max((count for _, _, count, _ in listed), default=1)
    return [
        Bar(f"{of}.{key}", name, count, count / total, max(0.5, round(100 * count / longest, 2)), what)
        for key, name, count, what in listed
    ]


def _bin_genes(counts: ColumnCounts) -> list[tuple[str, str, int, str]]:
    bins = dict.fromkeys(range(_MANY + 1), 0)
    for genes, rows in counts.genes.items():
        bins[min(genes, _MANY)] += rows
    names = {0: "none", 1: "1 gene", _MANY: f"{_MANY} or more"}
    return [(str(genes), names.get(genes, f"{genes} genes"), rows, "") for genes, rows in bins.items()]


def _advise(text: str, rule: CellRule, plan: Plan, resolver: Resolver) -> str:
    """Return what to do about a text that did not simply resolve: what the resolver says of it now."""
    options = replace(plan.options, on_many=OnMany.LIST)
    parts = [text]
    if rule.lists is not None:
        parts = [part for part in re.split(rule.lists, text) if part.strip()] or parts
    answers = [answer_in_column(resolver, part, options, rule.numbers) for part in parts[:20]]
    if len(parts) == 1 or all(answer.outcome in {Outcome.NOT_FOUND, Outcome.UNRECOGNIZED} for answer in answers):
        return _describe_next_step(answer_in_column(resolver, text, options, rule.numbers))
    described = [
        f"{part}: {_describe_next_step(answer)}"
        for part, answer in zip(parts, answers, strict=False)
        if answer.outcome is not Outcome.RESOLVED
    ]
    return " ".join(described[:3]) + (" …" if len(described) > 3 else "")


def _describe_next_step(answer: Answer) -> str:
    hint = answer.hint or ""
    if not hint:
        hint = ADVICE[answer.reason].next_step if answer.reason is not None else OUTCOMES[answer.outcome].next_step
    offered = [offer.identifier for offer in answer.suggestions[:3] if offer.identifier not in hint]
    return f"{hint} May be meant: {', '.join(offered)}." if offered else hint


def _describe_reason(reason: str) -> str:
    meaning, next_step = ADVICE[Reason(reason)]
    return f"The text {meaning}. {next_step}"


def _name_match(match: str) -> str:
    if match in _KINDS:
        return _KINDS[MatchKind(match)]
    return BY_PREFIX[match].title if match in BY_PREFIX else _words(match)


def _describe_profile(one: ColumnProfile, *, is_taken: bool) -> dict[str, Any]:
    _, _, kinds = one.describe().rpartition(f"{one.rule.name}: ")
    found = _percent(one.found) if one.cells else "–"
    return {"name": one.rule.name, "is_taken": is_taken, "found": found, "kinds": kinds}


def _describe_policy(plan: Plan) -> list[tuple[str, str]]:
    described = []
    for key, value in plan.describe().items():
        if key == "columns" or value is None or value is False or value == []:
            continue
        text = ", ".join(map(str, value)) if isinstance(value, list) else "yes" if value is True else str(value)
        described.append((_POLICY_WORDS.get(key, _words(key)), make_visible(text) if text.strip() else repr(text)))
    return described


def _number(count: int) -> str:
    return f"{count:,}"


def _percent(share: float) -> str:
    """Return a share in percent; a little is not shown as nothing, nor nearly all as all."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.0f} %" if percent in {0, 100} else f"{percent:.1f} %"


def _format_seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def _words(slug: str) -> str:
    return str(slug).replace("_", " ")


def make_visible(text: str, size: int = 1_000) -> str:
    """Return a text as it can be read: control characters and marks of direction are drawn, and it is cut at `size`."""
    text = str(text)
    cut = text if len(text) <= size else text[: size - 1]
    drawn = "".join([_draw(mark) for mark in cut])
    return drawn if cut is text else f"{drawn}… ({len(text):,} characters)"


def _draw(mark: str) -> str:
    if mark < " ":
        return chr(0x2400 + ord(mark))
    if unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
        return f"[U+{ord(mark):04X}]"
    return mark
