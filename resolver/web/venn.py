"""Draw two sets whose sizes and overlap are to scale: areas are proportional to numbers."""

from __future__ import annotations

from math import acos, pi, sqrt
from typing import NamedTuple

WIDTH, HEIGHT = 480.0, 240.0
_LARGEST = 100.0
_MIDDLE_Y = 125.0


class Circle(NamedTuple):
    """A circle of the drawing."""

    x: float
    y: float
    radius: float


class Venn(NamedTuple):
    """Two circles, and where the three numbers stand."""

    first: Circle
    second: Circle
    first_x: float
    both_x: float
    second_x: float


def draw_venn(first: int, both: int, second: int) -> Venn:
    """Return the drawing of two sets: so many are in the first only, in both, and in the second only."""
    sizes = (first + both, second + both)
    largest = max(*sizes, 1)
    radii = [max(_LARGEST * sqrt(size / largest), 12.0) for size in sizes]
    distance = _find_distance(radii[0], radii[1], both / largest * pi * _LARGEST**2, both)
    span = max(radii[0], distance + radii[1]) + max(radii[0], radii[1] - distance)
    left = (WIDTH - span) / 2
    x = left + max(radii[0], radii[1] - distance)
    one = Circle(round(x, 1), _MIDDLE_Y, round(radii[0], 1))
    other = Circle(round(x + distance, 1), _MIDDLE_Y, round(radii[1], 1))
    # The overlap is from `begin` to `end`; what is of one set only is left or right of it.
    begin, end = max(other.x - other.radius, one.x - one.radius), min(one.x + one.radius, other.x + other.radius)
    return Venn(
        one,
        other,
        round((one.x - one.radius + begin) / 2, 1),
        round((begin + end) / 2, 1),
        round((end + other.x + other.radius) / 2, 1),
    )


def _find_distance(one: float, other: float, overlap: float, both: int) -> float:
    """Return the distance of two circles that overlap in an area, by halving."""
    if not both:
        return one + other + 8
    low, high = abs(one - other), one + other
    for _ in range(40):
        middle = (low + high) / 2
        if _overlap(one, other, middle) > overlap:
            low = middle
        else:
            high = middle
    return high


def _overlap(one: float, other: float, distance: float) -> float:
    if distance >= one + other:
        return 0.0
    if distance <= abs(one - other):
        return pi * min(one, other) ** 2
    first = acos((distance**2 + one**2 - other**2) / (2 * distance * one))
    second = acos((distance**2 + other**2 - one**2) / (2 * distance * other))
    area = (one + other - distance) * (distance + one - other) * (distance - one + other) * (distance + one + other)
    return one**2 * first + other**2 * second - sqrt(max(area, 0.0)) / 2
