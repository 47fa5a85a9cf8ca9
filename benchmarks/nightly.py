"""A full nightly run at real size against the simulated upstreams, which enforce the published rates; in real time.

RESOLVER_DATA_DIR=/srv/genome python -m benchmarks.nightly [--kills 20] [--later-hours 24] [--then omim]

A thousand changes are planted; what is marked is compared with them. Calls are compared with the least that the batches
of the upstreams allow, the time with what their rates do. With `--kills` runs are killed at random moments, and the
marks compared with those of the unbroken run; with `--later-hours` each next run begins so much later, and with
`--then` one of another source comes before it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from math import ceil
from pathlib import Path
from typing import Any

from resolver.app.environment import find_data_dir
from resolver.sources.live.registry import LIVE_SOURCES
from resolver.store.ledger_reader import open_reader
from resolver.store.release import Release, get_current_release
from resolver.store.tracked_reader import TrackedReader
from tests.nightly.killing import kill_again_and_again, read_tables, start
from tests.upstreams.server import BASES

# source: prefix, ids in a call, calls a second that are published (None: one file)
SOURCES: dict[str, tuple[str, int, float | None]] = {
    "ncbi_gene": ("ncbigene", 500, 3), "refseq": ("refseq", 250, 3), "ensembl": ("ensembl", 1000, 15),
    "uniprot": ("uniprot", 1000, None), "mgi": ("mgi", 10**9, None), "omim": ("omim", 500, 3),
    "hgnc": ("hgnc", 10**9, None),
}  # fmt: skip
# prefix: what is done, how often, and the expected verdict
PLANTED: dict[str, tuple[tuple[str, int, str | None], ...]] = {
    "ncbigene": (("merge", 150, "replaced"), ("retire", 100, "retired")),
    "refseq": (("suppress", 100, "retired"), ("bump", 150, "version_behind")),
    "ensembl": (("merge", 150, "replaced"), ("retire", 50, "retired")),
    "uniprot": (("merge", 100, "replaced"), ("delete", 75, "retired"), ("move", 25, "moved_gene")),
    # MGI publishes nothing about an id that was withdrawn without a successor: silence, and so no verdict.
    "mgi": (("merge", 50, "replaced"), ("retire", 25, None)),
    "omim": (("merge", 25, "replaced"),),
    "hgnc": (("merge", 30, "replaced"), ("retire", 20, "retired")),
}


PROBED = {expectation.curie for source in LIVE_SOURCES for expectation in source.probe}


def plant(release: Release, rng: random.Random) -> tuple[list[dict[str, Any]], dict[str, str], Counter[str]]:
    """Return the changes, the expected verdicts, and how many identifiers each source has."""
    tracked = TrackedReader(release)
    changes: list[dict[str, Any]] = []
    expected: dict[str, str] = {}
    sizes: Counter[str] = Counter()
    for source, (prefix, _, _) in SOURCES.items():
        curies = sorted(tracked.list_curies((prefix,)))
        sizes[source] = len(curies)
        chosen = rng.sample(curies, min(len(curies), 8_000))
        known = tracked.find_entries(chosen, with_gene_ids=False)
        # Of each species one that stays alive: a successor of another species is none.
        living = {known[curie].taxon: curie for curie in chosen[:100]}
        for what, number, verdict in PLANTED[prefix]:
            for _ in range(number):
                while (curie := chosen.pop()) and what == "bump" and known[curie].tracked.identifier.version is None:
                    pass
                assert len(chosen) > 100
                change: dict[str, Any] = {"do": what, "curie": curie}
                if what == "merge":
                    change["into"] = living[known[curie].taxon]
                if what == "move":
                    change["genes"] = {"ncbigene": ["1"], "hgnc": ["5"], "mgi": ["1"], "ensembl": ["ENSG00000121410"]}
                changes.append(change)
                if verdict is not None:
                    expected[curie] = verdict
    tracked.close()
    return changes, expected, sizes


def main() -> None:
    """Simulate the upstreams, do a nightly run, and print figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=0, help="kill so many runs first, and compare with the whole run")
    parser.add_argument("--longest", type=float, default=120.0, help="kill within so many seconds")
    parser.add_argument("--later-hours", type=float, default=0.0, help="after a kill, let so many hours pass")
    parser.add_argument("--then", help="after a kill, first run this source alone")
    parser.add_argument("--source", action="append", default=[], help="only these sources")
    parser.add_argument("--seed", type=int, default=11, help="choose other moments to kill at")
    given = parser.parse_args()
    release = get_current_release(find_data_dir())
    changes, expected, sizes = plant(release, random.Random(7))  # noqa: S311  (a sample, not a secret)
    if given.source:
        sizes = Counter({source: sizes[source] for source in given.source})
        prefixes = {SOURCES[source][0] for source in given.source}
        expected = {c: v for c, v in expected.items() if c.partition(":")[0] in prefixes}
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state.json"
        state.write_text(json.dumps({"changes": changes}), encoding="utf-8")
        command = [sys.executable, "-m", "tests.upstreams", "--release", str(release.folder), "--state", str(state)]
        # NCBI's rate is counted by the moments at which calls come, so that it is played where nothing else takes time.
        servers = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
        ]
        others, settings = (_read_settings(server) for server in servers)
        settings = {name: settings[name] if "_NCBI_" in name else others[name] for name in others}
        try:
            _wait_for(settings)
            path = Path(folder) / "ledger.db"
            options = [word for source in given.source for word in ("--source", source)]
            _run_whole(release, path, settings, expected, sizes, options)
            if given.kills:
                _run_broken(release, path, settings, given, options)
        finally:
            for server in servers:
                server.terminate()
                _, printed = server.communicate(timeout=20)
                print(printed.strip()[-300:])


def _read_settings(server: subprocess.Popen[str]) -> dict[str, str]:
    assert server.stdout is not None
    return dict(server.stdout.readline().split()[1].split("=", 1) for _ in range(len(BASES)))


def _environment(release: Release, path: Path, settings: dict[str, str]) -> dict[str, str]:
    home = release.folder.parent.parent
    return {**os.environ, **settings, "RESOLVER_DATA_DIR": str(home), "RESOLVER_LEDGER_URL": f"sqlite:///{path}"}


def _run_whole(
    release: Release, path: Path, settings: dict[str, str], expected: dict[str, str], sizes: Counter[str],
    options: list[str],
) -> None:  # fmt: skip
    begun = time.monotonic()
    run = start(_environment(release, path, settings), *options)
    assert run.stderr is not None
    printed = run.stderr.read()
    _, status, usage = os.wait4(run.pid, 0)
    took_s = time.monotonic() - begun
    print(printed[-900:])
    reader = open_reader(f"sqlite:///{path}")
    parts = {part["source"]: part for part in reader.list_runs(1)[0]["sources"]}
    marks = {mark["curie"]: mark["verdict"] for mark in reader.list_stale()}
    reader.close()
    least_s: Counter[str] = Counter()
    all_calls = all_least = 0
    for source, tracked in sizes.items():
        _, batch, rate = SOURCES[source]
        misses = sum(1 for curie in expected if curie.startswith(f"{SOURCES[source][0]}:"))
        least = ceil(tracked / batch) + (ceil(misses / 100) if source in {"uniprot", "ensembl"} else 0)
        calls = parts[source]["calls"]
        all_calls, all_least = all_calls + calls, all_least + least
        if rate is not None:
            least_s["ncbi" if rate == 3 else source] += least / rate  # type: ignore[assignment]
        part = parts[source]
        print(f"{source:<10} {tracked:>8,} ids  {calls:>6,} calls, at least {least:,} ({calls / least:.2f})  "
              f"{part['state']}  {part['checked']:,} checked  {part['marks']:,} marked")  # fmt: skip
    print(f"calls in all: {all_calls:,}, at least {all_least:,}: {all_calls / all_least:.2f}")
    bound = max(least_s.values())
    print(f"time: {took_s:.0f} s, in real time; the published rates allow {bound:.0f} s: {took_s / bound:.2f}")
    print(f"memory: {usage.ru_maxrss / 1024:.0f} MiB at most; exit status {status}")
    for curie in PROBED:
        marks.pop(curie, None)  # what the probes expect is stale too
    right = sum(1 for curie, verdict in marks.items() if expected.get(curie) == verdict)
    print(f"planted {len(expected):,}, marked {len(marks):,}, right {right:,}: "
          f"precision {right / max(1, len(marks)):.4f}, recall {right / len(expected):.4f}")  # fmt: skip
    wrong = {c: (expected.get(c), marks.get(c)) for c in {*marks, *expected} if marks.get(c) != expected.get(c)}
    print("wrong:", dict(list(wrong.items())[:10]))


def _run_broken(
    release: Release, whole: Path, settings: dict[str, str], given: argparse.Namespace, options: list[str]
) -> None:
    rng, expected = random.Random(given.seed), read_tables(whole)  # noqa: S311
    killed = ledgers = 0
    while killed < given.kills:
        path = whole.with_name(f"broken{ledgers}.db")
        environment = _environment(release, path, settings)
        if given.later_hours or given.then:
            now_killed, has_ended = kill_again_and_again(environment, rng, 1, given.longest, *options)
            _shift(path, given.later_hours)
            if given.then:
                start(environment, "--source", given.then).communicate()
        else:
            now_killed, has_ended = kill_again_and_again(
                environment, rng, given.kills - killed, given.longest, *options
            )
        if not has_ended or given.later_hours:
            start(environment, *options).communicate()
        killed, ledgers, found = killed + now_killed, ledgers + 1, read_tables(path)
        equal = [table for table in expected if found[table] == expected[table]]
        marks = [
            {row["curie"]: row["verdict"] + row["successors"] for row in tables["mark"]} for tables in (expected, found)
        ]
        print(
            f"killed {now_killed} times, then ended: equal are {', '.join(equal)} ({len(equal)} of {len(expected)} "
            f"tables); marks {len(marks[1]):,}, equal: {marks[0] == marks[1]}",
            flush=True,
        )


def _shift(path: Path, hours: float) -> None:
    """Let hours pass: all moments of a ledger become earlier by so much."""
    import sqlite3
    from contextlib import closing

    columns = {"run": ("started_at", "ended_at"), "run_source": ("started_at", "ended_at"),
               "check": ("checked_at", "queried_at"), "mark": ("since", "seen_at"),
               "claim": ("claimed_at",)}  # fmt: skip
    with closing(sqlite3.connect(path)) as connection, connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'run'").fetchone() is None:
            return  # the run was killed before it made the tables
        for table, names in columns.items():
            changed = ", ".join(f"{name} = {name} - {int(3600 * hours)}" for name in names)
            connection.execute(f'UPDATE "{table}" SET {changed}')  # noqa: S608  (our own names)


def _wait_for(settings: dict[str, str]) -> None:
    import socket

    for name in ("RESOLVER_UNIPROT_URL", "RESOLVER_NCBI_URL"):
        found = re.search(r"127\.0\.0\.1:([0-9]+)", settings[name])
        assert found is not None
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(found[1]))) == 0:
                    break
            time.sleep(0.1)
        else:
            sys.exit("the upstreams did not start")


if __name__ == "__main__":
    main()
