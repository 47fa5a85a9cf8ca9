"""Layouts: a table is written back as it is read, line for line, with the new cells behind its rows.

A case is one text. What stands behind an arrow is not in the table that is read: it says what the line gets.
`→ +` is the header, `→ TP53` a row with that symbol, `→` a row that gets empty cells; any other line stays as it is.
"""

from __future__ import annotations

import csv
import io
import time
from typing import NamedTuple

import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.engine import Tools
from resolver.convert.plan import Reading
from tests.convert.conversions import open_bytes
from tests.convert.layouts import IN_PLACE, PLAN
from tests.convert.mixes import BLOCKS, ROWS
from tests.convert.mixes import convert as convert_text

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


def test_a_cell_of_many_characters_keeps_nobody_waiting(resolver: LocalResolver) -> None:
    table = b"gene,note,n\n" + b"TP53,%s and more,1\n" % (b"x" * 300_000) * 3
    began = time.process_time()
    open_bytes(resolver, table, plan=PLAN, columns=("gene",))
    assert time.process_time() - began < 5  # an hour if each letter is a place to begin anew


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
