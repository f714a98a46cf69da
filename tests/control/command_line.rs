//! Commands that need no running nephos, as a shell runs them.

use std::process::{Command, Output};

/// An address at which nothing listens.
const NOBODY: &str = "http://127.0.0.1:1";

fn nephos(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nephos")).args(arguments).env_remove("NEPHOS_WORLD").output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = nephos(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn scenarios_are_listed_and_shown_without_a_running_nephos() {
    let list = printed(&["scenario", "list", "--url", NOBODY]);
    assert_eq!(list.lines().count(), nephos::scenarios::SHIPPED.len());
    for (name, text) in nephos::scenarios::SHIPPED {
        let line = list.lines().find(|line| line.split_whitespace().next() == Some(name)).expect(name);
        assert!(line.starts_with("  ") && line.split_whitespace().count() > 3, "{line}");
        assert_eq!(printed(&["scenario", "show", name, "--url", NOBODY]).trim_end(), text.trim_end());
    }
}

#[test]
fn an_unknown_scenario_is_rejected_with_the_nearest_name() {
    let output = nephos(&["scenario", "show", "slow-boots", "--url", NOBODY]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("slow-boot"));
}

#[test]
fn a_command_that_needs_a_running_nephos_says_so() {
    let output = nephos(&["scenario", "clear", "--url", NOBODY]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("nephos serve"));
}

#[test]
fn the_number_of_workers_is_an_option() {
    assert!(printed(&["serve", "--help"]).contains("--workers"));
    assert!(!nephos(&["serve", "--workers", "0"]).status.success());
}
