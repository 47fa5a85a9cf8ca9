"""Every name of the release finds its gene by its own text, but for numbers that are identifiers and a few more."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

import pytest

from resolver.resolve.column import UNDECIDED
from resolver.resolve.many import answer_many
from resolver.resolve.options import DEFAULT
from resolver.resolve.resolver import Resolver

# A name that is a current identifier of another gene, and texts of several identifiers.
_EXCEPTIONS = {"Endo1`", "gene W"}


@pytest.mark.long
def test_every_name_finds_its_gene_by_its_own_text(resolver: Resolver) -> None:
    genes_of: dict[str, set[int]] = defaultdict(set)
    database = sqlite3.connect(resolver.reader.release.database)
    for text, gene in database.execute("SELECT text, gene_id FROM name"):
        genes_of[text].add(gene)
    texts = list(genes_of)
    answers = answer_many(resolver, ((text, DEFAULT) for text in texts), UNDECIDED, with_suggestions=False)
    lost = [
        text
        for text, answer in zip(texts, answers, strict=True)
        if genes_of[text] - {match.gene.id for match in (*answer.genes, *answer.other_matches)}
    ]
    assert len(texts) > 600_000
    assert {text for text in lost if not text.isdecimal() and "ENS" not in text and "MGI:" not in text} == _EXCEPTIONS
    assert len(lost) < 60
