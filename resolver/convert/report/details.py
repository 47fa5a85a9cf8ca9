"""What a summary can give on request: the receipt of the conversion, and its misses with suggestions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...resolve.many import answer_in_column
from ...resolve.options import OnMany
from ..plan import UNIT_SEPARATOR
from .causes import find_cause
from .receipt import build_conversion_receipt

if TYPE_CHECKING:
    from ...resolve.resolver import Resolver
    from ..profile import Prepared
    from .summary import Summary

_MISSES_SHOWN = 30
_SUGGESTED = 3


class Details:
    """The details of a conversion of the table that is called `name`."""

    def __init__(self, resolver: Resolver, prepared: Prepared, name: str) -> None:
        self._resolver = resolver
        self._prepared = prepared
        self._name = name

    def build_receipt(self, summary: Summary) -> dict[str, Any]:
        """Return the receipt of the conversion."""
        return build_conversion_receipt(self._resolver.reader, self._prepared, summary, name=self._name)

    def list_misses(self, summary: Summary) -> list[dict[str, Any]]:
        """Return the most frequent misses of each column, each with its cause, a hint and suggestions.

        Cost: some milliseconds for each.
        """
        plan = self._prepared.plan
        options = replace(plan.options, on_many=OnMany.LIST)
        found = []
        for counts, rule in zip(summary.columns, plan.columns, strict=True):
            for (text, outcome, reason), rows in counts.list_misses(_MISSES_SHOWN):
                cells = zip(text.split(UNIT_SEPARATOR), rule.all, strict=False)
                cell, own = next(((one, of) for one, of in cells if not plan.is_missing(one)), (text, rule))
                answer = answer_in_column(self._resolver, cell, options, own.column)
                found.append({
                    "column": counts.name,
                    "text": text.replace(UNIT_SEPARATOR, " | "),
                    "rows": rows,
                    "outcome": outcome,
                    "reason": reason or None,
                    "cause": find_cause(text, outcome, reason, self._resolver.reader).value,
                    "hint": answer.hint,
                    "suggestions": [one.identifier for one in answer.suggestions[:_SUGGESTED]],
                })  # fmt: skip
        return found
