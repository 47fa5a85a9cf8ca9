"""The plan of a conversion: decided once, by the options and the head of the table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..errors import BadOption
from ..resolve.column import Column
from ..resolve.options import DEFAULT, OnMany
from .targets import DEFAULT_TARGETS, Target, read_targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..genes.marks import Marks
    from ..resolve.column import Numbers, SpeciesVote
    from ..resolve.options import Options

STATUS_COLUMNS = ("outcome", "reason", "matched_as", "retired_from", "also")
STALE_COLUMNS = ("stale", "use_now")
DEFAULT_SEPARATOR = ";"
# Values that mean an empty cell unless others are specified: NA is the alias of a gene too.
MISSING = frozenset(
    {"-", "--", "---", ".", "?", "NaN", "<NA>"}
    | {
        case(word)
        for word in ("na", "n/a", "#n/a", "nan", "none", "null")
        for case in (str.lower, str.upper, str.title)
    }
)
# Between the cells of a row that are read together: the separator of units, which no one types.
UNIT_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a table, as far as the user specifies it: what is None or empty is detected.

    With `header_row` the names of its columns are the identifiers.
    """

    columns: tuple[str, ...] = ()
    delimiter: str | None = None
    has_header: bool | None = None
    keep_bad_rows: bool = False
    split: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    header_row: bool = False


@dataclass(frozen=True, slots=True)
class CellRule:
    """How the cells of one column are read.

    `numbers` is the namespace that its bare numbers are read in (None: left open), `species` the species that its
    cells are read in where they may be of either (None: too few differ), `lists` the pattern by which a cell is split
    that contains several identifiers (None: a cell is one identifier). With `has_dates` numbers that can be days are
    dates that a spreadsheet made of symbols; `days` is how many the head has. `others` are columns that are read, in
    order, where a row is not found by this. `note` says what was assumed where another column, or none, might have
    been expected.
    """

    position: int
    name: str
    why: str = "requested"
    numbers: Numbers | None = None
    lists: str | None = None
    species: SpeciesVote | None = None
    has_dates: bool = False
    days: int = 0
    others: tuple[CellRule, ...] = ()
    note: str | None = None

    @property
    def column(self) -> Column:
        """What its unambiguous cells decide for the others."""
        return Column(self.numbers, self.species, self.has_dates)

    @property
    def all(self) -> tuple[CellRule, ...]:
        """The rules of all columns that are read together."""
        return (replace(self, others=()), *self.others) if self.others else (self,)

    @property
    def title(self) -> str:
        """What the column, or the columns that are read together, are called."""
        return ",".join([self.name, *(other.name for other in self.others)])

    def describe(self) -> dict[str, Any]:
        """Return the rule as plain objects."""
        return {
            "name": self.name,
            "position": self.position + 1,
            "why": self.why,
            "numbers": None if self.numbers is None else self.numbers._asdict(),
            "lists": self.lists,
            "dates": self.days > 0,
            "species": None if self.species is None else self.species.describe(),
            "then": [other.describe() for other in self.others],
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A conversion: how each cell is resolved, which columns are added, and how the cells of each column are read.

    `options` are those of a single query (`resolver.resolve.options`); their `to`, `fields`, `explain` and `receipt`
    have no part in it. `best` keeps the first identifier of each gene and column. `separator` joins several values of
    one cell; `stale` adds what the nightly job marked; `missing` are values that count as an empty cell. `in_place`
    replaces the identifiers by those of the one target, and adds no columns. `corrections` are whole cells and the
    identifier that each is read as; the cells themselves stay as they are.
    """

    columns: tuple[CellRule, ...] = ()
    targets: tuple[Target, ...] = ()
    options: Options = DEFAULT
    separator: str = DEFAULT_SEPARATOR
    best: bool = False
    stale: bool = False
    missing: frozenset[str] = MISSING
    in_place: bool = False
    corrections: tuple[tuple[str, str], ...] = ()

    def is_missing(self, text: str) -> bool:
        """Return whether a cell counts as empty; of several cells that are read together, whether all do."""
        if not text or text.isspace() or text in self.missing:
            return True
        if UNIT_SEPARATOR in text:
            return all(map(self.is_missing, text.split(UNIT_SEPARATOR)))
        return text.strip() in self.missing

    @property
    def added(self) -> tuple[str, ...]:
        """The names of the columns that one identifier column brings, before they are made unique."""
        return (*(target.name for target in self.targets), *STATUS_COLUMNS, *(STALE_COLUMNS if self.stale else ()))

    def name_added(self, header: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of all added columns, none of which the table has already.

        With several identifier columns each name begins with the column's; a name that is taken gets a number.
        """
        if self.in_place:
            return ()
        leads = [f"{rule.title}." if len(self.columns) > 1 else "" for rule in self.columns]
        return tuple(name_uniquely([f"{lead}{name}" for lead in leads for name in self.added], header))

    def with_columns(self, columns: tuple[CellRule, ...]) -> Plan:
        """Return the plan for these columns."""
        return replace(self, columns=columns)

    def naming(self) -> Plan:
        """Return the plan for names: the best identifier of the one gene that each matches, none where it is several.

        Of the default targets it takes the first.
        """
        targets = self.targets[:1] if self.targets == read_targets(DEFAULT_TARGETS) else self.targets
        on_many = OnMany.NA if self.options.on_many is OnMany.LIST else self.options.on_many
        return replace(self, targets=targets, options=replace(self.options, on_many=on_many), best=True)

    def replacing(self) -> Plan:
        """Return the plan that replaces identifiers by names (`naming`).

        Raises BadOption for several targets, and for options that add rows or columns.
        """
        plan = self.naming()
        if len(plan.targets) > 1:
            raise BadOption(
                "identifiers in place can be replaced by those of one namespace only", hint="Name one with --to."
            )
        if self.stale or self.options.on_many is OnMany.EXPLODE:
            what = "--stale" if self.stale else "--on-many explode"
            raise BadOption(f"{what} does not fit --in-place", hint="Omit one of them.")
        return replace(plan, in_place=True)

    def describe(self) -> dict[str, Any]:
        """Return the plan as plain objects, for receipts and reports."""
        return self.options.describe() | {
            "to": [target.name for target in self.targets],
            "separator": self.separator,
            "best": self.best,
            "stale": self.stale,
            "missing": sorted(self.missing),
            "in_place": self.in_place,
            "correct": dict(self.corrections),
            "columns": [rule.describe() for rule in self.columns],
        }


def name_uniquely(wanted: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """Return the names, none of them twice and none of those that are taken: such a name gets a number."""
    names = dict.fromkeys(taken)
    known = len(names)
    for name in wanted:
        unique, number = name, 2
        while unique in names:
            unique, number = f"{name}_{number}", number + 1
        names[unique] = None
    return list(names)[known:]


def make_plan(
    to: str | None = None,
    options: Options = DEFAULT,
    *,
    separator: str = DEFAULT_SEPARATOR,
    best: bool = False,
    stale: bool = False,
    missing: str | None = None,
    in_place: bool = False,
    correct: Mapping[str, str] | None = None,
) -> Plan:
    """Return a plan for columns that are still to be chosen; raises InputError for options that do not exist or fit."""
    targets = read_targets(DEFAULT_TARGETS if to is None else to)
    words = frozenset(word.strip() for word in missing.split(",")) - {""} if missing else MISSING
    alone = replace(options, to=None, fields=None, explain=False, receipt=False)
    corrections = tuple((cell.strip(), identifier) for cell, identifier in (correct or {}).items())
    plan = Plan(
        (), targets, DEFAULT if alone == DEFAULT else alone, separator, best, stale, words, corrections=corrections
    )
    for cell, _ in corrections:
        if plan.is_missing(cell):
            raise BadOption(
                f"the cell {cell!r} counts as empty and cannot be corrected",
                hint="To convert such cells, specify other missing values, such as --missing -.",
            )
    return plan.replacing() if in_place else plan


def describe_marks(marks: Marks, separator: str = DEFAULT_SEPARATOR) -> dict[str, tuple[str, str]]:
    """Return what the nightly job marked, as the `stale` columns show it: by CURIE the verdict, and what to use now."""
    return {mark.curie: (mark.verdict.value, separator.join(mark.successors)) for mark in marks}
