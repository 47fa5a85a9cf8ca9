"""What a text holds: its identifiers, each with the gene that the release places it on, as a live check needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..genes.verdicts import Held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..identifiers.model import Reading
    from ..store.gene_reader import GeneReader
    from .outcome import Answer

# What an upstream may name a gene by.
_GENE_NAMESPACES = frozenset({"ncbigene", "hgnc", "mgi", "ensembl"})


def hold_answers(answers: Iterable[Answer]) -> list[tuple[Held, ...]]:
    """Return for each answer the identifiers that its text is, as the release holds them.

    A text of several readings holds those that the release knows; where it knows none, all of them. A symbol or a name
    holds itself, and a text without a reading nothing.
    """
    known: dict[int, dict[str, frozenset[str]]] = {}
    return [_hold(answer, known) for answer in answers]


def _hold(answer: Answer, known: dict[int, dict[str, frozenset[str]]]) -> tuple[Held, ...]:
    readings = [reading for reading in answer.readings if not reading.is_text] or answer.readings[:1]
    held = [_hold_reading(reading, answer.reader, known) for reading in readings]
    placed = [one for one, is_known in held if is_known]
    return tuple(placed or (one for one, _ in held))


def _hold_reading(
    reading: Reading, reader: GeneReader, known: dict[int, dict[str, frozenset[str]]]
) -> tuple[Held, bool]:
    lookup = reading.lookup
    placements = reader.find_placements(lookup.prefix, lookup.accession)
    if not placements:
        return Held(reading.identifier), bool(reader.find_retirements(lookup.curie))
    gene_ids: dict[str, frozenset[str]] = {}
    for placement in placements:
        gene_id = placement.gene.id
        if gene_id not in known:
            known[gene_id] = _read_gene_ids(reader, gene_id)
        for prefix, ids in known[gene_id].items():
            gene_ids[prefix] = gene_ids.get(prefix, frozenset()) | ids
    gene = placements[0].gene
    return Held(reading.identifier, gene.curie, gene_ids, gene.taxon), True


def _read_gene_ids(reader: GeneReader, gene_id: int) -> dict[str, frozenset[str]]:
    listed: dict[str, set[str]] = {}
    for record in reader.find_evidence(gene_id):
        prefix, _, accession = record.curie.partition(":")
        if prefix in _GENE_NAMESPACES and record.relation == "gene":
            listed.setdefault(prefix, set()).add(accession)
    return {prefix: frozenset(ids) for prefix, ids in listed.items()}
