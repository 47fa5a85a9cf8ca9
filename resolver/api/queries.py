"""Read the options of a request, and describe them in the API's documentation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from starlette.datastructures import QueryParams

from ..errors import BadOption
from ..resolve.options import DEFAULT, OPTIONS, read_options

if TYPE_CHECKING:
    from fastapi import Request

    from ..resolve.options import Options

_LISTED = {"to", "fields"}


def options_of(request: Request, ignored: frozenset[str] = frozenset(), only: tuple[str, ...] | None = None) -> Options:
    """Return the options of the query string; a repeated one becomes a list if it can be one.

    `ignored` parameters are skipped. Raises BadOption for an option that is not among `only`, if that is set.
    """
    query: bytes = request.scope["query_string"]
    return _options_of_query(query, ignored, only) if query else DEFAULT


@lru_cache(maxsize=1024)
def _options_of_query(query: bytes, ignored: frozenset[str], only: tuple[str, ...] | None) -> Options:
    # Most queries of one client specify the same options.
    specified: dict[str, str] = {}
    for name, value in QueryParams(query).multi_items():
        if name in ignored:
            continue
        if only is not None and name not in only:
            known = ", ".join(sorted({*ignored, *only})) or "none"
            raise BadOption(f"there is no option {name!r} here", hint=f"Options here are {known}.")
        if name in specified and name not in _LISTED:
            raise BadOption(f"{name} is specified twice", hint="Specify each option once.")
        specified[name] = f"{specified[name]},{value}" if name in specified else value
    return read_options(specified)


def option_parameters(*names: str) -> list[dict[str, Any]]:
    """Return the options (all, or those named) as OpenAPI parameters."""
    return [
        describe_parameter(option.name, option.schema, option.help)
        for option in OPTIONS
        if not names or option.name in names
    ]


def describe_parameter(
    name: str, schema: dict[str, Any], help_text: str, *, required: bool = False, **more: object
) -> dict[str, Any]:
    """Return a parameter of a query string as OpenAPI has it; a list has commas between its elements.

    An empty value counts as none.
    """
    listed = {"style": "form", "explode": False} if schema.get("type") == "array" else {}
    empty = {} if required else {"allowEmptyValue": True}
    described = {"name": name, "in": "query", "required": required, "description": help_text, "schema": schema}
    return described | empty | listed | more
