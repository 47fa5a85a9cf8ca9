"""Bad tables, one by one: each ends with a message that says what, where and what to do, and nothing is lost.

docs/bad-tables.md describes each result; these cases keep that page true.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from resolver.convert.conversion import open_conversion
from resolver.convert.engine import Tools
from resolver.convert.files import create_table_file
from resolver.convert.plan import Reading, make_plan
from resolver.errors import InputError
from resolver.resolve.resolver import Resolver

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "bad-tables.md"


class Endless(io.RawIOBase):
    """A stream of parts that are made as they are read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes."""
        while len(self._rest) < max(1, size):
            part = next(self._parts, b"")
            if not part:
                break
            self._rest += part
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def a_table(number: int, cell: Callable[[int], str] = lambda _: "IL7") -> bytes:
    """Return a table of so many rows."""
    return (
        b"id,n\n" + "".join(f"{cell(line)},{line * 7_919_977 % 1_000_003}\n" for line in range(2, number + 2)).encode()
    )


def a_bomb(size: int) -> Iterator[bytes]:
    """Yield a gzip file of zeros."""
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    yield packer.compress(b"id\n")
    for _ in range(size >> 20):
        yield packer.compress(zeros) or packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


def a_long_line(size: int) -> Iterator[bytes]:
    """Yield a table with a line of this size."""
    yield b"id,n\nIL7,1\n"
    for _ in range(size >> 20):
        yield b"x" * (1 << 20)
    yield b"\n"


def stop_at(data: bytes, place: int, put: bytes) -> bytes:
    """Return the data with a change in it."""
    return data[:place] + put + data[place + len(put) :]


# What is in the first column of the page, with the table or what makes it, how it is read, and what is said.
CASES: dict[str, tuple[Any, Reading, str]] = {
    "empty file": (b"", Reading(), r"t\.csv: is empty"),
    "blank lines only": (b"\n\r\n  \n", Reading(), r"t\.csv: is empty"),
    "binary file": (b"\x7fELF\x02\x01\x01\0\0\0\n" * 9, Reading(), r"t\.csv, line 1: contains a NUL byte: it is not"),
    "NUL byte in the first rows": (b"id,n\nIL7,1\nI\0L7,2\n", Reading(), r"t\.csv, line 3: contains a NUL byte"),
    "NUL byte far down": (
        lambda: a_table(200_000, lambda line: "I\0L7" if line == 150_000 else "IL7"),
        Reading(),
        r"t\.csv, line 150000: contains a NUL byte",
    ),
    "line of 200 MB": (
        lambda: a_long_line(200 << 20),
        Reading(columns=("id",), delimiter=","),
        r"t\.csv, line 3: a line that begins here does not end within 64 MiB",
    ),
    "line of 200 MB, the first below the header": (
        lambda: iter([b"id,n\nIL7,", *[b"a" * (1 << 20)] * 200]),
        Reading(),
        r"t\.csv, line 2: a line that begins here does not end within 64 MiB",
    ),
    "mixed delimiters, most of them": (
        b"id,n\nIL7;1\nTP53\t2\n",
        Reading(columns=("id",)),
        r"t\.csv, line 2: 1 cells, where the table has 2 columns",
    ),
    "mixed delimiters": (
        b"id,n,m\nIL7,1,2\nTP53;1;2\nEGFR,1,2\n",
        Reading(columns=("id",)),
        r"t\.csv, line 3: 1 cells, where the table has 3 columns",
    ),
    "row of another width": (
        a_table(5_000, lambda line: "IL7,more" if line == 4_000 else "IL7"),
        Reading(),
        r"t\.csv, line 4000: 3 cells, where the table has 2 columns",
    ),
    "another encoding than specified": (
        "id,n\nIL7,é\n".encode("latin-1"),
        Reading(encoding="utf-8"),
        r"t\.csv, line 2: is not utf-8",
    ),
    "another encoding far down": (
        lambda: a_table(200_000) + "IL7,é\n".encode("latin-1"),
        Reading(),
        r"t\.csv, line 200002: is not (?:UTF-8 here|utf-8)",
    ),
    "unknown encoding": (a_table(3), Reading(encoding="klingon"), r"there is no encoding 'klingon'"),
    "missing column": (a_table(3), Reading(columns=("idd",)), r"column 'idd' not found"),
    "column name twice": (b"id,id\nIL7,TP53\n", Reading(columns=("id",)), r"2 columns are named 'id'"),
    "no column of genes": (b"a,b\nfoo bar,baz qux\n", Reading(), r"no column contains identifiers of genes"),
    "quote that is not closed, at the start": (
        lambda: iter([b'id,n\n"IL7,1\n', *[b"TP53,2\n" * (1 << 17)] * 80]),
        Reading(columns=("id",), delimiter=","),
        r"t\.csv, line 2: a quote that is opened here is not closed",
    ),
    "quote that is not closed, far down": (
        lambda: iter([b"id,n\n", b"IL7,1\n" * 500_000, b'"IL7,1\n', *[b"TP53,2\n" * (1 << 17)] * 80]),
        Reading(columns=("id",), delimiter=","),
        r"t\.csv, line 500002: a quote that is opened here is not closed",
    ),
    "gzip that ends early": (
        lambda: gzip.compress(a_table(200_000))[:-400],
        Reading(columns=("id",)),
        r"t\.csv: cannot be read to its end",
    ),
    "gzip that is damaged": (
        lambda: stop_at(gzip.compress(a_table(200_000)), 300_000, b"damaged!"),
        Reading(columns=("id",)),
        r"t\.csv: cannot be read to its end",
    ),
    "zip bomb": (lambda: a_bomb(1 << 29), Reading(), r"t\.csv, line 2: contains a NUL byte: it is not text"),
}  # fmt: skip


def open_case(case: Any) -> BinaryIO:
    """Return the table of a case as a stream."""
    made = case() if callable(case) else case
    return io.BytesIO(made) if isinstance(made, bytes) else cast("BinaryIO", Endless(made))


def convert(made: Any, reading: Reading, resolver: Resolver, out: BinaryIO | None = None) -> Any:
    """Convert a table through the function that every interface uses."""
    ready = open_conversion(open_case(made), "t.csv", make_plan("symbol"), Tools(resolver), reading)
    return ready.run(io.BytesIO() if out is None else out)


@pytest.mark.parametrize("name", CASES)
def test_a_bad_table_is_refused_with_what_and_where_and_what_to_do(resolver: Resolver, name: str) -> None:
    made, reading, said = CASES[name]
    with pytest.raises(InputError, match=said) as caught:
        convert(made, reading, resolver)
    assert caught.value.hint


@pytest.mark.parametrize("name", CASES)
def test_the_page_quotes_the_message_of_each(name: str) -> None:
    rows = dict(re.findall(r"^\| ([^|]+?) \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    quoted = re.findall(r"`([^`]+)`", rows[name])
    assert quoted, name
    assert any(re.search(CASES[name][2].replace(r"t\.csv", r"genes\.csv"), text) for text in quoted), quoted


def test_a_header_alone_gives_a_header_alone(resolver: Resolver) -> None:
    out = io.BytesIO()
    summary = convert(b"id,n\n", Reading(columns=("id",), delimiter=","), resolver, out)
    assert (summary.rows, out.getvalue()) == (0, b"id,n,symbol,outcome,reason,matched_as,retired_from,also\n")


def test_of_a_header_alone_the_one_name_that_speaks_of_genes_is_taken(resolver: Resolver) -> None:
    out = io.BytesIO()
    convert(b"sample,gene_id,n\n", Reading(), resolver, out)
    assert out.getvalue() == b"sample,gene_id,n,symbol,outcome,reason,matched_as,retired_from,also\n"
    for header in (b"sample,n\n", b"gene_id,symbol\n"):
        out = io.BytesIO()
        summary = convert(header, Reading(), resolver, out)
        assert out.getvalue().startswith(header.strip()), "a table without rows has nothing to lose"
        assert (summary.rows, bool(summary.notes)) == (0, True)


@pytest.mark.parametrize("has_header", [None, False])
def test_a_table_without_header_is_converted_whole(resolver: Resolver, has_header: bool | None) -> None:
    out = io.BytesIO()
    data = b"ENSG00000104432,1\nENSG00000141510,2\n"
    summary = convert(data, Reading(has_header=has_header), resolver, out)
    assert summary.rows == 2
    assert out.getvalue().splitlines()[0].startswith(b"ENSG00000104432,1,IL7,resolved")
    assert any("--header" in note for note in summary.notes) is (has_header is None)


@pytest.mark.long
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_hundred_thousand_columns_are_converted(resolver: Resolver, quote: str) -> None:
    width = 100_000
    header = ",".join(["id", *(f"column_{number}" for number in range(1, width))])
    row = ",".join(["IL7", *(f"{quote}{number}{quote}" for number in range(1, width))])
    out = io.BytesIO()
    summary = convert(f"{header}\n{row}\n{row}\n".encode(), Reading(columns=("id",)), resolver, out)
    lines = out.getvalue().decode().splitlines()
    assert summary.rows == 2
    assert lines[1].startswith(row + ",IL7;Il7,resolved")
    assert lines[0].startswith(header + ",symbol,outcome")


def test_the_table_itself_is_never_written_over(tmp_path: Path) -> None:
    table = tmp_path / "genes.csv"
    table.write_bytes(a_table(3))
    (tmp_path / "link.csv").symlink_to(table)
    for target in (table, tmp_path / "link.csv"):
        with pytest.raises(InputError, match="is the table itself"), create_table_file(target, table):
            pass
    assert table.read_bytes() == a_table(3)


_CHILD = """
import resource, signal, sys
from pathlib import Path
from resolver.convert.conversion import open_conversion
from resolver.convert.files import create_table_file, open_table_file
from resolver.convert.plan import make_plan
from resolver.convert.engine import Tools
from resolver.convert.plan import Reading
from resolver.errors import ResolverError
from resolver.app.resolver import LocalResolver
source, target, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
resolver = LocalResolver(Path(sys.argv[4]))
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with open_table_file(source) as stream, create_table_file(target, source) as out:
        ready = open_conversion(stream, source.name, make_plan("symbol"), Tools(resolver), Reading(columns=("id",)))
        print("begun", flush=True)
        ready.run(out)
except ResolverError as error:
    sys.exit(f"{error} / {error.hint}")
"""


def a_child(*arguments: object) -> subprocess.Popen[str]:
    """Start a conversion in another process."""
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.csv.zst"])
def test_a_full_disk_is_reported_and_leaves_what_was_there(data_dir: Path, tmp_path: Path, name: str) -> None:
    source, target = tmp_path / "genes.csv", tmp_path / name
    source.write_bytes(a_table(100_000))
    target.write_bytes(b"what was there")
    child = a_child(source, target, 50_000, data_dir)
    _, said = child.communicate(timeout=300)
    assert child.returncode == 1
    assert f"{target} cannot be written to its end: File too large / " in said
    assert target.read_bytes() == b"what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["genes.csv", name])


@pytest.mark.long
@pytest.mark.parametrize("after_s", [0.0, 0.3, 1.0])
def test_a_kill_leaves_nothing_under_the_name_and_a_rerun_is_whole(
    data_dir: Path, tmp_path: Path, after_s: float
) -> None:
    source, target = tmp_path / "genes.csv", tmp_path / "out.csv"
    source.write_bytes(a_table(400_000))
    child = a_child(source, target, 0, data_dir)
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=300)
    if target.exists():  # it was done before it was killed
        assert target.read_bytes().count(b"\n") == 400_001
        target.unlink()
    again = a_child(source, target, 0, data_dir)
    _, said = again.communicate(timeout=300)
    assert again.returncode == 0, said
    assert target.read_bytes().count(b"\n") == 400_001


@pytest.mark.parametrize("name", ["zip bomb", "NUL byte far down"])
def test_no_more_is_kept_of_a_bomb_than_its_head(resolver: Resolver, name: str) -> None:
    made, reading, said = CASES[name]
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=said):
            convert(made, reading, resolver)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200e6
