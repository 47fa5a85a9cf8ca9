"""The packages `mygene` and `biothings_client`, with their address set to the service: what their users expect."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from resolver.api.app import create_app
from resolver.api.mygene.documents import FIELDS
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.resolver import Resolver
from tests.serving import served

biothings_client = pytest.importorskip("biothings_client", reason="install biothings_client")
mygene = pytest.importorskip("mygene", reason="install mygene")

# Every gene of so many that NCBI and a committee name.
GENES = 200


@pytest.fixture(scope="module")
def address(resolver: Resolver) -> Iterator[str]:
    with served(create_app(lambda: resolver)) as client:
        yield str(client.base_url)


@pytest.fixture(scope="module")
def service(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{address}/v3/", timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def client(address: str) -> Any:
    logging.getLogger("biothings.client").setLevel(logging.CRITICAL)
    opened = mygene.MyGeneInfo()
    opened.url = f"{address}/v3"
    opened.delay = 0
    return opened


@pytest.fixture(scope="module")
def genes(resolver: Resolver) -> list[dict[str, Any]]:
    """Return the documents of 200 genes with an Entrez and an Ensembl gene id, of both species."""
    chosen = []
    for number in range(1, 60_000, 61):
        gene = resolver.gene(resolver.reader.get_gene(number).curie)
        if gene["xrefs"]["ncbigene"] and any(one["level"] == "gene" for one in gene["xrefs"]["ensembl"]):
            chosen.append(gene)
    for number in range(100_000, 140_000, 97):
        gene = resolver.gene(resolver.reader.get_gene(number).curie)
        if gene["xrefs"]["ncbigene"] and any(one["level"] == "gene" for one in gene["xrefs"]["ensembl"]):
            chosen.append(gene)
    half = GENES // 2
    human = [gene for gene in chosen if gene["taxon"] == HUMAN][:half]
    mouse = [gene for gene in chosen if gene["taxon"] == MOUSE][:half]
    assert len(human) == len(mouse) == half
    return [*human, *mouse]


def _first(gene: dict[str, Any], prefix: str, level: str | None = None) -> str:
    return next(str(one["identifier"]) for one in gene["xrefs"][prefix] if level is None or one["level"] == level)


def test_getgene_returns_the_fields_that_users_read(client: Any) -> None:
    gene = client.getgene(1017)
    assert (gene["_id"], gene["entrezgene"], gene["symbol"], gene["taxid"]) == ("1017", "1017", "CDK2", 9606)
    assert (gene["name"], gene["type_of_gene"], gene["HGNC"]) == ("cyclin dependent kinase 2", "protein-coding", "1771")
    assert (gene["MIM"], gene["homologene"], gene["map_location"]) == ("116953", {"id": 74409}, "12q13.2")
    assert gene["ensembl"]["gene"] == "ENSG00000123374"
    assert "ENST00000266970" in gene["ensembl"]["transcript"]
    assert "ENSP00000266970" in gene["ensembl"]["protein"]
    assert {"protein": "ENSP00000266970", "rna": "ENST00000266970"} in gene["ensembl"]["translation"]
    assert any(one.startswith("NM_001798.") for one in gene["refseq"]["rna"])
    assert any(one.startswith("NP_001789.") for one in gene["refseq"]["protein"])
    assert gene["uniprot"]["Swiss-Prot"] == "P24941"
    assert "CDKN2" in gene["alias"]
    assert gene["genomic_pos"]["chr"] == "12"
    assert gene["genomic_pos"]["strand"] == 1


def test_getgene_takes_fields_species_and_other_identifiers(client: Any) -> None:
    assert client.getgene("ENSG00000123374", fields="symbol,uniprot.Swiss-Prot") == {
        "_id": "1017", "_version": 1, "symbol": "CDK2", "uniprot": {"Swiss-Prot": "P24941"},
    }  # fmt: skip
    assert client.getgene("1017", fields=["name", "symbol"])["name"] == "cyclin dependent kinase 2"
    assert client.getgene("NCBIGene:1017", "symbol")["symbol"] == "CDK2"
    assert client.getgene("HGNC:1771", "symbol")["symbol"] == "CDK2"
    assert client.getgene("MGI:104772", "MGI")["MGI"] == "MGI:104772"
    assert client.getgene("999999999") is None
    assert client.getgene("CDK2") is None  # as at MyGene.info, a symbol is searched for


def test_a_retired_entrez_number_has_its_successor(client: Any) -> None:
    assert client.getgene("60454", "symbol")["_id"] == "6622"
    found = client.querymany(["60454"], scopes="retired", fields="symbol", verbose=False)
    assert [(hit["query"], hit["_id"]) for hit in found] == [("60454", "6622")]


def test_getgenes_answers_200_genes_in_order(client: Any, genes: list[dict[str, Any]]) -> None:
    ids = [_first(gene, "ncbigene") for gene in genes]
    found = client.getgenes([*ids, "999999999"], fields="symbol,entrezgene,taxid", verbose=False)
    assert [hit["query"] for hit in found] == [*ids, "999999999"]
    assert [(hit["_id"], hit["symbol"], hit["taxid"]) for hit in found[:-1]] == [
        (identifier, gene["symbol"], gene["taxon"]) for identifier, gene in zip(ids, genes, strict=True)
    ]
    assert found[-1] == {"query": "999999999", "notfound": True}


def test_getgenes_gives_a_frame_that_is_indexed_by_query(client: Any, genes: list[dict[str, Any]]) -> None:
    ids = [_first(gene, "ensembl", "gene") for gene in genes]
    frame = client.getgenes(ids, fields="symbol,entrezgene,uniprot", as_dataframe=True, verbose=False)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.index) == ids
    assert list(frame["symbol"]) == [gene["symbol"] for gene in genes]
    assert {"uniprot.Swiss-Prot", "entrezgene"} <= set(frame.columns)


@pytest.mark.parametrize(
    ("scope", "prefix", "level"),
    [
        ("entrezgene", "ncbigene", None),
        ("ensembl.gene", "ensembl", "gene"),
        ("ensembl.transcript", "ensembl", "transcript"),
        ("ensembl.protein", "ensembl", "protein"),
        ("refseq", "refseq", "transcript"),
        ("refseq.rna", "refseq", "transcript"),
        ("refseq.protein", "refseq", "protein"),
        ("uniprot", "uniprot", None),
        ("MIM", "omim", None),
        ("HGNC", "hgnc", None),
        ("MGI", "mgi", None),
    ],
)
def test_querymany_finds_each_gene_by_each_scope(
    client: Any, genes: list[dict[str, Any]], scope: str, prefix: str, level: str | None
) -> None:
    having = [gene for gene in genes if any(level in (None, one.get("level")) for one in gene["xrefs"][prefix])]
    assert len(having) > 20
    ids = [_first(gene, prefix, level) for gene in having]
    result = client.querymany(ids, scopes=scope, fields="symbol,taxid", returnall=True, verbose=False)
    assert result["missing"] == []
    pairs = {(hit["query"], hit["symbol"], hit["taxid"]) for hit in result["out"]}
    assert pairs >= {(one, gene["symbol"], gene["taxon"]) for one, gene in zip(ids, having, strict=True)}
    if prefix in {"ncbigene", "hgnc", "mgi", "ensembl"}:
        assert [hit["query"] for hit in result["out"]] == ids
        assert result["dup"] == []


def test_querymany_reads_symbols_and_reports_duplicates_and_misses(client: Any, genes: list[dict[str, Any]]) -> None:
    human = [gene["symbol"] for gene in genes if gene["taxon"] == HUMAN]
    found = client.querymany(human, scopes="symbol", species="human", returnall=True, verbose=False)
    assert ([hit["symbol"] for hit in found["out"]], found["missing"], found["dup"]) == (human, [], [])
    both = client.querymany(["CDK2", "nosuchgene", "NSG"], scopes="symbol", returnall=True, verbose=False)
    assert both["dup"] == [("CDK2", 2)]
    assert both["missing"] == ["nosuchgene", "NSG"]
    assert [(hit.get("symbol"), hit.get("taxid")) for hit in both["out"]][:2] == [("CDK2", 9606), ("Cdk2", 10090)]
    assert all(hit["_score"] > 0 for hit in both["out"] if "notfound" not in hit)


def test_a_previous_symbol_is_an_alias_and_not_a_symbol(client: Any) -> None:
    def find(scopes: str) -> list[str | None]:
        hits = client.querymany(["MARCH1"], scopes=scopes, species="human", fields="symbol", verbose=False)
        return [hit.get("symbol") for hit in hits]

    assert find("symbol") == [None]
    assert find("alias") == find("symbol,alias") == find("symbol,alias,reporter") == ["MARCHF1"]


def test_querymany_gives_frames_with_returnall(client: Any) -> None:
    result = client.querymany(
        ["CDK2", "nosuchgene"], scopes="symbol", fields="entrezgene,symbol", returnall=True, as_dataframe=True,
        verbose=False,
    )  # fmt: skip
    assert list(result["out"].index) == ["CDK2", "CDK2", "nosuchgene"]
    assert list(result["out"]["entrezgene"][:2]) == ["1017", "12566"]
    assert result["dup"].to_numpy().tolist() == [["CDK2", 2]]
    assert list(result["missing"]["query"]) == ["nosuchgene"]


def test_a_batch_of_more_than_a_call_accepts_is_sent_in_parts(client: Any) -> None:
    ids = [str(number) for number in range(1, 2_101)]
    found = client.querymany(ids, scopes="entrezgene", fields="symbol", verbose=False)
    assert list(dict.fromkeys(hit["query"] for hit in found)) == ids


def test_query_returns_hits_best_first(client: Any) -> None:
    found = client.query("cdk2", size=5)
    assert [(hit["symbol"], hit["taxid"]) for hit in found["hits"][:2]] == [("CDK2", 9606), ("Cdk2", 10090)]
    assert set(found["hits"][0]) == {"_id", "_score", "symbol", "name", "taxid", "entrezgene"}
    assert len(found["hits"]) == 5
    assert found["total"] > 5
    assert found["max_score"] == found["hits"][0]["_score"]
    scores = [hit["_score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("q", "symbols"),
    [
        ("symbol:cdk2", ["CDK2", "Cdk2"]),
        ("symbol:CDK2 AND taxid:9606", ["CDK2"]),
        ("symbol:CDK2 OR symbol:BTK", ["CDK2", "Cdk2", "BTK", "Btk"]),
        ("entrezgene:1017", ["CDK2"]),
        ("ensembl.gene:ENSG00000123374", ["CDK2"]),
        ("ensemblgene:ENSG00000123374", ["CDK2"]),
        ("refseq:NM_001798", ["CDK2"]),
        ("uniprot:P24941", ["CDK2"]),
        ("mim:116953", ["CDK2"]),
        ("hgnc:1771", ["CDK2"]),
        ("HGNC:1771", ["CDK2"]),
        (r"mgi:MGI\:104772", ["Cdk2"]),
        ("MGI:104772", ["Cdk2"]),
        ("omim:116953", ["CDK2"]),
        ('name:"cyclin dependent kinase 2"', ["CDK2", "Cdk2"]),
        ("alias:CDKN2", ["CDKN2A"]),  # a previous symbol goes before the alias of CDK2
        ("retired:60454", ["SNCA"]),
        ("fgr*", ["FGR", "Fgr"]),
        ("nosuchgene", []),
    ],
)
def test_query_understands_fields(client: Any, q: str, symbols: list[str]) -> None:
    hits = client.query(q, fields="symbol", size=1000)["hits"]
    found = [hit["symbol"] for hit in hits]
    if q.endswith("*"):
        assert found[: len(symbols)] == symbols
    else:
        assert set(found) <= set(symbols)
        assert set(found) >= set(symbols[:1])


def test_query_pages_filters_and_flattens(client: Any) -> None:
    whole = client.query("cdk*", size=20, species="human", fields="symbol")["hits"]
    parts = [client.query("cdk*", size=10, skip=skip, species="human", fields="symbol")["hits"] for skip in (0, 10)]
    assert [*parts[0], *parts[1]] == whole
    hit = client.query("symbol:CDK2", species=9606, fields="ensembl.gene,uniprot", dotfield=True)["hits"][0]
    assert hit["ensembl.gene"] == "ENSG00000123374"
    assert hit["uniprot.Swiss-Prot"] == "P24941"
    listed = client.query("symbol:CDK2", species=9606, fields="ensembl.gene,MGI", always_list="ensembl.gene",
                          allow_null="MGI")["hits"][0]  # fmt: skip
    assert (listed["ensembl"], listed["MGI"]) == ({"gene": ["ENSG00000123374"]}, None)
    assert client.query("symbol:CDK2", species="rat")["total"] == 0
    frame = client.query("symbol:CDK2", as_dataframe=True)
    assert list(frame["symbol"]) == ["CDK2", "Cdk2"]


def test_scrolling_is_refused_with_a_sentence(client: Any, service: httpx.Client) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(httpx.HTTPStatusError, match="400") as refused:
            list(client.query("cdk*", fetch_all=True))
    assert "scroll" in refused.value.response.json()["error"]
    problem = service.get("query", params={"q": "cdk*", "fetch_all": "true"}).json()
    assert (problem["code"], problem["success"]) == ("bad_option", False)
    assert "scroll" in problem["error"]
    assert "querymany" in problem["hint"]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("query", {}),
        ("query", {"q": " "}),
        ("query", {"q": "summary:insulin"}),
        ("query", {"q": "chrX:151073054-151383976"}),
        ("query", {"q": "tumor NOT receptor"}),
        ("query", {"q": "CDK?"}),
        ("query", {"q": "cdk2", "size": "1001"}),
        ("query", {"q": "cdk2", "from": "x"}),
        ("query", {"q": "cdk2", "species": "unicorn"}),
        ("query", {"q": "cdk2", "facets": "taxid"}),
        ("gene/1017", {"callback": "show"}),
    ],
)
def test_what_is_not_supported_says_so(service: httpx.Client, path: str, params: dict[str, str]) -> None:
    response = service.get(path, params=params)
    problem = response.json()
    assert (response.status_code, problem["success"]) == (400, False)
    assert problem["error"]
    assert problem["hint"]


def test_batches_are_read_as_forms_and_as_json(service: httpx.Client) -> None:
    form = service.post("query", data={"q": '"1017","ENSG00000123374"', "fields": "symbol"}).json()
    assert [(hit["query"], hit["symbol"]) for hit in form] == [("1017", "CDK2"), ("ENSG00000123374", "CDK2")]
    plain = service.post("query", data={"q": "1017,ENSG00000123374", "fields": "symbol"}).json()
    as_json = service.post("query", json={"q": ["1017", "ENSG00000123374"], "fields": "symbol"}).json()
    assert form == plain == as_json
    names = service.post("query", data={"q": '"cyclin dependent kinase 2"', "scopes": "name", "fields": "symbol"})
    assert [hit["symbol"] for hit in names.json()] == ["CDK2", "Cdk2"]
    genes = service.post("gene/", json={"ids": [1017, 0]}, params={"fields": "symbol"}).json()
    assert [(hit["query"], hit.get("symbol")) for hit in genes] == [("1017", "CDK2"), ("0", None)]
    # JSON has one kind of number, and a column of numbers with gaps is sent as 1017.0.
    numbers = service.post("gene", json={"ids": [1017.0, 12566.0], "species": 9606.0, "fields": "symbol"})
    assert [(hit["query"], hit.get("symbol")) for hit in numbers.json()] == [("1017", "CDK2"), ("12566", None)]
    paged = service.post("query", json={"q": [1017.0], "scopes": "entrezgene", "size": 1.0})
    assert [hit["_id"] for hit in paged.json()] == ["1017"]
    assert service.post("query", json={"q": [1017], "size": 1.5}).json()["code"] == "bad_option"
    refused = service.post("gene", data={"ids": ",".join(map(str, range(1, 1002)))})
    assert (refused.status_code, refused.json()["code"]) == (400, "too_many")
    for broken in ({"content": "[1", "headers": {"content-type": "application/json"}}, {"data": {"ids": ""}}):
        assert service.post("gene", **broken).status_code == 400
    assert service.post("query", data={"q": "CDK2", "scopes": "reporter"}).json()["code"] == "bad_option"


def test_an_answer_is_that_of_resolve(service: httpx.Client, resolver: Resolver) -> None:
    """The same genes, in the same order, as the resolver's own answer in the namespace of the scope."""
    symbols = ["MUM1", "Trp53", "TP53", "il-7", "H3F3A", "MARCH1", "AKT", "RAS", "p53", "NOTCH4"]
    found = service.post("query", json={"q": symbols, "scopes": "symbol,alias,name", "fields": "symbol"}).json()
    for symbol in symbols:
        answer = resolver.resolve(symbol, namespace="symbol")
        own = [hit["symbol"] for hit in found if hit["query"] == symbol and "symbol" in hit]
        expected = [match.gene.symbol for match in answer.genes if match.matched_as.kind != "similar_spelling"]
        assert sorted(own) == sorted(expected), symbol


def test_metadata_describe_the_release(client: Any, resolver: Resolver) -> None:
    described = client.metadata(verbose=False)
    assert (described["biothing_type"], described["build_version"]) == ("gene", resolver.release.id)
    assert described["taxonomy"] == {"human": 9606, "mouse": 10090}
    assert {"NCBI", "HGNC", "UniProt"} <= set(described["src"])
    fields = client.get_fields(verbose=False)
    assert set(fields) == set(FIELDS)
    assert set(client.get_fields("uniprot", verbose=False)) == {"uniprot", "uniprot.Swiss-Prot", "uniprot.TrEMBL"}


def test_every_documented_field_occurs_and_no_other(service: httpx.Client, genes: list[dict[str, Any]]) -> None:
    ids = [*(_first(gene, "ncbigene") for gene in genes), "1017", "7157"]
    listed = service.post("gene", json={"ids": ids, "dotfield": True}).json()
    objects = {name for name, kind in FIELDS.items() if kind == "object"}
    assert {name for gene in listed for name in gene} - {"query", "_id", "_score"} == FIELDS.keys() - objects


def test_the_example_of_the_documentation_runs(address: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
    (example,) = [block for block in re.findall(r"^```py\n(.*?)^```$", page, re.M | re.S) if "import mygene" in block]
    names: dict[str, Any] = {}
    exec(example.replace("http://127.0.0.1:8000", address), names)  # noqa: S102  (our own documentation)
    assert names["gene"]["symbol"] == "IL7"
    assert [hit["symbol"] for hit in names["found"]["out"]] == ["IL7", "IL7"]


def test_biothings_client_takes_the_address(address: str) -> None:
    opened = biothings_client.get_client("gene", url=f"{address}/v3")
    assert opened.getgene(1017, "symbol")["symbol"] == "CDK2"
    found = biothings_client.get_client(url=f"{address}/v3")  # it reads the kind from the metadata
    assert found.query("symbol:CDK2", species="human")["total"] == 1
