//! A scenario's file: TOML, and for every mistake the line that it is in.

use super::Scenario;
use crate::engine::Names;
use serde_json::{Map, Value};
use std::collections::HashMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where every key stands: by the path of the key, the offset in the text.
type Places = HashMap<Vec<String>, usize>;

/// The scenario in a text; or what is wrong with it, with `file` and line.
pub fn parse(file: &str, name: &str, text: &str, names: &Names) -> Result<Scenario, String> {
    let line = |offset: usize| 1 + text[..offset.min(text.len())].matches('\n').count();
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        format!("{file}:{}: {}", line(offset), error.message())
    })?;
    let mut places = Places::new();
    let value = table_value(table.get_ref(), &mut vec![], &mut places);
    Scenario::read(name, &value, names).map_err(|complaint| {
        // What is missing has no place; what it is missing from has.
        let mut at = complaint.at.clone();
        while !at.is_empty() && !places.contains_key(&at) {
            at.pop();
        }
        let offset = places.get(&at).copied().unwrap_or(0);
        format!("{file}:{}: {complaint}", line(offset))
    })
}

fn table_value(table: &DeTable, at: &mut Vec<String>, places: &mut Places) -> Value {
    let mut fields = Map::new();
    for (key, value) in table {
        at.push(key.get_ref().to_string());
        places.insert(at.clone(), key.span().start);
        fields.insert(key.get_ref().to_string(), value_of(value, at, places));
        at.pop();
    }
    fields.into()
}

fn value_of(value: &Spanned<DeValue>, at: &mut Vec<String>, places: &mut Places) -> Value {
    match value.get_ref() {
        DeValue::String(text) => text.to_string().into(),
        DeValue::Integer(number) => {
            i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().replace('_', "").parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Table(table) => table_value(table, at, places),
        DeValue::Array(items) => {
            let mut values = vec![];
            for (number, item) in items.iter().enumerate() {
                at.push(number.to_string());
                places.insert(at.clone(), item.span().start);
                values.push(value_of(item, at, places));
                at.pop();
            }
            values.into()
        }
    }
}
