"""Open pages of a running service in Chromium, and watch what they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.browser import FLAGS, Seen, find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# What scripts write for values that are not text.
_NO_WORDS = ("[object ", "undefined", "NaN")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a browser until the block ends."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def tab(browser: Browser, base: str, **options: Any) -> Iterator[tuple[Page, Seen]]:
    """Give a page and what it does; fail if it leaves its host, or a script fails or writes an object."""
    settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "base_url": base} | options
    context = browser.new_context(**settings)
    page, seen = context.new_page(), Seen()
    page.on("console", lambda message: seen.console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    context.on("request", lambda request: seen.requests.append(request.url))
    page.set_default_timeout(60_000)
    try:
        yield page, seen
        assert seen.errors == []
        # The page of the documentation has words of options.
        shown = " ".join(page.locator("html[data-base] body").all_inner_texts())
        assert not any(word in shown for word in _NO_WORDS), shown
        refused = [line for line in seen.console if "Content Security Policy" in line]
        assert refused == []
        hosts = {urlsplit(url).netloc for url in seen.requests if not url.startswith(("data:", "blob:"))}
        assert hosts <= {urlsplit(base).netloc}
    finally:
        context.close()


def choose_file(page: Page, name: str, content: bytes) -> None:
    """Choose a file on the page for conversions."""
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": content})


def download(page: Page) -> bytes:
    """Download the result of a conversion."""
    with page.expect_download() as started:
        page.click("#download")
    return Path(started.value.path()).read_bytes()
