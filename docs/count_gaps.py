"""Count what a release knows of each kind of gene, for docs/explanation/limits.md.

python -m docs.count_gaps           writes the tables anew, from the current release
python -m docs.count_gaps --check   writes nothing; exits 1 if they differ
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from docs.generate import ROOT, replace_block, table_lines
from resolver.app.stores import open_current_release
from resolver.identifiers.species import SPECIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from resolver.store.release import Release

PAGE = ROOT / "docs" / "explanation" / "limits.md"
CODING = "protein-coding"

_GENES = "SELECT taxon, gene_type IS 'protein-coding' AS coding, count(*) FROM gene GROUP BY 1, 2"
_COVERED = """
    SELECT i.prefix, i.relation, g.taxon, g.gene_type IS 'protein-coding' AS coding, count(DISTINCT g.id)
    FROM identifier i JOIN gene g ON g.id = i.gene_id
    GROUP BY 1, 2, 3, 4
"""
_ORTHOLOGS = """
    SELECT g.taxon, g.gene_type IS 'protein-coding' AS coding, count(DISTINCT g.id)
    FROM ortholog o JOIN gene g ON g.id = o.gene_id GROUP BY 1, 2
"""
_RETIRED = """
    SELECT substr(retired, 1, instr(retired, ':') - 1), count(DISTINCT retired),
           count(DISTINCT CASE WHEN successor <> '' THEN retired END)
    FROM retirement GROUP BY 1
"""
_SHARED = """
    SELECT prefix, relation, count(*), sum(genes > 1) FROM (
        SELECT prefix, relation, accession, count(*) AS genes FROM identifier
        WHERE relation NOT IN ('group', 'phenotype') GROUP BY 1, 2, 3
    ) GROUP BY 1, 2
"""
_VERSIONS = """
    SELECT i.prefix, i.relation, g.taxon, count(DISTINCT i.accession),
           count(DISTINCT CASE WHEN i.version IS NOT NULL THEN i.accession END)
    FROM identifier i JOIN gene g ON g.id = i.gene_id
    WHERE i.prefix IN ('ensembl', 'refseq') GROUP BY 1, 2, 3
"""


def render_gaps(release: Release) -> dict[str, str]:
    """Return the tables of the page, by the name of their block."""
    with closing(sqlite3.connect(f"file:{release.database}?mode=ro", uri=True)) as database:
        genes = {(taxon, bool(coding)): count for taxon, coding, count in database.execute(_GENES)}
        covered: dict[str, dict[tuple[int, bool], int]] = {}
        for prefix, level, taxon, coding, count in database.execute(_COVERED):
            covered.setdefault(f"`{prefix}` {level}", {})[taxon, bool(coding)] = count
        orthologs = {(taxon, bool(coding)): count for taxon, coding, count in database.execute(_ORTHOLOGS)}
        retired = list(database.execute(_RETIRED))
        shared = list(database.execute(_SHARED))
        versions = list(database.execute(_VERSIONS))
    columns = [(taxon, coding) for taxon in SPECIES for coding in (True, False)]
    header = ["", *(f"{SPECIES[taxon].name}, {CODING if coding else 'other types'}" for taxon, coding in columns)]
    rows = [["**genes**", *(f"{genes.get(column, 0):,}" for column in columns)]]
    for name, counts in [*sorted(covered.items()), ("an ortholog", orthologs)]:
        rows.append([name, *(_share(counts.get(column, 0), genes.get(column, 0)) for column in columns)])
    return {
        "coverage": "\n".join(table_lines(header, rows)),
        "retired": "\n".join(
            table_lines(
                ("namespace", "retired identifiers", "with a successor"),
                [(f"`{prefix}`", f"{count:,}", _share(known, count)) for prefix, count, known in retired],
            )
        ),
        "shared": "\n".join(
            table_lines(
                ("namespace", "identifiers", "on several genes"),
                [
                    (f"`{prefix}` {level}", f"{count:,}", _share(several, count))
                    for prefix, level, count, several in shared
                ],
            )
        ),
        "versions": "\n".join(
            table_lines(
                ("namespace", "species", "identifiers", "with a version"),
                [
                    (f"`{prefix}` {level}", SPECIES[taxon].name, f"{count:,}", _share(known, count))
                    for prefix, level, taxon, count, known in versions
                ],
            )
        ),
    }


def _share(part: int, whole: int) -> str:
    """Return a count and its share of the whole, such as `17,800 (18%)`."""
    if not part:
        return "0"
    percent = 100 * part / whole
    return f"{part:,} ({percent:.0f}%)" if percent >= 1 else f"{part:,} (<1%)"


def render_page(release: Release, page: Path = PAGE) -> str:
    """Return the text of the page with the tables of a release."""
    text = page.read_text(encoding="utf-8")
    for name, table in render_gaps(release).items():
        text = replace_block(text, name, table)
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables, or with `--check` compare them; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.count_gaps", description="Count the gaps of a release.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page is out of date")
    check = parser.parse_args(arguments).check
    wanted = render_page(open_current_release())
    if wanted == PAGE.read_text(encoding="utf-8"):
        return 0
    if check:
        sys.stderr.write("docs/explanation/limits.md is out of date. Update it with: python -m docs.count_gaps\n")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
