//! Rules for the source code: which layers may refer to each other, and how long files may be.

#[path = "support/imports.rs"]
mod imports;

use imports::Graph;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The largest number of lines of a file.
const LINES: usize = 500;

struct Source {
    /// The path within `src/`: `engine/world.rs`.
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![];
    collect(&root, &mut files);
    files.sort();
    let read = |file: PathBuf| {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        Source { path, text: fs::read_to_string(&file).unwrap() }
    };
    files.into_iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    /// The lines of code with their numbers, without comments and unit tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().take_while(|(_, line)| line.trim() != "#[cfg(test)]");
        lines.map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The lines of code that have one of the words as a whole word.
    fn lines_with(&self, words: &[&str]) -> Vec<String> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let names = |line: &str, word: &str| {
            line.match_indices(word).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = line[at + word.len()..].chars().next();
                !before.is_some_and(is_word) && !after.is_some_and(is_word)
            })
        };
        let found = self.code().filter(|(_, line)| words.iter().any(|word| names(line, word)));
        found.map(|(at, line)| format!("{}:{at}: {}", self.path, line.trim())).collect()
    }
}

/// The imports between the direct submodules of `parent`. Imports of the parent itself do not count.
fn imports_under(sources: &[Source], parent: &[&str]) -> Graph {
    let parent: Vec<_> = parent.iter().map(|name| (*name).to_owned()).collect();
    let child = |path: &[String]| path.strip_prefix(&parent[..])?.first().cloned();
    let modules: BTreeSet<_> = sources.iter().filter_map(|source| child(&imports::module_of(&source.path))).collect();
    let mut graph = Graph::default();
    for source in sources {
        let module = imports::module_of(&source.path);
        let Some(own) = child(&module) else { continue };
        let code: Vec<_> = source.code().map(|(_, line)| line).collect();
        for path in imports::paths(&module, &code.join("\n")) {
            if let Some(other) = child(&path).filter(|other| modules.contains(other)) {
                graph.add(&own, &other, &source.path);
            }
        }
    }
    graph
}

/// The OpenStack service that a file belongs to.
fn service_of(file: &str) -> Option<String> {
    Some(file.strip_prefix("clouds/openstack/")?.split_once('/')?.0.to_owned())
}

fn none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn the_engine_refers_to_no_cloud_and_no_http_library() {
    let sources = sources();
    let engine = sources.iter().filter(|source| source.path.starts_with("engine/"));
    let words = ["crate::clouds", "crate::http", "crate::control", "crate::cli", "actix", "actix_web"];
    none(engine.flat_map(|source| source.lines_with(&words)).collect(), "engine/ refers to a layer above it");
}

#[test]
fn the_engine_has_no_words_of_one_cloud() {
    let sources = sources();
    let engine = sources.iter().filter(|source| source.path.starts_with("engine/"));
    let words = [
        "openstack",
        "OpenStack",
        "keystone",
        "Keystone",
        "nova",
        "cinder",
        "glance",
        "neutron",
        "placement",
        "gozunga",
        "Gozunga",
        "cloudsigma",
        "cloudzy",
        "openstackid",
        "computeFault",
        "webob",
        "python",
        "Python",
        "domain",
        "user_domain",
        "project_domain",
    ];
    none(engine.flat_map(|source| source.lines_with(&words)).collect(), "engine/ has a word of one cloud");
}

#[test]
fn only_http_refers_to_actix() {
    let sources = sources();
    let others = sources.iter().filter(|source| !source.path.starts_with("http/"));
    none(
        others.flat_map(|source| source.lines_with(&["actix", "actix_web"])).collect(),
        "only http/ may refer to actix",
    );
}

#[test]
fn clouds_do_not_refer_to_each_other_or_to_layers_above_them() {
    let sources = sources();
    let cloud_of =
        |source: &Source| source.path.strip_prefix("clouds/")?.split_once('/').map(|(name, _)| name.to_owned());
    let mut clouds: Vec<_> = sources.iter().filter_map(cloud_of).collect();
    clouds.dedup();
    for source in &sources {
        let Some(own) = cloud_of(source) else { continue };
        let others: Vec<_> =
            clouds.iter().filter(|cloud| **cloud != own).map(|cloud| format!("clouds::{cloud}")).collect();
        let mut words: Vec<_> = others.iter().map(String::as_str).collect();
        words.extend(["crate::http", "crate::control", "crate::cli"]);
        none(source.lines_with(&words), "a cloud refers to another cloud, or to a layer above it");
    }
}

#[test]
fn no_cycle_of_imports_has_two_modules_of_the_crate() {
    none(imports_under(&sources(), &[]).circle(), "a cycle of imports");
}

#[test]
fn no_cycle_of_imports_has_two_providers() {
    none(imports_under(&sources(), &["clouds"]).circle(), "a cycle of imports");
}

/// Cinder reads from Nova's state whether a server has an attachment, as upstream asks Nova
/// (`attachment_deletion_allowed`).
const READS_BACK: &[&str] = &["clouds/openstack/cinder/attachments/lifecycle.rs"];

/// All services may refer to the struct `OpenStack`, which has the state of all of them. A service that reads the state of
/// another service depends on it as if it imported it.
#[test]
fn no_cycle_of_imports_has_two_services_of_openstack() {
    let sources = sources();
    let mut graph = imports_under(&sources, &["clouds", "openstack"]);
    let services: BTreeSet<_> = sources.iter().filter_map(|source| service_of(&source.path)).collect();
    for source in sources.iter().filter(|source| !READS_BACK.contains(&source.path.as_str())) {
        let Some(own) = source.path.strip_prefix("clouds/openstack/").and_then(|path| path.split('/').next()) else {
            continue;
        };
        for service in &services {
            if !source.lines_with(&[&format!("os.{service}")]).is_empty() {
                graph.add(own.trim_end_matches(".rs"), service, &source.path);
            }
        }
    }
    none(graph.circle(), "a cycle of imports");
}

#[test]
fn no_file_is_too_long() {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > LINES).then(|| format!("{}: {lines} lines", source.path))
    };
    none(sources().iter().filter_map(long).collect(), "a file is too long: split it");
}
