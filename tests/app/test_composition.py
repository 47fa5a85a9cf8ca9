"""Composition: settings are read in one place, and a service notices a release that is published."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import orjson
import pytest

from resolver.api.app import create_app
from resolver.app.environment import variable_of
from resolver.app.resolver import ReleaseFollower
from resolver.app.settings import Settings
from resolver.app.stores import open_current_release
from resolver.errors import NoRelease, ReleaseError, SchemaMismatch
from resolver.store.release import get_current_release, list_releases, publish_release, releases_folder
from seed.archive import EMBEDDED
from seed.packed import open_packed
from tests.releases import copy_data_dir, copy_release
from tests.serving import served


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def data(small_data_dir: Path, tmp_path: Path) -> Path:
    """Return a data folder in which a release is live and a second release waits."""
    folder = copy_data_dir(small_data_dir, tmp_path / "data")
    copy_release(get_current_release(folder), folder, "second")
    return folder


def test_a_new_current_release_is_noticed_within_a_second(data: Path) -> None:
    clock = _Clock()
    follower = ReleaseFollower(data, clock=clock)
    before = follower()
    publish_release(data, "second")
    assert follower() is before
    clock.now = 1.0
    _until(lambda: follower().release.id == "second")
    assert before.resolve("P13232").release.id != "second"


def test_a_release_that_cannot_be_opened_is_not_used(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = _Clock()
    follower = ReleaseFollower(data, clock=clock)
    before = follower()
    (data / "current").write_text("nowhere\n")
    for clock.now in (1.0, 2.0):
        assert follower() is before
        _until(lambda: "cannot be opened" in caplog.text)


def test_a_running_service_answers_from_the_new_release_without_a_restart(data: Path) -> None:
    follower = ReleaseFollower(data, every_s=0.0)
    with served(create_app(follower)) as client:
        assert _release(client) != "second"
        publish_release(data, "second")
        _until(lambda: _release(client) == "second")


def _until(is_so: Callable[[], bool]) -> None:
    """Wait for what a thread in the background does."""
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until, "it did not become so"
        time.sleep(0.01)


def _release(client: httpx.Client) -> str:
    answer: str = client.get("/resolve/P13232").json()["release"]["id"]
    return answer


def test_the_data_folder_may_be_named_from_the_home_folder(tmp_path: Path) -> None:
    environment = os.environ | {"HOME": str(tmp_path), "RESOLVER_DATA_DIR": "~/genes"}
    script = "from resolver.app.environment import find_data_dir; print(find_data_dir())"
    ended = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == str(tmp_path / "genes")


@pytest.mark.long  # it unpacks the embedded genome
def test_a_starter_of_an_earlier_version_is_replaced_by_the_embedded_genome(data: Path) -> None:
    _make_current_of_schema_1(data, "starter-old")
    assert open_current_release(data).id == open_packed(EMBEDDED).id


def test_a_genome_release_of_another_version_is_refused_with_the_commands_that_replace_it(data: Path) -> None:
    _make_current_of_schema_1(data, "genome-old")
    with pytest.raises(SchemaMismatch, match="schema 1") as caught:
        open_current_release(data)
    assert "resolver seed unpack" in str(caught.value.hint)


def test_a_folder_with_a_release_that_nobody_published_is_refused_with_the_command_that_does(data: Path) -> None:
    (data / "current").unlink()
    stages: list[str] = []
    with pytest.raises(NoRelease, match="no release is published") as caught:
        open_current_release(data, lambda stage, _share: stages.append(stage))
    named = [release.id for release in list_releases(data)]
    assert f"resolver seed publish {named[0]}" in str(caught.value.hint)
    assert "resolver seed unpack" in str(caught.value.hint)
    assert "and 1 more" in str(caught.value)
    assert stages == []
    publish_release(data, named[0])
    assert open_current_release(data).id == named[0]


def _make_current_of_schema_1(data: Path, name: str) -> None:
    second = releases_folder(data) / "second"
    manifest = get_current_release(data).manifest | {"id": name, "schema": 1}
    second = second.rename(second.with_name(name))
    (second / "manifest.json").write_bytes(orjson.dumps(manifest))
    (data / "current").write_text(name)


def test_a_folder_that_cannot_be_written_is_an_error_before_a_release_is_built(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    stages: list[str] = []
    with pytest.raises(ReleaseError, match="cannot be written") as caught:
        open_current_release(tmp_path / "file" / "data", lambda stage, _share: stages.append(stage))
    assert "RESOLVER_DATA_DIR" in str(caught.value.hint)
    assert stages == []


def _print_in(script: str, **variables: str) -> str:
    """Return what a new process prints that has these variables in its environment."""
    command = [
        sys.executable,
        "-c",
        f"from resolver.app.environment import *; from resolver.app.settings import *; {script}",
    ]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_counts_as_not_set_for_every_setting(tmp_path: Path, empty: str) -> None:
    variables = {variable_of(name): empty for name in Settings.model_fields} | {"HOME": str(tmp_path)}
    assert _print_in("print(read_settings() == type(read_settings()).model_construct())", **variables) == "True\n"


def test_an_empty_data_folder_is_the_same_one_for_settings_releases_and_ledger(tmp_path: Path) -> None:
    script = "print(find_data_dir(), read_settings().data_dir, find_ledger_url(), sep='\\n')"
    variables = {"RESOLVER_DATA_DIR": "", "RESOLVER_LEDGER_URL": "", "XDG_DATA_HOME": str(tmp_path)}
    folder = tmp_path / "gene-xref-resolver"
    assert _print_in(script, **variables).split() == [str(folder), str(folder), f"sqlite:///{folder / 'ledger.db'}"]
