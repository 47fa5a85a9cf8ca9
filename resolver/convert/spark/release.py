"""How the release comes to Spark's executors: once to each, and by which way."""

from __future__ import annotations

import atexit
import shutil
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ...errors import BadOption
from ...store.release import DATABASE, MANIFEST
from .worker import ReleasePlace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from ...store.release import Release

_ARCHIVES = (".tar.gz", ".tgz", ".tar", ".zip")
_COMPRESSION = 1  # the next one saves a tenth of the bytes, for twice the time
# What was sent already, by application: Spark takes a name once.
_SENT: set[tuple[str, str]] = set()


def place_release(spark: SparkSession, release: Release, release_at: str | None = None) -> ReleasePlace:
    """Return where the workers find the release, and send it where they do not have it.

    `release_at` is the address of an archive of the release's folder, on whatever file system Spark reads, which each
    executor fetches and unpacks once; or a folder that every executor has. Without it, workers on this machine read the
    release in its place, and on a cluster the driver archives it and sends it to each executor once.
    """
    if release_at is not None and not release_at.endswith(_ARCHIVES):
        return ReleasePlace(release_at, is_shipped=False)
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        raise BadOption(
            "a session of Spark Connect cannot send the release",
            hint="Put it where every executor can read it, and say where with release_at (--release-at).",
        )
    context = spark.sparkContext
    if release_at is None and str(context.master).partition("[")[0] == "local":
        return ReleasePlace(str(release.folder.absolute()), is_shipped=False)
    name = release.id if release_at is None else PurePosixPath(release_at).name.partition(".")[0]
    sent = (str(context.applicationId), release_at or str(release.folder))
    if sent not in _SENT:
        archive = release_at or str(_archive(release))
        context.addArchive(f"{archive}#{name}")
        _SENT.add(sent)
    return ReleasePlace(name, is_shipped=True)


def _archive(release: Release) -> Path:
    """Return an archive of what is read of a release; it is kept as long as this process, for executors that come late.

    It is not the packed release of `resolver seed pack`, whose database each executor would have to write first.
    """
    folder = Path(tempfile.mkdtemp(prefix="resolver-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    target = folder / f"{release.id}.tar.gz"
    with tarfile.open(target, "w:gz", compresslevel=_COMPRESSION) as archive:
        for name in (MANIFEST, DATABASE):
            archive.add(release.folder / name, arcname=f"{release.id}/{name}")
    return target
