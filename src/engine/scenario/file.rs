//! Reads scenario files. Every error has the file and the line.

use super::Scenario;
use crate::engine::Names;
use serde_json::{Map, Value};
use std::collections::HashMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The offset in the text of every key, by its path.
type Offsets = HashMap<Vec<String>, usize>;

/// Reads a scenario from TOML. The error begins with `file:line:`; `file` is used for nothing else.
pub fn parse(file: &str, name: &str, text: &str, names: &Names) -> Result<Scenario, String> {
    let line = |offset: usize| 1 + text[..offset.min(text.len())].matches('\n').count();
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        format!("{file}:{}: {}", line(offset), error.message())
    })?;
    let mut offsets = Offsets::new();
    let value = table_value(table.get_ref(), &mut vec![], &mut offsets);
    Scenario::read(name, &value, names).map_err(|error| {
        // A missing key has no offset; the table that it is missing from has.
        let mut at = error.at.clone();
        while !at.is_empty() && !offsets.contains_key(&at) {
            at.pop();
        }
        let offset = offsets.get(&at).copied().unwrap_or(0);
        format!("{file}:{}: {error}", line(offset))
    })
}

fn table_value(table: &DeTable, at: &mut Vec<String>, offsets: &mut Offsets) -> Value {
    let mut fields = Map::new();
    for (key, value) in table {
        at.push(key.get_ref().to_string());
        offsets.insert(at.clone(), key.span().start);
        fields.insert(key.get_ref().to_string(), value_of(value, at, offsets));
        at.pop();
    }
    fields.into()
}

fn value_of(value: &Spanned<DeValue>, at: &mut Vec<String>, offsets: &mut Offsets) -> Value {
    match value.get_ref() {
        DeValue::String(text) => text.to_string().into(),
        DeValue::Integer(number) => {
            i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().replace('_', "").parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Table(table) => table_value(table, at, offsets),
        DeValue::Array(items) => {
            let mut values = vec![];
            for (number, item) in items.iter().enumerate() {
                at.push(number.to_string());
                offsets.insert(at.clone(), item.span().start);
                values.push(value_of(item, at, offsets));
                at.pop();
            }
            values.into()
        }
    }
}
