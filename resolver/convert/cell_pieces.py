"""The pieces of which the new cells of rows are put together, made for all answers of a plan at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from .spans import Pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .quotes import Quotes
    from .ready_answers import ReadyAnswers
    from .ready_texts import ReadyTexts


def make_pieces(ready: ReadyAnswers, quotes: Quotes) -> dict[str, NDArray[Any]]:
    """Return as arrays all pieces but the own texts and marks, and where they stand.

    `by_answer` says of each answer where its values begin and end and which are its kind and tail; `quoted` are the
    ready texts that need quotes, which are told by a lead alone.
    """
    before, told = pl.lit(quotes.delimiter), ready.columns
    cells = [piece for cells in ready.values for piece in (before, quote_all(cells, quotes))]
    values = Pool.of_column(pl.select(pl.concat_str(cells)).to_series())
    kinds = Pool.of_bytes((quotes.join([one.outcome, one.reason]) + quotes.delimiter).encode() for one in ready.kinds)
    has_tail = np.flatnonzero((told.retired_from != "").to_numpy())
    retired = pl.concat([pl.Series([""]), told.retired_from.gather(pl.Series(has_tail))])
    tails = Pool.of_column(pl.select(pl.concat_str([before, quote_all(retired, quotes)])).to_series())
    quoted = _find_quoted(told, quotes)
    whole = [quotes.quote(text) for text in told.matched_as(quoted).to_list()]
    leads = Pool.of_column(pl.concat([told.leads, pl.Series(whole, dtype=pl.String)]))
    by_answer = np.zeros((len(ready.set_of), 4), dtype=np.uint32)
    by_answer[:, 0], by_answer[:, 1] = values.begins.take(ready.set_of), values.begins.take(ready.set_of + 1)
    by_answer[:, 2] = ready.kind_of
    by_answer[has_tail, 3] = 1 + np.arange(len(has_tail))
    return {
        "values": values.data,
        "by_answer": by_answer,
        "kinds": kinds.data,
        "kinds_begin": kinds.begins,
        "leads": leads.data,
        "leads_begin": leads.begins,
        "tails": tails.data,
        "tails_begin": tails.begins,
        "quoted": quoted,
        "quoted_lead": (len(told.leads) + np.arange(len(quoted))).astype(np.uint32),
    }


def quote_all(column: pl.Series, quotes: Quotes) -> pl.Series:
    """Return a column of cells as they are written."""
    cell = pl.lit(column)
    needs_quotes = cell.str.contains_any(quotes.marks)
    if not pl.select(needs_quotes.any()).item():
        return column
    inside = cell.str.replace_all('"', '""', literal=True)
    quoted = pl.when(needs_quotes).then(pl.lit('"') + inside + pl.lit('"')).otherwise(cell)
    return pl.select(quoted).to_series()


def _find_quoted(told: ReadyTexts, quotes: Quotes) -> NDArray[np.int32]:
    """Return the places of the ready texts of which what is told must be quoted."""
    needs = _find_needs(told.leads, quotes).take(told.lead_of) | _find_needs(told.own, quotes).take(told.own_of)
    quoted: NDArray[np.int32] = np.flatnonzero(needs).astype(np.int32)
    return quoted


def _find_needs(texts: pl.Series, quotes: Quotes) -> NDArray[np.bool_]:
    needs: NDArray[np.bool_] = texts.str.contains_any(quotes.marks).to_numpy()
    return needs
