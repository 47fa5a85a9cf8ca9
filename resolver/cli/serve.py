"""`resolver serve`: the REST service."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from ..app.stores import open_current_release
from ..errors import InputError
from .console import say, told_errors


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="How many processes answer.", min=1)] = 1,
) -> None:
    """Serve the REST API. Without a release, the embedded starter release is built first."""
    import uvicorn

    with told_errors():
        _check_address(host, port)
        release = open_current_release(on_stage=say)
    say(f"serving {release.title} ({release.id})")
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  (told, not bound)
    say(f"try http://{shown}:{port}/resolve/P13232 or http://{shown}:{port}/docs")
    uvicorn.run(
        "resolver.api.app:create_app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
    )


def _check_address(host: str, port: int) -> None:
    """Raise InputError for an address that cannot be listened on, before a release is built."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            raise InputError(
                f"Cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}",
                hint="Choose another with --host and --port.",
            ) from error
