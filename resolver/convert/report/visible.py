"""Texts of users as a person sees them: no control characters, no direction marks, no endless lines."""

from __future__ import annotations

import unicodedata
from typing import Any


def make_visible(text: Any, size: int = 1_000) -> str:  # noqa: ANN401  (what a template shows)
    """Return a text of at most `size` characters whose control characters and direction marks are visible."""
    text = str(text)
    is_cut = len(text) > size
    drawn = "".join(map(_draw, text[: size - 1] if is_cut else text))
    return f"{drawn}… ({len(text):,} characters)" if is_cut else drawn


def _draw(mark: str) -> str:
    if mark < " ":
        return chr(0x2400 + ord(mark))
    if unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
        return f"[U+{ord(mark):04X}]"
    return mark
