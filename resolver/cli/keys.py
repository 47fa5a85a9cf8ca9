"""`resolver keys`: create, list and revoke the API keys of the service."""

from __future__ import annotations

import re
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from ..errors import BadOption
from .console import handle_errors, make_console, say

app = typer.Typer(
    help="Manage the API keys of the service (RESOLVER_ACCESS=keys). They are stored in the ledger.",
    no_args_is_help=True,
)
_SECONDS = {"h": 3600, "d": 86_400, "w": 7 * 86_400}
_AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]


@app.command("create", epilog="Example: resolver keys create --name atlas --scope read,convert --expires 90d")
def create(
    name: Annotated[str, typer.Option(help="Whose key it is; shown in lists.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it allows: read, convert, live, metrics, admin. Repeat it, or join with commas."),
    ] = None,
    rate: Annotated[
        str | None,
        typer.Option(help="Limit of its requests: 20/second;1000/hour (default: RESOLVER_RATE_LIMIT)."),
    ] = None,
    daily: Annotated[
        int | None, typer.Option(help="Number of requests a day (UTC) to all processes together.", min=1)
    ] = None,
    expires: Annotated[str | None, typer.Option(help="Time until it expires: 12h, 90d or 4w (default: never).")] = None,
    as_json: _AsJson = False,
) -> None:
    """Create a key and show it, which is possible only now.

    Without --scope it allows to read.
    """
    from ..app.access import create_key, make_keys

    with handle_errors():
        if not name.strip():
            raise BadOption("the name of the key is empty", hint="Name whoever gets it: --name atlas.")
        span = _read_span(expires)
        with closing(make_keys()) as table:
            text, key = create_key(table, name.strip(), scope or [], rate=rate, daily=daily, expires_in_s=span)
    if as_json:
        _write({"key": text, "id": key.id, "scopes": sorted(key.scopes), "expires_at": key.expires_at})
        return
    say(f"created {key.id} ({', '.join(sorted(key.scopes))}) for {key.name} in the ledger {table.where}")
    say("The key is not shown again:")
    typer.echo(text)


@app.command("list", epilog="Example: resolver keys list")
def list_all(as_json: _AsJson = False) -> None:
    """List all keys, also those that are expired or revoked, without their secrets."""
    from ..app.access import list_keys, open_keys

    with handle_errors(), closing(open_keys()) as keys:
        listed = list_keys(keys)
    if as_json:
        _write(listed)
        return
    table = Table("id", "name", "state", "scopes", "limits", "created", "expires", "last used", "today", box=None)
    for key in listed:
        limits = "; ".join(filter(None, (key["rate"], key["daily"] and f"{key['daily']:,}/day")))
        table.add_row(
            key["id"],
            key["name"],
            key["state"],
            ", ".join(key["scopes"]),
            limits,
            _day(key["created_at"]),
            _day(key["expires_at"]),
            key["last_used"] or "",
            _describe_use(key["requests_today"], key["daily"]),
        )
    make_console().print(table)


@app.command("revoke", epilog="Example: resolver keys revoke 0f3a9c1d2b4e")
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the key, as `list` shows it.")]) -> None:
    """Revoke a key. Services refuse it within three seconds."""
    from ..app.access import open_keys, revoke_key

    with handle_errors(), closing(open_keys()) as keys:
        revoke_key(keys, key_id)
    say("revoked")


def _read_span(text: str | None) -> float | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)([hdw])", text.strip().lower())
    if found is None or not int(found[1]):
        raise BadOption(f"{text[:40]!r} is not a span of time", hint="Write hours, days or weeks: 12h, 90d, 4w.")
    return float(int(found[1]) * _SECONDS[found[2]])


def _describe_use(requests: int, daily: int | None) -> str:
    return f"{requests:,}" if daily is None else f"{requests:,} of {daily:,}"


def _day(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).date().isoformat()


def _write(shown: Any) -> None:  # noqa: ANN401  (any JSON)
    sys.stdout.buffer.write(orjson.dumps(shown, option=orjson.OPT_INDENT_2) + b"\n")
