"""Decide by the unambiguous entries of a list what the others are: the namespace of bare numbers, and the species.

Numbers with `_at` are ids of NCBI Gene in custom CDFs of Brainarray, and Affymetrix's own elsewhere: a list that has
one that only Affymetrix writes, such as `1007_s_at`, is of its probe sets.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..identifiers.namespaces import BY_PREFIX, NUMBERED
from ..identifiers.recognize import recognize
from ..identifiers.species import HUMAN, MOUSE, SPECIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..store.gene_reader import GeneReader

One = TypeVar("One")

# A decision on numbers needs this many unambiguous ones, of which this share agree, and looks at this many distinct
# numbers at most: more would not make it better.
_FEWEST_VOTES = 3
_SHARE = 0.9
_SAMPLE = 2_000
# The same for the species.
SPECIES_SAMPLE = 1_000
_SPECIES_SHARE = 0.95
# The share of the entries that must indicate a species: in a list in lower case, a few entries indicate one by chance.
_FEWEST_OF_SPECIES = 0.05


# A bare number, also one to which a spreadsheet has added decimals; and the number of a probe set.
_NUMBER = re.compile(r"\s*([1-9][0-9]*)([.]0+)?\s*")
_PROBE_SET = re.compile(r"\s*[1-9][0-9]*(_[a-z])?_at\s*", re.IGNORECASE)
AFFYMETRIX = "affy.probeset"


class Numbers(NamedTuple):
    """The namespace that a list's bare numbers are read in, and why."""

    prefix: str
    why: str

    @property
    def of(self) -> str:
        """What in the list is read so, in words."""
        return "numbers with _at" if self.prefix == AFFYMETRIX else "bare numbers"

    def is_probe_set(self, text: str) -> bool:
        """Return whether the text is the number of a probe set of Affymetrix, since the list is of those."""
        return self.prefix == AFFYMETRIX and _PROBE_SET.fullmatch(text) is not None

    @staticmethod
    def is_number(text: str) -> bool:
        """Return whether the text is a bare number."""
        match = _NUMBER.fullmatch(text)
        return match is not None and match[2] is None

    def takes_decimal(self, text: str) -> bool:
        """Return whether the text is a number of the list to which a spreadsheet has added decimals (`3574.0`)."""
        match = _NUMBER.fullmatch(text)
        if match is None or match[2] is None:
            return False
        return any(
            interpretation.identifier.prefix == self.prefix for interpretation in recognize(match[1]).interpretations
        )


class SpeciesVote(NamedTuple):
    """The species that a list is read in, by its unambiguous entries; `taxon` is None for a mixed list.

    `human` and `mouse` are the numbers of entries that can only be of that species.
    """

    taxon: int | None
    human: int
    mouse: int

    @property
    def species(self) -> str | None:
        """The species by name; None for a mixed list."""
        return None if self.taxon is None else SPECIES[self.taxon].name

    @property
    def counts(self) -> str:
        """The votes in words."""
        total = self.human + self.mouse
        if self.taxon is None:
            return f"{self.human:,} human and {self.mouse:,} mouse among {total:,} unambiguous entries"
        return f"{max(self.human, self.mouse):,} of {total:,} unambiguous entries are {self.species}"

    @property
    def why(self) -> str:
        """The decision, the votes, and how to do without it."""
        if self.taxon is None:
            return f"mixed list, both species are kept: {self.counts}"
        return f"read as {self.species}: {self.counts} (species any switches this off)"

    def describe(self) -> dict[str, Any]:
        """Return the decision as plain objects."""
        return {"species": self.species, "votes": {"human": self.human, "mouse": self.mouse}, "why": self.why}


class Column(NamedTuple):
    """What the unambiguous entries of a list, or of a column of a table, decide for the others; None: undecided.

    With `has_dates` the list is one of names, and bare numbers that can be days are names that a spreadsheet took for
    dates.
    """

    numbers: Numbers | None = None
    species: SpeciesVote | None = None
    has_dates: bool = False


UNDECIDED = Column()


def is_probe_set(text: str) -> bool:
    """Return whether the text is a number with `_at`: of NCBI Gene in a custom CDF, or a probe set of Affymetrix."""
    return _PROBE_SET.fullmatch(text) is not None


def decide_numbers(texts: Iterable[str], reader: GeneReader) -> Numbers | None:
    """Return the namespace of the bare numbers among `texts`, else that of numbers with `_at`; None if undecided.

    Each number that this release knows in one namespace alone is a vote for that namespace. One id that only Affymetrix
    writes decides on all numbers with `_at`: its arrays have many of these, and custom CDFs have none.
    """
    numbers: dict[str, None] = {}
    probe_sets = own = 0
    for text in texts:
        if (match := _NUMBER.fullmatch(text)) is not None:
            numbers[match[1]] = None
        elif "_" in text and (match := _PROBE_SET.fullmatch(text)) is not None:
            probe_sets += 1
            own += match[1] is not None
    column = _count_votes(list(numbers), reader)
    if column is None and own:
        why = f"interpreted as probe sets of Affymetrix, like {own:,} of the {probe_sets:,} of the list"
        column = Numbers(AFFYMETRIX, why)
    return column


def _count_votes(numbers: list[str], reader: GeneReader) -> Numbers | None:
    """Return the namespace that most of the unambiguous numbers are of; None without enough of them."""
    if len(numbers) < _FEWEST_VOTES:
        return None
    known: dict[str, set[str]] = {}
    for prefix, accession in reader.find_placed(sample(numbers, _SAMPLE)):
        if prefix in NUMBERED:
            known.setdefault(accession, set()).add(prefix)
    votes = Counter(next(iter(prefixes)) for prefixes in known.values() if len(prefixes) == 1)
    if not votes:
        return None
    (prefix, count), total = votes.most_common(1)[0], votes.total()
    if total < _FEWEST_VOTES or count < _SHARE * total:
        return None
    title = BY_PREFIX[prefix].title
    why = f"interpreted as {title}, like {count:,} of the {total:,} unambiguous numbers of the list"
    return Numbers(prefix, why)


def count_species(votes: Iterable[int | None]) -> SpeciesVote | None:
    """Return the species that different entries of a list vote for; None if too few of them vote.

    `votes` has for each entry the only species that it can be of, None if it can be of either.
    """
    counts = Counter(votes)
    human, mouse = counts[HUMAN], counts[MOUSE]
    if human + mouse < max(_FEWEST_VOTES, _FEWEST_OF_SPECIES * counts.total()):
        return None
    taxon, most = (HUMAN, human) if human >= mouse else (MOUSE, mouse)
    return SpeciesVote(taxon if most >= _SPECIES_SHARE * (human + mouse) else None, human, mouse)


def sample(entries: Sequence[One], size: int) -> Sequence[One]:
    """Return up to so many entries, spread evenly."""
    return entries if len(entries) <= size else [entries[place * len(entries) // size] for place in range(size)]
