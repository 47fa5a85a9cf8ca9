"""Traces by OpenTelemetry, the extra `otel`: a span for each request, named by its route template.

The exporter is configured by the variables of OpenTelemetry itself, such as `OTEL_EXPORTER_OTLP_ENDPOINT`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.concurrency import run_in_threadpool

from ...errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.sdk.trace.export import SpanExporter
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Tracing:
    """ASGI middleware that records a span for each request, a child of the client's (`traceparent`)."""

    def __init__(
        self, app: ASGIApp, name_route: Callable[[Scope], str], version: str, exporter: SpanExporter | None = None
    ) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace import SpanKind
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ModuleNotFoundError as error:
            raise BadOption(
                "RESOLVER_OTEL is set, and OpenTelemetry is not installed",
                hint="Install the extra `otel` of this package, or unset RESOLVER_OTEL.",
            ) from error
        self._app = app
        self._name_route = name_route
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are read by `create`, and go before these.
        resource = Resource({"service.name": "gene-xref-resolver", "service.version": version})
        self._provider = TracerProvider(resource=resource.merge(Resource.create()))
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("gene-xref-resolver", version)
        self._propagator = TraceContextTextMapPropagator()
        self._kind = SpanKind.SERVER

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":

            async def send_after_export(message: Message) -> None:
                # Once this message is sent, the server may end the process.
                if message["type"].startswith("lifespan.shutdown"):
                    await run_in_threadpool(self._provider.shutdown)
                await send(message)

            await self._app(scope, receive, send_after_export)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        carried = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        context = self._propagator.extract(carried)
        with self._tracer.start_as_current_span(scope["method"], context, kind=self._kind) as span:

            async def observe(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            span.set_attribute("http.request.method", scope["method"])
            try:
                await self._app(scope, receive, observe)
            finally:
                route = self._name_route(scope)
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)
