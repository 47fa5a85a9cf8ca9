"""What `read_word` and `copy_bytes` are to the compiler: one instruction each."""

from __future__ import annotations

from numba.core import cgutils, types
from numba.extending import intrinsic


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


read_word = intrinsic(_lay_out_word)
copy_bytes = intrinsic(_lay_out_copy)
