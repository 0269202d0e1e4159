//! Many URLs at once: the same answers as [`read`](crate::read), as columns.

use super::networks::{Mode, Reader, Sight, documented_of, id_of, quick};
use super::parts::Parts;
use super::pieces::Values;
use super::repair::Repaired;
use super::sketch::Sketcher;
use crate::error::words;
use crate::{LinkWarning, Result};

words! {
    /// A column of text that [`read_column`] can give.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::LinkField::Affiliate.as_str(), "affiliate");
    /// ```
    pub LinkField: "field of a link" {
        /// The URL's host, lower case.
        Host => "host",
        /// The network's id.
        Network => "network",
        /// The template that fits.
        Template => "template",
        /// The product's id.
        Product => "product",
        /// The affiliate's id.
        Affiliate => "affiliate",
        /// The campaign.
        Campaign => "campaign",
        /// The click id.
        ClickId => "click_id",
        /// Where a redirecting link leads.
        Destination => "destination",
        /// The sub-ids, as a JSON object in order of their names.
        SubIds => "sub_ids",
        /// The ids of further networks in the same URL, separated by blanks.
        SecondNetworks => "second_networks",
        /// The warnings, separated by blanks.
        Warnings => "warnings",
    }
}

/// A column of text with missing values, laid out as Arrow's `LargeUtf8`.
///
/// # Example
/// ```
/// use sentby::{LinkField, read_column};
/// let columns = read_column(&["https://whop.com/?a=alice", "no url"], &[LinkField::Affiliate], false);
/// let affiliates = columns.column(LinkField::Affiliate).unwrap();
/// assert_eq!((affiliates.get(0), affiliates.get(1)), (Some("alice"), None));
/// assert_eq!((affiliates.data(), affiliates.offsets(), affiliates.validity()), ("alice", &[0, 5, 5][..], &[0b01][..]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextColumn {
    data: String,
    offsets: Vec<i64>,
    validity: Vec<u8>,
}

impl TextColumn {
    fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { data: String::with_capacity(rows * 8), offsets, validity: Vec::with_capacity(rows / 8 + 1) }
    }

    /// The value of a row; `None` if it is missing, or there is no such row.
    pub fn get(&self, row: usize) -> Option<&str> {
        let valid = self.validity.get(row / 8)? >> (row % 8) & 1 == 1;
        let (start, end) = (self.offsets.get(row)?, self.offsets.get(row + 1)?);
        self.data.get(*start as usize..*end as usize).filter(|_| valid)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values, one after another.
    pub fn data(&self) -> &str {
        &self.data
    }

    /// Where each value begins and the one before it ends, in bytes of `data`.
    pub fn offsets(&self) -> &[i64] {
        &self.offsets
    }

    /// One bit a row, the first row lowest: whether its value is there.
    pub fn validity(&self) -> &[u8] {
        &self.validity
    }

    fn push(&mut self, value: Option<&str>) {
        if let Some(value) = value {
            self.data.push_str(value);
        }
        self.end(value.is_some());
    }

    fn push_host(&mut self, host: &str) {
        let start = self.data.len();
        self.data.push_str(host);
        if let Some(host) = self.data.get_mut(start..) {
            host.make_ascii_lowercase();
        }
        self.end(true);
    }

    /// Ends the row that was written to `data`.
    #[inline]
    fn end(&mut self, valid: bool) {
        // There is one offset more than there are rows.
        let bit = (self.offsets.len() - 1) % 8;
        match self.validity.last_mut() {
            Some(bits) if bit != 0 => *bits |= u8::from(valid) << bit,
            Some(_) | None => self.validity.push(u8::from(valid)),
        }
        self.offsets.push(self.data.len() as i64);
    }
}

/// What many URLs say: one row each.
///
/// # Example
/// ```
/// use sentby::{LinkColumns, LinkField};
/// let mut columns = LinkColumns::new(&[LinkField::Network, LinkField::Host], false);
/// columns.push("https://www.awin1.com/awclick.php?mid=1150&id=120917");
/// assert_eq!(columns.column(LinkField::Network).unwrap().get(0), Some("awin"));
/// assert_eq!(columns.len(), 1);
/// ```
#[derive(Debug)]
pub struct LinkColumns {
    columns: Vec<(LinkField, TextColumn)>,
    rows: usize,
    mode: Mode,
    sketcher: Sketcher,
    reader: Reader,
}

impl LinkColumns {
    /// No rows yet, and these columns. `lenient` reads as [`read_lenient`](crate::read_lenient) does.
    pub fn new(fields: &[LinkField], lenient: bool) -> Self {
        Self::with_capacity(fields, lenient, 0)
    }

    fn with_capacity(fields: &[LinkField], lenient: bool, rows: usize) -> Self {
        let mut columns: Vec<(LinkField, TextColumn)> = Vec::with_capacity(fields.len());
        for field in fields {
            if !columns.iter().any(|(known, _)| known == field) {
                columns.push((*field, TextColumn::new(rows)));
            }
        }
        let more = [LinkField::Destination, LinkField::SubIds, LinkField::SecondNetworks, LinkField::Warnings];
        let mode = Mode { lenient, ids_only: !fields.iter().any(|field| more.contains(field)), ..Mode::default() };
        Self { columns, rows: 0, mode, sketcher: Sketcher::default(), reader: Reader::default() }
    }

    /// Adds a row. What is not a URL has no values.
    pub fn push(&mut self, url: &str) {
        self.rows += 1;
        if self.mode.lenient {
            let repaired = Repaired::of(url);
            let done = repaired.done.iter().fold(0, |bits, (warning, _)| bits | warning.bit());
            self.push_parts(Parts::of(&repaired.text), done);
        } else if !(self.mode.ids_only && self.push_plain(url)) {
            self.push_parts(Parts::of(url), 0);
        }
    }

    /// Adds a row without the kernel; `false` if the link is not plain enough.
    fn push_plain(&mut self, url: &str) -> bool {
        let Self { columns, sketcher, .. } = self;
        let Some(sketch) = sketcher.sketch(url) else { return false };
        let Some(ids) = quick::ids(&sketch) else { return false };
        for (field, column) in columns {
            match field {
                LinkField::Host if sketch.host_has_capitals => column.push_host(sketch.host),
                LinkField::Host => column.push(Some(sketch.host)),
                LinkField::Product => column.push(ids.product()),
                LinkField::Affiliate => column.push(ids.affiliate()),
                LinkField::Campaign => column.push(ids.campaign()),
                LinkField::ClickId => column.push(ids.click_id()),
                LinkField::Network => column.push(ids.network()),
                LinkField::Template => column.push(ids.template()),
                // Where these are wanted, the kernel reads.
                LinkField::Destination | LinkField::SubIds | LinkField::SecondNetworks | LinkField::Warnings => column.push(None),
            }
        }
        true
    }

    fn push_parts(&mut self, parts: Result<Option<Parts<'_>>>, done: u32) {
        let Self { columns, mode, reader, .. } = self;
        let Ok(Some(parts)) = parts else {
            columns.iter_mut().for_each(|(_, column)| column.push(None));
            return;
        };
        let sight = reader.read(&parts, *mode);
        for (field, column) in columns {
            match field {
                LinkField::Host => column.push_host(&parts.host),
                LinkField::Product => column.push(sight.values.product.as_deref()),
                LinkField::Affiliate => column.push(sight.values.affiliate.as_deref()),
                LinkField::Campaign => column.push(sight.values.campaign.as_deref()),
                LinkField::ClickId => column.push(sight.values.click_id.as_deref()),
                LinkField::Destination => column.push(sight.values.destination.as_deref()),
                LinkField::Network => column.push(id_of(&sight)),
                LinkField::Template => column.push(documented_of(&sight)),
                LinkField::SubIds => column.push(sub_ids(&sight.values).as_deref()),
                LinkField::SecondNetworks => column.push(second(&sight).as_deref()),
                LinkField::Warnings => column.push(warnings(sight.notes.warnings | done).as_deref()),
            }
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// One of the columns that were asked for.
    pub fn column(&self, field: LinkField) -> Option<&TextColumn> {
        self.columns.iter().find(|(known, _)| *known == field).map(|(_, column)| column)
    }
}

/// What many URLs say: row n is what [`read`](crate::read) gives for `urls[n]`, or [`read_lenient`](crate::read_lenient) if `lenient`. What
/// is not a URL is a row without values, and no error.
///
/// # Example
/// ```
/// use sentby::{LinkField, read_column};
/// let urls = ["https://www.copecart.com/products/521411d4/p/anna/", "https://shop.example/?irclickid=x1"];
/// let columns = read_column(&urls, &[LinkField::Network, LinkField::Affiliate, LinkField::ClickId], false);
/// assert_eq!(columns.column(LinkField::Network).unwrap().get(1), Some("impact"));
/// assert_eq!(columns.column(LinkField::Affiliate).unwrap().get(0), Some("anna"));
/// assert_eq!(columns.column(LinkField::Affiliate).unwrap().get(1), None);
/// ```
pub fn read_column(urls: &[&str], fields: &[LinkField], lenient: bool) -> LinkColumns {
    let mut columns = LinkColumns::with_capacity(fields, lenient, urls.len());
    urls.iter().for_each(|url| columns.push(url));
    columns
}

fn sub_ids(values: &Values<'_>) -> Option<String> {
    let subs: std::collections::BTreeMap<&str, &str> = values.subs.iter().map(|(_, name, value)| (*name, value.as_ref())).collect();
    // Text to text is always JSON.
    if subs.is_empty() { None } else { serde_json::to_string(&subs).ok() }
}

fn second(sight: &Sight<'_>) -> Option<String> {
    let ids: Vec<&str> = sight.second_ids().collect();
    if ids.is_empty() { None } else { Some(ids.join(" ")) }
}

fn warnings(bits: u32) -> Option<String> {
    let words: Vec<&str> = LinkWarning::set(bits).into_iter().map(LinkWarning::as_str).collect();
    if words.is_empty() { None } else { Some(words.join(" ")) }
}
