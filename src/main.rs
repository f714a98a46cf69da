use std::process::ExitCode;

/// Every write makes new nodes and frees old ones, often on another thread than made them: with the C
/// library's allocator a third of a write is its bookkeeping.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    nephos::cli::run()
}
