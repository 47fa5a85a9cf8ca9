"""Apply Alembic migrations from the folder that ships with the program."""

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


def upgrade(connection: Connection, name: str, revision: str = "head") -> None:
    """Bring the database behind `connection` to a revision of the migrations called `name`: the newest one."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder(name)).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def find_revisions(name: str) -> set[str]:
    """Return the revisions that this version of the program knows of the migrations called `name`."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(migrations_folder(name)).replace("%", "%%"))
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
