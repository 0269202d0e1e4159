//! One way in and one way out for every type of field.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};
use sentby::{
    ClaimOutcome, CommissionState, Consent, Currency, Customer, DiagnosisCode, Error, ErrorCode, Event, EventOutcome, Evidence,
    ExportFormat, Hint, IdentityKind, LedgerKind, LinkField, LinkWarning, ModerationAction, OrderState, PartnershipState, Platform,
    Purpose, Rate, Reason, Role, Rounding, SAFE_MAX, Suspicion, Text, Time, Touchpoint, WebhookKind, What, WhyWithheld,
};
use std::collections::BTreeMap;

pyo3::create_exception!(sentby, SentbyError, PyValueError, "Wrong input or misuse; `code` is the same in every language.");

/// The one way a core error becomes a Python exception.
pub(crate) fn raise(error: Error) -> PyErr {
    Python::attach(|py| {
        let exception = SentbyError::new_err(error.detail().to_owned());
        match exception.value(py).setattr("code", error.code().as_str()) {
            Ok(()) => exception,
            Err(other) => other,
        }
    })
}

/// A field of a record: read from Python with a coded error, given back as Python's own type.
pub(crate) trait Field: Sized {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure>;
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

/// Either a coded error, which gets its place, or an exception from the caller's own objects.
pub(crate) enum Failure {
    Coded(Error),
    Python(PyErr),
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Coded(error)
    }
}

impl Failure {
    pub(crate) fn at(self, place: &str) -> Self {
        match self {
            Self::Coded(error) => Self::Coded(error.at(place)),
            Self::Python(error) => Self::Python(error),
        }
    }

    pub(crate) fn raise(self) -> PyErr {
        match self {
            Self::Coded(error) => raise(error),
            Self::Python(error) => error,
        }
    }
}

/// Reads an argument or field; an error names it.
pub(crate) fn take<T: Field>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    T::take(value).map_err(|failure| failure.at(&format!("/{name}")).raise())
}

/// The same for an optional argument; absent and `None` both mean the default.
pub(crate) fn take_or<T: Field>(name: &str, value: Option<&Bound<'_, PyAny>>, default: T) -> PyResult<T> {
    value.filter(|value| !value.is_none()).map_or(Ok(default), |value| take(name, value))
}

pub(crate) fn wrong(expected: &str, value: &Bound<'_, PyAny>) -> Failure {
    let kind = value.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string());
    Failure::Coded(Error::new(ErrorCode::TypeInvalid, format!("expected {expected}, not {kind}")))
}

impl Field for String {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        let text = value.cast::<PyString>().map_err(|_| wrong("str", value))?;
        // A lone surrogate is no text.
        text.to_cow().map(Into::into).map_err(|_| Error::new(ErrorCode::TextInvalid, "is no valid Unicode text").into())
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.into_any().unbind())
    }
}

impl Field for bool {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        Ok(value.cast::<PyBool>().map_err(|_| wrong("bool", value))?.is_true())
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.to_owned().into_any().unbind())
    }
}

/// A whole number: `True`, floats and numbers outside the range are refused.
fn whole(value: &Bound<'_, PyAny>, min: i64, max: i64) -> Result<i64, Failure> {
    let refuse = || -> Failure {
        let shown = value.repr().map_or_else(|_| "?".into(), |r| r.to_string().chars().take(40).collect::<String>());
        Error::new(ErrorCode::NumberInvalid, format!("{shown} is no whole number from {min} to {max}")).into()
    };
    if value.is_instance_of::<PyBool>() || value.is_instance_of::<PyFloat>() {
        return Err(refuse());
    }
    let number = value.cast::<PyInt>().map_err(|_| wrong("int", value))?;
    number.extract::<i64>().ok().filter(|n| (min..=max).contains(n)).ok_or_else(refuse)
}

macro_rules! whole_field {
    ($($kind:ty: $max:expr,)+) => { $(
        impl Field for $kind {
            fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
                // The range is within the type.
                Ok(whole(value, 0, $max)? as $kind)
            }
            fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                Ok(self.into_pyobject(py)?.into_any().unbind())
            }
        }
    )+ };
}
whole_field!(u8: 255, u16: 65_535, u32: u32::MAX.into(), u64: SAFE_MAX,);

impl Field for i64 {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        whole(value, -SAFE_MAX, SAFE_MAX)
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.into_any().unbind())
    }
}

impl<T: Field> Field for Option<T> {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        if value.is_none() { Ok(None) } else { T::take(value).map(Some) }
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.as_ref().map_or_else(|| Ok(py.None()), |value| value.give(py))
    }
}

impl<T: Field> Field for Vec<T> {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        if value.is_instance_of::<PyString>() || value.is_instance_of::<PyDict>() {
            return Err(wrong("a list", value));
        }
        let items = value.try_iter().map_err(|_| wrong("a list", value))?;
        items.enumerate().map(|(n, item)| T::take(&item?).map_err(|failure| failure.at(&format!("/{n}")))).collect()
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let items = self.iter().map(|item| item.give(py)).collect::<PyResult<Vec<_>>>()?;
        // A tuple: records are immutable and hashable.
        Ok(pyo3::types::PyTuple::new(py, items)?.into_any().unbind())
    }
}

impl Field for BTreeMap<String, String> {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        let dict = value.cast::<PyDict>().map_err(|_| wrong("dict", value))?;
        dict.iter().map(|(key, item)| Ok((String::take(&key)?, String::take(&item)?))).collect()
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.into_any().unbind())
    }
}

fn epoch(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static EPOCH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let epoch = EPOCH.get_or_try_init(py, || {
        let module = py.import("datetime")?;
        let utc = module.getattr("timezone")?.getattr("utc")?;
        module.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, utc)).map(Bound::unbind)
    })?;
    Ok(epoch.bind(py))
}

fn timedelta(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static DELTA: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    Ok(DELTA.get_or_try_init(py, || Ok::<_, PyErr>(py.import("datetime")?.getattr("timedelta")?.unbind()))?.bind(py))
}

impl Field for Time {
    /// An aware `datetime`; digits below a millisecond are cut off, towards the past.
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        let py = value.py();
        let epoch = epoch(py)?;
        if !value.is_instance(epoch.get_type().as_any())? {
            return Err(wrong("an aware datetime", value));
        }
        if value.call_method0("utcoffset")?.is_none() {
            return Err(Error::new(ErrorCode::TimeNaive, format!("{} has no time zone", value.str()?)).into());
        }
        let since = value.sub(epoch)?;
        let part = |name| since.getattr(name)?.extract::<i64>();
        Ok(Self::from_millis(part("days")? * 86_400_000 + part("seconds")? * 1000 + part("microseconds")? / 1000)?)
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let delta = timedelta(py)?.call1((0, 0, 0, self.millis()))?;
        epoch(py)?
            .add(delta)
            .map(Bound::unbind)
            .map_err(|_| raise(Error::new(ErrorCode::TimeInvalid, format!("{self} is beyond what a datetime holds"))))
    }
}

/// Enums are their words, as `Literal` types.
macro_rules! word_field {
    ($($kind:ty)+) => { $(
        impl Field for $kind {
            fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
                Ok(String::take(value)?.parse()?)
            }
            fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                Ok(self.as_str().into_pyobject(py)?.into_any().unbind())
            }
        }
    )+ };
}
word_field!(Evidence Consent Customer Event Purpose Role Rounding What LedgerKind EventOutcome OrderState CommissionState WhyWithheld PartnershipState ModerationAction Platform WebhookKind DiagnosisCode ExportFormat LinkWarning LinkField Hint IdentityKind Suspicion Touchpoint ClaimOutcome);

impl Field for Reason {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        let code = String::take(value)?;
        Self::from_code(&code).ok_or_else(|| Error::new(ErrorCode::WordUnknown, format!("`{code}` is no reason")).into())
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.as_str().into_pyobject(py)?.into_any().unbind())
    }
}

/// A percentage is a `Decimal`; text and whole numbers are taken too.
impl Field for Rate {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        Ok(Self::parse(&crate::records::decimal_text(value)?)?)
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.import("decimal")?.getattr("Decimal")?.call1((self.to_string(),))?.unbind())
    }
}

impl Field for Text {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        Ok(String::take(value)?.into())
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.as_str().into_pyobject(py)?.into_any().unbind())
    }
}

impl Field for Currency {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        Ok(Self::new(&String::take(value)?)?)
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.as_str().into_pyobject(py)?.into_any().unbind())
    }
}
