"""The layout of the starter tables: our own, tab-separated, and compressed as the upstreams compress theirs.

Statements that differ in nothing but the value share a row: their values stand side by side, separated by blanks
(`|` between names). Identifiers whose shape tells their namespace (Ensembl, RefSeq, UniProt) stand bare, others as
CURIEs. `evidence` is a code for the set of files that state them; evidence.tsv spells the codes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
TABLES = FOLDER / "tables"
FAMILIES = FOLDER / "families.toml"
UPSTREAM = FOLDER / "upstream.tsv"
CURATED = FOLDER / "curated.tsv"
SOURCES_TABLE = TABLES / "sources.tsv"
EVIDENCE_TABLE = TABLES / "evidence.tsv"


@dataclass(frozen=True, slots=True)
class StarterTable:
    """One kind of fact: its columns as written, and the column whose cells hold several values.

    `split` says by what the rows are spread over several files, to keep each of a size that opens well: `species`, or
    `record` (species, and the namespace of the subject).
    """

    kind: str
    columns: tuple[str, ...]
    packed: str | None
    separator: str = " "
    split: str | None = None


TABLES_OF_FACTS: tuple[StarterTable, ...] = (
    StarterTable(
        "genes",
        ("subject", "taxon", "symbol", "name", "gene_type", "chromosome", "start", "end", "strand", "assembly",
         "map_location", "evidence"),
        packed=None,
        split="species",
    ),
    StarterTable(
        "identifiers",
        ("subject", "relation", "reviewed", "evidence", "identifiers"),
        packed="identifiers",
        split="record",
    ),
    StarterTable("names", ("subject", "kind", "evidence", "names"), packed="names", separator="|", split="species"),
    StarterTable("orthologs", ("human", "evidence", "mouse"), packed="mouse"),
    StarterTable("products", ("transcript", "mane", "evidence", "protein"), packed="protein"),
    StarterTable(
        "retirements", ("successor", "reason", "date", "label", "evidence", "retired"), packed="retired"
    ),
)  # fmt: skip
EVIDENCE_COLUMNS = ("evidence", "sources")
SOURCES_COLUMNS = ("key", "source", "file", "url", "licence", "upstream_version", "upstream_date", "sha256", "note")
UPSTREAM_COLUMNS = ("key", "upstream_version", "upstream_date", "note")
