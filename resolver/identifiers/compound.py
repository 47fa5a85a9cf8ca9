"""Two identifiers of one gene in one text, such as `TP53|7157` or `ENSG00000141510_TP53`, recognized by shape.

A pair has an accession or an Entrez number, and its two parts are of different kinds: two accessions of one kind, or
two symbols, are a list. Whether the parts belong to one gene is for the release to decide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .derived import DerivedKind, list_derived
from .foreign import find_foreign
from .recognize import MAX_LENGTH, has_accession_shape, prepare, recognize

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME, _NUMBER = "name", "number"


class Compound(NamedTuple):
    """The two parts of a text.

    `is_certain`: the shape is that of a pair even where only one part is found. `has_other_shape`: it is that of
    something else too, such as a variant (`ENSG00000182326_C1S`), so that both parts must lead to one gene.
    """

    parts: tuple[str, str]
    is_certain: bool
    has_other_shape: bool = False


def split_compound(text: str) -> Compound | None:
    """Return the two identifiers that a text consists of; None if it does not look like a pair."""
    if len(text) > MAX_LENGTH or not _MARK.search(text):
        return None
    prepared = prepare(text).text.removeprefix(">")
    for first, second, is_certain in _split(prepared):
        kinds = (_find_kind(first), _find_kind(second))
        if None not in kinds and kinds[0] != kinds[1]:
            foreign = find_foreign(prepared)
            if foreign is not None and foreign.is_artifact:
                return None
            is_modified = any(one.kind is DerivedKind.MODIFIED for one in list_derived(prepared))
            is_certain = is_certain and _looks_certain(first, second, kinds)
            return Compound((first, second), is_certain, foreign is not None or is_modified)
    return None


_MARK = re.compile(r"[|^(_ \[-]")
# `TP53 (7157)`, `TP53 [ENSG00000141510]`
_IN_BRACKETS = re.compile(r"([^()\[\]|]+?) ?[(\[]([^()\[\]|]+)[)\]]")
# TCGA writes `TP53|7157`, STAR-Fusion `EML4^ENSG00000143924.19`.
_PARTED = re.compile(r"([^|^]+?) ?[|^] ?([^|^]+)")
_WITH_NUMBER = re.compile(r"(?:([^ ]+?)_{1,2}([1-9][0-9]{0,9})|([1-9][0-9]{0,9})_{1,2}([^ ]+))")
_JOINT = re.compile(r"_{1,2}|[- ]")
_ENSEMBL = "ENS"
_SYMBOL_LIKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.@/_-]*")


def _split(text: str) -> Iterator[tuple[str, str, bool]]:
    """Yield how a text may be parted, likeliest first, and whether its separator is that of a pair."""
    if match := _IN_BRACKETS.fullmatch(text) or _PARTED.fullmatch(text):
        yield match[1], match[2], True
        return
    joints = [(text[: joint.start()], joint[0], text[joint.end() :]) for joint in _JOINT.finditer(text)]
    # The longest accession leaves least: `ENSG00000182378.15_PAR_Y_PLCXD1`, `NM_000546.6_TP53`.
    for left, joint, right in reversed(joints):
        if right and _joins(left, joint):
            yield left, right, joint[0] == "_"
    for left, joint, right in joints:
        if left and _joins(right, joint):
            yield left, right, joint[0] == "_"
    if match := _WITH_NUMBER.fullmatch(text):
        first, second = (part for part in match.groups() if part)
        yield first, second, False


def _joins(accession: str, joint: str) -> bool:
    """Return whether this is an accession that programs join to a name so; by a hyphen or blank only Ensembl's ids."""
    folded = accession.upper()
    return (joint[0] == "_" or folded.startswith(_ENSEMBL)) and has_accession_shape(folded)


def _find_kind(part: str) -> str | None:
    """Return what a part is: a name, a bare number, or the namespace and level of an accession; None if nothing."""
    interpretations = recognize(part).interpretations
    if not interpretations:
        return None
    if is_number(part):
        return _NUMBER
    first = interpretations[0]
    return _NAME if first.is_text else f"{first.identifier.prefix} {first.level}"


def is_number(part: str) -> bool:
    """Return whether a part is a bare number."""
    return part.isascii() and part.isdigit()


def _looks_certain(first: str, second: str, kinds: tuple[str | None, str | None]) -> bool:
    """Return whether a part that is a name looks like a symbol: in `12 patients (7157)` it does not."""
    return all(kind != _NAME or _SYMBOL_LIKE.fullmatch(part) for part, kind in zip((first, second), kinds, strict=True))
