"""What the cells of a column are by their shape alone: numbers, alleles, dates, free text …, without a query.

Most columns of most tables are one of these, and are never taken for gene identifiers unless they are named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..identifiers.foreign import find_foreign

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERS = "numbers"
FREE_TEXT = "free text"
_NUMBER = re.compile(r"\s*[-+<>=~]{0,2}\s*[0-9.][0-9.,' ]*(?:[eE][-+]?[0-9]+)?\s*%?\s*")
_WHOLE = re.compile(r"\s*[0-9]+(?:[.]0+)?\s*")
_DAY = r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{2}|[0-9]{4})"
_ALLELE = r"(?:[ACGTN*.-]+|<[A-Z:]+>)"
_MODE = (
    "(?:ad|ar|xl|xld|xlr|xd|xr|yl|mt|mi|mu|smu|ic|dn|mito|mitochondrial|de novo|sporadic|digenic|somatic|unknown"
    "|autosomal|x-linked|y-linked|dominant|recessive)"
)
# A text of so many words between two separators of a list is a phrase.
_FREE_WORDS = 3
_BETWEEN = re.compile(r"\s*(?:[;,|/]+|\s-\s|\sx\s)\s*")
_MOST = 0.9
_HALF = 0.5


# Kinds of cells by their shape, and the share of the cells that must have it.
_KINDS = (
    ("strands", re.compile(r"(?i:[-+.*]|-?1|plus|minus|forward|reverse|fwd|rev)"), 1.0),
    ("flags", re.compile(
        "(?i:true|false|yes|no|y|n|t|f|0|1|pass|fail|up|down|ns|sig|m|male|female|wt|ko|het|hom|case|control|ctrl|tumor"
        "|normal|unknown)"
    ), 1.0),
    ("chromosomes", re.compile(r"(?i:(?:chr)?(?:[0-9]{1,2}|[XYM]|MT)(?:_\w+)?)"), _MOST),
    ("alleles", re.compile(rf"{_ALLELE}(?:[,/|]{_ALLELE})*|[0-9.][/|][0-9.](?::.*)?"), _MOST),
    ("modes of inheritance", re.compile(rf"(?i:{_MODE}(?:[ ,;/|+()-]+{_MODE})*[)]?)"), _MOST),
    ("dates", re.compile(rf"(?:{_DAY})(?:[ T][0-9:.]+Z?)?"), _HALF),
)  # fmt: skip


def name_plain_kind(cells: Sequence[str]) -> str | None:
    """Return what different cells are if their shape says that they are no gene identifiers; else None."""
    if not cells:
        return None
    if sum(map(is_number, cells)) > _HALF * len(cells):
        return NUMBERS
    stripped = [cell.strip() for cell in cells]
    for kind, shape, share in _KINDS:
        if sum(shape.fullmatch(cell) is not None for cell in stripped) >= share * len(cells):
            return kind
    return FREE_TEXT if sum(map(_is_free_text, cells)) >= _HALF * len(cells) else None


def is_number(cell: str) -> bool:
    """Return whether a cell is a number, be it with decimals, an exponent, a sign or separators of thousands."""
    return not cell[0].isalpha() and _NUMBER.fullmatch(cell) is not None


def is_whole_number(cell: str) -> bool:
    """Return whether a cell is a whole number, be it with decimals that a spreadsheet added."""
    return _WHOLE.fullmatch(cell) is not None


def name_other_species(cells: Sequence[str]) -> str | None:
    """Return the species, or a word for it, that most cells are identifiers of, if that is neither human nor mouse."""
    found = [cell for cell in cells if (kind := find_foreign(cell)) is not None and "species" in kind.names]
    if len(found) <= _HALF * len(cells):
        return None
    shown = found[0].strip()
    species = next((name for begin, name in _SPECIES if shown.upper().startswith(begin)), "another species")
    return f"{species} ({shown})"


_SPECIES = (
    ("ENSRNO", "rat"), ("RGD", "rat"), ("ENSDAR", "zebrafish"), ("ZDB", "zebrafish"), ("ZFIN", "zebrafish"),
    ("FB", "fruit fly"), ("WB", "C. elegans"), ("SGD", "yeast"), ("XENBASE", "Xenopus"), ("ENSXET", "Xenopus"),
    ("ENSGAL", "chicken"), ("ENSBTA", "cow"), ("ENSSSC", "pig"), ("ENSCAF", "dog"), ("ENSMMU", "rhesus macaque"),
    ("ENSPTR", "chimpanzee"), ("ENSOCU", "rabbit"), ("ENSOAR", "sheep"), ("ENSECA", "horse"), ("ENSCGR", "hamster"),
)  # fmt: skip


def _is_free_text(cell: str) -> bool:
    return any(len(part.split()) >= _FREE_WORDS for part in _BETWEEN.split(cell))
