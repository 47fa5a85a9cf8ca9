"""Who says so: the way from the text to the gene, the files behind every statement, agreement and contradiction."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.resolve.evidence import Agreement, organization_of
from resolver.resolve.options import Consensus
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import Texts, read_rows, read_texts, spread


def _explained(resolver: Resolver, text: str, **stated: Any) -> dict[str, Any]:
    return resolver.resolve(text, explain=True, **stated).to_dict()


def _steps(gene: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(step["from"], step["to"], step["how"]) for step in gene["path"]]


@pytest.fixture(scope="module")
def genes(resolver: Resolver) -> list[str]:
    """Return the CURIEs of 400 genes with orthologs, which have many identifiers."""
    return spread(
        read_texts(resolver, "SELECT curie FROM gene WHERE id IN (SELECT gene_id FROM ortholog) ORDER BY id"), 400
    )


@pytest.fixture(scope="module")
def texts(resolver: Resolver) -> Texts:
    return Texts(resolver)


# --- The path --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("P13232", [("uniprot:P13232", "hgnc:6023", "identifier")]),
        ("P13232-2", [("uniprot.isoform:P13232-2", "hgnc:6023", "identifier")]),
        ("Q3UT18_MOUSE", [("uniprot.mnemonic:Q3UT18_MOUSE", "mgi:96561", "identifier")]),
        ("ENSG00000104432.11", [("ensembl:ENSG00000104432", "hgnc:6023", "identifier")]),
        ("BRCA1P1", [("BRCA1P1", "hgnc:28470", "symbol")]),
        ("PARK4", [("PARK4", "hgnc:11138", "previous_symbol")]),
        (
            "ncbigene:60454",
            [("ncbigene:60454", "ncbigene:6622", "replaced"), ("ncbigene:6622", "hgnc:11138", "identifier")],
        ),
        (
            "AF311304",
            [("ncbigene:81927", "ncbigene:23435", "replaced"), ("ncbigene:23435", "hgnc:11571", "retired_symbol")],
        ),
    ],
)
def test_the_path_leads_from_the_text_to_the_gene(
    resolver: Resolver, text: str, steps: list[tuple[str, str, str]]
) -> None:
    (gene,) = _explained(resolver, text)["genes"]
    assert _steps(gene) == steps


def test_an_alias_of_both_species_has_a_path_for_each(resolver: Resolver) -> None:
    human, mouse = _explained(resolver, "IL-6")["genes"]
    assert _steps(human) == [("IL-6", "hgnc:6018", "alias")]
    assert _steps(mouse) == [("Il-6", "mgi:96559", "alias")]
    assert "mgi.marker_list" in mouse["path"][0]["sources"]


def test_the_path_to_a_successor_leaves_out_the_other_successors_of_the_split(resolver: Resolver) -> None:
    answer = _explained(resolver, "HGNC:1871")
    assert len(answer["history"]) == 2
    for gene, successor in zip(answer["genes"], ("hgnc:10498", "hgnc:10499"), strict=True):
        assert _steps(gene) == [("hgnc:1871", successor, "merged"), (successor, gene["curie"], "identifier")]


@given(data=st.data())
def test_every_path_is_a_chain_to_its_gene_and_names_files(
    resolver: Resolver, texts: Texts, data: st.DataObject
) -> None:
    answer = _explained(resolver, data.draw(texts.one))
    for gene in answer["genes"]:
        path = gene["path"]
        assert path[-1]["to"] == gene["curie"]
        assert path[-1]["from"] == gene["matched_as"]["value"]
        assert [step["to"] for step in path[:-1]] == [step["from"] for step in path[1:]]
        assert all(step["sources"] for step in path)
        assert {source for step in path for source in step["sources"]} <= answer["sources"].keys()


# --- Evidence --------------------------------------------------------------------------------------------------


def test_every_statement_names_its_files_and_how_many_agree(resolver: Resolver, genes: list[str]) -> None:
    for curie in genes:
        answer = _explained(resolver, curie)
        (gene,) = answer["genes"]
        for one in gene["evidence"]:
            organizations = {organization_of(source) for source in one["sources"]}
            assert one["agreed"] == len(organizations)
            assert 1 <= one["agreed"] <= one["voters"]
            assert (
                one["voters"] > one["agreed"]
                or not {organization_of(source) for rival in one["contradicted_by"] for source in rival["sources"]}
                - organizations
            )
            assert set(one["sources"]) <= answer["sources"].keys()
        listed = {xref["curie"] for xrefs in gene["xrefs"].values() for xref in xrefs}
        assert listed <= {one["curie"] for one in gene["evidence"]}


def test_the_sources_are_told_with_their_upstream_versions(resolver: Resolver) -> None:
    sources = _explained(resolver, "P13232")["sources"]
    stated = {str(row["key"]): row for row in resolver.reader.list_sources()}
    assert {"hgnc.complete_set", "uniprot.idmapping.human"} <= sources.keys()
    for key, shown in sources.items():
        assert shown == {name: stated[key][name] for name in ("source", "file", "upstream_version", "upstream_date")}
        assert shown["upstream_version"] or shown["upstream_date"] or key.startswith("curated")


def test_only_what_is_named_is_among_the_sources(resolver: Resolver) -> None:
    answer = _explained(resolver, "P13232", to="omim")
    (gene,) = answer["genes"]
    assert {one["curie"].partition(":")[0] for one in gene["evidence"]} == {"omim"}
    named = {source for one in [*gene["evidence"], *gene["path"]] for source in one["sources"]}
    assert answer["sources"].keys() == named


def test_without_explain_there_is_no_evidence(resolver: Resolver) -> None:
    answer = resolver.resolve("P13232").to_dict()
    assert "sources" not in answer
    assert not {"evidence", "path"} & answer["genes"][0].keys()


def test_a_contradiction_is_shown_on_both_genes(resolver: Resolver) -> None:
    """NCBI and HGNC give Entrez Gene 414062 to CCL3L3; another source gives it to CCL3L1."""
    (winner,) = _explained(resolver, "ncbigene:414062")["genes"]
    assert winner["symbol"] == "CCL3L3"
    (loser,) = _explained(resolver, "CCL3L1", species="human")["genes"]
    won = next(one for one in winner["evidence"] if one["curie"] == "ncbigene:414062")
    lost = next(one for one in loser["evidence"] if one["curie"] == "ncbigene:414062")
    assert [(rival["symbol"], rival["assignment_rank"]) for rival in won["contradicted_by"]] == [("CCL3L1", 1)]
    assert [(rival["symbol"], rival["assignment_rank"]) for rival in lost["contradicted_by"]] == [("CCL3L3", 0)]
    assert won["contradicted_by"][0]["sources"] == lost["sources"]
    assert lost["contradicted_by"][0]["sources"] == won["sources"]
    assert (won["assignment_rank"], lost["assignment_rank"]) == (0, 1)


def test_every_identifier_on_two_genes_is_contradicted_on_each_by_the_other(resolver: Resolver) -> None:
    placed = read_rows(
        resolver,
        "SELECT i.prefix || ':' || i.accession, g.curie FROM identifier i JOIN gene g ON g.id = i.gene_id"
        " WHERE i.prefix <> 'homologene' AND i.relation <> 'phenotype' AND (i.accession, i.prefix) IN"
        " (SELECT accession, prefix FROM identifier GROUP BY 1, 2 HAVING count(*) > 1) ORDER BY 1, 2",
    )
    holders: dict[str, set[str]] = {}
    for curie, gene in placed:
        holders.setdefault(curie, set()).add(gene)
    assert len(holders) > 100
    evidence: dict[str, dict[str, set[str]]] = {}
    for curie in spread(sorted(holders), 100):
        for gene in holders[curie]:
            if gene not in evidence:
                (answered,) = _explained(resolver, gene)["genes"]
                evidence[gene] = {
                    one["curie"]: {rival["gene"] for rival in one["contradicted_by"]} for one in answered["evidence"]
                }
            assert evidence[gene][curie] == holders[curie] - {gene}


# --- Consensus -------------------------------------------------------------------------------------------------


def _listed(gene: dict[str, Any]) -> set[str]:
    return {xref["curie"] for xrefs in gene["xrefs"].values() for xref in xrefs}


def test_the_more_must_agree_the_less_is_listed_and_the_gene_itself_stays(resolver: Resolver, genes: list[str]) -> None:
    less = 0
    for curie in genes:
        answers = {each: resolver.resolve(curie, consensus=each.value).to_dict() for each in Consensus}
        for answer in answers.values():
            assert [gene["curie"] for gene in answer["genes"]] == [curie]
            assert answer["outcome"] == "resolved"
        (of_any,), (of_most,), (of_all,) = (answer["genes"] for answer in answers.values())
        assert _listed(of_any) >= _listed(of_most) >= _listed(of_all)
        less += _listed(of_any) > _listed(of_all)
        for pair in zip(of_any["orthologs"], of_most["orthologs"], of_all["orthologs"], strict=True):
            assert len({ortholog["curie"] for ortholog in pair}) == 1
            assert _listed(pair[0]) >= _listed(pair[1]) >= _listed(pair[2])
    assert less > len(genes) / 2


@pytest.mark.parametrize("consensus", list(Consensus))
def test_what_is_listed_is_what_the_evidence_says_is_agreed(
    resolver: Resolver, genes: list[str], consensus: Consensus
) -> None:
    for curie in genes[:100]:
        (gene,) = _explained(resolver, curie, consensus=consensus.value)["genes"]
        of_any = _listed(resolver.resolve(curie).to_dict()["genes"][0])
        passing = {
            one["curie"]
            for one in gene["evidence"]
            if Agreement(one["agreed"], one["voters"]).passes(consensus) and one["curie"] in of_any
        }
        assert _listed(gene) == passing


def test_any_is_what_is_listed_where_nothing_is_asked(resolver: Resolver) -> None:
    assert resolver.resolve("P13232", consensus="any").to_dict() == resolver.resolve("P13232").to_dict()


@pytest.mark.parametrize(
    ("agreed", "voters", "passes"),
    [(1, 1, "any majority all"), (1, 2, "any"), (2, 3, "any majority"), (2, 4, "any"), (3, 4, "any majority")],
)
def test_half_is_no_majority(agreed: int, voters: int, passes: str) -> None:
    assert [each.value for each in Consensus if Agreement(agreed, voters).passes(each)] == passes.split()
