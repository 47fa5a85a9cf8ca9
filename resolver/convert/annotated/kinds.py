"""What a feature of a single-cell matrix is: a gene, or something else that was counted beside genes."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from ...identifiers.foreign import REPORTERS, find_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class FeatureKind(StrEnum):
    """The kind of a feature."""

    GENE = "gene"
    SPIKE_IN = "spike-in"
    ANTIBODY = "antibody tag"
    GUIDE = "guide RNA"
    PEAK = "peak"
    TRANSGENE = "transgene"
    OTHER = "other"


# Columns of `var` that state kinds: of Cell Ranger, and of the schema of CELLxGENE.
TYPE_COLUMNS = ("feature_types", "feature_type", "feature_biotype")
_TYPES = {
    "gene expression": FeatureKind.GENE, "gene": FeatureKind.GENE, "spike-in": FeatureKind.SPIKE_IN,
    "antibody capture": FeatureKind.ANTIBODY, "crispr guide capture": FeatureKind.GUIDE,
    "peaks": FeatureKind.PEAK, "peak": FeatureKind.PEAK,
    "antigen capture": FeatureKind.OTHER, "multiplexing capture": FeatureKind.OTHER,
}  # fmt: skip
_SPIKE_IN = find_foreign("ERCC-00002")
_CONTIG = r"chr[\w.]{1,40}?|\d{1,2}|[XYM]|MT|[A-Z]{2}\d{6}\.\d"
# Each is the shape of a whole name; no approved symbol of human or mouse has one.
_SHAPES = {
    FeatureKind.PEAK: rf"(?i:(?:{_CONTIG}):[\d,]+-[\d,]+|chr[\w.]{{1,40}}?[-_:]\d{{1,10}}[-_]\d{{1,10}})",
    FeatureKind.ANTIBODY: r"(?i:(?:ADT|HTO)[-_].+|.+[-_](?:TotalSeq.*|Total[ABC]|ADT|HTO|prot|protein)|TotalSeq.+"
    r"|anti-(?:human|mouse|rat|CD\d).*|hash?tag[-_ ]?\d.*)",
    FeatureKind.GUIDE: r"sg[A-Z]\w*(?:[.-]\w+)*|(?i:sg(?:RNA)?[-_].+|gRNA[-_].+|.+[-_](?:sgRNA|gRNA|sg)[-_]?\d*"
    r"|.+[-_](?:sgRNA|gRNA)[-_].+|non[-_ ]?targeting.*|NTC[-_]\d+|NegCtrl\d.*)",
    FeatureKind.TRANSGENE: r"(?i:Tg\(.+\).*|.+[-_]transgene|transgene[-_].+"
    rf"|{REPORTERS})",
}  # fmt: skip
_ANY = re.compile("|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in _SHAPES.items()))
_MAY_BE_COUNTED_AS_GENES = (FeatureKind.SPIKE_IN, FeatureKind.TRANSGENE)


def find_shape(name: str) -> FeatureKind | None:
    """Return the kind of a feature by the shape of its name; None where the name may be that of a gene."""
    if (match := _ANY.fullmatch(name.strip())) is not None and match.lastgroup is not None:
        return FeatureKind[match.lastgroup]
    return FeatureKind.SPIKE_IN if find_foreign(name) is _SPIKE_IN else None


def find_kinds(names: Sequence[str], types: Mapping[str, Sequence[object]]) -> list[FeatureKind | None]:
    """Return the kind of each feature, by the columns of `var` that state kinds, else by the shape of its name.

    It is None where neither says anything. A spike-in or a transgene that is listed among genes is none.
    """
    stated: list[FeatureKind | None] = [None] * len(names)
    for column in TYPE_COLUMNS:
        if column in types:
            found = (_TYPES.get(str(value).strip().lower()) for value in types[column])
            stated = [one or other for one, other in zip(stated, found, strict=True)]
    kinds = []
    for name, kind in zip(names, stated, strict=True):
        shape = None if kind not in {None, FeatureKind.GENE} else find_shape(name)
        kinds.append(shape if shape is not None and (kind is None or shape in _MAY_BE_COUNTED_AS_GENES) else kind)
    return kinds
