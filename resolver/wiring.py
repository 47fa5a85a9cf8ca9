"""The composition root: from settings to things that work. Doors ask here and nowhere lower."""

from __future__ import annotations

import logging
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from .convert.converting import ConvertingResolver, FileAsked, Frame, FrameAsked
from .environment import expand_home, read_environment, variable_of
from .errors import BadOption, LedgerError, ReleaseError, SchemaMismatch, UnknownRelease
from .folders import data_folder
from .resolve.resolver import Resolver
from .store.gene_reader import GeneReader
from .store.release import find_current_release, list_releases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .convert.summary import Summary
    from .genes.marks import Marks
    from .genes.verdicts import Finding, Held
    from .jobs.runner import Jobs
    from .live.client import Access
    from .live_checks import Asking, Checked, LiveChecks
    from .settings import Settings
    from .store.release import Release

    OnStage = Callable[[str], None]

LEDGER_FILE = "ledger.db"
_LOGGER = logging.getLogger(__name__)


def read_settings() -> Settings:
    """Return what the environment sets; raises BadOption that names a setting that cannot be read.

    The message says what was expected, and never repeats a value, which may be a key.
    """
    from pydantic import ValidationError

    from .settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        setting, *inside = first["loc"]
        where = "".join(f" ({part})" for part in inside)
        expected = first["msg"].removeprefix("Value error, ")
        described = Settings.model_fields[str(setting)].description
        raise BadOption(
            f"{variable_of(str(setting))}{where} cannot be read: {expected[:1].lower()}{expected[1:]}",
            hint=f"What it sets: {described}",
        ) from error


def check_environment() -> list[str]:
    """Return a warning for each `RESOLVER_…` variable that is no setting, with the nearest setting.

    Raises BadOption for a setting that cannot be read. Where only the data folder and the ledger are set, which every
    command may need, pydantic is not loaded.
    """
    stated = read_environment()
    find_data_dir()
    if stated.keys() <= {"data_dir", "ledger_url"}:
        return []
    import difflib

    settings = list(type(read_settings()).model_fields)
    warnings = []
    for name in sorted(stated.keys() - set(settings)):
        near = difflib.get_close_matches(name, settings, 1)
        meant = f"did you mean {variable_of(near[0])}?" if near else "docs/settings.md lists the settings."
        warnings.append(f"{variable_of(name)} is not a setting and has no effect; {meant}")
    return warnings


def find_data_dir() -> Path:
    """Return the folder of the releases, as the environment sets it; raises BadOption where it cannot be read.

    The other settings are not read, which would take a tenth of a second.
    """
    stated = read_environment().get("data_dir")
    try:
        return expand_home(Path(stated)) if stated else data_folder()
    except ValueError as error:
        raise BadOption(f"{variable_of('data_dir')}: {error}", hint="Set it to the path of a folder.") from error


def open_live_checks(
    settings: Settings | None = None,
    *,
    recall: Callable[[Held], Finding | None] | None = None,
    on_finding: Callable[[Finding], None] | None = None,
) -> LiveChecks:
    """Return what asks the upstreams, as the environment sets it; nothing is connected before the first question.

    `recall` is asked for a verdict that others have found already, and `on_finding` hears of each new one.
    """
    from .live.checker import Checker
    from .live.client import LiveClient
    from .live.kept import KeptVerdicts
    from .live_checks import LiveChecks

    given = settings or read_settings()
    kept = KeptVerdicts(given.live_keep_s, recall=recall, on_finding=on_finding)
    checker = Checker(LiveClient(access_of(given)), kept=kept)
    checker.hold_pauses(_find_pauses())
    return LiveChecks(checker, timeout_s=given.live_timeout_s)


def _find_pauses() -> dict[str, float]:
    """Return for how many seconds hosts required not to be queried (`Retry-After`), as nightly runs recorded it."""
    from .store.marks_reader import find_file

    url = find_ledger_url()
    if url.startswith("sqlite") and not find_file(url).is_file():
        return {}
    from .store.ledger_reader import open_reader

    now = int(time.time())
    try:
        with closing(open_reader(url)) as reader:
            return {host: float(until - now) for host, until in reader.list_pauses(now).items()}
    except LedgerError as error:
        _LOGGER.warning("pauses that sources required are not known: %s", error)
        return {}


def access_of(settings: Settings) -> Access:
    """Return how the upstreams are reached, as the settings say."""
    from .live.client import Access
    from .sources.live.registry import HOSTS

    keys = {host.name: getattr(settings, host.key_setting) for host in HOSTS if host.key_setting}
    return Access(
        urls={host.name: getattr(settings, f"{host.name}_url") for host in HOSTS},
        keys={name: key.get_secret_value() for name, key in keys.items() if key is not None},
        contact=settings.upstream_contact,
        timeout_s=settings.upstream_timeout_s,
    )


def find_ledger_url() -> str:
    """Return where the ledger is, as the environment says: a file of the data folder where it says nothing."""
    return read_environment().get("ledger_url") or ledger_url_of(find_data_dir())


def ledger_url_of(data_dir: Path) -> str:
    """Return the URL of the ledger that lies in a data folder."""
    return f"sqlite:///{data_dir.absolute() / LEDGER_FILE}"


def open_marks(data_dir: Path | None = None) -> Marks:
    """Return what is marked stale now, a snapshot; empty where there is no ledger, which is never made to be read.

    `data_dir` overrides the environment. Raises LedgerError where there is a ledger that cannot be read.
    """
    from .store.marks_reader import read_marks

    return read_marks(find_ledger_url() if data_dir is None else ledger_url_of(data_dir))


def _find_marks(data_dir: Path | None) -> Marks:
    """Return the marks; a ledger that cannot be read is told, and keeps nobody from an answer."""
    from .genes.marks import NO_MARKS

    try:
        return open_marks(data_dir)
    except LedgerError as error:
        _LOGGER.warning("answers come without marks: %s", error)
        return NO_MARKS


def follow_marks(data_dir: Path | None = None, *, clock: Callable[[], float] = time.monotonic) -> Callable[[], Marks]:
    """Return what gives the marks and follows the ledger; `data_dir` overrides the environment."""
    from .store.marks_reader import MarksFollower

    url = find_ledger_url() if data_dir is None else ledger_url_of(data_dir)
    return MarksFollower(url, clock=clock)


def open_current_release(data_dir: Path | None = None, on_stage: OnStage | None = None) -> Release:
    """Return the live release; where there is none, the embedded starter release is built first, once.

    So it is where the live one is a starter that another version of the program made.

    `on_stage` is called with what is being done, so that a door can say it.
    """
    folder = find_data_dir() if data_dir is None else data_dir
    reason = f"no release in {folder}"
    try:
        release = find_current_release(folder)
    except SchemaMismatch as error:
        if not error.release_id.startswith("starter-"):
            raise  # a release of the whole genome is its owner's to build anew
        release, reason = None, str(error)
    if release is None:
        from seed.pipeline import build_starter_release

        if on_stage is not None:
            on_stage(f"{reason}: building the embedded starter release")
        release = build_starter_release(folder, on_stage)
    return release


def open_jobs(data_dir: Path | None = None) -> Jobs:
    """Return what long work needs: the jobs of this machine, within the limits that the environment sets.

    Nothing runs before its runner is started.
    """
    from .jobs.child import Starter
    from .jobs.model import Limits
    from .jobs.runner import JobRunner, Jobs
    from .jobs.store import JobStore

    settings = read_settings()
    folder = settings.data_dir if data_dir is None else data_dir
    limits = Limits(
        settings.convert_max_bytes,
        settings.convert_max_output_bytes,
        settings.convert_max_rows,
        settings.convert_at_once,
        settings.jobs_at_once,
        settings.jobs_waiting,
        settings.jobs_kept,
        settings.jobs_keep_hours * 3600,
    )
    store, starter = JobStore(folder / "jobs"), Starter("resolver.work", folder)
    return Jobs(store, JobRunner(store, starter, limits), starter, limits)


def open_pair(live: Resolver, old: str | None, new: str | None) -> tuple[Resolver, Resolver]:
    """Return the resolvers of two releases that are published beside the live one, to be compared.

    A release is named by its id, by the beginning of it where only one begins so, or as `current`. `new` is the live
    one where none is named, `old` the one that was built before `new`. Raises UnknownRelease, naming those that are
    there.
    """
    there = list_releases(live.release.folder.parent.parent)
    newer = live.release if new in {None, "current"} else _choose(there, str(new))
    if old is None:
        earlier = [release for release in there if _built_at(release) < _built_at(newer)]
        if not earlier:
            raise UnknownRelease(f"there is no release from before {newer.id}", hint=_name_releases(there))
        older = earlier[0]
    else:
        older = live.release if old == "current" else _choose(there, old)
    first, second = (live if one.id == live.release.id else Resolver(GeneReader(one)) for one in (older, newer))
    return first, second


def _choose(there: list[Release], name: str) -> Release:
    matches = [release for release in there if release.id.startswith(name)]
    exact = [release for release in matches if release.id == name]
    if len(exact or matches) != 1:
        what = "several releases begin with" if matches else "there is no release"
        raise UnknownRelease(f"{what} {name[:80]!r}", hint=_name_releases(there))
    return (exact or matches)[0]


def _built_at(release: Release) -> str:
    return str(release.manifest["built_at"])


def _name_releases(there: list[Release]) -> str:
    return f"Published here, newest first: {', '.join(release.id for release in there)}."


class LocalResolver(ConvertingResolver):
    """Resolves human and mouse gene identifiers against the live release of this machine.

    >>> from resolver import Resolver
    >>> Resolver().resolve("P13232").genes[0].gene.symbol
    'IL7'

    `data_dir` overrides the environment's `RESOLVER_DATA_DIR`. The first one on a machine builds the embedded
    starter release, which takes a few seconds.
    """

    def __init__(self, data_dir: Path | None = None, *, on_stage: OnStage | None = None) -> None:
        super().__init__(GeneReader(open_current_release(data_dir, on_stage)), _find_marks(data_dir))
        self._asking: Asking | None = None

    def check(self, texts: Iterable[object], timeout_s: float | None = None) -> list[Checked]:
        """Return what the upstreams say today of identifiers: for each text, in order, the verdicts on what it is.

        It asks on the network. What has no answer after `timeout_s` seconds is `not_checked`; without, it waits as long
        as an upstream may take. An upstream that cannot be asked is never an error here, and never a verdict.
        """
        if self._asking is None:
            from .live_checks import Asking

            self._asking = Asking(open_live_checks())
        return self._asking.check(self, texts, timeout_s)


def convert_frame(frame: Frame, *, data_dir: Path | None = None, **asked: Unpack[FrameAsked]) -> Frame:
    """Return a frame of the same kind with more columns: `Resolver().convert` on the current release."""
    return LocalResolver(data_dir).convert(frame, **asked)


def convert_file(
    source: str | Path, target: str | Path, *, data_dir: Path | None = None, **asked: Unpack[FileAsked]
) -> Summary:
    """Convert a table file to another and return the counts: `Resolver().convert_file` on the current release."""
    return LocalResolver(data_dir).convert_file(source, target, **asked)


class ReleaseFollower:
    """Gives the resolver of the live release, and notices within a second when another release goes live.

    So it does within a few seconds when a nightly run has marked other identifiers.

    Who already has a resolver keeps it. A release that cannot be opened is not taken: the one before goes on answering.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        on_stage: OnStage | None = None,
        clock: Callable[[], float] = time.monotonic,
        every_s: float = 1.0,
        find_marks: Callable[[], Marks] | None = None,
    ) -> None:
        self._data_dir = find_data_dir() if data_dir is None else data_dir
        self._clock = clock
        self._every_s = every_s
        release = open_current_release(self._data_dir, on_stage)
        self._find_marks = follow_marks(data_dir, clock=clock) if find_marks is None else find_marks
        self._resolver = Resolver(GeneReader(release), self._find_marks())
        self._looked_at = clock()

    def __call__(self) -> Resolver:
        """Return the resolver to answer from. Costs a look at the clock, and once a second one at the pointer."""
        now = self._clock()
        if now - self._looked_at >= self._every_s:
            self._looked_at = now
            self._look()
            self._resolver.marks = self._find_marks()
        return self._resolver

    def _look(self) -> None:
        try:
            release = find_current_release(self._data_dir)
            if release is not None and release.id != self._resolver.release.id:
                self._resolver = Resolver(GeneReader(release))
        except ReleaseError as error:
            _LOGGER.warning("the release that was put live cannot be opened: %s", error)
