"""Facts that we wrote by hand: each has a reason, and a row that breaks the layout is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.errors import UnreadableTable
from seed.curated import CURATED, read_curated_facts


def test_every_fact_has_a_reason_and_reads_as_a_name_or_an_identifier() -> None:
    rows = [line.split("\t") for line in CURATED.read_text(encoding="utf-8").splitlines() if line[:1] not in ("", "#")]
    assert all(all(cells) for cells in rows)
    facts = read_curated_facts()
    read = sum(facts.frame(kind).collect().height for kind in ("names", "identifiers"))
    assert read == len(rows) - 1


def test_a_row_that_is_too_short_is_refused_with_its_line(tmp_path: Path) -> None:
    table = tmp_path / "curated.tsv"
    table.write_text("# comment\nsubject\tkind\tvalue\twhy\nhgnc:6023\talias\tLP-1\ta reason\nhgnc:6023\talias\n")
    with pytest.raises(UnreadableTable, match="line 4") as caught:
        read_curated_facts(table)
    assert caught.value.line == 4


def test_a_header_that_differs_is_refused_with_what_was_found(tmp_path: Path) -> None:
    table = tmp_path / "curated.tsv"
    table.write_text("subject\tvalue\n")
    with pytest.raises(UnreadableTable, match="found subject, value"):
        read_curated_facts(table)
