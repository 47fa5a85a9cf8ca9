"""The R code of the documentation, run from the top of each page to its end, prints what the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from resolver.api.app import create_app
from resolver.app.resolver import LocalResolver
from tests.clients.r import has_package, run_r
from tests.guides import DOCS, ROOT, blocks, first_difference
from tests.serving import served

PAGES = sorted(page for page in DOCS.rglob("*.md") if blocks(page.read_text(encoding="utf-8"), "r"))
# Messages go to standard output, between the values.
OPENING = 'sink(stdout(), type = "message")\noptions(width = 120)\n'


def test_pages_with_code_in_r_are_found() -> None:
    assert {page.name for page in PAGES} >= {"clients.md", "deseq2.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_r_code_of_a_page_prints_what_the_page_shows(page: Path, resolver: LocalResolver) -> None:
    if not has_package("jsonlite"):
        pytest.skip("the R package jsonlite is not installed")
    code = "".join(blocks(page.read_text(encoding="utf-8"), "r"))
    shown = "\n".join(line.removeprefix("#>") for line in code.splitlines() if line.startswith("#>"))
    with served(create_app(lambda: resolver)) as client:
        address = str(client.base_url)
        done = run_r(OPENING + re.sub(r"http://127\.0\.0\.1:8000", address, code), folder=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.sub(r"\s", "", shown), "the page shows no output"
    missing = first_difference(done.stdout, shown)
    assert not missing, f"{done.stdout}\nnot printed: {missing}"
    assert len(re.sub(r"\s", "", done.stdout)) == len(re.sub(r"\s", "", shown)), f"more is printed: {done.stdout}"
