"""Loops over the bytes and rows of a table, compiled by numba: what is done for each row of a billion.

They are compiled when they are first called on a machine, which takes some seconds, and kept beside this file, or in
the user's cache where that cannot be written. All of them release the interpreter's lock. Loads from memory are the
cost: a loop goes through a few hundred rows at a time, and asks for all that it will need of them before it uses the
first.
"""

# The compiled code takes arrays as they are: shapes, types and bounds are the caller's to keep.

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Places = NDArray[np.int64]
    Offsets = NDArray[np.uint32]
    Slots = NDArray[np.uint32]
    Whole = int | np.int64

_Function = TypeVar("_Function", bound="Callable[..., object]")

_AT_ONCE = 256
_LINE_FEED, _RETURN, _QUOTE, _DOT, _ZERO, _NINE = 10, 13, 34, 46, 48, 57
_LONGEST_VERSION = 4
FREE = np.uint32(0xFFFFFFFF)
_FIRST, _FACTOR, _HALF = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
_WORD = 8


def _compiled(function: _Function) -> _Function:
    try:
        return cast("_Function", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # nothing can be kept on this machine
        return cast("_Function", numba.njit(nogil=True)(function))


def _lay_out_word(_typing, data, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        source = context.make_array(signature.args[0])(context, builder, args[0])
        place = builder.gep(source.data, [args[1]])
        word = context.get_value_type(types.uint64)
        return builder.load(builder.bitcast(place, word.as_pointer()), align=1)

    return types.uint64(data, types.int64), generate


def _lay_out_copy(_typing, out, at, data, begin, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        target = context.make_array(signature.args[0])(context, builder, args[0])
        source = context.make_array(signature.args[2])(context, builder, args[2])
        places = builder.gep(target.data, [args[1]]), builder.gep(source.data, [args[3]])
        cgutils.raw_memcpy(builder, *places, args[4], 1)  # type: ignore[no-untyped-call]
        return context.get_dummy_value()

    return types.void(out, types.int64, data, types.int64, types.int64), generate


# Eight bytes that begin at a place of an array, all of which must be there.
_word = cast("Callable[[Bytes, Whole], np.uint64]", intrinsic(_lay_out_word))
# Copies to a place of an array, from a place of another, so many bytes.
_copy = cast("Callable[[Bytes, Whole, Bytes, Whole, Whole], None]", intrinsic(_lay_out_copy))


@_compiled
def _hash(data: Bytes, begin: Whole, end: Whole) -> np.uint64:
    """Return the hash of some bytes: eight at a time, and the rest as one more word."""
    mixed = _FIRST ^ np.uint64(end - begin)
    while end - begin >= _WORD:
        mixed = (mixed ^ _word(data, begin)) * _FACTOR
        mixed ^= mixed >> _HALF
        begin += _WORD
    if begin < end:
        if begin + _WORD <= len(data):
            rest = _word(data, begin) & ((np.uint64(1) << np.uint64(8 * (end - begin))) - np.uint64(1))
        else:
            rest = np.uint64(0)
            for place in range(end - begin):
                rest |= np.uint64(data[begin + place]) << np.uint64(8 * place)
        mixed = (mixed ^ rest) * _FACTOR
        mixed ^= mixed >> _HALF
    mixed *= _FACTOR
    return mixed ^ (mixed >> _HALF)


@_compiled
def _are_equal(one: Bytes, begin: Whole, end: Whole, other: Bytes, other_begin: Whole) -> bool:
    while end - begin >= _WORD:
        if _word(one, begin) != _word(other, other_begin):
            return False
        begin += _WORD
        other_begin += _WORD
    for place in range(end - begin):  # noqa: SIM110  (compiled as it stands)
        if one[begin + place] != other[other_begin + place]:
            return False
    return True


@_compiled
def _tag(slots: Slots, mixed: np.uint64) -> np.uint32:
    """Return what a slot holds of a hash: its upper bits, above those that a place needs."""
    return np.uint32(mixed >> _HALF) & ~np.uint32(len(slots) - 1)


@_compiled
def fill_slots(slots: Slots, texts: Bytes, begins: Offsets) -> None:
    """Enter all texts into a free table of a power of two slots, of which most stay free.

    Of equal texts the first is found. A slot holds the text's place in its lower bits, and some of the hash above it.
    """
    last = np.uint64(len(slots) - 1)
    mixed = np.empty(_AT_ONCE, dtype=np.uint64)
    touched = np.zeros(1, dtype=np.int64)
    for first in range(0, len(begins) - 1, _AT_ONCE):
        number = min(_AT_ONCE, len(begins) - 1 - first)
        for place in range(number):
            mixed[place] = _hash(texts, np.int64(begins[first + place]), np.int64(begins[first + place + 1]))
        for place in range(number):
            touched[0] += np.int64(slots[mixed[place] & last])
        for place in range(number):
            slot = mixed[place] & last
            while slots[slot] != FREE:
                slot = (slot + np.uint64(1)) & last
            slots[slot] = _tag(slots, mixed[place]) | np.uint32(first + place)


@_compiled
def _next_like(slots: Slots, slot: np.uint64, mixed: np.uint64) -> tuple[np.uint64, np.int64]:
    """Return the first slot from this one on whose text may be the one looked for, and that text, -1 for none."""
    last = np.uint64(len(slots) - 1)
    places = np.uint32(last)
    tag = _tag(slots, mixed)
    while slots[slot] != FREE:
        if (slots[slot] & ~places) == tag:
            return slot, np.int64(slots[slot] & places)
        slot = (slot + np.uint64(1)) & last
    return slot, np.int64(-1)


@_compiled
def _is_it(begins: Offsets, texts: Bytes, text: np.int64, data: Bytes, begin: int, end: int) -> bool:
    place = np.int64(begins[text])
    return np.int64(begins[text + 1]) - place == end - begin and _are_equal(data, begin, end, texts, place)


@_compiled
def _without_version(data: Bytes, begin: int, end: int) -> int:
    """Return where the text ends without the version behind it, -1 where there is none."""
    for digits in range(_LONGEST_VERSION + 1):
        place = end - digits - 1
        if place <= begin:
            return -1
        if data[place] == _DOT:
            return place if digits else -1
        if data[place] < _ZERO or data[place] > _NINE:
            return -1
    return -1


@_compiled
def find_texts(
    slots: Slots,
    texts: Bytes,
    begins: Offsets,
    takes_version: NDArray[np.bool_],
    data: Bytes,
    cell_begins: Places,
    cell_sizes: Places,
    found: NDArray[np.int32],
) -> None:
    """Write into `found` the place of each cell among the texts, with or without its version; -1 for none.

    `takes_version` says which texts may be found without a version; nothing is, where it is empty.
    """
    last = np.uint64(len(slots) - 1)
    mixed = np.empty(_AT_ONCE, dtype=np.uint64)
    at = np.empty(_AT_ONCE, dtype=np.uint64)
    ends = np.empty(_AT_ONCE, dtype=np.int64)
    rows = np.empty(_AT_ONCE, dtype=np.int64)
    touched = np.zeros(1, dtype=np.int64)
    for first in range(0, len(cell_begins), _AT_ONCE):
        number = min(_AT_ONCE, len(cell_begins) - first)
        for place in range(number):
            rows[place] = first + place
            ends[place] = cell_begins[first + place] + cell_sizes[first + place]
            mixed[place] = _hash(data, cell_begins[first + place], ends[place])
        for without in range(2):
            for place in range(number):
                touched[0] += np.int64(slots[mixed[place] & last])
            for place in range(number):
                at[place], text = _next_like(slots, mixed[place] & last, mixed[place])
                found[rows[place]] = text
                if text >= 0:
                    touched[0] += np.int64(begins[text])
            for place in range(number):
                if found[rows[place]] >= 0:
                    touched[0] += texts[np.int64(begins[found[rows[place]]])]
            left = 0
            for place in range(number):
                row = rows[place]
                text = np.int64(found[row])
                while text >= 0 and not _is_it(begins, texts, text, data, cell_begins[row], ends[place]):
                    at[place], text = _next_like(slots, (at[place] + np.uint64(1)) & last, mixed[place])
                if without and text >= 0 and not takes_version[text]:
                    text = np.int64(-1)
                found[row] = text
                if text < 0 and not without and len(takes_version):
                    end = _without_version(data, cell_begins[row], ends[place])
                    if end > 0:
                        rows[left] = row
                        ends[left] = end
                        mixed[left] = _hash(data, cell_begins[row], end)
                        left += 1
            number = left


@_compiled
def group_texts(data: Bytes, begins: Places, sizes: Places, which: Places, firsts: Places) -> int:
    """Give different texts numbers as they come: write for each text its number, and for each number its first text.

    Returns how many there are.
    """
    bits = 4
    while (1 << bits) < 2 * len(begins):
        bits += 1
    slots = np.full(1 << bits, FREE, dtype=np.uint32)
    last = np.uint64(len(slots) - 1)
    different = 0
    for text in range(len(begins)):
        end = begins[text] + sizes[text]
        mixed = _hash(data, begins[text], end)
        slot, like = _next_like(slots, mixed & last, mixed)
        while like >= 0:
            first = firsts[like]
            if sizes[first] == sizes[text] and _are_equal(data, begins[text], end, data, begins[first]):
                break
            slot, like = _next_like(slots, (slot + np.uint64(1)) & last, mixed)
        if like < 0:
            like = np.int64(different)
            firsts[like] = text
            slots[slot] = _tag(slots, mixed) | np.uint32(like)
            different += 1
        which[text] = like
    return different


@_compiled
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


@_compiled
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
    line, column, wanted, begin, place = 0, 0, 0, 0, 0
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
            while place < len(data) and data[place] != delimiter and data[place] != _LINE_FEED:
                place += 1
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


@_compiled
def put_texts(out: Bytes, at: Places, data: Bytes, begins: Places, sizes: Places) -> None:
    """Write a text for each row at its place in `out`, and move the place behind it."""
    for row in range(len(at)):
        _copy(out, at[row], data, begins[row], sizes[row])
        at[row] += sizes[row]


@_compiled
def _put(out: Bytes, at: Whole, data: Bytes, stand: Offsets, piece: int) -> Whole:
    begin = np.int64(stand[piece])
    size = np.int64(stand[piece + 1]) - begin
    _copy(out, at, data, begin, size)
    return at + size


@_compiled
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
) -> None:
    """Write for each row where its six pieces stand, and add their bytes to its size.

    `by_answer` has for each answer where its values begin and end and the numbers of its kind and tail; `by_code` for
    each ready text where its own text begins and ends, and the numbers of its lead and mark. `begins` tells where
    kinds, leads, tails and marks begin, `asked` where the texts begin that were asked. `placed` gets begin and end of
    each piece in turn: the values (or what was asked), the kind, the lead, the own text, the tail, the mark.
    """
    kinds, leads, tails, marks = begins
    for place in range(len(code)):
        here = placed[place]
        if row[place] >= 0:
            here[0], here[1] = asked[row[place]], asked[row[place] + 1]
            here[2:] = 0
        else:
            one, text = by_answer[answer[place]], by_code[code[place]]
            here[0], here[1] = one[0], one[1]
            here[2], here[3] = kinds[one[2]], kinds[one[2] + 1]
            here[4], here[5] = leads[text[2]], leads[text[2] + 1]
            here[6], here[7] = text[0], text[1]
            here[8], here[9] = tails[one[3]], tails[one[3] + 1]
            here[10], here[11] = marks[text[3]], marks[text[3] + 1]
        for piece in range(0, len(here), 2):
            sizes[place] += np.int64(here[piece + 1]) - np.int64(here[piece])


@_compiled
def put_cells(
    out: Bytes, at: Places, row: Places, placed: NDArray[np.uint32], asked: Bytes, data: tuple[Bytes, ...]
) -> None:
    """Write the pieces of each row at its place in `out`, and move the place behind them."""
    values, kinds, leads, owns, tails, marks = data
    touched = np.zeros(1, dtype=np.int64)
    for first in range(0, len(at), _AT_ONCE):
        last = min(len(at), first + _AT_ONCE)
        for place in range(first, last):
            if row[place] < 0:
                touched[0] += values[placed[place, 0]] + values[placed[place, 1]] + owns[placed[place, 6]]
        for place in range(first, last):
            stand = placed[place]
            if row[place] >= 0:
                at[place] = _put(out, at[place], asked, stand, 0)
            else:
                here = _put(out, at[place], values, stand, 0)
                here = _put(out, here, kinds, stand, 2)
                here = _put(out, here, leads, stand, 4)
                here = _put(out, here, owns, stand, 6)
                here = _put(out, here, tails, stand, 8)
                at[place] = _put(out, here, marks, stand, 10)
