//! What holds right at a bound, where one more or one less would be another answer.

use sentby::{
    Commission, Consent, CookieSpec, Currency, Entry, Event, Evidence, Keys, Ledger, LedgerEvent, Line, Money, Order, Program, Purpose,
    Referral, Refund, Result, Role, RootKey, SAFE_MAX, Time, Touch, What,
};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn at() -> Time {
    Time::parse("2026-03-03T18:00:00Z").unwrap()
}

/// One affiliate, anna, and rules of attribution and for money.
fn program(attribution: &str, money: &str) -> Result<Program> {
    let since = "partnership = [{ state = \"approved\", since = \"2020-01-01T00:00:00Z\" }]";
    Program::from_toml(&format!(
        "sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[affiliates]]\nid = \"anna\"\n{since}\n[attribution]\n{attribution}\n{money}"
    ))
}

fn pays(pays: &str) -> Result<Program> {
    program("", &format!("[[commission]]\npays = {{ {pays} }}"))
}

fn order(gross: i64) -> Order {
    Order::new("A-1", at(), vec![Line::new("1", "p", Money::new(gross, "EUR").unwrap(), Money::new(0, "EUR").unwrap())])
}

fn sale(program: &Program, order: &Order) -> Commission {
    let decision = program.attribute(order, &[Touch::new("anna", order.at, Evidence::Click)]).unwrap();
    program.commission_after(order, &decision, &[]).unwrap()
}

/// What anna gets of a sale, and the kinds of its addends.
fn paid(rule: &str, gross: i64) -> (i64, Vec<What>) {
    let commission = sale(&pays(rule).unwrap(), &order(gross));
    let sum = commission.entries.iter().filter(|entry| entry.recipient.as_deref() == Some("anna")).map(|entry| entry.amount.minor()).sum();
    (sum, commission.grounds.iter().map(|ground| ground.what).collect())
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    result.unwrap_err().code().as_str()
}

#[test]
fn a_key_opens_short_codes_until_the_moment_it_retires() {
    let text = Keys::new(&[RootKey::new(1, SECRET)]).unwrap().short_code("00000000000003e8", "shop.example", at()).unwrap();
    let retires = Time::from_millis(at().millis() + 1000).unwrap();
    let keys = Keys::new(&[RootKey::new(1, SECRET).retires(retires), RootKey::new(2, b"fedcba9876543210fedcba9876543210")]).unwrap();
    let open = |millis| keys.open_short_code(&text, "shop.example", Time::from_millis(retires.millis() + millis).unwrap());
    assert_eq!(open(-1).as_deref(), Ok("00000000000003e8"));
    assert_eq!((code(open(0)), code(open(1))), ("token_key_retired", "token_key_retired"));
}

#[test]
fn a_currency_shows_its_code() {
    let euro = Currency::new("EUR").unwrap();
    assert_eq!((format!("{euro}"), format!("{euro:?}")), ("EUR".into(), "EUR".into()));
}

#[test]
fn keys_show_their_ids_and_nothing_else() {
    let root = RootKey::new(7, SECRET);
    assert_eq!(format!("{root:?}"), "RootKey { id: 7, .. }");
    assert_eq!(format!("{:?}", Keys::new(&[root]).unwrap()), "Keys { ids: [7], .. }");
}

#[test]
fn a_token_holds_ids_of_32_bytes_and_47_together() {
    let keys = Keys::new(&[RootKey::new(1, SECRET)]).unwrap();
    for (product, affiliate, fits) in [(32, 15, true), (15, 32, true), (32, 16, false), (16, 32, false), (33, 1, false), (1, 33, false)] {
        let referral = Referral { product: Some("p".repeat(product)), ..Referral::affiliate("a".repeat(affiliate)) };
        let sealed = keys.seal(&referral, Purpose::Profile, "shop.example", at());
        match fits {
            true => assert_eq!(keys.open(&sealed.unwrap(), Purpose::Profile, "shop.example", at()).unwrap().referral, referral),
            false => assert_eq!(code(sealed), "carrier_full", "{product} {affiliate}"),
        }
    }
}

/// A browser sends the cookie of the nearer path first.
#[test]
fn of_two_cookies_of_one_second_the_first_counts() {
    let (keys, spec) = (Keys::new(&[RootKey::new(1, SECRET)]).unwrap(), CookieSpec::new("shop.example"));
    let cookie = |affiliate: &str, millis| {
        let at = Time::from_millis(at().millis() + millis).unwrap();
        let set = keys.set_cookie(&spec, &[Touch::new(affiliate, at, Evidence::Click)], Consent::Granted, at).unwrap().unwrap();
        set.split(';').next().unwrap().to_owned()
    };
    let read = |header: String| keys.read_cookie(&spec, &header, at()).unwrap().touches.pop().unwrap().affiliate;
    assert_eq!(read(format!("{}; {}", cookie("anna", 0), cookie("ben", 0))), "anna");
    assert_eq!(read(format!("{}; {}", cookie("ben", 0), cookie("anna", 0))), "ben");
    assert_eq!(read(format!("{}; {}", cookie("anna", -1000), cookie("ben", 0))), "ben");
}

/// No cookie is shorter than that of one touch by an affiliate of one letter.
#[test]
fn a_cookie_has_a_least_length() {
    let (keys, spec) = (Keys::new(&[RootKey::new(1, SECRET)]).unwrap(), CookieSpec::new("shop.example"));
    let set = keys.set_cookie(&spec, &[Touch::new("a", at(), Evidence::Click)], Consent::Granted, at()).unwrap().unwrap();
    let header = set.split(';').next().unwrap();
    let read = |header: &str| keys.read_cookie(&spec, header, at()).unwrap();
    assert_eq!(read(header).touches.len(), 1);
    for less in 1..10 {
        let rejected: Vec<String> = read(&header[..header.len() - less]).rejected.iter().map(ToString::to_string).collect();
        assert_eq!(rejected, ["token_length"], "{less} less");
    }
}

#[test]
fn the_first_payment_begins_the_months_itself() {
    let program = pays("percent = \"10\", months = 12").unwrap();
    assert!(!sale(&program, &order(1000)).grounds.is_empty());
    let second = Order { payment: 2, ..order(1000) };
    let decision = program.attribute(&second, &[Touch::new("anna", second.at, Evidence::Click)]).unwrap();
    assert_eq!(code(program.commission(&second, &decision)), "time_invalid");
}

/// Who is paid a bound to the cent is paid by the rule, not by the bound.
#[test]
fn a_bound_that_is_just_met_says_nothing() {
    use What::{Budget, Maximum, Minimum};
    let shown = |rule: &str, gross, what| {
        let (sum, kinds) = paid(rule, gross);
        (sum, kinds.contains(&what))
    };
    let (min, max) = ("percent = \"10\", min = [\"1.00 EUR\"]", "percent = \"10\", max = [\"1.00 EUR\"]");
    assert_eq!([shown(min, 990, Minimum), shown(min, 1000, Minimum), shown(min, 1010, Minimum)], [(100, true), (100, false), (101, false)]);
    assert_eq!([shown(max, 990, Maximum), shown(max, 1000, Maximum), shown(max, 1010, Maximum)], [(99, false), (100, false), (100, true)]);
    let budget = "percent = \"10\", budget = { amount = \"1.00 EUR\", over = \"month\", each = \"affiliate\" }";
    assert_eq!([shown(budget, 1000, Budget), shown(budget, 1010, Budget)], [(100, false), (100, true)]);
    assert!(pays("percent = \"10\", min = [\"1.00 EUR\"], max = [\"1.00 EUR\"]").is_ok());
    assert_eq!(code(pays("percent = \"10\", min = [\"1.01 EUR\"], max = [\"1.00 EUR\"]")), "program_invalid");
}

#[test]
fn tiers_begin_at_their_first_cent() {
    let whole = "by = \"order_value\", tiers = [{ fixed = [\"5.00 EUR\"] }, { from = \"100.00 EUR\", fixed = [\"10.00 EUR\"] }]";
    assert_eq!([9_999, 10_000].map(|gross| paid(whole, gross).0), [500, 1000]);
    // A tier that nothing reaches is no addend.
    let marginal = "by = \"order_value\", how = \"marginal\", tiers = [{ percent = \"10\" }, { from = \"100.00 EUR\", percent = \"20\" }]";
    let addends = |gross| {
        let (sum, kinds) = paid(marginal, gross);
        (sum, kinds.len())
    };
    assert_eq!([addends(10_000), addends(10_100)], [(1000, 1), (1020, 2)]);
    let from = |second: &str| {
        pays(&format!(
            "by = \"order_value\", tiers = [{{ percent = \"1\" }}, {{ from = \"100.00 EUR\", percent = \"2\" }}, {{ from = {second}, percent = \"3\" }}]"
        ))
    };
    assert!(from("\"100.01 EUR\"").is_ok());
    assert_eq!((code(from("\"100.00 EUR\"")), code(from("\"200.00 USD\""))), ("program_invalid", "program_invalid"));
}

/// 2^32 halves with every half-life, and ends at 1.
#[test]
fn a_touch_of_many_half_lives_weighs_one() {
    let program = program("model = \"time_decay\"\nhalf_life = \"1h\"\nwindow = \"40d\"", "").unwrap();
    let hours = [0, 1, 31, 32, 33, 95, 96, 97, 130, 700];
    let touches = hours.map(|hours| Touch::new("anna", Time::from_millis(at().millis() - hours * 3_600_000).unwrap(), Evidence::Click));
    let mut weights: Vec<u64> = program.attribute(&order(1000), &touches).unwrap().credits.iter().map(|credit| credit.weight).collect();
    weights.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(weights, [1 << 32, 1 << 31, 2, 1, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn a_touch_without_weight_is_not_credited() {
    let program = program("model = \"position_based\"\nposition = { first = 50, middle = 0, last = 50 }", "").unwrap();
    let touches = [3, 2, 1].map(|hours| Touch::new("anna", Time::from_millis(at().millis() - hours * 3_600_000).unwrap(), Evidence::Click));
    let credits = program.attribute(&order(1000), &touches).unwrap().credits;
    assert_eq!(credits.iter().map(|credit| credit.touch).collect::<Vec<_>>(), [0, 2]);
}

#[test]
fn a_bonus_is_called_one() {
    let money =
        "[[commission]]\nname = \"base\"\npays = { percent = \"10\" }\n[[bonuses]]\nname = \"spring\"\npays = { fixed = [\"1.00 EUR\"] }";
    let text = sale(&program("", money).unwrap(), &order(1000)).explain();
    assert!(text.contains("bonus `spring`: ") && text.contains("rule `base`: "), "{text}");
}

/// An entry like another, of another line.
fn entry_of(line: &str, recipient: &str, minor: i64, refund: Option<&str>, like: &Entry) -> Entry {
    let role = if recipient == "v" { Role::Vendor } else { Role::Affiliate };
    let (line, recipient, amount) = (line.into(), Some(recipient.into()), Money::new(minor, "EUR").unwrap());
    Entry { line, role, recipient, amount, refund: refund.map(Into::into), ..like.clone() }
}

#[test]
fn an_entry_of_nothing_may_stand_in_a_sale() {
    let program = pays("percent = \"10\"").unwrap();
    let mut commission = sale(&program, &order(1000));
    let nothing = entry_of("1", "ben", 0, None, &commission.entries[0]);
    commission.entries.push(nothing);
    let refunded = program.refund(&commission, &Refund::new("R-1", Money::new(500, "EUR").unwrap())).unwrap();
    let back: Vec<i64> = refunded.entries.iter().filter(|entry| entry.refund.is_some()).map(|entry| entry.amount.minor()).collect();
    assert_eq!(back, [-50, -450]);
}

#[test]
fn a_refund_moves_what_was_paid_for_sales_alone() {
    let program = pays("percent = \"10\"").unwrap();
    let mut commission = sale(&program, &order(1000));
    // A lead of another line, taken back.
    for (minor, refund) in [(500, None), (-500, Some("R-0"))] {
        let like = commission.entries[0].clone();
        commission.entries.extend([entry_of("2", "anna", minor, refund, &like), entry_of("2", "v", -minor, refund, &like)]);
    }
    let refunded = program.refund(&commission, &Refund::new("R-1", Money::new(1000, "EUR").unwrap())).unwrap();
    let back = refunded.entries.iter().filter(|entry| entry.refund.as_deref() == Some("R-1"));
    assert_eq!(back.map(|entry| (entry.line.as_str(), entry.amount.minor())).collect::<Vec<_>>(), [("1", -100), ("1", -900)]);
}

#[test]
fn the_largest_order_is_taken_back_like_any() {
    let program = pays("percent = \"10\"").unwrap();
    let commission = sale(&program, &order(SAFE_MAX));
    let refunded = program.refund(&commission, &Refund::new("R-1", Money::new(SAFE_MAX, "EUR").unwrap())).unwrap();
    assert_eq!(refunded.entries.iter().map(|entry| entry.amount.minor()).sum::<i64>(), 0);
    // The sum of two lines is one more than an order has.
    let mut more = commission.clone();
    more.entries.push(entry_of("2", "v", 1, None, &commission.entries[0]));
    assert_eq!(code(program.refund(&more, &Refund::new("R-1", Money::new(1, "EUR").unwrap()))), "commission_invalid");
}

/// What a tier takes of a line, where it takes nothing, is no addend.
#[test]
fn lines_fill_tiers_one_after_another() {
    let rule = "by = \"order_value\", how = \"marginal\", tiers = [{ percent = \"10\" }, { from = \"100.00 EUR\", percent = \"20\" }]";
    let mut two = order(10_000);
    two.lines.push(Line { id: "2".into(), ..two.lines[0].clone() });
    let commission = sale(&pays(rule).unwrap(), &two);
    let grounds: Vec<(&str, i64)> = commission.grounds.iter().map(|ground| (ground.line.as_str(), ground.base.minor())).collect();
    assert_eq!(grounds, [("1", 10_000), ("2", 10_000)]);
    let paid = commission.entries.iter().filter(|entry| entry.recipient.as_deref() == Some("anna")).map(|entry| entry.amount.minor());
    assert_eq!(paid.collect::<Vec<_>>(), [1000, 2000]);
}

#[test]
fn ranges_begin_at_one_and_may_be_one_number() {
    for name in ["quantity", "payment"] {
        let rule = |from, to| {
            program("", &format!("[[commission]]\nwhen = {{ {name}_from = {from}, {name}_to = {to} }}\npays = {{ percent = \"10\" }}"))
        };
        assert!(rule(1, 1).is_ok() && rule(3, 3).is_ok() && rule(3, 4).is_ok(), "{name}");
        assert_eq!([(0, 3), (0, 0), (4, 3)].map(|(from, to)| code(rule(from, to))), ["program_invalid"; 3], "{name}");
    }
}

#[test]
fn levels_may_have_all() {
    let levels = |percent: &str| program("", &format!("[second_level]\nof = \"commission\"\npercent = {percent}"));
    assert!(levels("[\"60\", \"40\"]").is_ok());
    assert_eq!(code(levels("[\"60\", \"40.000001\"]")), "rate_invalid");
}

#[test]
fn partners_of_the_same_base_come_after_the_affiliate() {
    let steps =
        |base: &str, list: &str| program("", &format!("[settlement]\nbase = \"gross\"\npartners_base = \"{base}\"\nsteps = {list}"));
    let (before, after) = ("[\"tax\", \"fee\", \"partners\", \"affiliate\"]", "[\"tax\", \"fee\", \"affiliate\", \"partners\"]");
    assert!(steps("after_affiliate", before).is_ok() && steps("after_affiliate", after).is_ok() && steps("same_base", after).is_ok());
    assert_eq!(code(steps("same_base", before)), "program_invalid");
}

/// Whether a lead counts among the earlier ones: not once what it paid was taken back.
#[test]
fn a_lead_counts_as_long_as_it_pays() {
    let second = |first: &str, change: &dyn Fn(&Program, Commission) -> Commission| {
        let rule = format!(
            "[[commission]]\nwhen = {{ event = [\"lead\"] }}\npays = {{ by = \"count\", over = \"lifetime\", tiers = [{{ fixed = [\"{first}\"] }}, {{ from = 2, fixed = [\"2.00 EUR\"] }}] }}"
        );
        let program = program("", &rule).unwrap();
        let lead =
            |n: i64| Order { id: format!("L-{n}"), at: Time::from_millis(at().millis() + n).unwrap(), event: Event::Lead, ..order(0) };
        let settle = |order: &Order, earlier: &[Commission]| {
            let decision = program.attribute(order, &[Touch::new("anna", at(), Evidence::Click)]).unwrap();
            program.commission_after(order, &decision, earlier).unwrap()
        };
        let earlier = change(&program, settle(&lead(1), &[]));
        settle(&lead(2), &[earlier]).entries.first().map(|entry| entry.amount.minor())
    };
    let same = |_: &Program, commission| commission;
    let reversed = |program: &Program, commission| program.reverse(&commission, "R-1").unwrap();
    let restored = |program: &Program, commission| program.restore(&reversed(program, commission), "R-1", "R-2").unwrap();
    assert_eq!(second("1.00 EUR", &same), Some(200));
    assert_eq!(second("1.00 EUR", &reversed), Some(100));
    assert_eq!(second("1.00 EUR", &restored), Some(200));
    // What never paid cannot be taken back.
    assert_eq!(second("0.00 EUR", &same), Some(200));
    let nothing = |_: &Program, mut commission: Commission| {
        let like = sale(&pays("percent = \"10\"").unwrap(), &order(1000)).entries.remove(0);
        commission.entries.push(entry_of("1", "anna", 0, None, &like));
        commission
    };
    assert_eq!(second("0.00 EUR", &nothing), Some(200));
}

/// As Digistore24 publishes it: the partner's part is of the base that the affiliate's is of, and 10 % wait for 60 days.
#[test]
fn the_preset_of_digistore24_pays_partners_and_releases() {
    let since = "partnership = [{ state = \"approved\", since = \"2020-01-01T00:00:00Z\" }]";
    let program = Program::from_toml(&format!(
        "sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\npartners = [{{ id = \"paula\", percent = \"10\" }}]\n[[affiliates]]\nid = \"anna\"\n{since}\n[[commission]]\npays = {{ percent = \"50\" }}\n[settlement]\npreset = \"digistore24\""
    ))
    .unwrap();
    let mut sold = order(11_900);
    sold.lines[0].tax = Money::new(1_900, "EUR").unwrap();
    let commission = sale(&program, &sold);
    // 7.9 % of 119.00 and 1.00 are 10.40; of the 89.60 that are left, 50 % and 10 %.
    let parts: Vec<i64> = commission.entries.iter().map(|entry| entry.amount.minor()).collect();
    assert_eq!(parts, [1_900, 1_040, 4_480, 896, 3_584]);
    let mut ledger = Ledger::new();
    ledger.apply(&LedgerEvent::payment("e-1", at(), commission)).unwrap();
    let available = |days: i64| {
        let then = Time::from_millis(at().millis() + days * 86_400_000).unwrap();
        ledger.balance(&program, "anna", then).iter().map(|balance| balance.available.minor()).sum::<i64>()
    };
    assert_eq!([13, 14, 59, 60].map(available), [0, 4_032, 4_032, 4_480]);
}
