"""What a conversion prepared is kept whole for the next one, and for no other."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from resolver.convert.cells import CellConverter
from resolver.convert.kept_arrays import ArrayShelf
from resolver.convert.local_engine import ColumnConverter
from resolver.convert.plan import CellRule, make_plan
from resolver.convert.ready_answers import ReadyAnswers
from resolver.convert.text_cells import TextCells
from resolver.resolve.options import read_options

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from resolver.app.resolver import LocalResolver

MADE: dict[str, NDArray[Any]] = {
    "small": np.arange(3, dtype=np.uint32),
    "none": np.zeros(0, dtype=np.int64),
    "large": np.arange(100_000, dtype=np.int64).reshape(-1, 4),
}


def shelf_in(folder: Path, smallest: int = 0) -> ArrayShelf:
    return ArrayShelf(folder / "prepared", {"texts": 2, "cells": 2}, smallest)


def keep(shelf: ArrayShelf, made_from: object, arrays: dict[str, NDArray[Any]] = MADE) -> None:
    writing = shelf.keep("texts", made_from, arrays)
    if writing is not None:
        writing.join()


def test_a_set_comes_back_as_it_was_and_to_its_own_question_alone(tmp_path: Path) -> None:
    keep(shelf_in(tmp_path), ("release", 1))
    found = shelf_in(tmp_path).find("texts", ("release", 1))
    assert found is not None
    assert found.keys() == MADE.keys()
    for name, array in MADE.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
        assert type(found[name]) is np.ndarray
    assert shelf_in(tmp_path).find("texts", ("release", 2)) is None
    assert shelf_in(tmp_path).find("cells", ("release", 1)) is None


def test_what_a_conversion_writes_into_an_array_stays_its_own(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    keep(shelf, 1)
    first = shelf.find("texts", 1)
    assert first is not None
    first["large"][0] = 7
    second = shelf.find("texts", 1)
    assert second is not None
    assert second["large"][0, 0] == 0


def test_another_program_does_not_find_it(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.mkdir()
    (program / "module.py").write_text("A = 1\n")
    shelf = ArrayShelf(tmp_path / "prepared", {"texts": 2}, 0, program)
    keep(shelf, 1)
    assert shelf.find("texts", 1) is not None
    (program / "module.py").write_text("A = 10\n")
    assert shelf.find("texts", 1) is None


def test_the_last_that_were_used_are_kept_and_what_was_abandoned_is_removed(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    keep(shelf, 1)
    keep(shelf, 2)
    home = tmp_path / "prepared"
    for number, path in enumerate(sorted(home.iterdir(), key=lambda path: path.stat().st_mtime)):
        os.utime(path, (number, number))
    assert shelf.find("texts", 1) is not None  # and so it is younger than the second
    (home / ".unfinished-old").mkdir()
    os.utime(home / ".unfinished-old", (time.time() - 7_200,) * 2)
    (home / ".unfinished-new").mkdir()
    keep(shelf, 3)
    assert [shelf.find("texts", number) is not None for number in (1, 2, 3)] == [True, False, True]
    assert [path.name for path in home.glob(".unfinished*")] == [".unfinished-new"]


def test_where_nothing_can_be_written_and_for_little_nothing_is_kept(tmp_path: Path) -> None:
    assert ArrayShelf(None, {}).keep("texts", 1, MADE) is None
    assert ArrayShelf(None, {}).find("texts", 1) is None
    assert shelf_in(tmp_path, smallest=1 << 30).keep("texts", 1, MADE) is None
    (tmp_path / "file").write_text("")
    blocked = ArrayShelf(tmp_path / "file" / "prepared", {"texts": 1}, 0)
    keep(blocked, 1)
    assert blocked.find("texts", 1) is None


def test_a_set_of_which_a_file_is_cut_is_prepared_anew(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    keep(shelf, 1)
    (kept,) = (tmp_path / "prepared").iterdir()
    with (kept / "large.npy").open("r+b") as file:
        file.truncate(70_000)
    assert shelf.find("texts", 1) is None


def test_two_that_prepare_the_same_at_once_both_succeed(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    threads = [shelf.keep("texts", 1, MADE) for _ in range(8)]
    for thread in threads:
        assert thread is not None
        thread.join()
    assert len(list((tmp_path / "prepared").iterdir())) == 1
    assert shelf.find("texts", 1) is not None


@pytest.mark.parametrize("asked", [{}, {"to_species": "mouse"}, {"namespace": "ncbigene"}, {"on_many": "na"}])
def test_ready_answers_are_the_same_when_they_come_from_the_shelf(
    resolver: LocalResolver, tmp_path: Path, asked: dict[str, str]
) -> None:
    plan = make_plan("symbol,ensembl,refseq.protein", read_options(asked))
    rule, shelf = CellRule(0, "id"), shelf_in(tmp_path)
    made = _prepared(resolver, plan, rule, shelf)
    while len(list((tmp_path / "prepared").glob("[tc]*"))) < 2:
        time.sleep(0.01)
    kept = _prepared(resolver, plan, rule, shelf)
    assert made[0] == kept[0]
    for one, other in zip(made[1], kept[1], strict=True):
        assert np.array_equal(one, other)


def _prepared(resolver: LocalResolver, plan: Any, rule: CellRule, shelf: ArrayShelf) -> tuple[list[Any], list[Any]]:
    answers = ReadyAnswers(resolver.release, plan, rule, shelf)
    column = ColumnConverter(answers, plan, CellConverter(resolver, plan, rule))
    ready, cells = column.ready, TextCells(column, ",")
    arrays = [ready.answer_of, ready.match_of, ready.by_code, ready.kind_of, ready.set_of, ready.index.slots]
    arrays += [*ready.index.pool, ready.index.takes_version, cells._by_answer, cells._by_code, *cells._data]
    return [ready.kinds, *(values.to_list() for values in ready.values)], arrays
