"""MuData: the modality with the counts of genes is converted as an AnnData, the others stay."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import mudata as md

from ...errors import BadOption
from ...identifiers.brief import name_kind
from .anndata_names import NamesConversion, list_lost
from .kinds import FeatureKind, find_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import anndata as ad

    from ..engine import Tools
    from ..frames.base import FrameRequest
    from ..merging import CollisionChoice
    from ..plan import Plan, Reading
    from ..report.summary import Summary

_OF_GENES = ("rna", "gex", "gene expression", "gene_expression", "expression", "mrna")


class ModalityConversion(NamesConversion):
    """A conversion of the modality of a MuData that has the counts of genes, ready to run, once."""

    def __init__(
        self, data: md.MuData, title: str, plan: Plan, tools: Tools, reading: Reading, collisions: CollisionChoice
    ) -> None:
        self._whole = data
        self._name = find_modality(data)
        super().__init__(data.mod[self._name], f"{self._name} of {title}", plan, tools, reading, collisions)
        others = ", ".join(name for name in data.mod if name != self._name)
        self.prepared.notes.insert(0, f"{self._name} is converted" + (f"; {others} stay as they are" if others else ""))

    def _run(self, *, is_owned: bool) -> tuple[md.MuData, Summary]:
        converted, summary = super()._run(is_owned=is_owned)
        notes, kept = summary.notes, self.kept
        return _replace(self._whole, self._name, converted, notes, kept, is_owned=is_owned), summary


def convert_frame(data: object, wanted: Sequence[object], request: FrameRequest) -> md.MuData:
    """Return a copy whose modality of genes has new names of features."""
    if not isinstance(data, md.MuData):
        raise BadOption(f"{name_kind(data)} of mudata cannot be converted", hint="Give the MuData itself.")
    converted: md.MuData = ModalityConversion.convert(data, "the MuData", wanted, request)
    return converted


def find_modality(data: md.MuData) -> str:
    """Return the name of the modality of genes: by its name, else by the types of its features.

    Raises BadOption where none is, or several are.
    """
    named = [name for name in data.mod if name.strip().lower() in _OF_GENES]
    found = named or [name for name, part in data.mod.items() if _has_genes(part)]
    if len(found) == 1:
        return str(found[0])
    what = "no modality has counts of genes" if not found else f"several modalities have them: {', '.join(found)}"
    raise BadOption(
        f"{what} (modalities: {', '.join(data.mod)})",
        hint='Name one "rna", or convert it alone: mdata["NAME"] is an AnnData.',
    )


def _has_genes(part: ad.AnnData) -> bool:
    types = {column: part.var[column].tolist() for column in part.var.columns if str(column).startswith("feature_")}
    return FeatureKind.GENE in find_kinds([str(name) for name in part.var_names], types)


def _replace(data: md.MuData, name: str, converted: ad.AnnData, notes: list[str], kept: list[int], *,
             is_owned: bool) -> md.MuData:  # fmt: skip
    """Return a MuData with one modality replaced, of which `kept` features are left; the rest is copied or taken over.

    What is known of cells stays. Of `var`, columns that only the MuData has stay.
    """
    parts = {key: converted if key == name else part if is_owned else part.copy() for key, part in data.mod.items()}
    made = md.MuData(
        parts, obs=data.obs.copy(), obsm=_copy(data.obsm), obsp=_copy(data.obsp), obsmap=_copy(data.obsmap),
        uns=data.uns if is_owned else deepcopy(data.uns), axis=data.axis,
    )  # fmt: skip
    if lost := list_lost([key for key in data.varm if key not in parts], data.varp):
        notes.append(f"{lost} of the MuData were left out: they belong to the features before")
    _keep_columns(data, made, {name: kept})
    return made


def _copy(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.copy() for key, value in arrays.items()}


def _keep_columns(old: md.MuData, made: md.MuData, kept: Mapping[str, list[int]]) -> None:
    """Copy the columns of `var` that only the MuData has, feature by feature."""
    theirs = {column for key, part in old.mod.items() for name in part.var for column in (name, f"{key}:{name}")}
    own = [column for column in old.var.columns if column not in theirs and column not in made.var]
    if not own:
        return
    places = [-1] * made.n_vars  # of each feature its place before; in a map 0 means that a modality has none
    for key in old.mod:
        before = {int(local): row for row, local in enumerate(old.varmap[key].ravel()) if local}
        for row, local in enumerate(made.varmap[key].ravel()):
            if local:
                places[row] = before[kept[key][int(local) - 1] + 1 if key in kept else int(local)]
    for column in own:
        made.var[column] = old.var[column].iloc[places].to_numpy()
