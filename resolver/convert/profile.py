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
from ..identifiers.foreign import is_artifact
from ..identifiers.model import Level
from ..identifiers.namespaces import BY_PREFIX, BY_SPELLING, folded_spelling
from ..resolve.about import UPDATE
from ..resolve.column import decide_column
from ..resolve.many import answer_in_column
from ..resolve.options import OnMany
from ..resolve.outcome import Outcome, Reason
from .plan import CellRule
from .unknown import describe_age, name_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..resolve.answer import Answer
    from ..resolve.resolver import Resolver
    from ..store.release import Release
    from .plan import Plan

    ReadHead = Callable[[int], list[str]]

_SAMPLED_CELLS = 400  # of each column, which are resolved
_SHARE = 0.5
_SHARE_IF_NAMED = 0.1  # where the header names genes
_NAME_WEIGHT = 0.25  # of a header that names genes, where several columns contain them
NUMBER_NAMES = re.compile(r"entrez|ncbi|locuslink|hgnc|omim|\bmim\b|\bmgi\b|homologene", re.IGNORECASE)
GENE_NAMES = re.compile(r"gene|symbol|hugo", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[-+]?[0-9][0-9.,' ]*(?:[eE][-+]?[0-9]+)?\s*")
# Separators of several identifiers in a cell, in the order in which they are tried.
_SEPARATORS = ("///", "//", ";", "|", ",")
MATCH_WORDS: dict[str, str] = {
    MatchKind.SYMBOL: "symbols",
    MatchKind.PREVIOUS_SYMBOL: "previous symbols",
    MatchKind.ALIAS: "aliases",
    MatchKind.FULL_NAME: "full names",
    MatchKind.RETIRED_SYMBOL: "symbols of retired records",
    MatchKind.HOMOLOGY_GROUP: "HomoloGene groups",
}
_WEAK = frozenset(MATCH_WORDS[kind] for kind in (MatchKind.PREVIOUS_SYMBOL, MatchKind.ALIAS, MatchKind.FULL_NAME))
NOT_IN_RELEASE = "not in the release"
LISTS = "lists of identifiers"  # a kind of cells
_LEVELS = {Level.GENE: "genes", Level.TRANSCRIPT: "transcripts", Level.PROTEIN: "proteins", Level.GENOMIC: "regions"}


class ColumnProfile(NamedTuple):
    """What a column contains: the share of each kind of cell, largest first, among the cells of the head with content.

    `found` is the share that resolves to genes; in `strength` what is found by an alias or name counts half, since
    nearly every short text is an alias of some gene. `rule` is how its cells are read; `is_named`: its header names
    genes.
    """

    rule: CellRule
    shares: tuple[tuple[str, float], ...]
    found: float
    cells: int
    is_named: bool
    strength: float = 0.0

    @property
    def names_genes(self) -> bool:
        """Whether enough cells resolve to genes: half of them, a tenth where the header names genes."""
        return self.cells > 0 and self.found >= (_SHARE_IF_NAMED if self.is_named else _SHARE)

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
    """Return a function that returns the cells of a column of the rows; a row may be too short to have one."""
    return lambda number: [row[number] for row in rows if number < len(row)]


def choose_rules(
    header: Sequence[str],
    read_head: ReadHead,
    resolver: Resolver,
    plan: Plan,
    wanted: Sequence[str] = (),
    split: str | None = None,
) -> tuple[list[CellRule], list[ColumnProfile]]:
    """Return the rules of the wanted columns, or of the best one; and the profiles of all that were examined.

    `read_head` returns the first cells of a column. `split` is the separator between the identifiers of a cell (None:
    detected). Raises MissingColumn for a column that is not there or is there twice, BadOption where none is wanted
    and none names genes.
    """
    positions = [find_column(header, name) for name in wanted]
    if len(positions) > 1 and plan.options.on_many is OnMany.EXPLODE:
        raise BadOption("several columns cannot be exploded at once", hint="Convert them one after the other.")
    profiles = []
    for number in positions or range(len(header)):
        one = _profile(CellRule(number, header[number]), read_head(number), resolver, plan)
        if split is not None:
            one = one._replace(rule=replace(one.rule, lists=rf"\s*{re.escape(split)}\s*"))
        profiles.append(one)
    if positions:
        return [one.rule for one in profiles], profiles
    fit = [one for one in profiles if one.names_genes]
    if not fit and not any(one.cells for one in profiles) and sum(one.is_named for one in profiles) == 1:
        named = next(one for one in profiles if one.is_named)
        return [replace(named.rule, why="its header names genes, and all its cells are empty")], profiles
    if not fit:
        shown = "; ".join(one.describe() for one in profiles[:8])
        raise BadOption(
            f"no column contains identifiers of genes in {resolver.release.title}: {shown}",
            hint=_suggest_column(profiles, resolver.release),
        )
    best = max(fit, key=lambda one: (one.strength + (_NAME_WEIGHT if one.is_named else 0), -one.rule.position))
    return [replace(best.rule, why=f"{_percent(best.found)} of its cells match genes")], profiles


def _suggest_column(profiles: Sequence[ColumnProfile], release: Release) -> str:
    """Return what to do about a table without a column of genes; the age of the release first, where it may be that."""
    select = "Select one with --column, and its namespace with --from."
    shares = (share for one in profiles for kind, share in one.shares if kind.endswith(NOT_IN_RELEASE))
    if max(shares, default=0.0) < _SHARE:
        return select
    return f"The release may be too old for them ({describe_age(release)}); a newer one: {UPDATE}. {select}"


def find_column(header: Sequence[str], wanted: str) -> int:
    """Return the position of a column by its name, or as `#2` by its number; raises MissingColumn with the nearest."""
    places = [number for number, name in enumerate(header) if name == wanted]
    if len(places) == 1:
        return places[0]
    what = f"column {wanted!r} not found"
    if places:
        what = f"{len(places)} columns are named {wanted!r}"
        hint = f"Select one by number: {', '.join(f'#{place + 1}' for place in places)}."
    elif wanted.startswith("#") and wanted[1:].isdigit():
        if 1 <= (number := int(wanted[1:])) <= len(header):
            return number - 1
        what, hint = f"column #{number} not found", f"The table has {len(header)} columns."
    else:
        folded = {name.casefold(): name for name in header}
        near = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=0.5)
        shown = ", ".join(header[:20]) + (f" and {len(header) - 20:,} more" if len(header) > 20 else "")
        hint = f"Did you mean {folded[near[0]]!r}? Available: {shown}." if near else f"Available: {shown}."
    raise MissingColumn(what, available=tuple(header), hint=hint)


def _profile(rule: CellRule, cells: Sequence[str], resolver: Resolver, plan: Plan) -> ColumnProfile:
    """Return what the first cells of a column contain, and how all are read. Cost: some hundred answers."""
    if plan.options.on_many is OnMany.ERROR:  # which is for the rows: they have a place
        plan = replace(plan, options=replace(plan.options, on_many=OnMany.LIST))
    names_numbers = NUMBER_NAMES.search(rule.name) is not None or folded_spelling(rule.name) in BY_SPELLING
    is_named = names_numbers or GENE_NAMES.search(rule.name) is not None
    filled = [cell for cell in cells if cell and not cell.isspace() and cell not in plan.missing]
    if not filled:
        return ColumnProfile(rule, (), 0.0, 0, is_named)
    counts = Counter(filled)
    numbers = [cell for cell in counts if not cell[0].isalpha()]  # for most columns there are none
    if not plan.options.namespaces:
        rule = replace(rule, numbers=decide_column(numbers, resolver.reader))
    if len(counts) > _SAMPLED_CELLS:  # rows all over the head: the most frequent cells represent themselves only
        counts = Counter(filled[:: len(filled) // _SAMPLED_CELLS])
    answers = {
        cell: answer_in_column(resolver, cell, plan.options, rule.numbers, with_suggestions=False) for cell in counts
    }
    rule = replace(rule, lists=_find_lists(answers, resolver, plan))
    if not names_numbers and not plan.options.namespaces:
        many = sum(map(is_number, filled))
        if 2 * many > len(filled):  # most small numbers are some gene's Entrez number
            kind = "numbers, and the header does not say that they are of genes"
            return ColumnProfile(rule, ((kind, 1.0),), 0.0, len(filled), is_named)
    kinds: Counter[str] = Counter()
    found = 0
    for cell, answer in answers.items():
        is_list = rule.lists is not None and not is_found(answer) and len(re.split(rule.lists, cell)) > 1
        kinds[LISTS if is_list else _name_kind(answer)] += counts[cell]
        found += counts[cell] if is_list or is_found(answer) else 0
    total = counts.total()
    weak = sum(kinds[kind] for kind in _WEAK)
    shares = tuple((kind, number / total) for kind, number in kinds.most_common())
    return ColumnProfile(rule, shares, found / total, len(filled), is_named, (found - weak / 2) / total)


def is_number(cell: str) -> bool:
    """Return whether a cell is a number, be it with decimals, an exponent or separators of thousands."""
    return not cell[0].isalpha() and _NUMBER.fullmatch(cell) is not None


def is_found(answer: Answer) -> bool:
    """Return whether a cell matches genes, be they several or found by a retired identifier."""
    return answer.outcome in {Outcome.RESOLVED, Outcome.AMBIGUOUS, Outcome.RETIRED}


def _name_kind(answer: Answer) -> str:
    """Return what a cell is, in the plural."""
    if answer.outcome is Outcome.RETIRED:
        return "retired"
    if answer.reason is Reason.NOT_IN_RELEASE and (title := name_unknown(answer.query)) is not None:
        return f"{title} ids {NOT_IN_RELEASE}"
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
    """Return the pattern that splits cells of several identifiers; None where at most half of such cells are lists."""
    missed = [cell for cell, answer in answers.items() if not is_found(answer)]
    found: list[str] = []
    for separator in _SEPARATORS:
        suspects = [cell for cell in missed if separator in cell and not any(known in cell for known in found)]
        lists = sum(_is_list(cell.split(separator), resolver, plan) for cell in suspects)
        if 2 * lists > len(suspects):
            found.append(separator)
    return rf"\s*(?:{'|'.join(re.escape(separator) for separator in found)})\s*" if found else None


def _is_list(parts: list[str], resolver: Resolver, plan: Plan) -> bool:
    """Return whether the first two parts of a cell match genes, without contaminants and the like."""
    filled = [part.strip() for part in parts if part.strip()]
    two = [part for part in filled if not is_artifact(part)][:2]
    answers = (answer_in_column(resolver, part, plan.options, None, with_suggestions=False) for part in two)
    return len(filled) > 1 and bool(two) and all(map(is_found, answers))
