//! The settlement, restated: small, slow, and sharing no code with the engine. Both settle the same random orders,
//! one after another, so that tiers and budgets have something to look back on.

use proptest::prelude::*;
use sentby::{Commission, Credit, Decision, Event, Evidence, Line, Money, Order, Program, Refund, Role, Text, Time};

const AT: i64 = 1_772_560_800_000;
const DAY: i64 = 86_400_000;
const NAMES: [&str; 3] = ["anna", "bob", "carl"];
const FULL: i128 = 100_000_000;
/// The program's budgets and tiers look back so many days; `None`: all.
type Days = Option<i64>;

#[derive(Clone, Debug)]
enum Main {
    Percent(i128),
    PerOrder(i128),
    PerUnit(i128),
    PerMille(i128),
    /// By what, whether marginal, whether the order itself counts, over how long; from where on, how much.
    Tiers(&'static str, bool, bool, Days, Vec<(i128, i128)>),
}

#[derive(Clone, Debug)]
struct Rule {
    who: Option<usize>,
    what: Option<&'static str>,
    lead: bool,
    main: Main,
    first_payment: i128,
    min: Option<i128>,
    max: Option<i128>,
    /// How much, over how long, and whether for all affiliates together.
    budget: Option<(i128, Days, bool)>,
    payments: Option<u32>,
}

#[derive(Clone, Debug)]
struct Rules {
    rounding: &'static str,
    steps: Vec<&'static str>,
    base: &'static str,
    fee: (i128, i128),
    same_base: bool,
    shipping_out: bool,
    discounts_out: bool,
    /// Partners of product p, in millionths of a percent; product q has none.
    partners: Vec<i128>,
    list: Vec<Rule>,
    bonuses: Vec<Rule>,
    /// Of the base rather than the commission, and the rates. Anna's parent is Bob, his is Carl.
    levels: Option<(bool, Vec<i128>)>,
}

/// (line, role, recipient, rule, amount)
type Row = (String, Role, String, String, i128);

/// One earlier order, as the tiers and budgets see it.
#[derive(Debug)]
struct Earlier {
    at: i64,
    id: String,
    lead: bool,
    lines: Vec<(String, i128)>,
    /// (line, affiliate, base) of what a rule paid for.
    bases: Vec<(String, String, i128)>,
    rows: Vec<Row>,
    back: Vec<Row>,
}

fn percent(micro: i128) -> String {
    format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}

fn euro(minor: i128) -> String {
    format!("{}.{:02} EUR", minor / 100, minor % 100)
}

fn over(days: Days) -> String {
    days.map_or("lifetime".into(), |days| format!("{days}d"))
}

impl Rule {
    fn toml(&self, list: &str) -> String {
        let mut when: Vec<String> = self.who.map(|n| format!("affiliate = \"{}\"", NAMES[n])).into_iter().collect();
        when.extend(self.what.map(|p| format!("product = \"{p}\"")));
        when.extend(self.lead.then(|| "event = [\"lead\", \"sale\"]".to_owned()));
        let mut pays = vec![match &self.main {
            Main::Percent(micro) => format!("percent = \"{}\"", percent(*micro)),
            Main::PerOrder(minor) => format!("fixed = \"{}\"", euro(*minor)),
            Main::PerUnit(minor) => format!("fixed = \"{}\", per = \"unit\"", euro(*minor)),
            Main::PerMille(minor) => format!("fixed = \"{}\", per = \"mille\"", euro(*minor)),
            Main::Tiers(by, marginal, counted, days, steps) => {
                let from = |from: &i128| if *by == "count" { from.to_string() } else { format!("\"{}\"", euro(*from)) };
                let start = |(n, at): (usize, &i128)| if n == 0 { String::new() } else { format!("from = {}, ", from(at)) };
                let tier = |(n, (at, micro)): (usize, &(i128, i128))| format!("{{ {}percent = \"{}\" }}", start((n, at)), percent(*micro));
                let tiers: Vec<String> = steps.iter().enumerate().map(tier).collect();
                let mut text =
                    format!("by = \"{by}\", tiers = [{}], how = \"{}\"", tiers.join(", "), if *marginal { "marginal" } else { "whole" });
                if *by != "order_value" {
                    text += &format!(", over = \"{}\"", over(*days));
                    if !marginal {
                        text += if *counted { ", current = \"counted\"" } else { ", current = \"not_counted\"" };
                    }
                }
                text
            }
        }];
        if self.first_payment > 0 && matches!(self.main, Main::Percent(_) | Main::Tiers(..)) {
            pays.push(format!("first_payment = \"{}\"", euro(self.first_payment)));
        }
        pays.extend(self.min.map(|minor| format!("min = \"{}\"", euro(minor))));
        pays.extend(self.max.map(|minor| format!("max = \"{}\"", euro(minor))));
        if let Some((minor, days, all)) = self.budget {
            let each = if all { "rule" } else { "affiliate" };
            pays.push(format!("budget = {{ amount = \"{}\", over = \"{}\", each = \"{each}\" }}", euro(minor), over(days)));
        }
        pays.extend(self.payments.map(|n| format!("payments = {n}")));
        format!("[[{list}]]\nwhen = {{ {} }}\npays = {{ {} }}\n", when.join(", "), pays.join(", "))
    }

    fn holds(&self, order: &Order, affiliate: usize, line: &Line) -> bool {
        self.who.is_none_or(|n| n == affiliate)
            && self.what.is_none_or(|p| p == line.product)
            && (order.event == Event::Sale || (order.event == Event::Lead && self.lead))
    }
}

impl Rules {
    fn toml(&self) -> String {
        let partners: Vec<String> =
            self.partners.iter().enumerate().map(|(n, r)| format!("{{ id = \"jv{n}\", percent = \"{}\" }}", percent(*r))).collect();
        let mut text = format!(
            "sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\npartners = [{}]\n[[products]]\nid = \"q\"\n",
            partners.join(", ")
        );
        for (n, name) in NAMES.iter().enumerate() {
            let parent = NAMES.get(n + 1).map(|parent| format!("parent = \"{parent}\"\n")).unwrap_or_default();
            text += &format!(
                "[[affiliates]]\nid = \"{name}\"\n{parent}partnership = [{{ state = \"approved\", since = \"2020-01-01T00:00:00Z\" }}]\n"
            );
        }
        text.extend(self.list.iter().map(|rule| rule.toml("commission")));
        text.extend(self.bonuses.iter().map(|rule| rule.toml("bonuses")));
        if let Some((of_base, rates)) = &self.levels {
            let rates: Vec<String> = rates.iter().map(|r| format!("\"{}\"", percent(*r))).collect();
            text +=
                &format!("[second_level]\nof = \"{}\"\npercent = [{}]\n", if *of_base { "base" } else { "commission" }, rates.join(", "));
        }
        let steps: Vec<String> = self.steps.iter().map(|s| format!("\"{s}\"")).collect();
        let word = |out: bool| if out { "out" } else { "in" };
        text + &format!(
            "[settlement]\nrounding = \"{}\"\nsteps = [{}]\nbase = \"{}\"\npartners_base = \"{}\"\nshipping = \"{}\"\ndiscounts = \"{}\"\nfee = {{ percent = \"{}\", fixed = \"{}\" }}\n",
            self.rounding,
            steps.join(", "),
            self.base,
            if self.same_base { "same_base" } else { "after_affiliate" },
            word(self.shipping_out),
            word(self.discounts_out),
            percent(self.fee.0),
            euro(self.fee.1)
        )
    }

    fn round(&self, dividend: i128, divisor: i128) -> i128 {
        let (down, rest) = (dividend / divisor, dividend % divisor);
        let up = match self.rounding {
            "down" => false,
            "half_away" => rest * 2 >= divisor,
            _ => rest * 2 > divisor || (rest * 2 == divisor && down % 2 != 0),
        };
        down + i128::from(up)
    }

    fn share(&self, micro: i128, amount: i128) -> i128 {
        self.round(micro * amount, FULL)
    }

    /// What a rule grants one after another: by credit and line, `None` where it does not hold.
    #[allow(clippy::too_many_arguments, reason = "a restatement names all it looks at")]
    fn grant(
        &self,
        rule: &Rule,
        name: &str,
        order: &Order,
        credits: &[(usize, i128)],
        bases: &[i128],
        uses: &[Vec<bool>],
        past: &[Earlier],
    ) -> Vec<Vec<i128>> {
        let (lines, weights): (usize, Vec<i128>) = (order.lines.len(), credits.iter().map(|(_, w)| *w).collect());
        let part = |k: usize, n: usize| split(bases[n], &weights)[k];
        let mut got = vec![vec![0; lines]; credits.len()];
        if rule.payments.is_some_and(|n| order.payment > n) {
            return got;
        }
        let once = |sum: i128, got: &mut Vec<Vec<i128>>, only: Option<usize>| {
            for k in (0..credits.len()).filter(|k| only.is_none_or(|a| credits[*k].0 == a)) {
                let by: Vec<i128> = (0..lines).map(|n| if uses[k][n] { bases[n] } else { 0 }).collect();
                let by = if by.iter().sum::<i128>() == 0 { uses[k].iter().map(|u| i128::from(*u)).collect() } else { by };
                for (n, amount) in split(split(sum, &weights)[k], &by).into_iter().enumerate() {
                    got[k][n] += amount;
                }
            }
        };
        match &rule.main {
            Main::PerOrder(minor) => once(*minor, &mut got, None),
            Main::Percent(_) | Main::PerUnit(_) | Main::PerMille(_) => {
                for k in 0..credits.len() {
                    for n in (0..lines).filter(|n| uses[k][*n]) {
                        let pieces = i128::from(order.lines[n].quantity);
                        got[k][n] = match rule.main {
                            Main::Percent(micro) => self.share(micro, part(k, n)),
                            Main::PerUnit(minor) => split(minor * pieces, &weights)[k],
                            Main::PerMille(minor) => split(self.round(minor * pieces, 1000), &weights)[k],
                            Main::PerOrder(_) | Main::Tiers(..) => unreachable!(),
                        };
                    }
                }
            }
            Main::Tiers(by, marginal, counted, days, steps) => {
                for (a, name) in NAMES.iter().enumerate() {
                    let mine: Vec<(usize, usize)> = (0..credits.len())
                        .filter(|k| credits[*k].0 == a)
                        .flat_map(|k| (0..lines).map(move |n| (k, n)))
                        .filter(|(k, n)| uses[*k][*n])
                        .collect();
                    let base: i128 = mine.iter().map(|(k, n)| part(*k, *n)).sum();
                    let mut before = seen(past, order, name, *days);
                    if *by == "count" {
                        before = before.iter().map(|_| 1).collect();
                    }
                    let earlier: i128 = if *by == "order_value" { 0 } else { before.iter().sum() };
                    let now = if *by == "count" { 1 } else { base };
                    // The exact product of each hundred-millionth, unit by unit of the measure.
                    let tier = |value: i128| steps.iter().rposition(|(from, _)| *from <= value).unwrap();
                    let pieces: Vec<(i128, i128)> = if *marginal {
                        let end = |t: usize| steps.get(t + 1).map_or(i128::MAX, |(from, _)| *from);
                        (0..steps.len())
                            .map(|t| (steps[t].1, (earlier + now).min(end(t)) - earlier.max(steps[t].0)))
                            .filter(|(_, part)| *part > 0)
                            .collect()
                    } else {
                        vec![(steps[tier(if *counted || *by == "order_value" { earlier + now } else { earlier })].1, now)]
                    };
                    let (mut exact, mut paid, mut start) = (0, 0, 0);
                    for (micro, size) in pieces {
                        let size = if *by == "count" { base } else { size };
                        exact += micro * size;
                        let amount = self.round(exact, FULL) - paid;
                        paid += amount;
                        // The stretch start..start + size of all lines' bases, one behind the other.
                        let (mut at, mut takes) = (0, Vec::new());
                        for (k, n) in &mine {
                            let here = part(*k, *n);
                            takes.push(((at + here).min(start + size) - at.max(start)).max(0));
                            at += here;
                        }
                        start += size;
                        for ((k, n), amount) in mine.iter().zip(split(amount, &takes)) {
                            got[*k][*n] += amount;
                        }
                    }
                }
            }
        }
        if order.payment == 1 && matches!(rule.main, Main::Percent(_) | Main::Tiers(..)) {
            once(rule.first_payment, &mut got, None);
        }
        for (bound, is_min) in [(rule.min, true), (rule.max, false)] {
            let Some(bound) = bound else { continue };
            for a in 0..NAMES.len() {
                let mine: Vec<usize> = (0..credits.len()).filter(|k| credits[*k].0 == a && uses[*k].contains(&true)).collect();
                let limit: i128 = mine.iter().map(|k| split(bound, &weights)[*k]).sum();
                reshape(&mut got, uses, bases, &mine, limit, |sum| if is_min { sum < limit } else { sum > limit });
            }
        }
        if let Some((minor, days, all)) = rule.budget {
            let groups: Vec<Vec<usize>> = if all { vec![(0..NAMES.len()).collect()] } else { (0..NAMES.len()).map(|a| vec![a]).collect() };
            for group in groups {
                let spent: i128 = past
                    .iter()
                    .filter(|e| comes_before(e, order, days))
                    .flat_map(|e| e.rows.iter().chain(&e.back))
                    .filter(|(_, role, who, rule, _)| *role == Role::Affiliate && rule == name && group.iter().any(|a| NAMES[*a] == who))
                    .map(|row| row.4)
                    .sum();
                let left = (minor - spent.max(0)).max(0);
                let mine: Vec<usize> = (0..credits.len()).filter(|k| group.contains(&credits[*k].0)).collect();
                reshape(&mut got, uses, bases, &mine, left, |sum| sum > left);
            }
        }
        got
    }

    /// (line, role, recipient, rule, amount), zeros left out, and the bases that count.
    fn settle(&self, order: &Order, credits: &[(usize, i128)], past: &[Earlier]) -> Earlier {
        let lines = &order.lines;
        let gross: Vec<i128> = lines.iter().map(|l| l.gross.minor().into()).collect();
        let limited = order.event == Event::Sale;
        let mut left = gross.clone();
        let mut taken: Vec<Vec<Row>> = vec![Vec::new(); lines.len()];
        let (mut net, mut base) = (gross.clone(), gross.clone());
        let mut counted = Vec::new();
        let weights: Vec<i128> = credits.iter().map(|(_, w)| *w).collect();
        let take = |n: usize, left: &mut Vec<i128>, taken: &mut Vec<Vec<Row>>, role: Role, who: &str, rule: &str, amount: i128| {
            let amount = if limited { amount.min(left[n]) } else { amount };
            left[n] -= amount;
            if amount > 0 {
                match taken[n].iter_mut().find(|row| (row.1, row.2.as_str(), row.3.as_str()) == (role, who, rule)) {
                    Some(row) => row.4 += amount,
                    None => taken[n].push((lines[n].id.clone(), role, who.into(), rule.into(), amount)),
                }
            }
        };
        for step in self.steps.iter().copied().chain((!self.steps.contains(&"second_level")).then_some("second_level")) {
            match step {
                "tax" => {
                    for (n, line) in lines.iter().enumerate() {
                        let tax = left[n].max(0).min(line.tax.minor().into());
                        take(n, &mut left, &mut taken, Role::Tax, "", "", tax);
                        net[n] -= tax;
                    }
                }
                "fee" => {
                    let sum: i128 = gross.iter().sum();
                    let fee = if sum == 0 { 0 } else { self.share(self.fee.0, sum) + self.fee.1 };
                    let there: Vec<i128> = left.iter().map(|l| (*l).max(0)).collect();
                    for (n, part) in split(fee.min(there.iter().sum()), &there).into_iter().enumerate() {
                        take(n, &mut left, &mut taken, Role::Fee, "", "", part);
                        if self.base == "net_of_tax_and_fee" {
                            net[n] -= part;
                        }
                    }
                }
                "affiliate" => {
                    if self.base != "gross" {
                        base.clone_from(&net);
                    }
                    for (n, line) in lines.iter().enumerate().filter(|(n, _)| gross[*n] > 0) {
                        let out = |out: bool, amount: Option<Money>| if out { amount.map_or(0, |m| i128::from(m.minor())) } else { 0 };
                        let wanted = gross[n] - out(self.shipping_out, line.shipping) + out(self.discounts_out, line.discount);
                        if wanted != gross[n] {
                            base[n] = self.round(base[n] * wanted, gross[n]);
                        }
                    }
                    let first = |k: usize, line: &Line| self.list.iter().position(|rule| rule.holds(order, credits[k].0, line));
                    let ruled: Vec<Vec<Option<usize>>> = (0..credits.len()).map(|k| lines.iter().map(|l| first(k, l)).collect()).collect();
                    // (name, by credit and line)
                    let mut granted: Vec<(String, Vec<Vec<i128>>)> = Vec::new();
                    for (r, rule) in self.list.iter().enumerate() {
                        let uses: Vec<Vec<bool>> = ruled.iter().map(|l| l.iter().map(|used| *used == Some(r)).collect()).collect();
                        let name = format!("rule {}", r + 1);
                        let got = self.grant(rule, &name, order, credits, &base, &uses, past);
                        granted.push((name, got));
                        for (k, n) in (0..credits.len()).flat_map(|k| (0..lines.len()).map(move |n| (k, n))).filter(|(k, n)| uses[*k][*n]) {
                            let part = split(base[n], &weights)[k];
                            let tiers_of_nothing = matches!(rule.main, Main::Tiers(..)) && part == 0;
                            if rule.payments.is_none_or(|p| order.payment <= p) && !tiers_of_nothing {
                                counted.push((lines[n].id.clone(), NAMES[credits[k].0].to_owned(), part));
                            }
                        }
                    }
                    for (r, rule) in self.bonuses.iter().enumerate() {
                        let holds = |k: usize, n: usize| ruled[k][n].is_some() && rule.holds(order, credits[k].0, &lines[n]);
                        let uses: Vec<Vec<bool>> = (0..credits.len()).map(|k| (0..lines.len()).map(|n| holds(k, n)).collect()).collect();
                        let name = format!("bonus {}", r + 1);
                        let got = self.grant(rule, &name, order, credits, &base, &uses, past);
                        granted.push((name, got));
                    }
                    for n in 0..lines.len() {
                        // Rules credit by credit, then bonus by bonus.
                        let mut wants: Vec<(usize, &str, i128)> = Vec::new();
                        for (k, rules) in ruled.iter().enumerate() {
                            wants.extend(rules[n].map(|r| (k, granted[r].0.as_str(), granted[r].1[k][n])));
                        }
                        for (name, got) in granted.iter().skip(self.list.len()) {
                            wants.extend((0..credits.len()).map(|k| (k, name.as_str(), got[k][n])));
                        }
                        let amounts: Vec<i128> = wants.iter().map(|want| want.2).collect();
                        let paid = if limited && amounts.iter().sum::<i128>() > left[n] { split(left[n], &amounts) } else { amounts };
                        for ((k, name, _), amount) in wants.iter().zip(paid) {
                            take(n, &mut left, &mut taken, Role::Affiliate, NAMES[credits[*k].0], name, amount);
                        }
                    }
                }
                "partners" => {
                    for (n, _) in lines.iter().enumerate().filter(|(_, line)| line.product == "p") {
                        let of = if self.same_base { base[n] } else { left[n].max(0) };
                        for (k, rate) in self.partners.iter().enumerate() {
                            take(n, &mut left, &mut taken, Role::Partner, &format!("jv{k}"), "", self.share(*rate, of));
                        }
                    }
                }
                _ => {
                    let Some((of_base, rates)) = &self.levels else { continue };
                    for n in 0..lines.len() {
                        let mut recruits: Vec<(usize, i128)> = Vec::new();
                        for row in taken[n].iter().filter(|row| row.1 == Role::Affiliate) {
                            let a = NAMES.iter().position(|name| *name == row.2).unwrap();
                            match recruits.iter_mut().find(|(known, _)| *known == a) {
                                Some((_, sum)) => *sum += row.4,
                                None => recruits.push((a, row.4)),
                            }
                        }
                        for (a, earned) in recruits {
                            let share: i128 = (0..credits.len()).filter(|k| credits[*k].0 == a).map(|k| split(base[n], &weights)[k]).sum();
                            let of = if *of_base { share } else { earned };
                            for (level, rate) in rates.iter().enumerate().filter(|(level, _)| a + level + 1 < NAMES.len()) {
                                take(
                                    n,
                                    &mut left,
                                    &mut taken,
                                    Role::SecondLevel,
                                    NAMES[a + level + 1],
                                    &format!("level {}", level + 1),
                                    self.share(*rate, of),
                                );
                            }
                        }
                    }
                }
            }
        }
        for n in 0..lines.len() {
            if left[n] != 0 {
                taken[n].push((lines[n].id.clone(), Role::Vendor, "v".into(), String::new(), left[n]));
            }
        }
        Earlier {
            at: order.at.millis(),
            id: order.id.clone(),
            lead: order.event == Event::Lead,
            lines: lines.iter().zip(&gross).map(|(l, g)| (l.id.clone(), *g)).collect(),
            bases: counted,
            rows: taken.concat(),
            back: Vec::new(),
        }
    }
}

fn comes_before(earlier: &Earlier, order: &Order, days: Days) -> bool {
    let now = order.at.millis();
    (earlier.at, earlier.id.as_str()) < (now, order.id.as_str())
        && earlier.lead == (order.event == Event::Lead)
        && days.is_none_or(|days| earlier.at > now - days * DAY)
}

/// The bases left of an affiliate's earlier orders.
fn seen(past: &[Earlier], order: &Order, affiliate: &str, days: Days) -> Vec<i128> {
    let mut found = Vec::new();
    for earlier in past.iter().filter(|e| comes_before(e, order, days)) {
        let mut lines: Vec<i128> = Vec::new();
        for (line, _, base) in earlier.bases.iter().filter(|(_, who, _)| who == affiliate) {
            let gross = earlier.lines.iter().find(|(id, _)| id == line).unwrap().1;
            let back: i128 = -earlier.back.iter().filter(|row| row.0 == *line).map(|row| row.4).sum::<i128>();
            let gone = if gross == 0 { false } else { back == gross };
            if !gone {
                lines.push(if gross == 0 { *base } else { base - base * back / gross });
            }
        }
        if !lines.is_empty() {
            found.push(lines.iter().sum());
        }
    }
    found
}

/// Makes the parts of some credits add up to a sum, in proportion, if they should.
fn reshape(got: &mut [Vec<i128>], uses: &[Vec<bool>], bases: &[i128], credits: &[usize], to: i128, should: impl Fn(i128) -> bool) {
    let cells: Vec<(usize, usize)> =
        credits.iter().flat_map(|k| (0..bases.len()).map(move |n| (*k, n))).filter(|(k, n)| uses[*k][*n]).collect();
    let now: Vec<i128> = cells.iter().map(|(k, n)| got[*k][*n]).collect();
    if cells.is_empty() || !should(now.iter().sum()) {
        return;
    }
    let by_base: Vec<i128> = cells.iter().map(|(_, n)| bases[*n]).collect();
    let shapes = [now, by_base, vec![1; cells.len()]];
    let shape = shapes.iter().find(|shape| shape.iter().sum::<i128>() > 0).unwrap();
    for ((k, n), amount) in cells.into_iter().zip(split(to, shape)) {
        got[k][n] = amount;
    }
}

/// Largest remainder, one unit at a time.
fn split(total: i128, weights: &[i128]) -> Vec<i128> {
    let sum: i128 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<i128> = weights.iter().map(|w| total * w / sum).collect();
    let mut rests: Vec<i128> = weights.iter().map(|w| total * w % sum).collect();
    while parts.iter().sum::<i128>() < total {
        let largest = *rests.iter().max().unwrap();
        let n = rests.iter().position(|r| *r == largest).unwrap();
        parts[n] += 1;
        rests[n] = -1;
    }
    parts
}

/// Takes an amount back: shared by the lines, then by everyone's part.
fn take_back(earlier: &mut Earlier, amount: i128) {
    let gross: Vec<i128> = earlier.lines.iter().map(|(_, gross)| *gross).collect();
    for ((line, _), part) in earlier.lines.clone().into_iter().zip(split(amount, &gross)) {
        let rows: Vec<Row> = earlier.rows.iter().filter(|row| row.0 == line).cloned().collect();
        let amounts: Vec<i128> = rows.iter().map(|row| row.4).collect();
        for (row, back) in rows.into_iter().zip(split(part, &amounts)).filter(|(_, back)| *back != 0) {
            earlier.back.push((row.0, row.1, row.2, row.3, -back));
        }
    }
}

fn rows(commission: &Commission, refunds: bool) -> Vec<Row> {
    let entries = commission.entries.iter().filter(|e| e.refund.is_some() == refunds);
    let text = |text: &Option<Text>| text.as_deref().unwrap_or_default().to_owned();
    entries.map(|e| (e.line.to_string(), e.role, text(&e.recipient), text(&e.rule), e.amount.minor().into())).collect()
}

fn rules() -> impl Strategy<Value = Rules> {
    let micro = || prop::sample::select(vec![0, 1, 4_900_000, 7_900_000, 33_333_333, 50_000_000, 99_999_999, 100_000_000]);
    let sum = || prop::sample::select(vec![0, 1, 100, 777, 10_000_000]);
    let days = || prop::sample::select(vec![None, Some(1), Some(3)]);
    let tiers = (
        prop::sample::select(vec!["order_value", "count", "revenue"]),
        any::<bool>(),
        any::<bool>(),
        days(),
        prop::collection::btree_set(prop::sample::select(vec![1_i128, 2, 3, 100, 5_000, 20_000, 150_000]), 0..4),
        prop::collection::vec(micro(), 5),
    );
    let main = prop_oneof![
        4 => micro().prop_map(Main::Percent),
        1 => sum().prop_map(Main::PerOrder),
        1 => sum().prop_map(Main::PerUnit),
        1 => sum().prop_map(Main::PerMille),
        3 => tiers.prop_map(|(by, marginal, counted, days, bounds, rates)| {
            Main::Tiers(by, marginal, counted, days, std::iter::once(0).chain(bounds).zip(rates).collect())
        }),
    ];
    let rare = |sums: Vec<i128>| prop::option::weighted(0.2, prop::sample::select(sums));
    let limits = (
        rare(vec![0, 1, 50]),
        rare(vec![60, 777, 9_999]),
        prop::option::weighted(0.2, (prop::sample::select(vec![10, 1_000, 60_000]), days(), any::<bool>())),
        prop::option::weighted(0.1, 1..2_u32),
    );
    let place = (prop::option::of(0..3_usize), prop::option::of(prop::sample::select(vec!["p", "q"])), any::<bool>());
    let rule = (place, main, sum(), limits).prop_map(|((who, what, lead), main, first_payment, (min, max, budget, payments))| Rule {
        who,
        what,
        lead,
        main,
        first_payment,
        min,
        max,
        budget,
        payments,
    });
    let rule = rule.boxed();
    let shape = prop::sample::select(vec![
        ("net_of_tax_and_fee", vec!["tax", "fee", "affiliate", "partners"]),
        ("net_of_tax_and_fee", vec!["fee", "tax", "affiliate", "second_level", "partners"]),
        ("net_of_tax", vec!["tax", "affiliate", "fee", "partners"]),
        ("gross", vec!["affiliate", "tax", "partners", "fee"]),
        ("gross", vec!["tax", "fee", "affiliate", "partners", "second_level"]),
    ]);
    let partners =
        prop::sample::select(vec![vec![], vec![40_000_000], vec![50_000_000, 50_000_000], vec![33_333_333, 33_333_333, 33_333_334]]);
    let rounding = prop::sample::select(vec!["half_away", "half_even", "down"]);
    let levels =
        prop::option::weighted(0.3, (any::<bool>(), prop::collection::vec(prop::sample::select(vec![0, 10_000_000, 33_333_333]), 1..4)));
    let portions = (any::<bool>(), any::<bool>(), any::<bool>());
    let lists = (prop::collection::vec(rule.clone(), 0..5), prop::collection::vec(rule, 0..3));
    (rounding, shape, (micro(), sum()), portions, partners, lists, levels).prop_map(
        |(rounding, (base, steps), fee, (same_base, shipping_out, discounts_out), partners, (list, bonuses), levels)| Rules {
            rounding,
            steps,
            base,
            fee,
            same_base,
            shipping_out,
            discounts_out,
            partners,
            list,
            bonuses,
            levels,
        },
    )
}

type LineInput = (i64, i64, &'static str, u32, i64, i64);
/// Its lines, the credits' weights, the payment, hours since the one before, whether a lead, and how much of it goes back.
type Sale = (Vec<LineInput>, Vec<u64>, u32, i64, bool, u8);

fn sale() -> impl Strategy<Value = Sale> {
    let gross = prop::sample::select(vec![0, 1, 2, 3, 99, 100, 12_345, 119_000, 1 << 45]);
    let line =
        (gross, 0..101_i64, prop::sample::select(vec!["p", "q", "r"]), prop::sample::select(vec![1, 2, 3, 1_500]), 0..3_i64, 0..3_i64);
    let weights = prop::collection::vec(prop::sample::select(vec![1_u64, 2, 3, 40, 1 << 32]), 0..4);
    (prop::collection::vec(line, 1..4), weights, 1..3_u32, 0..30_i64, prop::bool::weighted(0.2), 0..4_u8)
}

fn order_of(n: usize, at: i64, (lines, _, payment, _, lead, _): &Sale) -> Order {
    let money = |minor| Money::new(minor, "EUR").unwrap();
    let lines = lines.iter().enumerate().map(|(n, (gross, hundredths, product, quantity, shipping, discount))| {
        let gross = if *lead { 0 } else { *gross };
        Line {
            quantity: *quantity,
            shipping: (*shipping > 0).then(|| money(gross / shipping)),
            discount: (*discount > 0).then(|| money(gross.min(1 << 20) * discount + 1)),
            ..Line::new(n.to_string(), *product, money(gross), money(gross / 100 * hundredths + gross % 100 * hundredths / 100))
        }
    });
    let event = if *lead { Event::Lead } else { Event::Sale };
    Order { payment: *payment, event, ..Order::new(format!("A-{n}"), Time::from_millis(at).unwrap(), lines.collect()) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::laws::cases()))]

    #[test]
    fn the_engine_settles_as_the_specification_does(rules in rules(), sales in prop::collection::vec(sale(), 1..4)) {
        let program = Program::from_toml(&rules.toml()).unwrap();
        let (mut earlier, mut past, mut at) = (Vec::<Commission>::new(), Vec::<Earlier>::new(), AT);
        for (n, sale) in sales.iter().enumerate() {
            at += sale.3 * 3_600_000;
            let order = order_of(n, at, sale);
            let credits: Vec<(usize, u64)> = sale.1.iter().copied().enumerate().filter(|(n, _)| *n < 3).collect();
            let credit = |(n, weight): &(usize, u64)| Credit { affiliate: NAMES[*n].into(), weight: *weight, touch: 0, evidence: Evidence::Click, campaign: None };
            let decision = Decision::new(order.id.clone(), order.at, credits.iter().map(credit).collect());
            let commission = program.commission_after(&order, &decision, &earlier).unwrap();
            let credits: Vec<(usize, i128)> = credits.into_iter().map(|(n, w)| (n, w.into())).collect();
            let mut expected = rules.settle(&order, &credits, &past);
            prop_assert_eq!(rows(&commission, false), expected.rows.clone(), "order {}", order.id);
            obeys(&order, &commission);

            // The order of the lines moves no cent.
            let mut turned = order.clone();
            turned.lines.reverse();
            let (mut one, mut other) = (rows(&commission, false), rows(&program.commission_after(&turned, &decision, &earlier).unwrap(), false));
            one.sort();
            other.sort();
            prop_assert_eq!(one, other, "the order of the lines");

            let gross: i64 = order.lines.iter().map(|l| l.gross.minor()).sum();
            let back = [0, gross / 3, gross / 2, gross][usize::from(sale.5)];
            let commission = if back == 0 { commission } else {
                take_back(&mut expected, back.into());
                let commission = program.refund(&commission, &Refund::new("R", Money::new(back, "EUR").unwrap())).unwrap();
                prop_assert_eq!(rows(&commission, true), expected.back.clone());
                commission
            };
            earlier.push(commission);
            past.push(expected);
        }
    }
}

/// What holds for every commission: entries sum to the gross, grounds to the entries, and all taken back is zero.
fn obeys(order: &Order, commission: &Commission) {
    for line in &order.lines {
        let sum: i64 = commission.entries.iter().filter(|e| e.line == line.id).map(|e| e.amount.minor()).sum();
        assert_eq!(sum, line.gross.minor());
    }
    for entry in commission.entries.iter().filter(|e| matches!(e.role, Role::Affiliate | Role::Partner | Role::SecondLevel)) {
        let same = |line: &str, role: Role, recipient: &Option<Text>, rule: &Option<Text>| {
            (line, role, recipient, rule) == (entry.line.as_str(), entry.role, &entry.recipient, &entry.rule)
        };
        let grounds = commission.grounds.iter().filter(|g| same(&g.line, g.role, &g.recipient, &g.rule));
        assert_eq!(grounds.map(|g| g.amount.minor()).sum::<i64>(), entry.amount.minor(), "{entry:?}: {:?}", commission.grounds);
    }
    let text = commission.explain();
    assert!(commission.entries.iter().all(|e| text.contains(&e.amount.to_string()) || commission.entries.len() > 1), "{text}");
}
