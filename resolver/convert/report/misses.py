"""The cells of a conversion that did not simply match a gene, each resolved again with what it may have meant."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import BadOption
from ...resolve.many import answer_in_column
from ...resolve.options import OnMany
from ...resolve.outcome import Outcome
from ..parts import split_cell
from ..plan import UNIT_SEPARATOR
from .causes import find_cause
from .receipt import build_conversion_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ...resolve.answer import Answer
    from ...resolve.resolver import Resolver
    from ..plan import CellRule, Plan
    from ..profile import Prepared
    from .summary import Summary

_DIALECTS = {".csv": "excel", ".tsv": "excel-tab"}
_PARTS_EXAMINED = 20  # of a cell with several identifiers
_MISSES_LISTED = 30
_SUGGESTED = 3
COLUMNS = ("column", "value", "rows", "outcome", "reason", "suggestions")


class Missed(NamedTuple):
    """A cell that was resolved again, with suggestions: its answer, or that of each part that was not resolved."""

    answer: Answer
    parts: dict[str, Answer]


def add_details(summary: Summary, resolver: Resolver, prepared: Prepared, name: str) -> None:
    """Let a summary return on request the receipt of the conversion of the table `name`, and its misses."""
    summary.find_receipt = partial(build_conversion_receipt, resolver.reader, prepared, name=name)
    summary.find_misses = partial(_list_misses, resolver, prepared.plan)


def _list_misses(resolver: Resolver, plan: Plan, summary: Summary) -> list[dict[str, Any]]:
    """Return the most frequent misses of each column, each with its cause, a hint and suggestions.

    Cost: some milliseconds for each.
    """
    found = []
    for counts, rule in zip(summary.columns, plan.columns, strict=True):
        for (text, outcome, reason), rows in counts.list_misses(_MISSES_LISTED):
            cell, own = _find_filled(text, rule, plan)
            answer = _resolve(cell, own, plan, resolver)
            found.append({
                "column": counts.name,
                "text": text.replace(UNIT_SEPARATOR, " | "),
                "rows": rows,
                "outcome": outcome,
                "reason": reason or None,
                "cause": find_cause(text, outcome, reason, resolver.reader).value,
                "hint": answer.hint,
                "suggestions": [one.identifier for one in answer.suggestions[:_SUGGESTED]],
            })  # fmt: skip
    return found


def is_miss_table(path: Path) -> bool:
    """Return whether a report is a table of misses, by its suffix; else it is a page. Raises BadOption if neither."""
    suffix = path.suffix.lower()
    if suffix not in {*_DIALECTS, ".html", ".htm"}:
        raise BadOption(
            f"cannot write a report as {path.name!r}",
            hint="Use a name that ends in .html for a page with charts, or in .tsv or .csv for a table of the misses.",
        )
    return suffix in _DIALECTS


def render_misses(path: Path, summary: Summary, prepared: Prepared, resolver: Resolver) -> bytes:
    """Return the table of misses in the format of the suffix, the most frequent first.

    Cost: some milliseconds for each miss.
    """
    out = io.StringIO()
    writer = csv.writer(out, _DIALECTS[path.suffix.lower()], lineterminator="\n")
    writer.writerow(COLUMNS)
    for counts, rule in zip(summary.columns, prepared.plan.columns, strict=True):
        for (text, outcome, reason), rows in counts.list_misses(len(counts.misses)):
            suggested = dict.fromkeys(_suggest(resolve_again(text, rule, prepared.plan, resolver)))
            shown = text.replace(UNIT_SEPARATOR, " | ")
            writer.writerow([counts.name, shown, rows, outcome, reason, "; ".join(suggested)])
    return out.getvalue().encode(errors="replace")


def resolve_again(text: str, rule: CellRule, plan: Plan, resolver: Resolver) -> Missed:
    """Return the answers to a cell that was not simply resolved; of a list, those of its parts too."""
    text, rule = _find_filled(text, rule, plan)
    parts = split_cell(re.compile(rule.lists), text, plan.missing)[:_PARTS_EXAMINED] if rule.lists is not None else []
    answers = {part: _resolve(part, rule, plan, resolver) for part in parts}
    if len(parts) < 2 or all(not answer.genes for answer in answers.values()):
        return Missed(_resolve(text, rule, plan, resolver), {})
    missed = {part: answer for part, answer in answers.items() if answer.outcome is not Outcome.RESOLVED}
    return Missed(next(iter(missed.values()), answers[parts[0]]), missed)


def _find_filled(text: str, rule: CellRule, plan: Plan) -> tuple[str, CellRule]:
    """Return the first cell with content of those that were read together, and its rule."""
    cells = zip(text.split(UNIT_SEPARATOR), rule.all, strict=False)
    return next(((cell, one) for cell, one in cells if not plan.is_missing(cell)), (text, rule))


def _resolve(text: str, rule: CellRule, plan: Plan, resolver: Resolver) -> Answer:
    return answer_in_column(resolver, text, replace(plan.options, on_many=OnMany.LIST), rule.column)


def _suggest(missed: Missed) -> Iterator[str]:
    """Yield what may have been meant: suggestions, the genes of a choice, or successors."""
    for answer in missed.parts.values() or (missed.answer,):
        genes = [(found.gene.symbol, found.gene) for found in (*answer.genes, *answer.related)]
        for identifier, gene in [(one.identifier, one.gene) for one in answer.suggestions] or genes:
            current = "" if gene.symbol == identifier else f"{gene.symbol}, "
            yield f"{identifier} ({current}{gene.curie})"
