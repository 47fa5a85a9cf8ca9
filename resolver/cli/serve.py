"""`resolver serve`: serve the pages and the REST API."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from ..app.stores import open_current_release
from ..errors import InputError
from .console import handle_errors, say
from .stages import showing_stages


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for all addresses of this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Number of processes that answer requests.", min=1)] = 1,
) -> None:
    """Serve the pages and the REST API until interrupted.

    If there is no release yet, the embedded genome is unpacked first,
    which takes 10 to 20 seconds.
    """
    import uvicorn

    with handle_errors():
        _check_address(host, port)
        with showing_stages() as on_stage:
            release = open_current_release(on_stage=on_stage)
    say(f"serving {release.title} ({release.id})")
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  (shown, not bound)
    say(f"try http://{shown}:{port}/ or http://{shown}:{port}/resolve/P13232; the API is described at /docs")
    uvicorn.run(
        "resolver.web.app:create_app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
    )


def _check_address(host: str, port: int) -> None:
    """Raise InputError if the service cannot listen on an address, before a release is built."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            raise InputError(
                f"Cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}",
                hint="Choose another address with --host, or another port with --port.",
            ) from error
