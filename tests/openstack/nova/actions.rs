//! Server actions and the states of a server during them.

use super::super::cinder::faults::fail;
use super::server;
use crate::support::{Answered, Cloud};
use nephos::engine::Range;
use serde_json::{Value, json};

fn act(cloud: &Cloud, server: &str, action: Value) -> Answered {
    cloud.post("nova", &format!("{server}/action"), action).send()
}

fn act_as_admin(cloud: &Cloud, server: &str, action: Value) -> Answered {
    cloud.post("nova", &format!("{server}/action"), action).user("admin").version("compute 2.60").send()
}

/// Status, vm_state, task_state and power_state.
fn state(cloud: &Cloud, server: &str) -> (String, String, Option<String>, u64) {
    let shown = cloud.get("nova", server).user("admin").send().body["server"].clone();
    let text = |key: &str| shown[key].as_str().map(str::to_owned);
    (
        text("status").unwrap_or_default(),
        text("OS-EXT-STS:vm_state").unwrap_or_default(),
        text("OS-EXT-STS:task_state"),
        shown["OS-EXT-STS:power_state"].as_u64().unwrap_or(99),
    )
}

fn state_is(status: &str, vm_state: &str, task: Option<&str>, power: u64) -> (String, String, Option<String>, u64) {
    (status.into(), vm_state.into(), task.map(str::to_owned), power)
}

/// Makes every transition take a minute.
fn one_minute_per_transition(cloud: &Cloud) {
    let minute = Range { low_ms: 60_000, high_ms: 60_000 };
    let set = cloud.live.write(|world| {
        world.timing_mut().set("nova.*", minute);
        Ok::<_, ()>(())
    });
    assert!(set.is_ok());
}

/// Performs the action and lists the states of the server, minute by minute, until no task is left.
fn states_during(cloud: &Cloud, server: &str, action: Value) -> Vec<(String, Option<String>)> {
    let answer = act_as_admin(cloud, server, action);
    assert!(answer.status < 300, "{}", answer.text);
    let mut states = vec![];
    loop {
        let (status, _, task, _) = state(cloud, server);
        let done = task.is_none();
        states.push((status, task));
        if done || states.len() > 9 {
            return states;
        }
        cloud.pass(60);
    }
}

fn states(names: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    names.iter().map(|(status, task)| ((*status).into(), Some((*task).to_owned()).filter(|task| task != "-"))).collect()
}

#[test]
fn power_actions_lead_through_the_states_of_nova() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    for (action, during, after) in [
        (json!({"os-stop": null}), "powering-off", state_is("SHUTOFF", "stopped", None, 4)),
        (json!({"os-start": null}), "powering-on", state_is("ACTIVE", "active", None, 1)),
        (json!({"pause": null}), "pausing", state_is("PAUSED", "paused", None, 3)),
        (json!({"unpause": null}), "unpausing", state_is("ACTIVE", "active", None, 1)),
        (json!({"suspend": null}), "suspending", state_is("SUSPENDED", "suspended", None, 4)),
        (json!({"resume": null}), "resuming", state_is("ACTIVE", "active", None, 1)),
    ] {
        assert_eq!(act(&cloud, &server, action).status, 202);
        assert_eq!(state(&cloud, &server).2.as_deref(), Some(during));
        cloud.pass(1);
        assert_eq!(state(&cloud, &server), after);
    }
}

#[test]
fn an_action_in_the_wrong_state_is_a_conflict_with_upstreams_message() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    let id = server.rsplit('/').next().unwrap();
    let answer = act(&cloud, &server, json!({"os-start": null}));
    let message = format!("Cannot 'start' instance {id} while it is in vm_state active");
    assert_eq!((answer.status, answer.message()), (409, &*message));
    assert_eq!(act(&cloud, &server, json!({"os-stop": null})).status, 202);
    let answer = act(&cloud, &server, json!({"pause": null}));
    assert_eq!(answer.message(), format!("Cannot 'pause' instance {id} while it is in task_state powering-off"));
    let answer = act(&cloud, &server, json!({"confirmResize": null}));
    assert_eq!(answer.message(), format!("Cannot 'confirmResize' instance {id} while it is in vm_state active"));
}

#[test]
fn a_failed_action_leaves_the_server_in_the_state_of_upstream() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    fail(&cloud, "nova.server.stop");
    act(&cloud, &server, json!({"os-stop": null}));
    cloud.pass(1);
    assert_eq!(state(&cloud, &server), state_is("ACTIVE", "active", None, 1));
    fail(&cloud, "nova.server.rebuild");
    let image = cloud.get("nova", &server).send().body["server"]["image"]["id"].clone();
    assert_eq!(act(&cloud, &server, json!({"rebuild": {"imageRef": image}})).status, 202);
    cloud.pass(1);
    let shown = cloud.get("nova", &server).send().body["server"].clone();
    assert_eq!((&shown["status"], &shown["fault"]["code"]), (&json!("ERROR"), &json!(500)));
    let actions = cloud.get("nova", &format!("{server}/os-instance-actions")).send().body;
    assert_eq!(actions["instanceActions"][0]["message"], "Error");
}

#[test]
fn only_administrators_change_a_locked_server() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    let reason = json!({"lock": {"locked_reason": "mine"}});
    let lock = cloud.post("nova", &format!("{server}/action"), reason).user("admin").version("compute 2.73").send();
    assert_eq!(lock.status, 202);
    let answer = act(&cloud, &server, json!({"os-stop": null}));
    let id = server.rsplit('/').next().unwrap();
    assert_eq!((answer.status, answer.message()), (409, &*format!("Instance {id} is locked")));
    assert_eq!(act(&cloud, &server, json!({"unlock": null})).status, 403);
    assert_eq!(act_as_admin(&cloud, &server, json!({"os-stop": null})).status, 202);
    assert_eq!(act_as_admin(&cloud, &server, json!({"unlock": null})).status, 202);
}

#[test]
fn a_resize_is_confirmed_or_reverted() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    one_minute_per_transition(&cloud);
    let resize = json!({"resize": {"flavorRef": "2"}});
    let expected = states(&[
        ("RESIZE", "resize_prep"),
        ("RESIZE", "resize_migrating"),
        ("RESIZE", "resize_migrated"),
        ("RESIZE", "resize_finish"),
        ("VERIFY_RESIZE", "-"),
    ]);
    assert_eq!(states_during(&cloud, &server, resize.clone()), expected);
    let flavor = || cloud.get("nova", &server).send().body["server"]["flavor"]["id"].clone();
    assert_eq!(flavor(), "2");
    let reverting = states(&[("REVERT_RESIZE", "resize_reverting"), ("ACTIVE", "-")]);
    assert_eq!(states_during(&cloud, &server, json!({"revertResize": null})), reverting);
    assert_eq!(flavor(), "1");
    states_during(&cloud, &server, resize);
    assert_eq!(act(&cloud, &server, json!({"confirmResize": null})).status, 204);
    cloud.pass(60);
    assert_eq!((state(&cloud, &server), flavor()), (state_is("ACTIVE", "active", None, 1), json!("2")));
    let migrations = cloud.get("nova", "/v2.1/os-migrations").user("admin").send().body;
    assert_eq!(migrations["migrations"][0]["status"], "reverted");
    assert_eq!(migrations["migrations"][1]["status"], "confirmed");
}

#[test]
fn a_resize_without_a_valid_host_changes_nothing() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    fail(&cloud, "nova.server.resize_prep");
    assert_eq!(act(&cloud, &server, json!({"resize": {"flavorRef": "2"}})).status, 202);
    cloud.pass(1);
    assert_eq!(state(&cloud, &server), state_is("ACTIVE", "active", None, 1));
    let same = act(&cloud, &server, json!({"resize": {"flavorRef": "1"}}));
    assert_eq!((same.status, same.message()), (400, "When resizing, instances must change flavor!"));
}

#[test]
fn a_live_migration_moves_the_server_unless_aborted() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    one_minute_per_transition(&cloud);
    let host = || cloud.get("nova", &server).user("admin").send().body["server"]["OS-EXT-SRV-ATTR:host"].clone();
    let before = host();
    let migrate = json!({"os-migrateLive": {"host": null, "block_migration": "auto"}});
    assert_eq!(act_as_admin(&cloud, &server, migrate.clone()).status, 202);
    cloud.pass(60);
    let list = cloud.get("nova", &format!("{server}/migrations")).user("admin").version("compute 2.60").send().body;
    assert_eq!(list["migrations"][0]["status"], "running");
    let one = format!("{server}/migrations/{}", list["migrations"][0]["id"]);
    assert_eq!(cloud.delete("nova", &one).user("admin").version("compute 2.60").send().status, 202);
    assert_eq!((state(&cloud, &server), host()), (state_is("ACTIVE", "active", None, 1), before.clone()));
    assert_eq!(states_during(&cloud, &server, migrate).len(), 3);
    assert_ne!(host(), before);
}

#[test]
fn an_image_of_a_server_is_uploaded_and_becomes_active() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    one_minute_per_transition(&cloud);
    let create = json!({"createImage": {"name": "copy", "metadata": {"a": "b"}}});
    let expected = states(&[
        ("ACTIVE", "image_snapshot_pending"),
        ("ACTIVE", "image_pending_upload"),
        ("ACTIVE", "image_uploading"),
        ("ACTIVE", "-"),
    ]);
    let answer = act(&cloud, &server, create);
    assert_eq!(answer.status, 202);
    let id = answer.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
    let image = || cloud.get("glance", &format!("/v2/images/{id}")).send().body;
    let mut observed = vec![];
    for _ in 0..4 {
        observed.push((state(&cloud, &server).0, state(&cloud, &server).2, image()["status"].clone()));
        cloud.pass(60);
    }
    let statuses: Vec<_> = observed.iter().map(|(_, _, status)| status.as_str().unwrap()).collect();
    assert_eq!(statuses, ["queued", "queued", "saving", "active"]);
    assert_eq!(observed.into_iter().map(|(status, task, _)| (status, task)).collect::<Vec<_>>(), expected);
    assert_eq!((&image()["a"], &image()["image_type"]), (&json!("b"), &json!("snapshot")));
}

#[test]
fn deleting_the_image_ends_the_snapshot_task_of_its_server() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    one_minute_per_transition(&cloud);
    let create = json!({"createImage": {"name": "copy", "metadata": {"image_type": "test", "instance_uuid": "mine"}}});
    let answer = act(&cloud, &server, create);
    let path = format!("/v2/images/{}", answer.header("location").unwrap().rsplit('/').next().unwrap());
    let image = cloud.get("glance", &path).send().body;
    assert_eq!((&image["image_type"], &image["instance_uuid"]), (&json!("test"), &json!("mine")));
    cloud.pass(60);
    assert_eq!(state(&cloud, &server), state_is("ACTIVE", "active", Some("image_pending_upload"), 1));
    assert_eq!(cloud.delete("glance", &path).send().status, 204);
    cloud.pass(60);
    assert_eq!(state(&cloud, &server), state_is("ACTIVE", "active", None, 1));
    assert_eq!(cloud.get("glance", &path).send().status, 404);
    assert!(cloud.state(|os| os.nova.snapshots.is_empty()));
}

#[test]
fn backups_are_rotated() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    for name in ["one", "two", "three"] {
        let backup = json!({"createBackup": {"name": name, "backup_type": "daily", "rotation": 2}});
        assert_eq!(act(&cloud, &server, backup).status, 202);
        cloud.pass(2);
    }
    let images = cloud.get("glance", "/v2/images?visibility=private").send().body;
    let mut names: Vec<_> = images["images"].as_array().unwrap().iter().map(|image| image["name"].clone()).collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["three", "two"]);
}

#[test]
fn a_shelved_server_leaves_its_host_and_comes_back() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    one_minute_per_transition(&cloud);
    let expected = states(&[
        ("ACTIVE", "shelving"),
        ("ACTIVE", "shelving_image_uploading"),
        ("SHELVED", "shelving_offloading"),
        ("SHELVED_OFFLOADED", "-"),
    ]);
    assert_eq!(states_during(&cloud, &server, json!({"shelve": null})), expected);
    let console = act(&cloud, &server, json!({"os-getConsoleOutput": {}}));
    let id = server.rsplit('/').next().unwrap();
    assert_eq!((console.status, console.message()), (409, &*format!("Instance {id} is not ready")));
    let expected = states(&[("SHELVED_OFFLOADED", "unshelving"), ("SHELVED_OFFLOADED", "spawning"), ("ACTIVE", "-")]);
    assert_eq!(states_during(&cloud, &server, json!({"unshelve": null})), expected);
    let images = cloud.get("glance", "/v2/images?visibility=private").send().body;
    assert_eq!(images["images"], json!([]));
}

#[test]
fn rescue_and_rebuild_return_a_new_password() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    let rescue = act(&cloud, &server, json!({"rescue": {"adminPass": "secret"}}));
    assert_eq!((rescue.status, &rescue.body["adminPass"]), (200, &json!("secret")));
    cloud.pass(1);
    assert_eq!(state(&cloud, &server), state_is("RESCUE", "rescued", None, 1));
    assert_eq!(act(&cloud, &server, json!({"unrescue": null})).status, 202);
    cloud.pass(1);
    let image = cloud.get("nova", &server).send().body["server"]["image"]["id"].clone();
    let rebuild = act(&cloud, &server, json!({"rebuild": {"imageRef": image, "name": "anew", "metadata": {"a": "b"}}}));
    assert_eq!((rebuild.status, &rebuild.body["server"]["name"]), (202, &json!("anew")));
    assert_eq!(rebuild.body["server"]["adminPass"].as_str().unwrap().len(), 12);
    cloud.pass(2);
    assert_eq!(state(&cloud, &server), state_is("ACTIVE", "active", None, 1));
}

#[test]
fn a_console_token_expires() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    let ask = json!({"remote_console": {"protocol": "vnc", "type": "novnc"}});
    let answer = cloud.post("nova", &format!("{server}/remote-consoles"), ask).version("compute 2.6").send();
    let url = answer.body["remote_console"]["url"].as_str().unwrap().to_owned();
    let token = url.rsplit("%3D").next().unwrap();
    let show_token = || {
        let path = format!("/v2.1/os-console-auth-tokens/{token}");
        cloud.get("nova", &path).user("admin").version("compute 2.31").send()
    };
    assert_eq!(show_token().body["console"]["instance_uuid"], server.rsplit('/').next().unwrap());
    cloud.pass(601);
    assert_eq!((show_token().status, show_token().message()), (404, "Token not found"));
    let output = act(&cloud, &server, json!({"os-getConsoleOutput": {"length": 3}}));
    assert_eq!(output.body["output"].as_str().unwrap().lines().count(), 3);
}

#[test]
fn actions_are_recorded_with_their_events() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    let stop = act(&cloud, &server, json!({"os-stop": null}));
    let request = stop.header("x-openstack-request-id").unwrap().to_owned();
    cloud.pass(1);
    let list = cloud.get("nova", &format!("{server}/os-instance-actions?limit=1")).version("compute 2.58").send().body;
    assert_eq!(
        (&list["instanceActions"][0]["action"], &list["instanceActions"][0]["request_id"]),
        (&json!("stop"), &json!(request))
    );
    assert_eq!(list["links"][0]["rel"], "next");
    let one = cloud.get("nova", &format!("{server}/os-instance-actions/{request}")).version("compute 2.51").send().body;
    let event = &one["instanceAction"]["events"][0];
    assert_eq!((&event["event"], &event["result"]), (&json!("compute_stop_instance"), &json!("Success")));
    assert_eq!(event.get("traceback"), None);
}

#[test]
fn actions_outlive_their_server_and_record_the_host_of_each_event() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    act(&cloud, &server, json!({"os-stop": null}));
    cloud.pass(1);
    assert_eq!(cloud.delete("nova", &server).send().status, 204);
    cloud.pass(60);
    let path = format!("{server}/os-instance-actions");
    assert_eq!(cloud.get("nova", &path).version("compute 2.20").send().status, 404);
    let list = cloud.get("nova", &path).version("compute 2.21").send().body;
    let names: Vec<_> = list["instanceActions"].as_array().unwrap().iter().map(|one| &one["action"]).collect();
    assert_eq!(names, ["delete", "stop", "create"]);
    let created = list["instanceActions"][2]["request_id"].as_str().unwrap();
    let one = cloud.get("nova", &format!("{path}/{created}")).user("admin").version("compute 2.62").send().body;
    let events = one["instanceAction"]["events"].as_array().unwrap();
    // The event of the conductor is recorded only on failure.
    let recorded: Vec<_> = events.iter().map(|event| (&event["event"], event["host"].is_string())).collect();
    assert_eq!(recorded, [(&json!("compute__do_build_and_run_instance"), true)]);
}

#[test]
fn servers_are_available_at_os_volumes_boot() {
    let cloud = Cloud::new();
    let server = server(&cloud);
    let id = server.rsplit('/').next().unwrap();
    let old = cloud.get("nova", &format!("/v2.1/os-volumes_boot/{id}")).send();
    assert_eq!((old.status, &old.body), (200, &cloud.get("nova", &server).send().body));
    let renamed = cloud.put("nova", &format!("/v2.1/os-volumes_boot/{id}"), json!({"server": {"name": "new"}})).send();
    assert_eq!(renamed.body["server"]["name"], "new");
    assert_eq!(cloud.delete("nova", &format!("/v2.1/os-volumes_boot/{id}")).send().status, 204);
}
