"""How good the match of a name is: smaller is better, field by field.

1. The text itself goes before similar spellings (hyphens, blanks, Greek letters); then come the names of readthrough
   genes, and of transgenes.
2. Then names in exact capitals. The capitals of an approved symbol are exact if the symbol is written as either species
   writes it (IL7, Il7). The symbol of a phenotype of mice (nur77, ras) is written as neither species writes symbols; in
   other capitals than its own it counts as an alias.
3. Then the match tier: approved symbol, previous symbol, alias, full name; each of an authority before the same of
   others.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from .ranking import LAST_TYPES, MATCH_TIERS, READTHROUGH, UNOFFICIAL_TIERS, MatchKind


class Precedence(NamedTuple):
    """How good a match is, smaller is better: the class of the match, whether capitals differ, and the match tier."""

    group: int
    is_corrected: bool
    tier: int


IDENTIFIED = Precedence(0, False, MATCH_TIERS[MatchKind.IDENTIFIER])
ITSELF, SIMILAR, _READTHROUGH, ENGINEERED_NAME = range(4)
_LAST_GROUPS = {tier: _READTHROUGH if kind == READTHROUGH else ENGINEERED_NAME for kind, tier in LAST_TYPES.items()}
_SYMBOL = MATCH_TIERS[MatchKind.SYMBOL]
_FREE_ALIAS = UNOFFICIAL_TIERS[MatchKind.ALIAS]
_rank = lru_cache(Precedence)  # some dozen are different


def rank_name(typed: str, spelling: str, tier: int, *, is_similar: bool) -> Precedence:
    """Return the precedence of a name of this tier in the release that is spelled so, for a text as it was typed."""
    group = _LAST_GROUPS.get(tier, SIMILAR if is_similar else ITSELF)
    if typed == spelling:
        return _rank(group, False, tier)
    if tier == _SYMBOL and _is_of_phenotype(spelling):
        return _rank(group, not is_similar, _FREE_ALIAS)
    is_exact = is_similar or (tier == _SYMBOL and _has_capitals_of_a_species(typed))
    return _rank(group, not is_exact, tier)


def _is_of_phenotype(symbol: str) -> bool:
    """Return whether an approved symbol begins with a small letter, as those of mutant phenotypes do (MGI)."""
    return symbol[:1].islower() and not symbol.startswith("mt-")  # mt-Atp6 is a gene of the mitochondrion


def _has_capitals_of_a_species(text: str) -> bool:
    """Return whether a symbol is written as human symbols are (TP53, C9orf72), or as those of mice (Trp53)."""
    rest = text[1:].replace("orf", "")
    return text[:1].isupper() and rest in {rest.lower(), rest.upper()}
