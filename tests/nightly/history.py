"""A ledger with some nightly runs, written as nightly runs write it."""

from __future__ import annotations

from typing import Any

from resolver.nightly.model import SourceState
from resolver.store.ledger import open_ledger

FIRST = 1_790_000_000
SOURCES = {
    "ncbi_gene": 139_000,
    "refseq": 482_000,
    "ensembl": 104_000,
    "uniprot": 137_000,
    "mgi": 108_000,
    "omim": 26_000,
}
PREFIX = {"ncbi_gene": "ncbigene"}
_ENDINGS = {
    (5, "uniprot"): SourceState.DOWN,
    (9, "refseq"): SourceState.IMPLAUSIBLE,
    (11, "omim"): SourceState.UNCHANGED,
}


def a_check(curie: str, source: str, run_id: int, now: int, verdict: str = "current", **more: Any) -> dict[str, Any]:
    """Return a row of `check`."""
    row: dict[str, Any] = {
        "curie": curie, "source": source, "run_id": run_id, "verdict": verdict, "checked_at": now, "queried_at": now,
        "obstacle": None, "version": None, "successors": "", "genes": "hgnc:6023", "taxon": 9606,
        "upstream_release": "2026_05", "evidence": None, "note": None,
    }  # fmt: skip
    return row | more


def write_history(url: str, number: int = 14) -> None:
    """Write so many nightly runs; in each a few more identifiers are found stale."""
    ledger = open_ledger(url)
    for nightly_run in range(number):
        now = FIRST + nightly_run * 86_400
        lease = ledger.lease()
        token = lease.take()
        run_id = ledger.begin_run(token, release_id="genome-1", holder="process 7 on lab", now=now)
        for place, (source, tracked) in enumerate(SOURCES.items()):
            ledger.begin_source(
                token,
                run_id,
                source,
                state="running",
                tracked=tracked // 1000,
                planned=tracked // 1000,
                release=None,
                now=now,
            )
            prefix = PREFIX.get(source, source)
            stale = place * 2 + nightly_run * (6 - place) // 3
            taxon = 10090 if source == "mgi" else 9606
            rows = [
                a_check(f"{prefix}:{n}", source, run_id, now, "retired" if n < stale else "current", taxon=taxon)
                for n in range(int(tracked // 1000 * (0.5 + 0.5 * min(1, nightly_run / 10 + place / 12))))
            ]  # fmt: skip
            state = _ENDINGS.get((nightly_run, source), SourceState.DONE)
            if state is not SourceState.DOWN:
                ledger.record(token, run_id, source, found=rows, hindered=[], calls=tracked // 900)
            ledger.settle(
                token, run_id, source, state=state.value, now=now + 600, believed=state is not SourceState.IMPLAUSIBLE,
                reason={"down": "it did not reply for a long time", "implausible": "41% would be retired"}.get(state),
            )  # fmt: skip
        ledger.end_run(token, run_id, state="done", reason=None, now=now + 1_260)
        lease.give_back(token)
    ledger.close()
