"""The played upstreams answer in the shapes of recorded answers, and our readers understand the recorded ones."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.app.settings import Settings
from resolver.errors import SourceBusy, SourceUnreachable
from resolver.genes.verdicts import Finding, Verdict
from resolver.sources.live import ensembl, mgi, mygene, ncbi, omim, uniprot
from resolver.sources.live.base import BatchRefused, Item, Reply
from resolver.sources.live.registry import HOSTS
from tests.live.checking import tracked
from tests.upstreams.server import Upstreams, played

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def samples() -> Path:
    named = os.environ.get("API_SAMPLES")
    folder = Path(named) if named else ROOT.parent / "shared" / "api_samples"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}: set API_SAMPLES to a folder that contains them")
    return folder


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        world = opened.world
        genes = {"ncbigene": ("6392",), "hgnc": ("10683",), "ensembl": ("ENSG00000204370",)}
        world.add_all(["ncbigene:6392", "ncbigene:60500", "omim:609708", "omim:104740", "mgi:97490"], genes=genes)
        world.merge("ncbigene:60500", "ncbigene:675")
        world.merge("omim:104740", "omim:602414")
        world.add("refseq:NM_003002", version=4)
        world.add_all(["ensembl:ENSG00000157764", "ensembl:ENSG00000215271"])
        world.add("ensembl:ENST00000375549", version=8, genes=genes)
        world.merge("ensembl:ENSG00000215271", "ensembl:ENSG00000290292")
        world.add_all(["uniprot:P00001", "uniprot:A0A008APQ8", "uniprot:Q00015"])
        world.demerge("uniprot:P00001", ["uniprot:P99999", "uniprot:P99998"])
        world.delete("uniprot:A0A008APQ8")
        world.merge("uniprot:Q00015", "uniprot:P23141")
        world.add_all(["ncbigene:1017", "ncbigene:695"])
        yield opened


def _read(samples: Path, name: str) -> Any:
    return json.loads((samples / name).read_text(encoding="utf-8"), strict=False)


def _shape(value: Any) -> Any:
    """Return keys and types, and of a list its first member's."""
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return type(value).__name__


def _assert_same(ours: Any, recorded: Any, path: str = "") -> None:
    """Assert that each member of our answer is in the recorded one, with the same type."""
    if isinstance(ours, dict) and isinstance(recorded, dict):
        assert set(ours) <= set(recorded), f"{path}: {set(ours) - set(recorded)} is not in the recorded answer"
        for key, inner in ours.items():
            _assert_same(inner, recorded[key], f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(recorded, list):
        if ours and recorded:
            _assert_same(ours[0], recorded[0], f"{path}[0]")
    else:
        assert ours == recorded, f"{path}: {ours} is {recorded} in the recorded answer"


def _esummary(upstreams: Upstreams, database: str, ids: str) -> Any:
    form = {"db": database, "id": ids, "retmode": "json", "version": "2.0", "api_key": "key"}
    address = f"{upstreams.settings['ncbi_url']}/esummary.fcgi"
    answer = httpx.post(address, data=form)
    return answer.json()


@pytest.mark.parametrize(
    ("database", "ids", "recorded"),
    [
        ("gene", "6392", "ncbi_eutils/gene_live_6392.json"),
        ("nuccore", "NM_003002.4", "ncbi_eutils/nuccore_NM_003002.4.json"),
        ("nuccore", "NM_003002.2", "ncbi_eutils/nuccore_NM_003002.2.json"),
        ("omim", "609708", "ncbi_eutils/old_esummary.omim.json"),
        ("nuccore", "SDHD", "ncbi_eutils/nuccore_invalid_uid_SDHD.json"),
        ("gene", "999999998", "ncbi_eutils/error_unknown_uid_in_batch.json"),
        ("gene", ",".join(["1"] * 501), "ncbi_eutils/error_200_too_many_uids.json"),
    ],
)
def test_ncbi_answers_in_the_recorded_shape(
    upstreams: Upstreams, samples: Path, database: str, ids: str, recorded: str
) -> None:
    ours, theirs = _esummary(upstreams, database, ids), _read(samples, recorded)
    if "result" in theirs and theirs["result"]["uids"]:
        (our_uid,), (their_uid,) = ours["result"].pop("uids"), theirs["result"].pop("uids")
        ours, theirs = ours["result"][our_uid], theirs["result"][their_uid]
    _assert_same(_shape(ours), _shape(theirs))


def test_a_replaced_gene_has_integers_as_it_was_recorded(upstreams: Upstreams, samples: Path) -> None:
    ours = _esummary(upstreams, "gene", "60500")["result"]["60500"]
    theirs = _read(samples, "ncbi_eutils/gene_withdrawn_60500_fields.json")["result"]["60500"]
    assert (ours["status"], ours["currentid"]) == (theirs["status"], theirs["currentid"])


@pytest.mark.parametrize(
    ("path", "body", "recorded"),
    [
        (
            "/lookup/id",
            {"ids": ["ENSG00000157764", "ENSG00000000000"], "format": "condensed"},
            "lookup_post_with_missing",
        ),
        ("/archive/id", {"id": ["ENSG00000157764", "ENST00000375549"]}, "archive_post_two"),
        ("/archive/id", {"id": ["x"] * 1001}, "error_400_post_too_large"),
    ],
)
def test_ensembl_answers_in_the_recorded_shape(
    upstreams: Upstreams, samples: Path, path: str, body: dict[str, Any], recorded: str
) -> None:
    ours = httpx.post(f"{upstreams.settings['ensembl_url']}{path}", json=body).json()
    _assert_same(_shape(ours), _shape(_read(samples, f"ensembl/{recorded}.json")))


def test_ensembl_archives_in_the_recorded_shape(upstreams: Upstreams, samples: Path) -> None:
    address = f"{upstreams.settings['ensembl_url']}/archive/id"
    for request, recorded in (
        ("ENSG00000215271", "archive_retired_protein"),
        ("ENST00000375549.7", "archive_old_version_asked"),
    ):
        (ours,) = httpx.post(address, json={"id": [request]}).json()
        theirs = _read(samples, f"ensembl/{recorded}.json")
        ours.pop("peptide"), theirs.pop("peptide")
        _assert_same(_shape(ours), _shape(theirs))
        assert ours["is_current"] == theirs["is_current"] == ""


@pytest.mark.parametrize(
    ("path", "status", "recorded"),
    [
        ("P00001.json", 200, "inactive_demerged_P00001"),
        ("A0A008APQ8.json", 200, "inactive_deleted_A0A008APQ8"),
        ("P99997.json", 404, "error_404"),
        ("accessions?accessions=P00001,Q00015", 200, "accessions_only_secondary_asked"),
        ("accessions?accessions=INVALID", 400, "error_400_accessions_malformed_one_kills_batch"),
        (f"accessions?accessions={','.join(['P00001'] * 1001)}", 400, "error_400_accessions_over_1000"),
        (f"search?query=accession:({' OR '.join(['P00001'] * 101)})", 400, "error_400_too_many_or"),
        ("search", 400, "error_400_query_missing"),
    ],
)
def test_uniprot_answers_in_the_recorded_shape(
    upstreams: Upstreams, samples: Path, path: str, status: int, recorded: str
) -> None:
    upstreams.counts.clear()
    answer = httpx.get(f"{upstreams.settings['uniprot_url']}/uniprotkb/{path}")
    theirs = _read(samples, f"uniprot/{recorded}.json")
    assert answer.status_code == status
    _assert_same(_shape(answer.json()), _shape(theirs))
    if "messages" in theirs and status == 400:
        assert answer.json()["messages"] == theirs["messages"]


def test_a_merged_accession_answers_303_with_its_heir(upstreams: Upstreams, samples: Path) -> None:
    upstreams.counts.clear()
    answer = httpx.get(f"{upstreams.settings['uniprot_url']}/uniprotkb/Q00015.json")
    recorded = (samples / "uniprot" / "merged_303_headers_Q00015.txt").read_text()
    assert answer.status_code == 303
    assert f"Location: {answer.headers['location']}" in recorded
    partial = _read(samples, "uniprot/inactive_merged_A4FU41_partial.json")
    _assert_same(_shape(partial), _shape(answer.json()))


@pytest.mark.parametrize("number", ["104740", "100660"])
def test_omim_answers_in_the_recorded_shape(upstreams: Upstreams, samples: Path, number: str) -> None:
    upstreams.world.add("omim:100660")
    address = f"{upstreams.settings['omim_url']}/entry?mimNumber={number}&format=json"
    ours = httpx.get(address, headers={"ApiKey": "key"}).json()
    name = "api_entry_104740_moved" if number == "104740" else "api_entry_100660_live_trimmed"
    _assert_same(_shape(ours), _shape(_read(samples, f"omim/{name}.json")))


def test_the_lists_have_the_recorded_headers(upstreams: Upstreams, samples: Path) -> None:
    report = httpx.get(f"{upstreams.settings['mgi_url']}/MRK_List1.rpt").text.splitlines()[0]
    assert report == (samples / "mgi" / "MRK_List1_header.rpt").read_text().splitlines()[0]
    listed = httpx.get(f"{upstreams.settings['omim_files_url']}/mim2gene.txt").text.splitlines()
    assert (samples / "omim" / "mim2gene_excerpt.txt").read_text().splitlines()[0] in listed


def test_mygene_answers_in_the_recorded_shape(upstreams: Upstreams, samples: Path) -> None:
    ours = httpx.post(f"{upstreams.settings['mygene_url']}/gene", data={"ids": "1017,695"}).json()
    _assert_same(_shape(ours), _shape(_read(samples, "mygene/gene_post_two.json")))


# --- Our readers on the recorded answers ------------------------------------------------------------------------------


def _reply(samples: Path, name: str, status: int = 200, **headers: str) -> Reply:
    return Reply("https://example.org", status, headers, (samples / name).read_bytes(), datetime.now(UTC))


def _judged(step: Any, reply: Reply, curie: str) -> Finding:
    step.inspect(reply)
    accession = tracked(curie).identifier.accession
    result = step.read([reply], [Item(tracked(curie), accession)])
    (finding,) = result.findings
    assert isinstance(finding, Finding)
    return finding


_HEIRS = ("uniprot:P99999", "uniprot:P99998")
RECORDED = [
    (ncbi.GENE.steps[0], "ncbi_eutils/gene_live_6392.json", "ncbigene:6392", "current", ()),
    (ncbi.GENE.steps[0], "ncbi_eutils/gene_withdrawn_60500_fields.json", "ncbigene:60500", "replaced",
     ("ncbigene:675",)),
    (ncbi.GENE.steps[0], "ncbi_eutils/error_unknown_uid_in_batch.json", "ncbigene:999999998", "not_checked", ()),
    (ncbi.REFSEQ.steps[0], "ncbi_eutils/nuccore_NM_003002.4.json", "refseq:NM_003002.4", "current", ()),
    (ncbi.REFSEQ.steps[0], "ncbi_eutils/nuccore_NM_003002.4.json", "refseq:NM_003002.2", "version_behind",
     ("refseq:NM_003002.4",)),
    (ncbi.REFSEQ.steps[0], "ncbi_eutils/nuccore_batch14_live.json", "refseq:NM_999999", "not_checked", ()),
    (ncbi.MIM_TITLES, "ncbi_eutils/old_esummary.omim.json", "omim:609708", "current", ()),
    (ensembl.SOURCE.steps[0], "ensembl/lookup_post_with_missing.json", "ensembl:ENSG00000157764.15", "current", ()),
    (ensembl.SOURCE.steps[1], "ensembl/archive_post_two.json", "ensembl:ENST00000429181", "current", ()),
    (uniprot.SOURCE.steps[3], "uniprot/inactive_demerged_P00001.json", "uniprot:P00001", "replaced", _HEIRS),
    (uniprot.SOURCE.steps[3], "uniprot/inactive_deleted_A0A008APQ8.json", "uniprot:A0A008APQ8", "retired", ()),
    (mgi.SOURCE.steps[0], "mgi/alliance_gene_MGI97490_reduced.json", "mgi:97490", "current", ()),
    (omim.SOURCE.steps_with_key[0], "omim/api_entry_104740_moved.json", "omim:104740", "replaced", ("omim:602414",)),  # type: ignore[index]
    (omim.SOURCE.steps_with_key[0], "omim/api_entry_100050_live_trimmed.json", "omim:100050", "current", ()),  # type: ignore[index]
    (omim.SOURCE.steps_with_key[0], "omim/api_entry_104500_live_trimmed.json", "omim:104500", "current", ()),  # type: ignore[index]
]  # fmt: skip


@pytest.mark.parametrize(("step", "name", "curie", "verdict", "successors"), RECORDED, ids=[one[1] for one in RECORDED])
def test_recorded_answers_are_read(
    samples: Path, step: Any, name: str, curie: str, verdict: str, successors: tuple[str, ...]
) -> None:
    finding = _judged(step, _reply(samples, name), curie)
    assert (finding.verdict.value, finding.successors) == (verdict, successors)


def test_a_recorded_version_that_was_replaced_by_the_next_is_behind(samples: Path) -> None:
    step = ncbi.REFSEQ.steps[0]
    item = Item(tracked("refseq:NM_003002.2"), "NM_003002.2")
    for requested, successor in (("NM_003002.2", "refseq:NM_003002.3"), ("NM_003002.4", "refseq:NM_003002.4")):
        reply = _reply(samples, f"ncbi_eutils/nuccore_{requested}.json")
        (finding,) = step.read([reply], [item._replace(query_id=requested)]).findings
        assert (finding.verdict, finding.successors) == (Verdict.VERSION_BEHIND, (successor,))


def test_recorded_merges_are_read(samples: Path) -> None:
    step = uniprot.SOURCE.steps[3]
    location = "/uniprotkb/A6QL63?from=A4FU41"
    finding = _judged(
        step, _reply(samples, "uniprot/inactive_merged_A4FU41_partial.json", 303, location=location), "uniprot:A4FU41"
    )
    assert (finding.verdict, finding.successors) == (Verdict.REPLACED, ("uniprot:A6QL63",))


def test_an_archive_that_lists_the_id_itself_does_not_retire_it(samples: Path) -> None:
    record = _read(samples, "ensembl/archive_old_version_asked.json")
    reply = Reply("https://example.org", 200, {}, json.dumps([record]).encode(), datetime.now(UTC))
    finding = _judged(ensembl.SOURCE.steps[1], reply, f"ensembl:{record['id']}")
    assert finding.verdict is Verdict.NOT_CHECKED
    record = _read(samples, "ensembl/archive_retired_ENSG00000215271_partial.json")
    reply = Reply("https://example.org", 200, {}, json.dumps([record]).encode(), datetime.now(UTC))
    finding = _judged(ensembl.SOURCE.steps[1], reply, "ensembl:ENSG00000215271")
    assert (finding.verdict, finding.successors) == (Verdict.REPLACED, ("ensembl:ENSG00000290292",))


@pytest.mark.parametrize(
    ("step", "name", "status", "error"),
    [
        (ncbi.GENE.steps[0], "ncbi_eutils/error_429_rate_limit_ip.json", 200, SourceBusy),
        (ncbi.GENE.steps[0], "ncbi_eutils/error_429_rate_limit_doc.json", 200, SourceBusy),
        (ncbi.GENE.steps[0], "ncbi_eutils/error_200_too_many_uids.json", 200, BatchRefused),
        (ncbi.GENE.steps[0], "ncbi_eutils/error_200_invalid_uid_one_id.json", 200, BatchRefused),
        (ncbi.REFSEQ.steps[0], "ncbi_eutils/nuccore_invalid_uid_SDHD.json", 200, BatchRefused),
        (ensembl.SOURCE.steps[0], "ensembl/error_something_bad.json", 400, SourceUnreachable),
        (ensembl.SOURCE.steps[0], "ensembl/error_400_post_too_large.json", 400, BatchRefused),
        (uniprot.SOURCE.steps[0], "uniprot/error_400_accessions_malformed_one_kills_batch.json", 400, BatchRefused),
        (uniprot.SOURCE.steps[2], "uniprot/error_400_too_many_or.json", 400, BatchRefused),
    ],
)
def test_recorded_errors_are_told_apart(
    samples: Path, step: Any, name: str, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        step.inspect(_reply(samples, name, status))


def test_recorded_opinions_are_read(samples: Path) -> None:
    opinions = mygene.read_opinions(_reply(samples, "mygene/query_post_notfound.json"))
    assert opinions == {"1017": "1017", "dummy": None}


def test_the_settings_name_the_hosts_as_the_sources_do() -> None:
    fields = Settings.model_fields
    assert {host.name: fields[f"{host.name}_url"].default for host in HOSTS} == {host.name: host.url for host in HOSTS}
    assert all(host.key_setting in fields for host in HOSTS if host.key_setting)
