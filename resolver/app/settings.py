"""Settings, validated: each is an environment variable `RESOLVER_…`. Only this package reads them."""

from __future__ import annotations

import difflib
import json
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ByteSize, ConfigDict, Field, SecretStr, ValidationError, field_validator

from ..errors import BadOption
from .environment import default_data_dir, expand_home, read_environment, variable_of

_ADDRESS = re.compile(r"https?://[^\s/]+", re.IGNORECASE)
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/,]+/?", re.IGNORECASE)


class Settings(BaseModel):
    """All settings; the variable of a field is `RESOLVER_` and its name in capitals."""

    model_config = ConfigDict(frozen=True)

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="The folder of the releases. Default: the platform's folder for user data.",
    )

    ledger_url: SecretStr | None = Field(
        default=None,
        description="Where the ledger of nightly runs is: `postgresql://user@host/name` (needs the extra `postgres`) "
        "or `sqlite:////path/ledger.db`. Default: `ledger.db` in the data folder.",
    )
    nightly_minutes: float | None = Field(
        default=None, gt=0, description="The time limit of a nightly run in minutes; the next run resumes there."
    )
    nightly_source_minutes: dict[str, float] = Field(
        default={}, description='Time limits of single sources in minutes, as JSON: `{"refseq": 60}`.'
    )
    nightly_source_calls: dict[str, int] = Field(
        default={},
        description='Limits of requests to single sources, as JSON: `{"ncbi_gene": 100}`; a few more may be in flight.',
    )
    nightly_again_hours: float = Field(
        default=12.0, ge=0, description="An identifier is checked again after this many hours at the earliest."
    )
    nightly_patience_minutes: float = Field(
        default=30.0, ge=0, description="How many minutes a run waits in all for a source that does not respond."
    )
    nightly_stale_share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="Above this share of stale verdicts a source run is implausible and marks nothing.",
    )
    nightly_version_share: float = Field(
        default=0.9, gt=0, le=1, description="The same for identifiers of which only the version is behind."
    )
    nightly_sample: int = Field(
        default=200, ge=1, description="The number of verdicts from which on these shares are judged."
    )
    nightly_silent_share: float = Field(
        default=0.5, gt=0, le=1, description="Above this share of unknown identifiers a source is reported as silent."
    )
    nightly_jump_share: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="When more than this share of a source's identifiers become stale in one run, they are held back "
        "until the next run confirms them.",
    )
    nightly_jump_least: int = Field(
        default=50, ge=1, description="Fewer newly stale identifiers than this are never held back."
    )
    nightly_probe: bool = Field(
        default=True,
        description="Whether a nightly run first queries each source about identifiers whose state is known, and "
        "skips a source that does not report it.",
    )
    webhook_url: str | None = Field(
        default=None, description="The address to which a JSON object is posted after each nightly run."
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="The secret that signs the object by the Standard Webhooks specification: `whsec_` and "
        "base64; any other value is used unchanged.",
    )
    public_url: str | None = Field(
        default=None,
        description="The public address of the service, such as `https://genes.example.org`; links in "
        "the webhook's object begin with it.",
    )
    count_usage: bool = Field(
        default=False,
        description="Whether the service counts the requested identifiers in the ledger. Nightly runs check these "
        "first.",
    )
    live: bool = Field(
        default=False,
        description="Whether the service accepts `live=true` and `POST /check`, which query source databases.",
    )
    live_timeout_s: float = Field(
        default=5.0,
        gt=0,
        description="The time limit of a live check in seconds; the answer contains the results until then.",
    )
    live_keep_s: float = Field(
        default=3_600.0, ge=0, description="For how many seconds a verdict is reused instead of a new request."
    )
    upstream_contact: str | None = Field(
        default=None, description="A mail address for the operators of source databases; each request contains it."
    )
    upstream_timeout_s: float = Field(
        default=30.0, gt=0, description="After how many seconds without a response a request fails."
    )
    ncbi_api_key: SecretStr | None = Field(
        default=None, description="A key of NCBI's E-utilities: 10 requests a second instead of 3."
    )
    omim_api_key: SecretStr | None = Field(
        default=None, description="A key of OMIM's API; without one, MIM numbers are checked by NCBI's titles."
    )
    ncbi_url: str = Field(
        default="https://eutils.ncbi.nlm.nih.gov/entrez/eutils", description="The address of NCBI's E-utilities."
    )
    ncbi_files_url: str = Field(
        default="https://ftp.ncbi.nlm.nih.gov/gene/DATA", description="The address of NCBI's gene files."
    )
    ensembl_url: str = Field(default="https://rest.ensembl.org", description="The address of Ensembl REST.")
    uniprot_url: str = Field(default="https://rest.uniprot.org", description="The address of UniProt's REST API.")
    hgnc_url: str = Field(
        default="https://rest.genenames.org", description="The address of HGNC's REST service, genenames.org."
    )
    hgnc_files_url: str = Field(
        default="https://storage.googleapis.com/public-download-files/hgnc/tsv/tsv",
        description="The address of HGNC's complete set and of its list of withdrawn ids.",
    )
    mgi_url: str = Field(
        default="https://www.informatics.jax.org/downloads/reports", description="The address of MGI's reports."
    )
    alliance_url: str = Field(
        default="https://www.alliancegenome.org/api", description="The address of the Alliance's API."
    )
    omim_url: str = Field(default="https://api.omim.org/api", description="The address of OMIM's API.")
    omim_files_url: str = Field(
        default="https://omim.org/static/omim/data", description="The address of OMIM's public files."
    )
    mygene_url: str = Field(default="https://mygene.info/v3", description="The address of MyGene.info.")
    convert_max_bytes: ByteSize = Field(
        default=ByteSize(4 * 2**30),
        gt=0,
        description="How large a table may be that is sent to be converted, such as `500MB` or `4GiB`.",
    )
    convert_max_output_bytes: ByteSize = Field(
        default=ByteSize(32 * 2**30),
        gt=0,
        description="How large a converted table may become; what unpacks to more is refused as well.",
    )
    convert_max_rows: int = Field(default=200_000_000, gt=0, description="How many rows a table may have.")
    convert_at_once: int = Field(
        default=2,
        gt=0,
        description="How many tables each process of the service converts at once; small ones do not count.",
    )
    jobs_at_once: int = Field(default=1, gt=0, description="How many jobs run at once on this machine.")
    jobs_waiting: int = Field(default=20, gt=0, description="How many jobs may be unfinished; more are refused.")
    jobs_max_minutes: float = Field(
        default=360.0,
        gt=0,
        description="After how many minutes a job is ended; a request can set fewer (`max_minutes`).",
    )
    jobs_kept: int = Field(default=200, gt=0, description="How many jobs that are over are kept, with their results.")
    jobs_keep_hours: float = Field(default=24.0, gt=0, description="For how long a job that is over is kept.")
    stop_grace_s: float = Field(
        default=20.0,
        ge=1,
        description="Within how many seconds the service ends after SIGTERM, whatever its clients do.",
    )
    keep_alive_s: float = Field(
        default=30.0, gt=0, description="For how many seconds a connection without a request is kept open."
    )
    header_timeout_s: float = Field(
        default=15.0,
        gt=0,
        description="Within how many seconds the line and headers of a request must arrive; later the connection is "
        "closed.",
    )
    body_idle_s: float = Field(
        default=60.0, gt=0, description="After how many seconds without new data the body of a request is rejected."
    )
    body_min_rate: ByteSize = Field(
        default=ByteSize(1024),
        ge=0,
        description="How many bytes a second the body of a request must bring on average, after its first 10 seconds; "
        "`0` for no limit.",
    )
    body_max_minutes: float = Field(
        default=60.0, gt=0, description="For how many minutes in all the service waits for the body of a request."
    )
    answer_idle_s: float = Field(
        default=60.0,
        gt=0,
        description="How often the service looks whether a client reads its answer; one that has read less than "
        "`RESOLVER_ANSWER_MIN_RATE` since then, or nothing, is disconnected.",
    )
    answer_min_rate: ByteSize = Field(
        default=ByteSize(1024),
        ge=0,
        description="How many bytes a second a client has to read of an answer while the service waits for it; `0` for "
        "any rate.",
    )
    connections: int = Field(
        default=1000,
        gt=0,
        description="How many connections each process of the service accepts, at most half of its file handles; "
        "further ones get status 503.",
    )
    cors_origins: str = Field(
        default="*",
        description="From which origins the scripts of web pages may read answers (CORS), by GET and without "
        "credentials: `*`, a list with commas such as `https://genes.example.org`, or `none`.",
    )
    trusted_proxies: str | None = Field(
        default=None,
        description="The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses and networks "
        "with commas, or `*`, which a unix socket needs. Default: `127.0.0.1`.",
    )

    jobs_max_total_bytes: ByteSize = Field(
        default=ByteSize(128 * 2**30),
        gt=0,
        description="How many bytes the tables and results of all jobs may take together, uploads under way included.",
    )

    access: Literal["open", "keys"] | None = Field(
        default=None,
        description="Who may use the service: `open` is everybody, `keys` requires an API key "
        "(`resolver keys create`). Default: `open`, with a warning if the service listens on other addresses than "
        "those of this machine.",
    )
    rate_limit: str = Field(
        default="",
        description="How many requests an address, or a key without a limit of its own, may send: `20/second`, or "
        "several limits such as `20/second;1000/hour`. Each process counts by itself. Default: no limit.",
    )
    access_log: Literal["off", "on", "full"] = Field(
        default="off",
        description="Whether a JSON object for each request is written to standard output. `on` names route templates "
        "and ids of keys; `full` adds paths, query strings and addresses, and so identifiers.",
    )
    otel: bool = Field(
        default=False,
        description="Whether requests are traced by OpenTelemetry (needs the extra `otel`); the variables `OTEL_…` "
        "configure the exporter.",
    )
    service_id: str | None = Field(
        default=None, description="The id of the service in `/service-info`, in reverse domain notation."
    )
    organization_name: str | None = Field(
        default=None, description="The name of the organization that runs the service, for `/service-info`."
    )
    organization_url: str | None = Field(default=None, description="The address of that organization.")

    debug: bool = Field(default=False, description="Whether a command shows the traceback of an unexpected error.")

    @field_validator("rate_limit")
    @classmethod
    def _check_rates(cls, text: str) -> str:
        if not text.strip():
            return ""
        from ..access.rates import read_rates

        try:
            read_rates(text)
        except BadOption as error:
            raise ValueError(f"{error}. {error.hint}") from error
        return text

    @field_validator("data_dir")
    @classmethod
    def _expand_home(cls, folder: Path) -> Path:
        return expand_home(folder)

    @field_validator("ledger_url")
    @classmethod
    def _check_ledger(cls, url: SecretStr | None) -> SecretStr | None:
        scheme = "" if url is None else url.get_secret_value().partition("://")[0].partition("+")[0]
        if url is not None and scheme not in {"sqlite", "postgresql", "postgres"}:
            raise ValueError("input should begin with sqlite:/// or postgresql://")
        return url

    @field_validator(
        "webhook_url", "public_url", "ncbi_url", "ncbi_files_url", "ensembl_url", "uniprot_url", "hgnc_url",
        "hgnc_files_url", "mgi_url", "alliance_url", "omim_url", "omim_files_url", "mygene_url",
    )  # fmt: skip
    @classmethod
    def _check_address(cls, url: str | None) -> str | None:
        if url is not None and not _ADDRESS.match(url):
            raise ValueError("input should be an address that begins with http:// or https://")
        return url

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: str) -> str:
        if origins.strip() not in {"*", "none"}:
            for origin in origins.split(","):
                if not _ORIGIN.fullmatch(origin.strip()):
                    raise ValueError("input should be *, none, or origins such as https://genes.example.org")
        return origins

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, proxies: str | None) -> str | None:
        for proxy in [] if proxies is None or proxies.strip() == "*" else proxies.split(","):
            try:
                ip_network(proxy.strip(), strict=False)
            except ValueError as error:
                raise ValueError("input should be * or IP addresses and networks such as 10.0.0.0/8") from error
        return proxies

    @field_validator("nightly_source_minutes", "nightly_source_calls", mode="before")
    @classmethod
    def _read_json(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise ValueError("input should be a JSON object of numbers by source name") from error


def read_settings() -> Settings:
    """Read and validate all settings, or raise BadOption that names the invalid one.

    The message reports what was expected, and never the value, which may be a key.
    """
    try:
        return Settings.model_validate(read_environment())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        setting, *inside = first["loc"]
        where = "".join(f" ({part})" for part in inside)
        expected = first["msg"].removeprefix("Value error, ")
        raise BadOption(
            f"{variable_of(str(setting))}{where} cannot be read: {expected[:1].lower()}{expected[1:]}",
            hint=f"What it sets: {Settings.model_fields[str(setting)].description}",
        ) from error


def check_settings() -> list[str]:
    """Validate all settings; return a warning for each variable that is not a setting, with the nearest setting."""
    read_settings()
    warnings = []
    for name in sorted(read_environment().keys() - Settings.model_fields.keys()):
        near = difflib.get_close_matches(name, Settings.model_fields, 1)
        advice = f"did you mean {variable_of(near[0])}?" if near else "docs/settings.md lists the settings."
        warnings.append(f"{variable_of(name)} is not a setting and has no effect; {advice}")
    return warnings
