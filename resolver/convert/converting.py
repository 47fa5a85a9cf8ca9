"""A resolver that converts tables too: frames of Python's table libraries, and files.

The class of a frame determines its library, which has a module with a function `convert_frame`. No library is imported
before a frame of it comes, and what converts not before there is something to convert.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

from ..errors import BadOption
from ..resolve.options import DEFAULT, read_options
from ..resolve.resolver import Resolver
from .files import check_target, create_table_file, open_table_file, target_format
from .frames import MODULES
from .plan import Reading, describe_marks, make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .engine import Progress, Tools
    from .frames.base import OnSummary
    from .plan import Plan
    from .report.summary import Summary

    OnProgress = Callable[[Progress], None]

Frame = TypeVar("Frame")


class ConversionOptions(TypedDict, total=False):
    """The options of every conversion besides its columns."""

    namespace: str
    species: str | int
    to_species: str | int
    consensus: str
    on_many: str
    separator: str
    best: bool
    stale: bool
    missing: str
    split: str


class FrameOptions(ConversionOptions, total=False):
    """The options of the conversion of a frame."""

    column: object
    to: str | Iterable[str] | None
    on_summary: OnSummary | None


class FileOptions(ConversionOptions, total=False):
    """The options of the conversion of a file."""

    column: str | list[str] | None
    to: str | Iterable[str] | None
    force: bool
    on_progress: OnProgress | None
    reading: Reading | None


class ConvertingResolver(Resolver):
    """A resolver that converts tables too: frames of Python's table libraries, and files."""

    def convert(
        self,
        frame: Frame,
        *,
        column: object = None,
        to: str | Iterable[str] | None = None,
        on_summary: OnSummary | None = None,
        **options: Unpack[ConversionOptions],
    ) -> Frame:
        """Return a frame of the same kind, row for row, with the columns `to` and four status columns.

        With `stale=True` two more show what the nightly job marked: its verdict, and what to use now.

        It takes a DataFrame of pandas, Polars or Spark, a LazyFrame, or a Table of pyarrow. `column` names the
        identifiers (several: a list; None: found by content). `on_many="explode"` writes a row for each gene.
        `on_summary` receives the counts. Raises MissingColumn, BadOption, UnknownNamespace and UnknownSpecies;
        warns where under half of the cells match genes.
        """
        from .frames.base import FrameRequest

        plan, reading = _read_options(to, options)
        names = column if isinstance(column, list) else [] if column is None else [column]
        request = FrameRequest(plan, self._tools(plan), reading, on_summary)
        module: Any = import_module(_find_module(frame))
        converted: Frame = module.convert_frame(frame, names, request)
        return converted

    def convert_file(
        self,
        source: str | Path,
        target: str | Path,
        *,
        column: str | list[str] | None = None,
        to: str | Iterable[str] | None = None,
        force: bool = False,
        on_progress: OnProgress | None = None,
        reading: Reading | None = None,
        **options: Unpack[ConversionOptions],
    ) -> Summary:
        """Convert a table file to another, in the format that its name says, and return the counts.

        A file that exists is overwritten only with `force`. `reading` specifies what is otherwise detected (delimiter,
        sheet, encoding) and what becomes of bad rows. Raises what `convert` raises, BadOption for a target that exists
        or has an unknown suffix, UnreadableTable for what is no table, and InputError for what cannot be written.
        """
        from .conversion import open_conversion

        plan, split = _read_options(to, options)
        names = (column,) if isinstance(column, str) else tuple(column or ())
        reading = replace(reading or Reading(), columns=names, split=split.split)
        source, target = Path(source), Path(target)
        to_format = target_format(target.name, source.name)
        check_target(target, source, force=force, how="force=True")
        with open_table_file(source) as stream:
            conversion = open_conversion(stream, str(source), plan, self._tools(plan), reading, to_format=to_format)
            with create_table_file(target, source) as out:
                return conversion.run(out, on_progress)

    def _tools(self, plan: Plan) -> Tools:
        """Return what a conversion works with: the marks of the nightly job too where the plan includes them."""
        from .engine import Tools

        return Tools(self, describe_marks(self.marks, plan.separator) if plan.stale else None)


def _read_options(to: str | Iterable[str] | None, specified: ConversionOptions) -> tuple[Plan, Reading]:
    """Return the plan and the reading that options request by name."""
    words: dict[str, Any] = dict(specified)
    split = words.pop("split", None)
    of_plan = {name: words.pop(name) for name in ("separator", "best", "stale", "missing") if name in words}
    if "to" in words or {"fields", "explain", "receipt"} & set(words):
        raise BadOption("a table has no fields, explain or receipt", hint="Specify columns with to=.")
    targets = to if to is None or isinstance(to, str) else ",".join(to)
    return make_plan(targets, read_options(words) if words else DEFAULT, **of_plan), Reading(split=split)


def _find_module(frame: object) -> str:
    """Return the module that converts such a frame; raises BadOption where there is none."""
    for kind in type(frame).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in MODULES:
            return MODULES[library]
    raise BadOption(
        f"a {type(frame).__name__} is not a table", hint=f"Use a frame of {', '.join(MODULES)}, or use convert_file."
    )
