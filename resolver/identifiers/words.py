"""Words that can be nothing but a symbol or a name: most of what a long list holds of old and private names."""

from __future__ import annotations

import re

from .foreign import find_foreign
from .namespaces import SYMBOL
from .recognize import has_accession_shape
from .typos import may_be_slip

_WORD = re.compile("[A-Za-z][A-Za-z0-9]{0,62}")
_SYMBOL_SHAPE = re.compile(SYMBOL.forms[0].pattern)


def is_plain_word(text: str) -> bool:
    """Tell whether a text is letters and digits that can only be a name, and is not like anything else.

    Such a text has one reading, as a symbol or name; it is no slip of an identifier, nothing that a spreadsheet made,
    and no identifier of another kind. So it is known by what the release holds of names alone.
    """
    if _WORD.fullmatch(text) is None or _SYMBOL_SHAPE.fullmatch(text) is None:
        return False
    folded = text.upper()
    return not (has_accession_shape(folded) or may_be_slip(folded)) and find_foreign(text) is None
