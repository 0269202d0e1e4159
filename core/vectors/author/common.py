"""What the authors share. Expected values are written from the rules (core/DESIGN.md); nothing here calls sentby."""
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent.parent
DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
SAFE = 2**53 - 1


def write(name, about, cases, **header):
    ids = [case["id"] for case in cases]
    assert len(set(ids)) == len(ids), "an id occurs twice"
    assert all(case["about"] and case["flags"] for case in cases)
    rows = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    head = json.dumps({"about": about, "count": len(cases), **header}, ensure_ascii=False, indent=1)
    (HERE / name).write_text(f'{head[:-2]},\n "cases": [\n{rows}\n ]\n}}\n', encoding="utf-8")


EVIDENCE = ["manual", "coupon", "token", "parameter", "cookie", "identity", "claim", "click", "impression"]


def partner(id, percent, **more):
    return {"id": id, "percent": percent, **more}


def product(id, *partners):
    return {"id": id, "name": "", "partners": list(partners)}


def state(state, since="2026-01-01T00:00:00Z", product=None):
    return {"state": state, "since": since, "product": product}


def affiliate(id, *partnership, group=None, klass=None, coupons=(), identities=(), **more):
    """`more`: role and parent, which are written only where they are not the default."""
    return {"id": id, "group": group, "class": klass, **more, "coupons": list(coupons), "identities": list(identities),
            "partnership": list(partnership) or [state("approved")]}


def rule(name, pays, **when):
    conditions = {"product": [], "affiliate": [], "group": [], "campaign": [], "evidence": [], "coupon": [], "country": [],
                  "customer": None, "payment_from": None, "payment_to": None, "quantity_from": None, "quantity_to": None,
                  "gross_from": None, "gross_below": None, "from": None, "until": None}
    assert set(when) <= {*conditions, "event"}
    event = {"event": when.pop("event")} if "event" in when else {}
    return {"name": name, "when": {**event, **conditions, **when},
            "pays": {"percent": None, "fixed": [], "per": None, "first_payment": [], **pays}}


def program(affiliates, products=(), templates=(), commission=(), settlement=None, ids="exact", vendor="vendor", time_zone=None,
            bonuses=(), second_level=None, **attribution):
    """A program in its canonical form: every default written out, fields in their order."""
    defaults = {"model": "last_touch", "precedence": [[kind] for kind in EVIDENCE], "window": "30d", "windows": {}, "signed": [],
                "consent": "unless_denied", "cross_product": False,
                "after_cart": ["token", "parameter", "cookie", "identity", "claim", "click", "impression"], "stand_down": [],
                "half_life": "7d", "position": {"first": 40, "middle": 20, "last": 40}}
    # Written only where they are not the default: shortest {}, coupon_audience "anyone", accounts_max 3.
    assert set(attribution) <= {*defaults, "shortest", "coupon_audience", "accounts_max"}
    money = {"preset": None, "rounding": None, "steps": None, "base": None, "fee": None, "partners_base": None}
    given = lambda key, value: {key: value} if value else {}
    return {"sentby": 1, "name": "", "vendor": vendor, "ids": ids, **given("time_zone", time_zone), "products": list(products), "affiliates": list(affiliates),
            "links": {"templates": list(templates), "parameter": "xa"}, "attribution": {**defaults, **attribution},
            "commission": list(commission), **given("bonuses", list(bonuses)), **given("second_level", second_level), "settlement": {**money, **(settlement or {})}}
