//! Tables that cannot be read: each is refused with its code and the table, row and column, whichever way the engine reads such a table.

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
    TimestampMillisecondArray, TimestampSecondArray, UInt64Array,
};
use arrow_schema::{Field, Schema};
use sentby::{ColumnOptions, Currency, Program, SAFE_MAX};
use std::sync::Arc;

type Column = (&'static str, ArrayRef);

fn texts(list: [Option<&str>; 3]) -> ArrayRef {
    Arc::new(StringArray::from(list.to_vec()))
}

fn ints(list: [i64; 3]) -> ArrayRef {
    Arc::new(Int64Array::from(list.to_vec()))
}

fn holes(list: [Option<i64>; 3]) -> ArrayRef {
    Arc::new(Int64Array::from(list.to_vec()))
}

fn floats() -> ArrayRef {
    Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]))
}

fn touches() -> Vec<Column> {
    vec![
        ("visitor", texts([Some("x"), Some("y"), Some("z")])),
        ("at", ints([1_000, 2_000, 3_000])),
        ("affiliate", texts([Some("anna"), Some("ben"), Some("anna")])),
    ]
}

fn orders() -> Vec<Column> {
    vec![
        ("order", texts([Some("A-1"), Some("A-2"), Some("A-3")])),
        ("visitor", texts([Some("x"), Some("y"), Some("z")])),
        ("at", ints([5_000, 6_000, 7_000])),
        ("product", texts([Some("p"), Some("q"), Some("p")])),
        ("gross", ints([1_000, 2_000, 3_000])),
        ("tax", ints([190, 380, 570])),
    ]
}

/// The columns with another one in its place, or behind them.
fn with(mut columns: Vec<Column>, name: &'static str, array: ArrayRef) -> Vec<Column> {
    match columns.iter_mut().find(|column| column.0 == name) {
        Some(column) => column.1 = array,
        None => columns.push((name, array)),
    }
    columns
}

fn without(columns: Vec<Column>, name: &str) -> Vec<Column> {
    columns.into_iter().filter(|column| column.0 != name).collect()
}

fn batch(columns: &[Column]) -> RecordBatch {
    let fields: Vec<Field> = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.iter().map(|column| column.1.clone()).collect()).unwrap()
}

fn program() -> Program {
    let since = "partnership = [{ state = \"approved\", since = \"1970-01-01T00:00:00Z\" }]";
    Program::from_toml(&format!(
        "sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[products]]\nid = \"q\"\n[[affiliates]]\nid = \"anna\"\n{since}\n[[affiliates]]\nid = \"ben\"\n{since}\n[[commission]]\npays = {{ percent = \"10\" }}"
    ))
    .unwrap()
}

/// What is said, in whichever way the tables are read; empty if nothing is.
fn said(touches: &[RecordBatch], orders: &[RecordBatch], currency: Option<&str>) -> String {
    let answer = |threads, verdicts| {
        let currency = currency.map(|code| Currency::new(code).unwrap());
        let options = ColumnOptions { threads, verdicts, currency, ..ColumnOptions::default() };
        program().attribute_columns(touches, orders, &options).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let first = answer(1, false);
    assert_eq!((&answer(2, false), &answer(1, true)), (&first, &first));
    first
}

fn orders_said(columns: Vec<Column>) -> String {
    said(&[batch(&touches())], &[batch(&columns)], Some("EUR"))
}

fn touches_said(columns: Vec<Column>) -> String {
    said(&[batch(&columns)], &[batch(&orders())], Some("EUR"))
}

fn check(said: &str, wanted: &str) {
    match wanted {
        "" => assert_eq!(said, ""),
        _ => assert!(said.starts_with(wanted), "{said}, not {wanted}"),
    }
}

#[test]
fn orders_name_the_cell_that_is_wrong() {
    let beyond = SAFE_MAX + 1;
    let decimals =
        |list: [i128; 3], scale| Arc::new(Decimal128Array::from(list.to_vec()).with_precision_and_scale(38, scale).unwrap()) as ArrayRef;
    for (name, array, wanted) in [
        ("order", texts([Some("A-1"), None, Some("A-3")]), "column_null: /orders/1/order: is empty"),
        ("order", holes([Some(1), None, Some(3)]), "column_null: /orders/1/order: is empty"),
        ("order", texts([Some("A-1"), Some("A-2"), Some("A-1")]), "order_repeated: /orders/2/order: `A-1` is the order of row 0 too"),
        ("order", ints([7, 8, 7]), "order_repeated: /orders/2/order: `7` is the order of row 0 too"),
        ("order", texts([Some("A-1"), Some(""), Some("A-3")]), "text_invalid: /orders/1/order"),
        ("order", texts([Some("A-1"), Some("A\n2"), Some("A-3")]), "text_invalid: /orders/1/order"),
        ("order", floats(), "column_type: /orders/order: is Float64, expected texts or whole numbers"),
        ("visitor", floats(), "column_type: /orders/visitor: is Float64, expected texts or whole numbers"),
        ("visitor", ints([1, 2, 3]), "column_type: /orders/visitor: is of whole numbers, that of the touches of texts"),
        ("visitor", texts([None, None, Some("z")]), ""),
        ("at", holes([Some(1), Some(2), None]), "column_null: /orders/2/at: is empty"),
        ("at", ints([1, beyond, 3]), "time_invalid: /orders/1/at"),
        ("at", ints([1, 2, -beyond]), "time_invalid: /orders/2/at"),
        ("at", texts([Some("today"); 3]), "column_type: /orders/at: is Utf8, expected timestamps with a time zone, or milliseconds"),
        ("at", Arc::new(TimestampMillisecondArray::from(vec![1, 2, 3])), "time_naive: /orders/at: is a timestamp without a time zone"),
        ("at", Arc::new(TimestampSecondArray::from(vec![1, 1 << 60, 3]).with_timezone("UTC")), "time_invalid: /orders/1/at"),
        ("product", texts([Some("p"), None, Some("p")]), "column_null: /orders/1/product: is empty"),
        ("product", texts([Some("p"), Some(""), Some("p")]), "text_invalid: /orders/1/product"),
        ("product", texts([Some("p"), Some("unknown"), Some("p")]), ""),
        ("product", ints([1, 2, 3]), "column_type: /orders/product: is Int64, expected texts"),
        ("gross", holes([Some(1_000), None, Some(3_000)]), "column_null: /orders/1/gross: is empty"),
        ("gross", ints([1_000, -1, 3_000]), "amount_negative: /orders/1/gross: -1 is negative"),
        ("gross", ints([1_000, 2_000, beyond]), "money_out_of_range: /orders/2/gross"),
        ("gross", Arc::new(UInt64Array::from(vec![1_000, u64::MAX, 3_000])), "money_out_of_range: /orders/1/gross: is beyond"),
        ("gross", floats(), "column_type: /orders/gross: is Float64, expected minor units as whole numbers, decimals, or decimal texts"),
        ("gross", texts([Some("10.00"), Some("20.001"), Some("30")]), "money_invalid: /orders/1/gross"),
        ("gross", texts([Some("10.00"), Some("twenty"), Some("30")]), "money_invalid: /orders/1/gross"),
        ("gross", texts([Some("10.00"), Some("20.00"), Some("30.5")]), ""),
        ("gross", decimals([10_000, 20_000, 30_001], 3), "money_invalid: /orders/2/gross: has more than 2 decimal digits, EUR has 2"),
        ("gross", decimals([i128::MAX / 200, 20_000, 30_001], 0), "money_out_of_range: /orders/0/gross"),
        ("gross", decimals([10, 20, 30], 0), ""),
        ("tax", ints([190, 2_001, 570]), "tax_over_gross: /orders/1/tax: 2001 is more than the gross of 2000"),
        ("tax", ints([190, -1, 570]), "amount_negative: /orders/1/tax: -1 is negative"),
        ("tax", holes([Some(190), None, Some(570)]), ""),
        ("quantity", ints([1, 0, 3]), "quantity_invalid: /orders/1/quantity: 0 is not 1 to 4294967295"),
        ("quantity", ints([1, 2, 1 << 32]), "quantity_invalid: /orders/2/quantity: 4294967296 is not"),
        ("quantity", holes([Some(1), None, Some(3)]), ""),
        ("quantity", texts([Some("1"); 3]), "column_type: /orders/quantity: is Utf8, expected whole numbers"),
        ("payment", ints([1, 0, 3]), "quantity_invalid: /orders/1/payment: 0 is not 1 to 4294967295"),
        ("payment", ints([1, -2, 3]), "quantity_invalid: /orders/1/payment: -2 is not"),
        ("currency", texts([Some("EUR"), Some("EURO"), Some("EUR")]), "currency_unknown: /orders/1/currency"),
        ("currency", texts([Some("EUR"), None, Some("USD")]), ""),
    ] {
        check(&orders_said(with(orders(), name, array.clone())), wanted);
        // The same for orders whose other columns are not the plainest.
        let cart = with(with(orders(), name, array), "cart_at", holes([None, Some(5_500), None]));
        check(&orders_said(cart), wanted.split(": ").take(2).collect::<Vec<_>>().join(": ").as_str());
    }
}

#[test]
fn the_rarer_columns_of_orders_are_looked_at_too() {
    for (name, array, wanted) in [
        ("shipping", ints([0, -5, 0]), "amount_negative: /orders/1/shipping"),
        ("discount", texts([Some("0"), Some("1,5"), None]), "money_invalid: /orders/1/discount"),
        ("cart_at", ints([0, 0, SAFE_MAX + 1]), "time_invalid: /orders/2/cart_at"),
        ("first_at", ints([0, SAFE_MAX + 1, 0]), "time_invalid: /orders/1/first_at"),
        ("first_at", texts([None; 3]), "column_type: /orders/first_at: is Utf8, expected timestamps"),
        ("identities", ints([1, 2, 3]), "column_type: /orders/identities: is Int64, expected texts or lists of texts"),
        ("coupons", floats(), "column_type: /orders/coupons: is Float64, expected texts or lists of texts"),
        ("country", ints([1, 2, 3]), "column_type: /orders/country: is Int64, expected texts"),
        ("customer", texts([Some("new"), Some("queen"), None]), "word_unknown: /orders/1/customer: `queen`"),
        ("event", texts([Some("sale"), Some("gift"), None]), "word_unknown: /orders/1/event: `gift`"),
        ("rate", texts([None, Some("101"), None]), "rate_invalid: /orders/1/rate"),
        ("accounts", ints([0, -1, 2]), "number_invalid: /orders/1/accounts: -1 is not 0 to 4294967295"),
        ("accounts", ints([0, 1, 1 << 32]), "number_invalid: /orders/2/accounts"),
    ] {
        check(&orders_said(with(orders(), name, array)), wanted);
    }
}

/// Rows 0 and 2 are lines of one order.
#[test]
fn lines_of_one_order_agree_about_it() {
    let lines = || {
        let orders = with(orders(), "order", texts([Some("A-1"), Some("A-2"), Some("A-1")]));
        let orders = with(with(orders, "visitor", texts([Some("x"), Some("y"), Some("x")])), "at", ints([5_000, 6_000, 5_000]));
        with(orders, "line", texts([Some("1"), Some("1"), Some("2")]))
    };
    check(&orders_said(lines()), "");
    check(&orders_said(with(lines(), "line", ints([1, 1, 2]))), "");
    let (two, other) = (texts([Some("x"), None, Some("z")]), texts([Some("new"), None, Some("returning")]));
    for (name, array) in [
        ("visitor", texts([Some("x"), Some("y"), Some("z")])),
        ("at", ints([5_000, 6_000, 5_001])),
        ("cart_at", holes([None, None, Some(4_000)])),
        ("first_at", ints([1, 1, 2])),
        ("country", texts([Some("AT"), None, Some("DE")])),
        ("customer", other),
        ("event", texts([Some("sale"), None, Some("lead")])),
        ("rate", texts([Some("5"), None, Some("6")])),
        ("identities", two.clone()),
        ("coupons", two),
        ("accounts", ints([1, 2, 3])),
    ] {
        check(&orders_said(with(lines(), name, array)), &format!("order_lines: /orders/2/{name}: differs from row 0 of the same order"));
    }
    check(&orders_said(with(lines(), "line", texts([Some("1"), None, Some("2")]))), "column_null: /orders/1/line: is empty");
    check(&orders_said(with(lines(), "line", holes([Some(1), Some(1), None]))), "column_null: /orders/2/line: is empty");
    check(&orders_said(with(lines(), "line", texts([Some("1"), Some("1"), Some("1")]))), "line_repeated: /orders/2/line");
    check(&orders_said(with(lines(), "currency", texts([Some("EUR"), Some("EUR"), Some("USD")]))), "currency_mismatch: /orders/2/gross");
    check(&orders_said(with(lines(), "line", floats())), "column_type: /orders/line: is Float64, expected texts or whole numbers");
}

#[test]
fn touches_name_the_cell_that_is_wrong() {
    let words = |list: Vec<Option<&str>>| Arc::new(list.into_iter().collect::<DictionaryArray<Int8Type>>()) as ArrayRef;
    for (name, array, wanted) in [
        ("visitor", floats(), "column_type: /touches/visitor: is Float64, expected texts or whole numbers"),
        ("visitor", texts([None, Some("y"), None]), ""),
        ("at", holes([Some(1), None, Some(3)]), "column_null: /touches/1/at: is empty"),
        ("at", ints([1, 2, SAFE_MAX + 1]), "time_invalid: /touches/2/at"),
        ("at", Arc::new(TimestampMillisecondArray::from(vec![1, 2, 3])), "time_naive: /touches/at"),
        ("affiliate", ints([1, 2, 3]), "column_type: /touches/affiliate: is Int64, expected texts"),
        ("affiliate", texts([None, Some("nobody we know"), Some("")]), ""),
        ("evidence", texts([Some("click"), Some("magic"), Some("click")]), "word_unknown: /touches/1/evidence: `magic` is no evidence"),
        ("evidence", words(vec![Some("click"), Some("click"), Some("magic")]), "word_unknown: /touches/2/evidence: `magic` is no evidence"),
        ("consent", texts([Some("granted"), Some("maybe"), None]), "word_unknown: /touches/1/consent: `maybe` is no consent"),
        ("consent", words(vec![Some("denied"), None, Some("maybe")]), "word_unknown: /touches/2/consent: `maybe` is no consent"),
        ("product", floats(), "column_type: /touches/product: is Float64, expected texts"),
        ("campaign", ints([1, 2, 3]), "column_type: /touches/campaign: is Int64, expected texts"),
        ("click_id", ints([1, 2, 3]), "column_type: /touches/click_id: is Int64, expected texts"),
        ("coupon", ints([1, 2, 3]), "column_type: /touches/coupon: is Int64, expected texts"),
        ("navigated", ints([1, 0, 1]), "column_type: /touches/navigated: is Int64, expected true or false"),
        ("signed", texts([Some("yes"); 3]), "column_type: /touches/signed: is Utf8, expected true or false"),
        ("navigated", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])), ""),
    ] {
        check(&touches_said(with(touches(), name, array)), wanted);
    }
    for name in ["visitor", "at", "affiliate"] {
        check(&touches_said(without(touches(), name)), &format!("column_missing: /touches/{name}: the table has no such column"));
    }
}

#[test]
fn columns_are_missing_misspelled_or_there_twice() {
    for name in ["order", "visitor", "at"] {
        check(&orders_said(without(orders(), name)), &format!("column_missing: /orders/{name}: the table has no such column"));
    }
    let renamed = |from: &str, to| orders().into_iter().map(|(name, array)| (if name == from { to } else { name }, array)).collect();
    check(&orders_said(renamed("gross", "amount")), "column_missing: /orders: there is no column `gross`; is it `amount`?");
    check(
        &orders_said(renamed("visitor", "Visitor")),
        "column_missing: /orders: there is no column `visitor`; is it `Visitor` misspelled?",
    );
    check(
        &orders_said(without(orders(), "product")),
        "column_missing: /orders/product: the table has no such column, and the program has 2",
    );
    check(&orders_said([orders(), vec![("tax", ints([0; 3]))]].concat()), "column_type: /orders/tax: occurs twice");
    let text = "column_missing: /orders/currency: the table has no such column, and no currency is given beside it";
    check(&said(&[batch(&touches())], &[batch(&orders())], None), text);
    let holey = with(orders(), "currency", texts([Some("EUR"), None, Some("EUR")]));
    check(&said(&[batch(&touches())], &[batch(&holey)], None), "column_null: /orders/1/currency: is empty");
}

#[test]
fn batches_are_of_one_shape() {
    let said = |other: Vec<Column>| said(&[batch(&touches())], &[batch(&orders()), batch(&other)], Some("EUR"));
    let next = || with(orders(), "order", texts([Some("B-1"), Some("B-2"), Some("B-3")]));
    check(&said(next()), "");
    check(&said(orders()), "order_repeated: /orders/3/order: `A-1` is the order of row 0 too");
    check(&said(without(next(), "tax")), "column_missing: /orders/tax: some batches have the column, others lack it");
    check(
        &said(with(next(), "order", ints([1, 2, 3]))),
        "column_type: /orders/order: is of texts in some batches, of whole numbers in others",
    );
    check(
        &said(with(next(), "visitor", ints([1, 2, 3]))),
        "column_type: /orders/visitor: is of whole numbers, that of the touches of texts",
    );
    check(&said(with(next(), "gross", ints([1_000, -1, 3_000]))), "amount_negative: /orders/4/gross");
}

#[test]
fn lists_of_coupons_are_lists_of_texts() {
    let list = |texts: [Option<Vec<Option<&str>>>; 3]| {
        let mut builder = arrow_array::builder::ListBuilder::new(arrow_array::builder::StringBuilder::new());
        texts.into_iter().for_each(|row| builder.append_option(row));
        Arc::new(builder.finish()) as ArrayRef
    };
    check(&orders_said(with(orders(), "coupons", list([None, Some(vec![]), Some(vec![Some("SPRING"), None])]))), "");
    let numbers = ListArray::from_iter_primitive::<arrow_array::types::Int64Type, _, _>(vec![Some(vec![Some(1)]), None, None]);
    check(&orders_said(with(orders(), "coupons", Arc::new(numbers))), "column_type: /orders/coupons: is List");
}

#[test]
fn options_are_within_bounds() {
    let tables = ([batch(&touches())], [batch(&orders())]);
    let said = |options: ColumnOptions<'_>| program().attribute_columns(&tables.0, &tables.1, &options).unwrap_err().to_string();
    let euros = ColumnOptions { currency: Some(Currency::new("EUR").unwrap()), ..ColumnOptions::default() };
    for threads in [0, 257] {
        check(&said(ColumnOptions { threads, ..euros }), &format!("number_invalid: /threads: {threads} is not 1 to 256"));
    }
    let free = [batch(&without(without(orders(), "gross"), "tax"))];
    let settled = program().attribute_columns(&tables.0, &free, &ColumnOptions { entries: true, ..euros }).unwrap_err().to_string();
    check(&settled, "column_missing: /orders/gross: the table has no such column, and settling needs it");
    let asked = |columns: &[&str]| said(ColumnOptions { columns: Some(columns), ..euros });
    let known = "order, order_row, touch_row, affiliate, evidence, campaign, weight, share, amount, currency";
    check(&asked(&["order", "Amount"]), &format!("word_unknown: /columns/1: `Amount` is no column of credits; expected {known}"));
    check(&asked(&["order", "share", "order"]), "word_unknown: /columns/2: order occurs twice");
    let bare = ([batch(&without(touches(), "campaign"))], &free);
    for (name, lacks) in [("campaign", "campaign of the touches"), ("amount", "gross of the orders"), ("currency", "gross of the orders")] {
        let options = ColumnOptions { columns: Some(&[name]), ..euros };
        let refused = program().attribute_columns(&bare.0, bare.1, &options).unwrap_err().to_string();
        check(&refused, &format!("column_missing: /columns/0: {name} needs a column {lacks}, and there is none"));
        // A table without rows may have lost its columns too.
        let empty = program().attribute_columns(&[], &[], &options).unwrap().credits;
        check(empty.schema().field(0).name(), name);
    }
    let stopped = said(ColumnOptions { progress: Some(&|_, _| false), ..euros });
    check(&stopped, "cancelled: the caller ended the call");
}
