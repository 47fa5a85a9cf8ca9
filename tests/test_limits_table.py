"""The table of limits in docs/security.md: each row is shown by tests, and names settings and codes that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from resolver.api.schemas.words import CODES
from resolver.app.environment import variable_of
from resolver.app.settings import Settings

_ROOT = Path(__file__).parent.parent
_TABLE = re.compile(r"## What each limit answers\n.*?\n\|---\S*\n(.*?)\n\n", re.DOTALL)
# The tests that show each row.
SHOWN_BY = {
    "requests of an address, or of a key, in a window":
        "test_access.py::test_an_address_has_a_rate_and_is_informed_of_it",
    "requests of a key in a day (UTC)": "test_access.py::test_a_key_has_its_own_rate_and_day",
    "wrong keys of an address": "test_access.py::test_many_wrong_keys_of_an_address_are_refused_unread",
    "length of an address": "test_limits.py::test_an_address_or_headers_over_the_limit_are_refused",
    "length of all headers": "test_limits.py::test_an_address_or_headers_over_the_limit_are_refused",
    "time until the headers are complete": "test_limits.py::test_headers_that_do_not_arrive_close_the_connection",
    "connections of a process": "test_limits.py::test_a_connection_too_many_gets_503_and_when_to_come_back",
    "file handles of a process": "test_limits.py::test_without_file_handles_the_service_answers_503_and_goes_on",
    "pause in a body": "test_limits.py::test_a_body_that_stops_is_refused",
    "rate of a body": "test_limits.py::test_a_body_needs_a_least_rate_and_an_end",
    "time of a whole body": "test_limits.py::test_two_drips_do_not_keep_the_conversions_busy",
    "queries of a list": "test_many.py::test_one_more_is_refused",
    "bytes of a list": "test_many.py::test_an_endless_body_is_refused_while_it_arrives",
    "bytes of a table": "test_convert_limits.py::test_a_body_over_the_limit_is_refused",
    "bytes of a result, or of an unpacked table": "test_convert_limits.py::test_a_compression_bomb_is_refused",
    "rows of a table": "test_convert_limits.py::test_more_rows_than_allowed_are_refused",
    "tables that are converted or uploaded at once":
        "test_convert_limits.py::test_too_many_concurrent_conversions_are_refused_with_retry_after",
    "unfinished jobs": "test_failing_jobs.py::test_too_many_waiting_jobs_are_refused_with_retry_after",
    "bytes of all jobs, with uploads under way":
        "test_job_bytes.py::test_uploads_that_are_announced_together_do_not_all_fit",
    "time of a job": "test_failing_jobs.py::test_a_job_ends_after_its_time_limit_with_the_reason",
    "time without reading of an answer": "test_stalled_readers.py::test_a_client_that_stops_to_read_is_disconnected",
    "requests under way when the service stops": "test_shutdown.py::test_a_slow_upload_is_told_that_the_service_stops",
}  # fmt: skip


def _read_rows() -> list[list[str]]:
    found = _TABLE.search((_ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
    assert found is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]


def test_every_limit_is_shown_by_a_test() -> None:
    assert [row[0] for row in _read_rows()] == list(SHOWN_BY)


@pytest.mark.parametrize("name", SHOWN_BY)
def test_the_test_of_a_limit_exists(name: str) -> None:
    file, _, function = SHOWN_BY[name].partition("::")
    text = (_ROOT / "tests" / "api" / file).read_text(encoding="utf-8")
    assert f"def {function}(" in text
    row = next(row for row in _read_rows() if row[0] == name)
    if row[1].isdigit():  # the test knows the status, or the code
        code = re.sub(r"\[?`(\w+)`.*", r"\1", row[2])
        assert row[1] in text or code in text


def test_the_settings_and_codes_of_limits_exist() -> None:
    settings = {variable_of(name) for name in Settings.model_fields}
    for row in _read_rows():
        assert set(re.findall(r"RESOLVER_\w+", row[4])) <= settings, row
        assert set(re.findall(r"`(\w+)`", row[2])) <= set(CODES), row
