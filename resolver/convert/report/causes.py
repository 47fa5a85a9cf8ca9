"""Misses of a column by their cause, each cause with the one step that helps most."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ...identifiers.brief import one_line
from ...identifiers.damage import find_damage
from ...identifiers.derived import DerivedKind
from ...identifiers.foreign import find_foreign
from ...identifiers.names import make_encodable
from ...resolve.about import UPDATE
from ...resolve.concerned import explain_derived
from ...resolve.outcome import Outcome, Reason
from ...resolve.reasons import Advice
from ...resolve.spreadsheet import describe_damage
from ..plan import UNIT_SEPARATOR
from ..unknown import name_unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...identifiers.foreign import Foreign
    from ...store.gene_reader import GeneReader

_EXAMPLES = 5


class Cause(StrEnum):
    """Why cells were not simply resolved."""

    DATE_DAMAGE = "date_damage"
    DATE_TO_DECIDE = "date_to_decide"
    RETIRED = "retired"
    SEVERAL_GENES = "several_genes"
    SHARED_IDENTIFIER = "shared_identifier"
    OTHER_RELEASE = "other_release"
    OTHER_SPECIES = "other_species"
    NO_ORTHOLOG = "no_ortholog"
    SEVERAL_ORTHOLOGS = "several_orthologs"
    CLONE_NAME = "clone_name"
    VARIANT = "variant"
    CONTAMINANT = "contaminant"
    MADE_UNIQUE = "made_unique"
    NOT_A_GENE = "not_a_gene"
    UNKNOWN_PREFIX = "unknown_prefix"
    UNKNOWN_TEXT = "unknown_text"


CAUSES: Mapping[Cause, Advice] = {
    Cause.DATE_DAMAGE: Advice(
        "symbols that a spreadsheet turned into dates or numbers",
        "Repair the table, and convert the repaired copy: resolver repair FILE.",
    ),
    Cause.DATE_TO_DECIDE: Advice(
        "dates and numbers of a spreadsheet whose original symbol is not certain",
        "List the candidates, and decide each: resolver repair FILE --set 1-Mar=MARCH1.",
    ),
    Cause.RETIRED: Advice(
        "retired identifiers",
        "Use the successor in the added columns; where there is none, look up the gene by its symbol.",
    ),
    Cause.SEVERAL_GENES: Advice(
        "texts that match several genes",
        "Specify the species (--species) or the namespace (--from), or use the identifier of the gene.",
    ),
    Cause.SHARED_IDENTIFIER: Advice(
        "identifiers that the sources assign to several genes",
        "Use the symbol or another identifier of the gene that is meant.",
    ),
    Cause.OTHER_RELEASE: Advice(
        "well-formed identifiers, such as Ensembl ids, of another release of their source",
        f"Use the identifiers of the current release, or a newer release of the genes: {UPDATE}.",
    ),
    Cause.OTHER_SPECIES: Advice(
        "genes of another species",
        "Omit --species, or request orthologs with --to-species; other species than human and mouse are not covered.",
    ),
    Cause.NO_ORTHOLOG: Advice(
        "genes without a reported ortholog in the requested species",
        "Look them up in another source of orthologs, or leave these rows out.",
    ),
    Cause.SEVERAL_ORTHOLOGS: Advice(
        "genes with orthologs in the requested species, of which none is one to one",
        "Convert with all orthologs, or choose one of each by hand.",
    ),
    Cause.CLONE_NAME: Advice(
        "genes that an annotation named after a clone, a sequence record or a family of RNAs",
        "Convert the column of Ensembl ids beside the names: such names change from release to release.",
    ),
    Cause.VARIANT: Advice(
        "alleles, variants, fusions and modified proteins",
        "Convert the gene that each belongs to; a fusion has two.",
    ),
    Cause.CONTAMINANT: Advice(
        "contaminants, decoys, controls, reporters and counters of programs",
        "They are no genes: leave them out of lists of genes.",
    ),
    Cause.MADE_UNIQUE: Advice(
        "names with a number behind them, which programs add to make names unique",
        "Convert the names before they were made unique, such as the column of ids of the same file.",
    ),
    Cause.NOT_A_GENE: Advice(
        "identifiers of something other than a gene, such as probes, phenotypes and pathways",
        "Map them to genes with the annotation that they come from, and convert that.",
    ),
    Cause.UNKNOWN_PREFIX: Advice(
        "identifiers with a prefix that is not known", "Remove the prefix, or use one of resolver info."
    ),
    Cause.UNKNOWN_TEXT: Advice(
        "texts that are no identifier, symbol or name of a gene",
        "Check the spelling; --report lists suggestions for the most frequent ones.",
    ),
}
_BY_REASON: Mapping[str, Cause] = {
    Reason.WRONG_SPECIES: Cause.OTHER_SPECIES,
    Reason.NO_ORTHOLOG: Cause.NO_ORTHOLOG,
    Reason.SEVERAL_ORTHOLOGS: Cause.SEVERAL_ORTHOLOGS,
    Reason.PHENOTYPE_NOT_GENE: Cause.NOT_A_GENE,
    Reason.UNKNOWN_NAMESPACE: Cause.UNKNOWN_PREFIX,
}
_VARIANTS = ("allele", "variant", "fusion")
_SPECIES = ("another species", "another organism")


@dataclass(slots=True, repr=False)
class CauseCounts:
    """The misses of one cause: rows, different cells, and the most frequent of these."""

    cause: Cause
    rows: int = 0
    identifiers: int = 0
    examples: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return one_line(self, self.cause.value, f"{self.rows:,} rows:", ", ".join(self.examples))

    @property
    def advice(self) -> Advice:
        """What the cause is, and the next step."""
        return CAUSES[self.cause]

    def describe(self) -> dict[str, Any]:
        """Return the counts as plain objects."""
        return {
            "cause": self.cause.value,
            "meaning": self.advice.meaning,
            "rows": self.rows,
            "identifiers": self.identifiers,
            "examples": self.examples,
            "next_step": self.advice.next_step,
        }


def group_misses(misses: Iterable[tuple[tuple[str, str, str], int]], reader: GeneReader) -> list[CauseCounts]:
    """Return the misses of a column, each a cell, its outcome, its reason and its rows, by cause, most rows first.

    Cost: some microseconds for each different miss, and a query of the release for each that may be made of a name.
    """
    found: dict[Cause, CauseCounts] = {}
    cells: dict[Cause, Counter[str]] = {}
    for (text, outcome, reason), rows in misses:
        cause = find_cause(text, outcome, reason, reader)
        counts = found.setdefault(cause, CauseCounts(cause))
        counts.rows += rows
        cells.setdefault(cause, Counter())[make_encodable(text.replace(UNIT_SEPARATOR, " | "))] += rows
    for cause, counts in found.items():
        counts.identifiers = len(cells[cause])
        ordered = sorted(cells[cause].items(), key=lambda one: (-one[1], one[0]))
        counts.examples = [text for text, _ in ordered[:_EXAMPLES]]
    return sorted(found.values(), key=lambda one: (-one.rows, one.cause))


def find_cause(text: str, outcome: str, reason: str, reader: GeneReader) -> Cause:
    """Return why a cell was not simply resolved."""
    cell = next((part for part in text.split(UNIT_SEPARATOR) if part.strip()), "").strip()
    if reason == Reason.SPREADSHEET_DAMAGE:
        damage = find_damage(cell)
        is_certain = damage is not None and describe_damage(cell, damage, reader, None)[0].repaired is not None
        return Cause.DATE_DAMAGE if is_certain else Cause.DATE_TO_DECIDE
    if (known := _BY_REASON.get(reason)) is not None:
        return known
    if outcome == Outcome.AMBIGUOUS:
        is_shared = reason == Reason.SEVERAL_GENES and name_unknown(cell) is not None
        return Cause.SHARED_IDENTIFIER if is_shared else Cause.SEVERAL_GENES
    if outcome == Outcome.RETIRED:
        return Cause.OTHER_RELEASE if reason == Reason.NOT_IN_RELEASE else Cause.RETIRED
    if (kind := find_foreign(cell)) is not None:
        return _cause_of(kind)
    if name_unknown(cell) is not None:
        return Cause.OTHER_RELEASE
    if (derived := explain_derived(cell, reader, None)) is not None:
        return Cause.MADE_UNIQUE if derived.kind is DerivedKind.MADE_UNIQUE else Cause.VARIANT
    return Cause.NOT_A_GENE if reason == Reason.OUT_OF_SCOPE else Cause.UNKNOWN_TEXT


def _cause_of(kind: Foreign) -> Cause:
    if kind.is_artifact:
        return Cause.CONTAMINANT
    if kind.is_gene:
        return Cause.CLONE_NAME
    if any(word in kind.names for word in _VARIANTS):
        return Cause.VARIANT
    return Cause.OTHER_SPECIES if any(word in kind.names for word in _SPECIES) else Cause.NOT_A_GENE
