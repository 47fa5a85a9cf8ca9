"""An answer as a small HTML table, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..identifiers.species import SPECIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .outcome import AnswerData

_SHOWN = 20


def answer_html(answer: AnswerData) -> str:
    """Return the outcome, the hint and up to 20 genes of an answer as HTML; every text is escaped."""
    found = ": ".join(filter(None, (answer.outcome.value, answer.reason)))
    caption = f"<b>{escape(answer.query)}</b> {escape(found)}"
    if answer.hint:
        caption += f"<br>{escape(answer.hint)}"
    if answer.converted is None:
        names = ("symbol", "gene", "species", "matched as")
        rows = [(one.gene, f"{one.matched_as.kind} {one.matched_as.value}") for one in answer.genes]
    else:
        names = ("symbol", "gene", "species", "from")
        rows = [(one.gene, f"{one.of.symbol} ({one.of.curie})") for one in answer.converted]
    body = [_row("td", (gene.symbol, gene.curie, SPECIES[gene.taxon].name, last)) for gene, last in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        body.append(_row("td", (f"and {len(rows) - _SHOWN} more",)))
    head = _row("th", names) if rows else ""
    return f"<table><caption>{caption}</caption>{head}{''.join(body)}</table>"


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
