"""A release of before a namespace was added: it answers everything else, and the namespace is not there."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from resolver.api.app import create_app
from resolver.api.schemas.answers import AnswerShape
from resolver.app.resolver import LocalResolver
from resolver.cli.app import make_app
from resolver.identifiers.namespaces import BY_PREFIX, XREF_GROUPS
from resolver.identifiers.species import HUMAN
from resolver.resolve.compare import compare_answers
from resolver.resolve.look import find_destination
from resolver.resolve.options import Consensus, Options
from resolver.resolve.outcome import Outcome
from resolver.resolve.resolver import Resolver
from resolver.store.gene_reader import GeneReader
from resolver.store.release import Release, get_current_release, open_release
from seed.publish import make_current
from tests.releases import change_documents, copy_release, edited
from tests.serving import served

each_group = pytest.mark.parametrize("prefix", XREF_GROUPS)


def copy_without(release: Release, prefix: str, data_dir: Path) -> Release:
    """Return a copy of a release whose documents have no xrefs of a namespace, as before it was added."""
    older = copy_release(release, data_dir, release.id)
    with edited(older) as connection:
        connection.execute("DELETE FROM identifier WHERE prefix = ?", (prefix,))
        change_documents(connection, lambda gene: gene["xrefs"].pop(prefix))
    return open_release(older.folder)


@pytest.fixture(params=["vega", "ccds"])
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def older(small_release: Release, prefix: str, tmp_path: Path) -> Path:
    """Give a data folder in which a release without the namespace is live."""
    copy_without(small_release, prefix, tmp_path)
    make_current(tmp_path, small_release.id)
    return tmp_path


@each_group
@pytest.mark.parametrize("consensus", ["any", "majority"])
def test_an_answer_lists_the_other_groups(small_release: Release, prefix: str, consensus: str, tmp_path: Path) -> None:
    resolver = Resolver(GeneReader(copy_without(small_release, prefix, tmp_path)))
    whole = Resolver(GeneReader(small_release))
    for to in (None, (prefix,), ("hgnc", prefix, "refseq"), XREF_GROUPS):
        options = Options(species=HUMAN, to=to, consensus=Consensus(consensus))
        (gene,) = resolver.resolve("IL7", options).to_dict()["genes"]
        (expected,) = whole.resolve("IL7", options).to_dict()["genes"]
        expected["xrefs"].pop(prefix, None)
        assert list(gene["xrefs"]) == [group for group in (to or XREF_GROUPS) if group != prefix]
        if consensus == "any" and prefix not in {"ncbigene", "hgnc"}:
            assert gene["xrefs"] == expected["xrefs"]


def test_an_identifier_of_the_namespace_is_recognized_and_not_found(older: Path, prefix: str) -> None:
    example = BY_PREFIX[prefix].forms[0].example
    answer = LocalResolver(older).resolve(example)
    assert answer.outcome is Outcome.NOT_FOUND
    assert answer.interpretations[0].identifier.prefix == prefix


def test_a_page_of_the_namespace_is_none_of_the_gene_s(older: Path, prefix: str) -> None:
    resolver = Resolver(GeneReader(get_current_release(older)))
    found = find_destination(resolver.resolve("hgnc:6023"), (prefix,))
    assert found.page is None
    assert found.hint is not None
    assert found.hint.startswith(f"No identifier in {prefix}: IL7 (human) has ncbigene, ")


def test_a_newer_release_is_compared_with_it(older: Path, prefix: str, resolver_of_small: Resolver) -> None:
    resolver = Resolver(GeneReader(get_current_release(older)))
    compared = compare_answers(resolver.resolve("hgnc:6023"), resolver_of_small.resolve("hgnc:6023"))
    assert [(change.namespace, change.removed) for change in compared.xrefs] == [(prefix, ())]
    assert all(curie.startswith(f"{prefix}:") for curie in compared.xrefs[0].added)


def test_rest_answers_in_the_published_shape(older: Path, prefix: str) -> None:
    with served(create_app(lambda: LocalResolver(older))) as client:
        for path in ("/resolve/hgnc:6023", f"/resolve/hgnc:6023?to={prefix}", f"/resolve/hgnc:6023?to={prefix},mgi"):
            response: httpx.Response = client.get(path)
            assert response.status_code == 200
            AnswerShape.model_validate(response.json(), strict=True)


@pytest.mark.parametrize("output", ["tsv", "json", ""])
def test_the_command_line_prints_it(older: Path, prefix: str, output: str) -> None:
    arguments = ["resolve", *([f"--{output}"] if output else []), "--to", f"{prefix},hgnc", "hgnc:6023"]
    done = CliRunner().invoke(make_app(), arguments, env={"RESOLVER_DATA_DIR": str(older)})
    assert done.exit_code == 0, done.output
    assert "6023" in done.output


def test_a_table_has_empty_cells_in_its_column(older: Path, prefix: str, tmp_path: Path) -> None:
    table = tmp_path / "genes.csv"
    table.write_text("id\nHGNC:6023\nHGNC:11998\n", encoding="utf-8")
    arguments = ["convert", str(table), "--to", f"{prefix},symbol", "-o", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(make_app(), arguments, env={"RESOLVER_DATA_DIR": str(older)})
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert [(row[prefix], row["symbol"]) for row in rows] == [("", "IL7"), ("", "TP53")]
