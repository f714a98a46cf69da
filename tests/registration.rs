//! Files that cannot be derived from the list of services agree with it.

use nephos::clouds::openstack::services::SERVICES;
use nephos::config::Config;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The ports of the default configuration.
fn ports() -> BTreeSet<u16> {
    Config::parse("").unwrap().ports().into_iter().collect()
}

fn numbers(text: &str) -> BTreeSet<u16> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn every_folder_of_openstack_is_a_service_of_the_list() {
    let entries = fs::read_dir(path("src/clouds/openstack")).unwrap().map(Result::unwrap);
    let folders: BTreeSet<_> = entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name()).collect();
    let listed: BTreeSet<_> = SERVICES.iter().map(|service| service.name.into()).collect();
    assert_eq!(folders, listed);
}

#[test]
fn no_two_services_share_a_port_a_path_or_a_type() {
    let mut taken = BTreeSet::new();
    for service in SERVICES {
        let types = service.catalog.iter().map(|entry| entry.service_type).chain(service.type_aliases.iter().copied());
        let own = types.map(str::to_owned).chain([service.path.to_owned(), service.port.to_string()]);
        own.for_each(|one| assert!(taken.insert(one.clone()), "{} is not the only one with {one}", service.name));
    }
}

#[test]
fn the_image_exposes_every_port() {
    let text = read("Dockerfile");
    let exposed = text.lines().filter(|line| line.starts_with("EXPOSE"));
    assert_eq!(numbers(&exposed.collect::<Vec<_>>().join(" ")), ports());
}

/// Without its manifest, cargo refuses to build any other member.
#[test]
fn the_image_is_built_with_every_member_of_the_workspace() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let (copied, members) = (read(".dockerignore"), manifest["workspace"]["members"].as_array().unwrap());
    for member in members.iter().map(|member| member.as_str().unwrap()) {
        let line = format!("!{member}/Cargo.toml");
        assert!(copied.lines().any(|copied| copied == line), ".dockerignore is without {line}");
    }
}

#[test]
fn the_compose_file_publishes_every_port_on_this_machine_alone() {
    let text = read("docker-compose.yml");
    let published: BTreeSet<_> = text.lines().filter_map(|line| line.trim().strip_prefix("- \"127.0.0.1:")).collect();
    let same = |line: &&str| line.split(['"', ':']).take(2).collect::<BTreeSet<_>>().len() == 1;
    assert!(published.iter().all(same), "a port is published under another number: {published:?}");
    let published = published.iter().filter_map(|line| line.split(':').next()?.parse().ok()).collect();
    assert_eq!(ports(), published);
}

#[test]
fn the_readme_names_every_port() {
    let missing: Vec<_> = ports().difference(&numbers(&read("README.md"))).copied().collect();
    assert!(missing.is_empty(), "README.md is without {missing:?}");
}
