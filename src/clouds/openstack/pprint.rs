//! Python's `pprint.pformat(value, width=72, sort_dicts=False)`. jsonschema formats schemas and bodies with it in the
//! long form of its errors, which Keystone shows.

use super::python::{quoted, repr};
use serde_json::Value;

const WIDTH: usize = 72;

pub fn pformat(value: &Value) -> String {
    let mut out = String::new();
    format(&mut out, value, Place { indent: 0, allowance: 0, top: true });
    out
}

/// The position of a value: its indentation, and the number of characters that must fit after it on its last line.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    allowance: usize,
    top: bool,
}

fn format(out: &mut String, value: &Value, place: Place) {
    let flat = repr(value);
    let room = WIDTH.saturating_sub(place.indent + place.allowance);
    match value {
        Value::Object(fields) if width(&flat) > room => {
            let count = fields.len();
            out.push('{');
            for (index, (key, field)) in fields.iter().enumerate() {
                let key = quoted(key);
                if index > 0 {
                    next_line(out, place.indent + 1);
                }
                out.push_str(&key);
                out.push_str(": ");
                let indent = place.indent + 1 + width(&key) + 2;
                format(out, field, inner(place, indent, index + 1 == count));
            }
            out.push('}');
        }
        Value::Array(items) if width(&flat) > room => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    next_line(out, place.indent + 1);
                }
                format(out, item, inner(place, place.indent + 1, index + 1 == items.len()));
            }
            out.push(']');
        }
        Value::String(text) if width(&flat) > room && !text.is_empty() => format_text(out, text, place),
        _ => out.push_str(&flat),
    }
}

/// The position of an item. The last one is followed by the closing bracket of its container, the others by a comma.
fn inner(place: Place, indent: usize, last: bool) -> Place {
    Place { indent, allowance: if last { place.allowance + 1 } else { 1 }, top: false }
}

fn next_line(out: &mut String, indent: usize) {
    out.push_str(",\n");
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A string that is too long is broken into several literals below each other, in parentheses at the top level.
fn format_text(out: &mut String, text: &str, place: Place) {
    let (indent, allowance) = (place.indent + usize::from(place.top), place.allowance + usize::from(place.top));
    let room = WIDTH.saturating_sub(indent);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut pieces = vec![];
    for (index, line) in lines.iter().enumerate() {
        let behind = if index + 1 == lines.len() { allowance } else { 0 };
        if width(&quoted(line)) <= room.saturating_sub(behind) {
            pieces.push(quoted(line));
        } else {
            break_line(&mut pieces, line, room, behind);
        }
    }
    let stands_alone = place.top && pieces.len() > 1;
    if stands_alone {
        out.push('(');
    }
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(piece);
    }
    if stands_alone {
        out.push(')');
    }
}

/// Breaks a line between words. `behind` characters must fit after the last piece.
fn break_line(pieces: &mut Vec<String>, line: &str, room: usize, behind: usize) {
    let words = words(line);
    let mut current = String::new();
    for (index, word) in words.iter().enumerate() {
        let room = if index + 1 == words.len() { room.saturating_sub(behind) } else { room };
        let candidate = format!("{current}{word}");
        if width(&quoted(&candidate)) > room {
            if !current.is_empty() {
                pieces.push(quoted(&current));
            }
            current = (*word).to_owned();
        } else {
            current = candidate;
        }
    }
    if !current.is_empty() {
        pieces.push(quoted(&current));
    }
}

/// Splits a line into words, each with the white space after it.
fn words(line: &str) -> Vec<&str> {
    let mut words = vec![];
    let mut start = 0;
    let mut in_space = false;
    for (at, c) in line.char_indices() {
        if in_space && !c.is_whitespace() {
            words.push(&line[start..at]);
            start = at;
        }
        in_space = c.is_whitespace();
    }
    if start < line.len() {
        words.push(&line[start..]);
    }
    words
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_fits_stands_on_one_line() {
        assert_eq!(pformat(&json!({"type": "string", "n": [1, null]})), "{'type': 'string', 'n': [1, None]}");
    }

    #[test]
    fn what_does_not_fit_is_broken_as_python_does() {
        let schema = json!({
            "type": "object",
            "properties": {"original_password": {"type": "string"}, "password": {"type": "string"}},
            "required": ["original_password", "password"],
        });
        let expected = "{'type': 'object',\n \
                        'properties': {'original_password': {'type': 'string'},\n                \
                        'password': {'type': 'string'}},\n \
                        'required': ['original_password', 'password']}";
        assert_eq!(pformat(&schema), expected);
    }

    #[test]
    fn a_long_text_stands_in_pieces() {
        let text = "word ".repeat(20);
        let expected = format!("('{}'\n '{}')", "word ".repeat(13), "word ".repeat(7));
        assert_eq!(pformat(&json!(text)), expected);
    }
}
