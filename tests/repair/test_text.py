"""Text tables: what is found out about them, and that a copy is the same but for what was mended."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.convert.columns import choose_columns
from resolver.convert.doctor import Doctor
from resolver.convert.tables_io import mended_path, open_table
from resolver.errors import BadOption, UnreadableTable
from resolver.resolve.resolver import Resolver
from tests.convert.tables import examine, find, mend, repairs, write


@pytest.mark.parametrize(
    ("text", "header", "lines"),
    [
        ("gene,n\nIL7,1\n", ("gene", "n"), [2]),
        ("gene\tn\nIL7\t1,2\n", ("gene", "n"), [2]),
        ("gene;n\nIL7;1,5\nTP53;2,5\n", ("gene", "n"), [2, 3]),
        ("gene|n\r\nIL7|1\r\n", ("gene", "n"), [2]),
        ("entrez\n8,105\n3,574\n", ("entrez",), [2, 3]),
        ("gene,n\rIL7,1\r", ("gene", "n"), [2]),
        ("gene,,n\n\nIL7,a,1\n", ("gene", "column 2", "n"), [3]),
        ("sep=;\ngene;n\nIL7;1\n", ("gene", "n"), [3]),
        ("#version 2.4\ngene\tn\nIL7\t1\n", ("gene", "n"), [3]),
        ("# a, b\n#gene\tn\nIL7\t1\n", ("#gene", "n"), [3]),
        ("gene\tn\n1\tIL7\t5\n2\tTP53\t6\n", ("column 1", "gene", "n"), [2, 3]),
        ('gene,note\n"IL7","two\nlines"\nTP53,x\n', ("gene", "note"), [2, 4]),
    ],
)
def test_header_and_lines_are_found(text: str, header: tuple[str, ...], lines: list[int], tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "table", text))
    assert table.header == header
    assert [row.line for row in table.rows()] == lines


@pytest.mark.parametrize(
    ("row", "mended"),
    [
        ("12-Sep,x,1", "SEPT12,x,1"),
        ('"12-Sep","x","1"', '"SEPT12","x","1"'),
        ('12-Sep,"a ""b"", c",1', 'SEPT12,"a ""b"", c",1'),
        ('12-Sep,"two\nlines",1', 'SEPT12,"two\nlines",1'),
        ('12-Sep,"a"b,1', 'SEPT12,"a"b,1'),
        ("12-Sep, x ,", "SEPT12, x ,"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_mended_row_keeps_all_other_text(row: str, mended: str, end: str, tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", f"gene,note,n\nTP53,,\nIL7,,\n{row}{end}")
    mend(examine(table, resolver, "gene"), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().decode() == f"gene,note,n\nTP53,,\nIL7,,\n{mended}{end}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_copy_keeps_encoding_and_packing(encoding: str, packed: bool, tmp_path: Path, resolver: Resolver) -> None:
    text = "gene\tSchlüssel µ\nTP53\tä\n12-Sep\tö\n"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    content, wanted = ((mark + each).encode(encoding) for each in (text, text.replace("12-Sep", "SEPT12")))
    path = tmp_path / ("t.tsv.gz" if packed else "t.tsv")
    path.write_bytes(gzip.compress(content) if packed else content)
    doctor = examine(path, resolver, "gene")
    assert doctor.table.header == ("gene", "Schlüssel µ")
    mend(doctor, mended_path(path))
    copy = mended_path(path).read_bytes()
    assert (gzip.decompress(copy) if packed else copy) == wanted


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"gene,n\nIL7,1\nTP53\n", "line 3: 1 cells, where the table has 2 columns"),
        (b"gene,n\nIL7,1,2\nTP53,2\n", "line 2: 3 cells, where the table has 2 columns"),
        (b"", "holds no table"),
        (b"\n\n", "holds no table"),
        (b"gene\0,n\n", "is no text"),
        (b"\xff\xfea", "damaged UTF-16"),
        (b"\xd0\xcf\x11\xe0.....", "XLS workbook"),
        (b"PK\x03\x04.....", "is no XLSX workbook"),
        (gzip.compress(b"gene,n\nIL7,1\n" * 99)[:-9], "cannot be read"),
        (b'gene,n\nIL7,"' + b"x" * 200_000, "line 2: field larger"),
    ],
    ids=["short", "long", "empty", "blank lines", "NUL", "UTF-16", "XLS", "no XLSX", "cut gzip", "unclosed quote"],
)
def test_what_is_no_table_says_where_and_what_to_do(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableTable) as raised:
        list(open_table(path).rows())
    assert str(raised.value).startswith(str(path))
    assert message in str(raised.value)
    assert raised.value.hint


def test_a_missing_file_and_a_bad_delimiter_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="No such file"):
        open_table(tmp_path / "none.csv")
    table = write(tmp_path / "t.csv", "gene!n\nIL7!1\n")
    assert open_table(table, delimiter="!").header == ("gene", "n")
    for delimiter in ("", "ab", '"', "\n"):
        with pytest.raises(BadOption, match="no delimiter"):
            open_table(table, delimiter=delimiter)
    with pytest.raises(BadOption, match="no sheets"):
        open_table(table, sheet="Sheet1")


def test_a_copy_that_fails_leaves_nothing_behind(tmp_path: Path, resolver: Resolver) -> None:
    doctor = examine(write(tmp_path / "t.csv", "gene\nTP53\nIL7\n12-Sep\n"), resolver)
    find(doctor)

    def fail(rows: object) -> dict[int, str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        doctor.table.write_copy(tmp_path / "out.csv", fail)
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


def _doctor(path: Path, delimiter: str, resolver: Resolver) -> Doctor:
    table = open_table(path, delimiter=delimiter)
    return Doctor(table, choose_columns(table, resolver, ["gene"]).taken, resolver)


def _write_table(path: Path, rows: list[tuple[str, str, str]], dialect: dict[str, str], encoding: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows([("gene", "a", "b"), *rows])  # type: ignore[arg-type]
    content = text.getvalue().encode(encoding)
    path.write_bytes(content)
    return content


@_MANY
@given(rows=_ROWS, dialect=_DIALECT, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_an_undamaged_file_comes_out_byte_for_byte(
    rows: list[tuple[str, str, str]], dialect: dict[str, str], encoding: str, tmp_path: Path, resolver: Resolver
) -> None:
    content = _write_table(tmp_path / "t.csv", rows, dialect, encoding)
    assert mend(_doctor(tmp_path / "t.csv", dialect["delimiter"], resolver), tmp_path / "out.csv") == []
    assert (tmp_path / "out.csv").read_bytes() == content


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
    known = repairs(mend(_doctor(tmp_path / "t.csv", dialect["delimiter"], resolver), tmp_path / "out.csv"))
    repaired = [(known.get(gene) or gene, a, b) for gene, a, b in rows]
    wanted = _write_table(tmp_path / "wanted.csv", repaired, dialect, encoding)
    assert (tmp_path / "out.csv").read_bytes() == wanted
