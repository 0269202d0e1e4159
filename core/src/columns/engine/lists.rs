//! The touches of visitors who ordered, brought together.

use super::visitors::{Found, Lasts, Sieve, Visitors};
use super::{Node, Shared, Who};
use crate::Evidence;
use crate::Result;
use crate::attribution;
use crate::columns::rules::Lite;
use crate::columns::table::is_time;
use crate::columns::touches::{Chunk, FactColumns, NONE};
use crate::columns::{STEP, on_threads, stretches};
use std::ops::Range;

/// Touches that are looked up side by side.
const BLOCK: usize = 1024;
/// Stretches of visitors: few enough that their ends all stay near the processor.
const PARTS_MAX: usize = 128;
/// Touches in each list of a bucket.
const BUCKET: usize = 2048;

/// A touch on its way to its visitor's list.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    node: Node,
    visitor: u32,
    product: u32,
}

/// Touches of one stretch of visitors in the order of rows. It grows by one more list instead of into a longer one, so that nothing is moved, and no more is
/// held than is there.
#[derive(Debug, Default)]
struct Bucket {
    full: Vec<Vec<Kept>>,
    last: Vec<Kept>,
}

impl Bucket {
    #[inline]
    fn push(&mut self, kept: Kept) {
        if self.last.len() == self.last.capacity() {
            self.grow();
        }
        self.last.push(kept);
    }

    #[cold]
    fn grow(&mut self) {
        let next = Vec::with_capacity((self.last.capacity() * 2).clamp(64, BUCKET));
        self.full.push(std::mem::replace(&mut self.last, next));
    }

    fn iter(&self) -> impl Iterator<Item = &Kept> {
        self.full.iter().chain([&self.last]).flatten()
    }
}

/// A visitor's touches in their total order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct List<'l> {
    pub(super) nodes: &'l [Node],
    /// Their products; empty where they do not matter.
    products: &'l [u32],
    /// Whether the single call is asked about them.
    pub(super) is_asked: bool,
}

impl<'l> List<'l> {
    #[inline]
    pub(super) fn product(&self, n: usize) -> u32 {
        self.products.get(n).copied().unwrap_or(NONE)
    }
}

/// A stretch of visitors with their touches: those of the `n`th stand from `starts[n]` to `starts[n + 1]`, in their total order.
#[derive(Debug, Default)]
struct Part {
    starts: Vec<u32>,
    nodes: Vec<Node>,
    products: Vec<u32>,
    /// Visitors about whom the single call is asked; empty without any.
    asked: Vec<bool>,
}

/// The touches of all visitors who ordered.
#[derive(Debug)]
pub(super) struct Lists {
    parts: Vec<Part>,
    /// A part's visitors are 2 to the power of this.
    bits: u32,
}

impl Lists {
    pub(super) fn new(shared: &Shared<'_, '_>, visitors: &Visitors) -> Result<Self> {
        let count = visitors.count().max(1);
        let bits = (count.div_ceil(PARTS_MAX).next_power_of_two().trailing_zeros()).max(8);
        let parts = count.div_ceil(1 << bits);
        let collecting = Collecting { shared, visitors, sieve: visitors.all(), lasts: Lasts::new(shared, visitors), bits, parts };
        let slices = on_threads(stretches(shared.touches.table.rows(), shared.threads), |rows| collecting.collect(rows))?;
        let mut by_part: Vec<Vec<Bucket>> = (0..parts).map(|_| Vec::with_capacity(slices.len())).collect();
        for slice in slices {
            by_part.iter_mut().zip(slice).for_each(|(part, bucket)| part.push(bucket));
        }
        let mut shares: Vec<Vec<(usize, Vec<Bucket>)>> = Vec::new();
        let mut by_part = by_part.into_iter().enumerate();
        for share in stretches(parts, shared.threads) {
            shares.push(by_part.by_ref().take(share.len()).collect());
        }
        let built = on_threads(shares, |share| {
            let size = |part: usize| (count - (part << bits)).min(1 << bits);
            Ok(share.into_iter().map(|(part, buckets)| Part::new(shared, size(part), part << bits, buckets)).collect::<Vec<_>>())
        })?;
        Ok(Self { parts: built.into_iter().flatten().collect(), bits })
    }

    #[inline]
    pub(super) fn of(&self, visitor: u32) -> List<'_> {
        let n = (visitor & ((1 << self.bits) - 1)) as usize;
        let Some(part) = self.parts.get((visitor >> self.bits) as usize) else { return List::default() };
        let (Some(start), Some(end)) = (part.starts.get(n), part.starts.get(n + 1)) else { return List::default() };
        let range = *start as usize..*end as usize;
        List {
            nodes: part.nodes.get(range.clone()).unwrap_or_default(),
            products: part.products.get(range).unwrap_or_default(),
            is_asked: part.asked.get(n).is_some_and(|asked| *asked),
        }
    }
}

struct Collecting<'c, 's, 'a> {
    shared: &'c Shared<'s, 'a>,
    visitors: &'c Visitors,
    sieve: Sieve,
    lasts: Lasts,
    bits: u32,
    parts: usize,
}

impl Collecting<'_, '_, '_> {
    /// Keeps the touches of a stretch of rows that may earn from an order, a bucket for each part. With verdicts, all of its visitor are kept.
    fn collect(&self, rows: Range<usize>) -> Result<Vec<Bucket>> {
        let Shared { touches, stop, verdicts, lookups, .. } = *self.shared;
        let mut buckets: Vec<Bucket> = (0..self.parts).map(|_| Bucket::default()).collect();
        let (mut found, mut at, mut facts) = (Found::default(), Vec::new(), FactColumns::default());
        let mut row = rows.start;
        while row < rows.end {
            let (n, local) = touches.table.place(row);
            let Some(chunk) = touches.chunks.get(n) else { break };
            let start = touches.table.start(n);
            let end = chunk.rows.min(rows.end - start);
            let by_key = self.visitors.of_dictionary(chunk, end - local);
            for block_start in (local..end).step_by(BLOCK) {
                let block = block_start..end.min(block_start + BLOCK);
                if (start + block.start).next_multiple_of(STEP) < start + block.end {
                    stop.step()?;
                }
                self.visitors.find(chunk, by_key.as_deref(), block, &self.sieve, &mut found);
                chunk.at.fill(&found.rows, &mut at);
                if at.iter().any(|at| !is_time(*at)) {
                    return self.first_slip(n, chunk, &found);
                }
                if !verdicts {
                    self.drop_late(&mut found, &mut at);
                }
                if touches.fill(chunk, n, &found.rows, lookups, &mut facts).is_err() {
                    return self.first_slip(n, chunk, &found);
                }
                self.keep(start as u32, &found, &at, &facts, &mut buckets);
            }
            row = start + end;
        }
        Ok(buckets)
    }

    /// Forgets touches after all orders of their visitors.
    fn drop_late(&self, found: &mut Found, at: &mut Vec<i64>) {
        found.mark(at, |number, at| self.lasts.may_order_from(number, *at));
        found.keep_marked(at);
    }

    fn keep(&self, start: u32, found: &Found, at: &[i64], facts: &FactColumns, buckets: &mut [Bucket]) {
        let Shared { rules, verdicts, .. } = *self.shared;
        for (n, ((local, visitor), at)) in found.rows.iter().zip(&found.numbers).zip(at).enumerate() {
            let row = start + *local; // INVARIANT: fewer than 2^32 rows
            let facts = facts.get(n);
            let lite = match rules.alone(row, facts) {
                Some(lite) => lite,
                None if verdicts => Lite { row, affiliate: facts.affiliate, product: facts.product, evidence: facts.evidence },
                None => continue,
            };
            let node = Node { at: *at, row, who: Who::new(lite.affiliate, lite.evidence) };
            if let Some(bucket) = buckets.get_mut((*visitor >> self.bits) as usize) {
                bucket.push(Kept { node, visitor: *visitor, product: lite.product });
            }
        }
    }

    /// The error of the first row that has one.
    #[cold]
    fn first_slip<T>(&self, n: usize, chunk: &Chunk<'_>, found: &Found) -> Result<T> {
        let Shared { touches, lookups, verdicts, .. } = *self.shared;
        for (row, number) in found.rows.iter().zip(&found.numbers) {
            let at = touches.millis(n, *row as usize)?;
            if verdicts || self.lasts.may_order_from(*number, at) {
                touches.facts(chunk, n, *row as usize, lookups)?;
            }
        }
        Err(crate::Error::new(crate::ErrorCode::ColumnType, "/touches: a column cannot be read"))
    }
}

impl Part {
    fn new(shared: &Shared<'_, '_>, visitors: usize, first: usize, buckets: Vec<Bucket>) -> Self {
        let mut starts = vec![0_u32; visitors + 1];
        let place = |visitor: u32| visitor as usize - first;
        for kept in buckets.iter().flat_map(Bucket::iter) {
            if let Some(count) = starts.get_mut(place(kept.visitor) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let has_products = !shared.rules.takes_all_products() && shared.touches.table.has("product");
        let mut nodes = vec![Node::default(); sum as usize];
        let mut products = vec![NONE; if has_products { nodes.len() } else { 0 }];
        for kept in buckets.iter().flat_map(Bucket::iter) {
            let Some(next) = next.get_mut(place(kept.visitor)) else { continue };
            if let Some(node) = nodes.get_mut(*next as usize) {
                *node = kept.node;
            }
            if let Some(product) = products.get_mut(*next as usize) {
                *product = kept.product;
            }
            *next += 1;
        }
        drop(buckets);
        let mut part = Self { starts, nodes, products, asked: Vec::new() };
        part.finish(shared);
        part
    }

    /// Puts each visitor's touches into their total order, marks tiers, and says for whom the single call is asked.
    fn finish(&mut self, shared: &Shared<'_, '_>) {
        let Shared { rules, touches, verdicts, .. } = *shared;
        let marks = rules.tiers > 1;
        let asks = !verdicts && shared.asks();
        let Self { starts, nodes, products, asked } = self;
        asked.resize(if asks { starts.len() } else { 0 }, false);
        for (n, range) in starts.windows(2).enumerate() {
            let [start, end] = range else { continue };
            let range = *start as usize..*end as usize;
            let Some(list) = nodes.get_mut(range.clone()) else { continue };
            if !list.is_sorted_by(|a, b| a.at < b.at) {
                sort(shared, list, products.get_mut(range).unwrap_or_default());
            }
            if marks {
                let mut strongest = u8::MAX;
                for node in list.iter_mut() {
                    strongest = strongest.min(rules.tier_of(node.who.evidence()));
                    node.who = node.who.marked(strongest);
                }
            }
            if let Some(asked) = asked.get_mut(n) {
                let needs_others = |node: &Node| {
                    rules.stands_down(node.who.affiliate()) || (rules.coupons_need_touches && node.who.evidence() == Evidence::Coupon)
                };
                let clicks = list.iter().filter_map(|node| touches.click(node.row)).map(attribution::print);
                *asked = list.iter().any(needs_others) || (touches.has_clicks && attribution::may_repeat(list.len(), clicks));
            }
        }
    }
}

fn sort(shared: &Shared<'_, '_>, list: &mut [Node], products: &mut [u32]) {
    let compare = |a: &Node, b: &Node| match shared.verdicts {
        // INVARIANT: the single call puts them into order; of those that are alike in all, the row decides.
        true => (a.at, a.row).cmp(&(b.at, b.row)),
        false => shared.compare(a, b),
    };
    if products.is_empty() {
        return list.sort_unstable_by(compare);
    }
    let mut both: Vec<(Node, u32)> = list.iter().copied().zip(products.iter().copied()).collect();
    both.sort_unstable_by(|(a, _), (b, _)| compare(a, b));
    for ((node, product), sorted) in list.iter_mut().zip(products).zip(both) {
        (*node, *product) = sorted;
    }
}
