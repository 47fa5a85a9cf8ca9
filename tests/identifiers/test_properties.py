"""What is true for every text: recognition never raises, is stable, and costs little."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from resolver.identifiers.model import Form, Namespace, Problem
from resolver.identifiers.names import GREEK, fold_name
from resolver.identifiers.namespaces import BY_SPELLING, NAMESPACES, SYMBOL
from resolver.identifiers.recognize import MAX_LENGTH, recognize

NO_DEADLINE = settings(deadline=None)
ANY_CHARACTER = st.characters(categories=None)  # every code point, halves of surrogate pairs among them
FORMS = [(namespace, form) for namespace in NAMESPACES if namespace is not SYMBOL for form in namespace.forms]
FORM_IDS = [f"{namespace.prefix} {form.example}" for namespace, form in FORMS]
BLANKS_AND_QUOTES = st.text(" \t\r\n\u00a0\"'“”‘’«»\u200b\ufeff", max_size=4)
CASES: tuple[Callable[[str], str], ...] = (str.upper, str.lower, str.swapcase, str.title)
QUICK_S = 0.05

ADVERSARIAL = {
    "half an accession": "A0A0A0" * 42,
    "letter and digit": "P1" * 128,
    "digits": "1" * 256,
    "no letter": "(" * 256,
    "no letter, then a forbidden one": "-" * 255 + "!",
    "letters, then a forbidden one": "a" * 255 + "$",
    "nearly an entry name": "A" * 250 + "_HUMA",
    "versions": "ENSG00000104432" + ".1" * 120,
    "marks of a Y copy": "ENSG00000104432" + "_PAR_Y" * 40,
    "prefixes": "mgi:" * 64,
    "blanks": "a " * 128,
    "quotes": "\"'" * 128,
    "quotes and blanks in turn": "\" ' " * 64,
    "marks of OMIM": "*#+%^" * 51,
    "host names": "a." * 127 + "a/",
    "host that never ends": "a-" * 126 + ".org",
    "path": "https://www.uniprot.org/uniprotkb" + "/" * 223,
    "query": "https://www.ensembl.org/?" + "g=;" * 77,
    "escapes": "https://www.uniprot.org/uniprotkb/" + "%41" * 74,
    "fragments": "https://www.omim.org/entry/" + "#" * 229,
    "combining accents": "a" + "\u0301" * 255,
    "characters that grow": "\ufdfa" * 256,
    "full-width digits": "\uff11" * 256,
    "zero-width spaces": "\u200b" * 255 + "a",
    "halves of surrogate pairs": "\ud800" * 256,
}


def identifiers_in(text: str) -> list[str]:
    return [
        interpretation.identifier.curie
        for interpretation in recognize(text).interpretations
        if not interpretation.is_text
    ]


def accessions(form: Form) -> st.SearchStrategy[str]:
    return st.from_regex(form.pattern, fullmatch=True)


@st.composite
def likely_texts(draw: st.DrawFn) -> str:
    """Give a text that is nearly or wholly an identifier, so that Hypothesis does not search for one in vain."""
    _, form = draw(st.sampled_from(FORMS))
    accession = draw(accessions(form) | st.text(max_size=12))
    prefix = draw(st.sampled_from(["", "foo:", *(f"{spelling}:" for spelling in BY_SPELLING)]))
    tail = draw(st.sampled_from(["", ".1", ".123456", "_PAR_Y", ".2_PAR_Y", "-2", " ", "\u00a0", "'", "!", "/"]))
    return prefix + accession + tail


def pages() -> st.SearchStrategy[str]:
    heads = [head for namespace in NAMESPACES for head in namespace.page_heads]
    return st.builds("https://{}{}".format, st.sampled_from(heads), likely_texts())


@given(st.text(ANY_CHARACTER) | likely_texts() | pages())
@example("\ud800")
@example("uniprot:\udfff")
@example("https://www.uniprot.org/uniprotkb/%ff\ud800")
@NO_DEADLINE
def test_no_text_makes_recognition_raise(text: str) -> None:
    assert recognize(text).text == text


@given(st.text(max_size=60) | likely_texts())
@example("U2B''")
@example("p13232")
@example("HGNC:602300")
@example("8749~withdrawn")
@example('--1"~withdrawn')
@example("!~withdrawn")
@example("İ~withdrawn")
@example("U2B''~withdrawn")
@example("IL7~withdrawn~WITHDRAWN")
@example("gene:hgnc:HGNC:6023")
@example("gene:hgnc:IL7")
@example("https://www.genenames.org/data/gene-symbol-report/#!/symbol/IL7`")
@example("https://www.genenames.org/data/gene-symbol-report/#!/symbol/%EF%BC%A9L7%20.json")
@example("hg38- phu")
@example('GRCh38_"TP53"')
@example("GRCh38_'")
@example("\u041c\u0430\u0301r-23")
@NO_DEADLINE
def test_the_curie_of_every_interpretation_is_recognized_as_that_interpretation(text: str) -> None:
    read = [interpretation.identifier for interpretation in recognize(text).interpretations]
    assume(all(len(identifier.curie) <= MAX_LENGTH for identifier in read))
    again = [
        {
            (interpretation.identifier.prefix, interpretation.identifier.accession)
            for interpretation in recognize(identifier.curie).interpretations
        }
        for identifier in read
    ]
    pairs = zip(read, again, strict=True)
    assert [curie for curie, found in pairs if (curie.prefix, curie.accession) not in found] == []


@pytest.mark.parametrize(("namespace", "form"), FORMS, ids=FORM_IDS)
@given(data=st.data())
@NO_DEADLINE
def test_every_accession_of_a_form_is_read_in_its_namespace(
    namespace: Namespace, form: Form, data: st.DataObject
) -> None:
    accession = data.draw(accessions(form))
    (interpretation,) = recognize(f"{namespace.prefix}:{accession}").interpretations
    assert (interpretation.identifier.prefix, interpretation.identifier.accession) == (namespace.prefix, accession)
    assert interpretation.level is form.level


@pytest.mark.parametrize(("namespace", "form"), FORMS, ids=FORM_IDS)
@given(data=st.data(), before=BLANKS_AND_QUOTES, after=BLANKS_AND_QUOTES)
@NO_DEADLINE
def test_blanks_and_quotes_around_it_do_not_change_what_is_read(
    namespace: Namespace, form: Form, data: st.DataObject, before: str, after: str
) -> None:
    accession = data.draw(accessions(form))
    plain = data.draw(st.sampled_from([accession, f"{namespace.prefix}:{accession}"]))
    found = identifiers_in(plain)
    assert f"{namespace.prefix}:{accession}" in found
    assert identifiers_in(before + plain + after) == found


@pytest.mark.parametrize(("namespace", "form"), FORMS, ids=FORM_IDS)
@given(data=st.data())
@NO_DEADLINE
def test_capitals_do_not_change_what_is_read(namespace: Namespace, form: Form, data: st.DataObject) -> None:
    accession = data.draw(accessions(form))
    plain = data.draw(st.sampled_from([accession, f"{namespace.prefix}:{accession}"]))
    written = data.draw(st.sampled_from(CASES))(plain)
    found = identifiers_in(plain)
    assert f"{namespace.prefix}:{accession}" in found
    assert identifiers_in(written) == found


@pytest.mark.parametrize(
    ("namespace", "form"),
    [(namespace, form) for namespace, form in FORMS if form.versioned],
    ids=[f"{namespace.prefix} {form.example}" for namespace, form in FORMS if form.versioned],
)
@given(data=st.data(), version=st.integers(1, 9999))
@NO_DEADLINE
def test_a_version_never_changes_the_accession(
    namespace: Namespace, form: Form, data: st.DataObject, version: int
) -> None:
    accession = data.draw(accessions(form))
    identifier = recognize(f"{accession}.{version}").interpretations[0].identifier
    assert (identifier.prefix, identifier.accession) == (namespace.prefix, accession)
    assert identifier.version == version


@given(st.text(ANY_CHARACTER, min_size=MAX_LENGTH + 1, max_size=MAX_LENGTH + 40))
@NO_DEADLINE
def test_every_text_over_the_limit_is_refused(text: str) -> None:
    recognition = recognize(text)
    assert (recognition.interpretations, recognition.problem) == ((), Problem.TOO_LONG)


def patterns_run(text: str) -> list[str]:
    """Return the names of the regular-expression calls that recognizing `text` makes."""
    called: list[str] = []

    def note(_frame: FrameType, event: str, called_function: Any) -> None:
        if event == "c_call":
            called.append(str(getattr(called_function, "__qualname__", "")))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        recognize(text)
    finally:
        sys.setprofile(before)
    return [name for name in called if name.startswith("Pattern.")]


def test_a_text_over_the_limit_is_refused_before_any_pattern_is_run() -> None:
    assert patterns_run("a" * MAX_LENGTH) != []
    assert patterns_run("a" * (MAX_LENGTH + 1)) == []


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_no_text_of_256_characters_takes_long(kind: str) -> None:
    text = ADVERSARIAL[kind]
    assert 240 <= len(text) <= MAX_LENGTH
    durations = []
    for _ in range(3):  # the best of three, since the machine may be busy
        started = time.perf_counter()
        recognize(text)
        durations.append(time.perf_counter() - started)
    assert min(durations) < QUICK_S


@given(st.text())
@example("İ")
@example("ΑΣ")
@example("H\u0331")
@example("\u03b1\u0302")
@NO_DEADLINE
def test_folding_a_name_twice_changes_nothing_more(text: str) -> None:
    assert fold_name(fold_name(text)) == fold_name(text)


@given(st.text(st.characters(max_codepoint=127)))
@NO_DEADLINE
def test_folding_forgets_capitals_and_the_number_of_blanks(text: str) -> None:
    assert fold_name(f"  {text.upper()} ") == fold_name(text.lower()) == " ".join(text.lower().split())


@pytest.mark.parametrize(("letter", "spelled"), GREEK.items())
def test_a_greek_letter_is_folded_to_its_name_in_any_case(letter: str, spelled: str) -> None:
    assert fold_name(f"TNF-{letter}") == fold_name(f"tnf-{letter.upper()}") == f"tnf-{spelled}"
