"""What a table can be converted to: the xref groups, their levels, and what a gene is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..errors import UnknownNamespace
from ..identifiers.brief import suggest_near
from ..identifiers.model import Level
from ..identifiers.namespaces import BY_PREFIX, BY_SPELLING, XREF_GROUPS, folded_spelling

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_TARGETS = "symbol,ncbigene,ensembl,uniprot"


class Target(NamedTuple):
    """One requested column: the xrefs of a namespace at some levels, or a member of the gene itself.

    `prefix` is None for a member of the gene, which is then named by `member`; `levels` is empty for all. `alias` is
    the name by which it was requested, where that is another one, such as `entrez` for `ncbigene`.
    """

    name: str
    prefix: str | None
    levels: tuple[str, ...] = ()
    member: str = ""
    alias: str = ""


# Members of a gene, by the names under which people request them.
_MEMBERS = {"gene": "curie", "symbol": "symbol", "name": "name", "species": "species", "gene_type": "gene_type"}
_LEVEL_WORDS = {"rna": "transcript", "mrna": "transcript", "prot": "protein", "peptide": "protein"}


def _levels_of(prefix: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form.level.value for form in BY_PREFIX[prefix].forms))


def _split_level(text: str) -> tuple[str, str]:
    """Return the namespace and the level of `ensembl.transcript`, `RefSeq protein` or `refseq_mrna`."""
    *heads, level = re.split(r"[\s._-]+", text.strip().lower())
    return " ".join(heads), _LEVEL_WORDS.get(level, level)


def _target_of(text: str) -> Target | None:
    word = folded_spelling(text)
    for name, member in _MEMBERS.items():
        if word == folded_spelling(name):
            return Target(name, None, member=member)
    head, level = _split_level(text)
    for namespace in BY_SPELLING.get(folded_spelling(head), ()):
        # Before the spellings of namespaces: `ensembl transcript` is one of Ensembl.
        if namespace.prefix in XREF_GROUPS and level in (levels := _levels_of(namespace.prefix)) and len(levels) > 1:
            return Target(f"{namespace.prefix}.{level}", namespace.prefix, (level,))
    for namespace in BY_SPELLING.get(word, ()):
        if namespace.prefix in XREF_GROUPS:
            # People who request Ensembl mean its genes; of a namespace without genes they get all that it has.
            has_more = len(levels := _levels_of(namespace.prefix)) > 1
            only = (Level.GENE.value,) if has_more and Level.GENE in levels else ()
            return Target(namespace.prefix, namespace.prefix, only)
    return None


def list_target_names() -> tuple[str, ...]:
    """Return every column that can be requested, as `read_targets` reads it."""
    names: list[str] = [*_MEMBERS]
    for prefix in XREF_GROUPS:
        levels = _levels_of(prefix)
        names += [prefix, *(f"{prefix}.{level}" for level in levels if len(levels) > 1)]
    return tuple(names)


def read_targets(text: str | Iterable[str]) -> tuple[Target, ...]:
    """Return the columns that a comma-separated list requests, each once.

    A bare namespace that has genes among other levels, such as `ensembl`, gives its genes; `ensembl.transcript`,
    `refseq.protein` … give one level. Raises UnknownNamespace, naming what there is.
    """
    parts = text.split(",") if isinstance(text, str) else text
    targets: dict[str, Target] = {}
    for part in parts:
        if not part.strip():
            continue
        target = _target_of(part)
        if target is None:
            raise UnknownNamespace(
                f"unknown column to add: {part.strip()!r}",
                hint=f"{suggest_near(part, list_target_names())}Available: {', '.join(list_target_names())}.",
            )
        if folded_spelling(part) != folded_spelling(target.name):
            target = target._replace(alias=part.strip())
        targets.setdefault(target.name, target)
    if not targets:
        raise UnknownNamespace("no columns to add", hint=f"Available: {', '.join(list_target_names())}.")
    return tuple(targets.values())
