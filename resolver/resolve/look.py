"""Find the page of a gene at a source or a link target, or its document in the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..errors import UnknownNamespace
from ..identifiers.links import LINK_TARGETS, LINKS_BY_KEY, find_link_target
from ..identifiers.namespaces import BY_SPELLING, XREF_GROUPS
from ..identifiers.species import SPECIES
from .encode import answer_object, encode_gene
from .links import add_links
from .options import find_group
from .outcome import Outcome

if TYPE_CHECKING:
    from ..genes.model import GeneRecord
    from .answer import Answer

# Why there is no page; a code of problems (docs/api.md).
NO_XREF = "no_xref"
# What a page is named by: a namespace, for the page of an identifier at its source, or a link target.
PAGES = (*XREF_GROUPS, *(target.key for target in LINK_TARGETS))
# The same in other spellings; capitals, blanks and some marks do not matter either.
PAGE_NAMES = (
    *PAGES,
    *(spelling for target in LINK_TARGETS for spelling in target.spellings),
    *(one for one in BY_SPELLING if find_group(one) and one not in PAGES),
)


class Page(NamedTuple):
    """A page of a gene, and the identifier that its address contains."""

    gene: GeneRecord
    namespace: str
    identifier: str
    url: str


class Destination(NamedTuple):
    """The page for a query: `page` if there is exactly one, else the `choices`.

    Without choices `answer` is a miss, or `hint` says which pages the gene has.
    """

    answer: Answer
    choices: tuple[Page, ...] = ()
    page: Page | None = None
    hint: str | None = None


def read_pages(names: str | list[str] | None) -> tuple[str, ...]:
    """Return which of `PAGES` the names, one text with commas or a list, mean; in any spelling.

    Raises UnknownNamespace, naming those that exist.
    """
    listed = names if isinstance(names, list) else [names or ""]
    found = []
    for name in ",".join(listed).split(","):
        if name.strip():
            target = find_link_target(name)
            page = find_group(name) if target is None else target.key
            if page is None:
                raise UnknownNamespace(f"there is no page at {name.strip()!r}", hint=f"Choose from {', '.join(PAGES)}.")
            found.append(page)
    return tuple(dict.fromkeys(found))


def find_destination(answer: Answer, to: tuple[str, ...] = ()) -> Destination:
    """Return the page of the gene at the first of `to` that has one: of its best xref there, or of the link target.

    Without `to` it is the page of the gene's own identifier. Nothing is chosen where several genes are left.
    """
    documents = dict(zip((found.gene for found in answer.genes), list_documents(answer), strict=True))
    found = [_find_page(gene, document, to) for gene, document in documents.items()]
    choices = tuple(page for page in found if page is not None)
    if not choices:
        return Destination(answer, hint=_describe_pages(documents, to) if documents else answer.hint)
    # Both genes of a pair have one page in HomoloGene: there is nothing to choose then.
    is_one = len({page.url for page in choices}) == 1
    is_clear = answer.outcome is not Outcome.AMBIGUOUS or len(choices) == len(found)
    return Destination(answer, choices, choices[0] if is_one and is_clear else None, answer.hint or _describe(choices))


def _find_page(gene: GeneRecord, document: dict[str, Any], to: tuple[str, ...]) -> Page | None:
    for name in to or (gene.curie.partition(":")[0],):
        target = LINKS_BY_KEY.get(name)
        prefix = name if target is None else target.prefix
        listed = document["xrefs"].get(prefix, [])  # an older release may not have the group
        if not to:
            listed = [xref for xref in listed if xref["curie"] == gene.curie]
        for xref in listed[:1]:
            url = xref["url"] if target is None else document["links"][name]
            if url is not None:
                return Page(gene, prefix, xref["identifier"], url)
    return None


def _describe(choices: tuple[Page, ...]) -> str | None:
    if len(choices) == 1:
        return None
    return "Several genes match. Choose a page, or specify the species."


def _describe_pages(documents: dict[GeneRecord, dict[str, Any]], to: tuple[str, ...]) -> str:
    kinds = [kind for kind in ("xrefs", "links") if any((name in LINKS_BY_KEY) == (kind == "links") for name in to)]
    described = []
    for gene, document in documents.items():
        names = ", ".join(name for kind in kinds for name in _list_names(document, kind))
        described.append(f"{gene.symbol} ({SPECIES[gene.taxon].name}) has {names or 'none'}")
    return f"No {'page at' if 'links' in kinds else 'identifier in'} {' or '.join(to)}: {'; '.join(described)}."


def _list_names(document: dict[str, Any], kind: str) -> list[str]:
    """Return the namespaces that a gene has xrefs in, or the targets that it has links to."""
    return [name for name, value in document[kind].items() if value]


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


def list_gene_pages(answer: Answer) -> list[dict[str, Any]]:
    """Return the genes of an answer as plain objects, each with the namespaces and the link targets of its pages."""
    return [
        {
            **encode_gene(found.gene),
            "namespaces": _list_names(document, "xrefs"),
            "links": _list_names(document, "links"),
        }
        for found, document in zip(answer.genes, list_documents(answer), strict=True)
    ]


def list_documents(answer: Answer) -> list[dict[str, Any]]:
    """Return the documents of the genes of an answer as plain objects."""
    return [orjson.loads(_get_document(answer, found.gene)) for found in answer.genes]


def _get_document(answer: Answer, gene: GeneRecord) -> bytes:
    return add_links(answer.reader.get_document(gene.id), gene.taxon)


def find_document(answer: Answer) -> bytes | None:
    """Return the document of the one gene that a query resolves to, with its links; None for any other answer."""
    is_one = answer.outcome is Outcome.RESOLVED and len(answer.genes) == 1
    return _get_document(answer, answer.genes[0].gene) if is_one else None


def describe_document(answer: Answer) -> dict[str, Any]:
    """Return the document of the one gene that a query resolves to as plain objects, or else the answer."""
    document = find_document(answer)
    if document is None:
        return answer_object(hint_at_species(answer))
    described: dict[str, Any] = orjson.loads(document)
    return described


def hint_at_species(answer: Answer) -> Answer:
    """Return the answer with a hint, if it has none and several genes."""
    if answer.hint is not None or len(answer.genes) < 2:
        return answer
    return answer._replace(hint="Several genes match. Specify the species, or query one of them by its CURIE.")
