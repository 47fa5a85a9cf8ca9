"""The base of all errors."""

from __future__ import annotations

from typing import Any


class ResolverError(Exception):
    """Base of all errors. `code` is a stable slug for programs; `hint` says what to do, also in tracebacks."""

    code = "resolver_error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        if hint is not None:
            self.add_note(hint)  # shown in tracebacks

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickle and copy without calling `__init__`, whose arguments differ between subclasses."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[ResolverError], args: tuple[Any, ...], members: dict[str, Any]) -> ResolverError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(members)
    if "__notes__" in members:
        error.__notes__ = list(members["__notes__"])  # the copy needs its own list
    return error
