"""The options of a conversion as text: one table of them for the interfaces that read text.

The options for each cell (`from`, `species` …) are those of a single query, and read by `resolver.resolve.options`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..errors import BadOption, InputError
from ..identifiers.brief import suggest_near
from ..resolve.options import LIST_DEFAULT, OPTIONS, read_options, refuse_option
from .formats import BY_NAME
from .layouts.delimiters import NAMED_DELIMITERS, read_delimiter
from .plan import DEFAULT_SEPARATOR, Reading, make_plan
from .targets import DEFAULT_TARGETS, list_target_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .plan import Plan

Value = TypeVar("Value")
# Options of a single query that a conversion has too.
_OF_CELLS = ("from", "species", "to_species", "orthologs", "consensus", "on_many", "policy")
# Options of the plan, and of how the table is read: the names of their fields.
_OF_PLAN = ("to", "separator", "best", "stale", "missing", "in_place", "correct")
_OF_READING = {
    "column": "columns", "delimiter": "delimiter", "header": "has_header", "on_bad_row": "keep_bad_rows",
    "split": "split", "sheet": "sheet", "encoding": "encoding", "header_row": "header_row",
}  # fmt: skip
_CORRECTION_END = "\x1e"  # the separator of records, which no one types: cells may have line breaks
# Options that may be repeated, and what joins their values; commas in the name of a column mean columns in turn.
LISTED = {"to": ",", "column": "\n", "missing": ",", "correct": _CORRECTION_END}


class TableOption(NamedTuple):
    """Describe one option: its name, its parser, its JSON schema and its help."""

    name: str
    read: Callable[[str], Any]
    schema: dict[str, Any]
    help: str


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """A requested conversion: `to_format` is None for that of the table; with `is_dry` it is only described."""

    plan: Plan
    reading: Reading
    to_format: str | None = None
    is_dry: bool = False


def _choose(text: str, known: Mapping[str, Value]) -> Value:
    """Return what a word stands for; raises BadOption for a word that is not known."""
    word = text.strip().lower().removeprefix(".")
    if word not in known:
        raise BadOption(
            f"there is no {text!r} here", hint=f"{suggest_near(word, known)}Choose one of {', '.join(known)}."
        )
    return known[word]


def _boolean(text: str) -> bool:
    return _choose(text, {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False})


def _list_columns(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split("\n") if part.strip()))


def read_corrections(corrections: Iterable[str]) -> dict[str, str]:
    """Return cells with the identifiers that they are read as, each written as CELL=IDENTIFIER.

    Raises BadOption for another text, and for a cell with two corrections.
    """
    found: dict[str, str] = {}
    for text in corrections:
        cell, _, identifier = (part.strip() for part in text.rpartition("="))
        if not cell or not identifier:
            raise BadOption(
                f"{text[:80]!r} is no correction", hint="Write CELL=IDENTIFIER, such as --correct TP35=TP53."
            )
        if found.setdefault(cell, identifier) != identifier:
            raise BadOption(f"the cell {cell[:80]!r} has two corrections", hint="Specify one of them.")
    return found


def _split_corrections(text: str) -> dict[str, str]:
    return read_corrections(text.split(_CORRECTION_END))


def _format(text: str) -> str:
    return _choose(text, BY_NAME).name


def read_policy(text: str) -> bool:
    """Return whether bad rows are kept; raises BadOption for a word that is neither stop nor keep."""
    return _choose(text, {"stop": False, "keep": True})


_TEXT: dict[str, Any] = {"type": "string"}
_LIST: dict[str, Any] = {"type": "array", "items": {"type": "string"}}


_DELIMITER: dict[str, Any] = {
    "type": "string", "anyOf": [{"enum": list(NAMED_DELIMITERS)}, {"pattern": r'^[^"\r\n]$'}]
}  # fmt: skip


def _flag(*, default: bool) -> dict[str, Any]:
    return {"type": "boolean", "default": default}


TABLE_OPTIONS: tuple[TableOption, ...] = (
    TableOption("to", str, {"type": "array", "items": {"type": "string", "enum": list(list_target_names())},
                            "default": DEFAULT_TARGETS.split(",")},
                f"columns to add, separated by commas: {', '.join(list_target_names())}"),
    TableOption("column", _list_columns, _LIST,
                "column of identifiers, by name or number (#2); of several with commas between them, such as "
                "gene_id,gene_name, the first that is found in a row is used; can be repeated (default: detected)"),
    TableOption("separator", str, _TEXT | {"default": DEFAULT_SEPARATOR},
                "separator between several identifiers in an added cell"),
    TableOption("best", _boolean, _flag(default=False), "return only the best identifier of each gene"),
    TableOption("stale", _boolean, _flag(default=False),
                "add the columns stale and use_now: the verdict of the nightly run, and the replacement"),
    TableOption("in_place", _boolean, _flag(default=False),
                "replace the identifiers by those of one namespace (default: symbol), and add no columns"),
    TableOption("missing", str, _LIST,
                "values that mean an empty cell, separated by commas (default: NA, NaN, N/A, None, NULL, -, --, ---, "
                "., ?)"),
    TableOption("correct", _split_corrections, _LIST,
                "CELL=IDENTIFIER: read cells with this content as this identifier; the cell stays as it is; can be "
                "repeated"),
    TableOption("split", str, _TEXT, "separator between several identifiers in an input cell (default: detected)"),
    TableOption("delimiter", read_delimiter, _DELIMITER,
                "field delimiter: one character, or tab, comma, semicolon, pipe, space (default: detected)"),
    TableOption("header", _boolean, {"type": "boolean"}, "whether the first row is a header (default: detected)"),
    TableOption("header_row", _boolean, _flag(default=False),
                "convert the names of the columns, which are the identifiers, in place"),
    TableOption("on_bad_row", read_policy, {"type": "string", "enum": ["stop", "keep"], "default": "stop"},
                "rows with more content than the header: stop, or keep it in their last cell and report their lines"),
    TableOption("sheet", str, _TEXT, "sheet of a workbook (default: the first)"),
    TableOption("encoding", str, _TEXT, "text encoding, such as cp1252 (default: detected)"),
    TableOption("format", _format, {"type": "string", "enum": list(BY_NAME)},
                "output format (default: that of the table)"),
    TableOption("dry_run", _boolean, _flag(default=False),
                "only describe the columns and convert the first rows"),
)  # fmt: skip
_BY_NAME = {option.name: option for option in TABLE_OPTIONS}


def list_options() -> list[tuple[str, dict[str, Any], str]]:
    """Return every option of a conversion as name, JSON schema and help."""
    cells = [(option.name, option.schema, option.help) for option in OPTIONS if option.name in _OF_CELLS]
    own = [(option.name, option.schema, option.help) for option in TABLE_OPTIONS]
    return [*own[:2], *cells, *own[2:]]


def read_table_options(specified: Mapping[str, str]) -> ConversionRequest:
    """Return the conversion that options request, by name and text; an empty text counts as not specified.

    Raises BadOption for an unknown name or a value that cannot be read, UnknownNamespace, UnknownSpecies.
    """
    values: dict[str, Any] = {}
    cells: dict[str, str] = {}
    for name, text in specified.items():
        if name in _OF_CELLS:
            cells[name] = text
        elif name not in _BY_NAME:
            raise refuse_option(name, [known for known, _, _ in list_options()])
        elif text:
            try:
                values[name] = _BY_NAME[name].read(text)
            except InputError as error:
                raise type(error)(f"{name}: {error}", hint=error.hint) from error
    plan = make_plan(
        options=read_options(cells, LIST_DEFAULT), **{name: values[name] for name in _OF_PLAN if name in values}
    )
    reading = Reading(**{field: values[name] for name, field in _OF_READING.items() if name in values})
    return ConversionRequest(plan, reading, values.get("format"), is_dry=values.get("dry_run", False))


# A command for the command line, which is one wherever it is shown.
_COMMAND = re.compile(
    r"(resolver (?:check|nightly|refresh|repair|seed)(?: (?:[A-Za-z]+|--?[a-z-]+|[^\s=]+=[^\s.,;)]+))*)"
)


def rename_options(text: str) -> str:
    """Return a message with the names that options have here instead of those of the command line.

    Commands, such as `resolver repair FILE --set 1-Mar=MARCH1`, stay as they are.
    """
    parts = _COMMAND.split(text)
    return "".join(part if place % 2 else _rename(part) for place, part in enumerate(parts))


def _rename(text: str) -> str:
    text = re.sub(r"--on-bad-row (\w+)", r"on_bad_row=\1", text).replace("--no-header", "header=false")
    text = re.sub(r"--header(?![\w-])", "header=true", text)
    text = re.sub(r"--species (human|mouse|any)\b", r"species=\1", text)
    text = re.sub(r"--column (?!(?:and|or|to) )(?:'([^']*)'|([^\s,;)]+))", r"column=\1\2", text)
    return re.sub(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)", lambda found: found[1].replace("-", "_"), text)


_WORDS = ("species", "to_species", "on_many", "consensus", "policy", "on_bad_row", "namespace")
_VALUE = re.compile(rf"\b({'|'.join(_WORDS)})=([\w.]*\w)")
_COLUMN = re.compile(r"\bcolumn=(?:'([^']*)'|([^\s,;)']+))")


def rename_for_python(text: str) -> str:
    """Return a message with the options as Python writes them: `species='any'`, `namespace` for `--from`."""
    text = re.sub(r"--column '([^']*)'", r"column='\1'", text)
    text = rename_options(text).replace("report lists suggestions", "summary.misses lists suggestions")
    text = text.replace("collisions first, unique or sum", "collisions='first', 'unique' or 'sum'")
    text = (
        text.replace("with from.", "with namespace=….")
        .replace("(from)", "(namespace=…)")
        .replace("(species)", "(species=…)")
    )
    text = re.sub(
        r"\b(header|in_place|header_row|stale|best)=(true|false)", lambda one: f"{one[1]}={one[2].title()}", text
    )
    text = _COLUMN.sub(lambda one: f"column={one[1] or one[2]!r}", text)
    return _VALUE.sub(r"\1='\2'", text)
