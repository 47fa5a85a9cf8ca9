"""Loops that are compiled to machine code once on a machine, kept there, and called without their compiler.

numba compiles them (`compiler`), which takes some seconds. What it makes needs nothing of it, so that LLVM alone loads
it later, in a tenth of a second; numba would take one more to come and to go. It is kept in the user's folder for
caches, by what the processor can do and by the modules here. A loop lets other threads go on.
"""

# The compiled code takes arrays as they are: bounds are the caller's to keep.

from __future__ import annotations

import ctypes
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import llvmlite
import llvmlite.binding as llvm
import numpy as np
from platformdirs import user_cache_path

from ..kept_arrays import ArrayShelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Places = NDArray[np.int64]
    Offsets = NDArray[np.uint32]
    Slots = NDArray[np.uint32]
    Whole = int | np.int64

_Function = TypeVar("_Function", bound="Callable[..., object]")

# Loads from memory are the cost: a loop goes through so many rows at a time, and asks for all that it will need of them
# before it uses the first.
AT_ONCE = 256

_KEPT = 4
_LOCK = threading.Lock()
# With the bytes that it was made of, which it goes on to read.
_ENGINES: list[tuple[llvm.ExecutionEngine, bytes]] = []


class Loop:
    """A function that is run as machine code; its signature is in numba's words, C-contiguous arrays and whole numbers.

    It returns a whole number. An argument of another type is a TypeError.
    """

    def __init__(self, function: Callable[..., object], signature: str) -> None:
        self.function = function
        self.signature = signature
        self._code: Callable[..., int] | None = None

    def __call__(self, *arguments: object) -> int:
        """Run it."""
        types, words = lay_out(arguments)
        if self.signature != f"int64({', '.join(types)})":
            raise TypeError(f"{self.function.__name__} takes {self.signature}, not {', '.join(types)}")
        code = self._code
        if code is None:
            kinds = [ctypes.c_void_p if word is None else ctypes.c_int64 for word in words]
            prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *kinds)
            code = self._code = prototype(load_loops().get_function_address(self.function.__name__))
        returned, raised = ctypes.c_int64(), ctypes.c_void_p()
        if code(ctypes.addressof(returned), ctypes.addressof(raised), *words):
            raise RuntimeError(f"{self.function.__name__} failed: it has no way to")
        return returned.value


def compiled(signature: str) -> Callable[[_Function], _Function]:
    """Return what makes a loop of a function."""

    def make(function: _Function) -> _Function:
        return cast("_Function", Loop(function, signature))

    return make


def lay_out(arguments: tuple[object, ...]) -> tuple[list[str], list[int | None]]:
    """Return the types of arguments, and the words in which numba's functions take them.

    An array is two pointers to its owners (it has none), its number of items, their size, where they are, its shape and
    its strides; a tuple is its items.
    """
    types: list[str] = []
    words: list[int | None] = []
    for one in arguments:
        if isinstance(one, np.ndarray):
            name = "boolean" if one.dtype == np.bool_ else one.dtype.name
            types.append(f"{name}[{':, ' * (one.ndim - 1)}::1]" if one.flags.c_contiguous else "gaps")
            address: int = one.__array_interface__["data"][0]
            words += [None, None, one.size, one.itemsize, address, *one.shape, *one.strides]
        elif isinstance(one, tuple):
            inner, laid = lay_out(one)
            types.append(f"Tuple(({', '.join(inner)}))")
            words += laid
        else:
            types.append("int64")
            words.append(int(one))  # type: ignore[call-overload]
    return types, words


# The compiler has an instruction for each of these.


def read_word(data: Bytes, at: Whole) -> np.uint64:
    """Return eight bytes that begin at a place of an array, all of which must be there."""
    return cast("np.uint64", data[at : at + 8].view(np.uint64)[0])


def copy_bytes(out: Bytes, at: Whole, data: Bytes, begin: Whole, size: Whole) -> None:
    """Copy so many bytes to a place of an array, from a place of another."""
    out[at : at + size] = data[begin : begin + size]


def load_loops() -> llvm.ExecutionEngine:
    """Return what holds the machine code of all loops as long as the process; it is compiled where it is not kept."""
    with _LOCK:
        if not _ENGINES:
            _ENGINES.append(_make_engine())
        return _ENGINES[0][0]


def _make_engine() -> tuple[llvm.ExecutionEngine, bytes]:
    """Return the engine, and the bytes that it was made of."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    processor = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), llvm.get_process_triple()
    made_from = (*processor, llvmlite.__version__)
    folder = user_cache_path("gene-xref-resolver", appauthor=False) / "loops"
    shelf = ArrayShelf(folder, {"loops": _KEPT}, smallest=0, program=Path(__file__).parent)
    kept = shelf.find("loops", made_from)
    if kept is None:
        from .compiler import compile_loops

        shelf.keep("loops", made_from, kept := {"code": compile_loops()})
    code = kept["code"].tobytes()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine, code
