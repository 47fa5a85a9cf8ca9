"""Answer lines of standard input with gene-tidy: symbols, a tab, status. Run by `benchmarks.compare_peers`.

Any Python that has gene-tidy can run it; it imports nothing of this project.
"""

import sys
import time
from importlib import import_module, metadata

begun = time.perf_counter()
load_hgnc = import_module("gene_tidy.hgnc").load_hgnc
resolve_value = import_module("gene_tidy.resolver").resolve_value
data = load_hgnc()
loaded = time.perf_counter() - begun
queries = sys.stdin.read().splitlines()
begun = time.perf_counter()
answers = [resolve_value(query, data) for query in queries]
taken = time.perf_counter() - begun
print(
    f"gene-tidy {metadata.version('gene-tidy')}, HGNC {data.version.get('hgnc_release', '')}\t{loaded:.3f}\t{taken:.6f}"
)
for answer in answers:
    print(f"{answer.approved_symbol.replace(';', '|')}\t{answer.match_status}")
