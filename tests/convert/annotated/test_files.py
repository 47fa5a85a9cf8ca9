"""Files of AnnData and MuData on the command line, in Python and over REST."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anndata as ad
import h5py
import httpx
import mudata as md
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from resolver.app.resolver import LocalResolver
from resolver.cli.app import make_app
from resolver.cli.console import ExitCode
from resolver.errors import BadOption, InputError, UnreadableTable
from tests.api.conversions import serving
from tests.convert.annotated.objects import MERGED, NAMES, REPORTED, add_up, as_dense, make_anndata, make_mudata

pytestmark = pytest.mark.filterwarnings("ignore:From 0.4 .update:FutureWarning")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    make_anndata().write_h5ad(tmp_path / "x.h5ad", compression="gzip")
    return tmp_path / "x.h5ad"


def _run(data_dir: Path, *words: str | Path, stdin: bytes | None = None) -> Result:
    env = {"RESOLVER_DATA_DIR": str(data_dir)}
    return CliRunner().invoke(make_app(), ["convert", *map(str, words)], env=env, input=stdin)


@pytest.mark.parametrize(("choice", "names"), [(None, REPORTED), ("first", MERGED), ("sum", MERGED)])
def test_a_file_is_converted_on_the_command_line(
    source: Path, data_dir: Path, choice: str | None, names: list[str]
) -> None:
    target = source.with_name("y.h5ad")
    chosen = [] if choice is None else ["--collisions", choice]
    done = _run(data_dir, source, "-o", target, "--to", "symbol", "--species", "human", *chosen)
    assert done.exit_code == 0, done.output
    converted = ad.read_h5ad(target)
    assert converted.var_names.tolist() == names
    if choice == "sum":
        assert np.array_equal(as_dense(converted.X), add_up(make_anndata().X))
    with h5py.File(target) as written:
        assert written["X/data"].compression == "gzip"
    rows = "rows: 8 in" if choice is None else "rows: 8, written as 6 in"
    for line in (rows, f"to {target}", "gene_ids: 7 resolved (87.5%)", "1 not found", "2 genes that have several"):
        assert line in done.stderr
    assert _run(data_dir, source, "-o", target, "--to", "symbol").exit_code != 0  # it exists
    assert source.read_bytes()[:4] == b"\x89HDF"
    assert ad.read_h5ad(source).var_names.tolist() == NAMES


def test_a_dry_run_shows_the_columns_and_writes_nothing(source: Path, data_dir: Path) -> None:
    done = _run(data_dir, source, "--species", "human", "--dry-run")
    assert done.exit_code == 0, done.output
    assert "* gene_ids:" in done.stderr
    assert "MARCHF1" in done.stdout
    assert [path.name for path in source.parent.iterdir()] == ["x.h5ad"]


def test_report_and_receipt_are_those_of_a_table(source: Path, data_dir: Path) -> None:
    page, receipt = source.with_name("r.html"), source.with_name("r.json")
    words: list[str | Path] = [
        source,
        "-o",
        source.with_name("y.h5ad"),
        "--species",
        "human",
        "--report",
        page,
        "--receipt",
        receipt,
    ]
    assert _run(data_dir, *words).exit_code == 0
    assert "gene_ids" in page.read_text()
    assert "has symbol" in json.loads(receipt.read_text())["methods_sentence"]


def test_a_file_of_mudata_is_converted(tmp_path: Path, data_dir: Path) -> None:
    make_mudata().write_h5mu(tmp_path / "x.h5mu")
    target = tmp_path / "y.h5mu"
    words = ["-o", str(target), "--species", "human", "--column", "var_names", "--collisions", "sum"]
    done = _run(data_dir, tmp_path / "x.h5mu", *words)
    assert done.exit_code == 0, done.output
    converted = md.read_h5mu(target)
    assert converted.mod["rna"].var_names.tolist() == MERGED
    assert converted.obs["donor"].tolist() == list("xxyy")


def test_a_file_is_converted_in_python(source: Path, resolver: LocalResolver) -> None:
    target = source.with_name("y.h5ad")
    summary = resolver.convert_file(source, target, species="human", collisions="sum")
    assert (summary.rows, summary.written) == (8, 6)
    assert ad.read_h5ad(target).var_names.tolist() == MERGED
    with pytest.raises(BadOption, match="exists already") as raised:
        resolver.convert_file(source, target, species="human")
    assert "force=True" in str(raised.value.hint)
    resolver.convert_file(source, target, species="human", force=True)
    assert ad.read_h5ad(target).var_names.tolist() == REPORTED
    (source.parent / "genes.csv").write_text("gene\nIL7\n")
    with pytest.raises(BadOption, match="collisions is for AnnData and MuData"):
        resolver.convert_file(source.parent / "genes.csv", source.parent / "b.csv", collisions="sum")


BAD: dict[str, tuple[list[str], str, str]] = {
    "to a table": (["x.h5ad", "-o", "y.csv"], "x.h5ad: AnnData is written as .h5ad only", "Name it x.converted.h5ad"),
    "to MuData": (["x.h5ad", "-o", "y.h5mu"], "x.h5ad: AnnData is written as .h5ad only", "Name it x.converted.h5ad"),
    "to stdout": (["x.h5ad"], "x.h5ad: AnnData is written to a file", "Name it x.converted.h5ad"),
    "from a table": (["genes.csv", "-o", "y.h5ad"], "y.h5ad: only AnnData is written as .h5ad", "such as out.csv"),
    "delimiter": (["x.h5ad", "-o", "y.h5ad", "--delimiter", ","], "x.h5ad is no text table", "Omit --delimiter"),
    "in place": (["x.h5ad", "-o", "y.h5ad", "--in-place"], "in_place does not fit AnnData", "Omit it"),
    "10x": (["plain.h5", "-o", "y.csv"], "plain.h5: is an HDF5 file", "resolver convert plain.h5ad -o"),
    "no AnnData": (["plain.h5ad", "-o", "y.h5ad"], "is an HDF5 file, but not AnnData", "scanpy.read_10x_h5"),
    "text": (["text.h5ad", "-o", "y.h5ad"], "is not AnnData, which is HDF5", "Copy or save it again"),
    "damaged": (["cut.h5ad", "-o", "y.h5ad"], "cannot be read", "Copy it again"),
    "missing": (["none.h5ad", "-o", "y.h5ad"], "cannot be read: No such file", "path of a table"),
    "choice": (["x.h5ad", "-o", "y.h5ad", "--collisions", "mean"], "there is no 'mean' here", "report, first, unique"),
    "table": (["genes.csv", "-o", "y.csv", "--collisions", "sum"], "collisions is for AnnData", "a table keeps all"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_an_error_with_what_to_do(source: Path, data_dir: Path, case: str) -> None:
    words, what, hint = BAD[case]
    folder = source.parent
    (folder / "genes.csv").write_text("gene\nIL7\n")
    (folder / "text.h5ad").write_text("gene\nIL7\n")
    (folder / "cut.h5ad").write_bytes(source.read_bytes()[:3000])
    for name in ("plain.h5", "plain.h5ad"):
        with h5py.File(folder / name, "w") as plain:
            plain["matrix/barcodes"] = [1, 2]
    before = sorted(path.name for path in folder.iterdir())
    done = _run(data_dir, *(folder / word if Path(word).suffix else word for word in words))
    assert done.exit_code == ExitCode.BAD_INPUT, done.output
    said = " ".join(done.stderr.split())
    assert what in said
    assert hint in said
    assert sorted(path.name for path in folder.iterdir()) == before


def test_what_cannot_be_written_leaves_no_file(source: Path, resolver: LocalResolver) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        resolver.convert_file(source, source.parent / "no folder" / "y.h5ad", species="human")
    assert [path.name for path in source.parent.iterdir()] == ["x.h5ad"]


_WITHOUT = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"anndata", "mudata", "h5py"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
from resolver.cli.app import main
main()
"""


@pytest.mark.parametrize("suffix", [".h5ad", ".h5mu"])
def test_without_the_extra_one_sentence_says_what_to_install(tmp_path: Path, data_dir: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    if suffix == ".h5ad":
        make_anndata().write_h5ad(path)
    else:
        make_mudata().write_h5mu(path)
    command = [sys.executable, "-c", _WITHOUT, "convert", str(path), "-o", str(tmp_path / f"y{suffix}")]
    env = {**os.environ, "RESOLVER_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    said = " ".join(done.stderr.split())
    assert done.returncode == ExitCode.BAD_INPUT, done
    assert "is an HDF5 file (" in said
    assert "pip install 'gene-xref-resolver[anndata]'" in said
    assert "Traceback" not in said


@pytest.fixture(scope="module")
def client(resolver: LocalResolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as (opened, _):
        yield opened


@pytest.mark.parametrize("name", ["x.h5ad", "x.h5mu"])
def test_rest_refuses_such_files_and_names_the_command(tmp_path: Path, client: httpx.Client, name: str) -> None:
    data: Any = make_anndata() if name.endswith("ad") else make_mudata()
    data.write(tmp_path / name)
    with (tmp_path / name).open("rb") as body:
        answer = client.post("/convert", files={"file": (name, body)}, params={"to": "symbol"})
    assert answer.status_code in {400, 415, 422}
    problem = answer.json()
    assert "HDF5 file" in problem["detail"]
    assert f"resolver convert {name} -o x.converted.{name[2:]}" in problem["hint"]


def test_a_file_that_is_read_as_a_table_is_named_as_what_it_is(source: Path, data_dir: Path) -> None:
    done = _run(data_dir, "-", stdin=source.read_bytes())
    assert "is an HDF5 file" in done.stderr
    with pytest.raises(UnreadableTable, match="is an HDF5 file"):
        LocalResolver(data_dir).convert_file(source.rename(source.with_suffix(".h5")), source.with_name("y.csv"))
