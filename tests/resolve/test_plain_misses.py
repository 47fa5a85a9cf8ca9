"""What is told of many names at once is what the resolver says of each."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.identifiers.damage import find_damage
from resolver.identifiers.foreign import FOREIGN, find_foreign
from resolver.identifiers.model import Recognition
from resolver.identifiers.namespaces import NAMESPACES
from resolver.identifiers.recognize import recognize
from resolver.identifiers.typos import MENDERS, may_be_slip, near_identifiers
from resolver.identifiers.words import is_plain_word
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.plain_misses import find_plain_misses

if TYPE_CHECKING:
    from resolver.app.resolver import LocalResolver

_EXAMPLES = [form.example for namespace in NAMESPACES for form in namespace.forms] + [kind.example for kind in FOREIGN]
_WORDS = st.one_of(
    st.from_regex("[A-Za-z0-9]{1,20}", fullmatch=True),
    st.from_regex("(?:ENS|ens|NM|P|Q|O|A|LOC|RP|old|Sep|Mar)[0-9A-Za-z]{1,14}", fullmatch=True),
    st.sampled_from(_EXAMPLES).flatmap(
        lambda example: st.integers(0, len(example)).map(lambda place: example[:place] + example[place + 1 :])
    ),
    st.sampled_from(_EXAMPLES),
    st.text(max_size=12),
)


# Of texts of any kind: CURIEs, accessions, clones, what spreadsheets and lists make of them.
_TEXTS = st.one_of(
    _WORDS,
    st.from_regex("(?:MGI|HGNC|hgnc|OMIM|ncbigene|GeneID|uniprot|refseq|foo)[:_ ][0-9A-Z]{1,11}", fullmatch=True),
    st.from_regex(r"(?:RP11|CTD|n-R5s|Gm|AC|Igkv|MIR|HLA|Sep|chr)[-.]?[0-9]{1,6}([-./:;][A-Za-z]{0,2}[0-9]{1,3})?",
                  fullmatch=True),
    st.from_regex(r"[OPQA][0-9][A-Z0-9]{3}[0-9]([-.][0-9]{1,2})?|N[MPGR]_[0-9]{6,9}([.][0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,8}([.,eE][0-9]{1,3})?", fullmatch=True),
    st.from_regex("[A-Za-z0-9;,|/ .~%*#'-]{1,12}", fullmatch=True),
    st.sampled_from(_EXAMPLES).flatmap(
        lambda example: st.integers(0, len(example)).map(lambda place: example[:place] + "7" + example[place:])
    ),
)  # fmt: skip


def assert_is_only_a_name(word: str) -> None:
    recognition = recognize(word)
    assert [reading.is_text for reading in recognition.readings] == [True]
    assert recognition == Recognition(word, recognition.readings)
    assert near_identifiers(word) == ()
    assert find_damage(word) is None
    assert find_foreign(word) is None


@settings(max_examples=3_000)
@given(_WORDS)
def test_a_plain_word_is_nothing_but_a_name(word: str) -> None:
    if is_plain_word(word):
        assert_is_only_a_name(word)


def test_old_and_private_names_are_plain_words() -> None:
    assert all(map(is_plain_word, ("old123name", "zz12q", "cadherin", "Gene7b", "x")))
    others = ("", "7", "1e5", "P13232", "ENSG1", "IL-7", "Sep-7", "rs7412", "tnf\u03b1", "a b")
    assert not any(map(is_plain_word, others))


@settings(max_examples=3_000)
@given(_WORDS.filter(str.isalnum).filter(str.isascii))
def test_what_may_be_no_slip_is_none(word: str) -> None:
    if not may_be_slip(word.upper()) and all(reading.is_text for reading in recognize(word).readings):
        assert [candidate for mend in MENDERS for candidate in mend(word.upper())] == []


def test_most_of_what_no_release_knows_is_told_at_once(resolver: LocalResolver) -> None:
    alone = "old123name Gm99999 RP11-99P99.9 Igkv99-999 LOC999999 P99990 A0A0A0ZZZ9 NM_099999.2 ENSG00000999999"
    curies = "MGI:99999999 HGNC:99999 hgnc:99999 ncbigene:999999999 omim:999999 uniprot:P99990"
    asked = {*alone.split(), *curies.split()}
    assert find_plain_misses(asked, resolver.reader) == asked
    others = {"", "7", "99999999", "Sep-07", "2.31E+13", "rs7412", "GO:0006955", "P99990;P99991", "P99990-2", "foo:bar"}
    assert find_plain_misses(others | {"NM099999", "tnf\u03b1", "ENSG0000099999", "A1/2"}, resolver.reader) == set()


@settings(max_examples=300)
@given(st.lists(_TEXTS, max_size=40))
def test_each_plain_miss_is_what_the_resolver_says(resolver: LocalResolver, words: list[str]) -> None:
    for word in find_plain_misses(words, resolver.reader):
        answer = resolver.resolve(word)
        assert (answer.outcome, answer.reason) == (Outcome.NOT_FOUND, Reason.NOT_IN_RELEASE)
        assert not answer.genes
        assert not answer.history


def test_no_name_of_the_release_is_one(resolver: LocalResolver) -> None:
    with sqlite3.connect(f"file:{resolver.release.database}?mode=ro", uri=True) as connection:
        names = [text for (text,) in connection.execute("SELECT text FROM name UNION SELECT folded FROM retired_name")]
    connection.close()
    assert len([name for name in names if is_plain_word(name)]) > 1_000
    told = find_plain_misses([*names, *(name.upper() for name in names)], resolver.reader)
    # What has the shape of an accession alone is never read as a name, though here and there it is one.
    assert len(told) < len(names) / 1_000
    assert {name for name in told if any(reading.is_text for reading in recognize(name).readings)} == set()
    assert {resolver.resolve(name).reason for name in told} <= {Reason.NOT_IN_RELEASE}


def test_no_identifier_of_the_release_is_one(resolver: LocalResolver) -> None:
    with sqlite3.connect(f"file:{resolver.release.database}?mode=ro", uri=True) as connection:
        placed = connection.execute("SELECT prefix || ':' || accession, accession FROM identifier").fetchall()
        unplaced = connection.execute("SELECT prefix || ':' || accession, accession FROM unplaced").fetchall()
        retired = [text for (text,) in connection.execute("SELECT retired FROM retirement")]
    connection.close()
    assert min(len(placed), len(retired)) > 100
    texts = [text for row in placed + unplaced for text in row] + retired
    assert find_plain_misses(texts, resolver.reader) == set()
