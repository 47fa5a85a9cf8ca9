"""Releases on disk: what serves, what is refused and why, and how one is put live."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from resolver.errors import NoRelease, ReleaseCorrupt, SchemaMismatch
from resolver.store.gene_reader import GeneReader
from resolver.store.release import (
    find_current_release,
    get_current_release,
    list_releases,
    open_release,
    publish_release,
    releases_folder,
)


@pytest.fixture
def copied(data_dir: Path, tmp_path: Path) -> Path:
    """Return a data folder of its own with the starter release."""
    return Path(shutil.copytree(data_dir, tmp_path / "data"))


def test_an_empty_folder_has_no_release_and_the_error_says_how_to_get_one(tmp_path: Path) -> None:
    assert find_current_release(tmp_path) is None
    with pytest.raises(NoRelease) as caught:
        get_current_release(tmp_path)
    assert "resolver seed starter" in str(caught.value.hint)


def test_a_pointer_to_nothing_is_corrupt_and_not_empty(copied: Path) -> None:
    (copied / "current").write_text("starter-gone\n")
    with pytest.raises(ReleaseCorrupt, match="starter-gone"):
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


def test_a_damaged_database_is_corrupt_and_never_answers_not_found(copied: Path) -> None:
    release = get_current_release(copied)
    release.database.write_bytes(b"no database at all" * 400)
    with pytest.raises(ReleaseCorrupt, match="cannot be read"):
        GeneReader(release)


def test_publishing_moves_the_pointer_only_to_a_release_that_opens(copied: Path) -> None:
    before = get_current_release(copied).id
    with pytest.raises(ReleaseCorrupt):
        publish_release(copied, "starter-missing")
    assert get_current_release(copied).id == before


def test_a_reader_keeps_its_release_while_another_is_published(copied: Path) -> None:
    first = get_current_release(copied)
    reader = GeneReader(first)
    second = releases_folder(copied) / "second"
    shutil.copytree(first.folder, second)
    (second / "manifest.json").write_bytes(orjson.dumps(first.manifest | {"id": "second"}))
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
