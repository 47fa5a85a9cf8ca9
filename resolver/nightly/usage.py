"""Counting what is asked for, so that nights ask about it first: in memory, and now and then in the ledger."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from ..errors import LedgerError
from ..genes.ranking import MatchKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..resolve.answer import Answer

_LOGGER = logging.getLogger(__name__)


class UsageCounter:
    """Counts the identifiers that answers are of; `add` writes counts away, in a thread, once in `every_s` seconds.

    What cannot be written is lost: it only orders the questions of a night.
    """

    def __init__(
        self,
        add: Callable[[Mapping[str, int]], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        every_s: float = 60.0,
    ) -> None:
        self._add = add
        self._clock = clock
        self._every_s = every_s
        self._counts: Counter[str] = Counter()
        self._written_at = clock()

    def count(self, answer: Answer) -> None:
        """Count an answer: the identifier that led to each gene, or the gene itself where a name did."""
        for found in answer.genes:
            is_identifier = found.matched_as.kind is MatchKind.IDENTIFIER
            self._counts[found.matched_as.value if is_identifier else found.gene.curie] += 1
        now = self._clock()
        if now - self._written_at >= self._every_s:
            self._written_at = now
            threading.Thread(target=self.write, name="usage", daemon=True).start()

    def write(self) -> None:
        """Write the counts away."""
        counts, self._counts = self._counts, Counter()
        try:
            self._add(counts)
        except LedgerError as error:
            _LOGGER.warning("what was asked for could not be counted: %s", error)
