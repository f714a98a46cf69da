//! Any requests to Cloudzy: no panic, and no server error.
//!
//! `cargo +nightly fuzz run cloudzy fuzz/corpus/cloudzy fuzz/seeds/cloudzy`; an input is text as in `fuzz/src/lib.rs`.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use nephos_fuzz::{CLOUDZY, Clouds, Seeds, mutate};
use std::sync::LazyLock;

static CLOUDS: LazyLock<Clouds> = LazyLock::new(Clouds::new);
static SEEDS: LazyLock<Seeds> = LazyLock::new(|| CLOUDS.seeds("cloudzy", CLOUDZY));

fuzz_target!(|input: &[u8]| CLOUDS.answer(CLOUDZY, input));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&SEEDS, data, size, max_size, seed)
});
