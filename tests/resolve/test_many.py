"""Many queries at once are answered as each would be alone; and what is done if a query matches several genes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.errors import SeveralGenes
from resolver.identifiers.recognize import recognize
from resolver.resolve.answer import Answer
from resolver.resolve.column import Numbers
from resolver.resolve.options import Options, Query, read_options
from resolver.resolve.outcome import Outcome
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import Texts, any_options, read_texts, spread

PROPERTY = settings(max_examples=max(200, settings().max_examples), suppress_health_check=[HealthCheck.data_too_large])
POLICIES = ("list", "first", "explode", "error", "na")


@pytest.fixture(scope="module")
def texts(resolver: Resolver) -> Texts:
    return Texts(resolver)


def _alone(resolver: Resolver, query: Query, column: Numbers | None) -> dict[str, Any]:
    """Return what `resolve` says to a query, a bare number in the namespace that was decided for the list."""
    text, options = query
    if _is_decided(resolver, query, column):
        assert column is not None
        return _plain(resolver.resolve(text, options, namespace=column.prefix).to_dict(), column)
    shown = resolver.resolve(text, options).to_dict()
    return shown if column is None else _plain(shown, column)


def _is_decided(resolver: Resolver, query: Query, column: Numbers | None) -> bool:
    bare, _, decimals = query.text.strip().partition(".")
    if column is None or query.options.namespaces or not (bare.isascii() and bare.isdigit()):
        return False
    if bare.startswith("0") or decimals.strip("0") or query.text.strip().endswith("."):
        return False
    if resolver.reader.find_names(bare):  # a number that is a name of a gene is one of it in a list too
        return False
    return column.prefix in {interpretation.identifier.prefix for interpretation in recognize(bare).interpretations}


def _plain(shown: dict[str, Any], column: Numbers) -> dict[str, Any]:
    """Return an answer without the column's note, and without what says that the namespace was stated."""
    found = [*shown.get("genes", ()), *shown.get("other_matches", ()), *shown.get("related", ())]
    for noted in [*shown.get("interpretations", ()), *(gene.get("matched_as", {}) for gene in found)]:
        noted.pop("why", None)
        if "notes" in noted:
            noted["notes"] = [note for note in noted["notes"] if note != column.why]
    shown.get("policy", {}).pop("from", None)
    return shown


def _together(resolver: Resolver, queries: list[Query]) -> tuple[list[dict[str, Any]], Numbers | None]:
    answers = resolver.resolve_many(queries)
    shown = [answer.to_dict() for answer in answers]
    column = answers.column
    if column is None:
        return shown, None
    return [_plain(one, column) for one in shown], column


@PROPERTY
@given(data=st.data())
def test_many_at_once_are_answered_as_each_alone_in_order_with_duplicates(
    resolver: Resolver, texts: Texts, data: st.DataObject
) -> None:
    queried = data.draw(texts.lists())
    options = data.draw(any_options())
    queries = [Query(text, options) for text in queried]
    shown, column = _together(resolver, queries)
    assert shown == [_alone(resolver, query, column) for query in queries]
    if options.fields is None:
        assert [_encodable(text) for text in queried] == [one["query"] for one in shown]


def _encodable(text: str) -> str:
    return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)


@given(data=st.data())
def test_each_query_may_have_options_of_its_own(resolver: Resolver, texts: Texts, data: st.DataObject) -> None:
    own = any_options() | st.sampled_from(["omim", "hgnc", "symbol", "uniprot"]).flatmap(
        lambda namespace: any_options(namespace=namespace)
    )
    queried = data.draw(texts.lists())
    queries = [Query(text, data.draw(own)) for text in queried]
    shown, column = _together(resolver, queries)
    assert shown == [_alone(resolver, query, column) for query in queries]


@given(data=st.data())
def test_explode_gives_an_answer_for_each_gene_and_changes_nothing_else(
    resolver: Resolver, texts: Texts, data: st.DataObject
) -> None:
    queried = data.draw(texts.lists())
    options = data.draw(any_options(on_many="explode", fields=None, explain=None))
    queries = [Query(text, options) for text in queried]
    answers = resolver.resolve_many(queries)
    shown = [answer.to_dict() for answer in answers]
    expected: list[dict[str, Any]] = []
    for query in queries:
        expected += _exploded(_alone(resolver, query, answers.column))
    if answers.column is not None:
        shown = [_plain(one, answers.column) for one in shown]
    for one in (*shown, *expected):  # other genes of the same species: of one gene there are other ones than of several
        one.pop("also", None)
    assert shown == expected
    assert answers.outcomes.total() == len(expected)


def _exploded(answer: dict[str, Any]) -> list[dict[str, Any]]:
    if answer["converted"] is None:
        return [answer | {"genes": [gene]} for gene in answer["genes"]] or [answer]
    one_each = [
        answer | {"converted": [gene], "genes": [of for of in answer["genes"] if of["curie"] == gene["via"]["gene"]]}
        for gene in answer["converted"]
    ]
    return one_each if len(one_each) > 1 else [answer]


@given(data=st.data())
def test_error_raises_for_the_first_text_that_resolves_to_several_genes(
    resolver: Resolver, texts: Texts, data: st.DataObject
) -> None:
    queried = data.draw(texts.lists())
    options = data.draw(any_options(on_many="error"))
    listed = read_options({"on_many": "list"}, options)
    answers = resolver.resolve_many(queried, options)
    before: list[Answer] = []
    raised: SeveralGenes | None = None
    try:
        before.extend(answers)
    except SeveralGenes as error:
        raised = error
    else:
        before = list(resolver.resolve_many(queried, listed))
    assert not any(answer.has_several_genes for answer in before)
    if raised is None:
        assert len(before) == len(queried)
    else:
        assert raised.answer.has_several_genes
        assert raised.answer.query == _encodable(queried[len(before)])
        assert raised.hint


def test_thousands_are_answered_as_each_alone(resolver: Resolver) -> None:
    pool = read_texts(resolver, "SELECT prefix || ':' || accession FROM identifier WHERE gene_id % 25 = 0")
    pool += read_texts(resolver, "SELECT text FROM name WHERE gene_id % 25 = 0")
    queried = spread(pool, 3_500)
    together = [answer.to_dict() for answer in resolver.resolve_many(queried)]
    assert together == [resolver.resolve(text).to_dict() for text in queried]


def test_a_summary_counts_what_was_answered(resolver: Resolver) -> None:
    answers = resolver.resolve_many(["P13232", "P13232", "MUM1", "nonsense!!", "HGNC:1871", "rs7412"])
    assert len(list(answers)) == 6
    summary = answers.summarize()
    assert summary["outcomes"] == {"resolved": 2, "ambiguous": 1, "retired": 1, "not_found": 1, "unrecognized": 1}
    assert summary["reasons"] == {"several_genes": 1, "malformed": 1, "out_of_scope": 1}
    assert (summary["queries"], summary["answers"]) == (6, 6)


def test_answers_are_given_one_by_one_and_counted_as_they_go(resolver: Resolver) -> None:
    answers = resolver.resolve_many(iter(["P13232", "MUM1"]))
    assert next(answers).outcome is Outcome.RESOLVED
    assert answers.outcomes.total() == 1
    assert [answer.query for answer in answers] == ["MUM1"]
    assert list(answers) == []


def test_no_query_has_no_answer(resolver: Resolver) -> None:
    answers = resolver.resolve_many([])
    assert list(answers) == []
    assert answers.summarize()["answers"] == 0


# --- Several genes ---------------------------------------------------------------------------------------------

SEVERAL = {
    "IL7": ("IL7", "Il7"),  # a symbol of both species
    "MUM1": ("IRF4", "PWWP3A", "Pwwp3a"),  # a previous symbol of two genes of one species, an alias in the other
    "HGNC:1871": ("S100A8", "S100A9"),  # an identifier that was split
    "homologene:680": ("IL7", "Il7"),
    "3574": ("IL7", "FADS1", "GAL3ST1", "Gal3st1"),  # a number of three namespaces
}


def _symbols(answer: dict[str, Any], member: str = "genes") -> list[str]:
    return [gene["symbol"] for gene in answer[member]]


@pytest.mark.parametrize("text", SEVERAL)
@pytest.mark.parametrize("on_many", ["list", "explode"])
def test_all_genes_are_listed_unless_asked_otherwise(resolver: Resolver, text: str, on_many: str) -> None:
    answer = resolver.resolve(text, on_many=on_many).to_dict()
    assert _symbols(answer) == list(SEVERAL[text])
    assert answer["policy"]["on_many"] == on_many


@pytest.mark.parametrize("text", SEVERAL)
def test_first_gives_the_best_and_lists_the_others(resolver: Resolver, text: str) -> None:
    listed = resolver.resolve(text).to_dict()
    answer = resolver.resolve(text, on_many="first").to_dict()
    assert _symbols(answer) == [SEVERAL[text][0]]
    assert _symbols(answer, "other_matches")[:1] == [SEVERAL[text][1]]
    assert (answer["outcome"], answer["reason"]) == (listed["outcome"], listed["reason"])
    assert answer["policy"]["on_many"] == "first"


@pytest.mark.parametrize("text", SEVERAL)
def test_na_gives_none_and_lists_them(resolver: Resolver, text: str) -> None:
    listed = resolver.resolve(text).to_dict()
    answer = resolver.resolve(text, on_many="na").to_dict()
    assert answer["genes"] == []
    assert _symbols(answer, "other_matches") == [*SEVERAL[text], *_symbols(listed, "other_matches")]
    assert answer["outcome"] == listed["outcome"]


@pytest.mark.parametrize("text", SEVERAL)
def test_error_raises_with_the_whole_answer(resolver: Resolver, text: str) -> None:
    with pytest.raises(SeveralGenes) as caught:
        resolver.resolve(text, on_many="error")
    assert tuple(_symbols(caught.value.answer.to_dict())) == SEVERAL[text]
    assert all(symbol in str(caught.value) for symbol in SEVERAL[text])
    assert caught.value.hint


@pytest.mark.parametrize("text", SEVERAL)
def test_explode_gives_one_answer_for_each_gene(resolver: Resolver, text: str) -> None:
    answers = resolver.resolve_many([text, "P13232", text], on_many="explode")
    shown = [(answer.query, *_symbols(answer.to_dict())) for answer in answers]
    each = [(text, symbol) for symbol in SEVERAL[text]]
    assert shown == [*each, ("P13232", "IL7"), *each]


@pytest.mark.parametrize("on_many", POLICIES)
def test_one_gene_is_answered_alike_whatever_is_done_with_several(resolver: Resolver, on_many: str) -> None:
    answer = resolver.resolve("P13232", on_many=on_many).to_dict()
    assert _symbols(answer) == ["IL7"]
    assert answer["policy"].pop("on_many") == on_many
    listed = resolver.resolve("P13232").to_dict()
    listed["policy"].pop("on_many")
    assert answer == listed


def test_the_policy_is_about_the_genes_of_the_species_that_was_asked_for(resolver: Resolver) -> None:
    """ABCB1 has two orthologs in mouse, the best supported first."""

    def converted(**stated: Any) -> list[str]:
        return _symbols(resolver.resolve("ABCB1", to_species="mouse", species="human", **stated).to_dict(), "converted")

    assert converted() == ["Abcb1a", "Abcb1b"]
    assert converted(on_many="first") == ["Abcb1a"]
    assert converted(on_many="na") == []
    with pytest.raises(SeveralGenes, match=r"Abcb1a .*Abcb1b"):
        converted(on_many="error")
    exploded = resolver.resolve_many(["ABCB1"], to_species="mouse", species="human", on_many="explode")
    assert [_symbols(answer.to_dict(), "converted") for answer in exploded] == [["Abcb1a"], ["Abcb1b"]]


def test_two_genes_that_become_one_gene_of_the_other_species_are_no_several(resolver: Resolver) -> None:
    """IL7 names a gene of each species, and of mouse there is but one."""
    answer = resolver.resolve("IL7", to_species="mouse", on_many="error").to_dict()
    assert _symbols(answer, "converted") == ["Il7"]


def test_options_are_made_once_for_the_whole_list(resolver: Resolver) -> None:
    answers = resolver.resolve_many(["IL7", Query("IL7", Options())], species="mouse")
    assert [_symbols(answer.to_dict()) for answer in answers] == [["Il7"], ["IL7", "Il7"]]


@pytest.mark.parametrize("text", ["p\0x", "IL7\0x", "il-33\0", "TP35\0", "\0", "NCBIGENE:7961\0", "7961\0", "1-Mar\0"])
def test_a_nul_in_a_query_does_not_end_it(resolver: Resolver, text: str) -> None:
    """`p` was the symbol of a retired record."""
    queries = [text, "IL7", "p", *["P13232"] * 8]
    alone = [resolver.resolve(query).to_dict() for query in queries]
    assert [answer.to_dict() for answer in resolver.resolve_many(queries)] == alone
    assert alone[0]["genes"] == []
