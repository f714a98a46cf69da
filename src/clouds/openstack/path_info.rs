//! The path of a request as WSGI applications see it. A service of OpenStack does not get the path that the client sent:
//! the server decodes it (PATH_INFO), and Paste's URL map and other layers clean it.

use crate::engine::Call;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// PATH_INFO as bytes. uWSGI decodes percent signs, then removes segments that are dots. A character that is not a hexadecimal digit counts as
/// zero, as in uWSGI's `http_url_decode`.
pub fn path_info(sent: &str) -> Vec<u8> {
    without_dots(&decoded(sent.as_bytes()))
}

fn decoded(sent: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default() as u8;
    let (mut path, mut rest) = (Vec::with_capacity(sent.len()), sent);
    while let [first, after @ ..] = rest {
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                path.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            (byte, after) => {
                path.push(*byte);
                rest = after;
            }
        }
    }
    path
}

/// `/a/./b/../c` is `/a/c`. A dot at the end leaves the slash before it.
fn without_dots(path: &[u8]) -> Vec<u8> {
    let dots = |segment: &[u8]| segment == b"." || segment == b"..";
    let segments: Vec<_> = path.split(|byte| *byte == b'/').collect();
    if !segments.iter().any(|segment| dots(segment)) {
        return path.to_vec();
    }
    let (mut kept, last) = (vec![], segments.len() - 1);
    for (at, segment) in segments.into_iter().enumerate() {
        if segment == b".." && kept.len() > 1 {
            kept.pop();
        }
        if !dots(segment) {
            kept.push(segment);
        } else if at == last {
            kept.push(b"");
        }
    }
    kept.join(&b'/')
}

/// The text of PEP 3333: every byte is a character. Applications that use PATH_INFO as it is see `Ã¼` for `ü`.
pub fn latin_1(path: &[u8]) -> String {
    path.iter().map(|byte| *byte as char).collect()
}

/// Several slashes in a row count as one (`URLMap.normalize_url` of Paste).
pub fn with_single_slashes(path: &str) -> String {
    let mut single = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !single.ends_with('/') {
            single.push(character);
        }
    }
    single
}

/// The path of the request as webob shows it to the middlewares (`Request.path`): decoded, cleaned and quoted again.
pub fn seen_by_middleware(call: &Call) -> String {
    below(&call.prefix, call)
}

/// As [`seen_by_middleware`], where the configuration puts the service: access rules are about these paths, and hold in
/// every world.
pub fn of_access_rules(call: &Call) -> String {
    below(&call.own_prefix, call)
}

fn below(prefix: &str, call: &Call) -> String {
    let sent = if call.sent.is_empty() { &call.path } else { &call.sent };
    let path = percent_encode(&path_info(sent), NOT_IN_PATHS).to_string();
    format!("{prefix}{}", with_single_slashes(&path))
}

/// All but webob's `PATH_SAFE`.
const NOT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

/// True if Paste's URL map gives the path to the application at `prefix`.
pub fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_and_dots_are_resolved() {
        let info = |sent: &str| String::from_utf8(path_info(sent)).unwrap();
        assert_eq!(info("/a%2Fb/c%20d"), "/a/b/c d");
        assert_eq!(info("/a/./b/../c"), "/a/c");
        assert_eq!(info("/a/."), "/a/");
        assert_eq!(info("/a/x/.."), "/a/");
        assert_eq!(info("/.."), "/");
        assert_eq!(info("/a%zz%4"), "/a\0%4");
        assert_eq!(latin_1(&path_info("/%C3%BC")), "/Ã¼");
        assert_eq!(with_single_slashes("//a///b/"), "/a/b/");
        assert!(is_below("/v3", "/v3") && is_below("/v3/x", "/v3") && !is_below("/v3x", "/v3"));
    }
}
