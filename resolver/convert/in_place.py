"""Identifiers that are replaced in their cells, in place of columns that are added."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ..errors import BadOption
from ..identifiers.names import make_encodable
from ..resolve.outcome import Outcome
from .notes import CellNote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .cells import CellConverter
    from .formats.base import Added, Texts
    from .plan import Plan


_KEPT = 200_000  # different cells of several identifiers


class Replacing:
    """Finds the new texts of cells: the identifier of the one gene that each matches; any other cell keeps its text.

    A cell with several identifiers of one gene gets one; of other cells with several each is replaced for itself, and
    what separates them stays.
    """

    def __init__(self, plan: Plan, cells: Sequence[CellConverter]) -> None:
        if any(len(rule.all) > 1 for rule in plan.columns):
            raise BadOption("columns that are read together cannot be replaced", hint="Name one of them with --column.")
        self._plan = plan
        self._cells = cells
        self._known: dict[tuple[int, str], str] = {}
        self._counts: Counter[bool] = Counter()

    def find(self, texts: Sequence[Texts], added: Added) -> dict[int, dict[int, str]]:
        """Return the new texts of some cells, by column, then by row, of a batch with these texts and new cells."""
        width = len(self._plan.added)
        replaced: dict[int, dict[int, str]] = {}
        for place, rule in enumerate(self._plan.columns):
            found: dict[int, str] = {}
            filled = matched = 0
            for row, (text, value) in enumerate(zip(texts[place], added.columns[place * width], strict=True)):
                new = value if rule.lists is None or not text else self._replace(place, text, rule.lists, value)
                filled += bool(text)
                matched += bool(new)
                if new and new != text:
                    found[row] = new
            replaced[rule.position] = found
            self._counts.update({True: matched, False: filled - matched})
        return replaced

    def describe(self) -> str:
        """Return how many cells were replaced, as a note."""
        target = self._plan.targets[0].name
        kept = f"{self._counts[False]:,} that match no gene, or several, keep their text"
        return f"identifiers are replaced by {target} in {self._counts[True]:,} cells; {kept}"

    def preview(self, row: Sequence[str]) -> list[str]:
        """Return a row with its new texts."""
        cells = list(row)
        for place, rule in enumerate(self._plan.columns):
            if rule.position < len(cells) and (text := cells[rule.position]):
                cells[rule.position] = self._replace(place, text, rule.lists) or text
        return cells

    def _replace(self, place: int, text: str, lists: str | None, value: str | None = None) -> str:
        """Return the new text of a cell, empty where it has none; `value` is what the cell was converted to."""
        cells = self._cells[place]
        if lists is None or re.search(lists, text) is None:
            return _find_one(cells, text) if value is None else value
        known = self._known.get((place, text))
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            parts = "".join(_replace_parts(cells, text, lists))
            known = _find_one(cells, text, is_list=True) or (parts if parts != text else "")
            self._known[place, text] = known
        return known


def _find_one(cells: CellConverter, text: str, *, is_list: bool = False) -> str:
    """Return the identifier of the one gene that a cell matches, with `is_list` by all of its parts; else nothing."""
    if not text.strip():
        return ""
    values, status = (rows := cells.convert(make_encodable(text)))[0]
    is_one = len(rows) == 1 and len(status.genes) == 1
    if is_list:
        is_one &= status.outcome is Outcome.RESOLVED and status.reason in {None, CellNote.CORRECTED}
    return values[0] if is_one else ""


def _replace_parts(cells: CellConverter, text: str, lists: str) -> Iterator[str]:
    """Yield the parts of a cell, each replaced, and what separates them."""
    begin = 0
    for separator in re.finditer(lists, text):
        part = text[begin : separator.start()]
        yield _find_one(cells, part) or part
        yield separator[0]
        begin = separator.end()
    yield _find_one(cells, text[begin:]) or text[begin:]
