"""How commands treat the `RESOLVER_…` variables: in processes of their own, as a terminal starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def _run(data_dir: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RESOLVER_")}
    environment |= {"RESOLVER_DATA_DIR": str(data_dir), **variables}
    command = [sys.executable, "-m", "resolver", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    ("arguments", "name", "value", "expected"),
    [
        (["serve", "--workers", "2"], "RESOLVER_LIVE_KEEP_S", "soon", "a valid number"),
        (["serve"], "RESOLVER_JOBS_AT_ONCE", "0", "greater than 0"),
        (["serve"], "RESOLVER_CONVERT_MAX_BYTES", "many", "byte"),
        (["serve"], "RESOLVER_DATA_DIR", "~nobody-of-this-name/genes", "the path of a folder"),
        (["resolve", "P13232"], "RESOLVER_LIVE", "perhaps", "a valid boolean"),
        (["resolve", "P13232"], "RESOLVER_DATA_DIR", "~nobody-of-this-name/genes", "the path of a folder"),
        (["seed", "list"], "RESOLVER_NIGHTLY_SOURCE_MINUTES", "{refseq: 60}", "a JSON object"),
        (["nightly", "status"], "RESOLVER_NIGHTLY_SOURCE_CALLS", '{"refseq": "all"}', "a valid integer"),
    ],
)
def test_a_setting_that_cannot_be_read_ends_every_command_with_one_sentence_before_it_begins(
    data_dir: Path, arguments: list[str], name: str, value: str, expected: str
) -> None:
    ended = _run(data_dir, *arguments, **{name: value})
    assert (ended.returncode, ended.stdout) == (2, "")
    message, *_hint = ended.stderr.splitlines()
    assert message.startswith(f"error: {name}")
    assert expected in message
    assert "Traceback" not in ended.stderr
    assert "serving" not in ended.stderr


def test_the_value_of_a_setting_that_cannot_be_read_is_not_repeated(data_dir: Path) -> None:
    assert "hunter2" not in _run(data_dir, "serve", RESOLVER_UPSTREAM_TIMEOUT_S="hunter2").stderr


def test_help_is_shown_whatever_the_settings_are(data_dir: Path) -> None:
    assert _run(data_dir, "serve", "--help", RESOLVER_LIVE="perhaps").returncode == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RESOLVER_DATADIR", "did you mean RESOLVER_DATA_DIR?"),
        ("RESOLVER_NCBI_KEY", "did you mean RESOLVER_NCBI_API_KEY?"),
        ("RESOLVER_QQQQQQQQ", "docs/settings.md"),
    ],
)
def test_an_unknown_variable_is_a_warning_of_one_line_with_the_nearest_setting(
    data_dir: Path, name: str, expected: str
) -> None:
    ended = _run(data_dir, "go", "P13232", **{name: "1"})
    assert ended.returncode == 0
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"warning: {name} is not a setting")
    assert expected in line


def test_an_empty_variable_of_an_unknown_name_is_no_warning(data_dir: Path) -> None:
    assert _run(data_dir, "go", "P13232", RESOLVER_DATADIR="").stderr == ""


_CRASHING = """
import typer
from resolver.cli.app import main

app = typer.Typer()

@app.callback()
def root(debug: bool = False) -> None: ...

@app.command()
def crash() -> None:
    raise ValueError("two\\nlines")

main(lambda requested: app)
"""


def _crash(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _CRASHING, *arguments]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)


def test_an_unexpected_exception_is_one_line_and_exit_code_70() -> None:
    ended = _crash("crash")
    assert (ended.returncode, ended.stdout) == (70, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("internal error: ValueError: two lines")
    assert "--debug" in line


@pytest.mark.parametrize(("arguments", "stated"), [(["--debug", "crash"], ""), (["crash"], "true")])
def test_the_traceback_is_shown_on_request(arguments: list[str], stated: str) -> None:
    ended = _crash(*arguments, RESOLVER_DEBUG=stated)
    assert ended.returncode == 70
    assert "Traceback" in ended.stderr


def test_debug_stands_before_any_command(data_dir: Path) -> None:
    assert _run(data_dir, "--debug", "go", "P13232").returncode == 0
