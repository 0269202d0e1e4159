"""Orders, credits and what is settled, as the vectors of amounts and rules write them."""

from common import DAY

AT = 1_772_560_800_000  # 2026-03-03T18:00:00Z


def euro(minor, currency="EUR"):
    return {"minor": minor, "currency": currency}


def line(gross, tax=0, product="p", quantity=1, id="1", currency="EUR", **more):
    more = {key: euro(minor, currency) for key, minor in more.items()}
    return {"id": id, "product": product, "quantity": quantity, "gross": euro(gross, currency), "tax": euro(tax, currency), **more}


def order(lines, **more):
    base = {"id": "A-1", "at": AT, "lines": lines, "payment": 1, "cart_at": None, "identities": [], "coupons": [], "country": None, "customer": None}
    return {**base, **more}


def credit(affiliate, weight=1, campaign=None):
    return {"affiliate": affiliate, "weight": weight, "campaign": campaign}


def credits_of(credits):
    return [credit(c) if isinstance(c, str) else c for c in credits]


def refund(r, currency, op="refund"):
    """(id, minor, line, entries or error code[, currency]); of a whole order, `minor` is None."""
    row = lambda e: dict(zip(("line", "role", "recipient", "minor", "rule"), (*e, None)[:5]))
    expect = {"error": r[3]} if isinstance(r[3], str) else {"entries": [row(e) for e in r[3]]}
    return {"op": op, "id": r[0], "amount": euro(r[1], r[4] if len(r) > 4 else currency), "line": r[2], "expect": expect}


def reverse(id, expect):
    return {"op": "reverse", **{k: v for k, v in refund((id, 0, None, expect), "EUR").items() if k in ("id", "expect")}}


def restore(of, id, expect):
    return {"op": "restore", "of": of, **{k: v for k, v in reverse(id, expect).items() if k != "op"}}


class Settlements:
    def __init__(self):
        self.cases = []

    def settles(self, id, about, flags, rules, lines, credits, entries, refunds=(), earlier=None, grounds=None, explain=None, **more):
        """`entries`: (line, role, recipient, minor, rule); `earlier`: orders before it, each (lines, credits, refunds, fields of the order);
        `grounds`: (line, role, recipient, rule, what, base, percent, minor)."""
        row = lambda e: dict(zip(("line", "role", "recipient", "minor", "rule"), (*e, None)[:5]))
        currency = lines[0]["gross"]["currency"]
        if not isinstance(entries, str):
            for number in {e[0] for e in entries}:
                gross = next(l["gross"]["minor"] for l in lines if l["id"] == number)
                assert sum(e[3] for e in entries if e[0] == number) == gross, (id, number)
        expect = {"error": entries} if isinstance(entries, str) else {"entries": [row(e) for e in entries]}
        if grounds is not None:
            keys = ("line", "role", "recipient", "rule", "what", "base", "percent", "minor")
            expect["grounds"] = [dict(zip(keys, g)) for g in grounds]
        if explain is not None:
            expect["explain"] = explain
        steps = [r if isinstance(r, dict) else refund(r, currency) for r in refunds]
        before = earlier and [{"order": order(l, **{"id": f"E-{n}", **fields}), "credits": credits_of(c), "refunds": [{"id": f"E-{n}-{k}", "amount": euro(minor, l[0]["gross"]["currency"]), "line": None} for k, minor in enumerate(back)]}
                              for n, (l, c, back, fields) in enumerate(earlier)]
        self.cases.append({"id": id, "about": about, "flags": flags.split(), "program": rules, "order": order(lines, **more), "earlier": before,
                           "credits": credits_of(credits), "expect": expect, "refunds": steps})


# What a ledger takes.
def entry(role, recipient, minor, rule=None, line="1", currency="EUR"):
    return {"line": line, "role": role, "recipient": recipient, "amount": euro(minor, currency), "rule": rule}


def sale(*entries, order="A-1", payment=1, at=AT):
    return {"order": order, "at": at, "payment": payment, "entries": list(entries)}


HALF = (entry("affiliate", "anna", 5_000, "half"), entry("vendor", "vendor", 5_000))
COPECART = (entry("tax", None, 19_000), entry("fee", None, 5_931), entry("affiliate", "anna", 47_034, "half"), entry("vendor", "vendor", 47_035))


def event(id, kind, days=0, **fields):
    return {"id": id, "at": int(AT + days * DAY), "kind": kind, **fields}


def paid(*entries, id="pay", days=0, **more):
    return event(id, "payment", days, commission=sale(*(entries or HALF), **more))


def refunded(minor, id="ref", days=1, order="A-1", currency="EUR", **more):
    return event(id, "refund", days, order=order, payment=1, amount=euro(minor, currency), **more)
