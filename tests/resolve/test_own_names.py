"""Every name of the release finds its gene by its own text, but for numbers that are identifiers and a few more."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

import pytest

from resolver.genes.ranking import MatchKind
from resolver.resolve.column import UNDECIDED
from resolver.resolve.many import answer_many
from resolver.resolve.options import DEFAULT
from resolver.resolve.outcome import Reason
from resolver.resolve.resolver import Resolver

# A text of several identifiers, and names that are repaired to a gene's symbol: a quote after it, a word before it.
_EXCEPTIONS = {"Endo1`", "gene W", "MGI:2442751, MGI:2385316, MGI:3042283, MGI:3645714, MGI:3605624, MGI:2442750"}


@pytest.mark.long
def test_every_name_finds_its_gene_by_its_own_text(resolver: Resolver) -> None:
    """A gene of the name is in the answer.

    Not so are names that are identifiers of another gene, numbers above all; fusions, which only transgenes have as
    names; and names that another gene has by a better rule: there the gene of the name is in `other_matches`.
    """
    genes_of: dict[str, set[int]] = defaultdict(set)
    database = sqlite3.connect(resolver.reader.release.database)
    for text, gene in database.execute("SELECT text, gene_id FROM name"):
        genes_of[text].add(gene)
    texts = list(genes_of)
    answers = answer_many(resolver, ((text, DEFAULT) for text in texts), UNDECIDED, with_suggestions=False)
    lost, outranked, identifiers, fusions = set(), 0, 0, 0
    for text, answer in zip(texts, answers, strict=True):
        if not genes_of[text].isdisjoint(match.gene.id for match in answer.genes):
            continue
        if not genes_of[text].isdisjoint(match.gene.id for match in answer.other_matches):
            outranked += 1
        elif text.isdecimal() or any(match.matched_as.kind is MatchKind.IDENTIFIER for match in answer.genes):
            identifiers += 1
        elif answer.reason is Reason.OUT_OF_SCOPE and "gene fusion" in (answer.hint or ""):
            fusions += 1
        else:
            lost.add(text)
    assert len(texts) > 600_000
    assert lost == _EXCEPTIONS
    assert outranked < 400
    assert identifiers < 50
    assert fusions < 30
