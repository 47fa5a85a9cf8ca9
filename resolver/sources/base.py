"""The types that every source uses: files with a known layout, and the facts read from them.

A fact is a statement by one upstream file. Facts are Polars frames (lazy, so that files larger than memory
stream), one schema for each kind:

- `genes`: what a source says of a gene that it has a record of: symbol, name, type, position.
- `identifiers`: subject (the CURIE of a gene record, or of a transcript or protein: `Subject`) has this accession in
  that namespace.
- `names`: subject is called this; kind is symbol, previous_symbol, alias or full_name.
- `orthologs`: this human gene record and that mouse gene record are orthologs.
- `products`: this transcript makes that protein.
- `retirements`: this identifier is retired, in favor of that one or of none.

Sources report and do not decide: `resolver.genes.ranking` decides which gene an identifier is assigned to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum

import polars as pl

from ..identifiers.model import Level
from ..identifiers.namespaces import NAMESPACES, RECORD_PREFIXES

Rows = pl.LazyFrame
# Rows of the file and its key, and for a file that has a companion the rows of that (None where it is not there).
Reader = Callable[..., "Facts"]

GENES = pl.Schema(
    {
        "subject": pl.String,
        "taxon": pl.Int32,
        "symbol": pl.String,
        "name": pl.String,
        "gene_type": pl.String,
        "chromosome": pl.String,
        "start": pl.Int64,
        "end": pl.Int64,
        "strand": pl.String,
        "assembly": pl.String,
        "map_location": pl.String,
        "source": pl.String,
    }
)
IDENTIFIERS = pl.Schema(
    {
        "subject": pl.String,
        "prefix": pl.String,
        "accession": pl.String,
        "version": pl.Int32,
        "relation": pl.String,  # null: what the shape of the accession says (gene, transcript, protein …)
        "reviewed": pl.Boolean,
        "source": pl.String,
    }
)
NAMES = pl.Schema({"subject": pl.String, "kind": pl.String, "text": pl.String, "source": pl.String})
ORTHOLOGS = pl.Schema({"human": pl.String, "mouse": pl.String, "source": pl.String})
PRODUCTS = pl.Schema(
    {
        "transcript": pl.String,
        "protein": pl.String,
        "mane": pl.String,  # "select", "plus clinical" or null
        "source": pl.String,
    }
)
RETIREMENTS = pl.Schema(
    {
        "retired": pl.String,
        "successor": pl.String,  # null: retired without a successor
        "reason": pl.String,
        "date": pl.String,  # ISO; null where the upstream states none
        "label": pl.String,  # the symbol that it had
        "source": pl.String,
    }
)
SCHEMAS: dict[str, pl.Schema] = {
    "genes": GENES,
    "identifiers": IDENTIFIERS,
    "names": NAMES,
    "orthologs": ORTHOLOGS,
    "products": PRODUCTS,
    "retirements": RETIREMENTS,
}


@dataclass(slots=True)
class Facts:
    """What one or more files state: a list of frames for each kind of fact, each of that kind's schema."""

    genes: list[Rows] = field(default_factory=list)
    identifiers: list[Rows] = field(default_factory=list)
    names: list[Rows] = field(default_factory=list)
    orthologs: list[Rows] = field(default_factory=list)
    products: list[Rows] = field(default_factory=list)
    retirements: list[Rows] = field(default_factory=list)

    def extend(self, other: Facts) -> None:
        """Take the statements of `other` in addition."""
        for kind in fields(self):
            getattr(self, kind.name).extend(getattr(other, kind.name))

    def frame(self, kind: str) -> Rows:
        """Return all statements of one kind as a single frame, in that kind's schema."""
        frames: list[Rows] = getattr(self, kind)
        return pl.concat([pl.LazyFrame(schema=SCHEMAS[kind]), *frames])


class Subject(StrEnum):
    """The kind of object that the identifiers of a file are stated of; it decides how they reach a gene."""

    GENE = "gene"  # a gene record: they belong to its gene
    PRODUCT = "product"  # a transcript or protein: they belong to the genes that have it by the strongest evidence


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written. `columns` are those that we read or name, in the upstream's order.

    `header` says whether the first line names the columns; where it does, the named columns must be there under
    their names, in any order; where it does not, `columns` names them all. `quote` is the quoting character, or
    None where a quotation mark is an ordinary character (as in gene_info). Lines that begin with `comment` are passed
    over. A file that is prose before it is a table has one column, `line`, and `NO_SEPARATOR`.
    """

    columns: tuple[str, ...]
    header: bool = True
    quote: str | None = None
    separator: str = "\t"
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that a source publishes.

    `patterns` are file names with `*` for what changes from release to release; the first is the one of today,
    later ones are older stand-ins. A pattern with a slash also looks at the folder's name. `adds` says what a release
    would lack without it. `companion` is the key of another file that this one is read with, `checksums` the name of
    the list of checksums beside it. In `url` a `*` is filled in from the upstream's listing; it is empty for a file
    that is published no more. `all_species` says that most of its rows are of neither human nor mouse: it costs
    reading, and leaves little. `subject` is the kind of object that its identifiers are stated of.
    """

    key: str
    source: str
    patterns: tuple[str, ...]
    url: str
    license: str
    layout: Layout
    read: Reader
    adds: str = ""
    companion: str | None = None
    checksums: str | None = None
    all_species: bool = False
    subject: Subject = Subject.GENE


def find_wrong_subject(file: SourceFile, subjects: Iterable[str]) -> str | None:
    """Return in a sentence what is wrong with the first subject that cannot lead to a gene; None if all can.

    `subjects` are CURIEs, without version.
    """
    allowed = _SUBJECTS[file.subject]
    for subject in subjects:
        prefix, _, accession = subject.partition(":")
        if not any(re.fullmatch(pattern, accession) for pattern in allowed.get(prefix, ())):
            return (
                f"{file.key} states identifiers of {subject}, which is not a {_KINDS[file.subject]} of "
                f"{', '.join(allowed)}. State them of one, or set `subject` of the file to the kind that it states."
            )
    return None


_KINDS = {Subject.GENE: "gene record", Subject.PRODUCT: "transcript or protein"}
_LEVELS = {Subject.GENE: (Level.GENE,), Subject.PRODUCT: (Level.TRANSCRIPT, Level.PROTEIN)}


def _list_subjects(kind: Subject) -> dict[str, tuple[str, ...]]:
    """Return by prefix the patterns of the accessions that may be subjects of this kind."""
    rows = [row for row in NAMESPACES if kind is Subject.PRODUCT or row.prefix in RECORD_PREFIXES]
    patterns = {row.prefix: tuple(form.pattern for form in row.forms if form.level in _LEVELS[kind]) for row in rows}
    return {prefix: found for prefix, found in patterns.items() if found}


_SUBJECTS = {kind: _list_subjects(kind) for kind in Subject}
_VERSIONED = frozenset(row.prefix for row in NAMESPACES if any(form.versioned for form in row.forms))

NO_SEPARATOR = "\x01"
PUBLIC_DOMAIN = "public domain (US government work)"
CC0 = "CC0 1.0"
CC_BY = "CC BY 4.0"
EMBL_EBI = "EMBL-EBI terms of use (no restriction)"


def text(column: str) -> pl.Expr:
    """Return the column's text without surrounding blanks, null where the upstream writes nothing, `-` or `null`."""
    cleaned = pl.col(column).str.strip_chars()
    return pl.when(~cleaned.is_in(["", "-", "null"])).then(cleaned)


def curie(prefix: str, accession: pl.Expr) -> pl.Expr:
    """Return `prefix:accession`, null where the accession is."""
    return pl.lit(f"{prefix}:") + accession


def exploded(rows: Rows, column: str, separator: str) -> Rows:
    """Return one row for each value of a multi-valued column."""
    return rows.with_columns(text(column).str.split(separator)).explode(column)


def gene_facts(rows: Rows, source: str, *, subject: pl.Expr, taxon: pl.Expr | int, **columns: pl.Expr | None) -> Rows:
    """Return gene records; columns that a source does not have stay null."""
    expressions = {"subject": subject, "taxon": pl.lit(taxon) if isinstance(taxon, int) else taxon}
    for name in GENES:
        if name not in expressions and name != "source":
            stated = columns.get(name)
            expressions[name] = pl.lit(None) if stated is None else stated
    return rows.select(**expressions, source=pl.lit(source)).filter(pl.col("subject").is_not_null()).cast(GENES)


def identifier_facts(
    rows: Rows,
    source: str,
    *,
    subject: pl.Expr,
    prefix: str,
    accession: pl.Expr,
    relation: pl.Expr | str | None = None,
    reviewed: pl.Expr | bool | None = None,
) -> Rows:
    """Return statements that `subject` has `accession`.

    In a namespace with versions, what follows a dot is kept apart as the version; elsewhere a dot belongs to the
    accession.
    """
    bare = accession.str.strip_chars()
    is_versioned = prefix in _VERSIONED
    return (
        rows.select(
            subject=subject,
            prefix=pl.lit(prefix),
            accession=bare.str.extract(r"^([^.]+)", 1) if is_versioned else bare,
            version=bare.str.extract(r"\.([0-9]+)$", 1) if is_versioned else pl.lit(None),
            relation=pl.lit(relation) if relation is None or isinstance(relation, str) else relation,
            reviewed=reviewed if isinstance(reviewed, pl.Expr) else pl.lit(reviewed),
            source=pl.lit(source),
        )
        .filter(pl.col("subject").is_not_null() & (pl.col("accession").str.len_chars() > 0))
        .cast(IDENTIFIERS)
    )


def name_facts(rows: Rows, source: str, *, subject: pl.Expr, kind: str, name: pl.Expr) -> Rows:
    """Return statements that `subject` is called `name`."""
    return (
        rows.select(subject=subject, kind=pl.lit(kind), text=name.str.strip_chars(), source=pl.lit(source))
        .filter(pl.col("subject").is_not_null() & (pl.col("text").str.len_chars() > 0) & (pl.col("text") != "-"))
        .cast(NAMES)
    )


def ortholog_facts(rows: Rows, source: str, *, human: pl.Expr, mouse: pl.Expr) -> Rows:
    """Return statements that a human and a mouse gene record are orthologs."""
    pairs = rows.select(human=human, mouse=mouse, source=pl.lit(source))
    return pairs.drop_nulls(["human", "mouse"]).cast(ORTHOLOGS)


def product_facts(
    rows: Rows, source: str, *, prefix: str, transcript: str, protein: str, mane: pl.Expr | None = None
) -> Rows:
    """Return transcript–protein pairs of one namespace, as CURIEs without versions."""
    unversioned = {
        name: curie(prefix, text(column).str.extract(r"^([^.]+)", 1))
        for name, column in (("transcript", transcript), ("protein", protein))
    }
    pairs = rows.select(**unversioned, mane=pl.lit(None) if mane is None else mane, source=pl.lit(source))
    return pairs.drop_nulls(["transcript", "protein"]).cast(PRODUCTS)


def retirement_facts(
    rows: Rows,
    source: str,
    *,
    retired: pl.Expr,
    successor: pl.Expr,
    reason: pl.Expr,
    date: pl.Expr | None = None,
    label: pl.Expr | None = None,
) -> Rows:
    """Return statements that an identifier is retired; `successor` is null where it has none."""
    return (
        rows.select(
            retired=retired,
            successor=successor,
            reason=reason,
            date=pl.lit(None) if date is None else date,
            label=pl.lit(None) if label is None else label,
            source=pl.lit(source),
        )
        .drop_nulls("retired")
        .cast(RETIREMENTS)
    )
