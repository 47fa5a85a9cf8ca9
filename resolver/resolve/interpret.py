"""Step 1, interpret: what a query may be, by its text alone. Pure: nothing here reads a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..identifiers.names import make_encodable
from ..identifiers.namespaces import NUMBERED
from ..identifiers.recognize import recognize

if TYPE_CHECKING:
    from ..identifiers.damage import Damage
    from ..identifiers.model import Recognition
    from .column import Column


def interpret(query: str, namespaces: tuple[str, ...] = (), column: Column | None = None) -> Recognition:
    """Return every interpretation of a query, best first; with `namespaces`, only those in them.

    `column` says what the bare numbers of the query's list are. A number that cannot be that keeps all interpretations;
    the number of a probe set has none.
    """
    recognition = recognize(query if query.isascii() else make_encodable(query), namespaces)
    if column is None or namespaces:
        return recognition
    if column.is_probe_set(query):
        return recognition._replace(interpretations=())
    if not column.is_number(query):
        return recognition
    inside = tuple(
        one._replace(notes=(*one.notes, column.why))
        for one in recognition.interpretations
        if one.identifier.prefix == column.prefix
    )
    return recognition._replace(interpretations=inside) if inside else recognition


def interpret_repaired(recognition: Recognition, damage: Damage, namespaces: tuple[str, ...]) -> Recognition:
    """Return the query as the one text that it was before a spreadsheet changed it; `damage` is lossless.

    The release is queried for it only if it does not contain the query itself, so that this is not part of `interpret`.
    """
    repaired = recognize(damage.spellings[0], namespaces)
    note = f"read as {damage.spellings[0]}: {damage.explanation}"
    interpretations = tuple(one._replace(notes=(note, *one.notes)) for one in repaired.interpretations)
    return repaired._replace(
        text=recognition.text, interpretations=interpretations, is_only_text=recognition.is_only_text
    )


def may_be_date(recognition: Recognition) -> bool:
    """Return whether the query may be a date: a bare number, or a name that is not letters and digits alone."""
    if recognition.interpretations[0].is_text:
        return not (recognition.text.isalnum() and recognition.text.isascii())
    return is_bare_number(recognition)


def is_bare_number(recognition: Recognition) -> bool:
    """Return whether the query is a number that several namespaces may contain."""
    interpretations = recognition.interpretations
    return len(interpretations) > 1 and interpretations[0].identifier.prefix in NUMBERED
