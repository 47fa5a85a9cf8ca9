"""Search for genes by the beginning of a name, as a search box does while a person types."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..errors import BadOption
from ..genes.ranking import NAME_TIERS, MatchKind
from ..identifiers.names import fold_name, make_encodable
from ..identifiers.recognize import MAX_LENGTH, recognize
from ..identifiers.species import HUMAN, SPECIES
from .decide import rank_matches
from .encode import encode_gene
from .find import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..genes.model import GeneRecord, ListedName
    from ..store.gene_reader import GeneReader

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
# Sorts behind every character that a name can have.
_LAST = "\U0010ffff"


class Hit(NamedTuple):
    """A gene and the name that begins with the search text; for an identifier, `text` is its CURIE."""

    gene: GeneRecord
    full_name: str | None
    kind: MatchKind
    text: str


class Found(NamedTuple):
    """The first hits, and whether there are more."""

    query: str
    hits: tuple[Hit, ...]
    has_more: bool


def search(reader: GeneReader, text: str, *, taxon: int | None = None, limit: int = DEFAULT_LIMIT) -> Found:
    """Return the genes that have an identifier that is `text`, or a symbol or name that begins with it; each gene once.

    Identifiers go first, then names by their match tier: approved symbols, previous symbols, aliases and full names,
    official ones before others. Each tier is in alphabetical order, so that an exact match is its first. Cost grows
    with `limit`, and neither with the release nor with how many names match. Raises BadOption for an empty text, or a
    limit out of range.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise BadOption(f"limit: {limit} is not from 1 to {MAX_LIMIT}", hint=f"The default is {DEFAULT_LIMIT}.")
    text = make_encodable(text)
    beginning = fold_name(text[: MAX_LENGTH + 1])
    if not beginning:
        raise BadOption("q is empty", hint="Type the beginning of a symbol or name, such as il7, or an identifier.")
    hits: dict[int, Hit] = {}
    for hit in _list_hits(reader, text, beginning, taxon, limit + 1):
        hits.setdefault(hit.gene.id, hit)
        if len(hits) > limit:
            break
    return Found(text, tuple(hits.values())[:limit], len(hits) > limit)


def _list_hits(reader: GeneReader, text: str, beginning: str, taxon: int | None, at_once: int) -> Iterator[Hit]:
    for hit in _find_by_identifier(reader, text):
        if taxon is None or hit.gene.taxon == taxon:
            yield hit
    for tier in NAME_TIERS:
        taxa = SPECIES if taxon is None else (taxon,)
        names = [_list_names(reader, one, tier, beginning, at_once) for one in taxa]
        for name in heapq.merge(*names, key=_alphabetical):
            yield Hit(name.gene, name.full_name, MatchKind(name.kind), name.text)


def _find_by_identifier(reader: GeneReader, text: str) -> Iterator[Hit]:
    """Yield the genes of an identifier that is typed in full, retired ones by their successor."""
    interpretations = tuple(
        interpretation for interpretation in recognize(text).interpretations if not interpretation.is_text
    )
    if not interpretations:
        return
    for found in rank_matches(find(interpretations, reader), interpretations):
        full_name = orjson.loads(reader.get_document(found.gene.id))["name"]
        yield Hit(found.gene, full_name, MatchKind.IDENTIFIER, found.matched_as.value)


def _list_names(reader: GeneReader, taxon: int, tier: int, beginning: str, at_once: int) -> Iterator[ListedName]:
    """Yield the names of one species and tier with this beginning, read in parts: mostly the first one is enough."""
    after = (beginning, 0)
    while part := reader.find_names_after(taxon, tier, after, beginning + _LAST, at_once):
        yield from part
        if len(part) < at_once:
            return
        after = (part[-1].folded, part[-1].gene.id)


def _alphabetical(name: ListedName) -> tuple[str, bool, int]:
    return name.folded, name.gene.taxon != HUMAN, name.gene.id


def describe_found(found: Found, reader: GeneReader) -> dict[str, Any]:
    """Return the hits as plain objects."""
    return {
        "query": found.query,
        "hits": [
            {**encode_gene(hit.gene), "name": hit.full_name, "kind": hit.kind, "text": hit.text} for hit in found.hits
        ],
        "has_more": found.has_more,
        "release": {"id": reader.release.id, "title": reader.release.title},
    }
