"""A real HTTP server on the loopback address that serves files as upstreams do, and misbehaves request by request.

A path's script is a list of lies, one taken by each request; when it is used up, the server is honest: ranges under
If-Range, 304 for what the client has, 416 for a range behind the end. All requests are recorded.
"""

from __future__ import annotations

import itertools
import re
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class File:
    """The present content of a path."""

    body: bytes
    etag: str | None = '"v1"'
    last_modified: str | None = "Fri, 20 Nov 2026 06:00:00 GMT"
    content_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Lie:
    """How one request is answered; without any, as an honest server does."""

    status: int | None = None  # an answer of this status in place of the file
    body: bytes | None = None  # sent in place of the file's bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # sent in addition, or in place of the true ones
    cut_after: int | None = None  # the connection is closed after so many bytes of this answer's body
    stall_after: int | None = None  # nothing is sent for `stall_s` after so many bytes of this answer's body
    stall_s: float = 0
    chunked: bool = False  # sent without Content-Length
    ignores_range: bool = False
    ignores_if_range: bool = False
    shifts_range: int = 0  # the range begins so many bytes from the requested start
    becomes: File | None = None  # the content of the path from now on


def ok() -> Lie:
    """Be honest once."""
    return Lie()


def cut(after: int, *, chunked: bool = False) -> Lie:
    """Close the connection after so many bytes of the body."""
    return Lie(cut_after=after, chunked=chunked)


def stall(after: int, seconds: float) -> Lie:
    """Send nothing for some seconds after so many bytes of the body, and then the rest."""
    return Lie(stall_after=after, stall_s=seconds)


def fail(status: int, retry_after: str | None = None) -> Lie:
    """Answer with a status and a short text."""
    headers = {"Content-Type": "text/plain"} | ({"Retry-After": retry_after} if retry_after else {})
    return Lie(status, b"sorry\n", headers)


def page(title: str, status: int = 200, content_type: str = "text/html; charset=utf-8") -> Lie:
    """Answer with a web page."""
    html = f"\n <!DOCTYPE HTML>\n<html><head><title>\n{title}</title></head><body>Please wait.</body></html>\n"
    return Lie(status, html.encode(), {"Content-Type": content_type})


def states_length(length: int) -> Lie:
    """Send the file under a wrong Content-Length."""
    return Lie(headers={"Content-Length": str(length)})


def sends(body: bytes) -> Lie:
    """Send other bytes than those of the file, as if they were the whole of it."""
    return Lie(body=body)


def redirect(to: str) -> Lie:
    """Answer that the file is elsewhere."""
    return Lie(302, b"", {"Location": to})


@dataclass
class Seen:
    """One request, and how many bytes of body it was sent."""

    path: str
    host: str
    headers: dict[str, str]
    at: float
    method: str = "GET"
    status: int = 0
    sent: int = 0
    left: bool = False


class LyingServer:
    """Files, scripts and recorded requests."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.files: dict[str, File] = {}
        self.scripts: defaultdict[str, list[Lie]] = defaultdict(list)
        self.seen: list[Seen] = []
        self.most_at_once: Counter[str] = Counter()  # by host, and "" for all
        self.closing = threading.Event()
        self._now: Counter[str] = Counter()
        self._lock = threading.Lock()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the URL of a path, under one of the names of this machine."""
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, body: bytes, *script: Lie, **stated: Any) -> str:
        """Serve a file under a script, and return its URL."""
        self.files[path] = File(body, **stated)
        self.scripts[path] = list(script)
        return self.url(path)

    def requests(self, path: str) -> list[Seen]:
        """Return the requests of a path, in order."""
        return [seen for seen in self.seen if seen.path == path]

    def take(self, seen: Seen) -> tuple[File | None, Lie]:
        """Record a request; return the content of its path and the response to give."""
        with self._lock:
            self.seen.append(seen)
            for name in (seen.host, ""):
                self._now[name] += 1
                self.most_at_once[name] = max(self.most_at_once[name], self._now[name])
            script = self.scripts[seen.path]
            lie = script.pop(0) if script else Lie()
            if lie.becomes:
                self.files[seen.path] = lie.becomes
            return self.files.get(seen.path), lie

    def leave(self, seen: Seen) -> None:
        """Note that a request is answered; more than once is as good as once."""
        with self._lock:
            if not seen.left:
                self._now.subtract((seen.host, ""))
            seen.left = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lying: LyingServer

    def do_GET(self) -> None:
        """Answer a request by the next lie of its path."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.path, headers["host"].split(":")[0], headers, time.monotonic(), self.command)
        file, lie = self.lying.take(seen)
        try:
            self._answer(seen, file, lie)
        except ConnectionError:
            self.close_connection = True  # the client has had enough
        finally:
            self.lying.leave(seen)

    do_HEAD = do_GET  # noqa: N815  (the name that the base class calls)

    def _answer(self, seen: Seen, file: File | None, lie: Lie) -> None:
        if lie.status is not None:
            return self._send(seen, lie, lie.status, {}, lie.body or b"")
        if file is None:
            return self._send(seen, lie, 404, {}, b"no such file\n")
        file = file if lie.body is None else replace(file, body=lie.body)
        stated = {"Content-Type": file.content_type, "Accept-Ranges": "bytes"}
        stated |= {"ETag": file.etag} if file.etag else {}
        stated |= {"Last-Modified": file.last_modified} if file.last_modified else {}
        if _has_it(seen.headers, file):
            return self._send(seen, lie, 304, stated, b"")
        first = _range_start(seen.headers, file, lie)
        if first is None:
            return self._send(seen, lie, 200, stated, file.body)
        total = len(file.body)
        if first >= total:
            return self._send(seen, lie, 416, {"Content-Range": f"bytes */{total}"}, b"")
        stated["Content-Range"] = f"bytes {first}-{total - 1}/{total}"
        return self._send(seen, lie, 206, stated, file.body[first:])

    def _send(self, seen: Seen, lie: Lie, status: int, stated: dict[str, str], body: bytes) -> None:
        seen.status = status
        self.send_response(status, HTTPStatus(status).phrase)
        length = {"Transfer-Encoding": "chunked"} if lie.chunked else {"Content-Length": str(len(body))}
        for name, value in {**({} if status == 304 else length), **stated, **lie.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        breaks = {0, *(place for place in (lie.stall_after, lie.cut_after) if place is not None)}
        places = [*sorted(place for place in breaks if place < len(body)), len(body)]
        for start, end in itertools.pairwise(places):
            if self._misbehave(lie, start):
                return
            seen.sent += end - start
            if end == len(body):
                self.lying.leave(seen)  # before the client can know: it may request the next file at once
            piece = body[start:end]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if lie.chunked else piece)
            self.wfile.flush()
        if lie.chunked:
            self.wfile.write(b"0\r\n\r\n")
        if int(lie.headers.get("Content-Length", len(body))) != len(body):
            self.close_connection = True

    def _misbehave(self, lie: Lie, place: int) -> bool:
        """Do what the lie does at this place of the body; return whether the answer ends here."""
        if place == lie.stall_after:
            self.lying.closing.wait(lie.stall_s)
        if place == lie.cut_after:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_WR)
            return True
        return False

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name in the base class)
        """Stay silent."""


def _has_it(headers: Mapping[str, str], file: File) -> bool:
    """Return whether the client says that it has this version."""
    if "if-none-match" in headers:
        return headers["if-none-match"] == file.etag
    return file.last_modified is not None and headers.get("if-modified-since") == file.last_modified


def _range_start(headers: Mapping[str, str], file: File, lie: Lie) -> int | None:
    """Return where the range that is to be sent begins; None for the whole file."""
    requested = re.fullmatch(r"bytes=([0-9]+)-", headers.get("range", ""))
    current = headers.get("if-range", file.etag) in (file.etag, file.last_modified)
    if requested is None or lie.ignores_range or not (current or lie.ignores_if_range):
        return None
    return max(0, int(requested[1]) + lie.shifts_range)


class _Server(ThreadingHTTPServer):
    request_queue_size = 64


@contextmanager
def lying_server() -> Iterator[LyingServer]:
    """Give a server that listens until the block ends."""
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as listening:
        lying = LyingServer(listening.server_port)
        handler.lying = lying  # type: ignore[attr-defined]
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield lying
        finally:
            lying.closing.set()
            listening.shutdown()
            thread.join()
