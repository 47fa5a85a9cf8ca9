"""Find identifiers one typo away from a text. They are suggested, and never applied automatically.

The release decides which of the candidates exist.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from .model import Identifier
from .namespaces import BY_PREFIX, BY_SPELLING, NUMBERED, folded_spelling
from .recognize import has_accession_shape, recognize

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LENGTH = 64
MAX_CANDIDATES = 300


@dataclass(frozen=True, slots=True)
class TypoCandidate:
    """An identifier that may have been meant, and the typo that would explain the text.

    `may_be_symbol`: symbols of genes look like the text too, as ABCA10 does, which would be A8CA10.
    """

    identifier: Identifier
    why: str
    may_be_symbol: bool = False


def find_typos(text: str, *, is_only_text: bool | None = None) -> tuple[TypoCandidate, ...]:
    """Return identifiers that `text` may be a typo of, likeliest first. Never raises.

    `is_only_text` says whether it is recognized as a symbol or name alone, if that is known already.

    A text that is recognized as an identifier has none, whether the release contains it or not: accessions are numbered
    densely, so that the neighbors of one mean nothing. The same is true of bare numbers. No candidate has a version.
    """
    if is_only_text is None:
        is_only_text = all(interpretation.is_text for interpretation in recognize(text).interpretations)
    if len(text) > MAX_LENGTH or not is_only_text:
        return ()
    if text.isascii() and text.isalnum() and not may_be_typo(text.upper()):
        return ()  # no rule below can apply
    normalized = unicodedata.normalize("NFKC", text).translate(_DASHES).upper()
    written = " ".join(normalized.split()).strip(_AROUND)
    if not _HAS_DIGIT.search(written) or len(written) > MAX_LENGTH or written.isdigit():
        return ()
    if written != text.upper() and (trimmed := tuple(_trim(written))):
        return trimmed
    prefix, colon, local = written.partition(":")
    namespaces = BY_SPELLING.get(folded_spelling(prefix)) if colon else None
    accession = local.strip() if namespaces else written
    candidates = (_repair_number(written), *(rule(accession) for rule in TYPO_RULES[1:]))
    found: dict[Identifier, TypoCandidate] = {}
    for candidate in itertools.chain.from_iterable(candidates):
        if not namespaces or BY_PREFIX[candidate.identifier.prefix] in namespaces:
            found.setdefault(candidate.identifier, candidate)
    listed = itertools.islice(found.values(), MAX_CANDIDATES)
    if namespaces:
        return tuple(listed)
    return tuple(replace(one, may_be_symbol=_may_be_symbol(one.identifier.prefix, written)) for one in listed)


def may_be_typo(word: str) -> bool:
    """Return whether a word of upper-case letters and digits alone may be a typo of an identifier."""
    return _compile_may_be_typo().fullmatch(word) is not None


def _may_be_symbol(prefix: str, written: str) -> bool:
    """Return whether symbols look like a text without a prefix that may be a typo of an identifier of this kind.

    Nearly all symbols and half of the accessions of UniProt are letters and digits in some order. Of these only what
    has more digits in a row than symbols have, or begins like the accessions of TrEMBL, is no symbol.
    """
    if prefix in NUMBERED:  # HID1 is a symbol, HGNC6023 is none
        return len(_HAS_DIGIT.findall(written)) < _FEWEST_DIGITS
    return prefix in {"uniprot", "uniprot.isoform"} and _UNLIKE_SYMBOL.fullmatch(_without_version(written)) is None


def deletions(folded: str) -> tuple[str, ...]:
    """Return the text itself and the text with each single character left out, each once.

    Two texts within one edit have one of these in common, so that names one edit away can be found by equality.
    """
    shorter = (folded[:place] + folded[place + 1 :] for place in range(len(folded)))
    return tuple(dict.fromkeys((folded, *shorter)))


def is_one_edit(a: str, b: str) -> bool:
    """Return whether two texts are equal but for one character too many, missing or wrong, or two exchanged.

    That is an optimal string alignment distance of at most 1.
    """
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    first = next((place for place, (left, right) in enumerate(zip(a, b, strict=False)) if left != right), len(a))
    if len(a) < len(b):
        return a[first:] == b[first + 1 :]
    exchanged = a[first : first + 2] == b[first : first + 2][::-1] and a[first + 2 :] == b[first + 2 :]
    return exchanged or a[first + 1 :] == b[first + 1 :]


# --- What several namespaces share -------------------------------------------------------------------------------

_AROUND = " \"'`.,;:-_()[]{}<>"
_DASHES = str.maketrans("‐‑‒–—−", "------")
_HAS_DIGIT = re.compile("[0-9]")
_FEWEST_DIGITS = 3  # of an identifier that is no symbol
_SEPARATORS = re.compile("[ _.:-]+")
_VERSION = re.compile(r"\.[0-9]{1,4}(?:_PAR_Y)?|_PAR_Y")
_ALIKE = "[0-9OIL]"  # in a run of digits these letters are taken for digits
_AS_DIGIT = {"O": "0", "I": "1", "L": "1", "S": "5", "B": "8", "Z": "2"}
_ROUND_OR_STRAIGHT = {letter: _AS_DIGIT[letter] for letter in "OIL"}  # a digit is likelier where either may stand
_AS_LETTER = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z"}


def _candidate(prefix: str, accession: str, *reasons: str) -> TypoCandidate:
    return TypoCandidate(Identifier(prefix, accession), "; ".join(reason for reason in reasons if reason))


def _without_version(written: str) -> str:
    match = _VERSION.search(written)
    return written[: match.start()] if match and match.end() == len(written) else written


def _repair_digits(run: str) -> tuple[str, str]:
    """Return a run of digits with its letters replaced, and why, such as `O for 0`."""
    digits = "".join(_AS_DIGIT.get(character, character) for character in run)
    return digits, _describe_swaps(run, digits)


def _describe_swaps(typed: str, meant: str) -> str:
    swaps = (f"{wrong} for {right}" for wrong, right in zip(typed, meant, strict=True) if wrong != right)
    return ", ".join(dict.fromkeys(swaps))


def _repair_length(digits: str, width: int, after: str) -> Iterator[tuple[str, str]]:
    """Yield runs of `width` digits, each with the reason: zeros in front first, then doublings, then any digit."""
    missing = width - len(digits)
    if missing == 0:
        yield digits, ""
    elif missing > 0:
        yield digits.zfill(width), f"{'a zero is' if missing == 1 else 'zeros are'} missing after {after}"
    elif not digits[:-width].strip("0"):
        yield digits[-width:], f"{'a zero' if missing == -1 else 'zeros'} too many after {after}"
    if missing == 1:
        places = [(place, digit) for place in range(len(digits) + 1) for digit in "0123456789"]
        places.sort(key=lambda it: it[1] not in digits[max(it[0] - 1, 0) : it[0] + 1])
        for place, digit in places:
            yield digits[:place] + digit + digits[place:], f"a digit is missing after {after}"
    elif missing == -1:
        for place in sorted(range(len(digits)), key=lambda it: digits[it] != digits[it - 1 : it]):
            yield digits[:place] + digits[place + 1 :], f"a digit too many after {after}"


def _trim(written: str) -> Iterator[TypoCandidate]:
    """Yield what is recognized without the punctuation around it, as in `(P13232),`."""
    for interpretation in recognize(written).interpretations:
        if not interpretation.is_text:
            yield _candidate(
                interpretation.identifier.prefix, interpretation.identifier.accession, "without the marks around it"
            )


# --- MGI, HGNC, OMIM, Entrez Gene, HomoloGene ----------------------------------------------------------------------

_PREFIXED_NUMBER = re.compile(rf"([A-Z][A-Z ]*?)(?:[ _.:=#-]+(?=[IL])|[ _.:=#-]*(?=[1-9]))({_ALIKE}{{1,10}})")


def _repair_number(written: str) -> Iterator[TypoCandidate]:
    """Repair the separator between a prefix and its number, as in MGI_96561 and HGNC6023, and letters in the number."""
    match = _PREFIXED_NUMBER.fullmatch(written)
    if match is None:
        return
    accession, swaps = _repair_digits(match[2])
    for namespace in BY_SPELLING.get(folded_spelling(match[1]), ()):
        if namespace.prefix in NUMBERED and any(re.fullmatch(form.pattern, accession) for form in namespace.forms):
            yield _candidate(namespace.prefix, accession, swaps or "a colon belongs between the prefix and the number")


# --- Ensembl -----------------------------------------------------------------------------------------------------

_ENSEMBL_HEADS = tuple(form.pattern.partition("[")[0] for form in BY_PREFIX["ensembl"].forms)
_ENSEMBL_DIGITS = 11
_RUN = re.compile(f"{_ALIKE}{{3,16}}")
# Exons and regulatory features of Ensembl are named likewise, and are no typos of a gene's id.
_OTHER_OBJECTS = ("ENSE", "ENSR", "ENSMUSE", "ENSMUSR")


def _repair_ensembl(written: str) -> Iterator[TypoCandidate]:
    """Repair an Ensembl accession: its digits, or else the letters in front of eleven digits, not both."""
    base = _without_version(written)
    compact = _SEPARATORS.sub("", base)
    separated = "a separator too many" if compact != base else ""
    for head in _ENSEMBL_HEADS:
        run = compact.removeprefix(head)
        if run != compact and _RUN.fullmatch(run):
            digits, swaps = _repair_digits(run)
            for repaired, why in _repair_length(digits, _ENSEMBL_DIGITS, head):
                yield _candidate("ensembl", head + repaired, why, swaps, separated)
    typed, run = compact[:-_ENSEMBL_DIGITS], compact[-_ENSEMBL_DIGITS:]
    if typed in _ENSEMBL_HEADS or typed in _OTHER_OBJECTS or not _RUN.fullmatch(run):
        return
    digits, swaps = _repair_digits(run)
    for head in sorted(_ENSEMBL_HEADS, key=lambda head: not _lacks_infix(typed, head)):
        if _lacks_infix(typed, head) or is_one_edit(typed, head):
            yield _candidate("ensembl", head + digits, f"{typed} for {head}", swaps, separated)


def _lacks_infix(typed: str, head: str) -> bool:
    """Return whether only one letter of MUS is left, as in ENSMG for ENSMUSG."""
    return head[3:-1] == "MUS" and typed in {f"ENS{letter}{head[-1]}" for letter in "MUS"}


# --- RefSeq ------------------------------------------------------------------------------------------------------

_REFSEQ_HEADS = frozenset(head for form in BY_PREFIX["refseq"].forms for head in re.findall("[A-Z]{2}", form.pattern))
_REFSEQ = re.compile(rf"([A-Z]{{2}})([ _.:-]*)({_ALIKE}{{3,10}})")
_GENBANK_HEADS = ("AC", "AP")  # AC004223 is an accession of GenBank, and not AC_004223
_HEADS_OF_GENES = ("NM", "NP", "NR", "NG", "XM", "XP", "XR")
_DIGITS_OF_REFSEQ = re.compile("[0-9]{6,9}")


def _repair_refseq(written: str) -> Iterator[TypoCandidate]:
    """Repair the head of a RefSeq accession; else its separator, letters among its digits, or their number."""
    match = _REFSEQ.fullmatch(_without_version(written))
    if match is None:
        return
    head, separator, run = match.groups()
    if head not in _REFSEQ_HEADS:
        for meant in _HEADS_OF_GENES if separator == "_" and _DIGITS_OF_REFSEQ.fullmatch(run) else ():
            if meant[0] == head[0] or meant[1] == head[1]:
                yield _candidate("refseq", f"{meant}_{run}", f"{head} for {meant}")
        return
    if not separator and (head in _GENBANK_HEADS or len(run) < 5):
        return
    digits, swaps = _repair_digits(run)
    separated = "" if separator == "_" else f"an underscore belongs after {head}"
    width = min(max(len(digits), 6), 9)  # old accessions have six digits, new ones nine
    for repaired, why in _repair_length(digits, width, f"{head}_"):
        yield _candidate("refseq", f"{head}_{repaired}", why, swaps, separated)


# --- UniProt -----------------------------------------------------------------------------------------------------

_UNIPROT = re.compile(BY_PREFIX["uniprot"].forms[0].pattern)
_MNEMONIC = re.compile("([A-Z0-9]{1,10})[ .-](HUMAN|MOUSE)")
_ISOFORM = re.compile("(.{6}|.{10})([ _-]+)([0-9]{1,3})")
# Letter (L), digit (D) or either (A) at each place of an accession.
_UNIPROT_PLACES = ("LDAAAD", "LDLAAD", "LDLAADLAAD")
_MAX_SWAPS = 3
_UNIPROT_DIGITS = 5
_RUN_OF_UNIPROT = "([OPQ])([0-9]{4}|[0-9]{6})"  # a digit is missing, or one is too many
_UNIPROT_RUN = re.compile(_RUN_OF_UNIPROT)
# PO4637, P 13232, PO4637-2, 1P3232, AOA0B4J2D5, P13232_2, P1323.
_UNLIKE_SYMBOL = re.compile(
    f"[OPQ0][ _.:-]*(?=(?:.*[0-9]){{3}})[0-9{''.join(_AS_DIGIT)}]{{5}}(?:[ _-]+[0-9]{{1,3}})?"
    f"|[0-9][OPQ][0-9]{{4}}|A[0O]A[A-Z0-9]{{7}}|{BY_PREFIX['uniprot'].forms[0].pattern}[ _-]+[0-9]{{1,3}}"
    f"|{_RUN_OF_UNIPROT}"
)


def _repair_uniprot(written: str) -> Iterator[TypoCandidate]:
    """Repair separators of a UniProt accession, isoform or entry name, look-alike characters, and P1323 to P13232."""
    if match := _MNEMONIC.fullmatch(written):
        yield _candidate("uniprot.mnemonic", f"{match[1]}_{match[2]}", f"an underscore belongs before {match[2]}")
    base = _without_version(written)
    if match := _ISOFORM.fullmatch(base):
        hyphen = "" if match[2] == "-" else "a hyphen belongs before the number of an isoform"
        for accession, swaps in _repair_accession(match[1]):
            yield _candidate("uniprot.isoform", f"{accession}-{match[3]}", swaps, hyphen)
    if match := _UNIPROT_RUN.fullmatch(base):
        for digits, why in _repair_length(match[2], _UNIPROT_DIGITS, match[1]):
            yield _candidate("uniprot", match[1] + digits, why)
    compact = _SEPARATORS.sub("", base)
    separated = "a separator too many" if compact != base else ""
    for accession, swaps in _repair_accession(compact):
        yield _candidate("uniprot", accession, swaps, separated)


# The characters that each class allows; one pattern rejects most texts.
_LIKE = {"L": f"[A-Z{''.join(_AS_LETTER)}]", "D": f"[0-9{''.join(_AS_DIGIT)}]", "A": "[A-Z0-9]"}
_UNIPROT_LIKE = re.compile("|".join("".join(_LIKE[place] for place in places) for places in _UNIPROT_PLACES))


def _repair_accession(typed: str) -> Iterator[tuple[str, str]]:
    """Yield accessions of UniProt that look like the one typed, which may be right as it is."""
    if _UNIPROT_LIKE.fullmatch(typed) is None:
        return
    for places, either in itertools.product(_UNIPROT_PLACES, (_ROUND_OR_STRAIGHT, {})):
        if len(places) != len(typed):
            continue
        swaps = {"D": _AS_DIGIT, "L": _AS_LETTER, "A": either}
        pairs = zip(typed, places, strict=True)
        meant = "".join(swaps[place].get(character, character) for character, place in pairs)
        changed = sum(wrong != right for wrong, right in zip(typed, meant, strict=True))
        if changed <= _MAX_SWAPS and _UNIPROT.fullmatch(meant):
            yield meant, _describe_swaps(typed, meant)


# --- Two neighbors exchanged -------------------------------------------------------------------------------------

_EXCHANGED = ("ensembl", "refseq", "uniprot", "uniprot.isoform")
_LONGEST_ACCESSION = 24
_STATES_MORE = re.compile("[:/ ]")  # a prefix, or the address of a page


def _list_exchanged(places: str) -> Iterator[str]:
    """Yield patterns of texts that become an accession of UniProt if two neighbors are exchanged."""
    classes = {"L": "[A-Z]", "D": "[0-9]", "A": "[A-Z0-9]"}
    for at in range(len(places) - 1):
        exchanged = places[:at] + places[at + 1] + places[at] + places[at + 2 :]
        yield "".join(classes[place] for place in exchanged)


# Separators occur in accessions of RefSeq, isoforms and versions; those of Ensembl begin with ENS.
_MAY_BE_EXCHANGED = "|".join(
    [".*[^A-Z0-9].*", "[ENS]{2}.*", *(one for places in _UNIPROT_PLACES for one in _list_exchanged(places))]
)


# The two long patterns are compiled at their first use: most starts of the program need neither.
@cache
def _compile_may_be_exchanged() -> re.Pattern[str]:
    return re.compile(_MAY_BE_EXCHANGED, re.DOTALL)


def _exchange_neighbors(written: str) -> Iterator[TypoCandidate]:
    """Exchange two neighbors, as in MN_000880, if the result is an accession."""
    if len(written) > _LONGEST_ACCESSION or _compile_may_be_exchanged().fullmatch(written) is None:
        return
    is_bare = not _STATES_MORE.search(written)
    for place, (left, right) in enumerate(itertools.pairwise(written)):
        if left == right:
            continue
        exchanged = written[:place] + right + left + written[place + 2 :]
        if is_bare and not has_accession_shape(exchanged):
            continue  # most are none, and a look at the shape alone is a tenth of the work
        for interpretation in recognize(exchanged).interpretations:
            if interpretation.identifier.prefix in _EXCHANGED:
                why = f"{left} and {right} exchanged"
                yield _candidate(interpretation.identifier.prefix, interpretation.identifier.accession, why)


# Each yields the identifiers that an upper-case text may be a typo of.
TYPO_RULES = (_repair_number, _repair_ensembl, _repair_refseq, _repair_uniprot, _exchange_neighbors)

# No other text of letters and digits alone is a typo of an identifier; most old and private names are rejected here.
_NUMBERED_HEADS = sorted(
    spelling.upper()
    for spelling, spelled in BY_SPELLING.items()
    if spelling.isalpha() and any(namespace.prefix in NUMBERED for namespace in spelled)
)


@cache
def _compile_may_be_typo() -> re.Pattern[str]:
    return re.compile(
        f"(?:{'|'.join((*_NUMBERED_HEADS, *sorted(_REFSEQ_HEADS)))}){_ALIKE}{{1,10}}"
        f"|ENS.*|.*{_ALIKE}{{{_ENSEMBL_DIGITS}}}|{_RUN_OF_UNIPROT}|{_UNIPROT_LIKE.pattern}|{_MAY_BE_EXCHANGED}"
    )
