//! Servers: records, power, and what they hold while they run.

use super::{ANN, Sigma};
use nephos::engine::Range;

#[test]
fn a_server_is_answered_as_the_manual_shows_it() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M");
    let body = format!("name Test server\ncpu 1000\nmem 1000\nide:0:0 {drive}");
    let answer = sigma.post("/servers/create", &body);
    let (server, user) = (answer.value("server").unwrap(), answer.value("user").unwrap());
    let expected = format!(
        "status stopped\nname Test server\ntx 0\nmem 1000\ncpu 1000\nrx 0\nserver {server}\nuser {user}\n\
         ide:0:0 {drive}\nsmp 1\n"
    );
    answer.is(200, &expected);
    sigma.get("/servers/info").is(200, &expected);
    sigma.get("/servers/list").is(200, &format!("{server}\n"));
}

#[test]
fn wrong_values_are_named_and_nothing_is_made() {
    let sigma = Sigma::new();
    for (body, key) in [
        ("cpu 1\nmem 1", "name"),
        ("name s\nmem 1", "cpu"),
        ("name s\ncpu x\nmem 1", "cpu"),
        ("name s\ncpu 1\nmem 0", "mem"),
        ("name s\ncpu 5000\nmem 1\nsmp 2", "smp"),
        ("name s\ncpu 1\nmem 1\nide:0:0 none", "ide:0:0"),
        ("name s\ncpu 1\nmem 1\nide:0:0:media tape", "ide:0:0:media"),
        ("name s\ncpu 1\nmem 1\nboot ide:0:0 floppy", "boot"),
        ("name s\ncpu 1\nmem 1\nnic:0:model ne2k", "nic:0:model"),
        ("name s\ncpu 1\nmem 1\nnic:0:dhcp 1.2.3.4", "nic:0:dhcp"),
        ("name s\ncpu 1\nmem 1\nnic:1:vlan none", "nic:1:vlan"),
        ("name s\ncpu 1\nmem 1\nnic:1:mac 00:11", "nic:1:mac"),
        ("name s\ncpu 1\nmem 1\nvnc:tls maybe", "vnc:tls"),
        ("name s\ncpu 1\nmem 1\npersistent maybe", "persistent"),
    ] {
        let answer = sigma.post("/servers/create", body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.text.contains(&format!("errors:{key} ")), "{body}: {}", answer.text);
    }
    sigma.get("/servers/list").is(200, "");
    let answer = sigma.post("/servers/create", "name s\ncpu 1\nmem 1\nsmp auto\nide:2:0 x\nstatus active").good();
    assert_eq!((answer.value("status"), answer.value("ide:2:0")), (Some("stopped"), None));
    assert_eq!(answer.value("smp"), Some("auto"));
}

#[test]
fn auto_becomes_an_address_while_a_server_runs() {
    let sigma = Sigma::new();
    let server = sigma.server("nic:0:model e1000\nnic:0:dhcp auto\nvnc:ip auto\nvnc:password x\nsmp auto");
    let stopped = sigma.show(&server);
    assert_eq!((stopped.value("nic:0:dhcp"), stopped.value("vnc:ip")), (Some("auto"), Some("auto")));
    let running = sigma.start(&server);
    assert_eq!((running.status, running.value("status")), (200, Some("active")));
    let address = running.value("nic:0:dhcp").unwrap();
    assert!(address.parse::<std::net::Ipv4Addr>().is_ok(), "{address}");
    assert_eq!((running.value("vnc:ip"), running.value("smp")), (Some(address), Some("1")));
    assert_eq!(running.value("started"), Some("1893499200"));
    let other = sigma.server("nic:0:dhcp auto");
    assert_ne!(sigma.start(&other).value("nic:0:dhcp"), Some(address));
    sigma.start(&server).is(200, &running.text);
    sigma.get(&format!("/servers/{server}/stop")).is(204, "");
    sigma.show(&server).is(200, &stopped.text);
    let reused = sigma.server("nic:0:dhcp auto");
    assert_eq!(sigma.start(&reused).value("nic:0:dhcp"), Some(address));
}

#[test]
fn every_power_command_is_known_in_every_state() {
    let sigma = Sigma::new();
    let server = sigma.server("");
    let command = |name: &str| sigma.post(&format!("/servers/{server}/{name}"), "").status;
    let status = || sigma.show(&server).value("status").unwrap().to_owned();
    assert_eq!(["stop", "shutdown", "reset"].map(command), [204; 3]);
    assert_eq!(status(), "stopped");
    assert_eq!((command("start"), command("start"), status()), (200, 200, "active".into()));
    assert_eq!((command("reset"), status()), (204, "active".into()));
    assert_eq!((command("shutdown"), status()), (204, "active".into()));
    sigma.pass(60);
    assert_eq!(status(), "stopped");
    assert_eq!((command("start"), command("destroy")), (200, 204));
    assert_eq!(sigma.get(&format!("/servers/{server}/info")).status, 400);
}

#[test]
fn starting_and_stopping_take_the_time_of_a_delay_fault() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M");
    let (server, other) = (sigma.server(&format!("ide:0:0 {drive}")), sigma.server(&format!("ide:0:0 {drive}")));
    let injected: Result<(), ()> = sigma.live.admin_write(|world| {
        world.timing_mut().set("cloudsigma.server.*", Range::parse("20s").unwrap());
        Ok(())
    });
    injected.unwrap();
    let status = || sigma.show(&server).value("status").unwrap().to_owned();
    assert_eq!((sigma.start(&server).status, status()), (200, "stopped".into()));
    assert_eq!(sigma.start(&other).status, 409, "the drive is claimed already");
    sigma.pass(21);
    assert_eq!(status(), "active");
    sigma.get(&format!("/servers/{server}/stop")).is(204, "");
    assert_eq!(status(), "active");
    sigma.pass(21);
    assert_eq!(status(), "stopped");
    assert_eq!(sigma.start(&server).status, 200);
    sigma.get(&format!("/servers/{server}/stop")).is(204, "");
    sigma.pass(60);
    assert_eq!(status(), "stopped", "a start is called off by a stop");
}

#[test]
fn the_hardware_of_a_running_server_stays() {
    let sigma = Sigma::new();
    let server = sigma.server("smp auto");
    let set = |body: &str| sigma.post(&format!("/servers/{server}/set"), body);
    assert_eq!(set("cpu 5000\nmem 2000").value("cpu"), Some("5000"));
    sigma.start(&server).good();
    let refused = set("name new\ncpu 6000");
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(sigma.show(&server).value("name"), Some("s"));
    let changed = set("name new\ntags a b\ncpu 5000").good();
    assert_eq!((changed.value("name"), changed.value("tags")), (Some("new"), Some("a b")));
    assert_eq!((set("name ").status, set("cpu ").status), (400, 400));
}

#[test]
fn a_clone_has_the_same_drives_and_macs_of_its_own() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M");
    let vlan = sigma.post("/resources/vlan/create", "name v").good();
    let address = sigma.get("/resources/ip/create").good();
    let vlan = vlan.value("resource").unwrap();
    let settings = format!(
        "ide:0:0 {drive}\nboot ide:0:0\nnic:0:dhcp {}\nnic:1:model e1000\nnic:1:vlan {vlan}\npersistent true",
        address.value("resource").unwrap()
    );
    let server = sigma.server(&settings);
    let clone = sigma.post(&format!("/servers/{server}/clone"), "name node005_clone").good();
    assert_eq!((clone.value("name"), clone.value("status")), (Some("node005_clone"), Some("stopped")));
    assert_eq!((clone.value("ide:0:0"), clone.value("persistent")), (Some(&*drive), Some("true")));
    assert_eq!(clone.value("nic:0:dhcp"), Some("auto"));
    let original = sigma.show(&server);
    assert_ne!((clone.value("server"), clone.value("nic:1:mac")), (Some(&*server), original.value("nic:1:mac")));
    let refused = sigma.post(&format!("/servers/{server}/clone"), "");
    refused.is(400, "errors:name This field is required.\n");
    let mac = original.value("nic:1:mac").unwrap();
    let taken = sigma.post("/servers/create", &format!("name x\ncpu 1\nmem 1\nnic:1:vlan {vlan}\nnic:1:mac {mac}"));
    assert!(taken.text.contains("errors:nic:1:mac "), "{}", taken.text);
}

#[test]
fn many_servers_are_one_command_or_none() {
    let sigma = Sigma::new();
    let servers = [(); 3].map(|()| sigma.server(""));
    let [one, two, three] = &servers;
    sigma.post("/servers/start", &format!("server:0 {one}\nserver:1 {two}")).is(200, &format!("{one}\n{two}\n"));
    let mixed = format!("server:0 {one}\nserver:1 none");
    let refused = sigma.post("/servers/stop", &mixed);
    let not_found = "errors:server:1 Server UUID could not be found. Please re-validate your entry.";
    refused.is(400, &format!("{mixed}\n{not_found}\n"));
    assert_eq!(sigma.show(one).value("status"), Some("active"));
    sigma.post("/servers/stop", "").is(400, "errors:server:0 This field is required.\n");
    sigma.post("/guests/destroy", &format!("server:0 {one}\nserver:1 {three}")).is(200, &format!("{two}\n"));
    assert_eq!(sigma.ask_as(ANN, "POST", "/servers/start", &format!("server:0 {two}")).status, 400);
}

#[test]
fn what_was_taken_away_meanwhile_is_missed_at_the_start() {
    let sigma = Sigma::new();
    let drive = sigma.drive("name a\nsize 1M");
    let server = sigma.server(&format!("ide:0:0 {drive}"));
    sigma.get(&format!("/drives/{drive}/destroy")).good();
    let not_found = "errors:ide:0:0 Drive UUID could not be found. Please re-validate your entry.\n";
    sigma.start(&server).is(400, not_found);
    assert_eq!(sigma.show(&server).value("status"), Some("stopped"));
}

#[test]
fn traffic_goes_by_the_clock() {
    let sigma = Sigma::new();
    let server = sigma.server("nic:0:dhcp auto");
    sigma.start(&server).good();
    sigma.pass(100);
    let shown = sigma.show(&server);
    assert_eq!((shown.value("rx"), shown.value("tx")), (Some("40000"), Some("10000")));
    sigma.get(&format!("/servers/{server}/stop")).good();
    sigma.pass(100);
    assert_eq!(sigma.show(&server).value("rx"), Some("40000"));
}
