"""Read the environment variables `RESOLVER_…`; nothing else reads them. An empty one counts as not set.

Data folder and ledger are found without validating the other settings, because that loads pydantic.
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

from ..errors import BadOption

PREFIX = "RESOLVER_"
LEDGER_FILE = "ledger.db"


def read_environment() -> dict[str, str]:
    """Return the values of the `RESOLVER_…` variables by setting name (`data_dir`), without empty and blank ones."""
    return {
        name[len(PREFIX) :].lower(): value
        for name, value in os.environ.items()
        if name.upper().startswith(PREFIX) and value.strip()
    }


def variable_of(setting: str) -> str:
    """Return the name of the environment variable of a setting: `RESOLVER_DATA_DIR` of `data_dir`."""
    return f"{PREFIX}{setting.upper()}"


def default_data_dir() -> Path:
    """Return the platform's folder for user data, where releases and ledger are stored by default."""
    return user_data_path("gene-xref-resolver", appauthor=False)


def expand_home(folder: Path) -> Path:
    """Expand a leading `~`, which no shell does in an env file or a unit file.

    Raises ValueError for the home folder of an unknown user.
    """
    try:
        return folder.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{str(folder)!r} should be the path of a folder, and its home folder is unknown") from error


def find_data_dir() -> Path:
    """Return the data folder that the environment sets, or raise BadOption if its value is not a path."""
    value = read_environment().get("data_dir")
    try:
        return expand_home(Path(value)) if value else default_data_dir()
    except ValueError as error:
        raise BadOption(f"{variable_of('data_dir')}: {error}", hint="Set it to the path of a folder.") from error


def find_ledger_url(data_dir: Path | None = None) -> str:
    """Return the URL of the ledger that the environment sets, by default a file in the data folder.

    `data_dir` overrides the environment.
    """
    own = None if data_dir is not None else read_environment().get("ledger_url")
    return own or f"sqlite:///{(data_dir or find_data_dir()).absolute() / LEDGER_FILE}"


def sets_only_places() -> bool:
    """Return whether the environment sets nothing but the data folder and the ledger, which are read without pydantic.

    Raises BadOption for a data folder that is not a path.
    """
    find_data_dir()
    return read_environment().keys() <= {"data_dir", "ledger_url"}
