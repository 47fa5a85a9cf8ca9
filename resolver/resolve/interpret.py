"""Step 1, interpret: what a query may be, by its text alone. Pure: nothing here reads a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..identifiers.damage import is_day
from ..identifiers.model import Level
from ..identifiers.names import make_encodable
from ..identifiers.namespaces import NUMBERED
from ..identifiers.recognize import recognize
from .column import UNDECIDED

if TYPE_CHECKING:
    from ..identifiers.damage import Damage
    from ..identifiers.model import Recognition
    from .column import Column, SpeciesVote


def interpret(query: str, namespaces: tuple[str, ...] = (), column: Column = UNDECIDED) -> Recognition:
    """Return every interpretation of a query, best first; with `namespaces`, only those in them.

    `column` says what the query's list decides: the namespace of bare numbers (a number that cannot be of it keeps all
    interpretations, the number of a probe set has none), the species that a query is read in, and whether numbers that
    can be days are damaged names.
    """
    recognition = recognize(query if query.isascii() else make_encodable(query), namespaces)
    numbers, vote, has_dates = column
    if has_dates and not namespaces and is_day(query):
        return recognition._replace(interpretations=())
    if numbers is not None and not namespaces and numbers.is_probe_set(query):
        return recognition._replace(interpretations=())
    if numbers is not None and not namespaces and numbers.is_number(query):
        inside = tuple(
            one._replace(notes=(*one.notes, numbers.why))
            for one in recognition.interpretations
            if one.identifier.prefix == numbers.prefix
        )
        recognition = recognition._replace(interpretations=inside) if inside else recognition
    return read_in_species(recognition, vote)


def read_in_species(recognition: Recognition, vote: SpeciesVote | None) -> Recognition:
    """Return the recognition for a list of one species; an accession that is of one species alone needs no note.

    A text that names its species itself keeps it.
    """
    if vote is None or vote.taxon is None or recognition.taxon is not None:
        return recognition
    why = vote.why
    interpretations = tuple(
        one._replace(notes=(*one.notes, why)) if one.is_text or one.level is Level.GROUP else one
        for one in recognition.interpretations
    )
    return recognition._replace(taxon=vote.taxon, interpretations=interpretations)


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
