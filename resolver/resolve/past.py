"""The past of an identifier or symbol: whether it is current, what became of it, and what was merged into it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from ..genes.model import RetirementRecord
from ..genes.ranking import MatchKind
from ..identifiers.model import Level
from ..identifiers.names import fold_name
from ..identifiers.namespaces import BY_PREFIX
from .encode import answer_object, encode_gene, encode_step
from .history import follow_retirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..genes.model import GeneRecord, NamedGene
    from ..identifiers.model import Interpretation
    from ..store.gene_reader import GeneReader
    from .answer import Answer

_RENAMED = "renamed"
_NAMED = "had this symbol when it was retired"


class State(StrEnum):
    """The state of an identifier or symbol in a release; `unknown`: it occurs only as the successor of others."""

    CURRENT = "current"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class Successor(NamedTuple):
    """An identifier at the end of a history, and its genes; none if the release does not contain it."""

    curie: str
    genes: tuple[GeneRecord, ...]


class Record(NamedTuple):
    """One interpretation of a query, and its past.

    `identifier` is a CURIE, or a symbol or name in its own spelling; `level` says which. `genes` are those that have
    it today; `steps` end at the `successors`; `retired_identifiers` are the steps from other identifiers to it. `known`
    says of a current identifier which source lists it, and whether retirements of its namespace are recorded.
    """

    identifier: str
    level: str
    why: str
    state: State
    genes: tuple[GeneRecord, ...] = ()
    steps: tuple[RetirementRecord, ...] = ()
    successors: tuple[Successor, ...] = ()
    retired_identifiers: tuple[RetirementRecord, ...] = ()
    known: str | None = None


class Past(NamedTuple):
    """The records of one query; none if the release contains nothing about it, as `answer` explains."""

    answer: Answer
    records: tuple[Record, ...]

    @property
    def state(self) -> State:
        """Current if any record is; else retired if any record is."""
        states = {record.state for record in self.records}
        return next((state for state in State if state in states), State.UNKNOWN)


def look_back(answer: Answer) -> Past:
    """Return the past of everything that the query may be, in the order of its interpretations.

    Cost: some probes for each interpretation, and one for each step of a history.
    """
    records: dict[str, Record] = {}
    for interpretation in answer.interpretations:
        found = (
            _records_of_text(answer.reader, interpretation)
            if interpretation.is_text
            else _records_of(answer.reader, interpretation)
        )
        for record in found:
            records.setdefault(record.identifier, record)
    return Past(answer, tuple(records.values()))


def _records_of(reader: GeneReader, interpretation: Interpretation) -> Iterator[Record]:
    identifier = interpretation.identifier
    if not reader.find_placements(identifier.prefix, identifier.accession):
        identifier = interpretation.lookup
    record = _describe_identifier(reader, identifier.curie, interpretation.level or "", interpretation.why)
    if record is not None:
        yield record


def _describe_identifier(reader: GeneReader, curie: str, level: str, why: str) -> Record | None:
    prefix, _, accession = curie.partition(":")
    placements = reader.find_placements(prefix, accession)
    history = follow_retirements(reader, curie)
    merged = _find_merged(reader, [curie])
    if not (placements or history.steps or merged):
        return None
    # Where its authority retired it that counts, also if another source goes on naming it.
    state = State.RETIRED if history.steps else State.CURRENT if placements else State.UNKNOWN
    return Record(
        curie,
        placements[0].relation if placements else level,
        why,
        state,
        _genes_of(reader, curie),
        history.steps,
        tuple(Successor(successor, _genes_of(reader, successor)) for successor in history.successors),
        merged,
        _describe_known(reader, curie, placements[0].gene.id) if state is State.CURRENT else None,
    )


def _describe_known(reader: GeneReader, curie: str, gene_id: int) -> str | None:
    """Return which source lists an identifier, of which date, and whether retirements of its namespace are recorded."""
    namespace = BY_PREFIX.get(curie.partition(":")[0])
    keys = {key for one in reader.find_evidence(gene_id) if one.curie == curie for key in one.sources}
    rows = [row for row in reader.list_sources() if row["key"] in keys and row["upstream_date"]]
    if namespace is None or not rows:
        return None
    own = [row for row in rows if row["source"] == next(iter(namespace.placed_by), None)]
    newest = max(own or rows, key=lambda row: str(row["upstream_date"]))
    version = f" {newest['upstream_version']}" if newest["upstream_version"] else ""
    listed = f"in {newest['source']}{version} ({str(newest['upstream_date'])[:10]})"
    if reader.has_retirements(namespace.prefix):
        return listed
    return f"{listed}; this release does not record which {namespace.title} identifiers were retired"


def _records_of_text(reader: GeneReader, interpretation: Interpretation) -> Iterator[Record]:
    """Yield the genes that have the text as a name, and the retired records that had it as their symbol."""
    folded = fold_name(interpretation.identifier.accession)
    retired = reader.find_retired_names(folded)
    names = reader.find_names(folded)
    if names and not (retired and interpretation.is_withdrawn):
        yield _describe_name(reader, [named for named in names if named.tier == names[0].tier], interpretation.why)
    for curie in retired:
        record = _describe_identifier(reader, curie, Level.GENE, _NAMED)
        if record is not None:
            yield record


def _describe_name(reader: GeneReader, names: Sequence[NamedGene], why: str) -> Record:
    genes = [named.gene for named in names]
    text, kind = names[0].text, names[0].kind
    if kind == MatchKind.PREVIOUS_SYMBOL:
        steps = tuple(_rename(reader, named) for named in names)
        successors = tuple(Successor(gene.curie, (gene,)) for gene in genes)
        return Record(text, kind, why, State.RETIRED, (), steps, successors)
    identifiers = [
        one.curie
        for gene in genes
        for one in reader.find_evidence(gene.id)
        if one.relation == Level.GENE and one.assignment_rank == 0
    ]
    return Record(text, kind, why, State.CURRENT, tuple(genes), retired_identifiers=_find_merged(reader, identifiers))


def _rename(reader: GeneReader, named: NamedGene) -> RetirementRecord:
    """Return the step from a previous symbol to the gene that had it; no upstream file dates it."""
    sources = reader.find_name_evidence(fold_name(named.text), named.gene.id)
    return RetirementRecord(named.text, named.gene.curie, _RENAMED, None, None, sources)


def _find_merged(reader: GeneReader, curies: Iterable[str]) -> tuple[RetirementRecord, ...]:
    """Return the retirements of other identifiers that ended at these, nearest first, each once."""
    waiting = list(dict.fromkeys(curies))
    seen = set(waiting)
    steps: list[RetirementRecord] = []
    while waiting:
        found = reader.find_predecessors(waiting.pop(0))
        steps += found
        further = [step.retired for step in found if step.retired not in seen]
        seen.update(further)
        waiting += further
    return tuple(steps)


def _genes_of(reader: GeneReader, curie: str) -> tuple[GeneRecord, ...]:
    prefix, _, accession = curie.partition(":")
    placements = reader.find_placements(prefix, accession)
    return tuple(placement.gene for placement in placements if placement.assignment_rank == 0)


def describe_past(past: Past) -> dict[str, Any]:
    """Return a past as plain objects; for a miss, its answer."""
    if not past.records:
        return answer_object(past.answer)
    release = past.answer.release
    return {
        "query": past.answer.query,
        "state": past.state,
        "hint": past.answer.hint,
        "records": [_describe_record(record) for record in past.records],
        "release": {"id": release.id, "title": release.title},
    }


def _describe_record(record: Record) -> dict[str, Any]:
    return record._asdict() | {
        "genes": [encode_gene(gene) for gene in record.genes],
        "steps": [encode_step(step) for step in record.steps],
        "successors": [
            {"curie": successor.curie, "genes": [encode_gene(gene) for gene in successor.genes]}
            for successor in record.successors
        ],
        "retired_identifiers": [encode_step(step) for step in record.retired_identifiers],
    }
