"""What a source reports is not always believed: silence, jumps, and pauses that it requires."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resolver.nightly.judge import Plausibility
from resolver.nightly.model import SourceState, Terms
from resolver.store.ledger_reader import open_reader
from resolver.store.marks_reader import read_marks
from resolver.store.release import Release, get_current_release
from tests.nightly.killing import environment
from tests.nightly.runs import NOW, Wall, curies_of, run_once
from tests.upstreams.probed import add_probed
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import Upstreams, played
from tests.upstreams.world import World

DAY = 86_400.0
CAREFUL = Terms(plausibility=Plausibility(jump_share=0.01, jump_least=10))


@pytest.fixture(scope="module")
def release(data_dir: Path) -> Release:
    return get_current_release(data_dir)


@pytest.fixture
def upstreams(release: Release) -> Iterator[Upstreams]:
    with played(World(ReleaseFacts(release.database))) as opened:
        yield opened


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(scope="module")
def genes(release: Release) -> list[str]:
    return curies_of(release, "ncbigene", 600)


def part_of(url: str, source: str) -> dict[str, Any]:
    reader = open_reader(url)
    (part,) = (part for part in reader.list_runs(1)[0]["sources"] if part["source"] == source)
    reader.close()
    return dict(part)


def run_days(
    url: str, upstreams: Upstreams, release: Release, genes: list[str], day: int, terms: Terms = CAREFUL
) -> Any:
    return run_once(url, upstreams, release, genes, clock=Wall(NOW + day * DAY), terms=terms)


# --- Jumps --------------------------------------------------------------------------------------------------------


def test_a_jump_is_held_back_until_another_run_reports_the_same(
    url: str, upstreams: Upstreams, release: Release, genes: list[str]
) -> None:
    run_days(url, upstreams, release, genes, 0)
    for curie in genes[:30]:
        upstreams.world.merge(curie, genes[50])
    second = run_days(url, upstreams, release, genes, 1)
    assert (second.marked, second.held_back) == (0, 30)
    assert len(read_marks(url)) == 0
    reader = open_reader(url)
    assert {row["curie"] for row in reader.list_held_back()} == set(genes[:30])
    reader.close()
    third = run_days(url, upstreams, release, genes, 2)
    assert (third.marked, third.held_back) == (30, 0)
    assert {mark.curie for mark in read_marks(url)} == set(genes[:30])


def test_a_jump_that_the_next_run_does_not_report_again_is_forgotten(
    url: str, upstreams: Upstreams, release: Release, genes: list[str]
) -> None:
    run_days(url, upstreams, release, genes, 0)
    before = {curie: upstreams.world.find("ncbigene", curie.partition(":")[2]) for curie in genes[:30]}
    for curie in genes[:30]:
        upstreams.world.retire(curie)
    assert run_days(url, upstreams, release, genes, 1).held_back == 30
    for record in before.values():
        assert record is not None
        upstreams.world.add(f"ncbigene:{record.accession}", taxon=record.taxon, genes=record.genes)
    third = run_days(url, upstreams, release, genes, 2)
    assert (third.marked, third.held_back) == (0, 0)
    assert len(read_marks(url)) == 0


def test_held_back_identifiers_are_queried_again_whatever_the_release_of_the_source(
    url: str, upstreams: Upstreams, release: Release
) -> None:
    proteins = curies_of(release, "uniprot", 400)
    run_days(url, upstreams, release, proteins, 0)
    for curie in proteins[:20]:
        upstreams.world.delete(curie)
    upstreams.world.uniprot_release = "2026_05"
    assert run_days(url, upstreams, release, proteins, 1).held_back == 20
    upstreams.counts.clear()
    third = run_days(url, upstreams, release, proteins, 2)  # of the same release
    assert upstreams.counts.ids["uniprot.accessions"] == 20
    assert third.marked == 20


def test_a_first_run_and_a_small_number_are_not_held_back(
    url: str, upstreams: Upstreams, release: Release, genes: list[str]
) -> None:
    for curie in genes[:30]:
        upstreams.world.merge(curie, genes[50])
    assert run_days(url, upstreams, release, genes, 0).marked == 30
    for curie in genes[30:39]:  # more than 1%, and fewer than ten
        upstreams.world.merge(curie, genes[50])
    assert run_days(url, upstreams, release, genes, 1).marked == 9


# --- Silence ------------------------------------------------------------------------------------------------------


def test_a_source_that_knows_few_identifiers_is_reported_in_every_run(
    url: str, upstreams: Upstreams, release: Release, genes: list[str]
) -> None:
    for curie in genes[:590]:
        upstreams.world.forget(curie)
    for day in (0, 1):
        run = run_days(url, upstreams, release, genes, day)
        assert run.endings["ncbi_gene"].state is SourceState.SILENT
        assert "its replies may have changed" in str(run.endings["ncbi_gene"].reason)
    assert "ncbi_gene" in run.troubles


def test_a_few_unknown_identifiers_are_no_error(
    url: str, upstreams: Upstreams, release: Release, genes: list[str]
) -> None:
    for curie in genes[:250]:
        upstreams.world.forget(curie)
    assert run_days(url, upstreams, release, genes, 0).endings["ncbi_gene"].state is SourceState.DONE


# --- Pauses -------------------------------------------------------------------------------------------------------


def test_a_pause_longer_than_the_run_ends_the_source_and_is_respected_by_the_next_run(
    url: str, upstreams: Upstreams, release: Release, genes: list[str]
) -> None:
    curies = curies_of(release, "ensembl", 100) + curies_of(release, "omim", 100)
    terms = Terms(max_minutes=10, patience_s=1800, sources=("ensembl", "omim"))
    upstreams.faults.add("ensembl", "busy", retry_after="3600")
    first = run_once(url, upstreams, release, curies, terms=terms)
    assert first.endings["ensembl"].state is SourceState.THROTTLED
    pause = re.fullmatch(r"ensembl requires a pause of ([0-9,]+) s", str(first.endings["ensembl"].reason))
    assert pause is not None
    assert 3_500 < int(pause[1].replace(",", "")) <= 3_601  # what is left of it when the run ends
    assert first.endings["omim"].state is SourceState.DONE
    upstreams.faults.clear()
    upstreams.counts.clear()
    second = run_once(url, upstreams, release, curies, terms=terms, clock=Wall(NOW + 1_800))
    assert second.endings["ensembl"].state is SourceState.THROTTLED
    assert not [route for route in upstreams.counts.calls if route.startswith("ensembl.")]
    third = run_once(url, upstreams, release, curies, terms=terms, clock=Wall(NOW + 3_700))
    assert third.endings["ensembl"].state is SourceState.DONE
    assert part_of(url, "ensembl")["checked"] == 100


def test_a_check_by_a_person_respects_a_pause_that_a_run_recorded(
    url: str, upstreams: Upstreams, release: Release, data_dir: Path
) -> None:
    curies = curies_of(release, "ensembl", 3)
    upstreams.faults.add("ensembl", "busy", retry_after="3600")
    run_once(url, upstreams, release, curies, terms=Terms(max_minutes=5), clock=time.time)
    upstreams.faults.clear()
    upstreams.counts.clear()
    command = [sys.executable, "-m", "resolver", "check", curies[0], "--json"]
    env = environment(data_dir, url, upstreams)
    shown = json.loads(subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout)
    assert shown["findings"][0]["obstacle"] == "throttled"
    assert not upstreams.counts.calls


def test_the_release_of_a_source_is_kept_with_the_moments_at_which_runs_saw_it(
    url: str, upstreams: Upstreams, release: Release
) -> None:
    proteins = curies_of(release, "uniprot", 10)
    for day in (0, 1):
        run_days(url, upstreams, release, proteins, day)
    reader = open_reader(url)
    found = reader.list_releases()["uniprot"]
    reader.close()
    assert (found["name"], found["first_seen_at"], found["last_seen_at"]) == ("2026_04", int(NOW), int(NOW + DAY))
    assert part_of(url, "uniprot")["upstream_release"] == "2026_04"


# --- Probes -------------------------------------------------------------------------------------------------------


def test_a_source_that_contradicts_its_probe_is_not_queried_further(
    url: str, upstreams: Upstreams, release: Release, genes: list[str]
) -> None:
    add_probed(upstreams.world)
    proteins = curies_of(release, "uniprot", 500)
    upstreams.world.forget("uniprot:P13232")  # a living entry that the source does not know any more
    run = run_once(url, upstreams, release, [*genes, *proteins], terms=Terms(probes=True))
    assert run.endings["uniprot"].state is SourceState.PROBE_FAILED
    assert "uniprot:P13232 should be current" in str(run.endings["uniprot"].reason)
    assert part_of(url, "uniprot")["checked"] == 0
    assert upstreams.counts.largest["uniprot.accessions"] < 10
    assert run.endings["ncbi_gene"].state is SourceState.DONE
    assert set(run.troubles) == {"uniprot"}


def test_a_run_waits_for_a_source_that_is_unreachable_during_its_probe(
    url: str, upstreams: Upstreams, release: Release, genes: list[str]
) -> None:
    add_probed(upstreams.world)
    upstreams.faults.add("ncbi", "bad_gateway", times=4)
    run = run_once(url, upstreams, release, genes, terms=Terms(probes=True, patience_s=300))
    assert run.endings["ncbi_gene"].state is SourceState.DONE
    assert part_of(url, "ncbi_gene")["checked"] == len(genes)
