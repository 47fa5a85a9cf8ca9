"""Draw the location of a gene to scale on its chromosome.

The lengths are those of the primary assemblies; a gene of another assembly, or on a scaffold, is not drawn. Bands are
shown as the source reports them, and never computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..resolve.card import format_position

if TYPE_CHECKING:
    from collections.abc import Mapping

_MB = 1_000_000
_HUMAN = (
    248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717, 133797422,
    135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285, 58617616, 64444167,
    46709983, 50818468,
)  # fmt: skip
_MOUSE = (
    195154279, 181755017, 159745316, 156860686, 151758149, 149588044, 144995196, 130127694, 124359700, 130530862,
    121973369, 120092757, 120883175, 125139656, 104073951, 98008968, 95294699, 90720763, 61420004,
)  # fmt: skip


def _by_name(numbered: tuple[int, ...], **others: int) -> dict[str, int]:
    return {str(number): length for number, length in enumerate(numbered, start=1)} | others


LENGTHS: Mapping[str, Mapping[str, int]] = {
    "GRCh38": _by_name(_HUMAN, X=156040895, Y=57227415, MT=16569),
    "GRCm39": _by_name(_MOUSE, X=169476592, Y=91455967, MT=16299),
}
# The longest chromosome of both species fills the width, and the others are drawn to the same scale.
_LONGEST = max(_HUMAN[0], _MOUSE[0])
_SHORT = 1_000_000  # a chromosome this short fills the width too
WIDTH = 1000.0
_NARROWEST = 6.0


class Drawing(NamedTuple):
    """A chromosome and a gene on it, in units of which the drawing is `WIDTH` wide.

    `is_to_common_scale` is false if the chromosome is so short that it has a scale of its own.
    """

    chromosome: str
    length: str
    width: float
    begin: float
    extent: float
    middle: float
    share: float
    is_to_common_scale: bool


class Place(NamedTuple):
    """The location of a gene in words, and its drawing if there is one."""

    position: str
    strand: str
    map_location: str
    assembly: str
    drawing: Drawing | None


def describe_place(location: dict[str, Any]) -> Place:
    """Return the location of a gene, from its document."""
    strands = {"+": "forward strand", "-": "reverse strand"}
    return Place(
        format_position(location),
        strands.get(location["strand"] or "", ""),
        (location["map_location"] or "").replace("|", " or "),
        location["assembly"] or "",
        draw_location(location),
    )


def draw_location(location: dict[str, Any]) -> Drawing | None:
    """Return the drawing of a location; None if the length of its chromosome is not known."""
    length = LENGTHS.get(location["assembly"] or "", {}).get(location["chromosome"] or "")
    begin, end = location["start"], location["end"]
    if length is None or begin is None or end is None or end > length:
        return None
    is_common = length > _SHORT
    width = WIDTH * length / _LONGEST if is_common else WIDTH
    extent = max(width * (end - begin + 1) / length, _NARROWEST)
    middle = width * (begin + end) / 2 / length
    first = min(max(middle - extent / 2, 0.0), width - extent)
    shown = f"{length / _MB:.1f}\N{NO-BREAK SPACE}Mb" if is_common else f"{length / 1000:.1f}\N{NO-BREAK SPACE}kb"
    return Drawing(
        location["chromosome"], shown, round(width, 1), round(first, 1), round(extent, 1), round(middle, 1),
        round((begin + end) / 2 / length, 4), is_common,
    )  # fmt: skip
