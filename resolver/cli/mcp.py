"""`resolver mcp`: serve the resolver to programs that are driven by a language model."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import Annotated

import typer

from ..app.resolver import ReleaseFollower
from ..app.stores import follow_marks
from ..errors import BadOption
from .console import handle_errors, say
from .stages import showing_stages


def mcp(
    folder: Annotated[
        Path | None,
        typer.Option(help="Let clients read table files in this folder, and write new ones to it.", file_okay=False),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Let clients query the source databases; requires network access.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(help="Serve streamable HTTP on this port of 127.0.0.1, instead of stdio.", min=1, max=65535),
    ] = None,
) -> None:
    """Serve the resolver as an MCP server (Model Context Protocol), by default on stdin and stdout.

    Requires the extra mcp. If there is no release yet, the embedded genome is
    unpacked first.
    """
    from ..app.live import open_live_checks
    from ..app.settings import read_settings

    with handle_errors():
        if folder is not None and not folder.is_dir():
            raise BadOption(f"there is no folder {folder}", hint="Create it, or choose another --folder.")
        if folder is not None and port is not None:
            raise BadOption(
                "--folder cannot be combined with --port",
                hint="Over HTTP, clients send tables as text. Files are for clients that start the server themselves.",
            )
        try:
            from ..mcp.server import make_server, serve
        except ModuleNotFoundError as error:
            raise BadOption(
                f"the package {error.name} is not installed",
                hint="Install the SDK beside the program: pip install 'gene-xref-resolver[mcp]'.",
            ) from error
        settings = read_settings()
        with showing_stages() as on_stage:
            follower = ReleaseFollower(settings.data_dir, on_stage=on_stage, find_marks=follow_marks())
        checks = open_live_checks(settings) if live or settings.live else None
        if port is not None:
            say(f"serving {follower().release.id} at http://127.0.0.1:{port}/mcp")
        serve(make_server(follower, checks, folder), port)
