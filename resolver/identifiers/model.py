"""The words of identifiers: level, form, namespace, interpretation, recognition.

What is made for every text is a NamedTuple: it cannot change, and takes a third of a frozen dataclass's time to make.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from .brief import one_line


class Level(StrEnum):
    """What kind of thing an identifier names."""

    GENE = "gene"
    TRANSCRIPT = "transcript"
    PROTEIN = "protein"
    GENOMIC = "genomic"  # a stretch of sequence that may hold one gene or several, such as a RefSeqGene
    GROUP = "group"
    PHENOTYPE = "phenotype"


@dataclass(frozen=True, slots=True)
class Form:
    """One shape that a namespace's accessions have.

    `pattern` is in the dialect that Python, RE2 and Java share: no anchors, no lookaround, `[0-9]` for digits.
    `page` is a template with `{}` for the accession, `history_page` that of the page with its history,
    where this is another. `is_page_of_version`: the page takes `NM_000880.3` too, and shows that very version.
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

    `drop` lists what may stand before the accession without belonging to it (`MGI:` in `MGI:MGI:96561`, the
    asterisk of `*146660`); `display` is how the authority itself prints an accession. `shorthand` lists patterns
    of further bare spellings (`LOC3574`), `may_be_symbol` says that gene symbols of this shape exist.
    """

    prefix: str
    title: str
    authority: str
    spellings: tuple[str, ...]
    forms: tuple[Form, ...]
    page_heads: tuple[str, ...] = ()
    page_queries: tuple[tuple[str, str], ...] = ()
    drop: tuple[str, ...] = ()
    display: str = "{}"
    shorthand: tuple[str, ...] = ()
    may_be_symbol: bool = False
    note: str = ""

    def shown(self, accession: str) -> str:
        """Return the accession as its authority prints it, such as `MGI:96561`."""
        return self.display.format(accession)


class Identifier(NamedTuple):
    """A namespace and an accession, canonical; the version, where one was stated, is kept apart."""

    prefix: str
    accession: str
    version: int | None = None

    @property
    def curie(self) -> str:
        """The Bioregistry lower-case CURIE, without version."""
        return f"{self.prefix}:{self.accession}"


class Interpretation(NamedTuple):
    """One thing that a text may be, and why we think so.

    `parent` is the identifier whose gene answers for this one (an isoform's entry). `level` is None for a text
    that is looked up as a symbol or a name. `notes` tell what was set aside (`_PAR_Y`, a blank, capitals).
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
        """The identifier under which the gene is kept."""
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
    says that it is a symbol or name at most, whichever namespaces it was read in.
    """

    text: str
    interpretations: tuple[Interpretation, ...] = ()
    problem: Problem | None = None
    hint: str | None = None
    is_only_text: bool = False
