"""Is the first row of a table its header, or data already? Its cells are compared with those below them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ..genes.ranking import MatchKind
from ..identifiers.namespaces import BY_SPELLING, folded_spelling
from ..resolve.column import UNDECIDED
from ..resolve.many import answer_in_column
from ..resolve.options import DEFAULT
from ..resolve.outcome import Outcome, Reason
from .layouts.comments import is_number
from .layouts.detect import OF_IDENTIFIERS
from .unknown import name_unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..resolve.options import Options
    from ..resolve.resolver import Resolver
    from .formats.base import Source

_SAMPLED_ROWS = 50
_MOST_COLUMNS = 200
_MISSING = frozenset(("", "na", "nan", "n/a", "none", "null", "-", ".", "?", "---", "inf", "-inf"))
# Words of headers that some gene is called by too.
_WORDS = """
accession alias alt batch cat cell class count description end fc feature gene genes group guide hit hits hugo id ids
impact index input key label lfc list locus marker max mean min name names orf panel probe protein query rank ref
region rest rs score sd se set source stat start symbol symbols synonym tag target targets term transcript type value
variant
"""
_TITLES = frozenset(_WORDS.split())


class _Match(NamedTuple):
    """How a cell matches genes; `is_strong`: as an identifier or an approved symbol, with its capitals."""

    kind: str
    is_case_corrected: bool = False
    is_strong: bool = False


def is_data(first: Sequence[str], rows: Sequence[Sequence[str]], resolver: Resolver, options: Options) -> bool | None:
    """Return whether a first row is data like the rows below it; None where nothing speaks for either.

    Cost: an answer for each column, and some dozens for each whose first cell matches a gene.
    """
    first, rows = first[:_MOST_COLUMNS], rows[:_SAMPLED_ROWS]
    if _is_title(first, rows):
        return False
    numeric = [place for place in range(len(first)) if _is_numeric(place, rows)]
    numbers = [first[place] for place in numeric]
    if any(not is_number(cell) and cell.strip().lower() not in _MISSING for cell in numbers):
        return False
    if any(is_number(cell) and not cell.strip().isdigit() for cell in numbers):
        return True  # columns are numbered, if at all, by whole numbers
    if numbers and (len(numbers) == len(first) or len(set(numbers)) < len(numbers)):
        return True
    places = [place for place in range(len(first)) if place not in numeric]
    if any(_is_like_column(first, place, rows, resolver, options) for place in places):
        return True
    return False if any(map(OF_IDENTIFIERS.match, first)) else None


def settle_header(source: Source, resolver: Resolver, options: Options = DEFAULT, wanted: Sequence[str] = ()) -> None:
    """Decide whether the first row of a table is data, where nobody specified that; a note reports it.

    A row that has a wanted column's name is a header.
    """
    first = source.first_row
    if first is None or any(name in first for name in wanted):
        return
    decided = is_data(first, source.head, resolver, options)
    if decided:
        source.settle(has_header=False)
    if decided is not False:
        source.notes.append(describe_first_row(first, is_data=decided is True))


def describe_first_row(first: Sequence[str], *, is_data: bool) -> str:
    """Return the note on what a first row is taken for, and how to specify the other."""
    shown = ", ".join(first[:3])[:60]
    if is_data:
        return f"the first row ({shown}) is read as data; if it is a header: --header"
    return f"the first row ({shown}) is read as the header; if it is data: --no-header"


def _is_title(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a cell is a word of headers that its column does not contain, or the first names no rows."""
    if rows and not first[0].strip() and all(row[0].strip() for row in rows if row):
        return True
    for place, cell in enumerate(first):
        word = cell.strip().lower()
        is_word = word in _TITLES or folded_spelling(cell) in BY_SPELLING or (len(first) == 1 and len(word) == 1)
        if is_word and all(place >= len(row) or row[place].strip().lower() != word for row in rows):
            return True
    return False


def _cells(place: int, rows: Sequence[Sequence[str]]) -> list[str]:
    cells = (row[place] for row in rows if place < len(row))
    return [cell for cell in cells if cell.strip().lower() not in _MISSING]


def _is_numeric(place: int, rows: Sequence[Sequence[str]]) -> bool:
    cells = _cells(place, rows)
    return bool(cells) and all(map(is_number, cells))


def _is_like_column(
    first: Sequence[str], place: int, rows: Sequence[Sequence[str]], resolver: Resolver, options: Options
) -> bool:
    """Return whether the first cell of a column matches a gene in the way in which the cells below it do."""
    match = _match(first[place], resolver, options)
    if match is None:
        return False
    cells = _cells(place, rows)
    if not cells:
        return not rows and match.is_strong
    counts = Counter(found for cell in cells if (found := _match(cell, resolver, options)) is not None)
    if 2 * counts.total() < len(cells) and not (len(first) == 1 and match.is_strong and counts):
        return False
    is_list = len(first) == 1 and not match.is_case_corrected
    return match.is_strong or is_list or 2 * counts[match] >= counts.total()


def _match(cell: str, resolver: Resolver, options: Options) -> _Match | None:
    """Return how a cell matches genes, or which kind of identifier it has the form of; None for any other text."""
    answer = answer_in_column(resolver, cell, options, UNDECIDED, with_suggestions=False)
    if answer.genes:
        match = answer.genes[0].matched_as
        is_identifier = match.kind in {MatchKind.IDENTIFIER, MatchKind.HOMOLOGY_GROUP}
        is_strong = (is_identifier or match.kind is MatchKind.SYMBOL) and not match.case_corrected
        return _Match(match.value.partition(":")[0] if is_identifier else match.kind, match.case_corrected, is_strong)
    if answer.outcome is Outcome.NOT_FOUND and (title := name_unknown(answer.query)) is not None:
        return _Match(title, is_strong=True)
    if answer.outcome is Outcome.RETIRED or answer.reason is Reason.SPREADSHEET_DAMAGE:
        return _Match(answer.outcome, is_strong=True)
    return _Match(Reason.OUT_OF_SCOPE) if answer.reason is Reason.OUT_OF_SCOPE else None
