//! Comparisons of MySQL, the database under most clouds, whose results clients see in filters and orders. The collation is
//! `utf8mb3_general_ci`, which ignores case, accents and trailing spaces.

use super::python;
use serde_json::Value;
use std::cmp::Ordering;

/// A text as it is compared and ordered.
pub fn folded(text: &str) -> String {
    text.trim_end_matches(' ').chars().map(weight).collect()
}

/// True if two texts are equal.
pub fn same(one: &str, other: &str) -> bool {
    one == other || folded(one) == folded(other)
}

/// A text that is compared with a number: the number at its beginning, or 0.
pub fn number(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c))).unwrap_or(text.len());
    text.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0.0)
}

/// True if a filter with the value `wanted` finds a column with the value `stored`. A text is read as a number where the
/// column has numbers.
pub fn matches(stored: &Value, wanted: &Value) -> bool {
    match (stored, wanted) {
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::String(one), Value::String(other)) => same(one, other),
        (Value::Number(one), Value::String(other)) => one.as_f64() == Some(number(other)),
        (one, other) => one == other || python::str(one) == python::str(other),
    }
}

/// The order of values: null first, numbers by size, texts as [`folded`].
pub fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Number(one), Value::Number(other)) => {
            one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Value::String(one), Value::String(other)) => folded(one).cmp(&folded(other)),
        (one, other) => python::str(one).cmp(&python::str(other)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn case_accents_and_spaces_at_the_end_do_not_count() {
        assert!(same("Ant", "aNT  ") && !same(" ant", "ant") && !same("ant", "an"));
        assert!(matches(&json!("Häuser"), &json!("hauser  ")));
        assert!(!matches(&json!("one"), &json!(" one")));
        assert_eq!(compare(&json!("b"), &json!("A")), Ordering::Greater);
    }

    #[test]
    fn a_text_is_the_number_at_its_beginning() {
        for (text, value) in [("12", 12.0), ("1.5x", 1.5), (" -3", -3.0), ("x1", 0.0), ("", 0.0), ("+", 0.0)] {
            assert_eq!(number(text).to_bits(), f64::to_bits(value), "{text}");
        }
    }

    #[test]
    fn a_text_is_a_number_where_numbers_are_stored() {
        assert!(matches(&json!(0), &json!("some-text")));
        assert!(matches(&json!(7), &json!("7 of 9")));
        assert!(!matches(&json!(0), &json!("7")));
        assert!(!matches(&json!(null), &json!("null")));
    }
}
