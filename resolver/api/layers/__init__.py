"""What stands between the server and the routes: ASGI middleware, each for one part of HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .acceptance import Acceptance
from .compression import Compression
from .cors import Cors
from .heads import Heads
from .request_bodies import RequestBodies
from .stopping import Cancellation

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ...app.http_options import HttpOptions


def add_layers(app: FastAPI, options: HttpOptions) -> None:
    """Add all middleware; the one that is added last is the outermost."""
    app.add_middleware(RequestBodies, options=options)
    app.add_middleware(Acceptance)
    app.add_middleware(Compression)
    app.add_middleware(Heads)
    if options.cors_origins:
        app.add_middleware(Cors, origins=options.cors_origins)
    app.add_middleware(Cancellation)
