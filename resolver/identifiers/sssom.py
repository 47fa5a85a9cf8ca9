"""The terms of SSSOM (Simple Standard for Sharing Ontological Mappings): columns, prefixes, and the YAML header."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..version import __version__
from .model import Level
from .namespaces import NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "object_id", "mapping_justification", "subject_source",
    "object_source", "comment",
)  # fmt: skip
JUSTIFICATION = "semapv:UnspecifiedMatching"
REPLACED_BY = "IAO:0100001"  # term replaced by
CONSIDER = "oboInOwl:consider"  # one of several that took its place
# By the level of the identifier; those of RO read "transcribed to", "has gene product", "member of".
PREDICATES = {
    Level.GENE.value: "skos:exactMatch",
    Level.TRANSCRIPT.value: "RO:0002511",
    Level.PROTEIN.value: "RO:0002205",
    Level.GROUP.value: "RO:0002350",
    Level.GENOMIC.value: "skos:relatedMatch",
}
ORTHOLOGY = "RO:HOM0000017"  # in orthology relationship with
_PREFIXES = {
    "IAO": "http://purl.obolibrary.org/obo/IAO_",
    "RO": "http://purl.obolibrary.org/obo/RO_",
    "bioregistry": "https://bioregistry.io/registry/",
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}


def source_of(curie: str) -> str:
    """Return how SSSOM names the namespace of an identifier: `bioregistry:uniprot`."""
    return f"bioregistry:{curie.partition(':')[0]}"


def describe_set(name: str, title: str, comment: str, *, date: str = "", version: str = "") -> dict[str, str]:
    """Return the metadata of a set: `name` is the end of its id, `date` a timestamp; empty ones are left out."""
    described = {
        "mapping_set_id": f"https://w3id.org/sssom/mappings/gene-xref-resolver/{name}",
        "mapping_set_title": title,
        "mapping_set_version": version,
        "license": "https://w3id.org/sssom/license/unspecified",
        "mapping_date": date[:10],
        "mapping_tool": "gene-xref-resolver",
        "mapping_tool_version": __version__,
        "comment": comment,
    }
    return {slot: text for slot, text in described.items() if text}


def describe_licenses(licenses: Iterable[tuple[object, object]]) -> str:
    """Return the comment of a set of facts of several sources; `licenses` are the sources, each with its own."""
    stated = sorted({f"{source}: {license_}" for source, license_ in licenses})
    return f"The facts keep the licenses of their sources. {'; '.join(stated)}"


def render_header(stated: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the header without their `#`: the prefixes, then what is stated of the set.

    Values are quoted as JSON, which is YAML too.
    """
    prefixes = _PREFIXES | {namespace.prefix: f"https://bioregistry.io/{namespace.prefix}:" for namespace in NAMESPACES}
    yield "curie_map:"
    for prefix, address in sorted(prefixes.items()):
        yield f"  {prefix}: {json.dumps(address)}"
    for name, text in stated.items():
        yield f"{name}: {json.dumps(text, ensure_ascii=False)}"
