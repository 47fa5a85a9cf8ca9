"""The requests of benchmarks.mixed_load, and the answers to them that were collected before the load."""

from __future__ import annotations

import csv
import hashlib
import http.client
import io
import json
import random
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

CONVERT = "POST /convert"
JOB = "POST /convert/jobs"
CONVERTED = "table"
# How often each group is chosen.
WEIGHTS = {
    "GET /resolve: hits": 250, "GET /resolve: misses": 60, "GET /resolve: ambiguous": 60, "GET /resolve: retired": 60,
    "POST /resolve: 1,000 queries": 12, "GET /gene": 120, "GET /search": 80, "GET /v3/gene": 60, "GET /v3/query": 50,
    "POST /v3/query": 10, CONVERT: 4, JOB: 4, "page /": 20, "page /gene": 40, "page /lookup": 40, "page /stale": 20,
    "GET /metrics": 6, "GET /healthz": 10,
}  # fmt: skip
_HTML = {"Accept": "text/html"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_OPTIONS = "to=ensembl,uniprot,refseq&species=human&format=csv"
_LIST_PATH = "/resolve?fields=query,outcome,reason,curie,symbol,xrefs"
_RELEASE = re.compile(rb'"release": ?\{"id": ?"([^"]+)"')
_TOOK = re.compile(rb'"took": ?\d+')
_SAMPLE = 400
_ROWS = 60_000


class Call(NamedTuple):
    """A request: its group in the report, what is sent, and under which key its answer is collected."""

    group: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] | None = None
    method: str = "GET"
    key: str = ""


class Answer(NamedTuple):
    """What is compared: status, release if it is named, and a hash of the body without the time that it took."""

    status: int
    release: str | None
    digest: str


def read_answer(response: http.client.HTTPResponse, body: bytes, release: str | None = None) -> Answer:
    """Return what is compared of a response; `release` is that of an answer that cannot name it."""
    if (named := _RELEASE.search(body)) is not None and release is None:
        release = named[1].decode()
    release = response.headers.get("x-release", release)
    return Answer(response.status, release, hashlib.sha256(_TOOK.sub(b"", body)).hexdigest())


class Client:
    """A connection that is kept, as a thread uses it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=120)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def send(self, one: Call) -> tuple[http.client.HTTPResponse, bytes]:
        """Return a response with its body; raises OSError or HTTPException if the connection fails."""
        try:
            try:
                self._connection.request(one.method, one.path, one.body, one.headers or {})
            except (BrokenPipeError, ConnectionResetError):
                if one.body is None:
                    raise
                # A body may be refused before it has arrived; then the answer is there.
            response = self._connection.getresponse()
            return response, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise


def list_calls(database: Path) -> dict[str, list[Call]]:
    """Return the calls by group, with a sample of the identifiers and names of a release."""
    chosen = random.Random(7)  # noqa: S311  (a sample, not a secret)
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as connection:

        def sample(statement: str) -> list[str]:
            return chosen.sample([text for (text,) in connection.execute(statement)], _SAMPLE)

        found = sample("SELECT prefix || ':' || accession FROM identifier WHERE relation <> 'phenotype'")
        symbols = sample("SELECT text FROM name WHERE kind = 'symbol'")
        aliases = sample("SELECT text FROM name WHERE kind = 'alias' GROUP BY folded, taxon HAVING count(*) > 1")
        retired = sample("SELECT retired FROM retirement")
        curies = sample("SELECT curie FROM gene")
        entrez = sample("SELECT accession FROM identifier WHERE prefix = 'ncbigene' AND assignment_rank = 0")
    invented = [f"{start}{number}" for number in range(50) for start in ("NOSUCH", "foo:", "ENSG99999999")]
    everything = [*found, *symbols, *aliases, *retired, *invented]
    table = _write_table(chosen.choices(everything, k=_ROWS))
    lists = [json.dumps(chosen.choices(everything, k=1_000)).encode() for _ in range(8)]
    form = b"scopes=symbol,alias&q=" + quote(",".join(symbols)).encode()

    def gets(
        group: str, start: str, texts: list[str], end: str = "", headers: dict[str, str] | None = None
    ) -> list[Call]:
        paths = [f"{start}{quote(text, safe=':')}{end}" for text in texts]
        return [Call(group, path, None, headers, key=f"{group} {path}") for path in paths]

    calls = [
        *gets("GET /resolve: hits", "/resolve/", [*found, *symbols, "IL7", "P13232"]),
        *gets("GET /resolve: misses", "/resolve/", invented),
        *gets("GET /resolve: ambiguous", "/resolve/", aliases, "?species=human"),
        *gets("GET /resolve: retired", "/resolve/", retired),
        *[Call("POST /resolve: 1,000 queries", _LIST_PATH, body, None, "POST", f"list {number}")
          for number, body in enumerate(lists)],
        *gets("GET /gene", "/gene/", [*curies, "hgnc:6023"]),
        *gets("GET /search", "/search?q=", [name[:4] for name in symbols]),
        *gets("GET /v3/gene", "/v3/gene/", entrez),
        *gets("GET /v3/query", "/v3/query?q=", symbols[:100]),
        Call("POST /v3/query", "/v3/query", form, _FORM, "POST", "form"),
        Call(CONVERT, f"/convert?{_OPTIONS}", table, None, "POST", CONVERTED),
        Call(JOB, f"/convert/jobs?{_OPTIONS}", table, None, "POST"),
        *gets("page /", "/", [""], headers=_HTML),
        *gets("page /gene", "/gene/", curies[:50], headers=_HTML),
        *gets("page /lookup", "/lookup/", [*symbols[:50], *invented[:50]], headers=_HTML),
        *gets("page /stale", "/stale", [""], headers=_HTML),
        Call("GET /metrics", "/metrics"),
        *gets("GET /healthz", "/healthz", [""]),
    ]  # fmt: skip
    return {group: [one for one in calls if one.group == group] for group in WEIGHTS}


def _write_table(names: list[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([("gene", "padj"), *((name, "0.05") for name in names)])
    return written.getvalue().encode()


def collect(client: Client, calls: dict[str, list[Call]]) -> dict[str, Answer]:
    """Return the answers that the release alone decides, by their keys."""
    return {one.key: read_answer(*client.send(one)) for listed in calls.values() for one in listed if one.key}


class Documented:
    """The statuses of each operation of the service's OpenAPI description."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._operations = [
            (method.upper(), re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), set(described["responses"]))
            for path, methods in sorted(description["paths"].items(), key=lambda item: item[0].count("{"))
            for method, described in methods.items()
        ]
        # Pages are no operations: they have what every operation has.
        self._pages = {"200", "404", "422"} | set.intersection(*(statuses for *_, statuses in self._operations))

    def has(self, one: Call, status: int) -> bool:
        """Return whether the description lists a status for a call."""
        path = one.path.partition("?")[0]
        operations = (s for method, shape, s in self._operations if method == one.method and shape.fullmatch(path))
        return str(status) in next(operations, self._pages)
