//! The documents in openapi/ are up to date.

use nephos::clouds::providers::PROVIDERS;
use serde_json::Value;

#[test]
fn the_documents_are_up_to_date() {
    for (service, document) in nephos::openapi::documents() {
        let file = format!("{}/openapi/{service}.json", env!("CARGO_MANIFEST_DIR"));
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(written == document, "openapi/{service}.json is not up to date: run `cargo run -- openapi`");
    }
}

#[test]
fn every_operation_is_summed_up_in_one_sentence() {
    for service in PROVIDERS.iter().flat_map(|provider| (provider.services)()) {
        for row in service.operations() {
            let is_sentence = row.summary.ends_with('.') && row.summary.starts_with(char::is_uppercase);
            assert!(is_sentence, "{} has the summary {:?}", row.name, row.summary);
        }
    }
}

/// An empty query is validated only for operations that are marked with `requires_query`.
#[test]
fn operations_with_required_query_parameters_are_marked() {
    let services = PROVIDERS.iter().flat_map(|kind| (kind.services)());
    let rows: Vec<_> = services.flat_map(|service| service.operations()).collect();
    let names_some = |schema: &Value| schema["required"].as_array().is_some_and(|names| !names.is_empty());
    let mut required = 0;
    for row in rows {
        let Some(schema) = row.query_schema else { continue };
        let schema = Value::from(schema());
        let later = schema["x-from"].as_object().into_iter().flat_map(|versions| versions.values());
        let requires = std::iter::once(&schema).chain(later).any(names_some);
        assert_eq!(row.query_is_required, requires, "{}: {schema}", row.name);
        required += usize::from(requires);
    }
    assert!(required > 0, "no operation needs a query");
}
