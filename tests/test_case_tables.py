"""The runner of small tables finds what is not as expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.case_tables import convert, find_faults, read_cases

EXPECTED = """\
# file	options	column	rows	symbols
genes.tsv	--species human	gene	2	KRAS -
genes.tsv	--species human	n	3	EGFR ?
numbers.tsv		none	0
numbers.tsv	--column n	(any)	?
genes.tsv		none
missing.tsv		gene
"""


def test_each_table_is_compared_with_what_is_expected(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESOLVER_DATA_DIR", str(data_dir))
    (tmp_path / "genes.tsv").write_text("n\tgene\n1\tKRAS\n2\tnowhere\n", encoding="utf-8")
    (tmp_path / "numbers.tsv").write_text("n\tm\n0.5\t1\n", encoding="utf-8")
    (tmp_path / "expected.tsv").write_text(EXPECTED, encoding="utf-8")
    faults = [find_faults(case, convert(tmp_path / case.file, case.options)) for case in read_cases(tmp_path)]
    assert faults[0] == []
    assert faults[1] == ["column gene, not n", "2 rows, not 3", "symbols KRAS for EGFR"]
    assert faults[2:4] == [[], []]
    assert faults[4] == ["converted, with exit code 0"]
    assert "exit code 2: error: missing.tsv: cannot be read" in faults[5][0].replace(f"{tmp_path}/", "")
