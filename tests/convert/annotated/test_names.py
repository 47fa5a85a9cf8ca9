"""New names never collide unnoticed, whatever was chosen."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.convert.annotated.names import Naming, settle_names
from resolver.convert.merging import CollisionChoice, check_collisions, read_collisions
from resolver.errors import BadOption

_NAMES = st.sampled_from(["A", "B", "C", "D", "A-1"])
_FEATURES = st.lists(
    st.builds(Naming, _NAMES, st.none() | _NAMES, st.sampled_from(["g1", "g2", "g3"])), min_size=1, max_size=12
)


@given(features=_FEATURES, choice=st.sampled_from(CollisionChoice))
def test_a_name_is_there_twice_only_where_it_was_before_and_a_note_says_so(
    features: list[Naming], choice: CollisionChoice
) -> None:
    settled = settle_names(features, choice)
    kept = [features[place] for place in settled.kept]
    assert len(settled.names) == len(kept)
    before = Counter(one.old for one in features)
    for name, number in Counter(settled.names).items():
        if number > 1:
            assert choice is not CollisionChoice.UNIQUE
            assert before[name] >= number
            assert all(one.old == name for one, new in zip(kept, settled.names, strict=True) if new == name)
            assert any("more than once" in note and name in note for note in settled.notes)
    if choice in {CollisionChoice.REPORT, CollisionChoice.UNIQUE}:
        assert settled.into is None


@given(features=_FEATURES)
def test_only_features_of_one_gene_are_merged(features: list[Naming]) -> None:
    settled = settle_names(features, CollisionChoice.SUM)
    if settled.into is None:
        return
    assert sorted(set(settled.into)) == list(range(len(settled.names)))
    for place, after in enumerate(settled.into):
        first = settled.kept[after]
        assert place == first or features[place][1:] == features[first][1:] != (None, None)


def test_an_old_name_that_returns_displaces_the_new_name_of_another_feature() -> None:
    features = [Naming("Q", "Y", "g1"), Naming("W", "Y", "g1"), Naming("V", "Q", "g2")]
    settled = settle_names(features, CollisionChoice.REPORT)
    assert settled.names == ["Q", "W", "V"]
    assert any("Y (Q, W)" in note for note in settled.notes)
    assert any("not one gene" in note and "Q" in note for note in settled.notes)


def test_genes_that_share_an_identifier_are_never_merged() -> None:
    features = [Naming("H4C1", "P62805", "hgnc:4781"), Naming("H4C2", "P62805", "hgnc:4789")]
    for choice in (CollisionChoice.SUM, CollisionChoice.FIRST, CollisionChoice.REPORT):
        settled = settle_names(features, choice)
        assert (settled.names, settled.into) == (["H4C1", "H4C2"], None)
        assert any("not one gene" in note for note in settled.notes)
    assert settle_names(features, CollisionChoice.UNIQUE).names == ["P62805", "P62805-1"]


def test_a_number_is_not_one_that_is_taken() -> None:
    features = [Naming("a", "X", "g"), Naming("b", "X", "g"), Naming("X-1"), Naming("c", "X", "g")]
    assert settle_names(features, CollisionChoice.UNIQUE).names == ["X", "X-2", "X-1", "X-3"]


def test_a_choice_that_is_not_known_is_an_error() -> None:
    assert read_collisions(None) is CollisionChoice.REPORT
    assert read_collisions(" Sum") is CollisionChoice.SUM
    with pytest.raises(BadOption, match="there is no 'mean' here") as raised:
        read_collisions("mean")
    assert raised.value.hint == "Choose one of report, first, unique, sum."
    with pytest.raises(BadOption, match="collisions is for AnnData"):
        check_collisions("sum")
