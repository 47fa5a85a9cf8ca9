"""For any table and any layout, lines in are lines out."""

from __future__ import annotations

import csv
import io
import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from resolver.app.resolver import LocalResolver
from resolver.convert.engine import Tools
from resolver.convert.plan import Reading
from resolver.errors import BadOption
from tests.convert.layouts import IN_PLACE, PLAN, replace
from tests.convert.mixes import BLOCKS, ROWS
from tests.convert.mixes import convert as convert_text

_TRIED = int(os.environ.get("RESOLVER_EXAMPLES", "40"))


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=6)
_CELL = _TEXT | st.sampled_from(["", "NA", "0012", "1e5", "=1+1", " x ", 'a "b', "#N/A", "x;y|z"])
_COMMENT = st.builds("{}{}{}".format, st.sampled_from(["#", "##", "# "]), st.sampled_from([" ", "#"]), _TEXT)
_GENE = st.sampled_from(["TP53", "ENSG00000104432", "MUM1", "NOVELX", "P04637"])
_BETWEEN = st.lists(_COMMENT | st.just(""), max_size=2)


@st.composite
def layouts(draw: st.DrawFn) -> tuple[str, list[tuple[str, list[str] | None]], str, bool]:
    """Return a delimiter, lines with their cells (None: no row), a line end, and whether the last line has one."""
    delimiter = draw(st.sampled_from(",\t;"))
    width = draw(st.integers(1, 4))
    quotes = io.StringIO()
    write = csv.writer(quotes, delimiter=delimiter, lineterminator="").writerow

    def quote(cells: list[str]) -> str:
        quotes.seek(0)
        quotes.truncate()
        write(cells)
        return quotes.getvalue()

    header = ["gene", *(f"c{number}" for number in range(width))]
    lines: list[tuple[str, list[str] | None]] = [(line, None) for line in draw(st.lists(_COMMENT, max_size=3))]
    lines.append((quote(header), header))
    for _ in range(draw(st.integers(0, 6))):
        lines += [(line, None) for line in draw(_BETWEEN)]
        cells = [draw(_GENE), *draw(st.lists(_CELL, min_size=width, max_size=width))]
        lines.append((quote(cells), cells))
    lines += [(line, None) for line in draw(_BETWEEN)]
    return delimiter, lines, draw(st.sampled_from(["\n", "\r\n"])), draw(st.booleans())


@settings(max_examples=_TRIED, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(layouts(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.booleans())
def test_in_any_layout_lines_in_are_lines_out(
    resolver: LocalResolver,
    layout: tuple[str, list[tuple[str, list[str] | None]], str, bool],
    encoding: str,
    in_place: bool,
) -> None:
    delimiter, lines, end, has_last_end = layout
    text = end.join(line for line, _ in lines) + end * has_last_end
    reading = Reading(columns=("gene",), delimiter=delimiter)
    plan = IN_PLACE if in_place else PLAN
    results = {convert_text(text.encode(encoding), plan, Tools(resolver), reading, **how)[0]
               for how in (ROWS, ROWS, {"small_rows": -1}, BLOCKS)}  # fmt: skip
    assert len(results) == 1
    written = results.pop().decode("utf-8-sig").split(end)
    assert len(written) - (written[-1] == "") == len(lines) - (lines[-1][0] == "" and not has_last_end)
    for (line, cells), new in zip(lines, written, strict=False):
        if cells is None:
            assert new == line
        elif in_place:
            assert next(csv.reader([new], delimiter=delimiter))[1:] == cells[1:]
        else:
            assert new.startswith(f"{line}{delimiter}")


_MEMBER = st.sampled_from(["TP53", "ENSG00000104432", "MUM1", "NOVELX", "", " "])


@settings(max_examples=_TRIED, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(_MEMBER, max_size=6), min_size=1, max_size=6),
    st.sampled_from(["a.gmt", "a.gmx"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_sets_keep_their_lines_and_what_is_no_gene(
    resolver: LocalResolver, sets: list[list[str]], name: str, end: str
) -> None:
    rows = [[f"S{number}", "na", *members] for number, members in enumerate(sets)]
    if name == "a.gmx":
        longest = max(map(len, rows))
        rows = [list(column) for column in zip(*(row + [""] * (longest - len(row)) for row in rows), strict=True)]
    text = end.join("\t".join(row) for row in rows) + end
    try:
        written, _ = replace(resolver, text, name, plan=PLAN)
    except BadOption:  # too few genes to be sure
        return
    assert written == text.replace("ENSG00000104432", "IL7")
    assert replace(resolver, text, name, plan=PLAN)[0] == written
