"""A successor is reported only if it is current and of the same species."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from resolver.genes.verdicts import Finding, Obstacle, UpstreamEvidence, Verdict
from resolver.live.successors import SuccessorChecks
from resolver.sources.live.base import not_checked
from tests.live.checking import check, of_human, tracked
from tests.upstreams.server import Upstreams, played

# Three identifiers of each namespace, and the key that its source needs.
NAMESPACES = {
    "ncbigene": ("100001", "100002", "100003"),
    "refseq": ("XM_100001", "XM_100002", "NM_100003"),
    "ensembl": ("ENSG00000100001", "ENSG00000100002", "ENSG00000100003"),
    "uniprot": ("Q10001", "Q10002", "Q10003"),
    "omim": ("601001", "601002", "601003"),
}


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _well(upstreams: Upstreams) -> Iterator[None]:
    yield
    upstreams.faults.clear()
    upstreams.counts.clear()


def _chain(upstreams: Upstreams, prefix: str) -> tuple[str, str, str]:
    """Let the first of three be merged into the second, and that into the third, which is alive."""
    first, second, third = (f"{prefix}:{one}" for one in NAMESPACES[prefix])
    for curie in (first, second, third):
        upstreams.world.add(curie)
    upstreams.world.merge(first, second)
    upstreams.world.merge(second, third)
    return first, second, third


def _one(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


@pytest.mark.parametrize("prefix", NAMESPACES)
def test_a_chain_is_followed_to_a_current_record(upstreams: Upstreams, prefix: str) -> None:
    first, second, third = _chain(upstreams, prefix)
    finding = _one(check(upstreams, [first]))
    assert (finding.verdict, finding.successors) == (Verdict.REPLACED, (third,))
    assert finding.evidence is not None
    assert finding.evidence.fields["followed"] == f"{second} {third}"


def test_with_a_key_of_omim_its_own_entries_are_followed(upstreams: Upstreams) -> None:
    first, _, third = _chain(upstreams, "omim")
    assert _one(check(upstreams, [first], keys={"omim": "key"})).successors == (third,)
    assert upstreams.counts.calls["omim.entry"] == 3


@pytest.mark.parametrize("prefix", NAMESPACES)
def test_one_whose_successors_are_all_retired_is_retired(upstreams: Upstreams, prefix: str) -> None:
    first, _, third = _chain(upstreams, prefix)
    retire = upstreams.world.suppress if prefix == "refseq" else upstreams.world.retire
    retire(third)
    finding = _one(check(upstreams, [first]))
    assert (finding.verdict, finding.successors) == (Verdict.RETIRED, ())
    assert str(finding.note).endswith(f"its successor {third} is retired too")
    assert finding.evidence is not None


@pytest.mark.parametrize("prefix", ["ncbigene", "refseq", "uniprot"])
def test_a_successor_of_another_species_is_not_reported(upstreams: Upstreams, prefix: str) -> None:
    first, _, third = _chain(upstreams, prefix)
    upstreams.world.add(third, taxon=10090)
    finding = _one(check(upstreams, [of_human(first)]))
    assert (finding.verdict, finding.successors) == (Verdict.RETIRED, ())
    assert finding.note == f"its successor {third} is of another species"


def test_the_species_of_ensembl_ids_follows_from_their_form(upstreams: Upstreams) -> None:
    upstreams.world.add("ensembl:ENSMUSG00000100009", taxon=10090)
    upstreams.world.merge("ensembl:ENSG00000100009", "ensembl:ENSMUSG00000100009")
    assert _one(check(upstreams, ["ensembl:ENSG00000100009"])).verdict is Verdict.RETIRED


@pytest.mark.parametrize("prefix", NAMESPACES)
def test_a_successor_that_the_source_does_not_know_is_not_reported_and_no_evidence(
    upstreams: Upstreams, prefix: str
) -> None:
    first, _, third = _chain(upstreams, prefix)
    upstreams.world.forget(third)
    finding = _one(check(upstreams, [first]))
    assert (finding.verdict, finding.successors) == (Verdict.REPLACED, ())
    assert f"{third} is not known" in str(finding.note)


def test_a_split_entry_keeps_its_current_successors(upstreams: Upstreams) -> None:
    upstreams.world.add_all(["uniprot:Q20001", "uniprot:Q20002", "uniprot:Q20003"])
    upstreams.world.demerge("uniprot:Q20000", ["uniprot:Q20001", "uniprot:Q20002", "uniprot:Q20003"])
    upstreams.world.delete("uniprot:Q20002")
    upstreams.world.merge("uniprot:Q20003", "uniprot:Q20001")
    finding = _one(check(upstreams, ["uniprot:Q20000"]))
    assert (finding.verdict, finding.successors) == (Verdict.REPLACED, ("uniprot:Q20001",))
    assert finding.note == "its successor uniprot:Q20002 is retired too"


def test_a_circle_is_not_understood(upstreams: Upstreams) -> None:
    upstreams.world.add_all(["ncbigene:100011", "ncbigene:100012"])
    upstreams.world.merge("ncbigene:100011", "ncbigene:100012")
    upstreams.world.merge("ncbigene:100012", "ncbigene:100011")
    findings = check(upstreams, ["ncbigene:100011", "ncbigene:100012"])
    assert {finding.obstacle for finding in findings} == {Obstacle.NOT_UNDERSTOOD}


def test_a_chain_without_an_end_is_given_up(upstreams: Upstreams) -> None:
    ids = [f"ncbigene:{number}" for number in range(200_000, 200_030)]
    upstreams.world.add_all(ids)
    for one, following in pairwise(ids):
        upstreams.world.merge(one, following)
    findings = check(upstreams, [ids[0], ids[-21], ids[-2]], keys={"ncbi": "key"})
    assert findings[0].obstacle is Obstacle.NOT_UNDERSTOOD
    assert [finding.successors for finding in findings[1:]] == [(ids[-1],), (ids[-1],)]


@pytest.mark.parametrize("obstacle", [Obstacle.DOWN, Obstacle.THROTTLED, Obstacle.NOT_UNDERSTOOD])
def test_a_failure_while_a_successor_is_checked_leaves_the_identifier_unchecked(obstacle: Obstacle) -> None:
    checks = SuccessorChecks()
    evidence = UpstreamEvidence("https://example.org", None, {}, datetime.now(UTC))
    replaced = Finding(tracked("uniprot:Q10001"), Verdict.REPLACED, ("uniprot:Q10002", "uniprot:Q10003"), evidence)
    findings, queries = checks.take(replaced)
    assert not findings
    assert [one.identifier.curie for one in queries] == ["uniprot:Q10002", "uniprot:Q10003"]
    assert not checks.take(Finding(queries[0], Verdict.CURRENT, evidence=evidence)).findings
    finding = _one(checks.take(not_checked(queries[1], obstacle, "it failed")).findings)
    assert (finding.tracked, finding.obstacle, finding.evidence) == (replaced.tracked, obstacle, None)
    assert finding.note == "its successor uniprot:Q10003 could not be checked: it failed"


def test_many_that_were_merged_into_one_cost_one_more_call(upstreams: Upstreams) -> None:
    ids = [f"ncbigene:{number}" for number in range(300_000, 300_400)]
    upstreams.world.add_all(ids)
    upstreams.world.add("ncbigene:399999")
    for curie in ids:
        upstreams.world.merge(curie, "ncbigene:399999")
    upstreams.counts.clear()
    findings = check(upstreams, ids)
    assert {finding.successors for finding in findings} == {("ncbigene:399999",)}
    assert upstreams.counts.calls["ncbi.esummary"] == 2
