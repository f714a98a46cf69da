//! What the layers may know of each other, and how every file must be: read from the sources.

#[path = "support/imports.rs"]
mod imports;

use imports::Graph;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// No file is longer.
const LINES: usize = 500;

struct Source {
    /// From `src/` on: `engine/world.rs`.
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
    /// The lines of code: numbered, without comments and tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().take_while(|(_, line)| line.trim() != "#[cfg(test)]");
        lines.map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Where one of the words stands by itself in the code.
    fn naming(&self, words: &[&str]) -> Vec<String> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let names = |line: &str, word: &str| {
            line.match_indices(word).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = line[at + word.len()..].chars().next();
                !before.is_some_and(is_word) && !after.is_some_and(is_word)
            })
        };
        let guilty = self.code().filter(|(_, line)| words.iter().any(|word| names(line, word)));
        guilty.map(|(at, line)| format!("{}:{at}: {}", self.path, line.trim())).collect()
    }
}

/// Who imports whom among the modules right under `parent`. What imports the parent itself, or is only declared there,
/// does not count.
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

/// The folder of OpenStack that a file is in.
fn service_of(file: &str) -> Option<String> {
    Some(file.strip_prefix("clouds/openstack/")?.split_once('/')?.0.to_owned())
}

fn none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn the_engine_knows_no_cloud_and_no_http_library() {
    let sources = sources();
    let engine = sources.iter().filter(|source| source.path.starts_with("engine/"));
    let words = ["crate::clouds", "crate::http", "crate::control", "crate::cli", "actix", "actix_web"];
    none(engine.flat_map(|source| source.naming(&words)).collect(), "engine/ names what is above it");
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
    none(engine.flat_map(|source| source.naming(&words)).collect(), "engine/ has a word that one cloud alone has");
}

#[test]
fn only_http_names_actix() {
    let sources = sources();
    let others = sources.iter().filter(|source| !source.path.starts_with("http/"));
    none(others.flat_map(|source| source.naming(&["actix", "actix_web"])).collect(), "only http/ may name actix");
}

#[test]
fn clouds_do_not_name_each_other_nor_what_is_above_them() {
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
        none(source.naming(&words), "a cloud names another, or a layer above it");
    }
}

#[test]
fn no_circle_of_imports_crosses_two_modules_of_the_crate() {
    none(imports_under(&sources(), &[]).circle(), "a circle of imports");
}

#[test]
fn no_circle_of_imports_crosses_two_kinds_of_cloud_and_their_list() {
    none(imports_under(&sources(), &["clouds"]).circle(), "a circle of imports");
}

/// Whether a server has an attachment Cinder asks of Nova's state, as upstream asks Nova
/// (`attachment_deletion_allowed`).
const READS_BACK: &[&str] = &["clouds/openstack/cinder/attachments/lifecycle.rs"];

/// The struct `OpenStack` alone, with the state of all services, is known to all of them; a service that looks at the
/// state of another depends on it as if it imported it.
#[test]
fn no_circle_of_imports_crosses_two_services_of_openstack() {
    let sources = sources();
    let mut graph = imports_under(&sources, &["clouds", "openstack"]);
    let services: BTreeSet<_> = sources.iter().filter_map(|source| service_of(&source.path)).collect();
    for source in sources.iter().filter(|source| !READS_BACK.contains(&source.path.as_str())) {
        let Some(own) = source.path.strip_prefix("clouds/openstack/").and_then(|path| path.split('/').next()) else {
            continue;
        };
        for service in &services {
            if !source.naming(&[&format!("os.{service}")]).is_empty() {
                graph.add(own.trim_end_matches(".rs"), service, &source.path);
            }
        }
    }
    none(graph.circle(), "a circle of imports");
}

#[test]
fn files_are_short_enough_to_be_read() {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > LINES).then(|| format!("{}: {lines} lines", source.path))
    };
    none(sources().iter().filter_map(long).collect(), "a file is too long: make it a folder");
}
