//! Every list with every key of a query: which rows are selected by a value that no row has, and which values are refused.

use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

const VERSION: &str = "volume 3.71";

/// Each list, and the keys that select rows although no row has the value. A text counts as the flag 0, so it selects the
/// rows that are not deleted; the caller's project replaces `project_id`.
const LISTS: [(&str, &str, &[&str]); 12] = [
    ("/volumes", "volumes", &[]),
    ("/volumes/detail", "volumes", &[]),
    ("/snapshots", "snapshots", &["deleted"]),
    ("/backups", "backups", &["deleted"]),
    ("/groups", "groups", &["deleted", "project_id", "list_volume"]),
    ("/group_snapshots", "group_snapshots", &["deleted", "project_id"]),
    ("/attachments", "attachments", &["deleted"]),
    ("/volume-transfers", "transfers", &["deleted", "accepted", "no_snapshots", "project_id"]),
    ("/os-volume-transfer", "transfers", &["deleted", "accepted", "no_snapshots", "project_id"]),
    ("/types", "volume_types", &["deleted"]),
    ("/qos-specs", "qos_specs", &["deleted"]),
    ("/consistencygroups", "consistencygroups", &["deleted", "project_id"]),
];

const KEYS: [&str; 34] = [
    "accepted",
    "availability_zone",
    "attach_status",
    "cluster_name",
    "container",
    "deleted",
    "description",
    "display_description",
    "display_name",
    "encryption_key_id",
    "fail_reason",
    "group_id",
    "group_type_id",
    "host",
    "id",
    "instance_id",
    "list_volume",
    "migration_status",
    "name",
    "name~",
    "no_snapshots",
    "nonsense",
    "object_count",
    "parent_id",
    "project_id",
    "replication_status",
    "service",
    "size",
    "snapshot_id",
    "source_volid",
    "status",
    "user_id",
    "volume_id",
    "volume_type_id",
];

fn made(cloud: &Cloud, path: &str, body: Value) -> Value {
    let answer = cloud.post("cinder", &format!("/v3{path}"), body).user("admin").version(VERSION).send();
    assert!(answer.status < 300, "{path}: {}", answer.text);
    cloud.pass(1);
    answer.body.as_object().unwrap().values().next().unwrap().clone()
}

/// An administrator's cloud with a row in every list.
fn populated() -> Cloud {
    let cloud = Cloud::new();
    let volume =
        || made(&cloud, "/volumes", json!({"volume": {"size": 1, "volume_type": "lvmdriver-1"}}))["id"].clone();
    let (first, second, third) = (volume(), volume(), volume());
    made(&cloud, "/snapshots", json!({"snapshot": {"volume_id": first}}));
    made(&cloud, "/backups", json!({"backup": {"volume_id": first}}));
    made(&cloud, "/volume-transfers", json!({"transfer": {"volume_id": second}}));
    let instance = "11111111-2222-4333-8444-555555555555";
    made(&cloud, "/attachments", json!({"attachment": {"volume_uuid": first, "instance_uuid": instance}}));
    let group_type = made(&cloud, "/group_types", json!({"group_type": {"name": "gt"}}))["id"].clone();
    let body = json!({"group": {"name": "g", "group_type": group_type, "volume_types": ["lvmdriver-1"]}});
    let group = made(&cloud, "/groups", body)["id"].as_str().unwrap().to_owned();
    let change = json!({"group": {"add_volumes": third}});
    let path = format!("/v3/groups/{group}");
    assert_eq!(cloud.put("cinder", &path, change).user("admin").version(VERSION).send().status, 202);
    cloud.pass(1);
    made(&cloud, "/group_snapshots", json!({"group_snapshot": {"name": "gs", "group_id": group}}));
    made(&cloud, "/qos-specs", json!({"qos_specs": {"name": "q"}}));
    cloud
}

fn ask(cloud: &Cloud, path: &str, query: &str) -> Answered {
    cloud.get("cinder", &format!("/v3{path}?{query}")).user("admin").version(VERSION).send()
}

fn count(answer: &Answered, key: &str) -> usize {
    answer.body[key].as_array().map_or(0, Vec::len)
}

#[test]
fn a_filter_that_fits_no_row_selects_none_in_any_list() {
    let cloud = populated();
    for (path, key, ignored) in LISTS {
        let all = count(&ask(&cloud, path, ""), key);
        assert!(all > 0, "{path} has rows");
        for name in KEYS {
            let answer = ask(&cloud, path, &format!("{name}=nowhere"));
            // Only volumes check flags before they ask the database.
            if (key, name) == ("volumes", "deleted") {
                assert_eq!(answer.status, 400, "{}", answer.text);
                continue;
            }
            let wanted = if ignored.contains(&name) { all } else { 0 };
            assert_eq!((answer.status, count(&answer, key)), (200, wanted), "{path}?{name}=nowhere: {}", answer.text);
        }
    }
}

#[test]
fn limits_offsets_and_sort_directions_that_cannot_be_read_are_refused_by_every_list() {
    let cloud = populated();
    for (path, ..) in LISTS {
        for query in ["limit=x", "limit=-1", "offset=x", "offset=-1", "offset=2147483648"] {
            assert_eq!(ask(&cloud, path, query).status, 400, "{path}?{query}");
        }
        // At the old path of transfers these are filters on columns that do not exist.
        for query in ["sort_dir=sideways", "sort_key=nonsense", "sort=nonsense", "sort=id:up"] {
            let wanted = if path == "/os-volume-transfer" { 200 } else { 400 };
            assert_eq!(ask(&cloud, path, query).status, wanted, "{path}?{query}");
        }
        let answer = ask(&cloud, path, "sort=name");
        let by_name = !matches!(path, "/attachments" | "/volume-transfers" | "/qos-specs");
        assert_eq!(answer.status, if by_name { 200 } else { 400 }, "{path}: {}", answer.text);
    }
}

#[test]
fn all_tenants_is_a_flag_its_presence_or_a_filter() {
    let cloud = populated();
    let volume = json!({"volume": {"size": 1, "volume_type": "lvmdriver-1"}});
    assert_eq!(cloud.post("cinder", "/v3/volumes", volume).send().status, 202);
    let size = |path: &str, key: &str, query: &str| count(&ask(&cloud, path, query), key);
    assert_eq!(size("/volumes", "volumes", "all_tenants=0") + 1, size("/volumes", "volumes", "all_tenants=1"));
    let demo = |path: &str, key: &str, query: &str| {
        count(&cloud.get("cinder", &format!("/v3{path}?{query}")).version("volume 3.30").send(), key)
    };
    assert_eq!((size("/groups", "groups", "all_tenants=0"), demo("/groups", "groups", "")), (1, 0));
    assert_eq!(ask(&cloud, "/backups", "all_tenants=perhaps").status, 400);
    assert_eq!(cloud.get("cinder", "/v3/backups?all_tenants=perhaps").send().status, 200);
    assert_eq!(
        (size("/types", "volume_types", "all_tenants=1"), size("/qos-specs", "qos_specs", "all_tenants=1")),
        (0, 0)
    );
}

#[test]
fn only_volumes_snapshots_and_backups_are_counted() {
    let cloud = populated();
    for (path, key, _) in LISTS {
        let answer = ask(&cloud, path, "with_count=true");
        let counted = matches!(key, "volumes" | "snapshots" | "backups");
        assert_eq!(answer.body.get("count").is_some(), counted, "{path}: {}", answer.text);
        assert_eq!(count(&answer, key) > 0, counted, "{path}");
    }
}

#[test]
fn texts_are_compared_without_case_and_numbers_by_value() {
    let cloud = Cloud::new();
    made(&cloud, "/volumes", json!({"volume": {"size": 1, "name": "Ant"}}));
    for (query, rows) in [("name=ANT", 1), ("name=ant ", 1), ("name=an", 0), ("size=1.0", 1), ("size=2", 0)] {
        assert_eq!(count(&ask(&cloud, "/volumes", query), "volumes"), rows, "{query}");
    }
}
