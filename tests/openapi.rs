//! The documents in openapi/ say what the table of operations says.

#[test]
fn the_documents_are_those_of_the_table() {
    for (service, document) in nephos::openapi::documents() {
        let file = format!("{}/openapi/{service}.json", env!("CARGO_MANIFEST_DIR"));
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(written == document, "openapi/{service}.json is not up to date: run `cargo run -- openapi`");
    }
}
