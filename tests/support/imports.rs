//! Finds the modules that a source file refers to, from its text.

use std::collections::{BTreeMap, BTreeSet};

/// The module path of a source file, without `crate`: `clouds/openstack/nova/mod.rs` is `clouds::openstack::nova`.
pub fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').map(str::to_owned).collect()
}

/// All paths in the code that begin with `crate`, `super` or `self`, resolved from the root of the crate. Other paths lead
/// to other crates, into the module itself, or to something that one of these paths imports.
pub fn paths(module: &[String], code: &str) -> Vec<Vec<String>> {
    let tokens = tokens(code);
    let mut found = vec![];
    for at in 0..tokens.len() {
        let begins = matches!(tokens[at], "crate" | "super" | "self") && tokens.get(at + 1) == Some(&"::");
        if begins && at.checked_sub(1).is_none_or(|before| tokens[before] != "::") {
            tree(&tokens, at, &mut vec![], &mut found);
        }
    }
    found.iter().filter_map(|path| resolve(module, path)).collect()
}

/// Reads a path, which may end in `{…}` as in a `use`, and returns the index of the token after it.
fn tree<'t>(tokens: &[&'t str], mut at: usize, prefix: &mut Vec<&'t str>, found: &mut Vec<Vec<&'t str>>) -> usize {
    let length = prefix.len();
    while let Some(&token) = tokens.get(at) {
        if token == "{" {
            at += 1;
            while tokens.get(at).is_some_and(|token| *token != "}") {
                at = if tokens[at] == "," { at + 1 } else { tree(tokens, at, prefix, found) };
            }
            at += 1;
            break;
        }
        at += 1;
        if !is_word(token) {
            found.push(prefix.clone());
            break;
        }
        prefix.push(token);
        if tokens.get(at) != Some(&"::") {
            found.push(prefix.clone());
            // `name as other`
            at += if tokens.get(at) == Some(&"as") { 2 } else { 0 };
            break;
        }
        at += 1;
    }
    prefix.truncate(length);
    at
}

fn resolve(module: &[String], path: &[&str]) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    let mut whole = if *first == "crate" { vec![] } else { module.to_vec() };
    let mut rest = if *first == "super" { path } else { rest };
    while let Some(("super", further)) = rest.split_first().map(|(word, further)| (*word, further)) {
        whole.pop()?;
        rest = further;
    }
    whole.extend(rest.iter().filter(|word| **word != "self").map(|word| (*word).to_owned()));
    Some(whole)
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Splits code into identifiers, `::`, and single other characters; whitespace is dropped.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = vec![];
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            tokens.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    tokens
}

/// The imports between modules, each with a file that has it.
#[derive(Default)]
pub struct Graph {
    edges: BTreeMap<String, BTreeMap<String, String>>,
}

impl Graph {
    pub fn add(&mut self, from: &str, to: &str, file: &str) {
        if from != to {
            self.edges.entry(from.into()).or_default().entry(to.into()).or_insert_with(|| file.into());
        }
    }

    /// The imports that form a cycle, one line each; empty if there is no cycle.
    pub fn circle(&self) -> Vec<String> {
        let mut done = BTreeSet::new();
        self.edges.keys().find_map(|start| self.circle_from(start, &mut vec![], &mut done)).unwrap_or_default()
    }

    fn circle_from<'g>(
        &'g self,
        node: &'g str,
        way: &mut Vec<&'g str>,
        done: &mut BTreeSet<&'g str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = way.iter().position(|one| *one == node) {
            let circle = way[start..].iter().chain([&node]).copied().collect::<Vec<_>>();
            let line = |pair: &[&str]| format!("{} imports {} in {}", pair[0], pair[1], self.edges[pair[0]][pair[1]]);
            return Some(circle.windows(2).map(line).collect());
        }
        if !done.contains(node) {
            way.push(node);
            let found = self.edges.get(node).into_iter().flat_map(BTreeMap::keys);
            let found = found.into_iter().find_map(|next| self.circle_from(next, way, done));
            way.pop();
            done.insert(node);
            return found;
        }
        None
    }
}

#[test]
fn paths_are_read_from_uses_and_from_code() {
    let code = "use super::super::{OpenStack, nova::{self, servers::list as all}};\n\
        fn f(x: crate::engine::Id) -> Option<super::Row> { self::g::<super::Row>(self.x) }";
    let module = ["clouds", "openstack", "cinder", "volumes"].map(str::to_owned);
    let found: Vec<_> = paths(&module, code).iter().map(|path| path.join("::")).collect();
    let expected = [
        "clouds::openstack::OpenStack",
        "clouds::openstack::nova",
        "clouds::openstack::nova::servers::list",
        "engine::Id",
        "clouds::openstack::cinder::Row",
        "clouds::openstack::cinder::volumes::g",
        "clouds::openstack::cinder::Row",
    ];
    assert_eq!(found, expected);
}

#[test]
fn circles_are_found() {
    let mut graph = Graph::default();
    graph.add("a", "b", "a.rs");
    graph.add("b", "c", "b.rs");
    graph.add("a", "c", "a.rs");
    assert!(graph.circle().is_empty());
    graph.add("c", "b", "c.rs");
    assert_eq!(graph.circle(), ["b imports c in b.rs", "c imports b in c.rs"]);
}
