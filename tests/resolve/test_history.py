"""Chains of retirements: followed to their ends, however they are tangled."""

from __future__ import annotations

from resolver.genes.model import RetirementRecord
from resolver.resolve.history import MAX_STEPS, follow_retirements


class _Ledger:
    """The one look-up that a history needs, answered from a dictionary."""

    def __init__(self, successors: dict[str, list[str | None]]) -> None:
        self.successors = successors

    def find_retirements(self, curie: str) -> list[RetirementRecord]:
        successors = self.successors.get(curie, [])
        return [
            RetirementRecord(curie, successor, "replaced", None, None, ("ncbi.gene_history",))
            for successor in successors
        ]


def test_what_was_never_retired_has_no_history() -> None:
    assert follow_retirements(_Ledger({}), "ncbigene:1").steps == ()


def test_a_chain_is_followed_to_its_end() -> None:
    history = follow_retirements(_Ledger({"a:1": ["a:2"], "a:2": ["a:3"]}), "a:1")
    assert [step.successor for step in history.steps] == ["a:2", "a:3"]
    assert history.successors == ("a:3",)


def test_a_split_has_all_its_successors() -> None:
    assert follow_retirements(_Ledger({"a:1": ["a:2", "a:3"]}), "a:1").successors == ("a:2", "a:3")


def test_a_retirement_without_a_successor_has_a_step_and_no_successor() -> None:
    history = follow_retirements(_Ledger({"a:1": [None]}), "a:1")
    assert len(history.steps) == 1
    assert history.successors == ()


def test_a_loop_ends() -> None:
    history = follow_retirements(_Ledger({"a:1": ["a:2"], "a:2": ["a:1"]}), "a:1")
    assert history.successors == ()
    assert len(history.steps) == 2


def test_an_endless_chain_ends() -> None:
    endless: dict[str, list[str | None]] = {f"a:{n}": [f"a:{n + 1}"] for n in range(10 * MAX_STEPS)}
    assert len(follow_retirements(_Ledger(endless), "a:0").steps) <= MAX_STEPS + 1
