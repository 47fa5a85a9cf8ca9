"""Nightly runs: from settings to a run, its report, and the review of the marks that it leaves."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BadOption, MarkUnknown
from ..live.checker import Checker
from ..live.client import LiveClient
from ..live.counting import CountingTransport
from ..nightly.calls import CallCounter
from ..nightly.curation import check_review, describe_history, find_marked, review_mark
from ..nightly.job import NightlyJob
from ..nightly.judge import Plausibility
from ..nightly.model import Terms
from ..nightly.report import build_report
from ..nightly.usage import UsageCounter
from ..nightly.webhook import describe_delivery, post_webhook
from ..sources.live.registry import BY_NAME
from ..store.lease import name_process
from ..store.ledger import open_ledger
from ..store.ledger_reader import open_reader
from ..store.tracked_reader import TrackedReader
from .environment import find_ledger_url
from .live import access_of
from .resolution_threads import LeftBehindExecutor
from .stores import open_current_release, open_ledger_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ..nightly.curation import Action
    from ..nightly.job import RunResult
    from ..nightly.model import Progress
    from ..nightly.report import Report
    from ..resolve.answer import Answer
    from ..store.ledger import Ledger
    from ..store.ledger_reader import LedgerReader
    from .settings import Settings


def build_terms(settings: Settings, max_minutes: float | None = None, sources: tuple[str, ...] | None = None) -> Terms:
    """Return the limits of a nightly run and its plausibility checks; raises BadOption for an unknown source."""
    for name in (*(sources or ()), *settings.nightly_source_minutes, *settings.nightly_source_calls):
        if name not in BY_NAME:
            raise BadOption(f"there is no live source {name!r}", hint=f"Choose from: {', '.join(BY_NAME)}.")
    return Terms(
        max_minutes=max_minutes or settings.nightly_minutes,
        minutes=settings.nightly_source_minutes,
        calls=settings.nightly_source_calls,
        sources=sources,
        again_after_s=3600 * settings.nightly_again_hours,
        patience_s=60 * settings.nightly_patience_minutes,
        probes=settings.nightly_probe,
        plausibility=Plausibility(
            settings.nightly_stale_share,
            settings.nightly_version_share,
            settings.nightly_sample,
            settings.nightly_silent_share,
            settings.nightly_jump_share,
            settings.nightly_jump_least,
        ),
    )


def run_nightly(
    settings: Settings,
    *,
    max_minutes: float | None = None,
    sources: tuple[str, ...] | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_start: Callable[[Callable[[], None]], None] = lambda _: None,
) -> RunResult:
    """Run a nightly run on the current release.

    `on_start` receives the function that ends the run cleanly, from any thread or signal handler. Raises RunActive if
    another run is active, and LedgerError if the ledger fails for good.
    """
    terms = build_terms(settings, max_minutes, sources)
    release = open_current_release()
    url = find_ledger_url()
    with (
        closing(open_ledger(url)) as ledger,
        closing(open_reader(url)) as reader,
        closing(TrackedReader(release)) as tracked,
        ledger.lease().keep() as token,
    ):
        stores = _Stores(ledger, reader, tracked)
        return asyncio.run(_run(settings, terms, stores, token, on_progress, on_start))


class _Stores(NamedTuple):
    ledger: Ledger
    reader: LedgerReader
    tracked: TrackedReader


async def _run(
    settings: Settings,
    terms: Terms,
    stores: _Stores,
    token: str,
    on_progress: Callable[[Progress], None],
    on_start: Callable[[Callable[[], None]], None],
) -> RunResult:
    asyncio.get_running_loop().set_default_executor(LeftBehindExecutor())
    calls = CallCounter()
    client = LiveClient(access_of(settings), transport=CountingTransport(calls.count))
    async with Checker(client) as checker:
        job = NightlyJob(*stores, checker, terms, calls=calls, on_progress=on_progress)
        loop = asyncio.get_running_loop()
        on_start(lambda: _stop_soon(loop, job.stop))
        return await job.run(token, holder=str(name_process()))


def _stop_soon(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(stop.set)


def notify_webhook(settings: Settings, result: RunResult) -> bool:
    """Send the results of a run to the webhook; return whether one is set. Raises SourceUnreachable."""
    if settings.webhook_url is None:
        return False
    with open_ledger_reader() as reader:
        delivery = describe_delivery(reader, result.run_id, dropped=result.dropped, public_url=settings.public_url)
    secret = settings.webhook_secret
    key = None if secret is None else secret.get_secret_value()
    asyncio.run(post_webhook(settings.webhook_url, delivery, secret=key))
    return True


def count_usage() -> Callable[[Answer], None]:
    """Return a function that counts answers in the ledger; the ledger is created if there is none."""
    return UsageCounter(open_ledger(find_ledger_url()).add_usage).count


def make_report(data_dir: Path | None = None, *, number: int = 30) -> Report:
    """Return the report of the last runs; raises LedgerUnreachable if there was no run yet."""
    with open_ledger_reader(data_dir) as reader:
        return build_report(reader, now=time.time(), number=number)


# --- Review -------------------------------------------------------------------------------------------------------


def review_marks(
    identifiers: Iterable[str], action: Action, *, reason: str, by: str, data_dir: Path | None = None
) -> list[dict[str, Any]]:
    """Record a curator's decision about the marks of identifiers; return each mark with its history.

    Nothing is recorded unless all identifiers are marked. Raises MarkUnknown, BadOption, and LedgerError; a ledger is
    never created.
    """
    check_review(action, reason, by)
    with open_ledger_reader(data_dir) as reader:
        curies = list(dict.fromkeys(find_marked(reader, text) for text in identifiers))
        for curie in curies:
            if reader.find_mark(curie) is None:
                raise MarkUnknown(f"{curie} is no longer marked", hint="`resolver nightly history` says why.")
        with closing(open_ledger(find_ledger_url(data_dir))) as ledger:
            for curie in curies:
                review_mark(ledger, curie, action, reason=reason, by=by, now=int(time.time()))
        return [describe_history(reader, curie) for curie in curies]
