"""Retired identifiers and symbols resolve to their successors."""

from __future__ import annotations

from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_rows, read_texts, resolve, spread, symbols_of


def test_a_retired_number_resolves_to_its_successor_and_tells_the_symbol_that_it_had(resolver: Resolver) -> None:
    answer = resolve(resolver, "ncbigene:60454")
    assert (answer["outcome"], symbols_of(answer)) == ("retired", ["SNCA"])
    assert [(step["label"], step["successor"]) for step in answer["history"]] == [("PARK4", "ncbigene:6622")]


def test_a_successor_that_the_release_lacks_is_named(resolver: Resolver) -> None:
    rows = read_rows(
        resolver,
        "SELECT retired, successor FROM retirement WHERE successor LIKE 'ncbigene:%'"
        " AND successor NOT IN (SELECT 'ncbigene:' || accession FROM identifier WHERE prefix = 'ncbigene')"
        " AND successor NOT IN (SELECT retired FROM retirement)",
    )
    assert len(rows) > 200
    answers = {answer.query: answer for answer in resolver.resolve_many([retired for retired, _ in rows])}
    for retired, successor in rows:
        answer = answers[retired]
        assert (answer.outcome, answer.reason, answer.genes) == (Outcome.RETIRED, Reason.NOT_IN_RELEASE, ())
        assert f"replaced by {successor}, which is not in this release" in str(answer.hint)
        assert answer.history[-1].successor == successor


def test_that_no_successor_is_reported_is_said_where_it_is_so(resolver: Resolver) -> None:
    retired = read_texts(resolver, "SELECT retired FROM retirement GROUP BY 1 HAVING max(successor) = '' ORDER BY 1")
    answers = list(resolver.resolve_many(spread(retired, 500)))
    assert {(answer.outcome, answer.reason) for answer in answers} == {(Outcome.RETIRED, Reason.RETIRED_NO_SUCCESSOR)}
    assert {answer.hint for answer in answers} == {"It was retired, and its authority reports no successor."}


def test_a_symbol_that_is_a_previous_one_today_needs_no_history(resolver: Resolver) -> None:
    answer = resolve(resolver, "PARK4")
    assert (answer["outcome"], symbols_of(answer), answer["history"]) == ("resolved", ["SNCA"], [])


def test_the_symbol_of_a_retired_record_resolves_to_its_successor(resolver: Resolver) -> None:
    answer = resolve(resolver, "AF311304")
    assert (answer["outcome"], symbols_of(answer)) == ("retired", ["TARDBP"])
    assert answer["genes"][0]["matched_as"]["kind"] == "retired_symbol"


def test_a_withdrawn_symbol_is_asked_of_its_history_first(resolver: Resolver) -> None:
    """SCN12A is a previous symbol of SCN11A, by which it is found without the mark."""
    withdrawn, plain = resolve(resolver, "SCN12A~withdrawn"), resolve(resolver, "SCN12A")
    assert (withdrawn["outcome"], symbols_of(withdrawn)) == ("retired", ["SCN11A"])
    assert (plain["outcome"], symbols_of(plain)) == ("resolved", ["SCN11A"])
    assert withdrawn["history"]
    assert "~withdrawn" in withdrawn["interpretations"][0]["notes"][0]


def test_every_symbol_of_a_retired_record_leads_where_the_record_does(resolver: Resolver) -> None:
    rows = read_rows(
        resolver,
        "SELECT r.folded, group_concat(r.retired) FROM retired_name r WHERE NOT EXISTS"
        " (SELECT 1 FROM name n WHERE n.folded = r.folded) GROUP BY 1 ORDER BY 1",
    )
    assert len(rows) > 50
    for folded, retired in rows:
        answer = resolver.resolve(folded)
        if any(not interpretation.is_text for interpretation in answer.interpretations):
            continue
        expected = {found.gene.curie for curie in retired.split(",") for found in resolver.resolve(curie).genes}
        assert {found.gene.curie for found in answer.genes} == expected
        assert answer.outcome in ({Outcome.RETIRED, Outcome.AMBIGUOUS} if expected else {Outcome.RETIRED})


def test_every_split_resolves_to_all_its_successors(resolver: Resolver) -> None:
    splits = read_rows(
        resolver,
        "SELECT retired, group_concat(successor) FROM retirement WHERE successor <> '' GROUP BY 1 HAVING count(*) > 1",
    )
    assert len(splits) >= 6
    for retired, successors in splits:
        answer = resolver.resolve(retired)
        expected = {found.gene.curie for curie in successors.split(",") for found in resolver.resolve(curie).genes}
        assert {found.gene.curie for found in answer.genes} == expected
        assert answer.outcome is Outcome.RETIRED
        assert {step.successor for step in answer.history} >= set(successors.split(","))
