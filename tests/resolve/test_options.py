"""Options of a query: by name, in the spellings in use; and refused with the choices."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.api.schemas.answers import AnsweredGeneShape, AnswerShape, ConvertedGeneShape
from resolver.convert.targets import read_targets
from resolver.errors import BadOption, InputError, UnknownNamespace, UnknownSpecies
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.options import (
    ANSWER_FIELDS,
    DEFAULT,
    GENE_FIELDS,
    LIST_DEFAULT,
    OPTIONS,
    Consensus,
    OnMany,
    Options,
    OptionValues,
    Orthologs,
    Policy,
    read_options,
)
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import any_options

READ: list[tuple[str, str, Any]] = [
    ("from", "omim", ("omim",)),
    ("from", "Entrez Gene", ("ncbigene",)),
    ("from", "uniprot", ("uniprot", "uniprot.isoform", "uniprot.mnemonic")),
    ("from", "HGNC", ("hgnc",)),
    ("from", "symbol", ("hgnc.symbol",)),
    ("namespace", "GeneID", ("ncbigene",)),
    ("species", "human", HUMAN),
    ("species", "Mus musculus", MOUSE),
    ("species", "9606", HUMAN),
    ("to_species", "mmu", MOUSE),
    ("to", "Entrez, UniProtKB,entrez", ("ncbigene", "uniprot")),
    ("fields", "outcome, genes.symbol", ("outcome", "symbol")),
    ("orthologs", "One_to_one", Orthologs.ONE_TO_ONE),
    ("consensus", "Majority", Consensus.MAJORITY),
    ("on_many", "NA", OnMany.NA),
    ("policy", "Strict", Policy.STRICT),
    ("explain", "true", True),
    ("explain", "0", False),
    ("receipt", "yes", True),
]


@pytest.mark.parametrize(("name", "text", "value"), READ)
def test_every_option_is_read_from_text(name: str, text: str, value: object) -> None:
    member = {option.name: option.member for option in OPTIONS}.get(name, "namespaces")
    assert getattr(read_options({name: text}), member) == value


def test_these_tests_state_every_option() -> None:
    assert {option.name for option in OPTIONS} | {"namespace"} == {name for name, _, _ in READ}
    assert {option.member for option in OPTIONS} | {"by_vote"} == set(Options.__slots__)


@pytest.mark.parametrize(
    ("text", "species", "by_vote"), [("any", None, False), ("Auto", None, True), ("human", HUMAN, False)]
)
def test_a_species_is_one_both_or_decided_by_the_list(text: str, species: int | None, by_vote: bool) -> None:
    for base in (DEFAULT, LIST_DEFAULT, Options(species=MOUSE)):
        options = read_options({"species": text}, base)
        assert (options.species, options.by_vote) == (species, by_vote)
        assert read_options({"species": options.describe()["species"] or "any"}) == options


@pytest.mark.parametrize(
    ("name", "value", "choices"),
    [
        ("on_many", "some", ["list", "first", "likely", "explode", "error", "na"]),
        ("policy", "lax", ["tiers", "strict"]),
        ("consensus", "most", ["any", "majority", "all"]),
        ("explain", "perhaps", ["true", "false"]),
        ("receipt", "2", ["true", "false"]),
        ("fields", "outcome,color", [*ANSWER_FIELDS, *GENE_FIELDS]),
        ("species", "rat", ["human", "mouse"]),
        ("to_species", "zebrafish", ["human", "mouse"]),
        ("to", "ensembl,kegg", ["ncbigene", "homologene"]),
        ("from", "kegg", ["ncbigene", "symbol"]),
        ("specie", "human", [option.name for option in OPTIONS]),
        ("On_many", "list", ["on_many"]),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_choices(name: str, value: str, choices: list[str]) -> None:
    with pytest.raises((BadOption, UnknownSpecies, UnknownNamespace)) as caught:
        read_options({name: value})
    hint = str(caught.value.hint)
    assert [choice for choice in choices if choice not in hint] == []
    named = value.split(",")[-1]
    assert named in str(caught.value) or name in str(caught.value)


def test_what_is_empty_or_none_is_not_stated() -> None:
    assert read_options({}) is DEFAULT
    assert read_options({"species": None, "to": "", "from": None}) is DEFAULT


def test_what_is_stated_goes_on_top_of_what_was_stated_before() -> None:
    base = read_options({"species": "human", "to": "mgi"})
    assert read_options({"to": "ensembl"}, base) == Options(species=HUMAN, to=("ensembl",))
    assert read_options({}, base) is base


def test_python_states_options_as_text_does(resolver: Resolver) -> None:
    stated = resolver.resolve("IL7", species=MOUSE, explain=True, to="Entrez").to_dict()
    assert (
        stated
        == resolver.resolve("IL7", read_options({"species": "mouse", "explain": "true", "to": "ncbigene"})).to_dict()
    )


@given(options=any_options(fields=None, explain=None), text=st.sampled_from(["IL7", "P13232", "MUM1", "3574", "ABCB1"]))
def test_a_policy_can_be_asked_again_and_gives_the_same(resolver: Resolver, options: Options, text: str) -> None:
    answer = resolver.resolve(text, options).to_dict()
    policy = {name: value for name, value in answer["policy"].items() if name != "order"}
    if policy["to"] is not None:
        policy["to"] = ",".join(policy["to"])
    assert resolver.resolve(text, read_options(policy)).to_dict() == answer


@pytest.mark.parametrize("namespace", ["ncbigene", "Entrez", "entrez gene id", "EntrezGene", "LocusLink", "geneid"])
def test_the_namespace_is_taken_in_the_spellings_in_use(resolver: Resolver, namespace: str) -> None:
    answer = resolver.resolve("3574", namespace=namespace).to_dict()
    assert [gene["symbol"] for gene in answer["genes"]] == ["IL7"]
    assert answer["policy"]["from"] == "ncbigene"


@pytest.mark.parametrize("text", ["P13232", "P13232-2", "IL7_HUMAN", "p13232.1"])
def test_uniprot_stands_for_its_isoforms_and_entry_names_too(resolver: Resolver, text: str) -> None:
    answer = resolver.resolve(text, namespace="UniProtKB").to_dict()
    assert [gene["symbol"] for gene in answer["genes"]] == ["IL7"]


def test_a_text_that_is_said_to_be_a_symbol_is_no_accession(resolver: Resolver) -> None:
    """P2RY8 is a symbol in the shape of an accession."""
    answer = resolver.resolve("P2RY8", namespace="symbol").to_dict()
    assert [interpretation["curie"] for interpretation in answer["interpretations"]] == [None]
    assert answer["genes"][0]["symbol"] == "P2RY8"
    assert resolver.resolve("P13232", namespace="symbol").to_dict()["genes"] == []


# --- Fields ----------------------------------------------------------------------------------------------------


def test_the_fields_that_can_be_asked_for_are_those_of_the_published_shape() -> None:
    added = {"sources", "receipt", "live"}  # explain, receipt and live add these
    assert set(ANSWER_FIELDS) == AnswerShape.model_fields.keys() - added
    assert set(GENE_FIELDS) == AnsweredGeneShape.model_fields.keys() | ConvertedGeneShape.model_fields.keys()
    assert len(set(ANSWER_FIELDS)) == len(ANSWER_FIELDS)
    assert not set(ANSWER_FIELDS) & set(GENE_FIELDS)


@pytest.mark.parametrize("field", ANSWER_FIELDS)
def test_a_field_of_the_answer_comes_alone_and_unchanged(resolver: Resolver, field: str) -> None:
    whole = resolver.resolve("IL7", to_species="mouse").to_dict()
    assert resolver.resolve("IL7", to_species="mouse", fields=field).to_dict() == {field: whole[field]}


@pytest.mark.parametrize("field", GENE_FIELDS)
def test_a_field_of_genes_comes_with_the_outcome_alone(resolver: Resolver, field: str) -> None:
    whole = resolver.resolve("IL7", to_species="mouse", explain=True).to_dict()
    trimmed = resolver.resolve("IL7", to_species="mouse", explain=True, fields=field).to_dict()
    assert trimmed.keys() == {"query", "outcome", "reason", "genes", "converted", "sources"}
    for member in ("genes", "converted"):
        expected = [{field: gene[field]} if field in gene else {} for gene in whole[member]]
        assert trimmed[member] == expected


def test_fields_of_the_answer_and_of_genes_can_be_asked_together(resolver: Resolver) -> None:
    answer = resolver.resolve("P13232", fields="outcome,hint,symbol,genes.curie").to_dict()
    gene = {"curie": "hgnc:6023", "symbol": "IL7"}
    assert answer == {"outcome": "resolved", "hint": None, "genes": [gene]}


def test_fields_trim_misses_too(resolver: Resolver) -> None:
    answer = resolver.resolve("nonsense!!", fields="outcome,symbol").to_dict()
    assert answer == {"outcome": "unrecognized", "genes": []}


def test_every_error_of_options_is_bad_input() -> None:
    assert all(issubclass(error, InputError) for error in (BadOption, UnknownSpecies, UnknownNamespace))


NEARLY: list[tuple[dict[str, Any], str]] = [
    ({"specie": "human"}, "'species'"),
    ({"names_pace": "omim"}, "'namespace'"),
    ({"namespace": "ensembel"}, "'ensembl'"),
    ({"to": "ncbigenes"}, "'ncbigene'"),
    ({"species": "humna"}, "'human'"),
    ({"on_many": "frist"}, "'first'"),
    ({"consensus": "majorty"}, "'majority'"),
    ({"policy": "tier"}, "'tiers'"),
    ({"fields": "symbl"}, "'symbol'"),
]


@pytest.mark.parametrize(("options", "meant"), NEARLY)
def test_what_is_nearly_a_name_is_refused_with_that_name(
    resolver: Resolver, options: dict[str, Any], meant: str
) -> None:
    with pytest.raises(InputError) as caught:
        resolver.resolve("IL7", **options)
    assert str(caught.value.hint).startswith(f"Did you mean {meant}? ")
    with pytest.raises(InputError) as caught:
        resolver.resolve_many(["IL7"], **options)
    assert f"Did you mean {meant}? " in str(caught.value.hint)


def test_a_word_that_is_like_none_has_no_suggestion(resolver: Resolver) -> None:
    for options in ({"namespace": "kegg"}, {"species": "unicorn"}, {"xyz": 1}):
        with pytest.raises(InputError) as caught:
            resolver.resolve("IL7", **options)
        assert "Did you mean" not in str(caught.value.hint)


def test_targets_of_tables_suggest_the_nearest_too() -> None:
    with pytest.raises(UnknownNamespace) as caught:
        read_targets("symbol,ensembel")
    assert str(caught.value.hint).startswith("Did you mean 'ensembl'? Available: ")


@pytest.mark.parametrize(
    "query", ["IL7", "TP53", "MUM1", "3574", "IL-7", "9-Sep", "HGNC:1", "nonsense!!", "OMIM:146660"]
)
@pytest.mark.parametrize("options", [OptionValues(), OptionValues(to_species="mouse")])
def test_members_without_documents_are_those_of_whole_answers(
    resolver: Resolver, query: str, options: OptionValues
) -> None:
    whole = resolver.resolve(query, **options).to_dict()
    of_genes, of_answer = ["curie", "symbol", "taxon", "species"], ["outcome", "also", "history", "damage", "hint"]
    short: OptionValues = {**options, "fields": ",".join([*of_genes, *of_answer])}
    trimmed = resolver.resolve(query, **short).to_dict()
    expected = {name: value for name, value in whole.items() if name in of_answer}
    for member in ("genes", "converted"):
        if whole[member] is not None:
            expected[member] = [{name: gene[name] for name in of_genes} for gene in whole[member]]
    assert trimmed == expected
    assert [name for name in whole if name in trimmed] == list(trimmed)


@pytest.mark.parametrize(
    ("query", "gene", "also"), [("Ear2", "NR2F6", ["Ear2"]), ("Cd274", "CD274", []), ("EAR2", "NR2F6", [])]
)
def test_a_symbol_of_the_other_species_is_also_meant(
    resolver: Resolver, query: str, gene: str, also: list[str]
) -> None:
    answer = resolver.resolve(query, species="human")
    assert [found.gene.symbol for found in answer.genes] == [gene]
    assert [found.gene.symbol for found in answer.also] == also


def test_a_symbol_in_other_capitals_is_not_also_meant(resolver: Resolver) -> None:
    assert not resolver.resolve("Il7", to_species="mouse").also
