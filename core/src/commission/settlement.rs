use super::rule::Amounts;
use crate::error::words;
use crate::money::{Rate, Rounding};
use crate::program::SettlementFile;
use crate::{Error, ErrorCode, Result};

words! {
    /// A platform's published way to settle.
    pub(crate) Preset: "settlement preset" {
        /// 4.9 % and 1.00 of gross; halves go to the even cent (help.copecart.com: 1190.00 at 50 % gives 470.34 and 470.35).
        Copecart => "copecart",
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

/// The parsed `[settlement]` of a program.
#[derive(Clone, Debug)]
pub(crate) struct Settlement {
    pub(crate) rounding: Rounding,
    pub(crate) steps: Vec<Step>,
    pub(crate) base: Base,
    pub(crate) fee_rate: Option<Rate>,
    pub(crate) fee_fixed: Amounts,
    pub(crate) partners_base: PartnersBase,
}

impl Settlement {
    pub(crate) fn parse(file: SettlementFile) -> Result<Self> {
        let SettlementFile { preset, rounding, steps, base, fee, partners_base } = file;
        let mut settlement = match preset {
            None => Self {
                rounding: Rounding::HalfAway,
                steps: Step::ALL.to_vec(),
                base: Base::NetOfTaxAndFee,
                fee_rate: None,
                fee_fixed: Amounts::default(),
                partners_base: PartnersBase::AfterAffiliate,
            },
            Some(Preset::Copecart) => Self {
                rounding: Rounding::HalfEven,
                steps: Step::ALL.to_vec(),
                base: Base::NetOfTaxAndFee,
                fee_rate: Some(Rate::parse("4.9")?),
                fee_fixed: Amounts::of_one(&[(100, "EUR"), (100, "USD"), (100, "CHF"), (100, "GBP")]),
                partners_base: PartnersBase::AfterAffiliate,
            },
        };
        settlement.rounding = rounding.unwrap_or(settlement.rounding);
        settlement.base = base.unwrap_or(settlement.base);
        settlement.partners_base = partners_base.unwrap_or(settlement.partners_base);
        if let Some(fee) = fee {
            settlement.fee_rate = fee.percent.map(|text| Rate::parse(&text.0).map_err(|e| e.at("/fee/percent"))).transpose()?;
            settlement.fee_fixed = Amounts::parse("/fee/fixed", &fee.fixed)?;
        }
        if let Some(steps) = steps {
            for step in Step::ALL {
                if steps.iter().filter(|s| *s == step).count() != 1 {
                    return Err(Error::new(ErrorCode::ProgramInvalid, format!("/steps: lists `{step}` not exactly once")));
                }
            }
            settlement.steps = steps;
        }
        settlement.check_base()?;
        Ok(settlement)
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
        Ok(())
    }
}
