"""NDJSON: one JSON object a line, read and written line by line.

Numbers are kept as they are written: `1e5` and `0.10` are texts to us, so that nothing is rounded on the way.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from ...errors import UnreadableTable
from .base import BATCH_ROWS, HEAD_ROWS, SMALL_ROWS, RowBatch, Sink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from .base import Added, Batch
    from .text_stream import TextStream

_SPACE = " \t\r\n"


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


_decode = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number).decode


def is_ndjson(head: str, name: str) -> bool:
    """Tell whether a text that begins so is NDJSON; raises UnreadableTable for JSON that is laid out otherwise."""
    begin = head.lstrip()
    if begin.startswith("[") and begin[1:].lstrip().startswith(("{", "]")):
        raise UnreadableTable(
            "is one JSON array", path=name, hint="Give one object a line (NDJSON): jq -c '.[]' makes them."
        )
    if not begin.startswith("{"):
        return False
    first = begin.partition("\n")[0].strip()
    if first == "{":
        raise UnreadableTable(
            "is JSON over several lines", path=name, hint="Give one object a line (NDJSON): jq -c . makes them."
        )
    return first[1:].lstrip().startswith(('"', "}"))


@dataclass(slots=True)
class ObjectBatch:
    """Some lines of NDJSON: `raw` as they stand, `objects` what they say (None: a bad line, which is kept as it is).

    `gaps` are the empty lines, by the row that they stand before.
    """

    name: str
    header: tuple[str, ...]
    raw: list[str]
    objects: list[dict[str, Any] | None]
    lines: list[int]
    keep_bad: bool
    gaps: dict[int, str] = field(default_factory=dict)
    bad: list[tuple[int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.raw)

    def list_texts(self, position: int) -> list[str]:
        """Return the values of a member as texts."""
        key = self.header[position]
        return ["" if one is None else show_value(one.get(key)) for one in self.objects]

    def list_rows(self) -> list[list[str]]:
        """Return the members of each object as texts; of a bad line its first cell has all.

        Raises UnreadableTable for a member that none of the first objects has, unless bad lines are kept: it is then
        left out, and told.
        """
        known, rows = frozenset(self.header), []
        for raw, one, line in zip(self.raw, self.objects, self.lines, strict=True):
            if one is None:
                rows.append([raw.strip(), *[""] * (len(self.header) - 1)])
                continue
            if not known.issuperset(one):
                extra = next(key for key in one if key not in known)
                what = f"the member {extra!r} is in none of the first {HEAD_ROWS:,} objects, and has no column"
                if not self.keep_bad:
                    raise UnreadableTable(
                        what, path=self.name, line=line,
                        hint="Write NDJSON, which keeps each object, or leave it out with --on-bad-row keep.",
                    )  # fmt: skip
                self.bad.append((line, what))
            rows.append([show_value(one.get(key)) for key in self.header])
        return rows

    def read_frame(self) -> pl.DataFrame:
        """Return the members of the objects as a frame of texts."""
        return RowBatch(self.list_rows(), self.lines).read_frame()

    def describe_place(self, row: int) -> str:
        """Return where a row is."""
        return f"line {self.lines[row]}"


class NdjsonSource:
    """The objects of an NDJSON text; the columns are the members of the first objects, in the order of their coming."""

    rows: int | None = None

    def __init__(self, source: TextStream, *, keep_bad: bool = False) -> None:
        self.name = source.name
        self._source = source
        self._keep_bad = keep_bad
        if not source.is_whole and "\n" not in source.head:
            raise UnreadableTable(
                f"its first object is longer than {len(source.head) >> 20} MiB", path=self.name, line=1,
                hint="Leave out members that are not needed: jq -c 'del(.sequence)', say.",
            )  # fmt: skip
        head = source.head.split("\n")
        told = [one for one in self._read(islice(head, HEAD_ROWS), 1) if one[2] is not None]
        self.header = tuple(dict.fromkeys(key for _, _, one in told for key in one or ()))
        if not self.header or not all(map(_is_whole, self.header)):
            raise UnreadableTable("has no object with members", path=self.name, hint="Give one JSON object a line.")
        self.head = [[show_value((one or {}).get(key)) for key in self.header] for _, _, one in told[:HEAD_ROWS]]
        self.is_small = source.is_whole and len(head) <= SMALL_ROWS
        packed = f", {source.packing}" if source.packing else ""
        self.notes = [f"read as NDJSON, {source.encoding}{packed}"]

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file were read so far."""
        return self._source.bytes_read

    def batches(self) -> Iterator[ObjectBatch]:
        """Yield all objects; raises UnreadableTable for a line that is none, unless such lines are kept."""
        for block in self._source.blocks(None):
            batch = ObjectBatch(self.name, self.header, [], [], [], self._keep_bad)
            for line, raw, one in self._read(_split_lines(self._decode(block.data, block.line)), block.line):
                if len(batch) >= BATCH_ROWS:
                    yield batch
                    batch = ObjectBatch(self.name, self.header, [], [], [], self._keep_bad)
                if not raw.strip(_SPACE):
                    batch.gaps[len(batch)] = batch.gaps.get(len(batch), "") + raw
                    continue
                if one is None:
                    batch.bad.append((line, "is no JSON object"))
                batch.raw.append(raw)
                batch.objects.append(one)
                batch.lines.append(line)
            yield batch

    def _decode(self, data: bytes, line: int) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise UnreadableTable(
                f"is not UTF-8 here ({error.reason})", path=self.name, line=line + data.count(b"\n", 0, error.start),
                hint="Specify the encoding, such as --encoding latin-1.",
            ) from error  # fmt: skip

    def _read(self, lines: Iterable[str], first: int) -> Iterator[tuple[int, str, dict[str, Any] | None]]:
        """Yield each line, with its number and the object that it is; None for an empty line, and a bad one if kept."""
        for line, raw in enumerate(lines, start=first):
            text = raw.strip(_SPACE)
            if not text:
                yield line, raw, None
                continue
            what = "is no JSON object"
            try:
                one = _decode(text)
            except (ValueError, RecursionError) as error:
                one, what = None, f"is no JSON: {error}"
            if not isinstance(one, dict):
                one = None
                if not self._keep_bad:
                    raise UnreadableTable(
                        what, path=self.name, line=line,
                        hint="Give one JSON object a line, or keep such lines with --on-bad-row keep.",
                    )  # fmt: skip
            yield line, raw, one


class NdjsonSink(Sink):
    """Writes one JSON object a line; of objects that were read each keeps its very text, and gets new members."""

    def begin(self) -> None:
        """Encode the names of the members."""
        names = self.shape.list_names()
        self._names = [json.dumps(name, ensure_ascii=False) for name in names]
        self._own = len(self.shape.header)

    def write(self, batch: Batch, added: Added) -> None:
        """Write the rows of a batch with their new cells."""
        if not isinstance(batch, ObjectBatch):
            super().write(batch, added)
            return
        cells = added.list_rows()
        origin = added.list_origin(len(batch))
        written: list[str] = []
        last = -1
        for place, new in zip(origin, cells, strict=True):
            if place != last:
                written.append(batch.gaps.get(place, ""))
                last = place
            written.append(self._splice(batch, place, new))
        written.append(batch.gaps.get(len(batch), ""))
        self.out.write("".join(written).encode("utf-8"))

    def write_replaced(self, batch: Batch, replaced: Mapping[int, Mapping[int, str]]) -> None:
        """Write the objects of a batch with other texts in some members; an object without any keeps its very text."""
        if not isinstance(batch, ObjectBatch):
            super().write_replaced(batch, replaced)
            return
        written = list(batch.raw)
        for row in {row for texts in replaced.values() for row in texts}:
            one = batch.objects[row]
            new = {self.shape.header[column]: texts[row] for column, texts in replaced.items() if row in texts}
            written[row] = encode_value({**(one or {}), **new}) + "\n"
        gaps = [batch.gaps.get(row, "") for row in range(len(batch) + 1)]
        lines = (f"{gap}{raw}" for gap, raw in zip(gaps, [*written, ""], strict=True))
        self.out.write("".join(lines).encode("utf-8"))

    def _splice(self, batch: ObjectBatch, place: int, new: Sequence[str]) -> str:
        """Return the text of an object with new members before its end."""
        raw, one = batch.raw[place], batch.objects[place]
        if one is None:
            return raw
        taken = next((name for name in self.shape.added if name in one), None)
        if taken is not None:
            raise UnreadableTable(
                f"has a member {taken!r} already, which none of the first objects has",
                path=batch.name, line=batch.lines[place], hint="Rename that member, or convert to another format.",
            )  # fmt: skip
        body, _, rest = raw.rpartition("}")
        members = self._encode(new, self._own)
        end = rest if rest.endswith("\n") else f"{rest}\n"
        return f"{body}{',' if one else ''}{members}}}{end}"

    def _encode(self, cells: Sequence[str], first: int = 0) -> str:
        return ",".join(
            f"{name}:{_encode_text(cell) if cell or number < self._own else 'null'}"
            for number, (name, cell) in enumerate(zip(self._names[first:], cells, strict=True), start=first)
        )

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text: each cell is a string."""
        self.out.write("".join([f"{{{self._encode(row)}}}\n" for row in rows]).encode("utf-8"))

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Write a frame: numbers stay numbers, nested values are nested, what JSON lacks is text."""
        import polars as pl

        from .values import as_texts

        kept = [
            as_texts(column) if column.dtype in (pl.Binary, pl.Categorical, pl.Object) else column for column in frame
        ]
        # Given a file, polars writes past Python, and tells a full disk without its number.
        written = io.BytesIO()
        pl.DataFrame(kept).write_ndjson(written)
        self.out.write(written.getvalue())


def _split_lines(text: str) -> Iterator[str]:
    """Yield the lines with their ends; a line ends by a line feed alone, whatever else Unicode ends lines by."""
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin) + 1 or len(text)
        yield text[begin:end]
        begin = end


_encode_text = json.JSONEncoder(ensure_ascii=False).encode


def show_value(value: object) -> str:
    """Return what a member says as text: nothing for null, a number as it is written, JSON where it is nested."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if _is_whole(value) else json.dumps(value)
    return encode_value(value)


def _is_whole(text: str) -> bool:
    """Tell whether a text holds no half of a surrogate pair, which JSON can escape and no encoding can hold."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def encode_value(value: object) -> str:
    """Return the JSON text of a value, its numbers as they were written."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_encode_text(key)}: {encode_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(encode_value, value)) + "]"
    return _encode_text(value)
