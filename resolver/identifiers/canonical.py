"""Accessions in the spelling of their authority, and CURIEs as this program writes them: one match finds them.

Most queries are spelled so. What is rare, or needs more than its shape, is read by `recognize`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .namespaces import BY_PREFIX, NAMESPACES, NUMBERED

if TYPE_CHECKING:
    from .model import Form

    # Prefix, accession, version, the form that it has, why, and whether the text may be a symbol too.
    Canonical = tuple[str, str, int | None, Form, str, bool]


def match_canonical(text: str) -> Canonical | None:
    """Return the accession that a text is in its authority's own spelling, or as a CURIE as we write it.

    Most queries are spelled so, and one match of one expression is enough for them.
    """
    match = _CANONICAL.fullmatch(text)
    if match is None:
        return _match_curie(text)
    index = match.lastindex or 0
    namespace, form, why = _CANONICAL_FORMS[index - 1]
    accession = match[index]
    if len(accession) == len(text):
        return namespace.prefix, accession, None, form, why, namespace.may_be_symbol
    if not form.versioned:
        return None
    return namespace.prefix, accession, int(text[len(accession) + 1 :]), form, why, namespace.may_be_symbol


def list_canonical_patterns() -> list[tuple[str, str, bool]]:
    """Return what `match_canonical` accepts, for columns of texts: prefix, pattern, whether it may be a symbol too.

    A pattern describes the whole text, and has one group, which is the accession.
    """
    patterns = [
        (namespace.prefix, f"({form.pattern}){_ANY_VERSION if form.versioned else ''}", namespace.may_be_symbol)
        for namespace, form, _ in _CANONICAL_FORMS
    ]
    for namespace in dict.fromkeys(_CURIE_HEADS.values()):
        heads = "|".join(head for head, named in _CURIE_HEADS.items() if named is namespace)
        forms = [form for named, form, _ in _CANONICAL_FORMS if named is namespace] or namespace.forms[:1]
        patterns.append((namespace.prefix, f"(?:{heads}):({'|'.join(form.pattern for form in forms)})", False))
    return patterns


def _match_curie(text: str) -> Canonical | None:
    spelled, _, local = text.partition(":")
    namespace = _CURIE_HEADS.get(spelled)
    if namespace is None:
        return None
    if namespace.prefix in NUMBERED:
        form = namespace.forms[0]
        if _NUMBERS[namespace.prefix].fullmatch(local) is None:
            return None
    else:
        match = _CANONICAL.fullmatch(local)
        if match is None or match.end() > match.end(match.lastindex or 0):
            return None
        named, form, _ = _CANONICAL_FORMS[(match.lastindex or 0) - 1]
        if named is not namespace:
            return None
    return namespace.prefix, local, None, form, f"the prefix {spelled}: names the namespace", False


# Each shape in a group of its own; they exclude one another.
_CANONICAL_FORMS = tuple(
    (namespace, form, f"has the shape of {namespace.title}")
    for namespace in NAMESPACES
    if namespace.prefix in {"ensembl", "uniprot", "uniprot.mnemonic", "refseq", "vega", "ccds"}
    for form in namespace.forms
)
_ANY_VERSION = r"(?:\.[0-9]{1,4})?"
_CANONICAL = re.compile(f"(?:{'|'.join(f'({form.pattern})' for _, form, _ in _CANONICAL_FORMS)}){_ANY_VERSION}")
_CURIE_HEADS = {
    spelling: BY_PREFIX[prefix]
    for prefix in (*NUMBERED, "ensembl", "uniprot", "refseq")
    for spelling in (prefix, prefix.upper())
}
_NUMBERS = {prefix: re.compile(BY_PREFIX[prefix].forms[0].pattern) for prefix in NUMBERED}
