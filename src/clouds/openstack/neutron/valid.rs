//! Validators of attribute values, with upstream's messages (neutron_lib/api/validators).

use super::addresses::{self, Cidr};
use super::{convert, errors};
use crate::clouds::openstack::python::{self, repr, str};
use crate::engine::Problem;
use serde_json::Value;

/// The validators of attribute tables. Upstream names them `type:uuid`, `type:string` and so on.
#[derive(Clone, Copy)]
pub enum Valid {
    Uuid,
    UuidOrNone,
    UuidList,
    UuidListNonEmpty,
    /// `type:string` with a maximal length in characters.
    Text(usize),
    TextOrNone(usize),
    TextNotEmpty(usize),
    TextNotEmptyOrNone(usize),
    /// `type:name_string` with a maximal length in characters.
    Name(usize),
    NameOrNone(usize),
    NameNotEmpty(usize),
    UniqueTexts(usize),
    Boolean,
    Integer,
    NonNegative,
    /// Both bounds are inclusive.
    Range(i64, i64),
    RangeOrNone(i64, i64),
    AtLeast(i64),
    /// One of these strings; the variants with `OrNone` also allow null.
    OneOf(&'static [&'static str]),
    OneOfOrNone(&'static [&'static str]),
    OneOfNumbers(&'static [i64]),
    Mac,
    MacOrNone,
    Ip,
    IpOrNone,
    Subnet,
    SubnetOrNone,
    SubnetList,
    SubnetListOrNone,
    IpPools,
    FixedIps,
    Nameservers,
    HostRoutes,
    SubnetPoolId,
    Dict,
    DictOrNone,
    /// A validator whose problem is the whole answer.
    Custom(fn(&Value) -> Result<(), Problem>),
    /// A validator whose reason is put into the usual sentence.
    Reason(fn(&Value) -> Option<String>),
}

impl Valid {
    /// Refuses an invalid value: `Invalid input for mtu. Reason: '-1' should be non-negative.`
    pub fn check(&self, attribute: &str, value: &Value) -> Result<(), Problem> {
        if let Valid::Custom(check) = self {
            return check(value);
        }
        self.reason(value).map_or(Ok(()), |reason| Err(errors::invalid_attribute(attribute, &reason)))
    }

    /// Why the value is invalid; `None` for valid ones.
    pub fn reason(&self, value: &Value) -> Option<String> {
        match *self {
            Valid::Uuid => uuid(value),
            Valid::UuidOrNone => unless_null(value, uuid),
            Valid::UuidList => list_of(value, uuid),
            Valid::UuidListNonEmpty => list_of(value, uuid).or_else(|| not_empty_list(value)),
            Valid::Text(max) => text(value, max),
            Valid::TextOrNone(max) => unless_null(value, |value| text(value, max)),
            Valid::TextNotEmpty(max) => text_not_empty(value, max),
            Valid::TextNotEmptyOrNone(max) => unless_null(value, |value| text_not_empty(value, max)),
            Valid::Name(max) => name(value, max),
            Valid::NameOrNone(max) => unless_null(value, |value| name(value, max)),
            Valid::NameNotEmpty(max) => text_not_empty(value, max).or_else(|| name(value, max)),
            Valid::UniqueTexts(max) => list_of(value, |item| text(item, max)),
            Valid::Boolean => boolean(value),
            Valid::Integer => integer(value),
            Valid::NonNegative => non_negative(value),
            Valid::Range(low, high) => range(value, Some(low), Some(high)),
            Valid::RangeOrNone(low, high) => unless_null(value, |value| range(value, Some(low), Some(high))),
            Valid::AtLeast(low) => range(value, Some(low), None),
            Valid::OneOf(known) => one_of(value, value.as_str().is_some_and(|text| known.contains(&text))),
            Valid::OneOfOrNone(known) => {
                one_of(value, value.is_null() || value.as_str().is_some_and(|text| known.contains(&text)))
            }
            Valid::OneOfNumbers(known) => one_of(value, value.as_i64().is_some_and(|number| known.contains(&number))),
            Valid::Mac => mac(value),
            Valid::MacOrNone => unless_null(value, mac),
            Valid::Ip => ip(value),
            Valid::IpOrNone => unless_null(value, ip),
            Valid::Subnet => subnet(value),
            Valid::SubnetOrNone => unless_null(value, subnet),
            Valid::SubnetList => list_of(value, subnet),
            Valid::SubnetListOrNone => unless_null(value, |value| list_of(value, subnet)),
            Valid::IpPools => ip_pools(value),
            Valid::FixedIps => fixed_ips(value),
            Valid::Nameservers => nameservers(value),
            Valid::HostRoutes => host_routes(value),
            Valid::SubnetPoolId => {
                if value == "prefix_delegation" {
                    None
                } else {
                    unless_null(value, uuid)
                }
            }
            Valid::Dict => dict(value),
            Valid::DictOrNone => unless_null(value, dict),
            Valid::Custom(check) => check(value).err().map(|problem| problem.message),
            Valid::Reason(reason) => reason(value),
        }
    }
}

fn unless_null(value: &Value, reason: impl Fn(&Value) -> Option<String>) -> Option<String> {
    if value.is_null() { None } else { reason(value) }
}

/// Refuses other values than lists, then duplicates, then the first invalid item.
pub fn list_of(value: &Value, reason: impl Fn(&Value) -> Option<String>) -> Option<String> {
    let Some(items) = value.as_array() else { return Some(format!("'{}' is not a list", str(value))) };
    duplicates(items).or_else(|| items.iter().find_map(reason))
}

/// Refuses lists with equal items (`_collect_duplicates`).
pub fn duplicates(items: &[Value]) -> Option<String> {
    let mut twice: Vec<&Value> = vec![];
    for (at, item) in items.iter().enumerate() {
        if items.iter().take(at).any(|one| one == item) && !twice.contains(&item) {
            twice.push(item);
        }
    }
    let twice: Vec<_> = twice.into_iter().map(str).collect();
    (!twice.is_empty()).then(|| format!("Duplicate items in the list: '{}'", twice.join(", ")))
}

fn not_empty_list(value: &Value) -> Option<String> {
    value.as_array().is_some_and(Vec::is_empty).then(|| "List should not be empty".into())
}

fn one_of(value: &Value, known: bool) -> Option<String> {
    (!known).then(|| format!("{} is not in valid_values", str(value)))
}

/// Refuses values that are not UUIDs.
pub fn uuid(value: &Value) -> Option<String> {
    let like = value.as_str().is_some_and(is_uuid);
    (!like).then(|| format!("'{}' is not a valid UUID", str(value)))
}

/// True for UUIDs with or without dashes and braces, in any case (`uuidutils.is_uuid_like`).
pub fn is_uuid(text: &str) -> bool {
    let bare = text.trim_start_matches("urn:").trim_start_matches("uuid:").trim_matches(['{', '}']);
    let digits: String = bare.chars().filter(|c| *c != '-').collect();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Refuses values that are not strings, and strings of more than `max` characters.
pub fn text(value: &Value, max: usize) -> Option<String> {
    let Some(text) = value.as_str() else { return Some(format!("'{}' is not a valid string", str(value))) };
    (text.chars().count() > max).then(|| format!("'{text}' exceeds maximum length of {max}"))
}

/// As [`text`], and refuses blank strings.
pub fn text_not_empty(value: &Value, max: usize) -> Option<String> {
    let blank = || {
        let text = value.as_str()?;
        text.trim().is_empty().then(|| format!("'{text}' Blank strings are not permitted"))
    };
    text(value, max).or_else(blank)
}

/// Refuses control characters, and whitespace at the ends.
fn name(value: &Value, max: usize) -> Option<String> {
    let odd = || {
        let text = value.as_str()?;
        // The expression ends with `$`, which matches before a last newline, too.
        let line = text.strip_suffix('\n').filter(|line| !line.is_empty()).unwrap_or(text);
        let is_valid = line.trim() == line && line.chars().all(is_printable_in_names);
        (!is_valid).then(|| format!("'{text}' is not a valid string"))
    };
    text(value, max).or_else(odd)
}

/// The expression for names knows the characters of the basic plane only: no emoji (`valid_name_regex`).
fn is_printable_in_names(letter: char) -> bool {
    letter < '\u{ffff}'
        && (python::is_printable(letter) || (letter.is_whitespace() && !is_control_or_separator(letter)))
}

fn is_control_or_separator(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

fn boolean(value: &Value) -> Option<String> {
    let known = convert::to_boolean(value.clone()).is_ok();
    (!known).then(|| format!("'{}' is not a valid boolean value", str(value)))
}

fn integer(value: &Value) -> Option<String> {
    if value.is_boolean() {
        return Some(format!("'{}' is not an integer:boolean", str(value)));
    }
    let whole = convert::integer(value).filter(|_| value.as_f64().is_none_or(|number| number.fract() == 0.0));
    whole.is_none().then(|| format!("'{}' is not an integer", str(value)))
}

/// Refuses values that are not integers of at least 0.
pub fn non_negative(value: &Value) -> Option<String> {
    match convert::integer(value).or_else(|| huge(value).map(|(number, _)| number)) {
        None => Some(format!("'{}' is not an integer", str(value))),
        Some(number) => (number < 0).then(|| format!("'{number}' should be non-negative")),
    }
}

/// Refuses values that are not integers within the inclusive bounds.
pub fn range(value: &Value, low: Option<i64>, high: Option<i64>) -> Option<String> {
    let known = convert::integer(value).map(|number| (number, number.to_string())).or_else(|| huge(value));
    let Some((number, shown)) = known else { return Some(format!("'{}' is not an integer", str(value))) };
    if let Some(low) = low.filter(|low| number < *low) {
        return Some(format!("'{shown}' is too small - must be at least '{low}'"));
    }
    let high = high.filter(|high| number > *high)?;
    Some(format!("'{shown}' is too large - must be no larger than '{high}'"))
}

/// A huge integer as the nearest one of 64 bits, and as Python prints it.
fn huge(value: &Value) -> Option<(i64, String)> {
    let number = convert::huge_integer(value)?.as_f64()?;
    Some((number as i64, format!("{number:.0}")))
}

/// Refuses values that are not MAC addresses of a device.
pub fn mac(value: &Value) -> Option<String> {
    let spaced = |text: &str| text.contains(char::is_whitespace);
    let parsed = value.as_str().filter(|text| !spaced(text)).and_then(addresses::parse_mac);
    let fits = parsed.is_some_and(|mac| mac != [0; 6] && mac != [0xff; 6]);
    (!fits).then(|| format!("'{}' is not a valid MAC address", str(value)))
}

/// Refuses values that are not IP addresses.
pub fn ip(value: &Value) -> Option<String> {
    let parsed = value.as_str().and_then(addresses::parse_ip);
    if parsed.is_some() {
        return None;
    }
    // An address with leading zeros is refused with a hint.
    if let Some(text) = value.as_str()
        && let Some(plain) = without_zeros(text)
    {
        return Some(format!("'{text}' is not an accepted IP address, '{plain}' is recommended"));
    }
    Some(format!("'{}' is not a valid IP address", str(value)))
}

fn without_zeros(text: &str) -> Option<std::net::Ipv4Addr> {
    let parts: Vec<u8> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    <[u8; 4]>::try_from(parts).ok().map(Into::into)
}

/// Refuses values that are not prefixes such as `10.0.0.0/24`.
pub fn subnet(value: &Value) -> Option<String> {
    let parsed = value.as_str().and_then(|text| Cidr::parse(text).map(|cidr| (text, cidr)));
    let fits = parsed.is_some_and(|(text, cidr)| cidr.version() == 6 || cidr.to_string() == text);
    (!fits).then(|| format!("'{}' is not a valid IP subnet", str(value)))
}

fn route_cidr(value: &Value) -> Option<String> {
    let parsed = value.as_str().and_then(Cidr::parse).filter(|cidr| cidr.network() == *cidr);
    match parsed {
        None => Some(format!("'{}' is not a valid CIDR", str(value))),
        Some(cidr) if cidr.ip.is_loopback() => Some(format!("'{}' is not a routable CIDR", str(value))),
        Some(_) => None,
    }
}

/// Refuses values that are not objects with exactly these keys (`_verify_dict_keys`).
fn keys(value: &Value, expected: &[&str]) -> Option<String> {
    let set = |keys: &mut dyn Iterator<Item = &str>| {
        let quoted: Vec<_> = keys.map(python::quoted).collect();
        if quoted.is_empty() { "set()".to_owned() } else { format!("{{{}}}", quoted.join(", ")) }
    };
    let Some(fields) = value.as_object() else {
        let expected: Vec<_> = expected.iter().map(|key| python::quoted(key)).collect();
        return Some(format!(
            "Invalid input. '{}' must be a dictionary with keys: [{}]",
            str(value),
            expected.join(", ")
        ));
    };
    let fits = fields.len() == expected.len() && expected.iter().all(|key| fields.contains_key(*key));
    (!fits).then(|| {
        format!(
            "Validation of dictionary's keys failed. Expected keys: {} Provided keys: {}",
            set(&mut expected.iter().copied()),
            set(&mut fields.keys().map(String::as_str))
        )
    })
}

fn ip_pools(value: &Value) -> Option<String> {
    let Some(pools) = value.as_array() else {
        return Some(format!("Invalid data format for IP pool: '{}'", str(value)));
    };
    pools.iter().find_map(|pool| {
        keys(pool, &["start", "end"]).or_else(|| ["start", "end"].iter().find_map(|key| ip(pool.get(key)?)))
    })
}

fn fixed_ips(value: &Value) -> Option<String> {
    let wrong = |value: &Value| Some(format!("Invalid data format for fixed IP: '{}'", str(value)));
    let Some(items) = value.as_array() else { return wrong(value) };
    let mut seen: Vec<&Value> = vec![];
    for item in items {
        let Some(fields) = item.as_object() else { return wrong(item) };
        if let Some(address) = fields.get("ip_address") {
            if seen.contains(&address) {
                return Some(format!("Duplicate IP address '{}'", str(address)));
            }
            if let Some(reason) = ip(address) {
                return Some(reason);
            }
            seen.push(address);
        }
        if let Some(reason) = fields.get("subnet_id").and_then(uuid) {
            return Some(reason);
        }
    }
    None
}

fn nameservers(value: &Value) -> Option<String> {
    let letters: Vec<Value>;
    let hosts = match value {
        Value::Array(hosts) => hosts,
        // Python iterates over the characters of a string and over the keys of a dict.
        Value::String(text) => {
            letters = text.chars().map(|c| Value::from(c.to_string())).collect();
            &letters
        }
        Value::Object(fields) => {
            letters = fields.keys().map(|key| Value::from(key.as_str())).collect();
            &letters
        }
        _ => return Some(format!("Invalid data format for nameserver: '{}'", str(value))),
    };
    hosts.iter().enumerate().find_map(|(at, host)| match ip(host) {
        Some(reason) => Some(format!("'{}' is not a valid nameserver. {reason}", str(host))),
        None => hosts.iter().take(at).any(|one| one == host).then(|| format!("Duplicate nameserver '{}'", str(host))),
    })
}

/// Refuses values that are not lists of routes: `{"destination": "10.0.0.0/8", "nexthop": "10.1.0.1"}`.
pub fn host_routes(value: &Value) -> Option<String> {
    let Some(routes) = value.as_array() else {
        return Some(format!("Invalid data format for hostroute: '{}'", str(value)));
    };
    routes.iter().enumerate().find_map(|(at, route)| {
        keys(route, &["destination", "nexthop"])
            .or_else(|| route_cidr(route.get("destination")?))
            .or_else(|| ip(route.get("nexthop")?))
            .or_else(|| {
                routes.iter().take(at).any(|one| one == route).then(|| format!("Duplicate hostroute '{}'", repr(route)))
            })
    })
}

/// Refuses values that are not objects.
pub fn dict(value: &Value) -> Option<String> {
    (!value.is_object()).then(|| format!("'{}' is not a dictionary", str(value)))
}
