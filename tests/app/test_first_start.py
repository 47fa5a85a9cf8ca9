"""The first start is not silent: one line on a terminal, else messages of `logging`."""

from __future__ import annotations

import io
import logging
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from resolver.app.first_start import first_start

ROOT = Path(__file__).parents[2]


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def test_a_terminal_gets_one_line() -> None:
    stream = Terminal()
    with first_start("/data", stream) as report:
        report("unpacking the embedded genome", 0.0)
        report("unpacking the embedded genome", 0.5)
        report("verifying", None)
    shown = stream.getvalue()
    assert shown.count("\n") == 1
    assert "unpacking the embedded genome into /data 50%" in shown
    assert shown.split("\r\x1b[K")[-1] == "resolver, first start: verifying into /data\n"


def test_anything_else_gets_a_message_for_each_stage(caplog: pytest.LogCaptureFixture) -> None:
    stream = io.StringIO()
    with caplog.at_level(logging.INFO), first_start("/data", stream) as report:
        report("unpacking the embedded genome", 0.0)
        report("unpacking the embedded genome", 0.5)
        report("verifying", 0.97)
    assert stream.getvalue() == ""
    assert [record.message for record in caplog.records] == [
        "first start: unpacking the embedded genome into /data",
        "first start: verifying into /data",
    ]


def test_a_terminal_without_a_first_start_stays_as_it_is() -> None:
    stream = Terminal()
    with first_start("/data", stream):
        pass
    assert stream.getvalue() == ""


@pytest.mark.long
def test_a_first_resolver_in_python_is_announced(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    script = "from resolver import Resolver; print(Resolver().resolve('P13232').genes[0].gene.symbol)"
    env = {**os.environ, "RESOLVER_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # the end of a terminal on Linux
            pass
        assert process.stdout is not None
        assert process.stdout.read() == b"IL7\n"
    os.close(ours)
    assert b"first start: unpacking the embedded genome into" in shown
    assert b"100%" in shown
