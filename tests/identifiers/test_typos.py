"""Mistyped identifiers have their near spellings, each with its reason; what is well formed has none."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resolver.identifiers.namespaces import NAMESPACES, SYMBOL
from resolver.identifiers.recognize import recognize
from resolver.identifiers.typos import (
    MAX_CANDIDATES,
    MAX_LENGTH,
    TYPO_RULES,
    deletions,
    find_typos,
    is_one_edit,
)

NO_DEADLINE = settings(deadline=None)

# A typo, the likeliest candidate, and words of its reason.
TYPOS = [
    ("ENSG0000104432", "ensembl:ENSG00000104432", "a zero is missing after ENSG"),
    ("ensg0000104432", "ensembl:ENSG00000104432", "a zero is missing after ENSG"),
    ("ENSG0000104432.14", "ensembl:ENSG00000104432", "a zero is missing"),
    ("ENSG0000182378.15_PAR_Y", "ensembl:ENSG00000182378", "a zero is missing"),
    ("ENSMUSG0000040329", "ensembl:ENSMUSG00000040329", "a zero is missing after ENSMUSG"),
    ("ENSG104432", "ensembl:ENSG00000104432", "zeros are missing"),
    ("ENSMUST194279", "ensembl:ENSMUST00000194279", "zeros are missing"),
    ("ENSG000000104432", "ensembl:ENSG00000104432", "a zero too many after ENSG"),
    ("ENST000002638510", "ensembl:ENST00002638510", "a zero too many after ENST"),
    ("ENSG0000000104432", "ensembl:ENSG00000104432", "zeros too many"),
    ("ENSGO0000104432", "ensembl:ENSG00000104432", "O for 0"),
    ("ENSGOOOOO104432", "ensembl:ENSG00000104432", "O for 0"),
    ("ENSG00000l04432", "ensembl:ENSG00000104432", "L for 1"),
    ("ENSG00000I04432", "ensembl:ENSG00000104432", "I for 1"),
    ("ENSG_00000104432", "ensembl:ENSG00000104432", "a separator too many"),
    ("ENSG 00000104432", "ensembl:ENSG00000104432", "a separator too many"),
    ("ENSG-00000104432.5", "ensembl:ENSG00000104432", "a separator too many"),
    ("ENS G00000104432", "ensembl:ENSG00000104432", "a separator too many"),
    ("ENSMG00000040329", "ensembl:ENSMUSG00000040329", "ENSMG for ENSMUSG"),
    ("ENSMUG00000040329", "ensembl:ENSMUSG00000040329", "ENSMUG for ENSMUSG"),
    ("ENMUSG00000040329", "ensembl:ENSMUSG00000040329", "ENMUSG for ENSMUSG"),
    ("ENSMSUG00000040329", "ensembl:ENSMUSG00000040329", "ENSMSUG for ENSMUSG"),
    ("ENSMUSSG00000040329", "ensembl:ENSMUSG00000040329", "ENSMUSSG for ENSMUSG"),
    ("ESNG00000104432", "ensembl:ENSG00000104432", "ESNG for ENSG"),
    ("EMSG00000104432", "ensembl:ENSG00000104432", "EMSG for ENSG"),
    ("NSG00000104432", "ensembl:ENSG00000104432", "NSG for ENSG"),
    ("EN5G00000104432", "ensembl:ENSG00000104432", "EN5G for ENSG"),
    ("ENS00000104432", "ensembl:ENSG00000104432", "ENS for ENSG"),
    ("ensembl:ENSG0000104432", "ensembl:ENSG00000104432", "a zero is missing"),
    ("PO4637", "uniprot:P04637", "O for 0"),
    ("po4637", "uniprot:P04637", "O for 0"),
    ("POO533", "uniprot:P00533", "O for 0"),
    ("PI3232", "uniprot:P13232", "I for 1"),
    ("Pl3232", "uniprot:P13232", "L for 1"),
    ("P1323Z", "uniprot:P13232", "Z for 2"),
    ("P0463B", "uniprot:P04638", "B for 8"),
    ("PS3232", "uniprot:P53232", "S for 5"),
    ("0043X5", "uniprot:O043X5", "0 for O"),
    ("AOA0B4J2D5", "uniprot:A0A0B4J2D5", "O for 0"),
    ("uniprot:PO4637", "uniprot:P04637", "O for 0"),
    ("P-13232", "uniprot:P13232", "a separator too many"),
    ("P 13232", "uniprot:P13232", "a separator too many"),
    ("1P3232", "uniprot:P13232", "1 and P exchanged"),
    ("P13232_2", "uniprot.isoform:P13232-2", "a hyphen belongs"),
    ("P13232 2", "uniprot.isoform:P13232-2", "a hyphen belongs"),
    ("PO4637-2", "uniprot.isoform:P04637-2", "O for 0"),
    ("IL7-HUMAN", "uniprot.mnemonic:IL7_HUMAN", "an underscore belongs"),
    ("IL7 mouse", "uniprot.mnemonic:IL7_MOUSE", "an underscore belongs"),
    ("NM000880", "refseq:NM_000880", "an underscore belongs after NM"),
    ("NM-000880", "refseq:NM_000880", "an underscore belongs"),
    ("NM 000880", "refseq:NM_000880", "an underscore belongs"),
    ("NM–000880", "refseq:NM_000880", "an underscore belongs"),
    ("NM__000880.4", "refseq:NM_000880", "an underscore belongs"),
    ("NP.000871", "refseq:NP_000871", "an underscore belongs after NP"),
    ("NM_OOO88O", "refseq:NM_000880", "O for 0"),
    ("NM_880", "refseq:NM_000880", "zeros are missing"),
    ("NM_0010012345", "refseq:NM_010012345", "a zero too many"),
    ("MN_000880", "refseq:NM_000880", "M and N exchanged"),
    ("NM0_00880", "refseq:NM_000880", "0 and _ exchanged"),
    ("MGI96561", "mgi:96561", "a colon belongs"),
    ("MGI_96561", "mgi:96561", "a colon belongs"),
    ("MGI-96561", "mgi:96561", "a colon belongs"),
    ("MGI:9656l", "mgi:96561", "L for 1"),
    ("HGNC6023", "hgnc:6023", "a colon belongs"),
    ("HGNC_6O23", "hgnc:6023", "O for 0"),
    ("OMIM146660", "omim:146660", "a colon belongs"),
    ("MIM146660", "omim:146660", "a colon belongs"),
    ("MIM#146660", "omim:146660", "a colon belongs"),
    ("GeneID_3574", "ncbigene:3574", "a colon belongs"),
    ("LOC-3574", "ncbigene:3574", "a colon belongs"),
    ("P132322", "uniprot:P13232", "a digit too many after P"),
    ("NQ_000871", "refseq:NM_000871", "NQ for NM"),
    ("HM_000880.4", "refseq:NM_000880", "HM for NM"),
    ("(P13232),", "uniprot:P13232", "marks around it"),
    ("NM_000880.4;", "refseq:NM_000880", "marks around it"),
]
# A typo, and a candidate that is among the others.
AMONG = [
    ("NM_00088", "refseq:NM_000880"),
    ("ENSG0000010443", "ensembl:ENSG00000104432"),
    ("ENSG0000100432", "ensembl:ENSG00001004032"),
    ("ENS00000104432", "ensembl:ENSP00000104432"),
    ("ENSMG00000040329", "ensembl:ENSG00000040329"),
    ("ENSG000001044332", "ensembl:ENSG00000104432"),
    ("NM_0010012345", "refseq:NM_001001234"),
    ("POO533", "uniprot:P0O533"),
    ("P1323", "uniprot:P13232"),
    ("NQ_000871", "refseq:NP_000871"),
]
# What symbols look like, so that it is no malformed accession, be it near to one.
LIKE_SYMBOLS = """ABCA10 Gm1234 MIR999 MIR101-1 CD44v6 HLA-DQB1-AS1 IL10RB C2CD4A POM121 PLT001 HID1 OST001 LINC00202-1
M1073B Q9UHDZ 0043X5 B3GNT-2 A2M-AS1 EIF4EBP1P1 4SPAN1 OIP106 CA14P1"""
WITHOUT = """P13232 P31232 P13232-2 P13232.1 IL7_HUMAN ENSG00000104432 ENSG00000104423 ENSG00000104432.5 ENSGR0000182378
NM_000880 NM_0008800 NM_000808.4 3574 146660 013232 MGI:96561 LOC3574 IL7 TP53 MARCHF1 HLA-A H2-K1 5-HT1A 14-3-3
RP11-34P13.7 AC004223 AP000321 NR1I2 ENSE00003512345 ENSMUSE00000104432 ENSRNOG00000010756 ENSMMUG00000012345
OR4F5 P2RX7 CM_00066 AB_2536526
interleukin foo:bar mgi:PO4637 uniprot:NM000880 POISOL OOOOOO . - : 0 ENSG NM_ OMIM MGI"""
LIKELY = st.from_regex(
    r"(ENSG|ENSMUST|ENMSG|NM|MN|P|Q|A|MGI|HGNC|OMIM|uniprot:|mgi:)[ _.:-]{0,2}[0-9OIlSBZA-Z]{2,14}([-_.][0-9]{1,4})?",
    fullmatch=True,
)


def curies(text: str) -> list[str]:
    return [candidate.identifier.curie for candidate in find_typos(text)]


@pytest.mark.parametrize(("text", "curie", "reason"), TYPOS)
def test_a_typo_has_its_likeliest_candidate_first_and_says_why(text: str, curie: str, reason: str) -> None:
    first = find_typos(text)[0]
    assert first.identifier.curie == curie
    assert reason in first.why


@pytest.mark.parametrize(("text", "curie"), AMONG)
def test_a_typo_has_other_candidates_too(text: str, curie: str) -> None:
    assert curie in curies(text)


@pytest.mark.parametrize("text", [text for text, _, _ in TYPOS if text not in LIKE_SYMBOLS])
def test_what_no_symbol_looks_like_is_a_mistyped_accession(text: str) -> None:
    assert not find_typos(text)[0].may_be_symbol


@pytest.mark.parametrize("text", LIKE_SYMBOLS.split())
def test_what_symbols_look_like_may_be_one(text: str) -> None:
    assert [near for near in find_typos(text) if not near.may_be_symbol] == []


@pytest.mark.parametrize("text", ["", " ", *WITHOUT.split()])
def test_what_is_well_formed_or_no_accession_at_all_has_no_candidates(text: str) -> None:
    assert find_typos(text) == ()


def test_zeros_and_doublings_come_before_any_other_missing_digit() -> None:
    found = curies("ENSG0000104432")
    assert found[0] == "ensembl:ENSG00000104432"
    doubled = [index for index, curie in enumerate(found) if re.fullmatch(".*(00001104432|00001044432)", curie)]
    assert max(doubled) < found.index("ensembl:ENSG90000104432")
    assert len(found) == 10 * 11 - 10  # every digit at every place; a doubling comes about twice


def test_a_stated_prefix_keeps_candidates_of_other_namespaces_out() -> None:
    assert {curie.partition(":")[0] for curie in curies("uniprot:PO4637")} == {"uniprot"}
    assert curies("refseq:PO4637") == []


@given(st.text(st.characters(categories=None)) | LIKELY)
@example("\ud800")
@example("²³456")
@example("ﷺ1" * 32)
@NO_DEADLINE
def test_every_candidate_is_recognized_as_just_that(text: str) -> None:
    candidates = find_typos(text)
    assert len(candidates) == len({candidate.identifier for candidate in candidates}) <= MAX_CANDIDATES
    for candidate in candidates:
        assert candidate.why
        interpretations = recognize(candidate.identifier.curie).interpretations
        assert candidate.identifier in [
            interpretation.identifier for interpretation in interpretations if not interpretation.is_text
        ]


# Letters and digits where the text of an accession has them, or others that look like them, and two of them exchanged.
_ALNUM = st.from_regex(r"(?:ENSG|ENSMUST|ESNG|NM|N|P|Q|MGI|OLD)?[0-9OILSBZA-Z]{2,14}", fullmatch=True) | st.from_regex(
    r"[A-Z0-9][0-9OILSBZ][A-Z0-9]{3}[0-9OILSBZ](?:[A-Z0-9]{4})?", fullmatch=True
)


@given(_ALNUM, st.integers(0, 12))
@NO_DEADLINE
def test_a_text_that_is_let_go_at_once_is_a_typo_of_nothing(text: str, place: int) -> None:
    text = text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
    looked_at = {candidate.identifier.curie for rule in TYPO_RULES for candidate in rule(text)}
    is_asked = not text.isdigit() and any(map(str.isdigit, text))
    if is_asked and all(interpretation.is_text for interpretation in recognize(text).interpretations):
        assert looked_at == set(curies(text)) or len(looked_at) > MAX_CANDIDATES


@given(st.data())
@NO_DEADLINE
def test_no_accession_has_neighbors(data: st.DataObject) -> None:
    namespace = data.draw(st.sampled_from([namespace for namespace in NAMESPACES if namespace is not SYMBOL]))
    form = data.draw(st.sampled_from(namespace.forms))
    accession = data.draw(st.from_regex(form.pattern, fullmatch=True))
    assert find_typos(f"{namespace.prefix}:{accession}") == ()


@given(st.integers(0, 10**11 - 1), st.integers(4, 14), st.sampled_from("0123456789"))
@NO_DEADLINE
def test_a_digit_lost_or_doubled_finds_its_gene_again(number: int, place: int, digit: str) -> None:
    accession = f"ENSG{number:011}"
    assert f"ensembl:{accession}" in curies(accession[:place] + accession[place + 1 :])
    assert f"ensembl:{accession}" in curies(accession[:place] + digit + accession[place:])


def test_a_long_text_has_no_candidates() -> None:
    assert find_typos("ENSG" + "0" * MAX_LENGTH) == ()


@pytest.mark.parametrize(
    ("folded", "expected"),
    [
        ("", ("",)),
        ("a", ("a", "")),
        ("il7", ("il7", "l7", "i7", "il")),
        ("aab", ("aab", "ab", "aa")),
        ("nm_0", ("nm_0", "m_0", "n_0", "nm0", "nm_")),
    ],
)
def test_deletions_are_the_text_and_all_that_is_one_shorter(folded: str, expected: tuple[str, ...]) -> None:
    assert deletions(folded) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("", "", True),
        ("", "a", True),
        ("tp53", "tp53", True),
        ("tp53", "tp5", True),
        ("tp53", "tp533", True),
        ("tp53", "tp63", True),
        ("tp53", "pt53", True),
        ("tp53", "tp35", True),
        ("il7", "il7r", True),
        ("ab", "ba", True),
        ("tp53", "t53p", False),
        ("tp53", "pt35", False),
        ("abc", "cba", False),
        ("", "ab", False),
        ("brca1", "brac2", False),
        ("ab", "cd", False),
    ],
)
def test_one_edit_is_one_character_too_many_missing_wrong_or_exchanged(a: str, b: str, expected: bool) -> None:
    assert is_one_edit(a, b) is is_one_edit(b, a) is expected


def osa_distance(a: str, b: str) -> int:
    """Return the optimal string alignment distance, by the textbook's table."""
    table = [[max(i, j) if not i or not j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            wrong = a[i - 1] != b[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + wrong)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@st.composite
def near_pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Give two texts that often are within one edit or two."""
    text = draw(st.text("ab1", max_size=8))
    place = draw(st.integers(0, len(text)))
    cut = draw(st.integers(0, 2))
    return text, text[:place] + draw(st.text("ab1", max_size=2)) + text[place + cut :]


@given(near_pairs() | st.tuples(st.text("ab", max_size=6), st.text("ab", max_size=6)))
@NO_DEADLINE
def test_one_edit_agrees_with_the_textbook_distance(pair: tuple[str, str]) -> None:
    assert is_one_edit(*pair) == (osa_distance(*pair) <= 1)


@given(near_pairs())
@NO_DEADLINE
def test_two_texts_within_one_edit_share_a_deletion(pair: tuple[str, str]) -> None:
    a, b = pair
    assert not is_one_edit(a, b) or set(deletions(a)) & set(deletions(b))
