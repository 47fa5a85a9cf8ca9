"""What the settings specify about HTTP: time limits, connections, other origins, proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .settings import read_settings

if TYPE_CHECKING:
    from .settings import Settings


class HttpOptions(NamedTuple):
    """How the service treats connections and bodies; times are in seconds.

    Rates are in bytes a second. `trusted_proxies` are addresses and networks with commas between them; None
    leaves the default of the server, which is the machine itself.
    """

    stop_grace_s: float = 20.0
    keep_alive_s: float = 30.0
    header_timeout_s: float = 15.0
    body_idle_s: float = 60.0
    body_min_rate: int = 1024
    body_max_s: float = 3600.0
    connections: int = 1000
    answer_idle_s: float = 60.0
    answer_min_rate: int = 1024
    cors_origins: tuple[str, ...] = ("*",)
    trusted_proxies: str | None = None


def read_http_options(settings: Settings | None = None) -> HttpOptions:
    """Return the options that the settings specify; raises BadOption for a setting that cannot be read."""
    chosen = settings or read_settings()
    origins = tuple(origin.strip().rstrip("/") for origin in chosen.cors_origins.split(",") if origin.strip())
    return HttpOptions(
        chosen.stop_grace_s,
        chosen.keep_alive_s,
        chosen.header_timeout_s,
        chosen.body_idle_s,
        int(chosen.body_min_rate),
        chosen.body_max_minutes * 60,
        chosen.connections,
        chosen.answer_idle_s,
        int(chosen.answer_min_rate),
        () if origins == ("none",) else origins,
        chosen.trusted_proxies,
    )
