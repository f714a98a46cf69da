use std::process::ExitCode;

/// Every write allocates nodes and frees old ones, often on another thread: with the C library's allocator, a third of the
/// time of a write is bookkeeping of the allocator.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The options that jemalloc reads at the start (`malloc_conf` in its manual): free memory is returned to the system
/// within a second, also if no more requests come. The environment variable `_RJEM_MALLOC_CONF` overrides it.
#[allow(unsafe_code, reason = "jemalloc looks for a symbol of this name")]
#[unsafe(export_name = "_rjem_malloc_conf")]
pub static MALLOC_CONF: &[u8; 43] = b"background_thread:true,dirty_decay_ms:1000\0";

fn main() -> ExitCode {
    nephos::cli::run()
}
