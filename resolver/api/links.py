"""`Link` headers (RFC 8288) of answers: the canonical address, other formats, and descriptions of service and data."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..genes.ranking import MatchKind

if TYPE_CHECKING:
    from fastapi import Request

    from ..resolve.answer import Answer

_SSSOM = 'type="text/tab-separated-values"; title="SSSOM"'


def link_answer(request: Request, answer: Answer) -> str:
    """Return the links of an answer of `/resolve`; canonical is the address of the identifier that was matched."""
    base = _base_of(request)
    own = f"{base}/resolve/{_segment(answer.query)}"
    links = f'<{own}>; rel="alternate"; type="text/html", <{own}?format=sssom>; rel="alternate"; {_SSSOM}, '
    matched = answer.genes[0].matched_as if answer.genes else None
    if matched is not None and matched.kind is MatchKind.IDENTIFIER:
        links = f'<{base}/resolve/{_segment(matched.value)}>; rel="canonical", {links}'
    if len(answer.genes) == 1:
        links += f'<{base}/gene/{answer.genes[0].gene.curie}>; rel="about", '
    return links + _describe(base)


def link_gene(request: Request, curie: str) -> str:
    """Return the links of the document of a gene."""
    base = _base_of(request)
    own = f"{base}/gene/{curie}"
    return (
        f'<{own}>; rel="canonical", <{own}>; rel="alternate"; type="text/html", '
        f'<{own}?format=text>; rel="alternate"; type="text/plain", '
        f'<{base}/resolve/{curie}?format=sssom>; rel="alternate"; {_SSSOM}, {_describe(base)}'
    )


def _base_of(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


@lru_cache(maxsize=4096)
def _segment(text: str) -> str:
    return quote(text, safe=":")


@lru_cache(maxsize=16)
def _describe(base: str) -> str:
    """Return the links to the sources and licenses of the data (describedby), and to the API (RFC 8631)."""
    return (
        f'<{base}/about>; rel="describedby", '
        f'<{base}/openapi.json>; rel="service-desc"; type="application/json", '
        f'<{base}/docs>; rel="service-doc"; type="text/html"'
    )
