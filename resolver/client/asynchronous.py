"""The client of a service for asynchronous programs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

import httpx
from tenacity import AsyncRetrying

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
from .synchronous import links_call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from types import TracebackType

    from ..convert.converting import FrameOptions
    from ..resolve.options import OptionValues
    from .requests import Progress

Frame = TypeVar("Frame")


class AsyncAnswers(AsyncIterator[ClientAnswer]):
    """Iterates over the answers to many queries; `outcomes` and `reasons` count the answers so far."""

    def __init__(self, answers: AsyncIterator[ClientAnswer], counts: Counts) -> None:
        self._answers, self._counts = answers, counts
        self.outcomes, self.reasons = counts.outcomes, counts.reasons

    def __aiter__(self) -> AsyncIterator[ClientAnswer]:
        """Return the answers that were not returned yet."""
        return self._answers

    async def __anext__(self) -> ClientAnswer:
        """Return the next answer."""
        return await anext(self._answers)

    def summarize(self) -> dict[str, Any]:
        """Return the counts so far as plain objects: at the end of one batch, the summary of the service."""
        return self._counts.summarize()


class AsyncClient:
    """Resolve human and mouse gene identifiers with a service, as `Client` does; its methods are awaited.

    `resolve_many` is iterated over with `async for`.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 60.0,
        retries: Retries | None = None,
        batch_size: int = BATCH,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.address = address.rstrip("/")
        self._retries = (retries or Retries()).build(sleep)
        self._batch_size = max(1, min(batch_size, BATCH))
        self._http = httpx.AsyncClient(
            base_url=self.address,
            headers={"user-agent": USER_AGENT, **(headers or {})},
            timeout=timeout_s,
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"<AsyncClient {self.address}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def resolve(self, query: object, **values: Unpack[OptionValues]) -> ClientAnswer:
        """Return the answer to one query; keywords are the options of `Resolver.resolve`."""
        return read_resolved(await self._send(call_resolve(query, values)))

    def resolve_many(
        self, queries: Iterable[object], *, progress: Progress | None = None, **values: Unpack[OptionValues]
    ) -> AsyncAnswers:
        """Return an iterator of answers, one for each query, in order, duplicates too.

        `progress` is called with the number of queries that are answered and the number of all.
        """
        listed, params = list_queries(queries), spell_options(values)
        counts = Counts(len(listed), progress)
        return AsyncAnswers(self._answer_all(listed, params, counts), counts)

    async def about(self) -> dict[str, Any]:
        """Return what the release of the service contains: the object of `GET /about`."""
        return await self._get(Call("GET", "/about", {}))

    async def search(self, text: str, *, species: str | int | None = None, limit: int = 20) -> dict[str, Any]:
        """Return the genes that have a symbol or name that begins with `text`: the object of `GET /search`."""
        params = spell_options({"species": species})
        return await self._get(Call("GET", "/search", {"q": text, "limit": str(limit), **params}))

    async def gene(
        self, text: str, *, species: str | int | None = None, namespace: str | None = None
    ) -> dict[str, Any]:
        """Return the document of the one gene that a query resolves to; for a miss and several genes, the answer."""
        return await self._get(call_for("gene", text, {"species": species, "namespace": namespace}))

    async def history(self, text: str, *, namespace: str | None = None) -> dict[str, Any]:
        """Return the past of an identifier or symbol: the object of `GET /history`; for a miss, that of its answer."""
        return await self._get(call_for("history", text, {"namespace": namespace}))

    async def orthologs(
        self, text: str, *, species: str | int | None = None, namespace: str | None = None
    ) -> dict[str, Any]:
        """Return genes with their orthologs: the object of `GET /orthologs`; for a miss, that of its answer."""
        return await self._get(call_for("orthologs", text, {"species": species, "namespace": namespace}))

    async def links(
        self,
        text: str,
        *,
        to: str | list[str] | None = None,
        species: str | int | None = None,
        namespace: str | None = None,
    ) -> dict[str, Any]:
        """Return the page of a gene as `url`, and the `choices`: the object of `GET /go` with `format=json`."""
        return await self._get(links_call(text, to, {"species": species, "namespace": namespace}))

    async def convert(self, frame: Frame, **options: Unpack[FrameOptions]) -> Frame:
        """Return a frame of the same kind, row for row, with the columns `to` and five that say how each was found.

        It takes what `Resolver.convert` takes, except AnnData, MuData and Spark, and its options. A LazyFrame is
        collected. `on_summary` receives the counts as a dictionary, which is empty for a result of over 4 MiB.
        """
        from .frames import convert_frame

        loop = asyncio.get_running_loop()

        def send(call: Call) -> httpx.Response:
            return asyncio.run_coroutine_threadsafe(self._send(call), loop).result()

        return await asyncio.to_thread(convert_frame, frame, options, send)

    async def _get(self, call: Call) -> dict[str, Any]:
        return read_shown(await self._send(call))

    async def _send(self, call: Call) -> httpx.Response:
        """Return the response to a request, repeated while that may help."""

        async def send() -> httpx.Response:
            response = await self._http.request(
                call.method, call.path, params=call.params, content=call.content, headers=call.headers
            )
            raise_if_unavailable(response)
            return response

        try:
            return await AsyncRetrying(**self._retries)(send)
        except Unavailable as error:
            raise make_error(error.response) from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise not_reached(self.address, error) from error

    async def _answer_all(
        self, queries: list[object], params: dict[str, str], counts: Counts
    ) -> AsyncIterator[ClientAnswer]:
        done = 0
        counts.report(0)
        for part in split(queries, self._batch_size):
            batch = Batch()
            number = 0
            async for answer in self._answer_batch(call_many(part, params), batch):
                number += 1
                counts.add(answer)
                yield answer
                if number % PROGRESS_EVERY == 0 and number < len(part):
                    counts.report(done + number)
            counts.summaries.append(batch.summary)
            done += len(part)
            counts.report(done)

    async def _answer_batch(self, call: Call, batch: Batch) -> AsyncIterator[ClientAnswer]:
        """Yield the answers of a batch as they arrive; it is sent again if the connection breaks."""
        try:
            async for attempt in AsyncRetrying(**self._retries):
                with attempt:
                    async for answer in self._stream(call, batch):
                        yield answer
        except Unavailable as error:
            raise make_error(error.response) from error
        except httpx.TransportError as error:
            raise not_reached(self.address, error) from error

    async def _stream(self, call: Call, batch: Batch) -> AsyncIterator[ClientAnswer]:
        async with self._http.stream(
            call.method, call.path, params=call.params, content=call.content, headers=call.headers
        ) as response:
            if not response.is_success:
                await response.aread()
                raise_if_unavailable(response)
                raise make_error(response)
            batch.begin(response)
            async for line in response.aiter_lines():
                answer = batch.take(line)
                if answer is not None:
                    yield answer
            if not batch.is_complete:
                raise httpx.RemoteProtocolError("the answer ended early")
