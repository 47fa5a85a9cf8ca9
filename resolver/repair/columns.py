"""Which columns of a table contain gene identifiers, and which only look as if a spreadsheet had damaged them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ..convert import plan
from ..convert.choice import prepare
from ..convert.contents import is_number
from ..convert.head import take_cells
from ..convert.profile import LISTS
from ..identifiers.damage import find_damage
from ..resolve.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..convert.profile import ColumnProfile
    from ..resolve.answer import Answer
    from ..resolve.resolver import Resolver
    from .table import RepairedTable

MISSING = plan.MISSING | {""}
_SAMPLED_CELLS = 500  # different ones, of each column


class GeneColumn(NamedTuple):
    """A column of gene identifiers, and why it is taken for one.

    `is_numbers`: its cells are numbers, not symbols and names. `taxon` is the species that most of its cells name as
    they are spelled, None where they do not say.
    """

    position: int
    name: str
    why: str
    is_numbers: bool
    taxon: int | None


class LeftColumn(NamedTuple):
    """A column that looks damaged and is left alone, and why."""

    name: str
    why: str


class Choice(NamedTuple):
    """The columns that are repaired, and those that look damaged and are not."""

    taken: tuple[GeneColumn, ...]
    left: tuple[LeftColumn, ...]


def choose_columns(table: RepairedTable, resolver: Resolver, wanted: Sequence[str] = ()) -> Choice:
    """Return the columns that contain gene identifiers: the wanted ones, else all whose cells resolve to genes.

    Raises MissingColumn for a column that is not there, BadOption where no column contains gene identifiers.
    """
    wanted = wanted or table.columns
    table.settle_header(resolver, wanted)
    found = prepare(table.header, take_cells(table.head), resolver, plan.make_plan(), wanted)
    profiles = found.profiles
    chosen = {rule.position for rule in found.plan.columns} | {
        one.rule.position for one in profiles if _is_of_genes(one)
    }
    taken, left = [], []
    for profile in profiles:
        position, name = profile.rule.position, profile.rule.name
        cells = (row[position].strip() for row in table.head if position < len(row))
        texts = list(dict.fromkeys(cell for cell in cells if cell not in MISSING))[:_SAMPLED_CELLS]
        are_numbers = 2 * sum(map(is_number, texts)) > len(texts)
        if position in chosen:
            why = "selected" if wanted else f"{100 * profile.found:.0f}% of its different cells are gene identifiers"
            taken.append(GeneColumn(position, name, why, are_numbers, _find_species(texts, resolver)))
        elif _look_damaged(texts, are_numbers=are_numbers):
            left.append(LeftColumn(name, profile.describe_kinds()))
    return Choice(tuple(taken), tuple(left))


def is_found(answer: Answer) -> bool:
    """Return whether a cell matches genes, be they several or found by a retired identifier."""
    return answer.outcome in {Outcome.RESOLVED, Outcome.AMBIGUOUS, Outcome.RETIRED}


def _is_of_genes(profile: ColumnProfile) -> bool:
    """Return whether enough cells are one identifier each: a cell that is a list cannot be repaired."""
    lists = dict(profile.shares).get(LISTS, 0.0)
    return profile._replace(found=profile.found - lists).names_genes


def _look_damaged(texts: Sequence[str], *, are_numbers: bool) -> bool:
    """Return whether a column is worth a word: among numbers with decimals a few whole ones are nothing strange."""
    found = [damage for text in texts if (damage := find_damage(text)) is not None]
    damaged = sum(not damage.is_ordinary for damage in found)  # any number of five digits may be a date
    return damaged >= max(1, len(texts) / 2 if are_numbers else 1)


def _find_species(texts: Sequence[str], resolver: Resolver) -> int | None:
    """Return the species of most of the genes whose capitals are right."""
    answers = [answer for answer in resolver.resolve_many(texts) if is_found(answer) and answer.genes]
    exact = (answer.genes[0] for answer in answers)
    species = Counter(found.gene.taxon for found in exact if not found.matched_as.case_corrected)
    (taxon, count) = species.most_common(1)[0] if species else (None, 0)
    return taxon if 2 * count > species.total() else None
