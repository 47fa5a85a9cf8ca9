"""Which gene names become a date in a spreadsheet: 1-Mar was MARCH1 or MARC1 once.

Texts are in lower case, without accents and quotes, as `damage` normalizes them.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Roots = Mapping[int, tuple[str, ...]]

# What stands before the number in the names that a spreadsheet reads as a date. Each begins some name of HGNC, NCBI or
# MGI; which of them exist with which number is for the release to say. MARCHF1 and SEPTIN2, today's symbols, are safe;
# the damage is to their previous symbols.
_ROOTS: Roots = {
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
ROOTS: Roots = {
    month: (*_ROOTS.get(month, ()), *(root for word, root in _LOCAL_ROOTS.items() if _MONTHS[word] == month))
    for month in range(1, 13)
}
# A date in digits without a year is weak evidence: other languages count for months with which no English name begins.
_SHORT_ROOTS = {month: _ROOTS.get(month, roots) for month, roots in ROOTS.items()}

_MIDNIGHT = re.compile(r"[ t](?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? am)(?:z|\+00:00)?")
_BETWEEN = "(?:[-/.,] ?| )"
_YEAR = "(?:19|20)[0-9]{2}"
_DAY_MONTH = re.compile(rf"([0-9]{{1,2}}){_BETWEEN}([a-z]{{3,10}})\.?(?:{_BETWEEN}({_YEAR}|[0-9]{{2}}))?")
_MONTH_DAY = re.compile(rf"([a-z]{{3,10}})\.?{_BETWEEN}([0-9]{{1,2}})(?:{_BETWEEN}({_YEAR}|[0-9]{{2}}))?")
_MONTH_YEAR = re.compile(rf"([a-z]{{3,10}})\.?{_BETWEEN}({_YEAR})")
_YEAR_MONTH_DAY = re.compile(rf"({_YEAR})([-/.])([0-9]{{1,2}}|[a-z]{{3,10}})\2([0-9]{{1,2}})")
_IN_DIGITS = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2({_YEAR}|[0-9]{{2}})")
# Without a year a dot is the point of a number, unless a zero comes first or another dot last: 07.09 and 7.9.
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})[-/]([0-9]{1,2})|(0[1-9])\.([0-9]{2})\.?|([0-9]{1,2})\.([0-9]{1,2})\.")
_EAST_ASIAN = re.compile(rf"(?:({_YEAR}|[0-9]{{2}})年)?([0-9]{{1,2}})月([0-9]{{1,2}})日?")

# Excel counts days from one of two beginnings; for the first it takes 1900 for a leap year.
_SERIAL_BEGINNINGS = (date(1899, 12, 30), date(1904, 1, 1))
_PLAUSIBLE_YEARS = range(1990, 2041)


class DateNames(NamedTuple):
    """Names that a date may have been, likeliest first; `is_ordinary`: most such texts are ratios or ranges."""

    spellings: tuple[str, ...]
    is_ordinary: bool = False


def read_date(normalized: str) -> DateNames | None:
    """Return the names that a date may have been; None if the text is no date."""
    if ":" in normalized:
        if not (midnight := _MIDNIGHT.search(normalized)) or midnight.end() != len(normalized):
            return None
        normalized = normalized[: midnight.start()]
    if spellings := _read_named_month(normalized) or _read_numbered_month(normalized):
        return DateNames(spellings)
    match = _DAY_AND_MONTH.fullmatch(normalized)
    if match is None:
        return None
    first, second = filter(None, match.groups())
    spellings = _spell_either(first, second, None, _SHORT_ROOTS)
    return DateNames(spellings, is_ordinary=True) if spellings else None


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
    if mark == ".":  # dots are for countries where the day comes first
        return _spell_day(second, int(first), year)
    return _spell_either(first, second, year)


def _spell_either(first: str, second: str, year: str | None, roots: Roots = ROOTS) -> tuple[str, ...]:
    """Return what a date in digits may have been.

    The month comes first, unless only the second number is a month with which English symbols begin.
    """
    month_first = _spell_day(first, int(second), year, roots)
    day_first = _spell_day(second, int(first), year, roots)
    if int(first) in _ROOTS or int(second) not in _ROOTS:
        return tuple(dict.fromkeys(month_first + day_first))
    return day_first + month_first


def _spell_day(month: str, day: int, year: str | None, roots: Roots = ROOTS) -> tuple[str, ...]:
    """Return what a full date may have been: SEP53 becomes September 1 of 1953, since no month has 53 days."""
    number = int(month) if month.isdigit() else _MONTHS.get(month, 0)
    if not 1 <= number <= 12 or not 1 <= day <= _LONGEST_MONTH[number - 1]:
        return ()
    numbers = [day]
    if year and day == 1 and int(year) % 100 > _LONGEST_MONTH[number - 1]:
        recent = len(year) == 4 and int(year) in _PLAUSIBLE_YEARS
        numbers.insert(1 if recent else 0, int(year) % 100)
    return _spell(month, numbers, roots)


def _spell(month: str, numbers: Iterable[int], roots: Roots = ROOTS) -> tuple[str, ...]:
    """Return the names that begin like a month and end in a number; the month's own language comes first."""
    heads: Iterable[str] = roots.get(int(month) if month.isdigit() else _MONTHS.get(month, 0), ())
    if month in _LOCAL_ROOTS:
        heads = dict.fromkeys((_LOCAL_ROOTS[month], *heads))
    return tuple(f"{head}{number}" for number in numbers if number for head in heads)


def read_serial(digits: str) -> tuple[date, tuple[str, ...]] | None:
    """Return the day that a number of five digits is for a spreadsheet, and the names that it may have been."""
    days = (beginning + timedelta(days=int(digits)) for beginning in _SERIAL_BEGINNINGS)
    plausible = [day for day in days if day.year in _PLAUSIBLE_YEARS]
    spellings = [name for day in plausible for name in _spell_day(str(day.month), day.day, str(day.year))]
    return (plausible[0], tuple(dict.fromkeys(spellings))) if spellings else None


_ENGLISH_MONTHS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])


def is_of_month(name: str, text: str) -> bool:
    """Return whether a name begins like an English month, or like the month in the text.

    1-Aug may have been AGO1, but only if the spreadsheet was Spanish once and English later: that is no proof.
    """
    begin = name[:3].lower()
    return begin in _ENGLISH_MONTHS or begin in text.lower()
