"""Select the marks of an answer: those of the queried identifier, and of the xrefs that it lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..identifiers.namespaces import XREF_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..genes.marks import Mark
    from ..genes.model import GeneRecord, OrthologLink
    from .outcome import AnswerData


def find_marks(answer: AnswerData, links: Iterable[OrthologLink] | None = None) -> tuple[Mark, ...]:
    """Return the marks of an answer, without doubles; `links` are its genes' orthologs, where they are known already.

    Cost: a probe or two of a dictionary for each gene; a look-up more for each mark.
    """
    marks = answer.known_marks
    if not marks:
        return ()
    queried = _list_queried(answer)
    found = {mark.curie: mark for curie in queried if (mark := marks.find(curie)) is not None}
    if links is None:
        links = [link for answered in answer.genes for link in answered.orthologs]
    for gene in _genes(answer, links):
        for mark in marks.find_of_gene(gene.curie):
            if mark.curie not in found and _is_listed(mark, gene, answer):
                found[mark.curie] = mark
    return tuple(found.values())


def _list_queried(answer: AnswerData) -> list[str]:
    """Return the queried CURIEs: of several interpretations those that matched, if any did."""
    if answer.genes or answer.other_matches:
        matches = [found.matched_as for found in answer.genes] + [found.matched_as for found in answer.other_matches]
        return [matched_as.value for matched_as in matches]
    return [interpretation.lookup.curie for interpretation in answer.interpretations if not interpretation.is_text]


def _genes(answer: AnswerData, links: Iterable[OrthologLink]) -> Iterator[GeneRecord]:
    for answered in answer.genes:
        yield answered.gene
    for converted in answer.converted or ():
        yield converted.gene
    for link in links:
        yield link.gene


def _is_listed(mark: Mark, gene: GeneRecord, answer: AnswerData) -> bool:
    """Return whether the answer's release still lists the identifier of the gene, and the options show it."""
    prefix, _, accession = mark.curie.partition(":")
    shown = XREF_GROUPS if answer.options.to is None else answer.options.to
    if prefix not in shown:
        return False
    placements = answer.reader.find_placements(prefix, accession)
    return any(placement.gene.id == gene.id and placement.assignment_rank == 0 for placement in placements)
