use crate::error::words;
use crate::id::{TEXT_MAX, has_control};
use crate::program::IdentityFile;
use crate::{Error, ErrorCode, Keys, Program, Result};
use std::borrow::Cow;

words! {
    /// What an identity was made of.
    ///
    /// # Example
    /// ```
    /// assert_eq!("email".parse(), Ok(sentby::IdentityKind::Email));
    /// ```
    pub IdentityKind: "kind of identity" {
        /// An e-mail address.
        Email => "email",
        /// A phone number.
        Phone => "phone",
        /// The vendor's own id of a customer, or a fingerprint of a payment instrument.
        Customer => "customer",
    }
}

words! {
    /// What of an address does not tell people apart.
    pub(crate) Part: "way to treat a part of an address" {
        /// It does.
        Keep => "keep",
        /// It does not.
        Ignore => "ignore",
    }
}

/// How a program normalises what people type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Normal {
    email_case: Part,
    email_dots: Part,
    email_tags: Part,
    phone_country: Option<String>,
}

impl Normal {
    pub(crate) fn parse(file: IdentityFile) -> Result<Self> {
        let IdentityFile { email_case, email_dots, email_tags, phone_country } = file;
        if let Some(code) = &phone_country
            && !((1..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) && !code.starts_with('0'))
        {
            let detail = format!("/phone_country: {} is no calling code, such as \"49\"", crate::error::quote(code));
            return Err(Error::new(ErrorCode::ProgramInvalid, detail));
        }
        Ok(Self { email_case, email_dots, email_tags, phone_country })
    }
}

impl Program {
    /// Keyed hashes of who someone is, one for each key, the newest first: 32 hexadecimal digits each.
    ///
    /// Hosts join phone and PC by them without storing an address: keep the first with the visitor, put all of them into
    /// [`Order::identities`](crate::Order::identities), and an affiliate's own into the program. The value is normalised first, by the program's `identity`:
    /// * e-mail: blanks around it are cut off, the domain becomes lower-case ASCII (IDNA); the part before the `@` becomes lower case, and loses its
    ///   dots and what follows a `+`, as the program says;
    /// * phone: E.164; blanks and `-./()` are cut off, `00` stands for `+`, and a national number needs the program's `phone_country`;
    /// * customer: the text as it is.
    ///
    /// The hash is HMAC-SHA256 under a key of its own; without the root keys nobody can try addresses.
    ///
    /// # Errors
    /// `identity_invalid`; the value is never part of the message.
    ///
    /// # Example
    /// ```
    /// # use sentby::{IdentityKind, Keys, Program, RootKey};
    /// # let program = Program::from_toml("sentby = 1\nvendor = \"v\"")?;
    /// # let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
    /// let phone = program.identity(&keys, IdentityKind::Email, "Lena@Example.org")?;
    /// let desk = program.identity(&keys, IdentityKind::Email, " lena@example.org")?;
    /// assert_eq!(phone, desk);
    /// assert_eq!(phone[0].len(), 32);
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn identity(&self, keys: &Keys, kind: IdentityKind, value: &str) -> Result<Vec<String>> {
        let normal = match kind {
            IdentityKind::Email => email(value, &self.normal)?,
            IdentityKind::Phone => phone(value, &self.normal)?,
            IdentityKind::Customer if value.is_empty() || value.len() > TEXT_MAX || has_control(value) => {
                return Err(invalid("the customer id is empty, over 256 bytes or holds a control character"));
            }
            IdentityKind::Customer => value.to_owned(),
        };
        Ok(keys.identities(kind.as_str(), &normal))
    }
}

fn invalid(detail: &str) -> Error {
    Error::new(ErrorCode::IdentityInvalid, detail)
}

fn email(text: &str, normal: &Normal) -> Result<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@').ok_or_else(|| invalid("the e-mail address has no @"))?;
    let local = match normal.email_case {
        Part::Keep => Cow::Borrowed(local),
        Part::Ignore => Cow::Owned(local.to_lowercase()),
    };
    let local = match (normal.email_tags, local.split_once('+')) {
        (Part::Ignore, Some((before, _))) => before,
        (Part::Keep | Part::Ignore, _) => local.as_ref(),
    };
    let local = match normal.email_dots {
        Part::Keep => local.to_owned(),
        Part::Ignore => local.replace('.', ""),
    };
    if !(1..=64).contains(&local.len()) || local.chars().any(|c| c.is_control() || c.is_whitespace() || c == '@') {
        return Err(invalid("the e-mail address has no part before the @, a longer one than 64 bytes, or blanks in it"));
    }
    match url::Host::parse(domain) {
        Ok(url::Host::Domain(domain))
            if domain.len() <= 253 && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.') =>
        {
            Ok(format!("{local}@{domain}"))
        }
        Ok(_) | Err(_) => Err(invalid("the e-mail address has no domain behind the @")),
    }
}

fn phone(text: &str, normal: &Normal) -> Result<String> {
    let mut text = text.trim().to_owned();
    if text.starts_with('+') || text.starts_with("00") {
        // People write the trunk zero of a country in brackets, where it is not dialled.
        text = text.replacen("(0)", "", 1);
    }
    let mut digits = String::new();
    for (n, c) in text.chars().enumerate() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if n == 0 => {}
            ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{2011}' | '\u{2013}' => {}
            _ => return Err(invalid("the phone number holds something else than digits, blanks and -./()")),
        }
    }
    let international = match (text.starts_with('+'), digits.strip_prefix("00"), &normal.phone_country) {
        (true, _, _) => digits,
        (false, Some(rest), _) => rest.to_owned(),
        (false, None, Some(country)) => format!("{country}{}", digits.strip_prefix('0').unwrap_or(&digits)),
        (false, None, None) => return Err(invalid("the phone number has no country: it begins with neither + nor 00")),
    };
    if (7..=15).contains(&international.len()) && !international.starts_with('0') {
        Ok(format!("+{international}"))
    } else {
        Err(invalid("the phone number has not 7 to 15 digits, or its country begins with 0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_holds_the_address() {
        let program = Program::from_toml("sentby = 1\nvendor = 'v'").unwrap();
        let keys = Keys::new(&[crate::RootKey::new(1, b"0123456789abcdef0123456789abcdef")]).unwrap();
        for (kind, value) in [(IdentityKind::Email, "secret"), (IdentityKind::Phone, "0171 secret"), (IdentityKind::Customer, "secret\n")] {
            let error = program.identity(&keys, kind, value).unwrap_err();
            assert!(!error.to_string().contains("secret") && error.code() == ErrorCode::IdentityInvalid);
        }
    }
}
