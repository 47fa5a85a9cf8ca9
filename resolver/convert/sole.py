"""The only column of a table that can contain identifiers: taken with a note, on weaker evidence in cells or header.

A plain list has no header that says what it contains, so its cells must: full names of genes, or numbers that are all
ids of one namespace. Numbers that count or measure something are never taken.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ..genes.ranking import MatchKind
from ..identifiers.namespaces import BY_PREFIX, NUMBERED
from ..resolve.column import Numbers, sample
from .contents import FREE_TEXT, NUMBERS, is_whole_number
from .headers import is_about_genes
from .profile import FEW_CLASSES, MATCH_WORDS, SHOWN_PLAIN, show_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .plan import CellRule
    from .profile import ColumnProfile, Profiler

_GOOD_PART = 0.3
_HALF = 0.5
_MOST_TEXTS = 5  # columns of free text that are looked at
_SAMPLED = 2_000
_SHARE_OF_NUMBERS = 0.95
_FEWEST_NUMBERS = 3
_FEWEST_OF_ROWS = 20  # where the numbers may be those of rows
# Counts, ages and years match genes too, since nearly every small number is an id.
_SMALL = 1_000
_YEARS = range(1800, 2101)
_DENSE = 4  # numbers that fill so much of their range, 1 in 4, count something
_NO_NAME = re.compile(r"|[0-9]+|(?:column|unnamed)[ :_]*[0-9]*|[xv][0-9]*|values?|index", re.IGNORECASE)
_ROW_NAMES = re.compile(r"|column 1|unnamed: ?0|index", re.IGNORECASE)
_FULL_NAMES = MATCH_WORDS[MatchKind.FULL_NAME]


def find_sole(profiles: Sequence[ColumnProfile], profiler: Profiler) -> CellRule | None:
    """Return the rule of the only column that can contain identifiers; None if none or several can.

    It is taken if a good part of its different cells match genes. In a table with other columns they match by more than
    aliases, and its header names no description.
    """
    if any(one.species is not None for one in profiles):
        return None
    are_numbers = [one for one in profiles if _kind(one) == NUMBERS and _may_number_genes(one, len(profiles))]
    numbered = [rule for one in are_numbers if (rule := _read_numbers(one, profiler)) is not None]
    if numbered:
        return numbered[0] if len(numbered) == 1 else None
    unread = (FREE_TEXT,) if len(profiles) > 1 else (FREE_TEXT, FEW_CLASSES)
    texts = [one for one in profiles if _kind(one) in unread][:_MOST_TEXTS]
    again = [profiler.profile(one.rule, is_wanted=True) for one in texts]
    possible = [one for one in (*(one for one in profiles if not one.is_plain), *again) if one.found >= _GOOD_PART]
    if len(possible) != 1:
        return None
    (one,) = possible
    are_names = one.found >= _HALF and one.shares[0][0] == _FULL_NAMES
    is_strong = are_names or 2 * one.strength - one.found >= _GOOD_PART
    if len(profiles) > 1 and (not is_strong or is_about_genes(one.rule.name)):
        return None
    why = f"{show_share(one.found)} of its different values match genes"
    note = f"{one.rule.name} is converted, as the only column whose values can be identifiers: {why}"
    return replace(one.rule, why=why, note=note)


def _kind(one: ColumnProfile) -> str:
    """Return what a column is by its shape alone; empty if its cells were resolved."""
    return next((kind for kind, shown in SHOWN_PLAIN.items() if one.shares[0][0] == shown), "") if one.is_plain else ""


def _may_number_genes(one: ColumnProfile, columns: int) -> bool:
    """Return whether the header names genes, or nothing: of a list, or of the names of rows, as R writes them."""
    if one.is_named:
        return True
    if columns > 1:
        are_row_names = one.rule.position == 0 and _ROW_NAMES.fullmatch(one.rule.name.strip()) is not None
        return are_row_names and one.different >= _FEWEST_OF_ROWS
    return _NO_NAME.fullmatch(one.rule.name.strip()) is not None


def _read_numbers(one: ColumnProfile, profiler: Profiler) -> CellRule | None:
    """Return the rule of a list of numbers that nearly all lead to genes of one namespace; None for any other."""
    cells = [cell.strip() for cell in profiler.list_filled(one.rule.position)]
    if not all(map(is_whole_number, cells)):
        return None
    numbers = list(dict.fromkeys(cell.partition(".")[0] for cell in cells))
    if _are_measured([int(number) for number in numbers]):
        return None
    numbers = list(sample(numbers, _SAMPLED))
    placed = profiler.resolver.reader.find_placed(numbers)
    found = Counter(prefix for prefix, _ in placed if prefix in NUMBERED)
    # Of equals NCBI Gene goes first, as for a single number.
    prefix = max(NUMBERED, key=lambda one: (found[one], -NUMBERED.index(one)))
    if found[prefix] < _SHARE_OF_NUMBERS * len(numbers):
        return None
    title, share = BY_PREFIX[prefix].title, show_share(found[prefix] / len(numbers))
    why = f"interpreted as {title}, which has {share} of the numbers of the list"
    note = f"{one.rule.name} is converted as {title}, which has {share} of its numbers (--from specifies another)"
    return replace(one.rule, why=why, numbers=Numbers(prefix, why), note=note)


def _are_measured(numbers: Sequence[int]) -> bool:
    """Return whether numbers seem to count or measure something: few, small, years, or filling their range."""
    if len(numbers) < _FEWEST_NUMBERS or 2 * sum(number < _SMALL for number in numbers) >= len(numbers):
        return True
    return all(number in _YEARS for number in numbers) or max(numbers) - min(numbers) < _DENSE * len(numbers)
