"""Types of live sources: hosts and their rates, requests, replies, and the steps by which a source is queried.

A source defines which identifiers it can be queried about, in which batches, and what a reply means. It sends nothing:
`resolver.live` does, and uses only the types of this module.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from ...errors import SourceChanged
from ...genes.verdicts import Finding, Obstacle, TrackedIdentifier, UpstreamEvidence, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

SAMPLE_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate limit of a host: calls a second on average, `burst` at once, and quotas; None: no quota.

    It is below the published limit: calls that leave evenly spaced do not arrive so, and a host refuses one too many
    within a second. At 2.3 of 3 a second a call may arrive 0.3 seconds late.
    """

    per_second: float
    burst: int = 1
    concurrency: int = 2
    per_hour: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """A host of a source database; `key_setting` names the setting of its key.

    `key_in` is where the key goes: `form:api_key` (the form of a POST) or `header:ApiKey`; never into an address.
    """

    name: str
    url: str
    rate: Rate
    rate_with_key: Rate | None = None
    key_setting: str | None = None
    key_in: str | None = None
    sends_contact: bool = False  # `tool` and `email` are sent along


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a host, without the key; `path` follows the base address.

    `accept` is the one media type that the route serves: UniProt refuses a list of them, or weights.
    """

    host: Host
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    body: Any = None  # sent as JSON
    accept: str = "application/json"

    @property
    def method(self) -> str:
        """POST where something is sent, else GET."""
        return "GET" if self.form is None and self.body is None else "POST"


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of a host; `url` contains no key, header names are lower case, `seen_at` is UTC."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seen_at: datetime

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class BatchRefused(Exception):
    """A source refused a whole batch, which a single bad id can cause."""


# Statuses of a server that does not serve a request in this form, though it may serve another one.
OTHER_FORM_STATUSES = frozenset({405, 406, 415, 500})


class FormRefused(Exception):
    """A server does not serve a request in this form; `status` is one of `OTHER_FORM_STATUSES`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Item(NamedTuple):
    """An identifier to query; `query_id` is what a request contains for it.

    `is_successor` marks a successor of another identifier: it is queried to learn whether it is current.
    """

    tracked: TrackedIdentifier
    query_id: str
    is_successor: bool = False


class StepResult(NamedTuple):
    """The result of a batch: findings, and items for further steps, by the number of the step."""

    findings: list[Finding]
    onward: Sequence[tuple[int, Item]] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of call: its batch size, its request, and how its replies are read.

    `fallback` is the number of the step that does the same by another form of request, for a server that refuses this
    one (`FormRefused`). `lane` separates items that cannot go into one call. `inspect` validates each reply: it raises
    SourceBusy, SourceUnreachable, SourceRefused, SourceChanged, or BatchRefused. `next_page` returns the request of the
    next page, or None; `read` gets all pages. `most` limits the calls of a step in one check; calls about successors do
    not count.
    """

    batch: int
    request: Callable[[Sequence[str]], Request]
    read: Callable[[Sequence[Reply], Sequence[Item]], StepResult]
    inspect: Callable[[Reply], None]
    lane: Callable[[Item], str] = lambda _: ""
    next_page: Callable[[Reply], Request | None] = lambda _: None
    most: int | None = None
    fallback: int | None = None


class SourceRelease(NamedTuple):
    """The release of a source: its name as the source reports it (`2026_04`, `116`), and its date if it reports one.

    `date` is ISO 8601, a day (`2026-10-14`) or a month (`2026-04`).
    """

    name: str
    date: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseQuery:
    """How to query the release of a source; `read` returns None if the reply contains none.

    `settles` is True if nothing can change within a release: the source is then not checked again.
    """

    request: Request
    read: Callable[[Reply], SourceRelease | None]
    settles: bool = False


class ListReader(Protocol):
    """Read a published list line by line, and keep its statements on the wanted identifiers only."""

    def feed(self, line: str) -> None:
        """Take one more line; raises SourceChanged if the list has another layout."""
        ...

    def findings(self, reply: Reply) -> list[Finding]:
        """Return findings on the identifiers that the list mentions, after its last line."""
        ...


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A file that lists what became of many identifiers: one call for all."""

    name: str
    request: Request
    open: Callable[[Sequence[TrackedIdentifier]], ListReader]


@dataclass(frozen=True, slots=True)
class Expectation:
    """A known fact about a source: the expected result of a query for `curie`.

    `curie` may have a version (`refseq:NM_003002.2`). Without a verdict the identifier was never issued, and the source
    must not know it. Empty `successors` are not compared. `published_list` names the list that contains the fact;
    without it the calls return it. `taxon` is the species of an identifier that does not show it (symbols).
    """

    curie: str
    verdict: Verdict | None = None
    successors: tuple[str, ...] = ()
    published_list: str | None = None
    taxon: int | None = None


@dataclass(frozen=True, slots=True)
class LiveSource:
    """A source database that can be queried whether identifiers are still current.

    `query_id_of` returns what a request contains for an identifier, or None if the source does not cover it.
    `steps_with_key` replace `steps` if a key is set. From `list_from` identifiers on, the lists are read first, and the
    steps get what the lists do not mention. For fewer, the `list_of_unknown` is read for what the steps do not find.
    `hosts` are all hosts that its requests go to. `release` queries its current release. `probe` lists the facts by
    which its contract is verified.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]
    query_id_of: Callable[[TrackedIdentifier], str | None]
    steps: tuple[Step, ...]
    steps_with_key: tuple[Step, ...] | None = None
    key_host: Host | None = None
    lists: tuple[PublishedList, ...] = ()
    list_from: int | None = None
    list_of_unknown: str | None = None
    hosts: tuple[Host, ...] = ()
    release: ReleaseQuery | None = None
    probe: tuple[Expectation, ...] = ()

    @property
    def settles(self) -> bool:
        """Whether nothing can change within a release of the source."""
        return self.release is not None and self.release.settles


# --- Species -----------------------------------------------------------------------------------------------------

# The evidence field with the NCBI taxonomy id of a record.
TAXID = "taxid"


def taxid_field(taxon: object) -> dict[str, str]:
    """Return the evidence field of a taxonomy id (`9606`, `"9606"`, `"NCBITaxon:9606"`); empty if there is none."""
    number = str(taxon).strip().removeprefix("NCBITaxon:")
    return {TAXID: number} if number.isdigit() else {}


def taxon_of(finding: Finding) -> int | None:
    """Return the taxonomy id that the source reports for the record of a finding; None if it reports none."""
    reported = None if finding.evidence is None else finding.evidence.fields.get(TAXID)
    return int(reported) if reported is not None and reported.isdigit() else None


# --- Findings ---------------------------------------------------------------------------------------------------


def found(
    tracked: TrackedIdentifier,
    verdict: Verdict,
    reply: Reply,
    fields: Mapping[str, object],
    *,
    successors: Sequence[str] = (),
    release: str | None = None,
    note: str | None = None,
) -> Finding:
    """Return a verdict with its evidence."""
    shown = {name: str(value)[:200] for name, value in fields.items()}
    evidence = UpstreamEvidence(reply.url, release, shown, reply.seen_at)
    return Finding(tracked, verdict, tuple(dict.fromkeys(successors)), evidence, None, note)


def not_checked(tracked: TrackedIdentifier, obstacle: Obstacle, note: str | None = None) -> Finding:
    """Return the finding that an identifier was not checked, and why."""
    return Finding(tracked, Verdict.NOT_CHECKED, obstacle=obstacle, note=None if note is None else note[:300])


def compare_version(
    tracked: TrackedIdentifier,
    latest: int,
    reply: Reply,
    fields: Mapping[str, object],
    **more: Any,  # noqa: ANN401  (what `found` takes)
) -> Finding:
    """Return the verdict on a current identifier by its version; one without a version is current."""
    version = tracked.identifier.version
    if version is None or version == latest:
        return found(tracked, Verdict.CURRENT, reply, fields, **more)
    if version < latest:
        successor = f"{tracked.identifier.curie}.{latest}"
        return found(tracked, Verdict.VERSION_BEHIND, reply, fields, successors=(successor,), **more)
    note = f"the release contains version {version}; the latest in the source database is {latest}"
    return not_checked(tracked, Obstacle.NOT_KNOWN_UPSTREAM, note)


def names_other_gene(tracked: TrackedIdentifier, reported: Mapping[str, Sequence[str]]) -> bool:
    """Return whether a source database assigns an identifier to another gene than the release does.

    This needs a namespace in which both name the gene, and no such namespace in which they agree: the identifiers of a
    gene change one by one.
    """
    known = tracked.gene_ids or {}
    comparable = [prefix for prefix, ids in reported.items() if ids and known.get(prefix)]
    return bool(comparable) and not any(known[prefix] & set(reported[prefix]) for prefix in comparable)


def name_genes(reported: Mapping[str, Sequence[str]]) -> str:
    """Return the genes that a source database reports, as CURIEs."""
    return " ".join(f"{prefix}:{one}" for prefix, ids in reported.items() for one in ids)


# --- Payloads ---------------------------------------------------------------------------------------------------

_Shape = TypeVar("_Shape", bound=BaseModel)


def read_json(reply: Reply, source: str) -> Any:  # noqa: ANN401  (any JSON value)
    """Return the body's JSON; a raw newline within a string is accepted. Raises SourceChanged."""
    try:
        return json.loads(reply.body, strict=False)
    except (ValueError, RecursionError) as error:
        raise changed(source, "it is not JSON", reply) from error


def read_shape(shape: type[_Shape], payload: object, reply: Reply, source: str) -> _Shape:
    """Return the payload as a model; raises SourceChanged if it does not have that shape."""
    try:
        return shape.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise changed(source, f"{where or 'the whole'}: {first['msg']}", reply) from error


def changed(source: str, what: str, reply: Reply) -> SourceChanged:
    """Return the error of a reply with an unknown shape, with the beginning of the reply as a sample."""
    return SourceChanged(
        f"the reply of {reply.url} was not understood: {what}",
        source=source,
        hint="The sample shows how it begins. If the replies have changed, adapt the reader in resolver/sources/live.",
        sample=f"HTTP {reply.status} {reply.headers.get('content-type', '')}\n{reply.text[:SAMPLE_CHARACTERS]}",
    )


def split_by_query_id(items: Sequence[Item]) -> dict[str, list[Item]]:
    """Return the items of each query id."""
    split: dict[str, list[Item]] = {}
    for item in items:
        split.setdefault(item.query_id, []).append(item)
    return split
