"""Receipt of a conversion: all that is needed to convert the same table in the same way again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...resolve.methods import write_methods_sentence
from ...resolve.receipt import describe_counts, describe_provenance, write_receipt
from ..headers import describe_column

if TYPE_CHECKING:
    from ...store.gene_reader import GeneReader
    from ..plan import CellRule
    from ..profile import Prepared
    from .summary import Summary

__all__ = ["build_conversion_receipt", "write_receipt"]

_OF_SENTENCE = ("from", "species", "to_species", "to", "consensus", "on_many", "policy")


def _describe_vote(rule: CellRule, *, is_one: bool) -> str:
    """Return the species that a column was read in, in words; empty where it had no vote."""
    vote = rule.species
    if vote is None:
        return ""
    words = f"{vote.species or 'both'} ({vote.counts})"
    return words if is_one else f"{rule.name}: {words}"


def build_conversion_receipt(reader: GeneReader, prepared: Prepared, summary: Summary, *, name: str) -> dict[str, Any]:
    """Return the receipt of the conversion of the table that is called `name`."""
    parameters = prepared.plan.describe()
    counts = {column.name: dict(+column.outcomes) for column in summary.columns}
    is_one = len(counts) == 1
    described = [
        describe_counts(one) if is_one else f"{title}: {describe_counts(one)}" for title, one in counts.items()
    ]
    columns = " and ".join(map(describe_column, counts))
    rows = f"{summary.rows:,} row{'' if summary.rows == 1 else 's'}"
    begin = f"The {columns}" if not columns.startswith(tuple(counts)) else f"{columns[:1].upper()}{columns[1:]}"
    done = f"{begin} of {name} ({rows}) {'was' if is_one else 'were'} converted"
    set_to = {key: parameters[key] for key in _OF_SENTENCE} | {"best": prepared.plan.best or None}
    if corrections := len(prepared.plan.corrections):
        set_to["correct"] = f"{corrections} cell value{'' if corrections == 1 else 's'}"
    if prepared.plan.options.by_vote:
        set_to["species"] = (
            "; ".join(filter(None, (_describe_vote(rule, is_one=is_one) for rule in prepared.plan.columns))) or None
        )
    return describe_provenance(reader, parameters) | {
        "table": {"name": name, "columns": list(prepared.header), "added": list(prepared.added)},
        "rows": summary.rows,
        "written": summary.written,
        "bad_rows": summary.bad_rows,
        "counts": counts,
        "collisions": {
            column.name: None if column.collisions is None else column.collisions.describe()
            for column in summary.columns
        },
        "causes": {column.name: [cause.describe() for cause in column.causes] for column in summary.columns},
        "also": {column.name: column.also for column in summary.columns},
        "assumed": list(summary.assumed),
        "methods_sentence": write_methods_sentence(reader, done, set_to, "; ".join(described) or "no rows"),
    }
