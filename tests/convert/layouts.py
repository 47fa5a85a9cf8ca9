"""Conversions to symbols of human genes, by column and in place, of one text to one text."""

from __future__ import annotations

import io
from typing import Any

from resolver.app.resolver import LocalResolver
from resolver.convert.plan import make_plan
from resolver.resolve.options import read_options
from tests.convert.conversions import open_bytes

PLAN = make_plan("symbol", read_options({"species": "human"}))
IN_PLACE = make_plan("symbol", read_options({"species": "human"}), in_place=True)


def replace(resolver: LocalResolver, text: str, name: str, to: str | None = None, **how: Any) -> tuple[str, list[str]]:
    """Return a text that is converted in place, or by another plan, and the notes of its summary."""
    out = io.BytesIO()
    plan = how.pop("plan", IN_PLACE)
    columns = how.pop("columns", ())
    summary = open_bytes(resolver, text.encode(), to, plan=plan, name=name, columns=columns, **how).run(out)
    return out.getvalue().decode(), summary.notes
