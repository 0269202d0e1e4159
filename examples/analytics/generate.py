"""A realistic year: affiliates of very different size, visitors with phones and PCs, campaigns, seasons, returns. The same numbers for the same seed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

DAY = 86_400_000
START = 1_735_689_600_000  # 2025-01-01T00:00:00Z
AFFILIATES, PRODUCTS = 120, 12


def program(window: str = "30d", model: str = "last_touch") -> str:
    products = "\n".join(f'[[products]]\nid = "webinar-{n}"' for n in range(PRODUCTS))
    rows = []
    for n in range(AFFILIATES):
        since = "2024-06-01" if n % 7 else "2025-03-01"
        states = [f'{{ state = "approved", since = "{since}T00:00:00Z" }}']
        if n % 40 == 13:
            states.append('{ state = "suspended", since = "2025-09-01T00:00:00Z" }')
        group = '\ngroup = "gold"' if n < 8 else ""
        rows.append(f'[[affiliates]]\nid = "partner-{n}"{group}\npartnership = [{", ".join(states)}]')
    affiliates = "\n".join(rows)
    return f"""
sentby = 1
vendor = "webinarhaus"
name = "Webinarhaus 2025"
{products}
{affiliates}
[attribution]
window = "{window}"
model = "{model}"
cross_product = true
windows = {{ cookie = "7d" }}
[[commission]]
name = "gold"
when = {{ group = "gold" }}
pays = {{ percent = "50" }}
[[commission]]
name = "all"
pays = {{ percent = "35" }}
[settlement]
preset = "copecart"
"""


def year(touches: int, seed: int = 2025) -> tuple[pa.Table, pa.Table]:
    """Touches, and a tenth as many orders."""
    rng = np.random.default_rng(seed)
    orders, people = touches // 10, touches // 4
    season = 1 + 0.4 * np.sin(np.linspace(0, 4 * np.pi, 365)) + rng.normal(0, 0.05, 365)
    season = np.clip(season, 0.2, None) / np.clip(season, 0.2, None).sum()

    def times(count: int) -> np.ndarray:
        return START + rng.choice(365, count, p=season).astype(np.int64) * DAY + rng.integers(0, DAY, count)

    def codes(values: np.ndarray, names: list[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(values, pa.int32()), pa.array(names))

    who = (people * rng.random(touches) ** 2).astype(np.int64)
    partner = np.minimum((AFFILIATES * rng.random(touches) ** 3).astype(np.int64), AFFILIATES - 1)
    table = pa.table(
        {
            "visitor": pa.array(who),
            "at": pa.array(times(touches)).cast(pa.timestamp("ms", "UTC")),
            "affiliate": codes(partner, [f"partner-{n}" for n in range(AFFILIATES)]),
            "evidence": codes(rng.choice(4, touches, p=[0.15, 0.45, 0.25, 0.15]), ["token", "cookie", "parameter", "identity"]),
            "campaign": codes(rng.integers(0, 5, touches), ["mail", "blog", "video", "podcast", "social"]),
        }
    )
    gross = rng.choice([4900, 9900, 29700, 49700, 119000], orders, p=[0.3, 0.3, 0.2, 0.15, 0.05])
    sales = pa.table(
        {
            "order": pa.array([f"WH-{n:07}" for n in range(orders)]),
            "visitor": pa.array((people * rng.random(orders) ** 2).astype(np.int64)),
            "at": pa.array(times(orders)).cast(pa.timestamp("ms", "UTC")),
            "product": codes(rng.integers(0, PRODUCTS, orders), [f"webinar-{n}" for n in range(PRODUCTS)]),
            "gross": pa.array(gross),
            "tax": pa.array(gross * 19 // 119),
        }
    )
    return table, sales
