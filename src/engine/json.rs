//! Writes JSON answers field by field, without building a tree of values first. A view then reads like the
//! documentation of what it shows:
//!
//! ```ignore
//! o.set("id", &volume.id);
//! o.object("links", |o| o.set("self", url));
//! o.each("attachments", attachments, |o, one| o.set("server_id", &one.server));
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::Cell;

/// An object that is being written. Keys are written in the order of the calls.
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

/// A list that is being written.
pub struct List<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

thread_local! {
    /// The buffer that objects are written to before their length is known; reused by all answers of a thread.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(vec![]) };
}

/// A buffer that has grown beyond this many bytes is freed.
const MAX_SCRATCH: usize = 64 << 10;

/// Writes one object and returns its bytes.
pub fn object(fill: impl FnOnce(&mut Object)) -> Vec<u8> {
    // An object that is written within another one finds no buffer and makes its own.
    let mut out = SCRATCH.take();
    out.clear();
    braces(&mut out, fill);
    let written = out.to_vec();
    if out.capacity() <= MAX_SCRATCH {
        SCRATCH.set(out);
    }
    written
}

impl Object<'_> {
    /// A field with any value that serde can write.
    pub fn set(&mut self, key: &str, value: impl Serialize) {
        self.key(key);
        write(self.out, value);
    }

    /// A field that is an object.
    pub fn object(&mut self, key: &str, fill: impl FnOnce(&mut Object)) {
        self.key(key);
        braces(self.out, fill);
    }

    /// A field that is a list.
    pub fn list(&mut self, key: &str, fill: impl FnOnce(&mut List)) {
        self.key(key);
        brackets(self.out, fill);
    }

    /// A field that is a list of objects, one for each item.
    pub fn each<T>(&mut self, key: &str, items: impl IntoIterator<Item = T>, show: impl Fn(&mut Object, T)) {
        self.list(key, |list| items.into_iter().for_each(|item| list.object(|o| show(o, item))));
    }

    fn key(&mut self, key: &str) {
        comma(self.out, &mut self.empty);
        // Most keys need no escaping, but metadata keys may be anything. The loop has no early exit, so that the compiler
        // can vectorise it.
        let escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        if !key.bytes().fold(false, |any, byte| any | escaped(byte)) {
            self.out.push(b'"');
            self.out.extend_from_slice(key.as_bytes());
            self.out.push(b'"');
        } else {
            write(self.out, key);
        }
        self.out.push(b':');
    }
}

impl List<'_> {
    pub fn push(&mut self, value: impl Serialize) {
        comma(self.out, &mut self.empty);
        write(self.out, value);
    }

    pub fn object(&mut self, fill: impl FnOnce(&mut Object)) {
        comma(self.out, &mut self.empty);
        braces(self.out, fill);
    }
}

fn braces(out: &mut Vec<u8>, fill: impl FnOnce(&mut Object)) {
    out.push(b'{');
    fill(&mut Object { out, empty: true });
    out.push(b'}');
}

fn brackets(out: &mut Vec<u8>, fill: impl FnOnce(&mut List)) {
    out.push(b'[');
    fill(&mut List { out, empty: true });
    out.push(b']');
}

fn comma(out: &mut Vec<u8>, empty: &mut bool) {
    if !std::mem::take(empty) {
        out.push(b',');
    }
}

/// A value that JSON cannot express (a map whose keys are not strings) is written as null.
fn write(out: &mut Vec<u8>, value: impl Serialize) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, &value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

/// Reads a value that has passed its schema. JSON Schema counts 1.0 among the integers and serde does not, so a value with
/// such numbers is read as if they had no fraction.
pub fn from_json<T: DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
    T::deserialize(value).or_else(|_| T::deserialize(&with_whole_numbers(value)))
}

fn with_whole_numbers(value: &Value) -> Value {
    /// Whole floats from -LIMIT up to, but without, LIMIT are an `i64`.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && (-LIMIT..LIMIT).contains(float));
            whole.map_or_else(|| value.clone(), |float| (float as i64).into())
        }
        Value::Array(items) => items.iter().map(with_whole_numbers).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), with_whole_numbers(field))).collect(),
        other => other.clone(),
    }
}
