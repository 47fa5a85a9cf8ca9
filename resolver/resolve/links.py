"""The links of a gene, made of the identifiers in its document."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from ..identifiers.links import LINK_TARGETS
from ..identifiers.model import Level
from ..identifiers.namespaces import BY_PREFIX
from ..identifiers.species import SPECIES

_XREFS = b'"xrefs":{'
_CODING = b'"gene_type":"protein-coding"'
_LINKED = b"}}"  # the last member is an object; without links it is a list


class _Part(NamedTuple):
    """The links by one namespace's identifiers, for genes of one species and type.

    `key` is what precedes the rest of the best identifier in a document. `pieces` are members of JSON, cut where that
    rest belongs; `nothing` are the members of a gene without an identifier.
    """

    key: bytes
    pieces: list[bytes]
    nothing: bytes


def _make_parts(taxon: int, *, is_coding: bool) -> list[_Part]:
    parts = []
    for prefix, targets in groupby(LINK_TARGETS, lambda target: target.prefix):
        pages = {target.key: target.page if target.covers(taxon, is_coding=is_coding) else None for target in targets}
        # The letters of its pattern distinguish a gene from a transcript: ENSG, ENST.
        forms = [form for form in BY_PREFIX[prefix].forms if form.level is Level.GENE and form.taxon in (None, taxon)]
        letters = forms[0].pattern.partition("[")[0] if forms else "none"
        key = f'"{prefix}":[{{"identifier":"{BY_PREFIX[prefix].display.partition("{}")[0]}{letters}'
        members = ",".join(f'"{name}":"{page}"' if page else f'"{name}":null' for name, page in pages.items())
        nothing = ",".join(f'"{name}":null' for name in pages)
        pieces = [piece.encode() for piece in members.replace("{}", f"{letters}{{}}").split("{}")]
        parts.append(_Part(key.encode(), pieces, nothing.encode()))
    return parts


_PARTS = {taxon: [_make_parts(taxon, is_coding=is_coding) for is_coding in (False, True)] for taxon in SPECIES}


def add_links(document: bytes, taxon: int) -> bytes:
    """Return the document of a gene with the member `links`: for each target the address of its page, or null.

    A release has it in its documents, unless it was built by a version without links. Searching the bytes takes a
    hundredth of the time of reading the JSON. A gene's own identifiers come before those of its transcripts and
    proteins, the best one first.
    """
    if document.endswith(_LINKED):
        return document
    begin = document.index(_XREFS)
    members = []
    for key, pieces, nothing in _PARTS[taxon][document.find(_CODING, 0, begin) >= 0]:
        if len(pieces) == 1 or (at := document.find(key, begin)) < 0:
            members.append(nothing)
        else:
            at += len(key)
            members.append(document[at : document.index(b'"', at)].join(pieces))
    return b'%b,"links":{%b}}' % (document[:-1], b",".join(members))
