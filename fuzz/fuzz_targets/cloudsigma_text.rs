//! `cargo +nightly fuzz run cloudsigma_text`: any bytes are some object of CloudSigma's text dialect, and what was
//! understood of them can be said again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nephos::clouds::cloudsigma::errors::ValidationErrors;
use nephos::clouds::cloudsigma::text::{Pairs, Text};

fuzz_target!(|bytes: &[u8]| {
    let pairs = Pairs::parse(bytes);
    let mut text = Text::default();
    pairs.iter().for_each(|(key, value)| text.pair(key, value));
    assert_eq!(Pairs::parse(text.finish().as_bytes()), pairs);
    // A refusal of it is an object as well, with every pair in it.
    let mut complaints = ValidationErrors::default();
    pairs.iter().for_each(|(key, _)| complaints.add(key, "wrong"));
    let refusal = Pairs::parse(complaints.beside(&pairs).as_bytes());
    assert!(pairs.iter().all(|(key, value)| refusal.named(key) == Some(value) || key.starts_with("errors:")));
});
