//! PHP behaviour: `json_encode` with its default flags, and Laravel's validation of numbers.

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
