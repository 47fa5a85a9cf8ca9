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
from resolver.identifiers.typos import near_identifiers
from resolver.identifiers.words import is_plain_word
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.plain_misses import find_plain_misses

if TYPE_CHECKING:
    from resolver.wiring import LocalResolver

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


@settings(max_examples=60)
@given(st.lists(_WORDS, max_size=40))
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
    assert find_plain_misses(names, resolver.reader) == set()
    upper = [name.upper() for name in names]
    assert find_plain_misses(upper, resolver.reader) == set()
