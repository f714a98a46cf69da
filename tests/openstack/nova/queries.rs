//! Query parameters of lists.

use crate::support::{Answered, Cloud};

fn ask(cloud: &Cloud, path: &str, version: &str) -> Answered {
    cloud.get("nova", &format!("/v2.1{path}")).user("admin").version(&format!("compute {version}")).send()
}

#[test]
fn what_cannot_be_read_is_refused() {
    let cloud = Cloud::new();
    let number = "does not match '^[0-9]*$'";
    for (path, version, expected) in [
        ("/servers?limit=abc", "2.1", number),
        ("/servers?changes-since=yesterday", "2.1", "'yesterday' is not a 'date-time'"),
        ("/servers?changes-before=2015-13-45", "2.66", "'2015-13-45' is not a 'date-time'"),
        ("/servers/detail?name=(", "2.1", "'(' is not a 'regex'"),
        ("/servers?marker=nosuch", "2.1", "marker [nosuch] not found"),
        ("/servers?nosuch=1", "2.75", "'nosuch' does not match any of the regexes: '^_'"),
        ("/flavors?nosuch=1", "2.75", "Additional properties are not allowed ('nosuch' was unexpected)"),
        ("/flavors?minRam=abc", "2.1", "Invalid minRam filter [abc]"),
        ("/flavors?is_public=perhaps", "2.1", "Invalid is_public filter [perhaps]"),
        ("/flavors?sort_key=colour", "2.1", "'colour' is not one of"),
        ("/os-keypairs?limit=-1", "2.35", number),
        ("/os-migrations?limit=x", "2.59", number),
        ("/os-migrations?changes-since=x", "2.59", "'x' is not a 'date-time'"),
        ("/os-hypervisors?marker=nosuch", "2.53", "marker [nosuch] not found"),
        ("/os-server-groups?offset=x", "2.1", number),
        ("/os-volumes?limit=x", "2.1", number),
        ("/images/detail?changes-since=x", "2.1", "Bad &quot;updated_at&quot; query filter format."),
        ("/os-simple-tenant-usage?start=x", "2.1", "Datetime is in invalid format"),
        ("/os-instance_usage_audit_log?marker=1", "2.102", "('marker' was unexpected)"),
    ] {
        let answer = ask(&cloud, path, version);
        assert!(answer.status == 400 && answer.message().contains(expected), "{path}: {}", answer.text);
    }
}

#[test]
fn every_value_of_a_repeated_parameter_is_validated() {
    let cloud = Cloud::new();
    for (path, version, expected) in [
        ("/servers?limit=1&limit=abc", "2.1", "Invalid input for query parameters limit. Value: abc."),
        ("/os-volumes?offset=1&limit=1&limit=abc", "2.1", "'abc' does not match '^[0-9]*$'"),
        ("/servers?hostname=a&hostname=(", "2.66", "'(' is not a 'regex'"),
        ("/os-hypervisors?marker=a&marker=b", "2.53", "Value: ['a', 'b']. ['a', 'b'] is too long"),
    ] {
        let answer = ask(&cloud, path, version);
        assert!(answer.status == 400 && answer.message().contains(expected), "{path}: {}", answer.text);
    }
    // The last one counts.
    let answer = ask(&cloud, "/flavors?marker=nosuch&marker=1", "2.1");
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[test]
fn the_defaults_of_quotas_take_any_parameter() {
    let cloud = Cloud::new();
    assert_eq!(ask(&cloud, "/os-quota-sets/x/defaults?name=y", "2.104").status, 400, "there is no such project");
    let (_, project) = cloud.token("admin");
    assert_eq!(ask(&cloud, &format!("/os-quota-sets/{project}/defaults?name=y"), "2.104").status, 200);
}

#[test]
fn non_ascii_text_of_a_path_is_read_as_latin_1() {
    let cloud = Cloud::new();
    let answer = ask(&cloud, "/flavors/%C3%BC", "2.1");
    assert_eq!((answer.status, answer.message()), (404, "Flavor Ã¼ could not be found."));
}

#[test]
fn links_contain_the_project_if_the_url_does() {
    let cloud = Cloud::new();
    let server = super::server(&cloud);
    let id = server.rsplit('/').next().unwrap();
    let (_, project) = cloud.token("demo");
    let answer = cloud.get("nova", &format!("/v2.1/servers?project_id={project}")).send();
    let expected = format!("/v2.1/{project}/servers/{id}");
    let link = answer.body["servers"][0]["links"][0]["href"].as_str().unwrap();
    assert!(link.ends_with(&expected), "{link}");
}
