"""The words of answers: outcome, reason, how a gene was matched, and the answer itself.

What is made for every answer is a NamedTuple: it cannot change, and takes a third of a frozen dataclass's time to make.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from ..genes.marks import NO_MARKS
from ..identifiers.brief import one_line
from ..identifiers.species import SPECIES
from .options import DEFAULT

if TYPE_CHECKING:
    from ..genes.marks import Mark, Marks
    from ..genes.model import GeneRecord, OrthologLink, RetirementRecord
    from ..genes.ranking import MatchKind
    from ..identifiers.model import Interpretation
    from ..store.gene_reader import GeneReader
    from ..store.release import Release
    from .options import Options


class Outcome(StrEnum):
    """What became of a question. None of them is an error of the program."""

    __hash__ = str.__hash__  # an enum's own is written in Python, and asked for each answer

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
    SEVERAL_GENES = "several_genes"
    SEVERAL_READINGS = "several_readings"


class VersionStatus(StrEnum):
    """How the version that was asked stands to the one that the release knows."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


class MatchedAs(NamedTuple):
    """How a text led to a gene: as an identifier (`value` is its CURIE), or as a name (`value` is its spelling).

    `version_known` is the latest version in the release, None where no source states one. `case_corrected` tells that
    only the capitals differed.
    """

    kind: MatchKind
    value: str
    level: str | None = None
    version_asked: int | None = None
    version_known: int | None = None
    case_corrected: bool = False
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return one_line(self, self.kind, self.value)

    @property
    def version_status(self) -> VersionStatus | None:
        """How the version asked stands to the one known; None where one of them is not stated."""
        if self.version_asked is None or self.version_known is None:
            return None
        if self.version_asked == self.version_known:
            return VersionStatus.CURRENT
        return VersionStatus.OLDER if self.version_asked < self.version_known else VersionStatus.NEWER


class MatchedGene(NamedTuple):
    """A gene, and how the text led to it."""

    gene: GeneRecord
    matched_as: MatchedAs

    def __repr__(self) -> str:
        return one_line(self, _name_gene(self.gene), "by", self.matched_as.kind, self.matched_as.value)


class GeneAnswer(NamedTuple):
    """A gene of an answer, and how the text led to it; it keeps the release, and reads more of it when asked."""

    gene: GeneRecord
    matched_as: MatchedAs
    reader: GeneReader

    def __repr__(self) -> str:
        return one_line(self, _name_gene(self.gene), "by", self.matched_as.kind, self.matched_as.value)

    @property
    def orthologs(self) -> tuple[OrthologLink, ...]:
        """The gene's orthologs in the other species, best supported first."""
        return tuple(self.reader.find_orthologs(self.gene.id))


class ConvertedGene(NamedTuple):
    """A gene of the species that was asked for: the very gene of the answer, or an ortholog of it (`link`)."""

    gene: GeneRecord
    of: GeneRecord
    link: OrthologLink | None

    def __repr__(self) -> str:
        return one_line(self, _name_gene(self.gene), "from", _name_gene(self.of))


class Suggestion(NamedTuple):
    """What may have been meant; `identifier` is the text to use. Never applied by itself."""

    identifier: str
    gene: GeneRecord
    why: str

    def __repr__(self) -> str:
        return one_line(self, self.identifier, _name_gene(self.gene), self.why)


class DamageReport(NamedTuple):
    """What a spreadsheet did to the text; `repaired` is the text to use where that is certain, else None."""

    kind: str
    explanation: str
    repaired: str | None

    def __repr__(self) -> str:
        return one_line(self, self.kind, None if self.repaired is None else f"repaired: {self.repaired}")


class Answer(NamedTuple):
    """The answer to one question.

    `genes` are those that the text names; `other_matches` those that it also names, in a weaker way (an alias
    beside an approved symbol); `related` those that it is linked to without naming them (a phenotype's genes);
    `history` the steps by which a retired identifier led to its successors; `converted` the genes of the species
    that was asked for, None where none was; `suggestions` what a miss may have meant. `reader` is of the release that
    answered; `known_marks` are all that there were then.
    """

    query: str
    interpretations: tuple[Interpretation, ...]
    outcome: Outcome
    reader: GeneReader
    reason: Reason | None = None
    hint: str | None = None
    genes: tuple[GeneAnswer, ...] = ()
    other_matches: tuple[MatchedGene, ...] = ()
    related: tuple[MatchedGene, ...] = ()
    history: tuple[RetirementRecord, ...] = ()
    converted: tuple[ConvertedGene, ...] | None = None
    suggestions: tuple[Suggestion, ...] = ()
    damage: DamageReport | None = None
    options: Options = DEFAULT
    known_marks: Marks = NO_MARKS

    def __repr__(self) -> str:
        genes = self.genes if self.converted is None else self.converted
        named = ", ".join(_name_gene(found.gene) for found in genes[:4])
        query = f"{self.query[:60]!r}{'…' if len(self.query) > 60 else ''}"
        return one_line(self, query, self.outcome, self.reason, named)

    def _repr_html_(self) -> str:
        """Return the answer as a notebook shows it."""
        from .notebook import answer_html

        return answer_html(self)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is stale by now of the identifier that was asked for and of the xrefs of its genes."""
        from .marked import find_marks

        return find_marks(self)

    @property
    def release(self) -> Release:
        """The release that answered."""
        return self.reader.release

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the JSON object of the REST service."""
        from .encode import answer_object

        return answer_object(self)


def _name_gene(gene: GeneRecord) -> str:
    return f"{gene.symbol} ({SPECIES[gene.taxon].name}, {gene.curie})"
