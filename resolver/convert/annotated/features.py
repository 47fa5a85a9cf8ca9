"""The features of an AnnData as the rows of a table: `var` with its names, without those that are no genes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadOption
from ...genes.ranking import ENGINEERED
from ...identifiers.derived import DerivedKind, list_derived
from ...identifiers.foreign import find_foreign
from ...resolve.many import answer_in_column
from ...resolve.options import OnMany
from ..choice import prepare
from ..engine import Engine
from ..formats.base import SMALL_ROWS, count_head
from ..frames.base import read_cells
from ..head import Head, read_texts
from ..plan import STATUS_COLUMNS, name_uniquely
from ..targets import read_targets
from ..unknown import name_unknown
from .kinds import TYPE_COLUMNS, FeatureKind, find_kinds
from .names import Naming

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..engine import Tools
    from ..formats.base import Texts
    from ..plan import Plan, Reading
    from ..profile import Prepared
    from ..report.summary import Summary
    from .names import Settled

VAR_NAMES = "var_names"
ORIGINAL_NAME = "original_name"
FEATURE_KIND = "feature_kind"
_HIDDEN = read_targets("gene,gene_type")  # found for each feature, and not added
_MATCHED = ("resolved", "ambiguous", "retired")
_HEAD_SHOWN = 20
_STRIPPED_SHOWN = 5
_PLURALS = {kind: f"{kind}s" for kind in FeatureKind} | {FeatureKind.OTHER: "others"}


@dataclass(slots=True)
class Resolved:
    """What the features came to: for each its name and gene, and its cells in the columns that `var` gets."""

    features: list[Naming]
    columns: dict[str, list[str | None]]
    kinds: list[FeatureKind]
    summary: Summary


def plan_features(plan: Plan) -> Plan:
    """Return the plan for names, which the first target becomes; raises BadOption for options that do not fit."""
    if plan.in_place:
        raise BadOption("in_place does not fit AnnData", hint="Omit it: names of features are always replaced.")
    if plan.options.on_many is OnMany.EXPLODE:
        raise BadOption("a feature cannot become several", hint="Omit on_many, or choose likely or first.")
    return plan.naming()


class Features:
    """The features of one `var`, of which those that may be genes can be resolved.

    `kinds` are what is known of features by their names already. Raises MissingColumn and BadOption where no column
    contains genes.
    """

    def __init__(
        self,
        var: pd.DataFrame,
        title: str,
        plan: Plan,
        tools: Tools,
        reading: Reading,
        kinds: Mapping[str, FeatureKind | None] | None = None,
    ) -> None:
        self.var = var
        self.title = title
        self._tools = tools
        self.old = [str(name) for name in var.index]
        types = {column: var[column].tolist() for column in TYPE_COLUMNS if column in var}
        found = find_kinds(self.old, types)
        self.known = [one or (kinds or {}).get(name) for name, one in zip(self.old, found, strict=True)]
        self._rows = [place for place, kind in enumerate(self.known) if kind in {None, FeatureKind.GENE}]
        if not self._rows:
            raise BadOption(
                f"no feature of {title} may be a gene: {self._describe_others()}",
                hint="Give the object, or the modality, with the counts of genes.",
            )
        self._genes = var if len(self._rows) == len(var) else var.iloc[self._rows]
        self._is_small = len(self._rows) <= SMALL_ROWS
        index = str(var.index.name)
        header = tuple(str(column) for column in var.columns)
        header = (VAR_NAMES if index in {"None", "index", "_index", *header} else index, *header)
        self.prepared = self._prepare(header, plan, reading)

    def _prepare(self, header: tuple[str, ...], plan: Plan, reading: Reading) -> Prepared:
        wanted = [header[0] if name == VAR_NAMES not in header else name for name in reading.columns]
        rows = min(len(self._rows), count_head(len(header)))
        if len(wanted) > 1:
            raise BadOption(
                f"a feature has one name, and {len(wanted)} columns were requested",
                hint="Request one column. Of two with a comma between them, the first that is found is used.",
            )
        shown = [[text or "" for text in self._read(place, _HEAD_SHOWN)] for place in range(len(header))]
        head = Head(lambda place: [text or "" for text in self._read(place, rows)], rows=[*zip(*shown, strict=True)])
        prepared = prepare(header, head, self._tools.resolver, plan, wanted, reading.split)
        if others := self._describe_others():
            prepared.notes.append(f"features of {self.title} that are no genes, and keep their names: {others}")
        return prepared

    def _describe_others(self) -> str:
        counts = Counter(kind for kind in self.known if kind not in {None, FeatureKind.GENE})
        return ", ".join(
            f"{number:,} {_PLURALS[kind] if number != 1 else kind}" for kind, number in counts.most_common() if kind
        )

    def _read(self, place: int, rows: int) -> Texts:
        cells = self._genes.index.to_series() if place == 0 else self._genes.iloc[:, place - 1]
        cells = cells.iloc[:rows]
        return read_cells(cells, cells.tolist, is_small=self._is_small)

    @property
    def columns(self) -> tuple[str, ...]:
        """The column that is read, as `Reading` names it."""
        (rule,) = self.prepared.plan.columns
        return (",".join(one.name for one in rule.all),)

    def resolve(self) -> Resolved:
        """Return what the features came to; those that are no genes are not resolved."""
        plan = self.prepared.plan
        full = replace(plan, targets=(*plan.targets, *_HIDDEN))
        with Engine(self.title, full, self._tools, is_small=self._is_small) as engine:
            texts = [read_texts(rule, lambda place: self._read(place, len(self._rows))) for rule in full.columns]
            texts, stripped = self._strip_numbers(texts, full)
            added = engine.add(texts, lambda row: f"feature {self.old[self._rows[row]]}")
            summary = engine.summarize()
        if stripped:
            shown = f"{', '.join(stripped[:_STRIPPED_SHOWN])}{', …' if len(stripped) > _STRIPPED_SHOWN else ''}"
            summary.notes.append(f"{len(stripped):,} names made unique are read without their number: {shown}")
        columns: list[list[str | None]] = [[None] * len(self.old) for _ in full.added]
        for column, cells in zip(columns, added.columns, strict=True):
            for place, text in zip(self._rows, cells, strict=True):
                column[place] = text or None
        wide = len(plan.targets)
        genes, types = columns[wide : wide + len(_HIDDEN)]
        del columns[wide : wide + len(_HIDDEN)]
        named = dict(zip(self.prepared.added, columns, strict=True))
        (rule,) = plan.columns
        separator = plan.separator if rule.lists is not None else None
        features = []
        for old, new, gene, kind in zip(self.old, columns[0], genes, types, strict=True):
            is_one = new is not None and gene is not None and kind != ENGINEERED
            if is_one and separator is not None and separator in f"{new}{gene}":
                is_one = False  # a list of several genes
            features.append(Naming(old, new, gene) if is_one else Naming(old))
        outcomes = columns[wide + STATUS_COLUMNS.index("outcome")]
        kinds = [self._find_kind(place, outcomes[place], types[place]) for place in range(len(self.old))]
        return Resolved(features, named, kinds, summary)

    def _strip_numbers(self, texts: list[Texts], plan: Plan) -> tuple[list[Texts], list[str]]:
        """Return the texts with `TBCE` for a `TBCE-1` that is not found if there is `TBCE` too, and such names."""
        (rule,) = plan.columns
        cells = [text or "" for text in texts[0]]
        present, stripped = set(cells), []
        for place, text in enumerate(cells):
            base = next((one.names[0] for one in list_derived(text) if one.kind is DerivedKind.MADE_UNIQUE), None)
            if base in present:
                options = replace(plan.options, on_many=OnMany.LIST)
                answer = answer_in_column(self._tools.resolver, text, options, rule.column, with_suggestions=False)
                if answer.outcome not in _MATCHED:
                    stripped.append(text)
                    cells[place] = base
        return ([cells] if stripped else texts), stripped

    def _find_kind(self, place: int, outcome: str | None, gene_type: str | None) -> FeatureKind:
        known = self.known[place]
        if known not in {None, FeatureKind.GENE}:
            return known or FeatureKind.OTHER
        if gene_type == ENGINEERED:
            return FeatureKind.TRANSGENE
        if known is FeatureKind.GENE or outcome in _MATCHED:
            return FeatureKind.GENE
        name = self.old[place]
        foreign = find_foreign(name)
        is_gene = name_unknown(name) is not None if foreign is None else foreign.is_gene
        return FeatureKind.GENE if is_gene else FeatureKind.OTHER

    def describe_var(self, resolved: Resolved, settled: Settled, *, joins: bool) -> pd.DataFrame:
        """Return `var` with new names and columns, of the features that are kept.

        With `joins`, `original_name` and `matched_as` are those of all features that became one.
        """
        kept = settled.kept
        var = self.var.iloc[kept].copy()
        originals = [self.old[place] for place in kept]
        columns = resolved.columns
        if settled.into is not None and joins:
            parts: list[list[str]] = [[] for _ in kept]
            for name, after in zip(self.old, settled.into, strict=True):
                parts[after].append(name)
            originals = [self.prepared.plan.separator.join(dict.fromkeys(one)) for one in parts]
            columns = self._join_matches(resolved, settled, len(kept))
        original, kind = name_uniquely((ORIGINAL_NAME, FEATURE_KIND), (*self.prepared.header, *resolved.columns))
        var.insert(var.shape[1], original, pd.Series(originals, index=var.index, dtype=object))
        columns = {**columns, kind: [one.value for one in resolved.kinds]}
        for name, cells in columns.items():
            found = pd.Categorical([cells[place] for place in kept])
            var.insert(var.shape[1], name, pd.Series(found, index=var.index))
        var.index = pd.Index(settled.names, name=var.index.name)
        return var

    def _join_matches(self, resolved: Resolved, settled: Settled, width: int) -> dict[str, list[str | None]]:
        """Return the columns with the `matched_as` of all features that became one in the place of the first."""
        plan = self.prepared.plan
        name = list(resolved.columns)[len(plan.targets) + STATUS_COLUMNS.index("matched_as")]
        cells = list(resolved.columns[name])
        parts: list[dict[str, None]] = [{} for _ in range(width)]
        for cell, after in zip(cells, settled.into or [], strict=True):
            if cell is not None:
                parts[after][cell] = None
        for place, joined in zip(settled.kept, parts, strict=True):
            cells[place] = plan.separator.join(joined) or None
        return {**resolved.columns, name: cells}
