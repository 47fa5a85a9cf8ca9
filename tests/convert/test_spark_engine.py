"""Spark on two cores: the same cells as single answers give, row for row, and nothing collected on the driver."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.cells import CellConverter
from resolver.convert.engine import Engine, Tools
from resolver.convert.plan import Plan, Reading, make_plan
from resolver.convert.spark.engine import SparkConversion, convert_spark
from resolver.errors import BadOption, MissingColumn
from resolver.resolve.options import DEFAULT, read_options
from tests.resolve.test_golden import ROWS

SEED = 20_261
TO = "symbol,ncbigene,ensembl.transcript,uniprot"


def _golden_texts() -> list[str]:
    return list(dict.fromkeys(row.text for row in ROWS))


def _mixed_texts(resolver: LocalResolver, number: int) -> list[str]:
    """Return identifiers of all kinds as people write them: with versions, damaged, listed, unknown, empty."""
    rng = random.Random(SEED)  # noqa: S311  (a sample, not a secret)
    with sqlite3.connect(f"file:{resolver.release.database}?mode=ro&immutable=1", uri=True) as connection:
        rows = connection.execute("SELECT accession FROM identifier UNION SELECT text FROM name ORDER BY 1").fetchall()
    known = [row[0] for row in rng.sample(rows, number)]
    damages: list[Callable[[str], str]] = [
        lambda text: text,
        lambda text: text,
        lambda text: f"{text}.{rng.randint(1, 30)}",
        lambda text: f" {text} ",
        lambda text: text.lower(),
        lambda text: text[:-1],
        lambda text: f'"{text}"',
        lambda text: f"{text};{rng.choice(known)}",
        lambda text: f"ENSG009{rng.randint(0, 99_999_999):08d}",
        lambda text: rng.choice(["", "1-Mar", "NA", "nan", "2310009E13", "2.31E+13", "7157.0", "P13232-2", "LOC3574"]),
    ]
    return [rng.choice(damages)(text) for text in known]


def _frame(spark: Any, texts: Sequence[str | None], parts: int = 3) -> Any:
    rows = [(number, text, f"note {number}") for number, text in enumerate(texts)]
    context = spark.sparkContext
    return spark.createDataFrame(context.parallelize(rows, parts), "place int, id string, `a.note` string")


def _expected(resolver: LocalResolver, plan: Plan, texts: Sequence[str | None], rule: int = 0) -> list[tuple[Any, ...]]:
    converter = CellConverter(resolver, plan, plan.columns[rule])
    return [
        (place, *converted.list_cells(plan))
        for place, text in enumerate(texts)
        for converted in converter.convert(text or "")
    ]


def _converted(frame: Any, plan: Plan) -> list[tuple[Any, ...]]:
    return [(row["place"], *(row[name] for name in plan.added)) for row in frame.toLocalIterator()]


PLANS = {
    "as it is": make_plan(TO, DEFAULT),
    "mouse": make_plan(TO, read_options({"species": "mouse"})),
    "orthologs": make_plan(TO, read_options({"to_species": "mouse", "on_many": "first"})),
    "exploded": make_plan(TO, read_options({"on_many": "explode"})),
    "agreed": make_plan(TO, read_options({"consensus": "majority"}), separator="|", best=True),
    "none of several": make_plan(TO, read_options({"on_many": "na"}), missing="NA,nan"),
    "stated": make_plan("symbol,ensembl", read_options({"from": "ncbigene"})),
}


@pytest.mark.parametrize("name", PLANS)
def test_spark_says_of_each_cell_what_single_answers_and_the_local_engine_say(
    spark: Any, resolver: LocalResolver, name: str
) -> None:
    texts = [*_golden_texts(), *_mixed_texts(resolver, 400), None]
    conversion = SparkConversion(_frame(spark, texts), PLANS[name], Tools(resolver), Reading(("id",)))
    plan = conversion.prepared.plan
    converted = _converted(conversion.convert(), plan)
    assert converted == _expected(resolver, plan, texts)
    with Engine("cells", plan, Tools(resolver), is_small=False) as engine:
        added = engine.add([pl.Series(texts, dtype=pl.String)], str)
    assert [row[1:] for row in converted] == added.list_rows()
    assert (len(converted) > len(texts)) == (name == "exploded")


def test_numbers_are_read_as_the_column_says_and_other_columns_keep_their_types(
    spark: Any, resolver: LocalResolver
) -> None:
    numbers = [3574, 79923, 22059, 378938, None]
    rows = [(number, 0.5, b"x") for number in numbers]
    frame = spark.createDataFrame(rows, "entrez bigint, score double, raw binary")
    converted = convert_spark(frame, make_plan("symbol"), Tools(resolver))
    assert [field.dataType.simpleString() for field in converted.schema][:3] == ["bigint", "double", "binary"]
    assert converted.columns == [
        "entrez",
        "score",
        "raw",
        "symbol",
        "outcome",
        "reason",
        "matched_as",
        "retired_from",
        "also",
    ]
    cells = converted.collect()
    assert [row["symbol"] for row in cells] == ["IL7", "NANOG", "Trp53", "MALAT1", ""]
    assert cells[0]["matched_as"] == "identifier ncbigene:3574"


def test_several_columns_and_names_that_are_taken_are_told_apart(spark: Any, resolver: LocalResolver) -> None:
    frame = spark.createDataFrame([("P13232", "Il7", "mine")], "`my.id` string, other string, Symbol string")
    plan = make_plan("symbol")
    both = convert_spark(frame, plan, Tools(resolver), Reading(("my.id", "other")))
    assert both.columns[:5] == ["my.id", "other", "Symbol", "my.id.symbol", "my.id.outcome"]
    assert both.collect()[0][3] == "IL7"
    one = convert_spark(frame, plan, Tools(resolver), Reading(("my.id",)))
    assert one.columns[2:4] == ["Symbol", "symbol_2"]


def test_lists_in_a_cell_are_parted_where_the_column_has_such(spark: Any, resolver: LocalResolver) -> None:
    texts = ["P13232;P10168", "P13232", "P10168 ; P13232"]
    conversion = SparkConversion(_frame(spark, texts), make_plan("symbol"), Tools(resolver), Reading(("id",)))
    assert conversion.prepared.plan.columns[0].lists is not None
    assert [row[1] for row in _converted(conversion.convert(), conversion.prepared.plan)] == [
        "IL7;Il7", "IL7", "Il7;IL7",
    ]  # fmt: skip


def test_rows_stay_in_their_partitions_in_their_order_and_empty_ones_stay_empty(
    spark: Any, resolver: LocalResolver
) -> None:
    texts = _mixed_texts(resolver, 50)
    few = _frame(spark, texts, parts=5).where("place between 15 and 44").selectExpr("place", "id")
    converted = convert_spark(few, make_plan("symbol"), Tools(resolver), Reading(("id",)))
    before = few.rdd.map(lambda row: row["place"]).glom().collect()
    after = converted.rdd.map(lambda row: row["place"]).glom().collect()
    assert after == before
    assert [] in after


def test_marks_of_the_ledger_come_as_columns(spark: Any, resolver: LocalResolver) -> None:
    tools = Tools(resolver, {"uniprot:P13232": ("replaced", "uniprot:A0A024")})
    converted = convert_spark(
        _frame(spark, ["P13232", "IL7"]), make_plan("symbol", stale=True), tools, Reading(("id",))
    )
    assert [(row["stale"], row["use_now"]) for row in converted.collect()] == [("replaced", "uniprot:A0A024"), ("", "")]


def test_what_cannot_be_asked_is_refused_as_by_every_engine(spark: Any, resolver: LocalResolver) -> None:
    frame = _frame(spark, ["P13232"])
    with pytest.raises(MissingColumn, match="column 'ids' not found"):
        convert_spark(frame, make_plan("symbol"), Tools(resolver), Reading(("ids",)))
    with pytest.raises(BadOption, match="no column contains identifiers of genes"):
        convert_spark(frame.select("`a.note`"), make_plan("symbol"), Tools(resolver))


def test_a_preview_is_made_from_the_head(spark: Any, resolver: LocalResolver) -> None:
    conversion = SparkConversion(
        _frame(spark, ["P13232", "Il7"]), make_plan("symbol"), Tools(resolver), Reading(("id",))
    )
    assert [row[3] for row in conversion.preview()] == ["IL7", "Il7;IL7"]


def test_a_table_that_the_driver_could_not_take_is_converted(
    spark: Any, resolver: LocalResolver, tmp_path: Any
) -> None:
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    rows = 200_000
    frame = spark.range(0, rows, 1, 4).selectExpr("id as place", "concat('ENSG00000', 100000 + id) as gene", "uuid() u")
    converted = convert_spark(frame, make_plan("symbol,uniprot"), Tools(resolver), Reading(("gene",)))
    with pytest.raises((PySparkException, Py4JJavaError), match="maxResultSize"):
        converted.collect()
    converted.write.parquet(str(tmp_path / "out"))
    assert spark.read.parquet(str(tmp_path / "out")).count() == rows
