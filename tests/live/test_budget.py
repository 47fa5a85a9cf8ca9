"""How many calls are made, how fast, and that no published rate is ever exceeded: the server counts."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Iterator

import pytest

from resolver.errors import SourceBusy
from resolver.genes.verdicts import Finding, TrackedIdentifier, Verdict
from resolver.live.limiter import CircuitBreaker, HostLimiter
from resolver.sources.live.base import Rate
from resolver.sources.live.ncbi import EUTILS
from tests.live.checking import check, check_source, make_checker, tracked
from tests.upstreams import ncbi
from tests.upstreams.faults import Kind
from tests.upstreams.server import Upstreams, played


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        yield opened


def _accession(number: int) -> str:
    return f"P{number // 10000 % 10}{number // 1000 % 10}{number // 100 % 10}{number // 10 % 10}{number % 10}"


# Of each source: ids, how many of them are planted stale by which change, and the least number of calls.
def _gene(world: Upstreams) -> tuple[list[TrackedIdentifier], set[str], int]:
    ids = [f"ncbigene:{number}" for number in range(1, 4001)]
    world.world.add_all(ids)
    for curie in ids[::40]:
        world.world.merge(curie, "ncbigene:999999")
    return [tracked(curie) for curie in ids], set(ids[::40]), 8


def _refseq(world: Upstreams) -> tuple[list[TrackedIdentifier], set[str], int]:
    ids = [f"refseq:{head}_{number:06d}" for number in range(1, 1501) for head in ("NM", "NP")]
    world.world.add_all(ids, version=2)
    world.world.add_all(["refseq:NM_900001", "refseq:NP_900001"])
    for curie in ids[::50]:
        world.world.merge(curie, f"refseq:{curie[7:10]}900001")
    for curie in ids[1::50]:
        world.world.suppress(curie)
    return [tracked(f"{curie}.2") for curie in ids], {*ids[::50], *ids[1::50]}, 12 + 1


def _ensembl(world: Upstreams) -> tuple[list[TrackedIdentifier], set[str], int]:
    ids = [f"ensembl:ENSG{number:011d}" for number in range(1, 10001)]
    world.world.add_all(ids)
    for curie in ids[::100]:
        world.world.retire(curie)
    return [tracked(curie) for curie in ids], set(ids[::100]), 10 + 1


def _uniprot(world: Upstreams) -> tuple[list[TrackedIdentifier], set[str], int]:
    ids = [f"uniprot:{_accession(number)}" for number in range(8000)]
    world.world.add_all(ids)
    for curie in ids[::40]:
        world.world.merge(curie, "uniprot:A6QL63")
    return [tracked(curie) for curie in ids], set(ids[::40]), 8 + 2


SOURCES = {"ncbi_gene": _gene, "refseq": _refseq, "ensembl": _ensembl, "uniprot": _uniprot}


@pytest.mark.parametrize("name", SOURCES)
def test_thousands_of_ids_cost_little_more_than_the_fewest_calls(upstreams: Upstreams, name: str) -> None:
    queried, planted, fewest = SOURCES[name](upstreams)
    upstreams.counts.clear()
    began = time.monotonic()
    found = check_source(upstreams, name, queried)
    took_s = time.monotonic() - began
    calls = upstreams.counts.calls.total()
    assert len(found) == len(queried)
    assert {finding.tracked.identifier.curie for finding in found if finding.verdict is not Verdict.CURRENT} == planted
    assert calls <= math.floor(1.2 * fewest), upstreams.counts.calls
    assert not upstreams.counts.excesses
    assert took_s < 20


def test_a_source_is_queried_while_its_ids_are_still_being_read(upstreams: Upstreams) -> None:
    upstreams.counts.clear()
    seen: list[int] = []

    def ids() -> Iterator[TrackedIdentifier]:
        for number in range(1, 6001):
            if number % 1000 == 0:
                seen.append(upstreams.counts.calls.total())
            yield tracked(f"ensembl:ENSG{number:011d}")

    async def check() -> int:
        async with make_checker(upstreams) as checker:
            return sum([len(findings) async for findings in checker.check_source("ensembl", ids())])

    assert asyncio.run(check()) == 6000
    assert seen[-1] >= 1  # no list of all is made beforehand


def test_rates_hold_when_sources_share_a_host_and_answers_are_slow(upstreams: Upstreams) -> None:
    upstreams.world.add_all(f"refseq:NM_{number:06d}" for number in range(1, 1001))
    upstreams.world.add_all(f"ncbigene:{number}" for number in range(1, 1001))
    upstreams.faults.add("ncbi", Kind.LATENCY, seconds=0.4)
    upstreams.counts.clear()
    queried = [f"refseq:NM_{number:06d}" for number in range(1, 1001)] + [f"ncbigene:{n}" for n in range(1, 1001)]
    findings: list[Finding] = check(upstreams, queried)
    upstreams.faults.clear()
    assert not upstreams.counts.excesses
    assert Verdict.NOT_CHECKED not in {finding.verdict for finding in findings}
    assert upstreams.counts.calls.total() <= 7


class _Time:
    """A clock that sleeping turns on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def _pass(limiter: HostLimiter, times: int) -> None:
    async def go() -> None:
        for _ in range(times):
            async with limiter.slot():
                await limiter.turn()

    asyncio.run(go())


def test_calls_leave_evenly_spaced_and_a_burst_is_made_up_for() -> None:
    clock = _Time()
    _pass(HostLimiter("host", Rate(per_second=2), clock=clock, sleep=clock.sleep), 5)
    assert clock.now - 1000 == pytest.approx(2.0)
    clock = _Time()
    _pass(HostLimiter("host", Rate(per_second=2, burst=3), clock=clock, sleep=clock.sleep), 5)
    assert clock.now - 1000 == pytest.approx(1.0)


@pytest.mark.parametrize("rate", [EUTILS.rate, EUTILS.rate_with_key])
def test_calls_to_ncbi_may_arrive_late_and_still_keep_the_published_rate(rate: Rate) -> None:
    ((most, seconds),) = ncbi.ROUTES[0].limits if rate is EUTILS.rate else ncbi.ROUTES[0].with_key
    clock = _Time()
    limiter = HostLimiter("ncbi", rate, clock=clock, sleep=clock.sleep)
    delays = random.Random(7)  # noqa: S311  (a sample, not a secret)
    arrivals = []
    for _ in range(2_000):
        _pass(limiter, 1)
        arrivals.append(clock.now + delays.choice([0.0, 0.15, 0.3]))
    arrivals.sort()
    assert min(later - first for first, later in zip(arrivals, arrivals[most:], strict=False)) >= seconds


def test_quotas_of_an_hour_and_a_day_are_kept() -> None:
    clock = _Time()
    limiter = HostLimiter("host", Rate(per_second=10, per_hour=5, per_day=8), clock=clock, sleep=clock.sleep)
    _pass(limiter, 5)
    with pytest.raises(SourceBusy) as busy:
        _pass(limiter, 1)
    assert busy.value.retry_after_s == pytest.approx(3600, abs=1)
    clock.now += 3600
    _pass(limiter, 3)
    with pytest.raises(SourceBusy) as busy:
        _pass(limiter, 1)
    assert busy.value.retry_after_s == pytest.approx(86_400 - 3600, abs=2)
    clock.now += 86_400
    _pass(limiter, 5)


def test_a_pause_that_a_host_requires_applies_to_all_calls() -> None:
    clock = _Time()
    limiter = HostLimiter("host", Rate(per_second=10), clock=clock, sleep=clock.sleep)
    limiter.pause(30)
    _pass(limiter, 1)
    assert clock.now - 1000 == pytest.approx(30)


def test_a_breaker_keeps_the_cause_of_the_last_failure_until_a_success() -> None:
    breaker = CircuitBreaker(failures=1, clock=_Time())
    breaker.record(succeeded=False, cause="the name cannot be resolved")
    assert breaker.cause == "the name cannot be resolved"
    breaker.record(succeeded=True)
    assert breaker.cause is None


def test_a_breaker_lets_one_try_after_the_rest() -> None:
    clock = _Time()
    breaker = CircuitBreaker(failures=3, rest_s=60, clock=clock)
    seen = []
    for succeeded, after_s in ((False, 0), (False, 0), (False, 0), (False, 61), (True, 61), (False, 0)):
        clock.now += after_s
        seen.append(breaker.is_open)
        breaker.record(succeeded=succeeded)
    assert not any(seen)
    assert not breaker.is_open
    for _ in range(3):
        breaker.record(succeeded=False)
    assert breaker.is_open
