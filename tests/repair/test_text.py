"""Text tables: what is found out about them, and that a copy is the same but for what was repaired."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.errors import BadOption, UnreadableTable
from resolver.repair.table import name_copy
from resolver.resolve.resolver import Resolver
from tests.repair.tables import Examined, examine, find, open_table, read_table, repair, repairs, write


@pytest.mark.parametrize(
    ("text", "header", "lines"),
    [
        ("gene,n\nIL7,1\n", ("gene", "n"), [2]),
        ("gene\tn\nIL7\t1,2\n", ("gene", "n"), [2]),
        ("gene;n\nIL7;1,5\nTP53;2,5\n", ("gene", "n"), [2, 3]),
        ("gene|n\r\nIL7|1\r\n", ("gene", "n"), [2]),
        ("entrez\n8,105\n3,574\n", ("entrez",), [2, 3]),
        ("gene,,n\n\nIL7,a,1\n", ("gene", "column 2", "n"), [3]),
        ("sep=;\ngene;n\nIL7;1\n", ("gene", "n"), [3]),
        ("#version 2.4\ngene\tn\nIL7\t1\n", ("gene", "n"), [3]),
        ("# a, b\n#gene\tn\nIL7\t1\n", ("gene", "n"), [3]),
        ("gene\tn\n1\tIL7\t5\n2\tTP53\t6\n", ("column 1", "gene", "n"), [2, 3]),
        ('gene,note\n"IL7","two\nlines"\nTP53,x\n', ("gene", "note"), [2, 4]),
    ],
)
def test_header_and_lines_are_found(text: str, header: tuple[str, ...], lines: list[int], tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "table", text))
    assert table.header == header
    batches = list(table.batches(lambda rows: None))
    assert [batch.lines[row] for batch in batches for row in range(len(batch))] == lines


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("12-Sep,x,1", "SEPT12,x,1"),
        ('"12-Sep","x","1"', "SEPT12,x,1"),
        ('12-Sep,"a ""b"", c",1', 'SEPT12,"a ""b"", c",1'),
        ('12-Sep,"two\nlines",1', 'SEPT12,"two\nlines",1'),
        ("12-Sep, x ,", "SEPT12, x ,"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_repaired_row_keeps_the_text_of_all_other_cells(
    row: str, wanted: str, end: str, tmp_path: Path, resolver: Resolver
) -> None:
    lines = ["gene,note,n", "TP53,,", '"IL7","",""', row]
    table = write(tmp_path / "t.csv", "".join(f"{line}{end}" for line in lines))
    repair(examine(table, resolver, "gene"), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().decode() == "".join(f"{line}{end}" for line in [*lines[:3], wanted])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_copy_is_utf_8_and_packed_as_it_was(encoding: str, packed: bool, tmp_path: Path, resolver: Resolver) -> None:
    text = "#made by hand\ngene\tSchlüssel µ\nTP53\tä\n12-Sep\tö\n"
    path = tmp_path / ("t.tsv.gz" if packed else "t.tsv")
    path.write_bytes(gzip.compress(text.encode(encoding)) if packed else text.encode(encoding))
    examined = examine(path, resolver, "gene")
    assert examined.table.header == ("gene", "Schlüssel µ")
    repair(examined, name_copy(path, "repaired"))
    copy = name_copy(path, "repaired").read_bytes()
    wanted = text.replace("12-Sep", "SEPT12").encode("utf-8-sig" if encoding == "utf-8-sig" else "utf-8")
    assert (gzip.decompress(copy) if packed else copy) == wanted


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".ndjson", ".parquet", ".xlsx"])
def test_a_copy_has_the_format_of_its_name_and_is_repaired_in_every_one(
    suffix: str, tmp_path: Path, resolver: Resolver
) -> None:
    table = write(tmp_path / "t.csv", "gene,n\nTP53,0.10\n12-Sep,1e5\nIL7,007\n")
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    repair(examine(table, resolver, "gene"), first)
    assert [row[:2] for row in read_table(first)] == [["TP53", "0.10"], ["SEPT12", "1e5"], ["IL7", "007"]]
    damaged = tmp_path / f"damaged{suffix}"
    open_table(table).write_copy(damaged, lambda batch: {}, lambda rows: None)
    repair(examine(damaged, resolver, "gene"), second)
    assert read_table(second) == read_table(first)


def test_a_large_table_is_repaired_by_its_lines(tmp_path: Path, resolver: Resolver) -> None:
    rows = [("12-Sep" if row % 1_000 == 7 else "TP53", f'"{row}"') for row in range(30_000)]
    text = "gene,n\n" + "".join(f"{gene},{number}\n" for gene, number in rows)
    found = repair(examine(write(tmp_path / "t.csv", text), resolver, "gene"), tmp_path / "out.csv")
    assert [cell.line for cell in found] == list(range(9, 30_000, 1_000))
    wanted = [f"SEPT12,{number}" if gene == "12-Sep" else f"{gene},{number}" for gene, number in rows]
    assert [line.replace('"', "") for line in (tmp_path / "out.csv").read_text().splitlines()[1:]] == [
        line.replace('"', "") for line in wanted
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"gene,n\nIL7,1\nTP53;2\n", "line 3: 1 cells, where the table has 2 columns"),
        (b"gene,n\nIL7,1,2\nTP53,2\n", "line 2: 3 cells, where the table has 2 columns"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"gene\0,n\n", "is not text"),
        (b"\xff\xfea", "has no table"),
        (b"\xd0\xcf\x11\xe0.....", "is no workbook, or a damaged one"),
        (b"PK\x03\x04.....", "is a damaged zip file or workbook"),
        (gzip.compress(b"gene,n\nIL7,1\n" * 99)[:-9], "cannot be read"),
        (b'gene,n\nIL7,"' + b"x" * 200_000, "line 2: a quote that is opened here is not closed"),
    ],
    ids=[
        "split otherwise",
        "long",
        "empty",
        "blank lines",
        "NUL",
        "UTF-16",
        "XLS",
        "no XLSX",
        "cut gzip",
        "unclosed quote",
    ],
)
def test_what_is_no_table_says_where_and_what_to_do(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableTable) as raised:
        list(open_table(path).batches(lambda rows: None))
    assert str(raised.value).startswith(str(path))
    assert message in str(raised.value)
    assert raised.value.hint


def test_a_missing_file_and_a_bad_delimiter_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="No such file"):
        open_table(tmp_path / "none.csv")
    table = write(tmp_path / "t.csv", "gene!n\nIL7!1\n")
    assert open_table(table, delimiter="!").header == ("gene", "n")
    for delimiter in ("", "ab", '"', "\n"):
        with pytest.raises(BadOption, match="not a delimiter"):
            open_table(table, delimiter=delimiter)
    with pytest.raises(BadOption, match="no sheets"):
        open_table(table, sheet="Sheet1")


def test_a_copy_that_fails_leaves_nothing_behind(tmp_path: Path, resolver: Resolver) -> None:
    examined = examine(write(tmp_path / "t.csv", "gene\nTP53\nIL7\n12-Sep\n"), resolver)
    find(examined)

    def fail(batch: object) -> dict[int, dict[int, str]]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examined.table.write_copy(tmp_path / "out.csv", fail, lambda rows: None)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


# --- Any table ---------------------------------------------------------------------------------------------------

# csv does not quote a lone carriage return.
_TEXT = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12)
_SYMBOLS = st.sampled_from(["TP53", "IL7", "Il7", "MARCH1", "Oct-4", "SEPT2", "NOSUCHGENE", ""])
_DAMAGED = st.sampled_from(["1-Mar", "12-Sep", "5-Mar", "36951", "2.31E+13"])
_ROWS = st.lists(st.tuples(_SYMBOLS, _TEXT, _TEXT), min_size=1, max_size=8)
_DIALECT = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "quoting": st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
    }
)
_MANY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _examined(path: Path, delimiter: str, resolver: Resolver) -> Examined:
    return examine(path, resolver, "gene", delimiter=delimiter)


def _write_table(path: Path, rows: list[tuple[str, str, str]], dialect: dict[str, str], encoding: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows([("gene", "a", "b"), *rows])  # type: ignore[arg-type]
    content = text.getvalue().encode(encoding)
    path.write_bytes(content)
    return content


def _read(content: bytes, dialect: dict[str, str]) -> list[list[str]]:
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return [row for row in csv.reader(text, delimiter=dialect["delimiter"]) if row]


@_MANY
@given(
    rows=st.lists(st.tuples(_SYMBOLS | _DAMAGED, _TEXT, _TEXT), min_size=1, max_size=8),
    dialect=_DIALECT,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_nothing_but_certain_repairs_is_changed(
    rows: list[tuple[str, str, str]], dialect: dict[str, str], encoding: str, tmp_path: Path, resolver: Resolver
) -> None:
    _write_table(tmp_path / "t.csv", rows, dialect, encoding)
    known = repairs(repair(_examined(tmp_path / "t.csv", dialect["delimiter"], resolver), tmp_path / "out.csv"))
    repaired = [["gene", "a", "b"], *([known.get(gene) or gene, a, b] for gene, a, b in rows)]
    assert _read((tmp_path / "out.csv").read_bytes(), dialect) == repaired


@_MANY
@given(rows=_ROWS, dialect=_DIALECT)
def test_the_rows_of_an_undamaged_file_come_out_byte_for_byte(
    rows: list[tuple[str, str, str]], dialect: dict[str, str], tmp_path: Path, resolver: Resolver
) -> None:
    content = _write_table(tmp_path / "t.csv", rows, dialect, "utf-8")
    assert repair(_examined(tmp_path / "t.csv", dialect["delimiter"], resolver), tmp_path / "out.csv") == []
    header, _, body = content.partition(dialect["lineterminator"].encode())
    assert (tmp_path / "out.csv").read_bytes().partition(dialect["lineterminator"].encode())[2] == body
    assert header.replace(b'"', b"").count(b"gene") == 1
