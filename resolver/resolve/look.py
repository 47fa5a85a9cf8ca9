"""Find the page of a gene at a source, or its document in the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..genes.ranking import MatchKind
from ..identifiers.model import Level
from ..identifiers.species import SPECIES
from .encode import answer_object, encode_gene
from .outcome import Outcome

if TYPE_CHECKING:
    from ..genes.model import GeneRecord
    from .answer import Answer

# Why there is no page, and no document; both are codes of problems (docs/api.md).
NO_XREF = "no_xref"
NOT_GENE_CURIE = "not_gene_curie"


class Page(NamedTuple):
    """The page of a gene's identifier at its source."""

    gene: GeneRecord
    namespace: str
    identifier: str
    url: str


class Destination(NamedTuple):
    """The page for a query: `page` if there is exactly one, else the `choices`.

    Without choices `answer` is a miss, or `hint` says which namespaces the gene has identifiers in.
    """

    answer: Answer
    choices: tuple[Page, ...] = ()
    page: Page | None = None
    hint: str | None = None


def find_destination(answer: Answer) -> Destination:
    """Return the page of the best xref in the first namespace of the answer's `to` that the gene has one in.

    Without namespaces it is the page of the gene's own identifier. Nothing is chosen where several genes are left.
    """
    options = answer.options
    documents = {found.gene: orjson.loads(answer.reader.get_document(found.gene.id)) for found in answer.genes}
    found = [_find_page(gene, document["xrefs"], options.to) for gene, document in documents.items()]
    choices = tuple(page for page in found if page is not None)
    if not choices:
        return Destination(answer, hint=_describe_namespaces(documents, options.to) if documents else answer.hint)
    # Both genes of a pair have one page in HomoloGene: there is nothing to choose then.
    is_one = len({page.url for page in choices}) == 1
    is_clear = answer.outcome is not Outcome.AMBIGUOUS or len(choices) == len(found)
    return Destination(answer, choices, choices[0] if is_one and is_clear else None, answer.hint or _describe(choices))


def _find_page(gene: GeneRecord, xrefs: dict[str, list[dict[str, Any]]], to: tuple[str, ...] | None) -> Page | None:
    for namespace in to or (gene.curie.partition(":")[0],):
        listed = xrefs.get(namespace, [])  # an older release may not have the group
        if not to:
            listed = [xref for xref in listed if xref["curie"] == gene.curie]
        if listed:
            return Page(gene, namespace, listed[0]["identifier"], listed[0]["url"])
    return None


def _describe(choices: tuple[Page, ...]) -> str | None:
    if len(choices) == 1:
        return None
    return "Several genes match. Choose a page, or specify the species."


def _describe_namespaces(documents: dict[GeneRecord, dict[str, Any]], to: tuple[str, ...] | None) -> str:
    has = "; ".join(
        f"{gene.symbol} ({SPECIES[gene.taxon].name}) has {', '.join(_groups_of(document))}"
        for gene, document in documents.items()
    )
    return f"No identifier in {' or '.join(to or ())}: {has}."


def _groups_of(document: dict[str, Any]) -> list[str]:
    return [namespace for namespace, listed in document["xrefs"].items() if listed]


def describe_destination(destination: Destination) -> dict[str, Any]:
    """Return the page to go to and the choices as plain objects."""
    answer = destination.answer
    return {
        "query": answer.query,
        "outcome": answer.outcome,
        "reason": answer.reason if destination.choices else NO_XREF,
        "hint": destination.hint,
        "url": None if destination.page is None else destination.page.url,
        "choices": [
            {**encode_gene(page.gene), "namespace": page.namespace, "identifier": page.identifier, "url": page.url}
            for page in destination.choices
        ],
        "release": {"id": answer.release.id, "title": answer.release.title},
    }


def list_gene_namespaces(answer: Answer) -> list[dict[str, Any]]:
    """Return the genes of an answer as plain objects, each with the namespaces that it has identifiers in."""
    return [
        {**encode_gene(found.gene), "namespaces": _groups_of(orjson.loads(found.reader.get_document(found.gene.id)))}
        for found in answer.genes
    ]


class FoundDocument(NamedTuple):
    """The document of the one gene that a CURIE names; None where it names none, and `hint` says what to query."""

    answer: Answer
    document: bytes | None
    hint: str | None


def find_document(answer: Answer) -> FoundDocument:
    """Return the document of the gene whose CURIE was queried: its primary one, or another of its own level.

    A transcript, protein or group, a bare accession and a symbol are no names of a gene's document.
    """
    if answer.outcome is not Outcome.RESOLVED:
        return FoundDocument(answer, None, answer.hint)
    found = answer.genes[0]
    matched_as = found.matched_as
    if (
        ":" in answer.query
        and len(answer.genes) == 1
        and matched_as.kind is MatchKind.IDENTIFIER
        and matched_as.level == Level.GENE
    ):
        return FoundDocument(answer, found.reader.get_document(found.gene.id), None)
    curies = " or ".join(one.gene.curie for one in answer.genes)
    return FoundDocument(answer, None, f"Query the gene by its own CURIE: {curies}.")


def describe_document(found: FoundDocument) -> dict[str, Any]:
    """Return the document as plain objects; where there is none, the answer to the CURIE."""
    if found.document is None:
        return answer_object(found.answer)
    document: dict[str, Any] = orjson.loads(found.document)
    return document
