"""What a column of a table contains, by the different cells of the head, and how its cells are to be read.

This is decided once, so that every part of the table is read alike.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from ..genes.ranking import MatchKind
from ..identifiers.compound import split_compound
from ..identifiers.damage import find_damage, is_day
from ..identifiers.foreign import find_foreign, is_artifact
from ..identifiers.model import Level
from ..identifiers.namespaces import BY_PREFIX
from ..resolve.column import Column, Numbers, decide_numbers, sample
from ..resolve.glance import glance_at
from .contents import FREE_TEXT, NUMBERS, is_whole_number, name_other_species, name_plain_kind
from .headers import Header, read_header
from .parts import find_separators, list_suspects, make_pattern, set_mark_aside, split_cell
from .unknown import name_unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..resolve.glance import Glance
    from ..resolve.outcome import MatchedAs
    from ..resolve.resolver import Resolver
    from .head import Head
    from .plan import CellRule, Plan

SAMPLED_CELLS = 300  # different ones of each column, which are resolved
_SCREENED_CELLS = 24  # by which a column is left that surely contains no genes
_SCREEN = 0.2
_SHARE = 0.5
_DAYS = 0.9  # of the numbers of a column of names
_NAMES = 0.2  # of the cells of such a column; the others are accessions
_SHARE_IF_NAMED = 0.1  # where the header names genes
_FIRST_PAIRS = 8  # cells, of which one at least is a pair where the column has pairs
_FEW_DIFFERENT = 5  # so few in many rows are classes of something, not genes
_MANY_ROWS = 50
MATCH_WORDS: dict[str, str] = {
    MatchKind.SYMBOL: "symbols",
    MatchKind.PREVIOUS_SYMBOL: "previous symbols",
    MatchKind.ALIAS: "aliases",
    MatchKind.FULL_NAME: "full names",
    MatchKind.RETIRED_SYMBOL: "symbols of retired records",
    MatchKind.SIMILAR_SPELLING: "similar spellings",
    MatchKind.HOMOLOGY_GROUP: "HomoloGene groups",
}
_WEAK = frozenset((MatchKind.PREVIOUS_SYMBOL, MatchKind.ALIAS, MatchKind.FULL_NAME))
NOT_IN_RELEASE = "not in the release"
LISTS = "lists of identifiers"  # a kind of cells
PAIRS = "pairs of identifiers"
FEW_CLASSES = "a few classes"
# How kinds of columns are shown that are left by their shape.
SHOWN_PLAIN = {NUMBERS: "numbers, and the header does not say that they are of genes", FREE_TEXT: FREE_TEXT,
               FEW_CLASSES: FEW_CLASSES}  # fmt: skip
_LEVELS = {Level.GENE: "genes", Level.TRANSCRIPT: "transcripts", Level.PROTEIN: "proteins", Level.GENOMIC: "regions"}


class ColumnProfile(NamedTuple):
    """What a column contains: the share of each kind of cell, largest first, among the different cells of the head.

    `found` is the share that resolves to genes; in `strength` what is found by an alias, a name or in other capitals
    counts half. `rule` is how its cells are read, `header` what its name says, `cells` how many cells have content,
    `different` how many differ, `full` their share of the rows. `are_accessions`: most of what is found are identifiers
    with letters; `are_numbers`: they are whole numbers. `is_plain`: by their shape the cells are something else, and
    were not resolved. `species` is another species that they are identifiers of.
    """

    rule: CellRule
    shares: tuple[tuple[str, float], ...]
    found: float
    cells: int
    header: Header
    strength: float = 0.0
    different: int = 0
    full: float = 0.0
    are_accessions: bool = False
    are_numbers: bool = False
    is_plain: bool = False
    species: str | None = None
    examples: tuple[str, ...] = ()

    @property
    def are_lists(self) -> bool:
        """Whether most cells contain several identifiers."""
        return bool(self.shares) and self.shares[0][0] == LISTS

    @property
    def number_found(self) -> float:
        """How many of the different cells resolve."""
        return self.found * self.different

    @property
    def is_named(self) -> bool:
        """Whether its header names genes."""
        return self.header.names_genes

    @property
    def names_genes(self) -> bool:
        """Whether enough cells resolve to genes: half of them, a tenth where the header names genes.

        Aliases and names are half of the evidence where the header may name genes, and none where it says nothing:
        nearly every sample `S1` and group `WT` is an alias.
        """
        if self.is_named:
            return self.found >= _SHARE_IF_NAMED
        if self.are_numbers and self.header.numbers is None:  # lists of numbers, which count something
            return False
        return (self.strength if self.header.rank else 2 * self.strength - self.found) >= _SHARE

    def describe(self) -> str:
        """Return the profile in words, such as `gene_id: 97% Ensembl genes with versions, 2% symbols, 1% unknown`."""
        return f"{self.rule.name}: {self.describe_kinds()}"

    def describe_kinds(self) -> str:
        """Return the kinds of cells in words."""
        return ", ".join(f"{show_share(share)} {what}" for what, share in self.shares[:5]) or "empty"


@dataclass(slots=True)
class Prepared:
    """A table whose head was profiled: what is about to be done, shown before it is done.

    `header` names the columns, `added` those to come; `head` are the cells of its first rows.
    """

    plan: Plan
    header: tuple[str, ...]
    added: tuple[str, ...]
    profiles: list[ColumnProfile]
    head: Sequence[Sequence[str]]
    notes: list[str] = field(default_factory=list)


def show_share(share: float) -> str:
    """Return a share in percent."""
    return "under 1%" if share > 0 and round(100 * share) == 0 else f"{100 * share:.0f}%"


@dataclass(frozen=True, slots=True)
class Profiler:
    """Profiles columns of one table by its head.

    `split` is the separator between the identifiers of a cell (None: detected).
    """

    head: Head
    resolver: Resolver
    plan: Plan
    split: str | None = None

    def profile(self, rule: CellRule, *, is_wanted: bool, most: int = SAMPLED_CELLS) -> ColumnProfile:
        """Return what the cells of a column contain in the head of the table, and how all are read.

        Missing values do not count. Unless the column is wanted, cells whose shape says that they are no identifiers
        are not resolved. `most` is how many different cells are resolved. Cost: so many answers, or none.
        """
        plan = self.plan
        if self.split is not None:
            rule = replace(rule, lists=make_pattern([self.split]))
        profile = ColumnProfile(rule, (), 0.0, 0, read_header(rule.name))
        if not is_wanted and (screened := self._screen(profile, most)) is not None:
            return screened
        cells = self.head.read(rule.position)
        counts = Counter(cells)
        for value in (*plan.missing, ""):
            counts.pop(value, None)
        for blank in list(filter(str.isspace, counts)):
            del counts[blank]
        different, filled = list(counts), counts.total()
        if not different:
            return profile
        sampled = [cell for cell in sample(different, most) if not plan.is_missing(cell)]
        profile = profile._replace(
            cells=filled, different=len(different), full=filled / len(cells), examples=tuple(different[:3]),
            species=name_other_species(sampled) if sampled else None,
        )  # fmt: skip
        # The sample is enough for columns that are only compared; the one that is taken is judged by all its cells.
        return self._resolve(profile, sampled, different if most >= SAMPLED_CELLS else sampled)

    def list_filled(self, place: int) -> list[str]:
        """Return the different cells of a column that have content."""
        return [cell for cell in dict.fromkeys(self.head.read(place)) if not self.plan.is_missing(cell)]

    def _screen(self, profile: ColumnProfile, most: int) -> ColumnProfile | None:
        """Return the profile of a column that surely contains no gene identifiers, by some of its rows; else None."""
        header, plan = profile.header, self.plan
        cells = [cell for cell in self.head.read_some(profile.rule.position) if not plan.is_missing(cell)]
        some = list(dict.fromkeys(cells))
        if not some:
            return None
        profile = profile._replace(
            cells=len(cells), different=len(some), species=name_other_species(some), examples=tuple(some[:3])
        )
        kind = name_plain_kind(some)
        if kind is None and header.rank == 0 and len(some) < _FEW_DIFFERENT and len(cells) >= _MANY_ROWS:
            kind = FEW_CLASSES
        takes_numbers = header.numbers is not None or bool(plan.options.namespaces) or _may_be_days(some)
        if kind is not None and (not takes_numbers if kind == NUMBERS else not header.names_genes):
            return profile._replace(shares=((SHOWN_PLAIN.get(kind, kind), 1.0),), is_plain=True)
        if header.names_genes or len(some) <= _SCREENED_CELLS or most < 2 * _SCREENED_CELLS:
            return None
        screened = self._resolve(profile, sample(some, _SCREENED_CELLS), some)
        return screened if screened.found < _SCREEN else None

    def _resolve(self, profile: ColumnProfile, sampled: Sequence[str], different: Sequence[str]) -> ColumnProfile:
        """Return the profile of a column by what some of its different cells resolve to."""
        plan = self.plan
        rule, glances = self._read_numbers(profile, sampled, different)
        missed = [cell for cell, glance in glances.items() if not glance.matches]
        parts = _Glances(self, rule)  # of what cells contain
        if rule.lists is None:
            others = [cell for cell in list_suspects(different, missed) if cell not in glances]
            found_others = parts.find(others)
            suspects = [*missed, *(cell for cell in others if cell not in found_others)]
            rule = replace(rule, lists=find_separators(suspects, parts.find, plan.missing))
        pattern = None if rule.lists is None else re.compile(rule.lists)
        parts_of: dict[str, Sequence[str]] = {cell: _list_parts(cell, pattern, plan) for cell in missed}
        if pattern is not None and rule.numbers is None and not plan.options.namespaces:
            rule = self._decide_numbers(rule, chain.from_iterable(parts_of.values()), profile.header)
            if rule.numbers is not None:
                parts = _Glances(self, rule)  # numbers are read in another way now
        of_parts = parts.read(chain.from_iterable(parts_of.values()))
        unread = [cell for cell in missed if not any(of_parts[part].matches for part in parts_of[cell])]
        pairs = self._find_pairs(unread, parts)
        parts_of |= pairs
        known = glances | parts.seen
        kinds: Counter[str] = Counter()
        found = weak = accessions = numbers = 0
        for cell, glance in glances.items():
            bests = [best for part in parts_of.get(cell) or (cell,) if (best := known[part].best) is not None]
            is_whole = cell not in parts_of or not bests
            kinds[PAIRS if cell in pairs else _name_kind(glance) if is_whole else _name_parts(cell, pattern)] += 1
            if bests or glance.is_retired:
                found += 1
                weak += bool(bests) and 2 * sum(map(_is_weak, bests)) > len(bests)
                identified = 2 * sum(best.kind is MatchKind.IDENTIFIER for best in bests) >= len(bests)
                are_numbers = all(map(is_whole_number, parts_of.get(cell) or (cell,)))
                numbers += are_numbers
                accessions += identified and not are_numbers
        # Decoys and counters are in columns of genes, and say nothing for or against them.
        artifacts = sum(is_artifact(cell) for cell, glance in glances.items() if not glance.matches)
        total = len(glances)
        judged = max(1, total - artifacts)
        shares = tuple((kind, number / total) for kind, number in kinds.most_common())
        return profile._replace(
            rule=rule, shares=shares, found=found / judged, strength=(found - weak / 2) / judged,
            are_accessions=2 * accessions > found, are_numbers=2 * numbers > found,
        )  # fmt: skip

    def _find_pairs(self, cells: Sequence[str], glances: _Glances) -> dict[str, tuple[str, str]]:
        """Return the parts of those cells that are two identifiers of one gene (`ENSG00000141510_TP53`)."""
        if self.plan.options.namespaces or not any(map(split_compound, sample(cells, _FIRST_PAIRS))):
            return {}
        split = {cell: compound.parts for cell in cells if (compound := split_compound(cell)) is not None}
        read = glances.read(chain.from_iterable(split.values()))
        genes = {text: {match.gene.id for match in glance.matches} for text, glance in read.items()}
        return {cell: (one, other) for cell, (one, other) in split.items() if genes[one] & genes[other]}

    def _read_numbers(
        self, profile: ColumnProfile, sampled: Sequence[str], different: Sequence[str]
    ) -> tuple[CellRule, dict[str, Glance]]:
        """Return the rule with how numbers are read, and what the sampled cells match.

        Numbers among names that all may be days are dates that a spreadsheet made of names: they cast no vote. They are
        so wherever they stand, also behind the head: all numbers of the head count, not those of the sample.
        """
        rule = profile.rule
        if self.plan.options.namespaces:
            return rule, _Glances(self, rule).read(sampled)
        numeric = [cell for cell in different if not _is_lettered(cell)]
        names = _Glances(self, rule).read(filter(_is_lettered, sampled))
        days = _list_days(numeric)
        if days is not None and len(numeric) < len(different):
            bests = [glance.best for glance in names.values()]
            are_names = sum(best is not None and best.kind is not MatchKind.IDENTIFIER for best in bests)
            if are_names > _NAMES * len(names):
                rule = replace(rule, has_dates=True, days=len(days))
        if numeric and not rule.days:
            rule = self._decide_numbers(rule, numeric, profile.header)
        known = names | _Glances(self, rule).read(cell for cell in sampled if not _is_lettered(cell))
        return rule, {cell: known[cell] for cell in sampled}

    def _decide_numbers(self, rule: CellRule, texts: Iterable[str], header: Header) -> CellRule:
        """Return the rule with the namespace of numbers: by their votes, else by the header."""
        numbers = decide_numbers(texts, self.resolver.reader)
        if numbers is None and header.numbers is not None:
            why = f"interpreted as {BY_PREFIX[header.numbers].title}, as the header {rule.name} says"
            numbers = Numbers(header.numbers, why)
        return replace(rule, numbers=numbers)


class _Glances:
    """What texts match, read by the rule of a column; each text is looked up once, and kept in `seen`."""

    def __init__(self, profiler: Profiler, rule: CellRule) -> None:
        self._reader, self._options = profiler.resolver.reader, profiler.plan.options
        self._column = Column(rule.numbers, None, rule.has_dates)
        self.seen: dict[str, Glance] = {}

    def read(self, texts: Iterable[str]) -> dict[str, Glance]:
        """Return what each text matches."""
        wanted = list(dict.fromkeys(texts))
        new = [text for text in wanted if text not in self.seen]
        glances = glance_at(self._reader, new, self._options.namespaces, self._column, self._options.species)
        self.seen |= zip(new, glances, strict=True)
        return {text: self.seen[text] for text in wanted}

    def find(self, texts: Iterable[str]) -> dict[str, bool]:
        """Return those of the texts that match genes, and whether surely."""
        bests = {text: glance.best for text, glance in self.read(texts).items()}
        return {text: not _is_weak(best) for text, best in bests.items() if best is not None}


def _is_weak(match: MatchedAs) -> bool:
    return match.kind in _WEAK or match.case_corrected


def _list_parts(cell: str, pattern: re.Pattern[str] | None, plan: Plan) -> list[str]:
    """Return what a cell that is not found as a whole may contain: a name without its mark, or the parts of a list."""
    marked = set_mark_aside(cell)
    parts = [] if pattern is None else split_cell(pattern, cell, plan.missing)
    return [*([] if marked is None else [marked[0]]), *parts]


def _is_lettered(cell: str) -> bool:
    """Return whether a cell begins with a letter: it is no number, whatever the numbers of its column are."""
    return cell.lstrip()[0].isalpha()


def _list_days(cells: Sequence[str]) -> list[str] | None:
    """Return the numbers that can be serial numbers of days; None if too many of the numbers of a column can not."""
    whole = [cell for cell in cells if is_whole_number(cell)]
    days = [cell for cell in whole if is_day(cell)]
    return days if len(days) >= _DAYS * len(whole) else None


def _may_be_days(cells: Sequence[str]) -> bool:
    """Return whether a column has numbers beside other cells, and all can be the serial numbers of days."""
    days = _list_days(cells)
    return days is not None and 0 < len(days) < len(cells)


def _name_parts(cell: str, pattern: re.Pattern[str] | None) -> str:
    return LISTS if pattern is not None and pattern.search(cell) else "names with a mark"


def _name_kind(glance: Glance) -> str:
    """Return what a cell is, in the plural."""
    match = glance.best
    if glance.is_retired:
        return "retired"
    if match is None:
        return _name_unknown(glance)
    if match.kind is not MatchKind.IDENTIFIER:
        return MATCH_WORDS[match.kind]
    prefix = match.value.partition(":")[0]
    title = BY_PREFIX[prefix].title.partition(" (")[0]
    level = _LEVELS.get(Level(match.level)) if match.level and len(BY_PREFIX[prefix].forms) > 1 else None
    version = " with versions" if match.version_requested is not None else ""
    return f"{title} {level or 'ids'}{version}"


def _name_unknown(glance: Glance) -> str:
    """Return what a cell is that matches no gene, by its shape."""
    if glance.has_related:
        return "phenotypes"
    damage = find_damage(glance.text)
    if damage is not None and not damage.lossless:
        return "dates and numbers of a spreadsheet"
    if (foreign := find_foreign(glance.text)) is not None:
        return re.sub("^(?:a|an) ", "", foreign.names)
    title = name_unknown(glance.text)
    return "unknown" if title is None else f"{title} ids {NOT_IN_RELEASE}"
