"""Step 2, find: read what the release contains for each interpretation of a query, before anything is decided.

All that `decide` needs of the store is read here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from ..genes.precedence import IDENTIFIED, rank_name
from ..genes.ranking import LAST_TYPES, MATCH_TIERS, MatchKind
from ..identifiers.foreign import find_foreign
from ..identifiers.model import Identifier, Level
from ..identifiers.names import fold_loosely, fold_name
from ..identifiers.namespaces import SYMBOL
from ..identifiers.species import SPECIES
from .history import follow_retirements
from .outcome import MatchedAs, MatchedGene
from .precedence import Standing, is_last, select_best

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ..genes.model import GeneRecord, NamedGene, OrthologLink, Placement, RetirementRecord
    from ..genes.precedence import Precedence
    from ..identifiers.model import Interpretation
    from ..store.gene_reader import GeneReader


_UNLISTED_ISOFORM = "no source here lists this isoform: it is resolved by its entry"
# Members of an enum cost more to look up than names of a module, and each query needs these.
_IDENTIFIER, _HOMOLOGY_GROUP = MatchKind.IDENTIFIER, MatchKind.HOMOLOGY_GROUP
_GROUP, _PHENOTYPE = Level.GROUP, Level.PHENOTYPE
_SYMBOL_TIER = MATCH_TIERS[MatchKind.SYMBOL]
_KINDS = {
    MatchKind.SYMBOL: "an approved symbol",
    MatchKind.PREVIOUS_SYMBOL: "a previous symbol",
    MatchKind.ALIAS: "an alias",
    MatchKind.FULL_NAME: "a full name",
}


class Records(Protocol):
    """What `find` reads: a `GeneReader`, or the records of many queries that were read at once (`store.batch`)."""

    def find_placements(self, prefix: str, accession: str) -> list[Placement]: ...  # noqa: D102
    def find_names(self, folded: str) -> list[NamedGene]: ...  # noqa: D102
    def find_loose_names(self, loose: str) -> list[NamedGene]: ...  # noqa: D102
    def find_retirements(self, curie: str) -> list[RetirementRecord]: ...  # noqa: D102
    def find_retired_names(self, folded: str) -> list[str]: ...  # noqa: D102
    def find_unplaced(self, prefix: str, accession: str) -> str | None: ...  # noqa: D102
    def find_ortholog_pairs(self, gene_ids: Collection[int]) -> set[tuple[int, int]]: ...  # noqa: D102
    def find_orthologs(self, gene_id: int) -> list[OrthologLink]: ...  # noqa: D102


class Found:
    """What was found: the best match of each gene, weaker and related ones, and the history on the way.

    `roots` are the retired identifiers that alone led to a gene, `dead_ends` those that led nowhere. `pairs` are the
    orthologs among genes that a name matches in both species, `links` the orthologs of all genes if a species was
    requested, or if a name in other capitals matches several genes of one species alone. `standings` order the genes of
    one species that match equally well.
    """

    # Most queries match one gene and leave these empty; they are replaced, never changed.
    weaker: Mapping[int, MatchedGene] = MappingProxyType({})
    related: Mapping[int, MatchedGene] = MappingProxyType({})
    history: tuple[RetirementRecord, ...] = ()
    roots: Mapping[int, str] = MappingProxyType({})
    dead_ends: tuple[str, ...] = ()
    pairs: Collection[tuple[int, int]] = ()
    links: Mapping[int, list[OrthologLink]] = MappingProxyType({})
    standings: Mapping[int, Standing] = MappingProxyType({})

    def __init__(self, reader: GeneReader, records: Records) -> None:
        self.reader = reader
        self.records = records
        self.matches: dict[int, MatchedGene] = {}
        self.interpretation_of: dict[int, Interpretation] = {}

    @property
    def is_nothing(self) -> bool:
        """Whether the release contains nothing at all for the query."""
        return not (self.matches or self.history or self.related)

    def add(
        self,
        gene: GeneRecord,
        matched_as: MatchedAs,
        interpretation: Interpretation,
        precedence: Precedence = IDENTIFIED,
    ) -> None:
        """Keep the better of the matches of a gene."""
        known = self.matches.get(gene[0])
        if known is None or precedence < known.precedence:
            self.matches[gene[0]] = MatchedGene(gene, matched_as, self.reader, precedence)
            self.interpretation_of[gene[0]] = interpretation


def find(
    interpretations: tuple[Interpretation, ...],
    reader: GeneReader,
    records: Records | None = None,
    to_species: int | None = None,
    text: str = "",
) -> Found:
    """Return what `find_matches` does, and what decides between several genes. Several genes cost one more query.

    Orthologs are read if `to_species` is requested.
    """
    found = find_matches(interpretations, reader, records, text)
    matches = found.matches
    if len(matches) > 1:
        best = select_best(matches.values())
        _find_pairs(best, found)
        _find_standings(found)
        if to_species is None:
            _find_counterparts(best, found)
    if to_species is not None:
        others = [gene_id for gene_id, one in matches.items() if one.gene.taxon != to_species]
        found.links = {gene_id: found.records.find_orthologs(gene_id) for gene_id in others}
    return found


def find_matches(
    interpretations: tuple[Interpretation, ...], reader: GeneReader, records: Records | None = None, text: str = ""
) -> Found:
    """Look up every interpretation. Cost: a probe or two for each, and one for each step of a history.

    `records` are those of a batch that the query belongs to. Where the release has nothing for any interpretation,
    `text` is looked up among names.
    """
    found = Found(reader, records or reader)
    for interpretation in interpretations:
        if not interpretation.is_text:
            _find_identifier(interpretation, found)
        elif interpretation.is_withdrawn:
            _find_retired_name(interpretation, found)
        else:
            _find_name(interpretation, found)
    if not found.matches:
        if not found.history:
            _find_names_otherwise(interpretations, found, text)
    elif any(one.is_text for one in interpretations):
        _find_similar_names(interpretations, found)
    return found


def _find_identifier(interpretation: Interpretation, found: Found) -> None:
    prefix, accession, version = interpretation.identifier
    placements = found.records.find_placements(prefix, accession)
    if not placements and interpretation.parent is not None:
        placements = found.records.find_placements(interpretation.parent.prefix, interpretation.parent.accession)
        if placements and prefix == "uniprot.isoform":
            interpretation = interpretation._replace(notes=(*interpretation.notes, _UNLISTED_ISOFORM))
    for gene, relation, known_version, rank in placements:
        kind = _HOMOLOGY_GROUP if relation == _GROUP else _IDENTIFIER
        curie = f"{prefix}:{accession}"
        matched_as = MatchedAs(kind, curie, relation, version, known_version, False, interpretation.notes)
        if relation == _PHENOTYPE:
            found.related = {**found.related, gene.id: MatchedGene(gene, matched_as, found.reader)}
        elif rank > 0:
            found.weaker = {**found.weaker, gene.id: MatchedGene(gene, matched_as, found.reader)}
        elif gene.id in found.matches:
            found.add(gene, matched_as, interpretation)
        else:
            found.matches[gene.id] = MatchedGene(gene, matched_as, found.reader)
            found.interpretation_of[gene.id] = interpretation
    if not placements:
        _follow(interpretation.lookup.curie, MatchKind.IDENTIFIER, interpretation, found)


def _find_name(interpretation: Interpretation, found: Found) -> None:
    typed = interpretation.identifier.accession
    for named in found.records.find_names(fold_name(typed)):
        spelling, is_corrected, precedence = compare_name(typed, named)
        matched_as = MatchedAs(MatchKind(named.kind), spelling, None, None, None, is_corrected, interpretation.notes)
        found.add(named.gene, matched_as, interpretation, precedence)


def compare_name(typed: str, named: NamedGene) -> tuple[str, bool, Precedence]:
    """Return the spelling of a name that is nearest to the typed one, whether capitals differ, and how good it is."""
    _, _, tier, text, spellings = named
    is_spelled_so = typed == text or (spellings and typed in spellings.split("\n"))
    spelling = typed if is_spelled_so else text
    return spelling, not is_spelled_so, rank_name(typed, spelling, tier, is_similar=False)


def _find_similar_names(interpretations: tuple[Interpretation, ...], found: Found) -> None:
    """Look up similar spellings in the species that have no match of their own."""
    missing = list_missing_species(found)
    if not missing:
        return
    for interpretation in interpretations:
        typed = interpretation.identifier.accession
        loose = fold_loosely(typed) if interpretation.is_text else ""
        for gene, kind, tier, text, _ in found.records.find_loose_names(loose) if loose else ():
            if gene.taxon in missing and tier not in LAST_TYPES.values():
                note = f"similar spelling of {text}, {_KINDS[MatchKind(kind)]}"
                notes = (*interpretation.notes, note)
                matched_as = MatchedAs(MatchKind.SIMILAR_SPELLING, text, None, None, None, False, notes)
                found.add(gene, matched_as, interpretation, rank_name(typed, text, tier, is_similar=True))


def list_missing_species(found: Found) -> set[int]:
    """Return the species that have no match of their own.

    What is an identifier, or an approved symbol of one species, is not looked for in the other.
    """
    if any(one.precedence.tier <= _SYMBOL_TIER for one in found.matches.values()):
        return set()
    return SPECIES.keys() - {one.gene.taxon for one in found.matches.values() if not is_last(one)}


def _find_retired_name(interpretation: Interpretation, found: Found) -> None:
    for curie in found.records.find_retired_names(fold_name(interpretation.identifier.accession)):
        _follow(curie, MatchKind.RETIRED_SYMBOL, interpretation, found)


def _find_names_otherwise(interpretations: tuple[Interpretation, ...], found: Found, text: str) -> None:
    """Look up names among those of retired records, and names that are said to be withdrawn among current ones.

    Then the text as it is, which may look like an identifier (old Entrez numbers are aliases) or have quotes of its
    own, and similar spellings.
    """
    for interpretation in interpretations:
        if interpretation.is_withdrawn:
            _find_name(interpretation, found)
        elif interpretation.is_text:
            _find_retired_name(interpretation, found)
    if found.history or found.matches:
        return
    if find_foreign(text) is not None:
        return
    tried = {fold_name(one.identifier.accession) for one in interpretations if one.is_text}
    if text and interpretations and fold_name(text) not in tried:
        _find_name(interpretations[0]._replace(identifier=Identifier(SYMBOL.prefix, text.strip())), found)
    _find_similar_names(interpretations, found)


def _follow(curie: str, kind: MatchKind, interpretation: Interpretation, found: Found) -> None:
    """Add the history of a retired identifier, and the genes of its successors."""
    history = follow_retirements(found.records, curie)
    if not history.steps:
        return
    known = {(step.retired, step.successor) for step in found.history}
    new = (step for step in history.steps if (step.retired, step.successor) not in known)
    found.history = (*found.history, *new)
    lives_on = False
    for successor in history.successors:
        prefix, _, accession = successor.partition(":")
        current = interpretation._replace(identifier=Identifier(prefix, accession), parent=None)
        for gene, relation, _, rank in found.records.find_placements(prefix, accession):
            if rank == 0 and relation != Level.PHENOTYPE:
                lives_on = True
                notes = (*interpretation.notes, f"successor of {curie}")
                if gene.id not in found.matches:
                    found.roots = {**found.roots, gene.id: curie}
                found.add(gene, MatchedAs(kind, successor, level=relation, notes=notes), current)
    if not lives_on:
        found.dead_ends = (*found.dead_ends, curie)


def _find_pairs(best: Sequence[MatchedGene], found: Found) -> None:
    """Read which of the best matches are orthologs, where a name matches genes of both species."""
    if best[0].precedence.tier != IDENTIFIED.tier and len({one.gene.taxon for one in best}) > 1:
        found.pairs = found.records.find_ortholog_pairs([one.gene.id for one in best])


def _find_standings(found: Found) -> None:
    """Read what orders the genes of one species that match equally well."""
    best = select_best(found.matches.values(), is_strict=True)
    if len(best) == len({one.gene.taxon for one in best}):
        return
    types = found.reader.find_gene_types([one.gene.id for one in best])
    found.standings = {one.gene.id: Standing(types[one.gene.id], _count_sources(one, found.reader)) for one in best}


def _find_counterparts(best: Sequence[MatchedGene], found: Found) -> None:
    """Read the orthologs where a name matches several genes of one species alone, all in other capitals."""
    is_corrected = all(one.matched_as.case_corrected for one in best)
    if len(best) > 1 and is_corrected and len({one.gene.taxon for one in best}) == 1:
        found.links = {one.gene.id: found.records.find_orthologs(one.gene.id) for one in best}


def _count_sources(matched: MatchedGene, reader: GeneReader) -> int:
    """Return how many files state the name that matched, or that the identifier is of the gene."""
    gene, matched_as = matched.gene, matched.matched_as
    if matched.precedence.tier == IDENTIFIED.tier:
        return len(reader.find_identifier_evidence(matched_as.value, gene.id))
    return len(reader.find_name_evidence(fold_name(matched_as.value), gene.id))
