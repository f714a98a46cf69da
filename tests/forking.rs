//! The memory that a fork takes does not depend on the size of its world.

#![allow(unsafe_code, reason = "an allocator that counts")]

#[path = "support/mod.rs"]
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use support::Cloud;

/// The system's allocator, counting the bytes that each thread allocates.
struct Counting;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator does all the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.with(|taken| taken.set(taken.get() + layout.size()));
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System.alloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_fork_takes_less_than_32_kib() {
    let cloud = Cloud::new();
    let large = serde_json::json!("large");
    for _ in 0..2 {
        let populated = cloud.live.admin_write(|world| {
            let Some((os, mut ctx)) = world.cloud_mut::<nephos::clouds::openstack::OpenStack>(support::CLOUD) else {
                return Err("no cloud".to_owned());
            };
            nephos::clouds::openstack::changes::admin_change(os, &mut ctx, "population", &large).map(|_| ())
        });
        populated.unwrap();
    }
    assert_eq!(cloud.state(|os| os.nova.servers.len()), 20_000);
    let before = TAKEN.with(Cell::get);
    let fork = cloud.live.fork();
    let taken = TAKEN.with(Cell::get) - before;
    assert!(taken < 32 << 10, "{taken} bytes");
    drop(fork);
}
