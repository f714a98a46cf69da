//! JSON answers, written field by field straight into the response: no tree is built, nothing is copied,
//! and a view reads like the documentation of what it shows.

use serde::Serialize;
use std::cell::Cell;

/// An object being written.
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

/// A list being written.
pub struct List<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

thread_local! {
    /// Where answers are written before it is known how long they are.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(vec![]) };
}

/// Scratch space that has grown beyond this many bytes is given back.
const KEPT: usize = 64 << 10;

/// The bytes of one object.
pub fn object(fill: impl FnOnce(&mut Object)) -> Vec<u8> {
    // One that is written within another finds an empty space, which is as good.
    let mut out = SCRATCH.take();
    out.clear();
    braces(&mut out, fill);
    let written = out.to_vec();
    if out.capacity() <= KEPT {
        SCRATCH.set(out);
    }
    written
}

impl Object<'_> {
    pub fn set(&mut self, key: &str, value: impl Serialize) {
        self.key(key);
        write(self.out, value);
    }

    pub fn object(&mut self, key: &str, fill: impl FnOnce(&mut Object)) {
        self.key(key);
        braces(self.out, fill);
    }

    pub fn list(&mut self, key: &str, fill: impl FnOnce(&mut List)) {
        self.key(key);
        brackets(self.out, fill);
    }

    /// A list with one object for each item.
    pub fn each<T>(&mut self, key: &str, items: impl IntoIterator<Item = T>, show: impl Fn(&mut Object, T)) {
        self.list(key, |list| items.into_iter().for_each(|item| list.object(|o| show(o, item))));
    }

    fn key(&mut self, key: &str) {
        comma(self.out, &mut self.empty);
        // Most keys are names of fields; those of metadata may be anything. All bytes are looked at, since that is
        // quicker than to stop at the first that must be escaped.
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

/// Writing to memory cannot fail; a value that JSON can't hold (a map with keys that are no text) shows as null.
fn write(out: &mut Vec<u8>, value: impl Serialize) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, &value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}
