"""Put access, limits, metrics, the access log and traces around the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...version import __version__
from .guard import Guard
from .log import AccessLog
from .metrics import Metrics
from .routes import router
from .sight import Sight, make_route_namer
from .tracing import Tracing

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ...app.access import Access
    from ..conversions import ConversionService


def add_access(app: FastAPI, access: Access, conversions: ConversionService) -> None:
    """Add the routes and what observes requests; call it before other middleware is added."""
    metrics = Metrics()
    last_lag = 0.0

    def sample(lag_s: float | None) -> None:
        nonlocal last_lag
        last_lag = last_lag if lag_s is None else lag_s
        connections = conversions.count_connections() + access.count_connections()
        metrics.sample(
            table_runs=conversions.count_runs(),
            busy_threads=app.state.count_busy_threads(),
            ledger_connections=connections,
            lag_s=last_lag,
        )

    def sample_and_save(lag_s: float) -> None:
        sample(lag_s)
        if access.keys is not None:
            access.keys.save_use()

    conversions.on_summary = metrics.count_conversion
    app.state.access = access
    app.state.count_busy_threads = lambda: 0
    app.state.metrics = metrics
    app.state.sample = sample
    app.state.name_route = make_route_namer(app)
    app.state.sample_and_save = sample_and_save
    app.include_router(router)
    app.add_middleware(Guard, access=access, on_refusal=metrics.count_refusal)


def add_sight(app: FastAPI, access: Access) -> None:
    """Observe requests; call it after all other middleware is added, so that refusals and failures are seen too."""
    metrics: Metrics = app.state.metrics
    log = None if access.log == "off" else AccessLog(on_dropped=metrics.count_dropped_lines)
    if access.traces:
        app.add_middleware(Tracing, name_route=app.state.name_route, version=__version__)
    app.add_middleware(
        Sight,
        metrics=metrics,
        name_route=app.state.name_route,
        log=log,
        shows_all=access.log == "full",
        sample=app.state.sample_and_save,
    )
