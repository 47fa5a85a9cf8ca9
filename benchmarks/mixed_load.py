"""Whether the REST service survives minutes of mixed load with faults: right answers, documented statuses, no leak.

python -m benchmarks.mixed_load --minutes 10

Loads a copy of the data folder that RESOLVER_DATA_DIR names; use a release of the whole genome. Two processes answer
while releases are published, a process is killed, the ledger is locked, the disk is full (on Linux, as root), and
clients are slow or vanish. The exit code is 1 for a wrong answer, a status that the OpenAPI description does not list,
a refusal or a broken connection without a fault, an unexpected error in the log, or handles that stay open.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.load_faults import Faults
from benchmarks.load_routes import (
    CONVERT,
    CONVERTED,
    JOB,
    WEIGHTS,
    Answer,
    Call,
    Client,
    Documented,
    collect,
    list_calls,
    read_answer,
)
from resolver.app.stores import open_current_release
from resolver.store.release import list_releases, publish_release
from tests.releases import copy_with_earlier_release
from tests.serving import Running, list_children, running

if TYPE_CHECKING:
    from collections.abc import Iterator

_DISK_MB = 256
_MORE_HANDLES = 8  # what a process may open once for all
_SHOWN = 5
_JOB_S = 180
# What a refusal needs: a fault, or a limit of conversions.
_REFUSALS = {429: (), 503: ("the ledger is locked", "the disk is full"), 507: ("the disk is full",)}


class Level(NamedTuple):
    """What a process of the service uses: anonymous memory, open handles, and processes that convert tables."""

    worker: int
    megabytes: float
    handles: Counter[str]
    processes: int

    def __str__(self) -> str:
        return f"{self.megabytes:,.0f} MB anonymous, {self.handles.total()} handles, {self.processes} conversions"


class Load:
    """Clients that send the mix to a service, and check and count each answer."""

    def __init__(
        self, service: Running, faults: Faults, calls: dict[str, list[Call]], expected: dict[str, dict[str, Answer]]
    ) -> None:
        self._address = service.address
        self._documented = Documented(service.client.get("/openapi.json").json())
        self._faults = faults
        self._calls = calls
        self._expected = expected
        self._lock = threading.Lock()
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.statuses: dict[str, Counter[str]] = defaultdict(Counter)
        self.releases: Counter[str] = Counter()
        self.broken_by_kill = 0
        self.failures: dict[str, list[str]] = {
            kind: [] for kind in ("wrong answers", "undocumented statuses", "refusals without a fault",
                                  "connections broken without a fault")
        }  # fmt: skip

    def run(self, seconds: float, clients: int, *, with_faults: bool) -> None:
        """Put load on the service for some seconds."""
        stop = threading.Event()
        threads = [threading.Thread(target=self._work, args=(stop,)) for _ in range(clients)]
        began_at = time.monotonic()
        for thread in threads:
            thread.start()
        if with_faults:
            self._faults.happen(seconds)
        time.sleep(max(0.0, began_at + seconds - time.monotonic()))
        stop.set()
        for thread in threads:
            thread.join()

    def _work(self, stop: threading.Event) -> None:
        client = Client(self._address)
        while not stop.is_set():
            (group,) = random.choices(list(WEIGHTS), list(WEIGHTS.values()))  # noqa: S311  (a mix, not a secret)
            one = random.choice(self._calls[group])  # noqa: S311
            if group == JOB:
                self._run_job(client, one, is_cancelled=random.random() < 0.3)  # noqa: S311
            else:
                self._send(client, one)
        client.close()

    def _send(self, client: Client, one: Call, release: str | None = None) -> tuple[HTTPResponse | None, bytes]:
        """Send a request, count and check its response, and return it with its body."""
        began_at = time.monotonic()
        try:
            response, body = client.send(one)
        except (OSError, HTTPException) as error:
            now = time.monotonic()
            with self._lock:
                self.statuses[one.group]["broken"] += 1
                if self._faults.explain("a process is killed", now, now):
                    self.broken_by_kill += 1
                else:
                    self._fail("connections broken without a fault", one, repr(error))
            time.sleep(0.1)
            return None, b""
        ended_at = time.monotonic()
        with self._lock:
            self.seconds[one.group].append(ended_at - began_at)
            self.statuses[one.group][str(response.status)] += 1
            said = f"{response.status} {body[:160]!r}"
            if not self._documented.has(one, response.status):
                self._fail("undocumented statuses", one, said)
            if response.status in _REFUSALS:
                is_limit = response.status == 429 and one.group in {CONVERT, JOB}
                causes = _REFUSALS[response.status]
                if not is_limit and not any(self._faults.explain(cause, began_at, ended_at) for cause in causes):
                    self._fail("refusals without a fault", one, said)
            elif not self._is_right(one, read_answer(response, body, release)):
                self._fail("wrong answers", one, said)
        if response.status in _REFUSALS:
            time.sleep(0.2)
        return response, body

    def _is_right(self, one: Call, answer: Answer) -> bool:
        """Return whether an answer is that of its release; one that names no release may be that of either."""
        if answer.release is not None:
            self.releases[answer.release] += 1
        known = [
            answers[one.key]._replace(release=answer.release)
            for release, answers in self._expected.items()
            if answer.release in {None, release} and one.key in answers
        ]
        return answer in known if one.key else answer.status < 400

    def _run_job(self, client: Client, one: Call, *, is_cancelled: bool) -> None:
        """Create a job, wait for it, and compare its result with the answer of POST /convert; or cancel it."""
        began_at = time.monotonic()
        response, _ = self._send(client, one)
        if response is None or response.status != 202:
            return
        path = response.headers["location"]
        if not is_cancelled:
            state, code, release = self._await_end(client, path)
            if state == "done":
                self._send(client, Call("GET /convert/jobs/…/result", f"{path}/result", key=CONVERTED), release)
            elif not (
                code in {"disk_full", "ledger_full"}
                and self._faults.explain("the disk is full", began_at, time.monotonic())
            ):
                with self._lock:
                    self._fail("wrong answers", one, f"the job is {state}: {code}")
        removal = Call("DELETE /convert/jobs/…", path, method="DELETE")
        response, _ = self._send(client, removal)
        if response is not None and response.status == 200:  # it is cancelled
            self._send(client, removal)

    def _await_end(self, client: Client, path: str) -> tuple[str, str, str | None]:
        """Return the state, the code of the error and the release of a job that is over."""
        until = time.monotonic() + _JOB_S
        while time.monotonic() < until:
            response, body = self._send(client, Call("GET /convert/jobs/…", path))
            if response is not None and response.status == 200:
                job = json.loads(body)
                if job["state"] in {"done", "failed", "cancelled"}:
                    return job["state"], (job["error"] or {}).get("code", ""), (job["release"] or {}).get("id")
            time.sleep(1)
        return "not over", f"after {_JOB_S} s", None

    def _fail(self, kind: str, one: Call, said: str) -> None:
        self.failures[kind].append(f"{time.strftime('%H:%M:%S')} {one.method} {one.path}: {said}")


# --- The service --------------------------------------------------------------------------------------------------


@contextmanager
def prepare(folder: Path) -> Iterator[tuple[Path, Path | None]]:
    """Give a data folder with two releases, on a small disk of its own where one can be mounted."""
    source = open_current_release().folder.parent.parent
    kept = copy_with_earlier_release(source, folder / "kept")
    disk = folder / "disk"
    disk.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "tmpfs", str(disk)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        yield kept, None
        return
    try:
        for path in kept.iterdir():
            if path.name == "releases":
                (disk / path.name).symlink_to(path)
            elif path.is_file():
                shutil.copy2(path, disk)
        yield disk, disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def collect_of_each(
    service: Running, data_dir: Path, releases: list[str], calls: dict[str, list[Call]]
) -> dict[str, dict[str, Answer]]:
    """Return the answers of each release; the last one stays current."""
    expected = {}
    for release in releases:
        publish_release(data_dir, release)
        for _ in range(40):  # each process looks once a second, after a request
            Client(service.address).send(Call("", "/readyz"))
            time.sleep(0.1)
        expected[release] = collect(Client(service.address), calls)
        named = {answer.release for answer in expected[release].values()} - {None}
        assert named == {release}, named
    return expected


def measure(service: Running, faults: Faults) -> list[Level]:
    """Return what each process uses as soon as no job is under way and all clients are gone."""
    for _ in range(60):
        time.sleep(1)
        found = service.client.get("/metrics").text
        if all(f'gene_xref_jobs{{state="{state}"}} 0.0' in found for state in ("queued", "running")):
            break
    time.sleep(3)
    return [_measure_one(worker) for worker in faults.list_workers()]


def _measure_one(worker: int) -> Level:
    memory = Path(f"/proc/{worker}/smaps_rollup").read_text(encoding="ascii")
    kilobytes = next(int(line.split()[1]) for line in memory.splitlines() if line.startswith("Anonymous:"))
    handles = Counter[str]()
    for handle in Path(f"/proc/{worker}/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            handles[handle.readlink().name.partition(":")[0]] += 1
    return Level(worker, kilobytes / 1000, handles, len(list_children(worker, "resolver.app.worker")))


# --- The report ---------------------------------------------------------------------------------------------------


def show(load: Load, faults: Faults, levels: dict[str, list[Level]], log: str) -> bool:
    """Print the table; return whether the service survived."""
    print(f"\n{'requests':<32} {'number':>8} {'p50 ms':>8} {'p99 ms':>8}   by status")
    for group, statuses in sorted(load.statuses.items()):
        cuts = statistics.quantiles([0, *load.seconds[group]], n=100)
        listed = ", ".join(f"{status}: {number:,}" for status, number in sorted(statuses.items()))
        print(f"{group:<32} {statuses.total():>8,} {1_000 * cuts[49]:>8,.0f} {1_000 * cuts[98]:>8,.0f}   {listed}")
    print(f"{'all':<32} {sum(one.total() for one in load.statuses.values()):>8,}")
    print("\nFaults: " + "; ".join(f"{fault}: {number}" for fault, number in faults.done.items()))
    print("Slow clients got: " + ", ".join(f"{what} ({number})" for what, number in sorted(faults.slow.items())))
    print("Answers of each release: " + ", ".join(f"{one} {number:,}" for one, number in load.releases.items()))
    print(f"Connections broken by a kill: {load.broken_by_kill}")
    for moment, level in levels.items():
        print(f"Each process of the service, {moment}: " + "; ".join(map(str, level)))
    most = {moment: max(one.handles.total() for one in level) for moment, level in levels.items()}
    failures = load.failures | {
        "handles that stay open": [f"{moment}: {one.handles}" for moment, level in levels.items() for one in level]
        if most["end"] > most["beginning"] + _MORE_HANDLES
        else [],
        "processes that are left": [str(one) for one in levels["end"] if one.processes],
        "unexpected errors in the log": [log[-6_000:]] if "Traceback" in log else [],
    }
    for kind, reported in failures.items():
        print(f"{kind}: {len(reported)}")
        for one in reported[:_SHOWN]:
            print(f"    {one}")
    return not any(failures.values())


def main() -> int:
    """Run the load, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=8)
    specified = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mixed-load-") as folder, prepare(Path(folder)) as (data_dir, disk):
        if disk is None:
            print("No disk can be mounted here (it needs Linux and root): the fault of a full disk is left out.")
        releases = list_releases(data_dir)
        calls = list_calls(releases[0].database)
        with running(data_dir, "--workers", "2") as service:
            expected = collect_of_each(service, data_dir, [one.id for one in releases], calls)
            faults = Faults(service, data_dir, list(expected), disk, calls[CONVERT][0].body or b"")
            load = Load(service, faults, calls, expected)
            print(f"{len(expected)} releases, {sum(map(len, expected.values())):,} answers collected; the load begins")
            half = 60 * specified.minutes / 2
            load.run(min(half, 15), specified.clients, with_faults=False)
            levels = {"beginning": measure(service, faults)}
            for moment in ("middle", "end"):
                load.run(half, specified.clients, with_faults=True)
                levels[moment] = measure(service, faults)
            return 0 if show(load, faults, levels, service.log.read_text(encoding="utf-8")) else 1


if __name__ == "__main__":
    sys.exit(main())
