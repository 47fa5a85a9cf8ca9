"""How a server refuses a request. Each API has its own dialect; the default is a server of plain files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.upstreams.exchange import HTML, Played, Request, as_text


def _page(title: str, status: int, **headers: str) -> Played:
    page = f"<html><head><title>{status} {title}</title></head><body><h1>{title}</h1></body></html>"
    return as_text(page, status, HTML, headers=headers)


def accepted_types(header: str) -> list[str]:
    """Return the media types of an Accept header, the preferred one first; those with q=0 are left out."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        name, *options = (piece.strip() for piece in part.split(";"))
        weights = [option.partition("=")[2] for option in options if option.lower().startswith("q=")]
        weight = float(weights[0]) if weights else 1.0
        if name and weight:
            ranked.append((-weight, place, name.lower()))
    return [name for _, _, name in sorted(ranked)]


def is_acceptable(header: str, produces: Iterable[str]) -> bool:
    """Return whether one of the types may be sent, by the rules of HTTP with wildcards."""
    wanted = accepted_types(header or "*/*")
    return any(
        name in {"*/*", one, f"{one.partition('/')[0]}/*"}
        for one in produces
        for name in wanted
    )  # fmt: skip


class Dialect:
    """The refusals of a server of plain files; an API overrides what it does otherwise.

    Each check returns the refusal, or None where the server goes on.
    """

    def check_length(self, request: Request, longest_line: int, longest_head: int) -> Played | None:
        """Refuse a request line, or a head, of too many bytes."""
        if request.line_bytes > longest_line:
            return _page("Request-URI Too Long", 414)
        if request.head_bytes > longest_head:
            return _page("Request Header Fields Too Large", 431)
        return None

    def check_accept(self, request: Request, produces: Sequence[str]) -> Played | None:
        """Refuse an Accept header; a server of files does not look at it."""
        del request, produces
        return None

    def check_method(self, request: Request, methods: Sequence[str]) -> Played | None:
        """Refuse a method that the path does not serve."""
        if request.method in methods or (request.method == "HEAD" and "GET" in methods):
            return None
        return _page("Method Not Allowed", 405, Allow=", ".join(self.allowed(methods)))

    @staticmethod
    def allowed(methods: Sequence[str]) -> list[str]:
        """Return the methods that the Allow header lists."""
        return sorted({*methods, *(("HEAD",) if "GET" in methods else ())})

    def check_body(self, request: Request, consumes: Sequence[str]) -> Played | None:
        """Refuse a body of a type that is not read."""
        if not consumes or request.content_type in consumes:
            return None
        return _page("Unsupported Media Type", 415)

    def check_parameters(self, request: Request, required: Sequence[str]) -> Played | None:
        """Refuse a request that lacks a parameter."""
        for name in required:
            if not request.parameters.get(name):
                return self.refuse_missing(request, name)
        return None

    def refuse_missing(self, request: Request, name: str) -> Played:
        """Return the refusal of a request without a required parameter."""
        del request
        return as_text(f"Missing parameter: {name}", 400)

    def check_number(self, request: Request, ids: Sequence[str], most: int) -> Played | None:
        """Refuse more ids than a call may name."""
        return self.refuse_number(request, ids, most) if len(ids) > most else None

    def refuse_number(self, request: Request, ids: Sequence[str], most: int) -> Played:
        """Return the refusal of too many ids."""
        del request
        return as_text(f"At most {most} identifiers a request", 400, ids=ids)
