"""Exports: every format contains the same rows, what is there is not lost, and the SSSOM set is one by its standard."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from resolver.app.resolver import LocalResolver
from resolver.cli.app import make_app
from resolver.errors import BadOption, InputError
from resolver.export.release import ExportFormat, export_release
from resolver.identifiers.sssom import COLUMNS, JUSTIFICATION
from resolver.store.warehouse_tables import TABLES

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def tables(resolver: LocalResolver, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports") / "tables"
    export_release(resolver, ExportFormat.PARQUET, folder)
    return folder


def test_every_format_holds_the_same_rows(resolver: LocalResolver, tables: Path, tmp_path: Path) -> None:
    reported: list[tuple[str, int]] = []
    counts = export_release(
        resolver, ExportFormat.SQLITE, tmp_path / "r.db", on_table=lambda name, rows: reported.append((name, rows))
    )
    assert dict(reported) == counts == export_release(resolver, ExportFormat.DUCKDB, tmp_path / "r.duckdb")
    small = sqlite3.connect(tmp_path / "r.db")
    with duckdb.connect(str(tmp_path / "r.duckdb"), read_only=True) as large:
        for table in TABLES:
            rows = pl.read_parquet(tables / f"{table.name}.parquet")
            assert rows.schema == table.schema
            select = f'SELECT * FROM "{table.name}"'  # noqa: S608  (our own names)
            expected = sorted(rows.rows(), key=repr)
            assert sorted(large.execute(select).fetchall(), key=repr) == expected
            assert sorted(small.execute(select).fetchall(), key=str) == sorted(
                rows.cast({pl.Boolean: pl.Int64}).rows(), key=str
            )
            assert rows.height == counts[table.name]
    small.close()


def test_tables_join_as_their_columns_say(tables: Path) -> None:
    with duckdb.connect() as connection:
        for name in ("gene", "xref", "ortholog", "source_file"):
            connection.from_parquet(str(tables / f"{name}.parquet")).create_view(name)
        found = connection.execute(
            "SELECT g.symbol, o.ortholog FROM xref x JOIN gene g USING (gene) JOIN ortholog o USING (gene)"
            " WHERE x.identifier = 'P13232'"
        ).fetchall()
        assert found == [("IL7", "mgi:96561")]
        stated = connection.execute("SELECT DISTINCT unnest(string_split(sources, ',')) FROM xref").fetchall()
        known = connection.execute("SELECT key FROM source_file").fetchall()
        assert set(stated) <= set(known)
        identifiers = connection.execute("SELECT identifier FROM xref WHERE curie = 'hgnc:6023'").fetchall()
        assert identifiers == [("HGNC:6023",)]


def test_every_table_and_column_is_documented() -> None:
    page = (DOCS / "exports.md").read_text(encoding="utf-8")
    for table in TABLES:
        section = page.partition(f"### {table.name}\n")[2].partition("\n### ")[0]
        assert [column.name for column in table.columns if f"| `{column.name}` |" not in section] == []


def test_what_is_there_is_kept_unless_told_otherwise(resolver: LocalResolver, tmp_path: Path) -> None:
    target = tmp_path / "mine.tsv"
    target.write_text("mine")
    with pytest.raises(BadOption, match="exists already"):
        export_release(resolver, ExportFormat.SSSOM, target)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(BadOption, match="not of an export"):
        export_release(resolver, ExportFormat.PARQUET, folder, overwrite=True)
    with pytest.raises(BadOption, match="name a file"):
        export_release(resolver, ExportFormat.SQLITE, folder, overwrite=True)
    with pytest.raises(InputError, match="cannot be written"):
        export_release(resolver, ExportFormat.SQLITE, tmp_path / "none" / "r.db")
    assert (target.read_text(), (folder / "mine.txt").read_text()) == ("mine", "mine")


def test_an_export_that_is_broken_off_leaves_nothing(resolver: LocalResolver, tmp_path: Path) -> None:
    def break_off(name: str, rows: int) -> None:
        raise KeyboardInterrupt

    for to_format in ExportFormat:
        with pytest.raises(KeyboardInterrupt):
            export_release(resolver, to_format, tmp_path / "out", on_table=break_off)
        assert list(tmp_path.iterdir()) == []


def _read_sssom(text: str) -> tuple[dict[str, object], list[dict[str, str]]]:
    lines = text.splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    header = yaml.safe_load("".join(line[1:] for line in head))
    return header, list(csv.DictReader(io.StringIO("".join(lines[len(head) :])), delimiter="\t"))


def test_the_sssom_set_has_what_the_standard_requires_and_says_no_more_than_the_sources(
    resolver: LocalResolver, tmp_path: Path
) -> None:
    export_release(resolver, ExportFormat.SSSOM, tmp_path / "set.sssom.tsv")
    header, rows = _read_sssom((tmp_path / "set.sssom.tsv").read_text(encoding="utf-8"))
    assert str(header["mapping_set_id"]).startswith("https://")
    assert str(header["license"]).startswith("https://")
    prefixes = header["curie_map"]
    assert isinstance(prefixes, dict)
    assert tuple(rows[0]) == COLUMNS
    for row in rows:
        assert all(row[name] for name in ("subject_id", "predicate_id", "object_id", "mapping_justification"))
        assert {row[name].partition(":")[0] for name in ("subject_id", "predicate_id", "object_id")} <= set(prefixes)
        assert row["mapping_justification"] == JUSTIFICATION
    said = {(row["subject_id"], row["predicate_id"], row["object_id"]) for row in rows}
    assert len(said) == len(rows)
    assert {
        ("hgnc:6023", "skos:exactMatch", "ncbigene:3574"),
        ("hgnc:6023", "RO:0002205", "uniprot:P13232"),
        ("hgnc:6023", "RO:0002511", "refseq:NM_000880"),
        ("hgnc:6023", "RO:HOM0000017", "mgi:96561"),
    } <= said


def test_another_program_reads_the_sssom_set(resolver: LocalResolver, tmp_path: Path) -> None:
    sssom_pydantic = pytest.importorskip("sssom_pydantic")
    export_release(resolver, ExportFormat.SSSOM, tmp_path / "set.sssom.tsv")
    lines = (tmp_path / "set.sssom.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "head.sssom.tsv").write_text("".join(lines[:500]), encoding="utf-8")
    pack = sssom_pydantic.read(tmp_path / "head.sssom.tsv")
    assert len(pack.mappings) == sum(not line.startswith("#") for line in lines[:500]) - 1
    assert pack.mapping_set.version == resolver.release.id


def test_the_command_writes_several_at_once_and_asks_for_one(data_dir: Path, tmp_path: Path) -> None:
    environment = {"RESOLVER_DATA_DIR": str(data_dir)}
    done = CliRunner().invoke(
        make_app(), ["export", "--parquet", str(tmp_path / "p"), "--sssom", str(tmp_path / "x.tsv")], env=environment
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "p" / "xref.parquet").is_file()
    assert (tmp_path / "x.tsv").is_file()
    assert CliRunner().invoke(make_app(), ["export"], env=environment).exit_code == 2
