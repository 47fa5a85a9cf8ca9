"""The species of a column: decided once by its head, for every row, and reported wherever the conversion is."""

from __future__ import annotations

import io
from typing import Any, BinaryIO, cast

import pandas as pd
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.conversion import open_conversion
from resolver.convert.engine import Tools
from resolver.convert.options import read_table_options
from resolver.convert.plan import Reading
from resolver.convert.profile import Prepared
from resolver.convert.report.lines import list_details
from resolver.convert.report.receipt import build_conversion_receipt
from resolver.convert.report.summary import Summary, find_next_step
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.resolver import Resolver
from tests.convert.mixes import BLOCKS, ROWS, convert, read, written
from tests.convert.test_report import a_report
from tests.resolve.test_list_species import OF_BOTH, list_symbols

HEAD_ROWS = 10_000
READING = Reading(columns=("gene",), delimiter=",")


class Pipe(io.RawIOBase):
    """A stream that can be read once, a little at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read up to a thousand bytes."""
        return self._data.readinto(memoryview(buffer)[:1000])


def write_column(cells: list[str]) -> bytes:
    """Return a table with a column of these cells."""
    return written(["n", "gene"], [[str(number), cell] for number, cell in enumerate(cells)])


def convert_column(
    resolver: Resolver, cells: list[str], how: dict[str, Any] = ROWS, **options: str
) -> tuple[list[list[str]], Summary, Prepared]:
    """Return the rows of a converted column, what it came to, and how it was planned."""
    request = read_table_options({"to": "symbol,species"} | options)
    out, summary, conversion = convert(write_column(cells), request.plan, Tools(resolver), READING, **how)
    return [row[1:] for row in read(out)[1:]], summary, conversion.prepared


@pytest.mark.parametrize("how", [ROWS, BLOCKS], ids=["rows", "blocks"])
@pytest.mark.parametrize(("taxon", "name"), [(HUMAN, "human"), (MOUSE, "mouse")])
def test_a_table_of_symbols_has_one_gene_a_row(resolver: Resolver, how: dict[str, Any], taxon: int, name: str) -> None:
    cells = [*OF_BOTH, *list_symbols(resolver, taxon, 300)]
    rows, summary, prepared = convert_column(resolver, cells, how)
    assert {row[2] for row in rows} == {name}
    assert [row[1] for row in rows[4:]] == cells[4:]
    (counts,) = summary.columns
    assert (counts.several, counts.species) == (0, {name: len(cells)})
    (note,) = [note for note in summary.notes if note.startswith("gene is read as")]
    assert f"unambiguous entries are {name}" in note
    assert "--species any" in note
    described = prepared.plan.describe()["columns"][0]["species"]
    assert (described["species"], sum(described["votes"].values()) > 250) == (name, True)


def test_any_switches_it_off_and_human_is_a_filter(resolver: Resolver) -> None:
    cells = [*OF_BOTH, "ENSMUSG00000059552", *list_symbols(resolver, HUMAN, 300)]
    _, summary, _ = convert_column(resolver, cells, species="any")
    assert summary.columns[0].several > 50
    assert not any("read as human" in note for note in summary.notes)
    voted, summary, _ = convert_column(resolver, cells)
    assert voted[4][1:5] == ["Trp53", "mouse", "resolved", "other_species"]
    assert summary.columns[0].reasons == {"other_species": 1}
    filtered, _, _ = convert_column(resolver, cells, species="human")
    assert filtered[4][1:5] == ["", "", "not_found", "wrong_species"]


def test_a_mixed_table_keeps_both_with_counts_by_species(resolver: Resolver) -> None:
    cells = [*OF_BOTH, *list_symbols(resolver, HUMAN, 60), *list_symbols(resolver, MOUSE, 60)]
    rows, summary, prepared = convert_column(resolver, cells)
    assert rows[0][2] == "human;mouse"
    assert prepared.plan.columns[0].species is not None
    assert prepared.plan.columns[0].species.taxon is None
    assert any("mixed list" in note and "--species human or --species mouse" in note for note in summary.notes)
    alone, unvoted, _ = convert_column(resolver, cells, species="any")
    assert rows == alone
    both = summary.columns[0].species["both"]
    expected = f"60 mouse; {both} row{'' if both == 1 else 's'} with a gene of each: --species human"
    assert any(line.startswith("mixed: 60 human, ") and expected in line for line in list_details(summary))
    assert "--species human, or --species mouse" in str(find_next_step(summary))
    assert not any(line.startswith("mixed") for line in list_details(unvoted))


def test_the_head_decides_for_all_rows_also_of_a_pipe(resolver: Resolver) -> None:
    human, mouse = list_symbols(resolver, HUMAN, 500), list_symbols(resolver, MOUSE, 500)
    cells = [*(human * 21)[:HEAD_ROWS], *mouse, *OF_BOTH]
    rows, summary, _ = convert_column(resolver, cells, {})
    assert {row[2] for row in rows[-4:]} == {"human"}
    assert {row[2] for row in rows[HEAD_ROWS:-4]} == {"human", "mouse"}
    assert summary.columns[0].reasons["other_species"] > 100
    plan = read_table_options({"to": "symbol,species"}).plan
    data = write_column(cells)
    twice = []
    for source in (io.BytesIO(data), io.BufferedReader(Pipe(data))):
        out = io.BytesIO()
        open_conversion(cast("BinaryIO", source), "genes.csv", plan, Tools(resolver), READING).run(out)
        twice.append(out.getvalue())
    assert twice[0] == twice[1]
    assert [row[1:] for row in read(twice[0])[1:]] == rows


def test_lists_in_cells_vote_by_their_parts(resolver: Resolver) -> None:
    symbols = [symbol for symbol in list_symbols(resolver, HUMAN, 60) if ";" not in symbol]
    cells = [f"{one};{two}" for one, two in zip(symbols[::2], symbols[1::2], strict=False)]
    rows, summary, _ = convert_column(resolver, ["AR;CD36", *cells])
    assert rows[0][1] == "AR;CD36"
    assert any("gene is read as human" in note for note in summary.notes)


def test_report_and_receipt_say_how_the_column_was_read(resolver: Resolver) -> None:
    cells = tuple(list_symbols(resolver, HUMAN, 60))
    html, summary, prepared = a_report(resolver, (*cells, "mgi:98834"), species="auto")
    assert "were read as human: " in html
    assert "--species any" in html
    assert "matches only a gene of the other species" in html
    receipt = build_conversion_receipt(resolver.reader, prepared, summary, name="genes.csv")
    assert receipt["parameters"]["columns"][0]["species"]["species"] == "human"
    assert "was decided by the list: human (" in receipt["methods_sentence"]


def test_frames_are_tables_and_report_it_in_their_summary(resolver: LocalResolver) -> None:
    frame = pd.DataFrame({"gene": [*OF_BOTH, *list_symbols(resolver, HUMAN, 60)]})
    summaries: list[Summary] = []
    converted = resolver.convert(frame, to="species", on_summary=summaries.append)
    assert set(converted["species"]) == {"human"}
    assert any("gene is read as human" in note for note in summaries[0].notes)
    assert set(resolver.convert(frame, to="species", species="any")["species"]) == {"human", "human;mouse"}
