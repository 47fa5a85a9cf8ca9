"""The workshop from plan to publish, on upstream files in miniature: from a folder, and from a real server."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from resolver.errors import ReleaseCorrupt, SourceChanged, SourceRefused, SourceUnreachable
from resolver.resolve.outcome import Outcome
from resolver.resolve.resolver import Resolver
from resolver.sources.base import SourceFile
from resolver.sources.registry import BY_KEY, FILES
from resolver.store.gene_reader import GeneReader
from resolver.store.release import Release, get_current_release
from seed.cli import fetch_upstream, plan_build, publish_checked, upstream_folder, verify_again
from seed.download import Manners
from seed.listing import find_listed_url, natural_order, page_getter
from seed.pipeline import build_genome_release
from tests.seed.lying_server import LyingServer, fail, lying_server

UPSTREAM = Path(__file__).parent.parent / "data" / "upstream"
HASTY = Manners(attempts=2, connect_timeout_s=5, stall_timeout_s=5)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release of the upstream files in miniature."""
    return build_genome_release(tmp_path_factory.mktemp("mini"), [UPSTREAM])


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with lying_server() as opened:
        yield opened


def _run(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"RESOLVER_DATA_DIR": str(data_dir), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "resolver", "seed", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


# --- From a folder ---


def test_every_upstream_file_takes_part_in_the_release(built: Release) -> None:
    statements = {source["key"]: source["statements"] for source in built.manifest["sources"]}
    silent = {key for key, number in statements.items() if not number}
    assert silent <= {"ensembl.mapping_session.human", "ensembl.mapping_session.mouse"}
    assert {file.key for file in FILES} <= statements.keys()


def test_histories_of_every_authority_lead_to_todays_gene(built: Release) -> None:
    resolver = Resolver(GeneReader(built))
    kinds = {
        step.retired.partition(":")[0]
        for prefix, accession in _retired(built)
        for step in resolver.resolve(f"{prefix}:{accession}").history
    }
    assert kinds == {"ncbigene", "hgnc", "mgi", "uniprot", "ensembl"}


def _retired(release: Release) -> list[tuple[str, str]]:
    import sqlite3

    connection = sqlite3.connect(release.database)
    rows = connection.execute("SELECT DISTINCT retired FROM retirement").fetchall()
    connection.close()
    return [tuple(row[0].split(":", 1)) for row in rows]


def test_what_is_retired_is_never_resolved(built: Release) -> None:
    resolver = Resolver(GeneReader(built))
    for prefix, accession in _retired(built):
        if prefix == "ncbigene":
            assert resolver.resolve(f"{prefix}:{accession}").outcome is Outcome.RETIRED


def test_a_plan_names_what_is_missing_and_what_it_would_add(tmp_path: Path) -> None:
    (tmp_path / "sec_ac.txt").write_bytes((UPSTREAM / "sec_ac.txt").read_bytes())
    plans = {each.file.key: each for each in plan_build([tmp_path])}
    assert plans["uniprot.secondary"].path == tmp_path / "sec_ac.txt"
    assert plans["hgnc.complete_set"].path is None
    ended = _run(tmp_path / "data", "plan", "--from", str(tmp_path))
    assert "hgnc_complete_set*.txt is missing; it would add approved human symbols" in ended.stderr


def test_an_older_stand_in_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "MRK_List2.rpt").write_text("x")
    plans = {each.file.key: each for each in plan_build([tmp_path])}
    assert plans["mgi.marker_list"].is_stand_in
    (tmp_path / "MRK_List1.rpt").write_text("x")
    plans = {each.file.key: each for each in plan_build([tmp_path])}
    assert not plans["mgi.marker_list"].is_stand_in


def test_the_highest_release_of_a_file_is_taken(tmp_path: Path) -> None:
    for release in ("99", "101", "100"):
        (tmp_path / f"Homo_sapiens.GRCh38.{release}.entrez.tsv.gz").write_text("x")
    plans = {each.file.key: each for each in plan_build([tmp_path])}
    path = plans["ensembl.entrez.human"].path
    assert path is not None
    assert "101" in path.name


@pytest.mark.parametrize(
    "stage", ["reading gene2refseq", "joining statements into genes", "writing the database", "verifying"]
)
def test_a_build_killed_in_any_stage_goes_on_and_ends_equal(built: Release, tmp_path: Path, stage: str) -> None:
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom seed.pipeline import build_genome_release\n"
        f"stop = lambda stage: os.kill(os.getpid(), signal.SIGKILL) if stage == {stage!r} else None\n"
        "build_genome_release(Path(sys.argv[1]), [Path(sys.argv[2])], stop)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path), str(UPSTREAM)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "current").exists()
    assert build_genome_release(tmp_path, [UPSTREAM]).content_hash == built.content_hash


def test_two_builds_at_once_wait_for_each_other_and_end_equal(built: Release, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom seed.pipeline import build_genome_release\n"
        "print(build_genome_release(Path(sys.argv[1]), [Path(sys.argv[2])]).content_hash)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path), str(UPSTREAM)]
    builds = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    hashes = [build.communicate(timeout=120)[0].strip() for build in builds]
    assert hashes == [built.content_hash] * 3


def test_a_file_whose_layout_changed_stops_the_build_and_names_it(tmp_path: Path) -> None:
    for path in UPSTREAM.glob("*.rpt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    homology = tmp_path / "HOM_MouseHumanSequence.rpt"
    homology.write_text(homology.read_text().replace("EntrezGene ID", "NCBI Gene ID", 1))
    with pytest.raises(SourceChanged, match=r"HOM_MouseHumanSequence\.rpt: no column 'EntrezGene ID'; found"):
        build_genome_release(tmp_path / "data", [tmp_path])


# --- Publishing ---


def test_a_release_that_holds_much_less_is_published_only_if_accepted(built: Release, tmp_path: Path) -> None:
    whole = build_genome_release(tmp_path, [UPSTREAM])
    publish_checked(tmp_path, whole, accept=False)
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    for path in UPSTREAM.glob("*"):
        if path.is_file() and path.name != "HUMAN_9606_idmapping_selected.tab":
            (fewer / path.name).write_bytes(path.read_bytes())
    smaller = build_genome_release(tmp_path, [fewer])
    with pytest.raises(ReleaseCorrupt, match="human uniprot protein"):
        publish_checked(tmp_path, smaller, accept=False)
    assert get_current_release(tmp_path).id == whole.id == built.id
    assert publish_checked(tmp_path, smaller, accept=True).id == smaller.id


def test_a_release_whose_file_was_altered_does_not_verify(tmp_path: Path) -> None:
    release = build_genome_release(tmp_path, [UPSTREAM])
    with release.database.open("ab") as opened:
        opened.write(b"\0")
    with pytest.raises(ReleaseCorrupt, match="SHA-256"):
        verify_again(release)


# --- Over the network ---


def _served_files(server: LyingServer) -> list[SourceFile]:
    """Serve the miniature of every published file at an address like its own, and return them with that address."""

    def list_in(folder: str, name: str) -> None:
        known = server.files.get(f"{folder}/")
        link = f'<a href="?C=M">by date</a> <a href="{name}">x</a>'.encode()
        server.put(f"{folder}/", (known.body if known else b"") + link, content_type="text/html")

    files = []
    for file in FILES:
        if not file.url:
            continue
        plan = next(each for each in plan_build([UPSTREAM]) if each.file is file)
        assert plan.path is not None
        path = "/" + file.url.partition("://")[2].partition("/")[2]
        folder, _, name = path.rpartition("/")
        if "_core_*" in folder:
            parent = folder.rpartition("/")[0]
            list_in(parent, f"{plan.path.parent.name}/")
            folder = f"{parent}/{plan.path.parent.name}"
        body = plan.path.read_bytes()
        served = plan.path.name
        if name.endswith(".gz"):
            body, served = gzip.compress(body), f"{plan.path.name}.gz"
        if "*" in name:
            list_in(folder, served)
        server.put(f"{folder}/{served}", body)
        files.append(replace(file, url=server.url(path), checksums=None))
    return files


def test_a_release_is_made_from_what_upstreams_serve(built: Release, server: LyingServer, tmp_path: Path) -> None:
    files = _served_files(server)
    fetched = fetch_upstream(tmp_path, lambda _progress: None, files=files, manners=HASTY)
    assert len(fetched) == len(files)
    release = build_genome_release(tmp_path, [upstream_folder(tmp_path)])
    left_out = {"mgi.archived_groups"}
    names = {source["key"] for source in release.manifest["sources"]}
    assert {file.key for file in FILES} - names == left_out
    assert release.manifest["counts"]["genes"] == built.manifest["counts"]["genes"]


def test_an_unchanged_file_is_not_fetched_twice(server: LyingServer, tmp_path: Path) -> None:
    files = [file for file in _served_files(server) if file.source == "HGNC"]
    fetch_upstream(tmp_path, lambda _progress: None, files=files, manners=HASTY)
    again = fetch_upstream(tmp_path, lambda _progress: None, files=files, manners=HASTY)
    assert [file.unchanged for file in again] == [True, True]


def test_one_source_that_is_down_stops_the_fetch_and_the_others_are_kept(server: LyingServer, tmp_path: Path) -> None:
    files = [file for file in _served_files(server) if file.source == "HGNC"]
    path = "/" + files[1].url.partition("://")[2].partition("/")[2]
    server.put(path, b"x", *[fail(404)] * 9)
    with pytest.raises(SourceRefused, match="404"):
        fetch_upstream(tmp_path, lambda _progress: None, files=files, manners=HASTY)
    assert [path.name for path in upstream_folder(tmp_path).glob("*.txt")] == ["hgnc_complete_set.txt"]


def test_a_plan_asks_the_upstream_for_size_and_date_and_fetches_nothing(server: LyingServer, tmp_path: Path) -> None:
    server.put("/docs/sec_ac.txt", b"x" * 1234)
    there, gone = (
        replace(BY_KEY["uniprot.secondary"], url=server.url(f"/docs/{name}")) for name in ("sec_ac.txt", "no")
    )
    (asked,) = plan_build([tmp_path / "nowhere"], files=[there], ask=True)
    assert (asked.path, asked.size, asked.date) == (None, 1234, "Fri, 20 Nov 2026 06:00:00 GMT")
    (unknown,) = plan_build([tmp_path / "nowhere"], files=[gone], ask=True)
    assert (unknown.size, unknown.date) == (None, "")
    assert [seen.sent for seen in server.seen] == [0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_listing_gives_the_highest_release(server: LyingServer) -> None:
    links = "".join(f'<a href="/tsv/{name}">{name}</a>' for name in ("a.99.tsv.gz", "a.115.tsv.gz", "b.200.tsv.gz"))
    server.put("/tsv/", links.encode(), content_type="text/html")
    with httpx.Client() as client:
        url = find_listed_url(server.url("/tsv/a.*.tsv.gz"), page_getter(client, "Ensembl"), "Ensembl")
    assert url == server.url("/tsv/a.115.tsv.gz")


def test_a_listing_without_the_file_is_a_changed_source_and_no_listing_an_unreachable_one(server: LyingServer) -> None:
    server.put("/tsv/", b"<html>nothing here</html>", content_type="text/html")
    with httpx.Client() as client:
        with pytest.raises(SourceChanged, match=r"names nothing like a\.\*"):
            find_listed_url(server.url("/tsv/a.*"), page_getter(client, "Ensembl"), "Ensembl")
        with pytest.raises(SourceUnreachable, match="cannot be listed"):
            find_listed_url(server.url("/gone/a.*"), page_getter(client, "Ensembl"), "Ensembl")


def test_releases_are_ordered_by_number() -> None:
    assert sorted(["r.101", "r.99", "r.9"], key=natural_order) == ["r.9", "r.99", "r.101"]


# --- At the terminal ---


def test_one_command_goes_from_plan_to_publish(tmp_path: Path) -> None:
    ended = _run(tmp_path, "--from", str(UPSTREAM))
    assert ended.returncode == 0, ended.stderr
    assert "live: genome-" in ended.stderr
    assert get_current_release(tmp_path).title == "the whole-genome release"


def test_releases_are_compared_rolled_back_and_carried_at_the_terminal(data_dir: Path, tmp_path: Path) -> None:
    assert _run(tmp_path, "starter").returncode == 0
    starter = get_current_release(tmp_path)
    built = _run(tmp_path, "build", "--from", str(UPSTREAM))
    assert starter.id == get_current_release(data_dir).id == get_current_release(tmp_path).id
    genome = built.stderr.rpartition(" ")[2].strip()
    assert _run(tmp_path, "publish", genome).returncode == 0
    changes = json.loads(_run(tmp_path, "diff", starter.id, genome, "--json").stdout)
    assert {change["kind"]: change["number"] for change in changes}["genes removed"] > 1_000
    assert "genes removed" in _run(tmp_path, "diff", starter.id).stdout
    assert "identifier" in _run(tmp_path, "conflicts", "--tsv").stdout
    assert "fit to serve" in _run(tmp_path, "verify").stderr
    assert _run(tmp_path, "pack", genome, str(tmp_path / "nowhere" / "genome.tar.gz")).returncode == 2
    packed = tmp_path / "genome.tar.gz"
    assert _run(tmp_path, "pack", genome, str(packed)).returncode == 0
    assert starter.id in _run(tmp_path, "rollback").stderr
    assert get_current_release(tmp_path).id == starter.id
    elsewhere = tmp_path / "elsewhere"
    assert _run(elsewhere, "unpack", str(packed)).returncode == 0
    assert get_current_release(elsewhere).id == genome


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["publish", "nosuch"], 3, "there is no release 'nosuch'"),
        (["rollback"], 3, "no earlier release"),
        (["unpack", "README.md"], 2, "no packed release"),
        (["unpack", "nosuch.tar.gz"], 2, "there is no file nosuch.tar.gz"),
        (["verify"], 3, "resolver seed starter"),
        (["--accept", "rollback"], 2, "stand after it"),
        (["build", "--from", "nowhere"], 2, "nowhere"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_next_step(
    tmp_path: Path, arguments: list[str], code: int, told: str
) -> None:
    ended = _run(tmp_path, *arguments)
    assert ended.returncode == code
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_manifests_tell_where_every_fact_comes_from(built: Release) -> None:
    manifest: dict[str, Any] = orjson.loads((built.folder / "manifest.json").read_bytes())
    for source in manifest["sources"]:
        assert source["licence"]
        assert source["key"] in BY_KEY or source["key"] == "curated.starter"
