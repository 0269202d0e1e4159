//! Journeys: published results, and the chain restated by brute force.
#![allow(clippy::float_arithmetic, reason = "the naive twin")]

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use proptest::prelude::*;
use sentby::{JourneyOptions, Journeys, PathTransform, shapley_value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Row<'a> = (&'a str, i64, i64, f64);

fn journeys(rows: &[Row<'_>]) -> Journeys {
    let batch = RecordBatch::try_from_iter([
        ("path", Arc::new(rows.iter().map(|r| Some(r.0)).collect::<StringArray>()) as ArrayRef),
        ("conversions", Arc::new(rows.iter().map(|r| Some(r.1)).collect::<Int64Array>())),
        ("nulls", Arc::new(rows.iter().map(|r| Some(r.2)).collect::<Int64Array>())),
        ("value", Arc::new(rows.iter().map(|r| Some(r.3)).collect::<Float64Array>())),
    ])
    .unwrap();
    Journeys::from_paths(&[batch], ">").unwrap()
}

fn by_channel(batch: &RecordBatch, column: &str) -> BTreeMap<String, f64> {
    let names = batch.column_by_name("channel").unwrap().as_string::<i32>();
    let values = batch.column_by_name(column).unwrap_or_else(|| panic!("no {column}")).as_primitive::<Float64Type>();
    (0..batch.num_rows()).map(|n| (names.value(n).to_owned(), values.value(n))).collect()
}

fn near(found: &BTreeMap<String, f64>, wanted: &[(&str, f64)]) {
    assert_eq!(found.len(), wanted.len(), "{found:?}");
    for (name, value) in wanted {
        assert!((found[*name] - value).abs() < 1e-9, "{name}: {} is not {value}", found[*name]);
    }
}

/// Anderl, Becker, von Wangenheim and Schumann (2014), as it is retold everywhere: three journeys, one converts.
#[test]
fn three_journeys_have_the_published_removal_effects() {
    let journeys = journeys(&[("c1 > c2 > c3", 1, 0, 10.0), ("c1", 0, 1, 0.0), ("c2 > c3", 0, 1, 0.0)]);
    let answer = journeys.markov(1).unwrap();
    near(&by_channel(&answer.channels, "removal_effect"), &[("c1", 0.5), ("c2", 1.0), ("c3", 1.0)]);
    near(&by_channel(&answer.channels, "conversions"), &[("c1", 0.2), ("c2", 0.4), ("c3", 0.4)]);
    near(&by_channel(&answer.channels, "value"), &[("c1", 2.0), ("c2", 4.0), ("c3", 4.0)]);
}

/// A game of three channels with seven worths, as published with the R package GameTheoryAllocation.
#[test]
fn a_game_of_seven_worths_has_the_published_values() {
    // F is bit 0, O bit 1, L bit 2.
    let worth = [0.0, 0.2, 0.1, 0.47, 0.17, 0.67, 0.27, 1.0];
    let values = shapley_value(&worth).unwrap();
    for (value, wanted) in values.iter().zip([0.455, 0.205, 0.34]) {
        assert!((value - wanted).abs() < 1e-12, "{values:?}");
    }
    for bad in [&[0.0][..], &[0.0, 1.0, 2.0], &[1.0, 2.0], &[]] {
        assert_eq!(shapley_value(bad).unwrap_err().code().as_str(), "number_invalid");
    }
}

#[test]
fn the_usual_models_share_as_they_are_named() {
    let journeys = journeys(&[("a > b > c > b", 10, 0, 100.0), ("a > c", 1, 5, 8.0), ("b", 2, 0, 2.0), ("c > c", 0, 3, 0.0)]);
    let table = journeys.heuristics().unwrap();
    near(&by_channel(&table, "first"), &[("a", 11.0), ("b", 2.0), ("c", 0.0)]);
    near(&by_channel(&table, "last"), &[("a", 0.0), ("b", 12.0), ("c", 1.0)]);
    near(&by_channel(&table, "linear"), &[("a", 3.0), ("b", 7.0), ("c", 3.0)]);
    near(&by_channel(&table, "position_based"), &[("a", 4.5), ("b", 7.0), ("c", 1.5)]);
    near(&by_channel(&table, "first_value"), &[("a", 108.0), ("b", 2.0), ("c", 0.0)]);
    near(
        &by_channel(&journeys.shapley().unwrap(), "conversions"),
        &[("a", 10.0 / 3.0 + 0.5), ("b", 10.0 / 3.0 + 2.0), ("c", 10.0 / 3.0 + 0.5)],
    );
    let ordered = journeys.ordered_shapley().unwrap();
    let places = ordered.column_by_name("position").unwrap().as_primitive::<arrow_array::types::Int64Type>().values().to_vec();
    assert_eq!(places, [1, 1, 2, 2, 3]); // a first; b first and second; c second and third
}

#[test]
fn paths_change_as_fractribution_says() {
    let journeys = journeys(&[("a > a > b > a > c > b", 1, 0, 1.0), ("direct > direct", 1, 0, 1.0), ("direct > a > direct", 1, 0, 1.0)]);
    let paths = |journeys: &Journeys| {
        let table = journeys.ordered_shapley().unwrap();
        let (names, places) = (table.column_by_name("channel").unwrap().as_string::<i32>(), table.column_by_name("position").unwrap());
        (0..table.num_rows())
            .map(|n| format!("{}{}", names.value(n), places.as_primitive::<arrow_array::types::Int64Type>().value(n)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let linear = |journeys: &Journeys| by_channel(&journeys.heuristics().unwrap(), "linear");
    near(
        &linear(&journeys.transform(PathTransform::Unique).unwrap()),
        &[("a", 0.5 + 1.0 / 3.0), ("b", 1.0 / 3.0), ("c", 1.0 / 6.0), ("direct", 1.0 + 2.0 / 3.0)],
    );
    near(
        &linear(&journeys.transform(PathTransform::Exposure).unwrap()),
        &[("a", 0.4 + 1.0 / 3.0), ("b", 0.4), ("c", 0.2), ("direct", 1.0 + 2.0 / 3.0)],
    );
    near(
        &linear(&journeys.transform(PathTransform::First).unwrap()),
        &[("a", 1.0 / 3.0 + 0.5), ("b", 1.0 / 3.0), ("c", 1.0 / 3.0), ("direct", 1.5)],
    );
    assert_eq!(
        paths(&journeys.transform(PathTransform::Frequency).unwrap()),
        "a(3)1 b(2)2 c(1)3 direct(2)1 direct(2)1 a(1)2".replace("direct(2)1 direct(2)1", "direct(2)1")
    );
    near(&linear(&journeys.trim(2).unwrap()), &[("a", 0.5), ("b", 0.5), ("c", 0.5), ("direct", 1.5)]);
    near(&linear(&journeys.remove_if_not_all("direct", false)), &[("a", 0.5 + 1.0), ("b", 1.0 / 3.0), ("c", 1.0 / 6.0), ("direct", 1.0)]);
    near(&linear(&journeys.remove_if_not_all("direct", true)), &[("a", 0.5 + 0.5), ("b", 1.0 / 3.0), ("c", 1.0 / 6.0), ("direct", 1.5)]);
    assert_eq!(journeys.trim(0).unwrap_err().code().as_str(), "number_invalid");
}

#[test]
fn journeys_end_with_orders() {
    const DAY: i64 = 86_400_000;
    let int = |list: &[i64]| Arc::new(Int64Array::from(list.to_vec())) as ArrayRef;
    let text = |list: &[Option<&str>]| Arc::new(StringArray::from(list.to_vec())) as ArrayRef;
    // Out of order, and one without a channel. Visitor 1 orders twice; 2 never; 3 too late; 4 was never touched.
    let touches = RecordBatch::try_from_iter_with_nullable([
        ("visitor", int(&[1, 1, 2, 1, 3, 1]), false),
        ("at", int(&[3 * DAY, DAY, DAY, 9 * DAY, 0, 2 * DAY]), false),
        ("affiliate", text(&[Some("bob"), Some("anna"), Some("carl"), Some("dora"), Some("emil"), None]), true),
    ])
    .unwrap();
    let orders = RecordBatch::try_from_iter([
        ("visitor", int(&[1, 1, 3, 4])),
        ("at", int(&[4 * DAY, 5 * DAY, 40 * DAY, 1])),
        ("gross", int(&[100, 7, 50, 9])),
    ])
    .unwrap();
    let journeys = Journeys::from_touches(&[touches], &[orders], &JourneyOptions::default()).unwrap();
    assert_eq!((journeys.count(), journeys.conversions()), (3, 1));
    let table = journeys.heuristics().unwrap();
    assert_eq!(by_channel(&table, "last").iter().filter(|(_, n)| **n > 0.0).map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["bob"]);
    let decay = by_channel(&table, "time_decay_value");
    assert!((decay["anna"] + decay["bob"] - 100.0).abs() < 1e-9 && decay["bob"] > decay["anna"], "{decay:?}");
    // Two days more at a half-life of 7: 2^(-2/7).
    assert!((decay["anna"] / decay["bob"] - (-2.0_f64 / 7.0).exp2()).abs() < 1e-8, "{decay:?}");
}

#[test]
fn wrong_tables_of_paths_are_refused_with_their_place() {
    let text = |list: &[Option<&str>]| Arc::new(StringArray::from(list.to_vec())) as ArrayRef;
    let int = |list: &[i64]| Arc::new(Int64Array::from(list.to_vec())) as ArrayRef;
    let of = |columns: Vec<(&str, ArrayRef)>| {
        let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
        Journeys::from_paths(&[batch], ">").unwrap_err().to_string()
    };
    assert_eq!(of(vec![("paths", text(&[Some("a")]))]), "column_missing: /paths: there is no column `path`; is it `paths` misspelled?");
    assert_eq!(of(vec![("path", text(&[Some("a"), None]))]), "column_null: /paths/1/path: is empty");
    assert_eq!(of(vec![("path", text(&[Some("a")])), ("nulls", int(&[-1]))]), "number_invalid: /paths/0/nulls: -1 is negative");
    assert_eq!(of(vec![("path", int(&[1]))]), "column_type: /paths/path: is Int64, expected texts or lists of texts");
    let nan = Arc::new(Float64Array::from(vec![f64::NAN])) as ArrayRef;
    assert_eq!(of(vec![("path", text(&[Some("a")])), ("value", nan)]), "number_invalid: /paths/0/value: is no finite number");
    let journeys = journeys(&[("a", 1, 0, 1.0)]);
    assert_eq!(journeys.markov(0).unwrap_err().to_string(), "number_invalid: /order: 0 is not 1 to 4");
    assert_eq!(journeys.markov(5).unwrap_err().code().as_str(), "number_invalid");
}

/// The chain by brute force: states as lists of names, transitions as fractions of counts, and the answer by sweeping until nothing moves.
fn restated(rows: &[(Vec<String>, u64, u64)], order: usize, without: Option<&str>) -> f64 {
    let mut next: BTreeMap<Vec<String>, BTreeMap<Vec<String>, u64>> = BTreeMap::new();
    let (won, lost) = (vec!["(won)".to_owned()], vec!["(lost)".to_owned()]);
    for (path, conversions, nulls) in rows {
        let mut steps = path.clone();
        steps.dedup();
        let grams: Vec<Vec<String>> =
            if steps.len() < order { vec![steps] } else { steps.windows(order).map(<[String]>::to_vec).collect() };
        let mut state = vec!["(start)".to_owned()];
        for gram in grams.into_iter().filter(|gram| !gram.is_empty()) {
            *next.entry(state).or_default().entry(gram.clone()).or_default() += conversions + nulls;
            state = gram;
        }
        *next.entry(state.clone()).or_default().entry(won.clone()).or_default() += conversions;
        *next.entry(state).or_default().entry(lost.clone()).or_default() += nulls;
    }
    let mut x: BTreeMap<&Vec<String>, f64> = next.keys().map(|state| (state, 0.0)).collect();
    for _ in 0..5000 {
        let mut moved = 0.0_f64;
        for (state, to) in &next {
            let total: u64 = to.values().sum();
            let gone = without.is_some_and(|name| state.iter().any(|step| step == name));
            let sum: f64 = to.iter().map(|(t, n)| *n as f64 * if *t == won { 1.0 } else { x.get(t).copied().unwrap_or(0.0) }).sum();
            let value = if gone || total == 0 { 0.0 } else { sum / total as f64 };
            moved = moved.max((x[state] - value).abs());
            x.insert(state, value);
        }
        if moved < 1e-15 {
            break;
        }
    }
    x[&vec!["(start)".to_owned()]]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn chains_agree_with_brute_force(
        rows in prop::collection::vec((prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "d"]), 0..7), 0..4_u64, 0..4_u64), 1..12)
    ) {
        prop_assume!(rows.iter().any(|(_, won, lost)| won + lost > 0));
        let texts: Vec<String> = rows.iter().map(|(path, ..)| path.join(" > ")).collect();
        let table: Vec<Row<'_>> = rows.iter().zip(&texts).map(|((_, won, lost), text)| (text.as_str(), *won as i64, *lost as i64, *won as f64)).collect();
        let journeys = journeys(&table);
        let owned: Vec<(Vec<String>, u64, u64)> = rows.iter().map(|(path, won, lost)| (path.iter().map(|s| (*s).to_owned()).collect(), *won, *lost)).collect();
        let channels: BTreeSet<&str> = rows.iter().flat_map(|(path, ..)| path.iter().copied()).collect();
        let (won, all) = (journeys.conversions() as f64, journeys.count() as f64);
        for order in 1..=4 {
            let answer = journeys.markov(order).unwrap();
            // The chain converts as often as the journeys did.
            prop_assert!((answer.conversion_rate - won / all).abs() < 1e-12, "order {order}: {} {}", answer.conversion_rate, won / all);
            let effects = by_channel(&answer.channels, "removal_effect");
            let values = by_channel(&answer.channels, "removal_effect_value");
            let whole = restated(&owned, order as usize, None);
            for channel in &channels {
                let wanted = if whole == 0.0 { 0.0 } else { 1.0 - restated(&owned, order as usize, Some(channel)) / whole };
                prop_assert!((effects[*channel] - wanted).abs() < 1e-9, "order {order}, {channel}: {} {wanted}", effects[*channel]);
                // Every conversion is worth 1 here, so that both effects are one.
                prop_assert!((effects[*channel] - values[*channel]).abs() < 1e-9);
            }
            let credited: f64 = by_channel(&answer.channels, "conversions").values().sum();
            prop_assert!(credited == 0.0 || (credited - won).abs() < 1e-9, "{credited} {won}");
        }
        // No order of the rows changes a bit of the heuristics' sums by more than the last places.
        let mut turned = table.clone();
        turned.reverse();
        let (one, other) = (by_channel(&journeys.heuristics().unwrap(), "linear"), by_channel(&self::journeys(&turned).heuristics().unwrap(), "linear"));
        for (name, value) in one {
            prop_assert!((value - other[&name]).abs() < 1e-9);
        }
    }
}

/// More states than are solved by elimination: the sweeps agree with the counts.
#[test]
fn large_chains_convert_as_often_as_their_journeys() {
    let mut state = 1_u64;
    let mut pick = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let texts: Vec<String> = (0..3000).map(|_| (0..1 + pick(8)).map(|_| format!("c{}", pick(30))).collect::<Vec<_>>().join(">")).collect();
    let rows: Vec<Row<'_>> = texts.iter().map(|text| (text.as_str(), pick(3) as i64, pick(20) as i64, 1.0)).collect();
    let journeys = journeys(&rows);
    for order in 1..=4 {
        let answer = journeys.markov(order).unwrap();
        assert!(order == 1 || answer.states > 400, "{}", answer.states);
        assert!((answer.conversion_rate - journeys.conversions() as f64 / journeys.count() as f64).abs() < 1e-12, "order {order}");
    }
}

/// Where steps are tossed, no memory helps; where the third step repeats the first, two steps of memory do.
#[test]
fn the_order_that_foretells_best_is_chosen() {
    let mut state = 1_u64;
    let mut pick = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let chosen = |texts: &[String]| {
        let rows: Vec<Row<'_>> =
            texts.iter().enumerate().map(|(n, text)| (text.as_str(), (n % 3 == 0) as i64, (n % 3 != 0) as i64, 1.0)).collect();
        let table = journeys(&rows).markov_orders(3).unwrap();
        let chosen = table.column_by_name("chosen").unwrap().as_boolean();
        assert_eq!((table.num_rows(), chosen.values().count_set_bits()), (3, 1));
        (0..3).find(|n| chosen.value(*n)).map(|n| n + 1)
    };
    let tossed: Vec<String> = (0..3000).map(|_| (0..1 + pick(8)).map(|_| format!("c{}", pick(12))).collect::<Vec<_>>().join(">")).collect();
    assert_eq!(chosen(&tossed), Some(1));
    let echoed: Vec<String> = (0..3000)
        .map(|_| {
            let (a, b) = (pick(6), pick(6));
            format!("c{a} > d{b} > c{a} > d{b} > c{a}")
        })
        .collect();
    assert_eq!(chosen(&echoed), Some(2));
}
