"""Collisions of a column: different identifiers that became the same gene, which a join or an index loses silently."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..plan import UNIT_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEPT_GENES = 50  # that are listed, those with the most rows
KEPT_TEXTS = 10  # of each
NEXT_STEP = (
    "Before you index or join by gene, combine the rows of each gene (a sum, a mean), or keep one of them:"
    " matched_as shows how each matched."
)


class Collision(NamedTuple):
    """A gene (or one of each species) that several different identifiers became.

    `genes` are its numbers in the release, `identifiers` is the number of the different texts, `texts` are the most
    frequent ones, and `gene` is its name once it is known.
    """

    genes: tuple[int, ...]
    identifiers: int
    rows: int
    texts: tuple[str, ...]
    gene: str = ""

    def describe(self) -> dict[str, Any]:
        """Return the collision as plain objects."""
        texts = [text.replace(UNIT_SEPARATOR, " | ") for text in self.texts]
        return {"gene": self.gene, "identifiers": self.identifiers, "rows": self.rows, "texts": texts}


class Collisions(NamedTuple):
    """How many genes several different identifiers became, how many identifiers and rows these are, and the largest.

    With `is_cut` not all identifiers of the column were compared, and the numbers are the least.
    """

    genes: int = 0
    identifiers: int = 0
    rows: int = 0
    largest: tuple[Collision, ...] = ()
    is_cut: bool = False

    def describe(self) -> dict[str, Any]:
        """Return the collisions as plain objects."""
        return {
            "genes": self.genes,
            "identifiers": self.identifiers,
            "rows": self.rows,
            "at_least": self.is_cut,
            "largest": [one.describe() for one in self.largest],
            "next_step": NEXT_STEP if self.genes else None,
        }

    def complete(self, find_genes: Callable[[str], tuple[int, ...]]) -> Collisions:
        """Return the collisions with the genes of those that have none yet, found by their texts."""
        completed = [one if one.genes else one._replace(genes=find_genes(one.texts[0])) for one in self.largest]
        return self._replace(largest=tuple(completed))

    def name(self, describe: Callable[[Collision], str]) -> Collisions:
        """Return the collisions with the names of their genes."""
        named = [one if one.gene else one._replace(gene=describe(one)) for one in self.largest]
        return self._replace(largest=tuple(named))


def count_collisions(cells: Mapping[tuple[int, ...], Mapping[str, int]]) -> Collisions:
    """Return the collisions of cells, which are counted by their genes and texts, in the order of the table.

    Equally large ones are in the order of their first cells; of one cell with a row for each gene, of the genes.
    """
    found: list[tuple[int, Collision]] = []
    places: dict[str, int] = {}
    for genes, texts in cells.items():
        place = places.setdefault(next(iter(texts)), len(places))
        if len(texts) > 1:
            shown = tuple([text for text, _ in Counter(texts).most_common(KEPT_TEXTS)])
            found.append((place, Collision(genes, len(texts), sum(texts.values()), shown)))
    largest = sorted(found, key=lambda one: (-one[1].rows, -one[1].identifiers, one[0], one[1].genes))[:KEPT_GENES]
    return Collisions(
        len(found),
        sum(one.identifiers for _, one in found),
        sum(one.rows for _, one in found),
        tuple([one for _, one in largest]),
    )
