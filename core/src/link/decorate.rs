//! Links that exist already: a referral or a carrier is added, and not one other byte changes.

use super::parts::{Parts, decode};
use crate::error::quote;
use crate::{Error, ErrorCode, Program, Referral, Result};

impl Program {
    /// A URL with the parameters that carry this referral, by the first of the program's templates that fits the URL and reads back exactly the
    /// referral. Everything else of the URL stays as it is, byte for byte; a parameter that is there already gets the new value.
    ///
    /// # Errors
    /// `link_invalid` if the text is not an `http` or `https` URL, or has blanks around it; those of [`link`](Program::link).
    ///
    /// # Example
    /// ```
    /// use sentby::Referral;
    /// # let program = sentby::Program::from_toml(r#"
    /// #     sentby = 1
    /// #     vendor = "v"
    /// #     links.templates = ["shop.example/*?by={affiliate}"]
    /// # "#)?;
    /// // links.templates = ["shop.example/*?by={affiliate}"]
    /// let url = program.decorate("https://shop.example/buy?sku=7#pay", &Referral::affiliate("anna"))?;
    /// assert_eq!(url, "https://shop.example/buy?sku=7&by=anna#pay");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn decorate(&self, url: &str, referral: &Referral) -> Result<String> {
        check_url(url)?;
        super::check(referral)?;
        let candidates = self.templates.iter().filter_map(|template| {
            let (query, fragment) = template.build_behind(referral)?;
            let (before, own_fragment) = url.split_once('#').map_or((url, None), |(before, fragment)| (before, Some(fragment)));
            let (path, own_query) = before.split_once('?').map_or((before, None), |(path, query)| (path, Some(query)));
            let mut decorated = path.to_owned();
            push(&mut decorated, '?', own_query, &query);
            push(&mut decorated, '#', own_fragment, &fragment);
            Some(decorated)
        });
        let fits = |url: &String| self.read(url).is_ok_and(|link| link.is_some_and(|link| link.referral == *referral));
        candidates.into_iter().find(fits).ok_or_else(|| {
            let holds = referral.holds();
            Error::new(
                ErrorCode::LinkUnbuildable,
                format!("none of the {} templates adds exactly {holds} to {}", self.templates.len(), quote(url)),
            )
        })
    }

    /// A URL with a sealed carrier (a token or a short code) as the program's [`parameter`](Program::parameter). Everything else of the URL
    /// stays as it is, byte for byte; a carrier that is there already is replaced.
    ///
    /// # Errors
    /// `link_invalid` as for [`decorate`](Program::decorate), `text_invalid` if the carrier is not 1 to 128 letters and digits.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml("sentby = 1\nvendor = \"v\"")?;
    /// let url = program.carry("https://pay.example/buy?sku=7&xa=old#pay", "2c1eq9k0")?;
    /// assert_eq!(url, "https://pay.example/buy?sku=7&xa=2c1eq9k0#pay");
    /// assert_eq!(program.carried(&url)?.as_deref(), Some("2c1eq9k0"));
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn carry(&self, url: &str, carrier: &str) -> Result<String> {
        check_url(url)?;
        if !(1..=128).contains(&carrier.len()) || !carrier.bytes().all(|b| b.is_ascii_alphanumeric()) {
            // A carrier is as good as a password for its audience: it is not shown.
            return Err(Error::new(ErrorCode::TextInvalid, "the carrier is not 1 to 128 letters and digits"));
        }
        let (before, fragment) = url.find('#').map_or((url, ""), |at| url.split_at(at));
        let (path, query) = before.split_once('?').map_or((before, None), |(path, query)| (path, Some(query)));
        let mut carried = path.to_owned();
        push(&mut carried, '?', query, &format!("{}={carrier}", self.parameter()));
        carried.push_str(fragment);
        Ok(carried)
    }

    /// The carrier that a URL holds as the program's [`parameter`](Program::parameter): the first that is not empty. It is not verified.
    ///
    /// # Errors
    /// `link_invalid` if the text is not a URL.
    pub fn carried(&self, url: &str) -> Result<Option<String>> {
        let Some(parts) = Parts::of(url)? else { return Ok(None) };
        let pairs = parts.query.as_deref().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(name, _)| decode(name, true) == self.parameter()).map(|(_, value)| decode(value, true));
        Ok(values.find(|value| !value.is_empty()).map(|value| value.into_owned()))
    }
}

/// A URL parser forgives blanks around a URL; with something behind them they would become part of it.
fn check_url(url: &str) -> Result<()> {
    let invalid = |why: &str| Err(Error::new(ErrorCode::LinkInvalid, format!("{} {why}", quote(url))));
    if url.starts_with(|c: char| c <= ' ') || url.ends_with(|c: char| c <= ' ') {
        return invalid("has blanks around it");
    }
    match Parts::of(url)? {
        Some(_) => Ok(()),
        None => invalid("is no http or https URL"),
    }
}

/// Writes `given` with the pairs of `new` in it: in the place of the first of the same name, or at the end.
fn push(url: &mut String, mark: char, given: Option<&str>, new: &str) {
    if let Some(given) = given {
        url.push(mark);
        // URL parsers drop tabs and line ends before they read anything.
        let name = |pair: &str| {
            let raw: String = pair.split('=').next().unwrap_or_default().chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
            decode(&raw, true).into_owned()
        };
        let mut open: Vec<&str> = new.split('&').filter(|pair| !pair.is_empty()).collect();
        let names: Vec<String> = open.iter().map(|pair| name(pair)).collect();
        let mut kept: Vec<&str> = Vec::new();
        for pair in given.split('&') {
            let known = names.iter().any(|known| !pair.is_empty() && *known == name(pair));
            match open.iter().position(|new| known && name(new) == name(pair)) {
                Some(n) => kept.push(open.remove(n)),
                None if known => {}
                None => kept.push(pair),
            }
        }
        // An empty end, as in `/?` and `/?a=b&`, takes what comes next.
        if !open.is_empty() && kept.last() == Some(&"") {
            kept.pop();
        }
        kept.extend(open);
        url.push_str(&kept.join("&"));
    } else if !new.is_empty() {
        url.push(mark);
        url.push_str(new);
    }
}
