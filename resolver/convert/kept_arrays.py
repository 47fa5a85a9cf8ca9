"""Arrays that took seconds to prepare, kept on disk for the next conversion, which maps them into memory.

A set of arrays is a folder that appears whole or not at all, named by what it was made from and by the program that
made it: nothing in it is ever changed, and another release, question or version of the program has another name. It can
be removed at any time. Where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

_PROGRAM = Path(__file__).parents[1]
_UNFINISHED = ".unfinished-"
_ABANDONED_AFTER_S = 3_600
# Smaller files are read: to map one costs more.
_MAPPED_FROM = 1 << 16


class ArrayShelf:
    """The sets that are kept in one folder, of each kind the last few that were used.

    `limits` says for each kind how many; sets of less than `smallest` bytes are not worth a file. `program` is the
    folder of the modules that make them. Safe to share between threads and processes.
    """

    def __init__(
        self, folder: Path | None, limits: Mapping[str, int], smallest: int = 1 << 22, program: Path = _PROGRAM
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._smallest = smallest
        self._program = program

    def find(self, kind: str, made_from: object) -> Arrays | None:
        """Return the set that was made from this by the program as it is; None where there is none."""
        if self._folder is None:
            return None
        kept = self._folder / self._name(kind, made_from)
        try:
            arrays = {path.stem: _open_array(path) for path in kept.iterdir()}
            os.utime(kept)
        except (OSError, ValueError):
            return None  # there is none, or another process is just removing it
        return arrays

    def keep(self, kind: str, made_from: object, arrays: Arrays) -> threading.Thread | None:
        """Keep a set, in a thread of its own that a process waits for at its end; the arrays must not change."""
        if self._folder is None or sum(array.nbytes for array in arrays.values()) < self._smallest:
            return None
        writing = threading.Thread(target=self._write, args=(kind, self._name(kind, made_from), arrays))
        writing.start()
        return writing

    def _write(self, kind: str, name: str, arrays: Arrays) -> None:
        assert self._folder is not None  # noqa: S101  (asked by the caller)
        unfinished = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._folder))
            for stem, array in arrays.items():
                with (unfinished / f"{stem}.npy").open("wb") as out:
                    np.save(out, array, allow_pickle=False)
                    out.flush()
                    os.fsync(out.fileno())  # after a loss of power a set is whole, or has another name
            unfinished.chmod(0o755)
            unfinished.rename(self._folder / name)
            self._remove_oldest(kind)
        except OSError:  # no room, no right to write, or another process was first: the next conversion prepares anew
            if unfinished is not None:
                shutil.rmtree(unfinished, ignore_errors=True)

    def _name(self, kind: str, made_from: object) -> str:
        told = repr((made_from, _stamp(self._program)))
        return f"{kind}-{blake2b(told.encode(), digest_size=16).hexdigest()}"

    def _remove_oldest(self, kind: str) -> None:
        assert self._folder is not None  # noqa: S101  (asked by the caller)
        ages = {}
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                ages[path] = path.stat().st_mtime
        kept = sorted((path for path in ages if path.name.startswith(f"{kind}-")), key=ages.__getitem__, reverse=True)
        abandoned = [
            path
            for path, age in ages.items()
            if path.name.startswith(_UNFINISHED) and age < time.time() - _ABANDONED_AFTER_S
        ]
        for path in kept[self._limits[kind] :]:
            # It goes as a whole, as it came: who is just reading it finds all of it, or nothing.
            gone = path.with_name(f"{_UNFINISHED}{path.name}-{os.getpid()}")
            with contextlib.suppress(OSError):
                abandoned.append(path.rename(gone))
        for path in abandoned:
            shutil.rmtree(path, ignore_errors=True)


def _open_array(path: Path) -> NDArray[Any]:
    """Return a kept array; writing into it changes this process's copy alone, which compiled loops ask for."""
    array: NDArray[Any] = np.load(path, mmap_mode="c" if path.stat().st_size >= _MAPPED_FROM else None)
    return array.view(np.ndarray)


def _stamp(program: Path) -> list[tuple[str, int, int]]:
    """Return what changes whenever a module of the program does."""
    return sorted(_list_modules(str(program), ""))


def _list_modules(folder: str, above: str) -> Iterator[tuple[str, int, int]]:
    """Yield the modules below a folder, each with its time and size; a few microseconds each."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = above + entry.name
            if entry.is_dir():
                yield from _list_modules(entry.path, f"{name}/")
            elif name.endswith(".py"):
                stat = entry.stat()
                yield name, stat.st_mtime_ns, stat.st_size
