"""How fast single queries are answered while a table is converted: in a thread of the service, or in a process.

    python -m benchmarks.convert_beside [ROWS]

Everything in one run, on the live release: first without a conversion, then with the same conversion in a thread of the
service's own process, then as `POST /convert` does it. Prints the quantiles of `GET /resolve/P13232`, and ratios.
"""

from __future__ import annotations

import io
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

import httpx

from resolver.app.resolver import LocalResolver

_SECONDS = 5.0


def make_table(rows: int) -> bytes:
    """Return a CSV of real identifiers, with versions, and 5 % that no gene has."""
    database = sqlite3.connect(f"file:{LocalResolver().release.database}?mode=ro&immutable=1", uri=True)
    fetched = database.execute("SELECT accession FROM identifier WHERE prefix IN ('ensembl', 'uniprot') LIMIT 200000")
    known = [accession for (accession,) in fetched]
    chosen = random.Random(7)  # noqa: S311  (the same table each time)
    lines = [f"nope{number}" if number % 20 == 0 else chosen.choice(known) for number in range(rows)]
    return b"gene_id,padj\n" + "".join(f"{text},0.01\n" for text in lines).encode()


def serve(port: int) -> None:
    """Serve the API with a route that converts in a thread, for comparison."""
    import uvicorn
    from fastapi import Request  # noqa: TC002  (FastAPI reads the annotations)
    from fastapi.concurrency import run_in_threadpool
    from fastapi.responses import Response

    from resolver.api.app import create_app
    from resolver.api.conversions import convert_small
    from resolver.app.jobs import open_jobs

    resolver = LocalResolver()
    app = create_app(lambda: resolver, jobs=open_jobs())

    async def convert_in_thread(request: Request) -> Response:
        payload = {"options": {}, "name": "table.csv", "max_rows": 1 << 40, "max_output_bytes": 1 << 50}
        done = await run_in_threadpool(convert_small, resolver, payload, await request.body())
        return Response(str(len(done.table)))

    app.add_route("/in-a-thread", convert_in_thread, methods=["POST"])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def measure(base: str, path: str | None, table: bytes) -> tuple[list[float], float]:
    """Return the seconds that each query took, and those of the conversion beside them."""
    took = [0.0]
    over = threading.Event()

    def convert() -> None:
        begun = time.perf_counter()
        with httpx.stream("POST", f"{base}{path}", content=io.BytesIO(table), timeout=600) as answer:
            assert answer.status_code == 200, answer.read()
            for _ in answer.iter_raw():
                pass
        took[0] = time.perf_counter() - begun
        over.set()

    beside = threading.Thread(target=convert) if path else threading.Timer(_SECONDS, over.set)
    beside.start()
    seconds = []
    with httpx.Client(base_url=base, timeout=60) as client:
        while not over.is_set():
            begun = time.perf_counter()
            client.get("/resolve/P13232").raise_for_status()
            seconds.append(time.perf_counter() - begun)
            time.sleep(0.002)
    beside.join()
    return seconds, took[0]


def main(rows: int) -> None:
    """Measure, and print a table."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port = opened.getsockname()[1]
    table = make_table(rows)
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.convert_beside", "serve", str(port)])
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base)
        print(f"{rows:,} rows, {len(table) / 1e6:.0f} MB")
        print(f"{'':24}{'queries':>10}{'median':>10}{'p95':>10}{'p99':>10}{'longest':>10}{'conversion':>12}")
        base_p99 = 0.0
        for name, path in (("alone", None), ("in a thread", "/in-a-thread"), ("POST /convert", "/convert")):
            seconds, took = measure(base, path, table)
            cuts = statistics.quantiles(seconds, n=100)
            base_p99 = base_p99 or cuts[98]
            shown = "".join(f"{1e3 * value:7.2f} ms" for value in (cuts[49], cuts[94], cuts[98], max(seconds)))
            print(f"{name:24}{len(seconds):10,}{shown}{took:10.1f} s   p99 x {cuts[98] / base_p99:.1f}")
    finally:
        server.terminate()
        server.wait(20)


def _wait(base: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{base}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the service did not start")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 600_000)
