"""What names no gene by itself and concerns one is explained, with the gene as suggestion."""

from __future__ import annotations

import pytest

from resolver.identifiers.foreign import find_foreign
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_texts


def _explained(resolver: Resolver, text: str) -> tuple[str, str | None, list[str]]:
    answer = resolver.resolve(text)
    assert not answer.genes
    assert "spelling" not in (answer.hint or "")
    plain = next(resolver.resolve_many([text]))
    assert (plain.outcome, plain.reason, plain.hint) == (answer.outcome, answer.reason, answer.hint)
    return answer.outcome, answer.reason, [one.gene.symbol for one in answer.suggestions]


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("HLA-A*02:01", ["HLA-A"]),
        ("HLA-A2", ["HLA-A"]),
        ("HLA-Cw6", ["HLA-C"]),
        ("CYP2D6*4", ["CYP2D6"]),
        ("TPMT*3A", ["TPMT"]),
        ("Trp53<tm1Tyj>", ["Trp53"]),
        ("NM_000546.6(TP53):c.215C>G", ["TP53"]),
        ("TP53:c.215C>G", ["TP53"]),
        ("BRAF c.1799T>A", ["BRAF"]),
        ("BRAF V600E", ["BRAF"]),
        ('"BRAF(V600E)"', ["BRAF"]),
        ("BRAF-V600E", ["BRAF"]),
        ("BRAF:p.V600E", ["BRAF"]),
        ("BRAF p.Val600Glu", ["BRAF"]),
        ("TP53_R175H", ["TP53"]),
        ("EML4::ALK", ["EML4", "ALK"]),
        ("EML4--ALK", ["EML4", "ALK"]),
        ("CON__P02533", ["KRT14"]),
        ("REV__sp|P04637|P53_HUMAN", ["TP53"]),
        ("rev_CON__P02533", ["KRT14"]),
        ("ERCC-00002", []),
    ],
)
def test_what_is_known_by_its_shape(resolver: Resolver, text: str, symbols: list[str]) -> None:
    assert _explained(resolver, text) == ("not_found", "out_of_scope", symbols)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("PML-RARA", ["PML", "RARA"]),
        ("TMPRSS2/ERG", ["TMPRSS2", "ERG"]),
        ("Eml4-Alk", ["Eml4", "Alk"]),
        ("MLL-MLLT3", ["KMT2A", "MLLT3"]),  # by a previous symbol
        ("NKX2-1-ALK", ["NKX2-1", "ALK"]),
        ("pSTAT3", ["STAT3"]),
        ("p-STAT3", ["STAT3"]),
        ("pAKT", ["AKT1"]),
        ("TP53_S15", ["TP53"]),
        ("P04637_S15", ["TP53"]),
        ("AKT1_pS473", ["AKT1"]),
        ("p-Akt1 (Ser473)", ["Akt1"]),
    ],
)
def test_fusions_and_modified_proteins_are_known_by_the_genes_that_they_name(
    resolver: Resolver, text: str, symbols: list[str]
) -> None:
    assert _explained(resolver, text) == ("not_found", "out_of_scope", symbols)


@pytest.mark.parametrize("text", ["EML4-ALK", "BCR-ABL1", "KIF5B-RET"])
def test_the_alias_of_a_transgene_does_not_make_a_gene_of_a_fusion(resolver: Resolver, text: str) -> None:
    answer = resolver.resolve(text)
    assert (answer.outcome, answer.reason) == ("not_found", "out_of_scope")
    assert [one.gene.symbol for one in answer.suggestions] == text.split("-")
    assert all(match.gene.symbol.startswith("Tg(") for match in answer.other_matches)
    assert answer.other_matches
    assert resolver.resolve(text, species="human").reason == "out_of_scope"


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("INS-IGF2", "INS-IGF2"),
        ("BCR-ABL", "ABL1"),
        ("NKX2-5", "NKX2-5"),
        ("MIR4679-2", "MIR4679-2"),
        ("p53", "TP53"),
        ("pRb", "RB1"),
        ("H3.3A", "H3-3A"),
        ("HLA-DQA1", "HLA-DQA1"),
        ("PPAN-P2RY11", "PPAN-P2RY11"),
        ("7SK", "RN7SK"),
    ],
)
def test_a_name_of_a_gene_keeps_its_answer(resolver: Resolver, text: str, symbol: str) -> None:
    answer = resolver.resolve(text, species="human")
    assert [found.gene.symbol for found in answer.genes] == [symbol]


@pytest.mark.parametrize("text", ["MATR3.1", "MATR3-1", "MATR3_1", "MATR3.12", "JUN.1", "JUN-1"])
def test_a_name_made_unique_suggests_its_gene_first(resolver: Resolver, text: str) -> None:
    outcome, reason, symbols = _explained(resolver, text)
    symbol = text[:-1].rstrip("1_.-")
    assert (outcome, reason, symbols[0]) == ("not_found", "not_in_release", symbol)
    assert f"{symbol} with a suffix" in (resolver.resolve(text).hint or "")
    in_mouse = resolver.resolve(text.title(), species="mouse")
    assert in_mouse.suggestions[0].gene.symbol == symbol.title()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("RP11-57H12.6", "clone"),
        ("CTD-2006C1.2", "clone"),
        ("LL22NC03-80A10.6", "clone"),
        ("XXbac-BPG254F23.6", "clone"),
        ("RP23-34E24", "clone"),
        ("AC093917.1", "GenBank"),
        ("AL627309.5", "GenBank"),
        ("Z83844.1", "GenBank"),
        ("Y_RNA", "family"),
        ("Y_RNA.750", "family"),
        ("Metazoa_SRP", "family"),
        ("5S_rRNA", "family"),
        ("snoU13", "family"),
    ],
)
def test_a_gene_without_a_symbol_is_out_of_scope_and_has_no_typo(resolver: Resolver, text: str, what: str) -> None:
    assert _explained(resolver, text) == ("not_found", "out_of_scope", [])
    hint = resolver.resolve(text).hint or ""
    assert what in hint
    assert "not a human or mouse gene" not in hint


def test_a_clone_that_is_an_alias_keeps_its_answer(resolver: Resolver) -> None:
    names = read_texts(resolver, "SELECT text FROM name WHERE kind <> 'full_name' AND text LIKE '%.%'")
    clones = [name for name in names if (kind := find_foreign(name)) and kind.is_gene]
    assert len(clones) > 100
    assert all(answer.genes for answer in resolver.resolve_many(clones))
