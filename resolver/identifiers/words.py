"""Texts that can be but one thing: most old and private names, and most accessions that no release knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .damage import find_damage
from .foreign import find_foreign
from .namespaces import SYMBOL
from .recognize import has_accession_shape, recognize
from .typos import may_be_slip, near_identifiers

if TYPE_CHECKING:
    from .model import Identifier, Recognition

_WORD = re.compile("[A-Za-z][A-Za-z0-9]{0,62}")
_SYMBOL_SHAPE = re.compile(SYMBOL.forms[0].pattern)
_PARTS_A_LIST = re.compile("[;,|/]")


class Sole(NamedTuple):
    """What a text can be alone: an identifier, a name, or for accessions that a symbol may look like, either."""

    identifier: Identifier | None
    name: str | None


def find_sole(text: str) -> Sole | None:
    """Return what a text can be alone; None where there may be more to it.

    Such a text is no slip of an identifier, nothing that a spreadsheet made, no list, no bare number, and no identifier
    of another kind. So all that there is to know of it is what the release holds under the identifier and the name.
    Cost: a few microseconds for words of letters and digits and for canonical accessions, some twenty for other texts.
    """
    if is_plain_word(text):
        return Sole(None, text)
    if not text.isascii() or text.isdigit() or _PARTS_A_LIST.search(text) is not None:
        return None
    sole = _read_alone(recognize(text))
    if sole is None or find_damage(text) is not None or find_foreign(text) is not None:
        return None
    return sole if sole.identifier is not None or not near_identifiers(text, is_only_text=True) else None


def _read_alone(recognition: Recognition) -> Sole | None:
    interpretations = recognition.interpretations
    if recognition.problem is not None or not 1 <= len(interpretations) <= 2:
        return None
    first, last = interpretations[0], interpretations[-1]
    if (
        first.parent is not None
        or last.is_withdrawn
        or (len(interpretations) > 1 and (first.is_text or not last.is_text))
    ):
        return None
    return Sole(None if first.is_text else first.identifier, last.identifier.accession if last.is_text else None)


def is_plain_word(text: str) -> bool:
    """Tell whether a text is letters and digits that can only be a name, and is not like anything else."""
    if _WORD.fullmatch(text) is None or _SYMBOL_SHAPE.fullmatch(text) is None:
        return False
    folded = text.upper()
    return not (has_accession_shape(folded) or may_be_slip(folded)) and find_foreign(text) is None
