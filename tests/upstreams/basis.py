"""The table of what each simulated request rests on, for docs/staleness.md."""

from __future__ import annotations

from tests.upstreams.route import Route
from tests.upstreams.server import ROUTES

_SOURCES = {
    "ncbi": "NCBI E-utilities",
    "ncbi_files": "NCBI files",
    "ensembl": "Ensembl REST",
    "uniprot": "UniProt REST",
    "hgnc": "genenames.org REST",
    "hgnc_files": "HGNC files",
    "mgi": "MGI reports",
    "alliance": "Alliance",
    "omim": "OMIM API",
    "omim_files": "OMIM files",
    "mygene": "MyGene.info",
}
_HEADER = ("source", "request", "rules rest on", "payload rests on", "reference", "not verified")


def render_table() -> str:
    """Return the Markdown table: a row for each route, in the order of the routes."""
    rows = [_HEADER, tuple("---" for _ in _HEADER), *(_row(route) for route in ROUTES)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(route: Route) -> tuple[str, ...]:
    basis = route.basis
    path = f"{route.path}…" if route.path.endswith("/") else route.path
    return (
        _SOURCES[route.api],
        f"{' or '.join(route.rules.methods)} `{path}`",
        basis.rules,
        basis.payload,
        f"Rules: {basis.rules_reference}. Payload: {basis.payload_reference}.",
        basis.note or "–",
    )
