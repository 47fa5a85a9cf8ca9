"""Count requested identifiers, in memory and at intervals in the ledger; nightly runs check these first."""

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
    """Count the identifiers of answers; `add` writes the counts, in a thread, every `every_s` seconds.

    Counts that cannot be written are lost: they only decide the order of a nightly run.
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
        """Count an answer: the identifier that led to each gene, or the gene itself if a name did."""
        for found in answer.genes:
            is_identifier = found.matched_as.kind is MatchKind.IDENTIFIER
            self._counts[found.matched_as.value if is_identifier else found.gene.curie] += 1
        now = self._clock()
        if now - self._written_at >= self._every_s:
            self._written_at = now
            threading.Thread(target=self.write, name="usage", daemon=True).start()

    def write(self) -> None:
        """Write the counts to the ledger."""
        counts, self._counts = self._counts, Counter()
        try:
            self._add(counts)
        except LedgerError as error:
            _LOGGER.warning("usage counts cannot be written: %s", error)
