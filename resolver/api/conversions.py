"""What the routes of conversions share: the jobs and limits, option names, headers, and small tables."""

from __future__ import annotations

import io
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..convert.formats import FORMATS
from ..convert.options import LISTED, list_options, rename_options
from ..errors import ResolverError
from ..jobs.conversion import convert_table
from ..jobs.work import describe_error
from .errors import hide_folders, remember_folder
from .queries import describe_parameter
from .table_runs import ConcurrencyLimit

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request

    from ..jobs.runner import Jobs
    from ..jobs.work import Work
    from ..resolve.resolver import Resolver

# A smaller table is converted in a thread of the service: starting a process takes longer than the work.
SMALL_BYTES = 256 * 1024
SMALL_ROWS = 1_000
# gzip, zstd, zip (XLSX), Parquet, and old Excel workbooks (XLS).
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK", b"PAR1", b"\xd0\xcf\x11\xe0")
_SUMMARY_LIMIT = 4_000
_FORMAT_OF_TYPE = {one.media_type.partition(";")[0]: one.name for one in FORMATS} | {
    "application/ndjson": "ndjson", "application/jsonl": "ndjson", "text/tsv": "tsv",
}  # fmt: skip


class ConversionService:
    """The jobs and limits of conversions; the jobs are opened with the first request for them."""

    def __init__(self, open_jobs: Callable[[], Jobs]) -> None:
        self._open = open_jobs
        self._jobs: Jobs | None = None
        self._concurrency: ConcurrencyLimit | None = None
        self._own: dict[str, Work] = {}
        self.on_summary: Callable[[dict[str, Any]], None] = lambda _: None

    def register_work(self, kind: str, work: Work) -> None:
        """Do jobs of a kind in the service itself; called before the jobs are opened."""
        self._own[kind] = work

    @property
    def jobs(self) -> Jobs:
        """The jobs."""
        if self._jobs is None:
            self._jobs = self._open()
            remember_folder(self._jobs.starter.data_dir)
            for kind, work in self._own.items():
                self._jobs.runner.register_work(kind, work)
            self._jobs.runner.on_summary = self.on_summary
        return self._jobs

    @property
    def concurrency(self) -> ConcurrencyLimit:
        """The limit of conversions that run while their clients wait."""
        if self._concurrency is None:
            self._concurrency = ConcurrencyLimit(self.jobs.limits.at_once)
        return self._concurrency

    def count_connections(self) -> int:
        """Return how many connections to the ledger are open for jobs."""
        return 0 if self._jobs is None else self._jobs.store.count_connections()

    def count_runs(self) -> int:
        """Return how many tables are converted for waiting clients."""
        return 0 if self._concurrency is None else self._concurrency.taken

    def close(self) -> None:
        """Stop the jobs that run; they start anew when a service starts."""
        if self._jobs is not None:
            self._jobs.runner.stop()


def conversions_of(request: Request) -> ConversionService:
    """Return the conversions of the service."""
    conversions: ConversionService = request.app.state.conversions
    return conversions


def make_payload(conversions: ConversionService, specified: dict[str, str], name: str) -> dict[str, Any]:
    """Return the payload of a conversion."""
    limits = conversions.jobs.limits
    return {
        "options": specified,
        "name": name,
        "max_rows": limits.max_rows,
        "max_output_bytes": limits.max_output_bytes,
    }


def conversion_parameters(*left_out: str) -> list[dict[str, Any]]:
    """Return the options of a conversion as OpenAPI parameters."""
    return [
        describe_parameter(name, schema, text)
        | ({"explode": LISTED[name] != ","} if schema.get("type") == "array" else {})
        for name, schema, text in list_options()
        if name not in left_out
    ]


def table_content() -> dict[str, Any]:
    """Return the media types of a converted table as OpenAPI has them."""
    text, binary = {"type": "string"}, {"type": "string", "format": "binary"}
    return {
        one.media_type.partition(";")[0]: {"schema": text if one.media_type.startswith("text/") else binary}
        for one in FORMATS
    }


def request_body() -> dict[str, Any]:
    """Return the body of a conversion as OpenAPI has it: the table itself, or a form with the table.

    Options of a form are read too, and not listed: the documentation page would send each option twice.
    """
    table = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": ["file"], "properties": {"file": table}}
    return {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "gene,padj\nIL7,0.01\nP04637,0.2\n"},
            "application/octet-stream": {"schema": table},
            "multipart/form-data": {"schema": form},
        },
    }


def read_accept(request: Request) -> str | None:
    """Return the format of a table that a request accepts before any other; None where it accepts that of the table.

    A request that accepts no format of tables, but JSON, say, gets the table's own.
    """
    wanted: list[tuple[float, str | None]] = []
    for part in request.headers.get("accept", "").split(","):
        media_type, *parameters = (one.strip().lower() for one in part.split(";"))
        quality = next((one.removeprefix("q=") for one in parameters if one.startswith("q=")), "1")
        known = _FORMAT_OF_TYPE.get(media_type)
        if known is not None or media_type in {"*/*", "text/*"}:
            with suppress(ValueError):
                wanted.append((float(quality), known))
    best = max((quality for quality, _ in wanted), default=0.0)
    return next((known for quality, known in wanted if quality == best), None) if best > 0 else None


# --- Option names -----------------------------------------------------------------------------------------------------


def reword(described: dict[str, Any]) -> dict[str, Any]:
    """Return an error, what was prepared, or a summary, with the names that options have in REST."""
    reworded = dict(described)
    for name in ("detail", "hint", "next_step"):
        if isinstance(described.get(name), str):
            reworded[name] = hide_folders(rename_options(described[name]))
    for name in ("notes", "assumed"):
        if name in described:
            reworded[name] = [rename_options(text) for text in described[name]]
    for name in ("columns", "causes"):  # of a summary, and of each of its columns
        if name in described:
            reworded[name] = [reword(one) if isinstance(one, dict) else one for one in described[name]]
    return reworded


# --- Headers ------------------------------------------------------------------------------------------------------


def result_headers(prepared: dict[str, Any], summary: dict[str, Any] | None) -> dict[str, str]:
    """Return the headers of a converted table, with its summary if that is known."""
    name = prepared["file_name"]
    ascii_name = re.sub(r"[^A-Za-z0-9._()+ -]", "_", name)
    headers = {
        "x-release": prepared["release"]["id"],
        "content-disposition": f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}",
        "cache-control": "no-store",
    }
    if summary:
        headers["x-resolver-summary"] = _in_a_header(summary)
        if summary["warning"]:
            headers["x-resolver-warning"] = summary["warning"].encode("ascii", "replace").decode()
    return headers


def _in_a_header(summary: dict[str, Any]) -> str:
    counts: dict[str, Any] = {name: summary[name] for name in ("rows", "written", "bad_rows")}
    columns = [
        {name: column[name] for name in ("name", "outcomes", "empty", "several_genes", "also", "share_found")}
        | {"collisions": _count_only(column["collisions"]), "causes": _rows_of(column["causes"])}
        for column in summary["columns"]
    ]
    shown = json.dumps(counts | {"columns": columns})  # escaped, since a header takes no other characters
    return shown if len(shown) <= _SUMMARY_LIMIT else json.dumps(counts)


def _count_only(collisions: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the numbers of collisions without the genes."""
    names = ("genes", "identifiers", "rows", "at_least")
    return None if collisions is None else {name: collisions[name] for name in names}


def _rows_of(causes: list[dict[str, Any]]) -> dict[str, int]:
    """Return the rows of each cause."""
    return {one["cause"]: one["rows"] for one in causes}


# --- Small tables -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Small:
    """A converted small table with its summary, or an error."""

    prepared: dict[str, Any]
    table: bytes = b""
    summary: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


def is_small(data: bytes) -> bool:
    """Return whether a whole table is converted without a process of its own."""
    return len(data) <= SMALL_BYTES and data.count(b"\n") <= SMALL_ROWS and not data.startswith(_PACKED)


def convert_small(resolver: Resolver, payload: dict[str, Any], data: bytes) -> Small:
    """Convert a small table in this thread, in the same way as a process help_text."""
    out, small = io.BytesIO(), Small({})

    def report(event: str, **members: Any) -> None:  # noqa: ANN401  (as in `Report`)
        if event == "prepared":
            small.prepared = members

    try:
        small.summary = convert_table(payload, io.BytesIO(data), out, report, resolver=resolver)
    except ResolverError as error:
        small.error = describe_error(error)
    small.table = out.getvalue()
    return small
