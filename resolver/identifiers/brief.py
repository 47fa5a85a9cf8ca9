"""One-line reprs for the objects that answers consist of."""

from __future__ import annotations

_WIDTH = 120


def one_line(shown: object, *parts: object) -> str:
    """Return `<Kind part part>` of at most 120 printable characters, for a repr.

    Parts that are None or empty are left out. What does not fit ends in an ellipsis.
    """
    words = [type(shown).__name__, *(str(part) for part in parts if part is not None and part != "")]
    text = "".join(mark if mark.isprintable() else "\ufffd" for mark in " ".join(words))
    return f"<{text}>" if len(text) <= _WIDTH - 2 else f"<{text[: _WIDTH - 3]}…>"
