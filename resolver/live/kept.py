"""Keep recent verdicts, so that no identifier is queried twice in a short time."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from ..genes.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..genes.verdicts import Finding, TrackedIdentifier

    Recall = Callable[[TrackedIdentifier], Finding | None]
    OnFinding = Callable[[Finding], None]

_Key = tuple[str, str, int | None, str | None]
_MOST = 100_000


class KeptVerdicts:
    """Keep verdicts for `keep_s` seconds in this process; `not_checked` is not kept.

    `recall` looks up a verdict that this process does not have, such as in a ledger that other processes write to.
    `on_finding` is called with each new verdict.
    """

    def __init__(
        self,
        keep_s: float = 3_600.0,
        *,
        recall: Recall | None = None,
        on_finding: OnFinding | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keep_s = keep_s
        self._recall = recall
        self._on_finding = on_finding
        self._clock = clock
        self._kept: OrderedDict[_Key, tuple[float, Finding]] = OrderedDict()

    def find(self, tracked: TrackedIdentifier) -> Finding | None:
        """Return a recent verdict; None if the identifier has to be queried."""
        kept = self._kept.get(_key(tracked))
        if kept is not None and self._clock() - kept[0] <= self._keep_s:
            return kept[1]._replace(tracked=tracked)
        recalled = None if self._recall is None else self._recall(tracked)
        return None if recalled is None else recalled._replace(tracked=tracked)

    def keep(self, finding: Finding) -> None:
        """Keep a new verdict."""
        if finding.verdict is Verdict.NOT_CHECKED or self._keep_s <= 0:
            return
        key = _key(finding.tracked)
        self._kept[key] = (self._clock(), finding)
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        if self._on_finding is not None:
            self._on_finding(finding)


def _key(tracked: TrackedIdentifier) -> _Key:
    return (*tracked.identifier, tracked.gene)
