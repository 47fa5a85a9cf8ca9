"""Which columns of a table contain gene identifiers, of which kinds, and how their cells are to be read.

This is decided once, from what the cells in the head of the table resolve to, so that every part of the table is read
alike.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from ..errors import BadOption, MissingColumn
from ..genes.ranking import MatchKind
from ..identifiers.model import Level
from ..identifiers.namespaces import BY_PREFIX, BY_SPELLING, folded_spelling
from ..resolve.column import decide_column
from ..resolve.many import answer_in_column
from ..resolve.options import OnMany
from ..resolve.outcome import Outcome
from .plan import CellRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..resolve.answer import Answer
    from ..resolve.resolver import Resolver
    from .plan import Plan

    ReadHead = Callable[[int], list[str]]

_SAMPLED_CELLS = 400  # of each column, which are asked
_SHARE = 0.5
_SHARE_IF_SAID = 0.1
_SAID = 0.25  # what a header that speaks of genes weighs, where several columns hold them
NUMBERS_ARE_SAID = re.compile(r"entrez|ncbi|locuslink|hgnc|omim|\bmim\b|\bmgi\b|homologene", re.IGNORECASE)
GENES_ARE_SAID = re.compile(r"gene|symbol|hugo", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[-+]?[0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?\s*")
# What parts a cell that holds several identifiers, in the order in which it is looked for.
_LIST_MARKS = ("///", "//", ";", "|", ",")
_MAY_PART = frozenset("/;|,")
MATCH_WORDS: dict[str, str] = {
    MatchKind.SYMBOL: "symbols",
    MatchKind.PREVIOUS_SYMBOL: "previous symbols",
    MatchKind.ALIAS: "aliases",
    MatchKind.FULL_NAME: "full names",
    MatchKind.RETIRED_SYMBOL: "symbols of retired records",
    MatchKind.HOMOLOGY_GROUP: "HomoloGene groups",
}
_WEAK = frozenset(MATCH_WORDS[kind] for kind in (MatchKind.PREVIOUS_SYMBOL, MatchKind.ALIAS, MatchKind.FULL_NAME))
LISTS = "lists of identifiers"  # a kind of cells
_LEVELS = {Level.GENE: "genes", Level.TRANSCRIPT: "transcripts", Level.PROTEIN: "proteins", Level.GENOMIC: "regions"}


class ColumnProfile(NamedTuple):
    """What a column contains: the share of each kind of cell, largest first, among the cells of the head with content.

    `found` is the share that resolves to genes; in `strength` what is found by an alias or name counts half, since
    nearly every short text is an alias of some gene. `rule` is how its cells are read, `is_said` that its header
    names genes.
    """

    rule: CellRule
    shares: tuple[tuple[str, float], ...]
    found: float
    cells: int
    is_said: bool
    strength: float = 0.0

    @property
    def names_genes(self) -> bool:
        """Whether enough cells resolve to genes: half of them, a tenth where the header names genes."""
        return self.cells > 0 and self.found >= (_SHARE_IF_SAID if self.is_said else _SHARE)

    def describe(self) -> str:
        """Return the profile in words, such as `gene_id: 97% Ensembl genes with versions, 2% symbols, 1% unknown`."""
        return f"{self.rule.name}: {self.describe_kinds()}"

    def describe_kinds(self) -> str:
        """Return the kinds of cells in words."""
        return ", ".join(f"{_percent(share)} {what}" for what, share in self.shares[:5]) or "empty"


@dataclass(slots=True)
class Prepared:
    """A table whose head was profiled: what is about to be done, shown before it is done.

    `header` names the columns, `added` those to come; `head` are the cells of its first rows.
    """

    plan: Plan
    header: tuple[str, ...]
    added: tuple[str, ...]
    profiles: list[ColumnProfile]
    head: list[list[str]]
    notes: list[str] = field(default_factory=list)


def _percent(share: float) -> str:
    return "under 1%" if 0 < share < 0.005 else f"{100 * share:.0f}%"


def take_cells(rows: Sequence[Sequence[str]]) -> ReadHead:
    """Return what gives the cells of a column, by position, out of rows; a row may be too short to have one."""
    return lambda number: [row[number] for row in rows if number < len(row)]


def read_rules(
    header: Sequence[str],
    read_head: ReadHead,
    resolver: Resolver,
    plan: Plan,
    wanted: Sequence[str],
    split: str | None = None,
) -> list[CellRule]:
    """Return the rules of the wanted columns, as `choose_rules` does, without the cost of the profiles.

    Cost: some milliseconds for ten thousand cells that hold no lists; some hundred answers for others.
    """
    columns = (_Head.of(number, header[number], read_head, plan) for number in _find_wanted(header, wanted, plan))
    return [_state_split(column.read_rule(resolver, split is None), split) for column in columns]


def choose_rules(
    header: Sequence[str],
    read_head: ReadHead,
    resolver: Resolver,
    plan: Plan,
    wanted: Sequence[str] = (),
    split: str | None = None,
) -> tuple[list[CellRule], list[ColumnProfile]]:
    """Return the rules of the wanted columns, or of the one that names genes best; and the profiles of all examined.

    `read_head` gives the first cells of a column. `split` states what parts the identifiers of a cell; else it is
    looked for. Raises MissingColumn for a column that is not there or is there twice, BadOption where none is wanted
    and none names genes.
    """
    positions = _find_wanted(header, wanted, plan)
    profiles = []
    for number in positions or range(len(header)):
        one = _Head.of(number, header[number], read_head, plan).profile(resolver)
        profiles.append(one._replace(rule=_state_split(one.rule, split)))
    if positions:
        return [one.rule for one in profiles], profiles
    fit = [one for one in profiles if one.names_genes]
    if not fit and not any(one.cells for one in profiles) and sum(one.is_said for one in profiles) == 1:
        said = next(one for one in profiles if one.is_said)
        return [replace(said.rule, why="its name speaks of genes, and all its cells are empty")], profiles
    if not fit:
        shown = "; ".join(one.describe() for one in profiles[:8])
        raise BadOption(
            f"no column contains identifiers of genes in {resolver.release.title}: {shown}",
            hint="Select one with --column, and its namespace with --from.",
        )
    best = max(fit, key=lambda one: (one.strength + (_SAID if one.is_said else 0), -one.rule.position))
    return [replace(best.rule, why=f"{_percent(best.found)} of its cells name genes")], profiles


def _find_wanted(header: Sequence[str], wanted: Sequence[str], plan: Plan) -> list[int]:
    positions = [find_column(header, name) for name in wanted]
    if len(positions) > 1 and plan.options.on_many is OnMany.EXPLODE:
        raise BadOption("several columns cannot be exploded at once", hint="Convert them one after the other.")
    return positions


def _state_split(rule: CellRule, split: str | None) -> CellRule:
    return rule if split is None else replace(rule, lists=rf"\s*{re.escape(split)}\s*")


def find_column(header: Sequence[str], wanted: str) -> int:
    """Return the position of a column by its name, or as `#2` by its number; raises MissingColumn with the nearest."""
    if wanted.startswith("#") and wanted[1:].isdigit() and wanted not in header:
        number = int(wanted[1:])
        if 1 <= number <= len(header):
            return number - 1
        raise MissingColumn(
            f"column #{number} not found", available=tuple(header), hint=f"The table has {len(header)} columns."
        )
    places = [number for number, name in enumerate(header) if name == wanted]
    if len(places) == 1:
        return places[0]
    if places:
        numbers = ", ".join(f"#{place + 1}" for place in places)
        raise MissingColumn(
            f"{len(places)} columns are named {wanted!r}",
            available=tuple(header),
            hint=f"Select one by number: {numbers}.",
        )
    folded = {name.casefold(): name for name in header}
    near = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=0.5)
    shown = ", ".join(header[:20]) + (f" and {len(header) - 20:,} more" if len(header) > 20 else "")
    nearest = f"Did you mean {folded[near[0]]!r}? " if near else ""
    raise MissingColumn(f"column {wanted!r} not found", available=tuple(header), hint=f"{nearest}Available: {shown}.")


class _Head(NamedTuple):
    """The first cells of a column: all that are not empty, how often each occurs, and those that are asked."""

    rule: CellRule
    filled: list[str]
    counts: Counter[str]
    sampled: Counter[str]
    plan: Plan

    @classmethod
    def of(cls, number: int, name: str, read_head: ReadHead, plan: Plan) -> _Head:
        if plan.options.on_many is OnMany.ERROR:  # which is for the rows, that say where they stand
            plan = replace(plan, options=replace(plan.options, on_many=OnMany.LIST))
        filled = [cell for cell in read_head(number) if cell and not cell.isspace() and cell not in plan.missing]
        counts = Counter(filled)
        # Of many different cells those of rows all over the head: the most frequent ones tell of themselves only.
        step = max(1, len(filled) // _SAMPLED_CELLS)
        sampled = counts if len(counts) <= _SAMPLED_CELLS else Counter(filled[::step])
        return cls(CellRule(number, name), filled, counts, sampled, plan)

    def read_rule(self, resolver: Resolver, look_for_lists: bool = True) -> CellRule:
        """Return how the cells are read; where some may hold lists, they are asked."""
        rule = self._with_numbers(resolver)
        if not look_for_lists:
            return rule
        suspects = [cell for cell in self.sampled if not _MAY_PART.isdisjoint(cell)]
        return replace(rule, lists=_find_lists(self._ask(suspects, resolver, rule), resolver, self.plan))

    def _with_numbers(self, resolver: Resolver) -> CellRule:
        if self.plan.options.namespaces:
            return self.rule
        numbers = [cell for cell in self.counts if not cell[0].isalpha()]  # for most columns there are none
        return replace(self.rule, numbers=decide_column(numbers, resolver.reader))

    def _ask(self, cells: Iterable[str], resolver: Resolver, rule: CellRule) -> dict[str, Answer]:
        return {
            cell: answer_in_column(resolver, cell, self.plan.options, rule.numbers, with_suggestions=False)
            for cell in cells
        }

    def profile(self, resolver: Resolver) -> ColumnProfile:
        """Return what the column holds, and how its cells are read. Cost: some hundred answers."""
        name, plan, sampled = self.rule.name, self.plan, self.sampled
        says_numbers = NUMBERS_ARE_SAID.search(name) is not None or folded_spelling(name) in BY_SPELLING
        is_said = says_numbers or GENES_ARE_SAID.search(name) is not None
        if not self.filled:
            return ColumnProfile(self.rule, (), 0.0, 0, is_said)
        rule = self._with_numbers(resolver)
        answers = self._ask(sampled, resolver, rule)
        lists = _find_lists(answers, resolver, plan)
        kinds: Counter[str] = Counter()
        found = weak = 0
        for cell, answer in answers.items():
            kind = _name_kind(answer)
            if lists is not None and not is_found(answer) and len(re.split(lists, cell)) > 1:
                kind = LISTS
                found += sampled[cell]
            elif is_found(answer):
                found += sampled[cell]
                weak += sampled[cell] if kind in _WEAK else 0
            kinds[kind] += sampled[cell]
        asked = sampled.total()
        shares = tuple((kind, many / asked) for kind, many in kinds.most_common())
        share, total = found / asked, len(self.filled)
        if not says_numbers and not plan.options.namespaces and 2 * self._count_numbers() > total:
            # Most small numbers are some gene's Entrez number.
            shares, share, weak = (("numbers, and the name does not say that they are of genes", 1.0),), 0.0, 0
        return ColumnProfile(replace(rule, lists=lists), shares, share, total, is_said, share - weak / 2 / asked)

    def _count_numbers(self) -> int:
        return sum(many for cell, many in self.counts.items() if not cell[0].isalpha() and _NUMBER.fullmatch(cell))


def is_found(answer: Answer) -> bool:
    """Return whether a cell matches genes, be they several or found by a retired identifier."""
    return answer.outcome in {Outcome.RESOLVED, Outcome.AMBIGUOUS, Outcome.RETIRED}


def _name_kind(answer: Answer) -> str:
    """Return what a cell is, in the plural."""
    if answer.outcome is Outcome.RETIRED:
        return "retired"
    if not answer.genes:
        return "unknown" if answer.reason is None else str(answer.reason.value).replace("_", " ")
    match = answer.genes[0].matched_as
    if match.kind is not MatchKind.IDENTIFIER:
        return MATCH_WORDS[match.kind]
    prefix = match.value.partition(":")[0]
    title = BY_PREFIX[prefix].title.partition(" (")[0]
    level = _LEVELS.get(Level(match.level)) if match.level and len(BY_PREFIX[prefix].forms) > 1 else None
    version = " with versions" if match.version_requested is not None else ""
    return f"{title} {level or 'ids'}{version}"


def _find_lists(answers: dict[str, Answer], resolver: Resolver, plan: Plan) -> str | None:
    """Return the pattern that parts cells of several identifiers; None where at most half of such cells are that."""
    missed = [cell for cell, answer in answers.items() if not is_found(answer)]
    marks: list[str] = []
    for mark in _LIST_MARKS:
        holding = [cell for cell in missed if mark in cell and not any(known in cell for known in marks)]
        if not holding:
            continue
        parts = [[part.strip() for part in cell.split(mark) if part.strip()][:2] for cell in holding]
        parted = sum(
            len(two) == 2
            and all(
                is_found(answer_in_column(resolver, part, plan.options, None, with_suggestions=False)) for part in two
            )
            for two in parts
        )
        if 2 * parted > len(holding):
            marks.append(mark)
    return rf"\s*(?:{'|'.join(re.escape(mark) for mark in marks)})\s*" if marks else None
