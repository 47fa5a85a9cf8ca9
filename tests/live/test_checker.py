"""The verdicts of the checker on identifiers of each source, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from resolver.errors import SourceError
from resolver.genes.verdicts import STALE, Finding, Obstacle, Verdict
from resolver.live.kept import KeptVerdicts
from resolver.sources.live.base import SourceRelease
from tests.live.checking import check, check_source, make_checker, of_mouse, tracked, verdicts
from tests.upstreams.faults import Kind
from tests.upstreams.server import Upstreams, played

IL7 = {"ncbigene": "3574", "hgnc": "6023", "ensembl": "ENSG00000104432"}


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        genes = {prefix: (accession,) for prefix, accession in IL7.items()}
        opened.world.add("ncbigene:3574", symbol="IL7", genes=genes)
        opened.world.add("ensembl:ENSG00000104432", version=14, genes=genes)
        opened.world.add("ensembl:ENST00000263851", version=9, genes=genes)
        opened.world.add("uniprot:P13232", genes=genes)
        opened.world.add("refseq:NM_000880", version=4, genes=genes)
        opened.world.add("refseq:NP_000871", version=1, genes=genes)
        opened.world.add("omim:146660", genes=genes)
        opened.world.add("mgi:96561")
        yield opened


def _one(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def test_a_current_identifier_has_evidence(upstreams: Upstreams) -> None:
    queried = [
        tracked("ncbigene:3574", **IL7), tracked("ensembl:ENSG00000104432.14", **IL7), tracked("uniprot:P13232", **IL7),
        tracked("refseq:NM_000880.4", **IL7), tracked("refseq:NP_000871", **IL7), tracked("omim:146660", **IL7),
        tracked("mgi:96561"), tracked("ensembl:ENST00000263851", **IL7), tracked("uniprot.isoform:P13232-2"),
    ]  # fmt: skip
    for finding in check(upstreams, queried):
        assert finding.verdict is Verdict.CURRENT, finding
        assert finding.evidence is not None
        assert finding.evidence.url.startswith(upstreams.base)
        assert finding.evidence.fields
        assert finding.evidence.seen_at.utcoffset() is not None
    assert sum(upstreams.counts.calls.values()) == 7
    assert not upstreams.counts.excesses


def test_homologene_is_archived_and_symbols_of_no_human_gene_have_no_live_source(upstreams: Upstreams) -> None:
    findings = check(upstreams, ["homologene:680", "hgnc.symbol:IL7", of_mouse("hgnc.symbol:Il7")])
    assert [finding.obstacle for finding in findings] == [
        Obstacle.ARCHIVED,
        Obstacle.NO_LIVE_SOURCE,
        Obstacle.NO_LIVE_SOURCE,
    ]
    assert not upstreams.counts.calls


@pytest.mark.parametrize(
    ("curie", "change", "verdict", "successors"),
    [
        ("ncbigene:3574", {"do": "merge", "into": "ncbigene:9999"}, "replaced", ("ncbigene:9999",)),
        ("ncbigene:3574", {"do": "retire"}, "retired", ()),
        ("refseq:NM_000880", {"do": "suppress"}, "retired", ()),
        ("refseq:NM_000880.3", {"do": "bump", "by": 0}, "version_behind", ("refseq:NM_000880.4",)),
        ("ensembl:ENSG00000104432", {"do": "retire"}, "retired", ()),
        ("ensembl:ENSG00000104432", {"do": "merge", "into": "ensembl:ENSG00000290292"}, "replaced",
         ("ensembl:ENSG00000290292",)),
        ("ensembl:ENSG00000104432.14", {"do": "bump"}, "version_behind", ("ensembl:ENSG00000104432.15",)),
        ("uniprot:P13232", {"do": "merge", "into": "uniprot:A6QL63"}, "replaced", ("uniprot:A6QL63",)),
        ("uniprot:P13232", {"do": "demerge", "into": ["uniprot:P99999", "uniprot:P99998"]}, "replaced",
         ("uniprot:P99999", "uniprot:P99998")),
        ("uniprot:P13232", {"do": "delete"}, "retired", ()),
        ("omim:146660", {"do": "merge", "into": "omim:602414"}, "replaced", ("omim:602414",)),
        ("omim:146660", {"do": "retire"}, "retired", ()),
        ("mgi:96561", {"do": "merge", "into": "mgi:97490"}, "replaced", ("mgi:97490",)),
    ],
)  # fmt: skip
def test_each_change_has_its_verdict_and_successors(
    upstreams: Upstreams, curie: str, change: dict[str, object], verdict: str, successors: tuple[str, ...]
) -> None:
    upstreams.world.plant([change | {"curie": curie.partition(".")[0]}])
    finding = _one(check(upstreams, [curie]))
    assert (finding.verdict.value, finding.successors) == (verdict, successors)
    assert finding.evidence is not None


def test_an_accession_that_names_another_gene_has_moved(upstreams: Upstreams) -> None:
    for curie in ("uniprot:P13232", "ensembl:ENST00000263851"):
        upstreams.world.move(curie, {"ncbigene": ("7157",), "hgnc": ("11998",), "ensembl": ("ENSG00000141510",)})
        finding = _one(check(upstreams, [tracked(curie, "hgnc:6023", **IL7)]))
        assert finding.verdict is Verdict.MOVED_GENE
        assert "now of" in str(finding.note)


def test_a_gene_that_was_renumbered_is_not_another_gene(upstreams: Upstreams) -> None:
    upstreams.world.move("uniprot:P13232", {"ncbigene": ("9999",), "hgnc": ("6023",)})
    assert _one(check(upstreams, [tracked("uniprot:P13232", **IL7)])).verdict is Verdict.CURRENT


def test_an_identifier_without_a_known_gene_is_never_moved(upstreams: Upstreams) -> None:
    upstreams.world.move("uniprot:P13232", {"ncbigene": ("7157",)})
    assert _one(check(upstreams, ["uniprot:P13232"])).verdict is Verdict.CURRENT


def test_a_chain_of_replacements_is_followed_to_a_current_record(upstreams: Upstreams) -> None:
    world = upstreams.world
    world.add("refseq:XM_000001")
    world.add("refseq:XM_000002", version=3)
    world.add("refseq:NM_000003", version=2)
    world.merge("refseq:XM_000001", "refseq:XM_000002.1")
    world.merge("refseq:XM_000002", "refseq:NM_000003")
    finding = _one(check(upstreams, ["refseq:XM_000001.1"]))
    assert (finding.verdict, finding.successors) == (Verdict.REPLACED, ("refseq:NM_000003",))
    assert finding.evidence is not None
    assert finding.evidence.fields["replacedby"] == "XM_000002.1"
    assert finding.evidence.fields["followed"] == "refseq:XM_000002 refseq:NM_000003"


def test_a_chain_that_turns_in_a_circle_is_no_verdict(upstreams: Upstreams) -> None:
    for one, other in (("XM_000001", "XM_000002"), ("XM_000002", "XM_000001")):
        upstreams.world.add(f"refseq:{one}")
        upstreams.world.merge(f"refseq:{one}", f"refseq:{other}")
    assert _one(check(upstreams, ["refseq:XM_000001"])).obstacle is Obstacle.NOT_UNDERSTOOD


def test_a_successor_that_is_itself_suppressed_is_not_named(upstreams: Upstreams) -> None:
    upstreams.world.add("refseq:XM_000001")
    upstreams.world.add("refseq:NM_000003")
    upstreams.world.merge("refseq:XM_000001", "refseq:NM_000003")
    upstreams.world.suppress("refseq:NM_000003")
    finding = _one(check(upstreams, ["refseq:XM_000001"]))
    assert (finding.verdict, finding.successors) == (Verdict.RETIRED, ())


NEVER = ["ncbigene:999999999", "refseq:NM_999999", "ensembl:ENSG00000999999", "uniprot:Q99ZZ9", "mgi:9", "omim:999999"]


def test_a_missing_record_is_no_evidence(upstreams: Upstreams) -> None:
    for finding in check(upstreams, NEVER):
        assert finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM, finding
        assert finding.evidence is None


def test_a_version_that_the_source_never_had_is_not_behind(upstreams: Upstreams) -> None:
    findings = check(upstreams, ["refseq:NM_000880.9", "ensembl:ENSG00000104432.99"])
    assert {finding.obstacle for finding in findings} == {Obstacle.NOT_KNOWN_UPSTREAM}


def test_with_a_key_omim_itself_is_queried(upstreams: Upstreams) -> None:
    upstreams.world.add("omim:104740")
    upstreams.world.demerge("omim:104740", ["omim:602414", "omim:602415"])
    keys = {"omim": "secret-key"}
    findings = check(upstreams, ["omim:146660", "omim:104740", "omim:999999"], keys=keys)
    assert [finding.verdict for finding in findings] == [Verdict.CURRENT, Verdict.REPLACED, Verdict.NOT_CHECKED]
    assert findings[1].successors == ("omim:602414", "omim:602415")
    assert upstreams.counts.calls["omim.entry"] == 2  # the second is about the two successors


def test_many_mgi_ids_are_read_from_two_reports_and_the_rest_from_the_alliance(upstreams: Upstreams) -> None:
    ids = [f"mgi:{number}" for number in range(100, 150)]
    upstreams.world.add_all(ids[:-1])
    upstreams.world.merge(ids[0], "mgi:110")
    upstreams.world.merge(ids[1], "mgi:111")
    upstreams.world.retire(ids[2])
    findings = check(upstreams, ids)
    found = [(finding.verdict.value, finding.successors) for finding in findings]
    assert found[:2] == [("replaced", ("mgi:110",)), ("replaced", ("mgi:111",))]
    assert {verdict for verdict, _ in found[3:-1]} == {"current"}
    # A withdrawn id is in neither report, and the Alliance has no page of it: that is no evidence.
    assert {findings[2].obstacle, findings[-1].obstacle} == {Obstacle.NOT_KNOWN_UPSTREAM}
    assert dict(upstreams.counts.calls) == {"mgi.markers": 1, "mgi.entrez": 1, "alliance.gene": 2}


def test_what_both_reports_do_not_mention_costs_no_more_calls_than_the_budget(upstreams: Upstreams) -> None:
    findings = check(upstreams, [f"mgi:{number}" for number in range(1000, 1080)])
    assert {finding.obstacle for finding in findings} == {Obstacle.NOT_KNOWN_UPSTREAM}
    assert upstreams.counts.calls["alliance.gene"] == 50
    assert sum("50 calls" in str(finding.note) for finding in findings) == 30


def test_a_list_that_cannot_be_read_leaves_nothing_to_the_calls_where_lists_come_first(upstreams: Upstreams) -> None:
    upstreams.faults.add("mgi.entrez", Kind.ERROR)
    queried = [tracked("mgi:96561"), tracked("mgi:97490")]

    seen: list[Finding] = []

    async def check() -> None:
        async with make_checker(upstreams, attempts=1) as checker:
            async for findings in checker.check_list("mgi", queried):
                seen.extend(findings)

    with pytest.raises(SourceError):
        asyncio.run(check())
    assert verdicts(seen) == {"mgi:96561": "current"}


def test_lists_report_only_identifiers_that_they_contain(upstreams: Upstreams) -> None:
    upstreams.world.add("omim:104740")
    upstreams.world.retire("omim:104740")
    upstreams.world.move("omim:146660", {"ncbigene": ("7157",)})
    queried = [tracked("omim:104740"), tracked("omim:146660", **IL7), tracked("omim:999999")]

    async def check() -> list[Finding]:
        async with make_checker(upstreams) as checker:
            return [finding async for findings in checker.check_list("omim", queried) for finding in findings]

    assert verdicts(asyncio.run(check())) == {"omim:104740": "retired", "omim:146660": "moved_gene"}


def test_the_releases_that_sources_report_are_read(upstreams: Upstreams) -> None:
    async def check(name: str) -> SourceRelease | None:
        async with make_checker(upstreams) as checker:
            return await checker.find_release(name)

    assert asyncio.run(check("uniprot")) == SourceRelease("2026_04", "2026-10-14")
    assert asyncio.run(check("ensembl")) == SourceRelease("116")
    assert asyncio.run(check("mgi")) is None


def test_a_recent_verdict_is_not_queried_again(upstreams: Upstreams) -> None:
    heard: list[Finding] = []
    kept = KeptVerdicts(60, on_finding=heard.append)
    for _ in range(3):
        assert _one(check(upstreams, ["uniprot:P13232"], kept=kept)).verdict is Verdict.CURRENT
        assert _one(check(upstreams, ["uniprot:Q99ZZ9"], kept=kept)).verdict is Verdict.NOT_CHECKED
    assert len(heard) == 1
    assert upstreams.counts.calls["uniprot.accessions"] == 1 + 3  # what was not checked is queried again


def test_the_ledger_is_read_before_the_source_is_queried(upstreams: Upstreams) -> None:
    known = _one(check(upstreams, ["uniprot:P13232"]))
    kept = KeptVerdicts(60, recall=lambda one: known if one.identifier.accession == "P13232" else None)
    upstreams.counts.clear()
    assert _one(check(upstreams, ["uniprot:P13232"], kept=kept)).evidence == known.evidence
    assert not upstreams.counts.calls


def test_a_second_opinion_is_noted_beside_the_verdict(upstreams: Upstreams) -> None:
    upstreams.world.merge("ncbigene:3574", "ncbigene:9999")

    async def check() -> Finding:
        async with make_checker(upstreams) as checker:
            return _one(await checker.check_all([tracked("ncbigene:3574")], second_opinion=True))

    assert asyncio.run(check()).note == "MyGene.info agrees: it has ncbigene:9999"


def test_pages_are_followed_and_isoforms_share_their_entry(upstreams: Upstreams) -> None:
    accessions = [f"Q{number:05d}"[:2] + f"AAA{number % 10}" for number in range(3)]
    upstreams.world.add_all(f"uniprot:{one}" for one in accessions)
    queried = [tracked(f"uniprot.isoform:{one}-{number}") for one in accessions for number in (1, 2)]
    found = check_source(upstreams, "uniprot", queried)
    assert len(found) == len(queried)
    assert not STALE & {finding.verdict for finding in found}
    assert upstreams.counts.ids["uniprot.accessions"] == len(set(accessions))
