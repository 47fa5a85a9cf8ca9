"""The gene box: the identifiers of a gene and its ortholog side by side, with who reports each of them."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from ..identifiers.links import LINK_TARGETS
from ..identifiers.namespaces import BY_PREFIX, XREF_GROUPS
from ..resolve.card import describe_orthologs, pair_products
from ..resolve.evidence import gather_support, organization_of
from .chromosomes import Place, describe_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..genes.marks import Mark
    from ..genes.model import GeneRecord
    from ..resolve.answer import Answer
    from ..resolve.card import GenePair
    from ..resolve.evidence import Supported

# What is shown before "more", what is listed at all, and how many rows of evidence.
SHOWN, MOST, MOST_EVIDENCE = 5, 40, 60
_OWN_ROWS = ("ncbigene", "ensembl", "hgnc", "mgi", "uniprot", "refseq", "omim", "homologene", "ccds", "vega")
_MANE = {"select": "MANE Select", "plus_clinical": "MANE Plus Clinical"}


class Item(NamedTuple):
    """An identifier as it is shown: `badges` are words beside it, `mark` is set if it is stale.

    `against` are the genes that other sources place it on.
    """

    text: str
    curie: str
    url: str | None
    version: int | None = None
    badges: tuple[str, ...] = ()
    mark: Mark | None = None
    against: tuple[str, ...] = ()


class Entry(NamedTuple):
    """A line of a cell: a transcript with its proteins, or one identifier."""

    items: tuple[Item, ...]


class Cell(NamedTuple):
    """The cell of one species in a row: the first entries, the others, and how many are left out."""

    first: Sequence[Entry]
    more: Sequence[Entry]
    left_out: int


class Row(NamedTuple):
    """A row of the box: its label, a note, and a cell for each species."""

    key: str
    label: str
    note: str
    cells: Sequence[Cell]


class Evidence(NamedTuple):
    """Who reports an identifier of a gene, and who places it on another one."""

    curie: str
    organizations: str
    agreed: int
    voters: int
    against: Sequence[str]


class Side(NamedTuple):
    """One gene of the box."""

    document: dict[str, Any]
    place: Place
    identifiers: Sequence[str]
    curies: Sequence[str]
    links: Mapping[str, Sequence[tuple[str, str, str]]]
    evidence: Sequence[Evidence]
    evidence_left_out: int
    contradictions: int
    is_matched: bool


class Box(NamedTuple):
    """The whole box; `source_keys` are the files that report anything in it."""

    sides: Sequence[Side]
    rows: Sequence[Row]
    orthologs: str
    marks: Sequence[Mark]
    source_keys: frozenset[str]


def build_box(answer: Answer, pair: GenePair, organizations: Mapping[str, str]) -> Box:
    """Return the box of a gene and its ortholog; `organizations` are the names of those behind source files.

    Cost: some probes for each gene, and one for each identifier that several genes have.
    """
    matched = {found.gene for found in answer.genes}
    sides: list[Side] = []
    columns: list[list[tuple[str, str, str, list[Entry]]]] = []
    marks: dict[str, Mark] = {}
    keys: set[str] = set()
    for gene, document in zip(pair.genes, pair.read_documents(answer.reader), strict=True):
        supported = gather_support(answer.reader, gene.id)
        maker = _ItemMaker(answer, supported)
        columns.append(list(_list_rows(document, maker)))
        marks |= maker.marks
        keys.update(key for one in supported for key in one.record.sources)
        sides.append(_make_side(gene, document, supported, organizations, is_matched=gene in matched))
    rows = []
    for cells in zip_longest(*columns):
        if any(entries for *_, entries in cells):
            key, label, note, _ = cells[0]
            rows.append(Row(key, label, note, [_make_cell(entries) for *_, entries in cells]))
    return Box(sides, rows, describe_orthologs(pair), list(marks.values()), frozenset(keys))


def _make_cell(entries: list[Entry]) -> Cell:
    first = SHOWN if len(entries) > SHOWN + 1 else len(entries)
    return Cell(entries[:first], entries[first:MOST], max(0, len(entries) - MOST))


class _ItemMaker:
    """Make the items of one gene, and collect the marks that they have."""

    def __init__(self, answer: Answer, supported: Iterable[Supported]) -> None:
        self._known = answer.known_marks
        self._rivals = {one.record.curie: one.rivals for one in supported if one.rivals}
        self.marks: dict[str, Mark] = {}

    def make(self, xref: dict[str, Any], *badges: str) -> Item:
        curie = xref["curie"]
        mark = self._known.find(curie) if self._known else None
        if mark is not None:
            self.marks[curie] = mark
        words = [*badges]
        if xref.get("reviewed"):
            words.append("reviewed")
        if xref.get("mane"):
            words.append(_MANE.get(xref["mane"], f"MANE {xref['mane']}"))
        against = tuple(f"{rival.symbol} ({rival.gene})" for rival in self._rivals.get(curie, ()))
        return Item(xref["identifier"], curie, xref["url"], xref.get("version"), tuple(words), mark, against)

    def list_each(self, xrefs: Iterable[dict[str, Any]], *badges: str) -> list[Entry]:
        return [Entry((self.make(xref, *badges),)) for xref in xrefs]

    def pair(self, transcripts: list[dict[str, Any]], proteins: list[dict[str, Any]]) -> list[Entry]:
        """Return each transcript beside the proteins that it encodes, MANE first, then proteins of unknown pairs."""
        by_name = {xref["identifier"]: xref for xref in proteins}
        seen: set[str] = set()
        entries = []
        for xref in sorted(transcripts, key=lambda one: (not one["mane"], not one["pairs"])):
            partners = [name for name in xref["pairs"] if name in by_name]
            seen.update(partners)
            # The badge stands once, at the end of the pair.
            pair = [xref, *(by_name[name] for name in partners)]
            items = [self.make(one | {"mane": None}) for one in pair[:-1]]
            entries.append(Entry((*items, self.make(pair[-1] | {"mane": xref["mane"]}))))
        return entries + self.list_each(xref for name, xref in by_name.items() if name not in seen)


def _list_rows(document: dict[str, Any], maker: _ItemMaker) -> list[tuple[str, str, str, list[Entry]]]:
    """Return key, label, note and entries of each row that a gene can have, in order."""
    xrefs = document["xrefs"]

    def of(prefix: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = xrefs.get(prefix, [])
        return found

    def at(prefix: str, level: str) -> list[dict[str, Any]]:
        return [xref for xref in of(prefix) if xref["level"] == level]

    refseq = of("refseq")
    mrnas, rnas, _ = pair_products(refseq)
    products = maker.pair(mrnas, at("refseq", "protein"))
    ensembl = maker.pair(at("ensembl", "transcript"), at("ensembl", "protein"))
    genomic = [xref for xref in refseq if xref["level"] not in {"transcript", "protein"}]
    others = [prefix for prefix in XREF_GROUPS if prefix not in _OWN_ROWS]
    return [
        ("ncbigene", "Entrez", "NCBI Gene", maker.list_each(of("ncbigene"))),
        ("ensembl.gene", "Ensembl", "gene", maker.list_each(at("ensembl", "gene"))),
        ("ensembl.transcript", "Ensembl", "transcript and protein", ensembl),
        ("uniprot", "UniProt", "reviewed first", maker.list_each(of("uniprot"))),
        ("refseq.mrna", "RefSeq", "mRNA and protein", products),
        ("refseq.rna", "RefSeq", "non-coding RNA", maker.list_each(rnas)),
        ("refseq.genomic", "RefSeq", "genomic", maker.list_each(genomic)),
        ("omim", "OMIM", "gene", maker.list_each(of("omim"))),
        ("phenotype", "OMIM", "phenotypes", maker.list_each(document["phenotypes"])),
        ("mgi", "MGI", "", maker.list_each(of("mgi"))),
        ("hgnc", "HGNC", "", maker.list_each(of("hgnc"))),
        ("homologene", "HomoloGene", "archived", maker.list_each(of("homologene"))),
        ("ccds", "CCDS", "", maker.list_each(of("ccds"))),
        ("vega", "VEGA", "archived", maker.list_each(of("vega"))),
        *((prefix, BY_PREFIX[prefix].title, "", maker.list_each(of(prefix))) for prefix in others),
    ]


def _make_side(
    gene: GeneRecord,
    document: dict[str, Any],
    supported: list[Supported],
    organizations: Mapping[str, str],
    *,
    is_matched: bool,
) -> Side:
    links: dict[str, list[tuple[str, str, str]]] = {"literature": [], "expression": []}
    for target in LINK_TARGETS:
        if url := document["links"][target.key]:
            links[target.kind].append((target.title, url, target.shows))
    evidence = [_describe_support(one, organizations) for one in sorted(supported, key=lambda one: not one.rivals)]
    listed = {xref["curie"]: xref["identifier"] for group in document["xrefs"].values() for xref in group}
    curies = list(dict.fromkeys([gene.curie, *listed]))
    return Side(
        document, describe_place(document["location"]), list(listed.values()), curies, links, evidence[:MOST_EVIDENCE],
        max(0, len(evidence) - MOST_EVIDENCE), sum(bool(one.rivals) for one in supported), is_matched,
    )  # fmt: skip


def _describe_support(supported: Supported, organizations: Mapping[str, str]) -> Evidence:
    record, agreement, rivals = supported
    against = [f"{_name(rival.sources, organizations)}: {rival.symbol} ({rival.gene})" for rival in rivals]
    names = _name(record.sources, organizations)
    return Evidence(record.curie, names, agreement.agreed, agreement.voters, against)


def _name(sources: Iterable[str], organizations: Mapping[str, str]) -> str:
    names = {organizations.get(key, organization_of(key)) for key in sources}
    return ", ".join(sorted(names))
