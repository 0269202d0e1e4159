"""Spark: several workers give the same bytes as one machine."""

import os
import sys

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from test_tables import rules, tables

import sentby
from sentby import SentbyError
from sentby import spark as on_spark


@pytest.fixture(scope="module")
def session():
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("sentby")
    for key, value in {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "4", "spark.sql.session.timeZone": "UTC", "spark.driver.host": "127.0.0.1"}.items():
        builder = builder.config(key, value)
    made = builder.getOrCreate()
    yield made
    made.stop()


@pytest.mark.parametrize("attribution", ["", 'model = "linear"'])
def test_several_workers_decide_as_one_machine(session, attribution: str) -> None:
    program, (touches, orders) = rules(attribution), tables(4000)
    credits = pa.table(sentby.attribute(program, touches, orders, currency="EUR").credits)
    at = touches["at"].take(credits["touch_row"].combine_chunks())
    wanted = [
        (r["order"], r["affiliate"], r["evidence"], when, r["weight"], r["share"], r["amount"], r["currency"])
        for r, when in zip(credits.to_pylist(), at.to_pylist(), strict=True)
    ]
    t, o = session.createDataFrame(touches), session.createDataFrame(orders)
    for parts in (None, 3):
        answer = on_spark.attribute(t, o, program, currency="EUR", parts=parts).toArrow()
        rows = [(*r.values(),) for r in answer.to_pylist()]
        assert answer.column_names == ["order", "affiliate", "evidence", "touch_at", "weight", "share", "amount", "currency"]
        assert sorted(rows) == sorted(wanted)


def test_wrong_tables_are_refused(session) -> None:
    program, (touches, orders) = rules(), tables(50)
    floats = orders.set_column(0, "order", pa.array([float(n) for n in range(len(orders))]))
    with pytest.raises(SentbyError, match="/orders/order: is double") as error:
        on_spark.attribute(session.createDataFrame(touches), session.createDataFrame(floats), program)
    assert error.value.code == "column_type"
