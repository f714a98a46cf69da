//! URL quoting of Python's `urllib.parse`.

use crate::engine::Call;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// The characters besides letters and digits that are never quoted.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const UNRESERVED_OR_SPACE: &AsciiSet = &UNRESERVED.remove(b' ');

/// `quote(text, safe='')`
pub fn quote(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, UNRESERVED)
}

/// `quote_plus(text)`: spaces become plus signs.
pub fn quote_plus(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED_OR_SPACE).to_string().replace(' ', "+")
}

/// `urlencode(pairs)`
pub fn urlencode<'q>(pairs: impl IntoIterator<Item = (&'q str, &'q str)>) -> String {
    let pairs = pairs.into_iter().map(|(name, value)| format!("{}={}", quote_plus(name), quote_plus(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// `urlencode(pairs, quote_via=quote)`
pub fn urlencode_quoted<'q>(pairs: impl IntoIterator<Item = (&'q str, &'q str)>) -> String {
    let pairs = pairs.into_iter().map(|(name, value)| format!("{}={}", quote(name), quote(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The query parameters of the request.
pub fn query(call: &Call) -> impl Iterator<Item = (&str, &str)> {
    call.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// The query parameters of the page after `marker`, which comes last.
pub fn query_behind<'c>(call: &'c Call, marker: &'c str) -> impl Iterator<Item = (&'c str, &'c str)> {
    query(call).filter(|(name, _)| *name != "marker").chain([("marker", marker)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_python_quotes_them() {
        assert_eq!(quote("a b+c/~é").to_string(), "a%20b%2Bc%2F~%C3%A9");
        assert_eq!(quote_plus("a b+c/~é"), "a+b%2Bc%2F~%C3%A9");
        assert_eq!(urlencode([("a b", "1"), ("c", "d&e")]), "a+b=1&c=d%26e");
        assert_eq!(urlencode_quoted([("a b", "1")]), "a%20b=1");
    }

    #[test]
    fn the_query_of_the_next_page_has_its_own_marker() {
        let mut call = Call::new("GET", "/");
        call.query = [("marker", "old"), ("limit", "2")].map(|(name, value)| (name.into(), value.into())).to_vec();
        assert_eq!(urlencode(query_behind(&call, "new")), "limit=2&marker=new");
    }
}
