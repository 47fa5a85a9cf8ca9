"""NDJSON: each object keeps its very text, numbers are as they are written, bad lines follow the requested policy."""

from __future__ import annotations

import json

import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.plan import make_plan
from resolver.errors import UnreadableTable
from resolver.resolve.options import read_options
from tests.convert.conversions import convert, open_bytes, read_cells

PLAN = make_plan("symbol", read_options({"species": "human"}))
OBJECTS = (
    '{"gene id": "TP53", "n": 1e5, "m": 0.10, "big": 123456789012345678901234567890, "s": "a\\u00e9\\n\\"}"}\n'
    "\n"
    '  { "gene id" : 3574 , "nested": {"a": [1.50, "x", null, true]}, "n": null }  \r\n'
    '{"gene id": null, "list": [], "t": true, "é": "😀"}\n'
    '{"gene id": "nothing at all", "s": "="}'
)


@pytest.mark.parametrize("many", [1, 600])
def test_objects_keep_their_very_text(resolver: LocalResolver, many: int) -> None:
    lines = (OBJECTS + "\n") * many
    data, summary = convert(resolver, lines.encode(), plan=PLAN)
    before, after = [line for line in lines.split("\n") if line.strip()], data.decode().removesuffix("\n").split("\n")
    for old, new in zip(before, after, strict=True):
        assert new.startswith(old.rstrip()[:-1])
        assert {key: value for key, value in json.loads(new).items() if key in json.loads(old)} == json.loads(old)
        assert list(json.loads(new))[-6:] == ["symbol", "outcome", "reason", "matched_as", "retired_from", "also"]
    first = json.loads(after[0])
    assert (first["symbol"], first["outcome"], first["reason"]) == ("TP53", "resolved", None)
    assert after[1].endswith("}  \r")
    assert (summary.rows, summary.bad_rows) == (4 * many, 0)
    assert f"comments and empty lines are left out: {many}" in summary.notes


def test_an_object_without_members_gets_the_first(resolver: LocalResolver) -> None:
    data, _ = convert(resolver, b'{"gene id": "TP53"}\n{}\n{ }\n', plan=PLAN)
    assert [json.loads(line)["outcome"] for line in data.splitlines()] == ["resolved", "empty", "empty"]


def test_other_formats_get_top_level_members_with_numbers_as_written(resolver: LocalResolver) -> None:
    header, *rows = read_cells(convert(resolver, OBJECTS.encode(), "csv", plan=PLAN)[0], "csv")
    assert header[:9] == ["gene id", "n", "m", "big", "s", "nested", "list", "t", "é"]
    assert rows[0][:5] == ["TP53", "1e5", "0.10", "123456789012345678901234567890", 'aé\n"}']
    assert rows[1][5] == '{"a": [1.50, "x", null, true]}'
    assert rows[2][6:9] == ["[]", "true", "😀"]
    assert [row[0] for row in rows] == ["TP53", "3574", "", "nothing at all"]


BAD = '{"gene id": "TP53", "x": "1"}\nno json\n[1]\n{"gene id": "BRCA1"}\n{"gene id": "KRAS"\n'


def test_a_bad_line_ends_the_conversion_with_its_number(resolver: LocalResolver) -> None:
    with pytest.raises(UnreadableTable, match=r"genes, line 2: is no JSON") as raised:
        open_bytes(resolver, BAD.encode(), plan=PLAN)
    assert "--on-bad-row keep" in str(raised.value.hint)


def test_bad_lines_that_are_kept_stay_as_they_are_and_are_told(resolver: LocalResolver) -> None:
    data, summary = convert(resolver, BAD.encode(), plan=PLAN, keep_bad_rows=True)
    lines = data.decode().split("\n")
    assert lines[1:3] == ["no json", "[1]"]
    assert lines[4] == '{"gene id": "KRAS"'
    assert json.loads(lines[3])["symbol"] == "BRCA1"
    assert (summary.rows, summary.bad_rows, [line for line, _ in summary.bad_lines]) == (5, 3, [2, 3, 5])
    rows = read_cells(convert(resolver, BAD.encode(), "csv", plan=PLAN, keep_bad_rows=True)[0], "csv")
    assert [row[0] for row in rows[1:]] == ["TP53", "no json", "[1]", "BRCA1", '{"gene id": "KRAS"']
    assert {len(row) for row in rows} == {8}


def test_a_member_that_comes_late_has_no_column(resolver: LocalResolver) -> None:
    lines = '{"gene id": "TP53"}\n' * 12_000 + '{"gene id": "KRAS", "late": 1}\n{"gene id": "KRAS", "outcome": 1}\n'
    with pytest.raises(UnreadableTable, match=r"line 12001: the member 'late'"):
        convert(resolver, lines.encode(), "csv", plan=PLAN)
    data, summary = convert(resolver, lines.encode(), "csv", plan=PLAN, keep_bad_rows=True)
    assert read_cells(data, "csv")[-1][:2] == ["KRAS", "KRAS"]
    assert summary.bad_rows == 2
    # Nothing is lost where objects are kept, but two members of one name would hide each other.
    with pytest.raises(UnreadableTable, match=r"line 12002: has a member 'outcome' already"):
        convert(resolver, lines.encode(), plan=PLAN)


def test_halves_of_surrogate_pairs_and_endless_nesting_are_no_accident(resolver: LocalResolver) -> None:
    odd = b'{"gene id": "TP53\\ud800", "x": "\\udc00"}\n{"gene id": "TP53", "x": "1"}\n'
    data, _ = convert(resolver, odd, plan=PLAN)
    assert json.loads(data.splitlines()[1])["symbol"] == "TP53"
    assert data.startswith(odd.splitlines()[0][:-1])
    assert read_cells(convert(resolver, odd, "csv", plan=PLAN)[0], "csv")[1][:2] == ['"TP53\\ud800"', '"\\udc00"']
    deep = b'{"gene id": "TP53", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    with pytest.raises(UnreadableTable, match="line 1: is no JSON"):
        open_bytes(resolver, deep, plan=PLAN)


def test_other_encodings_are_read_and_bad_bytes_told(resolver: LocalResolver) -> None:
    data, summary = convert(resolver, '{"gene id": "TP53", "x": "é"}\n'.encode("utf-16"), plan=PLAN)
    assert json.loads(data)["x"] == "é"
    assert any("utf-16" in note for note in summary.notes)
    lines = b'{"gene id": "TP53"}\n' * 60_000 + b'{"gene id": "\xff"}\n'
    with pytest.raises(UnreadableTable, match=r"line 60001: is not utf-8"):
        convert(resolver, lines, plan=PLAN)
