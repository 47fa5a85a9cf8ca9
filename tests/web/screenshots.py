"""Take pictures of the pages in three widths, light and dark: `make screenshots`.

The service has the embedded genome and a ledger with two nightly runs.
Usage: python -m tests.web.screenshots FOLDER [PAGE …], or --docs for the pictures of the documentation.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from resolver.app.environment import find_ledger_url
from resolver.app.stores import open_current_release
from tests.nightly.marked import write_marks
from tests.releases import copy_data_dir
from tests.serving import running
from tests.web.browsing import chromium, tab

if TYPE_CHECKING:
    from playwright.sync_api import Page

DOCS = Path(__file__).parent.parent.parent / "docs"
WIDTHS = (360, 768, 1280)
TABLE = b"gene,padj\nIL7,0.01\nP04637,0.2\nTP35,0.3\n1-Mar,0.2\nCAP,0.04\nENSG00000012048,0.001\nPARK2,0.5\nnone,0.6\n"


def _convert(page: Page) -> None:
    page.goto("/convert")
    page.set_input_files("#file", {"name": "genes.csv", "mimeType": "text/csv", "buffer": TABLE})
    page.wait_for_selector("#preview table")
    page.click("#go")
    page.wait_for_selector(".misses")


def _suggest(page: Page) -> None:
    page.goto("/")
    page.fill("#q", "il7")
    page.wait_for_selector("#q-list li")


def _compare(page: Page) -> None:
    page.goto("/compare")
    page.fill("#first", "IL7\nTP53\nPARK2\nMARCH1\nEGFR\nBRCA1\nTP35")
    page.fill("#second", "P13232\nPRKN\nMARCHF1\nEGFR\nKRAS")
    page.select_option("#species", "human")
    page.click("main button.main")
    page.wait_for_selector(".venn")


def _list(page: Page) -> None:
    page.goto("/")
    page.fill("#q", "IL7\nP04637\nTP35\nCAP\nPARK2\n1-Mar\nomim:146660")
    page.click("main button.main")
    page.wait_for_selector(".results")


def _goto(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


PAGES: dict[str, Callable[[Page], object]] = {
    "home": _goto("/"),
    "suggestions": _suggest,
    "gene": _goto("/gene/hgnc:6023"),
    "gene-large": _goto("/lookup/TP53"),
    "retired": _goto("/lookup/PARK2"),
    "choice": _goto("/lookup/CAP"),
    "go": _goto("/go/CAP"),
    "miss": _goto("/lookup/TP35"),
    "damage": _goto("/lookup/1-Mar"),
    "list": _list,
    "convert": _goto("/convert"),
    "converted": _convert,
    "stale": _goto("/stale"),
    "mark": _goto("/stale/uniprot:P13232"),
    "report": _goto("/stale/report"),
    "about": _goto("/about"),
    "compare": _compare,
    "problem": _goto("/no-such-page"),
}


def take_pictures(folder: Path, address: str, names: list[str]) -> None:
    """Write a PNG of each page, width and color scheme."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name in names:
            for width in WIDTHS:
                for scheme in ("light", "dark"):
                    size = {"width": width, "height": 800}
                    with tab(browser, address, viewport=size, color_scheme=scheme) as (page, _):
                        PAGES[name](page)
                        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def take_docs_pictures(folder: Path, address: str) -> None:
    """Write the pictures that the documentation shows."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name, shown, top in (
            ("gene", "gene", "h1"),
            ("convert", "converted", "#job"),
            ("compare", "compare", "main h2"),
        ):
            with tab(browser, address, viewport={"width": 920, "height": 720}) as (page, _):
                PAGES[shown](page)
                page.evaluate("(top) => document.querySelector(top).scrollIntoView()", top)
                page.screenshot(path=folder / f"{name}.png")


def main() -> None:
    """Serve a copy of the current release, and take the pictures."""
    is_of_docs = sys.argv[1] == "--docs"
    with tempfile.TemporaryDirectory() as scratch:
        data_dir = copy_data_dir(open_current_release().folder.parent.parent, Path(scratch) / "data")
        if not is_of_docs:
            write_marks(find_ledger_url(data_dir))
        with running(data_dir) as service:
            address = str(service.client.base_url)
            if is_of_docs:
                take_docs_pictures(DOCS / "images", address)
            else:
                take_pictures(Path(sys.argv[1]), address, sys.argv[2:] or list(PAGES))


if __name__ == "__main__":
    main()
