//! The ledger, behind a lock: Python's threads may share it.

use crate::Program;
use crate::convert::{Field, raise, take, wrong};
use crate::records::{LedgerEntry, PayoutRun, Receipt};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};
use sentby::{LedgerEvent, Time};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What everyone has earned, was paid and is owed: a fold over events, whatever order they come in.
#[pyclass(module = "sentby", frozen)]
#[derive(Debug)]
pub(crate) struct Ledger(Mutex<sentby::Ledger>);

impl Ledger {
    /// Nothing in the core panics, so no lock is ever poisoned.
    pub(crate) fn lock(&self) -> MutexGuard<'_, sentby::Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A Ledger that was given as an argument.
pub(crate) fn ledger<'a>(ledger: &'a Bound<'_, PyAny>) -> PyResult<&'a Ledger> {
    ledger.cast::<Ledger>().map(|ledger| ledger.get()).map_err(|_| wrong("Ledger", ledger).at("/ledger").raise())
}

fn rules<'a>(program: &'a Bound<'_, PyAny>) -> PyResult<&'a sentby::Program> {
    program.cast::<Program>().map(|program| &program.get().0).map_err(|_| wrong("Program", program).at("/program").raise())
}

#[pymethods]
impl Ledger {
    #[new]
    fn new() -> Self {
        Self(Mutex::new(sentby::Ledger::new()))
    }

    /// The ledger that a snapshot holds.
    #[classmethod]
    fn restore(_class: &Bound<'_, PyType>, snapshot: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = snapshot.cast::<PyBytes>().map_err(|_| wrong("bytes", snapshot).at("/snapshot").raise())?;
        sentby::Ledger::restore(bytes.as_bytes()).map(|ledger| Self(Mutex::new(ledger))).map_err(raise)
    }

    fn apply(&self, event: &Bound<'_, PyAny>) -> PyResult<Receipt> {
        let event: LedgerEvent = take("event", event)?;
        self.lock().apply(&event).map(Receipt).map_err(raise)
    }

    #[pyo3(signature = (since = None))]
    fn entries(&self, py: Python<'_>, since: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let since: Option<Time> = since.map(|since| take("since", since)).transpose()?;
        let entries = py.detach(|| self.lock().entries(since));
        entries.into_iter().map(LedgerEntry).collect::<Vec<_>>().into_pyobject(py).map(|list| list.into_any().unbind())
    }

    fn entries_of(&self, py: Python<'_>, order: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let order: String = take("order", order)?;
        let entries = py.detach(|| self.lock().entries_of(&order));
        entries.into_iter().map(LedgerEntry).collect::<Vec<_>>().into_pyobject(py).map(|list| list.into_any().unbind())
    }

    fn balance(
        &self,
        py: Python<'_>,
        program: &Bound<'_, PyAny>,
        recipient: &Bound<'_, PyAny>,
        at: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let (program, recipient, at) = (rules(program)?, take::<String>("recipient", recipient)?, take("at", at)?);
        py.detach(|| self.lock().balance(program, &recipient, at)).give(py)
    }

    fn statement(
        &self,
        py: Python<'_>,
        recipient: &Bound<'_, PyAny>,
        start: &Bound<'_, PyAny>,
        end: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let (recipient, start, end) = (take::<String>("recipient", recipient)?, take("start", start)?, take("end", end)?);
        py.detach(|| self.lock().statement(&recipient, start, end)).give(py)
    }

    fn payout(&self, py: Python<'_>, program: &Bound<'_, PyAny>, at: &Bound<'_, PyAny>) -> PyResult<PayoutRun> {
        let (program, at) = (rules(program)?, take("at", at)?);
        Ok(PayoutRun(py.detach(|| self.lock().payout(program, at))))
    }

    fn orders(&self, py: Python<'_>, program: &Bound<'_, PyAny>, at: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let (program, at) = (rules(program)?, take("at", at)?);
        py.detach(|| self.lock().orders(program, at)).give(py)
    }

    fn problems(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.lock().problems().give(py)
    }

    fn snapshot<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.lock().snapshot());
        PyBytes::new(py, &bytes)
    }

    fn verify(&self, py: Python<'_>, events: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let events: Vec<LedgerEvent> = take("events", events)?;
        py.detach(|| self.lock().verify(&events)).map_err(raise)?.give(py)
    }

    fn __len__(&self) -> usize {
        self.lock().len()
    }
}
