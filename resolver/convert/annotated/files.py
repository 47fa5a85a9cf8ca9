"""Files of AnnData (.h5ad) and MuData (.h5mu): read and written whole, each as its own kind."""

from __future__ import annotations

import warnings
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from ...errors import BadOption, InputError, UnreadableTable
from ..engine import preview
from ..files import check_target, new_file, open_table_file

if TYPE_CHECKING:
    from ..engine import Tools
    from ..merging import CollisionChoice
    from ..plan import Plan, Reading
    from ..report.summary import Summary

_KINDS = {".h5ad": "AnnData", ".h5mu": "MuData"}
_BEGIN = (b"\x89HDF\r\n\x1a\n", b"MuData (format-version=")  # before its HDF5, MuData has a block of text
_MISSING = "Install it beside the program: pip install 'gene-xref-resolver[anndata]'."


def is_annotated(source: str | Path, target: str | Path | None, *, is_dry: bool = False) -> bool:
    """Return whether the source is a file of AnnData or MuData, by its suffix.

    Raises BadOption where such a file, or another one, is to be written in a format that does not fit it; with `is_dry`
    nothing is written.
    """
    suffix, name = PurePath(source).suffix.lower(), PurePath(source).name
    kind = _KINDS.get(suffix)
    written = None if target is None or str(target) == "-" else PurePath(target).suffix.lower()
    if kind is None:
        if written in _KINDS:
            raise BadOption(
                f"{PurePath(str(target)).name}: only {_KINDS[written]} is written as {written}, and {name} is none",
                hint="Choose the name of a table, such as out.csv or out.parquet.",
            )
        return False
    if written == suffix or is_dry:
        return True
    what = "to a file, not to standard output" if written is None else f"as {suffix} only"
    stem = PurePath(name).stem
    raise BadOption(
        f"{name}: {kind} is written {what}",
        hint=f"Name it {stem}.converted{suffix}, for example. For a table of its features, save its var as CSV: "
        f".var.to_csv({f'{stem}.csv'!r})",
    )


class AnnotatedConversion:
    """A conversion of a file of AnnData or MuData, which `write` runs."""

    def __init__(self, source: Path, plan: Plan, tools: Tools, reading: Reading, collisions: CollisionChoice) -> None:
        """Read the file; raises UnreadableTable for what is no such file, MissingColumn and BadOption."""
        if (
            reading.header_row
            or reading.delimiter
            or reading.sheet
            or reading.encoding
            or reading.has_header is not None
        ):
            raise BadOption(
                f"{source.name} is no text table or workbook",
                hint="Omit --delimiter, --sheet, --encoding, --header and --header-row.",
            )
        kind = _KINDS[source.suffix.lower()]
        with open_table_file(source) as stream:
            if not stream.read(32).startswith(_BEGIN):
                raise UnreadableTable(f"is not {kind}, which is HDF5", path=str(source), hint="Copy or save it again.")
        try:
            if kind == "MuData":
                from .mudata_names import ModalityConversion as Kind
            else:
                from .anndata_names import NamesConversion as Kind  # type: ignore[assignment]
        except ModuleNotFoundError as error:
            what = f"is an HDF5 file ({kind}), and the package {error.name} that reads it is not installed"
            raise UnreadableTable(what, path=str(source), hint=_MISSING) from error
        self._source = source
        self._tools = tools
        self._compression, data = _read(source, kind)
        self._inner = Kind(data, source.name, plan, tools, reading, collisions)
        self.prepared = self._inner.prepared

    def preview(self, rows: int = 5) -> list[list[str]]:
        """Return the first features with their new cells; nothing is converted."""
        return preview(self.prepared, self._tools, rows)

    def write(self, output: str | Path, to_format: str | None = None, *, overwrite: bool = False) -> Summary:
        """Write the converted object, compressed as it was, and return the counts.

        Raises BadOption for a file that exists without `overwrite`, InputError where it cannot be written.
        """
        del to_format  # each kind has one
        target = Path(output)
        check_target(target, self._source, force=overwrite, how="--force")
        converted: Any
        converted, summary = self._inner.run(is_owned=True)
        try:
            with new_file(target) as draft, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                write = converted.write_h5mu if hasattr(converted, "mod") else converted.write_h5ad
                write(draft, compression=self._compression)
        except (OSError, TypeError, ValueError, KeyError, RuntimeError, NotImplementedError) as error:
            raise InputError(
                f"{target} cannot be written: {_shorten(error)}",
                hint="Free some disk space, choose another folder, or remove the part that the error names.",
            ) from error
        return summary


def _read(source: Path, kind: str) -> tuple[str | None, Any]:
    """Return how the matrix of a file is compressed, and what the file contains; raises UnreadableTable."""
    import anndata
    import h5py

    try:
        with h5py.File(source, "r") as file:
            if not {"obs", "var"} <= set(file):
                raise UnreadableTable(
                    f"is an HDF5 file, but not {kind}", path=str(source),
                    hint="Read it with the program that made it, such as scanpy.read_10x_h5, and save it again.",
                )  # fmt: skip
            compression = _find_compression(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if kind == "AnnData":
                return compression, anndata.read_h5ad(source)
            import mudata

            return compression, mudata.read_h5mu(source)
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RuntimeError, NotImplementedError) as error:
        raise UnreadableTable(
            f"cannot be read: {_shorten(error)}",
            path=str(source),
            hint="Copy it again, or save it with a newer anndata.",
        ) from error


def _find_compression(file: Any) -> str | None:  # noqa: ANN401
    parts = [file, *(file["mod"].values() if "mod" in file else ())]
    for part in parts:
        matrix = part.get("X")
        matrix = matrix.get("data") if hasattr(matrix, "get") and hasattr(matrix, "keys") else matrix
        if matrix is not None and getattr(matrix, "compression", None) in {"gzip", "lzf"}:
            return str(matrix.compression)
    return None


def _shorten(error: Exception) -> str:
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:200]
