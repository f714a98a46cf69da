//! Standard output of the commands.

use std::io::Write;

/// Prints a line. If the reader is gone (`nephos journal | head`), the process ends.
pub fn print(line: impl std::fmt::Display) {
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        std::process::exit(0);
    }
}
