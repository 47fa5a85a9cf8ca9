"""What a person decided about damaged cells that may have been one of several names."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ..errors import BadOption
from ..resolve.suggestions import name_suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..resolve.options import Options
    from ..resolve.resolver import Resolver

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def show_date(text: str) -> str | None:
    """Return a date of a workbook as spreadsheets display what they made of a symbol, such as 9-Sep; None if none."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return f"{day.day}-{_MONTHS[day.month - 1]}"


class Decisions:
    """The names that replace damaged cells: of each cell with a text, or of the cells of one place.

    Raises BadOption for a decision that cannot be read, or whose name matches no gene.
    """

    def __init__(self, specified: Iterable[str], resolver: Resolver, options: Options) -> None:
        self._names: dict[str, str] = {}
        self._unused: dict[str, str] = {}
        for one in specified:
            cell, equals, name = (part.strip() for part in one.rpartition("="))
            if not (cell and equals and name):
                raise BadOption(
                    f"--set {one!r} is no decision", hint='Write the cell and its name: --set "1-Mar=MARCH1".'
                )
            answer = resolver.resolve(name, options)
            if not answer.genes:
                meant = " or ".join(map(name_suggestion, answer.suggestions[:3]))
                raise BadOption(
                    f"--set {one!r}: {name} matches no gene",
                    hint=f"Did you mean {meant}?" if meant else answer.hint or "Check its spelling.",
                )
            if self._names.setdefault(cell.casefold(), name) != name:
                raise BadOption(
                    f"--set decides {cell} twice", hint="Name single cells by their place, as repair shows it."
                )
            self._unused[cell.casefold()] = cell

    def find(self, text: str, place: str, shown: str | None) -> str | None:
        """Return the name that a damaged cell becomes, None where it was not decided; its place goes first."""
        for key in (place, text, shown):
            if key is not None and (name := self._names.get(key.strip().casefold())) is not None:
                self._unused.pop(key.strip().casefold(), None)
                return name
        return None

    def check_used(self) -> None:
        """Raise BadOption where a decision is on no damaged cell; to be called once all cells were examined."""
        if self._unused:
            listed = ", ".join(self._unused.values())
            raise BadOption(
                f"--set: no damaged cell is {listed}",
                hint="Run resolver repair with --dry-run: it lists the damaged cells and their places.",
            )
