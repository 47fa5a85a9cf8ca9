"""The cells of the requested columns for genes: read once for each gene, for many genes by a few statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..resolve.encode import find_xrefs, read_documents, read_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..store.gene_reader import GeneReader
    from .plan import Plan

_AT_ONCE = 500
_OF_RECORDS = frozenset(("curie", "symbol"))  # the members that need no document of a gene


class GeneValues:
    """Returns a text for each target of a plan; several values of one text are joined, those of the best gene first."""

    def __init__(self, reader: GeneReader, plan: Plan) -> None:
        self._reader = reader
        self._plan = plan
        self._targets = [
            (one.member, None if one.prefix is None else find_xrefs(one.prefix, one.levels)) for one in plan.targets
        ]
        self._needs_head = any(target.member for target in plan.targets)
        self._needs_documents = any(target.member not in _OF_RECORDS for target in plan.targets)

    def get_all(self, many: Sequence[tuple[int, ...]]) -> Iterator[tuple[str, ...]]:
        """Yield the texts of the genes with each of these groups of numbers, each value once; remember none."""
        join, number = self._plan.separator.join, len(self._targets)
        for begin in range(0, len(many), _AT_ONCE):
            part = many[begin : begin + _AT_ONCE]
            needed = {gene for genes in part for gene in genes}
            listed = self._list_all(sorted(needed))
            for genes in part:
                if len(genes) == 1:
                    yield tuple([join(values) for values in listed[genes[0]]])
                else:
                    each = [listed[gene] for gene in genes]
                    yield tuple(
                        [
                            join(dict.fromkeys([value for values in each for value in values[target]]))
                            for target in range(number)
                        ]
                    )

    def _list_all(self, genes: list[int]) -> dict[int, list[list[str]]]:
        """Return the values of each target for each of the genes, best first."""
        if not self._needs_documents:
            records = self._reader.get_genes(genes)
            if len(records) == len(genes):
                members = [member for member, _ in self._targets]
                return {gene: [[getattr(one, member)] for member in members] for gene, one in records.items()}
        documents = read_documents(self._reader, genes, self._plan.options)
        return {gene: self._list_values(document) for gene, document in documents}

    def _list_values(self, document: bytes) -> list[list[str]]:
        """Return the values of each target, best first."""
        head = read_head(document) if self._needs_head else {}
        values = []
        for member, list_xrefs in self._targets:
            if list_xrefs is None:
                values.append([] if head[member] is None else [head[member]])
            else:
                values.append(list_xrefs(document))
        return [each[:1] for each in values] if self._plan.best else values
