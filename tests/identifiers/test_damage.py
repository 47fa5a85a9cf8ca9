"""What spreadsheets did is recognized, and what they leave alone is not."""

from __future__ import annotations

import csv
import gzip
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resolver.identifiers.damage import MAX_LENGTH, Damage, DamageKind, find_damage
from resolver.identifiers.dates import ROOTS
from resolver.identifiers.names import fold_name

NO_DEADLINE = settings(deadline=None)
QUICK_S = 0.005

# A text, and names that it may have been; the first is the likeliest of all.
DATES = {
    "1-Mar": "MARCH1 MARC1 MAR1 MARS1",
    "01-Mar": "MARCH1",
    "Mar-1": "MARCH1",
    "Mar-01": "MARCH1",
    "1-MAR": "MARCH1",
    "1-mar": "MARCH1",
    "2-Mar": "MARCH2 MARC2",
    "1-Mar-01": "MARCH1",
    "1-Mar-07": "MARCH1",
    "7-Mar-2001": "MARCH7",
    "1-Mar-2001": "MARCH1",
    "Mar-2001": "MARCH1",
    "Mar 1": "MARCH1",
    "March 1": "MARCH1",
    "Mar 1, 2001": "MARCH1",
    "1 March 2001": "MARCH1",
    "1/Mar": "MARCH1",
    "2001-Mar-01": "MARCH1",
    "2001-03-01": "MARCH1 MARS1",
    "2001/03/01": "MARCH1",
    "2001.03.01": "MARCH1",
    "2001-03-01 00:00:00": "MARCH1",
    "2001-03-01 00:00:00.000000": "MARCH1",
    "2001-03-01T00:00:00": "MARCH1",
    "2001-03-01T00:00:00Z": "MARCH1",
    "3/1/2001 12:00:00 AM": "MARCH1",
    "3/1/2001": "MARCH1 GEN3",
    "1/3/2001": "MARCH1 GEN3",
    "9/2/2020": "SEPT2 FEB9",
    "3/15/2001": "MARCH15",
    "15/3/2001": "MARCH15",
    "3/1/01": "MARCH1",
    "1.3.2001": "MARCH1",
    "01.03.01": "MARCH1",
    "1. Mar": "MARCH1",
    "01. Mär": "MARCH1",
    "01. Mrz": "MARCH1 MRT1",
    "1. März 2001": "MARCH1",
    "1-Ma\u0308r": "MARCH1",
    "1-mars": "MARS1 MARCH1",
    "4-févr": "FEB4",
    "2-avr.": "APR2",
    "02-août": "AGO2",
    "2-ago": "AGO2",
    "1-gen": "GEN1",
    "1-set": "SET1 SEPT1",
    "1-mei": "MEI1 MAY1",
    "1-mai": "MAY1 MEI1",
    "1-mrt": "MRT1 MARCH1",
    "1-lis": "LIS1 NOV1",
    "1-dic": "DIC1 DEC1",
    "1-Dez": "DEC1",
    "tammi.41": "TAMM41",
    "4-Okt": "OCT4",
    "2-Sep": "SEPT2 SEP2",
    "2-Sept": "SEPT2 SEP2",
    "15-Sep": "SEPT15 SEP15",
    "Sep-53": "SEPT53 SEP53",
    "1-Sep-53": "SEPT53 SEP53 SEPT1",
    "1953-09-01": "SEPT53 SEP53 SEPT1",
    "1-Mar-1999": "MARCH1 MARCH99",
    "1-Dec": "DEC1",
    "4-Oct": "OCT4 OCT-4",
    "Oct-4": "OCT4 OCT-4",
    "1-Nov": "NOV1",
    "5-Apr": "APR5 APR-5",
    "1-Jun": "JUNE-1",
    "3月1日": "MARCH1",
    "2001年3月1日": "MARCH1",
    "１－Ｍａｒ": "MARCH1",
    " '1-Mar' ": "MARCH1",
    '"1‑Mar"': "MARCH1",
    "\ufeff1-Mar": "MARCH1",
}
# Dates in digits without a year.
SHORT = {
    "9/7": "SEPT7 SEP7",
    "7/9": "SEPT7",
    "09/07": "SEPT7",
    "9-7": "SEPT7",
    "7-9": "SEPT7",
    "3/1": "MARCH1 MARC1 MAR1",
    "03-01": "MARCH1 MARC1",
    "01-03": "MARCH1",
    "3/11": "MARCH11 NOV3",
    "11/3": "NOV3 MARCH11",
    "12/1": "DEC1",
    "2/8": "FEB8 AGO2",
    "07.09": "SEPT7",
    "07.09.": "SEPT7",
    "7.9.": "SEPT7",
    "09.07": "SEPT7",
    " '9/7": "SEPT7",
    "９／７": "SEPT7",
}
SERIALS = {
    "36951": "MARCH1 MARCH2",  # 2001-03-01 by the system of 1900, 2005-03-02 by that of 1904
    "44075": "SEPT1",
    "43891": "MARCH1",
    "'36951": "MARCH1",
}
# A rounded number, clones whose names it may be, and clones whose names it cannot be.
ROUNDED = {
    "2.31E+19": ("2310009E13Rik 2305000E13Rik 2314999E13", "2304999E13Rik 2316000E13Rik 2310009E12Rik 2310009F13Rik"),
    "2.31E+13": ("2310009E13Rik 2310009E07Rik", "2310009E19Rik"),
    "2,31E+13": ("2310009E13Rik", "2410009E13Rik"),
    "2.31e19": ("2310009E13Rik", "2310009E13Rikk"),
    "2.3100E+19": ("2310009E13Rik", "2310109E13Rik"),
    "2.31001E+19": ("2310009E13Rik", "2310004E13Rik"),
    "1.70E+23": ("1700049E17Rik 1700049E17Rik2", "1710049E17Rik"),
    "6.10E+25": ("0610009E20Rik", "6100009E20Rik 0620009E20Rik"),
    "2.00E+19": ("2000009E13Rik", "1999999E13Rik"),
    "1.00E+05": ("1000009E05Rik", "1000009E99Rik"),
    "1.08E+08": ("1080001E02Rik 1080001E08Rik", "1080001E09Rik"),
}
SCIENTIFIC = {
    "2.310009E+19": "2310009E13Rik 2310009E13 2310009E19Rik",
    "2.310009E+13": "2310009E07Rik 2310009E13Rik",
    "2.310009e19": "2310009E13Rik",
    "6.10009E+25": "0610009E20Rik",
    "23100090000000000000": "2310009E13Rik 2310009E13",
    "23100090000000000000.0": "2310009E13Rik",
    "6430516999999999809022853120": "6430517E21Rik",
    "2.01E+11": "201E9",
    "2E+12": "2E12",
    "2.00E+04": "2E4",
    "1e+05": "100000",
    "1.0E+05": "1E5",
    "2.310009E+06": "2310009 2310009E06Rik",
    "2.31E+40": "231E38",
}
LOSSLESS = {
    "3574.0": "3574",
    "56169.00": "56169",
    "3574,0": "3574",
    "7157.0000": "7157",
    "3574.000": "3574",
    "7.0": "7",
    "8,105": "8105",
    "1,234,567": "1234567",
    "1.234.567": "1234567",
    "1.234,00": "1234",
    "8 105": "8105",
    "8\u00a0105": "8105",
    "8'105": "8105",
    "8’105": "8105",
    "146,660.0": "146660",
    "3.574E+03": "3574",
    "3.5740E+03": "3574",
    "1.08012345E+08": "108012345",
}
UNDECIDED = {"3.000": "3 3000", "3,000": "3000 3"}
UNDAMAGED = """
IL7 TP53 MARCHF1 SEPTIN2 MTARC1 MAR1 MARCH1 SEPT2 DEC1 DEC-205 MAR8A MAR-8A HLA-A H2-K1 H2-K1.1 5-HT1A 14-3-3 1-8U
RP11-34P13.7 P13232 P13232-2 P13232.1 ENSG00000104432 ENSG00000104432.5 NM_000880.4 MGI:96561 HGNC:6023 OMIM:146660
LOC3574 3574 146660 03574 00005 20010301 00000104432 12345678901 2310009E13Rik 2310009E13 1500015O10Rik 2E12 201E9
8.105 3.14 0.0 0,5 -3574.0 3574. 1,23 12,34,567 1,2345 8-105 1.5E+00 2.31E-05 3.5745E+03 E+05 1:30 12-34 9/ 9/7/ 0/7
32/9 9/32 13/13 2/30 9.7 12.03 3-1-1 4-1BB 2-5A 5-HT3A 9,7 2009/9
Mar-00 0-Mar 32-Mar 30-Feb 41-tammi Foo-1 1-Foo 1-Mar-2001-1 14-3-33 2.7.11 2.7.11.1 2001-13-01 2001-00-10 2001-03-32
13/13/2001 2001-03-01T12:30:00 - . , ' 1- -1 Mar- Mar
"""
PROSE = ["", " ", "interleukin 7", "14-3-3 protein zeta", "March of dimes 1", "lipase A 1", "1 Foo 2001"]


def names(cell: str) -> list[str]:
    return cell.split()


def found(text: str) -> Damage:
    damage = find_damage(text)
    assert damage is not None
    return damage


def matches(damage: Damage, name: str) -> bool:
    folded = fold_name(name)
    assert damage.pattern is not None
    assert damage.prefix is not None
    return folded.startswith(damage.prefix) and re.fullmatch(damage.pattern, folded) is not None


@pytest.mark.parametrize(("text", "cell"), DATES.items())
def test_a_date_offers_the_symbols_that_begin_like_its_month(text: str, cell: str) -> None:
    damage = found(text)
    assert (damage.kind, damage.is_ordinary) == (DamageKind.DATE, False)
    assert set(names(cell)) <= set(damage.spellings)
    assert damage.spellings[0] == names(cell)[0]


@pytest.mark.parametrize(("text", "cell"), SHORT.items())
def test_a_date_in_digits_without_a_year_is_mostly_no_damage(text: str, cell: str) -> None:
    damage = found(text)
    assert (damage.kind, damage.is_ordinary) == (DamageKind.DATE, True)
    assert set(names(cell)) <= set(damage.spellings)
    assert damage.spellings[0] == names(cell)[0]
    assert not any(name.startswith("MARS") for name in damage.spellings)


@pytest.mark.parametrize(("text", "cell"), SERIALS.items())
def test_a_serial_number_of_a_date_offers_symbols_by_both_systems(text: str, cell: str) -> None:
    damage = found(text)
    assert (damage.kind, damage.is_ordinary) == (DamageKind.DATE_SERIAL, True)
    assert set(names(cell)) <= set(damage.spellings)
    assert damage.spellings[0] == names(cell)[0]


@pytest.mark.parametrize("digits", ["31411", "51502", "99999", "10000"])
def test_a_number_outside_1990_to_2040_is_no_date(digits: str) -> None:
    assert find_damage(digits) is None


@pytest.mark.parametrize(("text", "clones", "others"), [(text, *cells) for text, cells in ROUNDED.items()])
def test_a_rounded_number_describes_the_clones_it_may_have_been(text: str, clones: str, others: str) -> None:
    damage = found(text)
    assert damage.kind is DamageKind.SCIENTIFIC
    assert [name for name in names(clones) if not matches(damage, name)] == []
    assert [name for name in names(others) if matches(damage, name)] == []


@pytest.mark.parametrize(("text", "cell"), SCIENTIFIC.items())
def test_a_number_with_an_exponent_offers_what_it_may_have_been(text: str, cell: str) -> None:
    damage = found(text)
    assert (damage.kind, damage.lossless) == (DamageKind.SCIENTIFIC, False)
    assert set(names(cell)) <= set(damage.spellings)
    assert damage.spellings[0] == names(cell)[0]


@pytest.mark.parametrize(("text", "number"), LOSSLESS.items())
def test_a_number_whose_digits_are_all_there_is_not_guessed_at(text: str, number: str) -> None:
    damage = found(text)
    assert (damage.spellings, damage.lossless, damage.pattern) == ((number,), True, None)


@pytest.mark.parametrize(("text", "cell"), UNDECIDED.items())
def test_three_zeros_after_a_mark_may_be_thousands_or_decimals(text: str, cell: str) -> None:
    damage = found(text)
    assert (list(damage.spellings), damage.lossless) == (names(cell), False)


@pytest.mark.parametrize("text", [*names(UNDAMAGED), *PROSE])
def test_what_a_spreadsheet_leaves_alone_is_not_damage(text: str) -> None:
    assert find_damage(text) is None


@pytest.mark.parametrize("text", [*DATES, *SHORT, *SERIALS, *ROUNDED, *SCIENTIFIC, *LOSSLESS, *UNDECIDED])
def test_all_damage_is_told_in_one_sentence(text: str) -> None:
    damage = find_damage(text)
    assert damage is None or re.fullmatch(r"A spreadsheet [^\n]+\.", damage.explanation)


LIKELY = st.from_regex(
    r"[ '\"]?([0-9]{1,9}|[A-Za-zäéû]{3,9})[-/., ]([0-9]{1,9}|[A-Za-z]{3,9})([-/., ][0-9]{1,4})?([eE]\+?[0-9]{1,3})?",
    fullmatch=True,
)


@given(st.text(st.characters(categories=None)) | LIKELY | st.from_regex(r"[0-9]{4,40}", fullmatch=True))
@example("\ud800")
@example("٣-Mar")
@example("²³456")
@example("ﷺ" * MAX_LENGTH)
@NO_DEADLINE
def test_no_text_makes_it_raise_and_every_answer_keeps_its_promise(text: str) -> None:
    damage = find_damage(text)
    if damage is not None:
        assert len(text) <= MAX_LENGTH
        assert len(set(damage.spellings)) == len(damage.spellings)
        assert (damage.pattern is None) == (damage.prefix is None)
        assert damage.prefix != ""
        assert not damage.lossless or len(damage.spellings) == 1


# Not all of these exist; none that does is missing.
LIBRARIES = [
    610, 710, 910,
    *(number for number in range(1000, 10_000) if number % 1000 < 950 and number // 10 not in (610, 710, 910)),
]  # fmt: skip


@given(st.sampled_from(LIBRARIES), st.integers(0, 711), st.integers(1, 24), st.integers(2, 6))
@NO_DEADLINE
def test_a_clone_is_among_the_names_that_its_rounding_describes(
    library: int, plate: int, well: int, decimals: int
) -> None:
    plate = plate % 100 if library < 1000 else plate  # those libraries have few plates, so that none is rounded to 611
    clone = f"{library:04}{plate:03}E{well:02}"
    damage = found(f"{float(clone):.{decimals}E}")
    assert clone in damage.spellings or matches(damage, f"{clone}Rik")


@pytest.mark.parametrize("text", ["1" * 65, "1-" * 33, " " * 65, "Mar " * 17])
def test_a_long_text_is_refused(text: str) -> None:
    assert find_damage(text) is None


@pytest.mark.parametrize(
    "text", ["1" * 64, "1," * 32, "'" * 64, "a-" * 32, "abc-" * 16, "1 " * 32, "1e" * 32, "abc" * 21, "ﷺ" * 64]
)
def test_no_text_takes_long(text: str) -> None:
    durations = []
    for _ in range(3):  # the best of three, since the machine may be busy
        started = time.perf_counter()
        find_damage(text)
        durations.append(time.perf_counter() - started)
    assert min(durations) < QUICK_S


def read_names(folder: Path, name: str, columns: tuple[str, ...]) -> Iterator[str]:
    file = next(folder.rglob(name), None)
    if file is None:
        pytest.skip(f"no {name} in {folder}")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            for column in columns:
                yield from (name.strip('"') for name in row[column].split("|"))


def test_every_riken_clone_of_ncbi_is_found_by_what_excel_shows(upstream_folder: Path) -> None:
    mouse = read_names(upstream_folder, "Mus_musculus.gene_info.gz", ("Symbol", "Synonyms"))
    clones = {name for name in mouse if re.fullmatch("[0-9]{7}E[0-9]{2}Rik[0-9]?", name)}
    assert len(clones) > 900
    assert [clone for clone in clones if not matches(found(f"{float(clone[:10]):.2E}"), clone)] == []


def test_no_approved_symbol_or_name_of_hgnc_is_taken_for_damage(upstream_folder: Path) -> None:
    file = "hgnc_complete_set.txt.gz"
    assert [
        name for name in read_names(upstream_folder, file, ("symbol", "name", "prev_name")) if find_damage(name)
    ] == []


def test_only_aliases_that_have_the_shape_of_a_date_are_taken_for_damage(upstream_folder: Path) -> None:
    file = "hgnc_complete_set.txt.gz"
    taken = {
        name
        for name in read_names(upstream_folder, file, ("alias_symbol", "prev_symbol", "alias_name"))
        if find_damage(name)
    }
    in_digits = {"2-19", "2-21", "6-16", "9-27"}  # not damage either, since no name is FEB19
    assert taken == {"APR-2", "APR-5", "Des-1", "LIP.1", "MAG-2", "OCT-4"} | in_digits


def test_every_root_of_a_month_begins_a_real_name(upstream_folder: Path) -> None:
    human = read_names(upstream_folder, "Homo_sapiens.gene_info.gz", ("Symbol", "Synonyms"))
    mouse = read_names(upstream_folder, "Mus_musculus.gene_info.gz", ("Symbol", "Synonyms"))
    real = {match[1] for name in (*human, *mouse) if (match := re.fullmatch("([A-Z]+-?)[0-9]{1,2}", name.upper()))}
    assert {root for roots in ROOTS.values() for root in roots} - real == set()
