"""An answer as JSON: the one form that every interface shows.

The gene documents were made with the release and are inserted as bytes; only what is particular to the query is encoded
here, from the answer and its details. Three functions read the release: `encode_members` calls `find_details`,
`read_documents` reads documents, and a receipt is made with the reader of the answer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import orjson

from ..genes.ranking import MATCH_TIERS, ORTHOLOG_METHODS
from ..identifiers.namespaces import XREF_GROUPS
from ..identifiers.species import SPECIES
from .details import find_details
from .evidence import describe_evidence, describe_path, gather_support, organization_of, select_used_sources
from .links import add_links
from .options import DEFAULT, GENE_FIELDS, Consensus
from .precedence import list_also
from .receipt import build_receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..genes.model import GeneRecord, OrthologLink, RetirementRecord
    from ..identifiers.model import Interpretation
    from ..store.gene_reader import GeneReader
    from .details import Details, GeneDetails
    from .evidence import Supported
    from .options import Options
    from .outcome import AnswerData, ConvertedGene, DamageReport, MatchedAs, MatchedGene, Suggestion

    _Members = tuple[tuple[str, Callable[[AnswerData], object]], ...]


def encode_answer(answer: AnswerData) -> bytes:
    """Return the answer as a JSON object, trimmed and extended as its options request."""
    return b"{%b}" % encode_members(answer)


def encode_members(answer: AnswerData) -> bytes:
    """Return the members of the answer's JSON object, without its braces."""
    options = answer.options
    if options.fields is not None and not (options.explain or options.receipt) and _SHORT.issuperset(options.fields):
        return _encode_short(answer, options.fields)
    return _encode(answer, find_details(answer))


def _encode_short(answer: AnswerData, fields: tuple[str, ...]) -> bytes:
    """Return only the requested members, none of which needs the document of a gene."""
    before, inner, behind = _list_short(fields)
    shown: dict[str, Any] = {name: read(answer) for name, read in before}
    if inner:
        shown["genes"] = [_pick(encode_gene(found.gene), inner) for found in answer.genes]
        if answer.converted is not None:
            shown["converted"] = [_pick(encode_gene(one.gene), inner) for one in answer.converted]
    for name, read in behind:
        shown[name] = read(answer)
    return orjson.dumps(shown)[1:-1]


def _encode(answer: AnswerData, details: Details) -> bytes:
    options = answer.options
    head = orjson.dumps({name: read(answer) for name, read in _BEFORE_GENES.items()})
    tail = _NOTHING_MORE
    if answer.other_matches or answer.related or answer.suggestions or answer.damage or answer.history:
        tail = _more(answer)
    shown = {gene: _show(document, gene, options, details) for gene, document in details.documents.items()}
    genes = b",".join([_gene(gene, answer, details, shown) for gene in details.genes])
    marks = orjson.dumps([mark.describe() for mark in details.marks]) if details.marks else b"[]"
    converted = b"null"
    if answer.converted is not None:
        converted = b"[%b]" % b",".join([_converted(gene, shown[gene.gene]) for gene in answer.converted])
    policy = _DEFAULT_POLICY if options is DEFAULT else _policy(options)
    members = b'%b,"genes":[%b],"converted":%b,%b,"marks":%b,%b,%b' % (
        head[1:-1],
        genes,
        converted,
        tail,
        marks,
        policy,
        _release(answer.release.id, answer.release.title),
    )
    if options.fields is not None:
        members = orjson.dumps(_trimmed(orjson.loads(b"{%b}" % members), options.fields))[1:-1]
    if options.explain or options.receipt:
        parts = [members] if members else []
        if options.explain:
            parts.append(_used_sources(answer, details))
        if options.receipt:
            receipt = build_receipt(answer.reader, options, {answer.outcome.value: 1})
            parts.append(b'"receipt":%b' % orjson.dumps(receipt))
        members = b",".join(parts)
    return members


def _more(answer: AnswerData) -> bytes:
    return orjson.dumps({name: read(answer) for name, read in _BEHIND_GENES.items()})[1:-1]


_NOTHING_MORE = b'"also":[],"other_matches":[],"related":[],"suggestions":[],"damage":null,"history":[]'


@lru_cache(maxsize=16)
def _release(release_id: str, title: str) -> bytes:
    return orjson.dumps({"release": {"id": release_id, "title": title}})[1:-1]


def answer_object(answer: AnswerData) -> dict[str, Any]:
    """Return the answer as plain Python objects."""
    decoded: dict[str, Any] = orjson.loads(encode_answer(answer))
    return decoded


def _gene(gene: GeneDetails, answer: AnswerData, details: Details, shown: dict[GeneRecord, bytes]) -> bytes:
    options = answer.options
    matched_as = encode_match(gene.match.matched_as)
    matched_as["pairs"] = gene.partners
    orthologs = b",".join([_ortholog(link, shown[link.gene]) for link in gene.links])
    explained = b""
    if options.explain:
        supported = details.supported[gene.match.gene.id]
        evidence = describe_evidence(supported, options.to)
        path = describe_path(answer, gene.match, supported, gene.name_sources)
        explained = b",%b" % orjson.dumps({"evidence": evidence, "path": path})[1:-1]
    opened = shown[gene.match.gene]
    return b'%b,"matched_as":%b,"orthologs":[%b]%b}' % (opened, orjson.dumps(matched_as), orthologs, explained)


def _ortholog(link: OrthologLink, opened: bytes) -> bytes:
    return b"%b,%b" % (opened, _encoded_link(link.cardinality, link.support, link.sources))


def _converted(converted: ConvertedGene, opened: bytes) -> bytes:
    via: dict[str, Any] = {"gene": converted.of.curie, "symbol": converted.of.symbol, "how": "itself"}
    via |= dict.fromkeys(("cardinality", "support", "sources", "methods"))
    if converted.link is not None:
        via |= {"how": "ortholog"} | encode_link(converted.link)
    return b'%b,"via":%b}' % (opened, orjson.dumps(via))


def _show(document: bytes, gene: GeneRecord, options: Options, details: Details) -> bytes:
    """Return a gene's document with the requested xrefs and its links, without the last brace."""
    if options.consensus is not Consensus.ANY:
        document = _keep_agreed(document, options.consensus, details.supported[gene.id])
    document = add_links(document, gene.taxon)
    if options.to is not None:
        document = _cut_xrefs(document, options.to)
    return document[:-1]


def _keep_agreed(document: bytes, consensus: Consensus, supported: Sequence[Supported]) -> bytes:
    """Return a gene's document with only those xrefs on which enough organizations agree, and without links."""
    decoded = orjson.loads(document)
    decoded.pop("links", None)
    agreed = {one.record.curie for one in supported if one.agreement.passes(consensus)}
    for prefix, listed in decoded["xrefs"].items():
        decoded["xrefs"][prefix] = [xref for xref in listed if xref["curie"] in agreed]
    return orjson.dumps(decoded)


_LOCATION = b',"location":'
_XREFS, _AFTER_XREFS = b'"xrefs":{', b'},"names":{'
_GROUPS = tuple((prefix, b'"%b":[' % prefix.encode()) for prefix in XREF_GROUPS)


def _cut_xrefs(document: bytes, targets: tuple[str, ...]) -> bytes:
    """Return the document with only these groups of xrefs; a group that the release does not have is left out.

    Cutting the bytes takes a fifth of the time of reading and writing the JSON. It is safe: no text in the xrefs
    contains an unescaped quotation mark.
    """
    begin = document.index(_XREFS) + len(_XREFS)
    end = document.index(_AFTER_XREFS, begin)
    found = sorted((at, prefix) for prefix, key in _GROUPS if (at := document.find(key, begin, end)) >= 0)
    stops = [at - 1 for at, _ in found[1:]] + [end]
    parts = {prefix: document[at:stop] for (at, prefix), stop in zip(found, stops, strict=True)}
    shown = b",".join([parts[prefix] for prefix in targets if prefix in parts])
    return b"%b%b%b" % (document[:begin], shown, document[end:])


def read_documents(reader: GeneReader, gene_ids: Sequence[int], options: Options) -> Iterator[tuple[int, bytes]]:
    """Yield the numbers and documents of genes, their xrefs as `consensus` requires."""
    if options.consensus is Consensus.ANY:
        yield from reader.get_documents(gene_ids)
        return
    for gene_id in gene_ids:
        document = reader.get_document(gene_id)
        yield gene_id, _keep_agreed(document, options.consensus, gather_support(reader, gene_id))


def read_head(document: bytes) -> dict[str, Any]:
    """Return the members of a document that come before the gene's location: CURIE, symbol, name and the like."""
    head: dict[str, Any] = orjson.loads(b"%b}" % document[: document.index(_LOCATION)])
    return head


def find_xrefs(prefix: str, levels: Sequence[str] = ()) -> Callable[[bytes], list[str]]:
    """Return a function that returns the identifiers of a document's xrefs in one namespace, best first.

    With `levels` only those. To find them in the bytes takes a tenth of the time of reading the JSON.
    """
    level = b'","level":"(?:%b)"' % b"|".join(re.escape(one.encode()) for one in levels) if levels else b""
    find = re.compile(rb'{"identifier":"([^"]*)","curie":"%b:[^"]*%b' % (re.escape(prefix.encode()), level)).findall
    groups = [key for _, key in _GROUPS]
    key = b'"%b":[' % prefix.encode()
    following = groups[groups.index(key) + 1 :][:1]

    def list_xrefs(document: bytes) -> list[str]:
        begin = document.find(key, document.index(_XREFS))
        if begin < 0:
            return []
        end = document.find(following[0], begin) if following else -1
        return [found.decode() for found in find(document, begin, end if end >= 0 else document.index(_AFTER_XREFS))]

    return list_xrefs


def _used_sources(answer: AnswerData, details: Details) -> bytes:
    evidence: list[dict[str, Any]] = []
    for gene in details.genes:
        supported = details.supported[gene.match.gene.id]
        evidence += describe_evidence(supported, answer.options.to)
        evidence += describe_path(answer, gene.match, supported, gene.name_sources)
    return orjson.dumps({"sources": select_used_sources(details.sources, evidence)})[1:-1]


@lru_cache(maxsize=64)
def _split(fields: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the requested members of genes and of the answer; if only those of genes are, the outcome comes too."""
    inner = frozenset(fields).intersection(GENE_FIELDS)
    return inner, frozenset(fields) - inner or frozenset(("query", "outcome", "reason"))


@lru_cache(maxsize=64)
def _list_short(fields: tuple[str, ...]) -> tuple[_Members, frozenset[str], _Members]:
    """Return what reads the requested members before the genes, which members of genes, and what reads those behind."""
    inner, outer = _split(fields)
    before, behind = (
        tuple([(name, read) for name, read in members.items() if name in outer])
        for members in (_BEFORE_GENES, _BEHIND_GENES)
    )
    return before, inner, behind


def _pick(gene: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: gene[name] for name in gene if name in names}


def _trimmed(shown: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the requested members."""
    inner, outer = _split(fields)
    if inner:
        outer |= {"genes", "converted"}
        for member in ("genes", "converted"):
            listed = shown[member]
            if listed is not None:
                shown[member] = [_pick(gene, inner) for gene in listed]
    return {
        name: value for name, value in shown.items() if name in outer and (name != "converted" or value is not None)
    }


@lru_cache(maxsize=256)
def _policy(options: Options) -> bytes:
    order = [kind.value for kind in sorted(MATCH_TIERS, key=lambda kind: MATCH_TIERS[kind])]
    return b'"policy":%b' % orjson.dumps(options.describe() | {"order": order})


_DEFAULT_POLICY = _policy(DEFAULT)


def encode_step(step: RetirementRecord) -> dict[str, Any]:
    """Return a step of a history as plain objects."""
    return step._asdict()


def describe_link(cardinality: str, support: int, sources: tuple[str, ...]) -> dict[str, Any]:
    """Return what is known of a pair of orthologs, without the gene."""
    methods = dict.fromkeys(ORTHOLOG_METHODS[organization_of(source)] for source in sources)
    return {"cardinality": cardinality, "support": support, "sources": sources, "methods": list(methods)}


def encode_link(link: OrthologLink) -> dict[str, Any]:
    """Return what is known of an ortholog, without the gene."""
    return describe_link(link.cardinality, link.support, link.sources)


@lru_cache(maxsize=1024)
def _encoded_link(cardinality: str, support: int, sources: tuple[str, ...]) -> bytes:
    # A hundred combinations or so cover all pairs of a release.
    return orjson.dumps(describe_link(cardinality, support, sources))[1:]


def _interpretation(interpretation: Interpretation) -> dict[str, Any]:
    identifier = interpretation.identifier
    return {
        "prefix": identifier.prefix,
        "accession": identifier.accession,
        "version": identifier.version,
        "curie": None if interpretation.is_text else identifier.curie,
        "level": interpretation.level,
        "why": interpretation.why,
        "notes": interpretation.notes,
    }


def encode_match(matched_as: MatchedAs) -> dict[str, Any]:
    """Return how a query matched a gene, as plain objects."""
    return {
        "kind": matched_as.kind,
        "value": matched_as.value,
        "level": matched_as.level,
        "version_requested": matched_as.version_requested,
        "version_known": matched_as.version_known,
        "version_status": matched_as.version_status,
        "case_corrected": matched_as.case_corrected,
        "notes": matched_as.notes,
    }


def encode_gene(gene: GeneRecord) -> dict[str, Any]:
    """Return a gene's CURIE, symbol and species as plain objects."""
    return {"curie": gene.curie, "symbol": gene.symbol, "taxon": gene.taxon, "species": SPECIES[gene.taxon].name}


def _short(found: MatchedGene) -> dict[str, Any]:
    return encode_gene(found.gene) | {"matched_as": encode_match(found.matched_as)}


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    return {"identifier": suggestion.identifier, **encode_gene(suggestion.gene), "why": suggestion.why}


def _damage(damage: DamageReport) -> dict[str, Any]:
    return {
        "kind": damage.kind,
        "explanation": damage.explanation,
        "certain": damage.repaired is not None,
        "repaired": damage.repaired,
    }


# The members before and behind the genes, in their order.
_BEFORE_GENES: dict[str, Callable[[AnswerData], object]] = {
    "query": attrgetter("query"),
    "interpretations": lambda answer: [_interpretation(interpretation) for interpretation in answer.interpretations],
    "outcome": attrgetter("outcome"),
    "reason": attrgetter("reason"),
    "hint": attrgetter("hint"),
}
_BEHIND_GENES: dict[str, Callable[[AnswerData], object]] = {
    "also": lambda answer: [encode_gene(found.gene) for found in list_also(answer.genes, answer.other_matches)],
    "other_matches": lambda answer: [_short(found) for found in answer.other_matches],
    "related": lambda answer: [_short(found) for found in answer.related],
    "suggestions": lambda answer: [_suggestion(suggestion) for suggestion in answer.suggestions],
    "damage": lambda answer: None if answer.damage is None else _damage(answer.damage),
    "history": lambda answer: [encode_step(step) for step in answer.history],
}
_SHORT = frozenset((*_BEFORE_GENES, *_BEHIND_GENES, "curie", "symbol", "taxon", "species"))
