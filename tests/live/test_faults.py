"""No fault of a source database causes a wrong verdict: a real client over real sockets, fault by fault."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.genes.verdicts import STALE, Finding, Obstacle, Verdict
from tests.live.checking import check, tracked
from tests.upstreams.faults import Kind
from tests.upstreams.server import Upstreams, played

# A current and a stale identifier of each source, and the routes that report it.
LIVE = {
    "ncbi": "ncbigene:3574", "refseq": "refseq:NM_000880", "ensembl": "ensembl:ENSG00000104432",
    "uniprot": "uniprot:P13232", "alliance": "mgi:96561", "omim": "omim:146660",
}  # fmt: skip
STALE_ONES = {
    "ncbi": ("ncbigene:60500", "replaced"), "refseq": ("refseq:NM_000001", "retired"),
    "ensembl": ("ensembl:ENSG00000215271", "replaced"), "uniprot": ("uniprot:A4FU41", "replaced"),
    "alliance": ("mgi:104537", "replaced"), "omim": ("omim:104740", "replaced"),
}  # fmt: skip
API = {"refseq": "ncbi", "omim": "ncbi"}  # without a key, NCBI reports on OMIM


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        world = opened.world
        world.add_all([*LIVE.values(), *(curie for curie, _ in STALE_ONES.values())])
        world.merge("ncbigene:60500", "ncbigene:675")
        world.suppress("refseq:NM_000001")
        world.merge("ensembl:ENSG00000215271", "ensembl:ENSG00000290292")
        world.merge("uniprot:A4FU41", "uniprot:A6QL63")
        world.merge("mgi:104537", "mgi:97490")
        world.merge("omim:104740", "omim:602414")
        yield opened


@pytest.fixture(autouse=True)
def _well(upstreams: Upstreams) -> Iterator[None]:
    yield
    upstreams.faults.clear()
    upstreams.counts.clear()


# The result if all calls to a source fail, by kind of failure.
ALWAYS = [
    (Kind.BUSY, {Obstacle.THROTTLED}),
    (Kind.ERROR, {Obstacle.DOWN}),
    (Kind.BAD_GATEWAY, {Obstacle.DOWN}),
    (Kind.HTML, {Obstacle.NOT_UNDERSTOOD}),
    (Kind.TRUNCATED, {Obstacle.NOT_UNDERSTOOD}),
    (Kind.CUT, {Obstacle.DOWN}),
    (Kind.WRONG_TYPE, {Obstacle.NOT_UNDERSTOOD}),
    (Kind.WRONG_SHAPE, {Obstacle.NOT_UNDERSTOOD}),
    (Kind.EMPTY, {Obstacle.NOT_UNDERSTOOD}),
    (Kind.FORBIDDEN, {Obstacle.DOWN}),
    (Kind.REDIRECT, {Obstacle.DOWN, Obstacle.NOT_UNDERSTOOD}),
]


@pytest.mark.parametrize(("kind", "obstacles"), ALWAYS, ids=[kind.value for kind, _ in ALWAYS])
@pytest.mark.parametrize("source", LIVE)
def test_a_source_that_fails_all_the_time_gives_obstacles_and_no_verdict(
    upstreams: Upstreams, source: str, kind: Kind, obstacles: set[Obstacle]
) -> None:
    upstreams.faults.add(API.get(source, source), kind, retry_after="0")
    queried = [LIVE[source], STALE_ONES[source][0]]
    for finding in check(upstreams, queried, attempts=2, backoff_s=0.01):
        assert finding.verdict is Verdict.NOT_CHECKED, finding
        assert finding.obstacle in obstacles, finding
        assert finding.evidence is None
        assert finding.note


@pytest.mark.parametrize(
    "kind", [Kind.BUSY, Kind.ERROR, Kind.BAD_GATEWAY, Kind.HTML, Kind.TRUNCATED, Kind.CUT, Kind.EMPTY, Kind.WRONG_TYPE]
)
@pytest.mark.parametrize("source", LIVE)
def test_a_fault_that_passes_changes_no_verdict(upstreams: Upstreams, source: str, kind: Kind) -> None:
    upstreams.faults.add(API.get(source, source), kind, times=1, retry_after="0")
    stale, verdict = STALE_ONES[source]
    findings = check(upstreams, [LIVE[source], stale])
    assert [finding.verdict.value for finding in findings] == ["current", verdict], findings


def test_one_source_that_is_down_does_not_touch_the_others(upstreams: Upstreams) -> None:
    upstreams.faults.add("ensembl", Kind.ERROR)
    findings = check(upstreams, LIVE.values(), attempts=2)
    assert [finding.verdict.value for finding in findings].count("current") == len(LIVE) - 1


def test_an_address_without_a_server_is_down(upstreams: Upstreams) -> None:
    findings = check(upstreams, ["uniprot:P13232"], urls={"uniprot": "http://127.0.0.1:1"}, attempts=2)
    assert findings[0].obstacle is Obstacle.DOWN
    findings = check(upstreams, ["uniprot:P13232"], urls={"uniprot": "no address"}, attempts=2)
    assert findings[0].obstacle is Obstacle.DOWN


def test_a_hung_connection_times_out(upstreams: Upstreams) -> None:
    upstreams.faults.add("uniprot", Kind.HANG, seconds=20)
    began = time.monotonic()
    (finding,) = check(upstreams, ["uniprot:P13232"], timeout_s=0.3, attempts=2)
    assert finding.obstacle is Obstacle.DOWN
    assert time.monotonic() - began < 3


def test_the_deadline_is_kept_and_known_verdicts_are_returned(upstreams: Upstreams) -> None:
    upstreams.faults.add("uniprot", Kind.HANG, seconds=20)
    upstreams.faults.add("ensembl", Kind.LATENCY, seconds=0.2)
    began = time.monotonic()
    findings = check(upstreams, [LIVE["uniprot"], LIVE["ensembl"], "homologene:680"], 1.0)
    assert time.monotonic() - began < 2
    assert [finding.obstacle for finding in findings] == [Obstacle.DEADLINE, None, Obstacle.ARCHIVED]


def test_retry_after_is_waited_for(upstreams: Upstreams) -> None:
    upstreams.faults.add("ensembl", Kind.BUSY, times=1, retry_after="1")
    began = time.monotonic()
    (finding,) = check(upstreams, [LIVE["ensembl"]])
    assert finding.verdict is Verdict.CURRENT
    assert time.monotonic() - began >= 1


def test_a_wait_that_is_too_long_is_not_waited_for(upstreams: Upstreams) -> None:
    upstreams.faults.add("ensembl", Kind.BUSY, retry_after="3600")
    (finding,) = check(upstreams, [LIVE["ensembl"]])
    assert finding.obstacle is Obstacle.THROTTLED
    assert upstreams.counts.calls["ensembl.lookup"] == 1


def test_a_rate_limit_under_status_200_is_one(upstreams: Upstreams) -> None:
    upstreams.faults.add("ncbi", Kind.BUSY_UNDER_200)
    (finding,) = check(upstreams, ["ncbigene:60500"], attempts=2)
    assert finding.obstacle is Obstacle.THROTTLED
    upstreams.faults.clear()
    upstreams.faults.add("ncbi", Kind.BUSY_UNDER_200, times=1)
    (finding,) = check(upstreams, ["ncbigene:60500"])
    assert finding.verdict is Verdict.REPLACED


def test_a_passing_fault_of_ensembl_that_looks_like_a_refusal_is_tried_again(upstreams: Upstreams) -> None:
    upstreams.faults.add("ensembl", Kind.BAD_REQUEST, times=1)
    (finding,) = check(upstreams, [LIVE["ensembl"]])
    assert finding.verdict is Verdict.CURRENT


def test_a_raw_newline_in_an_answer_is_read(upstreams: Upstreams) -> None:
    upstreams.faults.add("ncbi", Kind.RAW_NEWLINE)
    findings = check(upstreams, ["ncbigene:3574", "ncbigene:60500"])
    assert [finding.verdict.value for finding in findings] == ["current", "replaced"]


MANY = {
    "ncbi": [f"ncbigene:{number}" for number in range(1, 401)],
    "refseq": [f"refseq:NM_{number:06d}" for number in range(1000, 1200)],
    "uniprot": [f"uniprot:P{number:05d}" for number in range(10000, 10400)],
    "ensembl": [f"ensembl:ENSG{number:011d}" for number in range(1, 401)],
}


@pytest.mark.parametrize("source", MANY)
def test_a_poisoned_batch_is_halved_until_the_bad_id_is_alone(upstreams: Upstreams, source: str) -> None:
    queried = MANY[source]
    upstreams.world.add_all(queried)
    bad = queried[137].partition(":")[2]
    upstreams.faults.add(API.get(source, source), Kind.POISON, ids={bad})
    upstreams.counts.clear()
    findings = check(upstreams, queried)
    reported = {finding.tracked.identifier.accession: finding for finding in findings}
    assert reported.pop(bad).obstacle is Obstacle.NOT_KNOWN_UPSTREAM
    assert {finding.verdict for finding in reported.values()} == {Verdict.CURRENT}
    assert sum(upstreams.counts.calls.values()) <= 20
    assert not upstreams.counts.excesses


def test_a_source_that_refuses_everything_is_not_queried_about_each_id(upstreams: Upstreams) -> None:
    queried = MANY["ncbi"]
    upstreams.world.add_all(queried)
    upstreams.faults.add("ncbi", Kind.POISON, ids=frozenset(curie.partition(":")[2] for curie in queried))
    findings = check(upstreams, queried[:100], keys={"ncbi": "key"})
    assert {finding.verdict for finding in findings} == {Verdict.NOT_CHECKED}
    assert sum(upstreams.counts.calls.values()) < 130


@pytest.mark.parametrize("source", LIVE)
def test_an_omitted_identifier_is_not_stale(upstreams: Upstreams, source: str) -> None:
    accession = LIVE[source].partition(":")[2]
    upstreams.faults.add(API.get(source, source), Kind.OMIT, ids={accession})
    if source == "ncbi":
        upstreams.world.add("ncbigene:1")
    findings = check(upstreams, [LIVE[source], STALE_ONES[source][0]])
    assert findings[0].obstacle in {Obstacle.NOT_KNOWN_UPSTREAM, Obstacle.NOT_UNDERSTOOD}, findings[0]
    assert findings[1].verdict.value == STALE_ONES[source][1]


def test_an_active_accession_that_one_answer_leaves_out_is_found_by_the_next(upstreams: Upstreams) -> None:
    upstreams.faults.add("uniprot.accessions", Kind.OMIT, ids={"P13232"})
    (finding,) = check(upstreams, ["uniprot:P13232"])
    assert finding.verdict is Verdict.CURRENT


def test_a_merged_entry_that_the_search_omits_is_found_by_its_redirect(upstreams: Upstreams) -> None:
    upstreams.faults.add("uniprot.search", Kind.OMIT, ids={"A4FU41"})
    (finding,) = check(upstreams, ["uniprot:A4FU41"])
    assert (finding.verdict, finding.successors) == (Verdict.REPLACED, ("uniprot:A6QL63",))
    assert finding.evidence is not None
    assert finding.evidence.url.endswith("/uniprotkb/A4FU41.json")


@pytest.mark.parametrize("kind", [Kind.HTML, Kind.CUT, Kind.ERROR, Kind.WRONG_SHAPE, Kind.EMPTY, Kind.BUSY])
def test_an_unreadable_report_gives_no_verdict(upstreams: Upstreams, kind: Kind) -> None:
    queried = [f"mgi:{number}" for number in range(200, 240)]
    upstreams.world.add_all(queried)
    upstreams.world.merge(queried[0], queried[1])
    upstreams.faults.add("mgi", kind)
    assert {finding.verdict for finding in check(upstreams, queried, attempts=2)} == {Verdict.NOT_CHECKED}


def test_a_report_that_is_truncated_once_is_read_again(upstreams: Upstreams) -> None:
    queried = [f"mgi:{number}" for number in range(400, 440)]
    upstreams.world.add_all(queried)
    upstreams.world.merge(queried[0], queried[1])
    upstreams.faults.add("mgi", Kind.CUT, times=1)
    findings = check(upstreams, queried)
    assert findings[0].successors == ("mgi:401",)
    assert {finding.verdict for finding in findings[1:]} == {Verdict.CURRENT}


def test_a_report_that_is_truncated_within_a_line_gives_no_verdict(upstreams: Upstreams) -> None:
    queried = [f"mgi:{number}" for number in range(300, 340)]
    upstreams.world.add_all(queried)
    upstreams.faults.add("mgi", Kind.TRUNCATED)
    assert {finding.verdict for finding in check(upstreams, queried, attempts=2)} == {Verdict.NOT_CHECKED}


def test_a_source_that_fails_is_spared_after_a_while(upstreams: Upstreams) -> None:
    queried = [f"uniprot:P{number:05d}" for number in range(10000, 18000)]
    upstreams.faults.add("uniprot", Kind.ERROR)
    findings = check(upstreams, queried, breaker_failures=3)
    assert {finding.obstacle for finding in findings} == {Obstacle.DOWN}
    assert upstreams.counts.calls["uniprot.accessions"] <= 8


def test_keys_appear_in_no_log_no_note_and_no_evidence(upstreams: Upstreams, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    keys = {"ncbi": "ncbi-secret-0123", "omim": "omim-secret-4567"}
    queried = [*LIVE.values(), *(curie for curie, _ in STALE_ONES.values())]
    shown = [repr(finding) for finding in check(upstreams, queried, keys=keys)]
    for kind in (Kind.BUSY, Kind.ERROR, Kind.FORBIDDEN, Kind.HTML, Kind.WRONG_SHAPE):
        upstreams.faults.add("*", kind)
        shown += [repr(finding) for finding in check(upstreams, queried, keys=keys, attempts=2, backoff_s=0.01)]
        upstreams.faults.clear()
    assert upstreams.counts.calls["omim.entry"]
    text = "\n".join([*shown, caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert "secret" not in text


def test_every_call_identifies_the_program(upstreams: Upstreams) -> None:
    check(upstreams, LIVE.values())
    (agent,) = upstreams.counts.agents
    assert agent.startswith("gene-xref-resolver/")
    assert "lab@example.org" in agent


# Every fault that is a failure; what a latency, a poison or an omission causes is tested above.
FAILURES = sorted(set(Kind) - {Kind.LATENCY, Kind.HANG, Kind.POISON, Kind.OMIT, Kind.RAW_NEWLINE})
ROUTES = [
    "ncbi.esummary", "ensembl.lookup", "ensembl.archive", "uniprot.accessions", "uniprot.search", "uniprot.entry",
    "alliance.gene", "omim.entry",
]  # fmt: skip
TRUTH = dict.fromkeys(LIVE.values(), "current") | dict(STALE_ONES.values())


@pytest.mark.long
@settings(max_examples=40)
@given(
    faults=st.lists(
        st.tuples(st.sampled_from(ROUTES), st.sampled_from(FAILURES), st.sampled_from([1, 2, None])), max_size=4
    ),
    has_key=st.booleans(),
)
def test_failures_never_give_a_verdict(
    upstreams: Upstreams, faults: list[tuple[str, Kind, int | None]], has_key: bool
) -> None:
    upstreams.faults.clear()
    upstreams.counts.clear()
    for route, kind, times in faults:
        upstreams.faults.add(route, kind, times=times, retry_after="0")
    keys = {"omim": "key", "ncbi": "key"} if has_key else {}
    findings = check(upstreams, [tracked(curie) for curie in TRUTH], keys=keys, attempts=2, backoff_s=0.001)
    assert [wrong for wrong in findings if not _is_true(wrong)] == []


def _is_true(finding: Finding) -> bool:
    if finding.verdict is Verdict.NOT_CHECKED:
        return finding.evidence is None and finding.obstacle is not None
    if finding.verdict in STALE and finding.evidence is None:
        return False
    return finding.verdict.value == TRUTH[finding.tracked.identifier.curie]
