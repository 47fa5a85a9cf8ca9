"""The client of a service, with the interface of `resolver.Resolver`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

import httpx
from tenacity import Retrying

from .answers import ClientAnswer
from .problems import Unavailable, make_error, not_reached
from .requests import (
    BATCH,
    PROGRESS_EVERY,
    USER_AGENT,
    Batch,
    Call,
    Counts,
    call_for,
    call_many,
    call_resolve,
    list_queries,
    read_resolved,
    read_shown,
    spell_options,
    split,
)
from .retries import Retries, raise_if_unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from ..convert.converting import FrameOptions
    from ..resolve.options import OptionValues
    from .requests import Progress

Frame = TypeVar("Frame")


class ClientAnswers(Iterator[ClientAnswer]):
    """Iterates over the answers to many queries; `outcomes` and `reasons` count the answers so far."""

    def __init__(self, answers: Iterator[ClientAnswer], counts: Counts) -> None:
        self._answers, self._counts = answers, counts
        self.outcomes, self.reasons = counts.outcomes, counts.reasons

    def __iter__(self) -> Iterator[ClientAnswer]:
        """Return the answers that were not returned yet."""
        return self._answers

    def __next__(self) -> ClientAnswer:
        """Return the next answer."""
        return next(self._answers)

    def summarize(self) -> dict[str, Any]:
        """Return the counts so far as plain objects: at the end of one batch, the summary of the service."""
        return self._counts.summarize()


class Client:
    """Resolve human and mouse gene identifiers with a service, such as one that `resolver serve` runs.

    Methods, options, answers and exceptions are those of `resolver.Resolver`. `headers` are sent with each request;
    `transport` is one of httpx. A request is repeated as `retries` allows. A list is sent in batches of `batch_size`;
    what a list decides (the namespace of its bare numbers, its species) is decided for each batch.

    Raises ServiceUnreachable where no service replies.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 60.0,
        retries: Retries | None = None,
        batch_size: int = BATCH,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = address.rstrip("/")
        self._retries = (retries or Retries()).build(sleep)
        self._batch_size = max(1, min(batch_size, BATCH))
        self._http = httpx.Client(
            base_url=self.address,
            headers={"user-agent": USER_AGENT, **(headers or {})},
            timeout=timeout_s,
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"<Client {self.address}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def resolve(self, query: object, **values: Unpack[OptionValues]) -> ClientAnswer:
        """Return the answer to one query; keywords are the options of `Resolver.resolve`."""
        return read_resolved(self._send(call_resolve(query, values)))

    def resolve_many(
        self, queries: Iterable[object], *, progress: Progress | None = None, **values: Unpack[OptionValues]
    ) -> ClientAnswers:
        """Return an iterator of answers, one for each query, in order, duplicates too.

        `progress` is called with the number of queries that are answered and the number of all.
        """
        listed, params = list_queries(queries), spell_options(values)
        counts = Counts(len(listed), progress)
        return ClientAnswers(self._answer_all(listed, params, counts), counts)

    def about(self) -> dict[str, Any]:
        """Return what the release of the service contains: the object of `GET /about`."""
        return self._get(Call("GET", "/about", {}))

    def search(self, text: str, *, species: str | int | None = None, limit: int = 20) -> dict[str, Any]:
        """Return the genes that have a symbol or name that begins with `text`: the object of `GET /search`."""
        params = spell_options({"species": species})
        return self._get(Call("GET", "/search", {"q": text, "limit": str(limit), **params}))

    def gene(self, text: str, *, species: str | int | None = None, namespace: str | None = None) -> dict[str, Any]:
        """Return the document of the one gene that a query resolves to; for a miss and several genes, the answer."""
        return self._get(call_for("gene", text, {"species": species, "namespace": namespace}))

    def history(self, text: str, *, namespace: str | None = None) -> dict[str, Any]:
        """Return the past of an identifier or symbol: the object of `GET /history`; for a miss, that of its answer."""
        return self._get(call_for("history", text, {"namespace": namespace}))

    def orthologs(self, text: str, *, species: str | int | None = None, namespace: str | None = None) -> dict[str, Any]:
        """Return genes with their orthologs: the object of `GET /orthologs`; for a miss, that of its answer."""
        return self._get(call_for("orthologs", text, {"species": species, "namespace": namespace}))

    def links(
        self,
        text: str,
        *,
        to: str | list[str] | None = None,
        species: str | int | None = None,
        namespace: str | None = None,
    ) -> dict[str, Any]:
        """Return the page of a gene as `url`, and the `choices`: the object of `GET /go` with `format=json`."""
        return self._get(links_call(text, to, {"species": species, "namespace": namespace}))

    def convert(self, frame: Frame, **options: Unpack[FrameOptions]) -> Frame:
        """Return a frame of the same kind, row for row, with the columns `to` and five that say how each was found.

        It takes what `Resolver.convert` takes, except AnnData, MuData and Spark, and its options. A LazyFrame is
        collected. `on_summary` receives the counts as a dictionary, which is empty for a result of over 4 MiB.
        """
        from .frames import convert_frame

        return convert_frame(frame, options, self._send)

    def _get(self, call: Call) -> dict[str, Any]:
        return read_shown(self._send(call))

    def _send(self, call: Call) -> httpx.Response:
        """Return the response to a request, repeated while that may help."""

        def send() -> httpx.Response:
            response = self._http.request(
                call.method, call.path, params=call.params, content=call.content, headers=call.headers
            )
            raise_if_unavailable(response)
            return response

        try:
            return Retrying(**self._retries)(send)
        except Unavailable as error:
            raise make_error(error.response) from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise not_reached(self.address, error) from error

    def _answer_all(self, queries: list[object], params: dict[str, str], counts: Counts) -> Iterator[ClientAnswer]:
        done = 0
        counts.report(0)
        for part in split(queries, self._batch_size):
            batch = Batch()
            for number, answer in enumerate(self._answer_batch(call_many(part, params), batch), 1):
                counts.add(answer)
                yield answer
                if number % PROGRESS_EVERY == 0 and number < len(part):
                    counts.report(done + number)
            counts.summaries.append(batch.summary)
            done += len(part)
            counts.report(done)

    def _answer_batch(self, call: Call, batch: Batch) -> Iterator[ClientAnswer]:
        """Yield the answers of a batch as they arrive; it is sent again if the connection breaks."""
        try:
            for attempt in Retrying(**self._retries):
                with attempt:
                    yield from self._stream(call, batch)
        except Unavailable as error:
            raise make_error(error.response) from error
        except httpx.TransportError as error:
            raise not_reached(self.address, error) from error

    def _stream(self, call: Call, batch: Batch) -> Iterator[ClientAnswer]:
        with self._http.stream(
            call.method, call.path, params=call.params, content=call.content, headers=call.headers
        ) as response:
            if not response.is_success:
                response.read()
                raise_if_unavailable(response)
                raise make_error(response)
            batch.begin(response)
            for line in response.iter_lines():
                answer = batch.take(line)
                if answer is not None:
                    yield answer
            if not batch.is_complete:
                raise httpx.RemoteProtocolError("the answer ended early")


def links_call(text: str, to: str | list[str] | None, values: dict[str, Any]) -> Call:
    """Return the request for the page of a gene."""
    call = call_for("go", text, values)
    named = {} if to is None else {"to": to if isinstance(to, str) else ",".join(to)}
    return call._replace(params={**call.params, **named, "format": "json"})
