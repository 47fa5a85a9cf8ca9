"""A second release beside the starter, which says something else of a few genes."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import orjson

from resolver.store.release import get_current_release, releases_folder

EARLIER = "earlier-1"


def copy_with_earlier_release(data_dir: Path, folder: Path) -> Path:
    """Return a copy of the data folder with one more release, built before the live one.

    There IL7 was called IL7OLD, had a UniProt accession more and an OMIM number less, and P13232 was not known.
    """
    shutil.copytree(data_dir, folder)
    live = get_current_release(folder)
    home = releases_folder(folder) / EARLIER
    shutil.copytree(live.folder, home)
    manifest = live.manifest | {"id": EARLIER, "title": "an earlier release", "built_at": "2020-01-01T00:00:00+00:00"}
    (home / "manifest.json").write_bytes(orjson.dumps(manifest))
    connection = sqlite3.connect(home / "reference.db")
    with connection:
        gene_id, document = connection.execute(
            "SELECT id, document FROM gene JOIN gene_document USING (id) WHERE curie = 'hgnc:6023'"
        ).fetchone()
        connection.execute("UPDATE gene SET symbol = 'IL7OLD' WHERE id = ?", (gene_id,))
        connection.execute("UPDATE gene_document SET document = ? WHERE id = ?", (_changed(document), gene_id))
        connection.execute("DELETE FROM identifier WHERE accession = 'P13232'")
    connection.close()
    return folder


def _changed(document: bytes) -> bytes:
    gene: dict[str, Any] = orjson.loads(document)
    gene["symbol"] = "IL7OLD"
    gene["xrefs"]["uniprot"].append(gene["xrefs"]["uniprot"][0] | {"identifier": "A0A000", "curie": "uniprot:A0A000"})
    gene["xrefs"]["omim"] = []
    return orjson.dumps(gene)
