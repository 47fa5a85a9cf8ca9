"""The pages of docs/ that are read from top to bottom: the tutorial and the how-to guides."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GUIDES = [DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]


def transcript(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with what it printed."""
    parts = re.split(r"^\$ (.+)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def blocks(text: str, *languages: str) -> list[str]:
    """Return the contents of the fenced blocks in these languages."""
    fences = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [match[2] for match in fences if match[1] in languages]


def first_difference(printed: str, shown: str) -> str:
    """Return the first piece of `shown` that is not printed after the pieces before it; empty if all are.

    Spaces and line breaks do not count, and … stands for any output.
    """
    printed, place = re.sub(r"\s", "", printed), 0
    for piece in re.sub(r"\s", "", shown).split("…"):
        found = printed.find(piece, place)
        if found < 0:
            return piece
        place = found + len(piece)
    return ""
