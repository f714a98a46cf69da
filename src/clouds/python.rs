//! Python behaviour that services of several clouds share.

use std::fmt;

/// The error of Python's `json` for a text that is not JSON: `Expecting value: line 1 column 7 (char 6)`.
pub struct JsonError {
    pub says: &'static str,
    pub line: usize,
    pub column: usize,
    /// The offset in bytes, from 0.
    pub position: usize,
}

const UNTERMINATED: &str = "Unterminated string starting at";

impl JsonError {
    pub fn of(text: &[u8], error: &serde_json::Error) -> Self {
        let message = error.to_string();
        let says = [
            ("key must be a string", "Expecting property name enclosed in double quotes"),
            ("trailing comma", "Illegal trailing comma before end of object"),
            ("trailing characters", "Extra data"),
            ("expected `:`", "Expecting ':' delimiter"),
            ("EOF while parsing a list", "Expecting ',' delimiter"),
            ("expected `,`", "Expecting ',' delimiter"),
            ("control character", "Invalid control character at"),
            ("EOF while parsing a string", UNTERMINATED),
            ("escape", "Invalid \\escape"),
        ];
        let says = says.iter().find(|(theirs, _)| message.starts_with(theirs) || message.contains(theirs));
        let says = says.map_or("Expecting value", |(_, says)| says);
        // If the text ends too early, Python reports the position after its end.
        let at_end = error.is_eof() && says != UNTERMINATED;
        let (line, column) = (error.line().max(1), (error.column() + usize::from(at_end)).max(1));
        let before: usize = text.split(|byte| *byte == b'\n').take(line - 1).map(|line| line.len() + 1).sum();
        JsonError { says, line, column, position: before + column - 1 }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JsonError { says, line, column, position } = self;
        write!(f, "{says}: line {line} column {column} (char {position})")
    }
}

#[cfg(test)]
mod tests {
    use super::JsonError;

    #[test]
    fn mistakes_are_where_python_finds_them() {
        for (text, says) in [
            ("{\"a\": }", "Expecting value: line 1 column 7 (char 6)"),
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("{\"a\": ", "Expecting value: line 1 column 7 (char 6)"),
            ("[1", "Expecting ',' delimiter: line 1 column 3 (char 2)"),
            ("[1,\n 2 3]", "Expecting ',' delimiter: line 2 column 4 (char 7)"),
            ("{} {}", "Extra data: line 1 column 4 (char 3)"),
            ("{a: 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ] {
            let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
            assert_eq!(JsonError::of(text.as_bytes(), &error).to_string(), says, "{text}");
        }
    }
}
