"""Gene Xref Resolver: any human or mouse gene identifier to all the others, and why when it cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .wiring import LocalResolver as Resolver

__all__ = ["Resolver", "__version__"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  (a module's attributes may be anything)
    # Looked up when asked for, so that importing one room of the package does not open the whole house.
    if name == "Resolver":
        from .wiring import LocalResolver

        return LocalResolver
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
