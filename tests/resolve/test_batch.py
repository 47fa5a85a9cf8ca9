"""Many queries are answered with records that were read at once, as each is answered alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.identifiers.model import Recognition
from resolver.identifiers.species import MOUSE
from resolver.resolve.column import UNDECIDED, Column, Numbers, SpeciesVote
from resolver.resolve.interpret import interpret
from resolver.resolve.many import answer_in_column, answer_many
from resolver.resolve.options import DEFAULT, Options, read_options
from resolver.resolve.resolver import Resolver
from resolver.store.batch import Batch
from tests.resolve.samples import DAMAGED, INVENTED, Texts, any_options, read_texts, spread


@pytest.fixture(scope="module")
def texts(resolver: Resolver) -> Texts:
    return Texts(resolver)


@settings(max_examples=60)
@given(st.data())
def test_a_batch_answers_each_query_as_it_is_answered_alone(
    resolver: Resolver, texts: Texts, data: st.DataObject
) -> None:
    options = data.draw(any_options())
    queries = data.draw(st.lists(texts.one, min_size=16, max_size=40))
    together = list(answer_many(resolver, [(query, options) for query in queries]))
    assert together == [resolver.resolve(query, options) for query in queries]


@pytest.mark.parametrize(
    "column",
    [
        UNDECIDED,
        Column(Numbers("ncbigene", "as the list's other numbers")),
        Column(Numbers("omim", "as most"), SpeciesVote(MOUSE, 1, 99)),
    ],
)
@pytest.mark.parametrize(
    "stated", [{}, {"from": "uniprot"}, {"species": "mouse"}, {"to_species": "human"}, {"species": "auto"}]
)
def test_real_rows_are_answered_in_batches_as_one_by_one(
    resolver: Resolver, texts: Texts, column: Column, stated: dict[str, str]
) -> None:
    options = read_options(stated)
    real = [*spread(texts.accessions, 300), *spread(texts.names, 300), *spread(texts.retired, 200)]
    labels = [f"{label}~withdrawn" for label in spread(texts.labels, 50)]
    queries = [
        *real,
        *labels,
        *spread(texts.labels, 100),
        *DAMAGED,
        *INVENTED,
        "NM_999999999",
        "TNF\u03b1",
        "IL7",
        "IL7",
    ]
    queried = [(query, options) for query in queries]
    together = list(answer_many(resolver, queried, column, with_suggestions=False))
    alone = [answer_in_column(resolver, query, own, column, with_suggestions=False) for query, own in queried]
    assert together == alone


def test_a_batch_reads_its_records_by_few_statements(resolver: Resolver, texts: Texts) -> None:
    recognitions = [interpret(query) for query in [*spread(texts.curies, 200), *spread(texts.names, 200)]]
    batch = Batch(resolver.reader, recognitions)
    for recognition in recognitions:
        for one in recognition.interpretations:
            prefix, accession, _ = one.identifier
            if not one.is_text:
                assert batch.find_placements(prefix, accession) == resolver.reader.find_placements(prefix, accession)
                assert batch.find_unplaced(prefix, accession) == resolver.reader.find_unplaced(prefix, accession)
                assert batch.find_retirements(one.lookup.curie) == resolver.reader.find_retirements(one.lookup.curie)
    assert batch.find_placements("uniprot", "P13232") == resolver.reader.find_placements("uniprot", "P13232")


def test_what_a_batch_was_not_made_for_it_reads_now(resolver: Resolver) -> None:
    batch = Batch(resolver.reader, [None, Recognition("")])
    assert [named.gene.symbol for named in batch.find_names("il7")] == ["IL7", "Il7"]
    (retired,) = read_texts(resolver, "SELECT retired FROM retirement ORDER BY 1 LIMIT 1")
    assert batch.find_retirements(retired) == resolver.reader.find_retirements(retired) != []
    (name,) = read_texts(resolver, "SELECT folded FROM retired_name ORDER BY 1 LIMIT 1")
    assert batch.find_retired_names(name) == resolver.reader.find_retired_names(name) != []


def test_few_queries_and_none_are_answered_too(resolver: Resolver) -> None:
    assert list(answer_many(resolver, [])) == []
    (answer,) = answer_many(resolver, [("IL7", DEFAULT)])
    assert answer == resolver.resolve("IL7", Options())
