"""The whole genome from real upstream files: what it must contain, and what becomes of retired identifiers.

Skips where the upstream files are not at hand.
"""

from __future__ import annotations

import random
import re
import resource
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.genes.ranking import ASSEMBLY_SEQUENCES
from resolver.resolve.outcome import Outcome
from resolver.resolve.resolver import Resolver
from resolver.sources.base import Facts
from resolver.sources.registry import BY_KEY, FILES
from resolver.store.release import Release, releases_folder
from seed.archive import EMBEDDED
from seed.compare import list_conflicts
from seed.manifest import NOT_FETCHED
from seed.packed import open_packed
from seed.pipeline import build_genome_release
from seed.upstream import find_upstream_files, read_upstream_file
from seed.verify import verify_release

# Entrez ids whose gene has an Ensembl gene, a UniProt accession and a RefSeq accession, and of these with HomoloGene.
COMPLETE = """
    SELECT count(DISTINCT e.accession) FROM identifier e JOIN gene g ON g.id = e.gene_id
    WHERE e.prefix = 'ncbigene' AND g.taxon = ?
      AND EXISTS (
        SELECT 1 FROM identifier i WHERE i.gene_id = e.gene_id AND i.prefix = 'ensembl' AND i.relation = 'gene'
      )
      AND EXISTS (SELECT 1 FROM identifier i WHERE i.gene_id = e.gene_id AND i.prefix = 'uniprot')
      AND EXISTS (SELECT 1 FROM identifier i WHERE i.gene_id = e.gene_id AND i.prefix = 'refseq')
"""
# A row of the table of coverage: identifiers, species, how many are at hand, and how many the release contains.
COVERAGE = re.compile(r"^\| `([a-z. ]+)` \| (human|mouse) \| ([0-9,]+) \| ([0-9,]+) \|", re.MULTILINE)
RELEASES = Path(__file__).parent.parent.parent / "docs" / "releases.md"
WITH_GROUP = " AND EXISTS (SELECT 1 FROM identifier i WHERE i.gene_id = e.gene_id AND i.prefix = 'homologene')"


@pytest.fixture(scope="module")
def database(genome: Release) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{genome.database}?mode=ro", uri=True)
    yield connection
    connection.close()


@pytest.mark.parametrize(("taxon", "complete", "grouped"), [(9606, 20_500, 19_000), (10090, 21_200, 20_300)])
def test_genes_with_identifiers_of_every_kind_are_as_many_as_upstream_tells(
    database: sqlite3.Connection, taxon: int, complete: int, grouped: int
) -> None:
    assert database.execute(COMPLETE, (taxon,)).fetchone()[0] >= complete
    assert database.execute(COMPLETE + WITH_GROUP, (taxon,)).fetchone()[0] >= grouped


def test_every_approved_hgnc_gene_is_there(database: sqlite3.Connection) -> None:
    (number,) = database.execute("SELECT count(*) FROM gene WHERE curie LIKE 'hgnc:%'").fetchone()
    assert number == 44_997


def test_every_retired_entrez_id_answers_retired_with_its_successor_or_none(
    resolver_of_genome: Resolver, database: sqlite3.Connection
) -> None:
    rows = database.execute("SELECT retired, successor FROM retirement WHERE retired LIKE 'ncbigene:%'").fetchall()
    assert len({retired for retired, _ in rows}) == 166_208
    for retired, successor in random.Random(7).sample(rows, 2_000):  # noqa: S311  (a sample, not a secret)
        answer = resolver_of_genome.resolve(retired)
        assert answer.outcome is Outcome.RETIRED, retired
        assert answer.history[0].successor == (successor or None)


def test_tables_are_written_whole_and_verify(genome: Release) -> None:
    verify_release(genome)
    assert genome.database.stat().st_size < 450_000_000


def test_interleukin_7_is_complete(resolver_of_genome: Resolver) -> None:
    (gene,) = resolver_of_genome.resolve("P13232").to_dict()["genes"]
    empty = [prefix for prefix, xrefs in gene["xrefs"].items() if not xrefs]
    assert empty == ["mgi"]
    assert [ortholog["curie"] for ortholog in gene["orthologs"]] == ["mgi:96561"]


@pytest.mark.parametrize(
    ("text", "genes"),
    [
        ("TNF", ["hgnc:11892", "mgi:104798"]),
        ("ENSG00000228978", ["hgnc:11892"]),  # TNF on a haplotype
        ("P24462", ["hgnc:2640"]),  # CYP3A7, not its readthrough
        ("TYMP", ["hgnc:3148", "mgi:1920212"]),
        ("Gt(ROSA)26Sor", ["mgi:104735"]),
        ("B3GNT2", ["hgnc:15629", "mgi:1889505"]),
        ("AACT", ["hgnc:16"]),
    ],
)
def test_traps_of_the_field_are_answered(resolver_of_genome: Resolver, text: str, genes: list[str]) -> None:
    assert [found.gene.curie for found in resolver_of_genome.resolve(text).genes] == genes


def test_haplotype_genes_stand_apart_as_alternates(resolver_of_genome: Resolver) -> None:
    tnf = resolver_of_genome.resolve("hgnc:11892").to_dict()["genes"][0]
    listed = [xref["identifier"] for xref in tnf["xrefs"]["ensembl"] if xref["level"] == "gene"]
    assert listed == ["ENSG00000232810"]
    assert {xref["identifier"] for xref in tnf["alternates"]} >= {"ENSG00000204490", "ENSG00000228978"}


def test_contradictions_are_kept_and_listed(genome: Release) -> None:
    claims = list_conflicts(genome)
    assert len({claim.identifier for claim in claims}) > 1_000
    assert {"P62805"} <= {claim.identifier.partition(":")[2] for claim in claims}


def test_a_second_build_of_the_same_files_has_the_same_content(
    genome: Release, upstream_folder: Path, tmp_path: Path
) -> None:
    published = releases_folder(tmp_path)
    published.mkdir()
    (published / genome.id).symlink_to(genome.folder.absolute())  # the same content is verified, and kept
    again = build_genome_release(tmp_path, [upstream_folder])
    assert again.content_hash == genome.content_hash
    assert [path.name for path in published.iterdir()] == [genome.id]


def test_the_embedded_genome_is_what_the_source_files_give(genome: Release) -> None:
    assert genome.id == open_packed(EMBEDDED).id


def test_every_accession_that_a_file_states_is_placed_or_accounted_for(
    upstream_folder: Path, database: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    stated = _stated_accessions(upstream_folder)
    placed = set(database.execute("SELECT prefix, accession FROM identifier"))
    retired = {tuple(row[0].split(":", 1)) for row in database.execute("SELECT retired FROM retirement")}
    unplaced = set(database.execute("SELECT prefix, accession FROM unplaced"))
    lost = {one for one in stated - placed - retired - unplaced if not re.match(ASSEMBLY_SEQUENCES, one[1])}
    with capsys.disabled():
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        sys.stdout.write(
            f"\n{len(stated):,} accessions stated, {len(lost):,} on no gene; peak memory {memory:.2f} GB\n"
        )
    # Lost are CCDS ids and UniProt entries of RefSeq proteins that no gene has, and identifiers of records of Entrez or
    # Ensembl that are no longer in their own files.
    of_proteins = {one for one in lost if one[0] in {"ccds", "uniprot"}}
    assert len(of_proteins) < 550
    assert len(lost - of_proteins) < 200


def test_the_release_holds_what_the_page_on_releases_counts(genome: Release) -> None:
    counts = genome.manifest["counts"]["identifiers"]
    rows = COVERAGE.findall(RELEASES.read_text(encoding="utf-8"))
    assert len(rows) == 20
    short = []
    for label, species, at_hand, documented in rows:
        number = sum(by.get(species, 0) for row, by in counts.items() if row == label or row.split()[0] == label)
        page = int(documented.replace(",", ""))
        # A little more is a better release, much more a page that has been forgotten; less is never right.
        if not page <= number <= 1.02 * page or number > int(at_hand.replace(",", "")):
            short.append((label, species, documented, number))
    assert short == []


def test_what_is_missing_is_accounted_for_to_the_last_identifier() -> None:
    causes = re.compile(r"(?:^|; )([0-9,]+)(?= )")
    for line in RELEASES.read_text(encoding="utf-8").splitlines():
        row = COVERAGE.match(line)
        if row is None:
            continue
        at_hand, documented = (int(number.replace(",", "")) for number in row.groups()[2:])
        why = line.split("|")[5].strip()
        numbers = [int(number.replace(",", "")) for number in causes.findall(why)]
        # Without a number of its own the one cause is that of all.
        assert sum(numbers) == (at_hand - documented if numbers else 0), line


def test_a_file_from_a_folder_is_said_not_to_be_compared_with_the_upstream_s(genome: Release) -> None:
    sources = genome.manifest["sources"]
    assert {source["note"] for source in sources if source["key"] in BY_KEY} == {NOT_FETCHED}


def test_a_whole_featured_gtf_of_ensembl_is_read_to_the_last_protein(upstream_folder: Path) -> None:
    path = upstream_folder / "samples" / "chr7-only.Mus_musculus.GRCm39.113.gtf.gz"
    facts = read_upstream_file(BY_KEY["ensembl.annotation.mouse"], path, {})
    stated = facts.frame("identifiers").select("accession", "version").unique().collect()
    kinds = dict(stated["accession"].str.slice(0, 7).value_counts().iter_rows())
    assert kinds == {"ENSMUSG": 5_935, "ENSMUST": 19_738, "ENSMUSP": 6_364}
    assert stated["version"].null_count() == 0
    genes = facts.frame("genes").collect()
    assert genes.height == 5_935
    assert genes.select("chromosome", "start", "end", "strand", "gene_type").null_count().sum_horizontal().item() == 0
    assert facts.frame("products").collect().height == 6_364


def _stated_accessions(folder: Path) -> set[tuple[str, str]]:
    found = find_upstream_files([folder], FILES)
    facts = Facts()
    for key, path in found.items():
        facts.extend(read_upstream_file(BY_KEY[key], path, found))
    rows = facts.frame("identifiers").select("prefix", "accession").unique().collect()
    return set(rows.iter_rows())
