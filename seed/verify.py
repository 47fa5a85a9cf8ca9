"""Decide whether a draft is fit to be published: its structure, then queries with known answers."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from resolver.errors import ReleaseCorrupt
from resolver.identifiers.species import SPECIES
from resolver.resolve.outcome import Outcome
from resolver.resolve.resolver import Resolver
from resolver.store.gene_reader import GeneReader

if TYPE_CHECKING:
    from resolver.store.release import Release

# Queries that every release must resolve: (query, expected gene, its ortholog).
GOLDEN = (
    ("P13232", "hgnc:6023", "mgi:96561"),
    ("ENSMUSG00000040329", "mgi:96561", "hgnc:6023"),
    ("NM_000880", "hgnc:6023", "mgi:96561"),
    ("omim:146660", "hgnc:6023", "mgi:96561"),
)

# SQL statements that must count 0, each with the meaning of a hit.
_NOTHING = (
    ("SELECT count(*) FROM pragma_foreign_key_check", "rows that point at nothing"),
    ("SELECT count(*) FROM gene WHERE id NOT IN (SELECT id FROM gene_document)", "genes without a document"),
    (
        "SELECT count(*) FROM (SELECT 1 FROM identifier GROUP BY gene_id, prefix, rank HAVING count(*) > 1)",
        "ranks that occur twice",
    ),
    (
        "SELECT count(*) FROM (SELECT 1 FROM identifier GROUP BY accession, prefix HAVING min(assignment_rank) > 0)",
        "identifiers without a primary assignment",
    ),
    ("SELECT count(*) FROM gene WHERE id NOT IN (SELECT gene_id FROM identifier)", "genes without an identifier"),
)  # fmt: skip


# A release with less than this share of what the last one had needs a person's consent.
MIN_SHARE = 0.98


def find_drops(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return each count, by namespace and species, that fell by more than 2%, in words."""
    drops = []
    expected = {"genes": before["genes"], **before["identifiers"]}
    found = {"genes": after["genes"], **after["identifiers"]}
    for row, old in expected.items():
        new = found.get(row, {})
        for species, number in old.items():
            if new.get(species, 0) < MIN_SHARE * number:
                drops.append(f"{species} {row}: {number:,} before, {new.get(species, 0):,} now")
    return drops


def verify_release(release: Release) -> None:
    """Raise ReleaseCorrupt, with everything that is wrong, unless the release is fit to serve."""
    _refuse(release, [*_check_structure(release), *_check_golden(release)])


def verify_answers(release: Release) -> None:
    """Raise ReleaseCorrupt unless the release answers the queries with known answers; takes some milliseconds."""
    _refuse(release, _check_golden(release))


def _refuse(release: Release, failures: list[str]) -> None:
    if failures:
        raise ReleaseCorrupt(
            f"{release.folder.name} is not fit to be published: {'; '.join(failures)}",
            hint="Nothing was published; the current release is unchanged.",
        )


def _check_structure(release: Release) -> list[str]:
    failures = []
    connection = sqlite3.connect(f"file:{release.database}?mode=ro", uri=True)
    try:
        state = connection.execute("PRAGMA quick_check").fetchone()[0]
        if state != "ok":
            failures.append(f"the database is damaged: {state}")
        for statement, meaning in _NOTHING:
            (number,) = connection.execute(statement).fetchone()
            if number:
                failures.append(f"{number} {meaning}")
        for taxon, species in SPECIES.items():
            (number,) = connection.execute("SELECT count(*) FROM gene WHERE taxon = ?", (taxon,)).fetchone()
            if not number:
                failures.append(f"no {species.name} gene")
    finally:
        connection.close()
    return failures


def _check_golden(release: Release) -> list[str]:
    failures = []
    resolver = Resolver(GeneReader(release))
    for query, gene, ortholog in GOLDEN:
        answer = resolver.resolve(query)
        found = [(each.gene.curie, [link.gene.curie for link in each.orthologs]) for each in answer.genes]
        if answer.outcome is not Outcome.RESOLVED or found != [(gene, [ortholog])]:
            failures.append(f"{query} is {answer.outcome}: {found}, not {gene} with ortholog {ortholog}")
    return failures
