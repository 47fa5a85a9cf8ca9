"""Conversions in a real browser: columns, preview, formats, jobs, and misses that are corrected."""

from __future__ import annotations

import csv
import gzip
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from resolver.app.resolver import LocalResolver
from resolver.cli.app import make_app
from tests.resolve.samples import read_texts
from tests.serving import Running
from tests.web.browsing import choose_file, download, tab

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def table(resolver: LocalResolver) -> bytes:
    query = "SELECT accession FROM identifier WHERE prefix IN ('uniprot', 'ensembl', 'refseq') ORDER BY gene_id"
    texts = [*read_texts(resolver, f"{query} LIMIT 4990"), *["TP35", "1-Mar", "CAP", "PARK2", "", "=1+1", 'Ünï,"x'] * 2]
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([("gene", "padj"), *((text, "0.010") for text in texts[:5_000])])
    return out.getvalue().encode()


def test_a_table_of_5000_rows_is_converted_as_the_command_line_converts_it(
    page: Page, table: bytes, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto("/convert")
    choose_file(page, "genes.csv", table)
    page.wait_for_selector("#preview table")
    assert page.locator("#columns input[type=radio]:checked").get_attribute("value") == "#1"
    page.click("#go")
    result = download(page)
    given, written = tmp_path / "genes.csv", tmp_path / "out.csv"
    given.write_bytes(table)
    monkeypatch.setenv("RESOLVER_DATA_DIR", str(data_dir))
    options = ["--to", "symbol,ncbigene,ensembl.gene,uniprot", "-o", str(written)]
    assert CliRunner().invoke(make_app(), ["convert", str(given), *options]).exit_code == 0
    assert result == written.read_bytes()
    assert "was converted with Gene Xref Resolver" in page.locator("#methods").inner_text()
    assert page.locator("a:has-text('Report with pictures')").get_attribute("href").startswith("/convert/jobs/")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "begin"), [("xlsx", b"PK"), ("parquet", b"PAR1"), ("tsv", b"gene\t"), ("ndjson", b"{")]
)
def test_the_result_comes_in_the_chosen_format(page: Page, name: str, begin: bytes) -> None:
    page.goto("/convert")
    page.select_option("#format", name)
    choose_file(page, "genes.csv", b"gene,padj\nIL7,0.1\n")
    page.wait_for_selector("#preview table")
    page.click("#go")
    assert download(page).startswith(begin)


_MIXED = ["TP53", "BRCA1", "EGFR", "MYC", "KRAS", "ALK", "RET", "KIT", "MET", "ROS1", "NTRK1", "FLT3", "JAK2", "IDH1"]
_MIXED += ["TERT", "ERBB2", "PTEN", "RB1", "APC", "VHL", "CDH1", "SMAD4", "Trp53", "Cd8b1", "1-Mar", "9-Sep", "TRPP53"]


def test_a_mixed_list_is_named_first_and_converted_as_one_species(page: Page) -> None:
    page.goto("/convert")
    page.click("#paste-box summary")
    page.fill("#pasted", "\n".join(_MIXED))
    page.click("#go")  # at once: the pasted text is the table
    download(page)
    notice = page.locator("#job-result > :first-child")
    assert "genes of both species: 20 human and 2 mouse entries" in notice.inner_text()
    assert page.locator("#columns > :first-child").inner_text() == notice.inner_text()
    notice.locator("button:has-text('Convert as human')").click()
    page.wait_for_selector("#job-result .notice", state="detached")
    assert "BRCA1\tBRCA1\t672\tENSG00000012048\t" in download(page).decode()
    page.wait_for_selector(".misses")
    suggested = page.locator(".misses").inner_text()
    assert "MARS1" in suggested
    assert "MRT1" in suggested
    assert "mouse" not in suggested
    assert "species" not in page.locator("#columns").inner_text()


def test_a_list_that_begins_with_a_typo_keeps_its_first_line(page: Page) -> None:
    page.goto("/convert")
    page.click("#paste-box summary")
    page.fill("#pasted", "TP35\nIL7\nP04637")
    page.wait_for_selector("#preview table")
    assert page.locator("#preview th").first.inner_text() == "TP35"
    page.uncheck("#has-header")
    page.wait_for_selector("#preview th:text-is('gene')")
    assert page.evaluate("document.activeElement.id") == "has-header"
    assert page.locator("#preview tbody tr").count() == 3
    page.click("#go")
    page.wait_for_selector(".misses:has-text('TP35')")
    assert len(download(page).splitlines()) == 4


def test_the_species_of_a_column_is_described(page: Page) -> None:
    page.goto("/convert")
    choose_file(page, "list.txt", "\n".join(_MIXED[:22]).encode())
    page.wait_for_selector("#preview table")
    assert "read as human: 20 of 20 unambiguous entries" in page.locator("#columns").inner_text()


def _workbook(data: bytes) -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for row in csv.reader(io.StringIO(data.decode())):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def _read_workbook(data: bytes) -> list[list[str]]:
    rows = load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


def _read_text(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode())))


@pytest.mark.parametrize(
    ("name", "pack", "read"),
    [
        ("genes.csv", bytes, _read_text),
        ("genes.csv.gz", gzip.compress, _read_text),
        ("genes.xlsx", _workbook, _read_workbook),
    ],
)
def test_misses_are_corrected_one_by_one_in_every_format(
    page: Page, name: str, pack: Callable[[bytes], bytes], read: Callable[[bytes], list[list[str]]]
) -> None:
    page.goto("/convert?species=human")
    choose_file(page, name, pack(b'gene,note\nTP35,"a, ""b"""\nIL7,TP35\n"TP35",x\n2-Sep,y\n'))
    page.wait_for_selector("#preview table")
    page.click("#go")
    page.select_option("[aria-label='Replacement for TP35']", label="TP53 (human)")
    page.select_option("[aria-label='Replacement for 2-Sep']", label="SEPT2 (SEPTIN6, human)")
    page.click("#apply")
    page.wait_for_selector("#corrections")
    assert "correct" not in page.url
    rows = read(download(page))
    assert [row[:3] for row in rows[1:]] == [
        ["TP35", 'a, "b"', "TP53"], ["IL7", "TP35", "IL7"], ["TP35", "x", "TP53"], ["2-Sep", "y", "SEPTIN6"],
    ]  # fmt: skip
    assert [row[rows[0].index("reason")] for row in rows[1:]] == ["corrected", "", "corrected", "corrected"]
    assert "2 cell values were corrected by hand" in page.locator("#methods").inner_text()
    assert page.locator(".misses").count() == 0
    page.click("[aria-label='Undo the correction of TP35']")
    page.wait_for_selector(".misses")
    assert page.locator(".misses tbody tr").count() == 1


# Forty symbols as people send them: previous symbols and aliases, four typos, two dates of a spreadsheet.
_FORTY = [
    "TP53", "EGFR", "KRAS", "PTEN", "MYC", "IL7", "IL7R", "BRCA2", "CDK4", "RB1", "APC", "ATM", "VHL", "NRAS", "BRAF",
    "PIK3CA", "AKT1", "JAK2", "STAT3", "STAT5B", "MLL2", "PARK2", "SEPT9", "C11orf30", "HER2", "NOTCH-1", "GATA3",
    "FOXP3", "CD4", "CD8A", "CTLA4", "PDCD1", "LAG3", "TIGIT", "TP35", "BRAC1", "EGRF", "KRSA", "1-Mar", "2-Sep",
]  # fmt: skip
_MEANT = {"TP35": "TP53", "BRAC1": "BRCA1", "EGRF": "EGFR", "KRSA": "KRAS", "1-Mar": "MARCH1", "2-Sep": "SEPT2"}


def test_forty_symbols_with_errors_become_a_clean_table_with_ensembl_ids(
    page: Page, record_property: Callable[[str, object], None]
) -> None:
    assert len(_FORTY) == 40
    page.goto("/")
    begun, clicks = time.monotonic(), 0

    def click(selector: str) -> None:
        nonlocal clicks
        page.click(selector)
        clicks += 1

    page.fill("#q", "\n".join(_FORTY))
    click("form[data-search] button.main")
    click("[data-convert-list]")
    page.wait_for_selector("#preview table")
    assert "read as human" in page.locator("#columns").inner_text()
    click("#go")
    page.wait_for_selector(".misses")
    assert page.locator(".misses tbody tr").count() == len(_MEANT)
    for cell, meant in _MEANT.items():
        select = page.locator(f"[aria-label='Replacement for {cell}']")
        select.select_option(index=next(
            place for place, text in enumerate(select.locator("option").all_inner_texts()) if text.startswith(meant)
        ))  # fmt: skip
        clicks += 2  # it is opened, and the choice is made
    click("#apply")
    page.wait_for_selector("#corrections")
    clicks += 1
    rows = list(csv.reader(io.StringIO(download(page).decode()), delimiter="\t"))
    record_property("clicks", clicks)
    record_property("seconds", round(time.monotonic() - begun, 1))
    assert clicks == 5 + 2 * len(_MEANT)
    place = rows[0].index("ensembl.gene")
    assert [row[0] for row in rows[1:]] == _FORTY
    assert all(row[place].startswith("ENSG") and ";" not in row[place] for row in rows[1:])
    assert {row[rows[0].index("outcome")] for row in rows[1:]} == {"resolved"}


def test_settings_are_in_the_link_and_a_job_in_its_own(page: Page, browser: Browser, service: Running) -> None:
    page.goto("/convert?to=hgnc,omim&species=human&on_many=first&format=tsv&best=true")
    assert page.locator("[name=to]:checked").evaluate_all("all => all.map(one => one.value)") == ["hgnc", "omim"]
    assert page.input_value("#on_many") == "first"
    page.check("[name=to][value=mgi]")
    assert "to=hgnc%2Cmgi%2Comim" in page.url
    choose_file(page, "genes.csv", b"gene\nIL7\n")
    page.wait_for_selector("#preview table")
    page.click("#go")
    page.wait_for_selector("#download")
    assert "#job=" in page.url
    with tab(browser, str(service.client.base_url)) as (other, _):  # another tab, with the same link
        other.goto(page.url)
        assert download(other) == download(page)
        other.click("text=Remove it now")
        other.wait_for_selector("#job", state="hidden")
    page.go_back()
    page.wait_for_selector("#job", state="hidden")
    page.go_forward()
    page.wait_for_selector("#job-result .notice.bad")  # it was removed in the other tab


def test_a_job_is_cancelled(page: Page) -> None:
    page.goto("/convert")
    choose_file(page, "genes.csv", b"gene,padj\n" + b"IL7,0.1\nTP53,0.2\n" * 400_000)
    page.wait_for_selector("#preview table")
    page.click("#go")
    page.click("#cancel")
    page.wait_for_selector("#job-state:has-text('cancelled')")
    assert page.locator("#download").count() == 0


def test_two_tabs_convert_at_once(browser: Browser, service: Running) -> None:
    base = str(service.client.base_url)
    with tab(browser, base) as (one, _), tab(browser, base) as (other, _):
        for page, gene in ((one, b"IL7"), (other, b"TP53")):
            page.goto("/convert?species=human")
            choose_file(page, f"{gene.decode()}.csv", b"gene\n" + gene + b"\n")
            page.wait_for_selector("#preview table")
        for page in (one, other):
            page.click("#go")
        assert (b"3574" in download(one), b"7157" in download(other)) == (True, True)


def test_a_table_dropped_on_the_home_page_is_converted(page: Page) -> None:
    page.goto("/")
    page.evaluate(
        """() => { const data = new DataTransfer(); data.items.add(new File(['gene\\nIL7\\n'], 'dropped.csv'));
        document.querySelector('[data-drop]').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true,
        cancelable: true})); }"""
    )
    page.wait_for_selector("#preview table")
    assert page.evaluate("document.getElementById('file').files[0].name") == "dropped.csv"
