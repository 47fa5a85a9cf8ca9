"""Count how wrapped identifiers, and what is made of names, are answered: `python -m tests.wrapped [data folder]`.

Each kind is tried on the approved symbols of the release that have an NCBI Gene number, every tenth or, with `--all`,
every one.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from resolver.app.resolver import LocalResolver
from tests.resolve.samples import read_rows

if TYPE_CHECKING:
    from resolver.resolve.answer import Answer


class Sample(NamedTuple):
    """A gene with what texts are made of, and the gene after it in the alphabet."""

    curie: str
    symbol: str
    number: str
    ensembl: str
    other: str


Check = Callable[["Answer", Sample], bool]


def _is_gene(answer: Answer, gene: Sample) -> bool:
    return [found.gene.curie for found in answer.genes] == [gene.curie]


def _is_ambiguous(answer: Answer, _: Sample) -> bool:
    return answer.outcome == "ambiguous" and "disagree" in (answer.hint or "")


def _suggests(answer: Answer, gene: Sample) -> bool:
    return bool(answer.genes) or next((one.gene.curie for one in answer.suggestions), "") == gene.curie


def _is_out_of_scope(answer: Answer, gene: Sample) -> bool:
    return answer.reason == "out_of_scope" and _suggests(answer, gene)


KINDS: tuple[tuple[str, str, Check], ...] = (
    ("a pair that agrees", "{symbol}|{number}", _is_gene),
    ("a pair that agrees", "{number}|{symbol}", _is_gene),
    ("a pair that agrees", "{symbol} ({number})", _is_gene),
    ("a pair that agrees", "{symbol} [{number}]", _is_gene),
    ("a pair that agrees", "{symbol}_{number}", _is_gene),
    ("a pair that agrees", "{ensembl}_{symbol}", _is_gene),
    ("a pair that agrees", "{symbol}_{ensembl}", _is_gene),
    ("a pair that agrees", "{symbol} ({ensembl})", _is_gene),
    ("a pair that agrees", "{ensembl}|{symbol}", _is_gene),
    ("a pair that disagrees", "{other}|{number}", _is_ambiguous),
    ("a pair that disagrees", "{other} ({ensembl})", _is_ambiguous),
    ("one part is not found", "NOSUCHGENE|{number}", _is_gene),
    ("one part is not found", "{ensembl}_NOSUCHGENE", _is_gene),
    ("a probe set of Brainarray", "{number}_at", _is_gene),
    ("a name made unique", "{symbol}.1", _suggests),
    ("a name made unique", "{symbol}-1", _suggests),
    ("a fusion", "{symbol}-{other}", _is_out_of_scope),
    ("a fusion", "{symbol}/{other}", _is_out_of_scope),
    ("a fusion", "{symbol}--{other}", _is_out_of_scope),
    ("a modified protein", "p-{symbol}", _is_out_of_scope),
    ("a modified protein", "{symbol}_pS15", _is_out_of_scope),
    ("a contaminant or decoy", "CON__{ensembl}", _is_out_of_scope),
)

_SAMPLES = """
    SELECT gene.curie, gene.symbol, min(number.accession), min(ensembl.accession) FROM gene
    JOIN identifier AS number ON number.gene_id = gene.id AND number.prefix = 'ncbigene' AND number.assignment_rank = 0
    JOIN identifier AS ensembl ON ensembl.gene_id = gene.id AND ensembl.prefix = 'ensembl' AND ensembl.relation = 'gene'
        AND ensembl.assignment_rank = 0
    WHERE gene.gene_type = 'protein-coding' AND gene.symbol NOT LIKE 'LOC%' GROUP BY gene.id ORDER BY gene.symbol
"""


def read_samples(resolver: LocalResolver, step: int) -> list[Sample]:
    """Return every so many of the genes, each with a gene of the same species some way on in the alphabet."""
    rows = read_rows(resolver, _SAMPLES)
    samples = []
    for species in ("hgnc:", "mgi:"):
        own = [row for row in rows if row[0].startswith(species)]
        samples += [
            Sample(curie, symbol, number, ensembl, own[place - 500][1])
            for place, (curie, symbol, number, ensembl) in enumerate(own)
            if place % step == 0
        ]
    return samples


def count(resolver: LocalResolver, samples: Iterable[Sample], shape: str, check: Check) -> Counter[bool]:
    """Return how many texts of a shape are answered as expected, and how many are not."""
    return Counter(check(resolver.resolve(shape.format(**gene._asdict())), gene) for gene in samples)


def main() -> None:
    """Print a line for each shape."""
    arguments = [one for one in sys.argv[1:] if one != "--all"]
    resolver = LocalResolver(Path(arguments[0]) if arguments else None)
    samples = read_samples(resolver, 1 if "--all" in sys.argv else 10)
    for kind, shape, check in KINDS:
        counted = count(resolver, samples, shape, check)
        sys.stdout.write(f"{counted[True]:7,} of {counted.total():7,}  {kind}: {shape}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
