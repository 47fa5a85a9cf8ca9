"""The document of a gene under the field names of MyGene.info, and how it is trimmed.

A field with one value is the value itself, one with several is a list, and one without a value is absent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ...identifiers.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEFAULT_FIELDS = ("symbol", "name", "taxid", "entrezgene")
ALL = "all"
VERSION = 1

# Every field that a document can have, with its type in Elasticsearch's terms: the object of `/v3/metadata/fields`.
FIELDS: dict[str, str] = {
    "HGNC": "keyword",
    "MGI": "keyword",
    "MIM": "keyword",
    "Vega": "keyword",
    "alias": "keyword",
    "ensembl": "object",
    "ensembl.gene": "keyword",
    "ensembl.protein": "keyword",
    "ensembl.transcript": "keyword",
    "ensembl.translation": "object",
    "ensembl.translation.protein": "keyword",
    "ensembl.translation.rna": "keyword",
    "entrezgene": "keyword",
    "genomic_pos": "object",
    "genomic_pos.chr": "keyword",
    "genomic_pos.end": "integer",
    "genomic_pos.start": "integer",
    "genomic_pos.strand": "byte",
    "homologene": "object",
    "homologene.id": "long",
    "map_location": "text",
    "name": "text",
    "other_names": "text",
    "refseq": "object",
    "refseq.genomic": "keyword",
    "refseq.protein": "keyword",
    "refseq.rna": "keyword",
    "refseq.translation": "object",
    "refseq.translation.protein": "keyword",
    "refseq.translation.rna": "keyword",
    "symbol": "keyword",
    "taxid": "integer",
    "type_of_gene": "keyword",
    "uniprot": "object",
    "uniprot.Swiss-Prot": "keyword",
    "uniprot.TrEMBL": "keyword",
}
_BY_FOLDED = {name.lower(): name for name in FIELDS}


def find_field(name: str) -> str:
    """Return a field in its own capitals; a name that is no field is returned as it is."""
    return _BY_FOLDED.get(name.lower(), name)


def make_document(encoded: bytes) -> dict[str, Any]:
    """Return a gene's document of the release as MyGene.info names its fields.

    `_id` is the Entrez number; without one, the Ensembl gene id; without either, the id of HGNC or MGI.
    """
    gene = orjson.loads(encoded)
    xrefs = gene["xrefs"]
    ensembl, refseq = xrefs.get("ensembl", []), xrefs.get("refseq", [])
    entrez, of_ensembl = _identifiers(xrefs.get("ncbigene", [])), _identifiers(_of_level(ensembl, Level.GENE))
    own = next((xref["identifier"] for xref in xrefs.get(_prefix_of(gene), []) if xref["curie"] == gene["curie"]), None)
    identifier = next(iter((*entrez, *of_ensembl)), own or gene["curie"])
    names = gene["names"]
    document = {
        "_id": identifier,
        "entrezgene": _collapse(entrez),
        "symbol": gene["symbol"],
        "name": gene["name"],
        "taxid": gene["taxon"],
        "type_of_gene": gene["gene_type"],
        "alias": _collapse(_without(gene["symbol"], [*names["previous_symbol"], *names["alias"]])),
        "other_names": _collapse(_without(gene["name"], names["full_name"])),
        "map_location": gene["location"]["map_location"],
        "genomic_pos": _position(gene["location"]),
        "HGNC": _collapse(one.removeprefix("HGNC:") for one in _identifiers(xrefs.get("hgnc", []))),
        "MGI": _collapse(_identifiers(xrefs.get("mgi", []))),
        "MIM": _collapse(_identifiers(xrefs.get("omim", []))),
        "Vega": _collapse(_identifiers(xrefs.get("vega", []))),
        "homologene": _members(id=_collapse(int(one) for one in _identifiers(xrefs.get("homologene", [])))),
        "ensembl": _members(
            gene=_collapse(of_ensembl),
            transcript=_collapse(_identifiers(_of_level(ensembl, Level.TRANSCRIPT))),
            protein=_collapse(_identifiers(_of_level(ensembl, Level.PROTEIN))),
            translation=_collapse(_translations(ensembl)),
        ),
        "refseq": _members(
            genomic=_collapse(_versioned(_of_level(refseq, Level.GENOMIC))),
            rna=_collapse(_versioned(_of_level(refseq, Level.TRANSCRIPT))),
            protein=_collapse(_versioned(_of_level(refseq, Level.PROTEIN))),
            translation=_collapse(_translations(refseq, is_versioned=True)),
        ),
        "uniprot": _members(
            **{
                "Swiss-Prot": _collapse(one["identifier"] for one in xrefs.get("uniprot", []) if one["reviewed"]),
                "TrEMBL": _collapse(one["identifier"] for one in xrefs.get("uniprot", []) if not one["reviewed"]),
            }
        ),
    }
    return _members(**document)


def select_fields(document: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the requested fields of a document, with its `_id`. `ALL` and an empty tuple mean every field.

    A field includes what is below it: `uniprot` has `uniprot.Swiss-Prot`.
    """
    if not fields or ALL in fields:
        return document
    selected: dict[str, Any] = {"_id": document["_id"]}
    for field in fields:
        _copy(document, selected, field.split("."))
    return selected


def has_field(document: dict[str, Any], field: str) -> bool:
    """Return whether a document has a value for a field."""
    return bool(_flatten(select_fields(document, (field,))).keys() - {"_id"})


def shape(
    document: dict[str, Any], *, dotfield: bool, always_list: tuple[str, ...], allow_null: tuple[str, ...]
) -> dict[str, Any]:
    """Return a document as `dotfield` (no nested objects), `always_list` and `allow_null` require."""
    if not (dotfield or always_list or allow_null):
        return document
    shaped = orjson.loads(orjson.dumps(document))
    for field in allow_null:
        _change(shaped, field.split("."), lambda value: value, is_added=True)
    for field in always_list:
        _change(shaped, field.split("."), lambda value: value if isinstance(value, list) else [value])
    return dict(sorted(_flatten(shaped).items())) if dotfield else shaped


def _prefix_of(gene: dict[str, Any]) -> str:
    return str(gene["curie"]).partition(":")[0]


def _identifiers(xrefs: Iterable[dict[str, Any]]) -> list[str]:
    return [xref["identifier"] for xref in xrefs]


def _of_level(xrefs: Iterable[dict[str, Any]], level: Level) -> Iterator[dict[str, Any]]:
    return (xref for xref in xrefs if xref["level"] == level)


def _versioned(xrefs: Iterable[dict[str, Any]]) -> list[str]:
    return [_with_version(xref) for xref in xrefs]


def _with_version(xref: dict[str, Any]) -> str:
    identifier, version = str(xref["identifier"]), xref["version"]
    return identifier if version is None else f"{identifier}.{version}"


def _translations(xrefs: list[dict[str, Any]], *, is_versioned: bool = False) -> Iterator[dict[str, str]]:
    shown = {one["identifier"]: _with_version(one) if is_versioned else one["identifier"] for one in xrefs}
    for xref in _of_level(xrefs, Level.TRANSCRIPT):
        for protein in xref["pairs"]:
            yield {"protein": shown.get(protein, protein), "rna": shown[xref["identifier"]]}


def _without(own: str | None, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name != own]


def _position(location: dict[str, Any]) -> dict[str, Any] | None:
    if location["start"] is None or location["chromosome"] is None:
        return None
    strand = {"+": 1, "-": -1}.get(location["strand"])
    return _members(chr=location["chromosome"], start=location["start"], end=location["end"], strand=strand)


def _collapse(values: Iterable[Any]) -> Any:  # noqa: ANN401  (a value, a list of values, or None)
    listed = list(values)
    return listed if len(listed) > 1 else listed[0] if listed else None


def _members(**members: Any) -> dict[str, Any]:  # noqa: ANN401  (members of a document have any type)
    return {name: value for name, value in members.items() if value is not None and value != {}}


def _copy(source: dict[str, Any], target: dict[str, Any], path: list[str]) -> None:
    """Copy the value at a path, if there is one; objects on the way are made."""
    name, *rest = path
    value = source.get(name)
    if value is None:
        return
    if not rest:
        target[name] = value
    elif isinstance(value, dict):
        below: dict[str, Any] = {}
        _copy(value, below, rest)
        if below:
            target[name] = target.get(name, {}) | below
    elif isinstance(value, list) and all(isinstance(one, dict) for one in value):
        inner = [one[rest[0]] for one in value if rest[0] in one]
        if inner and len(rest) == 1:
            target[name] = [{rest[0]: one} for one in inner]


def _change(document: dict[str, Any], path: list[str], change: Any, *, is_added: bool = False) -> None:  # noqa: ANN401
    *above, name = path
    for one in above:
        if not isinstance(document.get(one), dict):
            return
        document = document[one]
    if name in document:
        document[name] = change(document[name])
    elif is_added:
        document[name] = None


def _flatten(document: dict[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in document.items():
        path = f"{above}{name}"
        if isinstance(value, dict):
            flat |= _flatten(value, f"{path}.")
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for inner in dict.fromkeys(key for one in value for key in one):
                flat[f"{path}.{inner}"] = [one[inner] for one in value if inner in one]
        else:
            flat[path] = value
    return flat
