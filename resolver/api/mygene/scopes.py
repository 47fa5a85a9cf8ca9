"""Scopes of MyGene.info: each is a namespace of ours, and the matches in it that the scope means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ...errors import BadOption
from ...genes.ranking import MatchKind
from ...identifiers.model import Level
from ...identifiers.namespaces import BY_SPELLING, folded_spelling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...resolve.outcome import MatchedGene

_SYMBOLS = frozenset({MatchKind.SYMBOL})
_ALIASES = frozenset({MatchKind.PREVIOUS_SYMBOL, MatchKind.ALIAS, MatchKind.RETIRED_SYMBOL})
_NAMES = frozenset({MatchKind.FULL_NAME})


class Scope(NamedTuple):
    """What a scope accepts: a namespace (None: any), kinds of matches, and levels of identifiers; empty means all."""

    namespace: str | None
    kinds: frozenset[MatchKind] = frozenset()
    levels: frozenset[str] = frozenset()

    def accepts(self, match: MatchedGene) -> bool:
        """Return whether a match is one that the scope means."""
        is_of_level = not self.levels or match.matched_as.level is None or match.matched_as.level in self.levels
        return is_of_level and (not self.kinds or match.matched_as.kind in self.kinds)


def _of_level(namespace: str, *levels: Level) -> Scope:
    return Scope(namespace, levels=frozenset(level.value for level in levels))


# What names a document: an Entrez number, an Ensembl gene id, or a CURIE.
_ID = "_id"
SCOPES: dict[str, Scope] = {
    "_id": Scope(_ID, frozenset({MatchKind.IDENTIFIER})),
    "entrezgene": Scope("ncbigene"),
    "retired": Scope("ncbigene"),
    "ensembl": Scope("ensembl"),
    "ensembl.gene": _of_level("ensembl", Level.GENE),
    "ensembl.transcript": _of_level("ensembl", Level.TRANSCRIPT),
    "ensembl.protein": _of_level("ensembl", Level.PROTEIN),
    "refseq": Scope("refseq"),
    "refseq.rna": _of_level("refseq", Level.TRANSCRIPT),
    "refseq.protein": _of_level("refseq", Level.PROTEIN),
    "refseq.genomic": _of_level("refseq", Level.GENOMIC),
    "uniprot": Scope("uniprot"),
    "uniprot.Swiss-Prot": Scope("uniprot"),
    "uniprot.TrEMBL": Scope("uniprot"),
    "HGNC": Scope("hgnc"),
    "MGI": Scope("mgi"),
    "MIM": Scope("omim"),
    "Vega": Scope("vega"),
    "homologene": Scope("homologene"),
    "homologene.id": Scope("homologene"),
    "symbol": Scope("symbol", _SYMBOLS),
    "alias": Scope("symbol", _ALIASES),
    "name": Scope("symbol", _NAMES),
    "other_names": Scope("symbol", _NAMES),
}
DEFAULT_SCOPES = ("_id", "entrezgene", "ensembl.gene", "retired")
_BY_FOLDED = {name.lower(): scope for name, scope in SCOPES.items()} | {
    "ensemblgene": SCOPES["ensembl.gene"],
    "ensembltranscript": SCOPES["ensembl.transcript"],
    "ensemblprotein": SCOPES["ensembl.protein"],
    "accession": SCOPES["refseq"],
    "all": Scope(None),
}


def find_scope(name: str) -> Scope | None:
    """Return the scope of this name, in any capitals; None for a field that cannot be searched."""
    return _BY_FOLDED.get(name.strip().lower())


def read_scopes(names: Iterable[str]) -> tuple[Scope, ...]:
    """Return the scopes with these names; unknown ones are ignored beside known ones.

    The names of one namespace become one scope. Raises BadOption if none is known.
    """
    listed = [name for name in names if name.strip()]
    found = [scope for name in listed if (scope := find_scope(name)) is not None]
    if listed and not found:
        raise BadOption(f"scopes: there is no scope {listed[0][:80]!r}", hint=f"Scopes are {', '.join(SCOPES)}.")
    merged: dict[str | None, Scope] = {}
    for scope in found or [SCOPES[name] for name in DEFAULT_SCOPES]:
        known = merged.get(scope.namespace, scope)
        kinds = known.kinds | scope.kinds if known.kinds and scope.kinds else frozenset()
        levels = known.levels | scope.levels if known.levels and scope.levels else frozenset()
        merged[scope.namespace] = Scope(scope.namespace, kinds, levels)
    return tuple(merged.values())


_CURIE = re.compile(r"([A-Za-z][\w.]*):\S")


def choose_namespace(scope: Scope, text: str) -> str | None:
    """Return the namespace that a query is read in, None for any.

    A CURIE says it itself, as `_id`, and with the scope's own prefix: `MGI:96561`, `NCBIGene:3574`.
    """
    if scope.namespace is None or scope.namespace == "symbol":
        return scope.namespace
    found = _CURIE.match(text)
    if scope.namespace == _ID:
        return None if found is not None else "ncbigene" if text.isdecimal() else "ensembl"
    if found is None:
        return scope.namespace
    prefixes = {row.prefix for row in BY_SPELLING.get(folded_spelling(found[1]), ())}
    return None if scope.namespace in prefixes else scope.namespace
