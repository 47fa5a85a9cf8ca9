"""The shapes of accessions, as expressions that are compiled once: `recognize` matches texts with them."""

from __future__ import annotations

import re

from .namespaces import BY_PREFIX, NAMESPACES, NUMBERED, SYMBOL, bare_patterns

_VERSION = r"(?:\.([0-9]{1,4}))?"
# Each shape with its groups: accession, version, mark of a Y copy.
SHAPES = {
    namespace.prefix: tuple(
        (form, re.compile(f"({form.pattern}){_VERSION if form.versioned else '()'}{par_y}")) for form in namespace.forms
    )
    for namespace in NAMESPACES
    for par_y in ("(_PAR_Y)?" if namespace.prefix == "ensembl" else "()",)
}
SYMBOL_SHAPE = re.compile(SYMBOL.forms[0].pattern)
UNIPROT_SHAPE = re.compile(BY_PREFIX["uniprot"].forms[0].pattern)
# One match finds the namespace of a bare accession with letters; their shapes exclude one another.
BARE = re.compile(
    "(?:"
    + "|".join(
        f"(?P<n{index}>{'|'.join(patterns)})"
        for index, namespace in enumerate(NAMESPACES)
        if (patterns := bare_patterns(namespace))
    )
    + r")(?:\.[0-9]{1,4})?(?:_PAR_Y)?"
)
# As above, each shape in a group of its own; what is rare or needs more than its shape takes the general path.
CANONICAL_FORMS = tuple(
    (namespace, form, f"has the shape of {namespace.title}")
    for namespace in NAMESPACES
    if namespace.prefix in {"ensembl", "uniprot", "uniprot.mnemonic", "refseq", "vega", "ccds"}
    for form in namespace.forms
)
ANY_VERSION = r"(?:\.[0-9]{1,4})?"
CANONICAL = re.compile(f"(?:{'|'.join(f'({form.pattern})' for _, form, _ in CANONICAL_FORMS)}){ANY_VERSION}")
CURIE_HEADS = {
    spelling: BY_PREFIX[prefix]
    for prefix in (*NUMBERED, "ensembl", "uniprot", "refseq")
    for spelling in (prefix, prefix.upper())
}
