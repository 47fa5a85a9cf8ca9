"""Texts made by chance of what a release contains, of the shapes of all namespaces, and of any characters.

The same random numbers give the same texts.
"""

from __future__ import annotations

import re
import sqlite3
import string
from contextlib import closing
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from resolver.identifiers.foreign import FOREIGN
from resolver.identifiers.names import ASCII_MARKS, LOOK_ALIKES
from resolver.identifiers.namespaces import BY_SPELLING, NAMESPACES
from resolver.identifiers.recognize import MAX_LENGTH
from resolver.identifiers.wrapping import WRAPPINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from resolver.store.release import Release

    Draw = Callable[[Random], str]

_STATEMENTS = (
    "SELECT accession FROM identifier WHERE gene_id % 17 = 0",
    "SELECT prefix || ':' || accession FROM identifier WHERE gene_id % 17 = 1",
    "SELECT accession || '.' || version FROM identifier WHERE gene_id % 17 = 2 AND version IS NOT NULL",
    "SELECT text FROM name WHERE gene_id % 5 = 0",
    "SELECT DISTINCT retired FROM retirement ORDER BY retired LIMIT 30000",
    "SELECT DISTINCT label FROM retirement WHERE label IS NOT NULL ORDER BY label LIMIT 30000",
)

# --- Shapes -------------------------------------------------------------------------------------------------------

_ASCII = "".join(map(chr, range(32, 127)))
_CLASSES = {"DIGIT": string.digits, "WORD": string.ascii_letters + string.digits + "_", "SPACE": " \t"}
_MOST_REPEATS = 12


def follow(pattern: str) -> Draw:
    """Return a function that makes texts of the shape of a regular expression, of ASCII characters."""
    return _follow_all(import_module("re._parser").parse(pattern))


def _follow_all(parts: Any) -> Draw:  # noqa: ANN401  (the parser of `re` has no types)
    made = [_follow_one(str(operation), argument) for operation, argument in parts]
    return lambda draw: "".join([one(draw) for one in made])


def _follow_one(operation: str, argument: Any) -> Draw:  # noqa: ANN401
    match operation:
        case "BRANCH":
            branches = [_follow_all(branch) for branch in argument[1]]
            return lambda draw: draw.choice(branches)(draw)
        case "SUBPATTERN":
            return _follow_all(argument[-1])
        case "MAX_REPEAT":
            low, high, inner = argument
            once, most = _follow_all(inner), min(int(high), low + _MOST_REPEATS)
            return lambda draw: "".join([once(draw) for _ in range(draw.randint(low, most))])
        case "ASSERT" | "ASSERT_NOT" | "AT":
            return lambda _: ""
    characters = _list_characters(operation, argument)
    return lambda draw: draw.choice(characters)


def _list_characters(operation: str, argument: Any) -> str:  # noqa: ANN401
    match operation:
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL":
            return _ASCII.replace(chr(argument), "")
        case "RANGE":
            return "".join(map(chr, range(argument[0], argument[1] + 1)))
        case "CATEGORY":
            return _CLASSES[str(argument).rpartition("_")[2]]
        case "IN":
            listed = "".join(_list_characters(str(one), value) for one, value in argument if str(one) != "NEGATE")
            return "".join(sorted(set(_ASCII) - set(listed))) if str(argument[0][0]) == "NEGATE" else listed
    return _ASCII


@cache
def list_shapes() -> list[Draw]:
    """Return a function for each shape of a namespace, of a wrapping and of a kind of identifier that names no gene."""
    patterns = [form.pattern for row in NAMESPACES for form in row.forms]
    patterns += [shape for row in NAMESPACES for shape in row.shorthand]
    patterns += [
        f"{re.escape(head)}{form.pattern}" for row in NAMESPACES for head in row.page_heads for form in row.forms[:1]
    ]
    patterns += [
        f"{re.escape(f'https://www.{host}x?a=b;{key}=')}{row.forms[0].pattern}"
        for row in NAMESPACES
        for host, key in row.page_queries
    ]
    patterns += [one.pattern for one in WRAPPINGS]
    patterns += [one.pattern for one in FOREIGN]
    examples = [[form.near_miss for form in row.forms] + list(row.written) for row in NAMESPACES]
    return [*map(follow, patterns), *[lambda draw, listed=listed: draw.choice(listed) for listed in examples]]


# --- Texts --------------------------------------------------------------------------------------------------------

_LOOKS: dict[str, str] = {}
for _odd, _usual in (LOOK_ALIKES | ASCII_MARKS).items():
    _LOOKS.setdefault(_usual, _odd)
_WIDE = {ord(one): ord(one) + 0xFEE0 for one in _ASCII[1:]}
_HIDDEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2069\ufeff\u00ad\u00a0\u0301"
_SPELLINGS = list(BY_SPELLING)
_HEADS = [head for row in NAMESPACES for head in row.page_heads]
_AROUND = [
    '"{}"', "'{}'", "“{}”", "«{}»", "({})", "[{}]", "{{{}}}", "<{}>", " {} ", "\t{}\r\n", "gene:{}", "ID=gene-{}",
    "Gene Symbol {}", "sp|{}|X_HUMAN", "'{}", ">{} x", "CON__{}", "{}~withdrawn", "GRCh38_{}", "mm10___{}",
]  # fmt: skip
_BEHIND = [
    ".1", ".15", ".0", ".123456", "_PAR_Y", "-2", "_at", "*", "**", "†", "‡", "¹", "²", " (amp)", "#", "^a", "_HUMAN",
    ".00", "e+05", ",", ";", "/", "!", "'", "''", "-AS1", " /// IL7", "|7157", " gene", "%20", "\0", "\udc80",
]  # fmt: skip
_DAYS = [
    "{0}-Mar", "Sep-{0}", "{0}-Dec", "2{0:03}-03-01", "MARCH{0}", "4{0:04}", "{0}.Mär", "0{0}/09/2016", "{0}-sept.",
    "{0}.3E+{0}", "1,{0:03}", "{0}e5", "Mar-{0:02}", "{0} March", "DEC{0}", "SEPT{0}",
]  # fmt: skip


def _put(text: str, draw: Random, piece: str, dropped: int = 0) -> str:
    place = draw.randint(0, len(text))
    return f"{text[:place]}{piece}{text[place + dropped :]}"


CHANGES: tuple[Callable[[str, Random], str], ...] = (
    lambda text, draw: _put(text, draw, draw.choice(_ASCII)),
    lambda text, draw: _put(text, draw, "", 1),
    lambda text, draw: _put(text, draw, draw.choice(string.digits), 1),
    lambda text, draw: _put(text, draw, draw.choice(_HIDDEN)),
    lambda text, draw: _put(text, draw, draw.choice(" .-_:/|;,")),
    lambda text, draw: _put(text, draw, text[:1] + text[1:2], 2),
    lambda text, draw: (lambda at: f"{text[:at]}{text[at + 1 : at + 2]}{text[at : at + 1]}{text[at + 2 :]}")(
        draw.randint(0, len(text))
    ),
    lambda text, draw: draw.choice((str.upper, str.lower, str.swapcase, str.title))(text),
    lambda text, draw: draw.choice(_AROUND).format(text),
    lambda text, draw: text + draw.choice(_BEHIND),
    lambda text, draw: f"{draw.choice(_SPELLINGS)}{draw.choice((':', ': ', ' ', '_', '::', '|'))}{text}",
    lambda text, draw: f"{draw.choice(('https://', 'http://www.', '', 'HTTPS://'))}{draw.choice(_HEADS)}{text}",
    lambda text, _: "".join([_LOOKS.get(one, one) for one in text]),
    lambda text, _: text.translate(_WIDE),
    lambda text, draw: "0" * draw.randint(1, 9) + text,
    lambda text, draw: draw.choice(_DAYS).format(draw.randint(1, 31)),
    lambda text, draw: f"{text}{draw.choice('|;,_-/ ')}{text[::-1]}",
    lambda text, draw: (text * 99)[: draw.randint(1, MAX_LENGTH + 9)],
)  # fmt: skip


class Texts:
    """Makes texts of the names and identifiers of a release, `real`, and of the shapes of all namespaces."""

    def __init__(self, real: Sequence[str]) -> None:
        self.real = real

    def make_real(self, draw: Random) -> str:
        """Return a name or identifier of the release."""
        return self.real[int(draw.random() * len(self.real))]

    def make(self, draw: Random) -> str:
        """Return a text: half of them changed names and identifiers, three tenths shapes, the others any characters."""
        chance = draw.random()
        if chance > 0.8:
            return _make_any(draw)
        text = self.make_real(draw) if chance < 0.5 else draw.choice(list_shapes())(draw)
        for _ in range(draw.choice((0, 0, 1, 1, 1, 2, 3))):
            text = draw.choice(CHANGES)(text, draw)
        return text


def _make_any(draw: Random) -> str:
    length = draw.choice((1, 2, 3, 5, 8, 12, 20, 40, MAX_LENGTH, MAX_LENGTH + 40))
    kind = draw.randrange(6)
    if kind == 0:  # bytes that are no UTF-8 give halves of surrogate pairs
        return draw.randbytes(length).decode("utf-8", "surrogateescape")
    if kind == 1:
        return "".join([chr(draw.randrange(0x110000)) for _ in range(length)])
    if kind == 2:
        return "".join([chr(draw.randrange(0x20)) for _ in range(length)])
    if kind == 3:
        return "".join(draw.choices(_ASCII, k=length))
    if kind == 4:
        block = draw.randrange(0x3000)
        return "".join([chr(block + draw.randrange(0x80)) for _ in range(length)])
    piece = draw.choice(
        ("\ufdfa", "A0", "1.", "a ", "mgi:", "\u0301", "\ud800", "%41", "//", "g=;", "-", "_PAR_Y", "ENSG0")
    )
    return (piece * length)[:length]


def list_real_texts(release: Release) -> list[str]:
    """Return some of the accessions, CURIEs, versions, names, retired identifiers and their symbols, of a release."""
    with closing(sqlite3.connect(f"file:{release.database}?mode=ro&immutable=1", uri=True)) as connection:
        return [str(text) for one in _STATEMENTS for (text,) in connection.execute(one)]
