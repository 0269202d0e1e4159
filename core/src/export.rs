//! Entries for other programs: JSON, CSV and Arrow.

use crate::error::words;
use crate::{Commission, LedgerEntry, LedgerKind};
use serde_json::json;

words! {
    /// A text format that entries are exported in.
    ///
    /// # Example
    /// ```
    /// assert_eq!("csv".parse(), Ok(sentby::ExportFormat::Csv));
    /// ```
    pub ExportFormat: "export format" {
        /// An array of objects, a line each.
        Json => "json",
        /// RFC 4180 with a header. A text that a spreadsheet would take for a formula gets an apostrophe before it.
        Csv => "csv",
    }
}

/// The columns of every export. `amount` is decimal text, `minor` the same in minor units.
const COLUMNS: [&str; 12] = ["event", "at", "kind", "order", "payment", "line", "role", "recipient", "rule", "amount", "currency", "minor"];

impl Commission {
    /// The entries of a settlement as a ledger has them: those of the payment, then those of each refund, by whose id it goes.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// # use sentby::{ExportFormat, Line, Money, Order, Time, export_entries};
    /// # let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// let commission = program.commission(&order, &program.attribute(&order, &[])?)?;
    /// let text = export_entries(&commission.rows("ipn-1"), ExportFormat::Csv);
    /// assert_eq!(text.lines().nth(1), Some("ipn-1,2026-03-03T18:00:00Z,payment,A-1001,1,1,tax,,,190.00,EUR,19000"));
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn rows(&self, event: &str) -> Vec<LedgerEntry> {
        let Self { order, at, payment, event: _, rounding: _, entries, grounds: _ } = self;
        let row = |entry: &crate::Entry| LedgerEntry {
            event: entry.refund.as_deref().unwrap_or(event).into(),
            at: *at,
            kind: if entry.refund.is_some() { LedgerKind::Refund } else { LedgerKind::Payment },
            order: Some(order.clone()),
            payment: Some(*payment),
            line: Some(entry.line.clone()),
            role: Some(entry.role),
            recipient: entry.recipient.clone(),
            rule: entry.rule.clone(),
            amount: entry.amount,
        };
        entries.iter().map(row).collect()
    }
}

/// Entries of a ledger, a statement or a settlement ([`Commission::rows`]) as text for other programs.
///
/// # Example
/// ```
/// use sentby::{ExportFormat, Ledger, LedgerEvent, Money, Time, export_entries};
/// let mut ledger = Ledger::new();
/// let at = Time::parse("2026-03-05T10:00:00Z")?;
/// ledger.apply(&LedgerEvent::adjustment("m-1", at, "anna", Money::parse("25.00", "EUR")?, "a prize"))?;
/// assert_eq!(
///     export_entries(&ledger.entries(None), ExportFormat::Csv),
///     "event,at,kind,order,payment,line,role,recipient,rule,amount,currency,minor\r\n\
///      m-1,2026-03-05T10:00:00Z,adjustment,,,,,anna,,25.00,EUR,2500\r\n"
/// );
/// # Ok::<(), sentby::Error>(())
/// ```
pub fn export_entries(entries: &[LedgerEntry], format: ExportFormat) -> String {
    match format {
        ExportFormat::Json => as_json(entries),
        ExportFormat::Csv => as_csv(entries),
    }
}

fn as_json(entries: &[LedgerEntry]) -> String {
    let mut text = String::from("[");
    for (n, entry) in entries.iter().enumerate() {
        let LedgerEntry { event, at, kind, order, payment, line, role, recipient, rule, amount } = entry;
        text.push_str(if n == 0 { "\n" } else { ",\n" });
        // Written one by one: a map would sort its keys, or not, by a feature of another crate.
        let values = [
            json!(event),
            json!(at.to_string()),
            json!(kind),
            json!(order),
            json!(payment),
            json!(line),
            json!(role),
            json!(recipient),
            json!(rule),
            json!(amount.decimal()),
            json!(amount.currency().as_str()),
            json!(amount.minor()),
        ];
        let pairs: Vec<String> = COLUMNS.iter().zip(values).map(|(name, value)| format!("\"{name}\":{value}")).collect();
        text.push_str(&format!("{{{}}}", pairs.join(",")));
    }
    text.push_str(if entries.is_empty() { "]\n" } else { "\n]\n" });
    text
}

fn as_csv(entries: &[LedgerEntry]) -> String {
    let mut text = COLUMNS.join(",");
    text.push_str("\r\n");
    for entry in entries {
        let LedgerEntry { event, at, kind, order, payment, line, role, recipient, rule, amount } = entry;
        let cells = [
            cell(Some(event)),
            at.to_string(),
            kind.to_string(),
            cell(order.as_deref()),
            payment.map_or(String::new(), |payment| payment.to_string()),
            cell(line.as_deref()),
            role.map_or(String::new(), |role| role.to_string()),
            cell(recipient.as_deref()),
            cell(rule.as_deref()),
            amount.decimal(),
            amount.currency().to_string(),
            amount.minor().to_string(),
        ];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A text as a cell: no formula, and quoted where it has to be.
fn cell(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([',', '"', '\r', '\n']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

/// The same as an Arrow IPC stream of one batch, which Arrow's libraries, pandas, polars and DuckDB read: times as milliseconds in UTC,
/// amounts as decimals of 4 digits, beside the same minor units and currency.
///
/// # Errors
/// `too_large` beyond 2 GiB of text in one column.
///
/// # Example
/// ```
/// # use sentby::{Ledger, LedgerEvent, Money, Time, export_arrow};
/// # let mut ledger = Ledger::new();
/// # let at = Time::parse("2026-03-05T10:00:00Z")?;
/// # ledger.apply(&LedgerEvent::adjustment("m-1", at, "anna", Money::parse("25.00", "EUR")?, "a prize"))?;
/// let bytes = export_arrow(&ledger.entries(None))?;
/// let batch = arrow_ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap().next().unwrap().unwrap();
/// assert_eq!((batch.num_rows(), batch.num_columns()), (1, 12));
/// # Ok::<(), sentby::Error>(())
/// ```
#[cfg(feature = "columns")]
pub fn export_arrow(entries: &[LedgerEntry]) -> crate::Result<Vec<u8>> {
    use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt32Array};
    use std::sync::Arc;

    let texts = |of: fn(&LedgerEntry) -> Option<&str>| -> crate::Result<ArrayRef> {
        let bytes: usize = entries.iter().filter_map(of).map(str::len).sum();
        if i32::try_from(bytes).is_err() {
            return Err(crate::Error::new(crate::ErrorCode::TooLarge, format!("a column of {bytes} bytes; export fewer entries at once")));
        }
        Ok(Arc::new(entries.iter().map(of).collect::<StringArray>()))
    };
    let failed = |error: arrow_schema::ArrowError| crate::Error::new(crate::ErrorCode::TooLarge, error.to_string());
    let at = entries.iter().map(|e| e.at.millis()).collect::<Vec<_>>();
    let amounts = entries.iter().map(|e| ten_thousandths(e.amount)).collect::<Vec<_>>();
    let arrays: [ArrayRef; 12] = [
        texts(|e| Some(&e.event))?,
        Arc::new(TimestampMillisecondArray::from(at).with_timezone("UTC")),
        texts(|e| Some(e.kind.as_str()))?,
        texts(|e| e.order.as_deref())?,
        Arc::new(entries.iter().map(|e| e.payment).collect::<UInt32Array>()),
        texts(|e| e.line.as_deref())?,
        texts(|e| e.role.as_ref().map(|role| role.as_str()))?,
        texts(|e| e.recipient.as_deref())?,
        texts(|e| e.rule.as_deref())?,
        Arc::new(Decimal128Array::from(amounts).with_precision_and_scale(20, 4).map_err(failed)?),
        texts(|e| Some(e.amount.code()))?,
        Arc::new(entries.iter().map(|e| e.amount.minor()).collect::<Int64Array>()),
    ];
    let batch =
        RecordBatch::try_from_iter_with_nullable(COLUMNS.iter().zip(arrays).map(|(name, array)| (*name, array, true))).map_err(failed)?;
    let mut bytes = Vec::new();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).map_err(failed)?;
    writer.write(&batch).and_then(|()| writer.finish()).map_err(failed)?;
    drop(writer);
    Ok(bytes)
}

#[cfg(feature = "columns")]
fn ten_thousandths(amount: crate::Money) -> i128 {
    // No currency has more than 4 digits.
    i128::from(amount.minor()) * 10_i128.pow(4_u32.saturating_sub(amount.currency().digits()))
}
