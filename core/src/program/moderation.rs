use super::file::{AffiliateFile, File, PartnershipFile};
use super::{Program, State, Work, id_at, one_line};
use crate::error::{quote, words};
use crate::{Error, ErrorCode, Result, Time};
use serde::{Deserialize, Serialize};

words! {
    /// What is done about a partnership.
    ///
    /// # Example
    /// ```
    /// assert_eq!("suspend".parse(), Ok(sentby::ModerationAction::Suspend));
    /// ```
    pub ModerationAction: "action" {
        /// The vendor asks an affiliate.
        Invite => "invite",
        /// An affiliate asks the vendor.
        Request => "request",
        /// Whoever was asked agrees; or the vendor takes back a denial, a suspension or an end.
        Approve => "approve",
        /// Whoever was asked does not agree.
        Deny => "deny",
        /// The vendor stops it for now: from then on no touch earns, and nothing is paid out.
        Suspend => "suspend",
        /// It is over.
        End => "end",
    }
}

/// One step of a partnership.
///
/// # Example
/// See [`Program::moderate`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moderation {
    /// The affiliate's id.
    pub affiliate: String,
    /// What is done.
    pub action: ModerationAction,
    /// From when on.
    pub since: Time,
    /// For this product alone; otherwise for all of the vendor's.
    #[serde(default)]
    pub product: Option<String>,
}

impl Moderation {
    /// A step about all of the vendor's products.
    pub fn new(affiliate: impl Into<String>, action: ModerationAction, since: Time) -> Self {
        Self { affiliate: affiliate.into(), action, since, product: None }
    }
}

impl ModerationAction {
    /// The state that follows from another, if the step leads there.
    fn from(self, state: Option<State>) -> Option<State> {
        use State::{Approved, Denied, Ended, Invited, Requested, Suspended};
        match (self, state) {
            (Self::Invite, None | Some(Denied | Ended)) => Some(Invited),
            (Self::Request, None | Some(Denied | Ended)) => Some(Requested),
            (Self::Approve, None | Some(Invited | Requested | Denied | Suspended | Ended)) => Some(Approved),
            (Self::Deny, Some(Invited | Requested)) => Some(Denied),
            (Self::Suspend, Some(Approved)) => Some(Suspended),
            (Self::End, Some(Invited | Requested | Approved | Suspended)) => Some(Ended),
            _ => None,
        }
    }
}

impl Program {
    /// The program after one step of a partnership, with all its checks: the host keeps its [`to_json`](Program::to_json).
    /// Who is invited, or asks, and is not known yet, is added.
    ///
    /// A state is never rewritten, only followed by another: `since` lies after the states before it, on the same product
    /// or on all. Orders from before keep what was decided then.
    ///
    /// # Errors
    /// `moderation_refused` where the state before does not lead there; `program_unknown` for an affiliate or product that is not in
    /// the program; `program_conflict` for a partner of the product.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
    /// use sentby::{Moderation, ModerationAction, Time};
    /// let march = Time::parse("2026-03-01T00:00:00Z")?;
    /// let program = program.moderate(&Moderation::new("emil", ModerationAction::Request, march))?;
    /// let program = program.moderate(&Moderation::new("emil", ModerationAction::Approve, Time::parse("2026-03-02T00:00:00Z")?))?;
    /// let again = program.moderate(&Moderation::new("emil", ModerationAction::Deny, Time::parse("2026-03-03T00:00:00Z")?));
    /// assert_eq!(again.unwrap_err().to_string(), "moderation_refused: /action: deny does not follow approved (since 2026-03-02T00:00:00Z)");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn moderate(&self, moderation: &Moderation) -> Result<Self> {
        let Moderation { affiliate, action, since, product } = moderation;
        id_at("/affiliate", affiliate)?;
        if let Some(product) = product
            && self.product(product).is_none()
        {
            let text = format!("/product: {} is no product of the program", quote(product));
            return Err(Error::new(ErrorCode::ProgramUnknown, text));
        }
        let mut file: File =
            serde_json::from_str(&self.canonical).map_err(|e| Error::new(ErrorCode::ProgramInvalid, one_line(&e.to_string())))?;
        let known = self.affiliate(affiliate);
        let before = known.and_then(|known| self.last_state(known, product.as_deref()));
        let refused = |text: String| Err(Error::new(ErrorCode::ModerationRefused, text));
        if let Some((earlier, state)) = before
            && *since <= earlier
        {
            return refused(format!("/since: {since} is not after {earlier}, since when it is {state}"));
        }
        let Some(state) = action.from(before.map(|(_, state)| state)) else {
            return refused(match before {
                Some((earlier, state)) => format!("/action: {action} does not follow {state} (since {earlier})"),
                None => format!("/action: {action} has nothing to follow; {} was neither invited nor asked", quote(affiliate)),
            });
        };
        let step = PartnershipFile { state, since: since.to_string(), product: product.clone() };
        match file.affiliates.iter_mut().find(|file| self.same(&file.id, affiliate)) {
            Some(found) => found.partnership.push(step),
            None if matches!(action, ModerationAction::Invite | ModerationAction::Request) => file.affiliates.push(AffiliateFile {
                id: affiliate.clone(),
                group: None,
                class: None,
                role: Work::Affiliate,
                parent: None,
                coupons: Vec::new(),
                identities: Vec::new(),
                partnership: vec![step],
            }),
            None => {
                let text = format!("/affiliate: the program has no affiliate {}", quote(affiliate));
                return Err(Error::new(ErrorCode::ProgramUnknown, text));
            }
        }
        Self::from_file(file)
    }

    /// The last state of a product's own partnership, or else of the general one.
    fn last_state(&self, affiliate: &super::Affiliate, product: Option<&str>) -> Option<(Time, State)> {
        let of = |wanted: Option<&str>| {
            let same = |of: &Option<String>| match (of.as_deref(), wanted) {
                (None, None) => true,
                (Some(of), Some(wanted)) => self.same(of, wanted),
                (Some(_), None) | (None, Some(_)) => false,
            };
            affiliate.partnership.iter().rev().find(|(_, _, of)| same(of)).map(|(since, state, _)| (*since, *state))
        };
        product.and_then(|product| of(Some(product))).or_else(|| of(None))
    }
}
