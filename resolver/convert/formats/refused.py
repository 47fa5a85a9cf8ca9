"""Files that are not read, recognized by how they begin: each with what it is and how to make a table of it.

To add one, add its row to `REFUSED`.
"""

from __future__ import annotations

import codecs
import re
import shlex
from pathlib import PurePath
from typing import NamedTuple

from ...errors import UnreadableTable


class Refused(NamedTuple):
    """A kind of file that is not read: how its bytes begin, what it is, and what to do.

    In `hint` `{file}` and `{stem}` are its name, and its name without suffixes, for a shell, `{text}` is the command
    that prints its text; `{path}` and `{table}` are its name, and that of a CSV file, for Python.
    """

    begins: bytes
    what: str
    hint: str


def _read_by_pandas(reader: str) -> str:
    return f"Make a table of it with pandas: pandas.{reader}({{path}}).to_csv({{table}}, index=False)"


def _unpack(command: str) -> str:
    return f"Unpack it first: {command} {{file}}"


# The first line that is no comment, of GTF and GFF3.
_ATTRIBUTES = rb"(?:#[^\n]*\n|\r?\n)*(?:[^\t\n]*\t){8}"
_LIST = "Make a list of them: {text} | "
REFUSED = (
    Refused(rb"\x89HDF\r\n\x1a\n", "is an HDF5 file, such as AnnData (.h5ad), 10x (.h5) or Loom",
            "AnnData is converted on the command line and in Python: resolver convert {stem}.h5ad -o "
            "{stem}.converted.h5ad. Of other files, make a table of the gene names."),
    Refused(rb"MuData \(format-version=", "is an HDF5 file of MuData (.h5mu)",
            "It is converted on the command line and in Python: resolver convert {stem}.h5mu -o {stem}.converted.h5mu"),
    Refused(rb"(?:RD[AX][23]\n)?[XB]\n\0\0\0", "is a file of R objects, such as those of Seurat",
            "Make a table of its gene names in R: write.csv(data.frame(gene = rownames(object)), {table}, "
            "row.names = FALSE)"),
    Refused(rb"\0{12}\xc2\xea\x81\x60", "is a SAS table", _read_by_pandas("read_sas")),
    Refused(rb"HEADER RECORD\*{7}LIBRARY", "is a SAS transport file", _read_by_pandas("read_sas")),
    Refused(rb"\$FL[23]", "is an SPSS table", _read_by_pandas("read_spss")),
    Refused(rb"<stata_dta>|[\x69-\x73][\x01\x02]\x01\0", "is a Stata table", _read_by_pandas("read_stata")),
    Refused(rb"ARROW1\0\0|FEA1[\0-\x1f]", "is an Arrow (Feather) file", _read_by_pandas("read_feather")),
    Refused(rb"SQLite format 3\0", "is an SQLite database", "Export a table of it as CSV, with sqlite3 -csv -header."),
    Refused(rb"BZh[1-9]1AY&SY", "is compressed by bzip2", _unpack("bunzip2")),
    Refused(rb"\xfd7zXZ\0", "is compressed by xz", _unpack("unxz")),
    Refused(rb"7z\xbc\xaf\x27\x1c", "is a 7z archive", _unpack("7z x")),
    Refused(rb"Rar!\x1a\x07", "is a RAR archive", _unpack("unrar x")),
    Refused(rb"[^\0].{256}ustar", "is a tar archive", _unpack("tar xf")),
    Refused(rb"%PDF-", "is a PDF document", "Give its table as CSV or XLSX, as journals offer it for download."),
    Refused(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "is a picture", "Give the table as CSV or XLSX."),
    Refused(rb"\s*(?i:<!doctype html|<html|<head|<table)", "is a web page",
            "Download the table itself, or open the page in a spreadsheet program and save it as XLSX."),
    Refused(rb"\s*<\?xml", "is XML", "Open it in a spreadsheet program, and save it as XLSX or CSV."),
    Refused(rb"##fileformat=VCF", "is a VCF file: its genes are in annotations",
            "Make a table of those of VEP: bcftools +split-vep -d -f '%CHROM\\t%POS\\t%REF\\t%ALT\\t%SYMBOL\\t%Gene\\n'"
            " {file} > {stem}.tsv"),
    Refused(rb"##gff-version|" + _ATTRIBUTES + rb"(?:ID|Parent)=", "is a GFF3 file: its genes are in attributes",
            _LIST + "awk -F '\\t' '$3 ~ /gene$/ && match($9, /ID=[^;]+/) "
            "{{print substr($9, RSTART + 3, RLENGTH - 3)}}' > {stem}.txt"),
    Refused(_ATTRIBUTES + rb'[^\t\n]*gene_id "', "is a GTF file: its genes are in attributes",
            _LIST + "awk -F '\\t' '$3 == \"gene\" && match($9, /gene_id \"[^\"]+/) "
            "{{print substr($9, RSTART + 9, RLENGTH - 9)}}' > {stem}.txt"),
    Refused(rb">\S[^\n]*\n[A-Za-z*-]{10}", "is a FASTA file: its identifiers are in the lines that begin with >",
            _LIST + "grep '^>' | cut -c 2- | cut -d ' ' -f 1 > {stem}.txt"),
    Refused(rb"@(?:HD|SQ|RG|PG)\t|BAM\x01", "is an alignment", "Count the reads of each gene first: featureCounts."),
    Refused(rb"%%MatrixMarket", "is a matrix without identifiers",
            "Convert the list of its rows: features.tsv, or genes.tsv."),
)  # fmt: skip


def refuse(begin: bytes, name: str) -> None:
    """Raise UnreadableTable for a file that begins so, if it is of a kind that is not read."""
    begin = begin.removeprefix(codecs.BOM_UTF8)
    found = next((one for one in REFUSED if re.match(one.begins, begin, re.DOTALL)), None)
    if found is None:
        return
    packed = name.lower().endswith(".gz")
    stem = PurePath(name.removesuffix(".gz")).with_suffix("").name or name
    names = {
        "file": shlex.quote(name), "stem": shlex.quote(stem), "path": repr(name), "table": repr(f"{stem}.csv"),
        "text": f"{'gzip -dc' if packed else 'cat'} {shlex.quote(name)}",
    }  # fmt: skip
    raise UnreadableTable(found.what, path=name, hint=found.hint.format(**names))
