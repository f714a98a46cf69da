use std::process::ExitCode;

fn main() -> ExitCode {
    nephos::cli::run()
}
