"""Many questions at once: their answers in order, counted as they go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..identifiers.names import make_encodable
from ..identifiers.recognize import recognize
from .column import Column, decide_column
from .options import OnMany, Question, as_text
from .outcome import Answer, Outcome
from .receipt import build_receipt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .options import Options
    from .resolver import Resolver


class Answers(Iterator[Answer]):
    """Iterates over the answers to many questions.

    `column` tells what the list's bare numbers are read as, None where that is left open; `outcomes` and `reasons`
    count the answers that were given so far.
    """

    def __init__(self, resolver: Resolver, questions: Iterable[object], options: Options) -> None:
        self.options = options
        # The batch has one receipt for all. A question of 100,000 is kept as the text that it is: no object more.
        self._alone = replace(options, receipt=False) if options.receipt else options
        self.questions = [one if isinstance(one, str | Question) else as_text(one) for one in questions]
        self._resolver = resolver
        self.column: Column | None = decide_column(self._free_texts(), resolver.reader)
        self.outcomes: Counter[Outcome] = Counter()
        self.reasons: Counter[str] = Counter()
        self._answers = self._answer_all()

    def __iter__(self) -> Iterator[Answer]:
        """Return the answers that were not given yet."""
        return self._answers

    def __next__(self) -> Answer:
        """Return the next answer."""
        return next(self._answers)

    def summarize(self) -> dict[str, Any]:
        """Return the counts so far as plain objects, with the release and, if it was asked for, the receipt."""
        release = self._resolver.release
        counts = {outcome.value: self.outcomes[outcome] for outcome in Outcome}
        summary = {
            "questions": len(self.questions),
            "answers": self.outcomes.total(),
            "outcomes": counts,
            "reasons": {str(reason): count for reason, count in self.reasons.most_common()},
            "column": None if self.column is None else self.column._asdict(),
            "policy": self.options.describe(),
            "release": {"id": release.id, "title": release.title},
        }
        if self.options.receipt:
            summary["receipt"] = self.build_receipt()
        return summary

    def build_receipt(self) -> dict[str, Any]:
        """Return the receipt of the answers that were given so far."""
        counts = {outcome.value: count for outcome, count in self.outcomes.items()}
        return build_receipt(self._resolver.reader, self.options, counts)

    def _free_texts(self) -> Iterator[str]:
        """Yield the texts that are not said to be of a namespace."""
        for question in self.questions:
            text, own = question if isinstance(question, Question) else (question, self._alone)
            if not own.namespaces:
                yield text

    def _answer_all(self) -> Iterator[Answer]:
        resolver, column, outcomes, reasons = self._resolver, self.column, self.outcomes, self.reasons
        alone = self._alone
        for question in self.questions:
            text, own = question if isinstance(question, Question) else (question, alone)
            answer = answer_in_column(resolver, text, own, column)
            for one in explode(answer) if own.on_many is OnMany.EXPLODE else (answer,):
                outcomes[one.outcome] += 1
                if one.reason is not None:
                    reasons[one.reason] += 1
                yield one


def answer_in_column(
    resolver: Resolver, text: str, own: Options, column: Column | None, *, offer: bool = True
) -> Answer:
    """Return the answer to one text of a list whose bare numbers are decided; None where they are left open.

    Without `offer` a miss comes without suggestions, for less than half of the cost.
    """
    if column is not None and not own.namespaces:
        if column.takes_decimal(text):
            answer = resolver.resolve(text, replace(own, namespaces=(column.prefix,)))
            interpretations = tuple(
                interpretation._replace(notes=(*interpretation.notes, column.why))
                for interpretation in answer.interpretations
            )
            return answer._replace(interpretations=interpretations, options=own)
        if column.is_number(text):
            recognition = recognize(text)
            inside = tuple(
                interpretation._replace(notes=(*interpretation.notes, column.why))
                for interpretation in recognition.interpretations
                if interpretation.identifier.prefix == column.prefix
            )
            return resolver.answer(
                recognition._replace(interpretations=inside) if inside else recognition, own, offer=offer
            )
    return resolver.answer(recognize(make_encodable(text), own.namespaces), own, offer=offer)


def explode(answer: Answer) -> Iterator[Answer]:
    """Yield an answer for each gene that one leads to."""
    if len(answer.genes if answer.converted is None else answer.converted) < 2:
        yield answer
    elif answer.converted is None:
        for found in answer.genes:
            yield answer._replace(genes=(found,))
    else:
        for converted in answer.converted:
            genes = tuple(found for found in answer.genes if found.gene.id == converted.of.id)
            yield answer._replace(genes=genes, converted=(converted,))
