"""The composition root of nights: from settings to a run, its report, and the marks that it leaves."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import BadOption, MarkUnknown
from .wiring import access_of, find_ledger_url, ledger_url_of, open_current_release, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from .nightly.curation import Action
    from .nightly.job import Night
    from .nightly.report import Report
    from .nightly.words import Progress, Terms
    from .resolve.outcome import Answer
    from .settings import Settings
    from .store.held_reader import HeldReader
    from .store.ledger import Ledger
    from .store.ledger_reader import LedgerReader


def terms_of(settings: Settings, *, max_minutes: float | None = None, sources: tuple[str, ...] | None = None) -> Terms:
    """Return what a night may cost, and what it believes; raises BadOption for a source that there is not."""
    from .nightly.judge import Plausibility
    from .nightly.words import Terms
    from .sources.live.registry import BY_NAME

    for name in (*(sources or ()), *settings.nightly_source_minutes, *settings.nightly_source_calls):
        if name not in BY_NAME:
            raise BadOption(f"there is no live source {name!r}", hint=f"There are {', '.join(BY_NAME)}.")
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


def run_night(
    *,
    max_minutes: float | None = None,
    sources: tuple[str, ...] | None = None,
    on_stage: Callable[[str], None] | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_start: Callable[[Callable[[], None]], None] = lambda _: None,
) -> Night:
    """Run a night on the live release, as the environment sets it.

    `on_start` is given what ends the night cleanly, to be called from any thread or signal. Raises RunActive where
    another one is at work, and LedgerError where the ledger fails for good.
    """
    from .store.held_reader import HeldReader
    from .store.ledger import open_ledger
    from .store.ledger_reader import open_reader

    settings = read_settings()
    terms = terms_of(settings, max_minutes=max_minutes, sources=sources)
    release = open_current_release(on_stage=on_stage)
    url = find_ledger_url()
    with (
        closing(open_ledger(url)) as ledger,
        closing(open_reader(url)) as reader,
        closing(HeldReader(release)) as held,
        ledger.lease().held() as token,
    ):
        stores = _Stores(ledger, reader, held)
        return asyncio.run(_run(settings, terms, stores, token, on_progress, on_start))


class _Stores(NamedTuple):
    ledger: Ledger
    reader: LedgerReader
    held: HeldReader


async def _run(
    settings: Settings,
    terms: Terms,
    stores: _Stores,
    token: str,
    on_progress: Callable[[Progress], None],
    on_start: Callable[[Callable[[], None]], None],
) -> Night:
    from .live.checker import Checker
    from .live.client import LiveClient
    from .live.counting import CountingTransport
    from .nightly.calls import CallCounter
    from .nightly.job import NightlyJob
    from .store.lease import name_process

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


def notify_webhook(night: Night) -> bool:
    """Send what a run that has ended came to to the webhook; return whether there is one. Raises SourceUnreachable."""
    from .nightly.webhook import describe_delivery, post_webhook

    settings = read_settings()
    if settings.webhook_url is None:
        return False
    with open_ledger_reader() as reader:
        delivery = describe_delivery(reader, night.run_id, dropped=night.dropped, public_url=settings.public_url)
    secret = settings.webhook_secret
    key = None if secret is None else secret.get_secret_value()
    asyncio.run(post_webhook(settings.webhook_url, delivery, secret=key))
    return True


def count_usage() -> Callable[[Answer], None]:
    """Return what counts answers in the ledger, which is made where there is none."""
    from .nightly.usage import UsageCounter
    from .store.ledger import open_ledger

    return UsageCounter(open_ledger(find_ledger_url()).add_usage).count


@contextmanager
def open_ledger_reader(data_dir: Path | None = None) -> Iterator[LedgerReader]:
    """Give a reader of the ledger, which has to be there; `data_dir` overrides the environment.

    Raises LedgerUnreachable where there is none.
    """
    from .store.ledger_reader import open_reader

    with closing(open_reader(find_ledger_url() if data_dir is None else ledger_url_of(data_dir))) as reader:
        yield reader


def make_report(data_dir: Path | None = None, *, number: int = 30) -> Report:
    """Return the report of the last runs; raises LedgerUnreachable where nothing was ever run."""
    from .nightly.report import build_report

    with open_ledger_reader(data_dir) as reader:
        return build_report(reader, now=time.time(), number=number)


# --- Curation -----------------------------------------------------------------------------------------------------


def review_marks(
    identifiers: Iterable[str], action: Action, *, reason: str, by: str, data_dir: Path | None = None
) -> list[dict[str, Any]]:
    """Record what a curator decided about the marks of identifiers; return each mark with its history.

    Nothing is recorded unless all of them are marked. Raises MarkUnknown, BadOption, and LedgerError; without a ledger
    none is made.
    """
    from .nightly.curation import check_review, describe_history, find_marked, review_mark
    from .store.ledger import open_ledger

    check_review(action, reason, by)
    with open_ledger_reader(data_dir) as reader:
        curies = list(dict.fromkeys(find_marked(reader, text) for text in identifiers))
        for curie in curies:
            if reader.find_mark(curie) is None:
                raise MarkUnknown(f"{curie} is not marked any more", hint="`resolver nightly history` says why.")
        url = find_ledger_url() if data_dir is None else ledger_url_of(data_dir)
        with closing(open_ledger(url)) as ledger:
            for curie in curies:
                review_mark(ledger, curie, action, reason=reason, by=by, now=int(time.time()))
        return [describe_history(reader, curie) for curie in curies]
