"""The one place that reads the environment variables `RESOLVER_…`; an empty one counts as not set.

No setting is validated here, so that a command that needs the data folder alone starts without pydantic.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "RESOLVER_"


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


def expand_home(folder: Path) -> Path:
    """Return a folder with a leading `~` expanded, which no shell does in an env file or a unit file.

    Raises ValueError for the home folder of an unknown user.
    """
    try:
        return folder.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{str(folder)!r} should be the path of a folder, and its home folder is unknown") from error
