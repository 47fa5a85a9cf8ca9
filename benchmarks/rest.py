"""How many requests per second one worker answers: /resolve beside a trivial FastAPI route of the same process.

python -m benchmarks.rest

The load comes from wrk (Debian: apt-get install wrk), which must not share the worker's core.
"""

from __future__ import annotations

import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from benchmarks.rounds import measure, show
from resolver.api.app import create_app
from resolver.app.resolver import LocalResolver, ReleaseFollower

if TYPE_CHECKING:
    from fastapi import FastAPI

_SECONDS = 3
_CONNECTIONS = 32
_QUERIES = 2_000


def make_app() -> FastAPI:
    """Return the service with one more route, as simple as FastAPI's can be."""
    app = create_app(ReleaseFollower())

    @app.get("/trivial")
    async def trivial() -> dict[str, str]:
        return {"status": "ok"}

    return app


def main() -> None:
    """Serve the embedded genome with one worker, and put load on its routes in turn."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing; install it (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory() as folder:
        resolver = LocalResolver(Path(folder))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "benchmarks.rest:make_app", "--factory", "--port", str(port)]
        server = subprocess.Popen([*command, "--log-level", "error"], env={"RESOLVER_DATA_DIR": folder})
        try:
            _wait_for(port)
            paths = {
                "a trivial FastAPI route": ["/trivial"],
                "/resolve, mixed identifiers": _paths(resolver),
                "/resolve?to=ensembl,uniprot": [f"{path}?to=ensembl,uniprot" for path in _paths(resolver)],
            }
            scripts = {
                name: _script(Path(folder) / f"{n}.lua", listed) for n, (name, listed) in enumerate(paths.items())
            }
            ways = {name: lambda script=script: _load(port, script) for name, script in scripts.items()}
            rates = measure(ways, rounds=5)  # type: ignore[arg-type]
            show(f"One uvicorn worker, {_CONNECTIONS} connections", rates, "requests", "a trivial FastAPI route")
        finally:
            server.terminate()
            server.wait(10)


def _paths(resolver: LocalResolver) -> list[str]:
    import sqlite3

    with sqlite3.connect(f"file:{resolver.release.database}?mode=ro&immutable=1", uri=True) as connection:
        rows = connection.execute(
            "SELECT prefix, accession FROM identifier WHERE assignment_rank = 0 AND relation <> 'phenotype'"
        ).fetchall()
    queried = random.Random(7).sample(rows, _QUERIES)  # noqa: S311  (a sample, not a secret)
    return [f"/resolve/{quote(f'{prefix}:{accession}')}" for prefix, accession in queried]


def _script(path: Path, paths: list[str]) -> Path:
    listed = ",".join(f'"{one}"' for one in paths)
    path.write_text(
        f"local paths = {{{listed}}}\nlocal at = 0\n"
        "request = function() at = at % #paths + 1; return wrk.format('GET', paths[at]) end\n",
        encoding="utf-8",
    )
    return path


def _load(port: int, script: Path) -> int:
    address = f"http://127.0.0.1:{port}"
    command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", "-s", str(script), address]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in printed, printed
    done = re.search(r"([0-9]+) requests in", printed)
    assert done is not None, printed
    return int(done[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("the server did not start")


if __name__ == "__main__":
    main()
