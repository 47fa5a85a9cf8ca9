"""Short texts for messages and reprs: one-line reprs, the kind of a value, and the nearest of some words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDTH = 120


def one_line(shown: object, *parts: object) -> str:
    """Return `<Kind part part>` of at most 120 printable characters, for a repr.

    Parts that are None or empty are left out. What does not fit ends in an ellipsis.
    """
    words = [type(shown).__name__, *(str(part) for part in parts if part is not None and part != "")]
    text = "".join(mark if mark.isprintable() else "\ufffd" for mark in " ".join(words))
    return f"<{text}>" if len(text) <= _WIDTH - 2 else f"<{text[: _WIDTH - 3]}…>"


def name_kind(value: object) -> str:
    """Return the type of a value with its article, such as `an int`; for None its name."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}"


def suggest_near(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean 'ensembl'? ` for a word that is nearly one of those known, else an empty text."""
    import difflib

    folded = {one.casefold(): str(one) for one in known}
    near = difflib.get_close_matches(word.strip().casefold(), folded, n=1)
    return f"Did you mean {folded[near[0]]!r}? " if near else ""
