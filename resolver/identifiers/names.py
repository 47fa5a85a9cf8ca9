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
# Dashes, primes and curly quotes that word processors put in place of ASCII characters.
ASCII_MARKS: dict[str, str] = {
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2032": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"',
}  # fmt: skip
# Letters that look like the Greek ones above, and Cyrillic letters that look like Latin ones.
LOOK_ALIKES: dict[str, str] = {
    "\u00df": "β", "\u1e9e": "β", "\u0251": "α", "\u0263": "γ", "\u025b": "ε",
    "\u0410": "A", "\u0412": "B", "\u0415": "E", "\u0405": "S", "\u041a": "K", "\u041c": "M",
    "\u041d": "H", "\u041e": "O", "\u0420": "P", "\u0421": "C", "\u0422": "T", "\u0423": "Y",
    "\u0425": "X", "\u0406": "I", "\u0408": "J", "\u0430": "a", "\u0435": "e", "\u043e": "o",
    "\u0440": "p", "\u0441": "c", "\u0443": "y", "\u0445": "x", "\u0456": "i", "\u0458": "j",
    "\u0455": "s",
}  # fmt: skip
_ASCII = str.maketrans(ASCII_MARKS | LOOK_ALIKES)


def make_encodable(text: str) -> str:
    """Return the text with `\ufffd` for each half of a surrogate pair, which no encoding of an answer can represent."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fold_name(text: str) -> str:
    """Return a symbol or name as it is compared: lower case, single blanks, Greek letters spelled out."""
    if text.isascii():
        return " ".join(text.lower().split())
    normalized = unicodedata.normalize("NFKC", text).translate(_ASCII).lower().translate(_GREEK)
    # Lower case and spelled-out letters may compose with a mark that follows them.
    return " ".join(unicodedata.normalize("NFKC", normalized).split())


def fold_loosely(text: str) -> str:
    """Return a text as similar spellings are compared: `il33` for IL-33, `tnfa` for TNF-α, TNFalpha and TNF alpha.

    Besides what `fold_name` does, Greek letters become the Latin ones that HGNC writes for them, and hyphens, blanks,
    slashes, dots and underscores are left out. Between two digits they become a hyphen: NKX2-5 is not NKX25. Empty for
    texts of fewer than three characters or without a letter, which are similar to too many.
    """
    folded = _SEPARATORS.sub("", _GREEK_WORDS.sub(_to_latin, fold_name(text)))
    folded = _BETWEEN_DIGITS.sub("-", folded)
    return folded if len(folded) >= _SHORTEST_LOOSE and not folded.replace("-", "").isdecimal() else ""


# As HGNC writes Greek letters in symbols. Shorter words, such as eta and pi, are parts of too many others.
_LATIN = {
    "alpha": "a", "beta": "b", "gamma": "g", "delta": "d", "epsilon": "e", "zeta": "z", "theta": "q", "kappa": "k",
    "lambda": "l", "sigma": "s", "omega": "w",
}  # fmt: skip
_GREEK_WORDS = re.compile("|".join(_LATIN))
_SEPARATORS = re.compile(r"(?<![0-9])[-\s/._]+|[-\s/._]+(?![0-9])")
_BETWEEN_DIGITS = re.compile(r"[-\s/._]+")
_SHORTEST_LOOSE = 3


def _to_latin(word: re.Match[str]) -> str:
    return _LATIN[word[0]]
