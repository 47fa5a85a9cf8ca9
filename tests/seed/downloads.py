"""What tests of downloads share: a desk that downloads files from the lying server, and these files."""

from __future__ import annotations

import gzip
import itertools
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from resolver.errors import ResolverError
from seed.download import Fetched, Progress, Wanted, fetch_files
from seed.fetch_policy import FetchPolicy
from tests.seed.lying_server import Lie, LyingServer

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
ROWS = b"".join(b"9606\t%d\tGENE%d\n" % (number, number) for number in range(3000))
NEW_ROWS = ROWS.replace(b"9606", b"10090")
GZIP = gzip.compress(ROWS, mtime=0)
CORRUPT = GZIP[:500] + bytes([GZIP[500] ^ 1]) + GZIP[501:]
_prefixes = itertools.count()


def new_prefix() -> str:
    """Return the beginning of paths that no other test has."""
    return f"files-{next(_prefixes)}"


class Desk:
    """Downloads of a test: a folder, waits that take no time, and the progress that was reported."""

    def __init__(self, server: LyingServer, folder: Path, prefix: str) -> None:
        self.server = server
        self.folder = folder
        self.prefix = prefix
        self.waits: list[float] = []
        self.reported: list[Progress] = []

    def serve(self, name: str, body: bytes, *script: Lie, **stated: Any) -> Wanted:
        """Serve a file under a path of this test's own, and return the wish for it."""
        return Wanted(name, "ncbi", self.server.put(f"/{self.prefix}/{name}", body, *script, **stated), name)

    def requests(self, name: str) -> list[Any]:
        """Return the requests for a file of this test."""
        return self.server.requests(f"/{self.prefix}/{name}")

    def ranges(self, name: str) -> list[str | None]:
        """Return the Range header of each request for a file."""
        return [seen.headers.get("range") for seen in self.requests(name)]

    def fetch(self, *wanted: Wanted, **policy: Any) -> list[Fetched | ResolverError]:
        """Fetch files over real sockets."""
        return fetch_files(
            wanted,
            self.folder,
            FetchPolicy(**{"connect_timeout_s": 5, "stall_timeout_s": 5} | policy),
            transport=direct(),
            clock=lambda: NOW,
            sleep=self._sleep,
            on_progress=self.reported.append,
        )

    def fetch_one(self, wanted: Wanted, **policy: Any) -> Fetched:
        """Fetch one file that must come."""
        (fetched,) = self.fetch(wanted, **policy)
        assert isinstance(fetched, Fetched), fetched
        return fetched

    def fail_one(self, wanted: Wanted, **policy: Any) -> ResolverError:
        """Return the error of one file that must not come; nothing stands under its name that did not before."""
        path = self.folder / wanted.name
        before = path.read_bytes() if path.exists() else None
        (error,) = self.fetch(wanted, **policy)
        assert isinstance(error, ResolverError), error
        assert (path.read_bytes() if path.exists() else None) == before
        assert (self.reported[-1].state, self.reported[-1].message) == ("failed", str(error))
        return error

    def leave_part(self, wanted: Wanted, body: bytes, **stamp: Any) -> None:
        """Leave what an earlier run that was killed leaves."""
        (self.folder / f"{wanted.name}.part").write_bytes(body)
        (self.folder / f"{wanted.name}.part.json").write_bytes(orjson.dumps({"url": wanted.url, **stamp}))

    def files(self) -> set[str]:
        """Return the names in the folder."""
        return {path.name for path in self.folder.iterdir() if not path.name.startswith(".")}

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def direct() -> httpx.AsyncHTTPTransport:
    """Return a transport past any proxy; its TLS context is empty, since to load certificates takes long."""
    return httpx.AsyncHTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
