"""Upstream files in miniature, served as upstreams serve them: listings, checksums and all."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

from resolver.sources.base import SourceFile
from resolver.sources.registry import FILES
from seed.fetch_policy import FetchPolicy
from seed.plan import plan_build
from tests.seed.lying_server import LyingServer

UPSTREAM = Path(__file__).parent.parent / "data" / "upstream"
HASTY = FetchPolicy(attempts=2, query_attempts=1, connect_timeout_s=5, stall_timeout_s=5)


def serve_upstreams(server: LyingServer, source: str = "") -> list[SourceFile]:
    """Serve each published file with its listing and checksums; return the files with the address here."""
    plans = [each for each in plan_build([UPSTREAM]) if each.file.url and each.file.source.startswith(source)]
    assert {each.file.key for each in plans} >= {file.key for file in FILES if file.url and file.source == source}
    files = []
    for each in plans:
        assert each.path is not None
        path = "/" + each.file.url.partition("://")[2].partition("/")[2]
        folder, _, name = path.rpartition("/")
        if "_core_*" in folder:
            parent = folder.rpartition("/")[0]
            _list_in(server, parent, f"{each.path.parent.name}/")
            folder = f"{parent}/{each.path.parent.name}"
        body, served = each.path.read_bytes(), each.path.name
        if name.endswith(".gz"):
            body, served = gzip.compress(body), f"{served}.gz"
        if "*" in name:
            _list_in(server, folder, served)
        server.put(f"{folder}/{served}", body)
        if each.file.checksums:
            _publish_checksum(server, f"{folder}/{each.file.checksums}", served, body)
        files.append(replace(each.file, url=server.url(path)))
    return files


def _list_in(server: LyingServer, folder: str, name: str) -> None:
    known = server.files.get(f"{folder}/")
    link = f'<a href="?C=M">by date</a> <a href="{name}">x</a>'.encode()
    server.put(f"{folder}/", (known.body if known else b"") + link, content_type="text/html")


def _publish_checksum(server: LyingServer, path: str, name: str, body: bytes) -> None:
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    known = server.files.get(path)
    if path.endswith("RELEASE.metalink"):
        verification = f'<verification><hash type="md5">{md5}</hash></verification>'
        line = f'<file name="{name}">\n<size>{len(body)}</size>{verification}</file>'
    else:
        line = f"{md5}  {name}"
    server.put(path, (known.body if known else b"") + f"{line}\n".encode(), content_type="text/plain")
