"""Run the application with uvicorn: in this process or several, within limits, and with an end that comes in time.

uvicorn stops accepting connections at SIGTERM, waits for the requests under way, then cancels them, and then ends the
application. It has no time limit for the last step, nor for the processes of several workers. It kills a worker that
does not answer a ping within 5 seconds, also one that still starts: on a busy machine none would ever serve.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from ..api.connections import LimitedProtocol
from ..errors import ResolverError
from .app import create_app_from_environment

if TYPE_CHECKING:
    import socket

    from fastapi import FastAPI

    from ..app.http_options import HttpOptions


if sys.platform != "win32":
    import resource

_LOGGER = logging.getLogger(__name__)
# Of the grace, what is left to end the application after the requests were cancelled.
_LAST_S, _LAST_SHARE = 3.0, 0.3
_MARGIN_S = 0.5
# Within how many seconds a worker that starts answers the first ping, and any other.
_STARTS_S, _RESPONDS_S = 600.0, 30.0
_MOST_HANDLES = 65_536
_OWN_HANDLES = 64


class ServiceConfig(uvicorn.Config):
    """The configuration of uvicorn with ours, which workers get too; `most_connections` is for each of them."""

    def __init__(self, options: HttpOptions, **settings: Any) -> None:  # noqa: ANN401  (those of uvicorn)
        super().__init__(
            "resolver.web.server:create_served_app",
            factory=True,
            http=LimitedProtocol,
            ws="none",
            log_level="warning",
            timeout_keep_alive=options.keep_alive_s,  # type: ignore[arg-type]  # of a timer
            timeout_worker_healthcheck=_STARTS_S,  # type: ignore[arg-type]  # of a new worker after SIGHUP
            timeout_graceful_shutdown=options.stop_grace_s - _last_of(options),  # type: ignore[arg-type]  # as above
            forwarded_allow_ips=options.trusted_proxies,
            **settings,
        )
        self.options = options
        self.most_connections = options.connections


def run_service(config: ServiceConfig) -> int:
    """Serve until a signal stops the process, and return an exit code; a failed start has that of a bad release."""
    config.most_connections = min(config.most_connections, (_raise_handle_limit() - _OWN_HANDLES) // 2)
    try:
        if config.workers == 1:
            server = uvicorn.Server(config)
            if config.uds:  # else the process ends by the signal, and leaves the socket
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            with suppress(KeyboardInterrupt):
                server.run()
            return 0 if server.started else STARTUP_FAILURE
        workers = _Workers(config, [config.bind_socket()])
        workers.run()
        return STARTUP_FAILURE if workers.has_failed else 0
    finally:
        if config.uds:
            with suppress(OSError):
                os.unlink(config.uds)  # noqa: PTH108  (a socket)


def create_served_app() -> FastAPI:
    """Return the application of this process; a start that fails is reported in a sentence, and not tried again."""
    try:
        app = create_app_from_environment()
    except ResolverError as error:
        sys.stderr.write(f"error: {error}\n" + (f"  {error.hint}\n" if error.hint else ""))
        sys.exit(STARTUP_FAILURE)
    except OSError as error:
        sys.stderr.write(f"error: the service cannot start: {error}\n")
        sys.exit(STARTUP_FAILURE)
    options: HttpOptions = app.state.http
    _end_with_parent()
    app.state.on_stop = lambda: end_process_after(_last_of(options) - _MARGIN_S * _LAST_SHARE)
    return app


def end_process_after(seconds: float) -> None:
    """End this process after some seconds, whatever it does then; what it runs in other processes ends with it."""

    def end() -> None:
        time.sleep(seconds)
        _LOGGER.warning("the service did not stop in time and is ended")
        os._exit(0)

    threading.Thread(target=end, name="end of the service", daemon=True).start()


def _end_with_parent() -> None:
    """Stop this process when the one that started it is killed: nobody else would, and it keeps the address."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end with the parent", daemon=True).start()


def _last_of(options: HttpOptions) -> float:
    return min(_LAST_S, options.stop_grace_s * _LAST_SHARE)


def _raise_handle_limit() -> int:
    """Let this process and its workers open as many files as the system allows, and return how many that are."""
    if sys.platform == "win32":  # which has no such limit
        return _MOST_HANDLES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_HANDLES if hard == resource.RLIM_INFINITY else min(hard, _MOST_HANDLES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            return most
    return most if soft == resource.RLIM_INFINITY else soft


class _Health:
    """What is known of a worker by its answers to pings, none of which is waited for."""

    def __init__(self) -> None:
        self._pinged_at: float | None = None
        self._patience_s = _STARTS_S

    def hangs(self, worker: Process) -> bool:
        """Return whether a ping is unanswered for too long; sends the next one if none is."""
        try:
            while worker.parent_conn.poll():
                worker.parent_conn.recv()
                self._pinged_at, self._patience_s = None, _RESPONDS_S
            if self._pinged_at is None:
                worker.parent_conn.send(b"ping")
                self._pinged_at = time.monotonic()
        except (OSError, EOFError):
            return True
        return time.monotonic() - self._pinged_at > self._patience_s


class _Workers(Multiprocess):
    """The processes of a service with several; one that does not start, answer or stop in time is killed."""

    def __init__(self, config: ServiceConfig, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._grace_s = config.options.stop_grace_s
        self._health: WeakKeyDictionary[Process, _Health] = WeakKeyDictionary()

    @property
    def has_failed(self) -> bool:
        """Whether a worker could not start."""
        return any(worker.exitcode == STARTUP_FAILURE for worker in self.processes)

    def keep_subprocess_alive(self) -> None:
        """Replace workers that have ended or hang; signals are handled meanwhile."""
        for place, worker in enumerate(self.processes):
            if worker.process.is_alive() and not self._health.setdefault(worker, _Health()).hangs(worker):
                continue
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                return
            self.processes[place] = Process(self.config, self.sockets)
            self.processes[place].start()

    def join_all(self) -> None:
        """Wait until all have ended, and kill those that do not."""
        ends_at = time.monotonic() + self._grace_s
        for worker in self.processes:
            worker.process.join(max(0.0, ends_at - time.monotonic()))
            if worker.exitcode is None:
                _LOGGER.warning("worker %s did not stop in time and is killed", worker.pid)
                worker.kill()
                worker.join()
