"""What single replies of the source databases mean: words, scores, empty replies, layouts of lists."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from resolver.errors import SourceChanged
from resolver.genes.verdicts import Finding, Obstacle, Verdict
from resolver.sources.live import ensembl, hgnc, mgi, ncbi, uniprot
from resolver.sources.live.base import Item, Reply, SourceRelease, Step
from tests.live.checking import of_human, tracked


def _reply(shown: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    body = shown if isinstance(shown, bytes) else json.dumps(shown).encode()
    return Reply("https://example.org/reply", status, headers or {}, body, datetime.now(UTC))


def _judge(step: Step, curie: str, shown: object) -> Finding:
    one = tracked(curie)
    reply = _reply(shown)
    step.inspect(reply)
    (finding,) = step.read([reply], [Item(one, one.identifier.accession)]).findings
    return finding


# --- RefSeq ---------------------------------------------------------------------------------------------------------


def _record(status: str, replacedby: str = "", accession: str = "NM_000001.3") -> dict[str, Any]:
    summary = {"uid": "7", "accessionversion": accession, "status": status, "replacedby": replacedby, "taxid": 9606}
    return {"result": {"uids": ["7"], "7": summary}}


@pytest.mark.parametrize(
    "status",
    ["suppressed", "Suppressed", "WITHDRAWN", "dead", "removed", "permanently suppressed", "withdrawn by the submitter",
     "record removed"],
)  # fmt: skip
def test_a_refseq_status_with_one_stale_word_is_retired(status: str) -> None:
    finding = _judge(ncbi.REFSEQ.steps[0], "refseq:NM_000001", _record(status))
    assert (finding.verdict, finding.successors) == (Verdict.RETIRED, ())
    assert finding.evidence is not None
    assert finding.evidence.fields["status"] == status


@pytest.mark.parametrize(
    "status",
    ["pending", "under review", "obsolete", "unsuppressed", "not suppressed", "never withdrawn", "suppressed or dead",
     "deadline", "?"],
)  # fmt: skip
def test_any_other_refseq_status_is_not_understood(status: str) -> None:
    finding = _judge(ncbi.REFSEQ.steps[0], "refseq:NM_000001", _record(status))
    assert finding.obstacle is Obstacle.NOT_UNDERSTOOD
    assert status in str(finding.note)


@pytest.mark.parametrize(
    ("curie", "replacedby", "verdict", "successors"),
    [
        ("refseq:NM_000001", "NM_000009.1", Verdict.REPLACED, ("refseq:NM_000009",)),
        ("refseq:NM_000001", "NM_000009", Verdict.REPLACED, ("refseq:NM_000009",)),
        ("refseq:NM_000001.3", "NM_000001.4", Verdict.VERSION_BEHIND, ("refseq:NM_000001.4",)),
        ("refseq:NM_000001", "NM_000001.4", Verdict.NOT_CHECKED, ()),
        ("refseq:NM_000001", "", Verdict.NOT_CHECKED, ()),
        ("refseq:NM_000001", "NP_000009.1", Verdict.NOT_CHECKED, ()),
    ],
)
def test_a_replaced_refseq_record_needs_a_successor_of_its_kind(
    curie: str, replacedby: str, verdict: Verdict, successors: tuple[str, ...]
) -> None:
    finding = _judge(ncbi.REFSEQ.steps[0], curie, _record("replaced", replacedby))
    assert (finding.verdict, finding.successors) == (verdict, successors)


# --- Ensembl --------------------------------------------------------------------------------------------------------


def _archived(*replacements: tuple[str, object]) -> list[dict[str, Any]]:
    listed = [{"stable_id": one, "score": score} for one, score in replacements]
    record = {"id": "ENSG00000000001", "is_current": "", "possible_replacement": listed, "release": "98"}
    return [record]


def test_replacements_with_a_high_score_are_successors_and_the_others_are_noted() -> None:
    shown = _archived(("ENSG00000000002", "0.94"), ("ENSG00000000003", "0.68"), ("ENSG00000000004", None))
    finding = _judge(ensembl.SOURCE.steps[1], "ensembl:ENSG00000000001", shown)
    assert (finding.verdict, finding.successors) == (Verdict.REPLACED, ("ensembl:ENSG00000000002",))
    assert "ENSG00000000003(0.68) ENSG00000000004(no score)" in str(finding.note)
    assert finding.evidence is not None
    assert "ENSG00000000003(0.68)" in finding.evidence.fields["possible_replacement"]


@pytest.mark.parametrize("score", ["0.7499", 0.1, "0", 0, "unknown", None])
def test_one_with_weak_replacements_alone_is_retired_and_they_are_named(score: object) -> None:
    finding = _judge(ensembl.SOURCE.steps[1], "ensembl:ENSG00000000001", _archived(("ENSG00000000002", score)))
    assert (finding.verdict, finding.successors) == (Verdict.RETIRED, ())
    assert "ENSG00000000002" in str(finding.note)


@pytest.mark.parametrize("score", ["0.75", 0.99, 1, "1.0"])
def test_a_score_at_the_threshold_is_enough(score: object) -> None:
    finding = _judge(ensembl.SOURCE.steps[1], "ensembl:ENSG00000000001", _archived(("ENSG00000000002", score)))
    assert finding.verdict is Verdict.REPLACED


@pytest.mark.parametrize("body", [b"", b" \n", b"null", b"{}", b"[]"])
def test_an_archive_that_knows_none_of_the_ids_is_no_evidence(body: bytes) -> None:
    finding = _judge(ensembl.SOURCE.steps[1], "ensembl:ENSG00000000001", body)
    assert finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM


def test_the_failure_of_the_archive_to_write_nothing_is_no_refusal() -> None:
    step = ensembl.SOURCE.steps[1]
    words = (
        b"Content-Type application/json had a problem with your request.\r\n***ERROR***\r\nhash- or arrayref expected"
    )
    reply = _reply(words, 400)
    step.inspect(reply)
    (finding,) = step.read([reply], [Item(tracked("ensembl:ENSG00000000001"), "ENSG00000000001")]).findings
    assert finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM


@pytest.mark.parametrize("body", [b"", b"null", b"[]"])
def test_a_lookup_without_the_ids_is_not_understood(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        _judge(ensembl.SOURCE.steps[0], "ensembl:ENSG00000000001", body)


@pytest.mark.parametrize(
    ("shown", "release"),
    [({"releases": [116]}, "116"), ({"releases": ["9", "116"]}, "116"), ({"releases": []}, None), ([], None)],
)
def test_the_release_of_ensembl_is_the_newest_that_it_serves(shown: object, release: str | None) -> None:
    query = ensembl.SOURCE.release
    assert query is not None
    assert not query.settles
    assert query.read(_reply(shown)) == (None if release is None else SourceRelease(release))


# --- UniProt --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "date"),
    [("14-October-2026", "2026-10-14"), ("1-May-2024", "2024-05-01"), ("", None), ("2026-10-14", None),
     ("14-Oct-2026", None), ("x-May-2024", None)],
)  # fmt: skip
def test_the_date_of_a_uniprot_release_is_read_whatever_the_language_of_the_machine(
    text: str, date: str | None
) -> None:
    query = uniprot.SOURCE.release
    assert query is not None
    assert query.settles
    headers = {"x-uniprot-release": "2026_04", "x-uniprot-release-date": text}
    assert query.read(_reply({}, headers=headers)) == SourceRelease("2026_04", date)
    assert query.read(_reply({})) is None


def test_every_request_to_uniprot_specifies_its_format_and_one_media_type() -> None:
    requests = [step.request(["P13232"]) for step in uniprot.SOURCE.steps]
    assert uniprot.SOURCE.release is not None
    for request in [*requests, uniprot.SOURCE.release.request]:
        assert request.query.get("format") == "json" or request.path.endswith(".json")
        assert request.accept == "application/json"
        assert request.form is None


# --- MGI ------------------------------------------------------------------------------------------------------------

_HEADER = "MGI Accession ID\tChr\tMarker Symbol\tStatus\tMarker Name\tCurrent MGI Accession ID (if withdrawn)"


def _read(reader: Any, lines: Sequence[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    for line in lines:
        reader.feed(line)
    return {
        finding.tracked.identifier.accession: (finding.verdict.value, finding.successors)
        for finding in reader.findings(_reply({}))
    }


def test_the_marker_list_knows_current_ids_alone() -> None:
    wanted = [tracked(f"mgi:{number}") for number in (1, 2, 3, 4)]
    rows = ["MGI:1\t3\tA\tO\ta\t", "MGI:2\t3\tB\tI\tb\t", "NULL\t3\tC\tW\twithdrawn, = A\tMGI:1",
            "MGI:4\t3\tD\tW\twithdrawn, = A\tMGI:1"]  # fmt: skip
    found = _read(mgi.MarkerReader(wanted), [_HEADER, *rows])
    assert found == {"1": ("current", ()), "2": ("current", ())}


def _marker(accession: str, status: str = "O", secondary: str = "") -> str:
    return "\t".join([accession, "A", status, "a", "2.0", "3", "Gene", secondary, *[""] * 7])


def test_secondary_ids_were_replaced_by_the_markers_that_list_them() -> None:
    wanted = [tracked(f"mgi:{number}") for number in (1, 10, 11, 12, 2)]
    rows = [_marker("MGI:1", secondary="MGI:10|MGI:11"), _marker("MGI:2", "I", "MGI:11|MGI:1"), _marker("MGI:1", "W")]
    found = _read(mgi.SecondaryReader(wanted), rows)
    assert found == {"10": ("replaced", ("mgi:1",)), "11": ("replaced", ("mgi:1", "mgi:2"))}


@pytest.mark.parametrize("line", ["<html>", "MGI:1\tA\tO", _HEADER, _marker("NULL"), _marker("MGI:1", "X")])
def test_another_layout_of_the_secondary_ids_is_not_read(line: str) -> None:
    with pytest.raises(SourceChanged):
        mgi.SecondaryReader([tracked("mgi:1")]).feed(line)


@pytest.mark.parametrize(
    "reader", [mgi.MarkerReader, mgi.SecondaryReader, hgnc.CompleteSetReader, hgnc.WithdrawnReader]
)
def test_an_empty_list_gives_no_verdict(reader: Any) -> None:
    with pytest.raises(SourceChanged):
        reader([tracked("mgi:1")]).findings(_reply({}))


@pytest.mark.parametrize(
    ("shown", "verdict", "successors"),
    [
        ({"id": "MGI:7", "species": {"taxonId": "NCBITaxon:10090"}}, Verdict.CURRENT, ()),
        ({"gene": {"primaryExternalId": "MGI:7", "taxon": {"curie": "NCBITaxon:10090"}}}, Verdict.CURRENT, ()),
        ({"gene": {"primaryExternalId": "MGI:8"}}, Verdict.REPLACED, ("mgi:8",)),
        ({"id": "RGD:7"}, Verdict.NOT_CHECKED, ()),
    ],
)
def test_both_shapes_of_the_alliance_are_read(shown: object, verdict: Verdict, successors: tuple[str, ...]) -> None:
    finding = _judge(mgi.SOURCE.steps[0], "mgi:7", shown)
    assert (finding.verdict, finding.successors) == (verdict, successors)
    if verdict is Verdict.CURRENT:
        assert finding.evidence is not None
        assert finding.evidence.fields["taxid"] == "10090"


@pytest.mark.parametrize(
    "body", [b"<html>not found</html>", b'{"message": "no such path"}', b'"x"', b'{"errors": "x"}', b""]
)
@pytest.mark.parametrize("status", [400, 404])
def test_an_unfamiliar_error_of_the_alliance_is_not_understood(status: int, body: bytes) -> None:
    with pytest.raises(SourceChanged):
        mgi.SOURCE.steps[0].inspect(_reply(body, status))


# --- HGNC -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "verdict", "obstacle"),
    [
        ("Approved", Verdict.CURRENT, None),
        ("Entry Withdrawn", Verdict.RETIRED, None),
        ("Symbol Pending", Verdict.NOT_CHECKED, Obstacle.NOT_UNDERSTOOD),
    ],
)
def test_the_status_of_an_hgnc_record_decides_its_verdict(
    status: str, verdict: Verdict, obstacle: Obstacle | None
) -> None:
    docs = [{"hgnc_id": "HGNC:5", "symbol": "A1BG", "status": status}]
    finding = _judge(hgnc.SOURCE.steps[0], "hgnc:5", {"response": {"numFound": 1, "docs": docs}})
    assert (finding.verdict, finding.obstacle) == (verdict, obstacle)


def test_a_symbol_that_several_genes_had_has_several_successors_but_for_the_gene_that_is_known() -> None:
    rows = [
        "hgnc_id\tsymbol\tstatus\tprev_symbol",
        'HGNC:1\tNEW1\tApproved\t"OLD|OLDER"',
        "HGNC:2\tNEW2\tApproved\tOLD",
    ]
    wanted = [of_human("hgnc.symbol:OLD"), of_human("hgnc.symbol:OLD", hgnc="2")]
    reader = hgnc.CompleteSetReader(wanted)
    for row in rows:
        reader.feed(row)
    found = {id(finding.tracked): finding.successors for finding in reader.findings(_reply({}))}
    assert [found[id(one)] for one in wanted] == [("hgnc.symbol:NEW1", "hgnc.symbol:NEW2"), ("hgnc.symbol:NEW2",)]


def test_the_release_of_hgnc_is_the_day_of_its_last_change() -> None:
    query = hgnc.SOURCE.release
    assert query is not None
    shown = {"responseHeader": {"status": 0}, "lastModified": "2026-11-03T02:43:51.575Z"}
    assert query.read(_reply(shown)) == SourceRelease("2026-11-03", "2026-11-03")
    assert query.read(_reply({})) is None


@pytest.mark.parametrize("reader", [hgnc.CompleteSetReader, hgnc.WithdrawnReader])
def test_another_header_of_an_hgnc_list_is_not_read(reader: Any) -> None:
    with pytest.raises(SourceChanged):
        reader([tracked("hgnc:5")]).feed("a\tb\tc")
