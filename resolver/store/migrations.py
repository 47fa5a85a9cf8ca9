"""Applying Alembic migrations from the folder that ships with the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PACKAGE = Path(__file__).parent.parent


def migrations_folder(name: str) -> Path:
    """Return the folder of the migrations called `name`, in an installed package or in a source tree."""
    installed = _PACKAGE / "migrations" / name
    return installed if installed.is_dir() else _PACKAGE.parent / "migrations" / name


def upgrade(connection: Connection, name: str) -> None:
    """Bring the database behind `connection` to the newest revision of the migrations called `name`."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder(name)).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
