//! Random bodies: valid by the schema of an operation, damaged, or not JSON at all.

use super::Ids;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};

/// A body for an operation with this schema, or for an action without one.
pub fn body(schema: Option<&Value>, action: Option<&'static str>, ids: &Ids) -> BoxedStrategy<Vec<u8>> {
    let valid = match (schema, action) {
        (Some(schema), _) => allowed("", schema, ids, 0),
        (None, Some(action)) => junk().prop_map(move |value| json!({ action: value })).boxed(),
        (None, None) => junk().boxed(),
    };
    let mutated = (valid.clone(), any::<Index>(), junk(), any::<bool>())
        .prop_map(|(body, at, junk, whole)| mutate(body, at, junk, whole));
    let text = |body: Value| body.to_string().into_bytes();
    prop_oneof![
        6 => valid.prop_map(text),
        6 => mutated.prop_map(text),
        1 => junk().prop_map(text),
        1 => not_json(),
    ]
    .boxed()
}

/// Bytes that are not JSON, or JSON that a parser must not recurse into.
fn not_json() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"".to_vec()),
        Just(b"{\"a\": ".to_vec()),
        Just(b"\xff\xfe{}".to_vec()),
        Just(b"{\"name\": \"\xc3\x28\"}".to_vec()),
        Just(b"{\"a\": 1e999999}".to_vec()),
        Just(b"{\"a\": \"\\ud800\"}".to_vec()),
        Just(b"{\"a\": NaN}".to_vec()),
        (1usize..5000).prop_map(|depth| "[".repeat(depth).into_bytes()),
        (1usize..5000).prop_map(|depth| ["{\"a\":".repeat(depth), "1".into(), "}".repeat(depth)].concat().into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..64),
    ]
}

/// Any JSON value, often one from the edges of what programs expect.
fn junk() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2i64..3).prop_map(Value::from),
        prop::sample::select(vec![i64::MIN, i64::MAX, 1 << 31, (1 << 31) - 1, 1 << 32, -1]).prop_map(Value::from),
        Just(json!(u64::MAX)),
        prop::sample::select(vec![1e308, -1e308, 1.5, -0.0, 1e18, 1e19]).prop_map(Value::from),
        words().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((words(), inner), 0..4)
                .prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

pub fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9_:@#./-]{0,12}",
        3 => prop::sample::select(vec!["a", "available", "error", "deleting", "1"]).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => prop::sample::select(vec![
            "", " ", "\0", "\u{feff}", "’", "%00", "%s", "{0}", "../..", "null", "None", "True", "-1", "0", "1e5",
            "99999999999999999999", "2030-01-01T00:00:00", "💾", "a'b\"c", "gt:5", "in:a,b", "name:asc",
        ]).prop_map(str::to_owned),
        1 => (200usize..70_000).prop_map(|length| "x".repeat(length)),
    ]
}

/// Replaces one value of the body by junk, or (`whole` is false) adds junk to an object or a list.
fn mutate(body: Value, at: Index, junk: Value, whole: bool) -> Value {
    let mut body = body;
    let mut left = at.index(count(&body));
    replace(&mut body, &mut left, &junk, whole);
    body
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Changes the value that is `left` values away, in depth-first order. True once it is found.
fn replace(value: &mut Value, left: &mut usize, junk: &Value, whole: bool) -> bool {
    if *left == 0 {
        match value {
            Value::Object(fields) if !whole => drop(fields.insert("unknown_field".into(), junk.clone())),
            Value::Array(items) if !whole => items.push(junk.clone()),
            value => *value = junk.clone(),
        }
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| replace(item, left, junk, whole)),
        Value::Object(fields) => fields.values_mut().any(|field| replace(field, left, junk, whole)),
        _ => false,
    }
}

/// Values that the schema allows, except that patterns and conditions are not always met.
fn allowed(name: &str, schema: &Value, ids: &Ids, depth: usize) -> BoxedStrategy<Value> {
    if let Some(options) = schema.get("enum").and_then(Value::as_array).filter(|options| !options.is_empty()) {
        return prop::sample::select(options.clone()).boxed();
    }
    if let Some(value) = schema.get("const") {
        return Just(value.clone()).boxed();
    }
    for key in ["anyOf", "oneOf"] {
        let typed = schema.get("type").is_some();
        if let Some(options) = schema.get(key).and_then(Value::as_array).filter(|options| !typed && !options.is_empty())
        {
            return Union::new(options.iter().map(|option| allowed(name, option, ids, depth + 1))).boxed();
        }
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("properties").is_some() => vec!["object"],
        _ => vec![],
    };
    if types.is_empty() || depth > 12 {
        return junk().boxed();
    }
    Union::new(types.into_iter().map(|kind| of_type(name, kind, schema, ids, depth))).boxed()
}

fn of_type(name: &str, kind: &str, schema: &Value, ids: &Ids, depth: usize) -> BoxedStrategy<Value> {
    match kind {
        "null" => Just(Value::Null).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" | "number" => {
            let bound = |key: &str, or: i64| schema.get(key).and_then(Value::as_f64).map_or(or, |bound| bound as i64);
            let (low, high) = (bound("minimum", -5), bound("maximum", 10));
            let number = prop_oneof![3 => low..=high.min(low.saturating_add(6)).max(low), 1 => low..=high.max(low)];
            // JSON Schema counts floats without a fraction among the integers.
            let float = prop::sample::select(vec![1.0, -0.0, 2.0, 1e9, 1e18, 1e19, 1e30, -1e30]);
            prop_oneof![5 => number.prop_map(Value::from), 1 => float.prop_map(Value::from)].boxed()
        }
        "array" => {
            let item = schema.get("items").map_or_else(|| junk().boxed(), |items| allowed(name, items, ids, depth + 1));
            proptest::collection::vec(item, 0..3).prop_map(Value::from).boxed()
        }
        "object" => object(schema, ids, depth),
        _ => text(name, schema, ids),
    }
}

fn text(name: &str, schema: &Value, ids: &Ids) -> BoxedStrategy<Value> {
    let known = ids.of(name);
    let plain = if schema.get("pattern").is_some() { "[0-9]{1,4}" } else { "[a-z]{1,12}" };
    prop_oneof![4 => plain, 4 => known, 1 => words()].prop_map(Value::from).boxed()
}

fn object(schema: &Value, ids: &Ids, depth: usize) -> BoxedStrategy<Value> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        let fields = proptest::collection::vec((words(), text("", schema, ids)), 0..3);
        return fields.prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()).boxed();
    };
    let required =
        |name: &String| schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let fields: Vec<_> = properties
        .iter()
        .map(|(name, property)| {
            let probability = if required(name) { 0.97 } else { 0.35 };
            let value = proptest::option::weighted(probability, allowed(name, property, ids, depth + 1));
            let name = name.clone();
            value.prop_map(move |value| value.map(|value| (name.clone(), value)))
        })
        .collect();
    let fields = fields.prop_map(|fields| fields.into_iter().flatten().collect::<Map<_, _>>());
    // A property that the schema does not name may have any value.
    let other = proptest::option::weighted(0.05, (words(), proptest::collection::vec(junk(), 0..9)));
    (fields, other)
        .prop_map(|(mut fields, other)| {
            fields.extend(other.map(|(name, items)| (name, items.into())));
            fields.into()
        })
        .boxed()
}
