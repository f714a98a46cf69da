//! Any snapshot file is loaded or refused: no panic, and what was loaded is the same once saved and loaded again.
//!
//! `cargo +nightly fuzz run snapshot_file fuzz/corpus/snapshot_file fuzz/seeds/snapshot_file`. An input is a whole file, or lines that
//! say what is changed in the file of a new world: `/clouds/gozunga/nova/flavors/0/vcpus -1`.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use nephos_fuzz::{Clouds, Seeds, mutate};
use serde_json::Value;
use std::sync::LazyLock;

static CLOUDS: LazyLock<Clouds> = LazyLock::new(Clouds::new);
static SAVED: LazyLock<Value> = LazyLock::new(|| CLOUDS.saved());
static SEEDS: LazyLock<Seeds> = LazyLock::new(|| Seeds::of("snapshot_file", vec![]));

fuzz_target!(|input: &[u8]| {
    if let Ok(whole @ Value::Object(_)) = serde_json::from_slice(input) {
        return CLOUDS.load(whole);
    }
    let mut saved = SAVED.clone();
    for line in String::from_utf8_lossy(input).lines() {
        let (place, text) = line.split_once(' ').unwrap_or((line, "null"));
        if let (Some(value), Ok(changed)) = (saved.pointer_mut(place), serde_json::from_str(text)) {
            *value = changed;
        }
    }
    CLOUDS.load(saved);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&SEEDS, data, size, max_size, seed)
});
