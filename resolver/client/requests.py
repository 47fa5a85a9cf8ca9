"""What is sent for each call, and what its response means; both clients use it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import orjson

from ..errors import ServiceUnreachable
from ..identifiers.names import make_encodable
from ..resolve.options import Query, as_text, read_keywords, require_many, require_one
from ..resolve.outcome import Outcome
from ..version import __version__
from .answers import ClientAnswer, read_answer, strip_problem
from .problems import make_error, read_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import httpx

    Progress = Callable[[int, int], None]

USER_AGENT = f"gene-xref-resolver/{__version__}"
NDJSON = "application/x-ndjson"
BATCH = 100_000  # what a service answers in one call
PROGRESS_EVERY = 1_000
_LONGEST_PATH = 2_000
_SEVERAL = 300


class Call(NamedTuple):
    """A request: method, path, parameters, and a body with its media type."""

    method: str
    path: str
    params: dict[str, str]
    content: bytes | None = None
    media_type: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request."""
        return {} if self.media_type is None else {"content-type": self.media_type}


def spell_options(values: Mapping[str, Any]) -> dict[str, str]:
    """Return options as parameters of REST; raises what `Resolver` raises for options that cannot be read."""
    read_keywords(values)
    names = {"namespace": "from"}
    return {names.get(name, name): spell(value) for name, value in values.items() if value is not None}


def spell(value: object) -> str:
    """Return a value as a parameter."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def call_for(route: str, text: str, values: Mapping[str, Any]) -> Call:
    """Return the request for a route whose path ends with a query."""
    encoded = quote(make_encodable(text), safe="")
    if encoded in {".", ".."}:  # a client would leave these segments out
        encoded = encoded.replace(".", "%2E")
    return Call("GET", f"/{route}/{encoded}", spell_options(values))


def call_resolve(query: object, values: Mapping[str, Any]) -> Call:
    """Return the request for one query; raises TypeError for a list."""
    if not isinstance(query, str):
        require_one(query)
    text = as_text(query)
    call = call_for("resolve", text, values)
    is_trimmed = "fields" in call.params and "receipt" not in call.params  # a problem has all its members
    if text.strip() and len(call.path) <= _LONGEST_PATH and not is_trimmed:
        return call
    params = call.params | ({"on_many": "list"} if call.params.get("on_many") == "explode" else {})
    return call_many([text], params)


def call_many(queries: Sequence[object], params: dict[str, str]) -> Call:
    """Return the request for a batch, as lines of JSON."""
    lines = b"\n".join(orjson.dumps(_spell_query(query)) for query in queries)
    return Call("POST", "/resolve", params, lines, NDJSON)


def list_queries(queries: Iterable[object]) -> list[object]:
    """Return the queries of a batch; raises TypeError for a single query."""
    require_many(queries)
    return [query if isinstance(query, Query) else as_text(query) for query in queries]


def _spell_query(query: object) -> object:
    if isinstance(query, Query):
        own = {name: spell(value) for name, value in query.options.describe().items() if value is not None}
        return {"id": make_encodable(query.text), **own}
    return make_encodable(str(query))


def read_resolved(response: httpx.Response) -> ClientAnswer:
    """Return the answer of a response; raises the error that a problem stands for."""
    if response.headers.get("content-type", "").startswith(NDJSON):
        return read_answer(orjson.loads(response.content.split(b"\n", 1)[0]))
    return ClientAnswer(read_shown(response))


def read_shown(response: httpx.Response) -> dict[str, Any]:
    """Return the object of a response: what was found, or the answer that a miss is.

    Raises the error that any other problem stands for.
    """
    shown = read_object(response)
    if response.status_code == _SEVERAL or (response.is_success and shown):
        return shown
    if "outcome" in shown and "genes" in shown and response.status_code in {404, 422}:
        return strip_problem(shown)
    raise make_error(response)


class Batch:
    """The lines of the answers to a batch; after an interruption the lines that were read already are skipped."""

    def __init__(self) -> None:
        self.summary: dict[str, Any] = {}
        self._read = 0
        self._line = 0
        self._release: str | None = None

    def begin(self, response: httpx.Response) -> None:
        """Start to read a response. Raises ServiceUnreachable if another release answers than before."""
        release = response.headers.get("x-release")
        if self._read and release != self._release:
            raise ServiceUnreachable(
                f"the release changed from {self._release} to {release} in the middle of a list",
                hint="Send the list again.",
            )
        self._release, self._line = release, 0

    def take(self, line: str) -> ClientAnswer | None:
        """Return the answer of a line; None for one that was read already, and for the summary."""
        shown = orjson.loads(line)
        if shown.keys() == {"summary"}:
            self.summary = shown["summary"]
            return None
        self._line += 1
        if self._line <= self._read:
            return None
        self._read = self._line
        return ClientAnswer(shown)

    @property
    def is_complete(self) -> bool:
        """Whether the summary, which is the last line, has arrived."""
        return bool(self.summary)


class Counts:
    """Counts of the answers so far, and the summaries of their batches."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.reasons: Counter[str] = Counter()
        self.summaries: list[dict[str, Any]] = []
        self._total, self._progress = total, progress

    def add(self, answer: ClientAnswer) -> None:
        """Count an answer."""
        shown = answer.to_dict()
        if "outcome" in shown:
            self.outcomes[Outcome(shown["outcome"])] += 1
        if shown.get("reason") is not None:
            self.reasons[shown["reason"]] += 1

    def report(self, done: int) -> None:
        """Report how many queries are answered."""
        if self._progress is not None:
            self._progress(done, self._total)

    def summarize(self) -> dict[str, Any]:
        """Return the summary: that of the service for one batch, else the counts of all."""
        if len(self.summaries) == 1:
            return self.summaries[0]
        merged = dict(self.summaries[0]) if self.summaries else {}
        return merged | {
            "answers": sum(self.outcomes.values()),
            "outcomes": {one.value: self.outcomes[one] for one in Outcome},
            "reasons": dict(self.reasons),
        }


def split(queries: list[object], size: int) -> Iterator[list[object]]:
    """Yield the batches of a list."""
    for start in range(0, len(queries), size):
        yield queries[start : start + size]
