"""`resolver resolve` as a person or a pipe meets it: real processes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resolver.identifiers.species import HUMAN
from resolver.resolve.encode import answer_object
from resolver.resolve.options import read_options
from resolver.resolve.resolver import Resolver
from tests.resolve.test_list_species import list_symbols


def _run(data_dir: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"RESOLVER_DATA_DIR": str(data_dir), "NO_COLOR": "1", "COLUMNS": "100"}
    command = [sys.executable, "-m", "resolver", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, check=False)


def test_the_table_shows_what_was_asked_and_its_ortholog(data_dir: Path) -> None:
    ended = _run(data_dir, "resolve", "P13232")
    assert ended.returncode == 0
    assert "resolved" in ended.stdout
    for expected in ("ENSG00000104432.17", "P13232 reviewed", "ortholog 1:1", "MGI:96561", "chr8:78,675,044"):
        assert expected in ended.stdout


def test_json_lines_are_the_answers_of_the_service(data_dir: Path, resolver: Resolver) -> None:
    ended = _run(data_dir, "resolve", "--json", "P13232", "nonsense!!")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert lines == [answer_object(resolver.resolve(text)) for text in ("P13232", "nonsense!!")]


def test_tsv_has_a_line_for_each_gene_and_each_miss(data_dir: Path) -> None:
    ended = _run(data_dir, "resolve", "--tsv", "--to", "ensembl,mgi", stdin="P13232\nMUM1\n\nnonsense!!\n")
    rows = list(csv.DictReader(ended.stdout.splitlines(), delimiter="\t"))
    assert [row["query"] for row in rows] == ["P13232", "MUM1", "MUM1", "MUM1", "nonsense!!"]
    assert [row["outcome"] for row in rows] == ["resolved", *["ambiguous"] * 3, "unrecognized"]
    assert rows[0]["ensembl"].startswith("ENSG00000104432;")
    assert rows[0]["orthologs"] == "mgi:96561"


def test_options_are_those_of_the_service(data_dir: Path, resolver: Resolver) -> None:
    stated = ["--from", "symbol", "--species", "human", "--to-species", "mouse", "--to", "mgi", "--consensus", "all"]
    ended = _run(data_dir, "resolve", "--json", *stated, "--explain", "--fields", "query,symbol,via", "ABCB1")
    specified = {"namespace": "symbol", "species": "human", "to_species": "mouse", "to": "mgi", "consensus": "all"}
    options = read_options(specified | {"explain": True, "fields": "query,symbol,via"})
    assert json.loads(ended.stdout) == answer_object(resolver.resolve("ABCB1", options))


def test_explode_has_a_line_for_each_gene(data_dir: Path) -> None:
    ended = _run(data_dir, "resolve", "--json", "--on-many", "explode", "--species", "human", "MUM1", "P13232")
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [[gene["symbol"] for gene in answer["genes"]] for answer in answers] == [["IRF4"], ["PWWP3A"], ["IL7"]]


def test_a_list_of_numbers_is_read_as_what_most_are_and_says_so(data_dir: Path) -> None:
    numbers = ("3574", "16196", "105374102", "100506403", "100039863")
    ended = _run(data_dir, "resolve", "--tsv", "--to", "ensembl", stdin="\n".join(numbers))
    rows = list(csv.DictReader(ended.stdout.splitlines(), delimiter="\t"))
    assert [row["outcome"] for row in rows] == ["resolved"] * 5
    assert rows[0]["symbol"] == "IL7"
    assert "bare numbers were interpreted as NCBI Gene (Entrez Gene)" in ended.stderr


def test_a_receipt_is_written_beside_the_answers(data_dir: Path, tmp_path: Path) -> None:
    ended = _run(data_dir, "resolve", "--json", "--receipt", str(tmp_path / "receipt.json"), "P13232", "MUM1")
    receipt = json.loads((tmp_path / "receipt.json").read_text())
    assert receipt["counts"] == {"resolved": 1, "ambiguous": 1}
    assert len(ended.stdout.splitlines()) == 2
    assert "receipt.json" in ended.stderr


def test_a_miss_suggests_what_was_meant(data_dir: Path) -> None:
    ended = _run(data_dir, "resolve", "PO4637", "1-Mar")
    assert "Did you mean P04637 (TP53)?" in ended.stdout
    assert "MARCH1 (MARCHF1)" in ended.stdout


def test_bytes_that_are_no_text_are_a_miss_and_no_crash(data_dir: Path) -> None:
    environment = os.environ | {"RESOLVER_DATA_DIR": str(data_dir)}
    command: list[str | bytes] = [sys.executable, "-m", "resolver", "resolve", "--json", b"IL7\xff"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ended.returncode == 1, ended.stderr
    assert json.loads(ended.stdout)["outcome"] == "not_found"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["resolve", "P13232"], 0),
        (["resolve", "--on-many", "error", "MUM1"], 2),
        (["resolve", "--on-many", "some", "MUM1"], 2),
        (["resolve", "--fields", "color", "--json", "P13232"], 2),
        (["resolve", "--from", "kegg", "3574"], 2),
        (["resolve", "--from", "ncbigene", "3574"], 0),
        (["resolve", "P13232", "nonsense!!"], 1),
        (["resolve", "3574"], 1),
        (["resolve", "--species", "rat", "P13232"], 2),
        (["resolve", "--to", "kegg", "P13232"], 2),
        (["resolve", "--json", "--tsv", "P13232"], 2),
        (["nosuch"], 2),
    ],
)
def test_exit_codes_tell_what_happened(data_dir: Path, arguments: list[str], code: int) -> None:
    assert _run(data_dir, *arguments).returncode == code


def test_an_error_says_what_to_do_next(data_dir: Path) -> None:
    ended = _run(data_dir, "resolve", "--to", "kegg", "P13232")
    assert "kegg" in ended.stderr
    assert "Choose from ncbigene" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_release_that_cannot_be_read_ends_with_its_own_code(tmp_path: Path) -> None:
    (tmp_path / "current").write_text("genome-gone\n")
    ended = _run(tmp_path, "resolve", "P13232")
    assert ended.returncode == 3
    assert "resolver seed unpack" in ended.stderr


@pytest.mark.long  # it unpacks the embedded genome
def test_the_first_answer_unpacks_the_embedded_genome_and_says_so(tmp_path: Path) -> None:
    ended = _run(tmp_path / "new", "resolve", "IL7")
    assert ended.returncode == 0
    assert "unpacking the embedded genome" in ended.stderr
    assert "unpacking" not in _run(tmp_path / "new", "resolve", "IL7").stderr


def test_releases_are_listed_with_their_counts(data_dir: Path, tmp_path: Path) -> None:
    listed = _run(data_dir, "seed", "list", "--counts").stdout
    assert "current" in listed
    assert "ensembl" in listed
    assert "resolver seed unpack" in _run(tmp_path, "seed", "list").stderr


@pytest.mark.parametrize("arguments", [["--help"], ["resolve", "--help"], ["serve", "--help"], ["seed", "--help"]])
def test_help_loads_no_heavy_library(arguments: list[str]) -> None:
    script = (
        "import sys\nsys.argv = ['resolver', *sys.argv[1:]]\n"
        "from resolver.cli.app import make_app\napp = make_app()\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "heavy = {'polars', 'sqlalchemy', 'sqlmodel', 'fastapi', 'alembic', 'uvicorn', 'httpx'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Usage" in ended.stdout


def test_answers_need_no_table_engine_and_no_orm(data_dir: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom resolver import Resolver\n"
        "assert Resolver(Path(sys.argv[1])).resolve('P13232').genes[0].gene.symbol == 'IL7'\n"
        "assert not {'polars', 'sqlalchemy', 'fastapi'} & sys.modules.keys()\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(data_dir)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_an_unwritable_folder_is_reported_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = _run(tmp_path / "file" / "data", "resolve", "P13232")
    assert ended.returncode == 3
    assert "RESOLVER_DATA_DIR" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_list_is_read_in_its_species_and_a_few_queries_each_by_itself(data_dir: Path, resolver: Resolver) -> None:
    queries = ["AR", *list_symbols(resolver, HUMAN, 60)]
    listed = _run(data_dir, "resolve", "--json", stdin="\n".join(queries))
    answers = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [gene["symbol"] for gene in answers[0]["genes"]] == ["AR"]
    assert listed.returncode == 0
    assert "the list was read as human: " in listed.stderr
    assert "(--species any switches this off)" in listed.stderr
    off = _run(data_dir, "resolve", "--json", "--species", "any", stdin="\n".join(queries))
    assert [json.loads(line) for line in off.stdout.splitlines()] == [
        answer_object(resolver.resolve(query)) for query in queries
    ]
    few = _run(data_dir, "resolve", "--json", *queries[:5])
    assert few.stdout.splitlines() == off.stdout.splitlines()[:5]
