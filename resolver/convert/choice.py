"""Which column of a table contains the gene identifiers: chosen by evidence, or named by the user.

Evidence counts in this order: half of the different cells resolve; the header names genes; identifiers with letters and
names before numbers; how many different cells resolve; how full the column is. A column of which more rows resolve goes
before one whose header says as much, or that leads to the same genes. Accessions that lead to the same genes as the
best column, and of which about as many rows resolve, are used in its place.
"""

from __future__ import annotations

import math
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import BadOption
from ..resolve.about import UPDATE
from ..resolve.column import Column, sample
from ..resolve.many import decide_species
from ..resolve.options import OnMany
from .cells import CellConverter
from .head import Head, find_columns
from .parts import split_cell
from .plan import CellRule
from .profile import NOT_IN_RELEASE, SAMPLED_CELLS, Prepared, Profiler, show_share
from .sole import find_sole
from .unknown import describe_age

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..resolve.resolver import Resolver
    from .plan import Plan
    from .profile import ColumnProfile

_SHARE = 0.5
_COMPARED_ROWS = 100
_FEWEST_COMPARED = 3
_AGREE = 0.9
_FULLER = 0.9  # so much of the rows that resolve is about as full
_AS_MANY = 2 / 3  # so much of the different cells that resolve is about as many
# Of a table with so many columns all are judged by fewer cells, and the best few by as many as otherwise.
_MANY_COLUMNS = 16
_FEW_CELLS = 24
_BEST = 3
_FEWEST_NAMES = 4  # of columns that are genes
_SHOWN_CANDIDATES = 3
_SHOWN_CELL = 24
_FULL_NAMES = "full names"
_MOST_RIVALS = 3


def prepare(
    header: Sequence[str],
    head: Head,
    resolver: Resolver,
    plan: Plan,
    wanted: Sequence[str] = (),
    split: str | None = None,
) -> Prepared:
    """Return what the conversion of a table will do: with the wanted columns, or the best one, and how they are read.

    `split` is the separator between the identifiers of a cell (None: detected). The species of a column is decided
    once, by its head. Raises MissingColumn for a column that is not there or is there twice, BadOption where none is
    wanted and none surely names genes.
    """
    groups = [find_columns(header, name) for name in wanted]
    if len(groups) > 1 and plan.options.on_many is OnMany.EXPLODE:
        raise BadOption("several columns cannot be exploded at once", hint="Convert them one after the other.")
    positions = [place for group in groups for place in group] or range(len(header))
    is_wanted = bool(wanted) or (len(header) == 1 and plan.options.namespaces != ())
    profiler = Profiler(head, resolver, plan, split)

    def profile(place: int, most: int = SAMPLED_CELLS) -> ColumnProfile:
        return profiler.profile(CellRule(place, header[place]), is_wanted=is_wanted, most=most)

    if wanted or len(header) < _MANY_COLUMNS:
        profiles = [profile(place) for place in positions]
    else:
        profiles = _profile_many(profile, len(header))
    if not wanted:
        _refuse_list_in_line(profiles, head)
        rules = [_choose_best(profiles, profiler)]
    else:
        by_place = {one.rule.position: one.rule for one in profiles}
        together = [[by_place[place] for place in group] for group in groups]
        rules = [replace(first, others=tuple(others)) for first, *others in together]
    plan = plan.with_columns(tuple(_read_in_species(rule, profiler) for rule in rules))
    notes = _describe_choice(plan, profiles)
    return Prepared(plan, tuple(header), plan.name_added(tuple(header)), profiles, head.rows, notes)


def _profile_many(profile: Callable[[int, int], ColumnProfile], columns: int) -> list[ColumnProfile]:
    """Return the profiles of many columns: all by a few cells, and the best ones by more."""
    profiles = [profile(place, _FEW_CELLS) for place in range(columns)]
    found = sorted((one for one in profiles if one.found), key=_weigh, reverse=True)
    accessions = [one for one in found if one.are_accessions]
    for one in {*found[:_BEST], *accessions[:_BEST]}:
        place = one.rule.position
        profiles[place] = profile(place, SAMPLED_CELLS)
    return profiles


def _choose_best(profiles: Sequence[ColumnProfile], profiler: Profiler) -> CellRule:
    """Return the rule of the column that contains gene identifiers; raises BadOption where none surely does."""
    is_list = len(profiles) == 1
    fit = [
        one for one in profiles if (one.names_genes and not _are_phrases(one)) or (is_list and one.strength >= _SHARE)
    ]
    if not fit:
        if (empty := _find_empty(profiles)) is not None:
            note = f"all cells of {empty.name} are empty"
            return replace(empty, why="all its cells are empty", note=note)
        sole = find_sole(profiles, profiler)
        if sole is None:
            raise _refuse(profiles, profiler)
        return sole
    best = max(fit, key=_weigh)
    fullest = _find_fuller(best, fit, profiler)
    why = f"{show_share(fullest.found)} of its different values match genes"
    if fullest is not best:
        return replace(fullest.rule, why=why, note=_describe_fuller(fullest, best))
    if not best.are_accessions:
        accessions = sorted((one for one in fit if one.are_accessions), key=_weigh, reverse=True)
        for one in accessions:
            is_as_simple = one.are_lists <= best.are_lists
            if is_as_simple and not _is_fuller(best, one) and _lead_to_the_same(one, best, profiler):
                name, other = one.rule.name, best.rule.name
                note = f"{name} is converted: its accessions lead to the same genes as {other}"
                return replace(one.rule, why=f"{why}, the same as {other}", note=note)
        for one in accessions:
            if one.found >= _SHARE and one.header.rank >= best.header.rank and _is_fuller(best, one):
                return replace(best.rule, why=why, note=_describe_fuller(best, one))
    return replace(best.rule, why=why, note=_note_rivals(best, fit, profiler))


def _refuse_list_in_line(profiles: Sequence[ColumnProfile], head: Head) -> None:
    """Raise BadOption for a table of one row, most of whose cells are genes: one column of a list is not all of it."""
    if len(profiles) < _FEWEST_NAMES or len(head.read(0)) != 1:
        return
    genes = sum(one.found >= _SHARE for one in profiles)
    if 2 * genes > len(profiles):
        raise BadOption(
            f"the table has one row, of which {genes} of {len(profiles)} cells match genes: it is a list",
            hint="Write each identifier on a line of its own, or convert them in their places with --header-row.",
        )


def _note_rivals(best: ColumnProfile, fit: Sequence[ColumnProfile], profiler: Profiler) -> str | None:
    """Return the note on columns that may be meant as well, as of ligands and receptors: they contain other genes."""
    others = sorted((one for one in fit if one is not best and one.found >= _SHARE), key=_weigh, reverse=True)
    if len(others) > _MOST_RIVALS:  # a table of sets of genes, or of genes alone
        return None
    rivals = [one.rule.name for one in others if not _lead_to_the_same(one, best, profiler)]
    if not rivals:
        return None
    verb = "contains" if len(rivals) == 1 else "contain"
    options = " ".join(f"--column {shlex.quote(name)}" for name in (best.rule.name, *rivals))
    return f"{best.rule.name} is converted; {', '.join(rivals)} {verb} other genes ({options} converts each)"


def _find_empty(profiles: Sequence[ColumnProfile]) -> CellRule | None:
    """Return the rule of a column without content, of a table without one that may be genes; None if there is none.

    It is the one whose header names genes, or the first of a table without any content.
    """
    empty = [one for one in profiles if not one.cells]
    named = [one for one in empty if one.is_named]
    if len(empty) == len(profiles):
        return (named or empty)[0].rule if empty else None
    return named[0].rule if len(named) == 1 and not any(one.found for one in profiles) else None


def _describe_fuller(taken: ColumnProfile, other: ColumnProfile) -> str:
    """Return the note on a column of which more rows match genes than of another."""
    also = other.rule.name
    option = f"--column {shlex.quote(also)}"
    return f"{taken.rule.name} is converted: more of its rows match genes than of {also} ({option} takes that one)"


def _find_fuller(best: ColumnProfile, fit: Sequence[ColumnProfile], profiler: Profiler) -> ColumnProfile:
    """Return the column to use instead of the best one, since far more of its rows resolve; the best one if none is.

    Its header says as much, or it leads to the same genes.
    """
    fuller = [one for one in fit if _is_fuller(one, best) and one.found >= _SHARE]
    for one in sorted(fuller, key=_weigh, reverse=True):
        is_as_good = one.header.rank == best.header.rank and one.number_found >= _AS_MANY * best.number_found
        if is_as_good or _lead_to_the_same(one, best, profiler):
            return one
    return best


def _is_fuller(one: ColumnProfile, other: ColumnProfile) -> bool:
    """Return whether more rows of a column resolve than of another, not only about as many."""
    return _FULLER * one.found * one.full > other.found * other.full


def _weigh(one: ColumnProfile) -> tuple[float, ...]:
    """Return the evidence for a column, strongest first."""
    return (
        one.found >= _SHARE,
        one.header.rank,
        not one.are_numbers,
        round(math.log(max(1.0, one.number_found), 1.5)),  # about as many are as many
        round(one.full, 1),
        -one.rule.position,
    )


def _are_phrases(one: ColumnProfile) -> bool:
    """Return whether a column whose header does not name genes contains their full names: a description."""
    return not one.is_named and bool(one.shares) and one.shares[0][0] == _FULL_NAMES


def _lead_to_the_same(one: ColumnProfile, other: ColumnProfile, profiler: Profiler) -> bool:
    """Return whether two columns lead to the same genes in nearly all rows where both lead to any."""
    head, plan = profiler.head, profiler.plan
    rows = list(zip(head.read(one.rule.position), head.read(other.rule.position), strict=True))
    pairs = [pair for pair in dict.fromkeys(rows) if not any(map(plan.is_missing, pair))]
    pairs = list(sample(pairs, _COMPARED_ROWS))
    plan = replace(plan, options=replace(plan.options, on_many=OnMany.LIST, to_species=None))
    found = []
    for place, profile in enumerate((one, other)):
        cells = CellConverter(profiler.resolver, plan, profile.rule).describe_all([pair[place] for pair in pairs])
        found.append([{gene for row in rows_of for gene in row.genes} for rows_of in cells])
    both = [(genes, others) for genes, others in zip(*found, strict=True) if genes and others]
    same = sum(bool(genes & others) for genes, others in both)
    return len(both) >= min(_FEWEST_COMPARED, len(pairs)) and same >= _AGREE * len(both) > 0


def _refuse(profiles: Sequence[ColumnProfile], profiler: Profiler) -> BadOption:
    """Return the error for a table without a column that surely contains gene identifiers: the best ones, and why."""
    if not profiles:
        return BadOption("the table has no columns", hint="Give a table with a column of identifiers.")
    ranked = sorted(profiles, key=lambda one: (one.found, one.header.rank, not one.is_plain), reverse=True)
    rows = [("column", "match genes", "content", "examples")]
    for one in ranked[:_SHOWN_CANDIDATES]:
        content = one._replace(shares=one.shares[:1]).describe_kinds().partition(",")[0]
        rows.append((_shorten(one.rule.name), show_share(one.found), content, ", ".join(map(_shorten, one.examples))))
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    hint, release = [], profiler.resolver.release
    if _are_genes([one.rule.name for one in profiles], profiler):
        hint.append("The names of the columns match genes: --header-row converts them.")
    if species := next((one for one in profiles if one.species is not None), None):
        hint.append(
            f"{species.rule.name} contains identifiers of {species.species}: this service covers human and mouse."
        )
    shares = (share for one in profiles for kind, share in one.shares if kind.endswith(NOT_IN_RELEASE))
    if max(shares, default=0.0) >= _SHARE:
        hint.append(f"The release may be too old for them ({describe_age(release)}); a newer one: {UPDATE}.")
    name = shlex.quote(ranked[0].rule.name)
    hint += ["The best candidates:", *table, f"Select one, such as --column {name}, and its namespace with --from."]
    return BadOption(f"no column contains identifiers of genes in {release.title}", hint="\n".join(hint))


def _are_genes(names: list[str], profiler: Profiler) -> bool:
    """Return whether the names of columns are those of genes, as in a matrix with a sample in each row."""
    if len(names) < _FEWEST_NAMES:
        return False
    of_names = replace(profiler, head=Head(lambda _: names), split=None)
    return of_names.profile(CellRule(0, ""), is_wanted=True).names_genes


def _shorten(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= _SHOWN_CELL else shown[: _SHOWN_CELL - 1] + "…"


def _read_in_species(rule: CellRule, profiler: Profiler) -> CellRule:
    """Return the rule with the species that the unambiguous cells of the head vote for; lists vote by their parts."""
    plan, options = profiler.plan, profiler.plan.options
    if not options.by_vote:
        return rule
    others = tuple(_read_in_species(other, profiler) for other in rule.others)
    different = profiler.list_filled(rule.position)
    if rule.lists is not None:
        pattern = re.compile(rule.lists)
        different = [part for cell in different for part in split_cell(pattern, cell, plan.missing)]
    entries = ((text, options.namespaces) for text in different)
    vote = decide_species(profiler.resolver.reader, entries, Column(rule.numbers, None, rule.has_dates))
    return replace(rule, species=vote, others=others)


def _describe_choice(plan: Plan, profiles: Sequence[ColumnProfile]) -> list[str]:
    """Return notes on the columns that were chosen: species by votes, mixed lists, another species, dates.

    A target that was requested by another name than its own is noted too.
    """
    notes = [f"{one.alias} is added as the column {one.name}" for one in plan.targets if one.alias]
    for rule in (one for column in plan.columns for one in column.all):
        if rule.note is not None:
            notes.append(rule.note)
        vote = rule.species
        if vote is not None and vote.taxon is None:
            notes.append(
                f"{rule.name} is a mixed list, and both species are kept: {vote.counts}"
                " (--species human or --species mouse selects one)"
            )
        elif vote is not None:
            notes.append(f"{rule.name} is read as {vote.species}: {vote.counts} (--species any switches this off)")
        if rule.days:
            notes.append(f"numbers of {rule.name} are dates that a spreadsheet made of symbols; see resolver repair")
    notes += [
        f"{one.rule.name} contains identifiers of {one.species}: names are matched to human and mouse genes"
        for one in profiles
        if one.species is not None
    ]
    return notes
