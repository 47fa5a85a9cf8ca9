"""What is found damaged, what is repaired, and what is left to a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.identifiers.species import HUMAN
from resolver.resolve.resolver import Resolver
from tests.repair.tables import TUMORS, examine, find, repair, repairs, write


def test_a_tumor_table_is_repaired_where_it_is_certain(tmp_path: Path, resolver: Resolver) -> None:
    target = tmp_path / "repaired.csv"
    findings = repair(examine(write(tmp_path / "t.csv", TUMORS), resolver), target)
    wanted = TUMORS.replace('"1,956",2019', "1956,2019").replace("12-Sep", "SEPT12")
    for number in (7157, 3574, 55016, 54708, 124404, 672):
        wanted = wanted.replace(f"{number}.0", str(number))
    assert target.read_bytes().decode() == wanted
    assert [(each.line, each.column, each.text) for each in findings if each.diagnosis.repaired is None] == [
        (4, "Hugo_Symbol", "1-Mar"),
        (5, "Hugo_Symbol", "5-Mar"),
        (7, "Hugo_Symbol", "36951"),
    ]


def test_what_cannot_be_told_has_candidates(tmp_path: Path, resolver: Resolver) -> None:
    findings = find(examine(write(tmp_path / "t.csv", "gene\nTP53\nIL7\nEGFR\n1-Mar\n"), resolver))
    (finding,) = findings
    assert finding.diagnosis.kind == "date"
    named = {(each.text, each.symbol) for each in finding.diagnosis.candidates}
    assert named >= {("MARCH1", "MARCHF1"), ("MARC1", "MTARC1")}


def test_what_else_stands_in_the_column_settles_no_doubt(tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", "gene\nTP53\nIL7\nEGFR\nMARC1\nMARCH2\n1-Mar\n")
    assert repairs(find(examine(table, resolver))) == {"1-Mar": None}


def test_the_species_of_the_table_can_settle_a_doubt(tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", "gene\nTP53\nIL7\nEGFR\n7-Oct\n1-Mar\n")
    assert repairs(find(examine(table, resolver))) == {"7-Oct": None, "1-Mar": None}
    assert repairs(find(examine(table, resolver, species=HUMAN))) == {"7-Oct": "OCT7", "1-Mar": None}


@pytest.mark.parametrize(
    ("genes", "repaired"),
    [("IL7\nTP53\nEGFR", "SEPT12"), ("Il7\nTrp53\nEgfr", "Sept12"), ("il7\ntp53\negfr", "SEPT12")],
)
def test_a_repair_has_the_capitals_of_its_column(genes: str, repaired: str, tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", f"gene\n{genes}\n12-Sep\n")
    assert repairs(find(examine(table, resolver))) == {"12-Sep": repaired}


def test_a_month_of_another_language_than_the_name_is_no_proof(tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", "gene\nTP53\nIL7\nEGFR\nKRAS\n1-Nov\n8-lis\n5. Sept\n")
    findings = find(examine(table, resolver))
    assert repairs(findings) == {"1-Nov": None, "8-lis": "LIS8", "5. Sept": "SEPT5"}
    assert {each.text for each in findings[0].diagnosis.candidates} >= {"NOV1", "LIS1"}


def test_a_number_among_symbols_may_be_a_date(tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", 'gene\nTP53\nIL7\nEGFR\nKRAS\n36951\n36951.0\n"36,951"\n37135\n')
    findings = find(examine(table, resolver))
    assert {(each.text, each.diagnosis.kind, each.diagnosis.repaired) for each in findings} == {
        (text, "date_serial", None) for text in ("36951", "36951.0", "36,951", "37135")
    }


def test_a_number_among_numbers_is_no_date(tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", "entrez\n7157\n3574\n1956\n36951\n37135\n36951.0\n")
    assert repairs(find(examine(table, resolver))) == {"36951.0": "36951"}


def test_numbers_whose_digits_are_all_there_are_repaired_whether_the_release_knows_them_or_not(
    tmp_path: Path, resolver: Resolver
) -> None:
    table = write(tmp_path / "t.tsv", "entrez\tx\n7157\t1\n3574\t2\n1956.00\t3\n8,105\t4\n1E5\t5\n3,000\t6\n1e+05\t7\n")
    findings = find(examine(table, resolver))
    assert repairs(findings) == {"1956.00": "1956", "8,105": "8105", "3,000": None, "1e+05": None}
    candidates = {each.text: [candidate.text for candidate in each.diagnosis.candidates] for each in findings}
    assert candidates["3,000"] == ["3000", "3"]
    assert candidates["1e+05"] == ["100000"]


def test_a_rounded_riken_clone_is_found_and_left(tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", "gene\nIl7\nTrp53\nEgfr\n2.31E+13\n")
    (finding,) = find(examine(table, resolver))
    assert (finding.line, finding.text, finding.diagnosis.kind) == (5, "2.31E+13", "scientific")
    assert finding.diagnosis.repaired is None


def test_symbols_and_aliases_that_look_like_dates_are_left_alone(tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", "gene\nTP53\nOct-4\nMARCH1\nSEPT2\nSEPTIN12\n9-27\n14-3-3\n")
    assert find(examine(table, resolver)) == []


def test_dates_that_are_something_else_too_are_never_repaired(tmp_path: Path, resolver: Resolver) -> None:
    dates = ("9/7", "03-01", "Mar-1", "Sep-1", "10/11", "5/12")
    table = write(tmp_path / "t.csv", "gene\nTP53\nIL7\nEGFR\nKRAS\nBRCA1\nMYC\n" + "\n".join(dates) + "\n")
    findings = find(examine(table, resolver, species=HUMAN))
    assert repairs(findings) == dict.fromkeys(("9/7", "03-01", "Mar-1", "Sep-1", "10/11"))
    first = {each.text: each.diagnosis.candidates[0].symbol for each in findings}
    assert first == {"9/7": "SEPTIN7", "03-01": "MARCHF1", "Mar-1": "MARCHF1", "Sep-1": "SEPTIN1", "10/11": "POU2F3"}


def test_a_plain_list_has_no_header(tmp_path: Path, resolver: Resolver) -> None:
    target = tmp_path / "out.txt"
    findings = repair(examine(write(tmp_path / "t.txt", "6-Sep\nTP53\nIL7"), resolver, has_header=False), target)
    assert [(each.line, each.column) for each in findings] == [(1, "column 1")]
    assert target.read_text() == "SEPT6\nTP53\nIL7\n"


def test_each_damaged_text_is_reported_wherever_it_stands(tmp_path: Path, resolver: Resolver) -> None:
    table = write(tmp_path / "t.csv", "gene\n" + "TP53\nIL7\n12-Sep\nEGFR\n" * 1_000)
    rows: list[int] = []
    examined = examine(table, resolver)
    findings = list(examined.repair.examine(examined.table.batches(rows.append)))
    assert [each.line for each in findings] == [4 * number + 4 for number in range(1_000)]
    assert rows[-1] == 4_000
