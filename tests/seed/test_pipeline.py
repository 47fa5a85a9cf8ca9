"""Building a release: the same input gives the same content, and a build that fails leaves the live one alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from resolver.errors import ReleaseCorrupt
from resolver.resolve.resolver import Resolver
from resolver.store.gene_reader import GeneReader
from resolver.store.release import Release, get_current_release, open_release, releases_folder
from seed.archive import EMBEDDED, opened_packed
from seed.packed import open_packed
from seed.pipeline import build_genome_release, compile_genome, publish_embedded, unpack_release
from seed.verify import verify_release
from tests.conftest import UPSTREAM
from tests.releases import edited
from tests.seed.facts import build_of, read_small_facts


def test_compiling_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (compile_genome([UPSTREAM], tmp_path / name) for name in ("first", "second"))
    assert first.manifest == second.manifest
    files = [path.name for path in first.folder.iterdir()]
    assert sorted(files) == sorted([*first.manifest["files"], "manifest.json"])
    for name in files:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


def test_a_compiled_release_is_the_one_that_a_build_gives(tmp_path: Path) -> None:
    packed = compile_genome([UPSTREAM], tmp_path / "packed")
    built = build_genome_release(tmp_path / "built", [UPSTREAM])
    unpacked = unpack_release(tmp_path / "unpacked", tmp_path / "packed")
    assert packed.id == built.id == unpacked.id
    differing = {key for key in built.manifest if built.manifest[key] != unpacked.manifest[key]}
    assert differing <= {"built_at", "database"}
    queries = ["P13232", "Il7", "ncbigene:680", "NM_000880.3"]
    answers = [[Resolver(GeneReader(one)).resolve(query).to_dict() for query in queries] for one in (built, unpacked)]
    assert answers[0] == answers[1]


def test_no_library_of_the_tests_is_needed_to_unpack(small_release: Release, tmp_path: Path) -> None:
    """PyArrow, which ADBC uses where it is installed, is none of the dependencies of the program."""
    script = (
        "import sys; sys.modules.update(dict.fromkeys(['pandas', 'pyarrow']))\n"
        "from pathlib import Path; from seed.pipeline import unpack_release\n"
        "unpack_release(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", script, str(tmp_path), str(small_release.folder)]
    subprocess.run(command, check=True)
    assert (tmp_path / "releases" / small_release.id / "reference.db").is_file()


def test_other_facts_give_another_hash(tmp_path: Path) -> None:
    facts = read_small_facts()
    before = build_of(facts, tmp_path)
    facts.names = [frame.filter(pl.col("text") != "PBGF") for frame in facts.names]
    assert build_of(facts, tmp_path).content_hash != before.content_hash


def test_a_second_build_verifies_and_keeps_what_is_there(tmp_path: Path) -> None:
    before = build_genome_release(tmp_path, [UPSTREAM])
    stamp = before.database.stat().st_mtime_ns
    stages: list[str] = []
    again = build_genome_release(tmp_path, [UPSTREAM], lambda stage, _share: stages.append(stage))
    assert again.database.stat().st_mtime_ns == stamp
    assert "writing identifiers" not in stages
    assert "verifying" in stages


def test_a_release_without_the_golden_gene_is_not_published(tmp_path: Path) -> None:
    facts = read_small_facts()
    facts.identifiers = [frame.filter(pl.col("accession") != "P13232") for frame in facts.identifiers]
    with pytest.raises(ReleaseCorrupt, match="P13232 is not_found"):
        build_of(facts, tmp_path)
    assert not (tmp_path / "current").exists()
    assert list(releases_folder(tmp_path).iterdir()) == []


def test_rows_that_point_at_nothing_are_found(tmp_path: Path) -> None:
    release = build_genome_release(tmp_path, [UPSTREAM])
    with edited(release) as connection:
        connection.execute("DELETE FROM gene WHERE symbol = 'TP53'")
    with pytest.raises(ReleaseCorrupt, match="point at nothing"):
        verify_release(open_release(release.folder))


def test_a_damaged_release_is_repaired_from_the_packed_one_beside_it(tmp_path: Path) -> None:
    before = build_genome_release(tmp_path, [UPSTREAM])
    before.database.write_bytes(before.database.read_bytes()[:-4096])
    repaired = unpack_release(tmp_path, before.folder)
    assert repaired.id == before.id
    assert Resolver(GeneReader(repaired)).resolve("P13232").genes[0].gene.symbol == "IL7"


def test_a_packed_table_that_was_altered_is_refused_by_name(tmp_path: Path) -> None:
    packed = compile_genome([UPSTREAM], tmp_path / "packed")
    names = packed.folder / "names.parquet"
    content = bytearray(names.read_bytes())
    content[len(content) // 2] ^= 1
    names.write_bytes(content)
    with pytest.raises(ReleaseCorrupt, match=r"names\.parquet has SHA-256"):
        unpack_release(tmp_path / "data", packed.folder)


# --- The embedded genome ---


def test_the_embedded_genome_is_whole_and_small_enough_to_ship() -> None:
    with opened_packed() as packed:
        sizes = [path.stat().st_size for path in EMBEDDED.iterdir()]
        assert sum(sizes) <= 16_000_000
        assert max(sizes) <= 6_000_000
        assert packed.manifest["counts"]["genes"]["human"] > 60_000
        assert packed.manifest["counts"]["genes"]["mouse"] > 90_000


@pytest.mark.long
@pytest.mark.parametrize("stage", ["writing identifiers", "verifying"])
def test_a_first_start_killed_at_any_stage_leaves_nothing_and_the_next_one_is_right(
    data_dir: Path, tmp_path: Path, stage: str
) -> None:
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom seed.pipeline import publish_embedded\n"
        f"stop = lambda stage, _share: os.kill(os.getpid(), signal.SIGKILL) if stage == {stage!r} else None\n"
        "publish_embedded(Path(sys.argv[1]), stop)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "current").exists()
    published = publish_embedded(tmp_path)
    assert published.content_hash == get_current_release(data_dir).content_hash
    assert [path.name for path in releases_folder(tmp_path).iterdir()] == [published.id]


@pytest.mark.long
def test_of_two_first_starts_at_once_the_second_uses_what_the_first_published(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom seed.pipeline import publish_embedded\nstages = []\n"
        "publish_embedded(Path(sys.argv[1]), lambda stage, _share: stages.append(stage))\nprint(len(stages))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    stages = sorted(int(start.communicate(timeout=600)[0]) for start in starts)
    assert stages[0] == 0
    assert stages[1] > 0
    assert [path.name for path in releases_folder(tmp_path).iterdir()] == [open_packed(EMBEDDED).id]


@pytest.mark.long
def test_a_first_start_takes_at_most_the_memory_that_is_promised(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom seed.pipeline import publish_embedded\n"
        "publish_embedded(Path(sys.argv[1]))\n"
        "status = Path('/proc/self/status').read_text()\n"  # ru_maxrss is at least that of the process that forked
        "print(status.partition('VmHWM:')[2].split()[0])\n"
    )
    peaks = []
    for turn in range(3):  # what other programs do at the same time moves the peak by some percent
        command = [sys.executable, "-c", script, str(tmp_path / str(turn))]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        if peaks[-1] <= 1.2 * 1024 * 1024:  # KiB
            break
    assert min(peaks) <= 1.2 * 1024 * 1024
    assert get_current_release(tmp_path / "0").database.stat().st_size <= 450_000_000
