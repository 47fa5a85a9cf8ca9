"""`resolver seed …`: the workshop's commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolver.store.release import find_current_release, list_releases

from .pipeline import build_starter_release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from resolver.store.release import Release


def seed_starter(data_dir: Path, on_stage: Callable[[str], None]) -> Release:
    """Build and publish the embedded starter release."""
    return build_starter_release(data_dir, on_stage)


def list_published(data_dir: Path) -> tuple[list[Release], str | None]:
    """Return the releases on disk, newest first, and the id of the live one."""
    current = find_current_release(data_dir)
    return list_releases(data_dir), current.id if current else None
