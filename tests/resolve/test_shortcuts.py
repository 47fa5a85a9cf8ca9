"""What is recognized at one look is recognized as the long way does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.identifiers import recognize as recognizing
from resolver.identifiers.model import Recognition
from resolver.identifiers.namespaces import NAMESPACES, NUMBERED, SYMBOL
from resolver.identifiers.recognize import recognize
from tests.resolve.samples import ANY_CHARACTER


def _recognize_the_long_way(text: str) -> Recognition:
    cleaned, notes = recognizing.clean(text)
    interpretations, problem, hint = recognizing._read_text(cleaned)
    found = tuple(recognizing._with_notes(one, notes) for one in interpretations)
    return Recognition(text, found, problem, hint, all(one.is_text for one in found))


@st.composite
def _written(draw: st.DrawFn) -> str:
    """Give what is written as its authority writes it, or nearly so."""
    namespace = draw(st.sampled_from([one for one in NAMESPACES if one is not SYMBOL]))
    accession = draw(st.from_regex(draw(st.sampled_from(namespace.forms)).pattern, fullmatch=True))
    prefixes = ["", "", "", namespace.prefix, namespace.prefix.upper(), namespace.prefix.title(), *NUMBERED]
    prefix = draw(st.sampled_from(prefixes))
    ends = ["", "", "", ".0", ".1", ".14", ".0007", ".12345", ".", "-1", "_PAR_Y", " ", "\n", "~withdrawn", "\u0661"]
    written = f"{prefix}:{accession}" if prefix else accession
    return draw(st.sampled_from(["", "", "", " ", "0", "'"])) + written + draw(st.sampled_from(ends))


@given(_written() | st.text(ANY_CHARACTER, max_size=20))
def test_a_text_in_its_canonical_spelling_is_recognized_as_the_long_way_does(text: str) -> None:
    short = recognizing._read_canonical(text)
    if short is not None:
        assert short == _recognize_the_long_way(text)
        assert recognize(text) == short


@given(st.sampled_from(NUMBERED), st.integers(-2, 10**11), st.booleans(), st.sampled_from(["", "0", " ", "+", "MGI:"]))
def test_a_number_with_its_prefix_is_recognized_as_the_long_way_does(
    prefix: str, number: int, is_upper: bool, before: str
) -> None:
    text = f"{prefix.upper() if is_upper else prefix}:{before}{number}"
    short = recognizing._read_canonical(text)
    if short is not None:
        assert short == _recognize_the_long_way(text)
    assert recognize(text) == _recognize_the_long_way(text)


@pytest.mark.parametrize(
    "text", ["P13232", "ENSG00000104432.14", "NM_000880", "ncbigene:3574", "MGI:96561", "hgnc:6023"]
)
def test_most_of_what_is_asked_takes_the_shortcut(text: str) -> None:
    assert recognizing._read_canonical(text) is not None
