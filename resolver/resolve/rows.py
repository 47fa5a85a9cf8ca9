"""Answers as rows of a table: a row for each gene, or one for a query without genes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..identifiers.namespaces import XREF_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .answer import Answer


def list_columns(targets: tuple[str, ...] | None) -> list[str]:
    """Return the names of the columns; `targets` are the namespaces of xrefs, by default all."""
    fixed = ["query", "outcome", "reason", "gene", "symbol", "species", "matched_as"]
    return [*fixed, *(targets or XREF_GROUPS), "orthologs", "marks"]


def list_rows(answer: Answer, columns_of: tuple[str, ...] | None = None) -> Iterator[list[str]]:
    """Yield the rows of an answer; `columns_of` are the namespaces of the table, by default those of the answer."""
    targets = columns_of or answer.options.to or XREF_GROUPS
    shown = answer._replace(options=replace(answer.options, fields=None)).to_dict()
    query = " ".join(answer.query.split())
    head = [query, answer.outcome, answer.reason or ""]
    genes = shown["genes"] if shown["converted"] is None else shown["converted"]
    marks = ";".join(" ".join([mark["curie"], mark["verdict"], *mark["successors"]]) for mark in shown["marks"])
    for gene in genes:
        xrefs = [";".join(xref["identifier"] for xref in gene["xrefs"].get(prefix, ())) for prefix in targets]
        matched, orthologs = _describe_match(gene)
        matched += "".join(f";also {other['symbol']}" for other in shown["also"])
        yield [*head, gene["curie"], gene["symbol"], gene["species"], matched, *xrefs, orthologs, marks]
    if not genes:
        yield [*head, *[""] * (len(list_columns(tuple(targets))) - len(head) - 1), marks]


def _describe_match(gene: dict[str, Any]) -> tuple[str, str]:
    """Return how the query matches the gene, and its orthologs; for a converted gene, the gene it was mapped from."""
    if "via" in gene:
        via = gene["via"]
        return " ".join(filter(None, (via["how"], "of", via["gene"], via["cardinality"]))), ""
    orthologs = ";".join(ortholog["curie"] for ortholog in gene["orthologs"])
    return f"{gene['matched_as']['kind']} {gene['matched_as']['value']}", orthologs
