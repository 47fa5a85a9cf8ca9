"""`resolver go`, `gene`, `history`, `orthologs` and `diff` on the terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from resolver.cli.app import make_app
from resolver.resolve.card import make_cards, render_cards
from resolver.resolve.look import PAGES, describe_destination, find_destination
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
        (["go", "P13232", "--to", "gxd"], 1),
        (["go", "P13232", "--to", "GTEx"], 0),
        (["gene", "hgnc:6023"], 0),
        (["gene", "P13232"], 0),
        (["gene", "IL7"], 0),
        (["gene", "MUM1"], 1),
        (["gene", "ncbigene:60454"], 1),
        (["gene", "hgnc:99999"], 1),
        (["gene", "IL7", "--species", "rat"], 2),
        (["card", "P13232"], 0),
        (["card", "IL7"], 0),
        (["card", "MUM1"], 1),
        (["card", "ncbigene:60454"], 1),
        (["card", "hgnc:1000"], 1),
        (["card", "omim:188400"], 1),
        (["card", "nonsense!!"], 1),
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


@pytest.mark.parametrize(
    ("words", "page"),
    [
        (["P13232", "--to", "pubmed"], "https://pubmed.ncbi.nlm.nih.gov/?linkname=gene_pubmed&from_uid=3574"),
        (["il7", "--species", "mouse", "--to", "BioGPS"], "http://biogps.org/gene/16196/"),
        (["NM_000880.4", "--to", "expression atlas"], "https://www.ebi.ac.uk/gxa/genes/ENSG00000104432"),
        (["IL7", "--to", "hpa"], "https://www.proteinatlas.org/ENSG00000104432"),
        (["IL7", "--to", "gxd"], "https://www.informatics.jax.org/gxd/marker/MGI:96561"),
        (["P13232", "--to", "gxd,mgi,gtex"], "https://www.gtexportal.org/home/gene/ENSG00000104432"),
    ],
)
def test_go_leads_to_literature_and_expression(data_dir: Path, words: list[str], page: str) -> None:
    assert _run(data_dir, "go", *words).stdout == f"{page}\n"


def test_go_says_which_pages_there_are(data_dir: Path) -> None:
    missing = _run(data_dir, "go", "P13232", "--to", "gxd").stderr
    assert missing == "No page at gxd: IL7 (human) has pubmed, biogps, bgee, gxa, proteinatlas, gtex.\n"
    unknown = _run(data_dir, "go", "P13232", "--to", "kegg").stderr
    assert unknown.startswith("error: there is no page at 'kegg'\n  Choose from ncbigene, ensembl, ")
    assert unknown.endswith("ccds, pubmed, biogps, bgee, gxa, proteinatlas, gtex, gxd.\n")
    shown = re.sub(r"(?:\x1b\[[0-9;]*m|[\s│])+", " ", _run(data_dir, "go", "--help").stdout)
    assert f"One of {', '.join(PAGES)}." in shown


def test_a_gene_is_shown_with_its_names_phenotypes_and_links(data_dir: Path) -> None:
    shown = _run(data_dir, "gene", "NP_000871").stdout
    for expected in (
        "IL7  human",
        "P13232 reviewed",
        "IL-7; LP",
        "618309",
        "https://www.bgee.org/gene/ENSG00000104432",
    ):
        assert expected in shown
    assert "Il7  mouse" not in shown
    assert json.loads(_run(data_dir, "gene", "P13232", "--json").stdout)["symbol"] == "IL7"


def test_a_symbol_of_both_species_shows_the_gene_of_each(data_dir: Path) -> None:
    shown = _run(data_dir, "gene", "IL7").stdout
    assert "IL7  human" in shown
    assert "Il7  mouse" in shown
    answer = json.loads(_run(data_dir, "gene", "IL7", "--json").stdout)
    assert [gene["curie"] for gene in answer["genes"]] == ["hgnc:6023", "mgi:96561"]
    assert "Specify the species" in answer["hint"]


def test_the_card_of_a_pipe_has_80_columns_without_color(data_dir: Path, resolver: Resolver) -> None:
    shown = _run(data_dir, "card", "P13232").stdout
    assert shown == render_cards(make_cards(resolver.resolve("P13232")))
    assert _run(data_dir, "card", "IL7").stdout == shown
    assert len(_run(data_dir, "card", "IL7", "--all").stdout) > len(shown)
    mouse = _run(data_dir, "card", "IL7", "--species", "mouse").stdout
    assert mouse == shown


@pytest.mark.parametrize("has_color", [True, False])
def test_the_card_of_a_terminal_fills_it_in_color(data_dir: Path, has_color: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}}
    environment |= {"RESOLVER_DATA_DIR": str(data_dir), "TERM": "xterm"} | ({} if has_color else {"NO_COLOR": "1"})
    reading, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (50, 100))
    command = [sys.executable, "-m", "resolver", "card", "IL7"]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment):
        os.close(terminal)
        written = _read_all(reading)
    assert ("\x1b[1;36mIL7" in written) == has_color
    lines = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;.*?\x1b\\", "", written).splitlines()
    assert max(len(line.rstrip()) for line in lines) == 100
    assert f"{'Symbol':18}{'IL7':42}Il7" in [line.rstrip() for line in lines]


def _read_all(reading: int) -> str:
    parts = []
    with suppress(OSError), open(reading, "rb", buffering=0) as stream:  # Linux ends with an error
        while part := stream.read(65536):
            parts.append(part)
    return b"".join(parts).decode()


def test_a_card_of_a_retired_identifier_is_that_of_its_successor(data_dir: Path) -> None:
    ended = _run(data_dir, "card", "ncbigene:60454")
    assert ended.stdout.startswith("SNCA  synuclein alpha\n")
    assert ended.stderr == "Retired; use ncbigene:6622.\n"


@pytest.mark.parametrize("query", ["MUM1", "omim:188400", "nonsense!!", "hgnc:1000"])
def test_without_one_gene_a_card_says_what_resolve_says(data_dir: Path, query: str) -> None:
    assert _run(data_dir, "card", query).stdout == _run(data_dir, "resolve", query).stdout


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
