//! Comparisons of MySQL, the database under most clouds, whose results clients see in filters and orders.

/// A text as it is compared: without regard to case and to spaces at the end (`utf8_general_ci`).
pub fn folded(text: &str) -> String {
    text.trim_end_matches(' ').to_uppercase()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_at_the_end_do_not_count() {
        assert!(same("Ant", "aNT  ") && !same(" ant", "ant") && !same("ant", "an"));
    }

    #[test]
    fn a_text_is_the_number_at_its_beginning() {
        for (text, value) in [("12", 12.0), ("1.5x", 1.5), (" -3", -3.0), ("x1", 0.0), ("", 0.0), ("+", 0.0)] {
            assert_eq!(number(text).to_bits(), f64::to_bits(value), "{text}");
        }
    }
}
