"""Find the genes of queries in the scopes of MyGene.info; which gene a query means is decided by the resolver."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ...errors import BadOption
from ...genes.ranking import MATCH_TIERS
from ...identifiers.namespaces import BY_SPELLING, folded_spelling
from ...identifiers.species import SPECIES
from ...resolve.options import DEFAULT, Query, read_options
from ...resolve.search import MAX_LIMIT, search
from .scopes import Scope, choose_namespace, find_scope, read_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ...genes.model import GeneRecord
    from ...genes.ranking import MatchKind
    from ...resolve.answer import Answer
    from ...resolve.options import Options
    from ...resolve.resolver import Resolver

Taxa = frozenset[int]

_ANY = Scope(None)
_FIELD = re.compile(r"([A-Za-z_][\w.-]*):\s*(.+)", re.DOTALL)
_INTERVAL = re.compile(r"(?:hg19\.|mm9\.)?chr\w+:[0-9,]+-[0-9,]+", re.IGNORECASE)
_TAXON_FIELDS = {"taxid", "species"}
_TYPE_FIELD = "type_of_gene"
# Scores fall with the match tier; they say nothing else.
_BEST_SCORE, _BEGINNING_SCORE = 100.0, 50.0


class Hit(NamedTuple):
    """A gene that a query matches, and a score that falls with the match tier."""

    gene: GeneRecord
    score: float


class Term(NamedTuple):
    """One alternative of a query: what is looked for, and where; `types` are the gene types that are kept."""

    text: str
    scope: Scope
    is_beginning: bool
    taxa: Taxa | None
    types: frozenset[str]


def find_many(
    resolver: Resolver,
    queries: Sequence[str],
    scopes: tuple[Scope, ...],
    taxa: Taxa | None,
    count: Callable[[Answer], None] | None = None,
) -> list[list[Hit]]:
    """Return the hits of each query, in order; `taxa` are the species that are kept (None: all).

    For each scope the resolver reads the query in its namespace. Its best matches that the scope accepts are the hits;
    a retired identifier has its successors. `count` is called with each answer that leads to a gene.
    """
    found: list[dict[int, Hit]] = [{} for _ in queries]
    if taxa is not None and not taxa:
        return [[] for _ in queries]
    for scope in scopes:
        asked = [Query(query, _options_for(scope, query, taxa)) for query in queries]
        for hits, answer in zip(found, resolver.resolve_many(asked), strict=True):
            is_counted = False
            for hit in _accepted(answer, scope):
                hits.setdefault(hit.gene.id, hit)
                is_counted = True
            if is_counted and count is not None:
                count(answer)
    return [sorted(hits.values(), key=lambda hit: -hit.score) for hits in found]


def find_terms(resolver: Resolver, terms: Iterable[Term], taxa: Taxa | None) -> list[Hit]:
    """Return the hits of the alternatives of a query, best first, each gene once.

    A text in no field is resolved; then come the genes with a symbol or name that begins with it.
    """
    hits: dict[int, Hit] = {}
    for term in terms:
        kept = _both(taxa, term.taxa)
        if kept is not None and not kept:
            continue
        for hit in _find_term(resolver, term, kept):
            if not term.types or _type_of(resolver, hit.gene) in term.types:
                hits.setdefault(hit.gene.id, hit)
    return sorted(hits.values(), key=lambda hit: -hit.score)


def read_terms(q: str) -> list[Term]:
    """Return the alternatives of a query text: `OR` of terms, each a text or `field:text`, with `AND taxid:…`.

    Raises BadOption for what MyGene.info understands and this service does not.
    """
    if not q.strip():
        raise BadOption("q is empty", hint="Send a symbol, a name or an identifier, such as q=CDK2.")
    if _INTERVAL.search(q):
        raise BadOption("q: genomic intervals cannot be searched here", hint="Search for a symbol or an identifier.")
    if re.search(r"(?:^|\s)NOT\s", q):
        raise BadOption("q: NOT cannot be searched here", hint="Combine terms with OR, and filter with AND taxid:9606.")
    return [_read_term(part) for part in re.split(r"\s+OR\s+", q.strip())]


def read_taxa(species: Iterable[str]) -> Taxa | None:
    """Return which of our species a list of names and taxon ids means; None for all.

    Other taxon ids, and the other common names of MyGene.info, are species without genes here. Raises BadOption.
    """
    taxa = set()
    for word in filter(None, (one.strip().lower() for one in species)):
        if word == "all":
            return None
        if word.isdecimal() and len(word) < _LONGEST_TAXON:
            taxa.add(int(word))
        elif word in _COMMON_NAMES:
            taxa.add(_COMMON_NAMES[word])
        else:
            raise BadOption(
                f"species: {word[:80]!r} is not a species", hint="Use all, human, mouse, or taxon ids such as 9606."
            )
    return frozenset(taxa & SPECIES.keys()) if taxa else None


_LONGEST_TAXON = 10
_COMMON_NAMES = {species.name: taxon for taxon, species in SPECIES.items()} | {
    "rat": 10116, "fruitfly": 7227, "nematode": 6239, "zebrafish": 7955, "thale-cress": 3702, "frog": 8364, "pig": 9823,
}  # fmt: skip


SPECIES_WORDS = ("all", *_COMMON_NAMES)


def _options_for(scope: Scope, query: str, taxa: Taxa | None) -> Options:
    namespace = choose_namespace(scope, query)
    return read_options({"from": namespace, "species": _one_of(taxa)}, DEFAULT)


def _one_of(taxa: Taxa | None) -> int | None:
    """Return the only species, None for both."""
    return next(iter(taxa)) if taxa is not None and len(taxa) == 1 else None


def _both(first: Taxa | None, second: Taxa | None) -> Taxa | None:
    return second if first is None else first if second is None else first & second


def _accepted(answer: Answer, scope: Scope) -> Iterator[Hit]:
    matches = [one for one in answer.genes if scope.accepts(one)]
    for match in matches or [one for one in answer.other_matches if scope.accepts(one)]:
        yield Hit(match.gene, _score(match.matched_as.kind))


def _score(kind: MatchKind) -> float:
    return _BEST_SCORE - 5 * MATCH_TIERS[kind]


def _find_term(resolver: Resolver, term: Term, taxa: Taxa | None) -> Iterator[Hit]:
    if not term.is_beginning:
        yield from find_many(resolver, [term.text], (term.scope,), taxa)[0]
    if term.is_beginning or term.scope == _ANY:
        found = search(resolver.reader, term.text, taxon=_one_of(taxa), limit=MAX_LIMIT)
        for number, hit in enumerate(found.hits):
            if not term.scope.kinds or hit.kind in term.scope.kinds:
                yield Hit(hit.gene, round(_BEGINNING_SCORE - number / 10, 1))


def _type_of(resolver: Resolver, gene: GeneRecord) -> str | None:
    return resolver.reader.find_gene_types([gene.id])[gene.id]


def _read_term(part: str) -> Term:
    taxa: Taxa | None = None
    types: set[str] = set()
    searched: list[tuple[Scope, str]] = []
    for clause in re.split(r"\s+AND\s+", part.strip()):
        field, text = _split_field(_unwrap(clause))
        if field in _TAXON_FIELDS:
            taxa = _both(taxa, read_taxa([text]))
        elif field == _TYPE_FIELD:
            types.add(text)
        else:
            searched.append((_ANY if field is None else read_scopes([field])[0], text))
    if len(searched) != 1:
        raise BadOption(
            f"q: {part[:80]!r} combines {len(searched)} searches with AND",
            hint="Search for one text; AND can add taxid:9606 or type_of_gene:protein-coding.",
        )
    scope, text = searched[0]
    is_beginning = text.endswith("*")
    text = text.rstrip("*").strip()
    if not text or "*" in text or "?" in text:
        raise BadOption(f"q: {part[:80]!r} has a wildcard that cannot be searched", hint="Write it at the end: CDK*.")
    if is_beginning and scope.namespace not in (None, "symbol"):
        raise BadOption("q: a wildcard works in symbols and names only", hint="Write the identifier in full.")
    return Term(text, scope, is_beginning, taxa, frozenset(types))


def _split_field(clause: str) -> tuple[str | None, str]:
    """Return the field of a clause and its text; without a field, and for a CURIE, None and the clause.

    Raises BadOption for a field that cannot be searched.
    """
    found = _FIELD.fullmatch(clause)
    if found is None:
        return None, _unescape(clause)
    field = found[1]
    if field.lower() in {*_TAXON_FIELDS, _TYPE_FIELD} or find_scope(field) is not None:
        return field.lower(), _unescape(_unwrap(found[2]))
    if folded_spelling(field) in BY_SPELLING:
        return None, _unescape(clause)
    raise BadOption(f"q: there is no field {field[:80]!r} to search", hint="The documentation lists the fields.")


def _unwrap(text: str) -> str:
    text = text.strip()
    while len(text) > 1 and (text[0], text[-1]) in {('"', '"'), ("(", ")")}:
        text = text[1:-1].strip()
    return text


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
