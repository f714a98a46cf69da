//! Any requests to the OpenStack services: no panic, and no server error.
//!
//! `cargo +nightly fuzz run openstack fuzz/corpus/openstack fuzz/seeds/openstack`; an input is text as in `fuzz/src/lib.rs`.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use nephos_fuzz::{Clouds, OPENSTACK, Seeds, mutate};
use std::sync::LazyLock;

static CLOUDS: LazyLock<Clouds> = LazyLock::new(Clouds::new);
static SEEDS: LazyLock<Seeds> = LazyLock::new(|| CLOUDS.seeds("openstack", OPENSTACK));

fuzz_target!(|input: &[u8]| CLOUDS.answer(OPENSTACK, input));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&SEEDS, data, size, max_size, seed)
});
