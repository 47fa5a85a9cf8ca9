"""The types of identifiers: level, form, namespace, interpretation, recognition.

Types that are created for every query are NamedTuples: immutable, at a third of the cost of a frozen dataclass.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from .brief import one_line


class Level(StrEnum):
    """The kind of object that an identifier names."""

    GENE = "gene"
    TRANSCRIPT = "transcript"
    PROTEIN = "protein"
    GENOMIC = "genomic"  # a stretch of sequence that contains one gene or several, such as a RefSeqGene
    GROUP = "group"
    PHENOTYPE = "phenotype"


@dataclass(frozen=True, slots=True)
class Form:
    """One shape of a namespace's accessions.

    `pattern` is in the dialect that Python, RE2 and Java share: no anchors, no lookaround, `[0-9]` for digits.
    `page` is a template with `{}` for the accession, `history_page` that of the page with its history,
    where this is another. `is_page_of_version`: the page takes `NM_000880.3` too, and shows that very version.
    `taxon` is set where the shape alone decides the species.
    """

    level: Level
    pattern: str
    example: str
    near_miss: str
    page: str
    taxon: int | None = None
    versioned: bool = False
    history_page: str | None = None
    is_page_of_version: bool = False


@dataclass(frozen=True, slots=True)
class Namespace:
    """A space of identifiers with one authority: a row of `resolver.identifiers.namespaces`.

    How its identifiers are written: `spellings` of the prefix; `drop` lists what may precede the accession without
    belonging to it (`MGI:` in `MGI:MGI:96561`, the asterisk of `*146660`); `display` is how the authority prints an
    accession; `shorthand` lists patterns of further bare spellings (`LOC3574`); `may_be_symbol`: symbols or
    aliases of this shape exist; `number_order` is the precedence among the namespaces whose accessions are bare numbers
    (None: its accessions have letters); `written` are examples for people, all of one gene.

    How answers use it: `is_listed`: answers list it among the xrefs, in the order of the table; `shows` names what an
    xref states besides identifier, CURIE and address.

    How a release is built: `placed_by` names the organizations whose statements place an accession on a gene before all
    others (`SOURCE` of a source); `committee` is the organization that approves symbols of genes named by this
    namespace; `has_gene_records`: sources keep gene records under its gene accessions. `archived` says why no source
    database can be queried about it.
    """

    prefix: str
    title: str
    authority: str
    spellings: tuple[str, ...]
    forms: tuple[Form, ...]
    written: tuple[str, ...]
    page_heads: tuple[str, ...] = ()
    page_queries: tuple[tuple[str, str], ...] = ()
    drop: tuple[str, ...] = ()
    display: str = "{}"
    shorthand: tuple[str, ...] = ()
    may_be_symbol: bool = False
    number_order: int | None = None
    is_listed: bool = False
    shows: tuple[str, ...] = ()
    placed_by: tuple[str, ...] = ()
    committee: str = ""
    has_gene_records: bool = False
    archived: str = ""
    note: str = ""

    def shown(self, accession: str) -> str:
        """Return the accession as its authority prints it, such as `MGI:96561`."""
        return self.display.format(accession)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of its identifiers, each once, in the order of its forms."""
        return tuple(dict.fromkeys(form.level for form in self.forms))

    @property
    def usual_levels(self) -> tuple[Level, ...]:
        """The levels that its bare name means: genes where it has genes among others (Ensembl), else all of them."""
        return (Level.GENE,) if Level.GENE in self.levels else self.levels


class Identifier(NamedTuple):
    """A namespace and an accession, canonical; the version, if there is one, is separate."""

    prefix: str
    accession: str
    version: int | None = None

    @property
    def curie(self) -> str:
        """The Bioregistry lower-case CURIE, without version."""
        return f"{self.prefix}:{self.accession}"


class Interpretation(NamedTuple):
    """One thing that a text may be, with the reason.

    `parent` is the identifier by whose gene this one is resolved (an isoform's entry). `level` is None for a text
    that is looked up as a symbol or a name. `notes` list what was set aside (`_PAR_Y`, a blank, capitals).
    `is_withdrawn`: the text itself says that the symbol is (`AACT~withdrawn`).
    """

    identifier: Identifier
    level: Level | None
    why: str
    notes: tuple[str, ...] = ()
    parent: Identifier | None = None
    is_text: bool = False
    is_withdrawn: bool = False

    def __repr__(self) -> str:
        version = "" if self.identifier.version is None else f".{self.identifier.version}"
        return one_line(self, f"{self.identifier.curie}{version}", self.level, self.why)

    @property
    def lookup(self) -> Identifier:
        """The identifier by which the gene is found."""
        return self.parent or self.identifier


class Problem(StrEnum):
    """Why a text has no interpretation."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    UNKNOWN_NAMESPACE = "unknown_namespace"


class Recognition(NamedTuple):
    """All interpretations of one text, best first.

    `problem` and `hint` say what is wrong with the text, should none of its interpretations be found. `is_only_text`
    says that it is a symbol or name at most, whichever namespaces it was read in. `taxon` is the species that the text
    names (`mm10___Trp53`), or else that of its list: it decides where the text could be of either. `caution` says what
    else it may be, should an interpretation be found.
    """

    text: str
    interpretations: tuple[Interpretation, ...] = ()
    problem: Problem | None = None
    hint: str | None = None
    is_only_text: bool = False
    taxon: int | None = None
    caution: str | None = None
