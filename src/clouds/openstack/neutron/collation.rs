//! How upstream's database compares values: MySQL with the collation `utf8mb3_general_ci`, which ignores case, accents
//! and trailing spaces, and which reads a text as a number where a column has numbers.

use crate::clouds::openstack::python;
use serde_json::Value;
use std::cmp::Ordering;

/// True if a filter with the value `wanted` finds a column with the value `stored`.
pub fn matches(stored: &Value, wanted: &Value) -> bool {
    match (stored, wanted) {
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::String(one), Value::String(other)) => key(one) == key(other),
        (Value::Number(one), Value::String(other)) => one.as_f64() == Some(number(other)),
        (one, other) => one == other || python::str(one) == python::str(other),
    }
}

/// The order of values: null first, numbers by size, texts by their keys.
pub fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Number(one), Value::Number(other)) => {
            one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Value::String(one), Value::String(other)) => key(one).cmp(&key(other)),
        (one, other) => python::str(one).cmp(&python::str(other)),
    }
}

/// The key by which texts are compared and ordered.
pub fn key(text: &str) -> String {
    text.trim_end_matches(' ').chars().map(weight).collect()
}

/// Letters with accents count as the letter, in upper case.
fn weight(c: char) -> char {
    let plain = match c {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' => 'A',
        'Ç' | 'ç' | 'Ć'..='č' => 'C',
        'Ď' | 'ď' => 'D',
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => 'E',
        'Ĝ'..='ģ' => 'G',
        'Ĥ' | 'ĥ' => 'H',
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => 'I',
        'Ĵ' | 'ĵ' => 'J',
        'Ķ' | 'ķ' => 'K',
        'Ĺ'..='ľ' => 'L',
        'Ñ' | 'ñ' | 'Ń'..='ň' => 'N',
        'Ò'..='Ö' | 'ò'..='ö' | 'Ō'..='ő' => 'O',
        'Ŕ'..='ř' => 'R',
        'Ś'..='š' | 'ß' => 'S',
        'Ţ'..='ť' => 'T',
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => 'U',
        'Ŵ' | 'ŵ' => 'W',
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' => 'Y',
        'Ź'..='ž' => 'Z',
        other => other,
    };
    let mut upper = plain.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => plain,
    }
}

/// The number at the start of a text; 0 if there is none.
fn number(text: &str) -> f64 {
    let text = text.trim_start();
    let is_part = |at: usize, c: char| c.is_ascii_digit() || c == '.' || (at == 0 && matches!(c, '-' | '+'));
    let end = text.char_indices().find(|(at, c)| !is_part(*at, *c)).map_or(text.len(), |(at, _)| at);
    text.get(..end).and_then(|start| start.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_compared_without_case_accents_and_trailing_spaces() {
        assert!(matches(&json!("Häuser"), &json!("hauser  ")));
        assert!(!matches(&json!("one"), &json!(" one")));
        assert_eq!(compare(&json!("b"), &json!("A")), Ordering::Greater);
    }

    #[test]
    fn a_text_is_a_number_where_numbers_are_stored() {
        assert!(matches(&json!(0), &json!("some-text")));
        assert!(matches(&json!(7), &json!("7 of 9")));
        assert!(!matches(&json!(0), &json!("7")));
        assert!(!matches(&json!(null), &json!("null")));
    }
}
