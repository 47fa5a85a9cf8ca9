"""Text tables made by chance: columns of genes and others, most of them irregular in some way.

The same random numbers give the same tables.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from benchmarks.random_texts import Texts

_NAMES = (
    "gene", "gene_id", "symbol", "Gene name", "ensembl", "padj", "log2FC", "", "sample", "p,q", 'a"b', "ω", "gene",
)  # fmt: skip
_COMMENTS = (
    "# made by hand", "#", "## a,b\tc", '!Series\t"x"', "% one; two", "Table S1. Genes and p-values", "sep=;", "#1.2",
)  # fmt: skip
_ODD_CELLS = (
    "", " ", "NA", "0012", "1e5", "=1+1", "two\nlines", "three\r\nlines", 'q"r', "a,b", "c\td", "e;f|g", "é😀", "#N/A",
    "#1", "x" * 5000, "'", "1-Mar", "3574.0", "\x0b", "\x85", "\u2028", "\x1f", "TRUE", "{}", "-5",
)  # fmt: skip
_ENCODINGS = ("utf-8",) * 8 + ("utf-8-sig", "utf-8-sig", "utf-16", "utf-16", "latin-1", "cp1252", "utf-16-le", "utf-32")
_AT_END = " \t,;|~§"


class Table(NamedTuple):
    """A text table: its bytes, the name of its file, and how to read it (keywords of `Reading`).

    `cells` are its rows, the header first, where the bytes are a table that no reader can take for another one.
    """

    data: bytes
    name: str
    reading: dict[str, Any]
    cells: list[list[str]] | None


def make_table(texts: Texts, draw: Random) -> Table:
    """Return a table: a column with names and identifiers of genes, others, and in most tables something irregular."""
    width, delimiter = draw.choice((1, 1, 2, 2, 3, 4, 7)), draw.choice(",,,\t\t\t;;|| ~§")
    height = draw.choice((0, 1, 2, 3, 3, 5, 5, 8, 8, 13, 13, 30, 60))
    columns = [_make_cells(texts, draw, height) for _ in range(width)]
    columns[draw.randrange(width)] = [_make_gene(texts, draw) for _ in range(height)]
    has_header = draw.random() < 0.8
    header = [draw.choice(_NAMES) for _ in range(width)]
    rows = [header] * has_header + [list(row) for row in zip(*columns, strict=True)]
    is_regular = draw.random() < 0.3
    if is_regular:
        rows = [[cell.encode(errors="replace").decode() for cell in row] for row in rows]
        header = [f"c{place}" for place in range(width)]
        rows[:has_header] = [header] * has_header
        encoding, end = draw.choice(("utf-8", "utf-8-sig", "utf-16")), draw.choice(("\n", "\r\n"))
        lines = [_join(row, delimiter, draw.choice((True, False))) for row in rows]
    else:
        encoding, end = draw.choice(_ENCODINGS), draw.choice(("\n", "\n", "\n", "\r\n", "\r\n", "\r"))
        lines = [line for row in rows for line in _make_lines(row, delimiter, draw)]
        for _ in range(draw.choice((0, 0, 1, 3))):
            lines.insert(draw.choice((0, 0, len(lines), draw.randint(0, len(lines)))), draw.choice(_COMMENTS))
    text = end.join(lines) + end * draw.choice((0, 1, 1, 1 if is_regular else 3))
    data = text.encode(encoding, "replace")
    reading: dict[str, Any] = {}
    if is_regular or draw.random() < 0.4:
        reading["delimiter"] = delimiter
    if is_regular or draw.random() < 0.3:
        reading |= {"has_header": has_header, "columns": (draw.choice(header) if has_header else "1",)}
    if not is_regular:
        reading |= draw.choice(({}, {}, {"keep_bad_rows": True}, {"encoding": encoding}, {"header_row": True}))
        data = _damage(data, draw)
    return Table(data, draw.choice(("t.csv", "t.tsv", "t.txt", "t")), reading, rows if is_regular else None)


def _make_gene(texts: Texts, draw: Random) -> str:
    chance = draw.random()
    if chance < 0.8:
        return texts.make_real(draw)
    if chance < 0.9:
        return draw.choice((";", "|", ",", " /// ", "/")).join(texts.make_real(draw) for _ in range(draw.randint(2, 4)))
    return texts.make(draw) if chance < 0.97 else draw.choice(_ODD_CELLS)


def _make_cells(texts: Texts, draw: Random, height: int) -> list[str]:
    kind = draw.randrange(5)
    if kind == 0:
        return [str(draw.randrange(100_000) / 1000) for _ in range(height)]
    if kind == 1:
        return [draw.choice(("a", "b c", "")) for _ in range(height)]
    if kind == 2:
        return [texts.make(draw) for _ in range(height)]
    return [draw.choice(_ODD_CELLS) if kind == 3 else str(number) for number in range(height)]


def _join(row: Sequence[str], delimiter: str, always: bool) -> str:
    special = re.compile(rf'[{re.escape(delimiter)}"\r\n]|^[#%!^ ]|^$|^\s|\s$')
    return delimiter.join(
        [f'"{cell.replace(chr(34), chr(34) * 2)}"' if always or special.search(cell) else cell for cell in row]
    )


def _make_lines(row: list[str], delimiter: str, draw: Random) -> list[str]:
    """Return a row as one or several lines: some of another width, with stray quotes, or blank lines."""
    chance = draw.random()
    if chance < 0.02:
        row = row[:-1] if draw.random() < 0.5 else [*row, draw.choice(("", "more"))]
    if chance > 0.99:
        return [_join(row, delimiter, False), draw.choice(("", "  ", "\t", delimiter * len(row)))]
    return [delimiter.join(row) if chance > 0.97 else _join(row, delimiter, chance > 0.9)]


def _damage(data: bytes, draw: Random) -> bytes:
    chance, place = draw.random(), draw.randint(0, len(data))
    if chance < 0.03:
        return (
            data[:place] + draw.choice((b"\0", b"\xff", b'"', b"\r", b"\xed\xa0\x80", draw.randbytes(9))) + data[place:]
        )
    if chance < 0.05:
        return data[:place]
    if chance < 0.07:
        return gzip.compress(data, 1, mtime=0)[: None if chance < 0.06 else place]
    return data


def find_lost(table: Table, written: bytes, *, is_in_place: bool) -> str | None:
    """Return what is in a table and not in its conversion: lines, or cells."""
    if table.cells is not None:
        delimiter = table.reading["delimiter"]
        rows = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""), delimiter=delimiter))
        width = len(table.cells[0]) if table.cells else 0
        kept = [row[:width] for row in rows]
        if is_in_place:
            at = table.cells[0].index(table.reading["columns"][0]) if table.reading["has_header"] else 0
            kept, cells = ([[*row[:at], *row[at + 1 :]] for row in part] for part in (kept, table.cells))
            return None if kept == cells else "has other cells in place"
        return None if kept == table.cells else "has other cells"
    if is_in_place or table.reading.get("header_row"):
        return None
    lines, results = _list_lines(_decode(table)), _list_lines(written.decode("utf-8-sig"))
    if len(lines) != len(results):
        return f"has {len(results)} lines, not {len(lines)}"
    lost = next(
        (line for line, one in zip(lines, results, strict=True) if not _bare(one).startswith(_bare(line))), None
    )
    return None if lost is None else f"lost the line {lost[:200]!r}"


def _decode(table: Table) -> str:
    data = gzip.decompress(table.data) if table.data.startswith(b"\x1f\x8b") else table.data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode(table.reading.get("encoding", "utf-8-sig")).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _list_lines(text: str) -> list[str]:
    lines = re.split(r"\r\n|\r|\n", text)
    return lines if lines[-1] else lines[:-1]


def _bare(line: str) -> str:
    return re.sub(" +", " ", line.replace('"', "")).rstrip(_AT_END)
