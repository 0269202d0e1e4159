//! Runs every case of `core/vectors`; other languages run the same files.

use sentby::carrier::peek;
use sentby::{
    Activity, Balance, Claim, ClaimOutcome, ClaimReceipt, Commission, CookieSpec, Credit, Decision, Diagnosis, Entry, Evidence, Ground,
    Keys, Ledger, LedgerEntry, LedgerEvent, Line, LinkUse, Membership, Messages, Moderation, Money, Order, OrderStatus, Profile, Program,
    Purpose, Question, Referral, Refund, Result, RootKey, Share, Standing, Statement, StoredClaim, Time, Touch, Turnover, allocate,
    receive_claim,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Every file and how many cases it holds, as its header says and as this runner expects.
const FILES: [(&str, usize); 15] = [
    ("claim.json", 75),
    ("commission.json", 97),
    ("cookie.json", 51),
    ("decision.json", 142),
    ("desk.json", 106),
    ("identity.json", 47),
    ("ledger.json", 54),
    ("link.json", 107),
    ("money.json", 41),
    ("network.json", 252),
    ("program.json", 114),
    ("settlement.json", 85),
    ("token.json", 95),
    ("tools.json", 103),
    ("webhook.json", 150),
];

fn run(name: &str, check: impl Fn(&Value, &Value) -> Value) {
    let path = format!("{}/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let expected = FILES.iter().find(|(file, _)| *file == name).unwrap().1;
    assert_eq!((cases.len(), file["count"].as_u64().unwrap() as usize), (expected, expected), "{name}: number of cases");
    let mut wrong = Vec::new();
    for case in cases {
        let got = check(&file, case);
        if got != case["expect"] {
            wrong.push(format!("{}: {}\n  expected {}\n  got      {got}", case["id"], case["about"], case["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

#[test]
fn every_vector_file_is_run() {
    let dir = format!("{}/vectors", env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<String> = std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    found.retain(|name| name.ends_with(".json") && !["api.json", "codes.json"].contains(&name.as_str()));
    found.sort();
    assert_eq!(found, FILES.map(|(name, _)| name));
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{e}: {value}"))
}

fn outcome(result: Result<Value>) -> Value {
    result.unwrap_or_else(|error| json!({ "error": error.code().as_str() }))
}

fn time(value: &Value) -> Time {
    read(value)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn keys(file: &Value, case: &Value) -> Keys {
    let list: Vec<RootKey> = file["keys"][text(&case["keys"])]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| {
            let hex = text(&key["secret_hex"]);
            let secret: Vec<u8> = (0..hex.len()).step_by(2).map(|n| u8::from_str_radix(&hex[n..n + 2], 16).unwrap()).collect();
            let root = RootKey::new(key["id"].as_u64().unwrap() as u32, &secret);
            if key["retires"].is_null() { root } else { root.retires(time(&key["retires"])) }
        })
        .collect();
    Keys::new(&list).unwrap()
}

fn program(file: &Value, case: &Value) -> Program {
    let json = file["programs"][text(&case["program"])].to_string();
    Program::from_json(&json).unwrap_or_else(|e| panic!("{}: {e}", case["program"]))
}

#[test]
fn token() {
    run("token.json", |file, case| {
        let keys = keys(file, case);
        let audience = case["audience"].as_str().unwrap_or_default();
        let purpose = || read::<Purpose>(&case["purpose"]);
        let now = || time(&case["now"]);
        outcome(match text(&case["op"]) {
            "open" => keys.open(text(&case["text"]), purpose(), audience, now()).map(|opened| {
                let Referral { product, affiliate, click_id, .. } = opened.referral;
                json!({ "affiliate": affiliate, "product": product, "click_id": click_id, "issued_at": opened.issued_at, "expires_at": opened.expires_at, "key_id": opened.key_id })
            }),
            "peek" => peek(text(&case["text"])).map(|p| {
                let Referral { product, affiliate, click_id, .. } = p.referral;
                json!({ "affiliate": affiliate, "product": product, "click_id": click_id, "purpose": p.purpose, "key_id": p.key_id, "issued_at": p.issued_at, "lifetime_hours": p.lifetime_hours })
            }),
            "seal" => {
                let referral = Referral { affiliate: read(&case["affiliate"]), product: read(&case["product"]), click_id: read(&case["click_id"]), ..Referral::default() };
                match case["lifetime_hours"].as_u64() {
                    None => keys.seal(&referral, purpose(), audience, now()),
                    Some(hours) => keys.seal_for(&referral, purpose(), audience, now(), hours as u16),
                }
                .map(|text| json!({ "text": text }))
            }
            "short_code" => keys.short_code(text(&case["click_id"]), audience, now()).map(|text| json!({ "text": text })),
            "open_short_code" => keys.open_short_code(text(&case["text"]), audience, now()).map(|click| json!({ "click_id": click })),
            op => panic!("{op}"),
        })
    });
}

#[test]
fn cookie() {
    run("cookie.json", |file, case| {
        let keys = keys(file, case);
        let spec: CookieSpec = read(&case["spec"]);
        let now = time(&case["now"]);
        outcome(match text(&case["op"]) {
            "read" => keys.read_cookie(&spec, text(&case["header"]), now).map(|reading| {
                assert!(reading.touches.iter().all(|t| t.evidence == Evidence::Cookie && t.signed));
                let touches: Vec<Value> = reading
                    .touches
                    .iter()
                    .map(|t| json!({ "affiliate": t.affiliate, "at": t.at, "product": t.product, "click_id": t.click_id }))
                    .collect();
                json!({ "touches": touches, "rejected": reading.rejected })
            }),
            "set" => {
                let touches: Vec<Touch> = case["touches"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|t| Touch {
                        product: read(&t["product"]),
                        click_id: read(&t["click_id"]),
                        ..Touch::new(text(&t["affiliate"]), time(&t["at"]), Evidence::Parameter)
                    })
                    .collect();
                keys.set_cookie(&spec, &touches, read(&case["consent"]), now).map(|set| json!({ "set_cookie": set }))
            }
            "forget" => {
                let clicks: Vec<String> = read(&case["click_ids"]);
                keys.forget_cookie(&spec, text(&case["header"]), &clicks, now).map(|set| json!({ "set_cookie": set }))
            }
            op => panic!("{op}"),
        })
    });
}

#[test]
fn decision() {
    run("decision.json", |file, case| {
        let program = program(file, case);
        let order: Order = read(&case["order"]);
        let touches: Vec<Touch> = read(&case["touches"]);
        let decision = program.attribute(&order, &touches).unwrap();
        let fingerprint = program.fingerprint(&order, &touches, &decision).unwrap();

        let backwards: Vec<Touch> = touches.iter().rev().cloned().collect();
        let again = program.attribute(&order, &backwards).unwrap();
        assert_eq!(program.fingerprint(&order, &backwards, &again).unwrap(), fingerprint, "{}: order of touches", case["id"]);

        let credits: Vec<Value> =
            decision.credits.iter().map(|c| json!({ "affiliate": c.affiliate, "weight": c.weight, "touch": c.touch })).collect();
        let verdicts: Vec<Value> = decision.verdicts.iter().map(|v| json!({ "reason": v.reason, "by": v.by })).collect();
        let Decision { flags, conflicts, version, .. } = &decision;
        json!({ "credits": credits, "verdicts": verdicts, "flags": flags, "conflicts": conflicts, "version": version, "fingerprint": fingerprint,
                "explain": decision.explain(), "explain_de": decision.explain_in(Messages::german()) })
    });
}

#[test]
fn settlement() {
    run("settlement.json", settle);
}

#[test]
fn commission() {
    run("commission.json", settle);
}

fn settle(file: &Value, case: &Value) -> Value {
    let program = program(file, case);
    let mut earlier: Vec<Commission> = Vec::new();
    for sale in case["earlier"].as_array().into_iter().flatten() {
        let mut commission = credited(&program, sale, Some(&earlier)).unwrap();
        for refund in sale["refunds"].as_array().unwrap() {
            commission = program.refund(&commission, &read(refund)).unwrap();
        }
        earlier.push(commission);
    }
    let mut commission = match credited(&program, case, case["earlier"].as_array().map(|_| earlier.as_slice())) {
        Ok(commission) => commission,
        Err(error) => return json!({ "error": error.code().as_str() }),
    };
    for step in case["refunds"].as_array().unwrap() {
        let (id, before) = (text(&step["id"]), commission.entries.len());
        let next = match text(&step["op"]) {
            "reverse" => program.reverse(&commission, id),
            "restore" => program.restore(&commission, text(&step["of"]), id),
            _ => program.refund(&commission, &Refund { id: id.into(), amount: read(&step["amount"]), line: read(&step["line"]) }),
        };
        let got = match next {
            Ok(next) => {
                commission = next;
                json!({ "entries": rows(&commission.entries[before..]) })
            }
            Err(error) => json!({ "error": error.code().as_str() }),
        };
        assert_eq!(got, step["expect"], "{}: {step}", case["id"]);
    }
    let mut got = json!({ "entries": rows(&commission.entries.iter().filter(|e| e.refund.is_none()).cloned().collect::<Vec<_>>()) });
    if case["expect"].get("grounds").is_some() {
        let row = |g: &Ground| {
            json!({ "line": g.line, "role": g.role, "recipient": g.recipient, "rule": g.rule, "what": g.what, "base": g.base.minor(),
                    "percent": g.percent, "minor": g.amount.minor() })
        };
        got["grounds"] = commission.grounds.iter().map(row).collect();
    }
    if case["expect"].get("explain").is_some() {
        got["explain"] = commission.explain().into();
    }
    got
}

fn credited(program: &Program, case: &Value, earlier: Option<&[Commission]>) -> sentby::Result<Commission> {
    let order: Order = read(&case["order"]);
    let credits = case["credits"].as_array().unwrap().iter().enumerate().map(|(n, c)| Credit {
        affiliate: text(&c["affiliate"]).into(),
        weight: c["weight"].as_u64().unwrap(),
        touch: n as u32,
        evidence: Evidence::Cookie,
        campaign: read(&c["campaign"]),
    });
    let decision = Decision::new(order.id.clone(), order.at, credits.collect());
    match earlier {
        None => program.commission(&order, &decision),
        Some(earlier) => program.commission_after(&order, &decision, earlier),
    }
}

fn rows(entries: &[Entry]) -> Vec<Value> {
    entries
        .iter()
        .map(|e| json!({ "line": e.line, "role": e.role, "recipient": e.recipient, "minor": e.amount.minor(), "rule": e.rule }))
        .collect()
}

#[test]
fn ledger() {
    run("ledger.json", |file, case| {
        let program = program(file, case);
        let mut ledger = Ledger::new();
        let receipt = |event: &Value| match serde_json::from_value(event.clone()).map(|event| ledger.apply(&event)).unwrap() {
            Ok(receipt) => {
                let codes: Vec<&str> = receipt.problems.iter().map(|p| p.code.as_str()).collect();
                json!({ "outcome": receipt.outcome, "problems": codes })
            }
            Err(error) => json!({ "error": error.code().as_str() }),
        };
        let receipts: Vec<Value> = case["events"].as_array().unwrap().iter().map(receipt).collect();
        let answers: Vec<Value> = case["asks"].as_array().unwrap().iter().map(|ask| answer(&program, &ledger, ask)).collect();
        let restored = Ledger::restore(&ledger.snapshot()).unwrap();
        assert_eq!(answers, case["asks"].as_array().unwrap().iter().map(|ask| answer(&program, &restored, ask)).collect::<Vec<_>>());
        json!({ "receipts": receipts, "answers": answers })
    });
}

fn answer(program: &Program, ledger: &Ledger, ask: &Value) -> Value {
    let at = || read::<Time>(&ask["at"]);
    match text(&ask["ask"]) {
        "balance" => {
            let row = |b: &Balance| {
                json!({ "currency": b.earned.currency().as_str(), "earned": b.earned.minor(), "adjusted": b.adjusted.minor(),
                        "pending": b.pending.minor(), "available": b.available.minor(), "paid_out": b.paid_out.minor() })
            };
            ledger.balance(program, text(&ask["recipient"]), at()).iter().map(row).collect()
        }
        "payout" => {
            let run = ledger.payout(program, at());
            let paid: Vec<Value> = run.payouts.iter().map(|p| json!({ "recipient": p.recipient, "minor": p.amount.minor() })).collect();
            let kept = run.withheld.iter().map(|w| json!({ "recipient": w.recipient, "minor": w.amount.minor(), "why": w.why }));
            json!({ "payouts": paid, "withheld": kept.collect::<Vec<_>>() })
        }
        "orders" => {
            let share = |s: &Share| json!({ "role": s.role, "recipient": s.recipient, "minor": s.amount.minor(), "state": s.state });
            let row = |o: &OrderStatus| json!({ "order": o.order, "payment": o.payment, "state": o.state, "shares": o.shares.iter().map(share).collect::<Vec<_>>() });
            ledger.orders(program, at()).iter().map(row).collect()
        }
        "entries" => {
            let row = |e: &LedgerEntry| json!({ "event": e.event, "kind": e.kind, "role": e.role, "recipient": e.recipient, "minor": e.amount.minor() });
            let all = ledger.entries(read(&ask["since"]));
            let of_order = |e: &LedgerEntry| e.order.as_deref().is_none_or(|order| ledger.entries_of(order).contains(e));
            assert!(all.iter().all(of_order));
            all.iter().map(row).collect()
        }
        "statement" => {
            let row = |s: &Statement| {
                let events: Vec<&str> = s.entries.iter().map(|e| e.event.as_str()).collect();
                json!({ "opening": s.opening.minor(), "closing": s.closing.minor(), "events": events })
            };
            ledger.statement(text(&ask["recipient"]), read(&ask["start"]), read(&ask["end"])).iter().map(row).collect()
        }
        "problems" => ledger.problems().iter().map(|p| json!({ "event": p.event, "code": p.code })).collect(),
        "next_payout" => json!(program.next_payout(at())),
        ask => panic!("{ask}"),
    }
}

#[test]
fn money() {
    run("money.json", |_, case| match text(&case["op"]) {
        "parse" => outcome(Money::parse(text(&case["text"]), text(&case["currency"])).map(|m| json!({ "minor": m.minor() }))),
        "allocate" => json!({ "parts": allocate(case["total"].as_u64().unwrap(), &read::<Vec<u64>>(&case["weights"])) }),
        op => panic!("{op}"),
    });
}

#[test]
fn link() {
    run("link.json", |file, case| {
        let program = program(file, case);
        outcome(match text(&case["op"]) {
            "read" => program.read(text(&case["url"])).map(|link| json!(link)),
            "link" => program.link(&read(&case["referral"])).map(|url| json!({ "url": url })),
            "decorate" => program.decorate(text(&case["url"]), &read(&case["referral"])).map(|url| json!({ "url": url })),
            "carry" => program.carry(text(&case["url"]), text(&case["carrier"])).map(|url| json!({ "url": url })),
            "carried" => program.carried(text(&case["url"])).map(|carrier| json!({ "carrier": carrier })),
            "advice" => {
                let advice: Vec<Value> = program.lint().iter().map(|a| json!({ "code": a.code, "place": a.place })).collect();
                Ok(json!({ "advice": advice }))
            }
            op => panic!("{op}"),
        })
    });
}

#[test]
fn network() {
    let reading = |reading: sentby::Reading| {
        let sentby::Reading { host: _, network, template: _, referral, second_networks, warnings } = reading;
        json!({ "network": network, "referral": referral, "second_networks": second_networks, "warnings": warnings })
    };
    run("network.json", |_, case| {
        let url = || text(&case["url"]);
        outcome(match text(&case["op"]) {
            "read" => sentby::read(url()).map(reading),
            "read_lenient" => sentby::read_lenient(url()).map(reading),
            "lint" => sentby::lint(url()).map(|findings| {
                let places: Vec<Value> = findings.iter().map(|f| json!({ "code": f.code, "start": f.start, "end": f.end })).collect();
                json!({ "findings": places })
            }),
            "link" => sentby::link(text(&case["network"]), &read(&case["referral"])).map(|url| json!({ "url": url })),
            op => panic!("{op}"),
        })
    });
}

#[test]
fn identity() {
    run("identity.json", |file, case| {
        let identities = program(file, case).identity(&keys(file, case), read(&case["kind"]), text(&case["value"]));
        outcome(identities.map(|list| json!({ "identities": list })))
    });
}

#[test]
fn claim() {
    run("claim.json", |_, case| {
        let (json, now) = (text(&case["text"]), time(&case["now"]));
        if case["op"] == "touch" {
            return json!(Claim::from_json(json).unwrap().touch(now));
        }
        let claim =
            |stored: &Value| StoredClaim { key: text(&stored["key"]).into(), claim: Claim::from_json(text(&stored["text"])).unwrap() };
        let stored: Vec<StoredClaim> = case["stored"].as_array().unwrap().iter().map(claim).collect();
        let ClaimReceipt { outcome, claim, detail } = receive_claim(json, text(&case["key"]), &stored, now);
        let written = claim.as_ref().map(|claim| {
            assert_eq!(Claim::from_json(&claim.to_json()).as_ref(), Ok(claim), "{}", case["id"]);
            claim.to_json()
        });
        assert_eq!(detail.is_none(), outcome == ClaimOutcome::Accepted);
        // The code, and the place if there is one.
        let why = detail.filter(|_| outcome == ClaimOutcome::Reject).map(|detail| {
            let parts: Vec<&str> = detail.splitn(3, ": ").collect();
            if parts[1].starts_with('/') { format!("{}: {}", parts[0], parts[1]) } else { parts[0].to_owned() }
        });
        json!({ "outcome": outcome, "claim": written, "why": why })
    });
}

#[test]
fn tools() {
    run("tools.json", |_, case| {
        let program = |key: &str| Program::from_toml(text(&case[key])).unwrap();
        match text(&case["op"]) {
            "lint" => program("text").lint().iter().map(|a| json!({ "code": a.code, "place": a.place })).collect(),
            "diff" => json!(program("old").diff(&program("new"))),
            op => panic!("{op}"),
        }
    });
}

#[test]
fn webhook() {
    run("webhook.json", |file, case| {
        let program = program(file, case);
        let (secret, signature, body) = (text(&case["secret"]), text(&case["signature"]), text(&case["body"]).as_bytes());
        let webhook = match program.webhook(read(&case["platform"]), secret, signature, body, time(&case["received"])) {
            Ok(webhook) => webhook,
            Err(error) => return json!({ "error": error.code().as_str(), "place": place(error.detail()) }),
        };
        let commission = webhook.sale.as_ref().map(|sale| program.commission(sale, &program.attribute(sale, &[]).unwrap()).unwrap());
        let event =
            |e: &LedgerEvent| json!({ "id": e.id, "kind": e.kind, "line": e.line, "minor": e.amount.map(Money::minor), "of": e.of });
        let events: Vec<Value> = webhook.events(commission.as_ref()).unwrap().iter().map(event).collect();
        let minor = |money: Option<Money>| money.map(Money::minor);
        let line = |l: &Line| json!({ "id": l.id, "product": l.product, "quantity": l.quantity, "gross": l.gross.minor(), "tax": l.tax.minor(), "shipping": minor(l.shipping), "discount": minor(l.discount) });
        let lines = |sale: &Order| sale.lines.iter().map(line).collect::<Vec<_>>();
        let sale = webhook
            .sale
            .as_ref()
            .map(|s| json!({ "at": s.at, "payment": s.payment, "country": s.country, "first_at": s.first_at, "lines": lines(s) }));
        let refunds: Vec<Value> =
            webhook.refunds.iter().map(|r| json!({ "id": r.id, "line": r.line, "minor": r.amount.minor() })).collect();
        let notes: Vec<&str> = webhook.notes.iter().map(|note| place(note)).collect();
        assert_eq!(webhook.touch().map(|touch| touch.affiliate), webhook.affiliate);
        json!({ "kind": webhook.kind, "id": webhook.id, "test": webhook.test, "at": webhook.at, "order": webhook.order, "payment": webhook.payment, "sale": sale,
            "refunds": refunds, "affiliate": webhook.affiliate, "campaign": webhook.campaign, "affiliate_amount": webhook.affiliate_amount, "token": webhook.token,
            "notes": notes, "events": events })
    });
}

#[test]
fn desk() {
    run("desk.json", |file, case| {
        let told = match text(&case["op"]) {
            "moderate" => Ok(moderate(program(file, case), case)),
            "leaderboard" => {
                let (ledger, activities) = (ledger_of(case), read::<Vec<Activity>>(&case["activities"]));
                program(file, case).leaderboard(&ledger, &activities, &read(&case["period"])).map(|board| {
                    let rows: Vec<Value> = board.rows.iter().map(standing).collect();
                    json!({ "rows": rows, "total": standing(&board.total) })
                })
            }
            "profile" => {
                let (ledger, activities) = (ledger_of(case), read::<Vec<Activity>>(&case["activities"]));
                let profile = program(file, case).profile(&ledger, &activities, text(&case["affiliate"]), time(&case["at"]));
                profile.map(|profile| profile.as_ref().map_or(Value::Null, profiled))
            }
            "diagnose" => {
                let question: Question = read(&case["question"]);
                let ledger = (!case["events"].is_null()).then(|| ledger_of(case));
                let of = |name: &Value| program(file, &json!({ "program": name }));
                let others: Vec<Program> = case["others"].as_array().unwrap().iter().map(of).collect();
                let others: Vec<&Program> = others.iter().collect();
                program(file, case).diagnose(&question, ledger.as_ref(), &others).map(|found| {
                    let row = |d: &Diagnosis| {
                        assert!(!d.sentence.is_empty() && !d.sentence.contains('\n'));
                        json!({ "code": d.code, "affiliate": d.affiliate, "product": d.product, "order": d.order, "at": d.at, "minor": d.amount.map(Money::minor), "reason": d.reason, "touch": d.touch })
                    };
                    found.iter().map(row).collect()
                })
            }
            op => panic!("{op}"),
        };
        told.unwrap_or_else(|error| json!({ "error": error.code().as_str(), "place": place(error.detail()) }))
    });
}

fn ledger_of(case: &Value) -> Ledger {
    let mut ledger = Ledger::new();
    for event in read::<Vec<LedgerEvent>>(&case["events"]) {
        ledger.apply(&event).unwrap();
    }
    ledger
}

fn moderate(mut program: Program, case: &Value) -> Value {
    let mut steps = Vec::new();
    for step in read::<Vec<Moderation>>(&case["steps"]) {
        match program.moderate(&step) {
            Ok(next) => {
                program = next;
                steps.push(Value::Null);
            }
            Err(error) => steps.push(json!({ "error": error.code().as_str(), "place": place(error.detail()) })),
        }
    }
    let who = text(&case["affiliate"]);
    let profile = program.profile(&Ledger::new(), &[], who, Time::from_millis(0).unwrap()).unwrap();
    let states: Vec<Value> = profile.iter().flat_map(|p| &p.partnership).map(membership).collect();
    let reason = |ask: &Value| {
        let at = time(&ask["at"]);
        let line = Line::new("1", text(&ask["product"]), Money::new(100, "EUR").unwrap(), Money::new(0, "EUR").unwrap());
        let decision = program.attribute(&Order::new("A-1", at, vec![line]), &[Touch::new(who, at, Evidence::Manual)]).unwrap();
        json!(decision.verdicts[0].reason)
    };
    let reasons: Vec<Value> = case["asks"].as_array().unwrap().iter().map(reason).collect();
    json!({ "steps": steps, "states": states, "reasons": reasons })
}

fn membership(m: &Membership) -> Value {
    json!({ "state": m.state, "since": m.since, "product": m.product })
}

fn standing(s: &Standing) -> Value {
    let turnover = |t: &Turnover| json!({ "currency": t.revenue.currency().as_str(), "revenue": t.revenue.minor(), "refunds": t.refunds.minor(), "commission": t.commission.minor(), "per_click": t.per_click.map(Money::minor) });
    let turnover: Vec<Value> = s.turnover.iter().map(turnover).collect();
    json!({ "affiliate": s.affiliate, "clicks": s.clicks, "visitors": s.visitors, "leads": s.leads, "sales": s.sales, "conversion": s.conversion, "turnover": turnover })
}

fn profiled(p: &Profile) -> Value {
    let link = |l: &LinkUse| json!({ "link": l.link, "clicks": l.clicks, "visitors": l.visitors, "leads": l.leads, "last": l.last });
    let share = |s: &Share| {
        assert_eq!(s.recipient, p.affiliate);
        json!({ "role": s.role, "minor": s.amount.minor(), "state": s.state })
    };
    let shares = |o: &OrderStatus| o.shares.iter().map(share).collect::<Vec<_>>();
    let order = |o: &OrderStatus| json!({ "order": o.order, "payment": o.payment, "state": o.state, "shares": shares(o) });
    let balance = |b: &Balance| json!({ "currency": b.available.currency().as_str(), "available": b.available.minor() });
    json!({ "affiliate": p.affiliate, "states": p.partnership.iter().map(membership).collect::<Vec<_>>(), "links": p.links.iter().map(link).collect::<Vec<_>>(),
        "orders": p.orders.iter().map(order).collect::<Vec<_>>(), "balances": p.balances.iter().map(balance).collect::<Vec<_>>(), "standing": standing(&p.standing) })
}

/// The place that an error or a note begins with.
fn place(detail: &str) -> &str {
    detail.split_once(": ").map(|(place, _)| place).filter(|place| place.starts_with('/')).unwrap_or_default()
}

#[test]
fn programs() {
    run("program.json", |_, case| {
        let source = text(&case["text"]);
        let result = if case["form"] == "toml" { Program::from_toml(source) } else { Program::from_json(source) };
        match result {
            Ok(program) => {
                let again = Program::from_json(program.to_json()).unwrap();
                assert_eq!(again.version(), program.version(), "{}: canonical form", case["id"]);
                json!({ "error": null })
            }
            Err(error) => {
                let place = text(&case["expect"]["place"]);
                assert!(error.detail().contains(place), "{}: {} lacks {place}", case["id"], error);
                assert!(!error.detail().contains('\n'), "{error}");
                json!({ "error": error.code().as_str(), "place": place })
            }
        }
    });
}

#[test]
fn lines_of_the_files_are_lines_of_the_types() {
    let line: Line =
        read(&json!({ "id": "1", "product": "p", "gross": { "minor": 1, "currency": "EUR" }, "tax": { "minor": 0, "currency": "EUR" } }));
    assert_eq!(line.quantity, 1);
}
