//! The records and enums, mirrored. Both directions name every field and variant, without `..` and `_`, so that the core
//! cannot grow without this noticing.

use crate::convert::{Mirror, Moment};
use sentby::Result;
use std::collections::HashMap;

macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty $(= $default:tt)? $(; $empty:ident)?,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, uniffi::Record)]
        pub struct $name { $($(#[$field_doc])* $(#[uniffi(default = $default)])? $(#[uniffi($empty)])? pub $field: $kind,)* }

        impl Mirror<sentby::$name> for $name {
            fn take(self) -> Result<sentby::$name> {
                let Self { $($field,)* } = self;
                Ok(sentby::$name { $($field: Mirror::take($field).map_err(|error| error.at(concat!("/", stringify!($field))))?,)* })
            }
            fn give(core: sentby::$name) -> Self {
                let sentby::$name { $($field,)* } = core;
                Self { $($field: Mirror::give($field),)* }
            }
        }
    };
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
        pub enum $name { $($variant,)* }

        impl Mirror<sentby::$name> for $name {
            fn take(self) -> Result<sentby::$name> {
                Ok(match self { $(Self::$variant => sentby::$name::$variant,)* })
            }
            fn give(core: sentby::$name) -> Self {
                match core { $(sentby::$name::$variant => Self::$variant,)* }
            }
        }
    };
}

pub(crate) use {record, words};

words! {
    /// How the host knows of a touch, strongest first.
    Evidence { Manual, Coupon, Token, Parameter, Cookie, Identity, Claim, Click, Impression, }
}
words! {
    /// What the visitor said about tracking; a Global Privacy Control signal counts as refused.
    Consent { Granted, Denied, Unknown, Gpc, }
}
/// Enums have no defaults here, so an absent consent stands for an unknown one.
impl Mirror<sentby::Consent> for Option<Consent> {
    fn take(self) -> Result<sentby::Consent> {
        self.unwrap_or(Consent::Unknown).take()
    }
    fn give(core: sentby::Consent) -> Self {
        Some(Consent::give(core))
    }
}

words! {
    /// Whether the buyer bought from the vendor before.
    Customer { New, Returning, }
}
words! {
    /// What a token is for; it opens for the same purpose only.
    Purpose { Cookie, Link, Mail, Profile, }
}
words! {
    /// What an entry's recipient is in the settlement.
    Role { Tax, Fee, Affiliate, Partner, SecondLevel, Vendor, }
}
words! {
    /// What happened: a sale, or something that a vendor pays for without one.
    Event { Sale, Lead, Click, Impression, }
}
/// As with an absent consent: an absent event is a sale.
impl Mirror<sentby::Event> for Option<Event> {
    fn take(self) -> Result<sentby::Event> {
        self.unwrap_or(Event::Sale).take()
    }
    fn give(core: sentby::Event) -> Self {
        Some(Event::give(core))
    }
}
words! {
    /// How an amount between two minor units becomes one of them.
    Rounding { HalfAway, HalfEven, Down, }
}
/// As with an absent consent: an absent rounding is half away from zero.
impl Mirror<sentby::Rounding> for Option<Rounding> {
    fn take(self) -> Result<sentby::Rounding> {
        self.unwrap_or(Rounding::HalfAway).take()
    }
    fn give(core: sentby::Rounding) -> Self {
        Some(Rounding::give(core))
    }
}
words! {
    /// How an addend of somebody's part came about.
    What {
        Percent, Fixed, Choice, Tier, FirstPayment, Bonus, Minimum, Maximum, Budget, NothingLeft, NoRule, NoPartnership, RecurringOver,
    }
}
words! {
    /// What became of a touch. The checks run in this order; the first that fails is the reason.
    Reason {
        Credited, NotNavigated, NoConsent, Unsigned, AfterOrder, OutsideWindow, ImpossibleTime, UnknownAffiliate, NoPartnership, Suspended,
        OtherProduct, SelfReferral, CouponNotUsed, CouponAudience, Duplicate, AfterCart, StandDown, Outranked, Superseded,
    }
}

words! {
    /// What is odd about a link.
    LinkWarning {
        Placeholder, HtmlEscaped, SurroundingSpace, SurroundingQuotes, TrailingGarbage, MissingScheme, MissingAffiliate, DuplicateParameter, ConflictingDuplicate, NetworkNameAsAffiliate, SecondNetwork, NoQuerySeparator, QueryInFragment, NestedQuery, HostCaseFolded, OpaqueLink, UnreadableValue, DoubleEncoded, NonAsciiId, UserInfo,
    }
}
words! {
    /// What an identity was made of.
    IdentityKind { Email, Phone, Customer, }
}
words! {
    /// What a program would better not do.
    Hint {
        StrippedParameter, InsecureLink, RuleNeverMatches, WindowBeyondCarrier, UselessEvidence, UnusedClass, NeverApproved,
    }
}
words! {
    /// What looks odd about an order, though it changed nothing.
    Suspicion { SharedClick, ContradictedToken, SameMoment, CouponAlone, ManyAccounts, ClockSkew, }
}
words! {
    /// Which contact a claim speaks of.
    Touchpoint { First, Last, }
}
/// Enums have no defaults here, so an absent touchpoint stands for the last one.
impl Mirror<sentby::Touchpoint> for Option<Touchpoint> {
    fn take(self) -> Result<sentby::Touchpoint> {
        self.unwrap_or(Touchpoint::Last).take()
    }
    fn give(core: sentby::Touchpoint) -> Self {
        Some(Touchpoint::give(core))
    }
}
words! {
    /// What became of a claim.
    ClaimOutcome { Accepted, Replay, IgnoredConflict, Conflict, Reject, }
}

/// An amount: minor units of an ISO 4217 currency, within ±(2^53 − 1).
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Money {
    /// Cents of a euro, yen, fils.
    pub minor: i64,
    /// Three capital letters.
    pub currency: String,
}

impl Mirror<sentby::Money> for Money {
    fn take(self) -> Result<sentby::Money> {
        let Self { minor, currency } = self;
        sentby::Money::new(minor, &currency)
    }
    fn give(core: sentby::Money) -> Self {
        Self { minor: core.minor(), currency: core.currency().to_string() }
    }
}

record! {
    /// Who is referred where: what a link or a token says.
    Referral {
        /// The affiliate's id.
        affiliate: Option<String> = None,
        /// The product's id.
        product: Option<String> = None,
        /// The affiliate's own name for a campaign.
        campaign: Option<String> = None,
        /// Tokens carry 16 lower-case hexadecimal digits, links carry any text.
        click_id: Option<String> = None,
        /// The affiliate's own values sub1 to sub5.
        sub_ids: HashMap<String, String>; default,
        /// Where a redirecting link leads.
        destination: Option<String> = None,
    }
}
record! {
    /// What a URL says, and which of the program's templates it fits.
    Link {
        /// The text of the template.
        template: String,
        /// The values found; at least one.
        referral: Referral,
        /// The network that the program names for this host; none if one of its own templates fits.
        network: Option<String> = None,
    }
}
record! {
    /// What a URL says about the affiliate who shared it.
    Reading {
        /// The URL's host as browsers see it.
        host: Option<String> = None,
        /// The network's id; none if this is no affiliate link.
        network: Option<String> = None,
        /// The network's template that fits.
        template: Option<String> = None,
        /// The ids. Sub-ids have the names that the network gives them.
        referral: Referral,
        /// Other networks whose ids stand in the same URL.
        second_networks: Vec<SecondNetwork>,
        /// What is odd; `lint` says where.
        warnings: Vec<LinkWarning>,
    }
}
record! {
    /// A network whose ids stand in the URL of another one's link.
    SecondNetwork {
        /// The network's id.
        network: String,
        /// Its ids.
        referral: Referral,
    }
}
record! {
    /// One thing that is odd about a link, and where.
    Finding {
        /// What it is.
        code: LinkWarning,
        /// What it is here, and what to do, in words.
        sentence: String,
        /// Where it begins, in bytes of the UTF-8 text.
        start: i32,
        /// Where it ends, in bytes.
        end: i32,
    }
}
record! {
    /// What is known about an affiliate network: the templates of its links, and its defaults.
    Network {
        /// Its id, such as impact.
        id: String,
        /// Its name for people.
        name: String,
        /// Links on the network's own hosts.
        host: Vec<String>,
        /// Links on its own hosts whose ids are encoded.
        opaque: Vec<String>,
        /// Names so distinctive that they are read on every host.
        any: Vec<String>,
        /// Generic names, read only on hosts that a program names.
        configured: Vec<String>,
        /// How long a click counts unless the vendor says otherwise, in ISO 8601.
        default_window: Option<String> = None,
        /// Which click counts unless the vendor says otherwise: first or last.
        default_model: Option<String> = None,
        /// What wins where both stand: coupon or click.
        coupon_precedence: Option<String> = None,
        /// Where these facts come from.
        source: String,
    }
}
record! {
    /// A parameter's name, and whether lists are known that strip it from URLs.
    CarrierName {
        /// The name.
        name: String,
        /// Whether some browser's or blocker's list removes it.
        stripped: bool,
    }
}
record! {
    /// Something that a program would better not do, and where it does it.
    Advice {
        /// What it is.
        code: Hint,
        /// Where in the program it stands, as a JSON pointer.
        place: String,
        /// What it means here, in words.
        sentence: String,
    }
}
record! {
    /// One recorded contact between a buyer and an affiliate.
    Touch {
        /// The affiliate's id as it was found.
        affiliate: String,
        /// When it happened.
        at: Moment,
        /// How the host knows.
        evidence: Evidence,
        /// The product that the link led to.
        product: Option<String> = None,
        /// The affiliate's campaign.
        campaign: Option<String> = None,
        /// The id of the one click.
        click_id: Option<String> = None,
        /// The coupon, for evidence coupon.
        coupon: Option<String> = None,
        /// What the visitor said about tracking; none means unknown.
        consent: Option<Consent> = None,
        /// False for an image, a frame or a prefetch.
        navigated: bool = true,
        /// Whether a signature was checked on the way here.
        signed: bool = false,
    }
}
record! {
    /// One position of an order.
    Line {
        /// The line's id within its order.
        id: String,
        /// The product's id.
        product: String,
        /// What the buyer pays for the line, tax included.
        gross: Money,
        /// The tax within gross.
        tax: Money,
        /// How many, at least 1.
        quantity: i32 = 1,
        /// The shipping within gross, tax included.
        shipping: Option<Money> = None,
        /// What the buyer would have paid more without a discount; not within gross.
        discount: Option<Money> = None,
    }
}
record! {
    /// A sale: what the host knows when the buyer pays.
    Order {
        /// The host's order number.
        id: String,
        /// When the buyer ordered.
        at: Moment,
        /// What was bought, all in one currency.
        lines: Vec<Line>,
        /// The number of this payment.
        payment: i32 = 1,
        /// When the cart was started.
        cart_at: Option<Moment> = None,
        /// Keyed hashes of the buyer's e-mail address, customer id, payment instrument.
        identities: Vec<String> = [],
        /// The coupons that the buyer used.
        coupons: Vec<String> = [],
        /// The buyer's country, two capital letters.
        country: Option<String> = None,
        /// Whether the buyer bought before.
        customer: Option<Customer> = None,
        /// How many accounts the host knows of this buyer.
        accounts: Option<i32> = None,
        /// A sale unless set; the lines of others have a gross of zero.
        event: Option<Event> = None,
        /// When the first payment was made, for the payments after it.
        first_at: Option<Moment> = None,
        /// The rate that a seller picked, as decimal text.
        rate: Option<String> = None,
    }
}
record! {
    /// An affiliate and an integer weight; the share is the weight over the sum of all weights.
    Credit {
        /// The affiliate's id as the program spells it.
        affiliate: String,
        /// At least 1.
        weight: i64,
        /// The touch's index among those given.
        touch: i32,
        /// How the host knew of the touch.
        evidence: Evidence,
        /// The touch's campaign.
        campaign: Option<String> = None,
    }
}
record! {
    /// What became of one touch, and why.
    Verdict {
        /// The reason.
        reason: Reason,
        /// The affiliate as the touch spells it.
        affiliate: String,
        /// How the host knew of the touch.
        evidence: Evidence,
        /// When the touch happened.
        at: Moment,
        /// The window that the program grants this evidence; none if unlimited.
        window_ms: Option<i64> = None,
        /// The index of the touch that this one lost to, if it lost to one.
        by: Option<i32> = None,
    }
}
record! {
    /// The answer for one order: who is credited, and what became of every touch.
    Decision {
        /// The order's id.
        order: String,
        /// When the buyer ordered.
        at: Moment,
        /// Who is credited, oldest touch first.
        credits: Vec<Credit>,
        /// One verdict for every touch, in the order given.
        verdicts: Vec<Verdict>,
        /// Which rules decided; empty in a decision of the host's own.
        version: String = "",
        /// What looks odd, though it changed nothing.
        flags: Vec<Flag> = [],
        /// Whom each kind of evidence names, where they disagree.
        conflicts: Vec<Witness> = [],
    }
}
record! {
    /// Something that looks odd though it changed nothing.
    Flag {
        /// What it is.
        code: Suspicion,
        /// The touches that show it, by their index.
        touches: Vec<i32>,
    }
}
record! {
    /// Whom one kind of evidence names, where kinds disagree.
    Witness {
        /// The kind of evidence.
        evidence: Evidence,
        /// The affiliate whom it names.
        affiliate: String,
        /// The touch, by its index.
        touch: i32,
        /// Whether this affiliate is credited.
        credited: bool,
    }
}
record! {
    /// One difference between two programs.
    Change {
        /// Where, as a JSON pointer with ids and names.
        place: String,
        /// What changes, in words.
        sentence: String,
    }
}
record! {
    /// A third party's claim: who sent a buyer.
    Claim {
        /// Who vouches for it.
        provider: String,
        /// The provider's own token.
        token: Option<String> = None,
        /// The affiliate, as the provider names them.
        publisher_id: Option<String> = None,
        /// The campaign.
        campaign_id: Option<String> = None,
        /// The advertisement.
        creative_id: Option<String> = None,
        /// The affiliate's own value.
        sub_id: Option<String> = None,
        /// Which contact it speaks of; none means the last.
        touchpoint: Option<Touchpoint> = None,
        /// Where it comes from, such as url.
        source_type: Option<String> = None,
        /// The URL where it comes from.
        source_url: Option<String> = None,
        /// When it was issued.
        issued_at: Option<Moment> = None,
        /// Until when it counts.
        expires_at: Option<Moment> = None,
        /// Texts, numbers and truth values as JSON writes them, by name.
        metadata: HashMap<String, String>; default,
    }
}
record! {
    /// A claim that a host stored, and under which idempotency key it came.
    StoredClaim {
        /// The request's idempotency key.
        key: String,
        /// The claim.
        claim: Claim,
    }
}
record! {
    /// What became of a claim, and why.
    ClaimReceipt {
        /// What became of it.
        outcome: ClaimOutcome,
        /// The claim that counts.
        claim: Option<Claim> = None,
        /// Why, if it was not accepted.
        detail: Option<String> = None,
    }
}
record! {
    /// One signed amount for one recipient.
    Entry {
        /// The order line.
        line: String,
        /// What the recipient is.
        role: Role,
        /// Positive for a sale, negative for a refund.
        amount: Money,
        /// The id of the affiliate, partner or vendor.
        recipient: Option<String> = None,
        /// The name of the commission rule.
        rule: Option<String> = None,
        /// The id of the refund; none for the sale.
        refund: Option<String> = None,
    }
}
record! {
    /// What everyone is owed for one order; the entries of a sale add up to its gross, always.
    Commission {
        /// The order's id.
        order: String,
        /// When the buyer ordered.
        at: Moment,
        /// The sale's entries, then those of each refund.
        entries: Vec<Entry>,
        /// The number of the payment.
        payment: i32 = 1,
        /// A sale unless set.
        event: Option<Event> = None,
        /// How amounts were rounded; half away from zero unless set.
        rounding: Option<Rounding> = None,
        /// Why: those of a line and recipient add up to their entries.
        grounds: Vec<Ground> = [],
    }
}
record! {
    /// One addend of somebody's part of a sale: which rule, of which base, at which rate.
    Ground {
        /// The order line.
        line: String,
        /// What the recipient is.
        role: Role,
        /// How it came about.
        what: What,
        /// What a percentage was taken of.
        base: Money,
        /// What it adds; negative where something was cut.
        amount: Money,
        /// The recipient's id.
        recipient: Option<String> = None,
        /// The name of the rule, bonus or level.
        rule: Option<String> = None,
        /// The percentage, as decimal text.
        percent: Option<String> = None,
    }
}
record! {
    /// An amount that the buyer got back.
    Refund {
        /// The host's id of the refund.
        id: String,
        /// How much of the gross went back.
        amount: Money,
        /// The line that it is for; none for the whole order.
        line: Option<String> = None,
    }
}
record! {
    /// What a token of ours says: verified.
    Opened {
        /// Product, affiliate and click id.
        referral: Referral,
        /// When it was sealed.
        issued_at: Moment,
        /// From when on it does not open any more.
        expires_at: Moment,
        /// The id of the key that sealed it.
        key_id: i32,
    }
}
record! {
    /// What a token says, not verified: show it, log it, never credit by it.
    Unverified {
        /// What it claims to be for.
        purpose: Purpose,
        /// The id of the key that it claims to be sealed with.
        key_id: i32,
        /// When it claims to have been sealed.
        issued_at: Moment,
        /// Its own lifetime.
        lifetime_hours: i32,
        /// Product, affiliate and click id.
        referral: Referral,
    }
}
record! {
    /// Which cookie: its name, the site that it belongs to, and how long it lives.
    CookieSpec {
        /// The site, such as webinarhaus.example.
        site: String,
        /// Its name.
        name: String = "__Host-sentby",
        /// Its lifetime, 1 to 9600 hours.
        lifetime_hours: i32 = 9600,
        /// Whether the browser sends it over TLS only.
        secure: bool = true,
    }
}
record! {
    /// What a Cookie header held.
    CookieReading {
        /// The touches of the valid cookie, oldest first.
        touches: Vec<Touch>,
        /// Why other cookies of that name were refused.
        rejected: Vec<String> = [],
    }
}
