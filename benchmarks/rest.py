"""How fast the service is: /resolve beside a trivial route of the same application, lists, starts and memory.

    python -m benchmarks.rest [--rounds 5]

The application is that of `resolver serve`, with metrics, log and limits, and one route more. The load comes from wrk
(Debian: apt-get install wrk), which shares the cores with the service. All are run in turns, and medians are printed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import orjson
from fastapi.routing import APIRoute

from resolver.app.http_options import read_http_options
from resolver.app.resolver import LocalResolver
from resolver.app.settings import read_settings
from resolver.web.server import ServiceConfig, create_served_app, run_service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

_SECONDS = 3
_CONNECTIONS = 32
_QUERIES = 2_000
_LIST = 1_000
_LISTS = 20  # in a round
_STARTS = 5
_TRIVIAL = "a trivial route"


@dataclass
class Load:
    """What wrk measured: requests per second, and the slowest of 99% of the requests in milliseconds, of each round."""

    rates: list[float] = field(default_factory=list)
    slow_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median rate."""
        return statistics.median(self.rates)

    @property
    def p99_ms(self) -> float:
        """The median of the 99th percentiles."""
        return statistics.median(self.slow_ms)


def make_app() -> FastAPI:
    """Return the application of `resolver serve` with a route as simple as FastAPI's can be, twice.

    One is added as any route is, behind all others; one is matched before any other.
    """
    app = create_served_app()

    async def trivial() -> dict[str, str]:
        return {"status": "ok"}

    app.get("/trivial")(trivial)
    app.router.routes.insert(0, APIRoute("/first", trivial))
    return app


def main() -> None:
    """Run all measurements with the current release."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds after one that warms up")
    parser.add_argument("--serve", nargs=2, type=int, metavar=("PORT", "WORKERS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        _serve(*given.serve)
    elif shutil.which("wrk") is None:
        sys.exit("wrk is missing; install it (Debian: apt-get install wrk)")
    else:
        _measure_loads(given.rounds)
        _measure_lists(given.rounds)
        _measure_starts()


def _serve(port: int, workers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        config = ServiceConfig(read_http_options(read_settings()), host="127.0.0.1", port=port, workers=workers)
        config.app = "benchmarks.rest:make_app"
        sys.exit(run_service(config))


def _start(opened: ExitStack, workers: int) -> tuple[int, int]:
    """Start a service that ends with the stack; return its port and its process id."""
    port = _find_port()
    command = [sys.executable, "-m", "benchmarks.rest", "--serve", str(port), str(workers)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    opened.callback(server.wait, 30)
    opened.callback(server.terminate)
    _await_answer(port)
    return port, server.pid


def _measure_loads(rounds: int) -> None:
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        (one, pid), (two, _) = _start(opened, 1), _start(opened, 2)
        paths = _list_paths()
        ways = {
            _TRIVIAL: (one, ["/trivial"]),
            "the same, matched first": (one, ["/first"]),
            "/resolve/…": (one, paths),
            "/resolve/…?to=ensembl,uniprot": (one, [f"{path}?to=ensembl,uniprot" for path in paths]),
            "/resolve/…, two workers": (two, paths),
        }
        loads = {name: Load() for name in ways}
        for number in range(rounds + 1):
            for place, (name, (port, listed)) in enumerate(ways.items()):
                rate, slow_ms = _load(port, _write_script(folder / f"{place}.lua", listed))
                if number:
                    loads[name].rates.append(rate)
                    loads[name].slow_ms.append(slow_ms)
        print(f"{'':<32}requests/s    of the first   p99 ms   of the first")
        first = loads[_TRIVIAL]
        for name, load in loads.items():
            ratios = f"{load.rate / first.rate:>14.2f}{load.p99_ms:>9.1f}{load.p99_ms / first.p99_ms:>15.2f}"
            print(f"{name:<32}{load.rate:>10,.0f}{ratios}")
        single, both = loads["/resolve/…"].rate, loads["/resolve/…, two workers"].rate
        print(f"two workers: {both / single:.2f} times the requests of one")
        print(f"anonymous memory of the worker after the load: {_read_anonymous_mib(pid):.0f} MiB")


def _measure_lists(rounds: int) -> None:
    """Compare lists over HTTP, without the documents of genes, with the same lists in Python."""
    resolver = LocalResolver()
    queries = [path.removeprefix("/resolve/").replace("%3A", ":") for path in _list_paths()]
    lists = [random.Random(seed).sample(queries, _LIST) for seed in range(_LISTS)]  # noqa: S311
    rates: dict[str, list[float]] = {"service": [], "python": []}
    with ExitStack() as opened:
        port, _ = _start(opened, 1)
        client = opened.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60))
        for number in range(rounds + 1):
            for name in rates:
                begun = time.perf_counter()
                for listed in lists:
                    if name == "service":
                        answer = client.post("/resolve", params={"fields": "outcome,curie"}, json=listed)
                        assert len(orjson.loads(answer.content)["answers"]) == _LIST, answer.text[:300]
                    else:
                        assert sum(1 for _ in resolver.resolve_many(listed)) == _LIST
                if number:
                    rates[name].append(_LIST * _LISTS / (time.perf_counter() - begun))
    service, python = (statistics.median(each) for each in rates.values())
    print(f"POST /resolve, {_LIST:,} identifiers, fields=outcome,curie: {service:,.0f} identifiers/s, "
          f"{service / python:.2f} of resolve_many ({python:,.0f})")  # fmt: skip


def _measure_starts() -> None:
    taken = []
    for _ in range(_STARTS):
        begun, port = time.perf_counter(), _find_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "resolver", "serve", "--port", str(port)], stderr=subprocess.DEVNULL
        )
        _await_answer(port)
        taken.append(time.perf_counter() - begun)
        server.terminate()
        server.wait(30)
    print(f"from `resolver serve` to the first answer: {statistics.median(taken):.2f} s")


def _list_paths() -> list[str]:
    resolver = LocalResolver()
    address = f"file:{resolver.release.database}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        rows = connection.execute(
            "SELECT prefix, accession FROM identifier WHERE assignment_rank = 0 AND relation <> 'phenotype'"
        ).fetchall()
    queried = random.Random(7).sample(rows, _QUERIES)  # noqa: S311  (a sample, not a secret)
    return [f"/resolve/{quote(f'{prefix}:{accession}')}" for prefix, accession in queried]


def _write_script(path: Path, paths: Sequence[str]) -> Path:
    listed = ",".join(f'"{one}"' for one in paths)
    path.write_text(
        f"local paths = {{{listed}}}\nlocal at = 0\n"
        "request = function() at = at % #paths + 1; return wrk.format('GET', paths[at]) end\n",
        encoding="utf-8",
    )
    return path


def _load(port: int, script: Path) -> tuple[float, float]:
    """Return the requests per second and the 99th percentile in milliseconds."""
    address = f"http://127.0.0.1:{port}"
    command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", "--latency", "-s", str(script), address]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in printed, printed
    done = re.search(r"Requests/sec:\s+([0-9.]+)", printed)
    slow = re.search(r"99%\s+([0-9.]+)(us|ms|s)\b", printed)
    assert done is not None, printed
    assert slow is not None, printed
    return float(done[1]), float(slow[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slow[2]]


def _read_anonymous_mib(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Anonymous:\s+([0-9]+) kB", rollup, re.MULTILINE)
    assert found is not None, rollup
    return int(found[1]) / 1024


def _find_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _await_answer(port: int) -> None:
    for _ in range(2_000):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/resolve/P13232", timeout=60).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.01)
    sys.exit("the server did not start")


if __name__ == "__main__":
    main()
