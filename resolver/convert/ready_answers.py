"""The answers that a release holds ready, fitted to one plan: from a canonical text to the cells of a table.

What is prepared of a large release is kept on disk (`kept_arrays`), so that only the first conversion of its kind takes
the seconds that it takes.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import orjson

from .answer_kinds import Kind
from .kept_arrays import ArrayShelf
from .spans import Pool
from .text_index import TextIndex

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from ..store.release import Release
    from .kept_arrays import Arrays
    from .plan import CellRule, Plan
    from .quotes import Quotes
    from .ready_texts import ReadyTexts

# Of the whole genome some 130 MB for a way of reading texts, and 25 MB for the columns of a plan.
_KEPT = {"texts": 3, "cells": 12}


def open_shelf(release: Release) -> ArrayShelf:
    """Return where the arrays of a release are kept from one conversion to the next."""
    return ArrayShelf(release.prepared, _KEPT)


class ReadyAnswers:
    """Texts and their answers under a plan.

    `index` finds texts. Arrays by text: `answer_of` (number of its answer), `match_of` (place in `MATCHES`), `by_code`
    (where its own text begins and ends in the index's pool, its lead, and a 0). Arrays by answer: `kind_of` (place in
    `kinds`) and `set_of` (place in `values`). `columns` has all that is told of an answer in words, and `values` a
    column for each target; both are read when they are first asked for.
    """

    def __init__(self, release: Release, plan: Plan, rule: CellRule, shelf: ArrayShelf | None = None) -> None:
        self._folder = release.lookup
        self._plan = plan
        self._rule = rule
        self._shelf = open_shelf(release) if shelf is None else shelf
        self._lock = threading.RLock()
        options = plan.options
        numbers = None if rule.numbers is None else rule.numbers.prefix
        self._made_from = (
            release.id, release.content_hash, options.namespaces, options.species, options.to_species,
            options.on_many.value, sorted(plan.missing), plan.separator, numbers,
        )  # fmt: skip
        self._arrays = self._shelf.find("texts", self._made_from) or self._prepare()
        self.index = _make_index(self._arrays)
        self.answer_of: NDArray[np.uint32] = self._arrays["answer_of"]
        self.match_of: NDArray[np.uint8] = self._arrays["match_of"]
        self.by_code: NDArray[np.uint32] = self._arrays["by_code"]
        self.kind_of: NDArray[np.uint16] = self._arrays["kind_of"]
        self.set_of: NDArray[np.int64] = self._arrays["set_of"]
        self.kinds = [Kind(*kind) for kind in orjson.loads(self._arrays["kinds"].tobytes())]

    @cached_property
    def columns(self) -> ReadyTexts:
        """What is told of texts and answers in words."""
        from .ready_texts import ReadyTexts

        with self._lock:
            return self.__dict__.get("columns") or ReadyTexts(self._folder, self._plan, self._rule)

    @cached_property
    def values(self) -> tuple[pl.Series, ...]:
        """For each target a column by set of genes: their values, joined; empty where there is none."""
        from .ready_values import ReadyValues

        with self._lock:
            if "values" in self.__dict__:
                return self.__dict__["values"]  # type: ignore[no-any-return]
            several = {name: self._arrays[f"several_{name}"] for name in ("place", "gene")}
            read = ReadyValues(self._folder, self._plan, several)
            return tuple(read.list_values(target) for target in self._plan.targets)

    def find_cells(self, quotes: Quotes) -> Arrays:
        """Return the pieces of the plan's cells as they are written between delimiters (`cell_pieces`)."""
        plan = self._plan
        made_from = (self._made_from, plan.targets, plan.options.consensus.value, plan.best, quotes.delimiter)
        kept = self._shelf.find("cells", made_from)
        if kept is None:
            from .cell_pieces import make_pieces

            self._shelf.keep("cells", made_from, kept := make_pieces(self, quotes))
        return kept

    def _prepare(self) -> Arrays:
        with ThreadPoolExecutor(1) as beside:  # what is done there does not need the interpreter most of the time
            texts = self.columns
            index = beside.submit(_index_texts, texts)
            arrays = texts.list_arrays()
            self._arrays = arrays
            _ = self.values  # which will be asked for, and can be read meanwhile
            arrays |= index.result()
        begins = np.append(arrays["texts_begins"], arrays["texts_begins"][-1])  # behind the last is none
        lead_of, own_of = arrays.pop("lead_of"), arrays.pop("own_of")
        arrays["by_code"] = by_code = np.zeros((len(own_of), 4), dtype=np.uint32)
        by_code[:, 0], by_code[:, 1], by_code[:, 2] = begins.take(own_of), begins.take(own_of + 1), lead_of
        self._shelf.keep("texts", self._made_from, arrays)
        return arrays


def _index_texts(texts: ReadyTexts) -> dict[str, NDArray[np.generic]]:
    index = TextIndex.of_column(texts.text, texts.takes_version)
    begins, data = index.pool.begins, index.pool.data
    return {"texts_data": data, "texts_begins": begins, "takes_version": index.takes_version, "slots": index.slots}


def _make_index(arrays: Arrays) -> TextIndex:
    return TextIndex(Pool(arrays["texts_data"], arrays["texts_begins"]), arrays["takes_version"], arrays["slots"])
