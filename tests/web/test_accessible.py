"""Pages meet WCAG 2.2 AA as far as axe-core can measure, in both color schemes.

axe-core is not part of this project. AXE names its file (`npm pack axe-core`); else the package axe-playwright-python,
which contains it, is used if it is installed.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from resolver.app.environment import find_ledger_url
from tests.nightly.marked import write_marks
from tests.releases import copy_data_dir
from tests.serving import Running, running
from tests.web.browsing import chromium, tab
from tests.web.screenshots import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.long

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _find_axe() -> str:
    """Return the source of axe-core; skips where there is none."""
    named = os.environ.get("AXE")
    if named is None:
        package = importlib.util.find_spec("axe_playwright_python")
        if package is None or package.origin is None:
            pytest.skip("no axe-core: set AXE to axe.min.js (npm pack axe-core), or install axe-playwright-python")
        named = str(Path(package.origin).parent / "axe.min.js")
    return Path(named).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def service(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = copy_data_dir(data_dir, tmp_path_factory.mktemp("accessible") / "data")
    write_marks(find_ledger_url(folder))
    with running(folder, variables={"RESOLVER_LIVE": "true"}) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_violation(browser: Browser, service: Running, name: str, scheme: str) -> None:
    axe = _find_axe()
    size = {"width": 360 if scheme == "dark" else 1280, "height": 800}
    options = {"viewport": size, "color_scheme": scheme, "bypass_csp": True}  # for axe, which is injected
    with tab(browser, str(service.client.base_url), **options) as (page, _):
        PAGES[name](page)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.evaluate(axe)
        found: dict[str, Any] = page.evaluate("(tags) => axe.run({runOnly: {type: 'tag', values: tags}})", _TAGS)
    violations = {
        f"{one['id']}: {one['help']}": [node["html"][:160] for node in one["nodes"][:4]] for one in found["violations"]
    }
    assert violations == {}
