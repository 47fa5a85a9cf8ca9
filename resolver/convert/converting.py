"""Convert frames of Python's table libraries, and files, with a resolver.

The class of a frame says which library made it; each library has a module with `convert_frame(frame, names, request)`.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from ..errors import BadOption, InputError
from ..identifiers.brief import name_kind
from ..resolve.options import LIST_DEFAULT, check_keywords, read_options
from .annotated.files import AnnotatedConversion, is_annotated
from .engine import Tools
from .files import check_target, create_table_file, open_table_file, target_format
from .frames import ANNOTATED, MODULES, PLAIN
from .frames.base import FrameRequest
from .merging import check_collisions, read_collisions
from .options import rename_for_python
from .plan import Plan, Reading, describe_marks, make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..resolve.resolver import Resolver
    from .engine import Progress
    from .report.summary import Summary

Frame = TypeVar("Frame")
_OF_PLAN = ("separator", "best", "stale", "missing", "in_place", "correct")


class ConversionOptions(TypedDict, total=False):
    """The options of every conversion, as people write them."""

    to: str | Iterable[str] | None
    namespace: str
    species: str | int
    to_species: str | int
    orthologs: str
    consensus: str
    on_many: str
    policy: str
    separator: str
    best: bool
    stale: bool
    missing: str
    correct: Mapping[str, str]
    split: str
    in_place: bool


class FrameOptions(ConversionOptions, total=False):
    """The options of the conversion of a frame."""

    column: object
    collisions: str
    on_summary: Callable[[Summary], None] | None


class FileOptions(ConversionOptions, total=False):
    """The options of the conversion of a file."""

    column: str | list[str] | None
    collisions: str
    header_row: bool
    force: bool
    on_progress: Callable[[Progress], None] | None
    reading: Reading | None


def convert_frame(resolver: Resolver, frame: Frame, options: FrameOptions) -> Frame:
    """Return a frame of the same kind with more columns; raises BadOption where it is no frame."""
    check_frame_options(options)
    rest: dict[str, Any] = dict(options)
    column, on_summary = rest.pop("column", None), rest.pop("on_summary", None)
    chosen = rest.pop("collisions", None)
    tools, plan, split = _read_options(resolver, rest)
    if plan.in_place:
        raise BadOption("in_place is for files", hint="Assign the added column to that of the identifiers.")
    names = column if isinstance(column, list) else [] if column is None else [column]
    library = find_library(frame)
    if library not in ANNOTATED:
        check_collisions(chosen)
    module: Any = import_module(MODULES[library])
    request = FrameRequest(plan, tools, Reading(split=split), on_summary, chosen and read_collisions(chosen))
    with _naming_options():
        converted: Frame = module.convert_frame(frame, names, request)
    return converted


@contextmanager
def _naming_options() -> Iterator[None]:
    """Name the options in the hint of an error as Python writes them."""
    try:
        yield
    except InputError as error:
        if error.hint:
            error.hint = rename_for_python(error.hint)
            error.__notes__ = [error.hint]
        raise


def convert_file(resolver: Resolver, source: str | Path, target: str | Path, options: FileOptions) -> Summary:
    """Convert a table file to another, and return the counts."""
    from .conversion import open_conversion

    _check_keywords(options, FileOptions)
    rest: dict[str, Any] = dict(options)
    column, reading = rest.pop("column", None), rest.pop("reading", None) or Reading()
    force, on_progress = rest.pop("force", False), rest.pop("on_progress", None)
    header_row, chosen = rest.pop("header_row", reading.header_row), rest.pop("collisions", None)
    with _naming_options():
        tools, plan, split = _read_options(resolver, rest)
        names = (column,) if isinstance(column, str) else tuple(column or ())
        reading = replace(reading, columns=names, split=split, header_row=header_row)
        source, target = Path(source), Path(target)
        if is_annotated(source, target):
            check_target(target, source, force=force, how="force=True")
            conversion_of_names = AnnotatedConversion(source, plan, tools, reading, read_collisions(chosen))
            summary = conversion_of_names.write(target, overwrite=force)
        else:
            check_collisions(chosen)
            to_format = target_format(target.name, source.name)
            check_target(target, source, force=force, how="force=True")
            with open_table_file(source) as stream:
                conversion = open_conversion(stream, str(source), plan, tools, reading, to_format=to_format)
                with create_table_file(target, source) as out:
                    summary = conversion.run(out, on_progress)
    summary.use_names(rename_for_python)
    return summary


def check_frame_options(options: FrameOptions) -> None:
    """Raise BadOption for an option that the conversion of a frame does not have."""
    _check_keywords(options, FrameOptions)


def _check_keywords(options: Mapping[str, object], kind: type) -> None:
    """Raise BadOption for an option that does not exist; for one of single queries, with what to use instead."""
    if "receipt" in options:
        raise BadOption(
            "a conversion has its receipt in the summary",
            hint="Pass on_summary=…, and call build_receipt() of the summary that it receives.",
        )
    if of_queries := sorted({"fields", "explain"} & set(options)):
        raise BadOption(f"a table has no {of_queries[0]}", hint="Select columns with to=.")
    check_keywords(options, kind.__annotations__)


def _read_options(resolver: Resolver, options: dict[str, Any]) -> tuple[Tools, Plan, str | None]:
    """Return what converts, the plan, and the separator between several identifiers in a cell."""
    to, split = options.pop("to", None), options.pop("split", None)
    shown = {name: options.pop(name) for name in _OF_PLAN if name in options}
    targets = to if to is None or isinstance(to, str) else ",".join(to)
    plan = make_plan(targets, read_options(options, LIST_DEFAULT), **shown)
    marks = describe_marks(resolver.marks, plan.separator) if plan.stale else None
    return Tools(resolver, marks), plan, split


def find_library(frame: object) -> str:
    """Return the library of a frame; raises BadOption for what is no frame."""
    if isinstance(frame, list | tuple | dict):
        return PLAIN
    for kind in type(frame).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in MODULES:
            return library
    raise BadOption(
        f"{name_kind(frame)} is not a table",
        hint=f"Give a frame of {', '.join(MODULES)}, a list or a dict of columns. For a file, use convert_file.",
    )
