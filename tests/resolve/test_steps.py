"""One answer in four steps: each is taken once, in few files, and deciding needs no database."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import resolver as package
from resolver.genes.marks import NO_MARKS
from resolver.identifiers.damage import find_damage
from resolver.identifiers.model import Recognition
from resolver.identifiers.recognize import recognize
from resolver.resolve.decide import decide
from resolver.resolve.encode import encode_answer
from resolver.resolve.find import find
from resolver.resolve.interpret import interpret
from resolver.resolve.options import DEFAULT, Options, read_options
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver
from resolver.store.release import Release
from tests.resolve.samples import DAMAGED, INVENTED, read_texts, spread

PACKAGE = Path(package.__file__).parent

# From the resolver to the JSON of an identifier, and what these files rest on (CONTRIBUTING, "How one request flows").
FLOW = {"resolve/resolver.py", "resolve/interpret.py", "resolve/find.py", "resolve/decide.py", "resolve/encode.py"}
RESTS_ON = {
    "resolve/details.py",
    "resolve/links.py",
    "identifiers/recognize.py",
    "identifiers/names.py",
    "store/gene_reader.py",
}
# The values that are passed along; they compute nothing but their own properties.
VALUES = {
    "genes/marks.py",
    "identifiers/model.py",
    "resolve/evidence.py",
    "resolve/outcome.py",
    "store/release.py",
}


class Calls:
    """Records the calls of a function, and the files of the package whose functions are called, while it is entered."""

    def __init__(self, *functions: Any) -> None:
        self._names = {function.__code__: function.__name__ for function in functions}
        self.made: Counter[tuple[str, str]] = Counter()
        self.files: set[str] = set()

    def __enter__(self) -> Calls:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        if code in self._names:
            self.made[self._names[code], frame.f_locals["text"]] += 1
        path = Path(code.co_filename)
        if path.is_relative_to(PACKAGE):
            self.files.add(path.relative_to(PACKAGE).as_posix())


@pytest.fixture(scope="module")
def queries(resolver: Resolver) -> list[str]:
    """Return identifiers, names, retired and misspelled ones, numbers, and what spreadsheets make of them."""
    accessions = spread(
        read_texts(resolver, "SELECT DISTINCT accession FROM identifier WHERE gene_id % 25 = 0 ORDER BY 1"), 300
    )
    names = spread(read_texts(resolver, "SELECT DISTINCT text FROM name WHERE gene_id % 25 = 0 ORDER BY 1"), 300)
    retired = spread(read_texts(resolver, "SELECT DISTINCT retired FROM retirement ORDER BY 1"), 100)
    misspelled = [f"{text[:3]}{text[4:]}" for text in accessions[::3] + names[::3]]
    listed = [";".join(pair) for pair in zip(names[:20], accessions[:20], strict=True)]
    return [*accessions, *names, *retired, *misspelled, *listed, *DAMAGED, *INVENTED, "36951", "44256", "IL7", "3574"]


@pytest.mark.parametrize("stated", [{}, {"species": "mouse"}, {"from": "uniprot"}, {"to_species": "mouse"}])
def test_one_query_is_recognized_once_and_searched_for_damage_once(
    resolver: Resolver, queries: list[str], stated: dict[str, str]
) -> None:
    options = read_options(stated)
    made: Counter[tuple[str, str]] = Counter()
    for query in queries:
        with Calls(recognize, find_damage) as calls:
            resolver.resolve(query, options)
        # Spellings that it may have been (of a spreadsheet, a typo, the parts of a list) are queries of their own.
        assert calls.made[("recognize", query)] == 1
        assert sum(count for (name, _), count in calls.made.items() if name == "find_damage") <= 1
        made += calls.made
    assert any(name == "find_damage" for name, _ in made)


@pytest.mark.parametrize("query", ["P13232", "ENSG00000104432.14", "ncbigene:3574", "NP_000871"])
def test_an_identifier_goes_from_the_resolver_to_its_json_in_five_files(resolver: Resolver, query: str) -> None:
    with Calls() as calls:
        encode_answer(resolver.resolve(query))
    assert calls.files - VALUES <= FLOW | RESTS_ON
    assert calls.files >= FLOW


def test_the_files_of_the_flow_are_those_that_contributors_are_told() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## How one request flows")[2].partition("\n## ")[0]
    assert all(f"`resolver/{file}`" in section for file in FLOW)


class _ReleaseAlone:
    """Has the release that an answer names, and nothing that could be read."""

    def __init__(self, release: Release) -> None:
        self.release = release


@pytest.mark.parametrize(
    "options", [DEFAULT, read_options({"species": "mouse"}), read_options({"to_species": "mouse", "on_many": "first"})]
)
def test_deciding_reads_nothing(resolver: Resolver, queries: list[str], options: Options) -> None:
    decided = 0
    for query in queries:
        recognition = interpret(query)
        found = find(recognition.interpretations, resolver.reader, to_species=options.to_species)
        if found.matches:
            found.reader = found.records = _ReleaseAlone(resolver.release)  # type: ignore[assignment]
            answer = decide(recognition, found, options, NO_MARKS)
            expected = resolver.resolve(query, options)
            assert (answer.outcome, answer.reason) == (expected.outcome, expected.reason)
            assert [match.gene for match in answer.genes] == [match.gene for match in expected.genes]
            decided += 1
    assert decided > 500


def test_interpreting_reads_nothing_and_says_why() -> None:
    recognition = interpret("ensg00000104432.14")
    (first,) = recognition.interpretations
    assert (first.identifier.curie, first.identifier.version) == ("ensembl:ENSG00000104432", 14)
    assert first.why == "has the shape of Ensembl"


def test_what_is_found_is_more_than_what_is_decided(resolver: Resolver) -> None:
    recognition = interpret("TYMP")
    found = find(recognition.interpretations, resolver.reader)
    answer = decide(recognition, found, DEFAULT, NO_MARKS)
    assert {match.gene.symbol for match in found.matches.values()} > {match.gene.symbol for match in answer.genes}
    assert answer.outcome is Outcome.RESOLVED


def test_only_misses_are_explained(resolver: Resolver) -> None:
    with Calls() as hit:
        resolver.resolve("IL7")
    with Calls() as miss:
        answer = resolver.resolve("NM_999999999")
    assert answer.reason is Reason.NOT_IN_RELEASE
    assert "resolve/explain.py" in miss.files - hit.files


def test_a_query_read_in_one_namespace_still_says_whether_it_is_a_name_at_most() -> None:
    assert recognize("IL-7").is_only_text
    assert recognize("IL-7", ("uniprot",)).is_only_text
    assert not recognize("NM_000880", ("uniprot",)).is_only_text
    assert isinstance(recognize("", ("uniprot",)), Recognition)
