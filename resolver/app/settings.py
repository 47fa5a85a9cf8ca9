"""Settings, validated: each is an environment variable `RESOLVER_…`. Only this package reads them."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ByteSize, ConfigDict, Field, SecretStr, ValidationError, field_validator

from ..errors import BadOption
from .environment import default_data_dir, expand_home, read_environment, variable_of


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
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="The addresses or networks of reverse proxies, joined by commas, whose `X-Forwarded-For` names "
        "the client; `*` trusts all.",
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
