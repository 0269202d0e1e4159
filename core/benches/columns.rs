//! Ten million touches and a million orders, decided as columns. `SENTBY_ROWS=1000000` takes fewer touches; orders are a tenth;
//! `SENTBY_ROUNDS` is how often each is measured, 5 by itself; `SENTBY_COLUMNS=order,affiliate,amount` asks for these columns of the credits alone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::float_arithmetic, clippy::disallowed_methods, reason = "a benchmark")]

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray};
use sentby::{ColumnOptions, Currency, Journeys, Program};
use std::cell::LazyCell;
use std::sync::Arc;
use std::time::Instant;

const DAY: f64 = 86_400_000.0;
const START: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z

/// Steele, Lea and Flood's SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() * n as f64) as usize
    }
}

struct Data {
    visitors: Vec<i64>,
    at: Vec<i64>,
}

/// Rows in order of time; visitors by Zipf's law with the exponent 1/2: rank = n × u².
fn rows(random: &mut Random, count: usize, visitors: usize) -> Data {
    let mut at: Vec<i64> = (0..count).map(|_| START + (random.next() * 30.0 * DAY) as i64).collect();
    at.sort_unstable();
    let visitors = (0..count).map(|_| (visitors as f64 * random.next().powi(2)) as i64).collect();
    Data { visitors, at }
}

fn codes(random: &mut Random, count: usize, prefix: &str, of: usize) -> ArrayRef {
    let keys: Int32Array = (0..count).map(|_| Some(random.below(of) as i32)).collect();
    let values: StringArray = (0..of).map(|n| Some(format!("{prefix}{n}"))).collect();
    Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(values)))
}

fn names(list: &[i64]) -> ArrayRef {
    Arc::new(list.iter().map(|v| Some(format!("{v:08x}-0000-4000-8000-{v:012x}"))).collect::<StringArray>())
}

fn shuffled(random: &mut Random, batch: &RecordBatch) -> RecordBatch {
    let mut places: Vec<u32> = (0..batch.num_rows() as u32).collect();
    for n in (1..places.len()).rev() {
        places.swap(n, random.below(n + 1));
    }
    let places = arrow_array::UInt32Array::from(places);
    let columns = batch.columns().iter().map(|c| arrow_select::take::take(c, &places, None).unwrap()).collect();
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}

fn program(attribution: &str, rest: &str) -> Program {
    let products: String = (0..50).map(|n| format!("[[products]]\nid = \"p{n}\"\n")).collect();
    let since = |n: usize| if n.is_multiple_of(10) { "2026-01-15T00:00:00Z" } else { "2020-01-01T00:00:00Z" };
    let affiliates: String = (0..200)
        .map(|n| format!("[[affiliates]]\nid = \"a{n}\"\npartnership = [{{ state = \"approved\", since = \"{}\" }}]\n", since(n)))
        .collect();
    Program::from_toml(&format!("sentby = 1\nvendor = \"v\"\n{products}{affiliates}[attribution]\n{attribution}\n{rest}")).unwrap()
}

/// Measures a job on tables that are only made if it is asked for.
fn measure<'t>(name: &str, program: &Program, tables: impl Fn() -> (&'t RecordBatch, &'t RecordBatch), threads: usize, entries: bool) {
    let columns = std::env::var("SENTBY_COLUMNS");
    let columns: Option<Vec<&str>> = columns.as_ref().ok().map(|names| names.split(',').collect());
    let (columns, currency) = (columns.as_deref(), Some(Currency::new("EUR").unwrap()));
    let options = ColumnOptions { threads, entries, columns, currency, ..ColumnOptions::default() };
    let job = || {
        let (touches, orders) = tables();
        let (touches, orders) = (std::slice::from_ref(touches), std::slice::from_ref(orders));
        program.attribute_columns(touches, orders, &options).unwrap().credits.num_rows()
    };
    if is_asked(name, threads) {
        tables();
        measure_job(name, threads, &job, "credits");
    }
}

/// `cargo bench … -- linear` measures what has the word in its name.
fn is_asked(name: &str, threads: usize) -> bool {
    let label = format!("{name} {threads}");
    std::env::args().skip(1).all(|word| word.starts_with("--") || label.contains(&word))
}

fn measure_job(name: &str, threads: usize, job: &dyn Fn() -> usize, of: &str) {
    if !is_asked(name, threads) {
        return;
    }
    let rounds: usize = std::env::var("SENTBY_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    let mut times = Vec::new();
    let mut size = 0;
    for _ in 0..rounds {
        let start = Instant::now();
        size = job();
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    println!("  {name:58} {threads} thread{} {:7.3} s  {size} {of}", if threads == 1 { " " } else { "s" }, times[times.len() / 2]);
}

/// Journeys from paths of up to 8 of 10 channels, read anew for each job.
fn paths(random: &mut Random, count: usize) {
    let path = |random: &mut Random| {
        let steps: Vec<String> =
            (0..1 + random.below(8)).map(|_| format!("channel {}", (10.0 * random.next().powf(1.5)) as usize)).collect();
        steps.join(" > ")
    };
    let list: StringArray = (0..count).map(|_| Some(path(random))).collect();
    let won: Int64Array = (0..count).map(|_| Some(random.below(3) as i64)).collect();
    let nulls: Int64Array = (0..count).map(|_| Some(random.below(20) as i64)).collect();
    let columns: [(&str, ArrayRef); 3] = [("path", Arc::new(list)), ("conversions", Arc::new(won)), ("nulls", Arc::new(nulls))];
    let rows = [RecordBatch::try_from_iter(columns).unwrap()];
    let read = || Journeys::from_paths(&rows, ">").unwrap();
    let jobs: [(&str, &dyn Fn() -> usize); 4] = [
        ("paths, read", &|| read().channels().count()),
        ("paths, read, Markov of order 1", &|| read().markov(1).unwrap().states),
        ("paths, read, Markov of order 2", &|| read().markov(2).unwrap().states),
        ("paths, read, heuristics", &|| read().heuristics().unwrap().num_rows()),
    ];
    for (name, job) in jobs {
        measure_job(name, 1, job, "states or channels");
    }
}

fn main() {
    let count: usize = std::env::var("SENTBY_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000_000);
    let (orders_count, visitors) = (count / 10, count * 3 / 10);
    let mut random = Random(7);
    let touch_rows = rows(&mut random, count, visitors);
    let order_rows = rows(&mut random, orders_count, visitors);
    let (affiliates, products) = (codes(&mut random, count, "a", 200), codes(&mut random, orders_count, "p", 50));
    let evidence: ArrayRef = {
        let keys: Int32Array = (0..count).map(|_| Some([0, 0, 1, 1, 1, 2][random.below(6)])).collect();
        Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(StringArray::from(vec!["token", "cookie", "parameter"]))))
    };
    let touch_products = codes(&mut random, count, "p", 50);
    let int = |list: &[i64]| Arc::new(Int64Array::from(list.to_vec())) as ArrayRef;
    let bare = RecordBatch::try_from_iter([
        ("visitor", int(&touch_rows.visitors)),
        ("at", int(&touch_rows.at)),
        ("affiliate", affiliates.clone()),
    ])
    .unwrap();
    let order_ids = int(&(0..orders_count as i64).collect::<Vec<_>>());
    let gross: Vec<i64> = (0..orders_count).map(|_| 100 + random.below(100_000) as i64).collect();
    let tax: Vec<i64> = gross.iter().map(|g| g * 19 / 119).collect();
    let orders = RecordBatch::try_from_iter([
        ("order", order_ids.clone()),
        ("visitor", int(&order_rows.visitors)),
        ("at", int(&order_rows.at)),
        ("product", products),
        ("gross", int(&gross)),
        ("tax", int(&tax)),
    ])
    .unwrap();
    println!("{count} touches of {visitors} visitors, {orders_count} orders, medians of the rounds");
    let last = program("cross_product = true", "");
    measure("last touch, rows in order of time, int ids", &last, || (&bare, &orders), 1, false);
    measure("last touch, rows in order of time, int ids", &last, || (&bare, &orders), 2, false);
    let mixed = LazyCell::new(|| {
        let mut random = Random(8);
        (shuffled(&mut random, &bare), shuffled(&mut random, &orders))
    });
    let mixed_tables = || (&mixed.0, &mixed.1);
    measure("last touch, shuffled rows", &last, mixed_tables, 1, false);
    measure("last touch, shuffled rows", &last, mixed_tables, 2, false);
    let with = |batch: &RecordBatch, list: &[i64]| {
        let mut columns = batch.columns().to_vec();
        let place = batch.schema().index_of("visitor").unwrap();
        columns[place] = names(list);
        let fields = batch.schema().fields().iter().map(|f| f.name().clone()).zip(columns).collect::<Vec<_>>();
        RecordBatch::try_from_iter(fields).unwrap()
    };
    let text = LazyCell::new(|| (with(&bare, &touch_rows.visitors), with(&orders, &order_rows.visitors)));
    let text_tables = || (&text.0, &text.1);
    measure("last touch, 36-character visitors", &last, text_tables, 1, false);
    measure("last touch, 36-character visitors", &last, text_tables, 2, false);
    let linear = program("model = \"linear\"\nprecedence = \"none\"", "");
    measure("linear, exact cents", &linear, || (&bare, &orders), 1, false);
    measure("linear, exact cents", &linear, || (&bare, &orders), 2, false);
    let decay = program("model = \"time_decay\"\nprecedence = \"none\"", "");
    measure("time decay, exact cents", &decay, || (&bare, &orders), 1, false);
    measure("time decay, exact cents", &decay, || (&bare, &orders), 2, false);
    let rules = "windows = { cookie = \"7d\", token = \"60d\" }\ncross_product = true";
    let money = "[[commission]]\nwhen = { product = \"p1\" }\npays = { percent = \"40\" }\n[[commission]]\npays = { percent = \"30\" }\n[settlement]\npreset = \"copecart\"";
    let full = RecordBatch::try_from_iter([
        ("visitor", int(&touch_rows.visitors)),
        ("at", int(&touch_rows.at)),
        ("affiliate", affiliates),
        ("evidence", evidence),
        ("product", touch_products),
    ])
    .unwrap();
    measure("evidence, windows, partnerships", &program(rules, ""), || (&full, &orders), 1, false);
    measure("the same, settled", &program(rules, money), || (&full, &orders), 1, true);
    measure("the same, settled", &program(rules, money), || (&full, &orders), 2, true);
    paths(&mut random, orders_count);
}
