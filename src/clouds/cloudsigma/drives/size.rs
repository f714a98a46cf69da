//! Sizes and offsets: bytes, optionally with a k/M/G/T suffix (7.2, 7.3).

use super::super::errors::{self, ValidationErrors};
use super::super::text::Pairs;

/// The largest drive: 16 TiB.
const LARGEST: u64 = 16 << 40;

/// Parses `4194304` or `4M`. None if the text is not a size.
pub fn parse(text: &str) -> Option<u64> {
    let (digits, unit) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 1 << 10),
        b'm' | b'M' => (&text[..text.len() - 1], 1 << 20),
        b'g' | b'G' => (&text[..text.len() - 1], 1 << 30),
        b't' | b'T' => (&text[..text.len() - 1], 1_u64 << 40),
        _ => (text, 1),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse::<u64>().ok()?.checked_mul(unit) } else { None }
}

/// The size of a new drive. Errors are added to `errors_found`, and the size is then 0.
pub fn required(pairs: &Pairs, errors_found: &mut ValidationErrors) -> u64 {
    match pairs.get("size") {
        None => errors_found.add("size", errors::REQUIRED),
        Some(text) => return within(text, 1, &errors::at_least(1), errors_found),
    }
    0
}

/// The size of a clone of a drive of `least` bytes.
pub fn cloned(pairs: &Pairs, least: u64, errors_found: &mut ValidationErrors) -> u64 {
    let less = format!("The size cannot be less than that of the original, {least} bytes.");
    pairs.get("size").map_or(least, |text| within(text, least, &less, errors_found))
}

/// The new size of a drive that has `before` bytes. Drives can only grow; a size of 0 is ignored.
pub fn changed(pairs: &Pairs, before: u64, errors_found: &mut ValidationErrors) -> u64 {
    match pairs.get("size").filter(|text| parse(text) != Some(0)) {
        None => before,
        Some(text) => {
            let less = format!("The size cannot be less than it is, {before} bytes.");
            within(text, before, &less, errors_found)
        }
    }
}

fn within(text: &str, least: u64, less: &str, errors_found: &mut ValidationErrors) -> u64 {
    match parse(text) {
        None => errors_found.add("size", errors::WHOLE_NUMBER),
        Some(size) if size < least => errors_found.add("size", less),
        Some(size) if size > LARGEST => errors_found.add("size", errors::at_most(LARGEST)),
        Some(size) => return size,
    }
    0
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_are_bytes_with_a_suffix() {
        let read: Vec<_> = ["0", "12", "4k", "4K", "3M", "50G", "1T"].map(parse).into();
        let expected = [0, 12, 4 << 10, 4 << 10, 3 << 20, 50 << 30, 1 << 40].map(Some);
        assert_eq!(read, expected);
        for text in ["", "M", "4MB", "-1", "+1", "1.5G", "x", "4 M", "99999999999999999999", "99999999999T", "4é"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
