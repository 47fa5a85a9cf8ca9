"""Metrics, the access log and traces: what they count, and that they never contain identifiers or keys."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from prometheus_client.parser import text_string_to_metric_families

from resolver.api.access.log import AccessLog
from resolver.api.access.metrics import JobCounts, Metrics
from resolver.api.access.sight import Sight, make_route_namer
from resolver.api.access.tracing import Tracing
from resolver.api.app import create_app
from resolver.resolve.resolver import Resolver
from tests.api.conversions import SMALL, serving
from tests.serving import end, environment_of, free_port, served, wait_until_ready


def read(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return the samples of metrics by name and labels, as Prometheus reads them."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


@pytest.fixture
def client(resolver: Resolver, tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(resolver, tmp_path) as (opened, _):
        yield opened


def test_requests_answers_and_conversions_are_counted(client: httpx.Client) -> None:
    for path in ("/resolve/P13232", "/resolve/TP53", "/resolve/nonsense!!", "/nope", "/about"):
        client.get(path)
    client.post("/resolve", json=["P13232", "MUM1", "nonsense!!"])
    client.post("/convert", content=SMALL, headers={"content-type": "text/csv"})
    text = client.get("/metrics").text
    found = read(text)
    requests = found["gene_xref_http_requests_total"]
    by_route = {(dict(labels)["route"], dict(labels)["status"]): value for labels, value in requests.items()}
    assert by_route["/resolve/{identifier:path}", "200"] == 2
    assert by_route["/resolve/{identifier:path}", "422"] == 1
    assert by_route["none", "404"] == 1
    assert by_route["/about", "200"] == 1
    assert by_route["/resolve", "200"] == 1
    assert found["gene_xref_http_request_seconds_count"][("method", "GET"), ("route", "/about")] == 1
    answers = {dict(labels)["outcome"]: value for labels, value in found["gene_xref_answers_total"].items()}
    assert answers == {"resolved": 3, "ambiguous": 1, "unrecognized": 2}
    rows = {dict(labels)["outcome"]: value for labels, value in found["gene_xref_conversion_rows_total"].items()}
    assert {outcome: value for outcome, value in rows.items() if value} == {"resolved": 3, "not_found": 1}
    assert found["gene_xref_conversions_total"] == {(): 1}
    assert found["gene_xref_release_info"]
    assert found["gene_xref_release_built_timestamp_seconds"][()] > 1.5e9
    assert len(found["gene_xref_source_file_timestamp_seconds"]) > 5
    assert {dict(labels)["state"] for labels in found["gene_xref_jobs"]} >= {"queued", "running", "done", "failed"}
    assert found["gene_xref_workers"] == {(): 1}
    assert found["gene_xref_open_handles"][()] > 5
    assert found["gene_xref_resident_bytes"][()] > 10**7
    for identifier in ("P13232", "TP53", "nonsense", "MUM1"):
        assert identifier not in text


def test_metrics_of_many_unknown_methods_and_paths_stay_few() -> None:
    metrics = Metrics()
    for number in range(20_000):
        metrics.count_request(f"M{number}", "none", 404, 0.001)
    text = metrics.render(None, None, lambda: JobCounts({}, 0, None)).decode()
    assert text.count("gene_xref_http_requests_total{") == 1


def test_a_log_line_names_the_route_and_no_identifier(resolver: Resolver) -> None:
    for shows_all in (False, True):
        out = io.BytesIO()
        log = AccessLog(out.write)
        app = create_app(lambda: resolver)
        app.add_middleware(
            Sight,
            metrics=app.state.metrics,
            name_route=app.state.name_route,
            log=log,
            shows_all=shows_all,
            clock=lambda: 1e9,
        )
        with served(app) as client:
            headers = {"x-request-id": "trace-7", "authorization": "Bearer gxr_secret", "accept-encoding": "identity"}
            response = client.get("/resolve/P13232?to=omim", headers=headers)
            client.get("/nope/TP53")
        first, second = map(json.loads, out.getvalue().splitlines())
        assert first.pop("seconds") > 0
        everything = {"path": "/resolve/P13232", "query": "to=omim", "client": "127.0.0.1"}
        assert first == {
            "time": "2001-09-09T01:46:40.000+00:00",
            "request_id": "trace-7",
            "method": "GET",
            "route": "/resolve/{identifier:path}",
            "status": 200,
            "bytes": len(response.content),
            "key": None,
        } | (everything if shows_all else {})
        assert (second["route"], second["status"], len(second["request_id"])) == ("none", 404, 32)
        assert b"secret" not in out.getvalue()
        assert (b"P13232" in out.getvalue()) is shows_all


def test_a_log_that_nobody_reads_drops_lines_and_counts_them() -> None:
    dropped: list[int] = []
    log = AccessLog(lambda _: None, on_dropped=dropped.append, most_lines=10)
    for _ in range(15):
        log.add(0.0, {})
    log.flush()
    log.flush()
    assert dropped == [5]


def test_a_service_writes_its_log_to_standard_output(data_dir: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "resolver", "serve", "--port", str(port)],
        env=environment_of(data_dir, {"RESOLVER_ACCESS_LOG": "on"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        wait_until_ready(client, process)
        client.get("/resolve/P13232")
    end(process)
    assert process.stdout is not None
    with process.stdout:
        records = [json.loads(line) for line in process.stdout.read().splitlines()]
    assert [record["route"] for record in records[-2:]] == ["/readyz", "/resolve/{identifier:path}"]


class _Kept(SpanExporter):
    """Keep spans."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep some more."""
        self.spans += spans
        return SpanExportResult.SUCCESS


def test_a_span_is_a_child_of_the_clients_and_names_the_route(resolver: Resolver) -> None:
    app = create_app(lambda: resolver)
    kept = _Kept()
    app.add_middleware(Tracing, name_route=make_route_namer(app), version="1", exporter=kept)
    with served(app) as client:
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        client.get("/resolve/P13232", headers={"traceparent": parent})
    (span,) = kept.spans
    assert span.name == "GET /resolve/{identifier:path}"
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/resolve/{identifier:path}",
        "http.response.status_code": 200,
    }
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == parent.split("-")[1]
    assert "P13232" not in span.to_json()


def test_version_and_service_info_describe_the_service(client: httpx.Client, resolver: Resolver) -> None:
    version = client.get("/version").json()
    assert version["release"] == resolver.release.id
    info = client.get("/service-info").json()
    assert {"id", "name", "type", "organization", "version"} <= info.keys()
    assert info["type"] == {
        "group": "org.gene-xref-resolver",
        "artifact": "gene-xref-resolver",
        "version": version["version"],
    }
    assert client.get(info["documentationUrl"].removeprefix(str(client.base_url).rstrip("/"))).status_code == 200


def test_counters_of_processes_that_ended_are_kept_and_their_gauges_forgotten(tmp_path: Path) -> None:
    script = (
        "from resolver.api.access.metrics import Metrics, JobCounts\n"
        "import sys\n"
        "m = Metrics(); m.count_answer('resolved'); m.sample(table_runs=0, lag_s=0.0)\n"
        "print(m.render(None, None, lambda: JobCounts({}, 0, None)).decode())\n"
    )
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for number in (1, 2, 3):
        printed = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout
        found = read(printed)
        assert found["gene_xref_answers_total"][(("outcome", "resolved"),)] == number
        assert found["gene_xref_workers"] == {(): 1}
