"""Looking texts up by their bytes: the compiled loops of `text_index`, and of telling different texts apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compiled import AT_ONCE, compiled, read_word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .compiled import Bytes, Offsets, Places, Slots, Whole

_DOT, _ZERO, _NINE = 46, 48, 57
_LONGEST_VERSION = 4
FREE = np.uint32(0xFFFFFFFF)
_FIRST, _FACTOR, _HALF = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
_WORD = 8


def make_slots(texts: int) -> Slots:
    """Return a free table for so many texts: at most half of it is taken, so that the first look mostly decides."""
    return np.full(1 << max(4, (2 * texts - 1).bit_length()), FREE, dtype=np.uint32)


def _hash(data: Bytes, begin: Whole, end: Whole) -> np.uint64:
    """Return the hash of some bytes: eight at a time, and the rest as one more word."""
    mixed = _FIRST ^ np.uint64(end - begin)
    while end - begin >= _WORD:
        mixed = (mixed ^ read_word(data, begin)) * _FACTOR
        mixed ^= mixed >> _HALF
        begin += _WORD
    if begin < end:
        if begin + _WORD <= len(data):
            rest = read_word(data, begin) & ((np.uint64(1) << np.uint64(8 * (end - begin))) - np.uint64(1))
        else:
            rest = np.uint64(0)
            for place in range(end - begin):
                rest |= np.uint64(data[begin + place]) << np.uint64(8 * place)
        mixed = (mixed ^ rest) * _FACTOR
        mixed ^= mixed >> _HALF
    mixed *= _FACTOR
    return mixed ^ (mixed >> _HALF)


def _are_equal(one: Bytes, begin: Whole, end: Whole, other: Bytes, other_begin: Whole) -> bool:
    while end - begin >= _WORD:
        if read_word(one, begin) != read_word(other, other_begin):
            return False
        begin += _WORD
        other_begin += _WORD
    for place in range(end - begin):  # noqa: SIM110  (compiled as it stands)
        if one[begin + place] != other[other_begin + place]:
            return False
    return True


def _tag(slots: Slots, mixed: np.uint64) -> np.uint32:
    """Return what a slot holds of a hash: its upper bits, above those that a place needs."""
    return np.uint32(mixed >> _HALF) & ~np.uint32(len(slots) - 1)


@compiled("int64(uint32[::1], uint8[::1], uint32[::1], uint64[::1])")
def fill_slots(slots: Slots, texts: Bytes, begins: Offsets, mixed: NDArray[np.uint64]) -> Whole:
    """Enter all texts into a free table of a power of two slots, of which most stay free.

    Of equal texts the first is found. A slot holds the text's place in its lower bits, and some of the hash above it.
    `mixed` has room for `AT_ONCE` hashes.
    """
    last = np.uint64(len(slots) - 1)
    touched = np.int64(0)
    for first in range(0, len(begins) - 1, AT_ONCE):
        number = min(AT_ONCE, len(begins) - 1 - first)
        for place in range(number):
            mixed[place] = _hash(texts, np.int64(begins[first + place]), np.int64(begins[first + place + 1]))
        for place in range(number):
            touched += np.int64(slots[mixed[place] & last])
        for place in range(number):
            slot = mixed[place] & last
            while slots[slot] != FREE:
                slot = (slot + np.uint64(1)) & last
            slots[slot] = _tag(slots, mixed[place]) | np.uint32(first + place)
    return touched


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


def _is_it(begins: Offsets, texts: Bytes, text: np.int64, data: Bytes, begin: int, end: int) -> bool:
    place = np.int64(begins[text])
    return np.int64(begins[text + 1]) - place == end - begin and _are_equal(data, begin, end, texts, place)


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


@compiled(
    "int64(uint32[::1], uint8[::1], uint32[::1], boolean[::1], uint8[::1], int64[::1], int64[::1],"
    " Tuple((uint64[::1], uint64[::1], int64[::1], int64[::1])), int32[::1])"
)
def find_texts(
    slots: Slots,
    texts: Bytes,
    begins: Offsets,
    takes_version: NDArray[np.bool_],
    data: Bytes,
    cell_begins: Places,
    cell_sizes: Places,
    room: tuple[NDArray[np.uint64], NDArray[np.uint64], Places, Places],
    found: NDArray[np.int32],
) -> Whole:
    """Write into `found` the place of each cell among the texts, with or without its version; -1 for none.

    `takes_version` says which texts may be found without a version; nothing is, where it is empty. `room` is for
    `AT_ONCE` hashes, slots, ends and rows.
    """
    last = np.uint64(len(slots) - 1)
    mixed, at, ends, rows = room
    touched = np.int64(0)
    for first in range(0, len(cell_begins), AT_ONCE):
        number = min(AT_ONCE, len(cell_begins) - first)
        for place in range(number):
            rows[place] = first + place
            ends[place] = cell_begins[first + place] + cell_sizes[first + place]
            mixed[place] = _hash(data, cell_begins[first + place], ends[place])
        for without in range(2):
            for place in range(number):
                touched += np.int64(slots[mixed[place] & last])
            for place in range(number):
                at[place], text = _next_like(slots, mixed[place] & last, mixed[place])
                found[rows[place]] = text
                if text >= 0:
                    touched += np.int64(begins[text])
            for place in range(number):
                if found[rows[place]] >= 0:
                    touched += texts[np.int64(begins[found[rows[place]]])]
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
    return touched


@compiled("int64(uint8[::1], int64[::1], int64[::1], uint32[::1], int64[::1], int64[::1])")
def group_texts(data: Bytes, begins: Places, sizes: Places, slots: Slots, which: Places, firsts: Places) -> int:
    """Give different texts numbers as they come: write for each text its number, and for each number its first text.

    `slots` is a free table, as for `fill_slots`. Returns how many there are.
    """
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
