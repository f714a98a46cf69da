//! What commands print.

use std::io::Write;

/// One line on standard output. Whoever reads may stop reading (`nephos journal | head`): then so do we.
pub fn print(line: impl std::fmt::Display) {
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        std::process::exit(0);
    }
}
