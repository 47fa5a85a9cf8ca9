"""NDJSON: one JSON object a line, read and written line by line.

Numbers are kept as they are written: `1e5` and `0.10` are texts to us, so that nothing is rounded on the way.
"""

from __future__ import annotations

import io
import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from ...errors import UnreadableTable
from ...identifiers.names import make_encodable
from .base import BATCH_ROWS, HEAD_ROWS, SMALL_ROWS, Batch, TableSink
from .text_stream import TextStream, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from .base import Added

    Line = tuple[int, str, dict[str, Any] | None]

_SPACE = " \t\r\n"


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


_decode = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number).decode
_encode_text = json.JSONEncoder(ensure_ascii=False).encode


def is_ndjson(head: str, name: str) -> bool:
    """Return whether a text that begins so is NDJSON; raises UnreadableTable for JSON in another layout."""
    begin = head.lstrip()
    first = begin.partition("\n")[0].strip()
    if begin.startswith("[") and begin[1:].lstrip().startswith(("{", "]")):
        what, command = "is one JSON array", "jq -c '.[]'"
    elif first == "{":
        what, command = "is JSON over several lines", "jq -c ."
    else:
        return first.startswith("{") and first[1:].lstrip().startswith(('"', "}"))
    raise UnreadableTable(what, path=name, hint=f"Give one object a line (NDJSON): {command} makes them.")


class ObjectBatch(Batch):
    """Some lines of NDJSON: `raw` as they are written, `objects` what they contain (None: a bad line that is kept)."""

    def __init__(self, source: NdjsonSource, read: Sequence[Line]) -> None:
        super().__init__([line for line, _, _ in read])
        self.source = source
        self.raw = [raw for _, raw, _ in read]
        self.objects = [one for _, _, one in read]
        self.bad = [(line, "is no JSON object") for line, _, one in read if one is None]

    def list_texts(self, position: int) -> list[str]:
        """Return the values of a member as texts."""
        key = self.source.header[position]
        return ["" if one is None else show_value(one.get(key)) for one in self.objects]

    def list_rows(self) -> list[list[str]]:
        """Return the members of each object as texts; the first cell of a bad line contains all of it.

        Raises UnreadableTable for a member that none of the first objects has; if bad lines are kept, such a member is
        left out and reported.
        """
        header, rows = self.source.header, []
        for raw, one, line in zip(self.raw, self.objects, self.lines, strict=True):
            if one is None:
                rows.append([raw.strip(), *[""] * (len(header) - 1)])
                continue
            extra = next((key for key in one if key not in self.source.members), None)
            if extra is not None:
                what = f"the member {extra!r} is in none of the first {HEAD_ROWS:,} objects, and has no column"
                self.source.keep_bad(self.bad, line, what, "Write NDJSON, which keeps each object")
            rows.append([show_value(one.get(key)) for key in header])
        return rows


class NdjsonSource(TextTable):
    """The objects of an NDJSON text; the columns are the members of the first objects, in order of appearance."""

    def __init__(self, stream: TextStream, *, keep_bad: bool = False) -> None:
        super().__init__(stream, "NDJSON", keeps_bad=keep_bad)
        if not stream.is_whole and "\n" not in stream.head:
            what = f"its first object is longer than {len(stream.head) >> 20} MiB"
            hint = "Leave out members that are not needed: jq -c 'del(.sequence)', say."
            raise self.error(what, line=1, hint=hint)
        head = stream.head.split("\n")
        objects = [one or {} for _, _, one in self._read(islice(head, HEAD_ROWS), 1)]
        self.header = tuple(dict.fromkeys(key for one in objects for key in one))
        self.members = frozenset(self.header)
        if not self.header or not all(key == make_encodable(key) for key in self.header):
            raise self.error("has no object with members", hint="Give one JSON object a line.")
        self.head = [[show_value(one.get(key)) for key in self.header] for one in objects]
        self.is_small = stream.is_whole and len(head) <= SMALL_ROWS

    def batches(self) -> Iterator[ObjectBatch]:
        """Yield all objects; raises UnreadableTable for a line that is none, unless such lines are kept."""
        for block in self.stream.blocks():
            lines = self.stream.decode(block).removesuffix("\n").split("\n")
            read = self._read(lines, block.line)
            while taken := list(islice(read, BATCH_ROWS)):
                yield ObjectBatch(self, taken)
            self.left_out += sum(not line.strip(_SPACE) for line in lines)

    def _read(self, lines: Iterable[str], first: int) -> Iterator[Line]:
        """Yield each line that is not empty, with its number and its object; None for a bad line that is kept."""
        for line, raw in enumerate(lines, start=first):
            text = raw.strip(_SPACE)
            if not text:
                continue
            what = "is no JSON object"
            try:
                one = _decode(text)
            except (ValueError, RecursionError) as error:
                one, what = None, f"is no JSON: {error}"
            if not isinstance(one, dict):
                one = None
                self.keep_bad([], line, what, "Give one JSON object a line")
            yield line, raw, one


class NdjsonSink(TableSink):
    """Writes one JSON object a line; an object that was read keeps its text and gets new members."""

    def begin(self) -> None:
        """Encode the names of the members."""
        self._names = [_encode_text(name) for name in self.list_names()]
        self._own = len(self.header)

    def write(self, batch: Batch, added: Added) -> None:
        """Write the rows of a batch with their new cells."""
        if not isinstance(batch, ObjectBatch):
            super().write(batch, added)
            return
        rows = zip(added.list_origin(len(batch)), added.list_rows(), strict=True)
        self._write_lines(self._splice(batch, place, new) for place, new in rows)

    def write_replaced(self, batch: Batch, replaced: Mapping[int, Mapping[int, str]]) -> None:
        """Write the objects of a batch with other texts in some members; an object without any keeps its text."""
        if not isinstance(batch, ObjectBatch):
            super().write_replaced(batch, replaced)
            return
        written = list(batch.raw)
        for row in {row for texts in replaced.values() for row in texts}:
            new = {self.header[column]: texts[row] for column, texts in replaced.items() if row in texts}
            written[row] = encode_value({**(batch.objects[row] or {}), **new})
        self._write_lines(written)

    def _write_lines(self, lines: Iterable[str]) -> None:
        self.out.write("".join([f"{line}\n" for line in lines]).encode("utf-8"))

    def _splice(self, batch: ObjectBatch, place: int, new: Sequence[str]) -> str:
        """Return the text of an object with new members before its end."""
        raw, one = batch.raw[place], batch.objects[place]
        if one is None:
            return raw
        taken = next((name for name in self.added if name in one), None)
        if taken is not None:
            what = f"has a member {taken!r} already, which none of the first objects has"
            hint = "Rename that member, or convert to another format."
            raise batch.source.error(what, line=batch.lines[place], hint=hint)
        body, _, rest = raw.rpartition("}")
        return f"{body}{',' if one else ''}{self._encode(new, self._own)}}}{rest}"

    def _encode(self, cells: Sequence[str], first: int = 0) -> str:
        return ",".join(
            f"{name}:{_encode_text(cell) if cell or number < self._own else 'null'}"
            for number, (name, cell) in enumerate(zip(self._names[first:], cells, strict=True), start=first)
        )

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text: each cell is a string."""
        self._write_lines(f"{{{self._encode(row)}}}" for row in rows)

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Write a frame: numbers stay numbers, nested values are nested, and what JSON lacks is text."""
        import polars as pl

        from .values import as_texts

        kept = [
            as_texts(column) if column.dtype in (pl.Binary, pl.Categorical, pl.Object) else column for column in frame
        ]
        # Given a file, Polars writes past Python, and reports a full disk without its error number.
        written = io.BytesIO()
        pl.DataFrame(kept).write_ndjson(written)
        self.out.write(written.getvalue())


def show_value(value: object) -> str:
    """Return a member as text: nothing for null, a number as it is written, JSON where it is nested."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value == make_encodable(value) else json.dumps(value)
    return encode_value(value)


def encode_value(value: object) -> str:
    """Return the JSON text of a value, its numbers as they were written."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_encode_text(key)}: {encode_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(encode_value, value)) + "]"
    return _encode_text(value)
