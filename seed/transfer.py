"""Transfer one file from a source database, and verify that it is the file.

A file, or the rest of it, is requested and appended to `NAME.part`. Beside it, `NAME.part.json` says which version of
the file those bytes are of. A server that still has that version sends the rest (206); one that has another version
sends the whole file (200), and the transfer starts over.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import re
import zlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import PurePosixPath
from string import hexdigits
from typing import TYPE_CHECKING, Literal, TypeVar

import httpx
import orjson

from resolver.errors import ChecksumMismatch, SourceBusy, SourceChanged, SourceError, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping
    from datetime import datetime
    from pathlib import Path

    Clock = Callable[[], datetime]  # aware of its time zone
    OnBytes = Callable[[Literal["resumed", "fetching"], int, int | None], None]  # bytes so far, bytes in all

T = TypeVar("T")
ChecksumKind = Literal["md5", "sha256", "BSD sum"]

UPDATING = "The upstream may be in the middle of an update: run it again later."
_HEAD_BYTES = 64 * 1024  # enough of a web page to find its title in
_CHUNK_BYTES = 1 << 20
_LATER = "Run it again later: the bytes so far are kept, and the transfer resumes."
# Statuses of temporary failures.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_BUSY = frozenset({429, 503})
_GZIP_MAGIC = b"\x1f\x8b"
_HASHES: dict[int, ChecksumKind] = {32: "md5", 64: "sha256"}  # by the number of their hexadecimal digits
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>[0-9]+)-(?P<last>[0-9]+)|\*)/(?P<total>[0-9]+|\*)", re.IGNORECASE)
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_METALINK_FILE = re.compile(r'<file\s+name="([^"]+)"[^>]*>(.*?)</file>', re.DOTALL)
_METALINK_HASH = re.compile(r'<hash\s+type="(?:md5|sha-?256)"\s*>\s*([0-9a-fA-F]+)\s*</hash>')
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stamp:
    """The version of the file at `url` as the source reports it; `size` is that of the whole file."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    size: int | None = None

    @property
    def validator(self) -> str | None:
        """The validator for If-Range: a strong ETag (a weak one does not promise equal bytes), else the date."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


class PartFile:
    """The bytes so far of the file that will be `final`, and their version."""

    def __init__(self, final: Path, url: str) -> None:
        self.path = final.with_name(f"{final.name}.part")
        self.stamp_path = final.with_name(f"{final.name}.part.json")
        self.url = url
        self.is_gzip = final.suffix == ".gz"

    def size(self) -> int:
        """Return how many bytes there are."""
        return self.path.stat().st_size if self.path.exists() else 0

    def resumable(self) -> Stamp | None:
        """Return the version of the bytes; None if there are none, or they cannot be continued."""
        stored = read_record(self.stamp_path, Stamp)
        if stored is None or stored.url != self.url or stored.validator is None:
            return None
        return stored if self.size() else None

    def start(self, stamp: Stamp) -> None:
        """Begin anew with no bytes, of the version `stamp`."""
        # Emptied before it is stamped: if the run is killed in between, no bytes have a wrong stamp.
        self.path.open("wb").close()
        self.stamp_path.write_bytes(orjson.dumps(stamp))

    def discard(self) -> None:
        """Remove the bytes and their stamp."""
        self.path.unlink(missing_ok=True)
        self.stamp_path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A source database as this run queries it; its failures are raised as SourceErrors that name the URL."""

    client: httpx.AsyncClient
    source: str
    clock: Clock

    async def receive(self, part: PartFile, kept: Stamp | None, on_bytes: OnBytes) -> Stamp:
        """Complete `part` and return its version, or `kept` itself if the source still has it (304).

        Raises SourceUnreachable or SourceBusy if a retry may help; the bytes so far stay in `part`.
        """
        url = part.url
        stored = part.resumable()
        have = part.size() if stored else 0
        headers = _range_headers(stored, have) if stored else _condition_headers(kept)
        async with self._exchange("GET", url, headers) as response:
            if response.status_code == 304 and kept and not stored:
                return kept
            if response.status_code == 416 and stored:
                return self._judge_unsatisfied(response, part, stored)
            if response.status_code not in (200, 206):
                raise await self._refusal(url, response)
            await self._expect_data(url, response, part)
            if response.status_code == 206:
                stamp = self._check_continued(response, part, stored)
                on_bytes("resumed", have, stamp.size)
            else:
                have, stamp = 0, _stamp_of(url, response)
                part.start(stamp)
                on_bytes("fetching", have, stamp.size)
            with part.path.open("ab") as file:
                async for chunk in response.aiter_raw():
                    file.write(chunk)
                    have += len(chunk)
                    on_bytes("fetching", have, stamp.size)
        if stamp.size is not None and have != stamp.size:
            raise self._unreachable(url, f"broke off after {have:,} of {stamp.size:,} bytes")
        return replace(stamp, size=have)

    async def read_text(self, url: str) -> str:
        """Return a small text file of the source, such as a list of checksums."""
        async with self._exchange("GET", url, {}) as response:
            if response.status_code != 200:
                raise await self._refusal(url, response)
            await self._expect_data(url, response)
            return (await response.aread()).decode("utf-8", "replace")

    async def read_page(self, url: str) -> str:
        """Return a web page of the source, such as the listing of a folder."""
        async with self._exchange("GET", url, {}) as response:
            if response.status_code != 200:
                raise await self._refusal(url, response)
            return (await response.aread()).decode("utf-8", "replace")

    async def read_stamp(self, url: str) -> Stamp:
        """Return the present version of a file at the source; its bytes are not sent."""
        async with self._exchange("HEAD", url, {}) as response:
            if response.status_code != 200:
                raise await self._refusal(url, response)
            return _stamp_of(url, response)

    def check_content(self, part: PartFile, min_bytes: int) -> None:
        """Raise SourceChanged if a complete part is not such a file, ChecksumMismatch if a gzip file is damaged."""
        with part.path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if _begins_as_page(head):
            raise _page_instead(part.url, head, self.source)
        if (size := part.size()) < min_bytes:
            reason = f"has {size:,} bytes only, {min_bytes:,} or more were expected"
            raise SourceChanged(f"{part.url}: {reason}", source=self.source)
        if not part.is_gzip:
            return
        if not head.startswith(_GZIP_MAGIC):
            raise SourceChanged(f"{part.url}: is no gzip file, it begins with {head[:16]!r}", source=self.source)
        try:
            with gzip.open(part.path) as unpacked:
                while unpacked.read(_CHUNK_BYTES):
                    pass
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            reason = f"the gzip file is damaged: {error}"
            raise ChecksumMismatch(f"{part.url}: {reason}", source=self.source, hint=UPDATING) from error

    @asynccontextmanager
    async def _exchange(self, method: str, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """Yield the response to a request; httpx's exceptions, those of the body too, are translated here."""
        try:
            async with self.client.stream(method, url, headers=headers) as response:
                yield response
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects) as error:
            raise SourceRefused(f"{url}: {error}", source=self.source) from error
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            # All of its files are out of reach then: the host is named, not the one file.
            reason = f"{error.request.url.host} cannot be reached: {str(error) or type(error).__name__}"
            raise SourceUnreachable(reason, source=self.source, connected=False, hint=_LATER) from error
        except httpx.TimeoutException as error:
            raise self._unreachable(url, f"no answer in time ({type(error).__name__})") from error
        except httpx.RequestError as error:
            raise self._unreachable(url, str(error) or type(error).__name__) from error

    def _unreachable(self, url: str, reason: str) -> SourceUnreachable:
        return SourceUnreachable(f"{url}: {reason}", source=self.source, hint=_LATER)

    async def _refusal(self, url: str, response: httpx.Response) -> SourceError:
        """Return the error for a response without a file."""
        reason = f"answered {response.status_code} {response.reason_phrase}".rstrip()
        if _is_page(response):
            reason += f", a web page with the title {_find_title(await _read_head(response))!r}"
        if response.status_code not in _PASSING:
            return SourceRefused(
                f"{url}: {reason}",
                source=self.source,
                hint="The upstream may have moved the file: compare with the URL in resolver/sources.",
            )
        wait_s = parse_retry_after(response.headers.get("retry-after"), self.clock())
        if wait_s is None and response.status_code not in _BUSY:
            return self._unreachable(url, reason)
        if wait_s is not None:
            reason += f"; it requires a wait of {wait_s:.0f} s"
        return SourceBusy(f"{url}: {reason}", source=self.source, retry_after_s=wait_s, hint=_LATER)

    async def _expect_data(self, url: str, response: httpx.Response, part: PartFile | None = None) -> None:
        """Raise SourceChanged if the headers say that the body is not the file."""
        if _is_page(response):
            raise _page_instead(url, await _read_head(response), self.source)
        encoding = response.headers.get("content-encoding", "identity").lower()
        # Some servers call a .gz file gzip-encoded; its raw bytes, which we take, are the file all the same.
        if part and encoding != "identity" and not part.is_gzip:
            raise SourceChanged(f"{url}: was sent in the encoding {encoding!r}, not uncompressed", source=self.source)

    def _judge_unsatisfied(self, response: httpx.Response, part: PartFile, stored: Stamp) -> Stamp:
        """Return the version of a part that is already complete, for which servers send 416; else start over."""
        found = _CONTENT_RANGE.match(response.headers.get("content-range", ""))
        total = int(found["total"]) if found and found["total"] != "*" else stored.size
        if total == part.size() and stored.size in (None, total) and _same_etag(response, stored):
            return replace(stored, size=total)
        raise self._start_over(part, "has no such range of the file")

    def _check_continued(self, response: httpx.Response, part: PartFile, stored: Stamp | None) -> Stamp:
        """Return the version of a part that a 206 continues exactly; else start over."""
        found = _CONTENT_RANGE.match(response.headers.get("content-range", ""))
        if stored is None or found is None or found["first"] is None or int(found["first"]) != part.size():
            raise self._start_over(part, f"sent another range than the one after byte {part.size():,}")
        total = stored.size if found["total"] == "*" else int(found["total"])
        if stored.size not in (None, total) or not _same_etag(response, stored):
            raise self._start_over(part, "sent the rest of another version of the file")
        return replace(stored, size=total)

    def _start_over(self, part: PartFile, reason: str) -> SourceUnreachable:
        part.discard()
        return self._unreachable(part.url, f"{reason}; starting over")


def read_record(path: Path, make: Callable[..., T]) -> T | None:
    """Return `make` of the JSON object in a file that this program wrote; None if it is missing or incomplete."""
    try:
        return make(**orjson.loads(path.read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError, TypeError):
        return None


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds to wait, 0 or more, of a Retry-After header; None if it has none."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())


def find_checksum(text: str, names: Collection[str]) -> tuple[ChecksumKind, str] | None:
    """Return the kind and value of the checksum in a published list for a file of one of these names.

    Reads lines of md5sum and sha256sum (`HASH  name`), of BSD sum (`SUM BLOCKS name`), a file of one bare hash, and
    Metalink (UniProt's). None if the list names no such file.
    """
    for name, described in _METALINK_FILE.findall(text):
        if PurePosixPath(name).name in names:
            return _as_hash(max(_METALINK_HASH.findall(described), key=len, default=""))
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) == 1:
        return _as_hash(lines[0][0])
    for *values, name in lines:
        if PurePosixPath(name.removeprefix("*")).name in names:
            if len(values) == 1:
                return _as_hash(values[0])
            if len(values) == 2 and all(value.isdecimal() for value in values):
                return "BSD sum", f"{int(values[0])} {int(values[1])}"
    return None


def _as_hash(text: str) -> tuple[ChecksumKind, str] | None:
    kind = _HASHES.get(len(text))
    return (kind, text.lower()) if kind and set(text.lower()) <= set(hexdigits) else None


def compute_checksum(path: Path, kind: ChecksumKind) -> str:
    """Return the checksum of a file: hexadecimal digits; of BSD sum, sum and blocks of 1,024 bytes."""
    with path.open("rb") as file:
        if kind != "BSD sum":
            return hashlib.file_digest(file, partial(hashlib.new, kind, usedforsecurity=False)).hexdigest()
        total = size = 0
        while chunk := file.read(_CHUNK_BYTES):
            size += len(chunk)
            for byte in chunk:
                total = ((total >> 1) + ((total & 1) << 15) + byte) & 0xFFFF
        return f"{total} {-(-size // 1024)}"


def _begins_as_page(head: bytes) -> bool:
    """Return whether a file begins as a web page does."""
    return _PAGE.match(head) is not None


def _find_title(page: bytes) -> str:
    """Return the title of a web page on one line, "" where it has none."""
    found = _TITLE.search(page.decode("utf-8", "replace"))
    return " ".join(html.unescape(found[1]).split())[:120] if found else ""


def _page_instead(url: str, page: bytes, source: str) -> SourceChanged:
    """Return the error for a web page that a server sent as a data file, with status 200."""
    return SourceChanged(
        f"{url}: a web page came where a data file was expected; its title is {_find_title(page)!r}",
        source=source,
        hint="Open the URL in a browser: the file may have moved, or a proxy may ask for a login.",
    )


def _range_headers(stored: Stamp, have: int) -> dict[str, str]:
    return {"Range": f"bytes={have}-", "If-Range": stored.validator or ""}


def _condition_headers(kept: Stamp | None) -> dict[str, str]:
    """Return the headers that make a source respond 304 if it still has the version that we keep."""
    stated = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified} if kept else {}
    return {name: value for name, value in stated.items() if value}


def _stamp_of(url: str, response: httpx.Response) -> Stamp:
    size = response.headers.get("content-length")
    return Stamp(
        url, response.headers.get("etag"), response.headers.get("last-modified"), None if size is None else int(size)
    )


def _same_etag(response: httpx.Response, stored: Stamp) -> bool:
    """Return whether the response's ETag, if it has one, is that of the stored bytes."""
    stated: str | None = response.headers.get("etag")
    return stated is None or stored.etag is None or stated == stored.etag


def _is_page(response: httpx.Response) -> bool:
    content_type: str = response.headers.get("content-type", "")
    return content_type.lower().startswith("text/html")


async def _read_head(response: httpx.Response) -> bytes:
    """Return the first bytes of the body; fewer if it breaks off, since it only explains a response."""
    head = b""
    try:
        async for chunk in response.aiter_raw():
            head += chunk
            if len(head) >= _HEAD_BYTES:
                break
    except httpx.TransportError:
        pass
    return head
