"""The OpenAPI description: what operations share, words that are listed, and keys."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.access.keyring import KeyRing
from resolver.api.access.scopes import PUBLIC
from resolver.api.app import create_app
from resolver.api.errors import PROBLEM_JSON
from resolver.api.statuses import SHARED
from resolver.app.access import Access
from resolver.identifiers.namespaces import NAMESPACES
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver
from resolver.store.key_table import KeyTable

Operations = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture(scope="module")
def schema(resolver: Resolver) -> dict[str, Any]:
    return create_app(lambda: resolver).openapi()


def _list(schema: dict[str, Any]) -> Operations:
    return [(path, method, one) for path, methods in schema["paths"].items() for method, one in methods.items()]


def test_every_operation_has_the_statuses_of_its_kind(schema: dict[str, Any]) -> None:
    for path, method, operation in _list(schema):
        statuses = set(operation["responses"])
        assert {"414", "429", "431", "500", "503"} <= statuses, path
        assert ("406" in statuses) == (method == "get" or path in {"/resolve", "/diff", "/check"}), path
        if "requestBody" in operation:
            assert {"408", "413", "415"} <= statuses, path
    assert {one.name for one in SHARED} <= set(schema["components"]["responses"])


def test_every_error_is_a_problem_and_every_response_has_a_request_id(schema: dict[str, Any]) -> None:
    shared = schema["components"]["responses"]
    for path, _, operation in _list(schema):
        for status, response in operation["responses"].items():
            described = shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
            assert "X-Request-ID" in described["headers"], path
            if status >= "400":
                assert set(described["content"]) == {PROBLEM_JSON}, (path, status)
            if status in {"204", "303", "304"}:
                assert "content" not in described, (path, status)
    assert "Retry-After" in shared["TooManyRequests"]["headers"]
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_words_are_listed_where_they_are_defined(schema: dict[str, Any]) -> None:
    answer = schema["components"]["schemas"]["AnswerShape"]["properties"]
    assert answer["outcome"]["enum"] == list(Outcome)
    assert answer["reason"]["anyOf"][0]["enum"] == list(Reason)
    assert {"key_missing", "too_slow", "malformed"} <= set(
        schema["components"]["schemas"]["ProblemShape"]["properties"]["code"]["enum"]
    )
    parameters = {one["name"]: one for one in schema["paths"]["/resolve/{identifier}"]["get"]["parameters"]}
    assert {row.prefix for row in NAMESPACES} <= set(parameters["from"]["schema"]["enum"])
    assert {"human", "mouse", "any", "auto", "9606"} <= set(parameters["species"]["schema"]["enum"])
    assert parameters["policy"]["schema"]["enum"] == ["tiers", "strict"]
    assert parameters["fields"]["schema"]["type"] == "array"
    assert parameters["fields"]["explode"] is False


def test_every_word_of_a_parameter_is_read(resolver: Resolver, schema: dict[str, Any]) -> None:
    for parameter in schema["paths"]["/resolve/{identifier}"]["get"]["parameters"]:
        described = parameter["schema"]
        if parameter["name"] in {"live", "format"}:  # of REST alone
            continue
        words = described.get("enum", described.get("items", {}).get("enum", ()))
        for word in words:
            name = "namespace" if parameter["name"] == "from" else parameter["name"]
            if word != "error":  # of on_many, which raises an error for this query
                resolver.resolve("IL7", **{name: word})


def test_a_service_with_keys_describes_them(resolver: Resolver, schema: dict[str, Any], tmp_path: Any) -> None:
    assert "security" not in schema
    table = KeyTable(f"sqlite:///{tmp_path / 'ledger.db'}")
    closed = create_app(lambda: resolver, access=Access(keys=KeyRing(table))).openapi()
    table.close()
    assert closed["security"] == [{"bearer": []}, {"header": []}]
    assert closed["components"]["securitySchemes"]["header"]["name"] == "X-API-Key"
    for path, _, operation in _list(closed):
        assert ({"401", "403"} <= set(operation["responses"])) == (path not in PUBLIC), path
        assert operation.get("security") == ([] if path in PUBLIC else None), path
