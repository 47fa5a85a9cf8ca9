"""The answer to one query as callers receive it: its data, and how it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..identifiers.brief import one_line
from .encode import answer_object
from .marked import find_marks
from .notebook import answer_html
from .outcome import AnswerData, name_gene
from .precedence import list_also

if TYPE_CHECKING:
    from ..genes.marks import Mark
    from .outcome import MatchedGene


class Answer(AnswerData):
    """The answer to one query."""

    __slots__ = ()

    def __repr__(self) -> str:
        genes = self.genes if self.converted is None else self.converted
        named = ", ".join(name_gene(found.gene) for found in genes[:4])
        query = f"{self.query[:60]!r}{'…' if len(self.query) > 60 else ''}"
        return one_line(self, query, self.outcome, self.reason, named)

    def _repr_html_(self) -> str:
        """Return the answer as a notebook shows it."""
        return answer_html(self)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The stale identifiers among the one that was queried and the xrefs of its genes."""
        return find_marks(self)

    @property
    def also(self) -> tuple[MatchedGene, ...]:
        """The other matches that the text may as well mean; those of the same species count with `policy=strict`."""
        return tuple(list_also(self.genes, self.other_matches))

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the JSON object of the REST service."""
        return answer_object(self)
