"""What the tools return: the objects of REST, shortened to what a language model needs.

Identifiers are plain strings, by namespace; addresses, evidence and names stay with `GET /resolve`.
"""

from typing import Any, Literal

from pydantic import BaseModel, Field

OutcomeName = Literal["resolved", "ambiguous", "retired", "not_found", "unrecognized"]
StateName = Literal["current", "retired", "unknown"]


class ReleaseId(BaseModel):
    """The release of the data: cite its id."""

    id: str
    title: str


class ShortGene(BaseModel):
    """A gene in short."""

    curie: str
    symbol: str
    species: Literal["human", "mouse"]


class Ortholog(ShortGene):
    """An ortholog in the other species."""

    name: str | None = None
    cardinality: str
    support: int = Field(description="how many organizations report the pair")


class Gene(ShortGene):
    """A gene with its identifiers in the requested namespaces, best first."""

    name: str | None
    gene_type: str | None
    matched_as: str = Field(description="what the query is of this gene, such as `previous_symbol PBGF`")
    notes: list[str] = Field(default_factory=list)
    identifiers: dict[str, list[str]]
    not_shown: dict[str, int] = Field(
        default_factory=dict, description="how many more identifiers of a namespace there are"
    )
    orthologs: list[Ortholog] = Field(default_factory=list)


class Suggestion(ShortGene):
    """What may have been meant; never applied automatically."""

    identifier: str = Field(description="the text to query instead")
    why: str


class Answer(BaseModel):
    """The answer to one query. Several `genes` mean that no one was picked: the user has to choose."""

    query: str
    outcome: OutcomeName
    reason: str | None
    hint: str | None = Field(description="what is wrong, and what to do")
    genes: list[Gene]
    also: list[ShortGene] = Field(default_factory=list, description="other genes that the query is a name of too")
    suggestions: list[Suggestion] = Field(default_factory=list)


class Resolved(BaseModel):
    """An answer for each query, in order, and the number of answers by outcome."""

    answers: list[Answer]
    outcomes: dict[str, int]
    release: ReleaseId


class PairedOrtholog(Ortholog):
    """An ortholog, the source files that report it, and whether archived HomoloGene had both genes in one group."""

    sources: list[str]
    in_same_group: bool | None


class GeneWithOrthologs(ShortGene):
    """A gene that the query matches, and its orthologs, best supported first."""

    name: str | None
    orthologs: list[PairedOrtholog]


class Orthologs(BaseModel):
    """The genes that the query matches with their orthologs; without any the outcome is `not_found`."""

    query: str
    outcome: OutcomeName
    reason: str | None
    hint: str | None
    genes: list[GeneWithOrthologs]
    suggestions: list[Suggestion] = Field(default_factory=list)
    release: ReleaseId


class Step(BaseModel):
    """One identifier was replaced by another, or withdrawn (`successor` is null)."""

    retired: str
    successor: str | None
    reason: str
    date: str | None
    label: str | None
    sources: list[str]


class Successor(BaseModel):
    """An identifier at the end of a history, and its genes."""

    curie: str
    genes: list[ShortGene]


class Record(BaseModel):
    """One interpretation of the query, and its history."""

    identifier: str
    level: str
    state: StateName
    genes: list[ShortGene]
    steps: list[Step]
    successors: list[Successor] = Field(description="what to use today instead")
    retired_identifiers: list[Step] = Field(description="what was merged into it; at most 50")


class Past(BaseModel):
    """The history of all interpretations of the query; `unknown` without records if nothing is known of it."""

    query: str
    state: StateName
    hint: str | None
    records: list[Record]
    suggestions: list[Suggestion] = Field(default_factory=list)
    release: ReleaseId


class Finding(BaseModel):
    """What the source database reports today about an identifier."""

    curie: str
    version: int | None
    verdict: Literal["current", "replaced", "retired", "moved_gene", "version_behind", "not_checked"]
    use_now: list[str]
    obstacle: str | None
    note: str | None
    url: str | None = Field(description="the request to the source database")
    seen_at: str | None


class Checked(BaseModel):
    """A query, and the findings on its identifiers; `hint` if it has none."""

    query: str
    outcome: OutcomeName
    hint: str | None
    findings: list[Finding]


class Refreshed(BaseModel):
    """The findings on each query, in order, and the number of identifiers by verdict."""

    checked: list[Checked]
    verdicts: dict[str, int]
    release: ReleaseId


class Converted(BaseModel):
    """The counts of a conversion, and the converted table, or the file that it was written to."""

    table: str | None = Field(default=None, description="the converted table")
    output: str | None = Field(default=None, description="the file that was written")
    identifier_columns: list[str] = Field(description="the columns that were read")
    added_columns: list[str]
    rows: int
    outcomes: list[dict[str, Any]] = Field(description="rows by outcome, for each column that was read")
    notes: list[str]
    assumed: list[str] = Field(description="what was not specified, and was decided by the table")
    warning: str | None
    next_step: str | None
    release: ReleaseId
