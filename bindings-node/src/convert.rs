//! One way in and one way out for every type of field.
//!
//! Values are read by hand instead of by napi's own conversions, which turn 19.99 into 19 and −1 into 4294967295,
//! and whose errors carry neither our codes nor a place.

use napi::bindgen_prelude::{Array, FromNapiValue, JsObjectValue, Null, Object, ToNapiValue, TypeName, Unknown, ValidateNapiValue};
use napi::{Env, JsDate, JsValue, Property, PropertyAttributes, ValueType, sys};
use sentby::{
    ClaimOutcome, CommissionState, Consent, Customer, DiagnosisCode, Error, ErrorCode, Event, EventOutcome, Evidence, ExportFormat, Hint,
    IdentityKind, LedgerKind, LinkField, LinkWarning, ModerationAction, OrderState, PartnershipState, Platform, Purpose, Rate, Reason,
    Role, Rounding, SAFE_MAX, Suspicion, Text, Time, Touchpoint, WebhookKind, What, WhyWithheld,
};
use std::cell::Cell;
use std::collections::BTreeMap;

/// The code of a JavaScript error, `err.code`.
#[derive(Debug)]
pub struct Code(&'static str);

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        self.0
    }
}

pub(crate) type Result<T> = std::result::Result<T, napi::Error<Code>>;

/// The one way a core error becomes a JavaScript error.
pub(crate) fn raise(error: Error) -> napi::Error<Code> {
    napi::Error::new(Code(error.code().as_str()), error.detail().to_owned())
}

/// A failure of the engine itself, such as a getter that throws.
pub(crate) fn engine(error: napi::Error) -> Error {
    Error::new(ErrorCode::TypeInvalid, format!("could not be read: {}", error.reason))
}

/// A field of a record: read with a coded error, given back as JavaScript's own type.
pub(crate) trait Field: Sized {
    fn take(value: &Unknown<'_>) -> sentby::Result<Self>;
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>>;
    /// What an absent value means.
    fn absent(kind: &str) -> sentby::Result<Self> {
        Err(Error::new(ErrorCode::TypeInvalid, format!("expected {kind}, not undefined")))
    }
    const KIND: &'static str;
}

/// Any argument, read later with its name.
pub struct Given<'e>(pub(crate) Unknown<'e>);

impl std::fmt::Debug for Given<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given")
    }
}

impl TypeName for Given<'_> {
    fn type_name() -> &'static str {
        "unknown"
    }
    fn value_type() -> ValueType {
        ValueType::Unknown
    }
}

impl ValidateNapiValue for Given<'_> {
    // SAFETY: nothing is read.
    unsafe fn validate(_env: sys::napi_env, _value: sys::napi_value) -> napi::Result<sys::napi_value> {
        Ok(std::ptr::null_mut())
    }
}

impl FromNapiValue for Given<'_> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        // SAFETY: napi hands us a live environment and value of the running call.
        Ok(Self(unsafe { Unknown::from_raw_unchecked(env, value) }))
    }
}

/// Reads an argument; an error names it.
pub(crate) fn take<T: Field>(name: &str, given: &Given<'_>) -> Result<T> {
    take_value(&given.0).map_err(|error| raise(error.at(format_args!("/{name}"))))
}

fn take_value<T: Field>(value: &Unknown<'_>) -> sentby::Result<T> {
    match kind(value)? {
        ValueType::Undefined | ValueType::Null => T::absent(T::KIND),
        _ => T::take(value),
    }
}

/// A record being read: counts the properties that were there, to find those that do not belong.
pub(crate) struct Reader<'e> {
    object: Object<'e>,
    present: Cell<u32>,
}

impl<'e> Reader<'e> {
    pub(crate) fn of(value: &Unknown<'e>, record: &str) -> sentby::Result<Self> {
        Ok(Self { object: object(value, record)?, present: Cell::new(0) })
    }

    /// A property; an error names it.
    pub(crate) fn field<T: Field>(&self, name: &str) -> sentby::Result<T> {
        let value: Unknown<'_> = self.object.get_named_property_unchecked(name).map_err(engine)?;
        let read = match kind(&value)? {
            ValueType::Undefined => T::absent(T::KIND),
            ValueType::Null => {
                self.present.set(self.present.get() + 1);
                T::absent(T::KIND)
            }
            _ => {
                self.present.set(self.present.get() + 1);
                T::take(&value)
            }
        };
        read.map_err(|error| error.at(format_args!("/{name}")))
    }

    /// A property with a default.
    pub(crate) fn field_or<T: Field>(&self, name: &str, default: T) -> sentby::Result<T> {
        Ok(self.field::<Option<T>>(name)?.unwrap_or(default))
    }

    /// Refuses properties that the record does not have: a misspelt option is an error, not silence.
    pub(crate) fn only(&self, names: &[&str]) -> sentby::Result<()> {
        let own = self.object.get_property_names().and_then(|names| names.get_array_length()).map_err(engine)?;
        if own <= self.present.get() {
            return Ok(()); // all that is there was read
        }
        for name in Object::keys(&self.object).map_err(engine)? {
            if !names.contains(&name.as_str()) {
                let shown: String = name.chars().take(64).collect();
                return Err(Error::new(ErrorCode::TypeInvalid, format!("`{shown}` is no property of it; expected {}", names.join(", "))));
            }
        }
        Ok(())
    }

    /// A node `Buffer` or other `Uint8Array`.
    pub(crate) fn bytes(&self, name: &str) -> sentby::Result<Vec<u8>> {
        let value: Unknown<'_> = self.object.get_named_property_unchecked(name).map_err(engine)?;
        self.present.set(self.present.get() + 1);
        // SAFETY: napi checks the type itself.
        let array = unsafe { value.cast::<napi::bindgen_prelude::Uint8Array>() };
        array.map(|a| a.to_vec()).map_err(|_| wrong("a Uint8Array", &value).at(format_args!("/{name}")))
    }
}

/// An object that is no array and no date.
fn object<'e>(value: &Unknown<'e>, record: &str) -> sentby::Result<Object<'e>> {
    if kind(value)? != ValueType::Object || value.is_array().map_err(engine)? || value.is_date().map_err(engine)? {
        return Err(wrong(record, value));
    }
    // SAFETY: it is an object.
    unsafe { value.cast::<Object<'e>>() }.map_err(engine)
}

fn kind(value: &Unknown<'_>) -> sentby::Result<ValueType> {
    value.get_type().map_err(engine)
}

pub(crate) fn wrong(expected: &str, value: &Unknown<'_>) -> Error {
    let found = match kind(value) {
        Ok(ValueType::Object) if value.is_array().unwrap_or(false) => "an array".into(),
        Ok(ValueType::Object) if value.is_date().unwrap_or(false) => "a Date".into(),
        Ok(kind) => kind.to_string().to_lowercase(),
        Err(_) => "an unreadable value".into(),
    };
    Error::new(ErrorCode::TypeInvalid, format!("expected {expected}, not {found}"))
}

pub(crate) fn give<'e>(env: &'e Env, value: impl ToNapiValue) -> napi::Result<Unknown<'e>> {
    // SAFETY: the environment is that of the running call, and the value was just made in it.
    unsafe { Ok(Unknown::from_raw_unchecked(env.raw(), ToNapiValue::to_napi_value(env.raw(), value)?)) }
}

impl Field for String {
    const KIND: &'static str = "a string";
    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        // Most texts are short: one call copies them, where asking for the length first would double the cost.
        let raw = value.value();
        let mut short = [0_u8; 256];
        let mut length = 0;
        // SAFETY: environment and value are those of the running call, and the engine writes at most 256 bytes, a zero at their end.
        let status = unsafe { sys::napi_get_value_string_utf8(raw.env, raw.value, short.as_mut_ptr().cast(), short.len(), &mut length) };
        // What may have been cut off is read anew. One character takes up to four bytes, and is never written in part.
        if status == sys::Status::napi_ok && length < short.len() - 4 {
            let text = std::str::from_utf8(&short[..length]).map_err(|_| wrong(Self::KIND, value))?;
            return Ok(text.to_owned());
        }
        // SAFETY: napi checks that it is a string. A lone surrogate becomes U+FFFD.
        unsafe { value.cast::<String>() }.map_err(|_| wrong(Self::KIND, value))
    }
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        give(env, self.as_str())
    }
}

impl Field for bool {
    const KIND: &'static str = "a boolean";
    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        // SAFETY: napi checks that it is a boolean.
        unsafe { value.cast::<bool>() }.map_err(|_| wrong(Self::KIND, value))
    }
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        give(env, *self)
    }
}

/// The one checked conversion that every whole number passes.
fn whole(value: &Unknown<'_>, min: i64, max: i64) -> sentby::Result<i64> {
    // SAFETY: napi checks that it is a number.
    let number = unsafe { value.cast::<f64>() }.map_err(|_| wrong("a whole number", value))?;
    // Every bound is at most 2^53 − 1, so the comparison and the conversion are exact; NaN fails both.
    if number.fract() == 0.0 && number >= min as f64 && number <= max as f64 {
        Ok(number as i64)
    } else {
        Err(Error::new(ErrorCode::NumberInvalid, format!("{number} is no whole number from {min} to {max}")))
    }
}

macro_rules! whole_field {
    ($($kind:ty: $min:expr, $max:expr;)+) => { $(
        impl Field for $kind {
            const KIND: &'static str = "a whole number";
            fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
                // The range is within the type.
                Ok(whole(value, $min, $max)? as $kind)
            }
            fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
                // The core keeps numbers within ±(2^53 − 1).
                give(env, *self as f64)
            }
        }
    )+ };
}
whole_field!(u8: 0, 255; u16: 0, 65_535; u32: 0, u32::MAX.into(); u64: 0, SAFE_MAX; i64: -SAFE_MAX, SAFE_MAX;);

impl<T: Field> Field for Option<T> {
    const KIND: &'static str = T::KIND;
    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        T::take(value).map(Some)
    }
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        self.as_ref().map_or_else(|| give(env, Null), |value| value.give(env))
    }
    fn absent(_: &str) -> sentby::Result<Self> {
        Ok(None)
    }
}

impl<T: Field> Field for Vec<T> {
    const KIND: &'static str = "an array";
    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        if !value.is_array().map_err(engine)? {
            return Err(wrong(Self::KIND, value));
        }
        // SAFETY: it is an array.
        let array = unsafe { value.cast::<Object<'_>>() }.map_err(engine)?;
        let length = array.get_array_length().map_err(engine)?;
        let items = (0..length).map(|n| {
            let item: Unknown<'_> = array.get_element(n).map_err(engine)?;
            take_value(&item).map_err(|error| error.at(format_args!("/{n}")))
        });
        items.collect()
    }
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        let items = self.iter().map(|item| item.give(env)).collect::<napi::Result<Vec<_>>>()?;
        give(env, Array::from_vec(env, items)?)
    }
}

impl Field for BTreeMap<String, String> {
    const KIND: &'static str = "an object";
    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        let reader = Reader::of(value, Self::KIND)?;
        let names = Object::keys(&reader.object).map_err(engine)?;
        names.into_iter().map(|name| reader.field(&name).map(|text| (name, text))).collect()
    }
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        let mut object = Object::new(env)?;
        for (name, value) in self {
            if name == "__proto__" {
                // Set, it would be a question to the prototype, and lost.
                let value = env.create_string(value)?;
                let own = Property::new().with_utf8_name(name)?.with_value(&value);
                object.define_properties(&[own.with_property_attributes(
                    PropertyAttributes::Writable | PropertyAttributes::Enumerable | PropertyAttributes::Configurable,
                )])?;
            } else {
                object.set(name, value.as_str())?;
            }
        }
        give(env, object)
    }
}

impl Field for Time {
    const KIND: &'static str = "a Date";
    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        if !value.is_date().map_err(engine)? {
            return Err(wrong(Self::KIND, value));
        }
        // SAFETY: it is a Date.
        let millis = unsafe { value.cast::<JsDate<'_>>() }.and_then(|date| date.value_of()).map_err(engine)?;
        if millis.is_nan() {
            return Err(Error::new(ErrorCode::TimeInvalid, "is an invalid Date"));
        }
        // A Date holds a whole number of at most 8.64 × 10^15.
        Self::from_millis(millis as i64)
    }
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        Ok(env.create_date(self.millis() as f64)?.to_unknown())
    }
}

/// Enums are their words, as literal types.
macro_rules! word_field {
    ($($kind:ty)+) => { $(
        impl Field for $kind {
            const KIND: &'static str = "a string";
            fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
                String::take(value)?.parse()
            }
            fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
                give(env, self.as_str())
            }
        }
    )+ };
}
word_field!(Evidence Consent Customer Event Purpose Role Rounding What LedgerKind EventOutcome OrderState CommissionState WhyWithheld PartnershipState ModerationAction Platform WebhookKind DiagnosisCode ExportFormat LinkWarning LinkField Hint IdentityKind Suspicion Touchpoint ClaimOutcome);

impl Field for Text {
    const KIND: &'static str = "a string";
    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        Ok(String::take(value)?.into())
    }
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        give(env, self.as_str())
    }
}

/// A percentage is decimal text, since a number could not hold it.
impl Field for Rate {
    const KIND: &'static str = "a string";
    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        Self::parse(&String::take(value)?)
    }
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        give(env, self.to_string().as_str())
    }
}

impl Field for Reason {
    const KIND: &'static str = "a string";
    fn take(value: &Unknown<'_>) -> sentby::Result<Self> {
        let code = String::take(value)?;
        Self::from_code(&code).ok_or_else(|| Error::new(ErrorCode::WordUnknown, format!("`{code}` is no reason")))
    }
    fn give<'e>(&self, env: &'e Env) -> napi::Result<Unknown<'e>> {
        give(env, self.as_str())
    }
}
