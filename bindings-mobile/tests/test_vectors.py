"""Runs every case of core/vectors through the Python that UniFFI generates, as a check of the mirrors."""

import json
import pathlib
import sys
from datetime import datetime, timedelta, timezone

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "target" / "generated" / "python"))
from generated_sentby import sentby as s, sentby_server  # noqa: E402

VECTORS = HERE.parents[1] / "core" / "vectors"
COUNTS = {"claim": 75, "commission": 97, "cookie": 51, "decision": 142, "desk": 106, "identity": 47, "ledger": 54, "link": 107, "money": 41, "network": 252, "program": 114, "settlement": 85, "token": 95, "tools": 103, "webhook": 150}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def time(millis):
    return None if millis is None else EPOCH + timedelta(milliseconds=millis)


def millis(at):
    return (at - EPOCH) // timedelta(milliseconds=1)


def money(value):
    return s.Money(minor=value["minor"], currency=value["currency"])


def word(enum, text):
    return None if text is None else enum[text.upper()]


def outcome(call):
    try:
        return call()
    except s.SentbyException.Refused as error:
        return {"error": error.code}


def touch(value, evidence=None):
    value = {**value, "at": time(value["at"]), "evidence": word(s.Evidence, evidence or value["evidence"])}
    return s.Touch(**{**value, "consent": word(s.Consent, value.get("consent"))})


def line(value):
    amounts = {name: money(value[name]) for name in ("gross", "tax", "shipping", "discount") if value.get(name)}
    return s.Line(**{**value, **amounts})


def order(value):
    times = {name: time(value.get(name)) for name in ("at", "cart_at", "first_at")}
    words = {"customer": word(s.Customer, value["customer"]), "event": word(s.Event, value.get("event"))}
    return s.Order(**{**value, **times, **words, "lines": [line(each) for each in value["lines"]]})


def keys(file, case):
    return sentby_server.Keys([sentby_server.RootKey(k["id"], bytes.fromhex(k["secret_hex"]), time(k["retires"])) for k in file["keys"][case["keys"]]])


def program(file, case):
    return s.Program.from_json(json.dumps(file["programs"][case["program"]]))


def ids(r):
    return {"affiliate": r.affiliate, "product": r.product, "click_id": r.click_id}


def run_token(file, case):
    k, now, audience, purpose = keys(file, case), time(case.get("now")), case.get("audience"), word(s.Purpose, case.get("purpose"))
    match case["op"]:
        case "open":
            o = k.open(case["text"], purpose, audience, now)
            return {**ids(o.referral), "issued_at": millis(o.issued_at), "expires_at": millis(o.expires_at), "key_id": o.key_id}
        case "peek":
            p = s.peek(case["text"])
            rest = {"purpose": p.purpose.name.lower(), "key_id": p.key_id, "issued_at": millis(p.issued_at), "lifetime_hours": p.lifetime_hours}
            return {**ids(p.referral), **rest}
        case "seal":
            r = s.Referral(affiliate=case["affiliate"], product=case["product"], click_id=case["click_id"])
            return {"text": k.seal(r, purpose, audience, now, case["lifetime_hours"])}
        case "short_code":
            return {"text": k.short_code(case["click_id"], audience, now)}
        case "open_short_code":
            return {"click_id": k.open_short_code(case["text"], audience, now)}


def run_cookie(file, case):
    k, spec, now = keys(file, case), s.CookieSpec(**case["spec"]), time(case["now"])
    if case["op"] == "read":
        reading = k.read_cookie(spec, case["header"], now)
        touches = [{"affiliate": t.affiliate, "at": millis(t.at), "product": t.product, "click_id": t.click_id} for t in reading.touches]
        return {"touches": touches, "rejected": reading.rejected}
    if case["op"] == "forget":
        return {"set_cookie": k.forget_cookie(spec, case["header"], case["click_ids"], now)}
    return {"set_cookie": k.set_cookie(spec, [touch(t, "parameter") for t in case["touches"]], word(s.Consent, case["consent"]), now)}


def run_decision(file, case):
    p, o, touches = program(file, case), order(case["order"]), [touch(t) for t in case["touches"]]
    d = p.attribute(o, touches)
    return {
        "credits": [{"affiliate": c.affiliate, "weight": c.weight, "touch": c.touch} for c in d.credits],
        "verdicts": [{"reason": v.reason.name.lower(), "by": v.by} for v in d.verdicts],
        "flags": [{"code": f.code.name.lower(), "touches": f.touches} for f in d.flags],
        "conflicts": [
            {"evidence": w.evidence.name.lower(), "affiliate": w.affiliate, "touch": w.touch, "credited": w.credited} for w in d.conflicts
        ],
        "version": d.version,
        "fingerprint": p.fingerprint(o, touches, d),
        "explain": s.explain(d),
        "explain_de": s.explain(d, s.messages("de")),
    }


def rows(entries):
    return [{"line": e.line, "role": e.role.name.lower(), "recipient": e.recipient, "minor": e.amount.minor, "rule": e.rule} for e in entries]


def run_settlement(file, case):
    p = program(file, case)

    def settle(sale, earlier):
        o = order(sale["order"])
        credits = [
            s.Credit(affiliate=c["affiliate"], weight=c["weight"], touch=n, evidence=s.Evidence.COOKIE, campaign=c["campaign"])
            for n, c in enumerate(sale["credits"])
        ]
        decision = s.Decision(order=o.id, at=o.at, credits=credits, verdicts=[])
        return p.commission(o, decision) if earlier is None else p.commission_after(o, decision, earlier)

    earlier = None if case["earlier"] is None else []
    for before in case["earlier"] or []:
        commission = settle(before, earlier)
        for step in before["refunds"]:
            commission = p.refund(commission, s.Refund(id=step["id"], amount=money(step["amount"]), line=None))
        earlier.append(commission)
    sale = commission = settle(case, earlier)
    for step in case["refunds"]:
        calls = {
            "refund": lambda: p.refund(commission, s.Refund(id=step["id"], amount=money(step["amount"]), line=step["line"])),
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
            {"line": g.line, "role": g.role.name.lower(), "recipient": g.recipient, "rule": g.rule, "what": g.what.name.lower(),
             "base": g.base.minor, "percent": g.percent, "minor": g.amount.minor}
            for g in sale.grounds
        ]
    if "explain" in case["expect"]:
        got["explain"] = s.explain_commission(commission)
    return got


run_commission = run_settlement


def event(value):
    value = {**value, "at": time(value["at"]), "kind": word(s.LedgerKind, value["kind"]), "state": word(s.PartnershipState, value.get("state"))}
    if "amount" in value:
        value["amount"] = money(value["amount"])
    if "commission" in value:
        sale = value["commission"]
        entries = [s.Entry(**{**entry, "role": word(s.Role, entry["role"]), "amount": money(entry["amount"])}) for entry in sale["entries"]]
        value["commission"] = s.Commission(**{**sale, "at": time(sale["at"]), "entries": entries, "event": word(s.Event, sale.get("event"))})
    return s.LedgerEvent(**value)


def text(word):
    return None if word is None else word.name.lower()


def answer(p, ledger, ask):
    kind, at, who = ask["ask"], time(ask.get("at")), ask.get("recipient")
    if kind == "balance":
        names = ("earned", "adjusted", "pending", "available", "paid_out")
        return [{"currency": b.earned.currency, **{n: getattr(b, n).minor for n in names}} for b in ledger.balance(p, who, at)]
    if kind == "payout":
        run = ledger.payout(p, at)
        return {
            "payouts": [{"recipient": x.recipient, "minor": x.amount.minor} for x in run.payouts],
            "withheld": [{"recipient": x.recipient, "minor": x.amount.minor, "why": text(x.why)} for x in run.withheld],
        }
    if kind == "orders":
        share = lambda x: {"role": text(x.role), "recipient": x.recipient, "minor": x.amount.minor, "state": text(x.state)}
        return [{"order": o.order, "payment": o.payment, "state": text(o.state), "shares": [share(x) for x in o.shares]} for o in ledger.orders(p, at)]
    if kind == "entries":
        row = lambda e: {"event": e.event, "kind": text(e.kind), "role": text(e.role), "recipient": e.recipient, "minor": e.amount.minor}
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
    p, ledger = program(file, case), s.Ledger()

    def receipt(value):
        receipt = ledger.apply(event(value))
        return {"outcome": text(receipt.outcome), "problems": [problem.code for problem in receipt.problems]}

    receipts = [outcome(lambda: receipt(value)) for value in case["events"]]
    kept = [event(value) for value, receipt in zip(case["events"], receipts) if "error" not in receipt]
    assert ledger.verify(kept) is None
    answers = [answer(p, ledger, ask) for ask in case["asks"]]
    restored = s.Ledger.restore(ledger.snapshot())
    assert answers == [answer(p, restored, ask) for ask in case["asks"]]
    return {"receipts": receipts, "answers": answers}


def place(detail):
    first = detail.split(": ")[0]
    return first if first.startswith("/") and first != detail else ""


def told(call):
    try:
        return call()
    except s.SentbyException.Refused as error:
        return {"error": error.code, "place": place(error.detail)}


def minor(amount):
    return None if amount is None else amount.minor


def at(time):
    return None if time is None else millis(time)


def run_webhook(file, case):
    p = program(file, case)

    def read():
        w = sentby_server.webhook(p, word(s.Platform, case["platform"]), case["secret"], case["signature"], case["body"].encode(), time(case["received"]))
        sale = w.sale
        commission = None if sale is None else p.commission(sale, p.attribute(sale, []))
        events = s.webhook_events(w, commission)
        touch = s.webhook_touch(w)
        assert (touch and touch.affiliate) == w.affiliate
        line = lambda x: {"id": x.id, "product": x.product, "quantity": x.quantity, "gross": x.gross.minor, "tax": x.tax.minor, "shipping": minor(x.shipping), "discount": minor(x.discount)}
        money = w.affiliate_amount
        return {
            "kind": text(w.kind), "id": w.id, "test": w.test, "at": at(w.at), "order": w.order, "payment": w.payment,
            "sale": sale and {"at": at(sale.at), "payment": sale.payment, "country": sale.country, "first_at": at(sale.first_at), "lines": [line(x) for x in sale.lines]},
            "refunds": [{"id": r.id, "line": r.line, "minor": r.amount.minor} for r in w.refunds],
            "affiliate": w.affiliate, "campaign": w.campaign, "affiliate_amount": money and {"minor": money.minor, "currency": money.currency}, "token": w.token,
            "notes": [place(note) for note in w.notes],
            "events": [{"id": e.id, "kind": text(e.kind), "line": e.line, "minor": minor(e.amount), "of": e.of} for e in events],
        }

    return told(read)


def standing(row):
    turnover = [{"currency": t.revenue.currency, "revenue": t.revenue.minor, "refunds": t.refunds.minor, "commission": t.commission.minor, "per_click": minor(t.per_click)} for t in row.turnover]
    rate = row.conversion
    return {"affiliate": row.affiliate, "clicks": row.clicks, "visitors": row.visitors, "leads": row.leads, "sales": row.sales, "conversion": rate, "turnover": turnover}


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
    ledger = s.Ledger()
    for each in case["events"]:
        ledger.apply(event(each))
    return ledger


def run_desk(file, case):
    p, op = program(file, case), case["op"]
    activities = [s.Activity(kind=word(s.Event, each["kind"]), at=time(each["at"]), affiliate=each["affiliate"], visitor=each["visitor"], link=each["link"]) for each in case.get("activities", [])]
    if op == "leaderboard":
        def board():
            board = p.leaderboard(ledger_of(case), activities, s.ReportPeriod(**case["period"]))
            return {"rows": [standing(row) for row in board.rows], "total": standing(board.total)}

        return told(board)
    if op == "profile":
        found = p.profile(ledger_of(case), activities, case["affiliate"], time(case["at"]))
        return None if found is None else profiled(found)
    if op == "diagnose":
        asked = case["question"]
        question = s.Question(
            affiliate=asked["affiliate"], at=time(asked["at"]), order=asked["order"], sale=None if asked["sale"] is None else order(asked["sale"]),
            touches=[touch(each) for each in asked["touches"]], period=s.ReportPeriod(**asked["period"]),
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
        moderation = s.Moderation(affiliate=step["affiliate"], action=word(s.ModerationAction, step["action"]), since=time(step["since"]), product=step["product"])
        try:
            p = p.moderate(moderation)
            steps.append(None)
        except s.SentbyException.Refused as error:
            steps.append({"error": error.code, "place": place(error.detail)})
    who = case["affiliate"]
    known = p.profile(s.Ledger(), [], who, EPOCH)

    def reason(ask):
        price = lambda minor: money({"minor": minor, "currency": "EUR"})
        sold = s.Order(id="A-1", at=time(ask["at"]), lines=[s.Line(id="1", product=ask["product"], gross=price(100), tax=price(0))])
        return text(p.attribute(sold, [s.Touch(affiliate=who, at=time(ask["at"]), evidence=s.Evidence.MANUAL)]).verdicts[0].reason)

    return {"steps": steps, "states": [membership(m) for m in (known.partnership if known else ())], "reasons": [reason(ask) for ask in case["asks"]]}


def run_money(file, case):
    if case["op"] == "parse":
        return {"minor": s.parse_money(case["text"], case["currency"]).minor}
    return {"parts": s.allocate(case["total"], case["weights"])}


def run_link(file, case):
    p = program(file, case)
    op, url = case["op"], case.get("url")
    if op == "link":
        return {"url": p.link(s.Referral(**case["referral"]))}
    if op == "decorate":
        return {"url": p.decorate(url, s.Referral(**case["referral"]))}
    if op == "carry":
        return {"url": p.carry(url, case["carrier"])}
    if op == "carried":
        return {"carrier": p.carried(url)}
    if op == "advice":
        return {"advice": [{"code": a.code.name.lower(), "place": a.place} for a in p.lint()]}
    link = p.read(url)
    return link and {"network": link.network, "template": link.template, "referral": plain(link.referral)}


def plain(referral):
    return {name: getattr(referral, name) for name in ("product", "affiliate", "campaign", "click_id", "sub_ids", "destination")}


def run_identity(file, case):
    return {"identities": sentby_server.identity(program(file, case), keys(file, case), word(s.IdentityKind, case["kind"]), case["value"])}


def run_network(_file, case):
    op = case["op"]
    if op == "link":
        return {"url": s.link(case["network"], s.Referral(**case["referral"]))}
    if op == "lint":
        return {"findings": [{"code": f.code.name.lower(), "start": f.start, "end": f.end} for f in s.lint(case["url"])]}
    reading = (s.read_lenient if op == "read_lenient" else s.read)(case["url"])
    second = [{"network": n.network, "referral": plain(n.referral)} for n in reading.second_networks]
    return {"network": reading.network, "referral": plain(reading.referral), "second_networks": second,
            "warnings": [w.name.lower() for w in reading.warnings]}


def why(receipt):
    """The code of a rejection, and its place if it has one."""
    parts = receipt.detail.split(": ", 2) if receipt.outcome == s.ClaimOutcome.REJECT else None
    return parts and (": ".join(parts[:2]) if parts[1].startswith("/") else parts[0])


def run_claim(_file, case):
    now = time(case["now"])
    if case["op"] == "touch":
        t = s.claim_touch(s.claim_from_json(case["text"]), now)
        words = {"at": lambda v: millis(v), "evidence": lambda v: v.name.lower(), "consent": lambda v: v.name.lower()}
        return t and {name: words.get(name, lambda v: v)(getattr(t, name)) for name in case["expect"]}
    stored = [s.StoredClaim(key=c["key"], claim=s.claim_from_json(c["text"])) for c in case["stored"]]
    receipt = s.receive_claim(case["text"], case["key"], stored, now)
    written = None if receipt.claim is None else s.claim_to_json(receipt.claim)
    return {"outcome": receipt.outcome.name.lower(), "claim": written, "why": why(receipt)}


def run_tools(_file, case):
    if case["op"] == "lint":
        return [{"code": a.code.name.lower(), "place": a.place} for a in s.Program.from_toml(case["text"]).lint()]
    old, new = (s.Program.from_toml(case[name]) for name in ("old", "new"))
    return [{"place": c.place, "sentence": c.sentence} for c in old.diff(new)]


def run_program(file, case):
    try:
        (s.Program.from_toml if case["form"] == "toml" else s.Program.from_json)(case["text"])
        return {"error": None}
    except s.SentbyException.Refused as error:
        assert case["expect"]["place"] in error.detail
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
