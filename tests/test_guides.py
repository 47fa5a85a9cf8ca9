"""The commands of the tutorial and of the how-to guides run from top to bottom and print what the pages show."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from resolver.cli.app import make_app
from tests.guides import DOCS, GUIDES, ROOT, blocks, first_difference, transcript

SHELL = re.compile(r"[|;&<>]")
COOKBOOK = ("deseq2", "salmon", "10x", "maxquant", "mageck", "depmap", "gwas-catalog", "maf", "excel-dates")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder in which the examples of the documentation can be read and files can be written."""
    (tmp_path / "docs").symlink_to(DOCS)
    program = tmp_path / "bin" / "resolver"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m resolver "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def _run(command: str, folder: Path, data_dir: Path) -> str:
    """Return what a command prints; `resolver` runs in this process unless the command needs a shell."""
    environment = {"COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1", "RESOLVER_DATA_DIR": str(data_dir)}
    words = shlex.split(command)
    if words[0] == "resolver" and not SHELL.search(command):
        return CliRunner().invoke(make_app(), words[1:], prog_name="resolver", env=environment).output
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, **environment, "PATH": path, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=120,
    ).stdout


@pytest.mark.parametrize("page", GUIDES, ids=lambda path: path.stem)
def test_the_commands_of_a_guide_print_what_it_shows(
    page: Path, folder: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for block in blocks(page.read_text(encoding="utf-8"), "console"):
        for command, shown in transcript(block):
            if not command.startswith("curl "):  # test_docs.py has a service for these
                printed = _run(command, folder, data_dir)
                missing = first_difference(printed, shown)
                assert not missing, f"$ {command}\n{printed}\nnot printed: {missing}"


@pytest.mark.parametrize("name", COOKBOOK)
def test_the_page_of_a_table_shows_the_table_and_a_command_and_is_in_the_cookbook(name: str) -> None:
    commands = [
        command
        for block in blocks((DOCS / "how-to" / f"{name}.md").read_text(encoding="utf-8"), "console")
        for command, _ in transcript(block)
    ]
    assert any("docs/examples/cookbook/" in command and command.startswith(("cat ", "cut ")) for command in commands)
    assert any(command.startswith("resolver ") for command in commands)
    assert f"(how-to/{name}.md)" in (DOCS / "tables.md").read_text(encoding="utf-8")
