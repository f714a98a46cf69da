//! PHP behaviour: `json_encode` with its default flags, and Laravel's validation of numbers.

use crate::engine::Call;
use serde_json::{Map, Value};
use std::fmt::Write;

/// JSON as `json_encode` writes it: slashes escaped, non-ASCII characters as `\uXXXX`. Both occur only inside
/// strings, so the document does not need to be parsed.
pub fn json(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + text.len() / 8);
    for letter in text.chars() {
        match letter {
            '/' => written.push_str("\\/"),
            letter if letter.is_ascii() => written.push(letter),
            letter => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(written, "\\u{unit:04x}");
                }
            }
        }
    }
    written
}

/// The value of a header; several of one name are joined, as the web server does it.
pub fn header(call: &Call, name: &str) -> String {
    let values = call.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    values.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ")
}

/// Laravel's `Input::all()`: the query and the body, which may be a form, multipart or JSON. The body wins.
pub fn input(call: &Call) -> Map<String, Value> {
    let mut fields: Map<String, Value> =
        call.query.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    let kind = call.header("content-type").unwrap_or_default();
    if kind.contains("/json") || kind.contains("+json") {
        let body: Option<Value> = serde_json::from_slice(&call.bytes).ok();
        fields.extend(body.as_ref().and_then(Value::as_object).cloned().unwrap_or_default());
    } else if let Some((_, boundary)) = kind.split_once("boundary=").filter(|_| kind.starts_with("multipart/")) {
        fields.extend(parts(&String::from_utf8_lossy(&call.bytes), boundary.trim_matches('"')));
    } else {
        let form = form_urlencoded::parse(&call.bytes).into_owned();
        fields.extend(form.map(|(key, value)| (key, value.into())));
    }
    fields
}

/// The fields of a multipart body; files are none.
fn parts(body: &str, boundary: &str) -> Vec<(String, Value)> {
    let delimiter = format!("--{}", boundary.split(';').next().unwrap_or_default());
    let field = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let (_, name) = head.split_once("name=\"").filter(|_| !head.contains("filename="))?;
        let value = value.strip_suffix("\r\n").unwrap_or(value);
        Some((name.split('"').next()?.to_owned(), value.into()))
    };
    body.split(delimiter.as_str()).filter_map(field).collect()
}

/// An integer as PHP's `FILTER_VALIDATE_INT` accepts it: optional sign, no leading zeros, surrounding blanks.
pub fn integer(text: &str) -> Option<i64> {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\0']);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = digits == "0" || !digits.starts_with('0');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && plain;
    if is_number { text.parse().ok() } else { None }
}

/// The size that Laravel's `min` and `max` compare: the value of a number, or the length of other text.
pub fn size(text: &str) -> f64 {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).unwrap_or(text.chars().count() as f64)
}

/// True for a valid JSONP callback name: `cb` and `app.lists`, but not `app.lists[0]`.
pub fn is_callback(name: &str) -> bool {
    let starts = |letter: char| letter.is_alphabetic() || letter == '_' || letter == '$';
    let identifier = |part: &str| {
        part.chars().next().is_some_and(starts) && part.chars().all(|letter| starts(letter) || letter.is_numeric())
    };
    name.split('.').all(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_escaped_as_php_does() {
        assert_eq!(json(r#"{"u":"http://ü/😀"}"#), r#"{"u":"http:\/\/\u00fc\/\ud83d\ude00"}"#);
    }

    #[test]
    fn input_is_the_query_and_a_body_of_any_kind() {
        let read = |kind: &str, body: &str| {
            let mut call = Call::new("POST", "/oauth2/token");
            call.query = vec![("scope".into(), "a".into()), ("x".into(), "query".into())];
            call.headers = vec![("Content-Type".into(), kind.into())];
            call.bytes = body.to_owned().into();
            Value::from(input(&call)).to_string()
        };
        let all = r#"{"scope":"a","x":"body"}"#;
        assert_eq!(read("application/x-www-form-urlencoded", "x=body"), all);
        assert_eq!(read("application/json", r#"{"x": "body"}"#), all);
        let part = |head: &str| format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\nbody\r\n--b--\r\n");
        assert_eq!(read("multipart/form-data; boundary=b", &part("name=\"x\"")), all);
        let none = r#"{"scope":"a","x":"query"}"#;
        assert_eq!(read("multipart/form-data; boundary=\"b\"", &part("name=\"x\"; filename=\"f\"")), none);
        assert_eq!(read("application/json", "no JSON"), none);
    }

    #[test]
    fn a_header_that_comes_twice_is_one_with_both_values() {
        let mut call = Call::new("GET", "/");
        call.headers = vec![("authorization".into(), "Bearer a".into()), ("Authorization".into(), "Bearer b".into())];
        assert_eq!(header(&call, "Authorization"), "Bearer a, Bearer b");
    }

    #[test]
    fn numbers_are_what_the_filter_takes() {
        let taken: Vec<_> = ["5", "+5", " 7 ", "-1", "05", "1.5", "abc", ""].map(integer).into();
        assert_eq!(taken, [Some(5), Some(5), Some(7), Some(-1), None, None, None, None]);
        assert_eq!((size("abc"), size("1.5")), (3.0, 1.5));
    }

    #[test]
    fn only_names_are_called_back() {
        assert!(["cb", "a.b", "$", "jQuery123_4"].iter().all(|name| is_callback(name)));
        assert!(["", "a.", "1a", "alert(1)", "a b", "a;b"].iter().all(|name| !is_callback(name)));
    }
}
