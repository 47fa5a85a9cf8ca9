"""Frames of Spark, classic or Connect: the new frame is lazy, and its rows never come to the driver."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...errors import BadOption
from .engine import convert_spark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..frames.base import FrameRequest


def convert_frame(frame: Any, wanted: Sequence[object], request: FrameRequest) -> Any:  # noqa: ANN401  (either kind)
    """Return the frame with new columns; a Spark action converts the rows."""
    if not hasattr(frame, "sparkSession"):
        raise BadOption("a Column is not a table", hint="Use a DataFrame.")
    if request.on_summary is not None:
        raise BadOption("a Spark frame has no summary before an action", hint="Count its outcome column instead.")
    reading = replace(request.reading, columns=tuple(map(str, wanted)))
    return convert_spark(frame, request.plan, request.tools, reading)
