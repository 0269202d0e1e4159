use super::pays::Amounts;
use crate::error::words;
use crate::money::{Rate, Rounding};
use crate::program::{PayoutFile, ReleaseFile, SecondLevelFile, SettlementFile};
use crate::time::parse_duration;
use crate::{Error, ErrorCode, Result, Text};

words! {
    /// A platform's published way to settle.
    pub(crate) Preset: "settlement preset" {
        /// 4.9 % and 1.00 of gross; halves go to the even cent (help.copecart.com: 1190.00 at 50 % gives 470.34 and 470.35).
        Copecart => "copecart",
        /// 7.9 % and 1.00 of gross, 0.60 below 10.00; 90 % released after 14 days, 10 % after 60 (digistore24.com: 100.00 at 19 % and 50 %).
        Digistore24 => "digistore24",
    }
}

words! {
    /// A step of the waterfall; the vendor is always last and gets what is left.
    pub(crate) Step: "settlement step" {
        /// The tax within gross.
        Tax => "tax",
        /// The platform's fee.
        Fee => "fee",
        /// The affiliates' commissions.
        Affiliate => "affiliate",
        /// The JV partners' shares.
        Partners => "partners",
        /// What the affiliates' parents get, from the vendor's part unless the program says earlier.
        SecondLevel => "second_level",
    }
}

words! {
    /// What a parent's percentage is taken of.
    pub(crate) LevelsOf: "base of the second level" {
        /// The affiliate's commission.
        Commission => "commission",
        /// The base of the affiliate's commission.
        Base => "base",
    }
}

words! {
    /// Which of a JV partner's rates holds for later payments.
    pub(crate) PartnerRates: "time of partners' rates" {
        /// That of the payment.
        Current => "current",
        /// That of the first payment.
        FirstPayment => "first_payment",
    }
}

words! {
    /// Whether a part of the price is in the base.
    pub(crate) Portion: "answer about the base" {
        /// The base holds it.
        In => "in",
        /// The base is what it would be without it.
        Out => "out",
    }
}

words! {
    /// What a commission's percentage is taken of.
    pub(crate) Base: "base" {
        /// What the buyer paid.
        Gross => "gross",
        /// Without the tax.
        NetOfTax => "net_of_tax",
        /// Without the tax and the platform's fee.
        NetOfTaxAndFee => "net_of_tax_and_fee",
    }
}

words! {
    /// What a JV partner's percentage is taken of.
    pub(crate) PartnersBase: "partners' base" {
        /// What the steps before left, so after the affiliates' part.
        AfterAffiliate => "after_affiliate",
        /// The base of the affiliates' commissions.
        SameBase => "same_base",
    }
}

words! {
    /// Who agrees to a commission.
    pub(crate) Approvals: "way to approve" {
        /// Time alone: it is released as the program says.
        Automatic => "automatic",
        /// The vendor, by an event; until then nothing is released.
        Manual => "manual",
    }
}

/// The parsed `[settlement]` of a program.
#[derive(Clone, Debug)]
pub(crate) struct Settlement {
    pub(crate) rounding: Rounding,
    pub(crate) steps: Vec<Step>,
    pub(crate) base: Base,
    pub(crate) fee_rate: Option<Rate>,
    pub(crate) fee_fixed: Amounts,
    /// Orders below the first amounts pay the second.
    pub(crate) fee_small: Option<(Amounts, Amounts)>,
    pub(crate) partners_base: PartnersBase,
    pub(crate) partner_rates: PartnerRates,
    pub(crate) shipping: Portion,
    /// `In`: a discount lowers the base.
    pub(crate) discounts: Portion,
    pub(crate) second_level: Option<SecondLevel>,
    /// How much of a commission is released after how many milliseconds; the rates sum to 100.
    pub(crate) release: Vec<(Rate, i64)>,
    /// The days of a month on which payouts are made; any day, if none is named.
    pub(crate) payout_days: Vec<u8>,
    pub(crate) payout_business: bool,
    pub(crate) payout_minimum: Amounts,
    pub(crate) payout_verified: bool,
    pub(crate) approval: Approvals,
}

/// What an affiliate's parents get, nearest first.
#[derive(Clone, Debug)]
pub(crate) struct SecondLevel {
    pub(crate) of: LevelsOf,
    /// Each with the name that its entries have.
    pub(crate) rates: Vec<(Text, Rate)>,
}

/// The deepest chain of parents that is paid.
const LEVELS_MAX: usize = 10;

impl SecondLevel {
    pub(crate) fn parse(file: SecondLevelFile) -> Result<Self> {
        let SecondLevelFile { of, percent } = file;
        if !(1..=LEVELS_MAX).contains(&percent.0.len()) {
            return Err(Error::new(ErrorCode::ProgramInvalid, format!("/percent: {} levels, expected 1 to {LEVELS_MAX}", percent.0.len())));
        }
        let rate = |(n, text): (usize, &String)| Rate::parse(text).map_err(|e| e.at(format_args!("/percent/{n}")));
        let rates: Vec<Rate> = percent.0.iter().enumerate().map(rate).collect::<Result<_>>()?;
        let name = |n: usize| Text::from(format!("level {}", n + 1));
        if rates.iter().map(|rate| rate.micro()).sum::<i64>() > Rate::FULL {
            return Err(Error::new(ErrorCode::RateInvalid, "/percent: the levels' rates sum above 100"));
        }
        Ok(Self { of, rates: rates.into_iter().enumerate().map(|(n, rate)| (name(n), rate)).collect() })
    }
}

impl Settlement {
    pub(crate) fn parse(file: SettlementFile) -> Result<Self> {
        let SettlementFile {
            preset,
            rounding,
            steps,
            base,
            fee,
            partners_base,
            partner_rates,
            shipping,
            discounts,
            approval,
            release,
            payout,
        } = file;
        let mut settlement = Self::preset(preset)?;
        settlement.rounding = rounding.unwrap_or(settlement.rounding);
        settlement.base = base.unwrap_or(settlement.base);
        settlement.partners_base = partners_base.unwrap_or(settlement.partners_base);
        settlement.partner_rates = partner_rates.unwrap_or(settlement.partner_rates);
        settlement.shipping = shipping.unwrap_or(settlement.shipping);
        settlement.discounts = discounts.unwrap_or(settlement.discounts);
        if let Some(fee) = fee {
            settlement.fee_rate = fee.percent.map(|text| Rate::parse(&text.0).map_err(|e| e.at("/fee/percent"))).transpose()?;
            settlement.fee_fixed = Amounts::parse("/fee/fixed", &fee.fixed)?;
            let small = |small: crate::program::SmallFeeFile| {
                let below = Amounts::parse("/fee/small/below", &small.below)?;
                if below.is_empty() {
                    return Err(Error::new(ErrorCode::ProgramInvalid, "/fee/small/below: is empty"));
                }
                Ok((below, Amounts::parse("/fee/small/fixed", &small.fixed)?))
            };
            settlement.fee_small = fee.small.map(small).transpose()?;
        }
        if let Some(steps) = steps {
            settlement.steps = steps;
            settlement.check_steps()?;
        }
        settlement.check_base()?;
        if let Some(release) = release {
            settlement.release = releases(release).map_err(|e| e.at("/release"))?;
        }
        settlement.approval = approval.unwrap_or(settlement.approval);
        if let Some(PayoutFile { days, business_days, minimum, verified }) = payout {
            if days.iter().any(|day| !(1..=31).contains(day)) || !days.is_sorted_by(|a, b| a < b) {
                return Err(Error::new(ErrorCode::ProgramInvalid, "/payout/days: are not days from 1 to 31, one after another"));
            }
            settlement.payout_days = days;
            settlement.payout_business = business_days;
            settlement.payout_verified = verified;
            settlement.payout_minimum = Amounts::parse("/payout/minimum", &minimum)?;
        }
        Ok(settlement)
    }

    fn preset(preset: Option<Preset>) -> Result<Self> {
        let plain = Self {
            rounding: Rounding::HalfAway,
            steps: Step::ALL.to_vec(),
            base: Base::NetOfTaxAndFee,
            fee_rate: None,
            fee_fixed: Amounts::default(),
            fee_small: None,
            partners_base: PartnersBase::AfterAffiliate,
            partner_rates: PartnerRates::Current,
            shipping: Portion::In,
            discounts: Portion::In,
            second_level: None,
            release: vec![(Rate::parse("100")?, 0)],
            payout_days: Vec::new(),
            payout_business: false,
            payout_minimum: Amounts::default(),
            payout_verified: false,
            approval: Approvals::Automatic,
        };
        let days = |percent: &str, days: i64| Ok((Rate::parse(percent)?, days * 86_400_000));
        let each = |minor: i64| Amounts::of_one(&[(minor, "EUR"), (minor, "USD"), (minor, "CHF"), (minor, "GBP")]);
        Ok(match preset {
            None => plain,
            Some(Preset::Copecart) => Self {
                rounding: Rounding::HalfEven,
                fee_rate: Some(Rate::parse("4.9")?),
                fee_fixed: each(100),
                release: vec![days("80", 14)?, days("20", 40)?],
                payout_days: vec![7, 14, 21, 28],
                payout_business: true,
                ..plain
            },
            Some(Preset::Digistore24) => Self {
                rounding: Rounding::HalfEven,
                fee_rate: Some(Rate::parse("7.9")?),
                fee_fixed: each(100),
                fee_small: Some((each(1000), each(60))),
                partners_base: PartnersBase::SameBase,
                release: vec![days("90", 14)?, days("10", 60)?],
                ..plain
            },
        })
    }

    fn check_steps(&mut self) -> Result<()> {
        for step in Step::ALL {
            let count = self.steps.iter().filter(|s| *s == step).count();
            if count == 0 && *step == Step::SecondLevel {
                self.steps.push(Step::SecondLevel);
            } else if count != 1 {
                return Err(Error::new(ErrorCode::ProgramInvalid, format!("/steps: lists `{step}` not exactly once")));
            }
        }
        Ok(())
    }

    /// A base without tax or fee needs them taken before it.
    fn check_base(&self) -> Result<()> {
        let place = |wanted| self.steps.iter().position(|step| *step == wanted);
        let needs: &[Step] = match self.base {
            Base::Gross => &[],
            Base::NetOfTax => &[Step::Tax],
            Base::NetOfTaxAndFee => &[Step::Tax, Step::Fee],
        };
        if needs.iter().any(|step| place(*step) > place(Step::Affiliate)) {
            return Err(Error::new(
                ErrorCode::ProgramInvalid,
                format!("/steps: the base `{}` needs its steps before `affiliate`", self.base),
            ));
        }
        if self.partners_base == PartnersBase::SameBase && place(Step::Partners) < place(Step::Affiliate) {
            return Err(Error::new(ErrorCode::ProgramInvalid, "/steps: partners of the same base come after `affiliate`"));
        }
        if place(Step::SecondLevel) < place(Step::Affiliate) {
            return Err(Error::new(ErrorCode::ProgramInvalid, "/steps: the second level comes after `affiliate`"));
        }
        Ok(())
    }
}

fn releases(files: Vec<ReleaseFile>) -> Result<Vec<(Rate, i64)>> {
    let mut releases: Vec<(Rate, i64)> = Vec::with_capacity(files.len());
    for (n, ReleaseFile { percent, after }) in files.into_iter().enumerate() {
        let rate = Rate::parse(&percent.0).map_err(|e| e.at(format_args!("/{n}/percent")))?;
        let after = parse_duration(&after).map_err(|e| e.at(format_args!("/{n}/after")))?;
        if releases.last().is_some_and(|(_, before)| *before >= after) {
            return Err(Error::new(ErrorCode::ProgramInvalid, format!("/{n}/after: is not after the release before it")));
        }
        releases.push((rate, after));
    }
    if releases.iter().map(|(rate, _)| rate.micro()).sum::<i64>() != Rate::FULL {
        return Err(Error::new(ErrorCode::RateInvalid, "the releases' rates do not sum to 100"));
    }
    Ok(releases)
}
