"""A service with pages on the embedded genome: in this process, and a running one with a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from resolver.api.app import create_app
from resolver.resolve.resolver import Resolver
from resolver.web.app import add_pages
from tests.releases import copy_data_dir
from tests.serving import Running, running, served
from tests.web.browsing import chromium, tab

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture(scope="module")
def client(resolver: Resolver) -> Iterator[httpx.Client]:
    """Give a client that sends the Accept header of a browser."""
    with served(add_pages(create_app(lambda: resolver))) as opened:
        opened.headers["accept"] = BROWSER
        yield opened


@pytest.fixture(scope="module")
def service(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(copy_data_dir(data_dir, tmp_path_factory.mktemp("served") / "data")) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, service: Running) -> Iterator[Page]:
    with tab(browser, str(service.client.base_url)) as (opened, _):
        yield opened
