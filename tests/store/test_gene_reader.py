"""The read path, on the embedded genome."""

from __future__ import annotations

import os
import sqlite3
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from resolver.errors import ReleaseCorrupt
from resolver.resolve.resolver import Resolver
from resolver.store import gene_reader
from resolver.store.gene_reader import GeneReader


@pytest.fixture(scope="module")
def reader(resolver: Resolver) -> GeneReader:
    return resolver.reader


def test_a_look_up_descends_one_key_and_scans_nothing(reader: GeneReader) -> None:
    connection = sqlite3.connect(f"file:{reader.release.database}?mode=ro", uri=True)
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT gene_id FROM identifier WHERE accession = ? AND prefix = ?", ("P13232", "uniprot")
    ).fetchall()
    names = connection.execute("EXPLAIN QUERY PLAN SELECT gene_id FROM name WHERE folded = ?", ("il7",)).fetchall()
    connection.close()
    assert "SEARCH identifier USING PRIMARY KEY (accession=? AND prefix=?)" in plan[0][3]
    assert "SEARCH name USING PRIMARY KEY (folded=?)" in names[0][3]


def test_a_nul_does_not_end_a_name(reader: GeneReader) -> None:
    assert reader.find_names_of(["il7\0x", "il7"]) == {"il7": reader.find_names("il7")}
    assert reader.find_retired_names_of(["p\0x"]) == {"p\0x": []}


def test_the_release_cannot_be_written(reader: GeneReader) -> None:
    with pytest.raises(ReleaseCorrupt, match="readonly"):
        reader._execute("DELETE FROM gene", ())


def test_threads_read_side_by_side(reader: GeneReader) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: reader.find_placements("uniprot", "P13232"), range(400)))
    assert all(placements == found[0] and placements for placements in found)


def test_the_evidence_of_an_identifier_is_part_of_that_of_its_gene(reader: GeneReader) -> None:
    gene_id = reader.find_placements("uniprot", "P13232")[0].gene.id
    for record in reader.find_evidence(gene_id):
        assert reader.find_identifier_evidence(record.curie, gene_id) == record.sources
    assert reader.find_identifier_evidence("uniprot:P10168", gene_id) == ()


def test_an_unknown_gene_number_is_corruption(reader: GeneReader) -> None:
    with pytest.raises(ReleaseCorrupt, match="10000000"):
        reader.get_gene(10_000_000)


def test_sources_carry_version_date_and_licence(reader: GeneReader) -> None:
    sources = {str(source["key"]): source for source in reader.list_sources()}
    assert sources["hgnc.complete_set"]["license"] == "CC0 1.0"
    assert all(source["upstream_date"] for key, source in sources.items() if not key.startswith("curated"))
    assert all(source["statements"] for source in sources.values())


def test_a_forked_process_closes_no_connection_of_another_thread(reader: GeneReader) -> None:
    with ThreadPoolExecutor(1) as other, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of threads and forks
        other.submit(reader.find_placements, "uniprot", "P13232").result()
        child = os.fork()
        if child == 0:
            os._exit(0 if gene_reader._LEFT_OPEN else 1)
        assert os.waitpid(child, 0)[1] == 0
