"""Fetch source files into the build folder: all of them, those that can be fetched, or the reason for none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from resolver.errors import ResolverError, SourceError, SourceRefused, SourceUnreachable
from resolver.sources.base import SourceFile
from resolver.sources.registry import BY_KEY, FILES
from seed.download import Fetched
from seed.fetch import Gap, describe_gaps, fetch_upstream, refuse_gaps, remove_superseded
from seed.pipeline import build_genome_release
from seed.plan import plan_build, upstream_folder
from tests.seed.lying_server import LyingServer, fail, lying_server, sends
from tests.seed.upstreams import HASTY, UPSTREAM, serve_upstreams
from tests.serving import free_port


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with lying_server() as opened:
        yield opened


def _fetch(data_dir: Path, files: list[SourceFile]) -> tuple[list[Fetched], list[Gap]]:
    return fetch_upstream(data_dir, lambda _progress: None, files=files, policy=HASTY)


def _names(data_dir: Path) -> set[str]:
    return {path.name for path in upstream_folder(data_dir).iterdir() if not path.name.startswith(".")}


# --- What can be had ---


def test_a_release_is_made_from_what_upstreams_serve(server: LyingServer, tmp_path: Path) -> None:
    files = serve_upstreams(server)
    fetched, gaps = _fetch(tmp_path, files)
    assert (len(fetched), gaps) == (len(files), [])
    release = build_genome_release(tmp_path, [upstream_folder(tmp_path)])
    names = {source["key"] for source in release.manifest["sources"]}
    assert {file.key for file in FILES} - names == {"mgi.archived_groups"}
    from_folder = build_genome_release(tmp_path / "other", [UPSTREAM])
    assert release.manifest["counts"]["genes"] == from_folder.manifest["counts"]["genes"]


def test_listings_and_lists_of_checksums_are_asked_for_once_in_a_run(server: LyingServer, tmp_path: Path) -> None:
    _fetch(tmp_path, serve_upstreams(server, "Ensembl"))
    requests = Counter(seen.path for seen in server.seen if seen.method == "GET")
    assert set(requests.values()) == {1}
    assert any(path.endswith("/") for path in requests)
    assert any(path.endswith("/CHECKSUMS") for path in requests)


def test_a_plan_that_asked_is_not_asked_again(server: LyingServer, tmp_path: Path) -> None:
    files = serve_upstreams(server, "Ensembl")
    plans = plan_build([upstream_folder(tmp_path)], files=files, query=True, policy=HASTY)
    fetch_upstream(tmp_path, lambda _progress: None, plans=plans, policy=HASTY)
    assert len(server.requests("/pub/current_mysql/")) == 1


@pytest.mark.parametrize("source", ["Ensembl", "UniProt"])
def test_a_file_with_another_checksum_than_the_published_one_is_not_taken(
    server: LyingServer, tmp_path: Path, source: str
) -> None:
    files = serve_upstreams(server, source)
    assert {file.checksums for file in files} == {"CHECKSUMS" if source == "Ensembl" else "RELEASE.metalink"}
    for path, file in server.files.items():
        if not path.endswith(("/", "CHECKSUMS", "RELEASE.metalink")):
            server.put(path, file.body, *[sends(file.body[:-1] + b"?")] * 9)
    _, gaps = _fetch(tmp_path, files)
    assert [gap.error.code for gap in gaps] == ["checksum_mismatch"] * len(files)


def test_an_unchanged_file_is_not_fetched_twice(server: LyingServer, tmp_path: Path) -> None:
    files = serve_upstreams(server, "HGNC")
    _fetch(tmp_path, files)
    again, _ = _fetch(tmp_path, files)
    assert [file.unchanged for file in again] == [True, True]


# --- What cannot ---


def _down(key: str) -> SourceFile:
    return replace(BY_KEY[key], url=f"http://localhost:{free_port()}/{key}")


def test_a_host_that_is_down_costs_its_own_files_and_they_are_named(server: LyingServer, tmp_path: Path) -> None:
    files = serve_upstreams(server, "HGNC")
    fetched, gaps = _fetch(tmp_path, [*files, _down("mgi.ensembl"), _down("mgi.entrez")])
    assert {file.key for file in fetched} == {file.key for file in files}
    assert [gap.file.key for gap in gaps] == ["mgi.ensembl", "mgi.entrez"]
    with pytest.raises(SourceUnreachable) as raised:
        refuse_gaps(gaps)
    message = str(raised.value)
    assert message.startswith("2 upstream files could not be fetched\n")
    assert message.count("localhost cannot be reached") == 1
    assert "MRK_ENSEMBL.rpt: it would add mouse Ensembl transcripts" in message
    assert "--without-failed" in str(raised.value.hint)


def test_a_file_that_is_refused_is_named_and_the_others_are_kept(server: LyingServer, tmp_path: Path) -> None:
    files = serve_upstreams(server, "HGNC")
    path = "/" + files[1].url.partition("://")[2].partition("/")[2]
    server.put(path, b"x", *[fail(404)] * 9)
    _, gaps = _fetch(tmp_path, files)
    with pytest.raises(SourceRefused, match="404"):
        refuse_gaps(gaps)
    assert _names(tmp_path) == {"hgnc_complete_set.txt", "hgnc_complete_set.txt.meta.json"}


def test_troubles_of_several_kinds_are_one_error_of_the_upstreams(server: LyingServer, tmp_path: Path) -> None:
    files = serve_upstreams(server, "HGNC")
    server.files.pop("/" + files[0].url.partition("://")[2].partition("/")[2])
    _, gaps = _fetch(tmp_path, [*files, _down("mgi.ensembl")])
    with pytest.raises(SourceError) as raised:
        refuse_gaps(gaps)
    assert (raised.value.code, raised.value.source) == ("source_error", "HGNC, MGI")
    refuse_gaps([])


def test_of_a_file_that_was_fetched_before_the_copy_is_told(server: LyingServer, tmp_path: Path) -> None:
    files = serve_upstreams(server, "HGNC")
    _fetch(tmp_path, files)
    path = "/" + files[0].url.partition("://")[2].partition("/")[2]
    server.put(path, b"x", *[fail(404)] * 9)
    _, (gap,) = _fetch(tmp_path, files)
    assert gap.copy == upstream_folder(tmp_path) / "hgnc_complete_set.txt"
    assert describe_gaps([gap])[-1].strip() == "hgnc_complete_set*.txt: a copy of 2026-11-20 is here"


def test_a_disk_that_takes_no_file_is_no_fault_of_an_upstream(server: LyingServer, tmp_path: Path) -> None:
    files = serve_upstreams(server, "HGNC")
    folder = upstream_folder(tmp_path)
    folder.mkdir(parents=True)
    (folder / "withdrawn.txt.part").mkdir()
    with pytest.raises(ResolverError) as raised:
        _fetch(tmp_path, files)
    assert not isinstance(raised.value, SourceError)


# --- Without internet ---


def _run_offline(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where no request gets out, as behind a proxy that is not there."""
    nobody = f"http://127.0.0.1:{free_port()}"
    variables: dict[str, Any] = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), nobody)
    environment = os.environ | variables | {"RESOLVER_DATA_DIR": str(data_dir), "NO_PROXY": "", "no_proxy": ""}
    command = [sys.executable, "-m", "resolver", "seed", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)


@pytest.mark.parametrize("arguments", [[], ["--without-failed"], ["fetch"]])
def test_without_internet_it_ends_soon_and_says_what_can_be_done(tmp_path: Path, arguments: list[str]) -> None:
    begun = time.monotonic()
    ended = _run_offline(tmp_path, *arguments)
    assert time.monotonic() - begun < 20
    assert ended.returncode == 4
    assert "no upstream can be reached" in ended.stderr
    for step in ("resolver seed --from DIR", "resolver seed unpack FILE", "embedded one"):
        assert step in ended.stderr
    assert "fetched before" not in ended.stderr
    assert len(ended.stderr.splitlines()) < 10


def test_without_internet_what_was_fetched_before_can_be_built_from(tmp_path: Path) -> None:
    folder = upstream_folder(tmp_path)
    folder.mkdir(parents=True)
    (folder / "sec_ac.txt").write_bytes((UPSTREAM / "sec_ac.txt").read_bytes())
    assert "build from the 1 file that was fetched before (resolver seed build)" in _run_offline(tmp_path).stderr


def test_without_internet_a_plan_still_tells_what_is_here(tmp_path: Path) -> None:
    ended = _run_offline(tmp_path, "plan")
    assert ended.returncode == 0
    assert "no reply" in ended.stderr
    assert "ftp.ensembl.org cannot be reached" in ended.stderr
    assert f"not included: {sum(bool(file.url) for file in FILES)} files of unknown size" in ended.stderr


def test_to_go_on_without_files_and_to_fetch_none_exclude_each_other(tmp_path: Path) -> None:
    assert _run_offline(tmp_path, "--without-failed", "--from", str(UPSTREAM)).returncode == 2


# --- What was replaced ---


def _lay(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"x" * 100)


def test_files_that_newer_ones_replaced_are_removed_with_their_notes(tmp_path: Path) -> None:
    folder = upstream_folder(tmp_path)
    name = "Homo_sapiens.GRCh38.{}.entrez.tsv.gz".format
    core = "homo_sapiens_core_{}.stable_id_event.txt.gz".format
    kept = {name(115), f"{name(115)}.meta.json", core("115_38"), f"{core('115_38')}.meta.json"}
    kept |= {f"{name(116)}.part", f"{name(116)}.part.json"}  # of the next release, to go on from
    kept |= {name(90), "gene2refseq.gz.part", "notes.txt"}  # not fetched by us; of no older release; not ours
    gone = {f"{name(release)}{end}" for release in (99, 114) for end in ("", ".meta.json", ".part", ".part.json")}
    gone |= {core("114_38"), f"{core('114_38')}.meta.json"}
    _lay(folder, *kept, *gone)
    assert remove_superseded(tmp_path) == (5, 500)
    assert _names(tmp_path) == kept
    assert remove_superseded(tmp_path) == (0, 0)


def test_nothing_is_removed_while_another_run_fetches(tmp_path: Path) -> None:
    folder = upstream_folder(tmp_path)
    names = [f"MANE.GRCh38.v{release}.summary.txt.gz" for release in ("1.0", "1.4")]
    _lay(folder, *names, *(f"{name}.meta.json" for name in names))
    with FileLock(folder / ".download.lock"):
        assert remove_superseded(tmp_path) == (0, 0)
    assert remove_superseded(tmp_path) == (1, 100)


def test_a_workshop_without_files_has_nothing_to_remove(tmp_path: Path) -> None:
    assert remove_superseded(tmp_path) == (0, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_published_release_frees_what_it_was_not_made_from(tmp_path: Path) -> None:
    folder = upstream_folder(tmp_path)
    _lay(folder, "MANE.GRCh38.v0.9.summary.txt.gz", "MANE.GRCh38.v0.9.summary.txt.gz.meta.json")
    for path in UPSTREAM.glob("*"):
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    release = build_genome_release(tmp_path, [folder])
    ended = _run_offline(tmp_path, "publish", release.id)
    assert "removed 1 source file that newer ones replace" in ended.stderr
    assert "MANE.GRCh38.v0.9.summary.txt.gz" not in _names(tmp_path)
