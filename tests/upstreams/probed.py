"""The facts that the sources' probes expect, so that a simulated world passes them."""

from __future__ import annotations

from collections.abc import Iterable

from resolver.genes.verdicts import Verdict
from resolver.sources.live.registry import LIVE_SOURCES
from tests.upstreams.world import World


def add_probed(world: World) -> None:
    """Let all be as the sources' expectations say."""
    world.add("hgnc:6023", symbol="IL7")
    world.add("hgnc:4177", symbol="GBA1", previous=("GBA",))
    world.add("refseq:NM_003002", version=4)
    for expectation in (one for source in LIVE_SOURCES for one in source.probe):
        if expectation.curie.startswith("hgnc.symbol:"):
            continue  # symbols are in the records of their genes
        curie = expectation.curie.partition(".")[0] if expectation.curie.startswith("refseq") else expectation.curie
        if expectation.verdict is not None and world.find(*curie.split(":")) is None:
            world.add(curie)
        if expectation.verdict is Verdict.REPLACED:
            world.merge(curie, expectation.successors[0])


def list_unprobed(curies: Iterable[str]) -> list[str]:
    """Return those CURIEs of which no probe expects anything, so that a test may change their records."""
    probed = {expectation.curie.partition(".")[0] for source in LIVE_SOURCES for expectation in source.probe}
    return [curie for curie in curies if curie not in probed]
