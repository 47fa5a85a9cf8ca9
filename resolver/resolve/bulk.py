"""Accessions by the million: found by a join of columns, and answered once for each shape.

Answers to accessions with one primary assignment, which are no name, differ by their gene alone if the accessions are
of one shape: namespace, level, species, whether the text may be a name, and the levels of weaker assignments. One
accession of each shape is answered as any other query, and its outcome and reason are those of the shape. All other
texts are left to `answer_many`. No rule of resolution is stated here.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from ..identifiers.model import Level
from ..identifiers.names import fold_name
from ..identifiers.namespaces import NAMESPACES
from ..identifiers.recognize import list_canonical_patterns
from .many import answer_many
from .table import describe_answer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .many import Answering
    from .options import Options
    from .table import Cells

_AT_ONCE = 25_000
_AT_LEAST = 2_000  # texts for a thread
_PREFIX: pl.DataType = pl.Enum([namespace.prefix for namespace in NAMESPACES])
_LEVEL: pl.DataType = pl.Enum([level.value for level in Level])
_PATTERNS = list_canonical_patterns()
_ANY_PATTERN = f"^(?:{'|'.join(pattern for _, pattern, _ in _PATTERNS)})$"
_SHAPE = ("prefix", "relation", "may_be_name", "weaker", "taxon")


class Sole(NamedTuple):
    """Texts that were found: `rows` are (place of the text, gene, shape, match), `shapes` the cells of each shape.

    Only outcome and reason of a shape's cells are those of all its texts.
    """

    rows: pl.DataFrame
    shapes: list[Cells]


class BulkAccessions:
    """Finds the accessions among texts that can be answered by their shape.

    `excluded` are CURIEs that are answered by themselves, `threads` is how many look up at once. Cost: some
    three microseconds for each text.
    """

    def __init__(
        self, resolver: Answering, options: Options, excluded: Collection[str] = (), *, threads: int = 1
    ) -> None:
        self._resolver = resolver
        self._options = options
        self._excluded = [f"identifier {curie}" for curie in excluded]
        self._threads = threads
        self._is_used = not options.namespaces and options.to_species is None
        self._taxa = pl.DataFrame(schema={"gene": pl.Int32, "taxon": pl.Int32})
        self._places: dict[tuple[object, ...], int | None] = {}
        self._shapes: list[Cells] = []

    def find(self, texts: pl.Series) -> Sole:
        """Return which of different texts can be answered by their shape, and what they match."""
        found = self._place(texts) if self._is_used else _NOTHING
        if found.is_empty():
            return Sole(_NOTHING, self._shapes)
        shapes = found.unique(_SHAPE, keep="first", maintain_order=True)
        numbers = [self._find_shape(row, texts[row["place"]]) for row in shapes.iter_rows(named=True)]
        numbered = shapes.select(_SHAPE).with_columns(shape=pl.Series(numbers, dtype=pl.UInt32))
        joined = found.join(numbered, on=_SHAPE, nulls_equal=True).filter(pl.col("shape").is_not_null())
        return Sole(joined.select("place", "gene", "shape", "match"), self._shapes)

    def _place(self, texts: pl.Series) -> pl.DataFrame:
        """Return the accessions with one primary assignment as (place, gene, match), and of what shape they are."""
        with ThreadPoolExecutor(self._threads) as pool:
            size = max(_AT_LEAST, min(_AT_ONCE, -(-len(texts) // self._threads)))
            found = pl.concat(pool.map(self._place_part, *zip(*_cut(texts, size), strict=True)))
        if self._excluded:
            found = found.filter(~pl.col("match").is_in(self._excluded))
        names = self._find_names(found.filter("may_be_name")["accession"])
        if not names.is_empty():
            found = found.filter(~(pl.col("may_be_name") & pl.col("accession").is_in(names.implode())))
        return found.with_columns(taxon=self._find_taxa(found["gene"]))

    def _place_part(self, texts: pl.Series, begin: int) -> pl.DataFrame:
        read = _read(texts, begin)
        # In the order of the index, so that neighbors are on the same pages.
        lines = self._resolver.reader.list_placed(read["accession"].unique().sort().to_list())
        found = read.join(_read_placed(lines), on=("prefix", "accession")).filter(pl.col("primary") == 1)
        return found.with_columns(match=pl.format("identifier {}:{}", "prefix", "accession"))

    def _find_taxa(self, genes: pl.Series) -> pl.Series:
        """Return the species of genes; each gene is read once."""
        wanted = genes.unique().to_frame()
        new = wanted.join(self._taxa, on="gene", how="anti")["gene"].to_list()
        read = [(number, gene.taxon) for number, gene in self._resolver.reader.get_genes(new).items()]
        self._taxa.extend(pl.DataFrame(read, self._taxa.schema, orient="row"))
        return genes.to_frame().join(self._taxa, on="gene", how="left", maintain_order="left")["taxon"]

    def _find_names(self, accessions: pl.Series) -> pl.Series:
        """Return those of the accessions that are names of genes too."""
        named: list[str] = []
        for part, _ in _cut(accessions, _AT_ONCE):
            folded = {text: fold_name(text) for text in part}
            known = self._resolver.reader.find_names_of(folded.values())
            named += [text for text, name in folded.items() if name in known]
        return pl.Series(named, dtype=pl.String)

    def _find_shape(self, row: dict[str, object], text: str) -> int | None:
        """Return the number of a shape; None if its answers have other cells than match and gene that differ."""
        shape = tuple([row[name] for name in _SHAPE])
        if shape not in self._places:
            (answer,) = answer_many(self._resolver, [(text, self._options)], with_suggestions=False)
            cells = describe_answer(answer)
            is_alike = cells[2:] == ((row["match"],), (), (row["gene"],), (), (), (row["taxon"],), ())
            self._places[shape] = len(self._shapes) if is_alike else None
            if is_alike:
                self._shapes.append(cells)
        return self._places[shape]


_NOTHING = pl.DataFrame(schema={"place": pl.UInt32, "gene": pl.Int32, "shape": pl.UInt32, "match": pl.String})


def _cut(texts: pl.Series, size: int) -> Iterator[tuple[pl.Series, int]]:
    for begin in range(0, max(1, len(texts)), size):
        yield texts.slice(begin, size), begin


def _read(texts: pl.Series, begin: int) -> pl.DataFrame:
    """Return the texts in their canonical spelling: (place, prefix, accession, may_be_name)."""
    groups = texts.str.extract_groups(_ANY_PATTERN).struct.unnest()
    which = pl.coalesce(
        [pl.when(pl.col(name).is_not_null()).then(pl.lit(at, dtype=pl.UInt8)) for at, name in enumerate(groups.columns)]
    )
    prefixes = pl.Series([prefix for prefix, _, _ in _PATTERNS], dtype=_PREFIX)
    may_be_name = pl.Series([may_be for _, _, may_be in _PATTERNS])
    read = groups.select(
        place=pl.int_range(begin, begin + len(texts), dtype=pl.UInt32), which=which, accession=pl.coalesce(pl.all())
    ).filter(pl.col("accession").is_not_null())
    return read.select(
        "place",
        "accession",
        prefix=pl.lit(prefixes).gather(pl.col("which")),
        may_be_name=pl.lit(may_be_name).gather(pl.col("which")),
    )


def _read_placed(lines: str) -> pl.DataFrame:
    """Return for each identifier its strongest assignment: (prefix, accession, gene, relation, primary, weaker).

    `primary` is the number of its primary assignments, `weaker` are the levels of all others than the strongest.
    """
    placed = pl.read_csv(
        io.BytesIO(lines.encode()),
        has_header=False,
        raise_if_empty=False,
        schema={
            "accession": pl.String(),
            "prefix": _PREFIX,
            "gene": pl.Int32(),
            "relation": _LEVEL,
            "rank": pl.UInt8(),
        },
    )
    key = ["prefix", "accession"]
    several = pl.struct(key).is_duplicated()
    alone = placed.filter(~several).select(
        *key, "gene", "relation", primary=(pl.col("rank") == 0).cast(pl.UInt32), weaker=pl.lit("")
    )
    shared = (
        placed.filter(several)
        .unique()
        .sort("rank", "gene")
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("gene", "relation").first(),
            primary=(pl.col("rank") == 0).sum(),
            weaker=pl.col("relation").cast(pl.String).slice(1).str.join(","),
        )
    )
    return pl.concat([alone, shared])
