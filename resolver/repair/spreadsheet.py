"""What spreadsheets did to the gene identifiers of a table, cell by cell, and which cells can be repaired for certain.

A repair is certain where the cell still has all that it had (3574.0), or where only one name in the release can have
become what the cell says now (12-Sep). Other cells of the table are no proof: a person decides the rest (`decisions`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..identifiers.damage import DamageKind, find_damage
from ..identifiers.names import fold_name
from ..resolve.options import read_options
from .columns import is_found
from .decisions import Decisions, show_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..convert.formats.base import Batch
    from ..identifiers.damage import Damage
    from ..resolve.answer import Answer
    from ..resolve.outcome import Suggestion
    from ..resolve.resolver import Resolver
    from .columns import GeneColumn

REPORT_COLUMNS = (
    "line", "column", "text", "kind", "certain", "repaired", "candidates", "explanation", "place", "shown", "decided",
)  # fmt: skip


class Candidate(NamedTuple):
    """What a cell may have been; `symbol` and `gene` (its CURIE) are None for a number that was not looked up."""

    text: str
    symbol: str | None = None
    gene: str | None = None

    def __str__(self) -> str:
        """Return the candidate in a few words, with the current symbol of the gene where that is another."""
        if self.symbol is None:
            return self.text
        current = "" if self.symbol == self.text else f"{self.symbol}, "
        return f"{self.text} ({current}{self.gene})"


class Diagnosis(NamedTuple):
    """What a spreadsheet did to a cell; `repaired` is what the cell was where that is certain or decided, else None."""

    kind: str
    explanation: str
    repaired: str | None
    candidates: tuple[Candidate, ...] = ()
    decided: bool = False


class DamagedCell(NamedTuple):
    """A damaged cell of a table; `shown` is what a workbook displays where that is another text than its value."""

    line: int
    column: str
    text: str
    diagnosis: Diagnosis
    place: str
    shown: str | None = None

    def describe(self) -> Iterator[dict[str, Any]]:
        """Yield the row of the report."""
        own = {"line": self.line, "column": self.column, "text": self.text, "place": self.place, "shown": self.shown}
        certain = self.diagnosis.repaired is not None and not self.diagnosis.decided
        yield own | self.diagnosis._asdict() | {"certain": certain}


class _Suspect(NamedTuple):
    """The text of a cell that may be damaged, in a column."""

    column: int
    text: str
    is_date: bool


class SpreadsheetRepair:
    """Finds damaged cells in columns of gene identifiers; `species`, if it is specified, is that of all genes.

    `decisions` say what cells become whose repair is not certain, such as `1-Mar=MARCH1`; they go before certain ones.

    `counts` are the numbers of damaged cells that were found, by kind and by whether their repair is certain.
    """

    def __init__(
        self,
        columns: Sequence[GeneColumn],
        resolver: Resolver,
        species: int | None = None,
        decisions: Sequence[str] = (),
    ) -> None:
        self.columns = {column.position: column for column in columns}
        self.species = species
        self.counts: Counter[tuple[str, bool]] = Counter()
        self.resolver = resolver
        self._options = read_options({"species": species})
        self._decisions = Decisions(decisions, resolver, self._options)
        # Each text that may be damaged is resolved once; None where it is not damaged.
        self._diagnoses: dict[_Suspect, Diagnosis | None] = {}

    @property
    def certain(self) -> int:
        """The number of cells that can be repaired, for certain or as decided."""
        return sum(count for (_, is_certain), count in self.counts.items() if is_certain)

    @property
    def to_decide(self) -> int:
        """The number of damaged cells that a person has to decide on."""
        return self.counts.total() - self.certain

    def describe_counts(self) -> dict[str, int]:
        """Return the counts as a report has them."""
        return {"certain": self.certain, "to_decide": self.to_decide}

    def examine(self, batches: Iterable[Batch]) -> Iterator[DamagedCell]:
        """Yield the damaged cells from top to bottom."""
        for batch in batches:
            for _, cell in self._find(batch):
                self.counts[cell.diagnosis.kind, cell.diagnosis.repaired is not None] += 1
                yield cell
        self._decisions.check_used()

    def repair(self, batch: Batch) -> dict[int, dict[int, str]]:
        """Return new texts by column and row of a batch: what is certain or decided."""
        repaired: dict[int, dict[int, str]] = {position: {} for position in self.columns}
        for (row, suspect), cell in self._find(batch):
            if cell.diagnosis.repaired is not None:
                repaired[suspect.column][row] = cell.diagnosis.repaired
        return repaired

    def _find(self, batch: Batch) -> Iterator[tuple[tuple[int, _Suspect], DamagedCell]]:
        """Yield the damaged cells of a batch from top to bottom, each with its row and what was suspected of it."""
        suspects = sorted(self._suspects(batch))
        self._diagnose(suspect for _, suspect in suspects)
        for row, suspect in suspects:
            if (diagnosis := self._diagnoses[suspect]) is None:
                continue
            place = batch.describe_cell(row, suspect.column)
            shown = show_date(suspect.text) if suspect.is_date else None
            if (name := self._decisions.find(suspect.text, place, shown)) is not None:
                diagnosis = diagnosis._replace(repaired=name, decided=True)
            column = self.columns[suspect.column].name
            yield (row, suspect), DamagedCell(batch.lines[row], column, suspect.text, diagnosis, place, shown)

    def _suspects(self, batch: Batch) -> Iterator[tuple[int, _Suspect]]:
        """Yield the cells that may be damaged, with their rows."""
        for position, column in self.columns.items():
            texts = ["" if text is None else text for text in batch.list_texts(position)]
            suspicious = {text for text in set(texts) if text and _is_suspicious(text, column)}
            for row, text in enumerate(texts):
                is_date = (row, position) in batch.dates
                if (is_date or text in suspicious) and not batch.is_formula(row, position):
                    yield row, _Suspect(position, text, is_date)

    def _diagnose(self, suspects: Iterable[_Suspect]) -> None:
        queries: list[tuple[_Suspect, Damage]] = []
        for suspect in dict.fromkeys(suspects):
            if suspect in self._diagnoses:
                continue
            damage = find_damage(suspect.text)
            if damage is None:
                self._diagnoses[suspect] = _REAL_DATE if suspect.is_date else None
            elif damage.lossless and self.columns[suspect.column].is_numbers:
                # Whether the release knows the number does not matter, and there may be very many.
                (number,) = damage.spellings
                self._diagnoses[suspect] = Diagnosis(damage.kind, damage.explanation, number)
            else:
                queries.append((suspect, damage))
        answers = self.resolver.resolve_many([suspect.text for suspect, _ in queries], self._options)
        for (suspect, damage), answer in zip(queries, answers, strict=True):
            column = self.columns[suspect.column]
            is_whole = damage.lossless and (answer.damage is not None or not is_found(answer))
            self._diagnoses[suspect] = (
                self._judge_number(damage, answer) if is_whole else self._judge_guess(damage, answer, column)
            )

    def _judge_number(self, damage: Damage, answer: Answer) -> Diagnosis:
        """Judge a number among names: its digits are all there, but it may have been a date before."""
        (number,) = damage.spellings
        as_date = self.resolver.resolve(number, self._options)
        if as_date.damage is not None and as_date.damage.kind == DamageKind.DATE_SERIAL:
            candidates = _list_candidates(as_date.suggestions)
            return Diagnosis(DamageKind.DATE_SERIAL, as_date.damage.explanation, None, candidates)
        is_known = answer.damage is not None  # else it may as well be no identifier
        genes = tuple(Candidate(number, found.gene.symbol, found.gene.curie) for found in answer.genes)
        return Diagnosis(damage.kind, damage.explanation, number if is_known else None, genes or (Candidate(number),))

    def _judge_guess(self, damage: Damage, answer: Answer, column: GeneColumn) -> Diagnosis | None:
        """Judge a text that may come from several; None where it is an identifier as it is."""
        report = answer.damage
        if report is None or (report.kind == DamageKind.DATE_SERIAL and column.is_numbers):
            return None
        numbers = [text for text in damage.spellings if text.isdigit()] if column.is_numbers else []
        repaired = None if numbers else report.repaired
        if repaired is not None:
            repaired = _in_capitals_of(self.species or column.taxon, repaired, answer.suggestions)
        candidates = (*(Candidate(number) for number in numbers), *_list_candidates(answer.suggestions))
        return Diagnosis(report.kind, report.explanation, repaired, candidates)


_REAL_DATE = Diagnosis(DamageKind.DATE, "The cell is a date, and no known gene name begins like its month.", None)


def _is_suspicious(text: str, column: GeneColumn) -> bool:
    if column.is_numbers and len(text) <= 10 and text.isascii() and text.isdigit():
        return False
    return find_damage(text) is not None


def _in_capitals_of(taxon: int | None, repaired: str, suggestions: Sequence[Suggestion]) -> str:
    """Return the same letters as the species of the column writes them: SEPT12 in human, Sept12 in mouse."""
    same = (each for each in suggestions if each.gene.taxon == taxon)
    spelled = (each.identifier for each in same if fold_name(each.identifier) == fold_name(repaired))
    return next(spelled, repaired)


def _list_candidates(suggestions: Iterable[Suggestion]) -> tuple[Candidate, ...]:
    return tuple(Candidate(each.identifier, each.gene.symbol, each.gene.curie) for each in suggestions)
