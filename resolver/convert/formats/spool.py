"""A stream as a file on disk, for formats that are not read from their beginning to their end."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO


class SpooledFile:
    """The file behind a stream, or a copy of the stream in the folder of temporary files, removed with this object.

    `begin` are bytes of the stream that were read already.
    """

    def __init__(self, stream: BinaryIO, begin: bytes = b"") -> None:
        named = _find_file(stream)
        if named is not None:
            self.path = named
            return
        number, name = tempfile.mkstemp(prefix="resolver-", suffix=".table")
        self.path = Path(name)
        weakref.finalize(self, self.path.unlink, missing_ok=True)
        with os.fdopen(number, "wb") as copy:
            copy.write(begin)
            shutil.copyfileobj(stream, copy, 1 << 20)


def _find_file(stream: BinaryIO) -> Path | None:
    """Return the path of a stream that is a file; None for a pipe and the like."""
    name = getattr(stream, "name", None)
    if not isinstance(name, str) or not Path(name).is_file():
        return None
    try:
        is_same = os.path.samestat(os.fstat(stream.fileno()), os.stat(name))  # noqa: PTH116  (of the same kind)
    except (OSError, ValueError, AttributeError):
        return None
    return Path(name) if is_same else None
