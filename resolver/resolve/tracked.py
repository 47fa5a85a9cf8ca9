"""Return the identifiers of a query, each with its gene in the release, as a live check needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..genes.ranking import MatchKind
from ..genes.verdicts import TrackedIdentifier
from ..identifiers.model import Identifier
from ..identifiers.namespaces import RECORD_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..identifiers.model import Interpretation
    from ..store.gene_reader import GeneReader
    from .answer import Answer

_SYMBOLS = frozenset({MatchKind.SYMBOL, MatchKind.PREVIOUS_SYMBOL})


def list_tracked(answers: Iterable[Answer]) -> list[tuple[TrackedIdentifier, ...]]:
    """Return for each answer the identifiers that its text is, as the release contains them.

    Of several interpretations of a text, those that the release knows are returned; where it knows none, all of them.
    For a symbol, the symbol that the release matched is returned, with its genes of that species; for any other name,
    the name without a gene; for a text without an interpretation, nothing.
    """
    known: dict[int, dict[str, frozenset[str]]] = {}
    return [_track(answer, known) for answer in answers]


def _track(answer: Answer, known: dict[int, dict[str, frozenset[str]]]) -> tuple[TrackedIdentifier, ...]:
    interpretations = [
        interpretation for interpretation in answer.interpretations if not interpretation.is_text
    ] or answer.interpretations[:1]
    if answer.genes and interpretations and interpretations[0].is_text:
        return (_track_symbol(answer, known) or TrackedIdentifier(interpretations[0].identifier),)
    tracked = [_track_interpretation(interpretation, answer.reader, known) for interpretation in interpretations]
    placed = [one for one, is_known in tracked if is_known]
    return tuple(placed or (one for one, _ in tracked))


def _track_symbol(answer: Answer, known: dict[int, dict[str, frozenset[str]]]) -> TrackedIdentifier | None:
    """Return the symbol of the best match with its gene; None if the match is not by an official symbol."""
    best = answer.genes[0]
    if best.matched_as.kind not in _SYMBOLS:
        return None
    same = [one.gene for one in answer.genes if one.gene.taxon == best.gene.taxon and one.matched_as.kind in _SYMBOLS]
    gene_ids = _join_gene_ids([gene.id for gene in same], answer.reader, known)
    return TrackedIdentifier(
        Identifier("hgnc.symbol", best.matched_as.value), best.gene.curie, gene_ids, best.gene.taxon
    )


def _track_interpretation(
    interpretation: Interpretation, reader: GeneReader, known: dict[int, dict[str, frozenset[str]]]
) -> tuple[TrackedIdentifier, bool]:
    lookup = interpretation.lookup
    placements = reader.find_placements(lookup.prefix, lookup.accession)
    if not placements:
        return TrackedIdentifier(interpretation.identifier), bool(reader.find_retirements(lookup.curie))
    gene_ids = _join_gene_ids([placement.gene.id for placement in placements], reader, known)
    gene = placements[0].gene
    return TrackedIdentifier(interpretation.identifier, gene.curie, gene_ids, gene.taxon), True


def _join_gene_ids(
    genes: Iterable[int], reader: GeneReader, known: dict[int, dict[str, frozenset[str]]]
) -> dict[str, frozenset[str]]:
    """Return the identifiers of all these genes by prefix; what is read is kept in `known`."""
    joined: dict[str, frozenset[str]] = {}
    for gene in genes:
        if gene not in known:
            known[gene] = _read_gene_ids(reader, gene)
        for prefix, ids in known[gene].items():
            joined[prefix] = joined.get(prefix, frozenset()) | ids
    return joined


def _read_gene_ids(reader: GeneReader, gene_id: int) -> dict[str, frozenset[str]]:
    listed: dict[str, set[str]] = {}
    for record in reader.find_evidence(gene_id):
        prefix, _, accession = record.curie.partition(":")
        if prefix in RECORD_PREFIXES and record.relation == "gene":
            listed.setdefault(prefix, set()).add(accession)
    return {prefix: frozenset(ids) for prefix, ids in listed.items()}
