//! Every row of the tables of operations, asked for with other forms of its path and other methods. The rules are those
//! that the real services follow for all of their routes.

use crate::support::{Answered, Cloud};
use std::collections::BTreeSet;

const BOGUS: &str = "0123456789abcdef0123456789abcdef";

/// The paths of a service's operations for GET with values for their parameters.
fn paths(cloud: &Cloud, service: &str, method: &str) -> BTreeSet<String> {
    let rows = cloud.operations().into_iter().filter(|row| row.service == service && row.method == method);
    rows.map(|row| {
        let own = if row.path.starts_with("/v3/{project_id}") { "{project}" } else { BOGUS };
        let parts = row.path.split('/').map(|part| match part {
            "{project_id}" => own,
            part if part.starts_with('{') => BOGUS,
            part => part,
        });
        parts.collect::<Vec<_>>().join("/")
    })
    .collect()
}

fn ask(cloud: &Cloud, method: &'static str, service: &'static str, path: &str) -> Answered {
    cloud.ask(method, service, path).user("admin").header("Accept", "application/json").send()
}

/// Status and text without the ids that every answer has.
fn told(answer: &Answered) -> (u16, String) {
    let text = answer.text.split("req-").next().unwrap_or_default().to_owned();
    (answer.status, if answer.status < 300 { String::new() } else { text })
}

/// Asserts that a form of every path is answered as the path itself.
fn same_as_plain(service: &'static str, form: impl Fn(&str) -> String, but: &[&str]) {
    let cloud = Cloud::new();
    for path in paths(&cloud, service, "GET").iter().filter(|path| path.len() > 1) {
        if but.iter().any(|one| path.ends_with(one)) {
            continue;
        }
        let (plain, other) = (ask(&cloud, "GET", service, path), ask(&cloud, "GET", service, &form(path)));
        assert_eq!(told(&other), told(&plain), "{service} {}", form(path));
    }
}

fn all_statuses(
    service: &'static str,
    method: &'static str,
    form: impl Fn(&str) -> String,
    wanted: &[u16],
    but: &[&str],
) {
    let cloud = Cloud::new();
    for path in paths(&cloud, service, "GET").iter().filter(|path| path.len() > 1) {
        if but.iter().any(|one| path.ends_with(one)) {
            continue;
        }
        let answer = ask(&cloud, method, service, &form(path));
        assert!(wanted.contains(&answer.status), "{method} {service} {}: {}", form(path), answer.status);
    }
}

fn with_last_encoded(path: &str) -> String {
    let last = path.bytes().last().unwrap();
    format!("{}%{last:02X}", &path[..path.len() - 1])
}

/// The last slash is replaced.
fn last_slash(path: &str, by: &str) -> String {
    path.rsplit_once('/').map(|(head, tail)| format!("{head}{by}{tail}")).unwrap()
}

#[test]
fn an_encoded_slash_is_a_slash() {
    for service in ["keystone", "glance", "placement", "cinder", "neutron", "nova"] {
        same_as_plain(
            service,
            |path| if path.rfind('/') == Some(0) { path.into() } else { last_slash(path, "%2F") },
            &[],
        );
    }
}

#[test]
fn an_encoded_letter_is_that_letter() {
    for service in ["keystone", "glance", "placement", "cinder", "neutron", "nova"] {
        same_as_plain(service, with_last_encoded, &["/"]);
    }
}

#[test]
fn behind_pastes_url_map_several_slashes_are_one() {
    for service in ["glance", "cinder", "neutron", "nova"] {
        same_as_plain(service, |path| last_slash(path, "//"), &[]);
        same_as_plain(service, |path| format!("/{path}"), &[]);
    }
}

#[test]
fn placement_takes_a_path_as_it_is() {
    all_statuses("placement", "GET", |path| format!("{path}/"), &[404], &[]);
    all_statuses("placement", "GET", |path| last_slash(path, "//"), &[404], &[]);
}

#[test]
fn keystone_strips_slashes_at_the_end_and_redirects_where_they_are_within() {
    same_as_plain("keystone", |path| format!("{path}/"), &[]);
    same_as_plain("keystone", |path| format!("{path}///"), &[]);
    all_statuses("keystone", "GET", |path| last_slash(path, "//"), &[308], &["/v3", "/healthcheck"]);
    let cloud = Cloud::new();
    let answer = ask(&cloud, "GET", "keystone", "/v3//auth//projects?a=b");
    assert_eq!(answer.header("location"), Some("http://cloud.example/v3/auth/projects?a=b"));
    assert!(answer.text.contains("<title>Redirecting...</title>"), "{}", answer.text);
    assert_eq!(ask(&cloud, "GET", "keystone", "/v3//no//such").status, 404);
}

#[test]
fn routes_knows_no_path_with_a_slash_at_the_end() {
    let versions = ["/v2", "/v2.1", "/v3", "/", "/versions", "/healthcheck"];
    for service in ["glance", "cinder", "nova"] {
        all_statuses(service, "GET", |path| format!("{path}/"), &[404], &versions);
    }
}

#[test]
fn neutron_ignores_slashes_at_the_end() {
    same_as_plain("neutron", |path| format!("{path}/"), &[]);
    same_as_plain("neutron", |path| format!("{path}//"), &[]);
}

#[test]
fn the_suffix_json_is_dropped_where_routes_have_a_format() {
    same_as_plain("neutron", |path| format!("{path}.json"), &["/", "/v2.0/", "/healthcheck"]);
    let without = ["/", "/v3", "/v3/", "/healthcheck", "/os-services", "/clusters", "/default-types"];
    same_as_plain("cinder", |path| format!("{path}.json"), &without);
    let cloud = Cloud::new();
    assert_eq!(ask(&cloud, "GET", "cinder", "/v3/{project}/os-services.json").status, 404);
    assert_eq!(ask(&cloud, "GET", "nova", "/v2.1/servers.json").status, 404);
    assert_eq!(ask(&cloud, "GET", "neutron", "/v2.0/networks.xml").status, 404);
    assert_eq!(ask(&cloud, "GET", "neutron", "/v2.0/networks/x.txt").message(), "The resource could not be found.");
    assert!(ask(&cloud, "GET", "neutron", "/v2.0/networks/x.2").message().starts_with("Network x.2 could"));
}

#[test]
fn head_is_a_method_of_its_own() {
    all_statuses("nova", "HEAD", str::to_owned, &[404], &["/v2", "/v2/", "/v2.1", "/v2.1/"]);
    all_statuses("cinder", "HEAD", str::to_owned, &[404], &["/v3", "/v3/", "/healthcheck"]);
    all_statuses("glance", "HEAD", str::to_owned, &[405, 404], &["/versions", "/healthcheck"]);
    all_statuses("placement", "HEAD", str::to_owned, &[405], &[]);
    let agents = ["dhcp-agents", "dhcp-networks", "l3-agents", "l3-routers", "/healthcheck", "/extensions"];
    let but: Vec<_> =
        agents.into_iter().chain(["/quotas", "/tenant", "/project", "/details", "/default", BOGUS]).collect();
    all_statuses("neutron", "HEAD", str::to_owned, &[405], &but);
    let cloud = Cloud::new();
    for path in paths(&cloud, "keystone", "GET").into_iter().filter(|path| path != "/healthcheck") {
        let (get, head) = (ask(&cloud, "GET", "keystone", &path), ask(&cloud, "HEAD", "keystone", &path));
        assert_eq!(head.status, get.status, "{path}");
    }
    let answer = ask(&cloud, "HEAD", "glance", "/v2/images");
    assert_eq!(answer.header("allow"), Some("GET, POST"));
}

#[test]
fn options_are_answered_without_a_token_where_cors_is_in_front() {
    for service in ["nova", "cinder", "glance", "neutron", "keystone"] {
        let cloud = Cloud::new();
        for path in paths(&cloud, service, "POST") {
            let answer = cloud.ask("OPTIONS", service, &path).nobody().send();
            assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{service} {path}");
        }
    }
    all_statuses("placement", "OPTIONS", str::to_owned, &[405], &[]);
}

#[test]
fn a_method_that_nobody_has_is_refused() {
    for service in ["nova", "cinder"] {
        all_statuses(
            service,
            "TRACE",
            str::to_owned,
            &[404],
            &["/v2", "/v2/", "/v2.1", "/v2.1/", "/v3", "/v3/", "/healthcheck"],
        );
    }
    for service in ["placement", "keystone"] {
        all_statuses(service, "TRACE", str::to_owned, &[405], &["/healthcheck"]);
    }
    all_statuses("glance", "TRACE", str::to_owned, &[405, 404], &["/versions", "/healthcheck"]);
}

#[test]
fn a_method_that_a_literal_path_lacks_is_that_of_the_pattern() {
    let cloud = Cloud::new();
    let answer = ask(&cloud, "DELETE", "cinder", "/v3/{project}/volumes/detail");
    assert_eq!(answer.message(), "Volume detail could not be found.");
    let answer = ask(&cloud, "DELETE", "nova", "/v2.1/flavors/detail");
    assert_eq!(answer.message(), "Flavor detail could not be found.");
    assert_eq!(ask(&cloud, "DELETE", "keystone", "/v3/limits/model").status, 404);
    let answer = ask(&cloud, "DELETE", "neutron", "/v2.0/networks");
    assert_eq!(answer.message(), "Network None could not be found.");
}

#[test]
fn texts_show_a_path_in_the_encoding_that_the_service_reads() {
    let cloud = Cloud::new();
    for (service, path, shown) in [
        ("keystone", "/v3/users/%C3%BC", "Could not find user: ü."),
        ("glance", "/v2/images/%C3%BC", "No image found with ID Ã¼"),
        ("cinder", "/v3/{project}/volumes/%C3%BC", "Volume Ã¼ could not be found."),
        ("nova", "/v2.1/servers/%C3%BC", "Instance Ã¼ could not be found."),
        ("neutron", "/v2.0/networks/%C3%BC", "Network ü could not be found."),
        ("neutron", "/v2.0/routers/%C3%BC", "Router Ã¼ could not be found"),
    ] {
        let answer = ask(&cloud, "GET", service, path);
        assert!(answer.text.contains(shown), "{service}: {}", answer.text);
    }
}
