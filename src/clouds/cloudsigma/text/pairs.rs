//! Request bodies in the text format: one object, one pair per line.

use serde_json::{Map, Value};
use std::collections::HashMap;

/// The pairs of a request in their order. If a key comes twice, the last value counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs {
    pairs: Vec<(String, String)>,
    /// The position of each key, so that look-ups in large bodies are fast.
    places: HashMap<String, usize>,
}

impl Pairs {
    /// Splits every line at its first space. A line without a space is a key without a value; a line without a key is
    /// ignored. Lines may also end with CR LF. Bytes that are not UTF-8 are replaced, so every body can be parsed.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut pairs = Pairs::default();
        for line in String::from_utf8_lossy(bytes).split('\n') {
            let line = line.trim_end_matches('\r');
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            if !key.trim().is_empty() {
                pairs.put(key, &unescaped(value));
            }
        }
        pairs
    }

    /// Sets a key. A key that exists keeps its position.
    pub fn put(&mut self, key: &str, value: &str) {
        match self.places.get(key).and_then(|place| self.pairs.get_mut(*place)) {
            Some((_, known)) => value.clone_into(known),
            None => {
                self.places.insert(key.to_owned(), self.pairs.len());
                self.pairs.push((key.to_owned(), value.to_owned()));
            }
        }
    }

    /// The value of a key; None if it is missing or empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.named(key).filter(|value| !value.is_empty())
    }

    /// The value of a key that the request has, even if it is empty.
    pub fn named(&self, key: &str) -> Option<&str> {
        self.pairs.get(*self.places.get(key)?).map(|(_, value)| value.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The pairs as a JSON object of strings, for faults and the journal.
    pub fn to_json(&self) -> Value {
        self.iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect::<Map<_, _>>().into()
    }
}

/// A response as JSON: the object of each record, or a list of lines.
pub fn records_to_json(text: &[u8]) -> Value {
    let text = String::from_utf8_lossy(text);
    let records: Vec<_> = text.split("\n\n").map(str::trim_end).filter(|record| !record.is_empty()).collect();
    let shown = |record: &&str| match record.contains(' ') {
        true => Pairs::parse(record.as_bytes()).to_json(),
        false => record.split('\n').map(Value::from).collect(),
    };
    match records[..] {
        [one] => shown(&one),
        _ => records.iter().map(shown).collect(),
    }
}

/// A newline in a value is written as `\n`. A backslash before another backslash or an `n` is doubled. Any other
/// backslash is kept.
fn unescaped(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some('n')) => {
                letters.next();
                plain.push('\n');
            }
            ('\\', Some('\\')) => {
                letters.next();
                plain.push('\\');
            }
            _ => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;
    use proptest::prelude::*;

    fn all(pairs: &Pairs) -> Vec<(&str, &str)> {
        pairs.iter().collect()
    }

    #[test]
    fn a_line_is_split_at_its_first_space() {
        let pairs = Pairs::parse(b"name Test server\nblock:0 \nbare\n\n nothing\nsize 1\nlast no newline");
        let expected = [("name", "Test server"), ("block:0", ""), ("bare", ""), ("size", "1"), ("last", "no newline")];
        assert_eq!(all(&pairs), expected);
        assert_eq!((pairs.get("block:0"), pairs.named("block:0"), pairs.named("none")), (None, Some(""), None));
    }

    #[test]
    fn the_last_of_two_lines_counts() {
        assert_eq!(all(&Pairs::parse(b"a 1\nb 2\na 3")), [("a", "3"), ("b", "2")]);
    }

    #[test]
    fn records_and_lists_are_shown_as_json() {
        let shown = |text: &str| records_to_json(text.as_bytes()).to_string();
        assert_eq!(shown("a 1\nb \n"), r#"{"a":"1","b":""}"#);
        assert_eq!(shown("a 1\n\na 2\n"), r#"[{"a":"1"},{"a":"2"}]"#);
        assert_eq!((shown("x\ny\n"), shown("")), (r#"["x","y"]"#.into(), "[]".into()));
    }

    #[test]
    fn lines_may_end_as_on_windows() {
        let pairs = Pairs::parse(b"name root\r\nsize 1G\r\n\r\n");
        assert_eq!(all(&pairs), [("name", "root"), ("size", "1G")]);
    }

    #[test]
    fn newlines_inside_a_value_are_two_characters() {
        assert_eq!(Pairs::parse(br"a one\ntwo").get("a"), Some("one\ntwo"));
        assert_eq!(Pairs::parse(br"a C:\dir\\new").get("a"), Some(r"C:\dir\new"));
    }

    proptest! {
        /// Values read back as they were written, except that a return at the end belongs to the end of the line.
        #[test]
        fn any_value_goes_through_the_dialect(
            fields in proptest::collection::btree_map("[a-z][a-z0-9:_]{0,12}", "(\\PC|[\\\\n\n\r\t ]){0,24}", 0..8)
        ) {
            let mut text = Text::default();
            fields.iter().for_each(|(key, value)| text.pair(key, value));
            let read = Pairs::parse(text.finish().as_bytes());
            let expected: Vec<_> = fields.iter().map(|(key, value)| (key.as_str(), value.trim_end_matches('\r'))).collect();
            prop_assert_eq!(all(&read), expected);
        }

        /// Every body parses without a panic, and the result survives being written and read again.
        #[test]
        fn any_bytes_are_an_object(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let pairs = Pairs::parse(&bytes);
            let mut text = Text::default();
            pairs.iter().for_each(|(key, value)| text.pair(key, value));
            prop_assert_eq!(Pairs::parse(text.finish().as_bytes()), pairs);
        }
    }
}
