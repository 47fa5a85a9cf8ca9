"""An answer as JSON, the one shape that every door shows.

The gene documents were made with the release and are spliced in as bytes; only what is particular to the question is
encoded here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ..errors import UnknownNamespace
from ..identifiers.namespaces import BY_SPELLING, XREF_GROUPS, folded_spelling
from ..identifiers.species import SPECIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..genes.model import OrthologLink
    from ..identifiers.model import Reading
    from .outcome import Answer, GeneAnswer, MatchedAs, MatchedGene


def get_targets(text: str) -> tuple[str, ...]:
    """Return the xref groups that a comma-separated list of namespaces (in any spelling) asks for.

    Raises UnknownNamespace, naming those that exist.
    """
    targets: list[str] = []
    for part in text.split(","):
        if not part.strip():
            continue
        known = [n.prefix for n in BY_SPELLING.get(folded_spelling(part), ()) if n.prefix in XREF_GROUPS]
        if not known:
            raise UnknownNamespace(
                f"there are no xrefs to {part.strip()!r}", hint=f"Ask for any of {', '.join(XREF_GROUPS)}."
            )
        targets += known[:1]
    return tuple(dict.fromkeys(targets))


def encode_answer(answer: Answer, targets: tuple[str, ...] | None = None) -> bytes:
    """Return the answer as a JSON object; `targets` limits `xrefs` to those namespaces."""
    return b"{%b}" % encode_members(answer, targets)


def encode_members(answer: Answer, targets: tuple[str, ...] | None = None) -> bytes:
    """Return the members of the answer's JSON object, without its braces."""
    head = orjson.dumps(
        {
            "query": answer.query,
            "readings": [_reading(reading) for reading in answer.readings],
            "outcome": answer.outcome,
            "reason": answer.reason,
            "hint": answer.hint,
        }
    )
    tail = orjson.dumps(
        {
            "other_matches": [_short(found) for found in answer.other_matches],
            "related": [_short(found) for found in answer.related],
            "history": [
                {
                    "retired": step.retired,
                    "successor": step.successor,
                    "reason": step.reason,
                    "date": step.date,
                    "label": step.label,
                    "sources": step.sources,
                }
                for step in answer.history
            ],
            "release": {"id": answer.release.id, "title": answer.release.title},
        }
    )
    genes = b",".join(_gene(gene, targets) for gene in answer.genes)
    return b'%b,"genes":[%b],%b' % (head[1:-1], genes, tail[1:-1])


def answer_object(answer: Answer, targets: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Return the answer as plain Python objects."""
    decoded: dict[str, Any] = orjson.loads(encode_answer(answer, targets))
    return decoded


def _gene(answer: GeneAnswer, targets: tuple[str, ...] | None) -> bytes:
    orthologs = b",".join(_ortholog(link, targets) for link in answer.orthologs)
    matched_as = orjson.dumps(_matched_as(answer.matched_as))
    evidence = b""
    if answer.evidence is not None:
        wanted = answer.evidence
        if targets is not None:
            wanted = tuple(record for record in wanted if record.curie.partition(":")[0] in targets)
        listed = [
            {
                "curie": record.curie,
                "relation": record.relation,
                "version": record.version,
                "place": record.place,
                "sources": record.sources,
            }
            for record in wanted
        ]
        evidence = b',"evidence":' + orjson.dumps(listed)
    document = _document(answer.gene.document, targets)
    return b'%b,"matched_as":%b,"orthologs":[%b]%b}' % (document[:-1], matched_as, orthologs, evidence)


def _ortholog(link: OrthologLink, targets: tuple[str, ...] | None) -> bytes:
    support = orjson.dumps({"cardinality": link.cardinality, "support": link.support, "sources": link.sources})
    return b"%b,%b" % (_document(link.gene.document, targets)[:-1], support[1:])


def _document(document: bytes, targets: Iterable[str] | None) -> bytes:
    if targets is None:
        return document
    decoded = orjson.loads(document)
    decoded["xrefs"] = {prefix: decoded["xrefs"][prefix] for prefix in targets}
    return orjson.dumps(decoded)


def _reading(reading: Reading) -> dict[str, Any]:
    identifier = reading.identifier
    return {
        "prefix": identifier.prefix,
        "accession": identifier.accession,
        "version": identifier.version,
        "curie": None if reading.is_text else identifier.curie,
        "level": reading.level,
        "why": reading.why,
        "notes": reading.notes,
    }


def _matched_as(matched_as: MatchedAs) -> dict[str, Any]:
    return {
        "kind": matched_as.kind,
        "value": matched_as.value,
        "level": matched_as.level,
        "version_asked": matched_as.version_asked,
        "version_known": matched_as.version_known,
        "case_corrected": matched_as.case_corrected,
        "notes": matched_as.notes,
    }


def _short(found: MatchedGene) -> dict[str, Any]:
    gene = found.gene
    return {
        "curie": gene.curie,
        "symbol": gene.symbol,
        "taxon": gene.taxon,
        "species": SPECIES[gene.taxon].name,
        "matched_as": _matched_as(found.matched_as),
    }
