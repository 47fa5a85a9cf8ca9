"""Download source files concurrently: resumed, verified, then put in place atomically.

A file `NAME` is in its folder only when it is complete. Until then its bytes are in `NAME.part`, which any later run
resumes, however this one ended; `NAME.meta.json` describes the last complete download, so that an unchanged file is not
sent again.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import unquote, urlsplit

import orjson
from filelock import AsyncFileLock

from resolver.errors import ChecksumMismatch, ResolverError, SourceChanged, SourceUnreachable

from .fetch_policy import POLITE, HostSemaphores, host_of, open_client, retrying
from .transfer import UPDATING, PartFile, Stamp, Upstream, compute_checksum, find_checksum, read_record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    import httpx
    from tenacity import RetryCallState

    from .fetch_policy import FetchPolicy, Sleep
    from .transfer import Clock

    OnProgress = Callable[["Progress"], None]

T = TypeVar("T")
State = Literal["queued", "resumed", "unchanged", "fetching", "retrying", "done", "failed"]

LOCK = ".download.lock"
# A transfer that gets further with each attempt may take this many times the attempts of one that does not.
_PATIENCE = 20
_NOTED = ("url", "etag", "last_modified", "size", "sha256", "retrieved_at")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to fetch: `url` to `name` in the folder, for the source file `key` of `source`.

    `checksum_url` is the source's list of checksums, on the same host; `min_bytes` is the smallest plausible size.
    """

    key: str
    source: str
    url: str
    name: str
    checksum_url: str | None = None
    min_bytes: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a file: bytes so far and in all (None if the source does not say), and the latest event."""

    key: str
    state: State
    got_bytes: int
    total_bytes: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete file at `path`. `retrieved_at` (ISO, UTC) is when it was downloaded; if `unchanged`, earlier."""

    key: str
    path: Path
    url: str
    etag: str | None
    last_modified: str | None
    size: int
    sha256: str
    retrieved_at: str
    unchanged: bool = False


def utc_now() -> datetime:
    """Return the current time of this machine."""
    return datetime.now(UTC)


def _ignore(_progress: Progress) -> None:
    pass


def fetch_files(
    wanted: Sequence[Wanted],
    folder: Path,
    policy: FetchPolicy = POLITE,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock = utc_now,
    sleep: Sleep = asyncio.sleep,
    on_progress: OnProgress = _ignore,
) -> list[Fetched | ResolverError]:
    """Run `fetch_all` from synchronous code."""
    return asyncio.run(
        fetch_all(wanted, folder, policy, transport=transport, clock=clock, sleep=sleep, on_progress=on_progress)
    )


async def fetch_all(
    wanted: Sequence[Wanted],
    folder: Path,
    policy: FetchPolicy = POLITE,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock = utc_now,
    sleep: Sleep = asyncio.sleep,
    on_progress: OnProgress = _ignore,
) -> list[Fetched | ResolverError]:
    """Fetch files into `folder` and return, in their order, each one or the error that it failed with.

    A SourceError is a failure of the source; any other ResolverError is one of the local disk. Runs on one folder wait
    for each other. Raises ResolverError if the folder cannot be written at all, and ValueError if two files have the
    same name or a name is a path.
    """
    _check_names(wanted)
    lock = AsyncFileLock(folder / LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        await lock.acquire()
    except OSError as error:
        raise _disk_error(folder, error) from error
    try:
        async with open_client(policy, transport) as client:
            run = _Run(folder, client, policy, clock, sleep, on_progress)
            return await asyncio.gather(*(_Download(file, run).outcome() for file in wanted))
    finally:
        await lock.release()


class _Run:
    """What the files of one run share: client, policy, semaphores and lists of checksums."""

    def __init__(
        self,
        folder: Path,
        client: httpx.AsyncClient,
        policy: FetchPolicy,
        clock: Clock,
        sleep: Sleep,
        on_progress: OnProgress,
    ) -> None:
        self.folder = folder
        self.client = client
        self.policy = policy
        self.clock = clock
        self.sleep = sleep
        self.on_progress = on_progress
        self.semaphores = HostSemaphores(policy.per_host, policy.total)
        self.unreachable: dict[str | None, SourceUnreachable] = {}  # hosts without a connection
        self._lists: dict[str, str] = {}
        self._list_locks = defaultdict[str, asyncio.Lock](asyncio.Lock)

    async def checksum_list(self, url: str, fetch: Callable[[], Awaitable[str]]) -> str:
        """Return a list of checksums, fetched once for all the files that it names."""
        async with self._list_locks[url]:
            if url not in self._lists:
                self._lists[url] = await fetch()
            return self._lists[url]

    def forget_checksum_list(self, url: str | None) -> None:
        """Have a list fetched anew when it is next needed."""
        self._lists.pop(url or "", None)


class _Download:
    """The download of one file: requested until it is complete, verified, put in place."""

    def __init__(self, wanted: Wanted, run: _Run) -> None:
        self.wanted = wanted
        self.run = run
        self.path = run.folder / wanted.name
        self.meta_path = run.folder / f"{wanted.name}.meta.json"
        self.part = PartFile(self.path, wanted.url)
        self.upstream = Upstream(run.client, wanted.source, run.clock)
        self.failures = 0
        self.best: Stamp | None = None  # the version and number of bytes of the best attempt so far
        self.most_bytes = 0

    async def outcome(self) -> Fetched | ResolverError:
        """Return the file, or the error that it failed with; errors of the disk are translated here."""
        self._report("queued", 0)
        host = host_of(self.wanted.url)
        async with self.run.semaphores.turn(self.wanted.url):
            try:
                if host in self.run.unreachable:
                    raise self.run.unreachable[host]
                fetched = await self._fetch()
            except ResolverError as error:
                failure = error
                if isinstance(error, SourceUnreachable) and not error.connected:
                    self.run.unreachable[host] = error
            except OSError as error:
                failure = _disk_error(self.path, error)
            else:
                self._report("unchanged" if fetched.unchanged else "done", fetched.size, fetched.size)
                return fetched
        self._report("failed", self.part.size(), message=str(failure))
        return failure

    async def _fetch(self) -> Fetched:
        """Return the source's present version of the file; damaged bytes are fetched anew, once."""
        try:
            return await self._fetch_once()
        except ChecksumMismatch as error:
            # The file and the list may have been replaced between the one request and the other.
            self.run.forget_checksum_list(self.wanted.checksum_url)
            self.best = None
            self._report("retrying", 0, message=f"{error}; fetching it anew")
            return await self._fetch_once()

    async def _fetch_once(self) -> Fetched:
        kept = self._find_kept()
        known = Stamp(kept.url, kept.etag, kept.last_modified, kept.size) if kept else None
        stamp = await self._with_retries(partial(self.upstream.receive, self.part, known, on_bytes=self._report))
        if kept and stamp is known:
            self.part.discard()
            return kept
        try:
            await asyncio.to_thread(self.upstream.check_content, self.part, self.wanted.min_bytes)
        except (ChecksumMismatch, SourceChanged):
            self.part.discard()
            raise
        if self.wanted.checksum_url:
            await self._check_published(self.wanted.checksum_url)
        return await asyncio.to_thread(self._put_in_place, stamp)

    def _find_kept(self) -> Fetched | None:
        """Return the last complete download of the URL, if its file is still there unchanged."""
        as_left = partial(Fetched, key=self.wanted.key, path=self.path, unchanged=True)
        kept = read_record(self.meta_path, as_left)
        there = kept and kept.url == self.wanted.url and self.path.is_file() and self.path.stat().st_size == kept.size
        return kept if there else None

    async def _check_published(self, url: str) -> None:
        """Raise ChecksumMismatch if the part does not have the published checksum."""
        text = await self.run.checksum_list(url, partial(self._with_retries, partial(self.upstream.read_text, url)))
        name = PurePosixPath(unquote(urlsplit(self.wanted.url).path)).name
        published = find_checksum(text, {name, self.wanted.name})
        if published is None:
            raise SourceChanged(f"{url}: contains no readable checksum of {name}", source=self.wanted.source)
        kind, expected = published
        found = await asyncio.to_thread(compute_checksum, self.part.path, kind)
        if found != expected:
            self.part.discard()
            raise ChecksumMismatch(
                f"{self.wanted.url}: its {kind} is {found}, {url} says {expected}",
                source=self.wanted.source,
                hint=UPDATING,
            )

    def _put_in_place(self, stamp: Stamp) -> Fetched:
        """Rename the part to the file, atomically, and record its metadata."""
        fetched = Fetched(
            key=self.wanted.key,
            path=self.path,
            url=self.wanted.url,
            etag=stamp.etag,
            last_modified=stamp.last_modified,
            size=self.part.size(),
            sha256=compute_checksum(self.part.path, "sha256"),
            retrieved_at=self.run.clock().astimezone(UTC).isoformat(timespec="seconds"),
        )
        with self.part.path.open("ab") as file:
            os.fsync(file.fileno())
        self.part.path.replace(self.path)
        # If the run is killed before this, the file is beside a record of another one, and is downloaded again.
        noted = {name: getattr(fetched, name) for name in _NOTED}
        self.meta_path.write_bytes(orjson.dumps(noted, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        self.part.discard()
        return fetched

    async def _with_retries(self, request: Callable[[], Awaitable[T]]) -> T:
        """Return what `request` returns, retried after growing waits; raises its last error when it gives up."""
        again = retrying(self.run.policy, self.run.sleep, after=self._count_failure, before_sleep=self._report_retry)
        answer: T = await again(request)
        return answer

    def _count_failure(self, state: RetryCallState) -> None:
        self.failures += 1
        stamp, got = self.part.resumable(), self.part.size()
        got_further = stamp is not None and (stamp != self.best or got > self.most_bytes)
        if got_further and self.failures < self.run.policy.attempts * _PATIENCE:
            self.best, self.most_bytes = stamp, got
            state.attempt_number = 1  # attempts and waits begin anew

    def _report_retry(self, state: RetryCallState) -> None:
        error = state.outcome and state.outcome.exception()
        self._report("retrying", self.part.size(), message=f"{error}; retrying in {state.upcoming_sleep:.0f} s")

    def _report(self, state: State, got_bytes: int, total_bytes: int | None = None, message: str = "") -> None:
        self.run.on_progress(Progress(self.wanted.key, state, got_bytes, total_bytes, message))


def _check_names(wanted: Sequence[Wanted]) -> None:
    names = [file.name for file in wanted]
    for name in names:
        if name in ("", "..") or PurePath(name).name != name or names.count(name) > 1:
            raise ValueError(f"{name!r} is not the name of exactly one file")


def _disk_error(path: Path, error: OSError) -> ResolverError:
    """Return the error for a person when the disk refuses a file."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ResolverError(
            f"{path}: the disk is full",
            hint=f"Free some space on the disk of {path.parent} and run it again: the bytes so far are kept.",
        )
    return ResolverError(
        f"{path} cannot be written: {error.strerror or error}", hint="Name a folder that can be written."
    )
