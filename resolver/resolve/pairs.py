"""A gene and its orthologs side by side, with the sources of each pair and the archived HomoloGene group of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..identifiers.species import SPECIES
from .encode import answer_object, encode_gene, encode_link, encode_match
from .outcome import Outcome, Reason

if TYPE_CHECKING:
    from ..genes.model import GeneRecord, OrthologLink
    from ..store.gene_reader import GeneReader
    from .answer import Answer
    from .outcome import MatchedGene


class Pair(NamedTuple):
    """A gene of the answer with its orthologs, best supported first."""

    found: MatchedGene
    orthologs: tuple[OrthologLink, ...]


class Pairs(NamedTuple):
    """The genes that a query matches, each with its orthologs; none if `answer` is a miss."""

    answer: Answer
    pairs: tuple[Pair, ...]


def find_pairs(answer: Answer) -> Pairs:
    """Return the genes and their orthologs; where none of the genes has one, the answer is `not_found` and says so."""
    pairs = tuple(Pair(found, found.orthologs) for found in answer.genes)
    if not pairs or any(pair.orthologs for pair in pairs):
        return Pairs(answer, pairs)
    named = ", ".join(f"{found.gene.symbol} ({SPECIES[found.gene.taxon].name})" for found in answer.genes)
    missed = answer._replace(
        outcome=Outcome.NOT_FOUND,
        reason=Reason.NO_ORTHOLOG,
        hint=f"No source reports an ortholog of {named}; the gene itself is listed as related.",
        genes=(),
        related=(*answer.genes, *answer.related),
    )
    return Pairs(missed, ())


def describe_pairs(pairs: Pairs) -> dict[str, Any]:
    """Return genes and orthologs as plain objects; of a miss, its answer."""
    answer = pairs.answer
    if not pairs.pairs:
        return answer_object(answer)
    return {
        "query": answer.query,
        "outcome": answer.outcome,
        "reason": answer.reason,
        "hint": answer.hint,
        "genes": [_describe_pair(pair) for pair in pairs.pairs],
        "release": {"id": answer.release.id, "title": answer.release.title},
    }


def _describe_pair(pair: Pair) -> dict[str, Any]:
    reader = pair.found.reader
    gene = _describe_gene(reader, pair.found.gene)
    orthologs = []
    for link in pair.orthologs:
        other = _describe_gene(reader, link.gene)
        orthologs.append({**other, **encode_link(link), "in_same_group": _share_group(gene, other)})
    return {**gene, "matched_as": encode_match(pair.found.matched_as), "orthologs": orthologs}


def _describe_gene(reader: GeneReader, gene: GeneRecord) -> dict[str, Any]:
    document = orjson.loads(reader.get_document(gene.id))
    return {**encode_gene(gene), "name": document["name"], "homologene": document["xrefs"]["homologene"]}


def _share_group(one: dict[str, Any], other: dict[str, Any]) -> bool | None:
    """Return whether HomoloGene had both genes in one group; None if one of them is in no group."""
    groups, others = ({group["curie"] for group in gene["homologene"]} for gene in (one, other))
    return bool(groups & others) if groups and others else None
