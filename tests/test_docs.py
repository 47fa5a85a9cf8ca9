"""The documentation says what the program does: all of it is in there, links lead somewhere, examples are real."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

import resolver.client
from docs.generate import command_paths, main, render_documents
from resolver.api.app import create_app
from resolver.api.request_ids import INTERNAL_ERROR
from resolver.app.resolver import LocalResolver
from resolver.app.settings import Settings
from resolver.cli.app import make_app
from resolver.cli.console import ExitCode
from resolver.errors import ResolverError
from resolver.identifiers.model import Namespace
from resolver.identifiers.namespaces import NAMESPACES, XREF_GROUPS
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver
from resolver.sources.registry import FILES
from seed.archive import EMBEDDED
from seed.evidence import CURATED_KEY
from seed.packed import open_packed
from tests.guides import GUIDES
from tests.serving import served

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PACKAGE = ROOT / "resolver"
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part == "node_modules" for part in path.relative_to(ROOT).parts)
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _prose(text: str) -> str:
    """Return the text without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def _headings(text: str) -> list[str]:
    return [match[1].strip() for match in re.finditer(r"^#{1,6} (.+)$", _prose(text), re.MULTILINE)]


def _anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives the headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _headings(text)}


def _section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of its level or higher; empty where there is none."""
    match = re.search(rf"^(#+) {re.escape(heading)}$\n(.*?)(?=^#{{1,2}} |\Z)", text, re.DOTALL | re.MULTILINE)
    return match[2] if match else ""


def _blocks(text: str, *languages: str) -> list[str]:
    fences = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [match[2] for match in fences if match[1] in languages]


# --- Generated parts ----------------------------------------------------------------------------------------------


def test_the_generated_parts_are_up_to_date() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_the_help_texts_do_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert render_documents()[DOCS / "cli.md"] == _page("cli.md")


def test_check_names_a_file_that_is_out_of_date_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    for path in render_documents():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    assert main(["--check"], tmp_path) == 0
    cli = tmp_path / "docs" / "cli.md"
    damaged = cli.read_text(encoding="utf-8").replace("--json", "--yaml")
    cli.write_text(damaged, encoding="utf-8")
    assert main(["--check"], tmp_path) == 1
    assert "docs/cli.md" in capsys.readouterr().err
    assert cli.read_text(encoding="utf-8") == damaged
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0


# --- Everything is documented -------------------------------------------------------------------------------------


@cache  # Typer takes a fifth of a second to make the commands
def _group() -> TyperGroup:
    group = get_command(make_app())
    assert isinstance(group, TyperGroup)
    return group


@cache
def _commands() -> list[tuple[str, ...]]:
    return command_paths(_group())


def _command(path: tuple[str, ...]) -> Any:
    command: Any = _group()
    for word in path:
        command = command.commands[word]
    return command


def _options(path: tuple[str, ...]) -> list[str]:
    command = _command(path)
    return [name for parameter in command.params for name in parameter.opts if name.startswith("--")]


def _is_group(path: tuple[str, ...]) -> bool:
    return any(other[: len(path)] == path and other != path for other in _commands())


@pytest.mark.parametrize("path", _commands(), ids=" ".join)
def test_every_command_and_option_is_described_in_words(path: tuple[str, ...]) -> None:
    described = _page("cli.md").partition("<!-- generated: help -->")[0]
    section = described if _is_group(path) else _section(described, " ".join(("resolver", *path)))
    assert section, f"docs/cli.md has no section for {' '.join(path)}"
    assert [option for option in _options(path) if f"`{option}" not in section] == []


@pytest.mark.parametrize(
    "path", [path for path in _commands() if not _is_group(path) or path == ("seed",)], ids=" ".join
)
def test_every_command_has_an_example_that_it_accepts(path: tuple[str, ...]) -> None:
    command = _command(path)
    name, *words = shlex.split(command.epilog.removeprefix("Example: "))
    assert (name, tuple(words[: len(path)])) == ("resolver", path)
    command.make_context("resolver", words[len(path) :])  # raises an error for an unknown option or a missing argument


def test_every_exit_code_is_described() -> None:
    section = _section(_page("cli.md"), "Exit codes")
    assert [code for code in ExitCode if f"| {int(code)} |" not in section] == []


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_documented(field: str) -> None:
    assert f"`RESOLVER_{field.upper()}`" in _page("settings.md")


def _codes(error: type[ResolverError] = ResolverError) -> Iterator[str]:
    yield error.code
    for child in error.__subclasses__():
        yield from _codes(child)


@pytest.mark.parametrize("code", sorted({*_codes(), *Reason, "no_such_page", "http_error", INTERNAL_ERROR}))
def test_every_problem_code_has_a_heading_of_its_name(code: str) -> None:
    assert code in _headings(_page("api.md"))


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_described(outcome: Outcome) -> None:
    assert f"| `{outcome}` |" in _section(README, "What an answer can be")
    assert f"| `{outcome}` |" in _page("api.md")


@pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda namespace: namespace.prefix)
def test_every_namespace_is_documented(namespace: Namespace) -> None:
    assert namespace.prefix in _headings(_page("namespaces.md"))
    assert f"| `{namespace.prefix}` |" in _section(README, "What is recognized")


@pytest.mark.parametrize("page", ["README.md", "docs/cli.md", "docs/releases.md"])
def test_the_pages_count_the_upstream_files_that_there_are(page: str) -> None:
    counted = re.findall(r"\bof (?:the )?(\d+) files\b", (ROOT / page).read_text(encoding="utf-8"))
    assert set(counted) == {str(len(FILES))}


@pytest.fixture(scope="module")
def client(resolver: LocalResolver) -> Iterator[httpx.Client]:
    with served(create_app(lambda: resolver)) as opened:
        yield opened


def test_every_route_and_parameter_is_documented(resolver: LocalResolver) -> None:
    page = _page("api.md")
    application = create_app(lambda: resolver)
    described: dict[str, Any] = application.openapi()["paths"]
    undescribed = {path.replace(":path}", "}") for route in application.routes if (path := getattr(route, "path", ""))}
    pages = {path for path in undescribed if "oauth2" not in path and not path.startswith("/static")}
    missing = [
        path for path in sorted(pages - set(described)) if f"GET {path}`" not in page and f"`{path}`" not in page
    ]
    for path, methods in described.items():
        missing += [f"{method} {path}" for method in methods if f"`{method.upper()} {path}`" not in page]
        names = {parameter["name"] for method in methods.values() for parameter in method.get("parameters", ())}
        missing += [f"{path} {name}" for name in sorted(names) if f"| `{name}` |" not in page]
    assert missing == []


def test_every_field_of_every_answer_is_documented(resolver: LocalResolver) -> None:
    page = _page("api.md")
    shapes: dict[str, Any] = create_app(lambda: resolver).openapi()["components"]["schemas"]
    fields = {field for shape in shapes.values() for field in shape["properties"]}
    # The groups of xrefs are the namespaces, which have a page of their own.
    assert sorted(field for field in fields - set(XREF_GROUPS) if f"`{field}`" not in page) == []


def test_errors_of_http_itself_have_documented_codes(client: httpx.Client) -> None:
    codes = {client.get("/nope").json()["code"], client.post("/resolve/P13232").json()["code"]}
    assert codes <= set(_headings(_page("api.md")))


@pytest.mark.parametrize("module", [resolver, resolver.client], ids=lambda module: module.__name__)
def test_the_reference_of_python_has_every_public_name(module: Any) -> None:
    described = set(re.findall(r"^::: (?:[\w.]+\.)?(\w+)$", _page("reference/python.md"), re.MULTILINE))
    assert "errors" in described
    public = set(module.__all__) - {*resolver.errors.__all__, "__version__"}
    assert {getattr(module, name).__name__ for name in public} - described == set()


def test_every_dependency_has_a_reason() -> None:
    record = (DOCS / "adr" / "0002-dependencies.md").read_text(encoding="utf-8")
    groups = [*PROJECT["dependency-groups"].values(), *PROJECT["project"]["optional-dependencies"].values()]
    listed = [*PROJECT["project"]["dependencies"], *(entry for group in groups for entry in group)]
    names = {re.split(r"[^A-Za-z0-9._-]", entry)[0] for entry in listed if isinstance(entry, str)}
    reasons = set(re.findall(r"^\| `([^`]+)` \| \w", record, re.MULTILINE))
    assert reasons == names


# --- Pages --------------------------------------------------------------------------------------------------------


def _links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", _prose(text)))


@pytest.mark.parametrize("path", PAGES, ids=_name_of)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    dead = []
    for link in _links(path.read_text(encoding="utf-8")):
        if urlsplit(link).scheme:
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in _anchors(target.read_text(encoding="utf-8"))):
            dead.append(link)
    assert dead == []


def test_contributing_names_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`([\w.-]+/[\w./-]+\.[a-z]+)`", text))
    assert len(paths) > 40
    assert [path for path in sorted(paths) if not any((folder / path).exists() for folder in (ROOT, PACKAGE))] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.is_file():
            continue
        reached.add(page)
        links = [link.partition("#")[0] for link in _links(page.read_text(encoding="utf-8"))]
        waiting += [(page.parent / link).resolve() for link in links if link and not urlsplit(link).scheme]
    assert [_name_of(path) for path in PAGES if path not in reached and path.is_relative_to(DOCS)] == []


@pytest.mark.parametrize("path", sorted((DOCS / "adr").glob("0*.md")), ids=_name_of)
def test_every_decision_is_listed_and_has_the_four_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert f"({path.name})" in _page("adr/README.md")
    assert [
        part for part in ("Context", "Decision", "Consequences", "Alternatives") if part not in _headings(text)
    ] == []
    assert text.startswith(f"# {int(path.name[:4])}. ")


# --- Examples -----------------------------------------------------------------------------------------------------


def _make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


OTHER_PROGRAMS = {
    ".",
    "curl",
    "docker",
    "pip",
    "pip-audit",
    "sqlite3",
    "uvx",
    "man",
    "cat",
    "cut",
    "head",
    "grep",
    "sed",
    "awk",
    "cp",
    "install",
    "python3",
    "resolver",
    "runuser",
    "systemctl",
    "useradd",
}


@pytest.mark.parametrize("path", PAGES, ids=_name_of)
def test_shell_examples_start_with_commands_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = [line for block in _blocks(text, "sh", "bash") for line in block.replace("\\\n", "").splitlines()]
    lines += [command for block in _blocks(text, "console") for command, _ in _transcript(block)]
    commands = {" ".join(words): None for words in _commands()}
    for line in lines:
        words = [word for word in shlex.split(line, comments=True) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
        match words:
            case []:
                pass
            case ["make", target, *_]:
                assert target in _make_targets(), line
            case [".venv/bin/python", "-m", "pytest", *rest]:
                assert [word for word in rest if word.startswith("tests") and not (ROOT / word).exists()] == [], line
            case ["resolver", *rest] | [".venv/bin/python", "-m", "resolver", *rest]:
                assert any(name and " ".join(rest).startswith(name) for name in commands), line
            case ["python", "-m", module, *_]:
                assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), line
            case _:
                assert words[0].rpartition("/")[2] in OTHER_PROGRAMS, line


def _transcript(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with what it printed."""
    parts = re.split(r"^\$ (.+)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


EXAMPLES = [
    pytest.param(command, shown, id=f"{_name_of(path)}: {command}")
    for path in PAGES
    for block in _blocks(path.read_text(encoding="utf-8"), "console")
    for command, shown in _transcript(block)
    # test_guides.py runs the other commands of guides in their order.
    if path not in GUIDES or command.startswith("curl ")
]


def _curl(words: list[str], client: httpx.Client) -> str:
    """Return what `curl` prints: the body, or with -I the head; -d sends a body, -H a header."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-I", action="store_true")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-d")
    parser.add_argument("address")
    given = parser.parse_args(words)
    headers = {name.strip(): value.strip() for name, _, value in (header.partition(":") for header in given.H)}
    method = "HEAD" if given.I else "GET" if given.d is None else "POST"
    path = given.address.removeprefix("localhost:8000")
    answer = client.request(method, path, headers=headers, content=given.d)
    if not given.I:
        return answer.text
    head = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    return f"{answer.http_version} {answer.status_code} {answer.reason_phrase}\n{head}"


@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_what_an_example_shows_is_what_the_program_prints(
    command: str, shown: str, data_dir: Path, client: httpx.Client
) -> None:
    words = shlex.split(command)
    if words[0] == "curl":
        printed = _curl(words[1:], client)
    else:
        variables = dict(word.split("=", 1) for word in words if re.fullmatch(r"[A-Z_]+=\S*", word))
        arguments = words[len(variables) + 1 :]
        environment = {"COLUMNS": "80", "TERM": "xterm", **variables, "RESOLVER_DATA_DIR": str(data_dir)}
        printed = CliRunner().invoke(make_app(), arguments, prog_name="resolver", env=environment).output
    # Blanks and line breaks are free; … marks an omission.
    printed, place = re.sub(r"\s", "", printed), 0
    for piece in re.sub(r"[^\S\n]", "", shown).replace("\n", "").split("…"):
        found = printed.find(piece, place)
        assert found >= 0, f"{piece!r} is not printed after {printed[:place][-200:]!r}"
        place = found + len(piece)


def test_every_identifier_in_the_readme_names_interleukin_7(resolver_of_small: Resolver) -> None:
    for example in (written for namespace in NAMESPACES for written in namespace.written):
        assert f"`{example}`" in _section(README, "What is recognized")
        answer = resolver_of_small.resolve(example)
        assert answer.outcome is Outcome.RESOLVED, example
        assert {gene.gene.symbol.upper() for gene in answer.genes} == {"IL7"}, example


# --- Data ---------------------------------------------------------------------------------------------------------

MANIFEST = open_packed(EMBEDDED).manifest
EMBEDDED_SECTION = _section(_page("releases.md"), "The embedded release")


def _counts(text: str) -> dict[str, tuple[str, str]]:
    """Return the rows of the table of `resolver info` that a text shows: human and mouse by namespace and level."""
    shown = re.findall(r"^ ([a-z.]+) +([a-z]+) +([\d,]+) +([\d,]+)$", text, re.MULTILINE)
    return {f"{prefix} {level}": (human, mouse) for prefix, level, human, mouse in shown}


def test_the_changelog_states_the_data_of_the_embedded_release() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n## [Unreleased]\n")[2]
    added, data = changes.partition("### Data")[::2]
    counts = MANIFEST["counts"]
    assert "### Added" in added
    for number in (*counts["genes"].values(), counts["ortholog_pairs"]):
        assert f"{number:,}" in data
    for row in MANIFEST["sources"]:
        assert f"| `{row['key']}` | {row['upstream_version']} | {row['upstream_date']} |" in data


@pytest.mark.parametrize("text", [README, EMBEDDED_SECTION], ids=["README.md", "docs/releases.md"])
def test_the_pages_count_the_genes_of_the_embedded_release(text: str) -> None:
    genes = MANIFEST["counts"]["genes"]
    assert f"{genes['human']:,} human and {genes['mouse']:,} mouse genes" in text


def test_the_pages_count_every_kind_of_identifier() -> None:
    counts = MANIFEST["counts"]["identifiers"]
    expected = {row: (f"{by.get('human', 0):,}", f"{by.get('mouse', 0):,}") for row, by in counts.items()}
    assert _counts(EMBEDDED_SECTION) == expected
    in_readme = _counts(README)
    assert in_readme
    assert in_readme.items() <= expected.items()


def test_the_page_names_every_source_file_of_the_embedded_release_and_every_missing_one() -> None:
    sources = {row["key"]: row for row in MANIFEST["sources"]}
    for key, row in sources.items():
        line = next(line for line in EMBEDDED_SECTION.splitlines() if line.startswith(f"| `{key}` |"))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[1:4] == [row["file"], row["upstream_version"], row["upstream_date"]]
    known = {file.key for file in FILES}
    assert sources.keys() <= known | {CURATED_KEY}
    missing = _section(EMBEDDED_SECTION, "What is not in it")
    assert [key for key in sorted(known - sources.keys()) if f"`{key}`" not in missing] == []
