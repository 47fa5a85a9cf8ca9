"""Pages in a real browser: by mouse and by keyboard, with what people type, paste and drop."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from resolver.app.environment import find_ledger_url
from resolver.store.release import get_current_release
from tests.nightly.runs import run_once
from tests.releases import copy_data_dir
from tests.serving import Running, running
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import played
from tests.upstreams.world import World
from tests.web.browsing import choose_file, tab

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

_ATTACK = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
_OF_IL7 = (
    "IL7", "ncbigene:3574", "ENSG00000104432", "ENSG00000104432.17", "ENST00000263851", "ENSP00000263851", "P13232",
    "NM_000880", "NP_000871.1", "HGNC:6023", "omim:146660", "CCDS6224", "MGI:96561", "ENSMUSG00000040329",
    "homologene:680", "interleukin 7", "https://www.uniprot.org/uniprotkb/P13232",
)  # fmt: skip


def _look_up(page: Page, text: str) -> None:
    page.goto("/")
    page.fill("#q", text)
    page.click("form[data-search] button.main")


# --- Looking up ---------------------------------------------------------------------------------------------------


def test_il7_by_each_of_its_identifiers(page: Page) -> None:
    for query in _OF_IL7:
        _look_up(page, query)
        page.wait_for_selector(".box")
        assert page.locator(".box tr:has(th:text-is('Symbol')) td").all_inner_texts() == ["IL7", "Il7"], query


def test_an_ambiguous_symbol_is_chosen_and_back_returns_to_the_choice(page: Page) -> None:
    _look_up(page, "CAP")
    page.click("a.choose:has-text('CAP1')")
    page.wait_for_selector(".box")
    assert page.locator("h1").inner_text().startswith("CAP1")
    page.go_back()
    assert page.locator("h1").inner_text() == "CAP matches 7 genes"
    page.go_forward()
    assert page.locator("h1").inner_text().startswith("CAP1")


def test_a_retired_identifier_shows_its_history(page: Page) -> None:
    page.goto("/lookup/ncbigene:4663")
    assert "was retired" in page.locator(".reading").inner_text()
    assert "2014-01-31" in page.locator(".timeline").inner_text()
    assert page.locator("h1").inner_text().startswith("XK")


def test_a_typo_is_accepted(page: Page) -> None:
    _look_up(page, "TP35")
    page.click("a.choose >> nth=0")
    page.wait_for_selector(".box")
    assert page.locator("h1").inner_text().startswith("TP53")


def test_suggestions_are_chosen_by_keyboard(page: Page) -> None:
    page.goto("/")
    page.keyboard.type("interleukin 7 rec")
    page.wait_for_selector("#q-list li")
    page.keyboard.press("ArrowDown")
    assert page.locator("#q").get_attribute("aria-activedescendant") == "q-list-0"
    page.keyboard.press("Enter")
    page.wait_for_selector(".box")
    assert page.locator("h1").inner_text().startswith("IL7R")


def test_everything_is_reached_by_keyboard_and_shows_its_focus(page: Page) -> None:
    page.goto("/gene/hgnc:6023")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen, unseen = set(), []
    for _ in range(400):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => { const one = document.activeElement; const style = getComputedStyle(one);
            return [one.tagName, one.textContent.trim().slice(0, 40) || one.getAttribute('aria-label'),
                    style.outlineStyle !== 'none']; }"""
        )
        if state[0] == "BODY":
            break
        seen.add(state[1])
        unseen += [] if state[2] else [state]
    assert {"Copy identifiers", "PubMed", "Copy 3574", "25 files"} <= seen
    assert unseen == []


def test_ids_columns_and_curies_are_copied(browser: Browser, service: Running) -> None:
    options = {"permissions": ["clipboard-read", "clipboard-write"]}
    with tab(browser, str(service.client.base_url), **options) as (page, _):
        page.goto("/gene/hgnc:6023")

        def copied(selector: str, what: str) -> str:
            page.click(selector)
            page.wait_for_selector(f".toast:has-text('Copied {what}')")
            text: str = page.evaluate("navigator.clipboard.readText()")
            return text

        assert copied("[aria-label='Copy 3574']", "3574") == "3574"
        assert {"16196", "P10168"} <= set(copied("[data-what=identifiers] >> nth=1", "22 identifiers").split())
        assert "uniprot:P10168" in copied("[data-what=CURIEs] >> nth=1", "22 CURIEs").split()
        assert json.loads(copied("[data-copy-url] >> nth=0", "JSON"))["symbol"] == "IL7"


def test_pages_work_without_scripts(browser: Browser, service: Running) -> None:
    with tab(browser, str(service.client.base_url), java_script_enabled=False) as (page, _):
        _look_up(page, "P13232")
        assert page.locator("h1").inner_text().startswith("IL7")
        _look_up(page, "IL7\nTP53")
        assert page.locator(".results tbody tr").count() == 2
        page.goto("/convert")
        choose_file(page, "genes.csv", b"gene\nIL7\n")
        with page.expect_download() as started:
            page.click("#go")
        assert "3574" in Path(started.value.path()).read_text(encoding="utf-8")


def test_a_pasted_list_goes_on_to_conversion(page: Page) -> None:
    _look_up(page, "IL7\nP04637\nnosuchgene")
    page.click("[data-convert-list]")
    page.wait_for_selector("#preview table")
    assert "P04637" in page.locator("#preview").inner_text()


# --- What could go wrong ------------------------------------------------------------------------------------------


def test_attacks_in_every_field_and_cell_are_shown_as_text(browser: Browser, service: Running) -> None:
    with tab(browser, str(service.client.base_url)) as (page, seen):
        page.on("dialog", lambda dialog: seen.errors.append(dialog.message))
        for path in ("/lookup/{}", "/gene/{}", "/lookup?q={}", "/convert?to={}", "/convert?column={}",
                     "/stale?since={}", "/{}", "/convert#job={}"):  # fmt: skip
            page.goto(path.format(quote(_ATTACK, safe="")))
        _look_up(page, f"{_ATTACK}\nIL7")
        page.wait_for_selector(".results")
        page.goto("/compare")
        for name in ("first", "second", "first_title"):
            page.fill(f"#{name}", _ATTACK if "title" in name else f"{_ATTACK}\nIL7")
        page.click("button.main")
        page.wait_for_selector(".venn")
        page.goto("/convert")
        out = io.StringIO()
        csv.writer(out).writerows([("gene", _ATTACK), ("IL7", _ATTACK), (_ATTACK, "x"), ("TP53", "y")])
        choose_file(page, "<img src=x onerror=alert(3)>.csv", out.getvalue().encode())
        page.wait_for_selector("#preview table")
        page.click("#go")
        page.wait_for_selector(".misses")
        assert _ATTACK in page.locator(".misses").inner_text()
        assert page.locator("main img, main script").count() == 0


def test_the_documentation_page_uploads_a_file(page: Page) -> None:
    page.goto("/docs")
    operation = page.locator("#operations-convert-convert_convert_post")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator(".opblock-section-request-body select").first.select_option("multipart/form-data")
    operation.locator("input[type=file]").set_input_files(
        {"name": "genes.csv", "mimeType": "text/csv", "buffer": b"gene\nIL7\n"}
    )
    with page.expect_response("**/convert?**") as got:
        operation.locator("button.execute").click()
    assert got.value.status == 200, got.value.text()
    assert "IL7" in got.value.text()


_WIDTHS = (360, 768, 1280)


@pytest.mark.parametrize("width", _WIDTHS)
def test_no_page_is_wider_than_the_screen(browser: Browser, service: Running, width: int) -> None:
    with tab(browser, str(service.client.base_url), viewport={"width": width, "height": 800}) as (page, _):
        for path in ("/", "/gene/hgnc:6023", "/lookup/TP53", "/lookup/CAP", "/lookup/TP35", "/convert", "/stale",
                     "/about", "/compare", "/nothing"):  # fmt: skip
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


# --- Stale --------------------------------------------------------------------------------------------------------


def test_before_the_first_run_no_identifier_is_called_current(page: Page) -> None:
    page.goto("/stale")
    assert "No check has run yet" in page.locator("main").inner_text()
    assert "are marked" not in page.locator("main").inner_text()


def test_planted_changes_are_shown_after_a_nightly_run(
    browser: Browser, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_data_dir(data_dir, tmp_path / "data")
    release = get_current_release(folder)
    curies = ["uniprot:P13232", "ncbigene:3574", "ensembl:ENSG00000104432", "hgnc:6023", "mgi:96561"]
    with played(World(ReleaseFacts(release.database))) as upstreams:
        upstreams.world.plant(
            [{"do": "merge", "curie": "uniprot:P13232", "into": "uniprot:P05231"},
             {"do": "retire", "curie": "ncbigene:3574"}]
        )  # fmt: skip
        with ThreadPoolExecutor(1) as other:  # Playwright has an event loop in this thread
            other.submit(run_once, find_ledger_url(folder), upstreams, release, curies).result()
        variables = {f"RESOLVER_{name.upper()}": str(value) for name, value in upstreams.settings.items()}
        with running(folder, variables={"RESOLVER_LIVE": "true"} | variables) as service:
            _see_what_is_stale(browser, str(service.client.base_url))


def _see_what_is_stale(browser: Browser, base: str) -> None:
    with tab(browser, base) as (page, _):
        page.goto("/stale")
        shown = page.locator(".scroll[aria-label=Marks]").inner_text()
        assert "uniprot:P13232" in shown
        assert "uniprot:P05231" in shown
        assert "ncbigene:3574" in shown
        assert "hgnc:6023" not in shown
        page.select_option("#f-namespace", "uniprot")
        page.click("form.filters button")
        assert "ncbigene:3574" not in page.locator(".scroll[aria-label=Marks]").inner_text()
        with page.expect_download() as started:
            page.evaluate("document.querySelector('a[href*=\"format=csv\"]').download = ''")
            page.click("a[href*='format=csv']")
        assert "uniprot:P13232" in Path(started.value.path()).read_text(encoding="utf-8")
        page.goto("/stale")
        page.emulate_media(media="print")
        assert page.locator("main form:visible, #own:visible").count() == 0
        assert "uniprot:P13232" in page.locator("main").inner_text()
        page.emulate_media(media="screen")
        page.click("tr:has-text('uniprot:P13232') a:has-text('history')")
        assert page.locator("h1").inner_text() == "uniprot:P13232"
        assert "marked: replaced" in page.locator(".timeline").inner_text()
        page.goto("/gene/hgnc:6023")
        assert "use now uniprot:P05231" in page.locator("#marks").inner_text()
        assert page.locator(".badge.bad").count() >= 2
        page.goto("/stale#own")
        page.fill("#check-list", "P13232\nENSG00000104432")
        page.click("#check button")
        page.wait_for_selector("#checked table")
        verdicts = page.locator("#checked tbody tr").all_inner_texts()
        assert "replaced" in verdicts[0]
        assert "uniprot:P05231" in verdicts[0]
        assert "current" in verdicts[1]
