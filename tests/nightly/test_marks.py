"""Marks as interfaces show them: pages, formats, filters, reviews, and the age of each source."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from resolver.app.nightly import review_marks
from resolver.app.stores import open_ledger_reader
from resolver.errors import BadOption, MarkUnknown, UnknownNamespace
from resolver.identifiers.namespaces import NAMESPACES, find_history_page
from resolver.identifiers.sssom import COLUMNS, CONSIDER, REPLACED_BY
from resolver.nightly.curation import Action, check_review, describe_history, find_marked
from resolver.nightly.mark_formats import FORMATS, render_marks
from resolver.nightly.marks import describe_mark, read_filters
from resolver.nightly.metrics import render_metrics
from resolver.nightly.report import build_report
from resolver.nightly.source_ages import find_age_at_run, list_ages
from resolver.store.ledger_reader import LedgerReader
from tests.nightly.marked import FIRST, HELD_BACK, SECOND, write_marks


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerReader]:
    folder = tmp_path_factory.mktemp("ledger")
    write_marks(f"sqlite:///{folder / 'ledger.db'}")
    with open_ledger_reader(folder) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_marks(f"sqlite:///{tmp_path / 'ledger.db'}")
    return tmp_path


def _marks(reader: LedgerReader, **stated: str) -> list[dict[str, Any]]:
    return [describe_mark(row) for row in reader.list_stale(**read_filters(stated))]


# --- Pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("curie", "version", "page"),
    [
        ("ncbigene:3574", None, "https://www.ncbi.nlm.nih.gov/gene/3574"),
        ("refseq:NM_000880", 3, "https://www.ncbi.nlm.nih.gov/nuccore/NM_000880.3"),
        ("refseq:NP_000871", None, "https://www.ncbi.nlm.nih.gov/protein/NP_000871"),
        ("uniprot:P13232", 4, "https://www.uniprot.org/uniprotkb/P13232/history"),
        ("ensembl:ENSG00000104432", 9, "https://www.ensembl.org/Homo_sapiens/Gene/Idhistory?g=ENSG00000104432"),
        (
            "ensembl:ENSMUST00000194279", None,
            "https://www.ensembl.org/Mus_musculus/Transcript/Idhistory?t=ENSMUST00000194279",
        ),
        (
            "ensembl:ENSP00000263851", None,
            "https://www.ensembl.org/Homo_sapiens/Transcript/Idhistory/Protein?protein=ENSP00000263851",
        ),
        ("mgi:96561", None, "https://www.informatics.jax.org/accession/MGI:96561"),
        ("omim:146660", None, "https://omim.org/entry/146660"),
        ("hgnc:6023", None, "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:6023"),
        ("nope:1", None, None),
        ("uniprot:nonsense", None, None),
    ],
)  # fmt: skip
def test_a_person_can_open_the_page_of_what_became_of_an_identifier(
    curie: str, version: int | None, page: str | None
) -> None:
    assert find_history_page(curie, version) == page


@pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda namespace: namespace.prefix)
def test_every_namespace_has_a_page_for_its_own_example(namespace: Any) -> None:
    for form in namespace.forms:
        page = find_history_page(f"{namespace.prefix}:{form.example}")
        assert page is not None
        assert form.example in page


# --- Formats ------------------------------------------------------------------------------------------------------


def _rendered(reader: LedgerReader, to_format: str) -> str:
    parts = render_marks(to_format, lambda: map(describe_mark, reader.list_stale()))
    return b"".join(parts).decode()


def test_all_formats_list_the_same_marks(reader: LedgerReader) -> None:
    listed = [mark["curie"] for mark in _marks(reader)]
    assert [mark["curie"] for mark in json.loads(_rendered(reader, "json"))] == listed
    assert [json.loads(line)["curie"] for line in _rendered(reader, "ndjson").splitlines()] == listed
    for to_format, delimiter in (("csv", ","), ("tsv", "\t")):
        table = csv.DictReader(io.StringIO(_rendered(reader, to_format)), delimiter=delimiter)
        assert [row["curie"] for row in table] == listed


@pytest.mark.parametrize("to_format", FORMATS)
def test_no_marks_are_a_list_without_rows(to_format: str) -> None:
    rendered = b"".join(render_marks(to_format, lambda: iter(()))).decode()
    rows = [line for line in rendered.splitlines() if not line.startswith("#")]
    assert len(rows) == (0 if to_format == "ndjson" else 1)


def _read_sssom(text: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    lines = text.splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    return (
        yaml.safe_load("".join(line[1:] for line in head)),
        list(csv.DictReader(io.StringIO("".join(lines[len(head) :])), delimiter="\t")),
    )


def test_sssom_maps_each_stale_identifier_to_its_successors_and_counts_those_without(reader: LedgerReader) -> None:
    parts = render_marks("sssom", lambda: map(describe_mark, reader.list_stale(review=None)))
    header, rows = _read_sssom(b"".join(parts).decode())
    said = {(row["subject_id"], row["predicate_id"], row["object_id"]) for row in rows}
    assert said == {
        ("ensembl:ENSMUST00000194279", REPLACED_BY, "ensembl:ENSMUST00000108363"),
        ("uniprot:P13232", REPLACED_BY, "uniprot:P01579"),
        ("uniprot:Q99999", CONSIDER, "uniprot:P05231"),
        ("uniprot:Q99999", CONSIDER, "uniprot:P13232"),
        ("omim:104740", REPLACED_BY, "omim:602414"),
        ("refseq:NM_000880.3", REPLACED_BY, "refseq:NM_000880.4"),
    }
    assert tuple(rows[0]) == COLUMNS
    assert header["comment"] == "2 marked identifiers without a successor are left out."
    assert header["mapping_date"] == "2026-11-19"
    for subject, predicate, described in said:
        assert {text.partition(":")[0] for text in (subject, predicate, described)} <= set(header["curie_map"])


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(BadOption, match="xml"):
        render_marks("xml", lambda: iter(()))


# --- Filters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "curies"),
    [
        ({"namespace": "entrez"}, {"ncbigene:3574"}),
        ({"species": "mouse"}, {"ensembl:ENSMUST00000194279"}),
        ({"verdict": "moved_gene"}, {"refseq:NP_000871"}),
        ({"since": "2026-11-19", "namespace": "omim"}, {"omim:104740"}),
        ({"review": "dismissed"}, {"uniprot:Q99999"}),
        ({"review": "acknowledged"}, {"omim:104740"}),
        ({"review": "all", "namespace": "uniprot"}, {"uniprot:P13232", "uniprot:Q99999"}),
        ({"namespace": "uniprot"}, {"uniprot:P13232"}),
    ],
)
def test_marks_are_filtered(reader: LedgerReader, stated: dict[str, str], curies: set[str]) -> None:
    assert {mark["curie"] for mark in _marks(reader, **stated)} == curies


@pytest.mark.parametrize("stated", [{"review": "nope"}, {"verdict": "current"}, {"since": "yesterday"}])
def test_a_filter_that_cannot_be_read_is_refused(stated: dict[str, str]) -> None:
    with pytest.raises(BadOption):
        read_filters(stated)
    with pytest.raises(UnknownNamespace):
        read_filters({"namespace": "nope"})


# --- Reviews ------------------------------------------------------------------------------------------------------


def test_reviews_are_kept_with_person_reason_and_moment(folder: Path) -> None:
    for action, review in (
        (Action.ACKNOWLEDGE, "acknowledged"), (Action.DISMISS, "dismissed"), (Action.COMMENT, "dismissed"),
        (Action.REOPEN, ""),
    ):  # fmt: skip
        (shown,) = review_marks(["P13232"], action, reason=f"why {action}", by="ada", data_dir=folder)
        assert shown["mark"]["review"] == review
    history = shown["history"]
    assert [event["event"] for event in history] == [
        "set", "changed", "acknowledged", "dismissed", "commented", "reopened"
    ]  # fmt: skip
    assert [event["by"] for event in history] == [None, None, "ada", "ada", "ada", "ada"]
    assert history[3]["reason"] == "why dismiss"
    assert history[0]["run_id"] == 1


def test_several_marks_are_reviewed_or_none(folder: Path) -> None:
    with pytest.raises(MarkUnknown, match="P05231"):
        review_marks(["P13232", "P05231"], Action.ACKNOWLEDGE, reason="", by="ada", data_dir=folder)
    with open_ledger_reader(folder) as reader:
        assert _marks(reader, review="acknowledged", namespace="uniprot") == []
    shown = review_marks(["P13232", "entrez:3574"], Action.ACKNOWLEDGE, reason="", by="ada", data_dir=folder)
    assert [one["curie"] for one in shown] == ["uniprot:P13232", "ncbigene:3574"]


def test_a_mark_that_was_lifted_has_a_history_and_cannot_be_reviewed(folder: Path) -> None:
    with open_ledger_reader(folder) as reader:
        shown = describe_history(reader, "ENSG00000104432.7")
        assert shown["mark"] is None
        assert [event["event"] for event in shown["history"]] == ["set", "lifted"]
    with pytest.raises(MarkUnknown, match="no longer marked"):
        review_marks(["ENSG00000104432"], Action.ACKNOWLEDGE, reason="", by="ada", data_dir=folder)


@pytest.mark.parametrize("text", ["P13232", "uniprot:p13232", " https://www.uniprot.org/uniprotkb/P13232 "])
def test_a_mark_is_found_by_any_spelling_of_its_identifier(reader: LedgerReader, text: str) -> None:
    assert find_marked(reader, text) == "uniprot:P13232"


@pytest.mark.parametrize("text", ["P05231", "IL7", "", "???"])
def test_what_is_not_marked_is_reported(reader: LedgerReader, text: str) -> None:
    with pytest.raises(MarkUnknown):
        find_marked(reader, text)


@pytest.mark.parametrize(
    ("action", "reason", "by"),
    [(Action.DISMISS, " ", "ada"), (Action.COMMENT, "", "ada"), (Action.ACKNOWLEDGE, "", " "),
     (Action.ACKNOWLEDGE, "x" * 2_001, "ada")],
)  # fmt: skip
def test_a_review_needs_a_person_and_of_some_actions_a_reason(action: Action, reason: str, by: str) -> None:
    with pytest.raises(BadOption):
        check_review(action, reason, by)


def test_without_a_ledger_a_review_makes_none(tmp_path: Path) -> None:
    from resolver.errors import LedgerUnreachable

    with pytest.raises(LedgerUnreachable):
        review_marks(["P13232"], Action.ACKNOWLEDGE, reason="", by="ada", data_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- The report ---------------------------------------------------------------------------------------------------


def test_the_report_has_the_news_of_the_last_run_and_held_back_verdicts(reader: LedgerReader) -> None:
    report = build_report(reader, now=SECOND + 100)
    assert report.news.run_id == 2
    assert report.news.counts == {"set": 4, "changed": 1, "lifted": 1}
    assert [mark["curie"] for mark in report.news.marks["lifted"]] == ["ensembl:ENSG00000104432"]
    assert report.held_back.counts == {"mgi": HELD_BACK}
    assert report.held_back.verdicts[0]["page"] == "https://www.informatics.jax.org/accession/MGI:96000"
    json.dumps(report.to_dict())


def test_a_source_is_as_old_as_its_release_by_its_own_date_or_else_when_it_was_first_seen(
    reader: LedgerReader,
) -> None:
    ensembl, uniprot = list_ages(reader.list_releases(), now=FIRST + 100 * 86_400)
    assert ensembl.describe() == "ensembl 116 since 2026-04: no news for 331 days"
    assert uniprot.describe() == "uniprot 2026_05 seen since 2026-11-18: no news for 100 days"
    figures = render_metrics(build_report(reader, now=SECOND))
    assert 'gene_xref_nightly_source_release_age_days{release="116",source="ensembl"} 232.0' in figures
    assert 'gene_xref_nightly_held_back{source="mgi"} 60.0' in figures


@pytest.mark.parametrize(
    ("part", "age"),
    [
        ({"upstream_release": "116", "upstream_date": "2026-11-08"}, 10),
        ({"upstream_release": "116", "upstream_date": None}, 1),
        ({"upstream_release": "115", "upstream_date": None}, None),
        ({"upstream_release": "116", "upstream_date": "soon"}, 1),
        ({"upstream_release": "116", "upstream_date": "2026-13-40"}, 1),
    ],
)
def test_a_run_shows_how_old_a_source_was_when_it_began(part: dict[str, Any], age: int | None) -> None:
    newest = {"ensembl": {"name": "116", "date": None, "first_seen_at": FIRST - 86_400}}
    assert find_age_at_run({"source": "ensembl", "started_at": FIRST} | part, newest) == age
