use std::process::ExitCode;

/// Every write makes new nodes and frees old ones, often on another thread than made them: with the C
/// library's allocator a third of a write is its bookkeeping.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What jemalloc reads when it starts (`malloc_conf` in its manual): memory that is free goes back to the system
/// within a second, even if nothing is asked for any more. `_RJEM_MALLOC_CONF` overrules it.
#[allow(unsafe_code, reason = "jemalloc looks for a symbol of this name")]
#[unsafe(export_name = "_rjem_malloc_conf")]
pub static MALLOC_CONF: &[u8; 43] = b"background_thread:true,dirty_decay_ms:1000\0";

fn main() -> ExitCode {
    nephos::cli::run()
}
