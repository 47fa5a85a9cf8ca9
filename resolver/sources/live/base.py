"""The words of live sources: hosts and their rates, requests, replies, and the steps by which a source is asked.

A source states which identifiers it can be asked about, in how large batches, and what an answer means. It never asks:
`resolver.live` does, and is given nothing but what stands here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from ...errors import SourceChanged
from ...genes.verdicts import Finding, Held, Obstacle, UpstreamEvidence, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

SAMPLE_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a host may be asked: so many calls a second on average, `burst` at once, and quotas; None: no quota.

    Below what the upstream publishes: calls that leave evenly spaced do not arrive so, and one too many within a second
    is refused. At 2.5 of 3 a second a call may come a fifth of a second late.
    """

    per_second: float
    burst: int = 1
    concurrency: int = 2
    per_hour: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """A host of an upstream; `setting` names its base address, `key_setting` its key.

    The key goes where `key_in` says: `form:api_key` (the form of a POST) or `header:ApiKey`; never into an address.
    """

    name: str
    url: str
    rate: Rate
    rate_with_key: Rate | None = None
    key_setting: str | None = None
    key_in: str | None = None
    states_contact: bool = False  # `tool` and `email` are sent along


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
    """What a host answered; `url` is fit to be shown (no key), header names are lower case, `seen_at` is UTC."""

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
    """An upstream refused a batch as a whole, which one bad id in it can bring about."""


# Statuses of a server that does not serve a request in this form, though it may serve another one.
OTHER_FORM_STATUSES = frozenset({405, 406, 415, 500})


class FormRefused(Exception):
    """A server does not serve a request in this form; `status` is one of `OTHER_FORM_STATUSES`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Item(NamedTuple):
    """An identifier on its way; `asked` is what a request contains for it.

    `is_successor` marks one that another identifier was replaced by: it is queried to learn whether it is alive.
    """

    held: Held
    asked: str
    is_successor: bool = False


class Reading(NamedTuple):
    """What a batch's answer tells: findings, and what is to be asked on, by the number of the step."""

    findings: list[Finding]
    onward: Sequence[tuple[int, Item]] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of call: how many ids it takes, how it is asked and read.

    `fallback` is the number of the step that does the same by another form of request: it is used where the server
    refuses this one (`FormRefused`). `lane` parts items that cannot go into one call. `inspect` looks at each reply
    before it counts as one: it raises SourceBusy, SourceUnreachable, SourceRefused, SourceChanged, or BatchRefused.
    `next_page` gives the request of the next page, where there is one; `read` gets all pages. `most` bounds the calls
    of a step in one check; calls about successors do not count.
    """

    batch: int
    ask: Callable[[Sequence[str]], Request]
    read: Callable[[Sequence[Reply], Sequence[Item]], Reading]
    inspect: Callable[[Reply], None]
    lane: Callable[[Item], str] = lambda _: ""
    next_page: Callable[[Reply], Request | None] = lambda _: None
    most: int | None = None
    fallback: int | None = None


class SourceRelease(NamedTuple):
    """The release of a source: its name as the source states it (`2026_04`, `116`), and its date where it states one.

    `date` is ISO 8601, a day (`2026-10-14`) or a month (`2026-04`).
    """

    name: str
    date: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseQuery:
    """How to query the release of a source; `read` returns None where the reply states none.

    `settles` is True where nothing can have changed while the release is the same: such a source is not checked again.
    """

    request: Request
    read: Callable[[Reply], SourceRelease | None]
    settles: bool = False


class ListReader(Protocol):
    """Reads a published list line by line, keeping what is said of the wanted identifiers alone."""

    def feed(self, line: str) -> None:
        """Take one more line; raises SourceChanged where the list has another layout."""
        ...

    def tell(self, reply: Reply) -> list[Finding]:
        """Return findings on those identifiers that the list says something of, once it was read to its end."""
        ...


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A file that says of many identifiers what became of them: one call for all."""

    name: str
    request: Request
    open: Callable[[Sequence[Held]], ListReader]


@dataclass(frozen=True, slots=True)
class Expectation:
    """A fact about a source that is known for sure: what a query for `curie` has to result in.

    `curie` may have a version (`refseq:NM_003002.2`). Without a verdict the identifier was never issued, and the source
    must not know it. Empty `successors` are not compared. `published_list` names the list that states the fact; without
    it the calls do. `taxon` is the species where the identifier alone does not say it (symbols).
    """

    curie: str
    verdict: Verdict | None = None
    successors: tuple[str, ...] = ()
    published_list: str | None = None
    taxon: int | None = None


@dataclass(frozen=True, slots=True)
class LiveSource:
    """An upstream that can be asked whether identifiers are still true.

    `takes` tells what to ask for an identifier, None where it cannot be asked about. `steps` are by whether a key is
    set. From `list_from` identifiers on, the lists are read first, and the steps get what the lists do not mention. For
    fewer, the `list_of_unknown` is read for what the steps do not find. `hosts` are all hosts that its requests go to.
    `release` queries its current release. `probe` lists the facts by which its contract is verified.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]
    takes: Callable[[Held], str | None]
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
        """Whether nothing can have changed while the release of the source is the same."""
        return self.release is not None and self.release.settles


# --- Species -----------------------------------------------------------------------------------------------------

# The evidence field with the NCBI taxonomy id that a source states for a record.
TAXID = "taxid"


def taxid_field(taxon: object) -> dict[str, str]:
    """Return the evidence field of a taxonomy id (`9606`, `"9606"`, `"NCBITaxon:9606"`); empty where there is none."""
    number = str(taxon).strip().removeprefix("NCBITaxon:")
    return {TAXID: number} if number.isdigit() else {}


def taxon_of(finding: Finding) -> int | None:
    """Return the taxonomy id that the source states for the record of a finding; None where it states none."""
    stated = None if finding.evidence is None else finding.evidence.fields.get(TAXID)
    return int(stated) if stated is not None and stated.isdigit() else None


# --- Findings ---------------------------------------------------------------------------------------------------


def found(
    held: Held,
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
    return Finding(held, verdict, tuple(dict.fromkeys(successors)), evidence, None, note)


def not_checked(held: Held, obstacle: Obstacle, note: str | None = None) -> Finding:
    """Return that an identifier was not checked, and why."""
    return Finding(held, Verdict.NOT_CHECKED, obstacle=obstacle, note=None if note is None else note[:300])


def compare_version(held: Held, latest: int, reply: Reply, fields: Mapping[str, object], **more: Any) -> Finding:  # noqa: ANN401  (what `found` takes)
    """Return the verdict on a living identifier by the version that is held; one without a version is current."""
    version = held.identifier.version
    if version is None or version == latest:
        return found(held, Verdict.CURRENT, reply, fields, **more)
    if version < latest:
        successor = f"{held.identifier.curie}.{latest}"
        return found(held, Verdict.VERSION_BEHIND, reply, fields, successors=(successor,), **more)
    note = f"version {version} is held, and {latest} is the latest that the upstream knows"
    return not_checked(held, Obstacle.NOT_KNOWN_UPSTREAM, note)


def names_other_gene(held: Held, stated: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether an upstream places an identifier on another gene than we do.

    Only where it names the gene in a namespace that we know the gene in, and agrees in none of these: a gene's
    identifiers change one by one.
    """
    known = held.gene_ids or {}
    comparable = [prefix for prefix, ids in stated.items() if ids and known.get(prefix)]
    return bool(comparable) and not any(known[prefix] & set(stated[prefix]) for prefix in comparable)


def name_genes(stated: Mapping[str, Sequence[str]]) -> str:
    """Return the genes that an upstream states, as CURIEs."""
    return " ".join(f"{prefix}:{one}" for prefix, ids in stated.items() for one in ids)


# --- Payloads ---------------------------------------------------------------------------------------------------

_Shape = TypeVar("_Shape", bound=BaseModel)


def read_json(reply: Reply, source: str) -> Any:  # noqa: ANN401  (whatever JSON holds)
    """Return the body's JSON; a raw newline within a string is taken. Raises SourceChanged."""
    try:
        return json.loads(reply.body, strict=False)
    except (ValueError, RecursionError) as error:
        raise changed(source, "it is not JSON", reply) from error


def read_shape(shape: type[_Shape], payload: object, reply: Reply, source: str) -> _Shape:
    """Return the payload as a model; raises SourceChanged where it does not have that shape."""
    try:
        return shape.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise changed(source, f"{where or 'the whole'}: {first['msg']}", reply) from error


def changed(source: str, what: str, reply: Reply) -> SourceChanged:
    """Return the error of an answer without the shape that we know, with the beginning of the answer as a sample."""
    return SourceChanged(
        f"an answer of {reply.url} was not understood: {what}",
        source=source,
        hint="The sample shows how it begins. If the upstream has changed, its reader has to follow.",
        sample=f"HTTP {reply.status} {reply.headers.get('content-type', '')}\n{reply.text[:SAMPLE_CHARACTERS]}",
    )


def split_by_asked(items: Sequence[Item]) -> dict[str, list[Item]]:
    """Return the items of each text that was asked."""
    split: dict[str, list[Item]] = {}
    for item in items:
        split.setdefault(item.asked, []).append(item)
    return split
