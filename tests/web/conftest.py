"""A service with pages on the embedded genome, in this process, and one of its own for browsers."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from resolver.api.app import create_app
from resolver.resolve.resolver import Resolver
from resolver.web.app import add_pages
from tests.serving import served

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture(scope="module")
def client(resolver: Resolver) -> Iterator[httpx.Client]:
    """Give a client that sends the Accept header of a browser."""
    with served(add_pages(create_app(lambda: resolver))) as opened:
        opened.headers["accept"] = BROWSER
        yield opened
