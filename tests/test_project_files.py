"""The files around the program agree with it: citation, recipes, forms, manual."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.main import get_command

from resolver import __version__
from resolver.cli.app import make_app

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
GALAXY = ROOT / "deploy" / "galaxy" / "gene_xref_convert.xml"


def _recipe() -> dict[str, Any]:
    """Return the conda recipe with its one variable filled in and its comments of platforms kept."""
    text = (ROOT / "deploy" / "conda" / "meta.yaml").read_text(encoding="utf-8")
    version = re.search(r'set version = "([^"]+)"', text)
    assert version
    text = re.sub(r"^\{%.*%\}$", "", text, flags=re.MULTILINE).replace("{{ version }}", f'"{version[1]}"')
    loaded: dict[str, Any] = yaml.safe_load(text.replace("{{ PYTHON }}", "python"))
    return loaded


def test_the_citation_names_this_version_and_license() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert (citation["version"], citation["license"]) == (__version__, PROJECT["license"])
    assert citation["authors"]


def test_the_conda_recipe_requires_what_the_project_requires() -> None:
    recipe = _recipe()
    assert recipe["package"] == {"name": PROJECT["name"], "version": __version__}
    wanted = {"python": f">={PROJECT['requires-python'].removeprefix('>=')}", "h2": ""}
    for line in PROJECT["dependencies"]:
        requirement = Requirement(line)
        if requirement.name == "tzdata":
            continue  # conda's Python has the time zones on every platform
        wanted[requirement.name] = ",".join(sorted(str(requirement.specifier).split(","), reverse=True))
    listed = {name: rest for name, _, rest in (entry.partition(" ") for entry in recipe["requirements"]["run"])}
    assert listed == wanted
    assert recipe["build"]["entry_points"] == [f"resolver = {PROJECT['scripts']['resolver']}"]


def test_the_galaxy_tool_has_this_version_and_options_that_exist() -> None:
    tool = ET.parse(GALAXY).getroot()  # noqa: S314  (a file of our own)
    requirement = tool.find("requirements/requirement")
    assert requirement is not None
    assert tool.attrib["version"].partition("+")[0] == requirement.attrib["version"] == __version__
    assert f"version = {{{__version__}}}" in (tool.findtext("citations/citation") or "")
    command: Any = get_command(make_app())
    known = {name for parameter in command.commands["convert"].params for name in parameter.opts}
    used = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", tool.findtext("command") or "")) - {"-o"}
    used |= {name for parameter in tool.iter("param") if (name := parameter.attrib.get("argument"))}
    assert used <= known
    for test in tool.iter("test"):
        tables = [parameter.attrib["value"] for parameter in test.iter("param") if parameter.attrib["name"] == "table"]
        assert tables
        assert all((GALAXY.parent / "test-data" / name).is_file() for name in tables)


@pytest.mark.parametrize("path", [form for form in FORMS if form.stem != "config"], ids=lambda path: path.stem)
def test_an_issue_form_has_what_the_host_requires(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= form.keys()
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} <= {"input", "textarea", "dropdown", "checkboxes"}
    identifiers = [field["id"] for field in fields]
    assert len(set(identifiers)) == len(identifiers)
    assert all(field["attributes"]["label"] for field in fields)


def test_the_form_for_a_wrong_answer_requires_input_expectation_and_evidence() -> None:
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "wrong-answer.yml").read_text(encoding="utf-8"))
    required = {field["id"] for field in form["body"] if field.get("validations", {}).get("required")}
    assert {"input", "expected", "evidence"} <= required


def test_the_changelog_has_unreleased_changes_before_the_first_release() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(.+)\]", text, re.MULTILINE)[:2] == ["Unreleased", "0.2.0"]


def test_the_manual_page_has_every_command() -> None:
    manual = (ROOT / "docs" / "resolver.1").read_text(encoding="utf-8")
    group: Any = get_command(make_app())
    for name, command in group.commands.items():
        for child in getattr(command, "commands", {"": None}):
            assert f".SS resolver {name} {child}".rstrip() in manual


def _developed_with() -> list[str]:
    """Return the names of the packages that pyproject.toml requires for development and in its extras."""
    loaded = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = [
        *loaded["dependency-groups"].values(),
        *PROJECT["optional-dependencies"].values(),
        PROJECT["dependencies"],
    ]
    lines = {line for group in listed for line in group if isinstance(line, str)}
    return sorted({canonicalize_name(Requirement(line).name) for line in lines})


@pytest.mark.parametrize("name", _developed_with())
def test_the_lock_for_development_has_every_dependency(name: str) -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    locked = {canonicalize_name(found) for found in re.findall(r"^([\w.-]+)(?:\[[\w,.-]+\])?==", lock, re.MULTILINE)}
    assert name in locked, f"run make lock: requirements-dev.lock lacks {name}"
