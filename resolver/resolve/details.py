"""What an answer shows of its genes: read from the release at once, before the answer is rendered."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..identifiers.model import Level
from ..identifiers.names import fold_name
from .evidence import Supported, gather_support
from .marked import find_marks
from .options import Consensus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..genes.marks import Mark
    from ..genes.model import GeneRecord, OrthologLink
    from .options import Options
    from .outcome import AnswerData, MatchedGene

_PRODUCTS = (Level.TRANSCRIPT, Level.PROTEIN)
_PAIRED = ("refseq:", "ensembl:")
_NOTHING: Mapping[int, Any] = MappingProxyType({})


class GeneDetails(NamedTuple):
    """What is shown of one matched gene.

    `partners` are the proteins of the transcript that was queried, or the transcripts of the protein; `name_sources`
    the files that report the name that matched.
    """

    match: MatchedGene
    links: Sequence[OrthologLink]
    partners: Sequence[str]
    name_sources: tuple[str, ...]


class Details(NamedTuple):
    """What is shown of all genes of an answer.

    `documents` are each shown gene's part of the answer as the release has it: of the matched genes, their orthologs,
    and the genes that the answer was converted to. `supported` are the identifiers by number of the gene, which
    `consensus` and `explain` need. `sources` are the files of the release, if shown.
    """

    genes: Sequence[GeneDetails]
    documents: Mapping[GeneRecord, bytes]
    supported: Mapping[int, list[Supported]]
    marks: Sequence[Mark]
    sources: Sequence[dict[str, object]]


def find_details(answer: AnswerData) -> Details:
    """Return what the answer shows. Cost: two or three probes for each gene, more with `explain` or `consensus`."""
    reader, options = answer.reader, answer.options
    has_orthologs = _shows(options, "orthologs") or (_shows(options, "marks") and bool(answer.known_marks))
    genes = [_find_gene(match, options, has_orthologs=has_orthologs) for match in answer.genes]
    supported: Mapping[int, list[Supported]] = _NOTHING
    documents: dict[GeneRecord, bytes] = {}
    for match, links, *_ in genes:
        if match.gene not in documents:
            documents[match.gene] = reader.get_document(match.gene.id)
        for link in links:
            if link.gene not in documents:
                documents[link.gene] = reader.get_document(link.gene.id)
    for one in answer.converted or ():
        if one.gene not in documents:
            documents[one.gene] = reader.get_document(one.gene.id)
    if options.consensus is not Consensus.ANY:
        supported = {gene.id: gather_support(reader, gene.id) for gene in documents}
    elif options.explain:
        supported = {match.gene.id: gather_support(reader, match.gene.id) for match in answer.genes}
    marks = find_marks(answer, [link for gene in genes for link in gene.links]) if answer.known_marks else ()
    return Details(genes, documents, supported, marks, reader.list_sources() if options.explain else ())


def _shows(options: Options, field: str) -> bool:
    return options.fields is None or field in options.fields or "genes" in options.fields


def _find_gene(match: MatchedGene, options: Options, *, has_orthologs: bool) -> GeneDetails:
    gene, matched_as, reader, _ = match
    has_partners = matched_as.level in _PRODUCTS and matched_as.value.startswith(_PAIRED)
    return GeneDetails(
        match,
        reader.find_orthologs(gene.id) if has_orthologs else (),
        reader.find_partners(matched_as.value) if has_partners else (),
        reader.find_name_evidence(fold_name(matched_as.value), gene.id) if options.explain else (),
    )
