"""Runs every case of core/vectors through the Python package."""

import json
import pathlib
from datetime import datetime, timedelta, timezone

import pytest
import sentby

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "core" / "vectors"
COUNTS = {"claim": 75, "commission": 97, "cookie": 51, "decision": 142, "desk": 106, "identity": 47, "ledger": 54, "link": 107, "money": 41, "network": 252, "program": 114, "settlement": 85, "token": 95, "tools": 103, "webhook": 150}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def time(millis):
    return None if millis is None else EPOCH + timedelta(milliseconds=millis)


def millis(at):
    return (at - EPOCH) // timedelta(milliseconds=1)


def money(value):
    return sentby.Money.from_minor(value["minor"], value["currency"])


def outcome(call):
    try:
        return call()
    except sentby.SentbyError as error:
        return {"error": error.code}


def referral(value):
    return sentby.Referral(**value)


def plain(referral):
    return {name: getattr(referral, name) for name in ("product", "affiliate", "campaign", "click_id", "sub_ids", "destination")}


def touch(value):
    return sentby.Touch(**{**value, "at": time(value["at"])})


def line(value):
    amounts = {name: money(value[name]) for name in ("gross", "tax", "shipping", "discount") if value.get(name)}
    return sentby.Line(**{**value, **amounts})


def order(value):
    times = {name: time(value.get(name)) for name in ("at", "cart_at", "first_at")}
    return sentby.Order(**{**value, **times, "lines": [line(each) for each in value["lines"]]})


def keys(file, case):
    return sentby.Keys([sentby.RootKey(k["id"], bytes.fromhex(k["secret_hex"]), retires=time(k["retires"])) for k in file["keys"][case["keys"]]])


def program(file, case):
    return sentby.Program.from_json(json.dumps(file["programs"][case["program"]]))


def ids(referral):
    return {"affiliate": referral.affiliate, "product": referral.product, "click_id": referral.click_id}


def run_token(file, case):
    k, now, audience = keys(file, case), time(case.get("now")), case.get("audience")
    match case["op"]:
        case "open":
            o = k.open(case["text"], case["purpose"], audience, now)
            return {**ids(o.referral), "issued_at": millis(o.issued_at), "expires_at": millis(o.expires_at), "key_id": o.key_id}
        case "peek":
            p = sentby.peek(case["text"])
            return {**ids(p.referral), "purpose": p.purpose, "key_id": p.key_id, "issued_at": millis(p.issued_at), "lifetime_hours": p.lifetime_hours}
        case "seal":
            r = sentby.Referral(affiliate=case["affiliate"], product=case["product"], click_id=case["click_id"])
            return {"text": k.seal(r, case["purpose"], audience, now, lifetime_hours=case["lifetime_hours"])}
        case "short_code":
            return {"text": k.short_code(case["click_id"], audience, now)}
        case "open_short_code":
            return {"click_id": k.open_short_code(case["text"], audience, now)}


def run_cookie(file, case):
    k, spec, now = keys(file, case), sentby.CookieSpec(**case["spec"]), time(case["now"])
    if case["op"] == "read":
        reading = k.read_cookie(spec, case["header"], now)
        touches = [{"affiliate": t.affiliate, "at": millis(t.at), "product": t.product, "click_id": t.click_id} for t in reading.touches]
        return {"touches": touches, "rejected": list(reading.rejected)}
    if case["op"] == "forget":
        return {"set_cookie": k.forget_cookie(spec, case["header"], case["click_ids"], now)}
    touches = [touch({**t, "evidence": "parameter"}) for t in case["touches"]]
    return {"set_cookie": k.set_cookie(spec, touches, case["consent"], now)}


def run_decision(file, case):
    p, o, touches = program(file, case), order(case["order"]), [touch(t) for t in case["touches"]]
    d = p.attribute(o, touches)
    return {
        "credits": [{"affiliate": c.affiliate, "weight": c.weight, "touch": c.touch} for c in d.credits],
        "verdicts": [{"reason": v.reason, "by": v.by} for v in d.verdicts],
        "flags": [{"code": f.code, "touches": list(f.touches)} for f in d.flags],
        "conflicts": [{name: getattr(w, name) for name in ("evidence", "affiliate", "touch", "credited")} for w in d.conflicts],
        "version": d.version,
        "fingerprint": p.fingerprint(o, touches, d),
        "explain": d.explain(),
        "explain_de": d.explain(sentby.messages("de")),
    }


def rows(entries):
    return [{"line": e.line, "role": e.role, "recipient": e.recipient, "minor": e.amount.minor, "rule": e.rule} for e in entries]


def run_settlement(file, case):
    p = program(file, case)

    def settle(sale, earlier):
        o = order(sale["order"])
        credits = [sentby.Credit(c["affiliate"], c["weight"], n, "cookie", campaign=c["campaign"]) for n, c in enumerate(sale["credits"])]
        decision = sentby.Decision(o.id, o.at, credits, [])
        return p.commission(o, decision) if earlier is None else p.commission_after(o, decision, earlier)

    earlier = None if case["earlier"] is None else []
    for before in case["earlier"] or []:
        commission = settle(before, earlier)
        for step in before["refunds"]:
            commission = p.refund(commission, sentby.Refund(step["id"], money(step["amount"])))
        earlier.append(commission)
    sale = commission = settle(case, earlier)
    for step in case["refunds"]:
        calls = {
            "refund": lambda: p.refund(commission, sentby.Refund(step["id"], money(step["amount"]), line=step["line"])),
            "reverse": lambda: p.reverse(commission, step["id"]),
            "restore": lambda: p.restore(commission, step["of"], step["id"]),
        }
        before = len(commission.entries)
        got = outcome(calls[step["op"]])
        if not isinstance(got, dict):
            commission, got = got, {"entries": rows(got.entries[before:])}
        assert got == step["expect"], step
    got = {"entries": rows(sale.entries)}
    if "grounds" in case["expect"]:
        got["grounds"] = [
            {"line": g.line, "role": g.role, "recipient": g.recipient, "rule": g.rule, "what": g.what, "base": g.base.minor,
             "percent": None if g.percent is None else str(g.percent), "minor": g.amount.minor}
            for g in sale.grounds
        ]
    if "explain" in case["expect"]:
        got["explain"] = commission.explain()
    return got


run_commission = run_settlement


def event(value):
    value = {**value, "at": time(value["at"])}
    if "amount" in value:
        value["amount"] = money(value["amount"])
    if "commission" in value:
        sale = value["commission"]
        entries = [sentby.Entry(**{**entry, "amount": money(entry["amount"])}) for entry in sale["entries"]]
        value["commission"] = sentby.Commission(**{**sale, "at": time(sale["at"]), "entries": entries})
    return sentby.LedgerEvent(**value)


def answer(p, ledger, ask):
    kind, at, who = ask["ask"], time(ask.get("at")), ask.get("recipient")
    if kind == "balance":
        names = ("earned", "adjusted", "pending", "available", "paid_out")
        return [{"currency": b.earned.currency, **{n: getattr(b, n).minor for n in names}} for b in ledger.balance(p, who, at)]
    if kind == "payout":
        run = ledger.payout(p, at)
        return {
            "payouts": [{"recipient": x.recipient, "minor": x.amount.minor} for x in run.payouts],
            "withheld": [{"recipient": x.recipient, "minor": x.amount.minor, "why": x.why} for x in run.withheld],
        }
    if kind == "orders":
        share = lambda x: {"role": x.role, "recipient": x.recipient, "minor": x.amount.minor, "state": x.state}
        return [{"order": o.order, "payment": o.payment, "state": o.state, "shares": [share(x) for x in o.shares]} for o in ledger.orders(p, at)]
    if kind == "entries":
        row = lambda e: {"event": e.event, "kind": e.kind, "role": e.role, "recipient": e.recipient, "minor": e.amount.minor}
        assert all(e in ledger.entries_of(e.order) for e in ledger.entries() if e.order)
        return [row(e) for e in ledger.entries(time(ask["since"]))]
    if kind == "statement":
        row = lambda x: {"opening": x.opening.minor, "closing": x.closing.minor, "events": [e.event for e in x.entries]}
        return [row(x) for x in ledger.statement(who, time(ask["start"]), time(ask["end"]))]
    if kind == "problems":
        return [{"event": x.event, "code": x.code} for x in ledger.problems()]
    assert kind == "next_payout"
    return millis(p.next_payout(at))


def run_ledger(file, case):
    p, ledger = program(file, case), sentby.Ledger()

    def receipt(value):
        receipt = ledger.apply(event(value))
        return {"outcome": receipt.outcome, "problems": [problem.code for problem in receipt.problems]}

    receipts = [outcome(lambda: receipt(value)) for value in case["events"]]
    kept = [event(value) for value, receipt in zip(case["events"], receipts) if "error" not in receipt]
    assert ledger.verify(kept) is None
    answers = [answer(p, ledger, ask) for ask in case["asks"]]
    restored = sentby.Ledger.restore(ledger.snapshot())
    assert answers == [answer(p, restored, ask) for ask in case["asks"]]
    return {"receipts": receipts, "answers": answers}


def text(word):
    return word


def place(detail):
    first = detail.split(": ")[0]
    return first if first.startswith("/") and first != detail else ""


def told(call):
    try:
        return call()
    except sentby.SentbyError as error:
        return {"error": error.code, "place": place(str(error))}


def minor(amount):
    return None if amount is None else amount.minor


def at(time):
    return None if time is None else millis(time)


def run_webhook(file, case):
    p = program(file, case)

    def read():
        w = p.webhook(case["platform"], case["secret"], case["signature"], case["body"].encode(), time(case["received"]))
        sale = w.sale
        commission = None if sale is None else p.commission(sale, p.attribute(sale, []))
        events = w.events(commission)
        touch = w.touch()
        assert (touch and touch.affiliate) == w.affiliate
        line = lambda x: {"id": x.id, "product": x.product, "quantity": x.quantity, "gross": x.gross.minor, "tax": x.tax.minor, "shipping": minor(x.shipping), "discount": minor(x.discount)}
        money = w.affiliate_amount
        return {
            "kind": w.kind, "id": w.id, "test": w.test, "at": at(w.at), "order": w.order, "payment": w.payment,
            "sale": sale and {"at": at(sale.at), "payment": sale.payment, "country": sale.country, "first_at": at(sale.first_at), "lines": [line(x) for x in sale.lines]},
            "refunds": [{"id": r.id, "line": r.line, "minor": r.amount.minor} for r in w.refunds],
            "affiliate": w.affiliate, "campaign": w.campaign, "affiliate_amount": money and {"minor": money.minor, "currency": money.currency}, "token": w.token,
            "notes": [place(note) for note in w.notes],
            "events": [{"id": e.id, "kind": text(e.kind), "line": e.line, "minor": minor(e.amount), "of": e.of} for e in events],
        }

    return told(read)


def standing(s):
    turnover = [{"currency": t.revenue.currency, "revenue": t.revenue.minor, "refunds": t.refunds.minor, "commission": t.commission.minor, "per_click": minor(t.per_click)} for t in s.turnover]
    rate = None if s.conversion is None else str(s.conversion)
    return {"affiliate": s.affiliate, "clicks": s.clicks, "visitors": s.visitors, "leads": s.leads, "sales": s.sales, "conversion": rate, "turnover": turnover}


def membership(m):
    return {"state": text(m.state), "since": at(m.since), "product": m.product}


def profiled(p):
    share = lambda x: {"role": text(x.role), "minor": x.amount.minor, "state": text(x.state)}
    return {
        "affiliate": p.affiliate, "states": [membership(m) for m in p.partnership], "standing": standing(p.standing),
        "links": [{"link": x.link, "clicks": x.clicks, "visitors": x.visitors, "leads": x.leads, "last": at(x.last)} for x in p.links],
        "orders": [{"order": o.order, "payment": o.payment, "state": text(o.state), "shares": [share(x) for x in o.shares]} for o in p.orders],
        "balances": [{"currency": b.available.currency, "available": b.available.minor} for b in p.balances],
    }


def ledger_of(case):
    ledger = sentby.Ledger()
    for each in case["events"]:
        ledger.apply(event(each))
    return ledger


def run_desk(file, case):
    p, op = program(file, case), case["op"]
    activities = [sentby.Activity(kind=each["kind"], at=time(each["at"]), affiliate=each["affiliate"], visitor=each["visitor"], link=each["link"]) for each in case.get("activities", [])]
    if op == "leaderboard":
        def board():
            board = p.leaderboard(ledger_of(case), activities, sentby.ReportPeriod(**case["period"]))
            return {"rows": [standing(row) for row in board.rows], "total": standing(board.total)}

        return told(board)
    if op == "profile":
        found = p.profile(ledger_of(case), activities, case["affiliate"], time(case["at"]))
        return None if found is None else profiled(found)
    if op == "diagnose":
        asked = case["question"]
        question = sentby.Question(
            affiliate=asked["affiliate"], at=time(asked["at"]), order=asked["order"], sale=None if asked["sale"] is None else order(asked["sale"]),
            touches=[touch(each) for each in asked["touches"]], period=sentby.ReportPeriod(**asked["period"]),
        )
        ledger = None if case["events"] is None else ledger_of(case)
        others = [program(file, {"program": name}) for name in case["others"]]

        def found():
            row = lambda d: {"code": text(d.code), "affiliate": d.affiliate, "product": d.product, "order": d.order, "at": at(d.at), "minor": minor(d.amount), "reason": text(d.reason), "touch": d.touch}
            return [row(d) for d in p.diagnose(question, ledger, others)]

        return told(found)
    assert op == "moderate"
    steps = []
    for step in case["steps"]:
        moderation = sentby.Moderation(affiliate=step["affiliate"], action=step["action"], since=time(step["since"]), product=step["product"])
        try:
            p = p.moderate(moderation)
            steps.append(None)
        except sentby.SentbyError as error:
            steps.append({"error": error.code, "place": place(str(error))})
    who = case["affiliate"]
    known = p.profile(sentby.Ledger(), [], who, EPOCH)

    def reason(ask):
        price = lambda minor: money({"minor": minor, "currency": "EUR"})
        sold = sentby.Order(id="A-1", at=time(ask["at"]), lines=[sentby.Line(id="1", product=ask["product"], gross=price(100), tax=price(0))])
        return text(p.attribute(sold, [sentby.Touch(affiliate=who, at=time(ask["at"]), evidence="manual")]).verdicts[0].reason)

    return {"steps": steps, "states": [membership(m) for m in (known.partnership if known else ())], "reasons": [reason(ask) for ask in case["asks"]]}


def run_money(file, case):
    if case["op"] == "parse":
        return {"minor": sentby.Money(case["text"], case["currency"]).minor}
    return {"parts": sentby.allocate(case["total"], case["weights"])}


def run_link(file, case):
    p = program(file, case)
    op, url = case["op"], case.get("url")
    if op == "link":
        return {"url": p.link(referral(case["referral"]))}
    if op == "decorate":
        return {"url": p.decorate(url, referral(case["referral"]))}
    if op == "carry":
        return {"url": p.carry(url, case["carrier"])}
    if op == "carried":
        return {"carrier": p.carried(url)}
    if op == "advice":
        return {"advice": [{"code": a.code, "place": a.place} for a in p.lint()]}
    link = p.read(case["url"])
    return link and {"network": link.network, "template": link.template, "referral": plain(link.referral)}


def run_identity(file, case):
    return {"identities": list(program(file, case).identity(keys(file, case), case["kind"], case["value"]))}


def run_network(_file, case):
    op = case["op"]
    if op == "link":
        return {"url": sentby.link(case["network"], referral(case["referral"]))}
    if op == "lint":
        return {"findings": [{"code": f.code, "start": f.start, "end": f.end} for f in sentby.lint(case["url"])]}
    reading = (sentby.read_lenient if op == "read_lenient" else sentby.read)(case["url"])
    second = [{"network": s.network, "referral": plain(s.referral)} for s in reading.second_networks]
    return {"network": reading.network, "referral": plain(reading.referral), "second_networks": second, "warnings": list(reading.warnings)}


def why(receipt):
    """The code of a rejection, and its place if it has one."""
    parts = receipt.detail.split(": ", 2) if receipt.outcome == "reject" else None
    return parts and (": ".join(parts[:2]) if parts[1].startswith("/") else parts[0])


def run_claim(_file, case):
    now = time(case["now"])
    if case["op"] == "touch":
        t = sentby.Claim.from_json(case["text"]).touch(now)
        return t and {name: millis(t.at) if name == "at" else getattr(t, name) for name in case["expect"]}
    stored = [sentby.StoredClaim(s["key"], sentby.Claim.from_json(s["text"])) for s in case["stored"]]
    receipt = sentby.receive_claim(case["text"], case["key"], stored, now)
    return {"outcome": receipt.outcome, "claim": receipt.claim and receipt.claim.to_json(), "why": why(receipt)}


def run_tools(_file, case):
    if case["op"] == "lint":
        return [{"code": a.code, "place": a.place} for a in sentby.Program.from_toml(case["text"]).lint()]
    old, new = (sentby.Program.from_toml(case[name]) for name in ("old", "new"))
    return [{"place": c.place, "sentence": c.sentence} for c in old.diff(new)]


def run_program(file, case):
    load = sentby.Program.from_toml if case["form"] == "toml" else sentby.Program.from_json
    try:
        load(case["text"])
        return {"error": None}
    except sentby.SentbyError as error:
        assert case["expect"]["place"] in str(error)
        return {"error": error.code, "place": case["expect"]["place"]}


def all_cases():
    for name, count in COUNTS.items():
        file = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
        assert len(file["cases"]) == file["count"] == count, f"{name}: number of cases"
        for case in file["cases"]:
            yield pytest.param(name, file, case, id=f"{name}-{case['id']}")


def test_every_vector_file_is_run():
    assert {path.stem for path in VECTORS.glob("*.json")} - {"api", "codes"} == set(COUNTS)


@pytest.mark.parametrize(("name", "file", "case"), list(all_cases()))
def test_vector(name, file, case):
    assert outcome(lambda: globals()[f"run_{name}"](file, case)) == case["expect"], case["about"]
