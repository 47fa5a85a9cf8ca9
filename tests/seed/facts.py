"""The facts of the small source files, for tests that change some of them and build a release."""

from __future__ import annotations

from pathlib import Path

from resolver.sources.base import Facts
from resolver.sources.registry import BY_KEY, FILES
from resolver.store.release import Release
from seed.curated import read_curated_facts
from seed.join import join_facts
from seed.pipeline import finish_release, with_statements
from seed.upstream import find_upstream_files, read_upstream_file
from tests.conftest import UPSTREAM


def read_small_facts() -> Facts:
    """Return all facts of the small source files, those that we wrote by hand included."""
    facts = read_curated_facts()
    found = find_upstream_files([UPSTREAM], FILES)
    for key, path in found.items():
        facts.extend(read_upstream_file(BY_KEY[key], path, found))
    return facts


def build_of(facts: Facts, data_dir: Path) -> Release:
    """Build a release of these facts; it is verified, and not current."""
    row = dict.fromkeys(("file", "url", "upstream_version", "upstream_date", "note"), "") | {"sha256": None}
    sources = [row | {"key": file.key, "source": file.source, "license": file.license} for file in FILES]
    return finish_release(join_facts(facts), with_statements(sources, facts), data_dir=data_dir, name="changed")
