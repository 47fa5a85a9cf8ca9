"""What spreadsheets do to identifiers: dates, rounded numbers, decimals and separators of thousands.

Only a suspicion is possible, since the cell no longer contains what was typed. `find_damage` returns what it may have
been, and the release decides which of that exists.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    that there is exactly one spelling and nothing is guessed.
    """

    kind: DamageKind
    explanation: str
    spellings: tuple[str, ...]
    pattern: str | None = None
    prefix: str | None = None
    lossless: bool = False


def find_damage(text: str) -> Damage | None:
    """Return what a spreadsheet may have done to `text`; None if it does not look damaged. Never raises.

    A number of five digits may be the serial number of a date, and is an ordinary number as well; `Oct-4` is a date
    and an alias. Callers look up the text itself first.
    """
    if len(text) > MAX_LENGTH or not _MAY_BE_DAMAGED.match(text):
        return None
    normalized = _normalize(text)
    if normalized.isascii() and normalized.isdigit():
        return _read_serial(normalized) if len(normalized) == 5 else _read_written_out(normalized)
    return _read_number(normalized) or _read_date(normalized)


# A number and a mark come first, or a word, a mark and a number; most identifiers are rejected here.
_MARK = "[-\\s.,'/\u02bc\u2010-\u2019\u2032\u2212\uff07\uff0c-\uff0f]"
_NUMBER = "[0-9\uff10-\uff19]+"
_WORD = r"(?:[^\W\d_][\u0300-\u036f]?){3,10}"
_MAY_BE_DAMAGED = re.compile(rf"\W*(?:{_NUMBER}(?:{_MARK}|[eE年月]|\W*$)|{_WORD}{_MARK}{{1,2}}{_NUMBER})")
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_ASCII_MARKS = str.maketrans("‐‑‒–—−‘’ʼ′“”", "------''''\"\"", _INVISIBLE)
_MIDNIGHT = re.compile(r"[ t](?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? am)(?:z|\+00:00)?")


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


# --- Dates -----------------------------------------------------------------------------------------------------

# What stands before the number in the names that a spreadsheet reads as a date. Each begins some name of HGNC, NCBI or
# MGI; which of them exist with which number is for the release to say. MARCHF1 and SEPTIN2, today's symbols, are safe;
# the damage is to their previous symbols.
_ROOTS: dict[int, tuple[str, ...]] = {
    2: ("FEB",), 3: ("MARCH", "MARC", "MAR"), 4: ("APR", "APR-"), 5: ("MAY",), 6: ("JUNE-",),
    9: ("SEPT", "SEP", "SEP-"), 10: ("OCT", "OCT-"), 11: ("NOV",), 12: ("DEC",),
}  # fmt: skip
# Months of other languages that are symbols too: a Spanish spreadsheet reads AGO2 as August 2.
_LOCAL_ROOTS = {
    "gen": "GEN", "tammi": "TAMM", "mars": "MARS", "mrt": "MRT", "mei": "MEI", "mag": "MAG", "lip": "LIP",
    "ago": "AGO", "set": "SET", "ott": "OTT", "lis": "LIS", "dic": "DIC", "des": "DES",
}  # fmt: skip
# English, German, French, Spanish, Italian, Portuguese, Dutch, Scandinavian, Polish and Finnish, without accents.
_MONTH_WORDS = (
    "jan january januar januari janvier janv enero ene gennaio gen janeiro sty tammi",
    "feb february februar februari fevrier fevr fev febrero febbraio fevereiro lut helmi",
    "mar march marz mrz maerz mars marzo marco maart mrt marts maalis",
    "apr april avril avr abril abr aprile kwi huhti",
    "may mai mayo maggio mag maio mei maj touko",
    "jun june juni juin junio giugno giu junho cze kesa",
    "jul july juli juil juillet julio luglio lug julho lip heina",
    "aug august aout agosto ago augustus augusti sie elo",
    "sep sept september septembre septiembre settembre setembro set wrz syys",
    "oct october okt oktober octobre octubre ottobre ott outubro out paz loka",
    "nov november novembre noviembre novembro lis marras",
    "dec december dez dezember decembre diciembre dic dicembre dezembro des desember gru joulu",
)
_MONTHS = {word: month for month, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
ROOTS: dict[int, tuple[str, ...]] = {
    month: (*_ROOTS.get(month, ()), *(root for word, root in _LOCAL_ROOTS.items() if _MONTHS[word] == month))
    for month in range(1, 13)
}

_BETWEEN = "(?:[-/.,] ?| )"
_YEAR = "(?:19|20)[0-9]{2}"
_DAY_MONTH = re.compile(rf"([0-9]{{1,2}}){_BETWEEN}([a-z]{{3,10}})\.?(?:{_BETWEEN}({_YEAR}|[0-9]{{2}}))?")
_MONTH_DAY = re.compile(rf"([a-z]{{3,10}})\.?{_BETWEEN}([0-9]{{1,2}})(?:{_BETWEEN}({_YEAR}|[0-9]{{2}}))?")
_MONTH_YEAR = re.compile(rf"([a-z]{{3,10}})\.?{_BETWEEN}({_YEAR})")
_YEAR_MONTH_DAY = re.compile(rf"({_YEAR})([-/.])([0-9]{{1,2}}|[a-z]{{3,10}})\2([0-9]{{1,2}})")
_IN_DIGITS = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2({_YEAR}|[0-9]{{2}})")
_EAST_ASIAN = re.compile(rf"(?:({_YEAR}|[0-9]{{2}})年)?([0-9]{{1,2}})月([0-9]{{1,2}})日?")

# Excel counts days from one of two beginnings; for the first it takes 1900 for a leap year.
_SERIAL_BEGINNINGS = (date(1899, 12, 30), date(1904, 1, 1))
_PLAUSIBLE_YEARS = range(1990, 2041)


def _read_date(normalized: str) -> Damage | None:
    if ":" in normalized:
        if not (midnight := _MIDNIGHT.search(normalized)) or midnight.end() != len(normalized):
            return None
        normalized = normalized[: midnight.start()]
    spellings = _read_named_month(normalized) or _read_numbered_month(normalized)
    if not spellings:
        return None
    examples = " or ".join(spellings[:2])
    explanation = f"A spreadsheet has probably read a gene symbol such as {examples} as a date."
    return Damage(DamageKind.DATE, explanation, spellings)


def _read_named_month(normalized: str) -> tuple[str, ...]:
    if match := _DAY_MONTH.fullmatch(normalized):
        return _spell_day(match[2], int(match[1]), match[3])
    if match := _MONTH_YEAR.fullmatch(normalized):
        return _spell(match[1], (int(match[2]) % 100,))
    if match := _MONTH_DAY.fullmatch(normalized):
        if match[3]:
            return _spell_day(match[1], int(match[2]), match[3])
        return _spell(match[1], (int(match[2]),))  # a day or a year: the number of the gene either way
    return ()


def _read_numbered_month(normalized: str) -> tuple[str, ...]:
    if match := _YEAR_MONTH_DAY.fullmatch(normalized):
        return _spell_day(match[3], int(match[4]), match[1])
    if match := _EAST_ASIAN.fullmatch(normalized):
        return _spell_day(match[2], int(match[3]), match[1])
    if not (match := _IN_DIGITS.fullmatch(normalized)):
        return ()
    first, mark, second, year = match.groups()
    if len(year) == 2 and (mark == "-" or (mark == "." and len(first + second) < 4)):
        return ()  # 14-3-33 and 2.7.11 are no dates
    day_first = _spell_day(second, int(first), year)
    if mark == ".":  # dots are for countries where the day comes first
        return day_first
    month_first = _spell_day(first, int(second), year)
    if int(first) in _ROOTS or int(second) not in _ROOTS:
        return tuple(dict.fromkeys(month_first + day_first))
    return day_first + month_first


def _spell_day(month: str, day: int, year: str | None) -> tuple[str, ...]:
    """Return what a full date may have been: SEP53 becomes September 1 of 1953, since no month has 53 days."""
    number = int(month) if month.isdigit() else _MONTHS.get(month, 0)
    if not 1 <= number <= 12 or not 1 <= day <= _LONGEST_MONTH[number - 1]:
        return ()
    numbers = [day]
    if year and day == 1 and int(year) % 100 > _LONGEST_MONTH[number - 1]:
        recent = len(year) == 4 and int(year) in _PLAUSIBLE_YEARS
        numbers.insert(1 if recent else 0, int(year) % 100)
    return _spell(month, numbers)


def _spell(month: str, numbers: Iterable[int]) -> tuple[str, ...]:
    """Return the names that begin like a month and end in a number; the month's own language comes first."""
    roots: Iterable[str] = ROOTS.get(int(month) if month.isdigit() else _MONTHS.get(month, 0), ())
    if month in _LOCAL_ROOTS:
        roots = dict.fromkeys((_LOCAL_ROOTS[month], *roots))
    return tuple(f"{root}{number}" for number in numbers if number for root in roots)


def _read_serial(digits: str) -> Damage | None:
    days = (beginning + timedelta(days=int(digits)) for beginning in _SERIAL_BEGINNINGS)
    plausible = [day for day in days if day.year in _PLAUSIBLE_YEARS]
    spellings = [name for day in plausible for name in _spell_day(str(day.month), day.day, str(day.year))]
    if not spellings:
        return None
    explanation = (
        f"A spreadsheet keeps dates as numbers: {digits} is the day {plausible[0].isoformat()}, "
        f"which may have been a gene symbol such as {spellings[0]}."
    )
    return Damage(DamageKind.DATE_SERIAL, explanation, tuple(dict.fromkeys(spellings)))


_ENGLISH_MONTHS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])


def is_of_month(name: str, text: str) -> bool:
    """Return whether a name begins like an English month, or like the month in the text.

    1-Aug may have been AGO1, but only if the spreadsheet was Spanish once and English later: that is no proof.
    """
    begin = name[:3].lower()
    return begin in _ENGLISH_MONTHS or begin in text.lower()
