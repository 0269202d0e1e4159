//! sentby as a WebAssembly module that imports nothing: a call is JSON in and JSON out, and `bindings-node/wasm.mjs` makes the package's own
//! shapes of it.
//!
//! The host asks for room (`sentby_input`), writes the call there, makes it (`sentby_call`), and reads the answer (`sentby_output`).

use sentby::{
    Commission, Consent, CookieSpec, Decision, Error, ErrorCode, IdentityKind, Keys, Messages, Money, Opened, Order, Program, Purpose,
    Referral, Refund, Result, RootKey, Time, Touch,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::cell::RefCell;

#[derive(Debug, Default)]
struct State {
    input: Vec<u8>,
    output: Vec<u8>,
    programs: Vec<Option<Program>>,
    keys: Vec<Option<Keys>>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Room for a call of so many bytes.
#[allow(unsafe_code, reason = "a name that the host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn sentby_input(length: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.input.clear();
        state.input.resize(length, 0);
        state.input.as_mut_ptr()
    })
}

/// Makes the call that was written, and says how long its answer is.
#[allow(unsafe_code, reason = "a name that the host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn sentby_call() -> usize {
    STATE.with_borrow_mut(|state| {
        let input = std::mem::take(&mut state.input);
        let answer = match serde_json::from_slice::<Call>(&input) {
            Ok(call) => state.make(&call.name, call.args),
            Err(error) => Err(wrong(&error)),
        };
        let answer = match answer {
            Ok(value) => json!({ "ok": value }),
            Err(error) => json!({ "error": { "code": error.code().as_str(), "detail": error.detail() } }),
        };
        state.output = answer.to_string().into_bytes();
        state.output.len()
    })
}

/// Where the answer is.
#[allow(unsafe_code, reason = "a name that the host can find")]
#[unsafe(no_mangle)]
pub extern "C" fn sentby_output() -> *const u8 {
    STATE.with_borrow(|state| state.output.as_ptr())
}

#[derive(Deserialize)]
struct Call {
    name: String,
    args: Value,
}

/// A root key with its secret in hexadecimal digits.
#[derive(Deserialize)]
struct KeyText {
    id: u32,
    secret: String,
    retires: Option<Time>,
}

fn wrong(error: &serde_json::Error) -> Error {
    Error::new(ErrorCode::TypeInvalid, error.to_string())
}

fn take<T: DeserializeOwned>(args: Value) -> Result<T> {
    serde_json::from_value(args).map_err(|error| wrong(&error))
}

fn give(value: impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| wrong(&error))
}

/// Puts a thing where one was let go, or at the end, and says where.
fn keep<T>(list: &mut Vec<Option<T>>, thing: T) -> usize {
    match list.iter().position(Option::is_none) {
        Some(place) => {
            if let Some(slot) = list.get_mut(place) {
                *slot = Some(thing);
            }
            place
        }
        None => {
            list.push(Some(thing));
            list.len() - 1
        }
    }
}

fn at<T>(list: &[Option<T>], place: usize) -> Result<&T> {
    let gone = || Error::new(ErrorCode::TypeInvalid, "is no object of this module any more");
    list.get(place).and_then(Option::as_ref).ok_or_else(gone)
}

impl State {
    fn make(&mut self, name: &str, args: Value) -> Result<Value> {
        match name {
            "newProgram" => {
                let (form, text): (String, String) = take(args)?;
                let program = if form == "toml" { Program::from_toml(&text)? } else { Program::from_json(&text)? };
                let about = json!({ "name": program.name(), "vendor": program.vendor(), "parameter": program.parameter(), "version": program.version() });
                Ok(json!([keep(&mut self.programs, program), about]))
            }
            "newKeys" => {
                let (texts,): (Vec<KeyText>,) = take(args)?;
                let mut keys = Vec::with_capacity(texts.len());
                for KeyText { id, secret, retires } in texts {
                    let byte = |n: usize| secret.get(n..n + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0);
                    let bytes: Vec<u8> = (0..secret.len()).step_by(2).map(byte).collect();
                    let key = RootKey::new(id, &bytes);
                    keys.push(match retires {
                        Some(at) => key.retires(at),
                        None => key,
                    });
                }
                give(keep(&mut self.keys, Keys::new(&keys)?))
            }
            "free" => {
                let (what, place): (String, usize) = take(args)?;
                if what == "program" {
                    self.programs.get_mut(place).map(Option::take);
                } else {
                    self.keys.get_mut(place).map(Option::take);
                }
                Ok(Value::Null)
            }
            _ => match name.split_once('.') {
                Some(("program", call)) => self.of_program(call, args),
                Some(("keys", call)) => self.of_keys(call, args),
                _ => alone(name, args),
            },
        }
    }

    fn of_program(&self, call: &str, args: Value) -> Result<Value> {
        let (place, args): (usize, Value) = take(args)?;
        let program = at(&self.programs, place)?;
        match call {
            "toJson" => give(program.to_json()),
            "couponOwner" => take::<(String,)>(args).and_then(|(coupon,)| give(program.coupon_owner(&coupon))),
            "read" => take::<(String,)>(args).and_then(|(url,)| give(program.read(&url)?)),
            "link" => take::<(Referral,)>(args).and_then(|(referral,)| give(program.link(&referral)?)),
            "decorate" => take::<(String, Referral)>(args).and_then(|(url, referral)| give(program.decorate(&url, &referral)?)),
            "carry" => take::<(String, String)>(args).and_then(|(url, carrier)| give(program.carry(&url, &carrier)?)),
            "carried" => take::<(String,)>(args).and_then(|(url,)| give(program.carried(&url)?)),
            "lint" => give(program.lint()),
            "diff" => take::<(usize,)>(args).and_then(|(newer,)| give(program.diff(at(&self.programs, newer)?))),
            "identity" => {
                let (keys, kind, value): (usize, IdentityKind, String) = take(args)?;
                give(program.identity(at(&self.keys, keys)?, kind, &value)?)
            }
            "attribute" => take::<(Order, Vec<Touch>)>(args).and_then(|(order, touches)| give(program.attribute(&order, &touches)?)),
            "fingerprint" => {
                let (order, touches, decision): (Order, Vec<Touch>, Decision) = take(args)?;
                give(program.fingerprint(&order, &touches, &decision)?)
            }
            "commission" => take::<(Order, Decision)>(args).and_then(|(order, decision)| give(program.commission(&order, &decision)?)),
            "commissionAfter" => {
                let (order, decision, earlier): (Order, Decision, Vec<Commission>) = take(args)?;
                give(program.commission_after(&order, &decision, &earlier)?)
            }
            "refund" => take::<(Commission, Refund)>(args).and_then(|(commission, refund)| give(program.refund(&commission, &refund)?)),
            "reverse" => take::<(Commission, String)>(args).and_then(|(commission, id)| give(program.reverse(&commission, &id)?)),
            "restore" => {
                let (commission, refund, id): (Commission, String, String) = take(args)?;
                give(program.restore(&commission, &refund, &id)?)
            }
            _ => Err(unknown(call)),
        }
    }

    fn of_keys(&self, call: &str, args: Value) -> Result<Value> {
        let (place, args): (usize, Value) = take(args)?;
        let keys = at(&self.keys, place)?;
        match call {
            "seal" => {
                let (referral, purpose, audience, now, hours): (Referral, Purpose, String, Time, Option<u16>) = take(args)?;
                give(match hours {
                    Some(hours) => keys.seal_for(&referral, purpose, &audience, now, hours)?,
                    None => keys.seal(&referral, purpose, &audience, now)?,
                })
            }
            "open" => {
                let (text, purpose, audience, now): (String, Purpose, String, Time) = take(args)?;
                give(keys.open(&text, purpose, &audience, now)?)
            }
            "shortCode" => take::<(String, String, Time)>(args).and_then(|(id, audience, now)| give(keys.short_code(&id, &audience, now)?)),
            "openShortCode" => {
                let (text, audience, now): (String, String, Time) = take(args)?;
                give(keys.open_short_code(&text, &audience, now)?)
            }
            "setCookie" => {
                let (spec, touches, consent, now): (CookieSpec, Vec<Touch>, Consent, Time) = take(args)?;
                give(keys.set_cookie(&spec, &touches, consent, now)?)
            }
            "readCookie" => {
                let (spec, header, now): (CookieSpec, String, Time) = take(args)?;
                give(keys.read_cookie(&spec, &header, now)?)
            }
            "forgetCookie" => {
                let (spec, header, clicks, now): (CookieSpec, String, Vec<String>, Time) = take(args)?;
                give(keys.forget_cookie(&spec, &header, &clicks, now)?)
            }
            _ => Err(unknown(call)),
        }
    }
}

/// The calls that need no object.
fn alone(call: &str, args: Value) -> Result<Value> {
    match call {
        "read" => take::<(String,)>(args).and_then(|(url,)| give(sentby::read(&url)?)),
        "readLenient" => take::<(String,)>(args).and_then(|(url,)| give(sentby::read_lenient(&url)?)),
        "lint" => take::<(String,)>(args).and_then(|(url,)| give(sentby::lint(&url)?)),
        "link" => take::<(String, Referral)>(args).and_then(|(network, referral)| give(sentby::link(&network, &referral)?)),
        "carrierNames" => give(sentby::carrier_names()),
        "peek" => take::<(String,)>(args).and_then(|(text,)| give(sentby::carrier::peek(&text)?)),
        "touchOf" => take::<(Opened,)>(args).and_then(|(opened,)| give(opened.touch())),
        "touchWithin" => take::<(Touch, Consent)>(args).and_then(|(touch, consent)| give(touch.within(consent))),
        "referralWithin" => take::<(Referral, Consent)>(args).and_then(|(referral, consent)| give(referral.within(consent))),
        "consent" => take::<(Option<bool>, Option<bool>)>(args).and_then(|(answer, gpc)| give(Consent::of(answer, gpc.unwrap_or(false)))),
        "clearCookie" => take::<(CookieSpec,)>(args).and_then(|(spec,)| give(spec.clear()?)),
        "explain" => take::<(Decision, Option<String>)>(args).and_then(|(decision, messages)| match messages {
            Some(table) => give(decision.explain_in(&Messages::from_json(&table)?)),
            None => give(decision.explain()),
        }),
        "messages" => take::<(String,)>(args).and_then(|(language,)| give(Messages::in_language(&language).map(Messages::to_json))),
        "explainCommission" => take::<(Commission,)>(args).and_then(|(commission,)| give(commission.explain())),
        "parseMoney" => take::<(String, String)>(args).and_then(|(text, currency)| give(Money::parse(&text, &currency)?)),
        "formatMoney" => take::<(Money,)>(args).and_then(|(money,)| give(money.decimal())),
        "allocate" => take::<(u64, Vec<u64>)>(args).and_then(|(total, weights)| give(sentby::allocate(total, &weights))),
        _ => Err(unknown(call)),
    }
}

fn unknown(call: &str) -> Error {
    Error::new(ErrorCode::WordUnknown, format!("{call:?} is no call of this module"))
}
