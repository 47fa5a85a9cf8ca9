"""Stages go on where the last run stopped."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from seed.stages import Stages, digest_inputs


def _counting(calls: list[str], name: str) -> dict[str, pl.DataFrame]:
    calls.append(name)
    return {"rows": pl.DataFrame({"a": [1, 2, 3]})}


def test_a_stage_runs_once_for_one_input(tmp_path: Path) -> None:
    calls: list[str] = []
    for _ in range(2):
        frames = Stages(tmp_path).run("read", "digest", lambda: _counting(calls, "read"))
        assert frames["rows"].collect()["a"].to_list() == [1, 2, 3]
    assert calls == ["read"]


def test_another_input_runs_it_anew(tmp_path: Path) -> None:
    calls: list[str] = []
    for digest in ("first", "second"):
        Stages(tmp_path).run("read", digest, lambda: _counting(calls, "read"))
    assert calls == ["read", "read"]


def test_a_stage_that_failed_leaves_no_stamp(tmp_path: Path) -> None:
    def fail() -> dict[str, pl.DataFrame]:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        Stages(tmp_path).run("read", "digest", fail)
    assert not Stages(tmp_path).is_done("read", "digest")


def test_digests_depend_on_every_input_and_its_order() -> None:
    digests = {digest_inputs(inputs) for inputs in (["a", "b"], ["b", "a"], ["a"], ["ab"])}
    assert len(digests) == 4
