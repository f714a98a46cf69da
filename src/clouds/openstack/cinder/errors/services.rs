//! Errors of services, hosts, clusters and workers.

use super::{bad_request, not_found};
use crate::clouds::openstack::python;
use crate::engine::{Id, Problem};

fn invalid_input(reason: impl AsRef<str>) -> Problem {
    bad_request(format!("Invalid input received: {}", reason.as_ref()))
}

pub fn service_not_found(binary: &str, host: &str) -> Problem {
    not_found(format!("Service {binary} could not be found on host {host}."))
}

pub fn no_service_of_host(host: &str) -> Problem {
    bad_request(format!("No service found with host={host}"))
}

pub fn no_service_of_cluster(cluster: &str) -> Problem {
    bad_request(format!("No service found with cluster={cluster}"))
}

pub fn cannot_find_service(host: &str) -> Problem {
    not_found(format!("Can't find service: {host}"))
}

pub fn host_missing() -> Problem {
    invalid_input("Host field is missing.")
}

pub fn cluster_or_host() -> Problem {
    invalid_input("One and only one of cluster and host must be set.")
}

/// `up` is a further condition, which ends with a space, or empty.
pub fn no_service_changed(field: &str, hosts: &[Id], expected: &str, up: &str) -> Problem {
    let hosts: Vec<_> = hosts.iter().map(|host| python::quoted(host)).collect();
    let hosts = hosts.join(", ");
    invalid_input(format!("No service could be changed: {field} in [{hosts}] must be {expected} {up}to failover."))
}

pub fn no_log_level(level: &str) -> Problem {
    invalid_input(format!("{level} is not a valid log level."))
}

/// The error of upstream's database layer for queries that only administrators can make.
pub fn not_an_administrator() -> Problem {
    Problem::new(403, "forbidden", "User does not have admin privileges")
}

pub fn host_not_found(host: &str) -> Problem {
    not_found(format!("Host {host} could not be found."))
}

pub fn invalid_host_setting(name: &str) -> Problem {
    bad_request(format!("Invalid update setting: '{name}'"))
}

pub fn invalid_host_status(text: &str) -> Problem {
    bad_request(format!("Invalid status: '{text}'"))
}

pub fn cluster_not_found(binary: Option<&str>, name: &str) -> Problem {
    let binary = binary.map_or("None".into(), python::quoted);
    not_found(format!("Cluster {{'binary': {binary}, 'name': {}}} could not be found.", python::quoted(name)))
}

pub fn invalid_filter_keys(names: &[&str]) -> Problem {
    invalid_input(format!("Invalid filter keys: {}", names.join(", ")))
}

pub fn resource_type_not_cleanable(kind: &str) -> Problem {
    invalid_input(format!("Resource type {kind} not valid, must be Backup, Snapshot or Volume"))
}

/// As upstream, which does not insert the id into the message.
pub fn nothing_to_clean_up(id: &str) -> Problem {
    invalid_input(format!("('There is no resource with UUID %s pending cleanup.', '{id}')"))
}
