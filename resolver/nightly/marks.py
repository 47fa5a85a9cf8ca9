"""Describe marks for every interface: marks, their history, news of a run, held-back verdicts; and read filters."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import BadOption
from ..genes.verdicts import STALE
from ..identifiers.namespaces import find_history_page
from ..identifiers.species import SPECIES, get_taxon
from ..resolve.options import get_namespaces

if TYPE_CHECKING:
    from collections.abc import Mapping

# Filters by review state: `shown` are all but the dismissed marks, `open` those not reviewed.
REVIEWS = ("shown", "open", "acknowledged", "dismissed", "all")
FILTERS = ("namespace", "species", "verdict", "since", "review")


def describe_mark(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mark, from a row of `LedgerReader.list_stale`.

    `page` is the address of the source database's page about the identifier, `successors` are CURIEs
    that the source database reports as current, moments are ISO 8601 in UTC, `review` is empty before a decision.
    """
    return {
        "curie": row["curie"],
        "version": row["version"],
        "symbol": row["symbol"],
        "species": _name_species(row["taxon"]),
        "verdict": row["verdict"],
        "successors": row["successors"].split(),
        "since": describe_moment(row["since"]),
        "seen_at": describe_moment(row["seen_at"]),
        "source": row["source"],
        "genes": row["genes"].split(),
        "review": row["review"],
        "page": find_history_page(row["curie"], row["version"]),
        "taxon": row["taxon"],
        "upstream_release": row["upstream_release"],
        "evidence": row["evidence"],
        "note": row["note"],
    }


def describe_event(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line of the history of a mark: what happened, when, in which run or by whom, and why."""
    return {
        "event": row["event"],
        "at": describe_moment(row["at"]),
        "run_id": row["run_id"],
        "by": row["by"],
        "verdict": row["verdict"],
        "successors": row["successors"].split(),
        "reason": row["reason"],
    }


def describe_news(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run did to a mark, from a row of `LedgerReader.list_news`."""
    return {
        "id": row["id"],
        "event": row["event"],
        "at": describe_moment(row["at"]),
        "run_id": row["run_id"],
        "curie": row["curie"],
        "symbol": row["symbol"],
        "species": _name_species(row["taxon"]),
        "verdict": row["verdict"],
        "successors": row["successors"].split(),
        "source": row["source"],
        "reason": row["reason"],
        "page": find_history_page(row["curie"], row["version"]),
    }


def describe_held_back(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a verdict that awaits confirmation, from a row of `LedgerReader.list_held_back`."""
    evidence = row["evidence"]
    return {
        "curie": row["curie"],
        "symbol": row["symbol"],
        "species": _name_species(row["taxon"]),
        "verdict": row["verdict"],
        "successors": row["successors"].split(),
        "source": row["source"],
        "checked_at": describe_moment(row["checked_at"]),
        "run_id": row["run_id"],
        "page": find_history_page(row["curie"], row["version"]),
        "evidence": None if evidence is None else json.loads(evidence),
        "note": row["note"],
    }


def _name_species(taxon: int | None) -> str | None:
    return None if taxon is None else SPECIES[taxon].name


def describe_moment(moment: int | None) -> str | None:
    """Return a moment in seconds since 1970 as ISO 8601 in UTC."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


# --- Filters ------------------------------------------------------------------------------------------------------


def read_filters(specified: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the arguments of `LedgerReader.list_stale` for filters as a user specifies them; empty ones are ignored.

    Raises BadOption, UnknownNamespace and UnknownSpecies.
    """
    verdict, review = specified.get("verdict") or None, specified.get("review") or "shown"
    if verdict is not None and verdict not in set(STALE):
        raise BadOption(f"{verdict!r} is not a verdict of a mark", hint=f"Choose one of {', '.join(sorted(STALE))}.")
    if review not in REVIEWS:
        raise BadOption(f"{review!r} is not a review state", hint=f"Choose one of {', '.join(REVIEWS)}.")
    namespace, species, since = (specified.get(name) or None for name in ("namespace", "species", "since"))
    return {
        "prefixes": None if namespace is None else get_namespaces(namespace),
        "taxon": None if species is None else get_taxon(species),
        "verdict": verdict,
        "since": None if since is None else _read_moment(since),
        "review": None if review == "all" else review,
    }


def _read_moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise BadOption(
            f"since: {text[:40]!r} is not a date or time", hint="Write 2026-11-25 or 2026-11-25T02:30Z."
        ) from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
