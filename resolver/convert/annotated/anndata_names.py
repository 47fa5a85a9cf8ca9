"""AnnData: names of features are replaced, and features that became one gene are handled as requested."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anndata as ad
import pandas as pd

from ...errors import BadOption
from ...identifiers.brief import name_kind
from ..merging import CollisionChoice
from ..plan import Reading
from ..report.misses import add_details
from .features import Features, plan_features
from .kinds import FeatureKind
from .matrices import check_format, has_fractions, has_negatives, sum_columns
from .names import settle_names

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ..engine import Tools
    from ..frames.base import FrameRequest
    from ..plan import Plan
    from ..report.summary import Summary
    from .features import Resolved
    from .names import Settled


class NamesConversion:
    """A conversion of an AnnData, ready to run: `prepared` shows what it will do; `run` does it, once."""

    def __init__(
        self, data: ad.AnnData, title: str, plan: Plan, tools: Tools, reading: Reading, collisions: CollisionChoice
    ) -> None:
        self._data = data
        self._title = title
        self._plan = plan_features(plan)
        self._tools = tools
        self._collisions = collisions
        self._features = Features(data.var, title, self._plan, tools, reading)
        self.prepared = self._features.prepared
        self.collided: str | None = None  # features of one gene that keep their names, in words
        self.kept: list[int] = []  # the features that are left, by their positions before

    @classmethod
    def convert(cls, data: Any, title: str, wanted: Sequence[object], request: FrameRequest) -> Any:  # noqa: ANN401
        """Return a copy with new names, and report the summary."""
        reading = replace(request.reading, columns=tuple(map(str, wanted)))
        collisions = request.collisions or CollisionChoice.REPORT
        conversion = cls(data, title, request.plan, request.tools, reading, collisions)
        converted, summary = conversion.run(is_owned=False)
        request.report(summary, conversion.collided)
        return converted

    def run(self, *, is_owned: bool) -> tuple[Any, Summary]:
        """Return the object with new names, and the counts; with `is_owned` the one that was given may be changed."""
        with warnings.catch_warnings():  # what concerns the makers of mudata, and what we report ourselves
            warnings.filterwarnings("ignore", "From 0.4 .update", FutureWarning)
            warnings.filterwarnings("ignore", r".*(?:var_names|obs_names|Variable names) are not unique", UserWarning)
            warnings.filterwarnings("ignore", "Cannot join columns with the same name", UserWarning)
            return self._run(is_owned=is_owned)

    def _run(self, *, is_owned: bool) -> tuple[Any, Summary]:
        resolved = self._features.resolve()
        settled = settle_names(resolved.features, self._collisions)
        self.kept = settled.kept
        summary = resolved.summary
        summary.written -= len(resolved.features) - len(settled.names)
        self.collided = None if self._collisions is not CollisionChoice.REPORT else settled.collided
        summary.notes = [
            *self.prepared.notes,
            *summary.notes,
            _describe_names(self._features, resolved, settled),
            *settled.notes,
        ]
        add_details(summary, self._tools.resolver, self.prepared, self._title)
        data, is_owned = (self._data.to_memory(), True) if self._data.isbacked else (self._data, is_owned)
        raw = data.raw
        if settled.into is None:
            converted = data if is_owned else data.copy()
        elif self._collisions is CollisionChoice.SUM:
            check_counts(data)
            converted = _sum_features(data, settled, summary.notes, is_owned=is_owned)
        else:
            converted = data[:, settled.kept].copy()
        converted.var = self._features.describe_var(resolved, settled, joins=self._collisions is CollisionChoice.SUM)
        if raw is not None:
            self._convert_raw(raw, converted, summary.notes)
        return converted, summary

    def _convert_raw(self, raw: Any, converted: ad.AnnData, notes: list[str]) -> None:  # noqa: ANN401
        """Give `converted` the raw matrix with new names.

        Values that are not counts, such as the logarithms that `raw` mostly has, are never added up.
        """
        known = dict(zip(self._features.old, self._features.known, strict=True))
        columns = self._features.columns
        if not {name.strip() for name in columns[0].split(",")} <= {*raw.var.columns}:
            columns = ("var_names",)
        features = Features(raw.var, "raw", self._plan, self._tools, Reading(columns), known)
        resolved = features.resolve()
        choice, matrix, varm = self._collisions, raw.X, dict(raw.varm)
        if choice is CollisionChoice.SUM and not _are_counts(matrix):
            choice = CollisionChoice.REPORT
            notes.append("raw: its values are not counts, so none were added up, and names that collide stay")
        settled = settle_names(resolved.features, choice)
        if settled.into is not None:
            matrix = (
                sum_columns(matrix, settled.into, "raw") if choice is CollisionChoice.SUM else matrix[:, settled.kept]
            )
            varm = {} if choice is CollisionChoice.SUM else {key: value[settled.kept] for key, value in varm.items()}
        elif matrix is not None and converted is not self._data:
            matrix = matrix.copy()
        var = features.describe_var(resolved, settled, joins=choice is CollisionChoice.SUM)
        obs = pd.DataFrame(index=converted.obs_names)
        converted.raw = ad.AnnData(X=matrix, obs=obs, var=var, varm=varm)
        notes.append(f"raw: {_describe_names(features, resolved, settled)}")
        notes += [f"raw: {note}" for note in settled.notes]


def convert_frame(data: object, wanted: Sequence[object], request: FrameRequest) -> ad.AnnData:
    """Return a copy with new names of features, and new columns of `var`."""
    if not isinstance(data, ad.AnnData):
        raise BadOption(f"{name_kind(data)} of anndata cannot be converted", hint="Give the AnnData itself.")
    converted: ad.AnnData = NamesConversion.convert(data, "the AnnData", wanted, request)
    return converted


def check_counts(data: ad.AnnData) -> None:
    """Raise BadOption where the values of features cannot be added up: logarithms, and values that were scaled."""
    hint = "Convert the counts before they are normalized, or choose collisions first, unique or report."
    for name, matrix in _list_matrices(data):
        check_format(matrix, name)
        if has_negatives(matrix):
            raise BadOption(f"{name} has values below zero, which are no counts and cannot be summed", hint=hint)
        if name == "X" and "log1p" in data.uns and has_fractions(matrix):
            raise BadOption("X has logarithms (uns has log1p), which cannot be summed", hint=hint)


def _list_matrices(data: ad.AnnData) -> list[tuple[str, Any]]:
    layers = [(f"the layer {key}", matrix) for key, matrix in data.layers.items()]
    return [*([] if data.X is None else [("X", data.X)]), *layers]


def _are_counts(matrix: Any) -> bool:  # noqa: ANN401
    try:
        check_format(matrix, "raw")
    except BadOption:
        return False
    return not has_negatives(matrix) and not has_fractions(matrix)


def _sum_features(data: ad.AnnData, settled: Settled, notes: list[str], *, is_owned: bool) -> ad.AnnData:
    """Return an AnnData whose matrices have one column for each feature that is left."""
    if data.is_view:
        data, is_owned = data.copy(), True
    into = settled.into or []
    if lost := list_lost(data.varm, data.varp):
        notes.append(f"{lost} were left out: they belong to the features before the sum")
    var = data.var.iloc[settled.kept]
    shell = ad.AnnData(obs=data.obs, var=var, uns=data.uns, obsm=dict(data.obsm), obsp=dict(data.obsp))
    shell = shell if is_owned else shell.copy()
    if data.X is not None:
        shell.X = sum_columns(data.X, into, "X")
    for key in list(data.layers):
        shell.layers[key] = sum_columns(data.layers[key], into, f"the layer {key}")
    return shell


def _describe_names(features: Features, resolved: Resolved, settled: Settled) -> str:
    """Return how many features have a new name, as a note."""
    named = changed = missed = 0
    for place, name in zip(settled.kept, settled.names, strict=True):
        one = resolved.features[place]
        named += one.new is not None and (name != one.old or name == one.new)
        changed += name != one.old
        missed += one.new is None and features.known[place] in {None, FeatureKind.GENE}
    target = features.prepared.plan.targets[0].name
    kept = f"; {missed:,} that match no gene, or several, keep their names" if missed else ""
    return f"{named:,} features are named by {target}, {changed:,} of them anew{kept}"


def list_lost(varm: Collection[str], varp: Collection[str]) -> str:
    """Return in words which arrays of features are lost where features change; empty for none."""
    return " and ".join(f"{what} ({', '.join(keys)})" for what, keys in (("varm", varm), ("varp", varp)) if keys)
