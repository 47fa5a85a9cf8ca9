"""Fold symbols and names for comparison: the same way when a release is built and when it is queried."""

from __future__ import annotations

import re
import unicodedata

# People write TNF-α where databases write TNF-alpha.
GREEK: dict[str, str] = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi",
    "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega",
}  # fmt: skip
_GREEK = str.maketrans(GREEK)


def make_encodable(text: str) -> str:
    """Return the text with `\ufffd` for each half of a surrogate pair, which no encoding of an answer can represent."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fold_name(text: str) -> str:
    """Return a symbol or name as it is compared: lower case, single blanks, Greek letters spelled out."""
    if text.isascii():
        return " ".join(text.lower().split())
    normalized = unicodedata.normalize("NFKC", text).lower().translate(_GREEK)
    # Lower case and spelled-out letters may compose with a mark that follows them.
    return " ".join(unicodedata.normalize("NFKC", normalized).split())


def fold_variants(text: str) -> tuple[str, ...]:
    """Return the ways in which a text may be compared: with a hyphen before a Greek letter, and without.

    TNF-alpha is what databases have for TNFα in some genes, TNFalpha in others.
    """
    if text.isascii():
        return (fold_name(text),)
    joined = _BEFORE_GREEK.sub("", text)
    hyphened = _GREEK_AFTER_LETTER.sub(r"\1-\2", joined)
    return tuple(dict.fromkeys(fold_name(one) for one in (text, joined, hyphened)))


_LETTERS = "".join(GREEK)
_BEFORE_GREEK = re.compile(rf"(?<=[A-Za-z0-9])[- ](?=[{_LETTERS}{_LETTERS.upper()}])")
_GREEK_AFTER_LETTER = re.compile(rf"([A-Za-z0-9])([{_LETTERS}{_LETTERS.upper()}])")
