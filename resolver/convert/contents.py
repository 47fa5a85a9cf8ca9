"""What the cells of a column are by their shape alone: numbers, alleles, dates, free text …, without a query.

Most columns of most tables are one of these, and are never taken for gene identifiers unless they are named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..identifiers.foreign import find_foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NUMBERS = "numbers"
FREE_TEXT = "free text"
_NUMBER = re.compile(r"\s*[-+<>=~]{0,2}\s*[0-9.][0-9.,' ]*(?:[eE][-+]?[0-9]+)?\s*%?\s*")
_WHOLE = re.compile(r"\s*[0-9]+(?:[.]0+)?\s*")
_DAY = r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{2}|[0-9]{4})"
_DATE = re.compile(rf"\s*(?:{_DAY})(?:[ T][0-9:.]+Z?)?\s*")
_ALLELE = re.compile(r"(?:[ACGTN*.-]+|<[A-Z:]+>)(?:[,/|](?:[ACGTN*.-]+|<[A-Z:]+>))*")
_GENOTYPE = re.compile(r"[0-9.][/|][0-9.](?::.*)?")
_STRANDS = frozenset(["+", "-", ".", "*", "1", "-1", "plus", "minus", "forward", "reverse", "fwd", "rev"])
_FLAGS = frozenset([
    "true", "false", "yes", "no", "y", "n", "t", "f", "0", "1", "pass", "fail", "up", "down", "ns", "sig", "m", "male",
    "female", "wt", "ko", "het", "hom", "case", "control", "ctrl", "tumor", "normal", "unknown"
])  # fmt: skip
_MODE = (
    "(?:ad|ar|xl|xld|xlr|xd|xr|yl|mt|mi|mu|smu|ic|dn|mito|mitochondrial|de novo|sporadic|digenic|somatic|unknown"
    "|autosomal|x-linked|y-linked|dominant|recessive)"
)
_INHERITANCE = re.compile(rf"{_MODE}(?:[ ,;/|+()-]+{_MODE})*[)]?")
_CHROMOSOME = re.compile(r"(?:chr)?(?:[0-9]{1,2}|[XYM]|MT)(?:_\w+)?", re.IGNORECASE)
# A text of so many words between two separators of a list is a phrase.
_FREE_WORDS = 3
_BETWEEN = re.compile(r"\s*(?:[;,|/]+|\s-\s|\sx\s)\s*")
_MOST = 0.9
_HALF = 0.5


def name_plain_kind(cells: Sequence[str]) -> str | None:
    """Return what different cells are if their shape says that they are no gene identifiers; else None."""
    if not cells:
        return None
    if _share(cells, is_number) > _HALF:
        return NUMBERS
    folded = [cell.strip().lower() for cell in cells]
    for kind, matches, share in _KINDS:
        if _share(folded if matches in _FOLDED else cells, matches) >= share:
            return kind
    return None


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


def _share(cells: Sequence[str], matches: Callable[[str], bool]) -> float:
    return sum(map(matches, cells)) / len(cells)


def _is_free_text(cell: str) -> bool:
    return any(len(part.split()) >= _FREE_WORDS for part in _BETWEEN.split(cell))


def _is_strand(folded: str) -> bool:
    return folded in _STRANDS


def _is_flag(folded: str) -> bool:
    return folded in _FLAGS


def _is_inheritance(folded: str) -> bool:
    return _INHERITANCE.fullmatch(folded) is not None


def _is_allele(cell: str) -> bool:
    return _ALLELE.fullmatch(cell.strip()) is not None or _GENOTYPE.fullmatch(cell.strip()) is not None


def _is_chromosome(cell: str) -> bool:
    return _CHROMOSOME.fullmatch(cell.strip()) is not None


def _is_date(cell: str) -> bool:
    return _DATE.fullmatch(cell) is not None


_FOLDED = frozenset((_is_strand, _is_flag, _is_inheritance))
_KINDS: tuple[tuple[str, Callable[[str], bool], float], ...] = (
    ("strands", _is_strand, 1.0),
    ("flags", _is_flag, 1.0),
    ("chromosomes", _is_chromosome, _MOST),
    ("alleles", _is_allele, _MOST),
    ("modes of inheritance", _is_inheritance, _MOST),
    ("dates", _is_date, _HALF),
    (FREE_TEXT, _is_free_text, _HALF),
)
