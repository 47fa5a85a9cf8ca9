"""Answers as an SSSOM set: the rows of `resolver export --sssom` that are of the genes of the answers.

The subject is always a gene, as in the export, whatever was queried: sources report what identifies a gene, and no
relation between two of its identifiers. The comment of a row names the query.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from ..identifiers.namespaces import BY_PREFIX
from ..identifiers.sssom import (
    COLUMNS,
    JUSTIFICATION,
    ORTHOLOGY,
    PREDICATES,
    REPLACED_BY,
    describe_licenses,
    describe_set,
    render_header,
    source_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .answer import Answer
    from .resolver import Resolver

MEDIA_TYPE = "text/tab-separated-values; charset=utf-8; profile=sssom"


def render_sssom(resolver: Resolver, answers: Iterable[Answer]) -> Iterator[str]:
    """Yield the set in parts: the header, then the rows of each answer that has genes or a successor."""
    yield "".join(f"#{line}\n" for line in render_header(_describe(resolver))) + "\t".join(COLUMNS) + "\n"
    for answer in answers:
        text = io.StringIO()
        csv.writer(text, delimiter="\t", lineterminator="\n").writerows(list_mappings(answer))
        if text.tell():
            yield text.getvalue()


def list_mappings(answer: Answer) -> Iterator[tuple[str, ...]]:
    """Yield the rows of an answer: xrefs in its namespaces, orthologs, and what replaced a retired identifier."""
    shown = answer._replace(options=replace(answer.options, fields=None, explain=True)).to_dict()
    query = f"query {' '.join(answer.query.split())}, {answer.outcome}"
    for step in shown["history"]:
        if step["successor"] is not None and _is_curie(step["retired"]) and _is_curie(step["successor"]):
            yield _row(step["retired"], "", REPLACED_BY, step["successor"], query, step["sources"])
    for gene in [*shown["genes"], *(shown["converted"] or ())]:
        stated = {one["curie"]: one["sources"] for one in gene.get("evidence", ())}
        for prefix, listed in gene["xrefs"].items():
            for xref in listed:
                level = xref.get("level") or BY_PREFIX[prefix].levels[0].value
                if level in PREDICATES and xref["curie"] != gene["curie"]:
                    sources = stated.get(xref["curie"], ())
                    yield _row(gene["curie"], gene["symbol"], PREDICATES[level], xref["curie"], query, sources)
        for other in gene.get("orthologs", ()):
            human, mouse = (gene, other) if gene["species"] == "human" else (other, gene)
            yield _row(human["curie"], human["symbol"], ORTHOLOGY, mouse["curie"], query, other["sources"])


def _row(
    subject: str, label: str, predicate: str, described: str, query: str, sources: Iterable[str]
) -> tuple[str, ...]:
    stated = ", ".join(sources)
    comment = f"{query}; stated by {stated}" if stated else query
    return subject, label, predicate, described, JUSTIFICATION, source_of(subject), source_of(described), comment


def _is_curie(text: str) -> bool:
    return text.partition(":")[0] in BY_PREFIX


def _describe(resolver: Resolver) -> dict[str, str]:
    """Return the metadata of the set."""
    release = resolver.release
    comment = describe_licenses((row["source"], row["license"]) for row in resolver.reader.list_sources())
    title = f"Answers of the Gene Xref Resolver from {release.title}"
    date = str(release.manifest["built_at"])
    return describe_set(f"{release.id}/answers", title, comment, date=date, version=release.id)
