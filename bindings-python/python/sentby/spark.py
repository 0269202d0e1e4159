"""The same rules on Spark: visitors are spread over the workers, and each worker decides its own by the same engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import tables
from ._sentby import Program, SentbyError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame


def _schema(order_type: str, has_gross: bool) -> str:
    columns = [f"order {order_type}", "affiliate string", "evidence string", "touch_at timestamp", "weight bigint", "share double"]
    if has_gross:
        columns += ["amount bigint", "currency string"]
    return ", ".join(columns)


def attribute(touches: DataFrame, orders: DataFrame, program: Program, *, parts: int | None = None, evidence: str = "click", currency: str | None = None) -> DataFrame:
    """One row a credit: order, affiliate, evidence, touch_at, weight, share, and where orders have a gross, amount and currency.

    The columns of both tables are those of sentby.attribute. Visitors are spread over `parts` parts (Spark's shuffle partitions by default), which change
    no bit of the answer.
    """
    from pyspark.sql import functions as F
    from pyspark.sql.types import IntegralType, StringType

    spark = touches.sparkSession
    kind = orders.schema["order"].dataType
    if not isinstance(kind, (StringType, IntegralType)):
        error = SentbyError(f"/orders/order: is {kind.simpleString()}, expected texts or whole numbers")
        error.code = "column_type"
        raise error
    order_type = "string" if isinstance(kind, StringType) else "bigint"
    has_gross = "gross" in orders.columns
    parts = parts or int(spark.conf.get("spark.sql.shuffle.partitions") or 200)
    rules = program.to_json()

    def decide(own_touches: pa.Table, own_orders: pa.Table) -> pa.Table:
        import pyarrow

        from sentby import Program as Rules

        own_touches, own_orders = own_touches.drop(["_part"]), own_orders.drop(["_part"])
        wanted = ["order", "affiliate", "evidence", "touch_row", "weight", "share", *(["amount", "currency"] if has_gross else [])]
        options: Any = {"columns": wanted, "threads": 1, "evidence": evidence, "currency": currency}
        answer = tables.attribute(Rules.from_json(rules), own_touches, own_orders, **options)
        credits = pyarrow.table(answer.credits)
        columns = {
            "order": credits["order"].cast(pyarrow.string() if order_type == "string" else pyarrow.int64()),
            "affiliate": credits["affiliate"].cast(pyarrow.string()),
            "evidence": credits["evidence"].cast(pyarrow.string()),
            "touch_at": own_touches["at"].take(credits["touch_row"].combine_chunks()).cast(pyarrow.timestamp("us", "UTC")),
            "weight": credits["weight"],
            "share": credits["share"],
        }
        if has_gross:
            columns |= {"amount": credits["amount"], "currency": credits["currency"].cast(pyarrow.string())}
        return pyarrow.table(columns)

    def spread(table: DataFrame) -> DataFrame:
        return table.withColumn("_part", F.pmod(F.xxhash64(F.coalesce(F.col("visitor").cast("string"), F.lit(""))), F.lit(parts)))

    grouped: Any = spread(touches).groupBy("_part").cogroup(spread(orders).groupBy("_part"))
    return grouped.applyInArrow(decide, _schema(order_type, has_gross))
