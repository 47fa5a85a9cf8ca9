"""`resolver go`, `gene`, `history`, `orthologs` and `diff` on the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from resolver.cli.app import make_app
from resolver.resolve.look import describe_destination, find_destination
from resolver.resolve.resolver import Resolver
from tests.releases import copy_with_earlier_release


def _run(data_dir: Path, *arguments: str, stdin: str = "") -> Result:
    environment = {"RESOLVER_DATA_DIR": str(data_dir), "NO_COLOR": "1", "TERM": "xterm"}
    return CliRunner().invoke(make_app(), list(arguments), input=stdin, env=environment)


@pytest.fixture(scope="module")
def two_releases(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_with_earlier_release(data_dir, tmp_path_factory.mktemp("two") / "data")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["search", "il7"], 0),
        (["search", "nothing begins so"], 1),
        (["search", ""], 2),
        (["search", "il7", "--limit", "0"], 2),
        (["go", "P13232"], 0),
        (["go", "IL7"], 1),
        (["go", "ncbigene:60454"], 1),
        (["go", "P13232", "--to", "mgi"], 1),
        (["go", "P13232", "--to", "kegg"], 2),
        (["gene", "hgnc:6023"], 0),
        (["gene", "IL7"], 1),
        (["gene", "hgnc:99999"], 1),
        (["history", "P13232"], 0),
        (["history", "hgnc:1000"], 1),
        (["history", "NM_999999999"], 1),
        (["orthologs", "P13232"], 0),
        (["orthologs", "CXCL8"], 1),
        (["orthologs", "P13232", "--species", "rat"], 2),
        (["diff", "--from", "current", "P13232"], 0),
        (["diff", "P13232"], 3),
        (["diff", "--from", "nowhere", "P13232"], 3),
    ],
)
def test_exit_codes_report_what_happened(data_dir: Path, arguments: list[str], code: int) -> None:
    assert _run(data_dir, *arguments).exit_code == code


def test_go_prints_the_address_and_nothing_else_on_standard_output(data_dir: Path) -> None:
    assert _run(data_dir, "go", "P13232", "--to", "ensembl").stdout == "https://www.ensembl.org/id/ENSG00000104432\n"


def test_go_lists_the_pages_to_choose_from(data_dir: Path, resolver: Resolver) -> None:
    ended = _run(data_dir, "go", "IL7")
    assert "HGNC:6023" in ended.stdout
    assert "MGI:96561" in ended.stdout
    assert "Choose a page" in ended.stderr
    expected = describe_destination(find_destination(resolver.resolve("IL7")))
    assert json.loads(_run(data_dir, "go", "IL7", "--json").stdout) == expected


def test_go_without_a_page_says_where_there_is_one(data_dir: Path) -> None:
    ended = _run(data_dir, "go", "P13232", "--to", "mgi")
    assert ended.stdout == ""
    assert "IL7 (human) has ncbigene, ensembl" in ended.stderr
    shown = json.loads(_run(data_dir, "go", "P13232", "--to", "mgi", "--json").stdout)
    assert (shown["reason"], shown["url"], shown["choices"]) == ("no_xref", None, [])


def test_a_gene_is_shown_with_its_names_and_phenotypes(data_dir: Path) -> None:
    shown = _run(data_dir, "gene", "ncbigene:3574").stdout
    for expected in ("IL7  human", "P13232 reviewed", "IL-7; LP", "618309"):
        assert expected in shown
    assert json.loads(_run(data_dir, "gene", "hgnc:6023", "--json").stdout)["symbol"] == "IL7"
    assert "hgnc:6023 or mgi:96561" in _run(data_dir, "gene", "IL7").stderr


def test_a_history_shows_what_came_before_and_after(data_dir: Path) -> None:
    assert "(PARK4) replaced on 2014-08-03: ncbigene:6622" in _run(data_dir, "history", "ncbigene:60454").stdout
    assert "before: ncbigene:60454 (PARK4)" in _run(data_dir, "history", "ncbigene:6622").stdout
    assert "MUM1 renamed: hgnc:29641" in _run(data_dir, "history", "MUM1").stdout
    assert json.loads(_run(data_dir, "history", "MUM1", "--json").stdout)["state"] == "retired"
    assert json.loads(_run(data_dir, "history", "NM_999999999", "--json").stdout)["reason"] == "not_in_release"


def test_orthologs_show_who_asserts_them(data_dir: Path) -> None:
    shown = _run(data_dir, "orthologs", "P13232").stdout
    for expected in ("Il7  mouse  mgi:96561", "1:1", "mgi.homology", "homologene:680 contains both"):
        assert expected in shown
    assert json.loads(_run(data_dir, "orthologs", "CXCL8", "--json").stdout)["reason"] == "no_ortholog"


def test_a_diff_shows_what_changed_and_counts(two_releases: Path) -> None:
    ended = _run(two_releases, "diff", stdin="hgnc:6023\nP13232\nTNF\n")
    assert ended.exit_code == 1
    for expected in (
        "hgnc:6023 renamed: IL7OLD → IL7",
        "- hgnc:6023 uniprot: uniprot:A0A000",
        "P13232  not_found not_in_release → resolved",
        "+ IL7 (hgnc:6023)",
        "2 of 3 answers differ, from earlier-1 to genome-",
    ):
        assert expected in ended.stdout
    assert "TNF" not in ended.stdout


def test_a_diff_as_json_has_a_line_for_each_text_and_the_counts(two_releases: Path) -> None:
    lines = [json.loads(line) for line in _run(two_releases, "diff", "--json", "TNF", "P13232").stdout.splitlines()]
    assert [line["changed"] for line in lines[:-1]] == [False, True]
    assert lines[-1]["summary"]["changed"] == 1


def test_info_counts_what_the_release_contains_and_dates_its_sources(data_dir: Path, resolver: Resolver) -> None:
    shown = _run(data_dir, "info")
    assert shown.exit_code == 0
    assert "hgnc_complete_set.txt" in shown.stdout
    assert "To build a newer release: resolver seed" in shown.stderr
    described = json.loads(_run(data_dir, "info", "--json").stdout)
    assert described == resolver.about()
    assert described["identifiers"]["hgnc gene"]["human"] > 0
    dates = [source["upstream_date"] for source in described["sources"] if source["upstream_date"]]
    assert (described["oldest"], described["newest"]) == (min(dates), max(dates))
