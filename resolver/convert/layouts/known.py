"""The layouts that people know by a name. To add one, add its row to `KNOWN`."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Sets(StrEnum):
    """Where the genes of a set are: in its line, or in its column."""

    IN_LINES = "lines"
    IN_COLUMNS = "columns"


class Skipped(NamedTuple):
    """How many lines are above the header, and how many rows below it describe columns and are no data."""

    above: int
    below: int = 0


class KnownLayout(NamedTuple):
    """A layout by its name for messages, the ends of its file names, and how its text begins (in lower case).

    `looks` recognizes its first lines. `columns` are the names of its columns where the text has no header;
    `has_header` is None where both occur. `skip` finds the lines that are not comments, and no part of the table.
    `limit` is what its readers expect of columns. Cells are delimited by tabs.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    begins: str = ""
    looks: Callable[[Sequence[str]], bool] | None = None
    columns: tuple[str, ...] = ()
    has_header: bool | None = None
    skip: Callable[[Sequence[str]], Skipped] | None = None
    limit: str = ""
    sets: Sets | None = None

    def matches(self, lines: Sequence[str], name: str) -> bool:
        """Return whether a text with these first lines and this file name has the layout."""
        if name.endswith(self.suffixes) or (self.looks is not None and self.looks(lines)):
            return True
        return bool(self.begins and re.match(self.begins, lines[0], re.IGNORECASE))

    @property
    def suffix(self) -> str:
        """The suffix of its files, empty where it has none of its own."""
        return next((one[1:] for one in self.suffixes if one.startswith(".")), "")


def _skip_gct(lines: Sequence[str]) -> Skipped:
    """Return the two lines above the header of a GCT file, and in version 1.3 the rows of annotations of samples."""
    if not lines[0].startswith("#1."):
        return Skipped(0)
    sizes = lines[1].split() if len(lines) > 1 else []
    has_annotations = lines[0].startswith("#1.3") and len(sizes) == 4 and sizes[3].isdigit()
    return Skipped(2, int(sizes[3]) if has_annotations else 0)


def _are_sets(lines: Sequence[str]) -> bool:
    """Return whether lines are sets: a name, an address or nothing, and a number of genes that differs.

    Where nothing stands in the place of addresses, as in the libraries of Enrichr, most sets have several genes.
    """
    rows = [line.rstrip("\r\n").split("\t") for line in lines[:_SAMPLED_LINES] if line.strip() and line[0] != "#"]
    if not rows or any(len(row) < 2 or not _DESCRIPTION.fullmatch(row[1]) for row in rows):
        return False
    are_long = 2 * sum(sum(map(bool, row[2:])) >= _SEVERAL for row in rows) > len(rows)
    return (any(row[1] for row in rows) or are_long) and len(set(map(len, rows))) > 1


_SAMPLED_LINES = 50
_SEVERAL = 3
_DESCRIPTION = re.compile(r"https?://\S*|na|n/a|>.*|", re.IGNORECASE)
_SAMPLES = "a sample in each further column"
KNOWN = (
    KnownLayout("GCT", (".gct",), r"#1\.[23]\s*$", has_header=True, skip=_skip_gct, limit=_SAMPLES),
    KnownLayout("GMT", (".gmt",), looks=_are_sets, has_header=False, sets=Sets.IN_LINES),
    KnownLayout("GMX", (".gmx",), has_header=True, sets=Sets.IN_COLUMNS),
    KnownLayout("RNK", (".rnk",), columns=("gene", "score"), limit="two columns"),
    KnownLayout("10x features", (), r"[^\t]+\t[^\t]+\t(Gene Expression|(Antibody|Multiplexing|CRISPR Guide) Capture)\b",
                columns=("gene_id", "gene_name", "feature_type"), has_header=False, limit="three columns"),
    KnownLayout("STAR gene counts", ("readspergene.out.tab",), r"N_unmapped\t",
                columns=("gene_id", "unstranded", "forward", "reverse"), limit="four columns"),
    KnownLayout("GAF", (".gaf",), r"!gaf-version", columns=
                ("db", "db_object_id", "db_object_symbol", "qualifier", "go_id", "db_reference", "evidence_code",
                 "with_from", "aspect", "db_object_name", "db_object_synonym", "db_object_type", "taxon", "date",
                 "assigned_by", "annotation_extension", "gene_product_form_id"), has_header=False,
                limit="17 columns"),
    KnownLayout("MITAB", (".mitab", ".mitab25", ".mitab26", ".mitab27"), r"#ID\(s\) interactor A\t", columns=
                ("ID(s) interactor A", "ID(s) interactor B", "Alt. ID(s) interactor A", "Alt. ID(s) interactor B",
                 "Alias(es) interactor A", "Alias(es) interactor B")),
    KnownLayout("BED", (".bed",), r"track .*=|browser position ",
                columns=("chrom", "chromStart", "chromEnd", "name", "score", "strand"), limit="up to twelve columns"),
)  # fmt: skip


def find_known(lines: Sequence[str], name: str) -> KnownLayout | None:
    """Return the layout that a text has by its file name or its first lines; None for any other table."""
    bare = name.lower().removesuffix(".gz").removesuffix(".zst")
    return next((one for one in KNOWN if lines and one.matches(lines, bare)), None)
