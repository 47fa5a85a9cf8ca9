"""Render the report of nightly runs as one page with charts; it has no script and loads nothing."""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from ..nightly.report import Report

# Colors for color-blind readers (Okabe and Ito), on white and on black; each with a dash pattern.
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9")
_DASHES = ("none", "7 3", "2 3", "9 3 2 3", "4 2", "1 2")
SIGNS = {
    "done": ("✓", "good"), "unchanged": ("=", "good"), "running": ("…", "neutral"), "stopped": ("■", "neutral"),
    "out_of_time": ("◷", "neutral"), "out_of_calls": ("#", "neutral"), "down": ("✗", "bad"),
    "throttled": ("‖", "neutral"), "not_understood": ("?", "bad"), "implausible": ("!", "bad"), "silent": ("∅", "bad"),
    "probe_failed": ("¿", "bad"), "failed": ("✗", "bad"),
}  # fmt: skip
_NEWS_TITLES = {"set": "Newly marked", "changed": "Changed", "lifted": "Lifted: current again"}
SHOWN_RUNS = 14
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 84, 12, 26


class Line(NamedTuple):
    """A source's marks over time: points as SVG has them, and the height of its label."""

    source: str
    color: str
    dash: str
    points: str
    dots: list[tuple[float, float, str]]
    label_y: float


class Chart(NamedTuple):
    """A line chart with its grid."""

    width: int
    height: int
    lines: list[Line]
    levels: list[tuple[float, str]]
    runs: list[tuple[float, str]]


def render_page(report: Report, *, service: str | None) -> str:
    """Return the page as HTML; `service` is the address of the service for links to all marks, None for no links."""
    environment = Environment(
        loader=PackageLoader("resolver.api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    runs = list(reversed(report.runs))
    sources = [one.source for one in report.coverage]
    colors = {source: _COLORS[number % len(_COLORS)] for number, source in enumerate(sources)}
    return environment.get_template("report.html.j2").render(
        report=report,
        service=service,
        charts=[("wide", draw_marks(runs, sources, 760, 300)), ("narrow", draw_marks(runs, sources, 356, 260))],
        colors=colors,
        health=list_health(runs[-SHOWN_RUNS:], sources),
        runs=[run["started_at"][5:10] for run in runs[-SHOWN_RUNS:]],
        signs=SIGNS,
        news_titles=_NEWS_TITLES,
        held_back_total=sum(report.held_back.counts.values()),
        total=sum(sum(counts.values()) for counts in report.stale.values()),
    )


def draw_marks(runs: list[dict[str, Any]], sources: list[str], width: int, height: int) -> Chart:
    """Return the chart of how many identifiers of each source were marked after each run."""
    counts = {
        source: [
            (n, part["marks"]) for n, run in enumerate(runs) for part in run["sources"] if part["source"] == source
        ]
        for source in sources
    }
    top = _round_up(max((count for listed in counts.values() for _, count in listed), default=0))
    inner_w, inner_h = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM

    def x_of(run: int) -> float:
        return round(_LEFT + inner_w * (run / (len(runs) - 1) if len(runs) > 1 else 1.0), 1)

    def y_of(count: float) -> float:
        return round(_TOP + inner_h * (1 - count / top), 1)

    lines = []
    for number, source in enumerate(sources):
        listed = counts[source]
        if listed:
            points = [(x_of(n), y_of(count)) for n, count in listed]
            dots = [(x, y, f"{source}, {runs[n]['started_at'][:10]}: {count:,}")
                    for (x, y), (n, count) in zip(points, listed, strict=True)]  # fmt: skip
            path = " ".join(f"{x},{y}" for x, y in points)
            style = number % len(_COLORS)
            lines.append(Line(source, _COLORS[style], _DASHES[style], path, dots, points[-1][1]))
    steps = 4 if top >= 4 else top
    levels = [(y_of(top * step / steps), f"{top * step // steps:,}") for step in range(steps + 1)]
    every = max(1, ceil(len(runs) / max(2, inner_w // 70)))
    shown = [n for n in range(len(runs)) if (len(runs) - 1 - n) % every == 0]
    return Chart(width, height, spread(lines, height), levels, [(x_of(n), runs[n]["started_at"][5:10]) for n in shown])


def _round_up(count: int) -> int:
    """Round up to a number whose quarters are whole."""
    if count <= 4:
        return max(count, 1)
    step = 10 ** int(log10(count / 4)) if count >= 40 else 1
    return int(ceil(count / (4 * step)) * 4 * step)


def spread(lines: list[Line], height: int) -> list[Line]:
    """Return the lines with labels that do not overlap."""
    placed: list[Line] = []
    at = float(_TOP)
    for line in sorted(lines, key=lambda line: line.label_y):
        at = max(line.label_y, at)
        placed.append(line._replace(label_y=at))
        at += 15
    limit = float(height - _BOTTOM + 4)  # only labels at the bottom move up
    for place in reversed(range(len(placed))):
        at = round(min(placed[place].label_y, limit), 1)
        placed[place] = placed[place]._replace(label_y=at)
        limit = at - 15
    return placed


def list_health(runs: list[dict[str, Any]], sources: list[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return for each source its state in each run, with a description; empty if it was not queried."""
    rows = []
    for source in sources:
        cells = []
        for run in runs:
            part = next((one for one in run["sources"] if one["source"] == source), None)
            if part is None:
                cells.append(("", f"{run['started_at'][:10]}: not queried"))
            else:
                words = f"{run['started_at'][:10]}: {part['state'].replace('_', ' ')}"
                cells.append((part["state"], f"{words}. {part['reason']}" if part["reason"] else words))
        rows.append((source, cells))
    return rows
