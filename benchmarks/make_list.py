"""Makes a list as people have them: real identifiers of a release, and what time and spreadsheets did to some.

    python -m benchmarks.make_list genes.csv --rows 20000 --seed 7

Of a hundred rows: 42 Ensembl genes with versions, 15 symbols, 8 UniProt accessions, 6 Entrez numbers, 6 RefSeq
transcripts, 6 of mouse, 4 retired, 4 that a spreadsheet made dates of, 3 ambiguous, 3 lists in a cell, 2 that nobody
knows, 1 empty. The same seed on the same release gives the same list.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from resolver.app.environment import find_data_dir
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.store.release import get_current_release

_MADE_BY_SPREADSHEETS = (
    "1-Mar",
    "2-Mar",
    "5-Mar",
    "1-Sep",
    "7-Sep",
    "10-Sep",
    "1-Dec",
    "Mar-01",
    "2001-03-01",
    "36951",
)
_NOBODY_KNOWS = (
    "LOC999999999",
    "novel_transcript_17",
    "ENSG0000104432",
    "NM_999999999.1",
    "gene-not-annotated",
    "AC0000.0",
)

_SYMBOLS = "FROM name WHERE kind = 'symbol'"
_AMBIGUOUS = "FROM name WHERE kind <> 'symbol' GROUP BY folded HAVING count(*) > 1"
# Rows of a text, its prefix, and the taxon; NULL fits all.
_QUERIES = {
    "identifier": "SELECT accession, prefix, taxon FROM identifier JOIN gene ON gene.id = gene_id"
    " WHERE assignment_rank = 0",
    "symbol": f"SELECT text, NULL, taxon {_SYMBOLS} ORDER BY text",
    "ambiguous": f"SELECT min(text), NULL, NULL {_AMBIGUOUS} ORDER BY 1",
    "retired": "SELECT DISTINCT retired, NULL, NULL FROM retirement ORDER BY 1",
}

Pick = Callable[[], str]


class Lists:
    """Draws identifiers of a release, of one kind each."""

    def __init__(self, database: Path, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  (no secret is made of it)
        with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as connection:
            self._rows = {table: connection.execute(query).fetchall() for table, query in _QUERIES.items()}

    def draw(self, kind: str, taxon: int | None = None, shape: str = "") -> Pick:
        """Return what draws texts of a namespace or kind; those of a few genes come again and again."""
        fits = re.compile(shape).search
        table = kind if kind in _QUERIES else "identifier"
        listed = [
            text
            for text, prefix, of_taxon in self._rows[table]
            if prefix in {kind, None} and taxon in {of_taxon, None} and fits(text)
        ]
        if not listed:
            return self.unknown
        return lambda: listed[min(self._random.randrange(len(listed)), self._random.randrange(len(listed)))]

    def versioned(self, pick: Pick) -> Pick:
        """Return the same with a version behind."""
        return lambda: f"{pick()}.{self._random.randint(1, 19)}"

    def mangled(self) -> str:
        """Return what a spreadsheet leaves of a symbol or a number."""
        return self._random.choice(_MADE_BY_SPREADSHEETS)

    def unknown(self) -> str:
        """Return what no release has."""
        made = f"ENSG{self._random.randint(90_000_000, 99_999_999):011d}"
        return self._random.choice([*_NOBODY_KNOWS, made, made, made])

    def listed(self, pick: Pick) -> Pick:
        """Return several in one cell."""
        return lambda: ";".join(pick() for _ in range(self._random.randint(2, 3)))

    def rows(self, number: int) -> list[tuple[str, str, str, str]]:
        """Return the rows of the list."""
        gene = self.draw("ensembl", taxon=HUMAN, shape="^ENSG")
        uniprot = self.draw("uniprot", taxon=HUMAN)
        kinds: list[tuple[int, Pick]] = [
            (42, self.versioned(gene)),
            (15, self.draw("symbol", taxon=HUMAN, shape="^[A-Z0-9-]+$")),
            (8, uniprot),
            (6, self.draw("ncbigene", taxon=HUMAN)),
            (6, self.versioned(self.draw("refseq", taxon=HUMAN, shape="^NM_"))),
            (3, self.versioned(self.draw("ensembl", taxon=MOUSE, shape="^ENSMUSG"))),
            (3, self.draw("symbol", taxon=MOUSE, shape="^[A-Z][a-z]+[0-9]*$")),
            (4, self.draw("retired")),
            (4, self.mangled),
            (3, self.draw("ambiguous")),
            (3, self.listed(uniprot)),
            (2, self.unknown),
            (1, lambda: ""),
        ]
        picks = self._random.choices([pick for _, pick in kinds], [weight for weight, _ in kinds], k=number)
        return [
            (f"s{line:06d}", pick(), f"{self._random.gauss(0, 2):.3f}", f"{self._random.random() ** 4:.2e}")
            for line, pick in enumerate(picks, start=1)
        ]


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    release = get_current_release(find_data_dir())
    with arguments.file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("sample", "gene_id", "log2FC", "pvalue"))
        table.writerows(Lists(release.database, arguments.seed).rows(arguments.rows))
    print(f"{arguments.file}: {arguments.rows:,} rows of {release.title}")


if __name__ == "__main__":
    main()
