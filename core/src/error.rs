use std::fmt;

/// What every fallible call of sentby returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Wrong input or misuse: a stable `code` for programs and one line of `detail` for people.
///
/// A rule that says no is never an error; it is data in a [`Decision`](crate::Decision).
///
/// # Example
/// ```
/// let error = sentby::Money::parse("19.999", "EUR").unwrap_err();
/// assert_eq!(error.code().as_str(), "money_invalid");
/// assert_eq!(error.to_string(), "money_invalid: `19.999` has more than 2 decimal digits, EUR has 2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: ErrorCode,
    detail: String,
}

impl Error {
    /// An error with this code; `detail` is one lower-case line with the place. For the bindings, which read
    /// values that the core never sees.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// One line for people: the place first, then what is wrong there.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    #[must_use]
    /// The same error, its place prefixed: `/lines/0` before `gross: ...` gives `/lines/0/gross: ...`.
    ///
    /// # Example
    /// ```
    /// use sentby::{Error, ErrorCode};
    /// let error = Error::new(ErrorCode::NumberInvalid, "19.99 is no whole number").at("/quantity").at("/lines/0");
    /// assert_eq!(error.detail(), "/lines/0/quantity: 19.99 is no whole number");
    /// ```
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        let glue = if self.detail.starts_with('/') { "" } else { ": " };
        self.detail = format!("{place}{glue}{}", self.detail);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Error {}

/// Shows `text` in backticks, without control characters, cut after 64 characters.
pub(crate) fn quote(text: &str) -> String {
    let mut shown = String::from("`");
    for (n, c) in text.chars().enumerate() {
        if n == 64 {
            shown.push('…');
            break;
        }
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown.push('`');
    shown
}

/// A name as a part of a JSON pointer (RFC 6901).
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// One list gives the enum, its codes and their one-line meanings.
macro_rules! code_table {
    ($(#[$outer:meta])* $name:ident { $($(#[doc = $about:literal])+ $variant:ident => $code:literal,)+ }) => {
        $(#[$outer])*
        pub enum $name { $($(#[doc = $about])+ $variant,)+ }

        impl $name {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code as text, the same in every language.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What the code means, in one line.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => concat!($($about),+).trim_ascii(),)+ }
            }

            /// The value with this code, if there is one.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.as_str()) }
        }
    };
}
pub(crate) use code_table;

code_table! {
    /// The code of an [`Error`]: never changed, never reused; new ones may come.
    ///
    /// # Example
    /// ```
    /// use sentby::ErrorCode;
    /// assert_eq!(ErrorCode::TokenExpired.as_str(), "token_expired");
    /// assert_eq!(ErrorCode::from_code("token_expired"), Some(ErrorCode::TokenExpired));
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    ErrorCode {
        /// An id is not 1 to 64 of `A-Z a-z 0-9 - _ . ~ * @ +`, or is `.` or `..`.
        IdInvalid => "id_invalid",
        /// A text is longer than allowed or holds control characters.
        TextInvalid => "text_invalid",
        /// A word is not one of those allowed at its place.
        WordUnknown => "word_unknown",
        /// A number is not a whole number in its range.
        NumberInvalid => "number_invalid",
        /// A value has the wrong type.
        TypeInvalid => "type_invalid",
        /// A time is unreadable or beyond ±(2^53 − 1) milliseconds.
        TimeInvalid => "time_invalid",
        /// A time without a time zone was given.
        TimeNaive => "time_naive",
        /// A time zone is not in the IANA database.
        TimeZoneUnknown => "time_zone_unknown",
        /// A duration is not a whole number with one of `ms s m h d`.
        DurationInvalid => "duration_invalid",
        /// An amount is not strict decimal text of its currency.
        MoneyInvalid => "money_invalid",
        /// An amount is beyond ±(2^53 − 1) minor units.
        MoneyOutOfRange => "money_out_of_range",
        /// A currency is not in ISO 4217.
        CurrencyUnknown => "currency_unknown",
        /// Amounts of different currencies meet, or a fixed amount lacks the order's currency.
        CurrencyMismatch => "currency_mismatch",
        /// A rate is no decimal from 0 to 100 with at most 6 fractional digits, or rates sum above 100.
        RateInvalid => "rate_invalid",
        /// A program's text is not TOML or JSON.
        ProgramSyntax => "program_syntax",
        /// A program's field is unknown, missing or of the wrong type.
        ProgramInvalid => "program_invalid",
        /// Two entries of a program claim the same id, coupon or place.
        ProgramConflict => "program_conflict",
        /// A program refers to something it does not define.
        ProgramUnknown => "program_unknown",
        /// A step of a partnership does not follow the state before it.
        ModerationRefused => "moderation_refused",
        /// A table of sentences lacks one, or has one too many.
        MessagesInvalid => "messages_invalid",
        /// A link template is malformed.
        TemplateInvalid => "template_invalid",
        /// A text is not a URL.
        LinkInvalid => "link_invalid",
        /// No template of the program can carry this referral.
        LinkUnbuildable => "link_unbuildable",
        /// A root key is shorter than 32 bytes, or longer than 1024.
        KeyLength => "key_length",
        /// A root key is one byte repeated.
        KeyWeak => "key_weak",
        /// A key id is not 1 to 255.
        KeyIdInvalid => "key_id_invalid",
        /// A key id or a root key occurs twice.
        KeyRepeated => "key_repeated",
        /// No key was given.
        KeyMissing => "key_missing",
        /// The newest key is retired and may not sign.
        KeyRetired => "key_retired",
        /// An audience is empty, over 1024 bytes or holds control characters.
        AudienceInvalid => "audience_invalid",
        /// A lifetime is zero or above the purpose's maximum.
        LifetimeInvalid => "lifetime_invalid",
        /// A click id is not 16 lower-case hexadecimal digits, or is zero.
        ClickIdInvalid => "click_id_invalid",
        /// The ids do not fit a token: each at most 32 bytes, 47 together.
        CarrierFull => "carrier_full",
        /// A carrier's length is impossible.
        TokenLength => "token_length",
        /// A carrier holds a byte outside ASCII.
        TokenNotAscii => "token_not_ascii",
        /// A carrier is not the one canonical spelling of its bytes.
        TokenNotCanonical => "token_not_canonical",
        /// A token's version is not known.
        TokenVersion => "token_version",
        /// A token was made for another purpose.
        TokenPurpose => "token_purpose",
        /// A token names a key that is not here.
        TokenKeyUnknown => "token_key_unknown",
        /// A carrier's MAC does not fit: forged, damaged, or for another audience.
        TokenForged => "token_forged",
        /// A token's MAC fits but its content is malformed.
        TokenMalformed => "token_malformed",
        /// A token was issued more than 300 seconds in the future.
        TokenFromFuture => "token_from_future",
        /// The token's lifetime is over.
        TokenExpired => "token_expired",
        /// The key of a token was retired.
        TokenKeyRetired => "token_key_retired",
        /// An e-mail address, phone number or customer id cannot be one.
        IdentityInvalid => "identity_invalid",
        /// A webhook's signature does not fit its body and the secret.
        SignatureInvalid => "signature_invalid",
        /// A webhook's field is missing, repeated or unreadable, or its amounts do not add up.
        WebhookInvalid => "webhook_invalid",
        /// A third party's claim is no such object.
        ClaimInvalid => "claim_invalid",
        /// A third party's claim holds personal data.
        ClaimPersonal => "claim_personal",
        /// A cookie's name is no cookie name, or its path or domain breaks the `__Host-` rules.
        CookieInvalid => "cookie_invalid",
        /// An order has no lines, or more than 10,000.
        OrderLines => "order_lines",
        /// Two lines of an order have the same id.
        LineRepeated => "line_repeated",
        /// A refund or a history names a line that was not settled.
        LineUnknown => "line_unknown",
        /// A quantity or payment number is not at least 1.
        QuantityInvalid => "quantity_invalid",
        /// An amount that must not be negative is.
        AmountNegative => "amount_negative",
        /// A line's tax or shipping is above its gross.
        TaxOverGross => "tax_over_gross",
        /// An input is larger than sentby works with.
        TooLarge => "too_large",
        /// A seller picked a rate that the rule does not allow.
        RateNotAllowed => "rate_not_allowed",
        /// A rule counts earlier orders, and none were given.
        HistoryMissing => "history_missing",
        /// An event lacks what its kind needs, or has what has no place in it.
        EventInvalid => "event_invalid",
        /// An event's id was recorded before with other content, or another event recorded the same payment.
        EventConflict => "event_conflict",
        /// An event waits for what it is about.
        EventWaits => "event_waits",
        /// A ledger's snapshot is damaged or of another version.
        SnapshotInvalid => "snapshot_invalid",
        /// A decision does not belong to the order or the program.
        DecisionMismatch => "decision_mismatch",
        /// A commission's entries contradict each other or the order.
        CommissionInvalid => "commission_invalid",
        /// A refund's amount is not above zero.
        RefundNotPositive => "refund_not_positive",
        /// A refund takes back more than is left of what was paid.
        RefundOverPaid => "refund_over_paid",
        /// No refund of this id is known.
        RefundUnknown => "refund_unknown",
        /// A refund with this id was applied before.
        RefundRepeated => "refund_repeated",
        /// A table lacks a column, or some of its batches do.
        ColumnMissing => "column_missing",
        /// A column is of a type that it cannot have.
        ColumnType => "column_type",
        /// A cell that must hold something is empty.
        ColumnNull => "column_null",
        /// Two rows are the same order and payment, and the table has no column for lines.
        OrderRepeated => "order_repeated",
        /// The caller ended the call; nothing came of it.
        Cancelled => "cancelled",
    }
}

/// Enums of records: one word per variant, the same in every language and in JSON.
macro_rules! words {
    ($(#[$outer:meta])* $vis:vis $name:ident: $what:literal { $($(#[doc = $about:literal])+ $variant:ident => $word:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[doc = $about])+ #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every value, in order.
            #[allow(dead_code, reason = "not every list is walked")]
            $vis const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word, the same in every language.
            $vis const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// What it means, in one line.
            #[allow(dead_code, reason = "not every list is explained")]
            $vis const fn about(self) -> &'static str {
                match self { $(Self::$variant => concat!($($about),+).trim_ascii(),)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::Error;

            fn from_str(word: &str) -> crate::Result<Self> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(crate::Error::new(
                        crate::ErrorCode::WordUnknown,
                        format!(concat!("{} is no ", $what, "; expected one of {}"), crate::error::quote(word), [$($word),+].join(", ")),
                    )),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.pad(self.as_str()) }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_explained() {
        let mut seen = std::collections::BTreeSet::new();
        for code in ErrorCode::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} occurs twice");
            assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{text}");
            assert!(code.about().ends_with('.'), "{text}: {}", code.about());
            assert_eq!(ErrorCode::from_code(text), Some(*code));
        }
    }

    #[test]
    fn quoting_cuts_long_text_and_hides_control_characters() {
        assert_eq!(quote("a\nb"), "`a\\nb`");
        assert_eq!(quote(&"x".repeat(1000)).chars().count(), 67);
    }
}
