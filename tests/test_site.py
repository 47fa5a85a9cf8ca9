"""The site of the documentation builds without warnings, needs no other host, and its notebooks and counts are true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest

from docs.count_gaps import PAGE, render_page
from resolver.store.release import get_current_release
from tests.serving import free_port

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


class _Page(HTMLParser):
    """The anchors of a page, what it links to, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = {""}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag in {"script", "img", "iframe"} and "src" in found:
            self.loaded.append(found["src"])
        elif tag == "link" and found.get("rel") in {"stylesheet", "icon", "preconnect"}:
            self.loaded.append(found["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, _Page]:
    """Return the pages of the site, built as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        # Proxies that lead nowhere: a build that fetched something would fail.
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "https_proxy": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,  # 30 s on two idle cores
    )
    assert built.returncode == 0, built.stderr
    return {path: _Page(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}


@pytest.mark.long
def test_a_page_loads_nothing_from_another_host(site: dict[Path, _Page]) -> None:
    assert {address for page in site.values() for address in page.loaded if urlsplit(address).netloc} == set()


@pytest.mark.long
def test_every_link_of_the_site_leads_to_a_page_and_an_anchor(site: dict[Path, _Page]) -> None:
    assert list(_dead_links(site)) == []


def _dead_links(site: dict[Path, _Page]) -> Iterable[str]:
    for path, page in site.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or path.name == "404.html":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file() or (target in site and unquote(parts.fragment) not in site[target].anchors):
                yield f"{path.name}: {link}"


@pytest.mark.long
def test_the_four_parts_are_in_the_navigation(site: dict[Path, _Page]) -> None:
    home = next(
        page for path, page in site.items() if path.name == "index.html" and path.parent.name.startswith("site")
    )
    for part in ("tutorial.html", "how-to/index.html", "reference/index.html", "explanation/index.html"):
        assert part in home.links


def test_make_docs_builds_the_site_strictly() -> None:
    recipe = subprocess.run(["make", "-n", "docs"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "mkdocs build --strict" in recipe


@pytest.mark.long  # it reads the whole release
def test_the_counts_of_known_gaps_are_those_of_the_embedded_release(data_dir: Path) -> None:
    assert render_page(get_current_release(data_dir)) == PAGE.read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_its_stored_outputs_are_what_it_prints(
    path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("RESOLVER_DATA_DIR", str(data_dir))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("NOTEBOOK_PORT", str(free_port()))
    stored: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    executed: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(executed, timeout=120, kernel_name="python3").execute()
    assert [_outputs(cell) for cell in executed.cells] == [_outputs(cell) for cell in stored.cells]


def _outputs(cell: Any) -> list[str]:
    texts = [output.get("text") or output["data"]["text/plain"] for output in cell.get("outputs", ())]
    return [re.sub(r"\s+", " ", text) for text in texts]
