"""Gene Xref Resolver: map any human or mouse gene identifier to all others of its gene.

`__all__` lists the public names. All but the errors are imported at their first use: `import resolver` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import errors as _errors
from .errors import *  # noqa: F403  (each error is public)
from .version import __version__

if TYPE_CHECKING:
    from .app.resolver import LocalResolver as Resolver
    from .app.resolver import convert_file as convert_file
    from .app.resolver import convert_frame as convert_frame
    from .convert.merging import CollisionWarning as CollisionWarning
    from .identifiers.model import Interpretation as Interpretation
    from .resolve.answer import Answer as Answer
    from .resolve.outcome import Outcome as Outcome
    from .resolve.outcome import Reason as Reason

__all__ = [
    "Answer",
    "CollisionWarning",
    "Interpretation",
    "Outcome",
    "Reason",
    "Resolver",
    "__version__",
    "convert_file",
    "convert_frame",
]
__all__ += _errors.__all__

# The modules of the public names that are imported at their first use.
_ORIGINS = {
    "Answer": "resolve.answer",
    "CollisionWarning": "convert.merging",
    "Outcome": "resolve.outcome",
    "Interpretation": "identifiers.model",
    "Reason": "resolve.outcome",
    "Resolver": "app.resolver",
    "convert_file": "app.resolver",
    "convert_frame": "app.resolver",
}
_OWN_NAMES = {"Resolver": "LocalResolver"}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (attributes of a module have any type)
    if name not in _ORIGINS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f".{_ORIGINS[name]}", __name__)
    return getattr(module, _OWN_NAMES.get(name, name))


def __dir__() -> list[str]:
    return list(__all__)
