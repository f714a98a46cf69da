//! Python's representations of values, which the real services put into their messages.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;
use serde_json::{Map, Number, Value};
use std::sync::LazyLock;

/// `repr(value)`: `{'a': 1}`, `None`, and strings with the quotes that Python chooses.
pub fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number_text(number),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(key, value)| format!("{}: {}", quoted(key), repr(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// `repr(number)`: floats have a point or an exponent.
fn number_text(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => float_text(float),
        None => number.to_string(),
    }
}

/// `repr(float)`: the shortest digits that give the same number, with an exponent of two digits or more for numbers
/// below 0.0001 and from 1e16 on.
pub fn float_text(float: f64) -> String {
    let scientific = format!("{float:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => {
            let plain = float.to_string();
            if plain.contains('.') { plain } else { format!("{plain}.0") }
        }
    }
}

/// A message about a body with its large integers written out. serde_json reads an integer of more than 64 bits as a
/// float, which looks different from Python's integers of any size.
pub fn with_large_integers(message: String, body: &[u8]) -> String {
    let mut message = message;
    if !message.contains("e+") {
        return message;
    }
    for literal in large_integers(body) {
        if let Ok(float) = literal.parse::<f64>() {
            message = message.replace(&float_text(float), literal);
        }
    }
    message
}

/// The integers of a JSON text that do not fit into 64 bits.
fn large_integers(body: &[u8]) -> Vec<&str> {
    let Ok(text) = std::str::from_utf8(body) else { return vec![] };
    let (mut found, mut quoted, mut escaped, mut start) = (vec![], false, false, None);
    for (at, byte) in text.bytes().enumerate().chain([(text.len(), b' ')]) {
        if quoted {
            (quoted, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E' => {
                start.get_or_insert(at);
                continue;
            }
            _ => {}
        }
        let literal = start.take().and_then(|start| text.get(start..at)).unwrap_or_default();
        let is_integer = literal.strip_prefix('-').unwrap_or(literal).bytes().all(|byte| byte.is_ascii_digit());
        if literal.len() > 18 && is_integer && literal.parse::<i64>().is_err() && literal.parse::<u64>().is_err() {
            found.push(literal);
        }
    }
    found
}

/// `str(value)`: like `repr`, but strings have no quotes.
pub fn str(value: &Value) -> String {
    if let Value::String(text) = value { text.clone() } else { repr(value) }
}

/// `repr(text)`: in single quotes, or in double quotes if the text has single quotes only.
pub fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => out.push_str(&match u32::from(c) {
                code @ 0..0x100 => format!("\\x{code:02x}"),
                code @ 0x100..0x1_0000 => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
        }
    }
    out.push(quote);
    out
}

/// `str.isprintable`: everything but controls, formats, unassigned letters, and separators other than the space.
pub fn is_printable(letter: char) -> bool {
    static NOT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{C}\p{Z}]").ok());
    let in_category = || NOT.as_ref().is_some_and(|not| not.is_match(letter.encode_utf8(&mut [0; 4])));
    matches!(letter, ' '..='~') || (!letter.is_ascii() && !in_category())
}

/// `bool(value)`: everything but null, false, zero and what is empty.
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// `strutils.bool_from_string` of oslo: true, false, or None for other texts.
pub fn bool_from_string(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "on" | "y" | "yes" => Some(true),
        "0" | "f" | "false" | "off" | "n" | "no" => Some(false),
        _ => None,
    }
}

/// `int(text)`, which accepts signs, spaces, underscores between digits, and numbers of any length. Numbers out of range
/// saturate.
pub fn int(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let extreme = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    digits.split('_').all(is_number).then(|| text.replace('_', "").parse().unwrap_or(extreme))
}

/// Python's `b64decode`: characters outside of the alphabet and everything after the padding are ignored. None if the
/// padding is wrong.
pub fn b64decode(text: &str) -> Option<Vec<u8>> {
    let mut letters = String::with_capacity(text.len() + 3);
    let mut padding = 0;
    for letter in text.chars() {
        match letter {
            '=' if letters.len() % 4 >= 2 && letters.len() % 4 + padding >= 3 => {
                return STANDARD_NO_PAD.decode(letters).ok();
            }
            '=' => padding += 1,
            'a'..='z' | 'A'..='Z' | '0'..='9' | '+' | '/' => {
                letters.push(letter);
                padding = 0;
            }
            _ => {}
        }
    }
    if letters.len().is_multiple_of(4) { STANDARD_NO_PAD.decode(letters).ok() } else { None }
}

/// Python accepts trailing bits that are not zero.
const STANDARD_NO_PAD: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// `ast.literal_eval(text)` as JSON, with tuples and sets as lists. None where Python raises an error.
pub fn literal(text: &str) -> Option<Value> {
    let mut rest = text.trim_start_matches([' ', '\t']).trim_end();
    let value = literal_at(&mut rest, 0)?;
    rest.trim().is_empty().then_some(value)
}

/// The deepest nesting that is parsed; real inputs are never nested deeper.
const DEEPEST: usize = 32;

fn literal_at(rest: &mut &str, depth: usize) -> Option<Value> {
    skip_spaces(rest);
    let first = rest.chars().next().filter(|_| depth < DEEPEST)?;
    match first {
        '{' => braces_at(rest, depth),
        '[' => Some(Value::Array(items_at(rest, ']', depth)?)),
        '(' => Some(Value::Array(items_at(rest, ')', depth)?)),
        '\'' | '"' => text_at(rest, first).map(Value::String),
        _ => {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-._".contains(c))).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            *rest = after;
            match word {
                "None" => Some(Value::Null),
                "True" => Some(Value::Bool(true)),
                "False" => Some(Value::Bool(false)),
                _ => {
                    word.parse::<i64>().map(Value::from).or_else(|_| word.parse::<f64>().map(Value::from)).ok().filter(
                        |_| {
                            word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) && !word.contains("inf")
                        },
                    )
                }
            }
        }
    }
}

/// A dict, or a set.
fn braces_at(rest: &mut &str, depth: usize) -> Option<Value> {
    let start = *rest;
    *rest = rest.get(1..)?;
    let mut fields = Map::new();
    loop {
        skip_spaces(rest);
        if let Some(after) = rest.strip_prefix('}') {
            *rest = after;
            return Some(Value::Object(fields));
        }
        let key = literal_at(rest, depth + 1)?;
        skip_spaces(rest);
        let Some(after) = rest.strip_prefix(':') else {
            *rest = start;
            return items_at(rest, '}', depth).map(Value::Array);
        };
        *rest = after;
        fields.insert(str(&key), literal_at(rest, depth + 1)?);
        skip_spaces(rest);
        *rest = match rest.strip_prefix(',') {
            Some(after) => after,
            None if rest.starts_with('}') => rest,
            None => return None,
        };
    }
}

fn items_at(rest: &mut &str, end: char, depth: usize) -> Option<Vec<Value>> {
    *rest = rest.get(1..)?;
    let mut items = vec![];
    loop {
        skip_spaces(rest);
        if let Some(after) = rest.strip_prefix(end) {
            *rest = after;
            return Some(items);
        }
        items.push(literal_at(rest, depth + 1)?);
        skip_spaces(rest);
        *rest = match rest.strip_prefix(',') {
            Some(after) => after,
            None if rest.starts_with(end) => rest,
            None => return None,
        };
    }
}

fn text_at(rest: &mut &str, quote: char) -> Option<String> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                escaped @ ('\\' | '\'' | '"') => text.push(escaped),
                other => text.extend(['\\', other]),
            },
            c if c == quote => {
                *rest = rest.get(at + 1..)?;
                return Some(text);
            }
            '\n' => return None,
            c => text.push(c),
        }
    }
    None
}

fn skip_spaces(rest: &mut &str) {
    *rest = rest.trim_start();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_look_as_python_prints_them() {
        assert_eq!(repr(&json!({"a": [1, null, true, "x"]})), "{'a': [1, None, True, 'x']}");
        assert_eq!(quoted("it's"), "\"it's\"");
        assert_eq!(quoted("a\n'\""), "'a\\n\\'\"'");
        assert_eq!(str(&json!("x")), "x");
    }

    #[test]
    fn numbers_look_as_python_prints_them() {
        let floats = [(1e20, "1e+20"), (1.5e-7, "1.5e-07"), (0.0001, "0.0001"), (1e15, "1000000000000000.0")];
        for (float, text) in floats.into_iter().chain([(-2.0, "-2.0"), (1e16, "1e+16"), (2.5, "2.5"), (0.0, "0.0")]) {
            assert_eq!(repr(&json!(float)), text);
        }
        assert_eq!(repr(&json!(-7)), "-7");
        let body =
            br#"{"a": 100000000000000000000, "b\\": "\"200000000000000000000", "c": -1e22, "d": 18446744073709551615}"#;
        assert_eq!(large_integers(body), ["100000000000000000000"]);
        let message = with_large_integers("1e+20 is not of type 'string'".into(), body);
        assert_eq!(message, "100000000000000000000 is not of type 'string'");
    }

    #[test]
    fn literals_are_read_as_python_reads_them() {
        assert_eq!(literal("{'a': 'b', \"c\": [1, None, (True,)]}"), Some(json!({"a": "b", "c": [1, null, [true]]})));
        assert_eq!(literal("{'a', 'b'}"), Some(json!(["a", "b"])));
        assert_eq!(literal("{}"), Some(json!({})));
        assert_eq!(literal("-7"), Some(json!(-7)));
        assert_eq!(literal("'it\\'s'"), Some(json!("it's")));
        for not_literal in ["available", "", "{'a'", "[1 2]", "'", "1 2", "nan", "{'a': }"] {
            assert_eq!(literal(not_literal), None, "{not_literal}");
        }
    }
}
