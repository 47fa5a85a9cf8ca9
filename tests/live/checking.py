"""A real checker on the simulated source databases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from resolver.genes.verdicts import Finding, TrackedIdentifier
from resolver.identifiers.model import Identifier
from resolver.live.checker import Checker
from resolver.live.client import Access, LiveClient
from resolver.live.kept import KeptVerdicts
from tests.upstreams.server import Upstreams


def tracked(text: str, gene: str | None = None, **gene_ids: str) -> TrackedIdentifier:
    """Return `refseq:NM_000880.4` as it is tracked, with its gene's identifiers by prefix."""
    prefix, _, accession = text.partition(":")
    accession, _, version = accession.partition(".")
    ids = {name: frozenset(listed.split()) for name, listed in gene_ids.items()} or None
    return TrackedIdentifier(Identifier(prefix, accession, int(version) if version else None), gene, ids)


def of_human(text: str, **gene_ids: str) -> TrackedIdentifier:
    """Return an identifier of a human gene as it is tracked."""
    return tracked(text, **gene_ids)._replace(taxon=9606)


def of_mouse(text: str) -> TrackedIdentifier:
    """Return an identifier of a mouse gene as it is tracked."""
    return tracked(text)._replace(taxon=10090)


def access_to(upstreams: Upstreams, **more: Any) -> Access:
    """Return how the simulated source databases are reached; little patience, so that tests are quick."""
    urls = {name.removesuffix("_url"): url for name, url in upstreams.settings.items()}
    given: dict[str, Any] = {
        "urls": urls,
        "contact": "lab@example.org",
        "timeout_s": 5.0,
        "longest_wait_s": 3.0,
        "backoff_s": 0.05,
    } | more
    return Access(**given)


def make_checker(upstreams: Upstreams, *, kept: KeptVerdicts | None = None, **more: Any) -> Checker:
    """Return a checker; `more` are members of its access."""
    return Checker(LiveClient(access_to(upstreams, **more)), kept=kept)


def check(
    upstreams: Upstreams, queried: Iterable[TrackedIdentifier | str], deadline_s: float | None = None, **more: Any
) -> list[Finding]:
    """Return the findings in the order of the queries."""
    listed = [tracked(one) if isinstance(one, str) else one for one in queried]

    async def check() -> list[Finding]:
        async with make_checker(upstreams, **more) as checker:
            return await checker.check_all(listed, deadline_s)

    return asyncio.run(check())


def check_source(upstreams: Upstreams, name: str, queried: Sequence[TrackedIdentifier], **more: Any) -> list[Finding]:
    """Return one source's findings as they came."""

    async def check() -> list[Finding]:
        async with make_checker(upstreams, **more) as checker:
            return [finding async for findings in checker.check_source(name, queried) for finding in findings]

    return asyncio.run(check())


def verdicts(findings: Iterable[Finding]) -> dict[str, str]:
    """Return the verdicts by CURIE."""
    return {finding.tracked.identifier.curie: finding.verdict.value for finding in findings}
