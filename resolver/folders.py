"""The folders of the platform that are used where nothing else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from platformdirs import user_cache_path, user_data_path

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "gene-xref-resolver"


def data_folder() -> Path:
    """Return the platform's folder for what this program keeps for a user: releases and the ledger."""
    return user_data_path(_NAME, appauthor=False)


def cache_folder() -> Path:
    """Return the platform's folder for what this program can make anew."""
    return user_cache_path(_NAME, appauthor=False)
