//! Random paths, queries and headers. Most of them are valid.

use super::Ids;
use super::bodies::words;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

pub fn one_of(choices: &[&str]) -> BoxedStrategy<String> {
    let choices: Vec<String> = choices.iter().map(|choice| (*choice).to_owned()).collect();
    prop::sample::select(choices).boxed()
}

/// A path from a pattern. `fill` generates a parameter from the segment before it and its name.
pub fn path(template: &str, fill: impl Fn(&str, &str) -> BoxedStrategy<String>) -> BoxedStrategy<String> {
    let mut before = "";
    let mut segments = vec![];
    for segment in template.split('/') {
        segments.push(match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => fill(before, name),
            None => Just(segment.to_owned()).boxed(),
        });
        before = segment;
    }
    segments.prop_map(|segments| segments.join("/")).boxed()
}

/// A segment of a path: mostly the id of a row of the collection.
pub fn id(collection: &str, ids: &Ids) -> BoxedStrategy<String> {
    let escaped = |text: String| utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
    prop_oneof![
        12 => ids.of(collection).prop_map(escaped),
        1 => Just("0badc0de-0000-4000-8000-000000000bad".to_owned()),
        1 => words().prop_map(escaped),
        1 => one_of(&["%ff", "%", "%zz", "%00", "-1", "99999999999999999999", "detail", "default"]),
    ]
    .boxed()
}

/// Up to two parameters. `names` are separated by spaces; the value is an id, a word, or one of `values`.
pub fn query(names: &str, values: &[&str], ids: &Ids) -> BoxedStrategy<Vec<(String, String)>> {
    let names: Vec<_> = names.split_whitespace().collect();
    let value = prop_oneof![ids.any(), words(), one_of(values)];
    proptest::collection::vec((one_of(&names), value), 0..3).boxed()
}

/// A content type: mostly JSON.
pub fn content_type() -> impl Strategy<Value = (&'static str, String)> {
    let odd = ["text/plain", "", "application/xml", "application/json; charset=x", ";"];
    let text = prop_oneof![12 => Just("application/json".to_owned()), 1 => one_of(&odd)];
    text.prop_map(|text| ("Content-Type", text))
}

/// A body for an operation that reads none.
pub fn mostly_empty(body: BoxedStrategy<Vec<u8>>) -> BoxedStrategy<Vec<u8>> {
    prop_oneof![9 => Just(vec![]), 1 => body].boxed()
}
