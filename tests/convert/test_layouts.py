"""Layouts: a table is written back as it is read, line for line, with the new cells behind its rows.

A case is one text. What stands behind an arrow is not in the table that is read: it says what the line gets.
`→ +` is the header, `→ TP53` a row with that symbol, `→` a row that gets empty cells; any other line stays as it is.
"""

from __future__ import annotations

import csv
import io
import os
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from resolver.app.resolver import LocalResolver
from resolver.convert.engine import Tools
from resolver.convert.first_row import is_data
from resolver.convert.plan import Reading, make_plan
from resolver.errors import BadOption, UnreadableTable
from resolver.resolve.options import DEFAULT, read_options
from tests.convert.conversions import open_bytes
from tests.convert.mixes import BLOCKS, ROWS
from tests.convert.mixes import convert as convert_text

PLAN = make_plan("symbol", read_options({"species": "human"}))
IN_PLACE = make_plan("symbol", read_options({"species": "human"}), in_place=True)
_TRIED = int(os.environ.get("RESOLVER_EXAMPLES", "40"))
_ADDED = ["symbol", "outcome", "reason", "matched_as", "retired_from", "also"]


class Case(NamedTuple):
    """A text in a layout: the name of its file, its delimiter, and its lines with what they get."""

    name: str
    delimiter: str
    text: str

    @property
    def lines(self) -> list[tuple[str, str | None]]:
        """Each line as it is read, and what it gets."""
        parted = (line.partition(" →") for line in self.text.splitlines())
        return [(line, rest.strip() if arrow else None) for line, arrow, rest in parted]

    @property
    def data(self) -> bytes:
        """The table that is read."""
        return "".join(f"{line}\n" for line, _ in self.lines).encode()


CASES = {
    "comments above and below": Case("a.tsv", "\t", """\
# exported on Monday
#
gene	p →+
TP53	1 →TP53
IL7	2 →IL7
#
# end of the list
"""),
    "other marks": Case("a.txt", "\t", """\
!Series_title	"a study"
!table_begin
"ID_REF"	"S1" →+
"ENSG00000141510"	1 →TP53
"ENSG00000104432"	2 →IL7
!table_end
"""),
    "percent signs": Case("a.csv", ",", """\
% by hand, twice
% and again
gene,p →+
TP53,1 →TP53
"""),
    "a version line that Excel filled up": Case("a.maf", "\t", """\
#version 2.4		\t
Hugo_Symbol	Entrez_Gene_Id	n →+
TP53	7157	1 →TP53
"""),
    "a header that is a comment": Case("a.tsv", "\t", """\
## made by a caller
#Variant	Gene	p →+
v1	ENSG00000141510	1 →TP53
v2	ENSG00000104432	2 →IL7
"""),
    "a header that begins with two marks": Case("a.csv", ",", """\
##, Gene, Ratio →+
1, TP53, 0.1 →TP53
2, IL7, 0.2 →IL7
# the, end, 1
"""),
    "a header with a mark and a blank": Case("a.tsv", "\t", """\
# gene	p →+
TP53	0.1 →TP53
IL7	0.2 →IL7
"""),
    "comments as wide as the table above its header": Case("a.txt", "\t", """\
#Name of the gene	Age
#STRING	NUMBER
GENE	AGE →+
TP53	31 →TP53
IL7	42 →IL7
"""),
    "a comment with as many cells above a table of words": Case("a.csv", ",", """\
# exported by hand, on Monday
gene,note →+
TP53,first →TP53
IL7,second →IL7
"""),
    "quoted comments": Case("a.csv", ",", """\
"#%date=1999"
"#%chip=x, y"
"Probe","Gene Symbol" →+
"1_at","TP53" →TP53
"2_at","IL7" →IL7
"""),
    "comments and empty lines between rows": Case("a.tsv", "\t", """\
gene	p →+
TP53	1 →TP53

# the next one has a "quote
# and	as many cells as	the table
IL7	2 →IL7
#N/A	3 →

"""),
    "a title above the header": Case("a.csv", ",", """\
"Table S1. Genes, and their p-values",,
,,
gene,p,q →+
TP53,1,2 →TP53
IL7,2,3 →IL7
"""),
    "a list": Case("a.txt", "\t", """\
TP53 →TP53
MYC →MYC
DSCAM →DSCAM
"""),
    "a list with a header": Case("a.txt", "\t", """\
gene →+
TP53 →TP53
MYC →MYC
"""),
    "a CSV file of one column": Case("a.csv", ",", """\
"gene" →+
"TP53" →TP53
"MYC" →MYC
"""),
    "a list with comments": Case("a.txt", "\t", """\
# ours

TP53 →TP53
#REF! →
MYC →MYC
# end
"""),
    "names of rows": Case("a.tsv", "\t", """\
A	B →+
TP53	1	2 →TP53
IL7	3	4 →IL7
"""),
    "names of rows between blanks": Case("a.txt", " ", """\
"A" "B" →+
"TP53" 1 2 →TP53
"IL7" 3 4 →IL7
"""),
    "a column that pandas did not name": Case("a.csv", ",", """\
,A,B →+
TP53,1,2 →TP53
IL7,3,4 →IL7
"""),
    "aligned columns": Case("a.out", " ", """\
 SNP   GENE   P →+
 rs1   TP53   0.5 →TP53
 rs20  IL7    1e-5 →IL7
"""),
    "a semicolon in a tab header": Case("a.tsv", "\t", """\
Entity	Kind	Sources(; separated)	n →+
TP53	gene	here;there;more	1 →TP53
IL7	gene	here;there	2 →IL7
BRCA1	gene	here;there	3 →BRCA1
"""),
    "rows that begin with a mark": Case("a.tsv", "\t", """\
#1	TP53 →TP53
#2	IL7 →IL7
#3	MYC →MYC
"""),
    "GCT 1.2": Case("a.gct", "\t", """\
#1.2
2	2
NAME	Description	s1	s2 →+
ENSG00000141510.17	x	1	2 →TP53
ENSG00000104432.14	y	3	4 →IL7
"""),
    "GCT 1.3": Case("a.gct", "\t", """\
#1.3
2	2	1	1
id	Description	s1	s2 →+
age	na	30	40 →
TP53	x	1	2 →TP53
IL7	y	3	4 →IL7
"""),
    "RNK": Case("a.rnk", "\t", """\
TP53	2.5 →TP53
NOVELX	-0.5 →
IL7	-1 →IL7
"""),
    "10x features": Case("features.tsv", "\t", """\
ENSG00000141510	TP53	Gene Expression →TP53
ENSG00000104432	IL7	Gene Expression →IL7
"""),
    "STAR": Case("ReadsPerGene.out.tab", "\t", """\
N_unmapped	10	10	10 →
N_ambiguous	5	6	7 →
ENSG00000141510.18	1	2	3 →TP53
ENSG00000104432.14	4	5	6 →IL7
ENSG00000012048.23	4	5	6 →BRCA1
"""),
    "GAF": Case("a.gaf", "\t", """\
!gaf-version: 2.2
!
UniProtKB	P04637	TP53	enables	GO:1	PMID:1	IDA		F	x	y|z	protein	taxon:9606	20200101	X		 →TP53
UniProtKB	P13232	IL7	enables	GO:1	PMID:2	IDA		F	x	y|z	protein	taxon:9606	20200101	X		 →IL7
"""),
    "MITAB": Case("a.txt", "\t", """\
#ID(s) interactor A	ID(s) interactor B	n →+
uniprotkb:P04637	uniprotkb:P13232	1 →TP53
uniprotkb:P38398	uniprotkb:P13232	1 →BRCA1
"""),
    "BED": Case("a.bed", "\t", """\
track name=x description="y z"
chr1	100	200	TP53	0	+ →TP53
chr2	100	300	IL7	0	- →IL7
"""),
}  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", CASES)
def test_a_table_is_written_back_in_its_layout(resolver: LocalResolver, name: str, end: str) -> None:
    case = CASES[name]
    out = io.BytesIO()
    data = case.data.replace(b"\n", end.encode())
    open_bytes(resolver, data, plan=PLAN, name=case.name, columns=()).run(out)
    written = out.getvalue().decode().split(end)
    assert len(written) == len(case.lines) + 1
    for (line, added), new in zip(case.lines, written, strict=False):
        if added is None:
            assert new == line
            continue
        assert new.startswith(f"{line}{case.delimiter}")
        cells = next(csv.reader([new[len(line) + 1 :]], delimiter=case.delimiter))
        assert cells == _ADDED if added == "+" else cells[0] == added


@pytest.mark.parametrize("name", CASES)
def test_blocks_of_a_large_table_are_written_as_its_rows(resolver: LocalResolver, name: str) -> None:
    case = CASES[name]
    written = {convert_text(case.data, PLAN, Tools(resolver), Reading(), case.name, **how)[0]
               for how in (ROWS, BLOCKS, {"small_rows": -1})}  # fmt: skip
    assert len(written) == 1


@pytest.mark.parametrize(
    ("text", "written", "filled"),
    [
        ("gene\tx\t\nTP53\t1\nIL7\t2\n", ["TP53\t1\t\tTP53", "IL7\t2\t\tIL7"], 2),
        ("gene\tx\nTP53\t1\t\nIL7\t2\t\n", ["TP53\t1\t\tTP53", "IL7\t2\t\tIL7"], 0),
        ("gene\tx\ty\nTP53\nIL7\t2\t3\t\t\nMYC\t1\t2\n", ["TP53\t\t\tTP53", "IL7\t2\t3\tIL7", "MYC\t1\t2\tMYC"], 2),
    ],
)
def test_missing_cells_are_filled_up_and_reported(
    resolver: LocalResolver, text: str, written: list[str], filled: int
) -> None:
    for how in (ROWS, {"small_rows": -1}):
        out, summary, _ = convert_text(text.encode(), PLAN, Tools(resolver), Reading(), "a.tsv", **how)
        lines = out.decode().splitlines()
        assert [line.rsplit("\t", 5)[0] for line in lines[1:]] == written
        assert lines[0].count("\t") == lines[1].count("\t")
        assert summary.bad_rows == filled
        assert [line for line, _ in summary.bad_lines[:1]] == ([2] if filled else [])


def test_lines_above_a_table_are_not_in_formats_that_have_no_place_for_them(resolver: LocalResolver) -> None:
    out = io.BytesIO()
    summary = open_bytes(resolver, CASES["comments above and below"].data, "ndjson", plan=PLAN, columns=()).run(out)
    assert out.getvalue().count(b"\n") == 2
    assert "comments and empty lines are left out: 4" in summary.notes


def test_columns_of_a_known_layout_have_names_and_its_readers_a_note(resolver: LocalResolver) -> None:
    case = CASES["RNK"]
    ready = open_bytes(resolver, case.data, plan=PLAN, name=case.name, columns=("gene",))
    assert ready.prepared.header == ("gene", "score")
    assert ready.written == "rnk"
    assert any("readers of RNK expect two columns" in note for note in ready.prepared.notes)
    kept = open_bytes(resolver, case.data, plan=IN_PLACE, name=case.name, columns=("gene",))
    assert not any("readers of" in note for note in kept.prepared.notes)


# --- The first row ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["TP53", "MYC"], True),
        (["p53", "MYC", "EGFR"], True),
        (["tp53", "myc"], True),
        (["IDs", "TP53", "MYC"], False),
        (["SET", "TP53", "MYC"], False),
        (["Hits of Monday", "TP53", "MYC"], None),
        (["ENSG00000141510", "ENSG00000104432"], True),
        (["ENSG00000999999", "ENSG00000104432"], True),
        (["7157", "3574"], True),
        (["1-Mar", "TP53", "MYC"], True),
        (["ensembl_gene_id", "ENSG00000104432"], False),
        (["entrez", "7157", "3574"], False),
        (["TP53\tx", "IL7\ty"], True),
        (["TP53\t1.5", "IL7\t2"], True),
        (["NOVELX\t-1.5", "IL7\t2"], True),
        (["NOVELX\t1", "IL7\t2"], None),
        (["N_unmapped\t1\t1", "N_ambiguous\t2\t1", "ENSG00000104432\t1\t1"], True),
        (["IMPACT\tcount", "IL7\t2"], False),
        (["gene\t1\t2", "TP53\t5\t6"], False),
        (["\t1.5\t2.5", "TP53\t5\t6"], False),
        (["sample\tTP53\tMYC", "s1\t5\t6"], False),
        (["TP53", *[]], True),
        (["gene", *[]], False),
    ],
)
def test_a_first_row_is_data_if_its_cells_are_like_those_below(
    resolver: LocalResolver, rows: list[str], expected: bool | None
) -> None:
    first, *below = [row.split("\t") for row in rows]
    assert is_data(first, below, resolver, DEFAULT) is expected


@pytest.mark.parametrize("has_header", [None, True, False])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_a_first_row_is_can_be_specified_and_is_reported(
    resolver: LocalResolver, kind: str, has_header: bool | None
) -> None:
    out = io.BytesIO()
    open_bytes(resolver, b"TP53,1\nMYC,2\n", kind, plan=PLAN, columns=(), has_header=False).run(out)
    data = out.getvalue() if kind == "xlsx" else b"TP53,1\nMYC,2\n"
    ready = open_bytes(resolver, data, "csv", plan=PLAN, columns=("#1",), has_header=has_header)
    summary = ready.run(io.BytesIO())
    assert summary.rows == (1 if has_header else 2)
    assert any(note.endswith("if it is a header: --header") for note in summary.notes) is (has_header is None)


# --- In place, and the header -------------------------------------------------------------------------------------


def _replace(resolver: LocalResolver, text: str, name: str, to: str | None = None, **how: Any) -> tuple[str, list[str]]:
    out = io.BytesIO()
    plan = how.pop("plan", IN_PLACE)
    summary = open_bytes(resolver, text.encode(), to, plan=plan, name=name, columns=how.pop("columns", ()), **how).run(
        out
    )
    return out.getvalue().decode(), summary.notes


def test_identifiers_are_replaced_in_place(resolver: LocalResolver) -> None:
    text = 'gene,p\nENSG00000141510,"a,b"\nMUM1,2\nNOVELX,3\n"P04637;ENSG00000104432",4\n"P04637;NOVELX",5\n,6\n'
    written, notes = _replace(resolver, text, "a.csv", split=";")
    assert written == 'gene,p\nTP53,"a,b"\nMUM1,2\nNOVELX,3\nTP53;IL7,4\nTP53;NOVELX,5\n,6\n'
    assert notes[-1] == (
        "identifiers are replaced by symbol in 3 cells; 2 that match no gene, or several, keep their text"
    )


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson", "xlsx"])
def test_in_place_no_column_is_added_in_any_format(resolver: LocalResolver, kind: str) -> None:
    begun, again = io.BytesIO(), io.BytesIO()
    rows = "".join(f"{gene},{number}\n" for number, gene in enumerate(["ENSG00000141510", "NOVELX"] * 700))
    open_bytes(resolver, f"gene,p\n{rows}".encode(), kind, plan=IN_PLACE, columns=("gene",)).run(begun)
    open_bytes(resolver, begun.getvalue(), "csv", plan=IN_PLACE, columns=("gene",)).run(again)
    assert again.getvalue().decode() == "gene,p\n" + rows.replace("ENSG00000141510", "TP53")


def test_options_that_do_not_fit_in_place_are_refused(resolver: LocalResolver) -> None:
    for options in ({"to": "symbol,hgnc"}, {"stale": True}, {"options": read_options({"on_many": "explode"})}):
        with pytest.raises(BadOption):
            make_plan(**{"in_place": True} | options)
    assert [target.name for target in make_plan(in_place=True).targets] == ["symbol"]


GMT = "S1\thttp://a\tENSG00000141510\tIL7\r\n# ours\r\n\r\nS2\tna\tMUM1\tNOVELX\tENSG00000104432\t\r\nS3\tna\r\n"
GMX = "S1\tS2\nna\thttp://b\nENSG00000141510\tIL7\n\tENSG00000104432\nMUM1\t\n"


@pytest.mark.parametrize("name", ["a.gmt", "table"])
def test_each_gene_of_a_set_is_replaced_in_its_place(resolver: LocalResolver, name: str) -> None:
    written, notes = _replace(resolver, GMT, name, plan=PLAN)
    assert written == GMT.replace("ENSG00000141510", "TP53").replace("ENSG00000104432", "IL7")
    assert "sets: 3" in notes


def test_sets_without_addresses_are_recognized_by_their_genes(resolver: LocalResolver) -> None:
    text = "S1\t\tENSG00000141510\tIL7\tKRAS\t\nS2\t\tTP53\tEGFR\tENSG00000104432\tKRAS\t\n"
    written, notes = _replace(resolver, text, "library.txt", plan=PLAN)
    assert written == text.replace("ENSG00000141510", "TP53").replace("ENSG00000104432", "IL7")
    assert "sets: 2" in notes


def test_sets_in_columns_are_written_back_in_columns(resolver: LocalResolver) -> None:
    written, notes = _replace(resolver, GMX, "a.gmx", plan=PLAN)
    assert written == GMX.replace("ENSG00000141510", "TP53").replace("ENSG00000104432", "IL7")
    assert "sets: 2" in notes


@pytest.mark.parametrize(
    ("text", "name", "genes"),
    [
        (GMT, "a.gmt", ["S1 TP53", "S1 IL7", "S2 IRF4;PWWP3A", "S2 ", "S2 IL7"]),
        (GMX, "a.gmx", ["S1 TP53", "S2 IL7", "S2 IL7", "S1 IRF4;PWWP3A"]),
    ],
)
def test_other_formats_have_a_row_for_each_gene_of_a_set(
    resolver: LocalResolver, text: str, name: str, genes: list[str]
) -> None:
    written, _ = _replace(resolver, text, name, "tsv", plan=PLAN)
    header, *rows = [line.split("\t") for line in written.splitlines()]
    assert header[:4] == ["set", "description", "gene", "symbol"]
    assert [f"{row[0]} {row[3]}" for row in rows] == genes


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("m,ENSG00000141510,MUM1,x 1\nA,0.1,0.2,0.3\n", "a.csv", "m,TP53,MUM1,x 1\nA,0.1,0.2,0.3\n"),
        ("# c\nENSG00000141510\tIL7\nA\t0.1\t0.2\n", "a.tsv", "# c\nTP53\tIL7\nA\t0.1\t0.2\n"),
    ],
)
def test_names_of_columns_are_converted(resolver: LocalResolver, text: str, name: str, expected: str) -> None:
    assert _replace(resolver, text, name, plan=PLAN, header_row=True)[0] == expected


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_names_of_columns_are_converted_in_every_format(resolver: LocalResolver, kind: str) -> None:
    begun, new, again = io.BytesIO(), io.BytesIO(), io.BytesIO()
    table = b"gene,ENSG00000141510,IL7\nTP53,1,2\n"
    open_bytes(resolver, table, kind, plan=IN_PLACE, columns=("gene",)).run(begun)
    summary = open_bytes(resolver, begun.getvalue(), plan=PLAN, columns=(), header_row=True).run(new)
    open_bytes(resolver, new.getvalue(), "csv", plan=IN_PLACE, columns=("gene",)).run(again)
    assert again.getvalue() == b"gene,TP53,IL7\nTP53,1,2\n"
    assert summary.rows == 1
    assert summary.columns[0].outcomes["resolved"] == 2


def test_names_of_columns_that_become_the_same_are_reported(resolver: LocalResolver) -> None:
    written, notes = _replace(resolver, "m,TP53,ENSG00000141510\nA,1,2\n", "a.csv", plan=PLAN, header_row=True)
    assert written.startswith("m,TP53,TP53\n")
    assert notes[-1] == "several columns have the same name now: TP53"


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("m,n\n1,2\n", {}),
        ("m,TP53\n1,2\n", {"has_header": False}),
        ("m,TP53\n1,2\n", {"columns": ("m",)}),
        (GMT, {}),
        ('{"TP53": 1}\n', {}),
    ],
)
def test_a_header_row_that_cannot_be_converted_is_refused(
    resolver: LocalResolver, text: str, how: dict[str, Any]
) -> None:
    with pytest.raises(BadOption):
        _replace(resolver, text, "table", plan=PLAN, header_row=True, **how)


# --- For any table and any layout ---------------------------------------------------------------------------------

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=6)
_CELL = _TEXT | st.sampled_from(["", "NA", "0012", "1e5", "=1+1", " x ", 'a "b', "#N/A", "x;y|z"])
_COMMENT = st.builds("{}{}{}".format, st.sampled_from(["#", "##", "# "]), st.sampled_from([" ", "#"]), _TEXT)
_GENE = st.sampled_from(["TP53", "ENSG00000104432", "MUM1", "NOVELX", "P04637"])
_BETWEEN = st.lists(_COMMENT | st.just(""), max_size=2)


@st.composite
def layouts(draw: st.DrawFn) -> tuple[str, list[tuple[str, list[str] | None]], str, bool]:
    """Return a delimiter, lines with their cells (None: no row), a line end, and whether the last line has one."""
    delimiter = draw(st.sampled_from(",\t;"))
    width = draw(st.integers(1, 4))
    quotes = io.StringIO()
    write = csv.writer(quotes, delimiter=delimiter, lineterminator="").writerow

    def quote(cells: list[str]) -> str:
        quotes.seek(0)
        quotes.truncate()
        write(cells)
        return quotes.getvalue()

    header = ["gene", *(f"c{number}" for number in range(width))]
    lines: list[tuple[str, list[str] | None]] = [(line, None) for line in draw(st.lists(_COMMENT, max_size=3))]
    lines.append((quote(header), header))
    for _ in range(draw(st.integers(0, 6))):
        lines += [(line, None) for line in draw(_BETWEEN)]
        cells = [draw(_GENE), *draw(st.lists(_CELL, min_size=width, max_size=width))]
        lines.append((quote(cells), cells))
    lines += [(line, None) for line in draw(_BETWEEN)]
    return delimiter, lines, draw(st.sampled_from(["\n", "\r\n"])), draw(st.booleans())


@settings(max_examples=_TRIED, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(layouts(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.booleans())
def test_in_any_layout_lines_in_are_lines_out(
    resolver: LocalResolver,
    layout: tuple[str, list[tuple[str, list[str] | None]], str, bool],
    encoding: str,
    in_place: bool,
) -> None:
    delimiter, lines, end, has_last_end = layout
    text = end.join(line for line, _ in lines) + end * has_last_end
    reading = Reading(columns=("gene",), delimiter=delimiter)
    plan = IN_PLACE if in_place else PLAN
    results = {convert_text(text.encode(encoding), plan, Tools(resolver), reading, **how)[0]
               for how in (ROWS, ROWS, {"small_rows": -1}, BLOCKS)}  # fmt: skip
    assert len(results) == 1
    written = results.pop().decode("utf-8-sig").split(end)
    assert len(written) - (written[-1] == "") == len(lines) - (lines[-1][0] == "" and not has_last_end)
    for (line, cells), new in zip(lines, written, strict=False):
        if cells is None:
            assert new == line
        elif in_place:
            assert next(csv.reader([new], delimiter=delimiter))[1:] == cells[1:]
        else:
            assert new.startswith(f"{line}{delimiter}")


_MEMBER = st.sampled_from(["TP53", "ENSG00000104432", "MUM1", "NOVELX", "", " "])


@settings(max_examples=_TRIED, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(_MEMBER, max_size=6), min_size=1, max_size=6),
    st.sampled_from(["a.gmt", "a.gmx"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_sets_keep_their_lines_and_what_is_no_gene(
    resolver: LocalResolver, sets: list[list[str]], name: str, end: str
) -> None:
    rows = [[f"S{number}", "na", *members] for number, members in enumerate(sets)]
    if name == "a.gmx":
        longest = max(map(len, rows))
        rows = [list(column) for column in zip(*(row + [""] * (longest - len(row)) for row in rows), strict=True)]
    text = end.join("\t".join(row) for row in rows) + end
    try:
        written, _ = _replace(resolver, text, name, plan=PLAN)
    except BadOption:  # too few genes to be sure
        return
    assert written == text.replace("ENSG00000104432", "IL7")
    assert _replace(resolver, text, name, plan=PLAN)[0] == written


def test_a_row_with_more_content_than_the_header_is_still_refused(resolver: LocalResolver) -> None:
    with pytest.raises(UnreadableTable, match="line 3: 3 cells, where the table has 2 columns"):
        _replace(resolver, "gene,x\nTP53,1\nIL7,2,3\n", "a.csv", plan=PLAN)
