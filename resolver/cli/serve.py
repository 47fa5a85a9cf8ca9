"""`resolver serve`: serve the pages and the REST API."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path  # noqa: TC003  (typer reads the annotation)
from typing import Annotated

import typer

from ..app.stores import check_current_release
from ..errors import InputError
from .console import handle_errors, say
from .stages import showing_stages

_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # of prometheus-client


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for all addresses of this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Number of processes that answer requests.", min=1)] = 1,
    unix_socket: Annotated[
        Path | None, typer.Option(help="Listen on this unix socket instead of an address.", dir_okay=False)
    ] = None,
    root_path: Annotated[
        str, typer.Option(help="The path under which a proxy publishes the service, such as /genes; it removes it.")
    ] = "",
) -> None:
    """Serve the pages and the REST API until interrupted.

    If there is no release yet, the embedded genome is unpacked first,
    which takes 10 to 20 seconds.
    """
    from ..app.http_options import read_http_options
    from ..app.settings import read_settings

    with handle_errors():
        settings = read_settings()
        options = read_http_options(settings)
        prefix = _read_root_path(root_path)
        if unix_socket is None:
            if settings.access is None and not _is_loopback(host):
                say(
                    f"warning: everybody who reaches {host}:{port} can use the service; set RESOLVER_ACCESS=keys to "
                    "require API keys, or RESOLVER_ACCESS=open to confirm that it is open"
                )
            _check_address(host, port)
        else:
            _check_socket(unix_socket)
        with showing_stages() as on_stage:
            release = check_current_release(on_stage=on_stage)
    from ..web.server import ServiceConfig, run_service

    say(f"serving {release.title} ({release.id})")
    if unix_socket is None:
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  (shown, not bound)
        say(f"try http://{shown}:{port}/ or http://{shown}:{port}/resolve/P13232; the API is described at /docs")
        where: dict[str, object] = {"host": host, "port": port}
    else:
        say(f"try curl --unix-socket {unix_socket} http://localhost/resolve/P13232")
        where = {"uds": str(unix_socket)}
    with handle_errors(), ExitStack() as opened:
        if workers > 1 and not os.environ.get(_METRICS_FOLDER):
            # Where the workers write their counters, to be added up by the one that is queried.
            folder = tempfile.TemporaryDirectory(prefix="resolver-metrics-", ignore_cleanup_errors=True)
            os.environ[_METRICS_FOLDER] = opened.enter_context(folder)
        code = run_service(ServiceConfig(options, workers=workers, root_path=prefix, **where))
    raise typer.Exit(code)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read_root_path(text: str) -> str:
    path = text.rstrip("/")
    if path and not path.startswith("/"):
        raise InputError(f"The root path {text!r} does not begin with a slash.", hint=f"Use --root-path /{path}.")
    return path


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


def _check_socket(path: Path) -> None:
    """Remove a socket that nobody listens on; raises InputError if the service cannot listen on the path."""
    try:
        if not path.parent.is_dir():
            raise InputError(
                f"Cannot listen on {path}: its folder does not exist.",
                hint="Create it, or choose another --unix-socket.",
            )
        if not path.exists():
            return
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise InputError(f"Cannot listen on {path}: it is not a socket.", hint="Choose another --unix-socket.")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
            tried.settimeout(1)
            try:
                tried.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
                return
        raise InputError(
            f"Cannot listen on {path}: another program does.", hint="Stop it, or choose another --unix-socket."
        )
    except OSError as error:
        raise InputError(
            f"Cannot listen on {path}: {(error.strerror or str(error)).lower()}", hint="Choose another --unix-socket."
        ) from error
