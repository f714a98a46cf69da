//! The microversion of a request, parsed like `microversion_parse`, which Nova, Placement and others use.

use crate::engine::{Call, Version, parse_version};

/// Why a requested version is refused. The text is the requested version.
pub enum Refused<'c> {
    Malformed(&'c str),
    Unsupported(Version, &'c str),
}

/// Parses a version and checks that it is in `range`, whose ends are included (`APIVersionRequest`, which Nova and
/// Cinder share).
pub fn choose(text: &str, (oldest, latest): (Version, Version)) -> Result<Version, Refused<'_>> {
    if text == "latest" {
        return Ok(latest);
    }
    let version = parse_version(text).filter(|(major, _)| *major > 0).ok_or(Refused::Malformed(text))?;
    if (oldest..=latest).contains(&version) { Ok(version) } else { Err(Refused::Unsupported(version, text)) }
}

/// The text of the requested version: the last part of `OpenStack-API-Version` that names the service type, else the
/// last value of the service's older header.
pub fn requested<'c>(call: &'c Call, service_type: &str, older_header: Option<&str>) -> Option<&'c str> {
    let of_type = |one: &'c str| {
        let (name, version) = one.trim().split_once(char::is_whitespace)?;
        name.eq_ignore_ascii_case(service_type).then(|| version.trim())
    };
    let standard = call.header("openstack-api-version").and_then(|header| header.split(',').rev().find_map(of_type));
    standard.or_else(|| call.header(older_header?)?.split(',').next_back().map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested_with(headers: &[(&str, &str)]) -> Option<String> {
        let mut call = Call::new("GET", "/");
        call.headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        requested(&call, "compute", Some("x-openstack-nova-api-version")).map(str::to_owned)
    }

    #[test]
    fn the_last_of_the_service_counts_and_the_older_header_only_without_it() {
        assert_eq!(requested_with(&[]), None);
        assert_eq!(requested_with(&[("OpenStack-API-Version", "volume 3.50")]), None);
        assert_eq!(
            requested_with(&[("OpenStack-API-Version", "compute 2.1, volume 3.5, Compute 2.9")]).unwrap(),
            "2.9"
        );
        assert_eq!(requested_with(&[("X-OpenStack-Nova-API-Version", "2.3, 2.4")]).unwrap(), "2.4");
        let both = [("X-OpenStack-Nova-API-Version", "2.3"), ("OpenStack-API-Version", "compute 2.7")];
        assert_eq!(requested_with(&both).unwrap(), "2.7");
    }
}
