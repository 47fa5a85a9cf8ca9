"""Queries that are alike have the cells of their own answers, though one of them is answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.app.resolver import LocalResolver
from resolver.identifiers.model import Recognition
from resolver.identifiers.recognize import recognize
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.answer import Answer
from resolver.resolve.column import Column, Numbers, SpeciesVote
from resolver.resolve.glance import find_only_species, glance_at
from resolver.resolve.many import answer_in_column, explode
from resolver.resolve.many_cells import ManyCells
from resolver.resolve.options import LIST_DEFAULT, OnMany, read_options
from resolver.resolve.resolver import Resolver
from resolver.resolve.table import Cells, describe_answer
from tests.resolve.samples import DAMAGED, INVENTED, read_texts, spread

_HUMAN, _MOUSE = SpeciesVote(HUMAN, 20, 0), SpeciesVote(MOUSE, 0, 20)
_LISTS: list[tuple[dict[str, Any], Column]] = [
    ({}, Column()),
    ({}, Column(species=_HUMAN)),
    ({"policy": "strict"}, Column(species=_MOUSE)),
    ({"species": "human"}, Column()),
    ({"species": "any", "on_many": "explode"}, Column(species=_HUMAN)),
    ({"on_many": "likely"}, Column(Numbers("ncbigene", "by their votes"), _HUMAN)),
    ({"to_species": "mouse"}, Column(species=_HUMAN)),
    ({"namespace": "symbol"}, Column()),
]


class CountingResolver(Resolver):
    """Counts the queries that it answers."""

    answered = 0

    def answer(self, recognition: Recognition, *arguments: Any, **named: Any) -> Answer:
        """Return the answer."""
        self.answered += 1
        return super().answer(recognition, *arguments, **named)


@pytest.fixture(scope="module")
def texts(resolver: LocalResolver) -> list[str]:
    """Return names of every kind in their own and in other capitals, identifiers, and what is like no other query."""
    names = read_texts(resolver, "SELECT text FROM name WHERE gene_id % 25 = 0 ORDER BY kind, taxon, text")
    names = [name for name in names if len(name) < 40]
    listed = spread(names, 500)
    listed += [change(name) for change in (str.lower, str.upper, str.title) for name in spread(names, 130)]
    identifiers = "SELECT accession, prefix || ':' || accession FROM identifier WHERE gene_id % 25 = 0 ORDER BY prefix"
    listed += spread(read_texts(resolver, identifiers), 300)
    listed += spread(read_texts(resolver, "SELECT retired FROM retirement ORDER BY 1"), 40)
    return [*listed, "T", "t", "nur77", "SEPT1", "MARCH1", "oct-4", "ERK", "DEC1", "p53", "RAS", *DAMAGED, *INVENTED]


def _alone(resolver: Resolver, text: str, own: Any, column: Column) -> tuple[Cells, ...]:
    answer = answer_in_column(resolver, text, own, column, with_suggestions=False)
    return tuple(map(describe_answer, explode(answer) if own.on_many is OnMany.EXPLODE else [answer]))


@pytest.mark.parametrize(("stated", "column"), _LISTS)
def test_queries_have_the_cells_of_their_own_answers(
    resolver: LocalResolver, texts: list[str], stated: dict[str, Any], column: Column
) -> None:
    own = read_options(stated, LIST_DEFAULT)
    cells = list(ManyCells(resolver, own, column).describe(texts))
    assert cells == [_alone(resolver, text, own, column) for text in texts]


def test_of_twenty_symbols_of_a_species_fewer_than_one_is_answered(resolver: LocalResolver) -> None:
    listed = "SELECT text FROM name WHERE kind = 'symbol' AND taxon = 9606 AND gene_id % 20 = 0 ORDER BY 1"
    symbols = read_texts(resolver, listed)
    counting = CountingResolver(resolver.reader)
    cells = list(ManyCells(counting, LIST_DEFAULT, Column(species=_HUMAN)).describe(symbols))
    assert len(cells) == len(symbols)
    assert 0 < counting.answered < len(symbols) / 20


@pytest.mark.long
@pytest.mark.parametrize("column", [Column(), Column(species=_HUMAN)])
def test_all_symbols_have_the_cells_of_their_own_answers(resolver: LocalResolver, column: Column) -> None:
    symbols = read_texts(resolver, "SELECT DISTINCT text FROM name WHERE kind = 'symbol' ORDER BY 1")
    cells = ManyCells(resolver, LIST_DEFAULT, column).describe(symbols)
    for text, rows in zip(symbols, cells, strict=True):
        assert rows == _alone(resolver, text, LIST_DEFAULT, column), text


def test_each_query_votes_for_its_own_species(resolver: LocalResolver, texts: list[str]) -> None:
    glances = glance_at(resolver.reader, texts)
    assert list(find_only_species(resolver.reader, texts)) == [glance.find_only_species() for glance in glances]


@given(st.text("ABCENSGTOMRUPX0123456789aegst", min_size=1, max_size=16))
def test_a_text_of_letters_and_digits_is_read_as_it_is_among_blanks(text: str) -> None:
    among_blanks = recognize(f" {text} ")
    interpretations = tuple(one._replace(notes=one.notes[1:]) for one in among_blanks.interpretations)
    assert recognize(text) == among_blanks._replace(text=text, interpretations=interpretations)
