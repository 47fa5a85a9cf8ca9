"""Open resolvers: on this machine's current release, on two releases to compare, on a release that is replaced."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, TypeVar, Unpack

from ..errors import ReleaseError
from ..resolve.resolver import Resolver
from ..store.background import BackgroundTask
from ..store.gene_reader import GeneReader
from ..store.release import find_current_release
from .environment import find_data_dir
from .stores import choose_releases, find_marks, follow_marks, open_current_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ..convert.converting import FileOptions, FrameOptions
    from ..convert.report.summary import Summary
    from ..genes.marks import Marks
    from .live import Checked, SyncLiveChecks
    from .stores import OnStage

_LOGGER = logging.getLogger(__name__)
Frame = TypeVar("Frame")


class LocalResolver(Resolver):
    """Resolve human and mouse gene identifiers with the current release of this machine.

        >>> from resolver import Resolver
        >>> Resolver().resolve("P13232").genes[0].gene.symbol
        'IL7'

    `data_dir` overrides the environment's `RESOLVER_DATA_DIR`. The first one on a machine unpacks the embedded
    genome, which takes 10 to 20 seconds on two idle cores; a line on a terminal, or `logging`, reports it.
    """

    def __init__(self, data_dir: Path | None = None, *, on_stage: OnStage | None = None) -> None:
        super().__init__(GeneReader(open_current_release(data_dir, on_stage)), find_marks(data_dir))
        self._live: SyncLiveChecks | None = None

    def check(self, queries: Iterable[object], timeout_s: float | None = None) -> list[Checked]:
        """Check identifiers against the source databases: for each query, in order, the verdicts on its identifiers.

        It uses the network. An identifier without a response after `timeout_s` seconds is `not_checked`; without a
        timeout it waits as long as a source database may take. An unreachable source is never an error here, and
        never a verdict.
        """
        if self._live is None:
            from .live import SyncLiveChecks, open_live_checks

            self._live = SyncLiveChecks(open_live_checks())
        return self._live.check(self, queries, timeout_s)

    def convert(self, frame: Frame, **options: Unpack[FrameOptions]) -> Frame:
        """Return a frame of the same kind, row for row, with the columns `to` and five that say how each was found.

        It takes a DataFrame of pandas (also one whose index contains the genes), Polars or Spark, a LazyFrame, a Table
        of pyarrow, a dict of columns, or a list of dicts. A Series becomes a frame, an array of pyarrow a Table, and a
        list of identifiers a dict of columns. `column` names the identifiers (several: a list; default: detected by
        content). `on_many="explode"` makes a row of each gene.
        `stale=True` adds what the nightly job marked: its verdict, and what to use now. `on_summary` receives the
        counts, and has a receipt. Further options: `to` (columns to add), `namespace` (of the identifiers), `species`
        (`"any"`: both), `to_species` (orthologs), `consensus`, `on_many`, `policy` (as in `resolve`), `separator` (of
        several identifiers in an added cell), `best` (only the best of each gene), `missing` (values of empty cells),
        `correct` (cells and what they are read as) and `split` (separator in an input cell).

        Of an AnnData, or the modality of genes of a MuData, it returns a copy whose `var_names` are the identifiers
        `to`. `collisions` chooses what becomes of features of one gene: "report" (they keep their names), "first",
        "unique" or "sum".

        Raises MissingColumn, BadOption, UnknownNamespace and UnknownSpecies; warns where under half of the cells match
        genes.
        """
        from ..convert.converting import convert_frame as convert

        return convert(self, frame, options)

    def convert_file(self, source: str | Path, target: str | Path, **options: Unpack[FileOptions]) -> Summary:
        """Convert a table file to another, in the format that its name says, and return the counts.

        Options are those of `convert`; `in_place` replaces the identifiers and adds no columns, `header_row` converts
        the names of columns. An existing file is overwritten only with `force`. `reading` specifies what is otherwise
        detected: delimiter, header, sheet, encoding, and what to do with bad rows. Files of AnnData and MuData
        (`.h5ad`, `.h5mu`) are written as the same kind, by the rules of `convert`. Raises what `convert` raises,
        BadOption for a target that exists or whose suffix is of no format, UnreadableTable for what is no table, and
        InputError for what cannot be written.
        """
        from ..convert.converting import convert_file as convert

        return convert(self, source, target, options)


def convert_frame(frame: Frame, *, data_dir: Path | None = None, **options: Unpack[FrameOptions]) -> Frame:
    """Return a frame of the same kind with more columns: `Resolver().convert` on the current release."""
    return LocalResolver(data_dir).convert(frame, **options)


def convert_file(
    source: str | Path, target: str | Path, *, data_dir: Path | None = None, **options: Unpack[FileOptions]
) -> Summary:
    """Convert a table file to another and return the counts: `Resolver().convert_file` on the current release."""
    return LocalResolver(data_dir).convert_file(source, target, **options)


def open_pair(current: Resolver, old: str | None, new: str | None) -> tuple[Resolver, Resolver]:
    """Return the resolvers of two published releases, the older one first; `choose_releases` explains the names."""
    releases = choose_releases(current.release, old, new)
    first, second = (current if one.id == current.release.id else Resolver(GeneReader(one)) for one in releases)
    return first, second


class ReleaseFollower:
    """Return the resolver of the current release, and notice within a second that another release was published.

    It looks in a thread of its own. New marks of a nightly run are noticed within a few seconds. A caller keeps the
    resolver that it has. A release that cannot be opened is not used: the one before it goes on answering.
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
        release = open_current_release(self._data_dir, on_stage)
        self._find_marks = follow_marks(data_dir, clock=clock) if find_marks is None else find_marks
        self._resolver = Resolver(GeneReader(release), self._find_marks())
        self._looking = BackgroundTask(self._look, clock=clock, every_s=every_s)

    def __call__(self) -> Resolver:
        """Return the current resolver. Costs a look at the clock."""
        self._looking.begin_if_due()
        return self._resolver

    def _look(self) -> None:
        try:
            release = find_current_release(self._data_dir)
            if release is not None and release.id != self._resolver.release.id:
                self._resolver = Resolver(GeneReader(release))
        except ReleaseError as error:
            _LOGGER.warning("the release that was published cannot be opened: %s", error)
        self._resolver.marks = self._find_marks()
