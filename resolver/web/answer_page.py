"""Describe an answer for its page: a gene box, a choice between genes, or a miss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..genes.ranking import MatchKind
from ..identifiers.namespaces import BY_PREFIX
from ..identifiers.species import SPECIES
from ..resolve.card import list_gene_pairs
from ..resolve.evidence import organization_of
from ..resolve.outcome import Outcome, Reason
from ..resolve.past import describe_past, look_back
from ..resolve.reasons import ADVICE, OUTCOMES
from .chromosomes import describe_place
from .gene_box import Box, build_box
from .shown import adapt_hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..genes.model import GeneRecord
    from ..resolve.answer import Answer
    from ..resolve.outcome import MatchedAs, MatchedGene

_KINDS = {
    MatchKind.HOMOLOGY_GROUP: "the homology group",
    MatchKind.SYMBOL: "the approved symbol",
    MatchKind.PREVIOUS_SYMBOL: "a previous symbol",
    MatchKind.ALIAS: "an alias",
    MatchKind.FULL_NAME: "a full name",
    MatchKind.RETIRED_SYMBOL: "the symbol of a retired record",
    MatchKind.SIMILAR_SPELLING: "spelled like a name",
}
MOST_PAST = 12
# What the general advice says in the words of reports, and next steps for people without a terminal.
_MEANINGS = {
    Reason.NOT_IN_RELEASE: "is not in this release, and neither is a successor of it",
    Reason.SPREADSHEET_DAMAGE: "was probably turned into a date or a number by a spreadsheet",
}
_NEXT_STEPS = {
    Reason.NOT_IN_RELEASE: "Check the spelling. It may also be newer than the sources of this release.",
    Reason.SPREADSHEET_DAMAGE: "Choose what was meant, and check the original list: other cells may be damaged too.",
    Reason.SEVERAL_READINGS: "Choose the namespace that was meant.",
}


class Choice(NamedTuple):
    """A gene of a choice, why it is listed, and what distinguishes it."""

    curie: str
    symbol: str
    species: str
    name: str
    gene_type: str
    position: str
    entrez: str
    why: str
    notes: tuple[str, ...]


class Page(NamedTuple):
    """What the page of an answer shows.

    `gene` is the CURIE whose page this is, empty if there is no single one. `box` is set for a gene, `choices` for
    several; `others` match in a weaker tier, `related` are linked without matching. `past` are records of `/history`,
    `known` what is known of the state of an identifier.
    """

    template: str
    gene: str
    title: str
    readings: tuple[str, ...]
    box: Box | None
    choices: list[Choice]
    others: list[Choice]
    related: list[Choice]
    meaning: str
    hint: str
    next_step: str
    past: list[dict[str, Any]]
    merged: list[dict[str, Any]]
    known: list[str]
    sources: list[dict[str, Any]]
    linked_data: list[dict[str, Any]]


def describe_answer_page(answer: Answer) -> Page:
    """Return the page of an answer."""
    pairs = list_gene_pairs(answer)
    is_gene = len(pairs) == 1 and answer.outcome in {Outcome.RESOLVED, Outcome.RETIRED}
    rows = answer.reader.list_sources()
    organizations = {str(row["key"]): str(row["source"]) for row in rows}
    box = build_box(answer, pairs[0], organizations) if is_gene else None
    records: list[dict[str, Any]] = describe_past(look_back(answer)).get("records", [])
    past, merged = _list_steps(records, organizations)
    advice = ADVICE[answer.reason] if answer.reason is not None else OUTCOMES[answer.outcome]
    gene = pairs[0].gene if is_gene else None
    template = "gene.html.j2" if is_gene else "choice.html.j2" if answer.genes else "miss.html.j2"
    return Page(
        template,
        "" if gene is None else gene.curie,
        answer.query if gene is None else gene.symbol,
        tuple(describe_match(found) for found in answer.genes) if is_gene else (),
        box,
        [] if is_gene else [make_choice(found) for found in answer.genes],
        [make_choice(found) for found in answer.other_matches[:30]],
        [make_choice(found) for found in answer.related[:30]],
        _explain(answer.reason, answer.outcome),
        _describe_hint(answer),
        advice.next_step if answer.reason is None else _NEXT_STEPS.get(answer.reason, advice.next_step),
        past,
        merged,
        [f"{one['identifier']} is current {one['known']}." for one in records if one["known"]] if is_gene else [],
        [] if box is None else [row for row in rows if row["key"] in box.source_keys],
        [] if box is None else [_describe_for_machines(side.document) for side in box.sides],
    )


def _describe_hint(answer: Answer) -> str:
    """Return the hint of an answer; empty if the page of a miss says the same elsewhere."""
    hint = adapt_hint(answer.hint)
    return "" if answer.reason is Reason.RETIRED_NO_SUCCESSOR or hint.startswith("Not in ") else hint


def _list_steps(
    records: list[dict[str, Any]], organizations: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the steps from what was retired to its successors, and what was merged into the identifier."""
    steps, merged = (
        [
            step | {"sources": sorted({organizations.get(key, organization_of(key)) for key in step["sources"]})}
            for record in records
            for step in record[name]
        ][:MOST_PAST]
        for name in ("steps", "retired_identifiers")
    )
    return steps, merged


def describe_match(found: MatchedGene) -> str:
    """Return in words how a query matched a gene."""
    return f"{_say_what_it_is(found.matched_as)} of {found.gene.symbol} ({SPECIES[found.gene.taxon].name})"


def _say_what_it_is(matched_as: MatchedAs) -> str:
    """Return what the matched identifier or name is, before `of` and the gene."""
    if matched_as.kind is not MatchKind.IDENTIFIER:
        corrected = ", in other capitals," if matched_as.case_corrected else ""
        return f"{matched_as.value} is {_KINDS[matched_as.kind]}{corrected}"
    namespace = BY_PREFIX[matched_as.value.partition(":")[0]].title
    if matched_as.level in {None, "gene", "group"}:
        return f"{matched_as.value} is the {namespace} identifier"
    article = "an" if namespace[0] in "AEIO" else "a"
    return f"{matched_as.value} is {article} {namespace} {matched_as.level} identifier"


def make_choice(found: MatchedGene) -> Choice:
    """Return a gene as one of several to choose from."""
    document = orjson.loads(found.reader.get_document(found.gene.id))
    entrez = [] if found.gene.curie.startswith("ncbigene:") else document["xrefs"].get("ncbigene", [])
    gene_type = document["gene_type"] or ""
    return Choice(
        found.gene.curie, found.gene.symbol, document["species"], document["name"] or "",
        "" if gene_type == "unknown" else gene_type, describe_place(document["location"]).position,
        entrez[0]["identifier"] if entrez else "", _say_what_it_is(found.matched_as), found.matched_as.notes,
    )  # fmt: skip


def describe_row(answer: Answer) -> dict[str, Any]:
    """Return an answer as a row of a list."""
    genes = [_short(found.gene) for found in answer.genes[:4]]
    return {
        "query": answer.query,
        "outcome": answer.outcome.value,
        "meaning": _explain(answer.reason, answer.outcome),
        "genes": genes,
        "more": max(0, len(answer.genes) - len(genes)),
        "suggestions": list(_distinct(one.identifier for one in answer.suggestions))[:3],
    }


def _short(gene: GeneRecord) -> dict[str, str]:
    return {"curie": gene.curie, "symbol": gene.symbol, "species": SPECIES[gene.taxon].name}


def _distinct(texts: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(texts)


def _explain(reason: Reason | None, outcome: Outcome) -> str:
    if reason is None:
        return OUTCOMES[outcome].meaning
    return _MEANINGS.get(reason, ADVICE[reason].meaning)


def _describe_for_machines(document: dict[str, Any]) -> dict[str, Any]:
    """Return a gene in the terms of schema.org."""
    names = document["names"]
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Gene",
        "identifier": document["curie"],
        "name": document["symbol"],
        "alternateName": [*names["previous_symbol"], *names["alias"]][:30],
        "taxonomicRange": f"https://identifiers.org/taxonomy:{document['taxon']}",
        "sameAs": [group[0]["url"] for group in document["xrefs"].values() if group and group[0]["url"]],
    }
    if document["name"]:
        described["description"] = document["name"]
    return described
