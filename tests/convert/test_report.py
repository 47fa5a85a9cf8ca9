"""The report on a conversion: what it states is what happened, and what users sent can do nothing in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest

from resolver.convert.engine import Tools
from resolver.convert.plan import Reading, make_plan
from resolver.convert.profile import Prepared
from resolver.convert.report.html import render_report
from resolver.convert.report.receipt import build_conversion_receipt, write_receipt
from resolver.convert.report.summary import Summary
from resolver.convert.report.visible import make_visible
from resolver.identifiers.namespaces import NAMESPACES
from resolver.resolve.options import read_options
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.reasons import ADVICE, OUTCOMES
from resolver.resolve.resolver import Resolver
from tests.browser import open_page
from tests.convert.mixes import convert, written

STARTED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NASTY = (
    "<script>alert(1)</script>",
    "</bdi></td><img src=http://example.org/x onerror=alert(2)>",
    "\"'><svg onload=alert(3)>",
    "javascript:alert(4)",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u202c",
    "שלום עולם",
    "x" * 10_000,
    "w" * 300 + " " + "v" * 300,
    "a\tb\nc\x1b[31m",
    "&lt;b&gt; &amp;",
)
REAL = (
    "IL7",
    "P13232",
    "ENSG00000104432.13",
    "TP53",
    "1-Mar",
    "MUM1",
    "ncbigene:60454",
    "NM_999999999",
    "",
    "3574;7157",
)


def a_conversion(
    resolver: Resolver, texts: tuple[str, ...] = REAL, name: str = "genes.csv", *bad: list[str], **options: Any
) -> tuple[Summary, Prepared]:
    """Return the summary of a conversion of these texts, and its preparation."""
    rows = [[str(number), text, "0.5"] for number, text in enumerate(texts)]
    data = written(["n", "gene_id", "p"], [*rows, *bad])
    reading = Reading(columns=("gene_id",), delimiter=",", keep_bad_rows=True)
    _, summary, conversion = convert(
        data, make_plan("ensembl,symbol", read_options(options)), Tools(resolver), reading, name=name
    )
    return summary, conversion.prepared


def a_report(resolver: Resolver, *what: Any, name: str = "genes.csv", **options: Any) -> tuple[str, Summary, Prepared]:
    """Return a report, and what it is of."""
    summary, prepared = a_conversion(resolver, *what, **options)
    html = render_report(summary, prepared, resolver, name=name, started=STARTED, seconds=1.25)
    return html, summary, prepared


class Elements(HTMLParser):
    """Collects the elements of a page and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_every_reason_and_outcome_is_told_with_what_to_do() -> None:
    assert set(ADVICE) == set(Reason)
    assert set(OUTCOMES) == set(Outcome)
    assert all(meaning and next_step for meaning, next_step in ADVICE.values())


def test_a_report_is_one_file_without_script_and_without_address(resolver: Resolver) -> None:
    elements = Elements(a_report(resolver)[0])
    assert not {"script", "iframe", "object", "embed", "form", "base", "img"} & set(elements.tags)
    addresses = [value for name, value in elements.attributes if name in {"src", "href", "action", "xlink:href"}]
    assert addresses == ["data:,"]


def test_what_users_sent_is_text_and_makes_no_element(resolver: Resolver) -> None:
    plain = Elements(a_report(resolver, tuple("none such" for _ in NASTY))[0])
    html, _, _ = a_report(resolver, NASTY, name="<b>x</b>.csv")
    nasty = Elements(html)
    assert set(nasty.tags) == set(plain.tags)
    assert {name for name, _ in nasty.attributes} <= {name for name, _ in plain.attributes} | {"role"}
    assert "<script>" not in html
    assert "alert(1)" in html
    assert "{{ 7 * 7 }}" in html


def test_a_long_cell_is_cut_and_marks_that_are_not_seen_are_drawn() -> None:
    assert make_visible("x" * 10_000, 100) == "x" * 99 + "… (10,000 characters)"
    assert make_visible("a\tb\n\u202ec") == "a␉b␊[U+202E]c"
    assert make_visible("שלום é 漢") == "שלום é 漢"


def test_misses_come_with_what_the_resolver_says_of_them(resolver: Resolver) -> None:
    html, _, _ = a_report(resolver, ("1-Mar", "ENSG0000104432", "MUM1", "ncbigene:60454", "P13232;nonsense!!"))
    for expected in ("spreadsheet", "ENSG00000104432", "several genes"):
        assert expected in html, expected


def test_an_alarm_is_shown_where_few_rows_lead_to_genes(resolver: Resolver) -> None:
    assert 'role="alert"' not in a_report(resolver)[0]
    assert 'role="alert"' in a_report(resolver, ("nonsense", "more of it", "IL7"))[0]


def test_bad_rows_are_listed_with_their_lines(resolver: Resolver) -> None:
    html, summary, _ = a_report(resolver, REAL, "t.csv", ["1"], ["1", "IL7", "0.5", "more"])
    assert summary.bad_rows == 2
    for line, what in summary.bad_lines:
        assert f'<td class="number">{line}</td><td>{what}</td>' in html


def test_release_upstreams_policy_and_sentence_stand_in_the_report(resolver: Resolver) -> None:
    html, summary, prepared = a_report(resolver, species="human", on_many="first")
    receipt = build_conversion_receipt(resolver.reader, prepared, summary, name="genes.csv")
    for source in receipt["sources"]:
        assert source["key"] in html
        assert str(source["sha256"] or "")[:15] in html
    assert receipt["methods_sentence"].replace("'", "&#39;") in html
    for expected in (resolver.release.id, resolver.release.content_hash, "<dd>human</dd>", "<dd>first</dd>"):
        assert expected in html


def test_what_was_found_is_told_by_the_titles_of_namespaces(resolver: Resolver) -> None:
    html, summary, _ = a_report(resolver)
    titles = {namespace.prefix: namespace.title for namespace in NAMESPACES}
    for match in summary.columns[0].matched:
        if match in titles:
            assert titles[match] in html


def test_an_empty_table_has_a_report_too(resolver: Resolver) -> None:
    html, summary, _ = a_report(resolver, ())
    assert summary.rows == 0
    assert "genes.csv" in html


def test_a_receipt_of_a_conversion_is_json_with_all_that_is_needed_to_do_it_again(
    resolver: Resolver, tmp_path: Path
) -> None:
    summary, prepared = a_conversion(resolver, species="human")
    receipt = build_conversion_receipt(resolver.reader, prepared, summary, name="genes.csv")
    write_receipt(tmp_path / "receipt.json", receipt)
    assert orjson.loads((tmp_path / "receipt.json").read_bytes()) == receipt
    assert receipt["parameters"] == prepared.plan.describe()
    assert receipt["release"]["content_hash"] == resolver.release.content_hash
    assert sum(receipt["counts"]["gene_id"].values()) == receipt["written"] == len(REAL)
    sentence = receipt["methods_sentence"]
    assert sentence.startswith("The column gene_id of genes.csv (10 rows) was converted with Gene Xref Resolver")
    for expected in ("as those of human genes", "has ensembl and symbol", "all were listed", resolver.release.id):
        assert expected in sentence


def counts_of(summary: Summary) -> dict[str, int]:
    """Return the counts of a summary, as a report names them."""
    (column,) = summary.columns
    counts = {"rows": summary.rows, "written": summary.written, "bad_rows": summary.bad_rows}
    counts |= {f"outcomes.{outcome.value}": column.outcomes[outcome.value] for outcome in Outcome}
    counts |= {f"reasons.{reason}": rows for reason, rows in column.reasons.items()}
    counts |= {f"matched.{match}": rows for match, rows in column.matched.items()}
    return counts


@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1200, 400])
def test_a_browser_shows_the_counts_asks_nobody_and_needs_no_sideways_scrolling(
    resolver: Resolver, tmp_path: Path, width: int, dark: bool
) -> None:
    name = "a name that is long " + "x" * 200 + ".csv"
    html, summary, _ = a_report(resolver, (*REAL, *NASTY, *NASTY), name, ["1"], name=name)
    page_file = tmp_path / "report.html"
    page_file.write_text(html, encoding="utf-8")
    with open_page(page_file, width=width, dark=dark) as (page, seen):
        shown = page.evaluate("[...document.querySelectorAll('[data-count]')].map(e => [e.dataset.count, e.innerText])")
        widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        colors = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
    assert seen.console == seen.errors == []
    assert seen.requests == [page_file.as_uri()]
    assert widths[0] <= widths[1]
    stated = {name: int(text.replace(",", "")) for name, text in shown}
    assert {name: stated.get(name) for name in counts_of(summary)} == counts_of(summary)
    back, ink = (sum(map(int, re.findall(r"[0-9]+", color)[:3])) for color in colors)
    assert (back < ink) is dark
