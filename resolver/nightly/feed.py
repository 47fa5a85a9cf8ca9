"""Render the news of the marks as an Atom feed (RFC 4287)."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

from .marks import describe_moment, describe_news

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..store.ledger_reader import LedgerReader

ATOM = "application/atom+xml"
_ID = "urn:gene-xref-resolver:stale"
_DAYS = 30
_MOST = 500
# Characters that XML 1.0 does not allow, even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TITLES = {
    "set": "is marked", "changed": "has a new verdict", "lifted": "is current again",
    "held_back": "awaits confirmation",
}  # fmt: skip


class Feed(NamedTuple):
    """A feed, with the values of its headers `etag` and `last_modified`."""

    body: bytes
    etag: str
    last_modified: str
    updated: datetime


def read_feed(reader: LedgerReader, base: str, *, now: int) -> Feed:
    """Return the feed of the events of the last 30 days, at most the newest 500; `base` is the service's address."""
    news = [describe_news(row) for row in reader.list_news(since=now - _DAYS * 86_400, limit=_MOST)]
    runs = reader.list_runs(1)
    newest = describe_moment(runs[0]["started_at"] if runs else 0)
    updated = datetime.fromisoformat(news[0]["at"] if news else str(newest))
    body = _render(news, base, updated)
    # Strong: two feeds with the same tag are equal byte by byte, whatever address they were requested from.
    return Feed(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', format_datetime(updated, usegmt=True), updated)


def is_unchanged(feed: Feed, headers: Mapping[str, str]) -> bool:
    """Return whether a client already has this feed; if it sends both conditions, the tag decides (RFC 9110)."""
    tags = headers.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in known or feed.etag in known
    try:
        return feed.updated <= parsedate_to_datetime(headers.get("if-modified-since", ""))
    except (TypeError, ValueError):
        return False


def _render(news: list[dict[str, Any]], base: str, updated: datetime) -> bytes:
    feed = ElementTree.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    _add(feed, "id", _ID)
    _add(feed, "title", "Stale gene identifiers")
    _add(feed, "updated", updated.isoformat())
    _add(ElementTree.SubElement(feed, "author"), "name", "Gene Xref Resolver")
    ElementTree.SubElement(feed, "link", {"rel": "self", "type": ATOM, "href": f"{base}/stale/feed"})
    ElementTree.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": f"{base}/stale/report"})
    for one in news:
        _add_entry(feed, one, base)
    body: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _add_entry(feed: ElementTree.Element, one: dict[str, Any], base: str) -> None:
    entry = ElementTree.SubElement(feed, "entry")
    _add(entry, "id", f"{_ID}:event:{one['id']}")
    named = f"{one['curie']} ({one['symbol']})" if one["symbol"] else one["curie"]
    verdict = one["verdict"].replace("_", " ")
    successors = ", ".join(one["successors"])
    end = "" if one["event"] == "lifted" else f": {verdict}{f', use {successors}' if successors else ''}"
    _add(entry, "title", f"{named} {_TITLES[one['event']]}{end}")
    _add(entry, "updated", one["at"])
    detail = f"{base}/stale/{one['curie']}"
    ElementTree.SubElement(entry, "link", {"rel": "alternate", "href": one["page"] or detail})
    ElementTree.SubElement(entry, "link", {"rel": "related", "type": "application/json", "href": detail})
    ElementTree.SubElement(entry, "category", {"term": one["event"]})
    about = [f"Reported by {one['source']} in run {one['run_id']}."]
    about += [f"{one['species'].capitalize()}."] if one["species"] else []
    about += [f"{one['reason'][0].upper()}{one['reason'][1:]}."] if one["reason"] else []
    _add(entry, "summary", " ".join(about))


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _NOT_XML.sub(" ", text)
