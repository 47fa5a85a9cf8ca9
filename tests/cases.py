"""Check a table of queries against a release: `python -m tests.cases cases.tsv [data folder]`.

The table is tab-separated: query, options (as in a REST query), outcome (alternatives with `|`), human, mouse,
suggested, reason, why. `human` and `mouse` are the CURIEs that must be exactly the genes of that species among the
genes of the answer, separated by commas; `-` is none. `suggested` are symbols that the answer must name. `*` or an
empty cell is not checked. Lines that begin with `##` are headings.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from resolver.app.resolver import LocalResolver
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.options import read_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resolver.resolve.answer import Answer
    from resolver.resolve.resolver import Resolver

_COLUMNS = 8


class Case(NamedTuple):
    """One line of the table; `kind` is the heading above it."""

    kind: str
    query: str
    options: str
    outcome: str
    human: str
    mouse: str
    suggested: str
    reason: str
    why: str


def read_cases(path: Path) -> list[Case]:
    """Return the lines of a table of cases."""
    kind, cases = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("##"):
            kind = line.removeprefix("##").strip()
        elif line and not line.startswith("#"):
            cells = line.split("\t")
            cases.append(Case(kind, *cells, *[""] * (_COLUMNS - len(cells))))
    return cases


def find_faults(case: Case, resolver: Resolver) -> list[str]:
    """Return what is not as the case expects, in words; empty if all is."""
    answer = resolver.resolve(case.query, read_options(dict(parse_qsl(case.options))))
    return list(_compare(case, answer))


def _compare(case: Case, answer: Answer) -> Iterator[str]:
    if case.outcome not in {"", "*"} and answer.outcome not in case.outcome.split("|"):
        yield f"outcome {answer.outcome} ({answer.hint})"
    listed = answer.genes if answer.converted is None else answer.converted
    for expected, taxon in ((case.human, HUMAN), (case.mouse, MOUSE)):
        if expected not in {"", "*"}:
            curies = {found.gene.curie for found in listed if found.gene.taxon == taxon}
            if curies != set(expected.replace("-", "").split(",")) - {""}:
                named = ", ".join(f"{found.gene.symbol} ({found.gene.curie})" for found in listed)
                yield f"genes {named or 'none'}"
    matches = (*answer.genes, *answer.other_matches, *answer.related)
    shown = {one.gene.symbol for one in matches} | {one.gene.symbol for one in answer.suggestions}
    if missing := set(case.suggested.split(",")) - shown - {""}:
        yield f"does not name {', '.join(sorted(missing))}"
    if case.reason not in {"", "*"} and answer.reason != case.reason and answer.damage is None:
        yield f"reason {answer.reason}"


def main() -> int:
    """Print each case that fails, and counts by kind; return 1 if any fails."""
    if len(sys.argv) not in {2, 3}:
        sys.stdout.write(f"{__doc__}\n")
        return 2
    resolver = LocalResolver(Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    cases = read_cases(Path(sys.argv[1]))
    failed: Counter[str] = Counter()
    for case in cases:
        for fault in (faults := find_faults(case, resolver)):
            sys.stdout.write(f"{case.query} {case.options}: {fault}\n")
        failed[case.kind] += bool(faults)
    for kind, number in Counter(case.kind for case in cases).items():
        sys.stdout.write(f"{number - failed[kind]:4} of {number:3}  {kind}\n")
    return 1 if failed.total() else 0


if __name__ == "__main__":
    sys.exit(main())
