//! Tables: anything that speaks Arrow's PyCapsule interface in, the same out.

use crate::convert::{raise, take, take_or, wrong};
use crate::records::{Decision, Order, Touch};
use crate::{Program, convert::Field};
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyString};
use sentby::{ColumnOptions, Currency, Error, ErrorCode, Evidence, JourneyOptions, PathTransform, Rate, Rounding};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

const STREAM: &std::ffi::CStr = c"arrow_array_stream";

/// A table of Arrow columns.
#[pyclass(module = "sentby", frozen)]
#[derive(Debug)]
pub(crate) struct Table(Vec<RecordBatch>);

#[pymethods]
impl Table {
    #[getter]
    fn num_rows(&self) -> usize {
        self.0.iter().map(RecordBatch::num_rows).sum()
    }

    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.0.first().map_or_else(Vec::new, |batch| batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect())
    }

    fn __len__(&self) -> usize {
        self.num_rows()
    }

    fn __repr__(&self) -> String {
        format!("<sentby.Table of {} rows: {}>", self.num_rows(), self.column_names().join(", "))
    }

    /// The table as an Arrow stream, without a copy.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(&self, py: Python<'py>, requested_schema: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema; // a consumer's wish, which a producer may leave aside
        let schema = self.0.first().map_or_else(|| std::sync::Arc::new(arrow_schema::Schema::empty()), RecordBatch::schema);
        let reader: Box<dyn RecordBatchReader + Send> = Box::new(RecordBatchIterator::new(self.0.clone().into_iter().map(Ok), schema));
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), STREAM)
    }

    fn to_pyarrow<'py>(slf: &Bound<'py, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("pyarrow")?.call_method1("table", (slf,))
    }

    fn to_pandas<'py>(slf: &Bound<'py, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Self::to_pyarrow(slf, py)?.call_method0("to_pandas")
    }

    fn to_polars<'py>(slf: &Bound<'py, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("polars")?.call_method1("DataFrame", (slf,))
    }
}

/// Reads a table: whatever has `__arrow_c_stream__` or `__arrow_c_array__`.
fn batches(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    if let Ok(table) = value.cast::<Table>() {
        return Ok(table.get().0.clone());
    }
    let slip = |text: String| raise(Error::new(ErrorCode::TypeInvalid, format!("/{name}: {text}")));
    let source = if value.hasattr("__arrow_c_stream__")? {
        value.clone()
    } else if value.hasattr("__arrow_c_array__")? {
        // One batch: pyarrow makes a stream of it where it is there.
        let list = value.py().import("pyarrow")?.call_method1("record_batch", (value,))?;
        value.py().import("pyarrow")?.getattr("Table")?.call_method1("from_batches", ([list],))?
    } else {
        let failure = wrong("a table that speaks Arrow (pyarrow, pandas, polars, DuckDB, …)", value);
        return Err(failure.at(&format!("/{name}")).raise());
    };
    let capsule = source.call_method0("__arrow_c_stream__")?;
    let capsule = capsule.cast::<PyCapsule>().map_err(|_| slip("gives no Arrow stream".into()))?;
    let pointer = capsule.pointer_checked(Some(STREAM)).map_err(|_| slip("gives no Arrow stream".into()))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: a capsule of this name holds a valid stream (the PyCapsule interface); it is moved out once, and what stays is released already.
    let stream = unsafe { std::ptr::replace(pointer.as_ptr(), FFI_ArrowArrayStream::empty()) };
    let reader = RecordBatchStreamReader::try_new(stream).map_err(|error| slip(error.to_string()))?;
    reader.collect::<Result<Vec<_>, _>>().map_err(|error| slip(error.to_string()))
}

/// A table or None.
fn given(py: Python<'_>, batch: Option<RecordBatch>) -> PyResult<Option<Py<Table>>> {
    batch.map(|batch| Py::new(py, Table(vec![batch]))).transpose()
}

/// Runs a long call beside this thread, which tells of the progress and hears Ctrl-C meanwhile.
fn watched<T: Send>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    call: impl FnOnce(&(dyn Fn(usize, usize) -> bool + Sync)) -> sentby::Result<T> + Send,
) -> PyResult<T> {
    let progress = progress.filter(|progress| !progress.is_none()).map(|progress| progress.clone().unbind());
    let (done, total, stopped) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let mut interrupted: Option<PyErr> = None;
    let result = py.detach(|| {
        std::thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            let (done, total, stopped) = (&done, &total, &stopped);
            scope.spawn(move || {
                let tell = move |now: usize, all: usize| {
                    done.fetch_max(now, Ordering::Relaxed);
                    total.store(all, Ordering::Relaxed);
                    !stopped.load(Ordering::Relaxed)
                };
                // Nobody hears an answer that comes after the caller is gone; there is none.
                let _ = send.send(call(&tell));
            });
            let mut told = 0;
            loop {
                match receive.recv_timeout(Duration::from_millis(50)) {
                    Ok(result) => break Some(result),
                    Err(mpsc::RecvTimeoutError::Disconnected) => break None,
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                }
                let now = done.load(Ordering::Relaxed);
                let heard = Python::attach(|py| {
                    py.check_signals()?;
                    match &progress {
                        Some(progress) if now != told => progress.call1(py, (now, total.load(Ordering::Relaxed))).map(|_| ()),
                        _ => Ok(()),
                    }
                });
                told = now;
                if let Err(error) = heard {
                    interrupted.get_or_insert(error);
                    stopped.store(true, Ordering::Relaxed);
                }
            }
        })
    });
    if let Some(error) = interrupted {
        return Err(error);
    }
    let all = total.load(Ordering::Relaxed);
    if let Some(progress) = progress.filter(|_| all > 0) {
        progress.call1(py, (all, all))?;
    }
    result.unwrap_or_else(|| Err(Error::new(ErrorCode::Cancelled, "the call ended early"))).map_err(raise)
}

/// The options of a call over tables.
struct Options {
    threads: usize,
    evidence: Evidence,
    currency: Option<Currency>,
}

impl Options {
    fn take(
        threads: Option<&Bound<'_, PyAny>>,
        evidence: Option<&Bound<'_, PyAny>>,
        currency: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        let currency: Option<String> = take_or("currency", currency, None)?;
        let code = |text: &String| Currency::new(text).map_err(|error| raise(error.at("/currency")));
        Ok(Self {
            threads: take_or::<u32>("threads", threads, cores.min(64))? as usize,
            evidence: take_or("evidence", evidence, Evidence::Click)?,
            currency: currency.as_ref().map(code).transpose()?,
        })
    }

    fn with<'o>(&self, progress: &'o (dyn Fn(usize, usize) -> bool + Sync)) -> ColumnOptions<'o> {
        let Self { threads, evidence, currency } = *self;
        ColumnOptions { threads, evidence, currency, progress: Some(progress), ..ColumnOptions::default() }
    }
}

fn program<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Program>> {
    value.cast::<Program>().cloned().map_err(|_| wrong("Program", value).at("/program").raise())
}

/// Orders, credited orders, credits, verdicts, entries.
type Answer = (usize, usize, Py<Table>, Option<Py<Table>>, Option<Py<Table>>);
/// An order, its touches, their rows, the decision.
type Decided = (Order, Vec<Touch>, Vec<usize>, Decision);

/// Decides every order of a table; `(orders, credited, credits, verdicts, entries)`.
#[pyfunction]
#[pyo3(signature = (program, touches, orders, verdicts, entries, columns=None, threads=None, evidence=None, currency=None, progress=None))]
#[allow(clippy::too_many_arguments, reason = "one for each keyword of the Python function")]
pub(crate) fn attribute_columns<'py>(
    py: Python<'py>,
    program: &Bound<'py, PyAny>,
    touches: &Bound<'py, PyAny>,
    orders: &Bound<'py, PyAny>,
    verdicts: bool,
    entries: bool,
    columns: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
    evidence: Option<&Bound<'py, PyAny>>,
    currency: Option<&Bound<'py, PyAny>>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Answer> {
    let program = self::program(program)?;
    let (touches, orders) = (batches("touches", touches)?, batches("orders", orders)?);
    let options = Options::take(threads, evidence, currency)?;
    let rules = &program.get().0;
    let columns: Option<Vec<String>> = take_or("columns", columns, None)?;
    let columns: Option<Vec<&str>> = columns.as_ref().map(|list| list.iter().map(String::as_str).collect());
    let answer = watched(py, progress, |tell| {
        let options = ColumnOptions { verdicts, entries, columns: columns.as_deref(), ..options.with(tell) };
        rules.attribute_columns(&touches, &orders, &options)
    })?;
    let sentby::ColumnAnswer { orders, credited, credits, verdicts, entries } = answer;
    Ok((orders, credited, Py::new(py, Table(vec![credits]))?, given(py, verdicts)?, given(py, entries)?))
}

/// What several programs make of the same orders; `(affiliates, changes)`.
#[pyfunction]
#[pyo3(signature = (touches, orders, programs, threads=None, evidence=None, currency=None, progress=None))]
#[allow(clippy::too_many_arguments, reason = "one for each keyword of the Python function")]
pub(crate) fn what_if<'py>(
    py: Python<'py>,
    touches: &Bound<'py, PyAny>,
    orders: &Bound<'py, PyAny>,
    programs: &Bound<'py, PyAny>,
    threads: Option<&Bound<'py, PyAny>>,
    evidence: Option<&Bound<'py, PyAny>>,
    currency: Option<&Bound<'py, PyAny>>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Py<Table>, Py<Table>)> {
    let programs = programs.cast::<PyDict>().map_err(|_| wrong("a dict of programs by name", programs).at("/programs").raise())?;
    let mut named = Vec::with_capacity(programs.len());
    for (name, value) in programs {
        named.push((take::<String>("programs", &name)?, program(&value)?));
    }
    let (touches, orders) = (batches("touches", touches)?, batches("orders", orders)?);
    let options = Options::take(threads, evidence, currency)?;
    let list: Vec<(&str, &sentby::Program)> = named.iter().map(|(name, program)| (name.as_str(), &program.get().0)).collect();
    let answer = watched(py, progress, |tell| sentby::what_if(&touches, &orders, &list, &options.with(tell)))?;
    let sentby::WhatIf { affiliates, changes } = answer;
    Ok((Py::new(py, Table(vec![affiliates]))?, Py::new(py, Table(vec![changes]))?))
}

/// One order of a table, decided by the single call: a list of `(order, touches, rows, decision)`.
#[pyfunction]
#[pyo3(signature = (program, touches, orders, order, evidence=None, currency=None))]
pub(crate) fn decide_order<'py>(
    py: Python<'py>,
    program: &Bound<'py, PyAny>,
    touches: &Bound<'py, PyAny>,
    orders: &Bound<'py, PyAny>,
    order: &Bound<'py, PyAny>,
    evidence: Option<&Bound<'py, PyAny>>,
    currency: Option<&Bound<'py, PyAny>>,
) -> PyResult<Vec<Decided>> {
    let program = self::program(program)?;
    let (touches, orders) = (batches("touches", touches)?, batches("orders", orders)?);
    let id = if let Ok(text) = order.cast::<PyString>() { text.to_string() } else { take::<i64>("order", order)?.to_string() };
    let options = Options::take(None, evidence, currency)?;
    let rules = &program.get().0;
    let options = ColumnOptions { evidence: options.evidence, currency: options.currency, ..ColumnOptions::default() };
    let found = py.detach(|| rules.decide_order(&touches, &orders, &id, &options)).map_err(raise)?;
    let parts = |found: sentby::DecidedOrder| {
        let sentby::DecidedOrder { order, touches, rows, decision } = found;
        (Order(order), touches.into_iter().map(Touch).collect(), rows, Decision(decision))
    };
    Ok(found.into_iter().map(parts).collect())
}

/// The same table with one visitor for every person.
#[pyfunction]
pub(crate) fn join_visitors<'py>(py: Python<'py>, rows: &Bound<'py, PyAny>, same: &Bound<'py, PyAny>) -> PyResult<Table> {
    let (rows, same) = (batches("rows", rows)?, batches("same", same)?);
    py.detach(|| sentby::join_visitors(&rows, &same)).map(Table).map_err(raise)
}

/// The rows of one part of the visitors, and their numbers in the whole table.
#[pyfunction]
pub(crate) fn part_of_visitors<'py>(
    py: Python<'py>,
    rows: &Bound<'py, PyAny>,
    part: &Bound<'py, PyAny>,
    parts: &Bound<'py, PyAny>,
) -> PyResult<(Table, Vec<i64>)> {
    let (rows, part, parts) = (batches("rows", rows)?, take::<u32>("part", part)?, take::<u32>("parts", parts)?);
    let (batches, numbers) = py.detach(|| sentby::part_of_visitors(&rows, part, parts)).map_err(raise)?;
    Ok((Table(batches), numbers))
}

/// A percentage of every amount of a column.
#[pyfunction]
#[pyo3(signature = (rows, column, rate, *, rounding=None))]
pub(crate) fn share_column<'py>(
    py: Python<'py>,
    rows: &Bound<'py, PyAny>,
    column: &Bound<'py, PyAny>,
    rate: &Bound<'py, PyAny>,
    rounding: Option<&Bound<'py, PyAny>>,
) -> PyResult<Table> {
    let (rows, column, rate) = (batches("rows", rows)?, take::<String>("column", column)?, take::<Rate>("rate", rate)?);
    let rounding = take_or("rounding", rounding, Rounding::HalfAway)?;
    py.detach(|| sentby::share_column(&rows, &column, rate, rounding)).map(Table).map_err(raise)
}

/// What buyers met on their ways, and how the ways ended.
#[pyclass(module = "sentby", frozen)]
#[derive(Debug)]
pub(crate) struct Journeys(sentby::Journeys);

#[pymethods]
impl Journeys {
    /// Journeys from a table of paths.
    #[staticmethod]
    #[pyo3(signature = (paths, *, separator=None))]
    fn from_paths(py: Python<'_>, paths: &Bound<'_, PyAny>, separator: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (paths, separator) = (batches("paths", paths)?, take_or("separator", separator, String::from(">"))?);
        py.detach(|| sentby::Journeys::from_paths(&paths, &separator)).map(Self).map_err(raise)
    }

    /// Journeys from touches and orders.
    #[staticmethod]
    #[pyo3(signature = (touches, orders, *, channel=None, window_days=None, half_life_days=None))]
    fn from_touches(
        py: Python<'_>,
        touches: &Bound<'_, PyAny>,
        orders: &Bound<'_, PyAny>,
        channel: Option<&Bound<'_, PyAny>>,
        window_days: Option<&Bound<'_, PyAny>>,
        half_life_days: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (touches, orders) = (batches("touches", touches)?, batches("orders", orders)?);
        let channel: String = take_or("channel", channel, "affiliate".into())?;
        let days = |name: &str, value: Option<&Bound<'_, PyAny>>, default: u32| {
            take_or::<u32>(name, value, default).map(|days| i64::from(days) * 86_400_000)
        };
        let options = JourneyOptions {
            channel: &channel,
            window_ms: days("window_days", window_days, 30)?,
            half_life_ms: days("half_life_days", half_life_days, 7)?,
        };
        py.detach(|| sentby::Journeys::from_touches(&touches, &orders, &options)).map(Self).map_err(raise)
    }

    #[getter]
    fn count(&self) -> u64 {
        self.0.count()
    }

    #[getter]
    fn conversions(&self) -> u64 {
        self.0.conversions()
    }

    #[getter]
    fn channels(&self) -> Vec<String> {
        self.0.channels().map(str::to_owned).collect()
    }

    fn __len__(&self) -> usize {
        self.0.count() as usize
    }

    fn __repr__(&self) -> String {
        format!(
            "<sentby.Journeys: {} journeys, {} conversions, {} channels>",
            self.0.count(),
            self.0.conversions(),
            self.0.channels().count()
        )
    }

    fn transform(&self, transform: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.0.transform(take::<PathTransform>("transform", transform)?).map(Self).map_err(raise)
    }

    fn trim(&self, length: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.0.trim(take::<u32>("length", length)? as usize).map(Self).map_err(raise)
    }

    #[pyo3(signature = (channel, *, only_last=false))]
    fn remove_if_not_all(&self, channel: &Bound<'_, PyAny>, only_last: bool) -> PyResult<Self> {
        Ok(Self(self.0.remove_if_not_all(&take::<String>("channel", channel)?, only_last)))
    }

    fn heuristics(&self, py: Python<'_>) -> PyResult<Table> {
        py.detach(|| self.0.heuristics()).map(|batch| Table(vec![batch])).map_err(raise)
    }

    fn transitions(&self, py: Python<'_>) -> PyResult<Table> {
        py.detach(|| self.0.transitions()).map(|batch| Table(vec![batch])).map_err(raise)
    }

    fn shapley(&self, py: Python<'_>) -> PyResult<Table> {
        py.detach(|| self.0.shapley()).map(|batch| Table(vec![batch])).map_err(raise)
    }

    fn ordered_shapley(&self, py: Python<'_>) -> PyResult<Table> {
        py.detach(|| self.0.ordered_shapley()).map(|batch| Table(vec![batch])).map_err(raise)
    }

    /// `(channels, conversion rate, states)`.
    #[pyo3(signature = (order=None))]
    fn markov(&self, py: Python<'_>, order: Option<&Bound<'_, PyAny>>) -> PyResult<Markov> {
        let order = take_or::<u32>("order", order, 1)?;
        let sentby::Markov { conversion_rate, states, channels } = py.detach(|| self.0.markov(order)).map_err(raise)?;
        Ok(Markov { conversion_rate, states, channels: Py::new(py, Table(vec![channels]))? })
    }

    #[pyo3(signature = (up_to=None))]
    fn markov_orders(&self, py: Python<'_>, up_to: Option<&Bound<'_, PyAny>>) -> PyResult<Table> {
        let up_to = take_or::<u32>("up_to", up_to, 4)?;
        py.detach(|| self.0.markov_orders(up_to)).map(|batch| Table(vec![batch])).map_err(raise)
    }
}

/// What the chain of a table of journeys says.
#[pyclass(module = "sentby", frozen)]
#[derive(Debug)]
pub(crate) struct Markov {
    #[pyo3(get)]
    conversion_rate: f64,
    #[pyo3(get)]
    states: usize,
    #[pyo3(get)]
    channels: Py<Table>,
}

#[pymethods]
impl Markov {
    fn __repr__(&self) -> String {
        format!("<sentby.Markov: converts {:.6}, {} states>", self.conversion_rate, self.states)
    }
}

/// The Shapley value of any game.
#[pyfunction]
pub(crate) fn shapley_value(worth: Vec<f64>) -> PyResult<Vec<f64>> {
    sentby::shapley_value(&worth).map_err(raise)
}

impl Field for PathTransform {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, crate::convert::Failure> {
        Ok(String::take(value)?.parse()?)
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.to_string().give(py)
    }
}
