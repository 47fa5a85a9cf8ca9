"""What the pages show of Python is what Python does."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("page", ["README.md", "docs/python.md", "docs/tutorial.md", "docs/how-to/10x.md"])
def test_the_python_examples_of_a_page_run(data_dir: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    monkeypatch.setenv("RESOLVER_DATA_DIR", str(data_dir))
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    example = doctest.DocTestParser().get_doctest(blocks, {}, page, page, 0)
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0
