//! The built-in scenarios, each with its effect as a client sees it.

#[path = "support/mod.rs"]
mod support;

use chrono::TimeDelta;
use nephos::clouds::{cloudsigma, cloudzy, openstack};
use nephos::engine::{Break, Names, World, parse_scenario};
use nephos::scenarios;
use serde_json::{Value, json};
use support::{Answered, Cloud};

fn names() -> Names {
    let services: Vec<_> = openstack::services::all().into_iter().chain(cloudsigma::services()).collect();
    let changes = [openstack::changes::NAMES, cloudsigma::changes::NAMES, cloudzy::changes::NAMES];
    Names {
        clouds: ["gozunga", "xloud", "cloudsigma", "openstackid", "cloudzy"].map(str::to_owned).to_vec(),
        services: services.iter().map(|service| service.name().to_owned()).collect(),
        operations: services.iter().flat_map(|one| one.operations()).map(|row| row.name.to_owned()).collect(),
        transitions: openstack::cloud::transition_names().into_iter().chain(cloudsigma::transition_names()).collect(),
        changes: changes.concat().into_iter().map(str::to_owned).collect(),
    }
}

/// A world with clouds of all kinds that scenarios change.
fn with_other_clouds() -> Cloud {
    let cloud = Cloud::new();
    let added: Result<(), String> = cloud.live.admin_write(|world| {
        let site = openstack::Site { region: "RegionOne".into(), ..openstack::Site::default() };
        world.add("xloud", openstack::seed::seeded(site));
        world.add("cloudsigma", cloudsigma::seeded(&cloudsigma::Settings::default())?);
        world.add("cloudzy", cloudzy::seeded(cloudzy::Settings::default())?);
        Ok(())
    });
    added.unwrap();
    cloud
}

fn apply(cloud: &Cloud, name: &str) {
    let scenario = scenarios::shipped(name, &names()).expect("a built-in scenario").unwrap();
    cloud.live.admin_write(|world| world.apply(scenario.into())).unwrap();
}

/// A cloud with a scenario applied. Tokens are issued before, so that the scenario does not hit logins.
fn within(name: &str) -> Cloud {
    let cloud = Cloud::new();
    cloud.token("demo");
    cloud.token("admin");
    apply(&cloud, name);
    cloud
}

fn clear(cloud: &Cloud, name: &str) {
    assert_eq!(cloud.live.admin_write(|world| world.clear(name)), Ok(true));
}

fn boot(cloud: &Cloud) -> Answered {
    let images = cloud.get("glance", "/v2/images").send().body;
    let server = json!({"name": "web", "flavorRef": "1", "imageRef": images["images"][0]["id"], "networks": "none"});
    cloud.post("nova", "/v2.1/servers", json!({"server": server})).version("compute 2.100").send()
}

/// Creates a server and returns its id.
fn server(cloud: &Cloud) -> String {
    let answer = boot(cloud);
    assert_eq!(answer.status, 202, "{}", answer.text);
    answer.body["server"]["id"].as_str().unwrap().to_owned()
}

fn show(cloud: &Cloud, id: &str) -> Value {
    let path = format!("/v2.1/servers/{id}");
    cloud.get("nova", &path).user("admin").version("compute 2.100").send().body["server"].clone()
}

fn volume(cloud: &Cloud) -> String {
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 1}})).send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    answer.body["volume"]["id"].as_str().unwrap().to_owned()
}

fn volume_status(cloud: &Cloud, id: &str) -> Value {
    cloud.get("cinder", &format!("/v3/volumes/{id}")).send().body["volume"]["status"].clone()
}

#[test]
fn every_scenario_can_be_applied_and_cleared_without_a_trace() {
    for (name, _) in scenarios::SHIPPED {
        let cloud = with_other_clouds();
        let state = |cloud: &Cloud| {
            let world = cloud.live.snapshot();
            let reserved = cloud.state(|os| {
                let providers = os.placement.providers.all();
                providers.flat_map(|one| one.inventories.iter().map(|inventory| inventory.reserved)).collect::<Vec<_>>()
            });
            (world.faults().all().len(), world.limits().show(), world.scenarios().len(), reserved)
        };
        let before = state(&cloud);
        apply(&cloud, name);
        assert_eq!(cloud.live.snapshot().scenarios().len(), 1);
        cloud.pass(3 * 60);
        clear(&cloud, name);
        assert_eq!(state(&cloud), before, "{name}");
        apply(&cloud, name);
        cloud.pass(3600);
        clear(&cloud, name);
        assert_eq!(state(&cloud), before, "{name} after an hour");
    }
}

#[test]
fn scenarios_combine_and_each_is_cleared_alone() {
    let cloud = within("no-valid-host");
    apply(&cloud, "snapshot-fails");
    apply(&cloud, "no-valid-host");
    assert_eq!(cloud.live.snapshot().faults().all().len(), 3);
    clear(&cloud, "snapshot-fails");
    assert_eq!(cloud.live.snapshot().faults().all().len(), 1);
}

#[test]
fn a_snapshot_file_keeps_an_applied_scenario() {
    let cloud = within("host-failure");
    cloud.pass(120);
    let file = cloud.live.snapshot().save().unwrap();
    let loaded: World = Cloud::new().live.snapshot().load(file.clone()).unwrap();
    assert_eq!(loaded.save().unwrap(), file);
    assert_eq!(loaded.scenarios().len(), 1);
}

#[test]
fn no_valid_host() {
    let cloud = within("no-valid-host");
    let servers = [(); 3].map(|()| server(&cloud));
    cloud.pass(60);
    let shown = servers.each_ref().map(|id| show(&cloud, id));
    assert_eq!(shown.each_ref().map(|server| server["status"].as_str().unwrap()), ["ACTIVE", "ACTIVE", "ERROR"]);
    let message = "No valid host was found. There are not enough hosts available.";
    assert_eq!(shown[2]["fault"]["message"], message);
    clear(&cloud, "no-valid-host");
    let again = server(&cloud);
    cloud.pass(60);
    assert_eq!(show(&cloud, &again)["status"], "ACTIVE");
}

#[test]
fn slow_boot() {
    let cloud = within("slow-boot");
    let id = server(&cloud);
    cloud.pass(55);
    assert_eq!(show(&cloud, &id)["status"], "BUILD");
    cloud.pass(70);
    assert_eq!(show(&cloud, &id)["status"], "ACTIVE");
}

#[test]
fn stuck_build() {
    let cloud = within("stuck-build");
    let (first, second) = (server(&cloud), server(&cloud));
    cloud.pass(1_000);
    assert_eq!(
        (&show(&cloud, &first)["status"], &show(&cloud, &second)["status"]),
        (&json!("ACTIVE"), &json!("BUILD"))
    );
}

#[test]
fn volume_errors() {
    let cloud = within("volume-errors");
    let volumes = [(); 3].map(|()| volume(&cloud));
    cloud.pass(60);
    assert_eq!(
        volumes.each_ref().map(|id| volume_status(&cloud, id)),
        ["available", "available", "error"].map(Value::from)
    );
}

#[test]
fn attach_hangs() {
    let cloud = Cloud::new();
    let (id, data) = (server(&cloud), volume(&cloud));
    cloud.pass(60);
    apply(&cloud, "attach-hangs");
    let body = json!({"volumeAttachment": {"volumeId": data}});
    let answer = cloud.post("nova", &format!("/v2.1/servers/{id}/os-volume_attachments"), body).send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    cloud.pass(600);
    let status = volume_status(&cloud, &data);
    assert!(status == "attaching" || status == "reserved", "{status}");
}

#[test]
fn delete_hangs() {
    let cloud = within("delete-hangs");
    let (id, data) = (server(&cloud), volume(&cloud));
    cloud.pass(60);
    assert_eq!(cloud.delete("cinder", &format!("/v3/volumes/{data}")).send().status, 202);
    assert_eq!(cloud.delete("nova", &format!("/v2.1/servers/{id}")).send().status, 204);
    cloud.pass(600);
    assert_eq!(volume_status(&cloud, &data), "deleting");
    assert_eq!(show(&cloud, &id)["OS-EXT-STS:task_state"], "deleting");
}

#[test]
fn keystone_outage() {
    let cloud = within("keystone-outage");
    let status = || cloud.get("keystone", "/v3").nobody().send().status;
    assert_eq!(status(), 200);
    cloud.pass(61);
    assert_eq!(status(), 503);
    assert_eq!(cloud.get("cinder", "/v3/volumes").send().status, 200, "old tokens work");
    cloud.pass(120);
    assert_eq!(status(), 200);
}

#[test]
fn token_expiry() {
    let cloud = within("token-expiry");
    let statuses: Vec<_> = (0..10).map(|_| cloud.get("cinder", "/v3/volumes").send().status).collect();
    assert_eq!(statuses, [vec![200; 9], vec![401]].concat());
}

#[test]
fn rate_limit_storm() {
    let cloud = within("rate-limit-storm");
    let statuses: Vec<_> = (0..6).map(|_| cloud.get("cinder", "/v3/volumes").send().status).collect();
    assert_eq!(statuses, [vec![200; 5], vec![429]].concat());
    cloud.pass(1);
    assert_eq!(cloud.get("cinder", "/v3/volumes").send().status, 200);
}

#[test]
fn quota_exhausted() {
    let cloud = within("quota-exhausted");
    assert_eq!(boot(&cloud).status, 403);
    assert_eq!(cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 1}})).send().status, 413);
    assert_eq!(cloud.post("neutron", "/v2.0/networks", json!({"network": {"name": "n"}})).send().status, 409);
    clear(&cloud, "quota-exhausted");
    assert_eq!(boot(&cloud).status, 202);
}

#[test]
fn snapshot_fails() {
    let cloud = within("snapshot-fails");
    let id = volume(&cloud);
    cloud.pass(60);
    let made = cloud.post("cinder", "/v3/snapshots", json!({"snapshot": {"volume_id": id}})).send();
    cloud.pass(60);
    let path = format!("/v3/snapshots/{}", made.body["snapshot"]["id"].as_str().unwrap());
    assert_eq!(cloud.get("cinder", &path).send().body["snapshot"]["status"], "error");
}

#[test]
fn image_import_fails() {
    let cloud = within("image-import-fails");
    let body = json!({"disk_format": "raw", "container_format": "bare"});
    let made = cloud.post("glance", "/v2/images", body).send().body;
    let path = format!("/v2/images/{}", made["id"].as_str().unwrap());
    let staged = cloud.ask("PUT", "glance", &format!("{path}/stage"));
    let staged = staged.header("Content-Type", "application/octet-stream").bytes(b"bytes".to_vec()).send();
    assert_eq!(staged.status, 204, "{}", staged.text);
    let import = json!({"method": {"name": "glance-direct"}});
    assert_eq!(cloud.post("glance", &format!("{path}/import"), import).send().status, 202);
    cloud.pass(60);
    let image = cloud.get("glance", &path).send().body;
    assert_eq!(image["status"], "queued");
    assert_ne!(image["os_glance_failed_import"], "");
}

#[test]
fn flaky_network() {
    let cloud = within("flaky-network");
    for _ in 0..300 {
        cloud.get("cinder", "/v3/volumes").send();
    }
    let fired: Vec<_> = cloud.live.snapshot().faults().all().iter().map(|active| active.fired).collect();
    assert!(fired.iter().all(|fired| *fired > 0) && (15..=50).contains(&fired.iter().sum::<u64>()), "{fired:?}");
    assert_ne!(Break::ResetBefore, Break::ResetAfter);
}

#[test]
fn slow_everything() {
    let cloud = within("slow-everything");
    let id = volume(&cloud);
    let created = cloud.live.snapshot().save().unwrap()["world"]["queue"][0]["at"].as_str().unwrap().to_owned();
    assert!(*created > *"2030-01-01T12:00:00.149", "three times 50 to 300 ms: {created}");
    cloud.pass(60);
    assert_eq!(volume_status(&cloud, &id), "available");
    let delays = cloud.live.snapshot().faults().all()[0].fired;
    assert!(delays >= 2, "every answer is late: {delays}");
}

#[test]
fn host_failure() {
    let cloud = Cloud::new();
    let id = server(&cloud);
    cloud.pass(60);
    let host = show(&cloud, &id)["OS-EXT-SRV-ATTR:host"].as_str().unwrap().to_owned();
    let name = "on-its-host";
    let text = format!("description = \"x\"\n[gozunga]\nhosts_down = [\"{host}\"]\n");
    let scenario = parse_scenario("x.toml", name, &text, &names()).unwrap();
    cloud.live.admin_write(|world| world.apply(scenario.into())).unwrap();
    let shown = show(&cloud, &id);
    assert_eq!((&shown["status"], &shown["host_status"]), (&json!("ACTIVE"), &json!("DOWN")));
    let hypervisors = cloud.get("nova", "/v2.1/os-hypervisors").user("admin").send().body;
    let states: Vec<_> =
        hypervisors["hypervisors"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect();
    assert!(states.contains(&json!("down")), "{hypervisors}");
    let path = format!("/v2.1/servers/{id}/action");
    let refused = cloud.post("nova", &path, json!({"resize": {"flavorRef": "2"}})).send();
    assert_eq!((refused.status, refused.message()), (409, "Service is unavailable at this time."));
    let stop = cloud.post("nova", &path, json!({"os-stop": null})).send();
    assert_eq!(stop.status, 202);
    cloud.pass(300);
    assert_eq!(show(&cloud, &id)["status"], "ACTIVE");
    let other = server(&cloud);
    cloud.pass(60);
    assert_ne!(show(&cloud, &other)["OS-EXT-SRV-ATTR:host"], host);
    clear(&cloud, name);
    cloud.pass(60);
    assert_eq!(show(&cloud, &id)["status"], "SHUTOFF");
}

#[test]
fn a_clock_that_is_moved_far_is_followed_in_parts_which_a_rewind_undoes() {
    let cloud = Cloud::new();
    let ids: Vec<String> = (0..4).map(|_| server(&cloud)).collect();
    cloud.pass(60);
    let hosts: Vec<_> = ids.iter().map(|id| show(&cloud, id)["OS-EXT-SRV-ATTR:host"].to_string()).collect();
    let text = format!("description = \"x\"\n[gozunga]\nhosts_down = [{}]\n", hosts.join(", "));
    let scenario = parse_scenario("x.toml", "down", &text, &names()).unwrap();
    cloud.live.admin_write(|world| world.apply(scenario.into())).unwrap();
    for id in &ids {
        let stop = cloud.post("nova", &format!("/v2.1/servers/{id}/action"), json!({"os-stop": null})).send();
        assert_eq!(stop.status, 202);
    }
    // Each server asks its host again and again: more transitions than run in one part.
    let scheduled = || cloud.live.snapshot().save().unwrap()["world"]["arranged"].as_u64().unwrap();
    let before = scheduled();
    let moved = cloud.live.move_clock(|clock| clock.advanced(TimeDelta::days(365 * 5_000)));
    assert_eq!(moved.map(|clock| clock.now().to_rfc3339()[..4].to_owned()), Ok("7026".to_owned()));
    assert!((10_000..20_000).contains(&(scheduled() - before)), "{}", scheduled() - before);
    assert!(cloud.live.rewind(1).is_ok());
    clear(&cloud, "down");
    cloud.pass(60);
    let status: Vec<_> = ids.iter().map(|id| show(&cloud, id)["status"].clone()).collect();
    assert_eq!(status, ["SHUTOFF", "SHUTOFF", "SHUTOFF", "ACTIVE"]);
}

#[test]
fn host_failure_begins_and_ends_by_itself() {
    let cloud = within("host-failure");
    let down = || {
        let services = cloud.get("nova", "/v2.1/os-services?binary=nova-compute").user("admin").send().body;
        services["services"].as_array().unwrap().iter().filter(|service| service["state"] == "down").count()
    };
    assert_eq!(down(), 0);
    cloud.pass(61);
    assert_eq!(down(), 1);
    cloud.pass(600);
    assert_eq!(down(), 0);
}

#[test]
fn capacity_drain() {
    let cloud = within("capacity-drain");
    cloud.pass(301);
    let id = server(&cloud);
    cloud.pass(60);
    let server = show(&cloud, &id);
    assert_eq!(server["status"], "ERROR");
    assert!(server["fault"]["message"].as_str().unwrap().starts_with("No valid host was found."), "{server}");
}

#[test]
fn maintenance_window() {
    let cloud = within("maintenance-window");
    let create = || cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 1}})).send();
    assert_eq!(create().status, 202);
    cloud.pass(301);
    let refused = create();
    assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("60")));
    assert_eq!(cloud.get("cinder", "/v3/volumes").send().status, 200);
    cloud.pass(600);
    assert_eq!(create().status, 202);
}

#[test]
fn eventual_consistency() {
    let cloud = within("eventual-consistency");
    cloud.pass(10);
    let id = volume(&cloud);
    assert_eq!(cloud.get("cinder", &format!("/v3/volumes/{id}")).send().status, 404);
    assert_eq!(cloud.get("cinder", "/v3/volumes").send().body["volumes"], json!([]));
    cloud.pass(4);
    assert_eq!(cloud.get("cinder", &format!("/v3/volumes/{id}")).send().status, 200);
    assert_eq!(cloud.get("cinder", "/v3/volumes").send().body["volumes"].as_array().unwrap().len(), 1);
}

#[test]
fn small_team() {
    let cloud = within("small-team");
    let servers = cloud.get("nova", "/v2.1/servers/detail?all_tenants=1").user("admin").send().body;
    let statuses: Vec<_> = servers["servers"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(statuses, vec![json!("ACTIVE"); 5]);
    let volumes = cloud.get("cinder", "/v3/volumes/detail?all_tenants=1").user("admin").send().body;
    let statuses: Vec<_> = volumes["volumes"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(statuses, vec![json!("available"); 3]);
    cloud.pass(60);
    let servers = cloud.get("nova", "/v2.1/servers?all_tenants=1&status=ACTIVE").user("admin").send().body;
    assert_eq!(servers["servers"].as_array().unwrap().len(), 5);
}

#[test]
fn devstack() {
    let cloud = with_other_clouds();
    apply(&cloud, "devstack");
    for (user, project) in [("alt_demo", "alt_demo"), ("demo_reader", "demo"), ("demo", "invisible_to_admin")] {
        let user = json!({"name": user, "domain": {"id": "default"}, "password": "nephos"});
        let scope = json!({"project": {"name": project, "domain": {"id": "default"}}});
        let auth = json!({"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope});
        let answer = cloud.post("keystone", "/v3/auth/tokens", json!({"auth": auth})).nobody().send();
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let named = |service, path: &str, key: &str| {
        let body = cloud.get(service, path).user("demo").send().body;
        body[key].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(named("neutron", "/v2.0/networks?name=shared", "networks"), ["shared"]);
    assert_eq!(named("glance", "/v2/images?limit=1", "images"), ["cirros-0.6.3-x86_64-disk"]);
    assert_eq!(named("nova", "/v2.1/flavors?limit=1&sort_key=memory_mb", "flavors"), ["cirros256"]);
    let network = &cloud.get("neutron", "/v2.0/networks?name=private").send().body["networks"][0];
    assert_eq!(network["subnets"].as_array().unwrap().len(), 2, "{network}");
}

#[test]
fn large() {
    let before = nephos::engine::Clock::real();
    let cloud = within("large");
    let took = (nephos::engine::Clock::real() - before).num_milliseconds();
    assert_eq!(cloud.state(|os| os.nova.servers.len()), 10_000);
    // A generous bound: this is a debug build that shares the machine with other tests.
    assert!(took < 5_000, "{took} ms");
    let page = cloud.get("nova", "/v2.1/servers?all_tenants=1&limit=5").user("admin").send().body;
    assert_eq!(page["servers"].as_array().unwrap().len(), 5);
}

#[test]
fn errors_have_file_and_line() {
    for (text, line, expected) in [
        ("", 1, "description"),
        ("description = \"x\"\n[[fault]]\non = \"nova.server.biuld\"\nfails = \"x\"", 3, "nova.server.build"),
        ("description = \"x\"\n\n[[fault]]\non = \"*\"\nstatsu = 503", 3, "exactly one effect"),
        ("description = \"x\"\n[[fault]]\nstatus = 503\nevry = 3", 4, "\"every\""),
        ("description = \"x\"\n[timing]\n\"nova.*\" = \"soon\"", 3, "2s..5s"),
        ("description = \"x\"\n[timing]\n\"nvoa.server.build\" = \"1s\"", 3, "nova.server.build"),
        ("description = \"x\"\n[limits.gozunag]\nrate = \"5/s\"", 2, "gozunga"),
        ("description = \"x\"\n[limits.gozunga]\nrate = \"fast\"", 3, "50/s"),
        ("description = \"x\"\n[gozunga]\nhost_down = []", 3, "hosts_down"),
        ("description = \"x\"\n[[at]]\nfault = { status = 503 }", 2, "expected the time"),
        ("description = \"x\"\n[[at]]\ntime = \"5m\"", 2, "does nothing"),
        ("description = \"x\"\n[[at]]\ntime = \"5m\"\nfault = { status = 503, for = \"x\" }", 4, "not a duration"),
        ("description = \"x\"\ncolour = 1", 2, "colour"),
        ("description = \"x\"\n[[fault]\n", 2, ""),
    ] {
        let error = parse_scenario("mine.toml", "mine", text, &names()).expect_err(text);
        assert!(error.starts_with(&format!("mine.toml:{line}: ")), "{text}\n{error}");
        assert!(error.contains(expected), "{text}\n{error}");
    }
}
