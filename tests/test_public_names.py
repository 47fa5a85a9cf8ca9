"""What `import resolver` offers: its names, how fast it is, and methods that give what REST and the CLI give."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from typer.testing import CliRunner

import resolver as package
from resolver import errors
from resolver.api.app import create_app
from resolver.app.resolver import LocalResolver
from resolver.cli.app import make_app
from resolver.resolve.answer import Answer
from tests.serving import served

# --- Names --------------------------------------------------------------------------------------------------------


def _declared() -> list[str]:
    """Return the names that the package declares to type checkers."""
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    return [name.asname or name.name for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names]


def test_all_lists_the_public_names_in_order_and_the_errors_behind() -> None:
    own = [*_declared(), "__version__"]
    assert package.__all__ == sorted(own) + errors.__all__
    assert sorted(dir(package)) == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None


def test_every_error_is_public() -> None:
    named = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert named <= set(package.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing


def test_importing_the_package_loads_no_package_but_the_errors() -> None:
    script = (
        "import sys, resolver; loaded = [name.split('.')[1] for name in sys.modules if name.startswith('resolver.')];"
        "print(sorted({*loaded} - {'errors', 'version'}))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_the_convert_functions_are_those_of_a_resolver(data_dir: Path, tmp_path: Path) -> None:
    converted = package.convert_frame(pd.DataFrame({"gene": ["IL7"]}), data_dir=data_dir, to="symbol", species="human")
    assert converted["symbol"].tolist() == ["IL7"]
    (tmp_path / "genes.csv").write_text("gene\nIL7\n")
    summary = package.convert_file(tmp_path / "genes.csv", tmp_path / "out.csv", data_dir=data_dir, to="symbol")
    assert summary.rows == 1


# --- Methods ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(resolver: LocalResolver) -> Iterator[httpx.Client]:
    with served(create_app(lambda: resolver)) as opened:
        yield opened


CALLS: list[tuple[str, tuple[str, ...], dict[str, Any], str, list[str]]] = [
    ("search", ("il7",), {"species": "human", "limit": 3}, "/search?q=il7&species=human&limit=3",
     ["search", "il7", "--species", "human", "--limit", "3"]),
    ("gene", ("P13232",), {}, "/gene/P13232", ["gene", "P13232"]),
    ("gene", ("IL7",), {}, "/gene/IL7", ["gene", "IL7"]),
    ("gene", ("3574",), {"namespace": "entrez", "species": "human"}, "/gene/3574?from=entrez&species=human",
     ["gene", "3574", "--from", "entrez", "--species", "human"]),
    ("history", ("hgnc:1000",), {}, "/history/hgnc:1000", ["history", "hgnc:1000"]),
    ("history", ("146660",), {"namespace": "omim"}, "/history/146660?from=omim",
     ["history", "146660", "--from", "omim"]),
    ("orthologs", ("P13232",), {}, "/orthologs/P13232", ["orthologs", "P13232"]),
    ("links", ("IL7",), {"to": ["ensembl"]}, "/go/IL7?to=ensembl", ["go", "IL7", "--to", "ensembl"]),
    ("links", ("IL7",), {"to": "pubmed"}, "/go/IL7?to=pubmed", ["go", "IL7", "--to", "pubmed"]),
]  # fmt: skip


@pytest.mark.parametrize(("method", "given", "options", "path", "words"), CALLS)
def test_a_method_gives_the_object_of_rest_and_of_the_terminal(
    resolver: LocalResolver,
    client: httpx.Client,
    data_dir: Path,
    method: str,
    given: tuple[str, ...],
    options: dict[str, Any],
    path: str,
    words: list[str],
) -> None:
    object_of_python = getattr(resolver, method)(*given, **options)
    assert object_of_python == client.get(path).json()
    ran = CliRunner().invoke(make_app(words[0]), [*words, "--json"], env={"RESOLVER_DATA_DIR": str(data_dir)})
    assert object_of_python == httpx.Response(200, content=ran.stdout).json()


@pytest.mark.parametrize("method", ["gene", "history", "orthologs"])
def test_of_a_miss_a_method_gives_the_answer(resolver: LocalResolver, method: str) -> None:
    assert getattr(resolver, method)("hgnc:99999") == resolver.resolve("hgnc:99999").to_dict()


# --- How answers show themselves ----------------------------------------------------------------------------------

QUERIES = ["P13232", "IL7", "MUM1", "1-Mar", "nonsense!!", "omim:188400", "ncbigene:60454", "x\n" * 300, "<b>&\"'"]


def _parts(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, tuple):
        for one in value:
            yield from _parts(one)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("to_species", [None, "mouse"])
def test_an_answer_and_what_it_consists_of_fit_on_a_line(
    resolver: LocalResolver, query: str, to_species: str | None
) -> None:
    answer = resolver.resolve(query, to_species=to_species) if to_species else resolver.resolve(query)
    shown = [part for part in _parts(answer) if type(part).__repr__ is not tuple.__repr__ and isinstance(part, tuple)]
    assert shown
    for part in [*shown, *(link for gene in answer.genes for link in gene.orthologs)]:
        assert len(repr(part)) <= 120
        assert repr(part).isprintable()


def test_a_repr_names_query_outcome_and_genes(resolver: LocalResolver) -> None:
    assert repr(resolver.resolve("P13232")) == "<Answer 'P13232' resolved IL7 (human, hgnc:6023)>"


@pytest.mark.parametrize("query", QUERIES)
def test_a_notebook_shows_an_answer_as_an_escaped_table(resolver: LocalResolver, query: str) -> None:
    answer: Answer = resolver.resolve(query)
    page = answer._repr_html_()
    assert page.startswith("<table>")
    assert "<b>&" not in page.replace("<b>&lt;", "")
    for found in answer.genes:
        assert f"<td>{found.gene.symbol}</td>" in page
    assert "&lt;b&gt;&amp;&quot;&#x27;" in page or query != "<b>&\"'"
