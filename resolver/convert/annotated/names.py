"""The new names of features, and what becomes of those that would get the same one. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..merging import CollisionChoice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHOWN = 5


class Naming(NamedTuple):
    """A feature: its name, the identifier that it should get, and the CURIE of its gene; None where it has none."""

    old: str
    new: str | None = None
    gene: str | None = None


@dataclass(slots=True)
class Settled:
    """The names of the features that stay, in order.

    `into` is the position that each feature has afterwards: that of the first of its gene (None: all stay).
    `collided` describes the features of genes that have several; None if there are none.
    """

    names: list[str]
    into: list[int] | None = None
    notes: list[str] = field(default_factory=list)
    collided: str | None = None

    @property
    def kept(self) -> list[int]:
        """The positions of the features that stay, among all before."""
        if self.into is None:
            return list(range(len(self.names)))
        first: dict[int, int] = {}
        for place, after in enumerate(self.into):
            first.setdefault(after, place)
        return list(first.values())


def settle_names(features: Sequence[Naming], choice: CollisionChoice) -> Settled:
    """Return the new names: the identifier of each feature's gene, else its old name.

    Features are of one gene if both the gene and the identifier are the same. `first` leaves all but the first of them
    out, `sum` merges them into it. Otherwise no two features get the same name: those that would keep their old names,
    with `unique` they get numbers. Names that were there twice before stay, and a note says so.
    """
    same = _list_same(features)
    into: list[int] | None = None
    kept = list(range(len(features)))
    if same and choice in {CollisionChoice.FIRST, CollisionChoice.SUM}:
        first = {place: places[0] for places in same for place in places}
        kept = [place for place in kept if first.get(place, place) == place]
        after = {place: number for number, place in enumerate(kept)}
        into = [after[first.get(place, place)] for place in range(len(features))]
    left = [features[place] for place in kept]
    settled = Settled([one.new or one.old for one in left], into)
    settled.notes += _describe_same(features, same, choice)
    settled.collided = _count_same(same) if same else None
    if choice is CollisionChoice.UNIQUE:
        numbered = _number(settled.names)
        if numbered:
            settled.notes.append(f"{_count(numbered, 'name has', 'names have')} a number to differ: {_show(numbered)}")
    elif reverted := _revert(settled.names, left):
        own = {features[places[0]].new for places in same} if choice is CollisionChoice.REPORT else set()
        if others := [name for name in reverted if name not in own]:
            what = _count(others, "identifier is that", "identifiers are those")
            settled.notes.append(
                f"{what} of several features that are not one gene, which keep their names: {_show(others)}"
            )
    if twice := [name for name, number in Counter(settled.names).items() if number > 1]:
        settled.notes.append(
            f"{_count(twice, 'name was', 'names were')} there more than once before, and still: {_show(twice)}"
        )
    return settled


def _list_same(features: Sequence[Naming]) -> list[list[int]]:
    """Return the positions of features that are of one gene, gene by gene, for all genes with several."""
    places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(features):
        if one.new and one.gene:
            places[one.gene, one.new].append(place)
    return [group for group in places.values() if len(group) > 1]


def _describe_same(features: Sequence[Naming], same: Sequence[Sequence[int]], choice: CollisionChoice) -> list[str]:
    if not same:
        return []
    shown = [f"{features[places[0]].new} ({', '.join(features[place].old for place in places)})" for places in same]
    done = {
        CollisionChoice.REPORT: "they keep their names (--collisions first, unique or sum decides otherwise)",
        CollisionChoice.FIRST: "the first of each gene is kept, the others are left out",
        CollisionChoice.UNIQUE: "all are kept, with numbers",
        CollisionChoice.SUM: "their counts were added up",
    }[choice]
    return [f"{_count_same(same)}; {done}: {_show(shown)}"]


def _count_same(same: Sequence[Sequence[int]]) -> str:
    """Return how many of the features are of genes that have several."""
    return f"{sum(map(len, same)):,} features are of {_count(same, 'gene that has', 'genes that have')} several"


def _revert(names: list[str], features: Sequence[Naming]) -> list[str]:
    """Give features whose new names are not theirs alone their old names; return these new names.

    An old name that returns may be the new one of another feature, which then keeps its own too.
    """
    reverted: dict[str, None] = {}
    while True:
        counts = Counter(names)
        wrong = [
            place for place, (name, one) in enumerate(zip(names, features, strict=True))
            if counts[name] > 1 and name != one.old
        ]  # fmt: skip
        if not wrong:
            return list(reverted)
        for place in wrong:
            reverted[names[place]] = None
            names[place] = features[place].old


def _number(names: list[str]) -> list[str]:
    """Give the second and every further feature of a name a number, as scanpy does; return the new names."""
    taken, seen, numbered = set(names), Counter[str](), []
    for place, name in enumerate(names):
        seen[name] += 1
        if seen[name] == 1:
            continue
        number = seen[name] - 1
        while (unique := f"{name}-{number}") in taken:
            number += 1
        taken.add(unique)
        names[place] = unique
        numbered.append(unique)
    return numbered


def _count(things: Sequence[object], one: str, many: str) -> str:
    return f"{len(things):,} {one if len(things) == 1 else many}"


def _show(names: Iterable[str | None]) -> str:
    shown = [str(name) for name in names]
    return ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "")
