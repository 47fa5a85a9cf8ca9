"""The contract of every upstream file in the registry: a new one is tested before its author writes a test.

The files in tests/data/upstream have the official layouts; a file that upstream changes must be refused, not misread.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from resolver.errors import SourceChanged
from resolver.identifiers.namespaces import BY_PREFIX
from resolver.sources.base import SCHEMAS, Facts, SourceFile, Subject, find_wrong_subject, identifier_facts
from resolver.sources.registry import BY_KEY, FILES, SOURCES
from seed.upstream import find_upstream_files, read_upstream_file

UPSTREAM = Path(__file__).parent.parent / "data" / "upstream"
FOUND = find_upstream_files([UPSTREAM], FILES)
# Which columns of each kind of fact contain a CURIE.
CURIES = {
    "genes": ("subject",),
    "identifiers": ("subject",),
    "names": ("subject",),
    "orthologs": ("human", "mouse"),
    "products": ("transcript", "protein"),
    "retirements": ("retired", "successor"),
}

COMPANIONS = {file.companion for file in FILES}
HEADED = [file for file in FILES if file.layout.header]
HEADERLESS = [file for file in FILES if not file.layout.header and file.layout.separator == "\t"]

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.key)
each_headed_file = pytest.mark.parametrize("file", HEADED, ids=lambda file: file.key)
each_headerless_file = pytest.mark.parametrize("file", HEADERLESS, ids=lambda file: file.key)
each_stating_file = pytest.mark.parametrize(
    "file", [file for file in FILES if file.key not in COMPANIONS], ids=lambda file: file.key
)
each_headed_column = pytest.mark.parametrize(
    ("file", "column"),
    [pytest.param(file, column, id=f"{file.key} {column}") for file in HEADED for column in file.layout.columns],
)


def read(file: SourceFile, path: Path | None = None) -> dict[str, pl.DataFrame]:
    facts = read_upstream_file(file, path or FOUND[file.key], FOUND)
    return {kind: facts.frame(kind).collect() for kind in SCHEMAS}


def assert_same_facts(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> None:
    for kind, frame in one.items():
        assert_frame_equal(frame, other[kind], check_row_order=False)


def rows_of(file: SourceFile) -> list[list[str]]:
    return [line.split("\t") for line in FOUND[file.key].read_text(encoding="utf-8").splitlines()]


def write(folder: Path, file: SourceFile, rows: list[list[str]]) -> Path:
    path = folder / FOUND[file.key].relative_to(UPSTREAM)
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


@each_file
def test_there_is_a_small_file_in_the_official_layout(file: SourceFile) -> None:
    assert file.key in FOUND
    assert 3 <= len(rows_of(file)) <= 13


@each_file
def test_a_file_says_where_it_comes_from_and_under_which_licence(file: SourceFile) -> None:
    is_published_no_more = file.key == "mgi.archived_groups"
    assert file.url.startswith("https://") != is_published_no_more
    assert file.license
    assert file.adds
    assert file.source in [source.SOURCE for source in SOURCES]
    assert BY_KEY[file.key] is file


@each_file
def test_every_frame_has_the_declared_schema(file: SourceFile) -> None:
    facts: Facts = read_upstream_file(file, FOUND[file.key], FOUND)
    schemas = [(frame.collect_schema(), SCHEMAS[kind]) for kind in SCHEMAS for frame in getattr(facts, kind)]
    assert bool(schemas) == (file.key not in COMPANIONS)
    assert [found for found, declared in schemas if found != declared] == []


@each_file
def test_every_frame_keeps_its_schema_when_it_is_read(file: SourceFile) -> None:
    facts: Facts = read_upstream_file(file, FOUND[file.key], FOUND)
    frames = [(frame.collect().schema, SCHEMAS[kind]) for kind in SCHEMAS for frame in getattr(facts, kind)]
    assert [found for found, declared in frames if found != declared] == []


@each_stating_file
def test_a_file_states_something(file: SourceFile) -> None:
    assert sum(frame.height for frame in read(file).values()) > 0


@each_file
def test_every_record_is_named_by_a_curie_of_a_known_prefix(file: SourceFile) -> None:
    curies = pl.concat(
        [
            frame.select(curie=pl.col(column)).drop_nulls()
            for kind, frame in read(file).items()
            for column in CURIES[kind]
        ]
    )
    known = "|".join(prefix.replace(".", r"\.") for prefix in BY_PREFIX)
    assert curies.filter(~pl.col("curie").str.contains(f"^(?:{known}):[A-Za-z0-9_]+$")).to_series().to_list() == []


@each_file
def test_every_identifier_is_of_a_known_prefix(file: SourceFile) -> None:
    assert set(read(file)["identifiers"]["prefix"]) <= set(BY_PREFIX)


@each_file
def test_identifiers_are_stated_of_what_resolves_to_a_gene(file: SourceFile) -> None:
    stated = read(file)["identifiers"]
    # A phenotype that NCBI links to no gene is stated of itself.
    of_others = stated.filter(pl.col("subject") != pl.col("prefix") + ":" + pl.col("accession"))
    assert find_wrong_subject(file, of_others["subject"]) is None


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (Subject.GENE, "ncbigene:3574"),
        (Subject.GENE, "ensembl:ENSMUSG00000040329"),
        (Subject.GENE, "hgnc:6023"),
        (Subject.GENE, "mgi:96561"),
        (Subject.PRODUCT, "refseq:NM_000880"),
        (Subject.PRODUCT, "refseq:NP_000871"),
        (Subject.PRODUCT, "ensembl:ENST00000263851"),
        (Subject.PRODUCT, "uniprot:P13232"),
    ],
)
def test_gene_records_and_products_are_subjects_each_of_the_files_that_say_so(kind: Subject, subject: str) -> None:
    file = replace(BY_KEY["hgnc.complete_set"], subject=kind)
    other = replace(file, subject=Subject.PRODUCT if kind is Subject.GENE else Subject.GENE)
    assert find_wrong_subject(file, [subject]) is None
    assert find_wrong_subject(other, [subject]) is not None


@pytest.mark.parametrize("kind", Subject)
@pytest.mark.parametrize(
    "subject",
    ["omim:146660", "homologene:680", "vega:OTTHUMG00000164620", "hgnc.symbol:IL7", "refseq:NG_017017", "rgd:2892",
     "ensembl:ENSRNOG00000010756", "refseq:NP_000871.1", "3574"],
)  # fmt: skip
def test_a_subject_of_any_other_kind_is_refused_with_a_sentence(kind: Subject, subject: str) -> None:
    file = replace(BY_KEY["hgnc.complete_set"], subject=kind)
    sentence = find_wrong_subject(file, ["refseq:NP_000871" if kind is Subject.PRODUCT else "hgnc:6023", subject])
    assert sentence is not None
    assert sentence.startswith(f"hgnc.complete_set states identifiers of {subject}, which is not a ")
    assert "set `subject`" in sentence


@each_file
def test_every_accession_has_a_form_of_its_namespace(file: SourceFile) -> None:
    for prefix, accession in read(file)["identifiers"].select("prefix", "accession").unique().iter_rows():
        assert any(re.fullmatch(form.pattern, accession) for form in BY_PREFIX[prefix].forms), (prefix, accession)


def test_a_dot_is_before_a_version_only_in_a_namespace_with_versions() -> None:
    rows = pl.LazyFrame({"gene": ["hgnc:1", "hgnc:2", "hgnc:3"], "number": [" HS.591873 ", "", None]})

    def state(prefix: str) -> list[tuple[str, int | None]]:
        stated = identifier_facts(rows, "a", subject=pl.col("gene"), prefix=prefix, accession=pl.col("number"))
        return stated.select("accession", "version").collect().rows()

    assert state("clusters") == [("HS.591873", None)]
    assert state("refseq") == [("HS", 591_873)]


@each_stating_file
def test_every_fact_names_the_file_that_states_it(file: SourceFile) -> None:
    sources = [source for frame in read(file).values() for source in frame["source"].unique()]
    assert set(sources) == {file.key}


@each_file
def test_a_gzipped_file_is_found_by_its_name_alone_and_states_the_same(file: SourceFile, tmp_path: Path) -> None:
    plain = write(tmp_path, file, [])
    packed = plain.with_name(f"{plain.name}.gz")
    plain.unlink()
    packed.write_bytes(gzip.compress(FOUND[file.key].read_bytes()))
    assert find_upstream_files([tmp_path], FILES) == {file.key: packed}
    assert_same_facts(read(file), read(file, packed))


@each_headed_file
def test_a_header_without_rows_states_nothing(file: SourceFile, tmp_path: Path) -> None:
    path = write(tmp_path, file, rows_of(file)[:1])
    assert sum(frame.height for frame in read(file, path).values()) == 0


@each_headerless_file
def test_a_row_of_empty_cells_states_nothing(file: SourceFile, tmp_path: Path) -> None:
    path = write(tmp_path, file, [[""] * len(file.layout.columns)])
    assert sum(frame.height for frame in read(file, path).values()) == 0


@each_file
def test_an_empty_file_is_refused(file: SourceFile, tmp_path: Path) -> None:
    path = write(tmp_path, file, [])
    with pytest.raises(SourceChanged, match=path.name.replace(".", r"\.")):
        read_upstream_file(file, path)


@each_headed_column
def test_a_missing_column_is_named_with_its_file_and_what_was_found(
    file: SourceFile, column: str, tmp_path: Path
) -> None:
    header, *rows = rows_of(file)
    path = write(tmp_path, file, [[name if name != column else "renamed" for name in header], *rows])
    with pytest.raises(SourceChanged) as caught:
        read_upstream_file(file, path)
    message = str(caught.value)
    assert path.name in message
    assert repr(column) in message
    assert "renamed" in message
    assert caught.value.source == file.source
    assert caught.value.hint


@each_headed_file
def test_columns_may_stand_in_another_order(file: SourceFile, tmp_path: Path) -> None:
    width = len(rows_of(file)[0])
    turned = [row[:width][::-1] + row[width:] for row in rows_of(file)]
    assert_same_facts(read(file), read(file, write(tmp_path, file, turned)))


@each_headed_file
def test_a_column_that_upstream_adds_changes_nothing(file: SourceFile, tmp_path: Path) -> None:
    header, *rows = rows_of(file)
    added = [["added", *header], *(["something new", *row] for row in rows)]
    assert_same_facts(read(file), read(file, write(tmp_path, file, added)))


@each_headerless_file
@pytest.mark.parametrize("change", [-1, 2])
def test_another_number_of_columns_is_named_with_what_was_expected(
    file: SourceFile, change: int, tmp_path: Path
) -> None:
    width = len(file.layout.columns)
    rows = [([*row, "", ""] if change > 0 else row)[: width + change] for row in rows_of(file)]
    path = write(tmp_path, file, rows)
    with pytest.raises(SourceChanged) as caught:
        read_upstream_file(file, path)
    message = str(caught.value)
    assert path.name in message
    assert f"{width} columns" in message
    assert f"has {width + change}" in message
    assert caught.value.source == file.source
    assert caught.value.hint


@each_headerless_file
def test_a_tab_too_many_at_the_end_of_every_row_changes_nothing(file: SourceFile, tmp_path: Path) -> None:
    assert_same_facts(read(file), read(file, write(tmp_path, file, [[*row, ""] for row in rows_of(file)])))


def test_every_file_in_the_test_folder_is_one_of_the_registry() -> None:
    there = {path for path in UPSTREAM.rglob("*") if path.is_file()} - {UPSTREAM / "README.md"}
    assert there == set(FOUND.values())


@pytest.mark.parametrize("companion", sorted(key for key in COMPANIONS if key is not None))
def test_a_companion_is_a_file_of_the_registry(companion: str) -> None:
    assert companion in BY_KEY


def test_no_two_files_share_a_key() -> None:
    assert len({file.key for file in FILES}) == len(FILES) == len(BY_KEY)


@pytest.mark.parametrize(
    ("key", "name", "releases", "last"),
    [
        ("ncbi.mane", "MANE.GRCh38.v{}.summary.txt.gz", ("1.0", "1.10", "1.9"), "1.10"),
        ("ensembl.entrez.human", "Homo_sapiens.GRCh38.{}.entrez.tsv.gz", ("99", "101", "100"), "101"),
    ],
)
def test_of_several_releases_of_a_file_the_highest_is_taken(
    key: str, name: str, releases: tuple[str, ...], last: str, tmp_path: Path
) -> None:
    for release in releases:
        (tmp_path / name.format(release)).touch()
    assert find_upstream_files([tmp_path], FILES) == {key: tmp_path / name.format(last)}


def test_today_s_file_goes_before_an_older_stand_in(tmp_path: Path) -> None:
    for name in ("MRK_List2.rpt", "MRK_List1.rpt"):
        (tmp_path / name).touch()
    assert find_upstream_files([tmp_path], FILES) == {"mgi.marker_list": tmp_path / "MRK_List1.rpt"}


def test_an_earlier_folder_goes_before_a_later_one(tmp_path: Path) -> None:
    folders = [tmp_path / "mine", tmp_path / "theirs"]
    for folder in folders:
        (folder / "deeper").mkdir(parents=True)
        (folder / "deeper" / "gene_history").touch()
    assert find_upstream_files(folders, FILES) == {"ncbi.gene_history": folders[0] / "deeper" / "gene_history"}
