"""Fetching upstream files, politely and completely: side by side, resumed, checked, then put in place at once.

A file `NAME` stands in its folder only whole. Until then its bytes are in `NAME.part`, which any later run goes on
from, however this one ended; `NAME.meta.json` tells of the last whole fetch, so that an unchanged file is not sent
again.
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
# A transfer that gets a little further each time goes on for this many times the attempts that may bring nothing.
_PATIENCE = 20
_NOTED = ("url", "etag", "last_modified", "size", "sha256", "retrieved_at")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to fetch: `url` to `name` in the folder, for the source file `key` of `source`.

    `checksum_url` names the upstream's list of checksums, on the same host; `min_bytes` is what the file never falls
    short of.
    """

    key: str
    source: str
    url: str
    name: str
    checksum_url: str | None = None
    min_bytes: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file is: bytes so far and in all (None: the upstream does not say), and what has just happened."""

    key: str
    state: State
    got_bytes: int
    total_bytes: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file at `path`. `retrieved_at` (ISO, UTC) is when its bytes came; `unchanged`: not now, but earlier."""

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
    """Return the time, as clocks of this machine tell it."""
    return datetime.now(UTC)


def _say_nothing(_progress: Progress) -> None:
    pass


def fetch_files(
    wanted: Sequence[Wanted],
    folder: Path,
    policy: FetchPolicy = POLITE,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock = utc_now,
    sleep: Sleep = asyncio.sleep,
    on_progress: OnProgress = _say_nothing,
) -> list[Fetched | ResolverError]:
    """Do as `fetch_all` does, from code that is not async."""
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
    on_progress: OnProgress = _say_nothing,
) -> list[Fetched | ResolverError]:
    """Fetch files into `folder` and return, in their order, each one or the error that it failed with.

    A SourceError tells what its upstream did; a plain ResolverError that our own disk did not take the file. Runs on
    one folder wait for each other. Raises ResolverError where the folder cannot be written at all, and ValueError
    where two files have the same name or one has the name of a path.
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
    """What the files of one run share: how they are asked for, the semaphores that they pass, lists of checksums."""

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
        self.gone: dict[str | None, SourceUnreachable] = {}  # hosts that a file was given up at without a connection
        self._lists: dict[str, str] = {}
        self._list_locks = defaultdict[str, asyncio.Lock](asyncio.Lock)

    async def checksum_list(self, url: str, fetch: Callable[[], Awaitable[str]]) -> str:
        """Return a list of checksums, fetched once for all the files that it names."""
        async with self._list_locks[url]:
            if url not in self._lists:
                self._lists[url] = await fetch()
            return self._lists[url]

    def forget_checksum_list(self, url: str | None) -> None:
        """Have a list fetched anew when it is next asked for."""
        self._lists.pop(url or "", None)


class _Download:
    """One file on its way: asked for until it is whole, checked, put in place."""

    def __init__(self, wanted: Wanted, run: _Run) -> None:
        self.wanted = wanted
        self.run = run
        self.path = run.folder / wanted.name
        self.meta_path = run.folder / f"{wanted.name}.meta.json"
        self.part = PartFile(self.path, wanted.url)
        self.upstream = Upstream(run.client, wanted.source, run.clock)
        self.failures = 0
        self.held: Stamp | None = None  # the version and number of bytes that the best attempt so far has brought
        self.most_bytes = 0

    async def outcome(self) -> Fetched | ResolverError:
        """Return the file, or the error that it failed with; the border of what the disk raises."""
        self._tell("queued", 0)
        host = host_of(self.wanted.url)
        async with self.run.semaphores.turn(self.wanted.url):
            try:
                if host in self.run.gone:
                    raise self.run.gone[host]
                fetched = await self._fetch()
            except ResolverError as error:
                failure = error
                if isinstance(error, SourceUnreachable) and not error.connected:
                    self.run.gone[host] = error
            except OSError as error:
                failure = _disk_error(self.path, error)
            else:
                self._tell("unchanged" if fetched.unchanged else "done", fetched.size, fetched.size)
                return fetched
        self._tell("failed", self.part.size(), message=str(failure))
        return failure

    async def _fetch(self) -> Fetched:
        """Return the file as the upstream has it now; damaged bytes are fetched anew, once."""
        try:
            return await self._fetch_once()
        except ChecksumMismatch as error:
            # The file and the list may have been replaced between the one request and the other.
            self.run.forget_checksum_list(self.wanted.checksum_url)
            self.held = None
            self._tell("retrying", 0, message=f"{error}; fetching it anew")
            return await self._fetch_once()

    async def _fetch_once(self) -> Fetched:
        kept = self._find_kept()
        known = Stamp(kept.url, kept.etag, kept.last_modified, kept.size) if kept else None
        stamp = await self._patiently(partial(self.upstream.receive, self.part, known, on_bytes=self._tell))
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
        """Return the last whole fetch of the URL, if its file is still there as it was left."""
        as_left = partial(Fetched, key=self.wanted.key, path=self.path, unchanged=True)
        kept = read_record(self.meta_path, as_left)
        there = kept and kept.url == self.wanted.url and self.path.is_file() and self.path.stat().st_size == kept.size
        return kept if there else None

    async def _check_published(self, url: str) -> None:
        """Raise ChecksumMismatch where the part is not what the upstream's list says."""
        text = await self.run.checksum_list(url, partial(self._patiently, partial(self.upstream.read_text, url)))
        name = PurePosixPath(unquote(urlsplit(self.wanted.url).path)).name
        published = find_checksum(text, {name, self.wanted.name})
        if published is None:
            raise SourceChanged(f"{url}: states no checksum of {name} that we can read", source=self.wanted.source)
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
        """Make the part the file, at once, and note what it is."""
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
        # Killed before this, the file stands beside a note of another one, and is asked for again.
        noted = {name: getattr(fetched, name) for name in _NOTED}
        self.meta_path.write_bytes(orjson.dumps(noted, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        self.part.discard()
        return fetched

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what `ask` returns, asked again after waits that grow; raises its last error when out of patience."""
        again = retrying(self.run.policy, self.run.sleep, after=self._count_failure, before_sleep=self._tell_retry)
        answer: T = await again(ask)
        return answer

    def _count_failure(self, state: RetryCallState) -> None:
        self.failures += 1
        held, got = self.part.resumable(), self.part.size()
        got_further = held is not None and (held != self.held or got > self.most_bytes)
        if got_further and self.failures < self.run.policy.attempts * _PATIENCE:
            self.held, self.most_bytes = held, got
            state.attempt_number = 1  # the attempts that may bring nothing, and the short waits, begin anew

    def _tell_retry(self, state: RetryCallState) -> None:
        error = state.outcome and state.outcome.exception()
        self._tell("retrying", self.part.size(), message=f"{error}; asking again in {state.upcoming_sleep:.0f} s")

    def _tell(self, state: State, got_bytes: int, total_bytes: int | None = None, message: str = "") -> None:
        self.run.on_progress(Progress(self.wanted.key, state, got_bytes, total_bytes, message))


def _check_names(wanted: Sequence[Wanted]) -> None:
    names = [file.name for file in wanted]
    for name in names:
        if name in ("", "..") or PurePath(name).name != name or names.count(name) > 1:
            raise ValueError(f"{name!r} is not the plain name of one file only")


def _disk_error(path: Path, error: OSError) -> ResolverError:
    """Return what the disk's refusal means for a person."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ResolverError(
            f"{path}: the disk is full",
            hint=f"Free some space on the disk of {path.parent} and run it again: what has come is kept.",
        )
    return ResolverError(
        f"{path} cannot be written: {error.strerror or error}", hint="Name a folder that can be written."
    )
