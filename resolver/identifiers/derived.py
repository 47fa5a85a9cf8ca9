"""Texts made from the names of genes: fusions with a hyphen, modified proteins, names made unique.

Their shapes are those of names too, so that only the release can say whether a text is one: it is if what it is made of
are names of genes, and the whole is none.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class DerivedKind(StrEnum):
    """What a text is made of names for."""

    FUSION = "fusion"
    MODIFIED = "modified protein"
    MADE_UNIQUE = "name made unique"


class Derived(NamedTuple):
    """What a text may be, and the names of genes that it would be made from."""

    kind: DerivedKind
    names: tuple[str, ...]


_NAME = r"[^\W_](?:[\w.-]*?[^\W_])?"
_SITE = r"(?:[STY]|Ser|Thr|Tyr)-?[0-9]{1,4}"
_SITES = rf"p?{_SITE}(?:[/_,+-]p?{_SITE})*"
# Of an antibody of a reverse-phase protein array, such as Akt_pS473-R-V.
_ANTIBODY = r"(?:-[RMGC]-[A-Z]{1,3})?"
_PHOSPHO = r"(?:(?:[Pp]hospho|[Pp])[- ]|p(?=[A-Z]))"
# The whole is a name before a part of it is a site, as in p-H2-T5.
_MODIFIED = (
    # pSTAT3, p-ERK1/2
    re.compile(rf"{_PHOSPHO}({_NAME})(?:/[0-9]+)*"),
    # phospho-AKT (Ser473)
    re.compile(rf"{_PHOSPHO}({_NAME})(?:/[0-9]+)*(?:[ _-]{_SITES}| ?\({_SITES}\))"),
    # TP53_S15, STAT3_pY705, AKT1 pS473, AKT1 (pS473)
    re.compile(rf"({_NAME})(?:(?:_|[ :-](?=p)){_SITES}{_ANTIBODY}| ?\((?=p){_SITES}\))"),
)
# R writes MATR3.1, scanpy MATR3-1, and many a script MATR3_1.
_MADE_UNIQUE = re.compile(rf"({_NAME})[._-][1-9][0-9]{{0,2}}")
_FUSION_MARK = re.compile(r"[-/]")
_SHORTEST_IN_FUSION = 3  # shorter symbols are those of alleles too, such as AS, WT and OT


def list_derived(text: str) -> Iterator[Derived]:
    """Yield what a text may be made of, likeliest first."""
    for joint in _FUSION_MARK.finditer(text):
        names = (text[: joint.start()].strip(), text[joint.end() :].strip())
        if all(len(name) >= _SHORTEST_IN_FUSION and " " not in name for name in names):
            yield Derived(DerivedKind.FUSION, names)
    for shape in _MODIFIED:
        if (match := shape.fullmatch(text)) is not None and _has_letter(match[1]):
            yield Derived(DerivedKind.MODIFIED, (match[1],))
    if (match := _MADE_UNIQUE.fullmatch(text)) is not None and _has_letter(match[1]):
        yield Derived(DerivedKind.MADE_UNIQUE, (match[1],))


def _has_letter(name: str) -> bool:
    return not name.isdigit()
