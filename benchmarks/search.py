"""How fast a search box is answered, beside a LIKE scan and a range of all kinds of names that is sorted afterwards.

RESOLVER_DATA_DIR=… python -m benchmarks.search

Searches the current release there; use a release of the whole genome.
"""

from __future__ import annotations

import random
import sqlite3
import time
from typing import TYPE_CHECKING

from resolver.app.resolver import LocalResolver
from resolver.identifiers.species import HUMAN
from resolver.resolve.search import DEFAULT_LIMIT, search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LENGTHS = range(1, 7)
PREFIXES = 1_000
# A scan takes equally long for every prefix: a few suffice.
SCANNED = 10
_ATTEMPTS = 3

_PLAIN = (
    "SELECT DISTINCT n.gene_id, g.curie, g.symbol, g.name, n.kind, n.text FROM name n JOIN gene g ON g.id = n.gene_id"
    " WHERE {} ORDER BY n.tier, n.folded, n.gene_id LIMIT ?"
)
_LIKE = _PLAIN.format("n.folded LIKE ? || '%'")
_RANGE = _PLAIN.format("n.folded >= ?1 AND n.folded < ?1 || char(0x10ffff)").replace("LIMIT ?", "LIMIT ?2")


def main() -> None:
    """Search for prefixes of symbols and names, each way for every length, and print the quantiles."""
    resolver = LocalResolver()
    reader = resolver.reader
    connection = sqlite3.connect(f"file:{reader.release.database}?mode=ro&immutable=1", uri=True)
    connection.execute("PRAGMA mmap_size=1073741824")
    names = [str(name) for (name,) in connection.execute("SELECT folded FROM name")]
    ways: dict[str, tuple[int, Callable[[str], object]]] = {
        "search": (PREFIXES, lambda prefix: search(reader, prefix)),
        "search, human alone": (PREFIXES, lambda prefix: search(reader, prefix, taxon=HUMAN)),
        "range of the key, sorted": (
            PREFIXES // 10,
            lambda prefix: connection.execute(_RANGE, (prefix, DEFAULT_LIMIT)).fetchall(),
        ),
        "LIKE scan": (SCANNED, lambda prefix: connection.execute(_LIKE, (prefix, DEFAULT_LIMIT)).fetchall()),
    }
    size = reader.release.database.stat().st_size / 1e6
    print(f"{reader.release.title}, {len(names):,} names, {size:,.0f} MB; SQLite {sqlite3.sqlite_version}")
    print(f"{'ms, best of three each':<26} {'length':>6} {'prefixes':>9} {'p50':>9} {'p99':>9} {'worst':>9}")
    for length in LENGTHS:
        known = sorted({name[:length] for name in names if len(name) >= length and name[length - 1] != " "})
        random.Random(7).shuffle(known)  # noqa: S311  (a sample, not a secret)
        for title, (number, look_up) in ways.items():
            p50, p99, worst = _measure(look_up, known[:number])
            print(f"{title:<26} {length:>6} {len(known[:number]):>9,} {p50:>9.2f} {p99:>9.2f} {worst:>9.2f}")
    connection.close()


def _measure(look_up: Callable[[str], object], prefixes: Sequence[str]) -> tuple[float, float, float]:
    """Return median, 99th percentile and maximum of the prefixes, in milliseconds.

    Of each prefix the best of three counts: what is sought is the prefix that costs most, not the busiest moment.
    """
    taken = sorted(min(_search_once(look_up, prefix) for _ in range(_ATTEMPTS)) for prefix in prefixes)
    return taken[len(taken) // 2], taken[int(0.99 * (len(taken) - 1))], taken[-1]


def _search_once(look_up: Callable[[str], object], prefix: str) -> float:
    begun = time.perf_counter()
    look_up(prefix)
    return 1e3 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
