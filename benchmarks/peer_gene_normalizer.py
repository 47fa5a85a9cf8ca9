"""Answer lines of standard input with gene-normalizer: symbols, a tab, match type. Run by `benchmarks.compare_peers`.

    python benchmarks/peer_gene_normalizer.py DATABASE_URL < lines
    python benchmarks/peer_gene_normalizer.py DATABASE_URL --load hgnc_complete_set.txt.gz

Any Python that has gene-normalizer[etl,pg] can run it; it imports nothing of this project. The database is an empty one
of PostgreSQL. It is filled by gene-normalizer's own reader of HGNC, from HGNC's table laid out as its JSON. NCBI and
Ensembl are not loaded: their readers need the genome sequences of SeqRepo, which only a download has.
"""

import csv
import gzip
import json
import sys
import tempfile
import time
from importlib import import_module, metadata
from pathlib import Path

LISTS = {"alias_symbol", "prev_symbol", "enzyme_id", "uniprot_ids", "ccds_id", "refseq_accession", "omim_id", "ena"}
LISTS |= {"pubmed_id", "mgd_id", "rgd_id", "cosmic", "mane_select", "lsdb", "alias_name", "prev_name", "gene_group"}


def load(url: str, table: str) -> None:
    """Fill the database from HGNC's table."""
    hgnc = import_module("gene.etl.hgnc").HGNC
    merge = import_module("gene.etl.merge").Merge
    database = import_module("gene.database").create_db(url)
    with gzip.open(table, "rt", encoding="utf-8") as file:
        rows = [
            {name: cell.strip('"') for name, cell in row.items() if cell}
            for row in csv.DictReader(file, dialect="excel-tab")
        ]
    documents = [{name: cell.split("|") if name in LISTS else cell for name, cell in row.items()} for row in rows]
    reader = type("HGNC", (hgnc,), {"get_seqrepo": lambda *_: None})  # its places are bands, not sequences
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hgnc_20260620.json").write_text(
            json.dumps({"response": {"docs": documents}}), encoding="utf-8"
        )
        loaded = reader(database, data_path=Path(folder)).perform_etl(use_existing=True)
    # Answers name the versions of all three sources.
    known = database.get_source_metadata("HGNC")
    schemas = import_module("gene.schemas")
    for name in ("NCBI", "Ensembl"):
        meta = schemas.SourceMeta(**{**known, "version": "not loaded", "data_url": {}})
        database.add_source_metadata(schemas.SourceName(name), meta)
    merge(database).create_merged_concepts(set(loaded))
    print(f"{len(loaded)} of {len(rows)} records loaded")


def answer(url: str, queries: list[str]) -> None:
    """Print what `normalize` answers."""
    begun = time.perf_counter()
    database = import_module("gene.database").create_db(url)
    handler = import_module("gene.query").QueryHandler(database)
    opened = time.perf_counter() - begun
    begun = time.perf_counter()
    answers = [handler.normalize(query) for query in queries]
    taken = time.perf_counter() - begun
    print(f"gene-normalizer {metadata.version('gene-normalizer')}, HGNC 2026-06-20\t{opened:.3f}\t{taken:.6f}")
    for one in answers:
        print(f"{one.gene.name if one.gene else ''}\t{one.match_type.name.lower()}")


if __name__ == "__main__":
    if "--load" in sys.argv:
        load(sys.argv[1], sys.argv[3])
    else:
        answer(sys.argv[1], sys.stdin.read().splitlines())
