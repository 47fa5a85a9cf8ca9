"""What compiled loops are made of: numba's compiler, and two instructions that NumPy's arrays have no word for.

Loops are compiled when they are first called on a machine, which takes some seconds, and kept beside their module, or
in the user's cache where that cannot be written. All of them release the interpreter's lock.
"""

# The compiled code takes arrays as they are: shapes, types and bounds are the caller's to keep.

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba
from numba.core import cgutils, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
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


def compiled(function: _Function) -> _Function:
    """Return the function as it is compiled at its first call."""
    try:
        return cast("_Function", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # nothing can be kept on this machine
        return cast("_Function", numba.njit(nogil=True)(function))


def _lay_out_word(_typing, data, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        source = context.make_array(signature.args[0])(context, builder, args[0])
        place = builder.gep(source.data, [args[1]])
        word = context.get_value_type(types.uint64)
        return builder.load(builder.bitcast(place, word.as_pointer()), align=1)

    return types.uint64(data, types.int64), generate


def _lay_out_copy(_typing, out, at, data, begin, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        target = context.make_array(signature.args[0])(context, builder, args[0])
        source = context.make_array(signature.args[2])(context, builder, args[2])
        places = builder.gep(target.data, [args[1]]), builder.gep(source.data, [args[3]])
        cgutils.raw_memcpy(builder, *places, args[4], 1)  # type: ignore[no-untyped-call]
        return context.get_dummy_value()

    return types.void(out, types.int64, data, types.int64, types.int64), generate


# Eight bytes that begin at a place of an array, all of which must be there.
read_word = cast("Callable[[Bytes, Whole], np.uint64]", intrinsic(_lay_out_word))
# Copies to a place of an array, from a place of another, so many bytes.
copy_bytes = cast("Callable[[Bytes, Whole, Bytes, Whole, Whole], None]", intrinsic(_lay_out_copy))
