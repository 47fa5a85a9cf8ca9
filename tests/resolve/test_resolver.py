"""How outcomes are decided, on real genes of the embedded genome."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.errors import UnknownNamespace
from resolver.identifiers.namespaces import XREF_GROUPS
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.options import get_targets
from resolver.resolve.outcome import Outcome
from resolver.resolve.resolver import Resolver


def _resolve(resolver: Resolver, text: str, **options: Any) -> dict[str, Any]:
    return resolver.resolve(text, **options).to_dict()


def _symbols(answer: dict[str, Any]) -> list[str]:
    return [gene["symbol"] for gene in answer["genes"]]


@pytest.mark.parametrize(
    ("text", "symbols", "kind"),
    [
        ("TYMP", ["TYMP", "Tymp"], "symbol"),
        ("ROR1", ["ROR1", "Ror1"], "symbol"),
        ("a", ["a"], "symbol"),
        ("NP_000537.3", ["TP53"], "identifier"),
    ],
)
def test_an_alias_never_outranks_an_approved_symbol(
    resolver: Resolver, text: str, symbols: list[str], kind: str
) -> None:
    answer = _resolve(resolver, text)
    assert answer["outcome"] == "resolved"
    assert _symbols(answer) == symbols
    assert {gene["matched_as"]["kind"] for gene in answer["genes"]} == {kind}


def test_weaker_matches_are_told_beside_the_answer(resolver: Resolver) -> None:
    answer = _resolve(resolver, "TYMP")
    assert ("SCO2", "alias") in [(m["symbol"], m["matched_as"]["kind"]) for m in answer["other_matches"]]


def test_a_symbol_of_both_species_is_answered_for_both_and_for_one_when_asked(resolver: Resolver) -> None:
    assert [gene["species"] for gene in _resolve(resolver, "IL7")["genes"]] == ["human", "mouse"]
    assert [gene["species"] for gene in _resolve(resolver, "IL7", species=MOUSE)["genes"]] == ["mouse"]
    assert [gene["species"] for gene in _resolve(resolver, "Eef2")["genes"]] == ["mouse", "human"]


def test_corrected_capitals_are_reported(resolver: Resolver) -> None:
    (gene,) = _resolve(resolver, "C1ORF226")["genes"]
    assert gene["symbol"] == "C1orf226"
    assert gene["matched_as"]["case_corrected"] is True


def test_a_previous_symbol_of_two_genes_is_ambiguous_with_both(resolver: Resolver) -> None:
    answer = _resolve(resolver, "MUM1")
    assert (answer["outcome"], answer["reason"]) == ("ambiguous", "several_genes")
    assert set(_symbols(answer)) == {"IRF4", "PWWP3A", "Pwwp3a"}
    assert "hgnc:6119" in answer["hint"]


def test_a_bare_number_that_fits_twice_is_ambiguous_and_offers_the_curies(resolver: Resolver) -> None:
    answer = _resolve(resolver, "3574")
    assert (answer["outcome"], answer["reason"]) == ("ambiguous", "several_readings")
    assert _symbols(answer)[0] == "IL7"
    assert "ncbigene:3574" in answer["hint"]
    assert "hgnc:3574" in answer["hint"]


def test_every_interpretation_of_a_bare_number_is_told(resolver: Resolver) -> None:
    prefixes = [interpretation["prefix"] for interpretation in _resolve(resolver, "146660")["interpretations"]]
    assert prefixes == ["ncbigene", "omim", "mgi", "homologene"]


def test_the_version_asked_and_the_version_known_are_both_told(resolver: Resolver) -> None:
    matched = _resolve(resolver, "ENSG00000104432.11")
    assert matched["genes"][0]["matched_as"]["version_requested"] == 11
    assert matched["genes"][0]["matched_as"]["version_known"] == 17
    assert "version 17" in matched["hint"]


def test_an_isoform_keeps_its_suffix_and_is_answered_by_its_entry(resolver: Resolver) -> None:
    answer = _resolve(resolver, "P13232-2")
    assert answer["interpretations"][0]["curie"] == "uniprot.isoform:P13232-2"
    assert answer["genes"][0]["matched_as"]["value"] == "uniprot.isoform:P13232-2"
    assert _symbols(answer) == ["IL7"]


def test_a_symbol_in_the_shape_of_an_accession_is_found_as_the_symbol(resolver: Resolver) -> None:
    answer = _resolve(resolver, "P2RY8")
    assert _symbols(answer) == ["P2RY8"]


def test_a_phenotype_number_is_no_gene_but_names_the_linked_ones(resolver: Resolver) -> None:
    answer = _resolve(resolver, "omim:618309")
    assert (answer["outcome"], answer["reason"]) == ("not_found", "phenotype_not_gene")
    assert [gene["symbol"] for gene in answer["related"]] == ["IL7"]
    assert answer["genes"] == []


def test_a_gene_of_the_other_species_is_not_found_but_named(resolver: Resolver) -> None:
    answer = _resolve(resolver, "P13232", species=MOUSE)
    assert (answer["outcome"], answer["reason"]) == ("not_found", "wrong_species")
    assert "IL7 (human)" in answer["hint"]
    assert [gene["symbol"] for gene in answer["related"]] == ["IL7"]


def test_a_retired_identifier_resolves_to_all_successors_of_its_split(resolver: Resolver) -> None:
    answer = _resolve(resolver, "HGNC:1871")
    assert answer["outcome"] == "retired"
    assert set(_symbols(answer)) == {"S100A8", "S100A9"}
    assert {step["label"] for step in answer["history"]} == {"CFAG"}
    assert {step["successor"] for step in answer["history"]} == {"hgnc:10498", "hgnc:10499"}


def test_out_of_scope_is_told_from_not_found(resolver: Resolver) -> None:
    assert _resolve(resolver, "NC_000008.11")["reason"] == "out_of_scope"
    assert _resolve(resolver, "NM_999999999")["reason"] == "not_in_release"


@pytest.mark.parametrize(
    ("text", "reason"), [("nonsense!!", "malformed"), ("", "malformed"), ("zfin:ZDB-GENE-1", "unknown_namespace")]
)
def test_what_cannot_be_read_is_unrecognized_with_a_next_step(resolver: Resolver, text: str, reason: str) -> None:
    answer = _resolve(resolver, text)
    assert (answer["outcome"], answer["reason"]) == ("unrecognized", reason)
    assert answer["hint"]


def test_evidence_names_the_files_behind_each_xref(resolver: Resolver) -> None:
    (gene,) = _resolve(resolver, "P13232", explain=True)["genes"]
    sources = {record["curie"]: record["sources"] for record in gene["evidence"]}
    assert "hgnc.complete_set" in sources["uniprot:P13232"]
    assert "uniprot.idmapping.human" in sources["uniprot:P13232"]
    listed = {xref["curie"] for xrefs in gene["xrefs"].values() for xref in xrefs}
    assert listed <= sources.keys()


def test_targets_limit_the_xrefs_of_genes_and_orthologs(resolver: Resolver) -> None:
    answer = resolver.resolve("P13232", to="Entrez, MGI").to_dict()
    assert list(answer["genes"][0]["xrefs"]) == ["ncbigene", "mgi"]
    assert list(answer["genes"][0]["orthologs"][0]["xrefs"]) == ["ncbigene", "mgi"]


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_xrefs_that_are_cut_out_are_those_of_the_whole_document(resolver: Resolver, data: st.DataObject) -> None:
    gene_id = data.draw(st.integers(1, 4000))
    targets = data.draw(st.lists(st.sampled_from(XREF_GROUPS), min_size=1, unique=True))
    curie = resolver.reader.get_gene(gene_id).curie
    whole, cut = (_resolve(resolver, curie, **to)["genes"][0] for to in ({}, {"to": ",".join(targets)}))
    assert list(cut["xrefs"]) == targets
    assert cut["xrefs"] == {prefix: whole["xrefs"][prefix] for prefix in targets}
    assert {**cut, "xrefs": None, "orthologs": None} == {**whole, "xrefs": None, "orthologs": None}


def test_an_unknown_target_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownNamespace) as caught:
        get_targets("ensembl,kegg")
    assert "kegg" in str(caught.value)
    assert "ncbigene" in str(caught.value.hint)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=300))
def test_any_text_has_an_outcome(resolver: Resolver, text: str) -> None:
    answer = resolver.resolve(text)
    assert answer.outcome in Outcome
    assert bool(answer.genes) == (answer.outcome in {Outcome.RESOLVED, Outcome.AMBIGUOUS}) or answer.history
    assert answer.outcome is Outcome.RESOLVED or answer.hint


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_every_xref_of_an_answer_leads_back_to_its_gene(resolver: Resolver, data: st.DataObject) -> None:
    gene_id = data.draw(st.integers(1, 4000))
    curie = resolver.reader.get_gene(gene_id).curie
    gene = _resolve(resolver, curie)["genes"][0]
    xrefs = [xref["curie"] for listed in gene["xrefs"].values() for xref in listed]
    queried = data.draw(st.sampled_from(xrefs))
    back = _resolve(resolver, queried)
    assert curie in [found["curie"] for found in back["genes"]]


def test_human_is_asked_by_its_taxon_id(resolver: Resolver) -> None:
    assert _symbols(_resolve(resolver, "Il7", species=HUMAN)) == ["IL7"]


@pytest.mark.parametrize(
    ("value", "text"), [(7157, "7157"), (7157.0, "7157.0"), (None, ""), (float("nan"), ""), (Decimal("sNaN"), "")]
)
def test_what_stands_in_a_cell_is_read_as_text(resolver: Resolver, value: object, text: str) -> None:
    assert resolver.resolve(value).to_dict() == resolver.resolve(text).to_dict()
    assert [answer.query for answer in resolver.resolve_many([value, "IL7"])] == [text, "IL7"]


@pytest.mark.parametrize("text", ["TNF\u03b1", "TNF-\u03b1", "TNF \u03b1"])
def test_a_greek_letter_is_read_with_a_hyphen_and_without(resolver: Resolver, text: str) -> None:
    assert _symbols(_resolve(resolver, text)) == ["TNF", "Tnf"]


def test_an_isoform_that_no_source_lists_is_said_to_be_answered_by_its_entry(resolver: Resolver) -> None:
    (gene,) = _resolve(resolver, "P04637-99")["genes"]
    assert any("no source here lists this isoform" in note for note in gene["matched_as"]["notes"])


def test_an_integer_without_end_is_too_long_and_raises_nothing(resolver: Resolver) -> None:
    assert resolver.resolve(10**5000).outcome is Outcome.UNRECOGNIZED


@pytest.mark.parametrize("extra", [{"explain": True}, {"receipt": True}, {"explain": True, "receipt": True}])
def test_an_answer_that_is_trimmed_to_nothing_is_still_json(resolver: Resolver, extra: dict[str, Any]) -> None:
    assert set(_resolve(resolver, "P13232", fields="converted", **extra)) == {
        {"explain": "sources", "receipt": "receipt"}[name] for name in extra
    }


def test_an_empty_list_states_nothing(resolver: Resolver) -> None:
    assert _resolve(resolver, "P13232", to=[]) == _resolve(resolver, "P13232") == _resolve(resolver, "P13232", to=",")


def test_another_species_keeps_history_and_weaker_matches(resolver: Resolver) -> None:
    assert _resolve(resolver, "ncbigene:60454", species="mouse")["history"]
    weak = _resolve(resolver, "homologene:39553", species="human")["other_matches"]
    assert [other["symbol"] for other in weak] == ["NME1-NME2"]


@pytest.mark.parametrize("several", [["IL7"], ("IL7", "TP53"), {"IL7"}, {"IL7": 1}, iter(["IL7"]), np.array(["IL7"])])
def test_several_identifiers_for_resolve_are_a_type_error_that_names_resolve_many(
    resolver: Resolver, several: object
) -> None:
    with pytest.raises(TypeError, match=r"call resolve_many\(\)"):
        resolver.resolve(several)


@pytest.mark.parametrize("single", ["IL7", b"IL7", 3574, None])
def test_a_single_identifier_for_resolve_many_is_a_type_error_that_names_resolve(
    resolver: Resolver, single: object
) -> None:
    with pytest.raises(TypeError, match=r"call resolve\(\)"):
        resolver.resolve_many(single)  # type: ignore[arg-type]


def test_a_value_of_an_array_library_is_one_identifier(resolver: Resolver) -> None:
    answers = [resolver.resolve(value, namespace="ncbigene") for value in (np.array(3574), np.int64(3574), 3574)]
    assert [answer.genes[0].gene.symbol for answer in answers] == ["IL7"] * 3
