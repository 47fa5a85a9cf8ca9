"""From a block of lines to the rows that are written: compiled loops that find cells, count, and put rows together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compiled import AT_ONCE, compiled, copy_bytes, read_word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .compiled import Bytes, Offsets, Places, Whole

_LINE_FEED, _RETURN, _QUOTE = 10, 13, 34
_WORD = 8
_EACH, _UPPER, _NUMBERS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080), np.uint64(0x0001020304050607)
_SEVEN, _TOP = np.uint64(7), np.uint64(56)
_LINE_FEEDS = np.uint64(0x0A0A0A0A0A0A0A0A)


@compiled(
    "int64(int32[::1], int64[::1], int64[::1], uint16[::1], uint8[::1], boolean[::1], boolean[::1],"
    " Tuple((int64[::1], int64[::1], int64[::1])), int64[::1])"
)
def count_rows(
    code: NDArray[np.int32],
    answer: Places,
    row: Places,
    kind_of: NDArray[np.uint16],
    match_of: NDArray[np.uint8],
    is_miss: NDArray[np.bool_],
    is_asked_miss: NDArray[np.bool_],
    counts: tuple[Places, Places, Places],
    missed: Places,
) -> int:
    """Count rows by the kind of their answer, by how they matched, and by what was asked; list those that are misses.

    `is_miss` tells it of each kind, `is_asked_miss` of each row that was asked. Returns how many misses there are.
    """
    kinds, matches, asked = counts
    misses = 0
    for place in range(len(code)):
        if row[place] >= 0:
            asked[row[place]] += 1
            is_one = is_asked_miss[row[place]]
        else:
            kind = kind_of[answer[place]]
            kinds[kind] += 1
            matches[match_of[code[place]]] += 1
            is_one = is_miss[kind]
        if is_one:
            missed[misses] = place
            misses += 1
    return misses


def _find_end(data: Bytes, place: Whole, delimiters: np.uint64) -> Whole:
    """Return where the next delimiter or line end stands from this place on, or where the data ends.

    Eight bytes at a time: of a word, less one in each byte, the upper bit is set in the first that was zero.
    """
    while place + _WORD <= len(data):
        word = read_word(data, place)
        one, other = word ^ delimiters, word ^ _LINE_FEEDS
        met = (((one - _EACH) & ~one) | ((other - _EACH) & ~other)) & _UPPER
        if met:
            # The number of the byte, as it comes to the top.
            return place + np.int64((((met & (~met + np.uint64(1))) >> _SEVEN) * _NUMBERS) >> _TOP)
        place += _WORD
    delimiter = np.uint8(delimiters & np.uint64(0xFF))
    while place < len(data) and data[place] != delimiter and data[place] != _LINE_FEED:
        place += 1
    return place


@compiled("int64(uint8[::1], int64, int64, boolean[::1], int64[::1], int64[::1], int64[:, ::1], int64[:, ::1])")
def find_cells(
    data: Bytes,
    delimiter: int,
    width: int,
    is_wanted: NDArray[np.bool_],
    line_begins: Places,
    line_sizes: Places,
    cell_begins: NDArray[np.int64],
    cell_sizes: NDArray[np.int64],
) -> int:
    """Write where lines, and in each the wanted cells (a row of `cell_begins` for each), begin, and their sizes.

    A cell in quotes is told without them. The last line may have no end; a carriage return before an end belongs to it.
    Returns the number of lines; -1 where a line is empty or has another number of cells than `width`, where a quote
    is not closed before the end of a cell, and where a wanted cell holds one.
    """
    line, column, wanted = 0, 0, 0
    begin: Whole = 0
    place: Whole = 0
    delimiters = np.uint64(delimiter) * _EACH
    while place < len(data) or column:
        if place < len(data) and data[place] == _QUOTE:
            place += 1
            cell, holds_quotes = place, False
            while place < len(data):
                if data[place] == _QUOTE:
                    if place + 1 >= len(data) or data[place + 1] != _QUOTE:
                        break
                    holds_quotes = True
                    place += 1
                place += 1
            end = place
            place += 1
            if end >= len(data) or (holds_quotes and is_wanted[column]):
                return -1
            if place + 1 < len(data) and data[place] == _RETURN and data[place + 1] == _LINE_FEED:
                place += 1
        else:
            cell = place
            place = _find_end(data, place, delimiters)
            end = place
            if end > cell and (place == len(data) or data[place] == _LINE_FEED) and data[end - 1] == _RETURN:
                end -= 1
        if is_wanted[column]:
            cell_begins[wanted, line] = cell
            cell_sizes[wanted, line] = end - cell
            wanted += 1
        column += 1
        is_last = place >= len(data) or data[place] == _LINE_FEED
        if column == width:
            stop = place - 1 if place > begin and data[place - 1] == _RETURN else place
            if not is_last or stop == begin:
                return -1
            line_begins[line] = begin
            line_sizes[line] = stop - begin
            line, column, wanted, begin = line + 1, 0, 0, place + 1
        elif is_last or data[place] != delimiter:
            return -1
        place += 1
    return line


@compiled("int64(uint8[::1], int64[::1], uint8[::1], int64[::1], int64[::1])")
def put_texts(out: Bytes, at: Places, data: Bytes, begins: Places, sizes: Places) -> int:
    """Write a text for each row at its place in `out`, and move the place behind it."""
    for row in range(len(at)):
        copy_bytes(out, at[row], data, begins[row], sizes[row])
        at[row] += sizes[row]
    return 0


def _put(out: Bytes, at: Whole, data: Bytes, placed: NDArray[np.uint32], row: int, piece: int) -> Whole:
    begin = np.int64(placed[row, piece])
    size = np.int64(placed[row, piece + 1]) - begin
    copy_bytes(out, at, data, begin, size)
    return at + size


@compiled(
    "int64(int32[::1], int64[::1], int64[::1], uint32[::1], uint32[:, ::1], uint32[:, ::1],"
    " Tuple((uint32[::1], uint32[::1], uint32[::1], uint32[::1])), uint32[:, ::1], int64[::1])"
)
def place_cells(
    code: NDArray[np.int32],
    answer: Places,
    row: Places,
    asked: Offsets,
    by_answer: NDArray[np.uint32],
    by_code: NDArray[np.uint32],
    begins: tuple[Offsets, ...],
    placed: NDArray[np.uint32],
    sizes: Places,
) -> Whole:
    """Write for each row where its six pieces stand, and add their bytes to its size.

    `by_answer` has for each answer where its values begin and end and the numbers of its kind and tail; `by_code` for
    each ready text where its own text begins and ends, and the numbers of its lead and mark. `begins` tells where
    kinds, leads, tails and marks begin, `asked` where the texts begin that were asked. `placed` gets begin and end of
    each piece in turn: the values (or what was asked), the kind, the lead, the own text, the tail, the mark.
    """
    kinds, leads, tails, marks = begins
    touched = np.int64(0)
    for first in range(0, len(code), AT_ONCE):
        last = min(len(code), first + AT_ONCE)
        for place in range(first, last):
            if row[place] < 0:
                touched += np.int64(by_answer[answer[place], 0]) + np.int64(by_code[code[place], 0])
        for place in range(first, last):
            if row[place] >= 0:
                placed[place, 0], placed[place, 1] = asked[row[place]], asked[row[place] + 1]
                for piece in range(2, 12):
                    placed[place, piece] = 0
            else:
                one, text = answer[place], code[place]
                kind, tail, lead, mark = by_answer[one, 2], by_answer[one, 3], by_code[text, 2], by_code[text, 3]
                placed[place, 0], placed[place, 1] = by_answer[one, 0], by_answer[one, 1]
                placed[place, 2], placed[place, 3] = kinds[kind], kinds[kind + 1]
                placed[place, 4], placed[place, 5] = leads[lead], leads[lead + 1]
                placed[place, 6], placed[place, 7] = by_code[text, 0], by_code[text, 1]
                placed[place, 8], placed[place, 9] = tails[tail], tails[tail + 1]
                placed[place, 10], placed[place, 11] = marks[mark], marks[mark + 1]
            for piece in range(0, 12, 2):
                sizes[place] += np.int64(placed[place, piece + 1]) - np.int64(placed[place, piece])
    return touched


@compiled(
    "int64(uint8[::1], int64[::1], int64[::1], uint32[:, ::1], uint8[::1],"
    " Tuple((uint8[::1], uint8[::1], uint8[::1], uint8[::1], uint8[::1], uint8[::1])))"
)
def put_cells(
    out: Bytes, at: Places, row: Places, placed: NDArray[np.uint32], asked: Bytes, data: tuple[Bytes, ...]
) -> Whole:
    """Write the pieces of each row at its place in `out`, and move the place behind them."""
    values, kinds, leads, owns, tails, marks = data
    touched = np.int64(0)
    for first in range(0, len(at), AT_ONCE):
        last = min(len(at), first + AT_ONCE)
        for place in range(first, last):
            if row[place] < 0:
                touched += values[placed[place, 0]] + values[placed[place, 1]] + owns[placed[place, 6]]
        for place in range(first, last):
            if row[place] >= 0:
                at[place] = _put(out, at[place], asked, placed, place, 0)
            else:
                here = _put(out, at[place], values, placed, place, 0)
                here = _put(out, here, kinds, placed, place, 2)
                here = _put(out, here, leads, placed, place, 4)
                here = _put(out, here, owns, placed, place, 6)
                here = _put(out, here, tails, placed, place, 8)
                at[place] = _put(out, here, marks, placed, place, 10)
    return touched
