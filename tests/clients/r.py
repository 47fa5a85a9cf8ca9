"""Run code of R, if it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def run_r(script: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Return what a script of R printed; skips, and says so, where R is not installed."""
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("R is not installed: no Rscript (Debian: apt-get install r-base-core r-cran-jsonlite)")
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    command = [program, "--vanilla", "-e", script]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=folder, timeout=120
    )


def has_package(package: str) -> bool:
    """Return whether a package of R is installed."""
    return run_r(f'cat(requireNamespace("{package}", quietly = TRUE))').stdout == "TRUE"
