"""The card of a gene: its identifiers in human and mouse side by side, as an encyclopedia's gene box shows them."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..identifiers.links import LINK_TARGETS
from ..identifiers.namespaces import BY_PREFIX, XREF_GROUPS
from ..identifiers.species import HUMAN, SPECIES
from .links import add_links

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..genes.model import GeneRecord, OrthologLink
    from ..identifiers.links import LinkTarget
    from ..store.gene_reader import GeneReader
    from .answer import Answer

WIDTH, _WIDEST = 80, 120
_SHOWN, _NAMES_SHOWN = 5, 10
_ALL = 1_000_000
_LABELS = 18
_GAP = 2
# The namespaces that have rows of their own; the header lists the others.
_IN_ROWS = ("ncbigene", "ensembl", "uniprot", "refseq", "ccds")


class Span(NamedTuple):
    """A piece of a line in one style: `title`, `label`, `mark`, `weak` or none; `url` is the page that it names."""

    text: str
    style: str = ""
    url: str | None = None


Line = list[Span]


class _Side(NamedTuple):
    """The document of one of the genes, and the number that the first of its links has below the card."""

    document: dict[str, Any]
    first_link: int

    def list_links(self) -> Iterator[tuple[int, LinkTarget, str]]:
        """Yield (number, target, address) of its links."""
        found = [(target, url) for target in LINK_TARGETS if (url := self.document["links"][target.key])]
        for number, (target, url) in enumerate(found, start=self.first_link):
            yield number, target, url


def make_cards(answer: Answer, width: int = WIDTH, *, shows_all: bool = False) -> list[list[Line]]:
    """Return the lines of a card for each gene of an answer; a gene and its ortholog share one.

    Longer lists than five entries or ten names are cut, and the rest is counted, unless `shows_all`. `width` is at
    least 80 and at most 120 columns.
    """
    width = min(max(width, WIDTH), _WIDEST)
    limit = _ALL if shows_all else _SHOWN
    cards: list[list[Line]] = []
    for pair in list_gene_pairs(answer):
        sides: list[_Side] = []
        first = 1
        for document in pair.read_documents(answer.reader):
            sides.append(_Side(document, first))
            first += len(list(sides[-1].list_links()))
        cards.append(list(_draw(sides, describe_orthologs(pair, limit), width, limit)))
    return cards


class GenePair(NamedTuple):
    """A gene of an answer and the ortholog that is shown beside it, if there is one.

    `genes` are both, human first; `link` leads to the ortholog, `links` are those to all orthologs.
    """

    gene: GeneRecord
    genes: tuple[GeneRecord, ...]
    link: OrthologLink | None
    links: Sequence[OrthologLink]

    def read_documents(self, reader: GeneReader) -> list[dict[str, Any]]:
        """Return the documents of the genes, with links."""
        return [orjson.loads(add_links(reader.get_document(one.id), one.taxon)) for one in self.genes]


def list_gene_pairs(answer: Answer) -> list[GenePair]:
    """Return the genes of an answer, each with its ortholog; a gene and its ortholog are one pair."""
    pairs: list[GenePair] = []
    seen: set[GeneRecord] = set()
    matched = [found.gene for found in answer.genes]
    for gene in matched:
        if gene in seen:
            continue
        links = answer.reader.find_orthologs(gene.id)
        # The best supported ortholog, unless the query matches another one itself.
        link = next((link for link in links if link.gene in matched), links[0] if links else None)
        genes = sorted([gene] if link is None else [gene, link.gene], key=lambda one: one.taxon != HUMAN)
        seen.update(genes)
        pairs.append(GenePair(gene, tuple(genes), link, links))
    return pairs


def render_cards(cards: list[list[Line]]) -> str:
    """Return cards as plain text."""
    return "\n".join("".join("".join(span.text for span in line) + "\n" for line in card) for card in cards)


def describe_orthologs(pair: GenePair, limit: int = _SHOWN) -> str:
    """Return in words how well the ortholog of a pair is supported, and the other orthologs up to a limit."""
    gene, _, link, links = pair
    if link is None:
        other = next(species.name for taxon, species in SPECIES.items() if taxon != gene.taxon)
        return f"no source asserts a {other} ortholog"
    support = f"{link.cardinality}, asserted by {link.support} organization{'s' if link.support != 1 else ''}"
    others = [other.gene for other in links if other.gene != link.gene]
    if not others:
        return support
    return f"{support}; also {_join([f'{other.symbol} ({other.curie})' for other in others], limit)}"


def _join(texts: list[str], limit: int) -> str:
    """Return the first texts, and the number of the others."""
    rest = f" and {len(texts) - limit} more" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + rest


def _draw(sides: list[_Side], orthologs: str, width: int, limit: int) -> Iterator[Line]:
    first = sides[0].document
    begin, *rest = textwrap.wrap(f"{first['symbol']}  {first['name'] or ''}", width, break_on_hyphens=False)
    yield [Span(first["symbol"], "title"), Span(begin[len(first["symbol"]) :])]
    yield from ([Span(part)] for part in rest)
    yield from _wide_row("External IDs", _list_external(sides, limit), width)
    yield from _wide_row("Orthologs", orthologs, width)
    yield [Span("─" * width, "weak")]
    columns = [list(_list_rows(side, limit)) for side in sides]
    room = (width - _LABELS - _GAP * (len(sides) - 1)) // len(sides)
    for rows in zip(*columns, strict=True):
        cells = [_wrap(entries, room) for _, entries in rows]
        for number in range(max(map(len, cells))):
            line = [Span(f"{rows[0][0] if number == 0 else '':{_LABELS}}", "label")]
            for cell in cells:
                spans = cell[number] if number < len(cell) else []
                line += [*spans, Span(" " * (room + _GAP - sum(len(span.text) for span in spans)))]
            yield _strip(line)
    yield [Span("─" * width, "weak")]
    for side in sides:
        for number, _, url in side.list_links():
            yield [Span(f"{f'[{number}]':>4} ", "label"), Span(url, "", url)]


def _wide_row(label: str, text: str, width: int) -> Iterator[Line]:
    kept = text.replace(": ", ":\xa0")  # a title stays beside its identifier
    for number, part in enumerate(textwrap.wrap(kept, width - _LABELS, break_on_hyphens=False)):
        yield [Span(f"{label if number == 0 else '':{_LABELS}}", "label"), Span(part.replace("\xa0", " "))]


def _strip(line: Line) -> Line:
    while line and not line[-1].text.strip():
        line.pop()
    return line


def _wrap(entries: list[Line], room: int) -> list[Line]:
    """Return the lines of a cell; an entry that does not fit continues on the next line."""
    lines: list[Line] = []
    for entry in entries:
        if sum(len(span.text) for span in entry) <= room:
            lines.append(entry)
        else:
            for span in entry:
                parts = textwrap.wrap(span.text, room, break_on_hyphens=False)
                lines += [[span._replace(text=part)] for part in parts]
    return lines


def _list_external(sides: list[_Side], limit: int) -> str:
    """Return the identifiers that have no row of their own, and the symbol by which GeneCards names a human gene."""
    shown = []
    for prefix in (prefix for prefix in XREF_GROUPS if prefix not in _IN_ROWS):
        curies = [xref["curie"] for side in sides for xref in side.document["xrefs"].get(prefix, ())]
        accessions = list(dict.fromkeys(curie.partition(":")[2] for curie in curies))
        if accessions:
            title = BY_PREFIX[prefix].title.partition(" (")[0]
            shown.append(f"{title}: {_join(accessions, limit)}")
    if sides[0].document["xrefs"].get("hgnc"):
        shown.append(f"GeneCards: {sides[0].document['symbol']}")
    return "; ".join(shown)


def _list_rows(side: _Side, limit: int) -> Iterator[tuple[str, list[Line]]]:
    """Yield the rows of one gene: a label and the entries of its cell."""
    document, xrefs = side.document, side.document["xrefs"]
    mrnas, rnas, proteins = pair_products(xrefs.get("refseq", []))

    def listed(found: list[dict[str, Any]]) -> list[Line]:
        rest = [[Span(f"and {len(found) - limit} more", "weak")]] if len(found) > limit else []
        return [_show_xref(xref) for xref in found[:limit]] + rest

    def named(names: list[str]) -> list[Line]:
        return _show_text(_join(names, max(limit, _NAMES_SHOWN)))

    yield "Species", [[Span(document["species"].capitalize(), "label")]]
    yield "Symbol", [[Span(document["symbol"], "title")]]
    yield "Name", _show_text(document["name"])
    yield "Previous symbols", named(document["names"]["previous_symbol"])
    yield "Aliases", named(document["names"]["alias"])
    yield "Gene type", _show_text(document["gene_type"])
    yield "Entrez", listed(xrefs.get("ncbigene", []))
    yield "Ensembl", listed([xref for xref in xrefs.get("ensembl", []) if xref["level"] == "gene"])
    yield "UniProt", listed(xrefs.get("uniprot", []))
    yield "RefSeq (mRNA)", listed(mrnas)
    yield "RefSeq (protein)", listed(proteins)
    yield "RefSeq (ncRNA)", listed(rnas)
    yield "CCDS", listed(xrefs.get("ccds", []))
    yield "Location (UCSC)", _show_location(document["location"])
    links = list(side.list_links())
    yield "PubMed search", [[Span(f"[{n}]", "", url)] for n, target, url in links if target.kind == "literature"]
    yield (
        "Expression",
        [[Span(target.title, "", url), Span(f" [{n}]")] for n, target, url in links if target.kind == "expression"],
    )


def _show_text(text: str | None) -> list[Line]:
    return [[Span(text)]] if text else []


def _show_xref(xref: dict[str, Any]) -> Line:
    marks = [word for word, applies in (("reviewed", xref.get("reviewed")), ("MANE", xref.get("mane"))) if applies]
    return [Span(xref["identifier"], "", xref["url"]), *(Span(f" {word}", "mark") for word in marks)]


def pair_products(refseq: list[dict[str, Any]]) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the mRNAs, other RNAs and proteins of a gene; a protein stands at the place of the mRNA that encodes it.

    Those of unknown pairs come last.
    """
    transcripts = [xref for xref in refseq if xref["level"] == "transcript"]
    proteins = {xref["identifier"]: xref for xref in refseq if xref["level"] == "protein"}
    mrnas = [xref for xref in transcripts if xref["identifier"][1] == "M"]  # NM_, XM_
    rnas = [xref for xref in transcripts if xref["identifier"][1] != "M"]
    mrnas.sort(key=lambda xref: not any(pair in proteins for pair in xref["pairs"]))
    encoded = [pair for xref in mrnas for pair in xref["pairs"] if pair in proteins]
    rest = proteins.keys() - set(encoded)
    ordered = [*encoded, *(identifier for identifier in proteins if identifier in rest)]
    return mrnas, rnas, [proteins[identifier] for identifier in ordered]


def format_position(location: dict[str, Any]) -> str:
    """Return a position as the UCSC browser reads it; empty if the gene has none."""
    if location["start"] is None:
        return ""
    chromosome = location["chromosome"]  # MT is chrM at UCSC; scaffolds have other names there
    name = f"chr{chromosome.removesuffix('T')}" if re.fullmatch("[0-9]+|[XY]|MT", chromosome) else chromosome
    return f"{name}:{location['start']:,}-{location['end']:,}"


def _show_location(location: dict[str, Any]) -> list[Line]:
    """Return the position, and the band or map position with the assembly."""
    rest = ", ".join(part for part in (location["map_location"], location["assembly"]) if part)
    return _show_text(format_position(location)) + _show_text(rest)
