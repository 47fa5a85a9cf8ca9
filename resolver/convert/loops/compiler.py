"""From the loops' Python to machine code: numba makes LLVM's language of it, and LLVM an object.

Only what can stand alone is taken: a loop that would allocate memory, or raise, needs numba's own library at run time,
and is refused.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast

import llvmlite.binding as llvm
import numba
import numpy as np

from . import intrinsics
from .compiled import Loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_INSTRUCTIONS = ("read_word", "copy_bytes")
_MODULES = ("index_kernels", "row_kernels")
# Without numba's counting of references to arrays: nothing here makes or keeps one.
_jit: Any = partial(numba.njit, _nrt=False)
# What LLVM itself may call, and any program has.
_GIVEN = ("llvm.", "memcpy", "memmove", "memset")


def compile_loops() -> NDArray[np.uint8]:
    """Return an object of machine code for this processor, with a function for each loop, by its name."""
    machine = llvm.Target.from_default_triple().create_target_machine(
        opt=3,
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )
    whole = llvm.parse_assembly("")
    for name in _MODULES:
        module = import_module(f".{name}", __package__)
        # The functions once more, in a scope where they call each other as numba compiles them.
        scope = dict(vars(module))
        loops = {}
        for named, one in list(scope.items()):
            if isinstance(one, Loop):
                loops[named] = one.signature
                scope[named] = _in_scope(one.function, scope)
            elif named in _INSTRUCTIONS:
                scope[named] = getattr(intrinsics, named)
            elif isinstance(one, FunctionType) and one.__module__ == module.__name__:
                scope[named] = _jit()(_in_scope(one, scope))
        for named, signature in loops.items():
            whole.link_in(lower(scope[named], signature, machine))
    return np.frombuffer(machine.emit_object(whole), dtype=np.uint8)


def _count_words(kind: object) -> int:
    """Return how many words an argument of one of numba's types is."""
    if isinstance(kind, numba.types.Array):
        return 5 + 2 * kind.ndim
    return sum(_count_words(one) for one in cast("Any", kind).types) if isinstance(kind, numba.types.BaseTuple) else 1


def _in_scope(function: Callable[..., object], scope: dict[str, Any]) -> FunctionType:
    return FunctionType(cast("FunctionType", function).__code__, scope, function.__name__)


def lower(function: FunctionType, signature: str, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    """Return a loop in LLVM's language, with nothing but what it needs."""
    made = _jit(signature)(function)
    (types,) = made.signatures
    module = llvm.parse_assembly(made.inspect_llvm(types))
    own = made.overloads[types].fndesc.llvm_func_name
    words = len(list(module.get_function(own).arguments))
    if words != 2 + sum(
        _count_words(one) for one in types
    ):  # where to put what it returns, and what it raises, come first
        raise RuntimeError(f"this numba passes {words} words to {function.__name__}: see compiled.lay_out")
    for one in (*module.functions, *module.global_variables):
        if not one.is_declaration and one.name != own:
            one.linkage = "internal"  # Python's way to call it is not needed, nor is what only that needs
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options()))
    needed = [one.name for one in module.functions if one.is_declaration and not one.name.startswith(_GIVEN)]
    if needed:
        raise RuntimeError(f"{function.__name__} cannot stand alone: it needs {', '.join(needed)}")
    module.get_function(own).name = function.__name__
    return module
