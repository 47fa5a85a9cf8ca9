"""What the name of a column says: whether it names gene identifiers, and whether their numbers."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..identifiers.namespaces import BY_SPELLING, NUMBERED, folded_spelling

# The beginning of the names of columns without a name, such as `column 2`.
_COLUMN = "column "

# A header is read word by word: `ENTREZ_GENE_ID`, `geneSymbol`, `Approved Gene Symbol`.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_GENES = frozenset([
    "gene", "genes", "geneid", "genename", "genenames", "genesymbol", "symbol", "symbols", "hugo", "hgnc", "mgi",
    "entrez", "ncbi", "locuslink", "ensembl", "ensg", "enst", "ensp", "ensmusg", "refseq", "uniprot", "uniprotkb",
    "swissprot", "protein", "proteins", "proteinid", "transcript", "transcripts", "accession", "accessions", "vega",
    "ccds", "homologene", "omim", "mim", "target", "targets", "locus"
])  # fmt: skip
_IDS = frozenset([
    "name", "names", "id", "ids", "identifier", "identifiers", "feature", "features", "entity", "acc", "ac", "alias",
    "key"
])  # fmt: skip
# With one of these words a column is about genes, and does not name them.
_ABOUT = frozenset([
    "count", "counts", "length", "len", "size", "n", "num", "number", "score", "start", "end", "stop", "pos",
    "position", "chr", "chrom", "chromosome", "strand", "type", "types", "biotype", "class", "category", "description",
    "desc", "title", "expression", "expr", "level", "levels", "ratio", "fraction", "percent", "pct", "fold", "change",
    "fc", "pvalue", "pval", "padj", "value", "values", "rank", "status", "source", "sources", "weight", "mass",
    "function", "note", "notes", "comment", "url", "link", "page", "sequence", "sequences", "seq", "header", "headers",
    "coverage", "total", "family", "group", "groups", "cluster", "pathway", "term", "upstream", "downstream", "change",
    "changes", "distance", "species", "organism", "taxon", "taxid"
])  # fmt: skip
_SHORTEST = 4
_NUMBERED_WORDS = {
    "entrez": "ncbigene", "ncbi": "ncbigene", "ncbigene": "ncbigene", "locuslink": "ncbigene", "geneid": "ncbigene",
    "hgnc": "hgnc", "omim": "omim", "mim": "omim", "mgi": "mgi", "homologene": "homologene",
}  # fmt: skip


class Header(NamedTuple):
    """What a header says.

    `rank` is 2 where it names genes, 1 where it may (`id`, `Name`), else 0. `numbers` is the namespace of bare numbers
    that it names.
    """

    rank: int
    numbers: str | None = None

    @property
    def names_genes(self) -> bool:
        """Whether it names genes."""
        return self.rank == 2


def describe_column(name: str) -> str:
    """Return which column is meant, in words: columns without a name are called `column 2` already."""
    return name if name.startswith(_COLUMN) else f"{_COLUMN}{name}"


def is_about_genes(name: str) -> bool:
    """Return whether a header says that its column is about genes, such as `description`, and does not name them."""
    return not _ABOUT.isdisjoint(word.lower() for word in _WORD.findall(name))


def read_header(name: str) -> Header:
    """Return what the name of a column says."""
    words = [word.lower() for word in _WORD.findall(name)]
    spelled = folded_spelling(name)
    # Shorter spellings (`ref`, `up`) are words of other columns too.
    namespaces = BY_SPELLING.get(spelled, ()) if len(spelled) >= _SHORTEST or _GENES & set(words) else ()
    if namespaces:
        numbers = next((one.prefix for one in namespaces if one.prefix in NUMBERED), None)
        return Header(1 if spelled in _IDS else 2, numbers)
    if _ABOUT & set(words):
        return Header(0)
    numbers = next((_NUMBERED_WORDS[word] for word in words if word in _NUMBERED_WORDS), None)
    return Header(2 if _GENES & set(words) else 1 if _IDS & set(words) else 0, numbers)
