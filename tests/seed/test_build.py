"""The build pipeline, from a small folder of source files to a current release, and the operations on releases."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from resolver.errors import ReleaseCorrupt, SourceChanged
from resolver.resolve.outcome import Outcome
from resolver.resolve.resolver import Resolver
from resolver.sources.registry import BY_KEY, FILES
from resolver.store.gene_reader import GeneReader
from resolver.store.release import Release, get_current_release
from seed.cli import publish_checked, verify_again
from seed.pipeline import build_genome_release
from seed.publish import make_current
from tests.releases import copy_release

UPSTREAM = Path(__file__).parent.parent / "data" / "upstream"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release of the upstream files in miniature."""
    return build_genome_release(tmp_path_factory.mktemp("mini"), [UPSTREAM])


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


@pytest.mark.parametrize(
    "stage", ["reading gene2refseq", "joining statements into genes", "packing", "writing identifiers", "verifying"]
)
def test_a_build_killed_in_any_stage_goes_on_and_ends_equal(built: Release, tmp_path: Path, stage: str) -> None:
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom seed.pipeline import build_genome_release\n"
        f"stop = lambda stage, _share: os.kill(os.getpid(), signal.SIGKILL) if stage == {stage!r} else None\n"
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
    with pytest.raises(ReleaseCorrupt, match="its manifest states"):
        verify_again(release)


# --- At the terminal ---


def test_one_command_goes_from_plan_to_publish(tmp_path: Path) -> None:
    ended = _run(tmp_path, "--from", str(UPSTREAM))
    assert ended.returncode == 0, ended.stderr
    assert "current release: genome-" in ended.stderr
    assert get_current_release(tmp_path).title == "a selection of human and mouse genes"


def test_releases_are_compared_rolled_back_and_carried_at_the_terminal(small_release: Release, tmp_path: Path) -> None:
    first = make_current(tmp_path, copy_release(small_release, tmp_path, "first-1").id)
    built = _run(tmp_path, "build", "--from", str(UPSTREAM))
    assert get_current_release(tmp_path).id == first.id
    genome = built.stderr.rpartition(" ")[2].strip()
    assert _run(tmp_path, "publish", genome).returncode == 0
    changes = json.loads(_run(tmp_path, "diff", first.id, genome, "--json").stdout)
    assert {change["number"] for change in changes} == {0}
    assert "genes removed" in _run(tmp_path, "diff", first.id).stdout
    assert "identifier" in _run(tmp_path, "conflicts", "--tsv").stdout
    assert "is valid" in _run(tmp_path, "verify").stderr
    assert _run(tmp_path, "pack", genome, str(tmp_path / "nowhere" / "genome.tar")).returncode == 2
    packed = tmp_path / "genome.tar"
    assert _run(tmp_path, "pack", genome, str(packed)).returncode == 0
    assert first.id in _run(tmp_path, "rollback").stderr
    assert get_current_release(tmp_path).id == first.id
    elsewhere = tmp_path / "elsewhere"
    assert _run(elsewhere, "unpack", str(packed)).returncode == 0
    assert get_current_release(elsewhere).id == genome


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["publish", "nosuch"], 3, "there is no release 'nosuch'"),
        (["rollback"], 3, "no earlier release"),
        (["unpack", "README.md"], 2, "no packed release"),
        (["unpack", "nosuch.tar"], 2, "there is no file or folder nosuch.tar"),
        (["verify"], 3, "resolver seed unpack"),
        (["--accept", "rollback"], 2, "after it"),
        (["build", "--from", "nowhere"], 2, "nowhere"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_next_step(
    tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    ended = _run(tmp_path, *arguments)
    assert ended.returncode == code
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_manifests_tell_where_every_fact_comes_from(built: Release) -> None:
    manifest: dict[str, Any] = orjson.loads((built.folder / "manifest.json").read_bytes())
    for source in manifest["sources"]:
        assert source["license"]
        assert source["key"] in BY_KEY or source["key"] == "curated.facts"
