"""One file of a packed release: a tar archive of its folder, for a machine without internet access."""

from __future__ import annotations

import shutil
import tarfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from resolver.errors import InputError
from resolver.store.release import MANIFEST

from .manifest import write_manifest
from .packed import Packed, open_packed

if TYPE_CHECKING:
    from collections.abc import Iterator

EMBEDDED = Path(__file__).parent / "genome"


def pack_release(packed: Packed, target: Path) -> Path:
    """Write a packed release as one file (tar; its tables are compressed already); return its path."""
    draft = target.with_name(f".{target.name}.draft")
    try:
        with tarfile.open(draft, "w") as archive, TemporaryDirectory() as folder:
            write_manifest(Path(folder), packed.manifest)
            archive.add(Path(folder) / MANIFEST, arcname=f"{packed.id}/{MANIFEST}")
            for name in packed.manifest["files"]:
                archive.add(packed.folder / name, arcname=f"{packed.id}/{name}")
        draft.replace(target)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error.strerror or error}", hint="Name a file in a folder that is there."
        ) from error
    finally:
        if draft.parent.is_dir():
            draft.unlink(missing_ok=True)
    return target


@contextmanager
def opened_packed(place: Path | None = None) -> Iterator[Packed]:
    """Yield the packed release in a file or folder, checked against its manifest; the embedded one by default.

    Raises InputError where there is none, ReleaseCorrupt where it is damaged.
    """
    place = EMBEDDED if place is None else place
    if place.is_dir():
        packed = open_packed(place)
        packed.check()
        yield packed
        return
    if not place.is_file():
        raise InputError(f"there is no file or folder {place}", hint="Pack a release: resolver seed pack")
    with TemporaryDirectory(prefix="resolver-packed-") as folder:
        try:
            with tarfile.open(place, "r:*") as archive:
                _unpack(archive, Path(folder))
        except (OSError, EOFError, tarfile.TarError) as error:
            raise InputError(f"{place} is no packed release: {error}", hint="Pack one: resolver seed pack") from error
        folders = [path for path in Path(folder).iterdir() if path.is_dir()]
        if len(folders) != 1:
            raise InputError(
                f"{place} is no packed release: it contains {len(folders)} folders", hint="Pack one: resolver seed pack"
            )
        packed = open_packed(folders[0])
        packed.check()
        yield packed


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the files and folders of an archive; raises TarError for anything else, or outside of the folder.

    Python's own filter for that came with 3.11.4 only.
    """
    for member in archive:
        path = PurePosixPath(member.name)
        content = archive.extractfile(member) if member.isfile() else None
        if path.is_absolute() or ".." in path.parts or (content is None and not member.isdir()):
            raise tarfile.TarError(f"{member.name!r} does not belong there")
        target = folder / path
        if content is None:
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("xb") as out:
                shutil.copyfileobj(content, out)
