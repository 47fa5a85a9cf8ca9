"""The import graph has no circles, and imports stand at the top but for those that docs/adr/0019-imports.md lists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import grimp

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
OWN = ("resolver", "seed")


def _sources() -> dict[str, Path]:
    paths = [path for package in OWN for path in (ROOT / package).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


SOURCES = _sources()


def test_the_import_graph_has_no_circles() -> None:
    graph = grimp.build_graph(*OWN, cache_dir=None, exclude_type_checking_imports=False)
    circles = {
        frozenset({module, *around})
        for module in graph.modules
        if (around := graph.find_upstream_modules(module) & graph.find_downstream_modules(module))
    }
    assert [sorted(circle) for circle in circles] == []


def _targets(statement: ast.stmt, module: str) -> list[str]:
    """Return the modules that an import statement of `module` loads."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if not isinstance(statement, ast.ImportFrom):
        return []
    parts = module.split(".") if SOURCES[module].name == "__init__.py" else module.split(".")[:-1]
    package = parts[: len(parts) - statement.level + 1] if statement.level else []
    base = ".".join([*package, *filter(None, [statement.module])])
    return [name if (name := f"{base}.{alias.name}") in SOURCES else base for alias in statement.names]


def _at_the_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            yield from _at_the_top(statement.orelse)
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            yield from _at_the_top(statement.body)
        else:
            yield statement


@cache
def _loaded(module: str) -> frozenset[str]:
    """Return the modules of our own and the libraries that importing a module loads."""
    found, seen, left = set(), set(), [module]
    while left:
        current = left.pop()
        if current in seen:
            continue
        seen.add(current)
        if current not in SOURCES:
            found.add(current.partition(".")[0])
            continue
        found.add(current)
        for statement in _at_the_top(ast.parse(SOURCES[current].read_text(encoding="utf-8")).body):
            left += _targets(statement, current)
    return frozenset(found)


def _inside_functions() -> dict[str, set[str]]:
    """Return the modules that functions import, by the module of the function."""
    found: dict[str, set[str]] = {}
    for module, path in SOURCES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for statement in ast.walk(node):
                    if isinstance(statement, ast.stmt) and (targets := _targets(statement, module)):
                        found.setdefault(module, set()).update(targets)
    return found


def _rows(heading: str) -> list[list[str]]:
    """Return the cells of the table of the decision record that begins with `heading`."""
    text = (ROOT / "docs" / "adr" / "0019-imports.md").read_text(encoding="utf-8")
    lines = text[text.index(f"| {heading} |") :].partition("\n\n")[0].splitlines()[2:]
    return [line.strip("| ").split(" | ") for line in lines]


def test_imports_inside_functions_are_those_that_the_decision_record_lists() -> None:
    listed = {row[0].strip("`"): set(re.findall(r"`([^`]+)`", row[1])) for row in _rows("module")}
    assert _inside_functions() == listed


def test_an_import_inside_a_function_loads_what_has_a_measured_cost() -> None:
    measured = {name for row in _rows("library or module") for name in re.findall(r"`([^`]+)`", row[0])}
    for module, targets in _inside_functions().items():
        for target in targets:
            assert (_loaded(target) - _loaded(module)) & measured, f"{module} can import {target} at the top"
