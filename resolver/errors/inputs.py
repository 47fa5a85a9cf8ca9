"""Errors of the input: what a client or user can correct."""

from __future__ import annotations

from typing import Any

from .base import ResolverError


class InputError(ResolverError):
    """The input is invalid."""

    code = "bad_input"


class UnknownNamespace(InputError):
    """There is no such namespace, or it has no xrefs."""

    code = "unknown_namespace"


class UnknownSpecies(InputError):
    """There is no such species."""

    code = "unknown_species"


class BadOption(InputError):
    """There is no such option, or its value is invalid."""

    code = "bad_option"


class TooMany(InputError):
    """The input is larger than one call accepts."""

    code = "too_many"


class LiveOff(InputError):
    """Live checks are switched off in this service."""

    code = "live_off"


class NotAcceptable(InputError):
    """The request accepts none of the media types that the answer can have."""

    code = "not_acceptable"


class UnsupportedEncoding(InputError):
    """The body of the request has a content coding or a charset that the service does not read."""

    code = "unsupported_encoding"


class AddressTooLong(InputError):
    """The address of the request is longer than the service accepts."""

    code = "address_too_long"


class HeadersTooLong(InputError):
    """The headers of the request are longer than the service accepts."""

    code = "headers_too_long"


class LoopbackOnly(InputError):
    """The service accepts this change only from its own machine, without a proxy."""

    code = "loopback_only"


class SeveralGenes(InputError):
    """The query matches several genes, and `on_many` is `error`. `answer` lists them."""

    code = "several_genes"

    def __init__(self, message: str, *, answer: Any, hint: str | None = None) -> None:  # noqa: ANN401  (its type is in a higher layer)
        super().__init__(message, hint=hint)
        self.answer = answer


class UnknownKey(InputError):
    """There is no such API key, or it was revoked before."""

    code = "unknown_key"


class MissingColumn(InputError):
    """The table does not have this column, or has it twice. `available` lists its columns."""

    code = "missing_column"

    def __init__(self, message: str, *, available: tuple[str, ...], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.available = available


class UnreadableTable(InputError):
    """The table is malformed, in `path` at `line` (1 is the header)."""

    code = "unreadable_table"

    def __init__(self, message: str, *, path: str, line: int | None = None, hint: str | None = None) -> None:
        where = path if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {message}", hint=hint)
        self.path = path
        self.line = line
