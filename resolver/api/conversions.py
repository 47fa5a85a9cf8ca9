"""What the routes of conversions share: who does the work, how its words and headers are, and the small tables."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..convert.options import list_options
from ..errors import ResolverError
from ..jobs.conversion import convert_table
from ..jobs.work import describe_error
from .table_runs import Seats

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request

    from ..jobs.runner import Jobs
    from ..jobs.work import Work
    from ..resolve.resolver import Resolver

# A table so small is converted in a thread of the service: to start a process would take longer than the work.
SMALL_BYTES = 256 * 1024
SMALL_ROWS = 1_000
# gzip, zstd, zip (XLSX), Parquet, and what was a spreadsheet before 2007.
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK", b"PAR1", b"\xd0\xcf\x11\xe0")
_SUMMARY_LIMIT = 4_000


class Office:
    """Where the routes find the jobs of this machine, which are opened when the first of them is asked for."""

    def __init__(self, open_jobs: Callable[[], Jobs]) -> None:
        self._open = open_jobs
        self._jobs: Jobs | None = None
        self._seats: Seats | None = None
        self._own: dict[str, Work] = {}

    def take(self, kind: str, work: Work) -> None:
        """Have jobs of a kind done in the service itself; called before the jobs are opened."""
        self._own[kind] = work

    @property
    def jobs(self) -> Jobs:
        """The jobs."""
        if self._jobs is None:
            self._jobs = self._open()
            for kind, work in self._own.items():
                self._jobs.runner.do_here(kind, work)
        return self._jobs

    @property
    def seats(self) -> Seats:
        """The seats of conversions that answer while the client waits."""
        if self._seats is None:
            self._seats = Seats(self.jobs.limits.at_once)
        return self._seats

    def close(self) -> None:
        """Stop what runs; jobs begin anew when a service starts."""
        if self._jobs is not None:
            self._jobs.runner.stop()


def office_of(request: Request) -> Office:
    """Return the office of the service."""
    office: Office = request.app.state.office
    return office


def make_payload(office: Office, stated: dict[str, str], name: str) -> dict[str, Any]:
    """Return what a process of work is told of a conversion."""
    limits = office.jobs.limits
    return {
        "options": stated,
        "name": name,
        "max_rows": limits.max_rows,
        "max_output_bytes": limits.max_output_bytes,
    }


def conversion_parameters(*left_out: str) -> list[dict[str, Any]]:
    """Return the options of a conversion as OpenAPI parameters."""
    return [
        {"name": name, "in": "query", "required": False, "description": does, "schema": schema}
        | ({"explode": False, "style": "form"} if schema.get("type") == "array" else {})
        for name, schema, does in list_options()
        if name not in left_out
    ]


def request_body(*left_out: str) -> dict[str, Any]:
    """Return the body of a conversion as OpenAPI has it: the table itself, or a form with the table and options."""
    fields = {name: schema | {"description": does} for name, schema, does in list_options() if name not in left_out}
    table = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": ["file"], "properties": {"file": table, **fields}}
    return {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "gene,padj\nIL7,0.01\nP04637,0.2\n"},
            "application/octet-stream": {"schema": table},
            "multipart/form-data": {"schema": form},
        },
    }


# --- Words --------------------------------------------------------------------------------------------------------


def in_words_of_rest(text: str) -> str:
    """Return a message in which options are called as they are here, not as on the terminal."""
    text = re.sub(r"--on-bad-row (\w+)", r"on_bad_row=\1", text).replace("--no-header", "header=false")
    return re.sub(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)", lambda found: found[1].replace("-", "_"), text)


def reword(told: dict[str, Any]) -> dict[str, Any]:
    """Return an error that was told, or what was prepared, with its options called as they are here."""
    worded = {name: in_words_of_rest(told[name]) for name in ("detail", "hint") if isinstance(told.get(name), str)}
    notes = {"notes": [in_words_of_rest(note) for note in told["notes"]]} if "notes" in told else {}
    return told | worded | notes


# --- Headers ------------------------------------------------------------------------------------------------------


def result_headers(prepared: dict[str, Any], summary: dict[str, Any] | None) -> dict[str, str]:
    """Return the headers of a converted table; what it came to is among them where it is known."""
    name = prepared["file_name"]
    plain = re.sub(r"[^A-Za-z0-9._()+ -]", "_", name)
    headers = {
        "x-release": prepared["release"]["id"],
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "cache-control": "no-store",
    }
    if summary:
        headers["x-resolver-summary"] = _in_a_header(summary)
        if summary["warning"]:
            headers["x-resolver-warning"] = summary["warning"].encode("ascii", "replace").decode()
    return headers


def _in_a_header(summary: dict[str, Any]) -> str:
    told: dict[str, Any] = {name: summary[name] for name in ("rows", "written", "bad_rows")}
    columns = [
        {name: column[name] for name in ("name", "outcomes", "empty", "several_genes", "share_found")}
        for column in summary["columns"]
    ]
    shown = json.dumps(told | {"columns": columns})  # escaped, since a header takes no other characters
    return shown if len(shown) <= _SUMMARY_LIMIT else json.dumps(told)


# --- Small tables -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Small:
    """What a small table was converted to: the table with its summary, or an error."""

    prepared: dict[str, Any]
    table: bytes = b""
    summary: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


def is_small(data: bytes) -> bool:
    """Tell whether a whole table is so small that it is converted without a process of its own."""
    return len(data) <= SMALL_BYTES and data.count(b"\n") <= SMALL_ROWS and not data.startswith(_PACKED)


def convert_small(resolver: Resolver, payload: dict[str, Any], data: bytes) -> Small:
    """Convert a small table here and now, in the same way as a process of work does."""
    out, told = io.BytesIO(), Small({})

    def tell(event: str, **members: Any) -> None:  # noqa: ANN401  (as `Tell` says)
        if event == "prepared":
            told.prepared = members

    try:
        told.summary = convert_table(payload, io.BytesIO(data), out, tell, resolver=resolver)
    except ResolverError as error:
        told.error = describe_error(error)
    told.table = out.getvalue()
    return told
