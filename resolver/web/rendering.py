"""Render templates to responses, and serve the static files that they use.

Everything is read once, when the service starts. A static file has the hash of its content in its address, so that a
browser stores it for good. Pages load nothing from other hosts and have no inline scripts or styles, which the content
security policy enforces.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape
from starlette.responses import Response

from ..app.live import get_source_title
from ..identifiers.namespaces import BY_PREFIX
from ..version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import Scope

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"
_SMALL = 600  # compressing less saves nothing


class Asset(NamedTuple):
    """A static file, its address, and its content as it is sent."""

    path: str
    media_type: str
    content: bytes
    packed: bytes


@cache
def load_assets() -> dict[str, Asset]:
    """Return the static files by name."""
    assets = {}
    for file in files(__package__).joinpath("static").iterdir():
        suffix = f".{file.name.rpartition('.')[2]}"
        if suffix in _TYPES:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:16]
            path = f"/static/{digest}/{file.name}"
            packed = gzip.compress(content, 9, mtime=0)
            assets[file.name] = Asset(path, f"{_TYPES[suffix]}; charset=utf-8", content, packed)
    return assets


def serve_asset(request: Request) -> Response | None:
    """Return a static file; None if there is none at the address, or another version of it."""
    asset = load_assets().get(request.path_params["name"])
    if asset is None or asset.path != f"/static/{request.path_params['digest']}/{request.path_params['name']}":
        return None
    headers = {"cache-control": _FOREVER, "x-content-type-options": "nosniff", "vary": "Accept-Encoding"}
    content = asset.content
    if _takes_gzip(request.scope):
        content, headers["content-encoding"] = asset.packed, "gzip"
    return Response(content, 200, headers, asset.media_type)


@cache
def get_environment() -> jinja2.Environment:
    """Return the environment of all templates."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("resolver.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["segment"] = quote_segment
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["words"] = lambda text: str(text).replace("_", " ")
    environment.filters["source"] = get_source_title
    environment.filters["namespace"] = _name_namespace
    environment.filters["breakable"] = lambda curie: escape(curie).replace(":", Markup(":<wbr>"))
    environment.globals["asset"] = lambda name: load_assets()[name].path
    environment.globals["version"] = __version__
    return environment


@cache
def get_stamp() -> str:
    """Return a text that changes whenever a template or a static file does; for the ETags of pages."""
    digest = hashlib.sha256(__version__.encode())
    for folder in ("templates", "static"):
        for file in sorted(files(__package__).joinpath(folder).iterdir(), key=lambda file: file.name):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def preload() -> None:
    """Read all static files and compile all templates, so that no request waits for it."""
    load_assets()
    get_stamp()
    environment = get_environment()
    for name in environment.list_templates():
        environment.get_template(name)


def quote_segment(text: object) -> str:
    """Return a text as one segment of an address."""
    return quote(str(text), safe=":")


def _name_namespace(counted: str) -> str:
    """Return a namespace and a level, such as `ncbigene gene`, with the title of the namespace."""
    prefix, _, level = counted.partition(" ")
    title = BY_PREFIX[prefix].title.partition(" (")[0] if prefix in BY_PREFIX else prefix
    return title if level == "gene" and title.endswith("Gene") else f"{title} {level}"


def base_of(scope: Scope) -> str:
    """Return the path under which the service is mounted; empty at the root of a host."""
    return str(scope.get("root_path", "")).rstrip("/")


def make_response(
    scope: Scope,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page."""
    page = get_environment().get_template(template).render(base=base_of(scope), **context)
    body = page.encode()
    sent = {**SECURITY_HEADERS, "vary": "Accept, Accept-Encoding", "cache-control": "no-cache", **(headers or {})}
    if len(body) > _SMALL and _takes_gzip(scope):
        body = gzip.compress(body, 5, mtime=0)
        sent["content-encoding"] = "gzip"
    return Response(body, status, sent, "text/html; charset=utf-8")


def _takes_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
