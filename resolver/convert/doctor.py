"""What spreadsheets did to the gene identifiers of a table, cell by cell, and what can be mended for certain.

A repair is certain where all that was there is still there (3574.0), or where only one text that a release knows can
have become what stands there (12-Sep). What else stands in the table proves nothing, so that it settles no doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.damage import DamageKind, find_damage, is_of_month
from ..identifiers.names import fold_name
from ..resolve.explain import MAX_SUGGESTIONS
from .columns import names_gene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from ..identifiers.damage import Damage
    from ..resolve.answer import Answer
    from ..resolve.outcome import Suggestion
    from ..resolve.resolver import Resolver
    from .columns import GeneColumn
    from .table import Row, Table

    OnRows = Callable[[int], None]

_CHUNK = 1_000


class Candidate(NamedTuple):
    """What may have stood in a cell; `symbol` and `gene` (its CURIE) are None for a number that was not looked up."""

    text: str
    symbol: str | None = None
    gene: str | None = None


class Diagnosis(NamedTuple):
    """What a spreadsheet did; `repaired` is what stood there where that is certain, else None."""

    kind: str
    explanation: str
    repaired: str | None
    candidates: tuple[Candidate, ...] = ()


class Finding(NamedTuple):
    """A damaged cell."""

    line: int
    column: str
    text: str
    diagnosis: Diagnosis


class _Suspect(NamedTuple):
    """A text that may be damaged, in a column."""

    column: int
    text: str
    is_date: bool


class Doctor:
    """Examines the columns of a table that name genes; `species`, if it is known, is that of all its genes."""

    def __init__(
        self, table: Table, columns: Sequence[GeneColumn], resolver: Resolver, species: int | None = None
    ) -> None:
        self.table = table
        self.columns = {column.position: column for column in columns}
        self.species = species
        self._resolver = resolver
        # Every text that may be damaged is asked about once; None where it is not.
        self._diagnoses: dict[_Suspect, Diagnosis | None] = {}

    def examine(self, on_rows: OnRows) -> Iterator[Finding]:
        """Yield the damaged cells from top to bottom; `on_rows` is told how many rows were read."""
        number = 0
        for rows in _chunked(self.table.rows()):
            found = [(row, suspect) for row in rows for suspect in self._suspects(row)]
            self._diagnose(suspect for _, suspect in found)
            for row, suspect in found:
                if (diagnosis := self._diagnoses[suspect]) is not None:
                    yield Finding(row.line, self.columns[suspect.column].name, suspect.text, diagnosis)
            number += len(rows)
            on_rows(number)

    def write_copy(self, target: Path, on_rows: OnRows) -> None:
        """Write the table with all repairs that are certain; `examine` must have come to its end."""
        number = 0

        def replace(row: Row) -> dict[int, str]:
            nonlocal number
            number += 1
            if number % _CHUNK == 0:
                on_rows(number)
            diagnosed = ((suspect.column, self._diagnoses[suspect]) for suspect in self._suspects(row))
            return {column: each.repaired for column, each in diagnosed if each and each.repaired is not None}

        self.table.write_copy(target, replace, self.columns)

    def _suspects(self, row: Row) -> Iterator[_Suspect]:
        for position, column in self.columns.items():
            text = row.cells[position]
            suspect = _Suspect(position, text, position in row.dates)
            if suspect in self._diagnoses or suspect.is_date or _is_suspicious(text, column):
                yield suspect

    def _diagnose(self, suspects: Iterable[_Suspect]) -> None:
        asked: list[tuple[_Suspect, Damage]] = []
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
                asked.append((suspect, damage))
        answers = self._resolver.resolve_many([suspect.text for suspect, _ in asked])
        for (suspect, damage), answer in zip(asked, answers, strict=True):
            column = self.columns[suspect.column]
            is_whole = damage.lossless and (answer.damage is not None or not names_gene(answer))
            read = (
                self._read_number_among_names(damage, answer) if is_whole else self._read_guess(damage, answer, column)
            )
            self._diagnoses[suspect] = read

    def _read_number_among_names(self, damage: Damage, answer: Answer) -> Diagnosis:
        """Judge a number whose digits are all there, but that may have been a date before."""
        (number,) = damage.spellings
        as_date = self._resolver.resolve(number)
        if as_date.damage is not None and as_date.damage.kind == DamageKind.DATE_SERIAL:
            candidates = _list_candidates(self._of_species(as_date.suggestions))
            return Diagnosis(DamageKind.DATE_SERIAL, as_date.damage.explanation, None, candidates)
        is_known = answer.damage is not None  # else it may as well be no identifier
        genes = tuple(Candidate(number, found.gene.symbol, found.gene.curie) for found in answer.genes)
        return Diagnosis(damage.kind, damage.explanation, number if is_known else None, genes or (Candidate(number),))

    def _read_guess(self, damage: Damage, answer: Answer, column: GeneColumn) -> Diagnosis | None:
        """Judge a text of which several may have been the origin; None where it is an identifier as it stands."""
        report = answer.damage
        if report is None or (report.kind == DamageKind.DATE_SERIAL and column.is_numbers):
            return None
        suggestions = self._of_species(answer.suggestions)
        numbers = [text for text in damage.spellings if text.isdigit()] if column.is_numbers else []
        repaired = report.repaired
        if self.species is not None and len(answer.suggestions) < MAX_SUGGESTIONS:
            # All there is was suggested, and what is left of it after the other species is all there can be.
            is_only = len({fold_name(each.identifier) for each in suggestions}) == 1
            repaired = suggestions[0].identifier if is_only else None
        if numbers or report.kind == DamageKind.DATE_SERIAL or damage.pattern is not None:
            repaired = None
        if repaired is not None and report.kind == DamageKind.DATE and not is_of_month(repaired, answer.query):
            repaired = None
        if repaired is not None:
            repaired = _in_capitals_of(self.species or column.taxon, repaired, suggestions)
        candidates = (*(Candidate(number) for number in numbers), *_list_candidates(suggestions))
        return Diagnosis(report.kind, report.explanation, repaired, candidates)

    def _of_species(self, suggestions: Sequence[Suggestion]) -> list[Suggestion]:
        return [each for each in suggestions if self.species in {None, each.gene.taxon}]


_REAL_DATE = Diagnosis(
    DamageKind.DATE, "The cell holds a date, and no name of a gene that is known begins like its month.", None
)


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


def _chunked(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    yield chunk
