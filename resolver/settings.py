"""Settings from the environment (`RESOLVER_…`), read by composition roots only."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set; each field is the environment variable `RESOLVER_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="RESOLVER_")

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("gene-xref-resolver", appauthor=False),
        description="The folder that holds the releases. Default: the platform's folder for user data.",
    )

    ledger_url: SecretStr | None = Field(
        default=None,
        description="Where the ledger of nightly runs is: `postgresql://user@host/name` (needs the extra `postgres`) "
        "or `sqlite:////path/ledger.db`. Default: `ledger.db` in the data folder.",
    )

    @field_validator("data_dir")
    @classmethod
    def _expand_home(cls, folder: Path) -> Path:
        return folder.expanduser()  # in an env file or a unit file no shell does it
