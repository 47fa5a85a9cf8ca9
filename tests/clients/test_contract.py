"""One interface: what `Resolver` does on a release, `Client` and `AsyncClient` do with a service on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anndata
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from resolver.api.app import create_app
from resolver.app.resolver import LocalResolver
from resolver.client import AsyncClient, Client
from resolver.errors import BadOption, MissingColumn, SeveralGenes, UnknownNamespace, UnknownSpecies
from resolver.resolve.options import Query, read_options
from resolver.resolve.outcome import Outcome
from tests.clients.contract import Blocking
from tests.serving import served

QUERIES = [
    "P13232", "IL-7", "il7", "ENSMUSG00000040329.5", "omim:146660", "146660", "TP53", "Trp53", "NP_000537.3", "MUM1",
    "homologene:680", "3574", "HGNC:1871", "P13232-2", "ENSG0000104432", "1-Mar", "3574.0", "2.31E+13", "omim:618309",
    "NM_999999999", "zfin:ZDB-1", "nonsense!!", "", " ", ".", "..", "a/b", "https://www.uniprot.org/uniprotkb/P13232/entry",
    "β-actin", "IL7?x=1", "IL7#x", "50% IL7", "x" * 300, "x" * 3000, "\udcff", "ncbigene:60454", "rs7412", "IL7 ",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(resolver: LocalResolver) -> Iterator[str]:
    with served(create_app(lambda: resolver)) as client:
        yield str(client.base_url)


@pytest.fixture(scope="module", params=["Resolver", "Client", "AsyncClient"])
def one(request: pytest.FixtureRequest, resolver: LocalResolver, address: str) -> Iterator[Any]:
    """Return each implementation of the interface."""
    if request.param == "Resolver":
        yield resolver
    elif request.param == "Client":
        with Client(address) as client:
            yield client
    else:
        blocking = Blocking(AsyncClient(address))
        yield blocking
        blocking.close()


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_has_the_answer_of_the_resolver(one: Any, resolver: LocalResolver, query: str) -> None:
    assert one.resolve(query).to_dict() == resolver.resolve(query).to_dict()


@pytest.mark.parametrize(
    "options",
    [
        {"to": ["ensembl", "uniprot"]},
        {"species": "human"},
        {"to_species": "mouse"},
        {"on_many": "first"},
        {"on_many": "explode"},
        {"namespace": "omim"},
        {"fields": "outcome,symbol"},
        {"explain": True},
        {"receipt": True},
        {"consensus": "all", "policy": "strict"},
    ],
)
@pytest.mark.parametrize("query", ["IL7", "146660", "MUM1", "nonsense!!", "x" * 3000])
def test_options_mean_the_same(one: Any, resolver: LocalResolver, query: str, options: dict[str, Any]) -> None:
    answer = one.resolve(query, **options).to_dict()
    expected = resolver.resolve(query, **options).to_dict()
    if len(query) > 2000 and options.get("on_many") == "explode":
        answer["policy"]["on_many"] = "explode"
    if len(query) > 2000 and "receipt" in options:
        return  # in a list, the receipt is of the list
    assert answer == expected


def test_an_answer_has_the_same_attributes(one: Any) -> None:
    answer = one.resolve("MUM1", to_species="mouse")
    assert (answer.query, answer.outcome, answer.reason) == ("MUM1", Outcome.AMBIGUOUS, "several_genes")
    assert [(found.gene.symbol, found.gene.taxon) for found in answer.genes][:2] == [("IRF4", 9606), ("PWWP3A", 9606)]
    assert answer.genes[0].matched_as.kind == "previous_symbol"
    assert answer.genes[0].orthologs[0].gene.symbol == "Irf4"
    assert {found.gene.symbol for found in answer.converted} == {"Irf4", "Pwwp3a"}
    assert {found.of.symbol for found in answer.converted} >= {"IRF4", "Pwwp3a"}
    assert answer.has_several_genes
    assert answer.release.id
    assert "MUM1" in repr(answer)
    assert "IRF4" in repr(one.resolve("MUM1"))
    retired = one.resolve("ncbigene:60454")
    assert (retired.history[0].retired, retired.history[0].successor) == ("ncbigene:60454", "ncbigene:6622")
    missed = one.resolve("ENSG0000104432")
    assert missed.suggestions[0].identifier == "ENSG00000104432"
    assert missed.suggestions[0].gene.symbol == "IL7"
    assert one.resolve("3574.0").damage.repaired == "3574"
    assert one.resolve("omim:618309").related[0].gene.symbol == "IL7"
    assert one.resolve("IL7").marks == ()
    assert one.resolve(3574).query == "3574"


def test_a_list_is_answered_in_order_with_duplicates(one: Any, resolver: LocalResolver) -> None:
    queries = [query for query in QUERIES if query != "\udcff"] * 3
    answers = one.resolve_many(queries)
    listed = [answer.to_dict() for answer in answers]
    expected = resolver.resolve_many(queries)
    assert listed == [answer.to_dict() for answer in expected]
    assert answers.summarize() == expected.summarize()
    assert answers.outcomes == expected.outcomes
    assert sum(answers.reasons.values()) == sum(expected.reasons.values())


def test_a_list_takes_options_and_options_of_single_queries(one: Any, resolver: LocalResolver) -> None:
    queries = [Query("146660", read_options({"from": "omim"})), "IL7", None, float("nan"), 3574]
    listed = [answer.to_dict() for answer in one.resolve_many(queries, species="human", to="mgi")]
    assert [shown["query"] for shown in listed] == ["146660", "IL7", "", "", "3574"]
    assert [shown["outcome"] for shown in listed][:2] == ["resolved", "resolved"]
    assert listed[0]["policy"]["from"] == "omim"
    exploded = [answer.genes[0].gene.symbol for answer in one.resolve_many(["MUM1"], on_many="explode")]
    assert exploded == ["IRF4", "PWWP3A", "Pwwp3a"]
    assert list(one.resolve_many([])) == []


@pytest.mark.parametrize("query", ["IL7", "ENSG00000104432", "nonsense!!", "ncbigene:60454", "", "MUM1", "a/b"])
def test_genes_histories_orthologs_and_links_are_the_same(one: Any, resolver: LocalResolver, query: str) -> None:
    assert one.gene(query) == resolver.gene(query)
    assert one.gene(query, species="human") == resolver.gene(query, species="human")
    assert one.history(query) == resolver.history(query)
    assert one.orthologs(query) == resolver.orthologs(query)
    assert one.links(query, species="human") == resolver.links(query, species="human")
    assert one.links(query, to=["pubmed", "uniprot"]) == resolver.links(query, to=["pubmed", "uniprot"])


def test_searches_and_the_release_are_the_same(one: Any, resolver: LocalResolver) -> None:
    assert one.search("il7") == resolver.search("il7")
    assert one.search("cdk", species="mouse", limit=5) == resolver.search("cdk", species="mouse", limit=5)
    assert one.about() == resolver.about()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda one: one.resolve("IL7", species="rat"), UnknownSpecies),
        (lambda one: one.resolve("IL7", to="kegg"), UnknownNamespace),
        (lambda one: one.resolve("IL7", unknown=True), BadOption),
        (lambda one: one.resolve(["IL7"]), TypeError),
        (lambda one: one.resolve_many("IL7"), TypeError),
        (lambda one: one.resolve_many(["IL7"], on_many="some"), BadOption),
        (lambda one: one.resolve("MUM1", on_many="error"), SeveralGenes),
        (lambda one: list(one.resolve_many(["MUM1"], on_many="error")), SeveralGenes),
        (lambda one: one.search(" "), BadOption),
        (lambda one: one.search("il7", limit=1000), BadOption),
        (lambda one: one.links("IL7", to="nowhere"), UnknownNamespace),
        (lambda one: one.gene("IL7", species="rat"), UnknownSpecies),
        (lambda one: one.convert(pd.DataFrame({"a": ["IL7"]}), column="b"), MissingColumn),
        (lambda one: one.convert(pd.DataFrame({"a": ["IL7"]}), to="kegg"), UnknownNamespace),
        (lambda one: one.convert([1]), BadOption),
        (lambda one: one.convert(pd.DataFrame({"a": ["IL7"]}), in_place=True), BadOption),
    ],
)
def test_errors_are_the_same(one: Any, call: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        call(one)
    if error is SeveralGenes:
        assert len(raised.value.answer.genes) == 3  # type: ignore[attr-defined]
    if error is not TypeError:
        assert raised.value.hint  # type: ignore[attr-defined]


@pytest.mark.parametrize("many", [1, 400])
def test_frames_of_pandas_are_converted(one: Any, resolver: LocalResolver, many: int) -> None:
    once = pd.DataFrame(
        {
            "gene": pd.Categorical(["TP53", "KRAS", "TP53", "MUM1"]),
            "entrez": [7157.0, None, 3845.0, 1.0],
            "note": ["a,b", 'say "x"', "two\nlines", None],
        },
        index=pd.Index(["a", "b", "a", "c"], name="sample"),
    )
    frame = pd.concat([once] * many)
    options: dict[str, Any] = {"column": "gene", "to": "ensembl,uniprot", "species": "human"}
    summaries: list[Any] = []
    converted = one.convert(frame, on_summary=summaries.append, **options)
    pd.testing.assert_frame_equal(converted, resolver.convert(frame, **options))
    assert len(summaries) == 1
    exploded = {**options, "on_many": "explode"}
    pd.testing.assert_frame_equal(one.convert(frame, **exploded), resolver.convert(frame, **exploded))
    detected: dict[str, Any] = {"to": "symbol", "species": "human"}
    pd.testing.assert_frame_equal(one.convert(frame, **detected), resolver.convert(frame, **detected))


def test_frames_of_polars_and_pyarrow_are_converted(one: Any, resolver: LocalResolver) -> None:
    frame = pl.DataFrame({"n": [1, 2, 3], "id": ["P13232", None, "ENSG00000141510"], "x": [0.5, None, 2.0]})
    converted = one.convert(frame, to=["symbol", "hgnc"])
    assert converted.equals(resolver.convert(frame, to=["symbol", "hgnc"]))
    assert converted["symbol"].to_list() == ["IL7", None, "TP53"]
    correct: dict[str, Any] = {"to": "symbol", "species": "human", "correct": {"P13232": "KRAS", "x": "IL7"}}
    corrected = one.convert(frame, **correct)
    assert corrected.equals(resolver.convert(frame, **correct))
    assert corrected["symbol"].to_list() == ["KRAS", None, "TP53"]
    table = pa.table({"id": ["P13232", "TP53"]})
    assert one.convert(table, to="symbol").equals(resolver.convert(table, to="symbol"))
    numbered = pd.DataFrame({0: ["IL7", "MYC"], 1: ["x", "y"]})
    pd.testing.assert_frame_equal(one.convert(numbered, column=0), resolver.convert(numbered, column=0))
    empty = pd.DataFrame({"gene": pd.Series([], dtype="string")})
    pd.testing.assert_frame_equal(one.convert(empty, column="gene"), resolver.convert(empty, column="gene"))
    alone = pd.DataFrame({"gene": ["IL7", None, "", "TP53"]})
    pd.testing.assert_frame_equal(one.convert(alone), resolver.convert(alone))


KINDS: list[Any] = [
    pd.Series(["TP53", None, "P13232"], index=[3, 5, 7], name="gene"), pd.Index(["TP53", "P13232"], name="gene"),
    pl.Series("gene", ["TP53", None, "P13232"]), pa.array(["TP53", None, "P13232"]),
    pa.chunked_array([["TP53"], ["IL7"]]),
    ["TP53", None, "P13232"], ("TP53", "IL7"), np.array(["TP53", "IL7"], dtype=object),
    {"n": [1, 2], "gene": ["TP53", "IL7"]}, [{"gene": "TP53", "n": 1}, {"gene": "IL7"}],
    pl.LazyFrame({"gene": ["TP53", "IL7"], "n": [1, 2]}), [None, None],
    [7157, 3574, 672, 675, 1956, 3845, 4609, 5290, 5728, 7422, 2064, 595, 1029, 4193, 207, 673, 3265, 4893, 6714, 4790],
]  # fmt: skip


@pytest.mark.parametrize("frame", KINDS, ids=[f"{type(one).__name__} {place}" for place, one in enumerate(KINDS)])
@pytest.mark.parametrize("on_many", ["list", "explode"])
def test_every_kind_of_frame_is_converted_to_its_kind(
    one: Any, resolver: LocalResolver, frame: Any, on_many: str
) -> None:
    if on_many == "explode" and isinstance(frame, list) and not isinstance(frame[0], str | dict):
        pytest.skip("the rules of the only column do not hold beside the numbers of rows")
    options: dict[str, Any] = {"to": "symbol,hgnc", "on_many": on_many}
    converted, expected = one.convert(frame, **options), resolver.convert(frame, **options)
    assert type(converted) is type(expected)
    if isinstance(converted, pd.DataFrame):
        pd.testing.assert_frame_equal(converted, expected)
    elif isinstance(converted, pl.LazyFrame):
        assert converted.collect().equals(expected.collect())
    elif isinstance(converted, pl.DataFrame | pa.Table):
        assert converted.equals(expected)
    else:
        assert converted == expected


def test_errors_of_conversions_name_the_columns_of_the_frame_alone(one: Any) -> None:
    with pytest.raises(MissingColumn) as missing:
        one.convert({"gene": ["TP53"], "n": [1]}, column="gnee")
    assert missing.value.available == ("gene", "n")
    assert "Did you mean 'gene'?" in str(missing.value.hint)
    with pytest.raises(BadOption, match="no column contains") as refused:
        one.convert({"x": ["nothing at all", "none of them"]})
    assert "row of the frame" not in str(refused.value.hint)
    assert "column='x'" in str(refused.value.hint)
    with pytest.raises(BadOption, match="no option 'colum'"):
        one.convert({"gene": ["TP53"]}, colum="gene")
    if not isinstance(one, LocalResolver):
        with pytest.raises(BadOption, match="anndata is not converted by a service"):
            one.convert(anndata.AnnData(np.ones((1, 1))))
