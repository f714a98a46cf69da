//! Response bodies in the text format.

use std::fmt::{Display, Write};

/// A body of lines, or of records with exactly one empty line between them.
#[derive(Clone, Debug, Default)]
pub struct Text {
    text: String,
    /// True if the next line begins another record.
    parted: bool,
}

impl Text {
    /// Adds a line of a list.
    pub fn line(&mut self, value: impl Display) {
        self.part();
        let _ = writeln!(self.text, "{value}");
    }

    /// Adds `key value`. An empty value leaves the key and its space.
    pub fn pair(&mut self, key: &str, value: impl Display) {
        self.part();
        self.text.push_str(key);
        self.text.push(' ');
        escape(&value.to_string(), &mut self.text);
        self.text.push('\n');
    }

    /// Adds the pair if its value is not empty. The records of drives and servers have no empty values, because
    /// clients parse such lines wrongly.
    pub fn pair_if_set(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.pair(key, value);
        }
    }

    /// Begins another record.
    pub fn next_record(&mut self) {
        self.parted = !self.text.is_empty();
    }

    /// A body with a record for each item.
    pub fn records<T>(items: impl IntoIterator<Item = T>, write: impl Fn(&mut Text, T)) -> String {
        let mut text = Text::default();
        for item in items {
            text.next_record();
            write(&mut text, item);
        }
        text.finish()
    }

    /// A body with a line for each item.
    pub fn lines<T: Display>(items: impl IntoIterator<Item = T>) -> String {
        let mut text = Text::default();
        items.into_iter().for_each(|item| text.line(item));
        text.finish()
    }

    /// The complete body.
    pub fn finish(self) -> String {
        self.text
    }

    fn part(&mut self) {
        if std::mem::take(&mut self.parted) {
            self.text.push('\n');
        }
    }
}

/// The inverse of how values of a request are unescaped.
fn escape(value: &str, text: &mut String) {
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\n', _) => text.push_str("\\n"),
            ('\\', Some('n' | '\n' | '\\')) => text.push_str("\\\\"),
            _ => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_one_empty_line_between_them() {
        let write = |text: &mut Text, number: u8| {
            text.pair("a", number);
            text.pair_if_set("b", "");
            text.pair("c", "x\ny");
        };
        assert_eq!(Text::records([1, 2], write), "a 1\nc x\\ny\n\na 2\nc x\\ny\n");
        assert_eq!(Text::records([], write), "");
    }

    #[test]
    fn a_list_is_one_value_a_line() {
        assert_eq!(Text::lines(["EUR", "GBP"]), "EUR\nGBP\n");
    }
}
