"""Compare the answers of two releases to the same queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..errors import BadOption
from ..identifiers.namespaces import XREF_GROUPS
from .encode import encode_gene
from .options import DEFAULT, Options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..genes.model import GeneRecord
    from ..store.release import Release
    from .answer import Answer
    from .options import Query
    from .resolver import Resolver


class Renaming(NamedTuple):
    """A gene with another approved symbol than before."""

    curie: str
    before: str
    after: str


class XrefChange(NamedTuple):
    """The CURIEs that a gene gained and lost in one namespace."""

    gene: str
    namespace: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


class Comparison(NamedTuple):
    """The answers of two releases to one query; genes with equal primary CURIEs are the same."""

    before: Answer
    after: Answer
    added: tuple[GeneRecord, ...]
    removed: tuple[GeneRecord, ...]
    renamed: tuple[Renaming, ...]
    xrefs: tuple[XrefChange, ...]

    @property
    def has_changed(self) -> bool:
        """Whether the answers differ in outcome, reason, genes, symbols or xrefs."""
        verdicts = [(answer.outcome, answer.reason) for answer in (self.before, self.after)]
        return verdicts[0] != verdicts[1] or any((self.added, self.removed, self.renamed, self.xrefs))


class Comparisons:
    """Iterates over the comparisons for many queries, in order, and counts those that differ."""

    def __init__(
        self, old: Resolver, new: Resolver, queries: Sequence[str | Query], options: Options = DEFAULT
    ) -> None:
        self.old, self.new = old.release, new.release
        self.queries = self.changed = 0
        self._answers = zip(old.resolve_many(queries, options), new.resolve_many(queries, options), strict=True)

    def __iter__(self) -> Iterator[Comparison]:
        """Compare the answers that were not compared yet."""
        for before, after in self._answers:
            comparison = compare_answers(before, after)
            self.queries += 1
            self.changed += comparison.has_changed
            yield comparison

    def summarize(self) -> dict[str, Any]:
        """Return the counts so far as plain objects, with both releases."""
        return {
            "queries": self.queries,
            "changed": self.changed,
            "from": _describe_release(self.old),
            "to": _describe_release(self.new),
        }


def check_queries(queries: Sequence[str | Query]) -> None:
    """Raise BadOption if a query has options of its own besides `from` and `species`.

    The others change what is shown, not what is true.
    """
    for number, query in enumerate(queries, start=1):
        own = DEFAULT if isinstance(query, str) else query.options
        if own != Options(namespaces=own.namespaces, species=own.species, by_vote=own.by_vote):
            raise BadOption(
                f"query {number} has options that cannot be compared", hint="Use `from` and `species` only."
            )


def compare_answers(before: Answer, after: Answer) -> Comparison:
    """Return how the answers of two releases to one query differ."""
    old = {found.gene.curie: found for found in before.genes}
    new = {found.gene.curie: found for found in after.genes}
    renamed: list[Renaming] = []
    xrefs: list[XrefChange] = []
    for curie in (curie for curie in old if curie in new):
        was, now = old[curie], new[curie]
        if was.gene.symbol != now.gene.symbol:
            renamed.append(Renaming(curie, was.gene.symbol, now.gene.symbol))
        documents = [found.reader.get_document(found.gene.id) for found in (was, now)]
        if documents[0] != documents[1]:
            xrefs += _compare_xrefs(curie, *(orjson.loads(document)["xrefs"] for document in documents))
    return Comparison(
        before,
        after,
        tuple(found.gene for curie, found in new.items() if curie not in old),
        tuple(found.gene for curie, found in old.items() if curie not in new),
        tuple(renamed),
        tuple(xrefs),
    )


def _compare_xrefs(
    gene: str, old: dict[str, list[dict[str, Any]]], new: dict[str, list[dict[str, Any]]]
) -> Iterator[XrefChange]:
    for namespace in XREF_GROUPS:
        was, now = ([xref["curie"] for xref in xrefs.get(namespace, ())] for xrefs in (old, new))
        added = tuple(curie for curie in now if curie not in was)
        removed = tuple(curie for curie in was if curie not in now)
        if added or removed:
            yield XrefChange(gene, namespace, added, removed)


def describe_comparison(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain objects."""
    return {
        "query": comparison.after.query,
        "changed": comparison.has_changed,
        "before": _describe_answer(comparison.before),
        "after": _describe_answer(comparison.after),
        "genes_added": [encode_gene(gene) for gene in comparison.added],
        "genes_removed": [encode_gene(gene) for gene in comparison.removed],
        "renamed": [renaming._asdict() for renaming in comparison.renamed],
        "xrefs": [change._asdict() for change in comparison.xrefs],
    }


def _describe_answer(answer: Answer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome,
        "reason": answer.reason,
        "hint": answer.hint,
        "genes": [encode_gene(found.gene) for found in answer.genes],
    }


def _describe_release(release: Release) -> dict[str, str]:
    return {"id": release.id, "title": release.title}
