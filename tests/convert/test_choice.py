"""Which column is converted: by evidence, never by chance; and what is said where nothing is sure."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.choice import prepare
from resolver.convert.engine import Tools
from resolver.convert.head import take_cells
from resolver.convert.headers import read_header
from resolver.convert.options import read_table_options
from resolver.convert.plan import Reading, make_plan
from resolver.errors import BadOption, MissingColumn
from resolver.resolve.options import LIST_DEFAULT
from resolver.resolve.resolver import Resolver
from tests.convert.mixes import BLOCKS, ROWS, convert, read

NA = ["NA", "NaN", "None", "NULL", "-", ".", "?", "---", "", " "]
GENES = ["KRAS", "EGFR", "BRCA2", "PTEN", "CDK4", "RB1"]
PLAN = make_plan(options=LIST_DEFAULT)


def choose(resolver: Resolver, columns: dict[str, list[str]], wanted: tuple[str, ...] = ()) -> str:
    """Return the column that is converted of a table, given column by column."""
    rows = list(map(list, zip(*columns.values(), strict=True)))
    rules = prepare(tuple(columns), take_cells(rows), resolver, PLAN, wanted).plan.columns
    return ",".join(rule.title for rule in rules)


def convert_text(resolver: Resolver, table: str, how: dict[str, Any] = ROWS, *columns: str, **options: str) -> Any:
    """Return the rows of a converted table of text with tabs, what they came to, and how it was planned."""
    request = read_table_options({"to": "symbol"} | options)
    reading = Reading(columns=columns, delimiter="\t")
    out, summary, conversion = convert(table.encode(), request.plan, Tools(resolver), reading, **how)
    return read(out, "\t")[1:], summary, conversion.prepared


# The column that is converted, and columns as people's tables have them.
TABLES: dict[str, tuple[str, dict[str, list[str]]]] = {
    "p-values of DESeq2, most of them NA, beside symbols": (
        "symbol",
        {"symbol": GENES, "baseMean": ["1", "20", "3", "4", "5", "6"], "padj": [*["NA"] * 5, "0.02"]},
    ),
    "accessions beside the symbols of the same genes": (
        "row",
        {
            "row": ["ENSG00000133703", "ENSG00000146648", "ENSG00000139618", "ENSG00000171862"],
            "symbol": ["KRAS", "EGFR", "BRCA2", "PTEN"],
        },
    ),
    "accessions of other genes than the named column has": (
        "MAPPED_GENE",
        {
            "MAPPED_GENE": ["KRAS", "EGFR", "BRCA2", "PTEN"],
            "nearest": ["ENSG00000141510", "ENSG00000141510", "ENSG00000012048", "ENSG00000012048"],
        },
    ),
    "symbols before Entrez numbers": (
        "Hugo_Symbol",
        {"Entrez_Gene_Id": ["3845", "1956", "675", "5728"], "Hugo_Symbol": ["KRAS", "EGFR", "BRCA2", "PTEN"]},
    ),
    "Entrez numbers alone": ("entrezgene", {"entrezgene": ["3845", "1956", "675", "5728"], "n": ["1", "2", "3", "4"]}),
    "modes of inheritance beside aliases": (
        "gene",
        {"inheritance": ["AD", "AR", "XL", "AR, AD"], "gene": ["HER2", "p53", "c-myc", "VEGF"]},
    ),
    "alleles, genotypes and strands": (
        "Gene",
        {
            "REF": ["A", "CAT", "T", "GC"],
            "ALT": ["G", "C", "TAT", "G"],
            "GT": ["0/1", "1|1", "./.", "0/0"],
            "strand": ["+", "-", "+", "-"],
            "Gene": ["KRAS", "EGFR", "nowhere1", "nowhere2"],
        },
    ),
    "a full column of aliases before a nearly empty one of symbols": (
        "gene",
        {"hit": [*[""] * 5, "KRAS"], "gene": ["HER2", "p53", "c-myc", "VEGF", "NOVELX", "Ki67"]},
    ),
    "accessions before FASTA headers of the same proteins": (
        "Protein IDs",
        {
            "Fasta headers": ["sp|P01116|RASK_HUMAN GTPase KRas OS=Homo sapiens", "sp|P00533|EGFR_HUMAN Epidermal"],
            "Protein IDs": ["P01116;CON__P02533", "P00533"],
        },
    ),
    "descriptions that are full names of genes": (
        "locus",
        {"text": ["tumor protein p53", "interleukin 7", "KRAS proto-oncogene, GTPase"], "locus": ["TP53", "IL7", "x1"]},
    ),
    "symbols of genes before samples and groups that are aliases": (
        "hgnc_symbol",
        {"sample": ["S1", "S2", "S3"], "group": ["WT", "KO", "WT"], "sex": ["M", "F", "M"], "hgnc_symbol": GENES[:3]},
    ),
    "counts that are in the name of their column": (
        "id",
        {"gene count": ["3845", "1956", "675"], "id": ["P01116", "P00533", "P51587"]},
    ),
    "counters of STAR and spike-ins among accessions": (
        "feature",
        {
            "feature": ["N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous", "ERCC-00002", "ENSG00000133703"],
            "reads": ["5", "4", "3", "2", "1", "0"],
        },
    ),
    "a plain list of names": ("x", {"x": ["her2", "p53", "kras"]}),
}


@pytest.mark.parametrize("kind", TABLES)
def test_the_column_is_chosen_by_evidence(resolver: Resolver, kind: str) -> None:
    column, table = TABLES[kind]
    assert choose(resolver, table) == column
    turned = dict(reversed(table.items()))  # the order of the columns is no evidence
    assert choose(resolver, turned) == column


FULLER = {"fuller": GENES, "half": ["ENSG00000133703", "", "", "ENSG00000171862", "", "ENSG00000139687"]}


@pytest.mark.parametrize(
    ("fuller", "half"), [("gene_name", "gene_id"), ("symbol", "ensembl"), ("X", "gene_id"), ("X", "id")]
)
def test_of_two_columns_the_one_with_more_rows_that_resolve_is_taken_with_a_note(
    resolver: Resolver, fuller: str, half: str
) -> None:
    table = {half: FULLER["half"], fuller: FULLER["fuller"]}
    assert choose(resolver, table) == choose(resolver, dict(reversed(table.items()))) == fuller
    rows = "".join(f"{one}\t{other}\n" for one, other in zip(*table.values(), strict=True))
    _, summary, _ = convert_text(resolver, f"{half}\t{fuller}\n{rows}", species="human")
    assert f"more of its rows match genes than of {half} (--column {half} takes that one)" in " ".join(summary.notes)


LISTS = {
    "full names": ["tumor protein p53", "interleukin 7", "MYC proto-oncogene, bHLH transcription factor", "no gene"],
    "ids of NCBI Gene": ["7157", "3574", "3845", "1956"],
    "ids of NCBI Gene with decimals": ["7157.0", "3574.0", "3845.0", "1956.0"],
    "a few symbols in many rows": ["TP53", "IL7", "KRAS"] * 100,
    "symbols of which most are too new": ["TP53", "IL7", "NOVELX1", "NOVELX2", "NOVELX3"],
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("header", ["", "x\n"])
def test_the_only_column_of_a_list_is_taken_with_a_note(resolver: Resolver, kind: str, header: str) -> None:
    text = header + "\n".join(LISTS[kind])
    out, summary, conversion = convert(text.encode(), PLAN, Tools(resolver), Reading(), **ROWS)
    assert len(re.findall(r"[\t,]resolved[\t,]", out.decode())) >= 2
    name = conversion.prepared.plan.columns[0].name
    assert any(note.startswith(f"{name} is converted") for note in summary.notes)


MEASURED = {
    "counts": list(range(1, 501)),
    "a few counts": [12, 530, 2340, 89],
    "years": [1994, 2003, 2011, 2019],
    "ages": [23, 45, 67, 31],
    "positions": [11_869_001, 54_120_332, 150_223_044, 7_668_402],
    "row numbers": list(range(7_100, 7_200)),
}


@pytest.mark.parametrize("kind", MEASURED)
def test_a_list_of_measurements_stops_with_its_column(resolver: Resolver, kind: str) -> None:
    for header in ("", "x\n", "gene\n"):
        text = header + "\n".join(map(str, MEASURED[kind]))
        with pytest.raises(BadOption, match="no column contains identifiers of genes") as stopped:
            convert(text.encode(), PLAN, Tools(resolver), Reading(), **ROWS)
        assert "100% numbers" in str(stopped.value.hint)
    with pytest.raises(BadOption):
        choose(resolver, {"n": ["7157", "3574", "3845", "1956"], "log2FC": ["0.1", "0.2", "0.3", "0.4"]})


def test_numbers_are_ids_where_the_header_names_genes_and_nearly_all_match(resolver: Resolver) -> None:
    table = {"gene": ["7157", "3574", "3845", "1956"], "log2FC": ["0.1", "0.2", "0.3", "0.4"]}
    assert choose(resolver, table) == "gene"
    with pytest.raises(BadOption):
        choose(resolver, table | {"gene": ["7157", "3574", "3845", "99999999"]})


def test_full_names_are_taken_where_no_other_column_can_be_identifiers(resolver: Resolver) -> None:
    table = {"x": ["tumor protein p53", "interleukin 7", "no gene"], "log2FC": ["0.1", "0.2", "0.3"]}
    assert choose(resolver, table) == "x"
    with pytest.raises(BadOption):  # of genes of rat
        choose(resolver, table | {"ens": ["ENSRNOG00000010756", "ENSRNOG00000008364", "ENSRNOG00000000001"]})


def test_the_prefix_of_a_reference_decides_on_the_species_of_its_cell(resolver: Resolver) -> None:
    table = "id\tx\nGRCh38_KRAS\t1\nGRCh38_EGFR\t2\nhg38-KRAS\t3\nmm10___Kras\t4\nmm10_EGFR\t5\n"
    rows, _, _ = convert_text(resolver, table)
    assert [row[2] for row in rows] == ["KRAS", "EGFR", "KRAS", "Kras", "Egfr"]
    human, _, _ = convert_text(resolver, table, species="human")
    assert [row[3:5] for row in human][-2:] == [["not_found", "wrong_species"]] * 2


@pytest.mark.parametrize(
    "table",
    [
        {"chrom": ["1", "X"], "pos": ["3845", "1956"], "ref": ["A", "CAT"], "alt": ["GC", "T"]},
        {"sample": ["S1", "S2"], "group": ["WT", "KO"], "sex": ["M", "F"]},
        {
            "inheritance": ["AR", "AD", "XL"],
            "date": ["2019-03-01", "2019-03-02", "2020-01-05"],
            "ok": ["TRUE", "T", "F"],
        },
        {"note": ["tumor protein p53", "epidermal growth factor receptor"], "n": ["7157", "1956"]},
        {"log2FoldChange": ["1.5", "-0.2"], "padj": ["NA", "NA"]},
        {"class": ["AR", "CAT"] * 100},
    ],
)
def test_where_nothing_is_sure_it_stops_with_the_best_candidates(
    resolver: Resolver, table: dict[str, list[str]]
) -> None:
    with pytest.raises(BadOption, match="no column contains identifiers of genes") as stopped:
        choose(resolver, table | {"x": ["0.5"] * len(next(iter(table.values())))})
    lines = str(stopped.value.hint).splitlines()
    assert lines[1].split()[:3] == ["column", "match", "genes"]
    assert len(lines) == 3 + min(3, len(table) + 1)
    assert max(map(len, [str(stopped.value), *lines])) < 160
    named = lines[-1].partition("--column ")[2].partition(",")[0]
    assert choose(resolver, table, (named,)) == named  # the option that it names works


def test_another_species_is_named(resolver: Resolver) -> None:
    rat = {"ens": ["ENSRNOG00000010756", "ENSRNOG00000008364"], "log2FoldChange": ["1.2", "0.4"]}
    with pytest.raises(BadOption) as stopped:
        choose(resolver, rat)
    assert "ens contains identifiers of rat (ENSRNOG00000010756)" in str(stopped.value.hint)
    table = "gene_id\tgene_name\nFBgn0036414\tEgfr\nFBgn0003731\tKras\n"
    _, summary, _ = convert_text(resolver, table)
    assert any("gene_id contains identifiers of fruit fly (FBgn0036414)" in note for note in summary.notes)


@pytest.mark.parametrize("how", [ROWS, BLOCKS], ids=["rows", "blocks"])
def test_missing_values_are_empty_cells_and_no_genes(resolver: Resolver, how: dict[str, Any]) -> None:
    assert resolver.resolve("NA").genes  # an alias
    table = "gene\tx\n" + "".join(f"{cell}\t1\n" for cell in [*NA, "KRAS"])
    rows, summary, _ = convert_text(resolver, table, how, species="human")
    assert [row[2] for row in rows] == [*[""] * len(NA), "KRAS"]
    assert (summary.columns[0].empty, summary.columns[0].share_found) == (len(NA), 1.0)
    others, _, _ = convert_text(resolver, table, how, missing="none at all")
    assert others[0][2] != ""


def test_shares_are_those_of_different_cells(resolver: Resolver) -> None:
    table = {"id": [*["KRAS"] * 20, "nowhere1", "nowhere2", "nowhere3"], "n": ["1"] * 23}
    with pytest.raises(BadOption) as stopped:
        choose(resolver, table)
    assert "id      25%" in str(stopped.value.hint)


HEADERS = [
    ("gene", 2, None), ("Gene.symbol", 2, None), ("geneID", 2, "ncbigene"), ("ENTREZ_GENE_ID", 2, "ncbigene"),
    ("Majority protein IDs", 2, None), ("HGNC ID", 2, "hgnc"), ("MIM Number", 2, "omim"), ("target_id", 2, None),
    ("Name", 1, None), ("id", 1, None), ("Fasta headers", 0, None), ("gene_biotype", 0, None), ("n_genes", 0, None),
    ("ref", 0, None), ("UPSTREAM_GENE_ID", 0, None), ("padj", 0, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rank", "numbers"), HEADERS)
def test_a_header_is_read_by_its_words_in_any_case_and_spacing(name: str, rank: int, numbers: str | None) -> None:
    for spelled in (name, name.replace(" ", "_"), f" {name}"):
        assert read_header(spelled) == (rank, numbers)


def test_a_header_names_the_namespace_of_numbers_that_are_too_few_to_vote(resolver: Resolver) -> None:
    for name, symbol in (("entrez", "IL7"), ("HGNC ID", "FADS1")):
        rows, _, prepared = convert_text(resolver, f"{name}\tn\n3574\t1\n", species="human")
        assert rows[0][2:4] == [symbol, "resolved"]
        assert f"as the header {name} says" in str(prepared.plan.columns[0].numbers)


TWO = """\
gene_id\tgene_name\tx
ENSG00000133703\tKRAS\t1
NA\tEGFR\t2
ENSG00000999999\tBRCA2\t3
ENSG00000141510\tPTEN\t4
NA\t-\t5
NOVEL1\tNOVEL2\t6
"""


@pytest.mark.parametrize("how", [ROWS, BLOCKS], ids=["rows", "blocks"])
def test_of_columns_with_a_comma_the_first_that_is_found_in_a_row_is_used(
    resolver: Resolver, how: dict[str, Any]
) -> None:
    rows, summary, prepared = convert_text(resolver, TWO, how, "gene_id,gene_name", species="human")
    assert [row[3] for row in rows] == ["KRAS", "EGFR", "BRCA2", "TP53", "", ""]
    assert [row[5] for row in rows][:4] == ["", "", "", "columns_disagree"]
    (counts,) = summary.columns
    assert (counts.name, counts.empty, counts.reasons["columns_disagree"]) == ("gene_id,gene_name", 1, 1)
    assert [miss["text"] for miss in counts.describe()["misses"]] == ["NOVEL1 | NOVEL2"]
    assert prepared.plan.describe()["columns"][0]["then"][0]["name"] == "gene_name"
    turned, _, _ = convert_text(resolver, TWO, how, "gene_name,gene_id", species="human")
    assert turned[3][3:6] == ["PTEN", "resolved", "columns_disagree"]


def test_a_name_with_a_comma_is_a_column_and_an_unknown_one_is_named(resolver: Resolver) -> None:
    assert choose(resolver, {"a,b": GENES, "b": GENES}, ("a,b",)) == "a,b"
    with pytest.raises(MissingColumn, match="'gene_nam' not found"):
        choose(resolver, {"gene_id": GENES, "gene_name": GENES}, ("gene_id,gene_nam",))


def test_frames_read_columns_together(resolver: LocalResolver) -> None:
    import pandas as pd
    import polars as pl

    columns = {"id": ["NA", "P01116"], "name": ["EGFR", "KRAS"]}
    options: dict[str, Any] = {"column": "id,name", "to": "symbol", "species": "human"}
    for many in (1, 1_000):
        texts = {name: cells * many for name, cells in columns.items()}
        assert resolver.convert(pd.DataFrame(texts), **options)["symbol"].tolist() == ["EGFR", "KRAS"] * many
        assert resolver.convert(pl.DataFrame(texts), **options)["symbol"].to_list() == ["EGFR", "KRAS"] * many


def test_a_hundred_columns_are_judged_in_less_than_a_second(resolver: Resolver) -> None:
    numbers = [str(number / 7) for number in range(10_000)]
    names = [symbol for symbol, *_ in zip((GENES * 2_000)[:10_000], numbers, strict=True)]
    rows = [[name, *[number] * 99] for name, number in zip(names, numbers, strict=True)]
    header = ("gene", *(f"sample {place}" for place in range(99)))
    began = time.process_time()
    prepared = prepare(header, take_cells(rows), resolver, PLAN)
    rules, profiles = prepared.plan.columns, prepared.profiles
    assert time.process_time() - began < 1  # a tenth of a second on a machine that does nothing else
    assert (rules[0].name, len(profiles)) == ("gene", 100)


def test_a_list_in_one_line_is_refused_and_converted_in_its_places(resolver: Resolver) -> None:
    with pytest.raises(BadOption, match="one row, of which 5 of 6 cells match genes") as stopped:
        convert_text(resolver, "KRAS\tEGFR\tBRCA2\tNOVELX\tPTEN\tRB1\n")
    assert "--header-row" in str(stopped.value.hint)
    rows, _, _ = convert_text(resolver, "gene\ta\tb\tc\nKRAS\t1\t2\t3\n")
    assert rows[0][0] == "KRAS"


def test_notes_quote_the_names_of_columns_for_the_shell(resolver: Resolver) -> None:
    _, summary, _ = convert_text(resolver, "gene A\tgene B\nKRAS\tEGFR\nBRCA2\tPTEN\nRB1\tCDK4\n")
    assert any("(--column 'gene A' --column 'gene B' converts each)" in note for note in summary.notes)
