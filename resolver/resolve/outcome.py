"""The types of answers: outcome, reason, how a gene matched, and the answer itself.

Types that are created for every answer are NamedTuples: immutable, at a third of the cost of a frozen dataclass.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from ..genes.marks import NO_MARKS
from ..genes.precedence import IDENTIFIED
from ..identifiers.brief import one_line
from ..identifiers.species import SPECIES
from .options import DEFAULT

if TYPE_CHECKING:
    from ..genes.marks import Marks
    from ..genes.model import GeneRecord, OrthologLink, RetirementRecord
    from ..genes.precedence import Precedence
    from ..genes.ranking import MatchKind
    from ..identifiers.model import Interpretation
    from ..store.gene_reader import GeneReader
    from ..store.release import Release
    from .options import Options


class Outcome(StrEnum):
    """The outcome of a query. None of them is an error of the program."""

    __hash__ = str.__hash__  # an enum's own is written in Python, and called for each answer

    RESOLVED = "resolved"
    AMBIGUOUS = "ambiguous"
    RETIRED = "retired"
    NOT_FOUND = "not_found"
    UNRECOGNIZED = "unrecognized"


class Reason(StrEnum):
    """Why an outcome is not simply `resolved`."""

    MALFORMED = "malformed"
    UNKNOWN_NAMESPACE = "unknown_namespace"
    NOT_IN_RELEASE = "not_in_release"
    WRONG_SPECIES = "wrong_species"
    RETIRED_NO_SUCCESSOR = "retired_no_successor"
    PHENOTYPE_NOT_GENE = "phenotype_not_gene"
    OUT_OF_SCOPE = "out_of_scope"
    SPREADSHEET_DAMAGE = "spreadsheet_damage"
    NO_ORTHOLOG = "no_ortholog"
    SEVERAL_ORTHOLOGS = "several_orthologs"
    SEVERAL_GENES = "several_genes"
    SEVERAL_READINGS = "several_readings"


class VersionStatus(StrEnum):
    """How the queried version compares with the newest one in the release."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


class MatchedAs(NamedTuple):
    """How a query matched a gene: as an identifier (`value` is its CURIE), or as a name (`value` is its spelling).

    `version_known` is the latest version in the release, None if no source reports one. With `case_corrected` only the
    capitals differed.
    """

    kind: MatchKind
    value: str
    level: str | None = None
    version_requested: int | None = None
    version_known: int | None = None
    case_corrected: bool = False
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return one_line(self, self.kind, self.value)

    @property
    def version_status(self) -> VersionStatus | None:
        """How the queried version compares with the known one; None if either is missing."""
        if self.version_requested is None or self.version_known is None:
            return None
        if self.version_requested == self.version_known:
            return VersionStatus.CURRENT
        return VersionStatus.OLDER if self.version_requested < self.version_known else VersionStatus.NEWER


class MatchedGene(NamedTuple):
    """A gene, and how the query matched it; `reader` is of the release that contains it.

    `precedence` says how good the match is beside others.
    """

    gene: GeneRecord
    matched_as: MatchedAs
    reader: GeneReader
    precedence: Precedence = IDENTIFIED

    def __repr__(self) -> str:
        return one_line(self, name_gene(self.gene), "by", self.matched_as.kind, self.matched_as.value)

    @property
    def orthologs(self) -> tuple[OrthologLink, ...]:
        """The gene's orthologs in the other species, best supported first."""
        return tuple(self.reader.find_orthologs(self.gene.id))


class ConvertedGene(NamedTuple):
    """A gene of the requested species: the gene of the answer itself, or an ortholog of it (`link`)."""

    gene: GeneRecord
    of: GeneRecord
    link: OrthologLink | None

    def __repr__(self) -> str:
        return one_line(self, name_gene(self.gene), "from", name_gene(self.of))


class Suggestion(NamedTuple):
    """What may have been meant; `identifier` is the text to use. It is never applied automatically."""

    identifier: str
    gene: GeneRecord
    why: str

    def __repr__(self) -> str:
        return one_line(self, self.identifier, name_gene(self.gene), self.why)


class DamageReport(NamedTuple):
    """What a spreadsheet did to the value; `repaired` is the text to use if that is certain, else None."""

    kind: str
    explanation: str
    repaired: str | None

    def __repr__(self) -> str:
        return one_line(self, self.kind, None if self.repaired is None else f"repaired: {self.repaired}")


class AnswerData(NamedTuple):
    """The answer to one query.

    `genes` are those that the query matches; `other_matches` those that it matches in a weaker tier (an alias beside an
    approved symbol); `related` those that it is linked to without matching them (a phenotype's genes); `history` the
    steps from a retired identifier to its successors; `converted` the genes of the requested species, None if none was
    requested; `suggestions` what a miss may have meant. `reader` is of the release that answered; `known_marks` are all
    marks at that time.
    """

    query: str
    interpretations: tuple[Interpretation, ...]
    outcome: Outcome
    reader: GeneReader
    reason: Reason | None = None
    hint: str | None = None
    genes: tuple[MatchedGene, ...] = ()
    other_matches: tuple[MatchedGene, ...] = ()
    related: tuple[MatchedGene, ...] = ()
    history: tuple[RetirementRecord, ...] = ()
    converted: tuple[ConvertedGene, ...] | None = None
    suggestions: tuple[Suggestion, ...] = ()
    damage: DamageReport | None = None
    options: Options = DEFAULT
    known_marks: Marks = NO_MARKS

    @property
    def release(self) -> Release:
        """The release that the answer comes from."""
        return self.reader.release

    @property
    def has_several_genes(self) -> bool:
        """Whether several genes are left: of the species that the answer was converted to, if it was."""
        return len(self.genes if self.converted is None else self.converted) > 1


def name_gene(gene: GeneRecord) -> str:
    """Return a gene in words, such as `IL7 (human, hgnc:6023)`."""
    return f"{gene.symbol} ({SPECIES[gene.taxon].name}, {gene.curie})"
