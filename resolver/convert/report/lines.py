"""The summary of a conversion in lines, for a terminal: five that always come, and what is worth a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...resolve.outcome import Outcome
from ..notes import CellNote, CellOutcome
from .collisions import NEXT_STEP
from .summary import count, find_next_step, name_column
from .visible import make_visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .collisions import Collision
    from .summary import ColumnCounts, Summary

_SHOWN_COLLISIONS = 3
_SHOWN_TEXTS = 4
_SHOWN_CELL = 40
# Those that are shown also where there are none.
_OUTCOMES = (Outcome.RESOLVED, Outcome.AMBIGUOUS, Outcome.RETIRED, Outcome.NOT_FOUND, CellOutcome.EMPTY)


def list_lines(summary: Summary, seconds: float, output: str | None = None) -> Iterator[str]:
    """Yield the five lines: rows, outcomes (of each column), species, what was assumed, and the next step."""
    rate = summary.rows / max(1e-9, seconds)
    became = f", written as {summary.written:,}" if summary.written != summary.rows else ""
    target = f", to {output}" if output else ""
    yield f"rows: {summary.rows:,}{became} in {seconds:.1f} s ({rate:,.0f} rows/s){target}"
    for column in summary.columns:
        yield f"{make_visible(column.name, 80)}: {describe_outcomes(column)}"
    yield f"species: {'; '.join(_describe_species(summary, column) for column in summary.columns) or 'none'}"
    yield f"assumed: {'; '.join(summary.assumed) or 'nothing'}"
    yield f"next: {find_next_step(summary) or 'nothing to do, every filled cell resolved'}"


def list_details(summary: Summary) -> Iterator[str]:
    """Yield mixed lists, collisions, matches with another gene, misses by cause, and resolved rows worth a look."""
    for column in summary.columns:
        of = name_column(summary, column)
        if (vote := column.mixed) is not None:
            both = count(column.species["both"], "row")
            likelier = "human" if vote.human >= vote.mouse else "mouse"
            yield (
                f"mixed{of}: {vote.human:,} human, {vote.mouse:,} mouse; {both} with a gene of each:"
                f" --species {likelier} keeps one species"
            )
        if (found := column.collisions) is not None and found.genes:
            least = "at least " if found.is_cut else ""
            became = f"{least}{found.identifiers:,} different identifiers map to only {count(found.genes, 'gene')}"
            yield f"collisions{of}: {became} ({count(found.rows, 'row')}). {NEXT_STEP}"
            yield from (f"  {_describe_collision(one)}" for one in found.largest[:_SHOWN_COLLISIONS])
            if found.genes > _SHOWN_COLLISIONS:
                yield f"  and {count(found.genes - _SHOWN_COLLISIONS, 'gene')} more: see --report or --json"
        if column.also:
            yield f"also{of}: {count(column.also, 'row')} whose text is a name of another gene too: see the column also"
        if column.several:
            yield f"several genes{of}: {count(column.several, 'row')}; --on-many decides what is written for them"
        noted = [f"{column.reasons[note]:,} {note}" for note in CellNote if column.reasons[note]]
        if noted:
            yield f"worth a look{of}: {', '.join(noted)}"
        if column.causes:
            kept = " (the most frequent cells)" if column.is_cut else ""
            yield f"misses by cause{of}{kept}:"
        for cause in column.causes:
            examples = ", ".join(map(shorten, cause.examples[:_SHOWN_TEXTS]))
            more = ", …" if cause.identifiers > _SHOWN_TEXTS else ""
            meaning, next_step = cause.advice
            yield f"  {count(cause.rows, 'row')}: {meaning} ({examples}{more}). {next_step}"


def describe_outcomes(column: ColumnCounts) -> str:
    """Return how many rows have each outcome, with their shares."""
    total = max(1, column.outcomes.total())
    shown = [*_OUTCOMES[:-1], Outcome.UNRECOGNIZED] if column.outcomes[Outcome.UNRECOGNIZED] else _OUTCOMES[:-1]
    parts = []
    for outcome in (*shown, CellOutcome.EMPTY):
        number = column.outcomes[outcome]
        share = f" ({100 * number / total:.1f}%)" if number else ""
        parts.append(f"{number:,} {outcome.replace('_', ' ')}{share}")
    return ", ".join(parts)


def shorten(text: str) -> str:
    """Return a cell of at most 40 characters, all of them visible."""
    return make_visible(text if len(text) <= _SHOWN_CELL else f"{text[: _SHOWN_CELL - 1]}…")


def _describe_species(summary: Summary, column: ColumnCounts) -> str:
    names = ", ".join(f"{rows:,} {name}" for name, rows in column.species.most_common()) or "none"
    return f"{column.name}: {names}" if len(summary.columns) > 1 else names


def _describe_collision(one: Collision) -> str:
    described = one.describe()
    texts = ", ".join(map(shorten, described["texts"][:_SHOWN_TEXTS]))
    more = ", …" if one.identifiers > min(_SHOWN_TEXTS, len(one.texts)) else ""
    return f"{one.gene}: {texts}{more} ({count(one.rows, 'row')})"
