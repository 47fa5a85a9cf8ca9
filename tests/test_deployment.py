"""What is deployed: the image, its health check, and the services made of it."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import typer
import yaml
from packaging.specifiers import SpecifierSet
from typer.core import TyperGroup

from resolver.api.routes.about import router as about_router
from resolver.app.settings import Settings, read_settings
from resolver.cli.app import make_app

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.container_files import (
    IGNORED,
    IMAGE,
    LAST_STAGE,
    PROJECT,
    ROOT,
    UID,
    Instruction,
    commands,
    context_files,
    copies,
    is_ignored,
    pip_commands,
    read_dockerfile,
    texts,
    the_pairs,
    the_text,
    the_words,
)

# --- The readers themselves -------------------------------------------------------------------------------------


def test_the_reader_joins_continued_lines_and_drops_the_comments_between_them() -> None:
    text = "# about\nFROM base AS one\n\nRUN a \\\n# why\n  && b\nfrom two\nCMD []\n"
    assert read_dockerfile(text) == [
        Instruction("FROM", "base AS one", 0),
        Instruction("RUN", "a    && b", 0),
        Instruction("FROM", "two", 1),
        Instruction("CMD", "[]", 1),
    ]


@pytest.mark.parametrize(
    ("path", "pattern", "ignored"),
    [
        ("tests", "tests", True),
        ("tests/data/a.tsv", "tests", True),
        ("tests/data/a.tsv", "/tests/", True),
        ("seed/tests/a.tsv", "tests", False),
        ("seed/tests/a.tsv", "**/tests", True),
        ("tests2/a.tsv", "tests", False),
        ("a.tsv", "*.tsv", True),
        ("seed/a.tsv", "*.tsv", False),
    ],
)
def test_dockerignore_patterns_start_at_the_root_and_leave_out_what_is_inside(
    path: str, pattern: str, ignored: bool
) -> None:
    assert is_ignored(path, [pattern]) is ignored
    assert is_ignored(path, [pattern, f"!{pattern}"]) is False


# --- The image --------------------------------------------------------------------------------------------------


def test_every_stage_is_made_of_one_python_whose_minor_version_the_project_supports() -> None:
    images = {text.split()[0] for text in texts("FROM")}
    (image,) = images
    pinned = re.fullmatch(r"python:(\d+\.\d+)-slim", image)  # no registry host before it either
    assert pinned, f"{image} is not python:<major>.<minor>-slim"
    assert pinned[1] in SpecifierSet(PROJECT["requires-python"])
    assert f"Programming Language :: Python :: {pinned[1]}" in PROJECT["classifiers"]


def test_the_image_runs_as_a_fixed_user_who_is_not_root() -> None:
    assert the_text("USER") == f"{UID}:{UID}"
    (made,) = [words for words in commands() if words[0] == "useradd"]
    assert made[made.index("--uid") + 1] == UID


def test_the_volume_is_the_folder_that_the_settings_read(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = the_pairs("ENV")
    for name, value in environment.items():
        if name.startswith("RESOLVER_"):
            assert name.removeprefix("RESOLVER_").lower() in Settings.model_fields
            monkeypatch.setenv(name, value)
    assert the_words("VOLUME") == [environment["RESOLVER_DATA_DIR"]]
    assert read_settings().data_dir == Path(environment["RESOLVER_DATA_DIR"])


def test_the_volume_belongs_to_the_user_before_it_becomes_a_volume() -> None:
    final = [each for each in IMAGE if each.stage == LAST_STAGE]
    words = [each.word for each in final]
    assert "RUN" not in words[words.index("VOLUME") :], "what is done to a volume's folder may be lost"
    (folder,) = the_words("VOLUME")
    (made,) = [words for words in commands() if words[0] == "install"]
    assert made[-1] == folder
    assert {f"--owner={UID}", f"--group={UID}"} <= set(made)


def test_everything_from_outside_is_installed_by_hash_and_nothing_else_is_fetched() -> None:
    from_outside = [words for words in pip_commands("install") if "-r" in words]
    ours = [words for words in pip_commands("install") if "-r" not in words]
    (locked,) = from_outside
    assert "--require-hashes" in locked
    files = [PurePosixPath(after).name for word, after in pairwise(locked) if word == "-r"]
    assert files == ["requirements.lock", "requirements-postgres.lock"]
    for words in ours:
        assert {"--no-deps", "--no-index"} <= set(words), f"this may fetch something: {words}"
    for words in pip_commands("wheel"):
        assert {"--no-deps", "--no-build-isolation"} <= set(words), f"this may fetch something: {words}"
    verbs = {words[1] for words in commands() if words[0].endswith("pip")}
    assert verbs == {"install", "wheel"}
    tools = {PurePosixPath(words[0]).name for words in commands()}
    assert tools == {"python", "pip", "groupadd", "useradd", "install"}, "another tool may fetch without a hash"
    assert not texts("ADD"), "ADD can fetch"


@pytest.mark.parametrize(
    ("file", "needed"),
    [
        ("requirements.lock", "hatchling"),
        ("requirements-postgres.lock", "psycopg"),
        ("requirements-dev.lock", "pytest"),
    ],
)
def test_every_requirement_is_locked_to_one_version_with_hashes(file: str, needed: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for requirement in requirements:
        assert re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement), requirement
    assert any(requirement.startswith(f"{needed}==") for requirement in requirements)


def test_every_copied_source_is_in_the_repository_and_in_the_build_context() -> None:
    listed = [source for sources, _ in copies() for source in sources]
    assert listed
    for source in listed:
        assert (ROOT / source).exists(), f"{source} is not in the repository"
        assert not is_ignored(source, IGNORED), f".dockerignore leaves {source} out"
        assert context_files(source), f".dockerignore leaves everything in {source} out"


def test_the_final_stage_takes_the_virtual_environment_to_the_same_path_and_nothing_else() -> None:
    (made,) = [words for words in commands() if words[1:3] == ["-m", "venv"]]
    builder = re.fullmatch(r"\S+ AS (\w+)", texts("FROM")[0])
    assert builder
    assert shlex.split(the_text("COPY")) == [f"--from={builder[1]}", made[-1], made[-1]]
    assert the_pairs("ENV")["PATH"].split(":")[0] == f"{made[-1]}/bin"


def test_the_labels_say_what_the_project_says() -> None:
    labels = the_pairs("LABEL")
    for label, key in (("title", "name"), ("description", "description"), ("licenses", "license")):
        assert labels[f"org.opencontainers.image.{label}"] == PROJECT[key]


def test_the_entry_point_is_a_script_of_the_project_that_can_be_called() -> None:
    (script,) = the_words("ENTRYPOINT")
    module, _, name = PROJECT["scripts"][script].partition(":")
    assert callable(getattr(importlib.import_module(module), name))


# --- The health check -------------------------------------------------------------------------------------------


def health_check() -> list[str]:
    """Return the command of the health check, in words."""
    words: list[str] = json.loads(the_text("HEALTHCHECK").partition("CMD ")[2])
    return words


@contextmanager
def server_that_answers(status: int) -> Iterator[tuple[int, list[str]]]:
    """Serve `status` on a free port; give the port, and the requested paths."""
    requested: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name in the base class)
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port, requested
        finally:
            server.shutdown()
            thread.join()


def is_healthy(port: int) -> bool:
    """Run the image's health check against another port, with a proxy in the environment that does not answer."""
    python, option, code = health_check()
    assert (python, option) == ("python", "-c")
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    ran = subprocess.run(
        [sys.executable, option, code.replace(":8000/", f":{port}/")],
        env=environment,
        capture_output=True,
        timeout=30,
        check=False,
    )
    return ran.returncode == 0


def test_the_health_check_asks_readyz_of_the_served_port_and_the_service_has_it() -> None:
    words = the_words("CMD")
    port = words[words.index("--port") + 1]
    assert the_text("EXPOSE") == port
    assert f"'http://127.0.0.1:{port}/readyz'" in health_check()[-1]
    assert "/readyz" in {getattr(route, "path", None) for route in about_router.routes}


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (404, False)])
def test_the_health_check_passes_only_where_readyz_answers_ok_and_a_proxy_does_not_matter(
    status: int, healthy: bool
) -> None:
    with server_that_answers(status) as (port, requested):
        assert is_healthy(port) is healthy
        assert requested == ["/readyz"]


def test_the_health_check_fails_where_nothing_listens() -> None:
    with server_that_answers(200) as (port, _):
        pass
    assert not is_healthy(port)


# --- The services -----------------------------------------------------------------------------------------------

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
every_service = pytest.mark.parametrize("name", sorted(SERVICES))


def parse_command(words: list[str]) -> dict[str, Any]:
    """Have the command line parse `words` without running them; return the options of the command they end at."""
    command: Any = typer.main.get_command(make_app())
    rest = list(words)
    while isinstance(command, TyperGroup):
        assert rest, f"{words} ends before a command"
        assert rest[0] in command.commands, f"there is no command {rest[0]!r} in {words}"
        command = command.commands[rest.pop(0)]
    parsed: dict[str, Any] = command.make_context(" ".join(words), rest).params
    return parsed


def test_there_is_a_service_and_a_nightly_run_of_the_same_image_which_is_never_pulled() -> None:
    assert set(SERVICES) == {"api", "nightly"}
    for key, value in (("build", "."), ("image", "gene-xref-resolver:local"), ("pull_policy", "never")):
        assert {service[key] for service in SERVICES.values()} == {value}


@every_service
def test_every_service_runs_a_command_that_the_command_line_has(name: str) -> None:
    service = SERVICES[name]
    assert "entrypoint" not in service
    parse_command(service.get("command", the_words("CMD")))


def test_the_service_listens_inside_on_all_addresses_and_outside_on_this_machine_only() -> None:
    assert "command" not in SERVICES["api"], "the image's own command serves"
    options = parse_command(the_words("CMD"))
    assert options["host"] == "0.0.0.0"  # noqa: S104  (inside the container)
    assert SERVICES["api"]["ports"] == [f"127.0.0.1:{options['port']}:{options['port']}"]
    assert "ports" not in SERVICES["nightly"]


@every_service
def test_every_service_keeps_its_data_in_the_named_volume_at_the_folder_that_it_reads(name: str) -> None:
    assert SERVICES[name]["volumes"] == [f"data:{the_pairs('ENV')['RESOLVER_DATA_DIR']}"]
    assert "environment" not in SERVICES[name], "the folder could be set to another one"
    assert "data" in COMPOSE["volumes"]


@every_service
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108  (inside the container)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    loosened = {"cap_add", "devices", "ipc", "network_mode", "pid", "privileged", "user", "userns_mode"}
    assert loosened.isdisjoint(service)


@every_service
def test_every_service_has_an_init_process_so_that_python_ends_when_it_is_told_to(name: str) -> None:
    assert SERVICES[name]["init"] is True


def test_the_service_is_kept_running_and_checked_by_the_health_check_of_the_image() -> None:
    assert SERVICES["api"]["restart"] == "unless-stopped"
    assert "healthcheck" not in SERVICES["api"]
    assert not texts("HEALTHCHECK")[-1].startswith("NONE")


def test_the_nightly_run_is_started_by_name_only_and_ends_by_itself() -> None:
    nightly = SERVICES["nightly"]
    assert nightly["profiles"] == ["nightly"]
    assert nightly["restart"] == "no"  # without quotes YAML reads it as false
    assert nightly["healthcheck"] == {"disable": True}
    assert "profiles" not in SERVICES["api"]
