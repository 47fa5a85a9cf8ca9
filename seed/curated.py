"""Facts that we wrote by hand, because no source file at hand states them: `curated.tsv`, with a reason each."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from resolver.errors import UnreadableTable
from resolver.sources.base import SCHEMAS, Facts

from .evidence import CURATED_KEY

CURATED = Path(__file__).with_name("curated.tsv")
_COLUMNS = ("subject", "kind", "value", "why")


def read_curated_facts(path: Path = CURATED) -> Facts:
    """Return the facts that we wrote by hand: a kind is a kind of name, or the prefix of an identifier.

    Raises UnreadableTable, with file and line, for a row that has not the four columns.
    """
    frame = _read_table(path).lazy().with_columns(source=pl.lit(CURATED_KEY))
    is_name = pl.col("kind").is_in(["alias", "full_name"])
    names = frame.filter(is_name).select("subject", "kind", text="value", source="source")
    identifiers = frame.filter(~is_name).select(
        "subject",
        prefix="kind",
        accession="value",
        version=pl.lit(None),
        relation=pl.lit(None),
        reviewed=pl.lit(None),
        source="source",
    )
    return Facts(
        identifiers=[identifiers.cast(SCHEMAS["identifiers"])],
        names=[names.cast(SCHEMAS["names"])],
    )


def _read_table(path: Path) -> pl.DataFrame:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableTable(str(error), path=str(path)) from error
    rows = [(number, line.split("\t")) for number, line in enumerate(lines, 1) if line and not line.startswith("#")]
    if not rows or tuple(rows[0][1]) != _COLUMNS:
        found = ", ".join(rows[0][1]) if rows else "nothing"
        raise UnreadableTable(f"the columns should be {', '.join(_COLUMNS)}; found {found}", path=str(path), line=1)
    for number, cells in rows[1:]:
        if len(cells) != len(_COLUMNS):
            raise UnreadableTable(
                f"{len(_COLUMNS)} columns were expected, found {len(cells)}", path=str(path), line=number
            )
    return pl.DataFrame([cells for _, cells in rows[1:]], schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
