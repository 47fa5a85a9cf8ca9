"""How fast one query is answered, beside the floor (a bare SQLite probe) and what an ORM session costs.

python -m benchmarks.lookup
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from pathlib import Path

import sqlalchemy
from sqlmodel import Session, create_engine, select

from benchmarks.rounds import measure, show
from resolver.app.resolver import LocalResolver
from resolver.identifiers.namespaces import NUMBERED
from resolver.resolve.encode import encode_answer
from resolver.store.reference_tables import Gene, Identifier

QUERIES = 10_000


def main() -> None:
    """Unpack the embedded genome in a folder of its own and measure on it."""
    with tempfile.TemporaryDirectory() as folder:
        resolver = LocalResolver(Path(folder))
        database = resolver.reader.release.database
        connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
        connection.execute("PRAGMA mmap_size=1073741824")
        rows = connection.execute(
            "SELECT prefix, accession FROM identifier WHERE assignment_rank = 0 AND relation <> 'phenotype'"
        ).fetchall()
        queried = random.Random(7).sample(rows, QUERIES)  # noqa: S311  (a sample, not a secret)
        # As people write them: a number with its prefix, anything else without.
        texts = [f"{prefix}:{accession}" if prefix in NUMBERED else accession for prefix, accession in queried]
        engine = create_engine(f"sqlite:///file:{database}?mode=ro&immutable=1&uri=true")

        def floor() -> int:
            for _ in queried:
                connection.execute("SELECT 1").fetchone()
            return len(queried)

        def probe() -> int:
            for prefix, accession in queried:
                (gene_id,) = connection.execute(
                    "SELECT gene_id FROM identifier WHERE accession = ? AND prefix = ?", (accession, prefix)
                ).fetchone()
                connection.execute("SELECT document FROM gene_document WHERE id = ?", (gene_id,)).fetchone()
            return len(queried)

        def resolve() -> int:
            for text in texts:
                resolver.resolve(text)
            return len(texts)

        def resolve_many() -> int:
            for _ in resolver.resolve_many(texts):
                pass
            return len(texts)

        def resolve_to_json() -> int:
            for text in texts:
                encode_answer(resolver.resolve(text))
            return len(texts)

        def session() -> int:
            for prefix, accession in queried[:200]:
                with Session(engine) as opened:
                    found = opened.exec(
                        select(Identifier).where(Identifier.accession == accession, Identifier.prefix == prefix)
                    ).first()
                    assert found is not None
                    opened.get(Gene, found.gene_id)
            return 200

        probe_name = "probe of identifier and document, nothing else"
        ways = {
            "SELECT 1": floor,
            probe_name: probe,
            "Resolver.resolve": resolve,
            "Resolver.resolve_many": resolve_many,
            "Resolver.resolve and its JSON": resolve_to_json,
            "SQLModel session for each query (gene alone)": session,
        }
        print(f"SQLite {sqlite3.sqlite_version}, SQLAlchemy {sqlalchemy.__version__}, {QUERIES:,} mixed identifiers")
        show("One query at a time, one core", measure(ways), "queries", probe_name)
        connection.close()
        engine.dispose()


if __name__ == "__main__":
    main()
