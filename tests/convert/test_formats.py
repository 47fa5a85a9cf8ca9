"""Every format to every format: row for row, and the cells that were there come out as they went in."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from resolver.app.resolver import LocalResolver
from resolver.convert.files import create_table_file, format_of, target_format
from resolver.convert.formats import BY_NAME
from resolver.convert.plan import make_plan
from resolver.errors import BadOption, MissingColumn, SeveralGenes, UnreadableTable
from resolver.resolve.options import read_options
from tests.convert.conversions import GENES, HEADER, PLAN, ROWS, convert, open_bytes, read_cells, write_csv

FORMATS = tuple(BY_NAME)
ADDED = ["symbol", "ensembl", "outcome", "reason", "matched_as", "retired_from", "also"]


def _in_format(resolver: LocalResolver, kind: str) -> bytes:
    """Return the odd table in a format, with columns of another conversion that are then its own."""
    return convert(resolver, write_csv(ROWS), kind)[0]


def _shown(cell: str, kind: str) -> str:
    """Return a cell as openpyxl reads it from a workbook, which leaves its escapes as they are."""
    return cell.replace("\r\n", "_x000D_\n") if kind == "xlsx" else cell


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_each_format_becomes_each_other_with_the_cells_that_it_had(
    resolver: LocalResolver, source: str, target: str
) -> None:
    begun = _in_format(resolver, source)
    data, summary = convert(resolver, begun, target)
    header, *rows = read_cells(data, target)
    width = len(HEADER) + len(ADDED)
    assert header == [*HEADER, *ADDED, *(f"{name}_2" for name in ADDED)]
    assert [row[:3] for row in rows] == [[_shown(cell, target) for cell in row] for row in ROWS]
    # What the first conversion added is the table's own in the second, and both say the same.
    assert [row[3:width] for row in rows] == [row[width:] for row in rows]
    assert [row[0] for row in rows] == GENES
    assert [row[3] for row in rows][:3] == ["IL7", "IL7;Il7", "TP53;Trp53"]
    assert summary.rows == summary.written == len(ROWS)
    assert summary.bad_rows == 0


@pytest.mark.parametrize("kind", FORMATS)
def test_large_and_small_tables_are_converted_alike(resolver: LocalResolver, kind: str) -> None:
    many = 120  # times eleven rows are over a thousand
    short = [[row[0], *(cell[:50] for cell in row[1:])] for row in ROWS]
    small = read_cells(convert(resolver, convert(resolver, write_csv(short), kind)[0], "csv")[0], "csv")
    large, summary = convert(resolver, convert(resolver, write_csv(short * many), kind)[0], "csv")
    assert read_cells(large, "csv") == [small[0], *small[1:] * many]
    assert summary.rows == len(ROWS) * many
    assert summary.columns[0].outcomes.total() == len(ROWS) * many


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "odd", [[], [["IL7", 'say "hi", twice']], [["IL7", "two\nlines"]], [["", ""]], [["tp53", " é "]]]
)
@pytest.mark.parametrize("kind", ["parquet", "ndjson", "csv"])
def test_a_large_text_table_is_written_alike_whether_its_blocks_are_plain_or_not(
    resolver: LocalResolver, kind: str, odd: list[list[str]], end: str
) -> None:
    rows = [["IL7", "1e5"], ["P04637", ""], ["nothing like it", "NA"], ["Il7", "0012"]] * 2_000
    rows[17:17] = odd
    table = write_csv(rows, ["gene id", "x"]).replace(b"\r\n", b"\n").replace(b"\n", end.encode())
    data, summary = convert(resolver, table, kind)
    header, *written = read_cells(data, kind)
    assert header == ["gene id", "x", *ADDED]
    assert [row[:2] for row in written] == [[row[0], row[1].replace("\n", end)] for row in rows]
    alone = {
        gene: read_cells(convert(resolver, write_csv([row], ["gene id", "x"]), "csv")[0], "csv")[1]
        for gene, row in {row[0]: row for row in rows if row[0]}.items()
    }
    assert all(row[2:] == alone[row[0]][2:] for row in written if row[0])
    assert summary.rows == len(rows)


@pytest.mark.parametrize("rows", [2, 700])
@pytest.mark.parametrize("source", FORMATS)
def test_a_gene_each_is_a_row_each_in_every_format(resolver: LocalResolver, source: str, rows: int) -> None:
    plan = make_plan("symbol", read_options({"on_many": "explode"}))
    table = write_csv([["IL7", "a"], ["IL32", "b"]] * rows, ["gene id", "x"])
    begun = convert(resolver, table, source, plan=make_plan("name"))[0]
    for target in ("csv", "parquet", "ndjson", "xlsx"):
        if (source, target) == ("xlsx", "xlsx"):
            with pytest.raises(BadOption, match="in place"):
                open_bytes(resolver, begun, target, plan=plan)
            continue
        data, summary = convert(resolver, begun, target, plan=plan)
        header, *cells = read_cells(data, target)
        x, symbol = header.index("x"), header.index("symbol")
        assert [(row[x], row[symbol]) for row in cells] == [("a", "IL7"), ("a", "Il7"), ("b", "IL32")] * rows
        assert (summary.rows, summary.written) == (2 * rows, 3 * rows)


@pytest.mark.parametrize("rows", [5, 1500])
@pytest.mark.parametrize("source", FORMATS)
def test_several_genes_that_are_an_error_say_in_which_row(resolver: LocalResolver, source: str, rows: int) -> None:
    table = write_csv([["IL32", "a"]] * rows + [["IL7", "b"]], ["gene id", "x"])
    begun = convert(resolver, table, source)[0]
    plan = make_plan("symbol", read_options({"on_many": "error"}))
    line = rows + 1 if source in {"parquet", "ndjson"} else rows + 2
    with pytest.raises(SeveralGenes, match=rf"(line|row) {line}: "):
        convert(resolver, begun, "ndjson", plan=plan)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_column_that_is_not_there_and_one_that_is_left_out(resolver: LocalResolver, kind: str) -> None:
    begun = convert(resolver, write_csv(ROWS[:3]), kind)[0]
    with pytest.raises(MissingColumn) as raised:
        open_bytes(resolver, begun, columns=("gene_id",))
    assert "Did you mean 'gene id'?" in str(raised.value.hint)
    found = open_bytes(resolver, begun, columns=())
    assert found.prepared.plan.columns[0].name in {"gene id", "symbol", "ensembl"}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_preview_shows_what_is_then_written(resolver: LocalResolver, kind: str) -> None:
    begun = convert(resolver, write_csv(ROWS), kind)[0]
    shown = open_bytes(resolver, begun, "csv").preview(4)
    assert shown == read_cells(convert(resolver, begun, "csv")[0], "csv")[1:5]


@pytest.mark.parametrize("kind", FORMATS)
def test_progress_ends_with_all_rows_and_may_end_the_work(resolver: LocalResolver, kind: str) -> None:
    begun = convert(resolver, write_csv(ROWS), kind)[0]
    seen: list[int] = []
    open_bytes(resolver, begun, "parquet").run(io.BytesIO(), lambda progress: seen.append(progress.rows))
    assert seen[-1] == len(ROWS)

    def stop(progress: object) -> None:
        raise KeyboardInterrupt

    for target in FORMATS:
        with pytest.raises(KeyboardInterrupt):
            open_bytes(resolver, begun, target).run(io.BytesIO(), stop)


@pytest.mark.parametrize(("target", "delimiter"), [("csv", ";"), ("tsv", "\t"), (None, ";")])
def test_a_csv_file_with_semicolons_stays_one(resolver: LocalResolver, target: str | None, delimiter: str) -> None:
    table = b'gene;n\nIL32;2,5\nIL7;"a;b"\n'
    written = open_bytes(resolver, table, target, plan=make_plan("symbol"), columns=("gene",))
    out = io.BytesIO()
    written.run(out)
    header, first, second = out.getvalue().decode().splitlines()
    assert header.split(delimiter)[:3] == ["gene", "n", "symbol"]
    assert first.split(delimiter)[:3] == ["IL32", "2,5", "IL32"]
    quoted = ['"a;b"', '"IL7;Il7"'] if delimiter == ";" else ["a;b", "IL7;Il7"]
    assert second.startswith(delimiter.join(["IL7", *quoted]))


def test_names_of_files_ask_for_formats() -> None:
    names = {"a.csv": "csv", "a.TSV.gz": "tsv", "a.parquet": "parquet", "a.xlsx": "xlsx", "a.jsonl.zst": "ndjson"}
    assert {name: format_of(name) for name in names} == names
    assert format_of("genes") is None


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_ndjson_is_unpacked(resolver: LocalResolver, pack: object) -> None:
    assert callable(pack)
    begun = pack(b'{"gene id": "IL32"}\n')
    data, summary = convert(resolver, begun, "csv")
    assert read_cells(data, "csv")[1][:2] == ["IL32", "IL32"]
    assert any("read as NDJSON" in note for note in summary.notes)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "no workbook, or a damaged one"),
        (b"PK\x03\x04 and no more", "a damaged zip file or workbook"),
        (b"PAR1 and no more", "a damaged Parquet file"),
        (b"\x7fELF\0\0", "NUL"),
        (b'[{"gene id": "IL32"}]', "one JSON array"),
        (b'{\n "gene id": "IL32"\n}', "JSON over several lines"),
    ],
)
def test_what_is_no_table_is_told_with_what_it_is(resolver: LocalResolver, data: bytes, what: str) -> None:
    with pytest.raises(UnreadableTable, match=what) as raised:
        open_bytes(resolver, data)
    assert raised.value.hint


def test_options_that_do_not_fit_the_format_are_refused(resolver: LocalResolver) -> None:
    workbook = convert(resolver, write_csv(ROWS), "xlsx")[0]
    with pytest.raises(BadOption, match="delimiter"):
        open_bytes(resolver, workbook, delimiter=";")
    with pytest.raises(BadOption, match="no sheets"):
        open_bytes(resolver, write_csv(ROWS), sheet="one")
    with pytest.raises(BadOption, match="unknown format 'yaml'"):
        open_bytes(resolver, workbook, "yaml")


def test_a_pipe_is_read_like_a_file(resolver: LocalResolver) -> None:
    from resolver.convert.conversion import open_conversion
    from resolver.convert.engine import Tools
    from resolver.convert.plan import Reading

    class Pipe(io.RawIOBase):
        """Gives a byte or a few at a time, and cannot go back."""

        def __init__(self, data: bytes) -> None:
            self._rest = data

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            size = len(self._rest) if size < 0 else min(size, 7 if len(self._rest) > 100_000 else 1 << 20)
            data, self._rest = self._rest[:size], self._rest[size:]
            return data

    for kind in FORMATS:
        begun = convert(resolver, write_csv(ROWS), kind)[0]
        reading = Reading(columns=("gene id",))
        piped = open_conversion(Pipe(begun), "-", PLAN, Tools(resolver), reading, to_format="csv")  # type: ignore[arg-type]
        out = io.BytesIO()
        piped.run(out)
        assert out.getvalue() == convert(resolver, begun, "csv")[0]


def test_ten_rows_load_no_table_engine_in_any_format_but_parquet(
    resolver: LocalResolver, data_dir: Path, tmp_path: Path
) -> None:
    for kind in ("csv", "xlsx", "ndjson"):
        (tmp_path / f"genes.{kind}").write_bytes(convert(resolver, write_csv(ROWS), kind)[0])
    script = (
        "import sys, itertools; from pathlib import Path; from resolver import Resolver\n"
        f"folder, resolver = Path({str(tmp_path)!r}), Resolver(Path({str(data_dir)!r}))\n"
        "for source, target in itertools.product(('csv', 'xlsx', 'ndjson'), repeat=2):\n"
        "    table, out = folder / f'genes.{source}', folder / f'out.{target}'\n"
        "    resolver.convert_file(table, out, column='gene id', force=True)\n"
        "print(sorted({'polars', 'pandas', 'pyarrow', 'numpy', 'duckdb'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    # openpyxl itself looks for numpy.
    assert ran.stdout.strip() in {"[]", "['numpy']"}


def test_the_table_itself_and_a_folder_are_no_targets(resolver: LocalResolver, tmp_path: Path) -> None:
    path = tmp_path / "genes.parquet"
    path.write_bytes(convert(resolver, write_csv(ROWS), "parquet")[0])
    before = path.read_bytes()
    with pytest.raises(BadOption, match="the table itself"):
        resolver.convert_file(path, path, column="gene id")
    (tmp_path / "link.parquet").symlink_to(path)
    with pytest.raises(BadOption, match="the table itself"):
        resolver.convert_file(path, tmp_path / "link.parquet", column="gene id")
    with pytest.raises(BadOption, match="a folder"), create_table_file(tmp_path):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("out.xls", "out.xlsx"),
        ("out.gmt", "out.gmt.csv"),
        ("out.json", "out.ndjson"),
        ("out.json.gz", "out.ndjson"),
        ("out.csv.zip", "out.csv.gz"),
        ("out.cvs", "out.csv"),
        ("out.parquett", "out.parquet"),
        ("out.genes", "out.genes.csv"),
    ],
)
def test_a_suffix_of_no_format_is_refused_with_the_nearest_one(
    resolver: LocalResolver, name: str, hint: str, tmp_path: Path
) -> None:
    (tmp_path / "genes.csv").write_text("gene\nIL7\n")
    with pytest.raises(BadOption, match="cannot write the format") as caught:
        resolver.convert_file(tmp_path / "genes.csv", tmp_path / name)
    assert f"Use {hint}, for example." in str(caught.value.hint)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("a.csv", "out", None),
        ("a.maf", "out.maf", None),
        ("a.maf.gz", "out.maf", None),
        ("a.gmt", "out.gmt", None),
        ("a.txt", "out.txt.gz", None),
        ("a.csv", "out.txt", "tsv"),
        ("a.csv", "out.TSV.gz", "tsv"),
        ("-", "dir/out.jsonl", "ndjson"),
    ],
)
def test_other_names_are_written_as_they_say_or_as_the_table_is(source: str, target: str, expected: str | None) -> None:
    assert target_format(target, source) == expected


def test_a_file_that_exists_is_overwritten_on_request_alone(resolver: LocalResolver, tmp_path: Path) -> None:
    source, target = tmp_path / "genes.csv", tmp_path / "out.csv"
    source.write_text("gene\nIL7\n")
    target.write_text("mine")
    with pytest.raises(BadOption, match="exists already") as caught:
        resolver.convert_file(source, target, to="symbol")
    assert "force=True" in str(caught.value.hint)
    assert target.read_text() == "mine"
    resolver.convert_file(source, target, to="symbol", force=True)
    assert target.read_text().startswith("gene,symbol")
