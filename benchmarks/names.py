"""Count over all names of a release how they are answered: `python -m benchmarks.names [data folder] [counts.json]`.

With a file of counts that an earlier run wrote, for example of another commit, both are printed side by side.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from resolver.app.resolver import LocalResolver
from resolver.genes.ranking import LAST_TYPES
from resolver.identifiers.species import HUMAN
from resolver.resolve.column import UNDECIDED
from resolver.resolve.many import answer_many
from resolver.resolve.options import DEFAULT, Options
from resolver.resolve.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from resolver.resolve.answer import Answer

_NAMES = (
    "SELECT n.text, n.kind, g.id, g.taxon, g.gene_type, e.sources FROM name n"
    " JOIN gene g ON g.id = n.gene_id JOIN evidence e ON e.id = n.evidence_id"
)
_SYMBOLS = "SELECT text FROM name WHERE kind = 'symbol' AND taxon = ?"
_TIES = (
    "SELECT count(*) FROM ortholog a JOIN ortholog b ON b.gene_id = a.gene_id AND b.rank > 0 AND b.support = a.support"
    " JOIN gene g ON g.id = a.gene_id JOIN gene o ON o.id = a.other_id JOIN gene p ON p.id = b.other_id"
    " WHERE a.rank = 0 AND lower(g.symbol) = lower(p.symbol) AND lower(g.symbol) <> lower(o.symbol)"
)
_HGNC_IDS = (
    "SELECT i.accession, i.gene_id FROM identifier i JOIN evidence e ON e.id = i.evidence_id"
    " WHERE i.prefix = 'ensembl' AND i.relation = 'gene' AND e.sources LIKE '%hgnc.complete_set%'"
)
_DIGITS_AT_END = re.compile(r"([A-Z]{2,})([0-9]{1,3})")


def count_answers(resolver: LocalResolver) -> dict[str, int]:
    """Return how many texts are answered in each of the ways that matter."""
    database = sqlite3.connect(resolver.release.database)
    named: dict[str, list[tuple[str, int, int, str | None, str]]] = defaultdict(list)
    for text, *row in database.execute(_NAMES):
        named[text].append(tuple(row))
    counts: dict[str, int] = defaultdict(int)
    for text, answer in _answer(resolver, named):
        counts[f"texts: {answer.outcome}"] += 1
        for kind, number in _describe(answer, named[text]):
            counts[kind] += number
    symbols = [row[0] for row in database.execute(_SYMBOLS, (HUMAN,))]
    hyphened = [_DIGITS_AT_END.sub(r"\1-\2", symbol) for symbol in symbols if _DIGITS_AT_END.fullmatch(symbol)]
    for _, answer in _answer(resolver, hyphened, Options(species=HUMAN)):
        counts["human symbols with a hyphen before the number, species=human: not found"] += not answer.genes
    for curie, gene in database.execute(_HGNC_IDS).fetchall():
        found = resolver.resolve(curie)
        counts["Ensembl ids that HGNC lists: not that gene alone"] += [one.gene.id for one in found.genes] != [gene]
    counts["orthologs: another symbol before the same one, with equal support"] = database.execute(_TIES).fetchone()[0]
    return dict(counts)


def _answer(resolver: LocalResolver, texts: Iterable[str], options: Options = DEFAULT) -> Iterator[tuple[str, Answer]]:
    listed = list(texts)
    yield from zip(
        listed,
        answer_many(resolver, ((text, options) for text in listed), UNDECIDED, with_suggestions=False),
        strict=True,
    )


def _describe(answer: Answer, rows: list[tuple[str, int, int, str | None, str]]) -> Iterator[tuple[str, bool]]:
    """Yield what is counted of one text; `rows` are the genes with this name: kind, gene, taxon, type, files."""
    chosen = {match.gene.id for match in answer.genes}
    taxa = {match.gene.taxon for match in answer.genes}
    listed = chosen | {match.gene.id for match in answer.other_matches}
    for _, gene, taxon, gene_type, _ in rows:
        yield "names: the gene is not listed for its own text", gene not in listed
        is_last = gene_type in LAST_TYPES
        yield "names: the answer has no gene of the species that has the name", not is_last and taxon not in taxa
    last = {gene for _, gene, _, gene_type, _ in rows if gene_type in LAST_TYPES}
    yield "texts: a readthrough gene or transgene beside a gene", bool(chosen & last) and not chosen <= last
    official = {gene for _, gene, taxon, _, files in rows if "hgnc." in files and taxon == HUMAN}
    human = {match.gene.id for match in answer.genes if match.gene.taxon == HUMAN}
    is_contested = len(official) == 1 and answer.outcome is Outcome.AMBIGUOUS and len(human) > 1
    yield "texts: HGNC lists one gene, several human genes are the answer", is_contested
    yield "texts: a previous symbol of one gene and an alias of another", bool(getattr(answer, "also", ()))


def main() -> int:
    """Print the counts as JSON, or beside those of an earlier run."""
    counts = count_answers(LocalResolver(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
    before = orjson.loads(Path(sys.argv[2]).read_bytes()) if len(sys.argv) > 2 else {}
    for kind in sorted(counts.keys() | before.keys()):
        print(f"{before.get(kind, ''):>9} {counts.get(kind, 0):>9}  {kind}")
    print(orjson.dumps(counts).decode(), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
