"""The contract of every row of the namespace table: a new row is tested before its author writes a test.

The patterns are run in each engine that reads them, and compared with the Bioregistry.
"""

from __future__ import annotations

import base64
import importlib
import re
import shutil
import subprocess
from collections.abc import Callable
from itertools import permutations, product
from typing import Any

import duckdb
import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.api.schemas.genes import XrefShape, XrefsShape, shape_of
from resolver.convert.gene_values import GeneValues
from resolver.convert.plan import make_plan
from resolver.genes.ranking import AUTHORITIES
from resolver.identifiers.model import Form, Level, Namespace
from resolver.identifiers.namespaces import (
    BY_PREFIX,
    BY_SPELLING,
    NAMESPACES,
    NUMBERED,
    RECORD_PREFIXES,
    SYMBOL,
    XREF_GROUPS,
    bare_patterns,
    folded_spelling,
)
from resolver.identifiers.recognize import recognize
from resolver.resolve.options import Options
from resolver.resolve.resolver import Resolver
from resolver.sources.live.registry import BY_PREFIX as LIVE
from resolver.sources.live.registry import NOT_QUERIED
from resolver.sources.registry import SOURCES
from resolver.store.gene_reader import GeneReader

FORMS = [(namespace, form) for namespace in NAMESPACES for form in namespace.forms]
FORM_IDS = [f"{namespace.prefix} {form.example}" for namespace, form in FORMS]
SPELLINGS = [(namespace, spelling) for namespace in NAMESPACES for spelling in namespace.spellings]
SPELLING_IDS = [f"{namespace.prefix} {spelling}" for namespace, spelling in SPELLINGS]
ORGANIZATIONS = {source.SOURCE for source in SOURCES}
each_namespace = pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda namespace: namespace.prefix)
each_listed = pytest.mark.parametrize("prefix", XREF_GROUPS)

PATTERNS = list(dict.fromkeys([form.pattern for _, form in FORMS] + [p for each in NAMESPACES for p in each.shorthand]))
WORDS = list(
    dict.fromkeys(
        [word for _, form in FORMS for word in (form.example, form.near_miss)]
        + ["", "LOC3574", "LOC0", "ENSGR0000002586", "IL7\n", "IL7$", "a\\b", "é", "TNF-α", "１", "it's IL7"]
    )
)
BARE = [(namespace, pattern) for namespace in NAMESPACES for pattern in bare_patterns(namespace)]

Pair = tuple[str, str]  # pattern and word
PAIRS: list[Pair] = list(product(PATTERNS, WORDS))
JAVA_PROGRAM = """
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.Base64;
import java.util.regex.Pattern;

public class Matches {
  static String decoded(String text) {
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }
  public static void main(String[] paths) throws Exception {
    StringBuilder verdicts = new StringBuilder();
    for (String line : Files.readAllLines(Path.of(paths[0]))) {
      String[] pair = line.split(",", -1);
      verdicts.append(Pattern.matches(decoded(pair[0]), decoded(pair[1])) ? '1' : '0');
    }
    System.out.print(verdicts);
  }
}
"""


def matches_in_python(pairs: list[Pair]) -> list[bool]:
    return [re.fullmatch(pattern, word) is not None for pattern, word in pairs]


def matches_in_duckdb(pairs: list[Pair]) -> list[bool]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT regexp_full_match(w, p) FROM (SELECT unnest($words) AS w, unnest($patterns) AS p)",
            {"words": [word for _, word in pairs], "patterns": [pattern for pattern, _ in pairs]},
        ).fetchall()
    return [bool(row[0]) for row in rows]


def matches_in_polars(pairs: list[Pair]) -> list[bool]:
    frame = pl.DataFrame(pairs, schema=["pattern", "word"], orient="row")
    anchored = pl.format("^(?:{})$", "pattern")
    return frame.select(pl.col("word").str.contains(anchored)).to_series().to_list()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(scope="module")
def matches_in_java(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Pair]], list[bool]]:
    javac, java = shutil.which("javac"), shutil.which("java")
    if javac is None or java is None:
        pytest.skip("no javac and java on the PATH: the patterns are not tried in Java")
    folder = tmp_path_factory.mktemp("java")
    (folder / "Matches.java").write_text(JAVA_PROGRAM, encoding="utf-8")
    subprocess.run([javac, "-d", str(folder), str(folder / "Matches.java")], check=True, timeout=120)

    def run(pairs: list[Pair]) -> list[bool]:
        listed = folder / "pairs.txt"
        listed.write_text("".join(f"{encoded(pattern)},{encoded(word)}\n" for pattern, word in pairs))
        command = [java, "-cp", str(folder), "Matches", str(listed)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
        return [verdict == "1" for verdict in done.stdout]

    return run


def differing(verdicts: list[bool]) -> list[Pair]:
    expected = matches_in_python(PAIRS)
    return [pair for pair, one, other in zip(PAIRS, expected, verdicts, strict=True) if one != other]


def test_the_words_that_the_engines_are_compared_on_fit_some_patterns_and_not_others() -> None:
    verdicts = matches_in_python(PAIRS)
    assert sum(verdicts) >= len(FORMS)
    assert verdicts.count(False) >= len(FORMS)


@pytest.mark.parametrize("engine", [matches_in_duckdb, matches_in_polars])
def test_a_pattern_means_the_same_in_every_engine(engine: Callable[[list[Pair]], list[bool]]) -> None:
    assert differing(engine(PAIRS)) == []


def test_a_pattern_means_the_same_in_java(matches_in_java: Callable[[list[Pair]], list[bool]]) -> None:
    assert differing(matches_in_java(PAIRS)) == []


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_in_the_dialect_that_all_engines_share(pattern: str) -> None:
    outside_classes = re.sub(r"\[\^?(?:\\.|[^\]\\])+\]", "", pattern)
    assert re.findall(r"\(\?(?!:)", pattern) == []  # lookaround, flags, named groups
    assert re.findall(r"[\^$\\]", outside_classes) == []  # anchors, back-references, \d and \w
    assert re.findall(r"\\[^\\]", pattern.replace("\\\\", "")) == []  # the only escape is that of a backslash
    assert re.findall(r"[*+?}]\+", pattern) == []  # possessive
    assert re.fullmatch("[ -~]+", pattern)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_captures_nothing(pattern: str) -> None:
    assert re.compile(pattern).groups == 0


@pytest.mark.parametrize(("namespace", "form"), FORMS, ids=FORM_IDS)
def test_an_example_fits_its_pattern_and_the_near_miss_does_not(namespace: Namespace, form: Form) -> None:
    fitting = [word for word in (form.example, form.near_miss) if re.fullmatch(form.pattern, word)]
    assert fitting == [form.example], namespace.prefix


@pytest.mark.parametrize(("namespace", "form"), FORMS, ids=FORM_IDS)
def test_an_example_written_as_a_curie_is_recognized(namespace: Namespace, form: Form) -> None:
    (interpretation,) = recognize(f"{namespace.prefix}:{form.example}").interpretations
    assert (interpretation.identifier.prefix, interpretation.identifier.accession) == (namespace.prefix, form.example)
    assert interpretation.level is (None if namespace is SYMBOL else form.level)


@pytest.mark.parametrize(("namespace", "form"), FORMS, ids=FORM_IDS)
def test_an_accession_as_its_authority_prints_it_is_recognized(namespace: Namespace, form: Form) -> None:
    found = [
        interpretation.identifier.curie for interpretation in recognize(namespace.shown(form.example)).interpretations
    ]
    assert f"{namespace.prefix}:{form.example}" in found


@pytest.mark.parametrize(("namespace", "form"), FORMS, ids=FORM_IDS)
def test_a_near_miss_is_not_taken_for_its_namespace(namespace: Namespace, form: Form) -> None:
    found = [
        interpretation.identifier.prefix
        for interpretation in recognize(f"{namespace.prefix}:{form.near_miss}").interpretations
    ]
    assert namespace.prefix not in found


@pytest.mark.parametrize(("namespace", "form"), FORMS, ids=FORM_IDS)
def test_the_page_of_an_accession_names_it_and_leads_back_to_it(namespace: Namespace, form: Form) -> None:
    page = form.page.format(form.example)
    assert form.example in page
    (interpretation,) = recognize(page).interpretations
    assert interpretation.identifier.curie == f"{namespace.prefix}:{form.example}"


@pytest.mark.parametrize(("namespace", "form"), FORMS, ids=FORM_IDS)
@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_no_accession_has_two_of_the_forms_of_its_namespace(
    namespace: Namespace, form: Form, data: st.DataObject
) -> None:
    accession = data.draw(st.from_regex(form.pattern, fullmatch=True))
    fitting = [other for other in namespace.forms if re.fullmatch(other.pattern, accession)]
    assert fitting == [form]


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
@pytest.mark.parametrize(("namespace", "spelling"), SPELLINGS, ids=SPELLING_IDS)
def test_a_spelling_resolves_to_its_namespace(namespace: Namespace, spelling: str, case: Callable[[str], str]) -> None:
    interpretations = recognize(f"{case(spelling)}:{namespace.forms[0].example}").interpretations
    assert namespace.prefix in [interpretation.identifier.prefix for interpretation in interpretations]


@pytest.mark.parametrize(("namespace", "spelling"), SPELLINGS, ids=SPELLING_IDS)
def test_a_spelling_before_a_blank_resolves_to_its_namespace_too(namespace: Namespace, spelling: str) -> None:
    interpretations = recognize(f"{spelling} {namespace.forms[0].example}").interpretations
    assert namespace.prefix in [interpretation.identifier.prefix for interpretation in interpretations]


@each_namespace
def test_a_prefix_is_its_own_spelling_and_stands_once(namespace: Namespace) -> None:
    assert namespace in BY_SPELLING[folded_spelling(namespace.prefix)]
    assert [each for each in NAMESPACES if each.prefix == namespace.prefix] == [namespace]


@each_namespace
def test_a_row_states_for_people_what_it_is_and_how_it_is_written(namespace: Namespace) -> None:
    assert namespace.title
    assert namespace.authority
    assert namespace.written
    for written in namespace.written:
        assert namespace.prefix in [found.identifier.prefix for found in recognize(written).interpretations], written


@each_namespace
def test_a_namespace_has_an_order_among_numbers_where_its_accessions_are_numbers(namespace: Namespace) -> None:
    are_numbers = all(form.example.isdigit() for form in namespace.forms)
    assert (namespace.number_order is not None) == are_numbers
    assert (namespace.prefix in NUMBERED) == are_numbers


def test_no_two_namespaces_of_numbers_have_the_same_order() -> None:
    orders = [row.number_order for row in NAMESPACES if row.number_order is not None]
    assert sorted(orders) == list(range(len(orders)))


@each_namespace
def test_organizations_that_place_an_accession_are_sources(namespace: Namespace) -> None:
    assert set(namespace.placed_by) <= ORGANIZATIONS
    assert bool(namespace.placed_by) == (namespace is not SYMBOL)
    assert {namespace.committee} <= {"", *namespace.placed_by}
    assert AUTHORITIES.get(namespace.prefix, set()) - {"curated"} == set(namespace.placed_by)


@each_namespace
def test_gene_records_are_kept_under_accessions_of_genes(namespace: Namespace) -> None:
    if namespace.prefix in RECORD_PREFIXES:
        assert Level.GENE in namespace.levels
    if namespace.committee:
        assert namespace.prefix in RECORD_PREFIXES


@each_namespace
def test_an_archived_namespace_has_no_live_source(namespace: Namespace) -> None:
    assert (namespace.prefix in NOT_QUERIED) == bool(namespace.archived)
    assert not (namespace.archived and namespace.prefix in LIVE)


@each_namespace
def test_what_a_listed_xref_shows_is_a_shape_of_the_api(namespace: Namespace) -> None:
    assert namespace.is_listed or not namespace.shows
    members = shape_of(namespace).model_fields.keys() - XrefShape.model_fields.keys()
    assert members == set(namespace.shows)


def test_the_shape_of_xrefs_has_a_member_for_each_group_in_the_order_of_answers() -> None:
    assert tuple(XrefsShape.model_fields) == XREF_GROUPS


def test_the_bare_name_of_a_namespace_means_its_genes_where_it_has_some() -> None:
    assert {row.prefix for row in NAMESPACES if row.levels != row.usual_levels} == {"ensembl"}
    assert BY_PREFIX["refseq"].usual_levels == (Level.TRANSCRIPT, Level.PROTEIN, Level.GENOMIC)


# Every namespace in a release, there and back


@each_listed
def test_a_release_lists_identifiers_of_each_namespace_which_lead_back_to_their_gene(
    resolver_of_small: Resolver, prefix: str
) -> None:
    listed = 0
    for gene_id, document in read_documents(resolver_of_small.reader):
        for xref in document["xrefs"][prefix]:
            for written in {xref["identifier"], xref["curie"], xref["url"]}:
                answer = resolver_of_small.resolve(written, Options(namespaces=(prefix,)))
                assert gene_id in [found.gene.id for found in answer.genes], written
            listed += 1
    assert listed > 0


@each_listed
def test_a_table_is_converted_to_each_namespace(resolver_of_small: Resolver, prefix: str) -> None:
    reader = resolver_of_small.reader
    values = GeneValues(reader, make_plan(prefix))
    genes = [(gene_id,) for gene_id, _ in read_documents(reader)]
    assert any(value for (value,) in values.get_all(genes))


def read_documents(reader: GeneReader) -> list[tuple[int, dict[str, Any]]]:
    genes = list(range(1, sum(reader.release.manifest["counts"]["genes"].values()) + 1))
    return [(gene_id, orjson.loads(document)) for gene_id, document in reader.get_documents(genes)]


@pytest.mark.parametrize("prefix", NUMBERED)
def test_a_namespace_of_numbers_is_never_guessed_from_digits_alone(prefix: str) -> None:
    assert [p for p in bare_patterns(BY_PREFIX[prefix]) if re.fullmatch(p, "3574")] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [pytest.param(a[1], b[1], id=f"{a[1]} {b[1]}") for a, b in permutations(BARE, 2) if a[0] is not b[0]],
)
@given(data=st.data())
@settings(deadline=None, max_examples=10)
def test_the_shapes_of_bare_accessions_exclude_one_another(one: str, other: str, data: st.DataObject) -> None:
    assert re.fullmatch(other, data.draw(st.from_regex(one, fullmatch=True))) is None


@pytest.fixture(scope="module")
def bioregistry() -> Any:
    """Return the Bioregistry, which takes a second to load."""
    return importlib.import_module("bioregistry")


@each_namespace
def test_our_prefixes_are_those_of_the_bioregistry(bioregistry: Any, namespace: Namespace) -> None:
    assert bioregistry.normalize_prefix(namespace.prefix) == namespace.prefix


def test_spellings_that_the_bioregistry_knows_mean_the_same_there(bioregistry: Any) -> None:
    known = {spelling: prefix for _, spelling in SPELLINGS if (prefix := bioregistry.normalize_prefix(spelling))}
    for spelling, prefix in known.items():
        assert prefix in [namespace.prefix for namespace in BY_SPELLING[folded_spelling(spelling)]], spelling
    assert {"entrez", "geneid", "uniprotkb", "swissprot", "mim", "egid", "upiso", "mgd"} <= set(known)


def test_our_examples_are_valid_in_the_bioregistry_which_has_a_pattern_for_most_namespaces(bioregistry: Any) -> None:
    patterned = {namespace.prefix for namespace in NAMESPACES if bioregistry.get_pattern(namespace.prefix)}
    examples = [(namespace.prefix, form.example) for namespace, form in FORMS if namespace.prefix in patterned]
    assert [each for each in examples if not bioregistry.is_valid_identifier(*each)] == []
    assert {"ncbigene", "uniprot", "refseq", "omim", "mgi", "homologene", "hgnc", "ccds"} <= patterned
