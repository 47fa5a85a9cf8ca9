"""Simulate the source databases: `python -m tests.upstreams --port 8099 --release DIR --state changes.json`.

Prints the base addresses as settings; `eval` them in the shell that runs `resolver check`. Without `--release`
and `--state` nothing is known. A file of state is a JSON object: `add` (a list of CURIEs, or of objects with `curie`
and fields of a record) and `changes`, each `{"do": "merge", "curie": "uniprot:P13232", "into": "uniprot:P99999"}`;
`do` is merge, replace (with `score`), demerge (into a list), retire, delete, suppress, move (genes), bump, forget.
`faults` are `{"route": "uniprot", "kind": "busy"}`.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
from pathlib import Path

from resolver.store.release import DATABASE, get_current_release
from tests.serving import free_port
from tests.upstreams.probed import add_probed
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import Upstreams, configure
from tests.upstreams.world import World


def _open_world(release: Path | None) -> World:
    if release is None:
        return World()
    database = release / DATABASE if (release / DATABASE).is_file() else get_current_release(release).database
    return World(ReleaseFacts(database))


def _apply(upstreams: Upstreams, state: Path) -> None:
    stated = json.loads(state.read_text(encoding="utf-8"))
    for one in stated.get("add", ()):
        fields = {"curie": one} if isinstance(one, str) else dict(one)
        upstreams.world.add(fields.pop("curie"), **fields)
    upstreams.world.plant(stated.get("changes", ()))
    for fault in stated.get("faults", ()):
        upstreams.faults.add(**fault)


def main() -> None:
    """Serve until interrupted; print the counts of calls at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.upstreams", description="Simulate the source databases.")
    parser.add_argument("--port", type=int, default=0, help="0 for any that is free")
    parser.add_argument("--release", type=Path, help="a data folder, or a release's folder: all its ids are known")
    parser.add_argument("--state", type=Path, help="a JSON file of identifiers that are added and changed")
    parser.add_argument("--uniprot-release", default="2026_04")
    given = parser.parse_args()
    upstreams = Upstreams(_open_world(given.release))
    upstreams.world.uniprot_release = given.uniprot_release
    if given.release is not None:
        add_probed(upstreams.world)
    server = configure(upstreams, given.port or free_port())
    if given.state is not None:
        _apply(upstreams, given.state)
    gc.freeze()  # else looking through a million records halts all calls for longer than they lie apart
    for name, address in upstreams.settings.items():
        sys.stdout.write(f"export RESOLVER_{name.upper()}={address}\n")
    sys.stdout.flush()
    for number in (signal.SIGINT, signal.SIGTERM):  # else the server ends the process with them, and nothing is printed
        signal.signal(number, lambda *_: None)
    server.run()
    sys.stderr.write(f"calls: {dict(upstreams.counts.calls)}; excesses: {dict(upstreams.counts.excesses)}\n")


if __name__ == "__main__":
    main()
