"""The FastAPI application."""

from __future__ import annotations

import asyncio
import gc
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import Request  # noqa: TC002  (FastAPI reads the annotation)
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline
from starlette.routing import Route

from ..app.access import Access
from ..app.http_options import HttpOptions
from ..app.jobs import open_jobs
from ..app.nightly import review_marks
from ..app.service import open_service
from ..app.stores import open_ledger_reader
from ..version import __version__
from .access.install import add_access, add_sight
from .check_work import KIND as CHECK
from .check_work import CheckWork
from .conversions import ConversionService
from .description import add_description
from .errors import add_problem_renderers
from .layers import add_layers
from .request_ids import RequestIds
from .routes import (
    about,
    check,
    clients,
    convert,
    convert_jobs,
    curies,
    diff,
    gene,
    go,
    history,
    llms,
    mygene,
    orthologs,
    resolve,
    runs,
    search,
    stale,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI

    from ..app.live import LiveChecks
    from ..app.stores import OpenLedger
    from ..jobs.runner import Jobs
    from ..resolve.answer import Answer
    from ..resolve.resolver import Resolver

_DESCRIPTION = (
    "Maps any human or mouse gene identifier (NCBI Gene, Ensembl, UniProt, RefSeq and more: `GET /namespaces`), symbol "
    "or name to all the others, and reports the reason when it cannot."
)
_HTTP = HttpOptions()


def create_app(
    find_resolver: Callable[[], Resolver],
    live: LiveChecks | None = None,
    open_ledger: OpenLedger = open_ledger_reader,
    jobs: Jobs | None = None,
    count: Callable[[Answer], None] | None = None,
    review: Callable[..., list[dict[str, Any]]] = review_marks,
    http: HttpOptions = _HTTP,
    access: Access | None = None,
) -> FastAPI:
    """Return the application; `find_resolver` returns the current resolver and is called for each request.

    `live` queries the source databases; without it the service needs no network access. `open_ledger` opens the ledger
    of nightly runs. `jobs` run while the service is up; without them, the jobs of the data folder are opened with the
    first conversion. `count` is called with each answer of `/resolve`. `review` records a curator's decision on marks.
    `http` are limits of bodies, and the origins that may read answers.
    `access` decides who may use the service, by default everybody.
    """
    conversions = ConversionService(
        lambda: open_jobs(find_resolver().release.folder.parent.parent) if jobs is None else jobs
    )
    # The documentation pages contain their scripts and styles: they need no network access.
    app = FastAPIOffline(
        title="Gene Xref Resolver",
        version=__version__,
        description=_DESCRIPTION,
        swagger_ui_parameters={"defaultModelsExpandDepth": 0},
        lifespan=_running(jobs, conversions, live, find_resolver),
    )
    app.state.find_resolver = find_resolver
    app.state.live = live
    app.state.open_ledger = open_ledger
    app.state.conversions = conversions
    app.state.count = count
    app.state.review = review
    app.state.http = http
    app.state.on_stop = None
    access = access or Access()
    add_description(app, find_resolver, requires_key=access.keys is not None)
    app.router.routes.insert(0, Route(resolve.PATH, resolve.resolve_identifier, methods=["GET"]))  # and HEAD
    for routes in (
        resolve,
        convert,
        convert_jobs,
        check,
        search,
        go,
        history,
        orthologs,
        gene,
        diff,
        runs,
        stale,
        mygene,
        about,
        clients,
        llms,
        curies,  # the last: its path matches whatever has a colon
    ):
        app.include_router(routes.router)
    add_problem_renderers(app)
    add_layers(app, http)
    add_access(app, access, conversions)
    app.add_middleware(RequestIds)
    add_sight(app, access)

    @app.get("/", include_in_schema=False)
    async def show_documentation(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/docs")

    return app


def create_app_from_environment() -> FastAPI:
    """Return the application on this machine's current release; each worker process of the server calls it."""
    service = open_service()
    app = create_app(
        service.find_resolver,
        service.live,
        jobs=service.jobs,
        count=service.count_usage,
        http=service.http,
        access=service.access,
    )
    keep_loop_responsive()
    return app


def keep_loop_responsive() -> None:
    """Shorten what else this process does between two turns of the event loop."""
    # What exists now stays to the end. Without it a garbage collection takes moments instead of a quarter of a second.
    gc.collect()
    gc.freeze()
    # A thread keeps the interpreter for 1 instead of 5 ms while others wait for it.
    sys.setswitchinterval(0.001)


def _running(
    jobs: Jobs | None, conversions: ConversionService, live: LiveChecks | None, find_resolver: Callable[[], Resolver]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the lifespan: it runs jobs while the service is up, and closes all connections at the end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if live is not None:
            conversions.register_work(CHECK, CheckWork(live, find_resolver, asyncio.get_running_loop()))
        if jobs is not None:
            conversions.jobs.runner.start()
        yield
        if app.state.on_stop is not None:
            app.state.on_stop()
        await run_in_threadpool(conversions.close)
        if live is not None:
            await live.aclose()

    return lifespan
