"""Releases go live, go back, are dropped when old, and travel in one file."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from resolver.errors import InputError, NoRelease, ReleaseCorrupt
from resolver.resolve.resolver import Resolver
from resolver.store.gene_reader import GeneReader
from resolver.store.release import Release, get_current_release, list_releases, releases_folder
from seed.cli import pack_release, publish_checked
from seed.pipeline import unpack_release
from seed.publish import KEPT, get_release, make_current, roll_back
from tests.releases import copy_data_dir, copy_release, own_copy


@pytest.fixture
def data(small_release: Release, tmp_path: Path) -> Path:
    """Return a data folder with four releases, r1 to r4, of the same content."""
    folder = tmp_path / "data"
    for number in range(1, 5):
        copy_release(small_release, folder, f"r{number}", built_at=f"2026-01-0{number}T00:00:00+00:00")
    return folder


def test_the_last_three_are_kept_and_always_the_live_one_and_the_one_before_it(data: Path) -> None:
    make_current(data, "r1")
    assert {release.id for release in list_releases(data)} == {"r4", "r3", "r2", "r1"}
    make_current(data, "r4")
    assert {release.id for release in list_releases(data)} == {"r4", "r3", "r2", "r1"}
    make_current(data, "r3")
    assert [release.id for release in list_releases(data)] == ["r4", "r3", "r2"]
    assert len(list_releases(data)) == KEPT


def test_rolling_back_returns_to_the_release_that_was_live_before(data: Path) -> None:
    for name in ("r2", "r3", "r4"):
        make_current(data, name)
    assert roll_back(data).id == "r3"
    assert get_current_release(data).id == "r3"
    assert roll_back(data).id == "r2"


def test_rolling_back_goes_back_to_the_first_and_then_tells_the_way_forward(data: Path) -> None:
    for name in ("r3", "r4"):
        make_current(data, name)
    assert roll_back(data).id == "r3"
    for _ in range(2):
        with pytest.raises(NoRelease, match="no earlier release to go back to from r3") as caught:
            roll_back(data)
        assert caught.value.hint == "To go forward again: resolver seed publish r4"
    assert get_current_release(data).id == "r3"
    make_current(data, "r4")
    assert roll_back(data).id == "r3"


def test_going_back_from_a_release_that_followed_a_rollback_skips_what_was_rolled_back_from(data: Path) -> None:
    for name in ("r1", "r2"):
        make_current(data, name)
    roll_back(data)
    make_current(data, "r4")
    assert roll_back(data).id == "r1"


def test_there_is_nothing_to_roll_back_to_after_the_first(data: Path) -> None:
    make_current(data, "r4")
    with pytest.raises(NoRelease, match="no earlier release") as caught:
        roll_back(data)
    assert "resolver seed list" in str(caught.value.hint)


def test_a_live_release_that_cannot_be_read_is_left_by_rolling_back(data: Path) -> None:
    for name in ("r2", "r3"):
        make_current(data, name)
    (releases_folder(data) / "r3" / "manifest.json").write_text("{")
    assert roll_back(data).id == "r2"


def test_the_embedded_genome_is_not_published_over_one_that_has_more_unless_accepted(
    data_dir: Path, tmp_path: Path
) -> None:
    folder = copy_data_dir(data_dir, tmp_path / "data")
    embedded = get_current_release(folder)
    counts = embedded.manifest["counts"] | {"genes": {"human": 10**6, "mouse": 10**6}}
    larger = make_current(folder, copy_release(embedded, folder, "genome-x", counts=counts).id)
    with pytest.raises(ReleaseCorrupt, match=r"contains much less than genome-x: human genes: 1,000,000 before"):
        publish_checked(folder, embedded, accept=False)
    assert get_current_release(folder).id == larger.id
    assert publish_checked(folder, embedded, accept=True).id == embedded.id
    assert roll_back(folder).id == larger.id


def test_a_release_takes_the_place_of_one_that_cannot_be_read(small_data_dir: Path, tmp_path: Path) -> None:
    folder = copy_data_dir(small_data_dir, tmp_path / "data")
    release = get_current_release(folder)
    unreadable = make_current(folder, copy_release(release, folder, "genome-x").id)
    (unreadable.folder / "manifest.json").write_text("{")
    assert publish_checked(folder, release, accept=False).id == release.id


def test_a_damaged_release_is_not_published(small_data_dir: Path, tmp_path: Path) -> None:
    folder = copy_data_dir(small_data_dir, tmp_path / "data")
    release = get_current_release(folder)
    other = copy_release(release, folder, "genome-x")
    own_copy(other.database)
    content = bytearray(other.database.read_bytes())
    content[len(content) // 3] ^= 1
    other.database.write_bytes(content)
    with pytest.raises(ReleaseCorrupt, match="was changed after it was written"):
        publish_checked(folder, other, accept=True)
    assert get_current_release(folder).id == release.id


def test_a_release_is_named_by_the_beginning_of_its_id_if_only_one_begins_so(data: Path) -> None:
    make_current(data, "r4")
    assert get_release(data, "r3").id == "r3"
    assert get_release(data, "current").id == "r4"
    with pytest.raises(NoRelease, match="several releases begin with 'r'"):
        get_release(data, "r")
    with pytest.raises(NoRelease, match="there is no release 'x'"):
        get_release(data, "x")


def test_a_packed_release_answers_the_same_elsewhere(small_release: Release, tmp_path: Path) -> None:
    packed = pack_release(small_release, tmp_path / "small.tar")
    elsewhere = tmp_path / "elsewhere"
    unpacked = unpack_release(elsewhere, packed)
    assert unpacked.content_hash == small_release.content_hash
    make_current(elsewhere, unpacked.id)
    answer = Resolver(GeneReader(get_current_release(elsewhere))).resolve("P13232")
    assert answer.to_dict() == Resolver(GeneReader(small_release)).resolve("P13232").to_dict()


def test_a_packed_release_that_was_altered_is_refused(small_release: Release, tmp_path: Path) -> None:
    altered = copy_release(small_release, tmp_path, small_release.id)
    genes = altered.folder / "genes.parquet"
    own_copy(genes)
    content = bytearray(genes.read_bytes())
    content[len(content) // 2] ^= 1
    genes.write_bytes(content)
    packed = pack_release(altered, tmp_path / "altered.tar")
    with pytest.raises(ReleaseCorrupt, match="SHA-256"):
        unpack_release(tmp_path / "elsewhere", packed)
    assert list_releases(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\x1f\x8b\x08\x00cut"])
def test_what_is_no_packed_release_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    packed = tmp_path / "packed.tar.gz"
    packed.write_bytes(content)
    with pytest.raises(InputError, match=r"packed\.tar\.gz is no packed release"):
        unpack_release(tmp_path / "data", packed)


def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "packed.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "evil", arcname="../../evil")
    with pytest.raises(InputError, match="no packed release"):
        unpack_release(tmp_path / "data", tmp_path / "packed.tar.gz")


def test_a_link_in_a_packed_release_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with tarfile.open(tmp_path / "packed.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "link", arcname="release/link")
    with pytest.raises(InputError, match="does not belong there"):
        unpack_release(tmp_path / "data", tmp_path / "packed.tar.gz")
