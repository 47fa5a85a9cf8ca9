"""Releases on disk: what serves, what is refused and why, and how one is put live."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from resolver.errors import NoRelease, ReleaseCorrupt, SchemaMismatch
from resolver.store.gene_reader import GeneReader
from resolver.store.release import (
    check_database,
    find_current_release,
    get_current_release,
    list_releases,
    open_release,
    publish_release,
    releases_folder,
)
from tests.releases import copy_data_dir, copy_release, own_copy


@pytest.fixture
def copied(small_data_dir: Path, tmp_path: Path) -> Path:
    """Return a data folder of its own with a small release, whose database may be written into."""
    folder = copy_data_dir(small_data_dir, tmp_path / "data")
    own_copy(get_current_release(folder).database)
    return folder


def test_an_empty_folder_has_no_release_and_the_error_says_how_to_get_one(tmp_path: Path) -> None:
    assert find_current_release(tmp_path) is None
    with pytest.raises(NoRelease) as caught:
        get_current_release(tmp_path)
    assert "resolver seed unpack" in str(caught.value.hint)


def test_a_pointer_to_nothing_is_corrupt_and_not_empty(copied: Path) -> None:
    (copied / "current").write_text("genome-gone\n")
    with pytest.raises(ReleaseCorrupt, match="genome-gone"):
        find_current_release(copied)


def test_a_manifest_of_another_schema_is_a_mismatch(copied: Path) -> None:
    release = get_current_release(copied)
    manifest = release.folder / "manifest.json"
    manifest.write_bytes(orjson.dumps(release.manifest | {"schema": 999}))
    with pytest.raises(SchemaMismatch, match="999"):
        open_release(release.folder)


def test_a_missing_database_is_corrupt(copied: Path) -> None:
    release = get_current_release(copied)
    release.database.unlink()
    with pytest.raises(ReleaseCorrupt, match=r"reference\.db"):
        open_release(release.folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"no database at all" * 400,
        lambda content: content[:-4096],
        lambda content: content + b"\0",
        lambda content: b"X" * len(content),
    ],
    ids=["other content", "cut short", "longer", "other content of the same size"],
)
def test_a_damaged_database_is_found_when_the_release_is_opened(copied: Path, damage: Callable[[bytes], bytes]) -> None:
    release = get_current_release(copied)
    release.database.write_bytes(damage(release.database.read_bytes()))
    with pytest.raises(ReleaseCorrupt) as caught:
        get_current_release(copied)
    assert f"resolver seed unpack {release.folder}" in str(caught.value.hint)


def test_two_thousand_flipped_bits_are_found_when_the_database_is_opened(copied: Path) -> None:
    release = get_current_release(copied)
    content = bytearray(release.database.read_bytes())
    places = random.Random(7)  # noqa: S311  (a sample, not a secret)
    for _ in range(2_000):
        content[places.randrange(100, len(content))] ^= 1 << places.randrange(8)
    release.database.write_bytes(content)
    with pytest.raises(ReleaseCorrupt, match="was changed after it was written") as caught:
        GeneReader(get_current_release(copied))
    assert "resolver seed unpack" in str(caught.value.hint)


def test_a_database_that_another_program_changed_is_found_when_it_is_opened(copied: Path) -> None:
    release = get_current_release(copied)
    with closing(sqlite3.connect(release.database)) as connection, connection:
        connection.execute("UPDATE gene SET symbol = 'IL8' WHERE symbol = 'IL7'")
    with pytest.raises(ReleaseCorrupt, match="was changed after it was written"):
        GeneReader(get_current_release(copied))


def test_one_flipped_bit_is_found_by_the_whole_hash(copied: Path) -> None:
    release = get_current_release(copied)
    content = bytearray(release.database.read_bytes())
    content[len(content) // 2] ^= 1
    release.database.write_bytes(content)
    with pytest.raises(ReleaseCorrupt, match="was changed after it was written"):
        check_database(release)


def test_publishing_moves_the_pointer_only_to_a_release_that_opens(copied: Path) -> None:
    before = get_current_release(copied).id
    with pytest.raises(ReleaseCorrupt):
        publish_release(copied, "genome-missing")
    assert get_current_release(copied).id == before


def test_a_reader_keeps_its_release_while_another_is_published(copied: Path) -> None:
    first = get_current_release(copied)
    reader = GeneReader(first)
    second = releases_folder(copied) / "second"
    copy_release(first, copied, second.name)
    publish_release(copied, "second")
    assert get_current_release(copied).id == "second"
    assert reader.release.id == first.id
    assert reader.find_placements("uniprot", "P13232")


def test_the_list_leaves_out_what_cannot_serve(copied: Path) -> None:
    (releases_folder(copied) / "broken").mkdir()
    (releases_folder(copied) / "broken" / "manifest.json").write_text("{")
    assert [release.id for release in list_releases(copied)] == [get_current_release(copied).id]


def test_precomputed_answers_of_an_older_release_are_ignored(copied: Path) -> None:
    release = get_current_release(copied)
    (release.folder / "lookup").mkdir()
    (release.folder / "lookup" / "texts.parquet").write_bytes(b"no Parquet")
    assert GeneReader(get_current_release(copied)).find_placements("hgnc", "6023")
