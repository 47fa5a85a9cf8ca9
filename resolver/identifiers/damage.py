"""What spreadsheets do to identifiers: dates, rounded numbers, decimals and separators of thousands.

Only a suspicion is possible, since the cell no longer contains what was typed. `find_damage` returns what it may have
been, and the release decides which of that exists.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from .dates import read_date, read_serial

MAX_LENGTH = 64


class DamageKind(StrEnum):
    """What a spreadsheet took an identifier for."""

    DATE = "date"
    DATE_SERIAL = "date_serial"
    SCIENTIFIC = "scientific"
    DECIMAL = "decimal"
    THOUSANDS = "thousands"


@dataclass(frozen=True, slots=True)
class Damage:
    """What a spreadsheet did, in words for a biologist, and what was probably typed, likeliest first.

    `pattern` describes the folded names of RIKEN clones whose digits were rounded away, in the dialect of
    `Form.pattern`; all names that match it start with `prefix`. `lossless` is True where all digits are there, so
    that there is exactly one spelling and nothing is guessed. `is_ordinary` is True where most such texts are no
    damage: it is a suspicion only if one of the spellings exists, and never certain.
    """

    kind: DamageKind
    explanation: str
    spellings: tuple[str, ...]
    pattern: str | None = None
    prefix: str | None = None
    lossless: bool = False
    is_ordinary: bool = False


def find_damage(text: str) -> Damage | None:
    """Return what a spreadsheet may have done to `text`; None if it does not look damaged. Never raises.

    A number of five digits may be the serial number of a date, and is an ordinary number as well; `9/7` is a date and
    a ratio, `Oct-4` a date and an alias. Callers look up the text itself first.
    """
    if len(text) > MAX_LENGTH or not _MAY_BE_DAMAGED.match(text):
        return None
    normalized = _normalize(text)
    if normalized.isascii() and normalized.isdigit():
        return _read_serial(normalized) if len(normalized) == 5 else _read_written_out(normalized)
    return _read_number(normalized) or _read_date(normalized)


def is_day(text: str) -> bool:
    """Return whether a text is a number that a spreadsheet may have made of a name: the serial number of a day."""
    if len(text) > MAX_LENGTH or not text.strip().isdigit():
        return False
    damage = find_damage(text)
    return damage is not None and damage.kind is DamageKind.DATE_SERIAL


def _read_date(normalized: str) -> Damage | None:
    names = read_date(normalized)
    if names is None:
        return None
    if names.is_ordinary:
        explanation = f"A spreadsheet may have read a gene symbol as the date {normalized}."
    else:
        examples = " or ".join(names.spellings[:2])
        explanation = f"A spreadsheet has probably read a gene symbol such as {examples} as a date."
    return Damage(DamageKind.DATE, explanation, names.spellings, is_ordinary=names.is_ordinary)


def _read_serial(digits: str) -> Damage | None:
    read = read_serial(digits)
    if read is None:
        return None
    day, spellings = read
    explanation = (
        f"A spreadsheet keeps dates as numbers: {digits} is the day {day.isoformat()}, "
        f"which may have been a gene symbol such as {spellings[0]}."
    )
    return Damage(DamageKind.DATE_SERIAL, explanation, spellings, is_ordinary=True)


# A number and a mark come first, or a word, a mark and a number; most identifiers are rejected here.
_MARK = "[-\\s.,'/\u02bc\u2010-\u2019\u2032\u2212\uff07\uff0c-\uff0f]"
_NUMBER = "[0-9\uff10-\uff19]+"
_WORD = r"(?:[^\W\d_][\u0300-\u036f]?){3,10}"
_MAY_BE_DAMAGED = re.compile(rf"\W*(?:{_NUMBER}(?:{_MARK}|[eE年月]|\W*$)|{_WORD}{_MARK}{{1,2}}{_NUMBER})")
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_ASCII_MARKS = str.maketrans("‐‑‒–—−‘’ʼ′“”", "------''''\"\"", _INVISIBLE)


def _normalize(text: str) -> str:
    """Return the text in lower case without quotes, accents and full-width characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_ASCII_MARKS))
        text = "".join(character for character in text if not unicodedata.combining(character))
    return " ".join(text.lower().split()).strip(" \"'`")


# --- Numbers ---------------------------------------------------------------------------------------------------

_DECIMAL = re.compile(r"([1-9][0-9]*)([.,])(0+)")
_THOUSANDS = re.compile(r"([1-9][0-9]{0,2}([,.' ])[0-9]{3}(?:\2[0-9]{3})*)(?:(?!\2)[.,]0+)?")
_SCIENTIFIC = re.compile(r"([1-9])(?:([.,])([0-9]*))?e(\+?)0{0,2}([0-9]{1,2})")
_LONGEST_NUMBER = 10  # digits of an Entrez Gene ID at most


def _read_number(normalized: str) -> Damage | None:
    if match := _DECIMAL.fullmatch(normalized):
        whole, mark, zeros = match.groups()
        if len(whole) <= 3 and len(zeros) == 3:  # 3.000 is three or three thousand, as the country will have it
            kind, spellings = DamageKind.DECIMAL, (whole, whole + zeros)
            if mark == ",":
                kind, spellings = DamageKind.THOUSANDS, (whole + zeros, whole)
            return Damage(kind, f"A spreadsheet has written a number as {normalized}.", spellings)
        if len(whole) > _LONGEST_NUMBER:
            return _read_written_out(whole)
        explanation = "A spreadsheet has added decimals to a whole number."
        return Damage(DamageKind.DECIMAL, explanation, (whole,), lossless=True)
    if match := _THOUSANDS.fullmatch(normalized):
        if match[2] == "." and normalized.count(".") == 1 and match[1] == normalized:
            return None  # 8.105 is as well a number with decimals, which is no identifier
        explanation = "A spreadsheet has set the thousands of a number apart."
        return Damage(DamageKind.THOUSANDS, explanation, (match[1].replace(match[2], ""),), lossless=True)
    if (match := _SCIENTIFIC.fullmatch(normalized)) and (match[2] or match[4]):  # 2E12, as typed, is an alias
        return _read_scientific(match[1] + (match[3] or ""), int(match[5]), normalized)
    return None


def _read_scientific(digits: str, exponent: int, normalized: str) -> Damage | None:
    """Read a number such as 2.31E+19, which was a number once or a RIKEN clone such as 2310009E13."""
    places = exponent + 1
    spellings: list[str] = []
    if places <= _LONGEST_NUMBER and len(digits) >= places:
        if digits[places:].strip("0"):
            return None  # not a whole number, hence no identifier
        spellings.append(digits[:places])
        if len(digits) != _CLONE_DIGITS:
            explanation = "A spreadsheet has written a number with an exponent; all its digits are there."
            return Damage(DamageKind.SCIENTIFIC, explanation, tuple(spellings), lossless=True)
    elif places <= _LONGEST_NUMBER and len(digits) != 3 and (len(digits) == 1 or digits[-1] != "0"):
        # R and pandas write the shortest form that is exact, 1e+05 for 100000; Excel rounds to two decimals.
        spellings.append(digits.ljust(places, "0"))
    clones, pattern, prefix = _find_clones(digits, exponent, as_written=True)
    significant = digits.rstrip("0")
    zeros = places - len(significant)
    short = [f"{significant}E{zeros}"] if len(significant) <= 3 and zeros > 0 else []  # symbols such as 201E9
    was = "a RIKEN clone such as 2310009E13" if places > _LONGEST_NUMBER else "a number or a RIKEN clone"
    rounded = "" if clones and not pattern else "; what was rounded away is lost"
    explanation = f"A spreadsheet has written {was} as {normalized.upper()}{rounded}."
    return Damage(DamageKind.SCIENTIFIC, explanation, tuple(spellings + clones + short), pattern, prefix)


def _read_written_out(digits: str) -> Damage | None:
    """Read a number such as 23100090000000000000, which was the RIKEN clone 2310009E13 once."""
    if len(digits) <= _LONGEST_NUMBER or digits[0] == "0":
        return None
    # Doubles keep 15 digits: Python writes 6430517E21 as 6430516999999999809022853120.
    rounded = str(round(int(digits), 15 - len(digits))) if len(digits) > 15 else digits
    significant = rounded.rstrip("0").ljust(_CLONE_DIGITS, "0")
    spellings, _, _ = _find_clones(significant, len(digits) - 1, as_written=False)
    if not spellings:
        return None
    explanation = f"A spreadsheet has read a RIKEN clone such as {spellings[-1]} as a number."
    return Damage(DamageKind.SCIENTIFIC, explanation, tuple(spellings))


# A clone is a library of four digits, a plate of three, a letter, and one of 24 wells in two digits.
_CLONE_DIGITS = 7
_WELLS = 24
# As numbers, clones of the libraries 0610, 0710 and 0910 lose their first digit; no library is numbered 610x.
_LIBRARIES_WITH_ZERO = ("610", "710", "910")


def _find_clones(digits: str, exponent: int, *, as_written: bool) -> tuple[list[str], str | None, str | None]:
    """Return the spellings of a clone where all its digits are there, else the pattern and prefix of its names.

    Excel shows 2310009E13 as 2.31E+19; people who quote it also write 2.31E+13. With `as_written` both interpretations
    of the exponent count.
    """
    lead = "0" if digits[:3] in _LIBRARIES_WITH_ZERO else ""
    width = _CLONE_DIGITS - len(lead)
    exponents = (exponent - width + 1, exponent) if as_written else (exponent - width + 1,)
    wells = [f"{well:02}" for well in exponents if 1 <= well <= _WELLS]
    if not wells or digits[width:].strip("0"):
        return [], None, None
    if len(digits) >= width:
        return [f"{lead}{digits[:width]}E{well}{tail}" for tail in ("Rik", "") for well in wells], None, None
    if len(digits) == 1:
        return [], None, None  # a tenth of all clones
    # 2.31 was anything from 2.305 to 2.315, since programs round the half up or down. What was rounded up to 2.00
    # began with another digit, but no library is numbered 195x to 199x, 295x to 299x and so on.
    below = str(int(digits) - 1)
    heads = [f"{digits}[0-5]"]
    if len(below) == len(digits) and below[0] == digits[0]:
        heads.insert(0, f"{below}[5-9]")
    shared = digits
    while len(heads) > 1 and not below.startswith(shared):
        shared = shared[:-1]
    rest = f"[0-9]{{{width - len(digits) - 1}}}"
    return [], f"{lead}(?:{'|'.join(heads)}){rest}e(?:{'|'.join(wells)})(?:rik[0-9]?)?", lead + shared
