"""Answer lines of standard input with this program: symbols, a tab, status. Run by `benchmarks.compare_peers`."""

import sys
import time

begun = time.perf_counter()

from resolver import Resolver, __version__  # noqa: E402  (loading it is a part of what is measured)

resolver = Resolver()
resolver.resolve("TP53")
loaded = time.perf_counter() - begun
queries = sys.stdin.read().splitlines()
begun = time.perf_counter()
answers = [resolver.resolve(query, species="human") for query in queries]
taken = time.perf_counter() - begun
print(f"Gene Xref Resolver {__version__}\t{loaded:.3f}\t{taken:.6f}")
for answer in answers:
    print(f"{'|'.join(match.gene.symbol for match in answer.genes)}\t{answer.reason or answer.outcome}")
