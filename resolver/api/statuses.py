"""What every operation of the OpenAPI description has in common: statuses, headers, and keys, in one place.

A route describes what is its own: the answers, and the problems of its subject. A problem that a layer in front of the
routes or the server itself can return is described here, for each operation where it can occur.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .access.scopes import PUBLIC
from .errors import PROBLEM_JSON
from .layers.acceptance import READING_POSTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Described = dict[str, Any]

_PROBLEM = {"$ref": "#/components/schemas/ProblemShape"}
_MISS = "#/components/schemas/AnswerProblemShape"
_INVALID = "#/components/schemas/HTTPValidationError"  # of FastAPI, whose errors are problems here
_TEXT = {"type": "string"}
# They have no body, whatever FastAPI adds.
_EMPTY = {"204", "303", "304"}
_HEADERS: Described = {
    "RequestId": {"schema": _TEXT, "description": "the id of the request, in the log of the service too"},
    "RetryAfter": {
        "schema": {"type": "integer", "minimum": 0},
        "description": "after how many seconds to send the request again, if that helps",
    },
    "RateLimit": {"schema": _TEXT, "description": 'what is left of a limit, such as `"second";r=19;t=1`'},
    "RateLimitPolicy": {"schema": _TEXT, "description": 'the limit, such as `"second";q=20;w=1`'},
}
_NAMES = {
    "RequestId": "X-Request-ID", "RetryAfter": "Retry-After", "RateLimit": "RateLimit",
    "RateLimitPolicy": "RateLimit-Policy",
}  # fmt: skip
_HEADERS_OF = {"429": ("RetryAfter", "RateLimit", "RateLimitPolicy"), "503": ("RetryAfter",)}
_SCHEMES: Described = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "a key: `Authorization: Bearer …`"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "the same key"},
}


class _Operation(NamedTuple):
    path: str
    method: str
    described: Described

    @property
    def is_public(self) -> bool:
        return self.path in PUBLIC

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.described

    @property
    def is_read(self) -> bool:
        return self.method == "get" or self.path in READING_POSTS

    @property
    def writes(self) -> bool:
        return self.method != "get" and self.path.startswith(("/convert", "/check", "/stale"))


class _Status(NamedTuple):
    name: str
    status: int
    description: str
    applies: Callable[[_Operation], bool] = lambda _: True


SHARED = (
    _Status("NotAcceptable", 406, "`Accept` excludes every media type of the answer", lambda one: one.is_read),
    _Status("TooSlow", 408, "the body stopped arriving, or arrives too slowly", lambda one: one.has_body),
    _Status("TooLarge", 413, "the body, or what it contains, is over a limit", lambda one: one.has_body),
    _Status("LongAddress", 414, "the address is too long"),
    _Status("UnreadableBody", 415, "a content coding or charset that is not read", lambda one: one.has_body),
    _Status("TooManyRequests", 429, "a limit of requests is exceeded, or the service is busy"),
    _Status("LongHeaders", 431, "the headers are too long"),
    _Status("Failed", 500, "an unexpected error; the log of the service has it under the request's id"),
    _Status("Unavailable", 503, "data cannot be read, the service has too many connections, or it stops"),
    _Status("NoSpace", 507, "the disk of the service, or the space for jobs, is full", lambda one: one.writes),
)
_WITH_KEYS = (
    _Status("KeyRequired", 401, "the key is missing or not valid", lambda one: not one.is_public),
    _Status("ScopeMissing", 403, "the key lacks the scope of this request", lambda one: not one.is_public),
)


def complete_description(schema: Described, *, requires_key: bool) -> None:
    """Add to each operation what it has in common with others of its kind."""
    shared = (*SHARED, *_WITH_KEYS) if requires_key else SHARED
    components = schema.setdefault("components", {})
    components.setdefault("headers", {}).update(_HEADERS)
    components.setdefault("responses", {}).update({one.name: _describe(one) for one in shared})
    for operation in _list_operations(schema):
        responses: Described = operation.described["responses"]
        for status, response in responses.items():
            _complete_response(status, response)
        for one in shared:
            if str(one.status) not in responses and one.applies(operation):
                responses[str(one.status)] = {"$ref": f"#/components/responses/{one.name}"}
        operation.described["responses"] = dict(sorted(responses.items()))
        if requires_key and operation.is_public:
            operation.described["security"] = []
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    if requires_key:
        components["securitySchemes"] = _SCHEMES
        schema["security"] = [{name: []} for name in _SCHEMES]


def _list_operations(schema: Described) -> Iterator[_Operation]:
    for path, methods in schema["paths"].items():
        for method, described in methods.items():
            yield _Operation(path, method, described)


def _describe(status: _Status) -> Described:
    described = {"description": status.description, "content": {PROBLEM_JSON: {"schema": _PROBLEM}}}
    _complete_response(str(status.status), described)
    return described


def _complete_response(status: str, response: Described) -> None:
    """Add the headers that every response has; an error is a problem, and has no other media type."""
    headers = response.setdefault("headers", {})
    for name in ("RequestId", *_HEADERS_OF.get(status, ())):
        headers.setdefault(_NAMES[name], {"$ref": f"#/components/headers/{name}"})
    if status in _EMPTY:
        response.pop("content", None)
    elif status >= "400":
        stated = response.get("content", {})
        own = next((one["schema"] for one in stated.values() if one.get("schema")), _PROBLEM)
        if own.get("$ref") == _INVALID:
            own = _PROBLEM
        if own.get("$ref") == _MISS:  # an option that cannot be read is a problem without an answer
            own = {"anyOf": [own, _PROBLEM]}
        response["content"] = {PROBLEM_JSON: {"schema": own}}
