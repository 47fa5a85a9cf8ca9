"""The receipt of a conversion: what a reader needs to convert the same table in the same way again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...resolve.receipt import describe_counts, describe_provenance, write_methods_sentence, write_receipt

if TYPE_CHECKING:
    from ...store.gene_reader import GeneReader
    from ..profile import Prepared
    from .summary import ColumnCounts, Summary

__all__ = ["build_conversion_receipt", "write_receipt"]

_OF_SENTENCE = ("from", "species", "to_species", "to", "consensus", "on_many")


def build_conversion_receipt(reader: GeneReader, prepared: Prepared, summary: Summary, *, name: str) -> dict[str, Any]:
    """Return the receipt of the conversion of the table that is called `name`."""
    parameters = prepared.plan.describe()
    columns = summary.columns
    titles = " and ".join(column.name for column in columns)
    many = len(columns) > 1
    rows = f"{summary.rows:,} row{'' if summary.rows == 1 else 's'}"
    done = f"The column{'s' if many else ''} {titles} of {name} ({rows}) {'were' if many else 'was'} converted"
    counts = {column.name: _counts_of(column) for column in columns}
    listed = [f"{column.name}: {describe_counts(_counts_of(column))}" for column in columns]
    came_to = "; ".join(listed) if many else describe_counts(_counts_of(columns[0]))
    asked = {key: parameters[key] for key in _OF_SENTENCE} | {"best": True if prepared.plan.best else None}
    return describe_provenance(reader, parameters) | {
        "table": {"name": name, "columns": list(prepared.header), "added": list(prepared.added)},
        "rows": summary.rows,
        "written": summary.written,
        "bad_rows": summary.bad_rows,
        "counts": counts,
        "methods_sentence": write_methods_sentence(reader, done, asked, came_to or "no rows"),
    }


def _counts_of(column: ColumnCounts) -> dict[str, int]:
    return {outcome: number for outcome, number in column.outcomes.items() if number}
