"""Tables of chance: texts of a release with damage, and how the engines convert them, side by side."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from resolver.convert.cells import CellConverter, Converted
from resolver.convert.column_reader import ColumnReader
from resolver.convert.engine import Conversion, Tools
from resolver.convert.formats.csv import TextSink
from resolver.convert.formats.text_stream import TextStream
from resolver.convert.formats.text_table import TextSource
from resolver.convert.notes import note_species
from resolver.convert.plan import CellRule, Plan, Reading, make_plan
from resolver.convert.report.summary import Summary
from resolver.identifiers.namespaces import NUMBERED
from resolver.resolve.column import Column, decide_numbers
from resolver.resolve.many import answer_in_column, decide_species, explode
from resolver.resolve.options import OnMany, read_options
from resolver.resolve.resolver import Resolver
from resolver.resolve.table import describe_answer
from tests.resolve.samples import Texts

Marks = Mapping[str, tuple[str, str]]
BLOCKS: dict[str, Any] = {"small_rows": -1, "block_size": 64}
ROWS: dict[str, Any] = {"small_rows": 1 << 60}


class Requested(NamedTuple):
    """A random conversion: its plan, and the separator in cells of several identifiers (None: detected)."""

    plan: Plan
    split: str | None
    marks: Marks


def is_table_text(text: str) -> bool:
    """Return whether a table can contain a text as UTF-8: no NUL, and no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= mark <= "\udfff" for mark in text)


def cells_of(texts: Texts) -> st.SearchStrategy[list[str]]:
    """Give columns: single texts with damage, empty cells, lists in a cell, duplicates, columns of numbers."""
    one = texts.one.filter(is_table_text)
    wide = one.map(lambda text: "".join(chr(ord(mark) + 0xFEE0) if "!" <= mark <= "~" else mark for mark in text))
    listed = st.builds(str.join, st.sampled_from([";", "|", " /// ", ",", "; "]), st.lists(one, min_size=2, max_size=3))
    number = st.one_of([st.sampled_from(texts.numbers[prefix]) for prefix in NUMBERED])
    cell = st.one_of(
        one,
        one,
        one.map(str.upper),
        one.map(str.lower),
        wide,
        listed,
        number.map("{}.0".format),
        st.builds("{}.{}".format, one, st.integers(0, 99_999)),
        st.builds("{}{}{}".format, st.sampled_from([" ", "\t", "\xa0"]), one, st.sampled_from([" ", "\n", "\r\n"])),
        st.sampled_from(["", " ", "NA", "-", "nan", "None", "\ufeff", "=1+1", '"', "'", "'TP53"]),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    )
    of_one_kind = st.sampled_from(NUMBERED).flatmap(
        lambda prefix: st.lists(st.sampled_from(texts.numbers[prefix]), min_size=3, max_size=12)
    )
    return st.builds(
        lambda numbers, mixed, again: [*numbers, *mixed, *mixed[:again], *numbers[:again]],
        of_one_kind | st.just([]),
        st.lists(cell, min_size=1, max_size=25),
        st.integers(0, 3),
    )


def plans(marked: Sequence[str], *, on_many: Sequence[str] = tuple(OnMany)) -> st.SearchStrategy[Requested]:
    """Generate conversions; marks are of some of the `marked` CURIEs."""
    species = st.sampled_from(["human", "mouse"])
    queried = st.sampled_from(["human", "mouse", "auto", "auto"])
    stated: dict[str, st.SearchStrategy[Any]] = {
        "from": st.sampled_from(
            ["ensembl", "uniprot", "omim", "hgnc", "ncbigene", "mgi", "symbol", "refseq", "homologene"]
        ),
        "species": queried,
        "to_species": species,
        "consensus": st.sampled_from(["any", "majority", "all"]),
        "on_many": st.sampled_from([str(word) for word in on_many]),
    }
    targets = st.lists(
        st.sampled_from(
            ["symbol", "gene", "name", "species", "gene_type", "ensembl", "ensembl.transcript", "ncbigene", "uniprot",
             "refseq", "refseq.protein", "mgi", "hgnc", "omim", "homologene"]
        ), min_size=1, max_size=4, unique=True,
    )  # fmt: skip
    mark = st.tuples(
        st.sampled_from(["replaced", "retired", "moved_gene"]), st.sampled_from(["", "ensembl:ENSG1", "a;b"])
    )

    def build(
        requested: dict[str, Any], to: list[str], how: dict[str, Any], split: str | None, marks: Marks
    ) -> Requested:
        return Requested(make_plan(",".join(to), read_options(requested), **how), split, marks if how["stale"] else {})

    return st.builds(
        build,
        st.fixed_dictionaries({}, optional=stated),
        targets,
        st.fixed_dictionaries(
            {
                "separator": st.sampled_from([";", "|", ",", " /// ", "\t", '"']),
                "best": st.booleans(),
                "stale": st.booleans(),
                "missing": st.sampled_from([None, "NA", "NA,-,nan", "TP53,IL7"]),
            }
        ),
        st.sampled_from([None, None, ";", "|", ","]),
        st.dictionaries(st.sampled_from(list(marked)), mark, max_size=20),
    )


def written(header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\n") -> bytes:
    """Return a table as text, every cell in quotes that needs them; that of an only column where it is empty too."""

    def quote(cell: str) -> str:
        needs_quotes = any(mark in cell for mark in (delimiter, '"', "\r", "\n"))
        return '"' + cell.replace('"', '""') + '"' if needs_quotes else cell

    lines = [delimiter.join(map(quote, row)) or '""' for row in (header, *rows)]
    return "".join(f"{line}{end}" for line in lines).encode()


def read(data: bytes, delimiter: str = ",") -> list[list[str]]:
    """Return the rows of a text table, without its empty lines."""
    csv.field_size_limit(1 << 30)
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    return [cells for cells in csv.reader(text, delimiter=delimiter) if cells]


def convert(
    data: bytes, plan: Plan, tools: Tools, reading: Reading, name: str = "t.csv", **how: Any
) -> tuple[bytes, Summary, Conversion]:
    """Return a converted table, what it came to, and the conversion."""
    stream = TextStream(io.BytesIO(data), name, encoding=reading.encoding)
    conversion = Conversion(TextSource(stream, reading, **how), TextSink, plan, tools, reading)
    out = io.BytesIO()
    summary = conversion.run(out)
    return out.getvalue(), summary, conversion


def convert_one_by_one(
    texts: Sequence[str], requested: Requested, rule: CellRule, resolver: Resolver
) -> list[list[Converted]]:
    """Return what each cell becomes if it is resolved alone; cells that contain a list are left out.

    This is written against `/resolve`, and not against the converter, of which it needs the rendering alone.
    """
    reader = ColumnReader(resolver, requested.plan, rule)
    cells = CellConverter(resolver, requested.plan, rule, requested.marks if requested.plan.stale else None)
    options = requested.plan.options
    rows = []
    for text in texts:
        answer = answer_in_column(resolver, "" if requested.plan.is_missing(text) else text, options, rule.column)
        answers = list(explode(answer)) if options.on_many is OnMany.EXPLODE else [answer]
        query = "" if requested.plan.is_missing(text) else text
        statuses = reader.complete(query, tuple(note_species(describe_answer(one), rule.species) for one in answers))
        statuses = tuple(map(cells.mark, statuses))
        rows.append([Converted(next(cells.values.get_all([status.genes])), status) for status in statuses])
    return rows


def rule_of(texts: Sequence[str], requested: Requested, resolver: Resolver) -> CellRule:
    """Return the rule of a column that is read as a whole, without lists."""
    options = requested.plan.options
    free = [text for text in texts if not requested.plan.is_missing(text)]
    numbers = None if options.namespaces else decide_numbers(free, resolver.reader)
    entries = [(text, options.namespaces) for text in free]
    return CellRule(
        0,
        "id",
        numbers=numbers,
        species=decide_species(resolver.reader, entries, Column(numbers)) if options.by_vote else None,
    )


def gzipped(data: bytes) -> bytes:
    """Return the data packed by gzip."""
    return gzip.compress(data, 1)
