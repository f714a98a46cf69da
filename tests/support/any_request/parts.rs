//! What requests are put together from: paths, queries and headers that are mostly right.

use super::Ids;
use super::bodies::words;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

pub fn one_of(choices: &[&str]) -> BoxedStrategy<String> {
    let choices: Vec<String> = choices.iter().map(|choice| (*choice).to_owned()).collect();
    prop::sample::select(choices).boxed()
}

/// The path with its parameters filled in, each known by the segment before it and by its own name.
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

/// Mostly the id of something in the collection, as a segment of a path.
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

/// Up to two of the names (written with spaces between them), with ids, words, or what these names are often given.
pub fn query(names: &str, values: &[&str], ids: &Ids) -> BoxedStrategy<Vec<(String, String)>> {
    let names: Vec<_> = names.split_whitespace().collect();
    let value = prop_oneof![ids.any(), words(), one_of(values)];
    proptest::collection::vec((one_of(&names), value), 0..3).boxed()
}

/// Mostly JSON.
pub fn content_type() -> impl Strategy<Value = (&'static str, String)> {
    let odd = ["text/plain", "", "application/xml", "application/json; charset=x", ";"];
    let text = prop_oneof![12 => Just("application/json".to_owned()), 1 => one_of(&odd)];
    text.prop_map(|text| ("Content-Type", text))
}

/// What an operation is sent that reads no body.
pub fn mostly_empty(body: BoxedStrategy<Vec<u8>>) -> BoxedStrategy<Vec<u8>> {
    prop_oneof![9 => Just(vec![]), 1 => body].boxed()
}
