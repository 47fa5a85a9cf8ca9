"""The facts that the sources' probes expect, so that a simulated world passes them."""

from __future__ import annotations

from resolver.genes.verdicts import Verdict
from resolver.sources.answers.registry import LIVE_SOURCES
from tests.upstreams.world import World

# What an expectation alone does not say.
_GENES = {"hgnc.symbol:IL7": "6023", "hgnc.symbol:GBA1": "4177"}


def hold_probed(world: World) -> None:
    """Let all be as the sources' expectations say; what the world knows as alive stays as it is."""
    for symbol, gene in _GENES.items():
        world.hold(symbol, genes={"hgnc": (gene,)})
    world.hold("refseq:NM_003002", version=4)
    for expectation in (one for source in LIVE_SOURCES for one in source.probe):
        curie = expectation.curie.partition(".")[0] if expectation.curie.startswith("refseq") else expectation.curie
        for known in (curie, *expectation.successors):
            prefix, _, accession = known.partition(":")
            if expectation.verdict is not None and world.find(prefix, accession) is None:
                world.hold(known)
        if expectation.verdict is Verdict.REPLACED:
            world.merge(curie, expectation.successors[0])
