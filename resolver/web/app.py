"""The service as people and programs use it: the REST application and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse

from ..api.app import create_app_from_environment as create_api_from_environment
from ..api.app import keep_loop_responsive
from ..api.routes.curies import PATH as CURIE_PATH
from ..api.routes.stale import MARK_PATH
from .browsers import BrowserAnswers, NegotiatedRoute, PageRoute, Pages
from .rendering import preload
from .routes import about, assets, compare, convert, curies, go, home, lookup, stale

if TYPE_CHECKING:
    from fastapi import FastAPI

_BOTH = ["GET", "POST"]


def add_pages(app: FastAPI) -> FastAPI:
    """Add the pages to the REST application, and return it."""
    preload()
    pages = Pages(
        [
            PageRoute("/", home.show_home, methods=["GET"]),
            PageRoute("/static/{digest}/{name}", assets.show_asset, methods=["GET"]),
            PageRoute("/favicon.ico", assets.show_icon, methods=["GET"]),
            PageRoute("/lookup", lookup.look_up_text, methods=_BOTH),
            PageRoute("/lookup/{identifier:path}", lookup.show_lookup, methods=["GET"]),
            NegotiatedRoute("/resolve/{identifier:path}", lookup.show_lookup, methods=["GET"]),
            NegotiatedRoute("/gene/{identifier:path}", lookup.show_gene, methods=["GET"]),
            NegotiatedRoute("/go/{identifier:path}", go.show_destination, methods=["GET"]),
            PageRoute("/convert", convert.show_convert, methods=["GET"]),
            NegotiatedRoute("/stale", stale.show_stale, methods=["GET"]),
            NegotiatedRoute(MARK_PATH, stale.show_mark, methods=["GET"]),
            NegotiatedRoute("/about", about.show_about, methods=["GET"]),
            PageRoute("/compare", compare.show_compare, methods=_BOTH),
            NegotiatedRoute(CURIE_PATH, curies.follow_curie, methods=["GET"]),
        ]
    )
    _describe_pages(app)
    app.router.routes.insert(0, pages)
    app.add_middleware(BrowserAnswers)
    return app


def _describe_pages(app: FastAPI) -> None:
    """Describe the page that has the path of a REST operation; the route of the page answers."""

    @app.get("/convert", tags=["convert"], summary="Show the page that converts a table", response_class=HTMLResponse)
    async def show_convert_page() -> HTMLResponse:
        """Return a page for browsers: a form, the conversion, and its result."""
        raise AssertionError("the route of the page comes before")


def create_app_from_environment() -> FastAPI:
    """Return the whole service on this machine's current release; each worker process of the server calls it."""
    app = add_pages(create_api_from_environment())
    keep_loop_responsive()
    return app
