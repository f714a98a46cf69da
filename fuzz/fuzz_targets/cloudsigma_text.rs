//! Any bytes are an object in CloudSigma's text format, and writing what was parsed and parsing it again gives the same.
//!
//! `cargo +nightly fuzz run cloudsigma_text fuzz/corpus/cloudsigma_text fuzz/seeds/cloudsigma_text`

#![no_main]

use libfuzzer_sys::fuzz_target;
use nephos::clouds::cloudsigma::errors::ValidationErrors;
use nephos::clouds::cloudsigma::text::{Pairs, Text};

fuzz_target!(|bytes: &[u8]| {
    let pairs = Pairs::parse(bytes);
    let mut text = Text::default();
    pairs.iter().for_each(|(key, value)| text.pair(key, value));
    assert_eq!(Pairs::parse(text.finish().as_bytes()), pairs);
    // The refusal of an object repeats every pair of it.
    let mut errors = ValidationErrors::default();
    pairs.iter().for_each(|(key, _)| errors.add(key, "wrong"));
    let refusal = Pairs::parse(errors.beside(&pairs).as_bytes());
    assert!(pairs.iter().all(|(key, value)| refusal.named(key) == Some(value) || key.starts_with("errors:")));
});
