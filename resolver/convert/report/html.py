"""Report on a conversion: one HTML file without network and script, to look at, print and keep.

The template draws the counts as SVG beside their numbers. Text of users is escaped.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...identifiers.namespaces import BY_PREFIX
from ...resolve.outcome import Reason
from ...resolve.reasons import ADVICE
from ..notes import CELL_OUTCOMES, NOTES, CellNote
from ..profile import MATCH_WORDS
from .advice import advise
from .misses import resolve_again
from .receipt import build_conversion_receipt
from .summary import find_next_step
from .visible import make_visible

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Environment

    from ...resolve.answer import Answer
    from ...resolve.resolver import Resolver
    from ..plan import CellRule, Plan
    from ..profile import Prepared
    from .summary import Summary

_TEMPLATES = Path(__file__).parent / "templates"
_MISSES_SHOWN = 30
_PARTS_SHOWN = 3  # of a cell with several identifiers


def render_report(
    summary: Summary, prepared: Prepared, resolver: Resolver, *, name: str, started: datetime, seconds: float
) -> str:
    """Return the report on a conversion as HTML; `name` is the name of the table.

    The most frequent misses are resolved again, with suggestions. Cost: some milliseconds for each miss that is shown.
    """
    plan = prepared.plan
    converted = {one.position for rule in plan.columns for one in rule.all}
    columns = []
    for counts, rule in zip(summary.columns, plan.columns, strict=True):
        misses = counts.list_misses(_MISSES_SHOWN)
        columns.append((counts, rule, [(*miss, rows, _advise(miss[0], rule, plan, resolver)) for miss, rows in misses]))
    shown = {
        "advised": [(one, advice) for one in summary.columns if (advice := advise(one, resolver.release)) is not None],
        "next_step": find_next_step(summary),
        "name": name, "summary": summary, "columns": columns, "plan": plan, "converted": converted,
        "started": started, "seconds": seconds, "release": resolver.release,
        "outcomes": {outcome: advice.meaning for outcome, advice in CELL_OUTCOMES.items()},
        "reasons": {reason.value: ADVICE[reason] for reason in Reason} | {note.value: NOTES[note] for note in CellNote},
        "receipt": build_conversion_receipt(resolver.reader, prepared, summary, name=name),
        "profiles": sorted(
            prepared.profiles, key=lambda one: (one.rule.position not in converted, -one.found, one.rule.position)
        ),
    }  # fmt: skip
    return _environment().get_template("report.html.jinja").render(shown)


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "number": "{:,}".format,
        "percent": _format_percent,
        "duration": _format_seconds,
        "shown": make_visible,
        "words": _words,
        "match": _name_match,
    }
    return environment


def _advise(text: str, rule: CellRule, plan: Plan, resolver: Resolver) -> str:
    """Return what to do about a cell that was not simply resolved; of a list, about its first parts that were not."""
    missed = resolve_again(text, rule, plan, resolver)
    if not missed.parts:
        return _describe_next_step(missed.answer)
    shown = [f"{part}: {_describe_next_step(answer)}" for part, answer in list(missed.parts.items())[:_PARTS_SHOWN]]
    return " ".join([*shown, "…"] if len(missed.parts) > len(shown) else shown)


def _describe_next_step(answer: Answer) -> str:
    advice = CELL_OUTCOMES[answer.outcome] if answer.reason is None else ADVICE[answer.reason]
    hint = answer.hint or advice.next_step
    suggested = [one.identifier for one in answer.suggestions[:3] if one.identifier not in hint]
    return f"{hint} Suggested: {', '.join(suggested)}." if suggested else hint


def _name_match(match: str) -> str:
    """Return the name of what a cell was found as: the title of a namespace, or a kind of names."""
    if match in BY_PREFIX:
        return BY_PREFIX[match].title
    return MATCH_WORDS.get(match, _words(match))


def _format_percent(share: float) -> str:
    """Return a share in percent; a little is not shown as nothing, nor nearly all as all."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return "< 0.1%"
    if 99.9 < percent < 100:
        return "> 99.9%"
    return f"{percent:.0f}%" if percent in {0, 100} else f"{percent:.1f}%"


def _format_seconds(seconds: float) -> str:
    if seconds >= 60:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms"


def _words(slug: str) -> str:
    return slug.replace("_", " ")
