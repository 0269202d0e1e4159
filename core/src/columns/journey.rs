//! Journeys: what a buyer met on the way to an order, or to none; and who gets how much of it by the usual models.

use super::names::{Names, Recent, Seed};
use super::output::table;
use super::table::{IntColumn, ListColumn, Table, TextColumn, TimeColumn};
use super::touches::KeyColumn;
use crate::error::words;
use crate::{Error, ErrorCode, Result};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::DataType;
use std::sync::Arc;

words! {
    /// What is done to every path before it is looked at. The names are those of Google's fractribution.
    ///
    /// # Example
    /// ```
    /// assert_eq!("exposure".parse(), Ok(sentby::PathTransform::Exposure));
    /// ```
    pub PathTransform: "path transform" {
        /// Nothing: every touch counts.
        Unique => "unique",
        /// Repeats one after another become one: `a a b a` is `a b a`.
        Exposure => "exposure",
        /// Only the first of each stays: `a a b a` is `a b`.
        First => "first",
        /// Each once, with how often it came: `a a b a` is `a(3) b(1)`.
        Frequency => "frequency",
    }
}

/// What buyers met on their ways, and how the ways ended.
///
/// # Example
/// ```
/// use arrow_array::{Int64Array, RecordBatch, StringArray};
/// use std::sync::Arc;
/// let paths = Arc::new(StringArray::from(vec!["mail > blog > call", "mail", "blog > call"]));
/// let (conversions, nulls) = (Arc::new(Int64Array::from(vec![1, 0, 0])), Arc::new(Int64Array::from(vec![0, 1, 1])));
/// let rows = RecordBatch::try_from_iter([("path", paths as _), ("conversions", conversions as _), ("nulls", nulls as arrow_array::ArrayRef)]).unwrap();
/// let journeys = sentby::Journeys::from_paths(&[rows], ">")?;
/// assert_eq!((journeys.count(), journeys.conversions()), (3, 1));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Journeys {
    pub(super) channels: Vec<Box<str>>,
    /// All paths one behind the other, as numbers of channels.
    pub(super) steps: Vec<u32>,
    pub(super) paths: Vec<Path>,
    /// For journeys of touches with times: each channel's credit by time decay, conversions and value.
    decay: Option<Vec<(f64, f64)>>,
    has_value: bool,
}

/// One path, and how often it ended how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) conversions: u64,
    pub(super) nulls: u64,
    pub(super) value: f64,
}

/// How journeys are cut out of touches and orders.
///
/// # Example
/// ```
/// let options = sentby::JourneyOptions::default();
/// assert_eq!((options.channel, options.window_ms), ("affiliate", 30 * 86_400_000));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct JourneyOptions<'o> {
    /// The column of the touches that names the channel.
    pub channel: &'o str,
    /// How long before an order a touch may be, in milliseconds.
    pub window_ms: i64,
    /// The half-life of time decay, in milliseconds.
    pub half_life_ms: i64,
}

impl Default for JourneyOptions<'_> {
    fn default() -> Self {
        Self { channel: "affiliate", window_ms: 30 * 86_400_000, half_life_ms: 7 * 86_400_000 }
    }
}

/// The most channels that journeys have.
const CHANNELS_MAX: usize = 65_534;

const PATH_COLUMNS: [&str; 4] = ["path", "conversions", "nulls", "value"];

/// Shows what stands between separators, without blanks around it, unless it is nothing.
#[inline]
fn each_name<'t>(text: &'t str, separator: &str, mut each: impl FnMut(&'t str)) {
    let mut show = |name: &'t str| {
        let is_bare = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_graphic());
        // As most paths are written, one blank stands before a name and behind it.
        let inner = name.strip_prefix(' ').unwrap_or(name);
        let inner = inner.strip_suffix(' ').unwrap_or(inner);
        let is_plain = is_bare(inner.as_bytes().first()) && is_bare(inner.as_bytes().last());
        let name = if is_plain { inner } else { name.trim() };
        if !name.is_empty() {
            each(name);
        }
    };
    let [mark] = separator.as_bytes() else { return text.split(separator).for_each(show) };
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mut start = 0;
    for (n, word) in words.iter().enumerate() {
        let mut marks = equal(u64::from_le_bytes(*word), *mark);
        while marks != 0 {
            let at = 8 * n + (marks.trailing_zeros() / 8) as usize;
            marks &= marks - 1;
            show(text.get(start..at).unwrap_or_default());
            start = at + 1;
        }
    }
    for (at, byte) in (8 * words.len()..).zip(rest) {
        if byte == mark {
            show(text.get(start..at).unwrap_or_default());
            start = at + 1;
        }
    }
    show(text.get(start..).unwrap_or_default());
}

/// The high bit of every byte that equals `byte`, whatever the bytes are: no sum carries, since its terms are below 128.
#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let other = word ^ u64::from_le_bytes([byte; 8]);
    !(((other & LOW) + LOW) | other | LOW)
}

impl Journeys {
    /// Journeys from a table of paths: `path` (a text with channels between separators, or a list of texts), `conversions` (1 where missing), `nulls` (how
    /// often the path led to nothing, 0 where missing), `value` (of all conversions of the row together).
    ///
    /// # Errors
    /// `column_missing`, `column_type`, `column_null`, `number_invalid`, `too_large`, with table, row and column.
    pub fn from_paths(paths: &[RecordBatch], separator: &str) -> Result<Self> {
        if separator.trim().is_empty() {
            return Err(Error::new(ErrorCode::TextInvalid, "/separator: is blank"));
        }
        let separator = separator.trim();
        let rows = Table::new("paths", paths, &PATH_COLUMNS)?;
        let lists = rows.required("path", ListColumn::read)?;
        let conversions = rows.column("conversions", IntColumn::read)?;
        let nulls = rows.column("nulls", IntColumn::read)?;
        let values = rows.column("value", Numbers::read)?;
        let (mut names, mut recent) = (Names::new(Seed::new(), false), Recent::default());
        let all = Vec::with_capacity(rows.rows());
        let mut journeys = Self { channels: Vec::new(), steps: Vec::new(), paths: all, decay: None, has_value: values.is_some() };
        for (n, list) in lists.iter().enumerate() {
            let size = paths.get(n).map_or(0, RecordBatch::num_rows);
            for row in 0..size {
                let at = rows.start(n) + row;
                let count = |column: &Option<Vec<IntColumn<'_>>>, name: &str, default: i64| -> Result<u64> {
                    let value = column.as_ref().and_then(|chunks| chunks.get(n)).map_or(Some(default), |chunk| chunk.get(row)).unwrap_or(0);
                    u64::try_from(value).map_err(|_| rows.error(ErrorCode::NumberInvalid, at, name, format!("{value} is negative")))
                };
                let (conversions, nulls) = (count(&conversions, "conversions", 1)?, count(&nulls, "nulls", 0)?);
                let value = values.as_ref().and_then(|chunks| chunks.get(n)).map_or(0.0, |chunk| chunk.get(row));
                if !value.is_finite() {
                    return Err(rows.error(ErrorCode::NumberInvalid, at, "value", "is no finite number"));
                }
                let start = journeys.steps.len();
                match list {
                    ListColumn::One(texts) => {
                        let text = texts.get(row).ok_or_else(|| rows.error(ErrorCode::ColumnNull, at, "path", "is empty"))?;
                        each_name(text, separator, |name| journeys.steps.push(recent.add(&mut names, name)));
                    }
                    _ => journeys.steps.extend(list.get(row).into_iter().map(|name| names.add(name))),
                }
                journeys.paths.push(Path { start, end: journeys.steps.len(), conversions, nulls, value });
            }
        }
        journeys.name(&names)
    }

    fn name(mut self, names: &Names) -> Result<Self> {
        if names.len() > CHANNELS_MAX {
            return Err(Error::new(ErrorCode::TooLarge, format!("{} channels, at most {CHANNELS_MAX} are allowed", names.len())));
        }
        self.channels = (0..names.len()).map(|n| names.text(n as u32).into()).collect();
        Ok(self)
    }

    /// Journeys from touches and orders. An order ends the journey of its visitor: it holds the touches since the order before, within the window. What comes
    /// after the last order, or of visitors without one, is a journey to nothing. Touches of one moment stand in the order of their rows; an empty channel
    /// is left out. The value of an order is its column `gross`, whatever its unit.
    ///
    /// # Errors
    /// As [`from_paths`](Self::from_paths), for the tables `touches` and `orders`; `time_naive`.
    pub fn from_touches(touches: &[RecordBatch], orders: &[RecordBatch], options: &JourneyOptions<'_>) -> Result<Self> {
        let JourneyOptions { channel, window_ms, half_life_ms } = *options;
        if window_ms < 0 || half_life_ms <= 0 {
            return Err(Error::new(ErrorCode::DurationInvalid, "/window_ms and /half_life_ms: are not above zero"));
        }
        let seed = Seed::new();
        let mut names = Names::new(seed, false);
        let touch_rows = Table::new("touches", touches, &["visitor", "at", channel])?;
        let order_rows = Table::new("orders", orders, &["visitor", "at", "gross"])?;
        let mut visitors = Visitors::new(seed);
        // Every moment of every visitor: touches before orders where they share one.
        let mut moments: Vec<Moment> = Vec::with_capacity(touch_rows.rows() + order_rows.rows());
        let columns = touch_rows.required(channel, TextColumn::read)?;
        visitors.read(&touch_rows, &mut moments, |n, row| {
            Some(columns.get(n)?.get(row).map_or(Event::Nothing, |name| Event::Touch(names.add(name))))
        })?;
        let values = order_rows.column("gross", Numbers::read)?;
        visitors.read(&order_rows, &mut moments, |n, row| {
            Some(Event::Order(values.as_ref().and_then(|chunks| chunks.get(n)).map_or(0.0, |chunk| chunk.get(row))))
        })?;
        moments.sort_by_key(|moment| (moment.visitor, moment.at, moment.is_order()));
        let mut journeys = Self { channels: Vec::new(), steps: Vec::new(), paths: Vec::new(), decay: None, has_value: values.is_some() };
        let mut decay = vec![(0.0, 0.0); names.len()];
        let model = crate::attribution::policy::Model::TimeDecay { half_life_ms: half_life_ms.unsigned_abs() };
        for visits in moments.chunk_by(|a, b| a.visitor == b.visitor) {
            let mut open: Vec<(i64, u32)> = Vec::new();
            for moment in visits {
                match moment.event {
                    Event::Nothing => {}
                    Event::Touch(channel) => open.push((moment.at, channel)),
                    Event::Order(value) => {
                        open.retain(|(at, _)| moment.at - at <= window_ms);
                        if !open.is_empty() {
                            decayed(model, moment.at, value, &open, &mut decay);
                            journeys.add(open.drain(..).map(|(_, channel)| channel), 1, 0, value);
                        }
                    }
                }
            }
            if !open.is_empty() {
                journeys.add(open.drain(..).map(|(_, channel)| channel), 0, 1, 0.0);
            }
        }
        journeys.decay = Some(decay);
        journeys.name(&names)
    }

    fn add(&mut self, steps: impl Iterator<Item = u32>, conversions: u64, nulls: u64, value: f64) {
        let start = self.steps.len();
        self.steps.extend(steps);
        self.paths.push(Path { start, end: self.steps.len(), conversions, nulls, value });
    }

    /// How many journeys there are, those to nothing included.
    pub fn count(&self) -> u64 {
        self.paths.iter().map(|path| path.conversions + path.nulls).sum()
    }

    /// How many ended with an order.
    pub fn conversions(&self) -> u64 {
        self.paths.iter().map(|path| path.conversions).sum()
    }

    /// The channels, in the order of their first coming.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        self.channels.iter().map(|channel| &**channel)
    }

    pub(super) fn steps_of(&self, path: &Path) -> &[u32] {
        self.steps.get(path.start..path.end).unwrap_or_default()
    }

    /// No journeys yet, with room for as many steps.
    fn emptied(&self) -> Self {
        let steps = Vec::with_capacity(self.steps.len());
        Self { channels: Vec::new(), steps, paths: Vec::with_capacity(self.paths.len()), decay: None, has_value: self.has_value }
    }

    /// The same journeys with every path changed.
    pub fn transform(&self, transform: PathTransform) -> Result<Self> {
        let mut names = Names::new(Seed::new(), false);
        self.channels.iter().for_each(|channel| {
            names.add(channel);
        });
        let mut changed = self.emptied();
        for path in &self.paths {
            let steps = self.steps_of(path);
            let mut kept: Vec<u32> = Vec::with_capacity(steps.len());
            match transform {
                PathTransform::Unique => kept.extend_from_slice(steps),
                PathTransform::Exposure => {
                    kept.extend_from_slice(steps);
                    kept.dedup();
                }
                PathTransform::First => steps.iter().for_each(|step| {
                    if !kept.contains(step) {
                        kept.push(*step)
                    }
                }),
                PathTransform::Frequency => {
                    let mut counted: Vec<(u32, usize)> = Vec::new();
                    for step in steps {
                        match counted.iter_mut().find(|(known, _)| known == step) {
                            Some((_, count)) => *count += 1,
                            None => counted.push((*step, 1)),
                        }
                    }
                    let label =
                        |(step, count): &(u32, usize)| format!("{}({count})", self.channels.get(*step as usize).map_or("", |name| name));
                    kept.extend(counted.iter().map(label).map(|name| names.add(&name)));
                }
            }
            changed.add(kept.into_iter(), path.conversions, path.nulls, path.value);
        }
        let changed = changed.name(&names)?;
        Ok(changed.without_unused())
    }

    /// The same journeys with only the last `length` steps of every path.
    pub fn trim(&self, length: usize) -> Result<Self> {
        if length == 0 {
            return Err(Error::new(ErrorCode::NumberInvalid, "/length: 0 is under 1"));
        }
        let mut trimmed = Self { decay: None, ..self.clone() };
        trimmed.paths.iter_mut().for_each(|path| path.start = path.start.max(path.end.saturating_sub(length)));
        Ok(trimmed)
    }

    /// The same journeys without a channel, but for those that have no other: as `direct`, which says little beside others. With `only_last`, it goes from
    /// the end of a path alone.
    pub fn remove_if_not_all(&self, channel: &str, only_last: bool) -> Self {
        let Some(gone) = self.channels.iter().position(|name| &**name == channel).map(|n| n as u32) else { return self.clone() };
        let mut changed = Self { channels: self.channels.clone(), ..self.emptied() };
        for path in &self.paths {
            let steps = self.steps_of(path);
            let last = steps.iter().rposition(|step| *step != gone);
            let kept: Vec<u32> = match last {
                None => steps.to_vec(),
                Some(last) if only_last => steps.get(..=last).unwrap_or_default().to_vec(),
                Some(_) => steps.iter().copied().filter(|step| *step != gone).collect(),
            };
            changed.add(kept.into_iter(), path.conversions, path.nulls, path.value);
        }
        changed
    }

    fn without_unused(mut self) -> Self {
        let mut used: Vec<Option<u32>> = vec![None; self.channels.len()];
        let mut channels: Vec<Box<str>> = Vec::new();
        for step in &mut self.steps {
            if let (Some(place), Some(name)) = (used.get_mut(*step as usize), self.channels.get(*step as usize)) {
                *step = *place.get_or_insert_with(|| {
                    channels.push(name.clone());
                    channels.len() as u32 - 1
                });
            }
        }
        self.channels = channels;
        self
    }

    /// What each channel gets by the usual models, in one pass: `channel`, `first`, `last`, `linear`, `position_based` (40 % first, 40 % last, 20 % between), for
    /// journeys of touches `time_decay`, and where there are values the same of them, `first_value` and so on.
    ///
    /// # Errors
    /// None today.
    #[allow(clippy::float_arithmetic, reason = "shares of conversions, added in the order of the rows: alike everywhere")]
    pub fn heuristics(&self) -> Result<RecordBatch> {
        let size = self.channels.len();
        let mut sums = vec![[0.0_f64; 8]; size];
        let mut give = |step: u32, model: usize, share: f64, path: &Path| {
            if let Some(slot) = sums.get_mut(step as usize) {
                for (place, amount) in [(model, path.conversions as f64), (model + 4, path.value)] {
                    if let Some(sum) = slot.get_mut(place) {
                        *sum += amount * share;
                    }
                }
            }
        };
        for path in self.paths.iter().filter(|path| path.conversions > 0) {
            let steps = self.steps_of(path);
            let (Some(first), Some(last)) = (steps.first(), steps.last()) else { continue };
            give(*first, 0, 1.0, path);
            give(*last, 1, 1.0, path);
            let each = 1.0 / steps.len() as f64;
            steps.iter().for_each(|step| give(*step, 2, each, path));
            match steps {
                [only] => give(*only, 3, 1.0, path),
                [first, last] => {
                    give(*first, 3, 0.5, path);
                    give(*last, 3, 0.5, path);
                }
                [first, between @ .., last] => {
                    give(*first, 3, 0.4, path);
                    between.iter().for_each(|step| give(*step, 3, 0.2 / between.len() as f64, path));
                    give(*last, 3, 0.4, path);
                }
                [] => {}
            }
        }
        let names = ["first", "last", "linear", "position_based", "first_value", "last_value", "linear_value", "position_based_value"];
        let mut columns: Vec<(&str, ArrayRef, bool)> = vec![("channel", self.channel_column(), false)];
        for (n, name) in names.into_iter().enumerate() {
            if n == 4
                && let Some(decay) = &self.decay
            {
                columns.push((
                    "time_decay",
                    Arc::new(decay.iter().map(|(conversions, _)| Some(*conversions)).collect::<Float64Array>()),
                    false,
                ));
            }
            if n >= 4 && !self.has_value {
                continue;
            }
            let column: Float64Array = sums.iter().map(|sum| sum.get(n).copied()).collect();
            columns.push((name, Arc::new(column), false));
        }
        if let (Some(decay), true) = (&self.decay, self.has_value) {
            columns.push(("time_decay_value", Arc::new(decay.iter().map(|(_, value)| Some(*value)).collect::<Float64Array>()), false));
        }
        table(columns)
    }

    /// How often journeys went from where to where: `from` (`(start)` or a channel), `to` (a channel, `(conversion)` or `(null)`), `times`. Steps that repeat the
    /// one before count once.
    ///
    /// # Errors
    /// None today.
    pub fn transitions(&self) -> Result<RecordBatch> {
        let (start, won, lost) = (u32::MAX, u32::MAX - 1, u32::MAX - 2);
        let mut counts: std::collections::BTreeMap<(u32, u32), u64> = std::collections::BTreeMap::new();
        for path in &self.paths {
            let mut before = start;
            for step in self.steps_of(path).iter().filter(|step| **step < lost) {
                if *step != before {
                    *counts.entry((before, *step)).or_default() += path.conversions + path.nulls;
                    before = *step;
                }
            }
            *counts.entry((before, won)).or_default() += path.conversions;
            *counts.entry((before, lost)).or_default() += path.nulls;
        }
        counts.retain(|_, times| *times > 0);
        let name = |step: u32| match step {
            _ if step == start => Some("(start)"),
            _ if step == won => Some("(conversion)"),
            _ if step == lost => Some("(null)"),
            _ => self.channels.get(step as usize).map(|name| &**name),
        };
        table(vec![
            ("from", Arc::new(counts.keys().map(|(from, _)| name(*from)).collect::<StringArray>()), false),
            ("to", Arc::new(counts.keys().map(|(_, to)| name(*to)).collect::<StringArray>()), false),
            ("times", Arc::new(counts.values().map(|times| Some(times.cast_signed())).collect::<Int64Array>()), false),
        ])
    }

    pub(super) fn channel_column(&self) -> ArrayRef {
        Arc::new(self.channels.iter().map(|name| Some(&**name)).collect::<StringArray>())
    }

    pub(super) fn has_value(&self) -> bool {
        self.has_value
    }

    /// Shapley values of the subset game, in which a set of channels is worth the conversions of all journeys that met no other channel: each journey is split
    /// equally among its channels, however often it met them. `channel`, `conversions`, and where there are values `value`.
    ///
    /// # Errors
    /// None today.
    #[allow(clippy::float_arithmetic, reason = "as above")]
    pub fn shapley(&self) -> Result<RecordBatch> {
        let mut sums = vec![(0.0_f64, 0.0_f64); self.channels.len()];
        self.each_member(|step, _, size, path| {
            if let Some(sum) = sums.get_mut(step as usize) {
                sum.0 += path.conversions as f64 / size as f64;
                sum.1 += path.value / size as f64;
            }
        });
        let mut columns: Vec<(&str, ArrayRef, bool)> = vec![
            ("channel", self.channel_column(), false),
            ("conversions", Arc::new(sums.iter().map(|sum| Some(sum.0)).collect::<Float64Array>()), false),
        ];
        if self.has_value {
            columns.push(("value", Arc::new(sums.iter().map(|sum| Some(sum.1)).collect::<Float64Array>()), false));
        }
        table(columns)
    }

    /// The same by the place at which a journey first met the channel, 1 for the first: the ordered Shapley values of Zhao, Mahboobi and Bagheri (2018).
    /// `channel`, `position`, `conversions`, and where there are values `value`; only rows that are not zero.
    ///
    /// # Errors
    /// None today.
    #[allow(clippy::float_arithmetic, reason = "as above")]
    pub fn ordered_shapley(&self) -> Result<RecordBatch> {
        let mut sums: std::collections::BTreeMap<(u32, usize), (f64, f64)> = std::collections::BTreeMap::new();
        self.each_member(|step, place, size, path| {
            let sum = sums.entry((step, place + 1)).or_default();
            sum.0 += path.conversions as f64 / size as f64;
            sum.1 += path.value / size as f64;
        });
        let name = |step: u32| self.channels.get(step as usize).map(|name| &**name);
        let mut columns: Vec<(&str, ArrayRef, bool)> = vec![
            ("channel", Arc::new(sums.keys().map(|(step, _)| name(*step)).collect::<StringArray>()), false),
            ("position", Arc::new(sums.keys().map(|(_, place)| Some(*place as i64)).collect::<Int64Array>()), false),
            ("conversions", Arc::new(sums.values().map(|sum| Some(sum.0)).collect::<Float64Array>()), false),
        ];
        if self.has_value {
            columns.push(("value", Arc::new(sums.values().map(|sum| Some(sum.1)).collect::<Float64Array>()), false));
        }
        table(columns)
    }

    /// Each channel of each path that converts, once: channel, place among the path's channels, how many they are.
    fn each_member(&self, mut each: impl FnMut(u32, usize, usize, &Path)) {
        let mut members: Vec<u32> = Vec::new();
        let mut seen: Vec<usize> = vec![usize::MAX; self.channels.len()];
        for (n, path) in self.paths.iter().enumerate().filter(|(_, path)| path.conversions > 0) {
            members.clear();
            for step in self.steps_of(path) {
                if let Some(mark) = seen.get_mut(*step as usize)
                    && *mark != n
                {
                    *mark = n;
                    members.push(*step);
                }
            }
            members.iter().enumerate().for_each(|(place, step)| each(*step, place, members.len(), path));
        }
    }
}

#[allow(clippy::float_arithmetic, reason = "as above")]
fn decayed(model: crate::attribution::policy::Model, at: i64, value: f64, open: &[(i64, u32)], decay: &mut [(f64, f64)]) {
    let ages = || open.iter().map(|(touched, _)| (at - touched).unsigned_abs());
    let mut sum = 0_u64;
    crate::attribution::each_weight(model, ages(), |_, weight| sum += weight);
    crate::attribution::each_weight(model, ages(), |n, weight| {
        let share = weight as f64 / sum as f64;
        if let Some(slot) = open.get(n).and_then(|(_, channel)| decay.get_mut(*channel as usize)) {
            slot.0 += share;
            slot.1 += value * share;
        }
    });
}

/// The Shapley value of any game: `worth[set]` is what a set of players is worth, the players being the bits of its number. `worth[0]` is 0.
///
/// # Errors
/// `number_invalid` unless there are 2, 4, 8, … up to 2^20 worths, the first of them zero.
///
/// # Example
/// ```
/// // Two players who are worth nothing alone and 1 together get one half each.
/// assert_eq!(sentby::shapley_value(&[0.0, 0.0, 0.0, 1.0])?, [0.5, 0.5]);
/// # Ok::<(), sentby::Error>(())
/// ```
#[allow(clippy::float_arithmetic, reason = "sums in a fixed order: alike everywhere")]
pub fn shapley_value(worth: &[f64]) -> Result<Vec<f64>> {
    let players = worth.len().trailing_zeros() as usize;
    if !worth.len().is_power_of_two() || !(1..=20).contains(&players) || worth.first() != Some(&0.0) {
        return Err(Error::new(
            ErrorCode::NumberInvalid,
            format!("{} worths; expected 2 to 2^20, a power of two, the first of them 0", worth.len()),
        ));
    }
    // The weight of a set of s others: s! (n − s − 1)! / n!.
    let mut weights = vec![0.0; players];
    let mut choose = 1.0;
    for (s, weight) in weights.iter_mut().enumerate() {
        *weight = 1.0 / (players as f64 * choose);
        choose = choose * (players - 1 - s) as f64 / (s + 1) as f64;
    }
    let gain = |set: usize, player: usize| {
        let (with, without) = (worth.get(set | 1 << player).copied().unwrap_or(0.0), worth.get(set).copied().unwrap_or(0.0));
        (with - without) * weights.get(set.count_ones() as usize).copied().unwrap_or(0.0)
    };
    Ok((0..players).map(|player| (0..worth.len()).filter(|set| set >> player & 1 == 0).map(|set| gain(set, player)).sum()).collect())
}

/// What happened at a moment.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A touch without a channel.
    Nothing,
    Touch(u32),
    Order(f64),
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    visitor: u32,
    at: i64,
    event: Event,
}

impl Moment {
    fn is_order(&self) -> bool {
        matches!(self.event, Event::Order(_))
    }
}

/// Visitors as numbers.
struct Visitors {
    texts: Names,
    ints: std::collections::BTreeMap<i64, u32>,
    is_text: Option<bool>,
}

impl Visitors {
    fn new(seed: Seed) -> Self {
        Self { texts: Names::new(seed, false), ints: std::collections::BTreeMap::new(), is_text: None }
    }

    fn read(&mut self, rows: &Table<'_>, moments: &mut Vec<Moment>, mut event: impl FnMut(usize, usize) -> Option<Event>) -> Result<()> {
        let keys = rows.required("visitor", KeyColumn::read)?;
        let times = rows.required("at", TimeColumn::read)?;
        for (n, (key, time)) in keys.iter().zip(&times).enumerate() {
            let is_text = matches!(key, KeyColumn::Texts(..));
            if *self.is_text.get_or_insert(is_text) != is_text {
                return Err(Error::new(
                    ErrorCode::ColumnType,
                    format!("/{}/visitor: texts and whole numbers are different visitors", rows.name),
                ));
            }
            for row in 0..rows.batches.get(n).map_or(0, RecordBatch::num_rows) {
                let at = rows.start(n) + row;
                let millis = time.millis(row).ok_or_else(|| rows.error(ErrorCode::ColumnNull, at, "at", "is empty"))?;
                super::table::time(rows, at, "at", millis)?;
                if key.is_null(row) {
                    continue;
                }
                let visitor = match key {
                    KeyColumn::Texts(texts, _) => self.texts.add(texts.get(row).unwrap_or_default()),
                    KeyColumn::Ints(ints, _) => {
                        let next = self.ints.len() as u32;
                        *self.ints.entry(ints.ints.get(row)).or_insert(next)
                    }
                };
                if let Some(event) = event(n, row) {
                    moments.push(Moment { visitor, at: millis, event });
                }
            }
        }
        Ok(())
    }
}

/// A column of numbers: whole, decimal or floating.
#[derive(Clone, Copy, Debug)]
enum Numbers<'a> {
    Ints(IntColumn<'a>),
    Floats(&'a Float64Array),
    Decimals(&'a arrow_array::Decimal128Array, i8),
    Texts(TextColumn<'a>),
}

impl<'a> Numbers<'a> {
    fn read(array: &'a ArrayRef) -> Result<Self> {
        match array.data_type() {
            DataType::Float64 => Ok(Self::Floats(array.as_primitive::<Float64Type>())),
            DataType::Decimal128(_, scale) => Ok(Self::Decimals(array.as_primitive(), *scale)),
            _ => match TextColumn::of(array) {
                Some(texts) => Ok(Self::Texts(texts)),
                None => IntColumn::read(array).map(Self::Ints),
            },
        }
    }

    #[allow(clippy::float_arithmetic, reason = "one division, which IEEE 754 rounds alike everywhere")]
    fn get(&self, row: usize) -> f64 {
        match self {
            Self::Ints(ints) => ints.get(row).unwrap_or(0) as f64,
            Self::Floats(floats) => {
                if floats.is_null(row) {
                    0.0
                } else {
                    floats.value(row)
                }
            }
            Self::Decimals(values, scale) => {
                if values.is_null(row) {
                    0.0
                } else {
                    values.value(row) as f64 / 10_f64.powi(i32::from(*scale))
                }
            }
            Self::Texts(texts) => texts.get(row).map_or(0.0, |text| text.parse().unwrap_or(f64::NAN)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The twin splits, trims and filters.
    #[test]
    fn names_stand_between_separators() {
        let mut state = 1_u64;
        for n in 0..20_000 {
            let mut text = String::new();
            for _ in 0..n % 23 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push(['a', 'b', ' ', ' ', '>', '>', '\t', 'é', '\u{3000}', '-'][(state >> 33) as usize % 10]);
            }
            for separator in [">", "->", "é"] {
                let mut got = Vec::new();
                each_name(&text, separator, |name| got.push(name));
                let wanted: Vec<&str> = text.split(separator).map(str::trim).filter(|name| !name.is_empty()).collect();
                assert_eq!(got, wanted, "{text:?}");
            }
        }
    }
}
