"""Every spelling in use is read as what it is; the cases are in tests/data/recognized.tsv."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from resolver.identifiers.model import Identifier, Interpretation, Level, Problem, Recognition
from resolver.identifiers.namespaces import NAMESPACES
from resolver.identifiers.recognize import MAX_LENGTH, recognize

TABLE = Path(__file__).parent.parent / "data" / "recognized.tsv"
COLUMNS = ("input", "interpretations", "why the case is there")


def decoded(cell: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), cell)


def read_table() -> list[list[str]]:
    lines = TABLE.read_text(encoding="utf-8").split("\n")
    return [line.split("\t") for line in lines if line and not line.startswith("# ")]


HEADER, *ROWS = read_table()
CASES = [
    pytest.param(
        decoded(row[0]),
        [decoded(interpretation) for interpretation in row[1].split(" ") if interpretation != "none"],
        id=row[0],
    )
    for row in ROWS
]
TEXTS = [pytest.param(decoded(row[0]), id=row[0]) for row in ROWS]


def versioned(interpretation: Interpretation) -> str:
    version = interpretation.identifier.version
    return interpretation.identifier.curie + ("" if version is None else f".{version}")


def only_interpretation(text: str) -> Interpretation:
    (interpretation,) = recognize(text).interpretations
    return interpretation


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_of_the_table_says_what_is_read_and_why(row: list[str]) -> None:
    assert [bool(cell) for cell in row] == [True] * len(COLUMNS)


def test_the_table_has_each_input_once() -> None:
    assert tuple(HEADER) == COLUMNS
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("text", "interpretations"), CASES)
def test_a_text_is_read_as_the_table_says(text: str, interpretations: list[str]) -> None:
    assert [versioned(interpretation) for interpretation in recognize(text).interpretations] == interpretations


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_typed_is_kept_as_it_was(text: str) -> None:
    assert recognize(text).text == text


@pytest.mark.parametrize("text", TEXTS)
def test_every_interpretation_says_why_it_is_thought_of(text: str) -> None:
    assert [interpretation for interpretation in recognize(text).interpretations if not interpretation.why] == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_without_a_interpretation_says_what_is_wrong_and_what_to_try(text: str) -> None:
    recognition = recognize(text)
    assert recognition.interpretations or (recognition.problem and recognition.hint)


@pytest.mark.parametrize(
    ("text", "accession", "version"),
    [
        ("ENSG00000104432.14", "ENSG00000104432", 14),
        ("NM_000880.4", "NM_000880", 4),
        ("NP_000871.1", "NP_000871", 1),
        ("ENSGR0000002586.14", "ENSG00000002586", 14),
        ("ENSG00000104432", "ENSG00000104432", None),
    ],
)
def test_a_version_is_kept_apart_from_the_accession(text: str, accession: str, version: int | None) -> None:
    identifier = only_interpretation(text).identifier
    assert (identifier.accession, identifier.version) == (accession, version)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("ncbigene:3574", Level.GENE),
        ("ENSG00000104432", Level.GENE),
        ("ENSMUST00000194279", Level.TRANSCRIPT),
        ("ENSP00000263851", Level.PROTEIN),
        ("NM_000880", Level.TRANSCRIPT),
        ("XR_001745554", Level.TRANSCRIPT),
        ("NP_000871", Level.PROTEIN),
        ("NG_017017", Level.GENOMIC),
        ("uniprot:P13232", Level.PROTEIN),
        ("P13232-2", Level.PROTEIN),
        ("IL7_HUMAN", Level.PROTEIN),
        ("homologene:680", Level.GROUP),
        ("omim:146660", Level.GENE),
    ],
)
def test_the_shape_of_an_accession_tells_what_it_names(text: str, level: Level) -> None:
    assert only_interpretation(text).level is level


@pytest.mark.parametrize(
    ("text", "parent"),
    [
        ("P13232-2", "uniprot:P13232"),
        ("uniprot:A0A0A0MTG5-12", "uniprot:A0A0A0MTG5"),
        ("Q3UT18_MOUSE", "uniprot:Q3UT18"),
        ("a0a0a0mtg5_human", "uniprot:A0A0A0MTG5"),
    ],
)
def test_an_isoform_and_an_unreviewed_entry_name_are_answered_by_their_entry(text: str, parent: str) -> None:
    interpretation = only_interpretation(text)
    assert interpretation.parent is not None
    assert interpretation.parent.curie == interpretation.lookup.curie == parent


@pytest.mark.parametrize("text", ["IL7_HUMAN", "TYPH_MOUSE", "ENSG00000104432", "NM_000880.4"])
def test_what_has_no_entry_above_it_is_looked_up_itself(text: str) -> None:
    interpretation = only_interpretation(text)
    assert interpretation.parent is None
    assert interpretation.lookup == interpretation.identifier


@pytest.mark.parametrize("text", ["ENSG00000002586.20_PAR_Y", "ENSG00000002586_PAR_Y", "ensgr0000002586.14"])
def test_the_mark_of_the_y_copy_is_set_aside_with_a_note(text: str) -> None:
    interpretation = only_interpretation(text)
    assert interpretation.identifier.accession == "ENSG00000002586"
    assert ["_PAR_Y" in note for note in interpretation.notes] == [True]


@pytest.mark.parametrize("text", [" P13232", "“P13232”", "\u00a0P13232", "Ｐ13232", "'P13232'", "P13232\n"])
def test_what_was_set_aside_around_an_identifier_is_noted(text: str) -> None:
    assert all(interpretation.notes for interpretation in recognize(text).interpretations)


@pytest.mark.parametrize("text", ["P13232", "interleukin 7", "OMIM 146660", "ensg00000104432.14"])
def test_nothing_is_noted_where_nothing_was_set_aside(text: str) -> None:
    assert [interpretation.notes for interpretation in recognize(text).interpretations if interpretation.notes] == []


def test_each_interpretation_of_a_bare_number_names_the_authority_that_it_would_be_of() -> None:
    interpretations = recognize("96561").interpretations
    titles = {namespace.prefix: namespace.title for namespace in NAMESPACES}
    assert len(interpretations) == 4
    assert all(titles[interpretation.identifier.prefix] in interpretation.why for interpretation in interpretations)


@pytest.mark.parametrize("text", ["IL7", "hgnc.symbol:IL7", "HGNC:IL7", "interleukin 7", "foo:bar"])
def test_a_symbol_or_name_is_a_text_without_a_level(text: str) -> None:
    interpretation = only_interpretation(text)
    assert (interpretation.is_text, interpretation.level) == (True, None)


def test_a_text_after_an_identifier_comes_second() -> None:
    assert [interpretation.is_text for interpretation in recognize("B3GNT2").interpretations] == [False, True]


@pytest.mark.parametrize("text", ["foo:P13232", "wormbase:WBGene00000001", "https://example.org/P13232"])
def test_an_unknown_prefix_is_told_with_what_was_given(text: str) -> None:
    recognition = recognize(text)
    assert recognition.problem is Problem.UNKNOWN_NAMESPACE
    assert recognition.hint is not None
    assert re.search("foo|wormbase|example", recognition.hint)


def test_the_hint_on_an_unknown_prefix_lists_those_that_are_known() -> None:
    hint = recognize("foo:P13232").hint or ""
    assert [namespace.prefix for namespace in NAMESPACES if namespace.prefix not in hint] == []


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("ensembl:IL7", "ensembl:ENSG00000104432"),
        ("omim:46660", "omim:146660"),
        ("refseq:NM_00088", "refseq:NM_000880"),
        ("entrez:03574", "ncbigene:3574"),
    ],
)
def test_a_known_prefix_with_a_misfit_is_answered_with_an_example(text: str, example: str) -> None:
    recognition = recognize(text)
    assert recognition.problem is Problem.MALFORMED
    assert example in (recognition.hint or "")


@pytest.mark.parametrize("text", ["", " ", "\t\r\n", "\u00a0", "\u200b\ufeff", '""', "' '", "“”"])
def test_nothing_but_blanks_and_quotes_is_empty(text: str) -> None:
    recognition = recognize(text)
    assert (recognition.interpretations, recognition.problem) == ((), Problem.EMPTY)
    assert recognition.hint


@pytest.mark.parametrize("text", ["a" * MAX_LENGTH, "P13232" + " " * 250, "interleukin " * 21])
def test_256_characters_are_read(text: str) -> None:
    recognition = recognize(text)
    assert len(text) <= MAX_LENGTH == 256
    assert recognition.problem is None
    assert recognition.interpretations


@pytest.mark.parametrize("text", ["a" * 257, "P13232" + " " * 251, "1" * 1_000_000])
def test_257_characters_are_refused_with_their_number(text: str) -> None:
    recognition = recognize(text)
    assert (recognition.interpretations, recognition.problem) == ((), Problem.TOO_LONG)
    assert str(len(text)) in (recognition.hint or "")


def test_a_text_that_grows_too_long_when_its_look_alikes_are_replaced_is_refused() -> None:
    assert recognize("\ufdfa" * MAX_LENGTH).problem is Problem.TOO_LONG


def test_a_recognition_without_a_problem_has_no_hint() -> None:
    uniprot = Interpretation(Identifier("uniprot", "P13232"), Level.PROTEIN, "the prefix uniprot: names the namespace")
    assert recognize("uniprot:P13232") == Recognition("uniprot:P13232", (uniprot,))
