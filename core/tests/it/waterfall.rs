//! The settlement, restated: small, slow, and sharing no code with the engine. Both settle the same random orders.

use proptest::prelude::*;
use sentby::{Credit, Decision, Evidence, Line, Money, Order, Program, Role, Time};

const AT: i64 = 1_772_560_800_000;
const NAMES: [&str; 3] = ["anna", "bob", "carl"];
const FULL: i128 = 100_000_000;

#[derive(Clone, Debug)]
enum Pays {
    Percent { micro: i128, first_payment: i128 },
    PerOrder(i128),
    PerUnit(i128),
}

#[derive(Clone, Debug)]
struct Rules {
    rounding: &'static str,
    steps: Vec<&'static str>,
    base: &'static str,
    fee: (i128, i128),
    same_base: bool,
    /// Partners of product p, in millionths of a percent; product q has none.
    partners: Vec<i128>,
    /// In order: for which affiliate only, for which product only, and what is paid.
    list: Vec<(Option<usize>, Option<&'static str>, Pays)>,
}

fn percent(micro: i128) -> String {
    format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}

fn euro(minor: i128) -> String {
    format!("{}.{:02} EUR", minor / 100, minor % 100)
}

impl Rules {
    fn toml(&self) -> String {
        let partners: Vec<String> =
            self.partners.iter().enumerate().map(|(n, r)| format!("{{ id = \"jv{n}\", percent = \"{}\" }}", percent(*r))).collect();
        let mut text = format!(
            "sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\npartners = [{}]\n[[products]]\nid = \"q\"\n",
            partners.join(", ")
        );
        for name in NAMES {
            text +=
                &format!("[[affiliates]]\nid = \"{name}\"\npartnership = [{{ state = \"approved\", since = \"2020-01-01T00:00:00Z\" }}]\n");
        }
        for (who, what, pays) in &self.list {
            let mut when: Vec<String> = who.map(|n| format!("affiliate = \"{}\"", NAMES[n])).into_iter().collect();
            when.extend(what.map(|p| format!("product = \"{p}\"")));
            let pays = match pays {
                Pays::Percent { micro, first_payment: 0 } => format!("percent = \"{}\"", percent(*micro)),
                Pays::Percent { micro, first_payment } => {
                    format!("percent = \"{}\", first_payment = \"{}\"", percent(*micro), euro(*first_payment))
                }
                Pays::PerOrder(minor) => format!("fixed = \"{}\"", euro(*minor)),
                Pays::PerUnit(minor) => format!("fixed = \"{}\", per = \"unit\"", euro(*minor)),
            };
            text += &format!("[[commission]]\nwhen = {{ {} }}\npays = {{ {pays} }}\n", when.join(", "));
        }
        let steps: Vec<String> = self.steps.iter().map(|s| format!("\"{s}\"")).collect();
        let partners_base = if self.same_base { "same_base" } else { "after_affiliate" };
        text + &format!(
            "[settlement]\nrounding = \"{}\"\nsteps = [{}]\nbase = \"{}\"\npartners_base = \"{partners_base}\"\nfee = {{ percent = \"{}\", fixed = \"{}\" }}\n",
            self.rounding,
            steps.join(", "),
            self.base,
            percent(self.fee.0),
            euro(self.fee.1)
        )
    }

    fn share(&self, micro: i128, amount: i128) -> i128 {
        let exact = micro * amount; // in 1/FULL
        let (down, rest) = (exact / FULL, exact % FULL);
        let up = match self.rounding {
            "down" => false,
            "half_away" => rest * 2 >= FULL,
            _ => rest * 2 > FULL || (rest * 2 == FULL && down % 2 != 0),
        };
        down + i128::from(up)
    }

    /// The index of the rule that pays an affiliate on a line.
    fn rule(&self, affiliate: usize, line: &Line) -> Option<usize> {
        self.list.iter().position(|(who, what, _)| who.is_none_or(|n| n == affiliate) && what.is_none_or(|p| p == line.product))
    }

    /// Per line: (role, recipient, rule, amount), zeros left out.
    fn settle(&self, order: &Order, credits: &[(usize, i128)]) -> Vec<Vec<(Role, String, String, i128)>> {
        let lines = &order.lines;
        let gross: Vec<i128> = lines.iter().map(|l| l.gross.minor().into()).collect();
        let mut left = gross.clone();
        let mut taken: Vec<Vec<(Role, String, String, i128)>> = vec![Vec::new(); lines.len()];
        let (mut net, mut base) = (gross.clone(), gross.clone());
        let weights: Vec<i128> = credits.iter().map(|(_, w)| *w).collect();
        for step in &self.steps {
            match *step {
                "tax" => {
                    for (n, line) in lines.iter().enumerate() {
                        let tax = left[n].min(line.tax.minor().into());
                        take(&mut left[n], &mut taken[n], Role::Tax, "", "", tax);
                        net[n] -= tax;
                    }
                }
                "fee" => {
                    let sum: i128 = gross.iter().sum();
                    let fee = if sum == 0 { 0 } else { self.share(self.fee.0, sum) + self.fee.1 };
                    let parts = split(fee.min(left.iter().sum()), &left);
                    for n in 0..lines.len() {
                        take(&mut left[n], &mut taken[n], Role::Fee, "", "", parts[n]);
                        if self.base == "net_of_tax_and_fee" {
                            net[n] -= parts[n];
                        }
                    }
                }
                "affiliate" => {
                    if self.base != "gross" {
                        base.clone_from(&net);
                    }
                    let mut wanted = vec![vec![0; credits.len()]; lines.len()];
                    for (k, (affiliate, _)) in credits.iter().enumerate() {
                        for (n, line) in lines.iter().enumerate() {
                            wanted[n][k] = match self.rule(*affiliate, line).map(|r| &self.list[r].2) {
                                Some(Pays::Percent { micro, .. }) => self.share(*micro, split(base[n], &weights)[k]),
                                Some(Pays::PerUnit(minor)) => split(minor * i128::from(line.quantity), &weights)[k],
                                Some(Pays::PerOrder(_)) | None => 0,
                            };
                        }
                        for (r, (.., pays)) in self.list.iter().enumerate() {
                            let once = match pays {
                                Pays::PerOrder(minor) => *minor,
                                Pays::Percent { first_payment, .. } if order.payment == 1 => *first_payment,
                                Pays::Percent { .. } | Pays::PerUnit(_) => 0,
                            };
                            let uses: Vec<bool> = lines.iter().map(|line| self.rule(*affiliate, line) == Some(r)).collect();
                            let mut by: Vec<i128> = uses.iter().zip(&base).map(|(u, b)| if *u { *b } else { 0 }).collect();
                            if by.iter().sum::<i128>() == 0 {
                                by = uses.iter().map(|u| i128::from(*u)).collect();
                            }
                            for (n, part) in split(split(once, &weights)[k], &by).into_iter().enumerate() {
                                wanted[n][k] += part;
                            }
                        }
                    }
                    for (n, line) in lines.iter().enumerate() {
                        let fits = wanted[n].iter().sum::<i128>() <= left[n];
                        let paid = if fits { wanted[n].clone() } else { split(left[n], &wanted[n]) };
                        for (k, (affiliate, _)) in credits.iter().enumerate() {
                            let name = self.rule(*affiliate, line).map_or(String::new(), |r| format!("rule {}", r + 1));
                            take(&mut left[n], &mut taken[n], Role::Affiliate, NAMES[*affiliate], &name, paid[k]);
                        }
                    }
                }
                _ => {
                    for (n, _) in lines.iter().enumerate().filter(|(_, line)| line.product == "p") {
                        let of = if self.same_base { base[n] } else { left[n] };
                        for (k, rate) in self.partners.iter().enumerate() {
                            let amount = self.share(*rate, of).min(left[n]);
                            take(&mut left[n], &mut taken[n], Role::Partner, &format!("jv{k}"), "", amount);
                        }
                    }
                }
            }
        }
        for n in 0..lines.len() {
            let rest = left[n];
            take(&mut left[n], &mut taken[n], Role::Vendor, "v", "", rest);
        }
        taken
    }
}

fn take(left: &mut i128, taken: &mut Vec<(Role, String, String, i128)>, role: Role, who: &str, rule: &str, amount: i128) {
    assert!((0..=*left).contains(&amount));
    *left -= amount;
    if amount > 0 {
        taken.push((role, who.into(), rule.into(), amount));
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

fn rules() -> impl Strategy<Value = Rules> {
    let micro = || prop::sample::select(vec![0, 1, 4_900_000, 7_900_000, 33_333_333, 50_000_000, 99_999_999, 100_000_000]);
    let sum = || prop::sample::select(vec![0, 1, 100, 777, 10_000_000]);
    let pays = prop_oneof![
        (micro(), sum()).prop_map(|(micro, first_payment)| Pays::Percent { micro, first_payment }),
        sum().prop_map(Pays::PerOrder),
        sum().prop_map(Pays::PerUnit),
    ];
    let rule = (prop::option::of(0..3_usize), prop::option::of(prop::sample::select(vec!["p", "q"])), pays);
    let shape = prop::sample::select(vec![
        ("net_of_tax_and_fee", vec!["tax", "fee", "affiliate", "partners"]),
        ("net_of_tax_and_fee", vec!["fee", "tax", "affiliate", "partners"]),
        ("net_of_tax", vec!["tax", "affiliate", "fee", "partners"]),
        ("gross", vec!["affiliate", "tax", "partners", "fee"]),
        ("gross", vec!["tax", "fee", "affiliate", "partners"]),
    ]);
    let partners =
        prop::sample::select(vec![vec![], vec![40_000_000], vec![50_000_000, 50_000_000], vec![33_333_333, 33_333_333, 33_333_334]]);
    let rounding = prop::sample::select(vec!["half_away", "half_even", "down"]);
    (rounding, shape, (micro(), sum()), any::<bool>(), partners, prop::collection::vec(rule, 0..5)).prop_map(
        |(rounding, (base, steps), fee, same_base, partners, list)| Rules { rounding, steps, base, fee, same_base, partners, list },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::laws::cases()))]

    #[test]
    fn the_engine_settles_as_the_specification_does(
        rules in rules(),
        lines in prop::collection::vec((prop::sample::select(vec![0, 1, 2, 3, 99, 100, 12_345, 119_000, 1 << 45]), 0..101_i64, prop::sample::select(vec!["p", "q", "r"]), 1..4_u32), 1..4),
        weights in prop::collection::vec(prop::sample::select(vec![1_u64, 2, 3, 40, 1 << 32]), 0..4),
        payment in 1..3_u32,
    ) {
        let program = Program::from_toml(&rules.toml()).unwrap();
        let money = |minor| Money::new(minor, "EUR").unwrap();
        let lines = lines.into_iter().enumerate().map(|(n, (gross, hundredths, product, quantity))| {
            Line { quantity, ..Line::new(n.to_string(), product, money(gross), money(gross / 100 * hundredths + gross % 100 * hundredths / 100)) }
        });
        let order = Order { payment, ..Order::new("A-1", Time::from_millis(AT).unwrap(), lines.collect()) };
        let credits: Vec<(usize, u64)> = weights.into_iter().enumerate().filter(|(n, _)| *n < 3).collect();
        let credit = |(n, weight): &(usize, u64)| Credit { affiliate: NAMES[*n].into(), weight: *weight, touch: 0, evidence: Evidence::Click, campaign: None };
        let decision = Decision::new(order.id.clone(), order.at, credits.iter().map(credit).collect());
        let commission = program.commission(&order, &decision).unwrap();
        let credits: Vec<(usize, i128)> = credits.into_iter().map(|(n, w)| (n, w.into())).collect();
        for (line, expected) in order.lines.iter().zip(rules.settle(&order, &credits)) {
            let got: Vec<(Role, String, String, i128)> = commission
                .entries
                .iter()
                .filter(|e| e.line == line.id)
                .map(|e| (e.role, e.recipient.clone().unwrap_or_default(), e.rule.clone().unwrap_or_default(), e.amount.minor().into()))
                .collect();
            prop_assert_eq!(got, expected, "line {}", line.id);
        }
    }
}
