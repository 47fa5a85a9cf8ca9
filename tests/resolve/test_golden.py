"""Golden answers: what a biologist expects of each text, in tests/data/golden.csv, where the fact stands beside it."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest

from resolver.identifiers.namespaces import NAMESPACES, NUMBERED
from resolver.identifiers.recognize import recognize
from resolver.identifiers.species import HUMAN, MOUSE, SPECIES
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver

_TABLE = Path(__file__).parent.parent / "data" / "golden.csv"
COMPLAINTS = range(1, 26)
# Of an answer with several successors or candidates the order says nothing.
_ORDERED = {"resolved"}
_AUTHORITIES = {"hgnc": HUMAN, "mgi": MOUSE}
# What says something about an option (a requested ortholog), not about a text.
_OF_OPTIONS = {"no_ortholog", "several_orthologs"}


class Row(NamedTuple):
    """One expectation."""

    text: str
    species: str
    namespace: str
    outcome: str
    reason: str
    genes: tuple[str, ...]
    others: frozenset[str]
    matched: str
    suggests: frozenset[str]
    complaint: int | None
    why: str

    @classmethod
    def read(cls, cells: dict[str, str]) -> Self:
        """Read a line of the table; every column must be there."""
        return cls(
            text=cells["input"],
            species=cells["species"],
            namespace=cells["from"],
            outcome=cells["outcome"],
            reason=cells["reason"],
            genes=tuple(cells["genes"].split()),
            others=frozenset(cells["others"].split()),
            matched=cells["matched"],
            suggests=frozenset(cells["suggests"].split()),
            complaint=int(cells["complaint"]) if cells["complaint"] else None,
            why=cells["why"],
        )

    def __str__(self) -> str:
        """Return the query of the row, as a name for its test."""
        queried = (self.text.strip()[:40] or "blanks", self.species, self.namespace)
        return "-".join(part for part in queried if part)


def _read_rows() -> list[Row]:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return [Row.read(cells) for cells in csv.DictReader(lines[first:], strict=True)]


ROWS = _read_rows()


def _resolve(resolver: Resolver, row: Row) -> dict[str, Any]:
    if row.namespace and row.species:
        return resolver.resolve(row.text, species=row.species, namespace=row.namespace).to_dict()
    if row.namespace:
        return resolver.resolve(row.text, namespace=row.namespace).to_dict()
    if row.species:
        return resolver.resolve(row.text, species=row.species).to_dict()
    return resolver.resolve(row.text).to_dict()


def _curies(genes: list[dict[str, Any]]) -> list[str]:
    return [gene["curie"] for gene in genes]


def _differences(answer: dict[str, Any], row: Row) -> list[str]:
    """Return in what the answer is not as the row expects, each in words."""
    genes = _curies(answer["genes"])
    expected = list(row.genes)
    if row.outcome not in _ORDERED:
        genes, expected = sorted(genes), sorted(expected)
    listed = {*_curies(answer["other_matches"]), *_curies(answer["related"])}
    offered = {offer[key] for offer in answer["suggestions"] for key in ("curie", "identifier")}
    matched = answer["genes"][0]["matched_as"]["kind"] if answer["genes"] else ""
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("outcome", answer["outcome"], row.outcome),
        ("reason", answer["reason"] or "", row.reason),
        ("genes", genes, expected),
        ("matched", matched, row.matched),
        ("others that are not listed", sorted(row.others - listed), []),
        ("suggestions that are missing", sorted(row.suggests - offered), []),
    )
    return [f"{what}: {found}, not {wanted}" for what, found, wanted in pairs if found != wanted]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_embedded_genome_answers_as_expected(resolver: Resolver, row: Row) -> None:
    assert _differences(_resolve(resolver, row), row) == [], row.why


def test_a_miss_by_damage_or_slip_is_never_answered_by_what_it_suggests() -> None:
    assert [str(row) for row in ROWS if row.suggests and row.genes] == []


def test_each_query_is_asked_once() -> None:
    queried = Counter((row.text, row.species, row.namespace) for row in ROWS)
    assert [query for query, times in queried.items() if times > 1] == []


def test_rows_say_what_they_expect_in_the_words_of_answers_and_give_their_fact() -> None:
    for row in ROWS:
        assert row.outcome in set(Outcome), row
        assert row.reason in {"", *Reason}, row
        assert row.species in {"", *(species.name for species in SPECIES.values())}, row
        assert row.namespace in {"", *(namespace.prefix for namespace in NAMESPACES)}, row
        assert bool(row.genes) == bool(row.matched), row
        assert (row.reason == "") == (row.outcome == "resolved" or (row.outcome == "retired" and bool(row.genes))), row
        assert row.why.strip(), row


def test_every_complaint_has_a_row_and_hundreds_of_rows_stand_beside_them() -> None:
    assert {row.complaint for row in ROWS if row.complaint is not None} == set(COMPLAINTS)
    assert sum(row.complaint is None for row in ROWS) >= 300


def test_every_outcome_reason_and_rung_of_the_ladder_has_rows() -> None:
    assert {row.outcome for row in ROWS} == set(Outcome)
    assert {row.reason for row in ROWS} == {"", *Reason} - _OF_OPTIONS
    assert {row.matched for row in ROWS} == {
        "", "identifier", "homology_group", "symbol", "previous_symbol", "alias", "full_name", "retired_symbol",
        "similar_spelling",
    }  # fmt: skip


def test_every_namespace_is_asked_for_each_species_that_it_has() -> None:
    """Of each namespace: a gene of each species that has such identifiers, and one of the other species."""
    found: set[tuple[str, int]] = set()
    missed: set[str] = set()
    for row in ROWS:
        interpretations = recognize(row.text).interpretations
        heads = {curie.partition(":")[0] for curie in row.genes}
        prefixes = (
            {row.namespace}
            if row.namespace
            else {interpretation.identifier.prefix for interpretation in interpretations}
        )
        if row.reason == "wrong_species":
            missed |= prefixes
        found |= {(prefix, _AUTHORITIES[head]) for prefix in prefixes for head in heads if head in _AUTHORITIES}
    for namespace in NAMESPACES:
        taxa = {form.taxon for form in namespace.forms} - {None} or set(SPECIES)
        for each in {HUMAN} if namespace.prefix == "omim" else taxa:
            assert (namespace.prefix, each) in found, namespace.prefix
        assert namespace.prefix in missed, namespace.prefix


def test_every_namespace_of_numbers_is_also_stated_and_not_only_typed() -> None:
    assert {row.namespace for row in ROWS if row.namespace} >= set(NUMBERED)
