//! Conversions of attribute values (neutron_lib/api/converters.py).

use super::addresses::{self, Cidr};
use super::errors;
use super::security_groups::protocols;
use crate::clouds::openstack::python;
use crate::engine::Problem;
use serde_json::Value;

/// Converts what Python's `strutils.bool_from_string` knows.
pub fn to_boolean(value: Value) -> Result<Value, Problem> {
    let text = python::str(&value);
    let known = if value.is_string() || value.is_boolean() || value.is_number() {
        python::bool_from_string(&text)
    } else {
        None
    };
    known.map(Value::Bool).ok_or_else(|| errors::invalid_input(format!("'{text}' cannot be converted to boolean")))
}

/// As [`to_boolean`]; null stays null.
pub fn to_boolean_or_none(value: Value) -> Result<Value, Problem> {
    if value.is_null() { Ok(value) } else { to_boolean(value) }
}

/// Converts what Python's `int` converts.
pub fn to_int(value: Value) -> Result<Value, Problem> {
    let number = integer(&value).map(Value::from).or_else(|| huge_integer(&value));
    number.ok_or_else(|| errors::invalid_input(format!("'{}' is not an integer", python::str(&value))))
}

/// A whole number beyond those that `integer` returns, as a float. Python's integers have no bounds.
pub fn huge_integer(value: &Value) -> Option<Value> {
    let number = match value {
        Value::Number(number) => number.as_f64().filter(|number| number.fract() == 0.0),
        Value::String(text) => {
            let digits = text.trim().trim_start_matches(['+', '-']);
            let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if whole { text.trim().parse().ok() } else { None }
        }
        _ => None,
    };
    number.filter(|number| number.abs() >= 9e15 && number.is_finite()).map(Value::from)
}

/// Python's `int(value)`; `None` where that raises an error.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(yes) => Some(i64::from(*yes)),
        Value::Number(number) => number.as_i64().or_else(|| {
            let whole = number.as_f64()?.trunc();
            (whole.abs() < 9e15).then_some(whole as i64)
        }),
        Value::String(text) => {
            let text = text.trim();
            text.strip_prefix('+').unwrap_or(text).parse().ok()
        }
        _ => None,
    }
}

/// Converts null to an empty list.
pub fn none_to_empty_list(value: Value) -> Result<Value, Problem> {
    Ok(if value.is_null() { Value::Array(vec![]) } else { value })
}

/// Converts null to an empty list, and what has no items like one.
pub fn without_items_to_empty_list(value: Value) -> Result<Value, Problem> {
    let has_none = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    Ok(if has_none { Value::Array(vec![]) } else { value })
}

/// Converts to a string as Python's `str` does; null stays null.
pub fn to_string(value: Value) -> Result<Value, Problem> {
    Ok(if value.is_null() { value } else { Value::from(python::str(&value)) })
}

/// Converts a string to lower case, and refuses other values.
pub fn to_lower_case(value: Value) -> Result<Value, Problem> {
    match value {
        Value::String(text) => Ok(text.to_lowercase().into()),
        other => Err(errors::invalid_input(format!("Input value {} must be string type", python::str(&other)))),
    }
}

/// Converts an IPv6 address to its shortest form; other values are unchanged.
pub fn canonical_ip(value: Value) -> Result<Value, Problem> {
    Ok(match value.as_str().and_then(addresses::parse_ip) {
        Some(ip @ std::net::IpAddr::V6(_)) => ip.to_string().into(),
        _ => value,
    })
}

/// Converts an address or a prefix to a prefix.
pub fn canonical_cidr(value: Value) -> Result<Value, Problem> {
    // Upstream answers 500 for values that are not strings.
    let text = value.as_str().unwrap_or_default();
    let cidr = Cidr::parse_loosely(text);
    let cidr = cidr.ok_or_else(|| errors::invalid_input(format!("{text} is not in a CIDR format")))?;
    Ok(cidr.to_string().into())
}

/// Converts the addresses of allocation pools as [`canonical_ip`] does.
pub fn canonical_pools(value: Value) -> Result<Value, Problem> {
    let wrong = || errors::invalid_input("Invalid data format for allocation pools");
    match value {
        Value::Null => Ok(Value::Array(vec![])),
        Value::Array(mut pools) => {
            for pool in &mut pools {
                let fields = pool.as_object_mut().ok_or_else(wrong)?;
                for field in fields.values_mut() {
                    *field = canonical_ip(field.take())?;
                }
            }
            Ok(Value::Array(pools))
        }
        _ => Err(wrong()),
    }
}

/// Converts a MAC address in any notation to `aa:bb:cc:dd:ee:ff`; other values are unchanged.
pub fn sanitized_mac(value: Value) -> Result<Value, Problem> {
    Ok(match value.as_str().and_then(addresses::parse_mac) {
        Some(mac) => addresses::format_mac(mac).into(),
        None => value,
    })
}

/// Accepts the name or the number of a protocol, unchanged.
pub fn to_protocol(value: Value) -> Result<Value, Problem> {
    if value.is_null() {
        return Ok(value);
    }
    let name = to_lower_case(value.clone())?;
    if name.as_str().is_some_and(|name| protocols::number(name).is_some()) {
        return Ok(value);
    }
    Err(errors::invalid_input(format!(
        "IP protocol '{}' is not supported. Only protocol names and their integer representation (0 to 255) are supported",
        python::str(&value)
    )))
}
