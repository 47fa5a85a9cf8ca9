"""A table file that is read several times, and copied with other texts in some cells."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..convert.conversion import choose_sink, open_source
from ..convert.files import check_target, create_table_file, format_of, open_table_file, target_format
from ..convert.first_row import settle_header
from ..errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ..convert.formats import Format
    from ..convert.formats.base import Batch, Source
    from ..convert.plan import Reading
    from ..resolve.resolver import Resolver

    # Receives how many rows were read so far.
    OnRows = Callable[[int], None]
    # New texts for some cells of a batch: by column, then by row of the batch.
    Edit = Callable[[Batch], Mapping[int, Mapping[int, str]]]


class RepairedTable:
    """A table in a file: `header` names its columns, `head` has its first rows, `notes` are for the user.

    `columns` names those that contain identifiers, where the format says so.
    """

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path = path
        self._reading = reading
        with self._open() as (source, _):
            self._read_head(source)

    def settle_header(self, resolver: Resolver, wanted: Sequence[str] = ()) -> None:
        """Decide whether the first row is data, where nobody specified that."""
        with self._open() as (source, _):
            settle_header(source, resolver, wanted=wanted)
            self._reading = replace(self._reading, has_header=source.has_header)
            self._read_head(source)

    def _read_head(self, source: Source) -> None:
        self.header, self.head, self.name, self.columns = source.header, source.head, source.name, source.columns
        self.notes = list(source.notes)

    @contextmanager
    def _open(self) -> Iterator[tuple[Source, Format]]:
        """Open the table for one reading; raises UnreadableTable and BadOption."""
        with open_table_file(self.path) as stream:
            yield open_source(stream, str(self.path), self._reading)

    def batches(self, on_rows: OnRows) -> Iterator[Batch]:
        """Read the table from its beginning to its end."""
        with self._open() as (source, _):
            yield from _counted(source.batches(), on_rows)

    def write_copy(self, target: Path, edit: Edit, on_rows: OnRows) -> list[str]:
        """Write the table with the texts that `edit` returns, in the format that the name says; return notes.

        Every other cell keeps its text. An interrupted copy leaves nothing under the name.
        """
        same = format_of(target.name) == format_of(self.path.name)  # then the delimiter stays, whatever it is
        to_format = None if same else target_format(target.name, self.path.name)
        with self._open() as (source, own):
            sink, _ = choose_sink(source, own, to_format)
            sink.check_size(len(source.header), source.rows)
            known = len(source.notes)
            with create_table_file(target, self.path) as out, sink(out, source) as copy:
                for batch in _counted(source.batches(), on_rows):
                    copy.write_replaced(batch, edit(batch))
            return source.notes[known:]


def _counted(batches: Iterable[Batch], on_rows: OnRows) -> Iterator[Batch]:
    rows = 0
    for batch in batches:
        yield batch
        rows += len(batch)
        on_rows(rows)


def check_targets(source: Path, target: Path, report: Path | None, *, force: bool, how: str) -> None:
    """Raise BadOption where a copy or a report cannot be written under its name."""
    target_format(target.name, source.name)
    if report is not None and report.resolve() == target.resolve():
        raise BadOption("the copy and the report have the same name", hint="Give them different names.")
    for path in filter(None, (target, report)):
        check_target(path, source, force=force and not path.is_dir(), how=how)


def name_copy(path: Path, word: str) -> Path:
    """Return where a copy goes: `genes.csv.gz` becomes `genes.repaired.csv.gz`."""
    packed = path.suffix if path.suffix.lower() in {".gz", ".zst"} else ""
    bare = Path(path.name.removesuffix(packed))
    return path.with_name(f"{bare.stem}.{word}{bare.suffix}{packed}")
